/*
 * Rows of chunks brought together: the events of one block in one array, whatever thread they are of.
 */
#ifndef LIMNO_ROWS_H
#define LIMNO_ROWS_H

#include "buffer.h"
#include "chunks.h"
#include "timeline.h"

/* One event. Times are CLOCK_MONOTONIC ns. */
struct row {
    int64_t time; /* of a span: its begin */
    union {
        double value;
        int64_t span; /* of a log row: the id of the span it stands in, or 0 */
        int64_t end;
    };
    int64_t id, parent;                       /* of spans */
    const uint8_t *payload, *payload_end;     /* equal: none */
    uint32_t site, depth;
    uint8_t code; /* level of a log row, status of a span */
    uint8_t coroutine; /* whether one ran the span */
};

/* Append the rows of a piece; what no reader could take (a level 9) is made into what it could. */
void rows_gather(struct buffer *rows, const struct rows *piece, struct timeline *timeline);

/* Sort by time; rows of the same time keep their order. False without memory. */
bool rows_sort(struct row *rows, size_t count);

static inline struct row *rows_of(const struct buffer *rows) {
    return (struct row *)(void *)rows->data;
}

static inline size_t rows_count(const struct buffer *rows) {
    return rows->size / sizeof(struct row);
}

#endif
