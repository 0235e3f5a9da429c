/*
 * The container of one block: header and columns as docs/formats/limnograph-v1.md lays them out.
 */
#ifndef LIMNO_CONTAINER_H
#define LIMNO_CONTAINER_H

#include "column.h"

struct container_facts {
    const char *kind;
    size_t rows;
    const struct buffer *sites;      /* JSON of the sites, without brackets */
    const struct buffer *open_spans; /* the same of open spans; NULL: the kind has none */
    int64_t origin_ticks, origin_unix_ns; /* at 1e9 ticks a second */
    uint64_t dropped;
};

/* Append the uncompressed container; false without memory or when a column is no good. */
bool container_write(struct buffer *out, const struct container_facts *facts,
                     const struct column_area *columns);

#endif
