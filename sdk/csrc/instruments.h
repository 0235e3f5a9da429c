/*
 * Named objects that an application makes once and records into: metrics, counters, gauges.
 *
 * An instrument knows its site in the table; made twice at one place under one name it is one object.
 */
#ifndef LIMNO_INSTRUMENTS_H
#define LIMNO_INSTRUMENTS_H

#include "recorder.h"

#include <structmember.h>

#include "described.h"

/* The head of each such object. The texts are exact str, never NULL once it is made. */
struct instrument {
    PyObject_HEAD
    PyObject *name, *unit, *target, *file, *owner;
    int line;
    uint32_t site; /* SITE_INLINE when the table was full */
};

/* The attributes that every instrument has, for its tp_members; followed by the end mark. */
#define INSTRUMENT_MEMBERS                                                                    \
    {"name", T_OBJECT, offsetof(struct instrument, name), READONLY, NULL},                    \
    {"unit", T_OBJECT, offsetof(struct instrument, unit), READONLY, NULL},                    \
    {"target", T_OBJECT, offsetof(struct instrument, target), READONLY, NULL},                \
    {"file", T_OBJECT, offsetof(struct instrument, file), READONLY, NULL},                    \
    {"line", T_INT, offsetof(struct instrument, line), READONLY, NULL}

/* tp_new's work: ``(name, unit, target, file, line)``; a new object, its own fields zero. */
PyObject *instrument_new(PyTypeObject *type, PyObject *args, PyObject *keywords,
                         enum site_kind kind);

/* ``metric(name, unit=...)`` and the like: the one of this name at the calling place. */
PyObject *instrument_made(PyTypeObject *type, PyObject *args, PyObject *keywords,
                          const char *unit);

/* The site of an instrument for which the table had no room, for the event itself. */
void instrument_write(struct described_bytes *bytes, const struct instrument *instrument,
                      enum site_kind kind);

/*
 * Copies of an instrument are itself; pickled, it is one of the same name where it is read. For
 * tp_methods.
 */
PyObject *instrument_copy(PyObject *self, PyObject *memo);
PyObject *instrument_reduce(PyObject *self, PyObject *none);
#define INSTRUMENT_METHODS                                                                    \
    {"__copy__", instrument_copy, METH_NOARGS, NULL},                                         \
    {"__deepcopy__", instrument_copy, METH_O, NULL}

int instrument_visit(struct instrument *instrument, visitproc visit, void *arg);
void instrument_clear(struct instrument *instrument);

#endif
