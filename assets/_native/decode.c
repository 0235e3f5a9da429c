/* Growing buffers and the record of what went wrong: see decode.h. */
#include "decode.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool malformed(struct decode *d, const uint8_t *where, const char *format, ...) {
    if (d->failed) {
        return false;
    }
    d->failed = true;
    d->offset = (size_t)(where - d->payload);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(d->reason, sizeof d->reason, format, arguments);
    va_end(arguments);
    return false;
}

static bool out_of_memory(struct decode *d) {
    d->failed = true;
    d->out_of_memory = true;
    return false;
}

bool count_items(struct decode *d, size_t items) {
    d->items += items;
    if (d->items > ITEMS_MAX) {
        return malformed(d, d->payload, "more than ITEMS_MAX=%u rows, entries and elements",
                         ITEMS_MAX);
    }
    return true;
}

bool buffer_room(struct decode *d, struct buffer *buffer, size_t more) {
    if (buffer->room - buffer->used >= more) {
        return true;
    }
    size_t room = buffer->room < 4096 ? 4096 : buffer->room;
    while (room - buffer->used < more) {
        if (room > SIZE_MAX / 2) {
            return out_of_memory(d);
        }
        room *= 2;
    }
    uint8_t *bytes = realloc(buffer->bytes, room);
    if (bytes == NULL) {
        return out_of_memory(d);
    }
    buffer->bytes = bytes;
    buffer->room = room;
    return true;
}

bool buffer_put(struct decode *d, struct buffer *buffer, const void *bytes, size_t length) {
    if (length == 0) {
        return true;
    }
    if (!buffer_room(d, buffer, length)) {
        return false;
    }
    memcpy(buffer->bytes + buffer->used, bytes, length);
    buffer->used += length;
    return true;
}

void buffer_free(struct buffer *buffer) {
    free(buffer->bytes);
    *buffer = (struct buffer){0};
}

bool made_put(struct decode *d, const void *bytes, size_t length) {
    if (length > MADE_BYTES_MAX - d->made.used) {
        return malformed(d, d->payload, "texts take more than MADE_BYTES_MAX=%u bytes",
                         MADE_BYTES_MAX);
    }
    return buffer_put(d, &d->made, bytes, length);
}
