/*
 * Growing byte buffers of the packing side.
 *
 * Rule: a buffer that could not grow says so in `failed` and stays as it was; whoever fills several
 * of them looks once at the end instead of after every byte.
 */
#ifndef LIMNO_BUFFER_H
#define LIMNO_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buffer {
    uint8_t *data;
    size_t size;
    size_t room;
    bool failed;
};

/* Makes room for `more` bytes after the content; NULL (and `failed`) without memory. */
uint8_t *buffer_room(struct buffer *buffer, size_t more);
void buffer_append(struct buffer *buffer, const void *bytes, size_t count);
void buffer_text(struct buffer *buffer, const char *text);
void buffer_zeros(struct buffer *buffer, size_t count);
void buffer_empty(struct buffer *buffer);
void buffer_free(struct buffer *buffer);

static inline void buffer_byte(struct buffer *buffer, uint8_t byte) {
    uint8_t *at = buffer->size < buffer->room ? buffer->data + buffer->size
                                              : buffer_room(buffer, 1);
    if (at) {
        *at = byte;
        buffer->size++;
    }
}

static inline void buffer_u32(struct buffer *buffer, uint32_t value) {
    uint8_t *at = buffer->room - buffer->size >= 4 ? buffer->data + buffer->size
                                                   : buffer_room(buffer, 4);
    if (at) {
        memcpy(at, &value, 4);
        buffer->size += 4;
    }
}

#endif
