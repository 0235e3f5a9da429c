/* Entries of a row's map: attributes that were sent, and what has no column of its own. */
#ifndef LIMNOGRAPH_OTLP_ENTRY_H
#define LIMNOGRAPH_OTLP_ENTRY_H

#include "columns.h"
#include "keys.h"

/* Puts an attribute (a KeyValue) into a map; `prefix`, if any, goes before its key. */
bool put_attribute(struct decode *d, struct map_column *map, struct span key_value);
bool put_prefixed(struct decode *d, struct map_column *map, const char *prefix,
                  struct span key_value);

/* Puts an entry of our own into a map, as a string; an empty text or a zero is left out. */
bool put_entry(struct decode *d, struct map_column *map, enum key key, const struct text *text);
bool put_span_entry(struct decode *d, struct map_column *map, enum key key, struct span bytes);
bool put_hex_entry(struct decode *d, struct map_column *map, enum key key, struct span bytes);
bool put_number_entry(struct decode *d, struct map_column *map, enum key key, uint64_t value);

/* Puts a number even if it is zero. */
bool put_integer_entry(struct decode *d, struct map_column *map, enum key key, int64_t value);

/* Puts a time that its column cannot show: more than 63 bits, or, where that is said, none. */
bool put_odd_time(struct decode *d, struct map_column *map, enum key key, uint64_t nanos,
                  bool or_none);

#endif
