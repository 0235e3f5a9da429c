/*
 * Texts as Arrow's views: 16 bytes each, short ones inside, long ones in the payload (buffer 0) or
 * among the made texts (buffer 1). A text that is no UTF-8 is repaired, as Python's "replace" does it.
 */
#ifndef LIMNOGRAPH_OTLP_TEXT_H
#define LIMNOGRAPH_OTLP_TEXT_H

#include <string.h>

#include "wire.h"

enum { TEXT_INLINE_MAX = 12, IN_PAYLOAD = 0, IN_MADE = 1 };

/* Makes the view of a text that stands in the payload. */
bool text_of_span(struct decode *d, struct span bytes, struct text *text);

/* Makes the view of what was put among the made texts since `start`. */
bool text_of_made(struct decode *d, size_t start, struct text *text);

/* A word of at most TEXT_INLINE_MAX bytes, which a view holds without any other buffer. */
struct text short_text(const char *word);

bool text_of_hex(struct decode *d, struct span bytes, struct text *text);
bool text_of_int(struct decode *d, int64_t value, struct text *text);
bool text_of_unsigned(struct decode *d, uint64_t value, struct text *text);

/* Puts bytes among the made texts, in a form that is text. */
bool put_hex(struct decode *d, struct span bytes);
bool put_base64(struct decode *d, struct span bytes);
bool put_int(struct decode *d, int64_t value);
bool put_double(struct decode *d, double value);
bool put_json_string(struct decode *d, struct span bytes);
bool put_text(struct decode *d, const char *constant);
bool put_repaired(struct decode *d, struct span bytes);

/* The bytes of a text, wherever they are. */
struct span text_bytes(const struct decode *d, const struct text *text);

static inline uint64_t text_head(const struct text *text) { /* length and first four bytes */
    uint64_t head;
    memcpy(&head, text, sizeof head);
    return head;
}

/* Whether two texts with the same head are the same. */
bool same_rest(const struct decode *d, const struct text *a, const struct text *b);

/* How many of the bytes at the front are one character; 0 and the length of the bad part if none. */
size_t utf8_character(struct span bytes, size_t *bad);

#endif
