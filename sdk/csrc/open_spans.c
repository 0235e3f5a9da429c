/* The slots of open spans in mapped memory, and the levels that use them. */
#include "span_levels.h"

#include <stdlib.h>
#include <string.h>

#include "flush.h"
#include "memory.h"

#define SLOTS_NAME "open-spans"
#define LEVELS_STEP 256

static struct memory memory;
static struct open_span **blocks; /* of LEVELS_STEP levels each, never freed */
static uint32_t blocks_count, blocks_room;

struct levels levels;

static size_t slots_bytes(uint32_t slots) {
    return sizeof(struct span_slots_header) + (size_t)slots * sizeof(struct span_slot);
}

static struct span_slots_header *header(void) { return memory.base; }

static struct span_slot *slot_at(uint32_t number) {
    return (struct span_slot *)(header() + 1) + number;
}

static void describe(void) {
    memcpy(header()->magic, "LIMNOSPN", 8);
    header()->version = SLOTS_VERSION;
}

/* Return how many slots may be written to, trying to have at least *wanted*. */
static uint32_t slots_backed(uint32_t wanted) {
    if (wanted > OPEN_SPANS_MAX) {
        wanted = OPEN_SPANS_MAX;
    }
    if (memory.base == NULL) {
        if (!memory_map(&memory, SLOTS_NAME, slots_bytes(OPEN_SPANS_MAX), slots_bytes(wanted))) {
            return 0;
        }
        describe();
    }
    memory_back(&memory, slots_bytes(wanted));
    size_t slots = (memory.backed - sizeof(struct span_slots_header)) / sizeof(struct span_slot);
    return slots < OPEN_SPANS_MAX ? (uint32_t)slots : OPEN_SPANS_MAX;
}

bool levels_grow(void) {
    if (blocks_count == blocks_room) {
        uint32_t room = blocks_room ? 2 * blocks_room : 64;
        void *grown = PyMem_Realloc(blocks, room * sizeof *blocks);
        if (grown == NULL) {
            return false;
        }
        blocks = grown;
        blocks_room = room;
    }
    struct open_span *block = PyMem_Calloc(LEVELS_STEP, sizeof *block);
    if (block == NULL) {
        return false;
    }
    uint32_t first = blocks_count * LEVELS_STEP;
    uint32_t backed = slots_backed(first + LEVELS_STEP);
    blocks[blocks_count++] = block;
    for (uint32_t i = LEVELS_STEP; i-- > 0;) {
        block[i].slot = first + i < backed ? slot_at(first + i) : &block[i].unlisted;
        level_free(&block[i]);
    }
    if (first < backed) {
        uint32_t used = first + LEVELS_STEP < backed ? first + LEVELS_STEP : backed;
        atomic_store_explicit(&header()->used, used, memory_order_release);
    }
    return true;
}

/* Give all levels their slots anew after the mapping has moved. */
static void rebase(uint32_t backed) {
    uint32_t used = blocks_count * LEVELS_STEP;
    for (uint32_t i = 0; i < used; i++) {
        struct open_span *level = &blocks[i / LEVELS_STEP][i % LEVELS_STEP];
        bool was_listed = level->slot != &level->unlisted;
        if (i < backed) {
            level->slot = slot_at(i);
            if (!was_listed) {
                memcpy(level->slot, &level->unlisted, sizeof level->unlisted);
            }
        } else {
            level->slot = &level->unlisted;
            memset(&level->unlisted, 0, sizeof level->unlisted);
        }
    }
    if (memory.base != NULL) {
        atomic_store_explicit(&header()->used, used < backed ? used : backed,
                              memory_order_release);
    }
}

/* What is open stays open when recording starts anew, in the memory of the new session. */
void open_spans_start(void) {
    flush_lock(); /* it reads the slots */
    if (memory.base == NULL) {
        rebase(blocks_count > 0 ? slots_backed(blocks_count * LEVELS_STEP) : 0);
        flush_unlock();
        return;
    }
    uint32_t used = atomic_load(&header()->used);
    size_t backed = memory.backed;
    memory.backed = slots_bytes(used); /* of anonymous memory only what is used has to be copied */
    if (memory_move(&memory, SLOTS_NAME)) {
        rebase(slots_backed(used));
    } else {
        memory.backed = backed;
    }
    flush_unlock();
}

/* Runs in the child of a fork before any Python code: nothing may be mapped or freed here. */
void levels_forget(void) {
    memory_unmap(&memory, NULL);
    levels.free = NULL;
    levels.open = 0;
    levels.forks++;
    context_forget();
    for (uint32_t i = blocks_count * LEVELS_STEP; i-- > 0;) {
        struct open_span *level = &blocks[i / LEVELS_STEP][i % LEVELS_STEP];
        memset(level, 0, sizeof *level); /* what it refers to stays alive in the child */
        level->slot = &level->unlisted;
        level_free(level);
    }
}

void level_pass_over(struct holder *holder) {
    while (holder->top.span != NULL && holder->top.span->key < 0) {
        struct level passed = holder->top;
        holder->top = passed.span->outer;
        if (holder->top.span != NULL) {
            holder->top.span->referrers++;
        }
        Py_XINCREF(holder->top.trace);
        level_release(&passed);
    }
}

void level_release(struct level *level) {
    struct level going = *level;
    for (;;) {
        struct open_span *span = going.span;
        PyObject *trace = going.trace;
        bool last = span != NULL && --span->referrers == 0 && span->key <= 0;
        if (last) {
            going = span->outer;
            span->key = 0;
            level_free(span);
        }
        Py_XDECREF(trace);
        if (!last) {
            return;
        }
    }
}

bool level_skip(struct open_span *level) {
    if (level->referrers > 0) {
        level->key = -level->key;
        return false;
    }
    level->key = 0;
    level_release(&level->outer);
    return true;
}

void level_step_out(struct holder *holder, struct open_span *level) {
    PyObject *trace = holder->top.trace;
    holder->top = level->outer;
    level->outer.span = NULL;
    level->outer.trace = NULL;
    level->referrers--;
    level_pass_over(holder);
    Py_XDECREF(trace);
}

void level_step_in(struct holder *holder, struct open_span *level) {
    level_pass_over(holder);
    struct level outer = level->outer; /* not empty where a copied context still has the level */
    level->outer = holder->top;
    holder->top.span = level;
    holder->top.id = level->key;
    holder->top.root = level->root;
    holder->top.trace = Py_XNewRef(level->trace);
    holder->top.depth = (int32_t)atomic_load_explicit(&level->slot->depth, memory_order_relaxed);
    holder->top.remote = false;
    holder->top.traced = level->traced;
    level->referrers++;
    level_release(&outer);
}

void level_drop(struct open_span *level) {
    PyObject *span = (PyObject *)level->span, *renamed = (PyObject *)level->renamed;
    PyObject *properties = level->properties, *trace = level->trace;
    atomic_store_explicit(&level->slot->id, 0, memory_order_relaxed);
    level->span = level->renamed = NULL;
    level->properties = level->trace = NULL;
    levels.open--;
    if (level_skip(level)) {
        level_free(level);
    }
    Py_XDECREF(properties);
    Py_XDECREF(trace);
    Py_XDECREF(renamed);
    Py_XDECREF(span);
}

bool levels_has_open(const Span *span) {
    for (uint32_t i = 0; i < blocks_count * LEVELS_STEP; i++) {
        const struct open_span *level = &blocks[i / LEVELS_STEP][i % LEVELS_STEP];
        if (level->key > 0 && level->span == span) {
            return true;
        }
    }
    return false;
}

struct span_use levels_only_one(uint64_t opener, const struct thread *thread) {
    struct span_use found = {NULL, 0};
    for (uint32_t i = 0; thread != NULL && levels.open > 0 && i < blocks_count * LEVELS_STEP; i++) {
        struct open_span *level = &blocks[i / LEVELS_STEP][i % LEVELS_STEP];
        if (level->key <= 0 || level->opener != opener || level->span == NULL ||
            atomic_load_explicit(&level->slot->thread, memory_order_relaxed) != thread->number) {
            continue;
        }
        if (found.key != 0) {
            return (struct span_use){NULL, 0};
        }
        found = (struct span_use){level, level->key};
    }
    return found;
}

struct span_slots open_spans_slots_at(const void *base, size_t bytes) {
    const struct span_slots_header *found = base;
    if (bytes < sizeof *found || memcmp(found->magic, "LIMNOSPN", 8) != 0 || found->version != SLOTS_VERSION) {
        return (struct span_slots){NULL, 0};
    }
    uint32_t used = atomic_load_explicit(&found->used, memory_order_acquire);
    if (used > OPEN_SPANS_MAX || slots_bytes(used) > bytes) {
        return (struct span_slots){NULL, 0};
    }
    return (struct span_slots){(const struct span_slot *)(found + 1), used};
}

struct span_slots open_spans_slots(void) {
    if (memory.base == NULL) {
        return (struct span_slots){NULL, 0};
    }
    return open_spans_slots_at(memory.base, memory.bytes);
}

bool open_span_read(const struct span_slot *slot, struct span_seen *seen) {
    seen->id = atomic_load_explicit(&slot->id, memory_order_acquire);
    seen->parent = atomic_load_explicit(&slot->parent, memory_order_relaxed);
    seen->begin = atomic_load_explicit(&slot->begin, memory_order_relaxed);
    seen->thread = atomic_load_explicit(&slot->thread, memory_order_relaxed);
    seen->site = atomic_load_explicit(&slot->site, memory_order_relaxed);
    seen->depth = atomic_load_explicit(&slot->depth, memory_order_relaxed);
    for (int at = 0; at < SLOT_TRACE_WORDS; at++) {
        seen->trace[at] = atomic_load_explicit(&slot->trace[at], memory_order_relaxed);
    }
    seen->traced = (seen->trace[0] | seen->trace[1]) != 0;
    atomic_thread_fence(memory_order_acquire);
    return seen->id != 0 && atomic_load_explicit(&slot->id, memory_order_relaxed) == seen->id;
}

static int by_id(const void *left, const void *right) {
    int64_t one = ((const struct listed_span *)left)->id;
    int64_t other = ((const struct listed_span *)right)->id;
    return (one > other) - (one < other);
}

size_t open_spans_list(uint64_t thread, struct listed_span *found, size_t max) {
    struct span_slots slots = open_spans_slots();
    struct listed_span *all = slots.used > 0 ? malloc(slots.used * sizeof *all) : NULL;
    size_t count = 0;
    for (uint32_t i = 0; all != NULL && i < slots.used; i++) {
        struct span_seen seen;
        if (open_span_read(&slots.slots[i], &seen) && (thread == 0 || seen.thread == thread) &&
            !seen.traced && seen.site != SITE_INLINE) {
            all[count++] = (struct listed_span){seen.id, seen.parent, seen.begin, seen.depth,
                                                seen.site};
        }
    }
    if (count > 0) {
        qsort(all, count, sizeof *all, by_id);
        count = count < max ? count : max;
        memcpy(found, all, count * sizeof *all);
    }
    free(all);
    return count;
}
