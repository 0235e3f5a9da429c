/*
 * Python's `%` over a template and tagged values (payload.h), without Python.
 */
#ifndef LIMNO_FORMAT_H
#define LIMNO_FORMAT_H

#include "payload_read.h"

enum template_support {
    TEMPLATE_REFUSED = 0,    /* format at the call */
    TEMPLATE_ASCII_ARGS = 1, /* can be formatted later when every text argument is ASCII: has %r or %a */
    TEMPLATE_ANY_ARGS = 2,   /* can be formatted later with any tagged values */
};

/* Tell what format_message can do with this template (UTF-8). */
enum template_support template_supported(const void *text, size_t size);

/*
 * Append `template % arguments`, at most TEXT_CHARS_MAX characters. An error of the template or of
 * an argument becomes part of the text, worded as recorder/texts.py does. Reads `count` values;
 * false when their bytes are broken: then `out` is as it was.
 */
bool format_message(struct buffer *out, const uint8_t *text, size_t size, struct reader *arguments,
                    uint32_t count);

#endif
