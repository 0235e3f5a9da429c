/* The tokens of JSON: see json_text.h. */
#include "json_text.h"

#include <string.h>

#include "text.h"

bool not_json(struct json *j, const uint8_t *where, const char *why) {
    return malformed(&j->d, where, "the body is not JSON: %s at byte %zu", why,
                     (size_t)(where - j->d.payload));
}

bool out_room(struct json *j, size_t more) {
    if (more > j->out_max - j->out.used) {
        j->over_out_max = true;
        return malformed(&j->d, j->at, "more than %zu bytes as protobuf", j->out_max);
    }
    return buffer_room(&j->d, &j->out, more);
}

bool out_put(struct json *j, const void *bytes, size_t length) {
    if (length == 0) {
        return true;
    }
    if (!out_room(j, length)) {
        return false;
    }
    memcpy(j->out.bytes + j->out.used, bytes, length);
    j->out.used += length;
    return true;
}

uint8_t peek(struct json *j) {
    const uint8_t *at = j->at;
    while (at < j->end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) {
        at++;
    }
    j->at = at;
    return at < j->end ? *at : 0;
}

bool take_mark(struct json *j, uint8_t mark) {
    if (peek(j) != mark) {
        char why[] = "no 'x'";
        why[4] = (char)mark;
        return not_json(j, j->at, why);
    }
    j->at++;
    return true;
}

bool take_word(struct json *j, const char *word) {
    size_t length = strlen(word);
    if ((size_t)(j->end - j->at) < length || memcmp(j->at, word, length) != 0) {
        return not_json(j, j->at, "no value");
    }
    j->at += length;
    return true;
}

bool enter(struct json *j, uint8_t mark) {
    const uint8_t *where = j->at;
    if (!take_mark(j, mark)) {
        return false;
    }
    if (++j->depth > JSON_DEPTH_MAX) {
        return malformed(&j->d, where, "the body is nested more than JSON_DEPTH_MAX=%d deep",
                         JSON_DEPTH_MAX);
    }
    return true;
}

bool take_separator(struct json *j, uint8_t closing, bool *more) {
    uint8_t next = peek(j);
    *more = next == ',';
    if (next != ',' && next != closing) {
        return not_json(j, j->at, closing == '}' ? "neither ',' nor '}'" : "neither ',' nor ']'");
    }
    j->depth -= next == closing;
    j->at++;
    return true;
}

bool take_empty(struct json *j, uint8_t closing, bool *empty) {
    *empty = peek(j) == closing;
    if (*empty) {
        j->depth--;
        j->at++;
    }
    return true;
}

/* Where bytes end that stand for themselves: before a quote, a backslash, a control character or
   what is no ASCII. Eight at a time: each comparison sets the high bit of bytes that are meant, and
   maybe of bytes above one, so that only the lowest is looked at. */
static const uint8_t *end_of_plain(const uint8_t *at, const uint8_t *end) {
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    while (end - at >= 8) {
        uint64_t eight = fixed64_at(at);
        uint64_t quotes = eight ^ ones * '"', slashes = eight ^ ones * '\\';
        uint64_t found = ((quotes - ones) & ~quotes) | ((slashes - ones) & ~slashes) |
                         ((eight - ones * 0x20) & ~eight) | eight;
        if (found & highs) {
            return at + __builtin_ctzll(found & highs) / 8;
        }
        at += 8;
    }
    while (at < end && *at >= 0x20 && *at < 0x80 && *at != '"' && *at != '\\') {
        at++;
    }
    return at;
}

static int hex_digit(uint8_t digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    digit |= 0x20;
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* Reads the four digits behind \u; -1 where they are none. */
static int32_t four_digits(struct span digits) {
    int32_t unit = 0;
    for (unsigned i = 0; i < 4; i++) {
        int digit = digits.at + i < digits.end ? hex_digit(digits.at[i]) : -1;
        if (digit < 0) {
            return -1;
        }
        unit = unit << 4 | digit;
    }
    return unit;
}

static size_t utf8_of(uint32_t character, uint8_t bytes[4]) {
    if (character < 0x80) {
        bytes[0] = (uint8_t)character;
        return 1;
    }
    size_t length = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    static const uint8_t FIRST[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = length - 1; i > 0; i--) {
        bytes[i] = (uint8_t)(0x80 | (character & 0x3f));
        character >>= 6;
    }
    bytes[0] = (uint8_t)(FIRST[length] | character);
    return length;
}

/* Takes what follows \u: one character, which may be a pair of surrogates in two escapes. */
static bool take_unicode(struct json *j, const uint8_t *start, uint8_t bytes[4], size_t *length) {
    int32_t unit = four_digits((struct span){j->at, j->end});
    if (unit < 0) {
        return not_json(j, start, "no \\u and four digits");
    }
    j->at += 4;
    uint32_t character = (uint32_t)unit;
    if (unit >= 0xd800 && unit < 0xdc00 && j->end - j->at >= 6 && j->at[0] == '\\' &&
        j->at[1] == 'u') {
        int32_t low = four_digits((struct span){j->at + 2, j->end});
        if (low >= 0xdc00 && low < 0xe000) {
            character = 0x10000 + ((uint32_t)(unit - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
            j->at += 6;
        }
    }
    if (character >= 0xd800 && character < 0xe000) {
        j->half_pair = true;
        character = 0xfffd;
    }
    *length = utf8_of(character, bytes);
    return true;
}

static bool take_escape(struct json *j, struct buffer *into) {
    static const char NAMES[] = "\"\\/bfnrt", MEANT[] = "\"\\/\b\f\n\r\t";
    const uint8_t *start = j->at++;
    if (j->at == j->end) {
        return not_json(j, start, "a text without an end");
    }
    uint8_t name = *j->at++, bytes[4];
    size_t length = 1;
    const char *known = name ? strchr(NAMES, name) : NULL;
    if (known) {
        bytes[0] = (uint8_t)MEANT[known - NAMES];
    } else if (name != 'u') {
        return not_json(j, start, "an unknown escape");
    } else if (!take_unicode(j, start, bytes, &length)) {
        return false;
    }
    if (into == NULL) {
        return true;
    }
    return into == &j->out ? out_put(j, bytes, length) : buffer_put(&j->d, into, bytes, length);
}

bool take_text(struct json *j, struct buffer *into) {
    const uint8_t *start = j->at;
    if (!take_mark(j, '"')) {
        return false;
    }
    j->half_pair = false;
    const uint8_t *run = j->at;
    for (;;) {
        const uint8_t *at = j->at = end_of_plain(j->at, j->end);
        if (at == j->end) {
            return not_json(j, start, "a text without an end");
        }
        if (*at >= 0x80) {
            size_t bad, length = utf8_character((struct span){at, j->end}, &bad);
            if (length == 0) {
                return not_json(j, at, "no UTF-8");
            }
            j->at += length;
            continue;
        }
        if (into && at > run) {
            size_t length = (size_t)(at - run);
            bool put = into == &j->out ? out_put(j, run, length)
                                       : buffer_put(&j->d, into, run, length);
            if (!put) {
                return false;
            }
        }
        if (*at == '"') {
            j->at++;
            return true;
        }
        if (*at < 0x20) {
            return not_json(j, at, "a control character in a text");
        }
        if (!take_escape(j, into)) {
            return false;
        }
        run = j->at;
    }
}

bool take_short_text(struct json *j, struct span *text) {
    if (j->at < j->end && *j->at == '"') {
        const uint8_t *end = end_of_plain(j->at + 1, j->end);
        if (end < j->end && *end == '"') {
            *text = (struct span){j->at + 1, end};
            j->at = end + 1;
            j->half_pair = false;
            return true;
        }
    }
    j->scratch.used = 0;
    if (!take_text(j, &j->scratch)) {
        return false;
    }
    *text = (struct span){j->scratch.bytes, j->scratch.bytes + j->scratch.used};
    return true;
}

static const uint8_t *end_of_digits(struct span text) {
    while (text.at < text.end && *text.at >= '0' && *text.at <= '9') {
        text.at++;
    }
    return text.at;
}

const uint8_t *end_of_number(struct span text) {
    const uint8_t *at = text.at, *end = text.end;
    at += at < end && *at == '-';
    const uint8_t *digits = end_of_digits((struct span){at, end});
    if (digits == at) {
        return NULL;
    }
    at = *at == '0' ? at + 1 : digits; /* nothing but a fraction follows a leading zero */
    if (at < end && *at == '.') {
        digits = end_of_digits((struct span){at + 1, end});
        at = digits > at + 1 ? digits : at;
    }
    if (at < end && (*at | 0x20) == 'e') {
        const uint8_t *sign = at + 1;
        sign += sign < end && (*sign == '+' || *sign == '-');
        digits = end_of_digits((struct span){sign, end});
        at = digits > sign ? digits : at;
    }
    return at;
}

bool take_number(struct json *j, struct span *number) {
    const uint8_t *end = end_of_number((struct span){j->at, j->end});
    if (end == NULL) {
        return not_json(j, j->at, "no value");
    }
    *number = (struct span){j->at, end};
    j->at = end;
    return true;
}

static bool skip_members(struct json *j) {
    bool more = true, empty;
    if (!enter(j, '{') || !take_empty(j, '}', &empty)) {
        return false;
    }
    while (!empty && more) {
        if (peek(j) != '"') {
            return not_json(j, j->at, "no name of a member");
        }
        if (!take_text(j, NULL) || !take_mark(j, ':') || !skip_value(j) ||
            !take_separator(j, '}', &more)) {
            return false;
        }
    }
    return true;
}

static bool skip_elements(struct json *j) {
    bool more = true, empty;
    if (!enter(j, '[') || !take_empty(j, ']', &empty)) {
        return false;
    }
    while (!empty && more) {
        if (!skip_value(j) || !take_separator(j, ']', &more)) {
            return false;
        }
    }
    return true;
}

bool skip_value(struct json *j) {
    struct span number;
    switch (peek(j)) {
    case '{':
        return skip_members(j);
    case '[':
        return skip_elements(j);
    case '"':
        return take_text(j, NULL);
    case 't':
        return take_word(j, "true");
    case 'f':
        return take_word(j, "false");
    case 'n':
        return take_word(j, "null");
    default:
        return take_number(j, &number);
    }
}
