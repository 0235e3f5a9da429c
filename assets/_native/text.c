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

bool text_of_constant(struct decode *d, const char *constant, struct text *text) {
    size_t start = d->made.used;
    return put_text(d, constant) && text_of_made(d, start, text);
}

bool text_of_hex(struct decode *d, struct span bytes, struct text *text) {
    size_t start = d->made.used;
    return put_hex(d, bytes) && text_of_made(d, start, text);
}

bool text_of_int(struct decode *d, int64_t value, struct text *text) {
    size_t start = d->made.used;
    return put_int(d, value) && text_of_made(d, start, text);
}

bool text_of_unsigned(struct decode *d, uint64_t value, struct text *text) {
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    size_t start = d->made.used;
    return made_put(d, digits, (size_t)length) && text_of_made(d, start, text);
}

bool put_text(struct decode *d, const char *constant) {
    return made_put(d, constant, strlen(constant));
}

bool put_repaired(struct decode *d, struct span bytes) {
    while (bytes.at < bytes.end) {
        size_t bad, length = utf8_character(bytes, &bad);
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
    for (; bytes.at < bytes.end; bytes.at++) {
        char pair[2] = {DIGITS[*bytes.at >> 4], DIGITS[*bytes.at & 15]};
        if (!made_put(d, pair, 2)) {
            return false;
        }
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
    char digits[24];
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (value < 0) {
        digits[--at] = '-';
    }
    return made_put(d, digits + at, sizeof digits - at);
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
    bool put = made_put(d, "\"", 1);
    while (put && bytes.at < bytes.end) {
        char escape[7];
        size_t bad, length = utf8_character(bytes, &bad);
        if (length == 0) {
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

bool same_text(const struct decode *d, const struct text *a, const struct text *b) {
    uint64_t first_a, first_b;
    memcpy(&first_a, a, sizeof first_a); /* length and first four bytes */
    memcpy(&first_b, b, sizeof first_b);
    if (first_a != first_b) {
        return false;
    }
    return a->length == 0 || memcmp(text_bytes(d, a).at, text_bytes(d, b).at, a->length) == 0;
}
