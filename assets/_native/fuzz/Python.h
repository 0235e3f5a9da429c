/*
 * What the decoders take from Python, for programs without it: how a double is written.
 *
 * Rule: only as much as text.c needs; which digits come out is not what fuzzing looks at.
 */
#ifndef LIMNOGRAPH_FUZZ_PYTHON_H
#define LIMNOGRAPH_FUZZ_PYTHON_H

#include <stdio.h>
#include <stdlib.h>

enum { Py_DTSF_ADD_DOT_0 = 2 };

static inline char *PyOS_double_to_string(double value, char format, int precision, int flags,
                                          int *type) {
    char *digits = malloc(40);
    (void)format, (void)precision, (void)flags, (void)type;
    if (digits) {
        snprintf(digits, 40, "%.17g", value);
    }
    return digits;
}

static inline void PyMem_Free(void *memory) { free(memory); }
static inline void PyErr_Clear(void) {}

#endif
