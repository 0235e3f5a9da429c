/*
 * The values of counters and gauges, in mapped memory.
 *
 * Written by threads that hold the GIL; read by the flush thread, which does not, and by the recovery
 * of a dead process. A cell is never given back: their number is bounded.
 *
 * Rule: what a cell was told lies in the cell, so that a reader of a dead process's cells tells what
 * that process had not told itself.
 */
#ifndef LIMNO_CELLS_H
#define LIMNO_CELLS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sites.h"

enum cell_kind { CELL_FREE = 0, CELL_COUNTER = 1, CELL_GAUGE = 2 };

struct cell {
    uint32_t kind;
    uint32_t site;            /* number in the table of sites */
    uint32_t labels;          /* number of a SITE_LABELS descriptor, or SITE_NONE */
    uint32_t reserved;
    _Atomic uint64_t whole;   /* counter: the sum of integers, modulo 2**64; gauge: times written */
    _Atomic double part;      /* counter: the sum of fractions not told yet; gauge: the value */
    uint64_t told_whole;      /* the reader's: what of ``whole`` it has told */
    uint64_t reserved2[3];
};

/* The cells of this process or of a dead one. */
struct cell_table {
    struct cell *cells;
    uint32_t count;
};

/* What one cell has to tell: a row of metrics. */
struct cell_change {
    double value;
    uint32_t site;
    const uint8_t *payload; /* as payload.h has it, closed by PART_END; NULL without labels */
    uint32_t payload_size;
};

bool cells_open(void);

/* Move the cells to the directory of memory_directory() (or back); numbers stay valid. */
bool cells_move(void);

/* Forget all values, in the child of a fork; cells_move has been called. */
void cells_forget(void);

struct cell_table cells_table(void);

/* The cells in a file of a dead process, *bytes* long and writable here; false when it is none. */
bool cells_of(void *file, size_t bytes, struct cell_table *table);

/* Return the number of a new cell, -1 when there are no more. Needs the GIL. */
int64_t cell_add(enum cell_kind kind, uint32_t site, uint32_t labels);

/*
 * Tell what changed since the last call: fill in at most *max* changes, going on at cell *from*, and
 * move *from* past what was looked at. Returns how many. One reader at a time.
 */
size_t cells_take(struct cell_table table, struct site_table sites, uint32_t *from,
                  struct cell_change *changes, size_t max);

extern struct cell *cells;

/* Only the holder of the GIL writes ``whole``, so an addition needs no atomic instruction. */
static inline void cell_count(struct cell *cell, uint64_t n) {
    uint64_t before = atomic_load_explicit(&cell->whole, memory_order_relaxed);
    atomic_store_explicit(&cell->whole, before + n, memory_order_relaxed);
}

/* Here it does: the reader takes the sum away, so that it stays small and with it exact. */
static inline void cell_count_part(struct cell *cell, double n) {
    double before = atomic_load_explicit(&cell->part, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&cell->part, &before, before + n,
                                                  memory_order_relaxed, memory_order_relaxed)) {
    }
}

static inline double cell_value(struct cell *cell) {
    return atomic_load_explicit(&cell->part, memory_order_relaxed);
}

static inline void cell_set(struct cell *cell, double value) {
    uint64_t writes = atomic_load_explicit(&cell->whole, memory_order_relaxed);
    atomic_store_explicit(&cell->part, value, memory_order_relaxed);
    atomic_store_explicit(&cell->whole, writes + 1, memory_order_release);
}

#endif
