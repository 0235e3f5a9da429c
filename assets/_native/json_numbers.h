/* What the numbers of JSON are, from their digits: correctly rounded, exact, or refused. */
#ifndef LIMNOGRAPH_OTLP_JSON_NUMBERS_H
#define LIMNOGRAPH_OTLP_JSON_NUMBERS_H

#include "json_schema.h"
#include "wire.h"

#define DIGITS(number) #number
#define DIGITS_OF(limit) DIGITS(limit)
#define TOO_LONG \
    " has more than JSON_NUMBER_CHARS_MAX=" DIGITS_OF(JSON_NUMBER_CHARS_MAX) " characters"

enum integer { INTEGER, NO_INTEGER, LONG_INTEGER, OUT_OF_RANGE };

/* The double nearest to a number; false: it is longer than JSON_NUMBER_CHARS_MAX. */
bool double_of(struct span number, double *value);

/* The bits of an integer as protobuf has them, from a number that JSON could have. */
enum integer integer_of(struct span number, uint8_t kind, uint64_t *bits);

const char *name_of_kind(uint8_t kind);

#endif
