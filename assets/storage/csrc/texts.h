/*
 * Columns of text as Arrow's views: 16 bytes each, up to 12 bytes of text inside, longer ones in one
 * of the column's buffers.
 *
 * Rule: a view that points outside of its buffers is never followed; whoever meets one says so.
 */
#ifndef LIMNOGRAPH_STORAGE_TEXTS_H
#define LIMNOGRAPH_STORAGE_TEXTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VIEW_BYTES = 16, INLINE_MAX = 12, HEAD_BYTES = 8 };

struct bytes {
    const uint8_t *at;
    size_t size;
};

struct texts {
    const uint8_t *views;
    size_t count;
    const struct bytes *buffers;
    size_t buffer_count;
};

/* Finds the bytes of a text; false if they do not lie where the view says. */
bool text_at(const struct texts *texts, size_t index, struct bytes *text);

#endif
