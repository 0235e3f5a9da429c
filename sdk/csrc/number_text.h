/*
 * Numbers as Python writes them, without Python.
 */
#ifndef LIMNO_NUMBER_TEXT_H
#define LIMNO_NUMBER_TEXT_H

#include <stddef.h>
#include <stdint.h>

enum { INTEGER_TEXT_MAX = 24, FLOAT_TEXT_MAX = 40 };

/* Write the decimal digits to room for INTEGER_TEXT_MAX; return their number (no zero at the end). */
size_t integer_text(int64_t value, char *text);
size_t unsigned_text(uint64_t value, char *text);
/* Write repr(value) of Python, at most FLOAT_TEXT_MAX: the shortest digits that read back the same. */
size_t float_text(double value, char *text);

#endif
