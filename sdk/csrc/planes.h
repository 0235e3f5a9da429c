/*
 * Integers as byte planes: all lowest bytes, then all second bytes, as many planes as are needed.
 */
#ifndef LIMNO_PLANES_H
#define LIMNO_PLANES_H

#include "buffer.h"

/* value n = base + unpacked n; of differences: base + unpacked n + value n-1, value -1 = start. */
struct packing {
    int64_t base, start;
    bool zigzag;
};

/* Append `values` as planes; they are used as scratch. False without memory. */
bool planes_write(struct buffer *out, int64_t *values, size_t count, bool rising,
                  struct packing *packing);

#endif
