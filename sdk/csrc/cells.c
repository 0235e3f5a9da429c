/* Keeping cells and telling what changed in them. */
#include "cells.h"

#include <string.h>

#include "limits.h"
#include "memory.h"

#define CELLS_NAME "cells"
#define CELLS_MAGIC "LIMNOCEL"
#define CELLS_VERSION 1
#define CELLS_STEP (64u * 1024)

struct cells_header {
    char magic[8];
    uint32_t version;
    _Atomic uint32_t count;
    uint8_t reserved[48];
};

#define CELLS_BYTES (sizeof(struct cells_header) + AGGREGATES_MAX * sizeof(struct cell))

static struct memory memory;
struct cell *cells;

static struct cells_header *header(void) { return memory.base; }

static void point(void) { cells = (struct cell *)(header() + 1); }

bool cells_open(void) {
    if (memory.base != NULL) {
        return true;
    }
    size_t bytes = (CELLS_BYTES + CELLS_STEP - 1) / CELLS_STEP * CELLS_STEP;
    if (!memory_map(&memory, CELLS_NAME, bytes, CELLS_STEP)) {
        return false;
    }
    memcpy(header()->magic, CELLS_MAGIC, sizeof header()->magic);
    header()->version = CELLS_VERSION;
    point();
    return true;
}

bool cells_move(void) {
    if (memory.base == NULL) {
        return cells_open();
    }
    /* Of anonymous cells only those in use have to be backed, and copied. */
    size_t used = sizeof(struct cells_header) + header()->count * sizeof(struct cell);
    memory.backed = (used + CELLS_STEP - 1) / CELLS_STEP * CELLS_STEP;
    if (!memory_move(&memory, CELLS_NAME)) {
        return false;
    }
    point();
    return true;
}

void cells_forget(void) {
    for (uint32_t i = 0; i < header()->count; i++) {
        cells[i].told_whole = cells[i].whole;
        atomic_store_explicit(&cells[i].part, 0, memory_order_relaxed);
    }
}

struct cell_table cells_table(void) {
    return (struct cell_table){cells,
                               atomic_load_explicit(&header()->count, memory_order_acquire)};
}

bool cells_of(void *file, size_t bytes, struct cell_table *table) {
    struct cells_header *found = file;
    if (bytes < sizeof *found || memcmp(found->magic, CELLS_MAGIC, sizeof found->magic) != 0 ||
        found->version != CELLS_VERSION) {
        return false;
    }
    uint32_t count = atomic_load_explicit(&found->count, memory_order_acquire);
    if (count > (bytes - sizeof *found) / sizeof(struct cell)) {
        return false;
    }
    *table = (struct cell_table){(struct cell *)(found + 1), count};
    return true;
}

int64_t cell_add(enum cell_kind kind, uint32_t site, uint32_t labels) {
    uint32_t number = atomic_load_explicit(&header()->count, memory_order_relaxed);
    size_t end = sizeof(struct cells_header) + (number + 1) * sizeof(struct cell);
    if (number >= AGGREGATES_MAX ||
        !memory_back(&memory, (end + CELLS_STEP - 1) / CELLS_STEP * CELLS_STEP)) {
        return -1;
    }
    cells[number] = (struct cell){.kind = kind, .site = site, .labels = labels};
    atomic_store_explicit(&header()->count, number + 1, memory_order_release);
    return number;
}

/* Return whether the cell has something to tell, and what; it is told then. */
static bool take(struct cell *cell, double *value) {
    uint64_t whole = atomic_load_explicit(&cell->whole, memory_order_acquire);
    uint64_t more = whole - cell->told_whole;
    *value = atomic_load_explicit(&cell->part, memory_order_relaxed);
    if (cell->kind == CELL_COUNTER && *value != 0) {
        *value = atomic_exchange_explicit(&cell->part, 0, memory_order_relaxed);
    } else if (more == 0) {
        return false;
    }
    if (cell->kind == CELL_COUNTER) {
        *value += (double)more;
    }
    cell->told_whole = whole;
    return true;
}

size_t cells_take(struct cell_table table, struct site_table sites, uint32_t *from,
                  struct cell_change *changes, size_t max) {
    size_t found = 0;
    for (; *from < table.count && found < max; ++*from) {
        struct cell *cell = &table.cells[*from];
        double value;
        if (!take(cell, &value)) {
            continue;
        }
        const struct site *labels = cell->labels != SITE_NONE ? site_at(sites, cell->labels) : NULL;
        struct text payload = labels != NULL ? site_name(labels) : (struct text){NULL, 0};
        changes[found++] = (struct cell_change){value, cell->site, (const uint8_t *)payload.utf8,
                                                payload.size};
    }
    return found;
}
