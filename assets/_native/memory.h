/* A Python object that owns a buffer of C and lends it by the buffer protocol. */
#ifndef LIMNOGRAPH_OTLP_MEMORY_H
#define LIMNOGRAPH_OTLP_MEMORY_H

#include <Python.h>

#include "decode.h"

/* Makes the type; a new reference, or NULL with an exception set. */
PyObject *memory_type(PyObject *module);

/* Takes the bytes of `buffer`, which is empty afterwards. */
PyObject *memory_of(PyObject *type, struct buffer *buffer);

#endif
