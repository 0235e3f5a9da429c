/*
 * Finished blocks on their way to Python, and what of losses the next ones have to tell.
 */
#ifndef LIMNO_FINISHED_H
#define LIMNO_FINISHED_H

#include "flush.h"

/* Where the blocks of rows taken together go. */
struct finished_target {
    enum kind kind;
    uint64_t thread, native_id;
    char thread_name[64];
    struct finished *last; /* of its blocks; not yet in the queue */
};

bool finished_open(void);
void finished_reset(void);
/* Whether more blocks may be queued. */
bool finished_room(void);

void finished_target_begin(struct finished_target *target, enum kind kind);
bool finished_sink(void *target, const struct packed *block);
uint64_t finished_untold(void *target);
/* Queue the last block, with the cursors of the pieces; without one they are settled at once. */
void finished_target_end(struct finished_target *target, const struct rows *pieces, size_t count);

/* Let the next block of the source (thread 0: of the kind) tell of so many. */
void finished_tell(enum kind kind, uint64_t thread, uint64_t events);

/* What the threads with blocks in this flush have not told may be told by any. */
void finished_release(void);

#endif
