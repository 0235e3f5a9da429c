/*
 * Python values as the tagged bytes of payload.h.
 *
 * Rule: a value is first *settled*: made into a text, number, boolean or None that nobody can change.
 * Settling may run any Python code (``__str__``): switch threads, record events, fork. Asking how
 * much room a settled value needs and writing it runs none, so a row is never left half-written.
 */
#ifndef LIMNO_VALUES_H
#define LIMNO_VALUES_H

#include <string.h>

#include "recorder.h"

#include "limits.h"
#include "payload.h"

/* Return str(value) as logging would have it, an error as its text. NULL: see value_settle. */
PyObject *text_of(PyObject *value);

/*
 * Return a new reference to what can be written in place of *value*. NULL with an exception set when
 * one came up that is no Exception (KeyboardInterrupt...): it belongs to the application.
 */
PyObject *value_settle(PyObject *value);

/* Return a str of exactly that type, so that nothing of a subclass is ever called. Steals *text*. */
PyObject *text_exactly(PyObject *text);

/* Forget the pending exception and return true if it is an Exception; else keep it. */
bool error_is_ours(void);

/* Bytes that text_write needs at most. */
uint32_t text_room(PyObject *text);

/*
 * Write u32 size and UTF-8 of at most TEXT_CHARS_MAX characters, ``?`` for lone surrogates; return
 * the end. *text* is a str or of a subclass.
 */
uint8_t *text_write(uint8_t *at, PyObject *text);

/* Write the UTF-8 of at most *chars* characters without a size. */
uint8_t *text_write_bytes(uint8_t *at, PyObject *text, Py_ssize_t chars);

/* Put new references to settled values into *settled*; false, and nothing there: see value_settle. */
bool values_settle(PyObject *const *values, Py_ssize_t count, PyObject **settled);

void values_release(PyObject **settled, Py_ssize_t count);

static inline uint8_t *write_u32(uint8_t *at, uint32_t number) {
    memcpy(at, &number, 4);
    return at + 4;
}

/* Return whether an exact int fits 64 bits, and it. */
static inline bool int_fits(PyObject *number, int64_t *out) {
#if PY_VERSION_HEX >= 0x030C0000
    if (likely(PyUnstable_Long_IsCompact((PyLongObject *)number))) {
        *out = PyUnstable_Long_CompactValue((PyLongObject *)number);
        return true;
    }
#else
    Py_ssize_t digits = Py_SIZE(number);
    if (likely(digits == 1 || digits == 0 || digits == -1)) {
        *out = digits == 0 ? 0 : digits * (int64_t)((PyLongObject *)number)->ob_digit[0];
        return true;
    }
#endif
    int overflow;
    *out = PyLong_AsLongLongAndOverflow(number, &overflow);
    return overflow == 0;
}

/* Before 3.12 a str may be in a form of old that has no characters yet. */
static inline bool text_ready(PyObject *text) {
#if PY_VERSION_HEX >= 0x030C0000
    (void)text;
    return true;
#else
    return PyUnicode_IS_READY(text);
#endif
}

/* Return the bytes that value_write needs at most, 0 when *value* is not settled. */
static inline uint32_t value_room(PyObject *value) {
    PyTypeObject *type = Py_TYPE(value);
    int64_t number;
    if (type == &PyUnicode_Type) {
        return likely(text_ready(value)) ? 1 + text_room(value) : 0;
    }
    if (type == &PyLong_Type) {
        return int_fits(value, &number) ? 9 : 0;
    }
    if (type == &PyFloat_Type) {
        return 9;
    }
    return value == Py_None || type == &PyBool_Type ? 1 : 0;
}

/* Write a settled value and return the end. */
static inline uint8_t *value_write(uint8_t *at, PyObject *value) {
    PyTypeObject *type = Py_TYPE(value);
    if (type == &PyLong_Type) {
        int64_t number = 0;
        int_fits(value, &number);
        *at = VALUE_INT;
        memcpy(at + 1, &number, 8);
        return at + 9;
    }
    if (type == &PyFloat_Type) {
        double number = PyFloat_AS_DOUBLE(value);
        *at = VALUE_FLOAT;
        memcpy(at + 1, &number, 8);
        return at + 9;
    }
    if (type == &PyUnicode_Type) {
        *at = VALUE_TEXT;
        return text_write(at + 1, value);
    }
    *at = value == Py_None ? VALUE_NONE : value == Py_True ? VALUE_TRUE : VALUE_FALSE;
    return at + 1;
}

/* Characters of a text that value_put writes; longer ones are for the thorough way. */
#define TEXT_CHARS_QUICK 1024

/*
 * Write *value* before *end* in one go and return the end; NULL where that takes more thought: it has
 * to be settled, is a text that is long or not ASCII, or does not fit.
 */
static inline uint8_t *value_put(uint8_t *at, const uint8_t *end, PyObject *value) {
    PyTypeObject *type = Py_TYPE(value);
    int64_t number;
    if (unlikely(end - at < 9)) {
        return NULL;
    }
    if (type == &PyUnicode_Type) {
        Py_ssize_t length = PyUnicode_GET_LENGTH(value);
        if (unlikely(!text_ready(value) || !PyUnicode_IS_ASCII(value) ||
                     length > TEXT_CHARS_QUICK || length > end - at - 5)) {
            return NULL;
        }
        *at = VALUE_TEXT;
        at = write_u32(at + 1, (uint32_t)length);
        memcpy(at, PyUnicode_DATA(value), (size_t)length);
        return at + length;
    }
    if (type == &PyLong_Type) {
        if (unlikely(!int_fits(value, &number))) {
            return NULL;
        }
        *at = VALUE_INT;
        memcpy(at + 1, &number, 8);
        return at + 9;
    }
    if (type == &PyFloat_Type) {
        double fraction = PyFloat_AS_DOUBLE(value);
        *at = VALUE_FLOAT;
        memcpy(at + 1, &fraction, 8);
        return at + 9;
    }
    if (value == Py_None || type == &PyBool_Type) {
        *at = value == Py_None ? VALUE_NONE : value == Py_True ? VALUE_TRUE : VALUE_FALSE;
        return at + 1;
    }
    return NULL;
}

#endif
