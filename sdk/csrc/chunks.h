/*
 * Where events are put: per thread and kind a chunk of columns, written without a lock.
 *
 * The writer is the thread itself, holding the GIL. It fills row n and then publishes n + 1. The
 * reader is the flush thread, without the GIL: it takes the rows published so far and never changes
 * a chunk. A full chunk is followed by another; it is freed when its last row is settled, that is,
 * stored where a crash of this process cannot harm it.
 *
 * Rule: between lane_ready() and its commit no Python code may run (it could record events).
 */
#ifndef LIMNO_CHUNKS_H
#define LIMNO_CHUNKS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory.h"

/* Chunks in files of dead processes have these numbers: none may change. */
enum kind { KIND_LOG = 0, KIND_METRICS = 1, KIND_SPANS = 2, KIND_TRACES = 3, KINDS = 4 };

/* Profile spans and trace spans lie in the same columns; ``depth`` of the latter is the thread. */
static inline bool kind_has_ends(enum kind kind) {
    return kind == KIND_SPANS || kind == KIND_TRACES;
}

/* The first bytes of a chunk's memory. */
struct chunk_header {
    char magic[8]; /* LIMNOCHK */
    uint32_t version;
    uint32_t kind;
    uint64_t pid;
    uint64_t thread;     /* number of the thread in the process, from 1 */
    uint64_t native_id;  /* the operating system's id of the thread */
    uint64_t sequence;   /* number of this use of the memory in the process, from 1 */
    uint32_t rows_max;
    uint32_t arena_bytes;
    _Atomic uint32_t rows;    /* published */
    _Atomic uint32_t settled; /* stored elsewhere: recovery begins after them */
    char thread_name[64];     /* UTF-8, NUL-terminated, as far as known */
};

/* Columns of each kind; payload is an offset into the arena plus one, 0 without one. */
struct log_columns {
    int64_t *time, *span;
    uint32_t *site, *payload;
    uint8_t *level;
};
struct metrics_columns {
    int64_t *time;
    double *value;
    uint32_t *site, *payload;
};
struct spans_columns {
    int64_t *begin, *end, *id, *parent;
    uint32_t *site, *depth, *payload;
    uint8_t *status;
};
union columns {
    struct log_columns log;
    struct metrics_columns metrics;
    struct spans_columns spans;
};

struct chunk {
    struct chunk_header *header;
    union columns columns;
    uint8_t *arena;
    struct chunk *next; /* the thread's later chunk of the same kind */
    struct thread *thread;
    struct memory memory;
    uint64_t file;     /* number in the file's name */
    uint32_t taken;    /* rows that the reader has taken; reader only */
};

/* Where the next event of one kind goes; only its thread touches it. */
struct lane {
    union columns columns;
    struct chunk *chunk;
    uint8_t *arena;
    uint32_t rows, rows_max;
    uint32_t arena_used, arena_max;
};

struct thread {
    struct lane lanes[KINDS];
    uint64_t number, native_id;
    struct thread *next;
    struct chunk *first[KINDS], *last[KINDS];
    _Atomic uint64_t dropped[KINDS];
    uint64_t told[KINDS]; /* of dropped, how many the reader has told; reader only */
    _Atomic bool ended;
    char name[64];
    /* The context that this thread last recorded in; context.c's own. */
    uint64_t context_version;
    void *context_holder;
};

struct chunk_limits {
    uint64_t rows_queued_max;
    uint64_t bytes_queued_max;
};

/* The thread's buffers; NULL until it records for the first time. */
extern __thread struct thread *this_thread __attribute__((tls_model("initial-exec")));

/* Called when a lane gets another chunk; urgent: half of the room is taken. Holds the GIL. */
extern void (*chunks_on_grant)(bool urgent);

/* Called when a thread records for the first time, to fill in its name. Holds the GIL. */
extern void (*chunks_on_enter)(struct thread *thread);

/* Give the running thread its buffers; NULL when there are too many threads or no memory. */
struct thread *thread_enter(void);

/* Count an event that was dropped before it got as far as a lane. */
void chunk_drop(enum kind kind);

/* The slow part of lane_ready. */
struct lane *lane_grow(struct thread *thread, enum kind kind, uint32_t bytes);

/*
 * Return the running thread's lane with room for one row and *bytes* of payload; NULL when there is
 * none: the event is then counted as dropped already.
 */
static inline struct lane *lane_ready(enum kind kind, uint32_t bytes) {
    struct thread *thread = this_thread;
    if (__builtin_expect(thread == NULL, 0)) {
        thread = thread_enter();
        if (thread == NULL) {
            chunk_drop(kind);
            return NULL;
        }
    }
    struct lane *lane = &thread->lanes[kind];
    if (__builtin_expect(lane->rows >= lane->rows_max ||
                         bytes > lane->arena_max - lane->arena_used, 0)) {
        return lane_grow(thread, kind, bytes);
    }
    return lane;
}

/* Return the running thread's lane if it has room for a row at all, else NULL; changes nothing. */
static inline struct lane *lane_peek(enum kind kind) {
    struct thread *thread = this_thread;
    if (__builtin_expect(thread == NULL, 0)) {
        return NULL;
    }
    struct lane *lane = &thread->lanes[kind];
    return __builtin_expect(lane->rows < lane->rows_max, 1) ? lane : NULL;
}

/* Publish the row that was just filled in, and *bytes* of the arena with it. */
static inline void lane_commit(struct lane *lane, uint32_t bytes) {
    lane->arena_used += bytes;
    lane->rows++;
    atomic_store_explicit(&lane->chunk->header->rows, lane->rows, memory_order_release);
}

static inline void metric_put(uint32_t site, int64_t ticks, double value) {
    struct lane *lane = lane_ready(KIND_METRICS, 0);
    if (__builtin_expect(lane != NULL, 1)) {
        uint32_t row = lane->rows;
        lane->columns.metrics.time[row] = ticks;
        lane->columns.metrics.value[row] = value;
        lane->columns.metrics.site[row] = site;
        lane->columns.metrics.payload[row] = 0;
        lane_commit(lane, 0);
    }
}

/* ---- set-up; holds the GIL ---- */

bool chunks_open(void);
void chunks_limit(struct chunk_limits limits);
/* Forget everything, in the child of a fork: the memory is the parent's. */
void chunks_forget(void);
/* Free all chunks; living threads keep their numbers. Nothing may be recorded or read meanwhile. */
void chunks_reset(void);

/* ---- the reader's side; needs no GIL ---- */

/* Rows [from, to) of a chunk. */
struct rows {
    struct chunk *chunk;
    uint32_t from, to;
};

/*
 * Take the rows of *kind* published and not yet taken, oldest first within each thread, at most
 * *max* pieces; return how many pieces. They stay valid until they are settled.
 */
size_t chunks_take(enum kind kind, struct rows *pieces, size_t max);

/* Rows before *row* of the chunk *sequence* are stored elsewhere; frees it when that was the last. */
void chunks_settle(uint64_t sequence, uint32_t row);

/* Return events of *kind* dropped since the last call, all threads together. */
uint64_t chunks_dropped(enum kind kind);
/* The same for one thread. */
uint64_t thread_dropped(struct thread *thread, enum kind kind);

/* Free threads that have ended and whose rows are settled. */
void threads_sweep(void);

/* Return how many threads hold buffers; ended ones do until their rows are settled. */
uint32_t threads_alive(void);

/* Return the rows recorded and not taken, of all kinds. */
uint64_t chunks_waiting(void);

/* Describe the columns and arena of a chunk whose memory starts at *header*; false if corrupt. */
bool chunk_columns(struct chunk_header *header, size_t bytes, union columns *columns,
                   uint8_t **arena);

#endif
