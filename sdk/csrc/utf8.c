/*
 * UTF-8 that may be broken, made into UTF-8 that is not.
 *
 * Rule: texts are nearly always ASCII, and that case is a scan by words and one copy.
 */
#include "utf8.h"

static const uint64_t HIGH_BITS = 0x8080808080808080u;

size_t utf8_ascii(const uint8_t *text, size_t size) {
    size_t at = 0;
    for (; at + 8 <= size; at += 8) {
        uint64_t word;
        memcpy(&word, text + at, 8);
        if (word & HIGH_BITS) {
            break;
        }
    }
    while (at < size && text[at] < 0x80) {
        at++;
    }
    return at;
}

static bool continues(const uint8_t *text, size_t from, size_t to) {
    for (size_t at = from; at < to; at++) {
        if ((text[at] & 0xC0) != 0x80) {
            return false;
        }
    }
    return true;
}

bool utf8_surrogate(const uint8_t *text, size_t size) {
    return size >= 3 && text[0] == 0xED && text[1] >= 0xA0 && text[1] <= 0xBF &&
           continues(text, 2, 3);
}

size_t utf8_character(const uint8_t *text, size_t size) {
    if (!size) {
        return 0;
    }
    uint8_t first = text[0];
    size_t need = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3
                : first < 0xF5 ? 4 : 0;
    if (!need || need > size || !continues(text, 1, need)) {
        return 0;
    }
    if ((first == 0xE0 && text[1] < 0xA0) || (first == 0xF0 && text[1] < 0x90) ||
        (first == 0xF4 && text[1] > 0x8F) || utf8_surrogate(text, size)) {
        return 0;
    }
    return need;
}

size_t utf8_append(struct buffer *out, const uint8_t *text, size_t size, size_t chars_max) {
    size_t chars = 0;
    while (size && chars < chars_max) {
        size_t plain = utf8_ascii(text, size);
        if (plain > chars_max - chars) {
            plain = chars_max - chars;
        }
        buffer_append(out, text, plain);
        text += plain;
        size -= plain;
        chars += plain;
        if (!size || chars >= chars_max) {
            break;
        }
        size_t whole = utf8_character(text, size);
        size_t step = whole ? whole : utf8_surrogate(text, size) ? 3 : 1;
        if (whole) {
            buffer_append(out, text, whole);
        } else {
            buffer_byte(out, '?');
        }
        text += step;
        size -= step;
        chars++;
    }
    return chars;
}

size_t utf8_count(const uint8_t *text, size_t size) {
    size_t chars = 0;
    while (size) {
        size_t step = utf8_ascii(text, size);
        chars += step;
        if (!step) {
            step = utf8_character(text, size);
            if (!step) {
                step = utf8_surrogate(text, size) ? 3 : 1;
            }
            chars++;
        }
        text += step;
        size -= step;
    }
    return chars;
}
