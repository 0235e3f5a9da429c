/*
 * The events of a dead process that it had not stored itself, as finished blocks. Needs no GIL.
 */
#ifndef LIMNO_RECOVER_H
#define LIMNO_RECOVER_H

#include "flush.h"

struct recover_order {
    const char *directory;
    const struct cursor *stored; /* rows before these are in requests that the process wrote */
    size_t stored_count;
    int64_t origin_ticks, origin_unix_ns; /* the dead process's; a tick is a ns */
    uint64_t rows_max, bytes_max;         /* of a block */
};

struct recovered {
    struct finished *blocks; /* the caller's */
    uint64_t lost;           /* rows that fit into no block */
};

/* False without memory, or when the directory cannot be read: then nothing is known. */
bool recover(const struct recover_order *order, struct recovered *found);

#endif
