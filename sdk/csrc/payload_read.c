/*
 * Tagged values (payload.h) read back, and as text.
 *
 * Rule: the bytes may come from the memory of a process that crashed. No length in them is believed
 * before it is compared with what is left.
 */
#include "payload_read.h"

#include "limits.h"
#include "number_text.h"
#include "utf8.h"

static const char HEX[] = "0123456789abcdef";

static size_t left(const struct reader *reader) { return (size_t)(reader->end - reader->at); }

static bool read_bytes(struct reader *reader, void *out, size_t size) {
    if (left(reader) < size) {
        return false;
    }
    memcpy(out, reader->at, size);
    reader->at += size;
    return true;
}

bool read_u8(struct reader *reader, uint8_t *value) { return read_bytes(reader, value, 1); }

bool read_u32(struct reader *reader, uint32_t *value) { return read_bytes(reader, value, 4); }

bool read_text(struct reader *reader, const uint8_t **text, uint32_t *size) {
    if (!read_u32(reader, size) || left(reader) < *size) {
        return false;
    }
    *text = reader->at;
    reader->at += *size;
    return true;
}

bool read_value(struct reader *reader, struct value *value) {
    if (!read_u8(reader, &value->tag)) {
        return false;
    }
    switch (value->tag) {
    case VALUE_NONE:
        return true;
    case VALUE_TRUE:
    case VALUE_FALSE:
        value->integer = value->tag == VALUE_TRUE;
        return true;
    case VALUE_INT:
        return read_bytes(reader, &value->integer, 8);
    case VALUE_FLOAT:
        return read_bytes(reader, &value->number, 8);
    case VALUE_TEXT:
    case VALUE_BYTES:
        return read_text(reader, &value->text, &value->size);
    default:
        return false;
    }
}

static void append_integer(struct buffer *out, int64_t value) {
    char text[INTEGER_TEXT_MAX];
    buffer_append(out, text, integer_text(value, text));
}

static void append_float(struct buffer *out, double value) {
    char text[FLOAT_TEXT_MAX];
    buffer_append(out, text, float_text(value, text));
}

static uint32_t code_point(const uint8_t *text, size_t size) {
    if (size == 1) {
        return text[0];
    }
    uint32_t code = text[0] & (0xFFu >> (size + 1));
    for (size_t at = 1; at < size; at++) {
        code = code << 6 | (text[at] & 0x3Fu);
    }
    return code;
}

static void escape(struct buffer *out, char letter, uint32_t code, int digits) {
    buffer_byte(out, '\\');
    buffer_byte(out, (uint8_t)letter);
    while (digits-- > 0) {
        buffer_byte(out, (uint8_t)HEX[code >> 4 * digits & 15]);
    }
}

/* Appends one character that is ASCII and stands between quotes. */
static void quoted_ascii(struct buffer *out, uint8_t byte, uint8_t quote) {
    const char *named = byte == '\t' ? "\\t" : byte == '\n' ? "\\n" : byte == '\r' ? "\\r" : NULL;
    if (named) {
        buffer_text(out, named);
    } else if (byte == '\\' || byte == quote) {
        buffer_byte(out, '\\');
        buffer_byte(out, byte);
    } else if (byte < 0x20 || byte == 0x7F) {
        escape(out, 'x', byte, 2);
    } else {
        buffer_byte(out, byte);
    }
}

static void quoted_other(struct buffer *out, const uint8_t *text, size_t size, bool ascii) {
    if (!ascii) {
        utf8_append(out, text, size, 1);
        return;
    }
    uint32_t code = code_point(text, size);
    if (code < 0x100) {
        escape(out, 'x', code, 2);
    } else if (code < 0x10000) {
        escape(out, 'u', code, 4);
    } else {
        escape(out, 'U', code, 8);
    }
}

static void quoted(struct buffer *out, const struct value *value, bool ascii) {
    const uint8_t *at = value->text, *end = at + value->size;
    bool bytes = value->tag == VALUE_BYTES;
    bool single = value->size && memchr(at, '\'', value->size);
    bool twice = value->size && memchr(at, '"', value->size);
    uint8_t quote = single && !twice ? '"' : '\'';
    if (bytes) {
        buffer_byte(out, 'b');
    }
    buffer_byte(out, quote);
    while (at < end) {
        size_t whole = bytes ? 1 : utf8_character(at, (size_t)(end - at));
        if (*at < 0x80) {
            quoted_ascii(out, *at, quote);
        } else if (bytes) {
            escape(out, 'x', *at, 2);
        } else if (whole) {
            quoted_other(out, at, whole, ascii);
        } else {
            buffer_byte(out, '?');
        }
        at += whole ? whole : 1;
    }
    buffer_byte(out, quote);
}

void value_str(struct buffer *out, const struct value *value) {
    switch (value->tag) {
    case VALUE_TRUE:
        buffer_text(out, "True");
        break;
    case VALUE_FALSE:
        buffer_text(out, "False");
        break;
    case VALUE_INT:
        append_integer(out, value->integer);
        break;
    case VALUE_FLOAT:
        append_float(out, value->number);
        break;
    case VALUE_TEXT:
        utf8_append(out, value->text, value->size, TEXT_CHARS_MAX);
        break;
    case VALUE_BYTES:
        quoted(out, value, true);
        break;
    default:
        buffer_text(out, "None");
    }
}

void value_repr(struct buffer *out, const struct value *value, bool ascii) {
    if (value->tag == VALUE_TEXT) {
        quoted(out, value, ascii);
    } else {
        value_str(out, value);
    }
}

void value_property(struct buffer *out, const struct value *value) {
    if (value->tag == VALUE_TRUE || value->tag == VALUE_FALSE) {
        buffer_text(out, value->integer ? "true" : "false");
    } else {
        value_str(out, value);
    }
}

const char *value_type(const struct value *value) {
    switch (value->tag) {
    case VALUE_TRUE:
    case VALUE_FALSE:
        return "bool";
    case VALUE_INT:
        return "int";
    case VALUE_FLOAT:
        return "float";
    case VALUE_TEXT:
        return "str";
    case VALUE_BYTES:
        return "bytes";
    default:
        return "NoneType";
    }
}
