/*
 * Protobuf written: keys, numbers and lengths, into room that the caller has made.
 *
 * Rule: a function returns where the next byte goes; sizes are those that the writers need exactly.
 */
#ifndef LIMNOGRAPH_OTLP_EMIT_H
#define LIMNOGRAPH_OTLP_EMIT_H

#include <string.h>

#include "wire.h"

enum { FIXED64_FIELD_BYTES = 9 };

/* The key of a field below 16, which takes one byte. */
#define KEY_OF(number, wire) ((uint8_t)((number) << 3 | (wire)))

static inline size_t varint_size(uint64_t value) {
    size_t size = 1;
    for (; value > 0x7f; value >>= 7) {
        size++;
    }
    return size;
}

static inline uint8_t *emit_varint(uint8_t *at, uint64_t value) {
    for (; value > 0x7f; value >>= 7) {
        *at++ = (uint8_t)(value | 0x80);
    }
    *at++ = (uint8_t)value;
    return at;
}

static inline uint8_t *emit_fixed64(uint8_t *at, unsigned number, uint64_t value) {
    *at++ = KEY_OF(number, WIRE_FIXED64);
    memcpy(at, &value, sizeof value); /* little-endian machines only: setup.py sees to it */
    return at + sizeof value;
}

/* Key and length of a field whose bytes follow. */
static inline uint8_t *emit_head(uint8_t *at, unsigned number, size_t length) {
    *at++ = KEY_OF(number, WIRE_BYTES);
    return emit_varint(at, length);
}

static inline uint8_t *emit_raw(uint8_t *at, const void *bytes, size_t length) {
    if (length) {
        memcpy(at, bytes, length);
    }
    return at + length;
}

static inline uint8_t *emit_bytes(uint8_t *at, unsigned number, const void *bytes, size_t length) {
    return emit_raw(emit_head(at, number, length), bytes, length);
}

static inline size_t bytes_field_size(size_t length) { return 1 + varint_size(length) + length; }

/* A number as protobuf's sint32 and sint64 have it. */
static inline uint64_t as_zigzag(int64_t value) {
    return ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
}

static inline int64_t of_zigzag(uint64_t value) {
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

static inline uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

#endif
