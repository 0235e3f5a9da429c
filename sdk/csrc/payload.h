/*
 * What an event carries beside its columns: tagged bytes in the arena of its chunk.
 *
 * A payload is a sequence of parts, each a tag byte and what the tag says, closed by PART_END. No
 * part holds a pointer, so that a payload means the same to the flush thread, which has no GIL, and
 * to another process after a crash. Numbers are little-endian and unaligned.
 */
#ifndef LIMNO_PAYLOAD_H
#define LIMNO_PAYLOAD_H

enum part_tag {
    PART_END = 0,
    PART_SITE = 1,       /* u32 size, then a descriptor as in sites.h: the site of this very event */
    PART_MESSAGE = 2,    /* u32 size, UTF-8: the message itself, or a template when args follow */
    PART_ARGUMENTS = 3,  /* u8 count, then that many values: for the template's conversions */
    PART_KEYSET = 4,     /* u32 id of a keyset, then one value for each of its keys */
    PART_PROPERTY = 5,   /* u32 size, UTF-8: key; then one value */
    PART_TRACE = 6,      /* 16 bytes trace id, 8 bytes span id: where the event was recorded */
};

enum { TRACE_ID_BYTES = 16, SPAN_ID_BYTES = 8 };

enum value_tag {
    VALUE_NONE = 'n',    /* nothing follows; as a property it is left out */
    VALUE_TRUE = 't',
    VALUE_FALSE = 'f',
    VALUE_INT = 'i',     /* i64 */
    VALUE_FLOAT = 'd',   /* f64 */
    VALUE_TEXT = 's',    /* u32 size, UTF-8 */
    VALUE_BYTES = 'b',   /* u32 size; only as an argument: written as b'...' */
};

#endif
