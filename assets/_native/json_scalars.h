/*
 * Scalars of JSON as protobuf has them; assets/otlp_wire/json_scalars.py is the same in Python.
 *
 * Rule: what is wrong with a value is told with the path of its member before it.
 */
#ifndef LIMNOGRAPH_OTLP_JSON_SCALARS_H
#define LIMNOGRAPH_OTLP_JSON_SCALARS_H

#include "json_schema.h"
#include "json_text.h"

/* Where a value stands: the members and elements that lead to it. */
struct place {
    const struct place *outer;
    const char *name; /* NULL: an element of the array that `outer` is */
    size_t index;
};

/* Records that a value is not what it should be; `why` follows the path. Always returns false. */
bool refuse_member(struct json *j, const struct place *place, const char *why);

bool put_varint(struct json *j, uint64_t value);

/* Begins a field that has a length, and ends it: the length is written in front of its content. */
bool begin_field(struct json *j, unsigned number, size_t *content);
bool end_field(struct json *j, size_t content);

/* Takes a scalar and puts its field; a default is left out unless the member is kept. */
bool take_scalar(struct json *j, const struct member *member, const struct place *place);

/* Takes a scalar and puts it without a key, as an element of a packed field. */
bool take_packed(struct json *j, const struct member *member, const struct place *place);

#endif
