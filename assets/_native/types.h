/*
 * What the values of a map were before they became text, as one JSON text per map: the keys of all
 * that are no strings, `{"http.status_code":"int","ratio":"double"}`; empty where all are.
 *
 * Of a key that stands twice only the last entry counts, as it does in the map.
 */
#ifndef LIMNOGRAPH_OTLP_TYPES_H
#define LIMNOGRAPH_OTLP_TYPES_H

#include "columns.h"

/* What a kind is called. */
const char *name_of_value_kind(enum value_kind kind);

/* Ends the map of a row, and puts the types of its entries into a column of their own. */
bool map_end_typed(struct decode *d, struct map_column *map, struct buffer *types);

/* Ends a map that has no column beside it: its types are an entry of it, if there are any. */
bool map_end_noted(struct decode *d, struct map_column *map);

#endif
