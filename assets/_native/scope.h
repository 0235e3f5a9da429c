/*
 * What the records of one scope share: its name, and what else is known of it as map entries.
 *
 * Also the two steps by which every signal comes to its records: a Resource* message has Scope*
 * messages as field 2, and each of those has its scope as field 1, its records as field 2 and a
 * schema URL as field 3, in any order.
 */
#ifndef LIMNOGRAPH_OTLP_SCOPE_H
#define LIMNOGRAPH_OTLP_SCOPE_H

#include "entry.h"

struct scope {
    struct text name;
    struct map_column entries; /* otel.resource.* and otel.scope.*, the name for those who ask */
};

/* What a signal does with a record; `signal` is its own state. */
typedef bool take_record(struct decode *d, void *signal, const struct scope *scope,
                         struct span record);

/* Calls `take` for every record of a Resource* message. */
bool each_record(struct decode *d, struct span resource, bool named, take_record *take,
                 void *signal);

#endif
