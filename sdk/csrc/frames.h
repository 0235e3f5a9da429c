/*
 * Who is calling: the code object and the offset in it of the Python code that runs now.
 *
 * Rule: the only file that looks into frames; each Python version has its way and falls back to "no
 * caller", which costs an event its place and nothing else.
 */
#ifndef LIMNO_FRAMES_H
#define LIMNO_FRAMES_H

#include "recorder.h"

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

#endif
