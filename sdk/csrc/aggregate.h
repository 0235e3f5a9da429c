/*
 * What counters and gauges have in common: an instrument with a cell, and parts of it by labels.
 */
#ifndef LIMNO_AGGREGATE_H
#define LIMNO_AGGREGATE_H

#include "cells.h"
#include "instruments.h"
#include "life.h"

typedef struct aggregate {
    struct instrument head;
    int64_t cell;          /* number, -1 without room for one */
    struct aggregate *root; /* strong; NULL for the root itself */
    PyObject *children;    /* dict: labels -> part; root only, NULL without any */
    PyObject *properties;  /* dict of the part's labels, or NULL */
} Aggregate;

/* Whether changes count: not while nothing is recorded, nor before the flush was told of the first. */
enum aggregating { AGGREGATING_OFF, AGGREGATING_UNSEEN, AGGREGATING_ON };
extern enum aggregating aggregating;

/*
 * Return the cell to change; NULL when there is none, which is a failure, or nothing is recorded.
 * May run Python code, so ask before anything is half done.
 */
struct cell *aggregate_cell(Aggregate *self);

/* Return a new reference to the part with these labels; NULL with an exception set. */
Aggregate *aggregate_part(Aggregate *self, PyObject *const *values, PyObject *names);

/* Set *whole or *part (is_whole says which) to a Python number; false with an exception set. */
bool aggregate_number(PyObject *given, bool *is_whole, int64_t *whole, double *part);

/* Count a failure, or leave the exception to the application. */
PyObject *aggregate_failed(void);

PyObject *aggregate_labels(PyObject *self, PyObject *args, PyObject *keywords);
PyObject *aggregate_reduce(PyObject *self, PyObject *none);
PyObject *aggregate_new(PyTypeObject *type, PyObject *args, PyObject *keywords,
                        enum cell_kind kind);
int aggregate_traverse(PyObject *self, visitproc visit, void *arg);
int aggregate_clear(PyObject *self);
void aggregate_dealloc(PyObject *self);
extern PyGetSetDef aggregate_getset[];

PyDoc_STRVAR(aggregate_labels_doc,
             "labels($self, /, **properties)\n--\n\n"
             "Return the part of this metric that has *properties*, always the same object for the\n"
             "same.\n\n"
             "Keep it where the properties are known beforehand: using it costs no more than a\n"
             "metric without any. Sets of labels beyond the bound share one part, marked as\n"
             "overflow.");

void aggregates_start(void);
void aggregates_stop(void);
void aggregates_fork(void);

#endif
