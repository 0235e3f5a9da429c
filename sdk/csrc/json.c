/*
 * Writing JSON text: what the header of a container needs of it.
 *
 * Rule: the output is valid JSON in valid UTF-8 for any input bytes; only what must be escaped is.
 */
#include "json.h"

#include "number_text.h"
#include "utf8.h"

static const char HEX[] = "0123456789abcdef";

static bool plain(uint8_t byte) {
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

static void escaped(struct buffer *out, uint8_t byte) {
    if (byte == '"' || byte == '\\') {
        buffer_byte(out, '\\');
        buffer_byte(out, byte);
        return;
    }
    buffer_text(out, "\\u00");
    buffer_byte(out, (uint8_t)HEX[byte >> 4]);
    buffer_byte(out, (uint8_t)HEX[byte & 15]);
}

void json_text(struct buffer *out, const void *text, size_t size) {
    const uint8_t *at = text, *end = at + size;
    buffer_byte(out, '"');
    while (at < end) {
        const uint8_t *from = at;
        while (at < end && plain(*at)) {
            at++;
        }
        buffer_append(out, from, (size_t)(at - from));
        if (at == end) {
            break;
        }
        if (*at < 0x80) {
            escaped(out, *at++);
            continue;
        }
        size_t left = (size_t)(end - at);
        size_t whole = utf8_character(at, left);
        size_t step = whole ? whole : utf8_surrogate(at, left) ? 3 : 1;
        utf8_append(out, at, step, 1);
        at += step;
    }
    buffer_byte(out, '"');
}

void json_integer(struct buffer *out, int64_t value) {
    char text[INTEGER_TEXT_MAX];
    buffer_append(out, text, integer_text(value, text));
}

void json_key(struct buffer *out, const char *key) {
    if (out->size && out->data[out->size - 1] != '{' && out->data[out->size - 1] != '[') {
        buffer_byte(out, ',');
    }
    buffer_byte(out, '"');
    buffer_text(out, key);
    buffer_text(out, "\":");
}
