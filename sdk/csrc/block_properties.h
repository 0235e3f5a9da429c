/*
 * The properties column of one block, from the payloads of its rows.
 */
#ifndef LIMNO_BLOCK_PROPERTIES_H
#define LIMNO_BLOCK_PROPERTIES_H

#include "column.h"
#include "payload_read.h"
#include "sites.h"

enum { KEYSETS_RECENT = 64 };

struct block_properties {
    struct site_table table;
    struct map map;
    struct buffer scratch;     /* a value as text */
    struct buffer keyset_keys; /* uint32: keys, as numbers of the map, of the keysets met */
    uint32_t recent[KEYSETS_RECENT][3]; /* number, where in keyset_keys + 1, how many */
};

void block_properties_begin(struct block_properties *properties, struct site_table table);
void block_properties_free(struct block_properties *properties);

/* Add a pair to the row under way; a key that it has already keeps its place and gets the value. */
void property_add(struct block_properties *properties, const void *key, size_t size,
                  const struct value *value);
/* Read the part at the reader (after its tag) and add it; false when it is broken. */
bool property_read(struct block_properties *properties, struct reader *reader);
bool trace_read(struct block_properties *properties, struct reader *reader);
bool keyset_read(struct block_properties *properties, struct reader *reader);
/* Close the row under way. */
void properties_row(struct block_properties *properties);

#endif
