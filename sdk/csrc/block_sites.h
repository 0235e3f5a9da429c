/*
 * The call sites that the rows of one block refer to, numbered as they are met.
 */
#ifndef LIMNO_BLOCK_SITES_H
#define LIMNO_BLOCK_SITES_H

#include "dictionary.h"
#include "sites.h"

enum { SITES_RECENT = 256 };

struct block_sites {
    struct site_table table;
    struct buffer json;     /* what the header says of them, without brackets */
    struct buffer names;    /* struct text: name of each; points into the table or a payload */
    struct dictionary seen; /* by table number or by descriptor */
    uint32_t recent[SITES_RECENT][2]; /* table number, number in the block + 1 */
};

/* Begin a block; numbers mean sites of this table. */
void block_sites_begin(struct block_sites *sites, struct site_table table);
void block_sites_free(struct block_sites *sites);

/* Return the block's number of a site of the table; of a number that is none, that of an empty site. */
uint32_t block_site(struct block_sites *sites, uint32_t number);

/* The same for a descriptor in an event; false when it is broken. */
bool block_site_inline(struct block_sites *sites, const uint8_t *bytes, size_t size,
                       uint32_t *number);

/* Return the name (of a log site: the template) of a site of the block. */
struct text block_site_name(const struct block_sites *sites, uint32_t number);

#endif
