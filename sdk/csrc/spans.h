/*
 * Beginning and ending spans from C: what ``with``, decorators and automatic tracing share.
 *
 * Rule: a beginning that fails leaves nothing behind but a count, and an end always ends.
 */
#ifndef LIMNO_SPANS_H
#define LIMNO_SPANS_H

#include "instruments.h"
#include "span_levels.h"

/* A status, and beside it whether a coroutine ran the span. */
enum span_status { SPAN_OK = 1, SPAN_FAILED = 2, SPAN_COROUTINE = 0x80 };

struct span {
    struct instrument head;
    vectorcallfunc call;
    PyObject *door;   /* what ``__enter__`` and ``__exit__`` are */
    int64_t shortest; /* ticks: uses that end sooner are not recorded */
    int64_t shortest_ns;
};

extern PyTypeObject *span_type;

/* Give the new level its slot and publish it. */
static inline void span_publish(struct open_span *level, int64_t parent, uint32_t depth,
                                const struct thread *thread) {
    struct span_slot *slot = level->slot;
    atomic_thread_fence(memory_order_release); /* after the id of the last one was taken away */
    atomic_store_explicit(&slot->parent, parent, memory_order_relaxed);
    atomic_store_explicit(&slot->thread, thread != NULL ? thread->number : 0,
                          memory_order_relaxed);
    atomic_store_explicit(&slot->site, level->span->head.site, memory_order_relaxed);
    atomic_store_explicit(&slot->depth, depth, memory_order_relaxed);
    atomic_store_explicit(&slot->begin, clock_ticks(), memory_order_relaxed);
    atomic_store_explicit(&slot->id, level->key, memory_order_release);
}

/* The level is no open span any more; its reference to the span is the caller's. */
static inline void span_unpublish(struct open_span *level) {
    atomic_store_explicit(&level->slot->id, 0, memory_order_relaxed);
    level->span = NULL;
}

/* The span that has just begun has its parent in another process: it records so. */
void span_note_remote(struct open_span *level);

/*
 * Begin a use of *span* with settled properties (a dict that nobody changes, or NULL); the key is 0
 * when it cannot be. Recording is active.
 */
static inline struct span_use span_begin(Span *span, uint64_t opener, PyObject *properties) {
    struct thread *thread = this_thread;
    if (unlikely(thread == NULL)) {
        thread = thread_enter();
    }
    struct holder *holder = context_holder_owned();
    struct open_span *level = holder != NULL ? level_enter(holder) : NULL;
    if (unlikely(level == NULL)) {
        recorder.failures++;
        return (struct span_use){NULL, 0};
    }
    level->opener = opener;
    level->span = (Span *)Py_NewRef(span);
    level->properties = Py_XNewRef(properties);
    struct level *top = &holder->top;
    int64_t parent = top->id, key = level->key;
    uint32_t depth = (uint32_t)++top->depth;
    top->id = key;
    if (parent == 0) {
        top->root = key;
    }
    level->root = top->root;
    bool remote = top->remote;
    top->remote = false;
    span_publish(level, parent, depth, thread);
    if (unlikely(remote)) {
        span_note_remote(level);
    }
    return (struct span_use){level, key};
}

/* The row of a span that is over. */
struct span_row {
    int64_t begin, end, id, parent;
    uint32_t depth;
    uint8_t status;
};

/*
 * Record it in a lane of KIND_SPANS or KIND_TRACES, with properties (settled, or NULL), or as one
 * of a span without a number in the table.
 */
void span_put(enum kind kind, const struct span_row *row, Span *span, PyObject *properties);

/*
 * End an open use now, failed by *failure* if it is not NULL; *holder* is that of the running
 * context, owned, or NULL; *coroutine*: one ran the span. Sets an exception only if
 * ``str(failure)`` raised one that is no Exception: it belongs to the application.
 */
void span_finish(struct holder *holder, struct open_span *level, PyObject *failure, int64_t now,
                 bool coroutine);

/* The same for one that has nothing special about it. */
static inline void span_end_plain(struct holder *holder, struct open_span *level,
                                  bool coroutine) {
    int64_t now = clock_ticks();
    Span *span = level->span;
    if (unlikely(level->properties != NULL || level->trace != NULL || level->failed ||
                 level->renamed != NULL || span->head.site == SITE_INLINE)) {
        span_finish(holder, level, NULL, now, coroutine);
        return;
    }
    struct span_slot *slot = level->slot;
    int64_t id = level->key;
    int64_t begin = atomic_load_explicit(&slot->begin, memory_order_relaxed);
    int64_t parent = atomic_load_explicit(&slot->parent, memory_order_relaxed);
    uint32_t depth = atomic_load_explicit(&slot->depth, memory_order_relaxed);
    bool freed = level_leave(holder, level);
    if (unlikely(!freed)) { /* whoever refers to it may free it: Python code runs below */
        span_unpublish(level);
    }
    bool told = likely(recorder.active && now - begin >= span->shortest);
    struct lane *lane = told ? lane_ready(KIND_SPANS, 0) : NULL;
    if (likely(lane != NULL)) {
        uint32_t row = lane->rows;
        struct spans_columns *columns = &lane->columns.spans;
        columns->begin[row] = begin;
        columns->end[row] = now;
        columns->id[row] = id;
        columns->parent[row] = parent;
        columns->site[row] = span->head.site;
        columns->depth[row] = depth;
        columns->payload[row] = 0;
        columns->status[row] = coroutine ? SPAN_OK | SPAN_COROUTINE : SPAN_OK;
        lane_commit(lane, 0);
    }
    if (likely(freed)) {
        span_unpublish(level);
        level_free(level);
    }
    Py_DECREF(span);
}

/* End the use if it is still open. */
static inline void span_end(struct span_use use, PyObject *failure, bool coroutine) {
    if (likely(level_is_open(use.level, use.key))) {
        struct holder *holder = context_holder_owned();
        if (likely(failure == NULL)) {
            span_end_plain(holder, use.level, coroutine);
        } else {
            span_finish(holder, use.level, failure, clock_ticks(), coroutine);
        }
    }
}

/* Return the innermost use of *span* in the running context; the level NULL without one. */
struct span_use span_innermost(const Span *span);

/*
 * Return the innermost open use in the running context that *opener* began; when it has none (an
 * async generator is closed by another task), the only one of this thread, and of several none.
 */
struct span_use span_opened_by(uint64_t opener);
struct span_use span_opened_here_by(uint64_t opener); /* in the running context only */

/* Return how many ticks *ns* are. */
int64_t span_shortest_ticks(int64_t ns);

/* Add settled properties to an open use; on failure nothing is added and an exception is set. */
bool span_set(struct span_use use, PyObject *properties);

/* Return settled keyword arguments as a new dict; NULL: an exception is set. */
PyObject *span_properties(PyObject *const *values, PyObject *names);

/*
 * Return the W3C trace id, or span id, of span *id* as a new str, and let the use record both if it
 * is open. NULL: an exception is set.
 */
PyObject *span_trace_id(struct span_use use, int64_t id, int64_t root, PyObject *trace);
PyObject *span_span_id(struct span_use use, int64_t id, int64_t root, PyObject *trace);

/* ``set``, ``rename`` and ``fail`` of a use; nothing happens to one that is over. */
PyObject *use_set(struct span_use use, PyObject *const *values, PyObject *names);
void use_rename(struct span_use use, PyObject *other);
void use_fail(struct span_use use);

#define USE_SET_DOC                                                                       \
    PyDoc_STR("set($self, /, **properties)\n--\n\n"                                       \
              "Add properties; they are recorded when the span ends.")
#define USE_RENAME_DOC                                                                    \
    PyDoc_STR("rename($self, site, /)\n--\n\n"                                           \
              "Let the span be one of *site*: its name is known only now.")
#define USE_FAIL_DOC                                                                      \
    PyDoc_STR("fail($self, /)\n--\n\n"                                                   \
              "Mark the span as failed although no exception will leave it.")

/* Decorate *function* with *span* and properties (or NULL). */
PyObject *span_decorated(Span *span, PyObject *properties, PyObject *function);

/* Return a new use with properties (or NULL). */
PyObject *use_new(Span *span, PyObject *properties);

#endif
