/*
 * Rows into blocks: columns, header, compressed.
 *
 * A packer keeps its memory from block to block; it is used by one thread at a time.
 */
#ifndef LIMNO_PACK_H
#define LIMNO_PACK_H

#include "block_properties.h"
#include "block_sites.h"
#include "compress.h"
#include "container.h"
#include "rows.h"

/* A span that has begun and not ended. Its time is CLOCK_MONOTONIC ns. */
struct listed_span {
    int64_t id, parent, begin;
    uint32_t depth, site;
};

struct packer {
    struct column_area columns;
    struct block_sites sites;
    struct block_properties properties;
    struct texts messages;
    struct buffer first, second, third, open, raw, out; /* one column each; the finished block */
    struct compressor *compressor; /* NULL: blocks are handed on uncompressed */
};

/* What all blocks of one source share. */
struct pack_source {
    enum kind kind;
    struct site_table table;
    int64_t origin_ticks, origin_unix_ns; /* ticks are CLOCK_MONOTONIC ns */
    const struct listed_span *open;
    size_t open_count;
    size_t rows_max;
    uint64_t bytes_max;
};

/* A finished block: `bytes` are valid until the next one. */
struct packed {
    const uint8_t *bytes;
    size_t size;
    bool compressed;
    size_t rows;
    int64_t begin, end; /* the earliest and the latest tick */
};

/* Takes a finished block over, and what it tells of drops as told; false when it could not be kept. */
typedef bool (*pack_sink)(void *target, const struct packed *block);

/* Returns the drops that the next block of the source is to tell. */
typedef uint64_t (*pack_untold)(void *target);

struct pack_target {
    pack_sink sink;
    pack_untold untold;
    void *argument;
};

/*
 * Pack rows into as many blocks as the bounds ask for. Returns how many rows were lost: such as fit
 * into no block for themselves, or found no memory.
 */
size_t pack_rows(struct packer *packer, const struct pack_source *source, const struct row *rows,
                 size_t count, const struct pack_target *target);

void packer_free(struct packer *packer);

/* The columns of each kind, one file each. They fill packer->columns, sites and open. */
void pack_log(struct packer *packer, const struct row *rows, size_t count);
void pack_metrics(struct packer *packer, const struct row *rows, size_t count);
void pack_spans(struct packer *packer, const struct row *rows, size_t count,
                const struct pack_source *source);

/* Room for a column of `count` values of `width` bytes; NULL without memory: the block has failed. */
void *pack_column(struct packer *packer, struct buffer *buffer, size_t count, size_t width);
/* Write times as differences; the first one is 0: it is the block's origin. */
void pack_times(struct packer *packer, const char *name, const struct row *rows, size_t count);
/* Write the site column, from the numbers of the table or the events' own descriptors. */
void pack_sites(struct packer *packer, const struct row *rows, size_t count);
/* Write the properties column, if any row has one. */
void pack_properties(struct packer *packer, const struct row *rows, size_t count);
/* The block's number of a row's site. */
uint32_t pack_site(struct packer *packer, const struct row *row);

#endif
