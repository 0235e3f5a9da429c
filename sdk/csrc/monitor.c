/*
 * Automatic tracing: what ``sys.monitoring`` calls when a watched code object runs (CPython 3.12).
 *
 * Which code objects are watched, and the registration, is Python's part (recorder/watching.py); a
 * watched one carries its span with it. A run is known by the address of its frame, which is its own
 * as long as it lasts. A generator or coroutine is one span however often it is suspended: while it
 * is, its level is taken out of the context and remembered by the frame.
 */
#include "frames.h"
#include "spans.h"

#if PY_VERSION_HEX >= 0x030C0000

#include "suspended.h"

static Py_ssize_t extra_index = -1;

/* What a watched code object carries. */
struct watched {
    Span *span;   /* strong */
    bool stopped; /* begin no more; what is open still ends */
};

static void watched_free(void *pointer) {
    struct watched *watched = pointer;
    if (watched != NULL) {
        Py_DECREF(watched->span);
        PyMem_Free(watched);
    }
}

static inline struct watched *watched_of(PyObject *code) {
    void *found = NULL;
    if (PyUnstable_Code_GetExtra(code, extra_index, &found) < 0) {
        PyErr_Clear();
    }
    return found;
}

/* The frame of the code that the event is of; tagged so that it is no other kind of opener. */
static inline uint64_t running_frame(void) {
    PyThreadState *state = context_thread_state();
#if PY_VERSION_HEX >= 0x030D0000
    return (uint64_t)(uintptr_t)state->current_frame | 2;
#else
    return (uint64_t)(uintptr_t)state->cframe->current_frame | 2;
#endif
}

static inline bool is_suspendable(PyObject *code) {
    return (((PyCodeObject *)code)->co_flags &
            (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR)) != 0;
}

static PyObject *started(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    struct watched *watched = likely(count == 2 && PyCode_Check(args[0])) ? watched_of(args[0])
                                                                          : NULL;
    if (unlikely(watched == NULL || !recorder.active)) {
        Py_RETURN_NONE;
    }
    uint64_t frame = running_frame();
    if (unlikely(is_suspendable(args[0]))) {
        struct span_use stale = suspended_take(frame);
        if (level_is_open(stale.level, stale.key)) { /* of a generator that was thrown away */
            level_drop(stale.level);
        }
    }
    if (!watched->stopped) {
        span_begin(watched->span, frame, NULL);
    }
    Py_RETURN_NONE;
}

/* End the span of the running frame, if it has one. */
static inline bool finish(PyObject *code, PyObject *failure) {
    uint64_t frame = running_frame();
    struct holder *holder = context_holder_owned();
    struct span_use use = {NULL, 0};
    if (holder != NULL && holder->top.span != NULL && holder->top.span->key > 0 &&
        holder->top.span->opener == frame) {
        use = (struct span_use){holder->top.span, holder->top.span->key};
    } else {
        bool elsewhere = is_suspendable(code);
        if (elsewhere) {
            use = suspended_take(frame);
        }
        if (use.key == 0) {
            use = elsewhere ? span_opened_by(frame) : span_opened_here_by(frame);
        }
    }
    if (!level_is_open(use.level, use.key)) {
        return true;
    }
    bool coroutine = code_is_coroutine((PyCodeObject *)code);
    if (likely(failure == NULL)) {
        span_end_plain(holder, use.level, coroutine);
        return true;
    }
    span_finish(holder, use.level, failure, clock_ticks(), coroutine);
    return !PyErr_Occurred();
}

static PyObject *returned(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    if (likely(count == 3 && PyCode_Check(args[0]))) {
        finish(args[0], NULL);
    }
    Py_RETURN_NONE;
}

/* The interpreter has no local event for this one: it comes for every code object. */
static PyObject *unwound(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    if (count == 3 && PyCode_Check(args[0]) && watched_of(args[0]) != NULL &&
        !finish(args[0], args[2])) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *yielded(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    if (count != 3 || !PyCode_Check(args[0])) {
        Py_RETURN_NONE;
    }
    uint64_t frame = running_frame();
    struct holder *holder = context_holder_owned();
    struct open_span *level = holder != NULL ? holder->top.span : NULL;
    /* A span inside may stay open over the yield; then this one stays where it is, too. */
    if (level != NULL && level->key > 0 && level->opener == frame &&
        suspended_put(frame, (struct span_use){level, level->key})) {
        level_step_out(holder, level);
        if ((((PyCodeObject *)args[0])->co_flags & CO_COROUTINE) == 0) {
            atomic_store_explicit(&level->slot->id, 0, memory_order_relaxed);
        }
    }
    Py_RETURN_NONE;
}

static PyObject *resumed(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    if (count < 2 || !PyCode_Check(args[0]) || !is_suspendable(args[0])) {
        Py_RETURN_NONE;
    }
    struct span_use use = suspended_take(running_frame());
    struct holder *holder = use.key != 0 ? context_holder_owned() : NULL;
    if (holder != NULL && level_is_open(use.level, use.key)) {
        level_step_in(holder, use.level);
        atomic_store_explicit(&use.level->slot->id, use.key, memory_order_release);
    }
    Py_RETURN_NONE;
}

/* note(code, span or None): what a run of the code is from now on. */
static PyObject *note(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *code, *span;
    if (!PyArg_ParseTuple(args, "O!O", &PyCode_Type, &code, &span)) {
        return NULL;
    }
    struct watched *watched = watched_of(code);
    if (!Py_IS_TYPE(span, span_type)) {
        if (watched != NULL) {
            watched->stopped = true;
        }
        Py_RETURN_NONE;
    }
    if (watched != NULL) {
        watched->stopped = false;
        Py_SETREF(watched->span, (Span *)Py_NewRef(span));
        Py_RETURN_NONE;
    }
    watched = PyMem_Malloc(sizeof *watched);
    if (watched == NULL) {
        return PyErr_NoMemory();
    }
    *watched = (struct watched){(Span *)Py_NewRef(span), false};
    if (PyUnstable_Code_SetExtra(code, extra_index, watched) < 0) {
        watched_free(watched);
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *is_open(PyObject *module, PyObject *span) {
    (void)module;
    return PyBool_FromLong(levels_has_open((Span *)span));
}

static PyMethodDef functions[] = {
    {"run_started", (PyCFunction)(void (*)(void))started, METH_FASTCALL, NULL},
    {"run_returned", (PyCFunction)(void (*)(void))returned, METH_FASTCALL, NULL},
    {"run_unwound", (PyCFunction)(void (*)(void))unwound, METH_FASTCALL, NULL},
    {"run_yielded", (PyCFunction)(void (*)(void))yielded, METH_FASTCALL, NULL},
    {"run_resumed", (PyCFunction)(void (*)(void))resumed, METH_FASTCALL, NULL},
    {"note_code", note, METH_VARARGS,
     PyDoc_STR("note_code(code, span)\n--\n\n"
               "Let runs of *code* be uses of *span*; None: begin no more.")},
    {"is_span_open", is_open, METH_O,
     PyDoc_STR("is_span_open(span)\n--\n\nWhether a use of *span* is open anywhere.")},
    {NULL, NULL, 0, NULL},
};

int monitor_init(PyObject *module) {
    extra_index = PyUnstable_Eval_RequestCodeExtraIndex(watched_free);
    if (extra_index < 0) {
        return 0; /* all taken: nothing can be watched, and Python sees that nothing is offered */
    }
    return PyModule_AddFunctions(module, functions);
}

#else

int monitor_init(PyObject *module) {
    (void)module;
    return 0;
}

#endif
