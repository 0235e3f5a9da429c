/* Texts as views, and what numbers and bytes look like as text: see text.h. */
#include "text.h"

#include <Python.h>
#include <string.h>

static const char REPLACEMENT[] = "\xef\xbf\xbd"; /* U+FFFD */

static bool is_utf8(struct span bytes) {
    while (bytes.at < bytes.end) {
        if (span_length(bytes) >= 8 && (fixed64_at(bytes.at) & 0x8080808080808080u) == 0) {
            bytes.at += 8;
            continue;
        }
        if (*bytes.at < 0x80) {
            bytes.at++;
            continue;
        }
        size_t bad, length = utf8_character(bytes, &bad);
        if (length == 0) {
            return false;
        }
        bytes.at += length;
    }
    return true;
}

static void place(struct text *text, const uint8_t *bytes, size_t length, uint32_t buffer,
                  size_t offset) {
    text->length = (uint32_t)length;
    if (length <= TEXT_INLINE_MAX) {
        memset(text->as.inlined, 0, TEXT_INLINE_MAX); /* Arrow compares the padding too */
        memcpy(text->as.inlined, bytes, length);
        return;
    }
    memcpy(text->as.placed.prefix, bytes, sizeof text->as.placed.prefix);
    text->as.placed.buffer = buffer;
    text->as.placed.offset = (uint32_t)offset;
}

bool text_of_span(struct decode *d, struct span bytes, struct text *text) {
    size_t length = span_length(bytes);
    if (length == 0) {
        *text = (struct text){0};
        return true;
    }
    if (is_utf8(bytes)) {
        place(text, bytes.at, length, IN_PAYLOAD, (size_t)(bytes.at - d->payload));
        return true;
    }
    size_t start = d->made.used;
    return put_repaired(d, bytes) && text_of_made(d, start, text);
}

bool text_of_made(struct decode *d, size_t start, struct text *text) {
    size_t length = d->made.used - start;
    if (length == 0) {
        *text = (struct text){0};
        return true;
    }
    place(text, d->made.bytes + start, length, IN_MADE, start);
    if (length <= TEXT_INLINE_MAX) {
        d->made.used = start; /* it stands in the view */
    }
    return true;
}

struct text short_text(const char *word) {
    struct text text = {.length = (uint32_t)strlen(word)};
    memcpy(text.as.inlined, word, text.length);
    return text;
}

bool text_of_hex(struct decode *d, struct span bytes, struct text *text) {
    size_t start = d->made.used;
    return put_hex(d, bytes) && text_of_made(d, start, text);
}

enum { DIGITS_MAX = 20 };

/* Writes a number at the end of `digits`; returns where it begins. */
static size_t write_digits(char digits[DIGITS_MAX], uint64_t value, bool negative) {
    size_t at = DIGITS_MAX;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    if (negative) {
        digits[--at] = '-';
    }
    return at;
}

static bool text_of_digits(struct decode *d, uint64_t value, bool negative, struct text *text) {
    char digits[DIGITS_MAX];
    size_t at = write_digits(digits, value, negative), start = d->made.used;
    if (DIGITS_MAX - at <= TEXT_INLINE_MAX) {
        place(text, (const uint8_t *)digits + at, DIGITS_MAX - at, IN_MADE, 0);
        return true;
    }
    return made_put(d, digits + at, DIGITS_MAX - at) && text_of_made(d, start, text);
}

static uint64_t magnitude(int64_t value) {
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

bool text_of_int(struct decode *d, int64_t value, struct text *text) {
    return text_of_digits(d, magnitude(value), value < 0, text);
}

bool text_of_unsigned(struct decode *d, uint64_t value, struct text *text) {
    return text_of_digits(d, value, false, text);
}

bool put_text(struct decode *d, const char *constant) {
    return made_put(d, constant, strlen(constant));
}

bool put_repaired(struct decode *d, struct span bytes) {
    bool broken = false;
    while (bytes.at < bytes.end) {
        size_t bad, length = utf8_character(bytes, &bad);
        d->repaired += length == 0 && !broken;
        broken = broken || length == 0;
        bool put = length ? made_put(d, bytes.at, length) : made_put(d, REPLACEMENT, 3);
        if (!put) {
            return false;
        }
        bytes.at += length ? length : bad;
    }
    return true;
}

bool put_hex(struct decode *d, struct span bytes) {
    static const char DIGITS[] = "0123456789abcdef";
    while (bytes.at < bytes.end) {
        char pairs[64];
        size_t count = span_length(bytes) < 32 ? span_length(bytes) : 32;
        for (size_t i = 0; i < count; i++) {
            pairs[2 * i] = DIGITS[bytes.at[i] >> 4];
            pairs[2 * i + 1] = DIGITS[bytes.at[i] & 15];
        }
        if (!made_put(d, pairs, 2 * count)) {
            return false;
        }
        bytes.at += count;
    }
    return true;
}

bool put_base64(struct decode *d, struct span bytes) {
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    while (bytes.at < bytes.end) {
        size_t have = span_length(bytes) < 3 ? span_length(bytes) : 3;
        uint32_t bits = (uint32_t)bytes.at[0] << 16;
        bits |= have > 1 ? (uint32_t)bytes.at[1] << 8 : 0;
        bits |= have > 2 ? bytes.at[2] : 0;
        char four[4] = {DIGITS[bits >> 18], DIGITS[bits >> 12 & 63],
                        have > 1 ? DIGITS[bits >> 6 & 63] : '=', have > 2 ? DIGITS[bits & 63] : '='};
        if (!made_put(d, four, 4)) {
            return false;
        }
        bytes.at += have;
    }
    return true;
}

bool put_int(struct decode *d, int64_t value) {
    char digits[DIGITS_MAX];
    size_t at = write_digits(digits, magnitude(value), value < 0);
    return made_put(d, digits + at, DIGITS_MAX - at);
}

bool put_double(struct decode *d, double value) {
    if (value != value) {
        return put_text(d, "NaN");
    }
    if (value - value != 0) {
        return put_text(d, value > 0 ? "Infinity" : "-Infinity");
    }
    char *digits = PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    if (digits == NULL) {
        PyErr_Clear();
        return malformed(d, d->payload, "a number cannot be written");
    }
    bool put = put_text(d, digits);
    PyMem_Free(digits);
    return put;
}

/* Puts what stands for a byte that JSON does not take as it is; false: it does. */
static bool escape_of(uint8_t byte, char escape[7]) {
    static const char SHORT[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (const char *pair = SHORT; *pair; pair += 2) {
        if ((uint8_t)*pair == byte) {
            snprintf(escape, 7, "\\%c", pair[1]);
            return true;
        }
    }
    if (byte < 0x20) {
        snprintf(escape, 7, "\\u%04x", byte);
        return true;
    }
    return false;
}

bool put_json_string(struct decode *d, struct span bytes) {
    bool put = made_put(d, "\"", 1), broken = false;
    while (put && bytes.at < bytes.end) {
        char escape[7];
        size_t bad, length = utf8_character(bytes, &bad);
        if (length == 0) {
            d->repaired += !broken;
            broken = true;
            put = made_put(d, REPLACEMENT, 3);
        } else if (length == 1 && escape_of(*bytes.at, escape)) {
            put = put_text(d, escape);
        } else {
            put = made_put(d, bytes.at, length);
        }
        bytes.at += length ? length : bad;
    }
    return put && made_put(d, "\"", 1);
}

struct span text_bytes(const struct decode *d, const struct text *text) {
    const uint8_t *at = text->as.inlined;
    if (text->length > TEXT_INLINE_MAX) {
        bool in_payload = text->as.placed.buffer == IN_PAYLOAD;
        at = (in_payload ? d->payload : d->made.bytes) + text->as.placed.offset;
    }
    return (struct span){at, at + text->length};
}

bool same_rest(const struct decode *d, const struct text *a, const struct text *b) {
    return memcmp(text_bytes(d, a).at, text_bytes(d, b).at, a->length) == 0;
}
