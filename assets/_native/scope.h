/*
 * What the records of one scope share: its name, and what else is known of it as map entries.
 *
 * Also the two steps by which every signal comes to its records: a Resource* message has Scope*
 * messages as field 2, and each of those has its scope as field 1, its records as field 2 and a
 * schema URL as field 3, in any order.
 */
#ifndef LIMNOGRAPH_OTLP_SCOPE_H
#define LIMNOGRAPH_OTLP_SCOPE_H

#include "columns.h"
#include "keys.h"

struct scope {
    struct text name;
    struct map_column entries; /* otel.scope.*, the name only for those who ask for it */
};

/* What a signal does with a record; `signal` is its own state. */
typedef bool take_record(struct decode *d, void *signal, const struct scope *scope,
                         struct span record);

/* Calls `take` for every record of a Resource* message. */
bool each_record(struct decode *d, struct span resource, bool named, take_record *take,
                 void *signal);

/* Puts an attribute (a KeyValue) into a map. */
bool put_attribute(struct decode *d, struct map_column *map, struct span key_value);

/* Puts what is known of the scope into a map. */
bool put_scope(struct decode *d, struct map_column *map, const struct scope *scope);

/* Puts an entry of our own into a map; an empty text or a zero is left out. */
bool put_entry(struct decode *d, struct map_column *map, enum key key, const struct text *text);
bool put_span_entry(struct decode *d, struct map_column *map, enum key key, struct span bytes);
bool put_hex_entry(struct decode *d, struct map_column *map, enum key key, struct span bytes);
bool put_number_entry(struct decode *d, struct map_column *map, enum key key, uint64_t value);

#endif
