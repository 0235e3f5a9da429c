/*
 * Integers as byte planes: all lowest bytes, then all second bytes, as many planes as are needed.
 *
 * Rule: arithmetic wraps (uint64_t), so that any values come back, whatever the sums in between.
 */
#include "planes.h"

static uint64_t to_zigzag(uint64_t value) { return value << 1 ^ (0 - (value >> 63)); }

static void differences(int64_t *values, size_t count) {
    for (size_t at = count; at-- > 1;) {
        values[at] = (int64_t)((uint64_t)values[at] - (uint64_t)values[at - 1]);
    }
}

static void write(uint8_t *out, const uint64_t *values, size_t count, unsigned planes) {
    for (unsigned plane = 0; plane < planes; plane++) {
        unsigned shift = 8 * plane;
        for (size_t at = 0; at < count; at++) {
            out[at] = (uint8_t)(values[at] >> shift);
        }
        out += count;
    }
}

bool planes_write(struct buffer *out, int64_t *values, size_t count, bool rising,
                  struct packing *packing) {
    *packing = (struct packing){0};
    if (!count) {
        return true;
    }
    int64_t first = values[0];
    if (rising) {
        differences(values, count);
        values[0] = count > 1 ? values[1] : 0; /* start makes up for it */
    }
    int64_t low = values[0], high = values[0];
    for (size_t at = 1; at < count; at++) {
        low = values[at] < low ? values[at] : low;
        high = values[at] > high ? values[at] : high;
    }
    /* Small numbers of both signs stay small by zigzag; else counting from the lowest does it. */
    packing->zigzag = low < 0 && low != high;
    packing->base = packing->zigzag ? 0 : low;
    packing->start = rising ? (int64_t)((uint64_t)first - (uint64_t)values[0]) : 0;
    uint64_t *packed = (uint64_t *)values, every = 0;
    for (size_t at = 0; at < count; at++) {
        uint64_t value = packed[at];
        packed[at] = packing->zigzag ? to_zigzag(value) : value - (uint64_t)low;
        every |= packed[at];
    }
    unsigned planes = every ? (71u - (unsigned)__builtin_clzll(every)) / 8 : 0;
    uint8_t *at = buffer_room(out, planes * count);
    if (!at) {
        return false;
    }
    write(at, packed, count, planes);
    out->size += planes * count;
    return true;
}
