/* Columns of text as Arrow's views: see texts.h. */
#include "texts.h"

#include <string.h>

bool text_at(const struct texts *texts, size_t index, struct bytes *text) {
    const uint8_t *view = texts->views + index * VIEW_BYTES;
    uint32_t length, buffer, offset;
    memcpy(&length, view, sizeof length);
    if (length <= INLINE_MAX) {
        *text = (struct bytes){view + sizeof length, length};
        return true;
    }
    memcpy(&buffer, view + HEAD_BYTES, sizeof buffer);
    memcpy(&offset, view + HEAD_BYTES + sizeof buffer, sizeof offset);
    if (buffer >= texts->buffer_count || offset > texts->buffers[buffer].size ||
        length > texts->buffers[buffer].size - offset) {
        return false;
    }
    *text = (struct bytes){texts->buffers[buffer].at + offset, length};
    return true;
}
