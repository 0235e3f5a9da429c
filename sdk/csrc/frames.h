/*
 * Who is calling: the code object and the offset in it of the Python code that runs now.
 *
 * Rule: the only file that looks into frames; each Python version has its way and falls back to "no
 * caller", which costs an event its place and nothing else.
 */
#ifndef LIMNO_FRAMES_H
#define LIMNO_FRAMES_H

#include "context.h"

/* Borrowed: valid until Python code runs. ``code`` is NULL when no Python code is calling. */
struct call_place {
    PyCodeObject *code;
    int offset; /* in bytes, as f_lasti */
};

struct call_place frame_calling(void);

/*
 * Return the offset that stands for the whole call at *offset*: Python 3.11 executes one call by
 * either of two instructions, depending on how often it ran.
 */
int frame_call_offset(struct call_place place);

/* Whether *object* is a constant of the code: the very object, not one like it. */
bool frame_has_constant(PyCodeObject *code, PyObject *object);

/* Whether the code is a coroutine's or an asynchronous generator's: others run meanwhile. */
static inline bool code_is_coroutine(const PyCodeObject *code) {
    return (code->co_flags & (CO_COROUTINE | CO_ASYNC_GENERATOR | CO_ITERABLE_COROUTINE)) != 0;
}

/* The same of the calling code; the slow part of the function below. */
bool frame_is_coroutine(void);

/*
 * The same again, at the price of a comparison outside of coroutines: whatever is suspended and
 * resumed brings the place for the exceptions that it handles, and the thread has none of its own.
 */
static inline bool frame_in_coroutine(void) {
    PyThreadState *state = context_thread_state();
    return unlikely(state->exc_info != &state->exc_state) && frame_is_coroutine();
}

#endif
