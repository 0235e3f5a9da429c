/*
 * Protobuf on the wire, field by field.
 *
 * Rule: nothing outside of the given span is ever read, and a field that does not fit into it is
 * malformed. Groups, which OTLP has never had, are malformed too.
 */
#ifndef LIMNOGRAPH_OTLP_WIRE_H
#define LIMNOGRAPH_OTLP_WIRE_H

#include "decode.h"

enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

/* Some bytes of the payload: a message, a text, or the rest of one that is being read. */
struct span {
    const uint8_t *at;
    const uint8_t *end;
};

struct field {
    uint32_t number;
    uint32_t wire;
    uint64_t value;       /* of a number */
    struct span bytes;    /* of what has a length */
    const uint8_t *start; /* where the field begins, for messages about it */
};

enum found { FIELD_NONE, FIELD_FOUND, FIELD_BROKEN };

/* Takes the next field from the front of `message`. */
enum found next_field(struct decode *d, struct span *message, struct field *field);

/* Takes a varint of any length; take_varint takes short ones, which most are, at once. */
bool take_long_varint(struct decode *d, struct span *from, uint64_t *value, const char *what);

/* Takes the next varint; `what` names it where it is malformed. */
static inline bool take_varint(struct decode *d, struct span *from, uint64_t *value,
                               const char *what) {
    if (from->at < from->end && *from->at < 0x80) {
        *value = *from->at++;
        return true;
    }
    return take_long_varint(d, from, value, what);
}

/* Tells whether the field has this wire type, which its number asks for. */
bool has_wire(struct decode *d, const struct field *field, enum wire_type wire);

/* Reads eight bytes of a packed field. */
uint64_t fixed64_at(const uint8_t *at);
double as_double(uint64_t bits);

static inline size_t span_length(struct span span) { return (size_t)(span.end - span.at); }

#endif
