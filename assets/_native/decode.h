/*
 * One decoding: the payload, the texts made on the way, how much was produced, and what went wrong.
 *
 * Rule: a function that can fail returns false, and has then recorded why; whoever called it
 * returns false at once. The first failure is the one that is told.
 */
#ifndef LIMNOGRAPH_OTLP_DECODE_H
#define LIMNOGRAPH_OTLP_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "limits.h"

struct buffer {
    uint8_t *bytes;
    size_t used;
    size_t room;
};

/* A text as 16 bytes: see text.h, which says what they are. */
struct text {
    uint32_t length;
    union {
        uint8_t inlined[12];
        struct {
            uint8_t prefix[4];
            uint32_t buffer;
            uint32_t offset;
        } placed;
    } as;
};

struct decode {
    const uint8_t *payload;
    size_t size;
    struct buffer made;
    struct text *keys; /* texts of entries of our own, by enum key; see scope.h */
    size_t items;
    size_t repaired; /* texts that were no UTF-8 */
    size_t odd_ids;  /* spans whose ids have another length than the specification says */
    bool failed;
    bool out_of_memory;
    size_t offset;
    char reason[400];
};

/* Records why decoding ends, with the place in the payload; always returns false. */
bool malformed(struct decode *d, const uint8_t *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Counts rows, entries and elements against ITEMS_MAX. */
bool count_items(struct decode *d, size_t items);

/* Makes room for `more` bytes behind what is used; the caller then writes and adds to `used`. */
bool buffer_room(struct decode *d, struct buffer *buffer, size_t more);
bool buffer_put(struct decode *d, struct buffer *buffer, const void *bytes, size_t length);
void buffer_free(struct buffer *buffer);

/* As buffer_put, into the texts that do not stand in the payload, within MADE_BYTES_MAX. */
bool made_put(struct decode *d, const void *bytes, size_t length);

#endif
