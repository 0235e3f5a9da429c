/*
 * Writing JSON text: what the header of a container needs of it.
 */
#ifndef LIMNO_JSON_H
#define LIMNO_JSON_H

#include "buffer.h"

/* Appends a quoted JSON text; broken UTF-8 and lone surrogates become `?`. */
void json_text(struct buffer *out, const void *text, size_t size);
void json_integer(struct buffer *out, int64_t value);
/* Appends `,"key":` (without the comma after an opening bracket). `key` needs no escapes. */
void json_key(struct buffer *out, const char *key);

#endif
