/* Texts into UTF-8 and any object into something that can be written. */
#include "values.h"

uint32_t text_room(PyObject *text) {
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    if (length > TEXT_CHARS_MAX) {
        length = TEXT_CHARS_MAX;
    }
    if (PyUnicode_IS_ASCII(text)) {
        return 4 + (uint32_t)length;
    }
    uint32_t widest = PyUnicode_KIND(text) == PyUnicode_1BYTE_KIND   ? 2
                      : PyUnicode_KIND(text) == PyUnicode_2BYTE_KIND ? 3
                                                                     : 4;
    return 4 + (uint32_t)length * widest;
}

static uint8_t *write_character(uint8_t *at, Py_UCS4 character) {
    if (character < 0x80) {
        *at++ = (uint8_t)character;
    } else if (character < 0x800) {
        *at++ = (uint8_t)(0xC0 | character >> 6);
        *at++ = (uint8_t)(0x80 | (character & 0x3F));
    } else if (character >= 0xD800 && character < 0xE000) {
        *at++ = '?';
    } else if (character < 0x10000) {
        *at++ = (uint8_t)(0xE0 | character >> 12);
        *at++ = (uint8_t)(0x80 | (character >> 6 & 0x3F));
        *at++ = (uint8_t)(0x80 | (character & 0x3F));
    } else {
        *at++ = (uint8_t)(0xF0 | character >> 18);
        *at++ = (uint8_t)(0x80 | (character >> 12 & 0x3F));
        *at++ = (uint8_t)(0x80 | (character >> 6 & 0x3F));
        *at++ = (uint8_t)(0x80 | (character & 0x3F));
    }
    return at;
}

uint8_t *text_write_bytes(uint8_t *at, PyObject *text, Py_ssize_t chars) {
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    if (length > chars) {
        length = chars;
    }
    const void *data = PyUnicode_DATA(text);
    if (likely(PyUnicode_IS_ASCII(text))) {
        memcpy(at, data, (size_t)length);
        return at + length;
    }
    int kind = (int)PyUnicode_KIND(text);
    for (Py_ssize_t i = 0; i < length; i++) {
        at = write_character(at, PyUnicode_READ(kind, data, i));
    }
    return at;
}

uint8_t *text_write(uint8_t *at, PyObject *text) {
    uint8_t *end = text_write_bytes(at + 4, text, TEXT_CHARS_MAX);
    write_u32(at, (uint32_t)(end - at - 4));
    return end;
}

bool error_is_ours(void) {
    if (!PyErr_ExceptionMatches(PyExc_Exception)) {
        return false;
    }
    PyErr_Clear();
    return true;
}

PyObject *text_exactly(PyObject *text) {
    if (text == NULL) {
        return NULL;
    }
#if PY_VERSION_HEX < 0x030C0000
    if (PyUnicode_READY(text) < 0) {
        Py_DECREF(text);
        return NULL;
    }
#endif
    if (PyUnicode_CheckExact(text)) {
        return text;
    }
    PyObject *copy = PyUnicode_FromObject(text);
    Py_DECREF(text);
    return copy;
}

static PyObject *said(const char *format, PyObject *value) {
    PyObject *type, *failure, *trace;
    PyErr_Fetch(&type, &failure, &trace);
    PyObject *kind = PyType_GetName(Py_TYPE(value));
    PyObject *error = kind ? PyType_GetName((PyTypeObject *)type) : NULL;
    PyObject *text = error ? PyUnicode_FromFormat(format, kind, error) : NULL;
    Py_XDECREF(kind);
    Py_XDECREF(error);
    Py_XDECREF(type);
    Py_XDECREF(failure);
    Py_XDECREF(trace);
    return text;
}

PyObject *text_of(PyObject *value) {
    PyObject *text = text_exactly(PyObject_Str(value));
    if (text == NULL && PyErr_ExceptionMatches(PyExc_Exception)) {
        text = text_exactly(said("<%U: str() raised %U>", value));
    }
    return text;
}

PyObject *value_settle(PyObject *value) {
    if (value_room(value) > 0) {
        return Py_NewRef(value);
    }
    if (PyLong_CheckExact(value)) {
        return PyNumber_ToBase(value, 16);
    }
    return text_of(value);
}

bool values_settle(PyObject *const *values, Py_ssize_t count, PyObject **settled) {
    for (Py_ssize_t i = 0; i < count; i++) {
        settled[i] = value_settle(values[i]);
        if (settled[i] == NULL) {
            values_release(settled, i);
            return false;
        }
    }
    return true;
}

void values_release(PyObject **settled, Py_ssize_t count) {
    for (Py_ssize_t i = 0; i < count; i++) {
        Py_DECREF(settled[i]);
    }
}
