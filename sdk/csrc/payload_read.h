/*
 * Tagged values (payload.h) read back, and as text.
 */
#ifndef LIMNO_PAYLOAD_READ_H
#define LIMNO_PAYLOAD_READ_H

#include "buffer.h"
#include "payload.h"

/* One value; `text` points into the bytes that it was read from. */
struct value {
    uint8_t tag;
    uint32_t size;
    const uint8_t *text;
    int64_t integer;
    double number;
};

/* Bytes that are read from front to back and never beyond their end. */
struct reader {
    const uint8_t *at;
    const uint8_t *end;
};

bool read_u8(struct reader *reader, uint8_t *value);
bool read_u32(struct reader *reader, uint32_t *value);
/* Reads a uint32 size and points at so many bytes. */
bool read_text(struct reader *reader, const uint8_t **text, uint32_t *size);
/* Reads a value; false when the bytes end early or the tag is unknown. */
bool read_value(struct reader *reader, struct value *value);

/* Appends str(value) of Python; texts are cut at TEXT_CHARS_MAX characters. */
void value_str(struct buffer *out, const struct value *value);
/* Appends repr(value); with `ascii`, ascii(value). A text must be ASCII for repr to be exact. */
void value_repr(struct buffer *out, const struct value *value, bool ascii);
/* Appends the value as a property shows it: as str(), but booleans are true and false. */
void value_property(struct buffer *out, const struct value *value);
/* The name of the value's type in Python. */
const char *value_type(const struct value *value);

#endif
