/*
 * What a dead process left in its directory: its chunks, sites, clock, cells and open spans, as
 * copies that may be read and written without touching the files. Needs no GIL.
 *
 * Rule: any bytes may be in the files. What is not whole is left out; what is taken has been checked
 * as far as its structure goes, and the packing side checks the rest.
 */
#ifndef LIMNO_DEAD_H
#define LIMNO_DEAD_H

#include "cells.h"
#include "chunks.h"
#include "clock.h"
#include "sites.h"

/* A file's content as private memory; base is NULL without one. */
struct mapped {
    uint8_t *base;
    size_t bytes;
};

struct dead {
    struct mapped sites, cells, spans;
    struct clock_points clock;
    int64_t seen_ns; /* the last time that is known of it, CLOCK_MONOTONIC */
    struct chunk *chunks; /* by thread, then in the order of their use */
    size_t chunks_count;
};

/* Open what *directory* has; false without memory, or when the directory cannot be read. */
bool dead_open(struct dead *dead, const char *directory);
void dead_close(struct dead *dead);

struct site_table dead_sites(const struct dead *dead);
struct cell_table dead_cells(const struct dead *dead);

#endif
