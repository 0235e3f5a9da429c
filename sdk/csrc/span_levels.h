/*
 * Beginning and ending levels of nesting; the part of an open span that needs the GIL.
 *
 * Rule: a level that ends while it is current makes its outer one current again. One that ends while
 * it is not is passed over later: it stays, with its key negated, as long as levels are open in it.
 * A level that begins in one that is over goes back to it all the same: that is a task whose
 * creator's span has ended.
 */
#ifndef LIMNO_SPAN_LEVELS_H
#define LIMNO_SPAN_LEVELS_H

#include "context.h"

#include "chunks.h"
#include "clock.h"
#include "open_spans.h"

typedef struct span Span;

struct open_span {
    int64_t key;             /* its id while it is open; negated: over but still in the way; 0: free */
    uint64_t opener;         /* whose end it waits for; 0: of one who knows it */
    Span *span;              /* strong; NULL: the trace of another process */
    struct level outer;      /* owns its trace */
    int64_t root;            /* the outermost span of its chain */
    struct span_slot *slot;
    PyObject *properties;    /* strong dict of settled values, or NULL; never changed in place */
    PyObject *trace;         /* strong, or NULL */
    Span *renamed;           /* strong: what it is recorded as instead; or NULL */
    struct open_span *next;  /* of the free ones */
    uint32_t inner;          /* levels open directly in it */
    bool failed;
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
};
extern struct levels levels;

/* Make more; false without memory. */
bool levels_grow(void);

/* Settle what *level* refers to, after the level that was open in it has gone. */
void level_release(struct level *level);

/* The slow part of level_leave: pass over those that have ended. */
void level_pass_over(struct holder *holder);

/* *level* is not current: it has to be passed over later, if something is open in it. */
void level_skip(struct open_span *level);

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
    struct level *top = &holder->top;
    level->outer = *top;
    if (top->span != NULL) {
        if (likely(top->span->key == top->key)) {
            top->span->inner++;
        } else {
            level->outer.span = NULL;
        }
    }
    level->key = ++levels.last_id;
    level->inner = 0;
    level->failed = false;
    if (unlikely(top->trace != NULL)) {
        level->trace = Py_NewRef(top->trace);
        Py_INCREF(top->trace); /* the outer level took the one that was there */
    }
    top->span = level;
    top->key = level->key;
    return level;
}

/* Free a level that is over, with what it still refers to. */
static inline void level_free(struct open_span *level) {
    level->key = 0;
    level->next = levels.free;
    levels.free = level;
}

/*
 * Let an open level be over. Returns true when it has to be freed by the caller (after it has read
 * what it needs), false when it stays to be passed over.
 */
static inline bool level_leave(struct holder *holder, struct open_span *level) {
    if (unlikely(holder == NULL || holder->top.span != level || holder->top.key != level->key)) {
        level_skip(level);
        return level->key == 0;
    }
    PyObject *trace = holder->top.trace;
    level->key = 0;
    holder->top = level->outer;
    struct open_span *outer = holder->top.span;
    if (outer != NULL) {
        if (likely(outer->key == holder->top.key)) {
            outer->inner--;
        } else if (outer->key == -holder->top.key) {
            level_pass_over(holder);
        } else {
            holder->top.span = NULL;
        }
    }
    if (unlikely(trace != NULL)) {
        Py_DECREF(trace);
    }
    return true;
}

/* Move the slots to where the new session keeps its memory. */
void open_spans_start(void);

/* Forget all open spans: in the child of a fork they are the parent's. */
void levels_forget(void);

#endif
