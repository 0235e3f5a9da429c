/* A hash table with linear probing; an entry that goes is filled from those behind it. */
#include "suspended.h"

struct entry {
    uint64_t frame; /* 0: free */
    struct span_use use;
};

static struct entry *table;
static size_t size, used; /* size: a power of two, at least twice what is used */

static size_t place_of(uint64_t frame) {
    return (size_t)((frame >> 4) * 0x9E3779B97F4A7C15ull >> 20) & (size - 1);
}

static struct entry *find(uint64_t frame) {
    size_t at = place_of(frame);
    while (table[at].frame != 0 && table[at].frame != frame) {
        at = (at + 1) & (size - 1);
    }
    return &table[at];
}

static bool grow(void) {
    struct entry *before = table;
    size_t before_size = size;
    size_t grown = size != 0 ? 2 * size : 64;
    struct entry *fresh = PyMem_Calloc(grown, sizeof *fresh);
    if (fresh == NULL) {
        return false;
    }
    table = fresh;
    size = grown;
    for (size_t i = 0; i < before_size; i++) {
        if (before[i].frame != 0) {
            *find(before[i].frame) = before[i];
        }
    }
    PyMem_Free(before);
    return true;
}

bool suspended_put(uint64_t frame, struct span_use use) {
    if (used >= OPEN_SPANS_MAX || (2 * (used + 1) > size && !grow())) {
        return false;
    }
    struct entry *entry = find(frame);
    used += entry->frame == 0;
    *entry = (struct entry){frame, use};
    return true;
}

struct span_use suspended_take(uint64_t frame) {
    struct span_use none = {NULL, 0};
    if (used == 0) {
        return none;
    }
    struct entry *entry = find(frame);
    if (entry->frame == 0) {
        return none;
    }
    struct span_use use = entry->use;
    size_t hole = (size_t)(entry - table), at = hole;
    used--;
    for (;;) {
        at = (at + 1) & (size - 1);
        if (table[at].frame == 0) {
            break;
        }
        size_t home = place_of(table[at].frame);
        if (((at - home) & (size - 1)) >= ((at - hole) & (size - 1))) {
            table[hole] = table[at];
            hole = at;
        }
    }
    table[hole].frame = 0;
    return use;
}
