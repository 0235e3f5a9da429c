/*
 * One conversion of a template: `%-8.3f` and its argument.
 */
#ifndef LIMNO_CONVERSION_H
#define LIMNO_CONVERSION_H

#include "payload_read.h"

struct conversion {
    bool left, plus, blank, alternate, zero;
    int width, precision; /* -1: none */
    char letter;
};

/* Why Python would have raised: a text, and what varies of it. */
struct failure {
    const char *text;
    char detail[80];
};

/* Append the converted value; false when Python would have raised. */
bool convert(struct buffer *out, const struct conversion *how, const struct value *value,
             struct failure *failure);

#endif
