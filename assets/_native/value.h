/*
 * AnyValue as text: a string is itself, a number its shortest decimals, bytes are base64, an array
 * or a map is JSON, nothing is the empty text. Of several values in one message the last counts.
 */
#ifndef LIMNOGRAPH_OTLP_VALUE_H
#define LIMNOGRAPH_OTLP_VALUE_H

#include "columns.h"

/* Makes the text of a value, and tells what it was. */
bool text_of_value(struct decode *d, struct span any_value, struct text *text,
                   enum value_kind *kind);

/* Puts a value, or the map that repeated KeyValues are, as JSON among the made texts. */
bool put_json_value(struct decode *d, struct span any_value, unsigned depth);
bool put_json_member(struct decode *d, struct span key_value, bool first, unsigned depth);

/* Splits a KeyValue; what is absent is an empty span. */
bool take_key_value(struct decode *d, struct span message, struct span *key, struct span *value);

#endif
