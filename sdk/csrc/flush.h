/*
 * From what was recorded to finished blocks: taking, packing, queueing. Nothing here needs the GIL.
 *
 * One flush at a time (a lock). Whoever holds that lock never asks for the GIL, so it may be waited
 * for with the GIL held.
 */
#ifndef LIMNO_FLUSH_H
#define LIMNO_FLUSH_H

#include "pack.h"

/* The rows of a chunk before `rows` are in the block that this belongs to, or in an earlier one. */
struct cursor {
    uint64_t sequence;
    uint32_t rows;
    uint32_t reserved;
};

/* A finished block, until Python has it. */
struct finished {
    struct finished *next;
    enum kind kind;
    uint64_t thread, native_id; /* of spans */
    char thread_name[64];
    size_t rows;
    int64_t begin, end;
    uint64_t dropped;
    bool compressed;
    struct cursor *cursors;
    size_t cursors_count;
    size_t size;
    uint8_t payload[];
};

/* Once, when the extension is loaded; false without memory. */
bool flush_open(void);

/* Between these two nothing is taken or packed. */
void flush_lock(void);
void flush_unlock(void);

/* Bounds of a block: its rows, and its bytes before they are packed. Waits for a flush under way. */
void flush_limits(uint64_t rows_max, uint64_t bytes_max);

/* Forget what is queued and begin anew; with the lock held, or in the child of a fork. */
void flush_reset(void);

/*
 * Take and pack everything recorded so far. The origin says which Unix time a tick is; a tick is a ns
 * of CLOCK_MONOTONIC.
 */
void flush_run(int64_t origin_ticks, int64_t origin_unix_ns);

/* Return the finished blocks, oldest first, as a list that is the caller's. */
struct finished *flush_fetch(void);
void finished_free(struct finished *block);

/* Wait until someone hurries, at most so long; true when someone did. */
bool flush_wait(double timeout_s);
void flush_hurry(void);

/* The rows before these cursors are stored where a crash cannot harm them. */
void flush_settle(const struct cursor *cursors, size_t count);

/* Let the next block of the source tell of so many lost events. */
void flush_tell(enum kind kind, uint64_t thread, uint64_t events);

/* Events of a kind dropped for want of room, or lost in packing, up to the last flush. */
uint64_t flush_dropped(enum kind kind);
/* Events lost in packing. */
uint64_t flush_failures(void);

/* Fills in the spans of a thread (0: of all) that are open, oldest first, begin in ticks. */
typedef size_t (*open_spans_lister)(uint64_t thread, struct listed_span *found, size_t max);

/* Set by the part that keeps open spans. */
extern open_spans_lister flush_open_spans;

#endif
