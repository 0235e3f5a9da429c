/*
 * Beginning and ending levels of nesting; the part of an open span that needs the GIL.
 *
 * Rule: a level that ends while it is current makes its outer one current again; where it is current
 * still, in a copied context, it stays the parent: that is a task whose creator's span has ended. One
 * that ends while it is not current, or elsewhere, is passed over by whoever comes to it. A level is
 * used again when it is over and nobody refers to it: no context as its top, no level as its outer.
 */
#ifndef LIMNO_SPAN_LEVELS_H
#define LIMNO_SPAN_LEVELS_H

#include "context.h"

#include "chunks.h"
#include "clock.h"
#include "open_spans.h"

typedef struct span Span;

struct open_span {
    int64_t key;             /* its id while it is open; negated: to be passed over; 0: over */
    uint64_t opener;         /* whose end it waits for; 0: of one who knows it */
    Span *span;              /* strong; NULL: the trace of another process */
    struct level outer;      /* owns its trace */
    int64_t root;            /* the outermost span of its chain */
    struct span_slot *slot;
    PyObject *properties;    /* strong dict of settled values, or NULL; never changed in place */
    PyObject *trace;         /* strong, or NULL */
    Span *renamed;           /* strong: what it is recorded as instead; or NULL */
    struct open_span *next;  /* of the free ones */
    uint32_t referrers;      /* contexts that have it as their top, and levels directly in it */
    bool failed;
    bool traced;             /* as in the level that it is */
    struct span_slot unlisted; /* its slot when the mapped ones are all taken */
};

/* A use of a span that its owner knows: the level, and the key it had. */
struct span_use {
    struct open_span *level;
    int64_t key; /* 0: nothing began */
};

/* The free ones, and the last number given out; all changed with the GIL held. */
struct levels {
    struct open_span *free;
    int64_t last_id;
    uint64_t open;  /* levels that have begun and not ended */
    uint64_t forks; /* holders made before the last one refer to nothing here */
};
extern struct levels levels;

/* Make more; false without memory. */
bool levels_grow(void);

/* Take away what *level* refers to: it is no holder's top, and no level's outer, any more. */
void level_release(struct level *level);

/* Take the levels off the holder's top that are to be passed over. */
void level_pass_over(struct holder *holder);

/* *level* ends while it is not current: it has to be passed over. Returns as level_leave. */
bool level_skip(struct open_span *level);

/* Take an open level that is current out of the context; it stays open, and is nobody's outer. */
void level_step_out(struct holder *holder, struct open_span *level);

/* Put it on the top again, inside whatever is current now; its parent and depth stay. */
void level_step_in(struct holder *holder, struct open_span *level);

/* Forget an open level that stepped out and will never end; nothing is recorded. */
void level_drop(struct open_span *level);

/* Whether a use of *span* is open anywhere. */
bool levels_has_open(const Span *span);

/* Return the only open level that *opener* began on *thread*; of several, or of none, key 0. */
struct span_use levels_only_one(uint64_t opener, const struct thread *thread);

/* Whether *level* is still the one that had *key*, and open. */
static inline bool level_is_open(const struct open_span *level, int64_t key) {
    return level != NULL && key != 0 && level->key == key;
}

/* Put a new level on the holder's top; NULL without memory. Its site and slot are the caller's. */
static inline struct open_span *level_enter(struct holder *holder) {
    struct open_span *level = levels.free;
    if (unlikely(level == NULL)) {
        if (!levels_grow()) {
            return NULL;
        }
        level = levels.free;
    }
    levels.free = level->next;
    levels.open++;
    struct level *top = &holder->top;
    if (top->span != NULL && unlikely(top->span->key < 0)) {
        level_pass_over(holder);
    }
    level->outer = *top; /* and with it the reference to the span, and to the trace */
    level->key = ++levels.last_id;
    level->referrers = 1;
    level->failed = false;
    level->traced = top->traced;
    if (unlikely(top->trace != NULL)) {
        level->trace = Py_NewRef(top->trace);
        Py_INCREF(top->trace);
    }
    top->span = level;
    return level;
}

/* Free a level that is over and that nobody refers to. */
static inline void level_free(struct open_span *level) {
    level->next = levels.free;
    levels.free = level;
}

/*
 * Let an open level be over. Returns whether the caller has to free it (after it has read what it
 * needs); else whoever refers to it last does.
 */
static inline bool level_leave(struct holder *holder, struct open_span *level) {
    levels.open--;
    if (unlikely(holder == NULL || holder->top.span != level)) {
        return level_skip(level);
    }
    PyObject *trace = holder->top.trace;
    level->key = 0;
    holder->top = level->outer;
    level->outer.span = NULL;
    level->outer.trace = NULL;
    if (holder->top.span != NULL && unlikely(holder->top.span->key < 0)) {
        level_pass_over(holder);
    }
    if (unlikely(trace != NULL)) {
        Py_DECREF(trace);
    }
    return likely(--level->referrers == 0);
}

/* Move the slots to where the new session keeps its memory. */
void open_spans_start(void);

/* Forget all open spans: in the child of a fork they are the parent's. */
void levels_forget(void);

#endif
