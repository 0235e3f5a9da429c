/*
 * UTF-8 that may be broken, made into UTF-8 that is not.
 *
 * Rule: what comes out is valid UTF-8 whatever went in. A lone surrogate becomes one `?`, as
 * Python's "replace" makes it; any other byte that belongs to no character becomes one `?` too.
 */
#ifndef LIMNO_UTF8_H
#define LIMNO_UTF8_H

#include "buffer.h"

/* The bytes of the character at `text` (1-4), or 0 when there is none; `size` bytes are left. */
size_t utf8_character(const uint8_t *text, size_t size);
/* Whether the three bytes at `text` are a surrogate in UTF-8's shape. */
bool utf8_surrogate(const uint8_t *text, size_t size);
/* Appends at most `chars_max` characters of the text; returns how many there were to append. */
size_t utf8_append(struct buffer *out, const uint8_t *text, size_t size, size_t chars_max);
/* Characters in the text, counted as utf8_append would write them. */
size_t utf8_count(const uint8_t *text, size_t size);
/* How many of the first bytes are ASCII. */
size_t utf8_ascii(const uint8_t *text, size_t size);

#endif
