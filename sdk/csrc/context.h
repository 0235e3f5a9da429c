/*
 * Which span is current: a level of nesting per context (thread, asyncio task, greenlet).
 *
 * A context variable refers to a holder, and the holder has the top level. Beginning and ending a
 * span changes the holder in place as long as no other context can reach it; contexts that were
 * copied (a task's, an executor's) share it with their original until one of them changes it, which
 * makes a holder of its own first. So a copied context keeps the level that was current when it was
 * copied, whatever happens elsewhere.
 *
 * Whether a holder is shared cannot be remembered: copying a context tells nobody. It is read from
 * the reference counts on the way from the context to the holder, each time.
 */
#ifndef LIMNO_CONTEXT_H
#define LIMNO_CONTEXT_H

#include "recorder.h"

struct open_span;

/* A level of nesting as a context sees it. All zero but depth -1: outside of any span. */
struct level {
    struct open_span *span; /* counted among its referrers; NULL: none */
    int64_t id;      /* the span that what begins now has as parent; 0: none */
    int64_t root;    /* the outermost span of the chain; 0: none */
    PyObject *trace; /* strong; the innermost place in a trace that is known, or NULL */
    int32_t depth;
    bool remote;     /* the parent of what begins now is in another process */
    bool traced;     /* ``trace`` is a trace span of this process */
};

struct holder {
    PyObject_HEAD
    struct level top;
    uint64_t forks; /* before it was made: one of the parent's means nothing in a child */
};

/* The structs of CPython's contextvars.c, as far as they are read here; checked at import. */
struct context_object {
    PyObject_HEAD
    PyObject *previous;
    PyObject *variables; /* a persistent map (HAMT) */
};

/*
 * What this thread last found, valid while its thread state, the version that CPython raises at each
 * change of context, and the map are the same. ``holder`` is borrowed from the map; the memory of
 * holders is never given back, so it can be looked at even where a map came back at its old address.
 */
struct context_seen {
    uint64_t thread_state, version;
    PyObject *variables;
    struct holder *holder;
    bool direct; /* the map's first node refers to the holder */
};

extern __thread struct context_seen context_seen __attribute__((tls_model("initial-exec")));

/* The slow parts of the functions below. */
struct holder *context_find(PyThreadState *state);
struct holder *context_own(PyThreadState *state);
bool context_path_unshared(PyObject *variables);

static inline PyThreadState *context_thread_state(void) {
#if PY_VERSION_HEX >= 0x030D0000
    return PyThreadState_GetUnchecked();
#else
    return _PyThreadState_UncheckedGet();
#endif
}

/* A thread without a context has no variables and no holder, and that is seen like any other. */
static inline bool context_is_seen(const PyThreadState *state) {
    if (unlikely(context_seen.version != state->context_ver ||
                 context_seen.thread_state != state->id)) {
        return false;
    }
    struct context_object *context = (struct context_object *)state->context;
    return likely((context != NULL ? context->variables : NULL) == context_seen.variables);
}

/* Return the holder of the running context, to be read; NULL when nothing was ever open in it. */
static inline struct holder *context_holder(void) {
    PyThreadState *state = context_thread_state();
    return context_is_seen(state) ? context_seen.holder : context_find(state);
}

/* The same with the levels passed over that ended out of their order. */
const struct level *context_top_passed_over(const struct holder *holder);

/* Return the current level, to be read; NULL outside of any. */
static inline const struct level *context_top(void) {
    struct holder *holder = context_holder();
    return holder == NULL || holder->top.span == NULL ? NULL
                                                      : context_top_passed_over(holder);
}

/* Return the id of the current span; 0 without one. */
static inline int64_t context_span_id(void) {
    const struct level *top = context_top();
    return top != NULL ? top->id : 0;
}

/* Return the holder of the running context, to be changed; NULL without memory. */
static inline struct holder *context_holder_owned(void) {
    PyThreadState *state = context_thread_state();
    if (context_is_seen(state) && context_seen.holder != NULL &&
        Py_REFCNT(context_seen.holder) == 1 && Py_REFCNT(context_seen.variables) == 1 &&
        (likely(context_seen.direct) || context_path_unshared(context_seen.variables))) {
        return context_seen.holder;
    }
    return context_own(state);
}

/* Look anew, in the child of a fork: no context has a current span there. Runs no Python code. */
void context_forget(void);

int context_init(PyObject *module);

#endif
