/* Scalars of JSON as protobuf has them: see json_scalars.h. */
#include "json_scalars.h"

#include <stdio.h>
#include <string.h>

#include "json_numbers.h"

static size_t put_path(const struct place *place, char *path, size_t room) {
    size_t used = place->outer ? put_path(place->outer, path, room) : 0;
    int more;
    if (used >= room) {
        return used;
    }
    if (place->name) {
        more = snprintf(path + used, room - used, "%s%s", place->outer ? "." : "", place->name);
    } else {
        more = snprintf(path + used, room - used, "[%zu]", place->index);
    }
    return used + (size_t)more;
}

bool refuse_member(struct json *j, const struct place *place, const char *why) {
    char path[JSON_PATH_CHARS_MAX + 1];
    size_t length = put_path(place, path, sizeof path);
    return malformed(&j->d, j->at, "%s%s%s", path, length > JSON_PATH_CHARS_MAX ? "..." : "", why);
}

/* As refuse, with the beginning of the value, where that is plain text. */
static bool refuse_shown(struct json *j, const struct place *place, struct span value,
                         const char *why, const char *what) {
    char text[JSON_SHOWN_CHARS_MAX + 100];
    size_t length = span_length(value);
    bool plain = true;
    length = length < JSON_SHOWN_CHARS_MAX ? length : JSON_SHOWN_CHARS_MAX;
    for (size_t i = 0; i < length; i++) {
        plain = plain && value.at[i] >= ' ' && value.at[i] <= '~';
    }
    if (plain) {
        snprintf(text, sizeof text, " = '%.*s'%s%s", (int)length, (const char *)value.at, why,
                 what);
    } else {
        snprintf(text, sizeof text, "%s%s", why, what);
    }
    return refuse_member(j, place, text);
}

static unsigned varint_bytes(uint64_t value, uint8_t bytes[10]) {
    unsigned length = 0;
    while (value > 0x7f) {
        bytes[length++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    bytes[length++] = (uint8_t)value;
    return length;
}

bool put_varint(struct json *j, uint64_t value) {
    uint8_t bytes[10];
    return out_put(j, bytes, varint_bytes(value, bytes));
}

bool begin_field(struct json *j, unsigned number, size_t *content) {
    if (!put_varint(j, number << 3 | WIRE_BYTES) || !out_put(j, "", 1)) {
        return false;
    }
    *content = j->out.used; /* one byte is kept for the length, which most lengths take */
    return true;
}

bool end_field(struct json *j, size_t content) {
    uint8_t bytes[10];
    size_t length = j->out.used - content;
    unsigned more = varint_bytes(length, bytes) - 1;
    if (more && !out_room(j, more)) {
        return false;
    }
    uint8_t *at = j->out.bytes + content;
    if (more) {
        memmove(at + more, at, length);
        j->out.used += more;
    }
    memcpy(at - 1, bytes, more + 1);
    return true;
}

/* Takes what must be a text. */
static bool take_known_text(struct json *j, const struct place *place, struct span *text) {
    return peek(j) == '"' ? take_short_text(j, text) : refuse_member(j, place, " is no text");
}

static bool put_hexadecimal(struct json *j, const struct place *place, struct span digits) {
    static const int8_t VALUES[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -1, -1, -1, -1, -1, -1, -1,
                                    10, 11, 12, 13, 14, 15};
    size_t length = span_length(digits);
    if (length % 2 || !out_room(j, length / 2)) {
        return j->d.failed ? false : refuse_member(j, place, " is not hexadecimal");
    }
    uint8_t *to = j->out.bytes + j->out.used;
    for (size_t i = 0; i < length; i++) {
        unsigned digit = digits.at[i];
        digit = (digit > '9' ? digit & 0xdfu : digit) - '0';
        int value = digit < sizeof VALUES ? VALUES[digit] : -1;
        if (value < 0) {
            return refuse_member(j, place, " is not hexadecimal");
        }
        to[i / 2] = (uint8_t)(i % 2 ? to[i / 2] | value : value << 4);
    }
    j->out.used += length / 2;
    return true;
}

/* What a digit of base64 stands for, in either alphabet; -1: it is none. */
static int base64_digit(uint8_t digit) {
    if (digit >= 'A' && digit <= 'Z') {
        return digit - 'A';
    }
    if (digit >= 'a' && digit <= 'z') {
        return digit - 'a' + 26;
    }
    if (digit >= '0' && digit <= '9') {
        return digit - '0' + 52;
    }
    return digit == '+' || digit == '-' ? 62 : digit == '/' || digit == '_' ? 63 : -1;
}

static bool put_base64_bytes(struct json *j, const struct place *place, struct span text) {
    size_t whole = span_length(text), padding = 0;
    while (padding < 2 && text.at < text.end && text.end[-1] == '=') {
        text.end--;
        padding++;
    }
    size_t length = whole - padding;
    if (length % 4 == 1 || (padding && whole % 4)) {
        return refuse_member(j, place, " is not base64");
    }
    if (!out_room(j, length)) {
        return false;
    }
    uint8_t *to = j->out.bytes + j->out.used;
    uint32_t bits = 0;
    for (size_t i = 0; i < length; i++) {
        int digit = base64_digit(text.at[i]);
        if (digit < 0) {
            return refuse_member(j, place, " is not base64");
        }
        bits = bits << 6 | (uint32_t)digit;
        if (i % 4) {
            *to++ = (uint8_t)(bits >> (6 - 2 * (i % 4)));
        }
    }
    j->out.used = (size_t)(to - j->out.bytes);
    return true;
}

static bool put_bytes(struct json *j, const struct member *member, const struct place *place) {
    struct span text;
    if (member->kind == KIND_STRING) {
        if (peek(j) != '"') {
            return refuse_member(j, place, " is no text");
        }
        if (!take_text(j, &j->out)) {
            return false;
        }
        return j->half_pair ? refuse_member(j, place, " has half of a surrogate pair") : true;
    }
    if (!take_known_text(j, place, &text)) {
        return false;
    }
    return member->kind == KIND_HEX ? put_hexadecimal(j, place, text)
                                    : put_base64_bytes(j, place, text);
}

/* Takes a number, or a text that may hold one. */
static bool take_number_or_text(struct json *j, const struct place *place, const char *why,
                                struct span *value, bool *text) {
    uint8_t next = peek(j);
    *text = next == '"';
    if (*text) {
        return take_short_text(j, value);
    }
    if (next == '-' || (next >= '0' && next <= '9')) {
        return take_number(j, value);
    }
    return refuse_member(j, place, why);
}

static bool is_number(struct span value) { return end_of_number(value) == value.end; }

static bool same(struct span value, const char *word) {
    return span_length(value) == strlen(word) && memcmp(value.at, word, strlen(word)) == 0;
}

static bool take_double(struct json *j, const struct place *place, uint64_t *bits) {
    struct span value;
    bool text;
    if (!take_number_or_text(j, place, " is no number", &value, &text)) {
        return false;
    }
    if (text && (same(value, "NaN") || same(value, "Infinity") || same(value, "-Infinity"))) {
        *bits = same(value, "NaN")        ? 0x7ff8000000000000u
                : same(value, "Infinity") ? 0x7ff0000000000000u
                                          : 0xfff0000000000000u;
        return true;
    }
    if (text && !is_number(value)) {
        return refuse_shown(j, place, value, " is no number", "");
    }
    double number;
    if (!double_of(value, &number)) {
        return refuse_shown(j, place, value, TOO_LONG, "");
    }
    if (number - number != 0) {
        return refuse_shown(j, place, value, " is no double", "");
    }
    memcpy(bits, &number, sizeof number);
    return true;
}

static bool take_integer(struct json *j, const struct member *member, const struct place *place,
                         uint64_t *bits) {
    struct span value;
    bool text;
    if (!take_number_or_text(j, place, " is no integer", &value, &text)) {
        return false;
    }
    bool number = !text || is_number(value);
    if (member->kind == KIND_ENUM && !number) {
        const struct enumeration *names = enumeration_of(member);
        for (unsigned i = 0; i < names->count; i++) {
            if (same(value, names->names[i])) {
                *bits = i;
                return true;
            }
        }
        return refuse_shown(j, place, value, " is no ", names->name);
    }
    switch (number ? integer_of(value, member->kind, bits) : NO_INTEGER) {
    case INTEGER:
        return true;
    case NO_INTEGER:
        return refuse_shown(j, place, value, " is no integer", "");
    case LONG_INTEGER:
        return refuse_shown(j, place, value, TOO_LONG, "");
    default:
        return refuse_shown(j, place, value, " is no ", name_of_kind(member->kind));
    }
}

static bool take_bool(struct json *j, const struct place *place, uint64_t *bits) {
    uint8_t next = peek(j);
    if (next != 't' && next != 'f') {
        return refuse_member(j, place, " is neither true nor false");
    }
    *bits = next == 't';
    return take_word(j, next == 't' ? "true" : "false");
}

static bool take_number_bits(struct json *j, const struct member *member,
                             const struct place *place, uint64_t *bits) {
    return member->kind == KIND_DOUBLE ? take_double(j, place, bits)
           : member->kind == KIND_BOOL ? take_bool(j, place, bits)
                                       : take_integer(j, member, place, bits);
}

static enum wire_type wire_of(uint8_t kind) {
    return kind == KIND_DOUBLE || kind == KIND_FIXED64 || kind == KIND_SFIXED64 ? WIRE_FIXED64
           : kind == KIND_FIXED32                                               ? WIRE_FIXED32
                                                                                : WIRE_VARINT;
}

static bool put_number(struct json *j, enum wire_type wire, uint64_t bits) {
    return wire == WIRE_VARINT ? put_varint(j, bits)
                               : out_put(j, &bits, wire == WIRE_FIXED64 ? 8 : 4);
}

bool take_packed(struct json *j, const struct member *member, const struct place *place) {
    uint64_t bits;
    return take_number_bits(j, member, place, &bits) &&
           put_number(j, wire_of(member->kind), bits);
}

bool take_scalar(struct json *j, const struct member *member, const struct place *place) {
    if (member->kind <= KIND_BYTES) {
        size_t start = j->out.used, content;
        if (!begin_field(j, member->number, &content) || !put_bytes(j, member, place)) {
            return false;
        }
        if (j->out.used == content && member->presence == PRESENCE_PLAIN) {
            j->out.used = start;
            return true;
        }
        return end_field(j, content);
    }
    uint64_t bits;
    enum wire_type wire = wire_of(member->kind);
    if (!take_number_bits(j, member, place, &bits)) {
        return false;
    }
    if (bits == 0 && member->presence == PRESENCE_PLAIN) {
        return true;
    }
    return put_varint(j, (uint64_t)member->number << 3 | wire) && put_number(j, wire, bits);
}
