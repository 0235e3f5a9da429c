/*
 * The text of JSON, token by token: RFC 8259, nothing more.
 *
 * Rule: `at` stands before the next token, or before the space in front of it; a function that
 * returns false has recorded why. Nothing beyond `end` is ever read.
 */
#ifndef LIMNOGRAPH_OTLP_JSON_TEXT_H
#define LIMNOGRAPH_OTLP_JSON_TEXT_H

#include "wire.h"

struct json {
    struct decode d;
    const uint8_t *at;
    const uint8_t *end;
    unsigned depth;
    struct buffer out;     /* the protobuf */
    struct buffer scratch; /* a text with escapes, or a message that is put in order */
    size_t out_max;
    bool over_out_max;
    bool half_pair; /* the last text had half of a surrogate pair */
};

/* Records that the body is no JSON; always returns false. */
bool not_json(struct json *j, const uint8_t *where, const char *why);

/* The first byte of the next token; 0 at the end. */
uint8_t peek(struct json *j);

/* Takes a mark that has to come next. */
bool take_mark(struct json *j, uint8_t mark);

/* Takes `word` (true, false, null). */
bool take_word(struct json *j, const char *word);

/* Takes the opening mark of an object or an array; one more level. */
bool enter(struct json *j, uint8_t mark);

/* Goes on in an object or an array: takes a comma, or the closing mark, which makes `*more` false. */
bool take_separator(struct json *j, uint8_t closing, bool *more);

/* Takes the closing mark if the object or array is empty. */
bool take_empty(struct json *j, uint8_t closing, bool *empty);

/* Takes a text into a buffer, as UTF-8; NULL passes over it. */
bool take_text(struct json *j, struct buffer *into);

/* Takes a text; the span stands in the body or in `scratch`, until the next text is taken. */
bool take_short_text(struct json *j, struct span *text);

/* Takes a number as it is written. */
bool take_number(struct json *j, struct span *number);

/* Where the number ends that begins at `at`; NULL if none does. */
const uint8_t *end_of_number(struct span text);

/* Passes over a value of any kind. */
bool skip_value(struct json *j);

/* Puts bytes into `out`, within out_max. */
bool out_room(struct json *j, size_t more);
bool out_put(struct json *j, const void *bytes, size_t length);

#endif
