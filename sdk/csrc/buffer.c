/*
 * Growing byte buffers of the packing side.
 *
 * Rule: they grow by doubling, keep their memory when emptied, and never shrink by themselves: the
 * flush thread uses the same ones for every block.
 */
#include "buffer.h"

#include <stdlib.h>

enum { FIRST_ROOM = 1024 };

uint8_t *buffer_room(struct buffer *buffer, size_t more) {
    if (buffer->failed) {
        return NULL;
    }
    if (buffer->room - buffer->size < more || !buffer->data) { /* NULL means failure only */
        if (more > SIZE_MAX / 4 || buffer->size > SIZE_MAX / 4) {
            buffer->failed = true;
            return NULL;
        }
        size_t room = buffer->room < FIRST_ROOM ? FIRST_ROOM : buffer->room;
        while (room - buffer->size < more) {
            room *= 2;
        }
        uint8_t *data = realloc(buffer->data, room);
        if (!data) {
            buffer->failed = true;
            return NULL;
        }
        buffer->data = data;
        buffer->room = room;
    }
    return buffer->data + buffer->size;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t count) {
    uint8_t *at = buffer_room(buffer, count);
    if (at && count) {
        memcpy(at, bytes, count);
        buffer->size += count;
    }
}

void buffer_text(struct buffer *buffer, const char *text) {
    buffer_append(buffer, text, strlen(text));
}

void buffer_zeros(struct buffer *buffer, size_t count) {
    uint8_t *at = buffer_room(buffer, count);
    if (at && count) {
        memset(at, 0, count);
        buffer->size += count;
    }
}

void buffer_empty(struct buffer *buffer) {
    buffer->size = 0;
    buffer->failed = false;
}

void buffer_free(struct buffer *buffer) {
    free(buffer->data);
    *buffer = (struct buffer){0};
}
