/*
 * The recorder as a whole: its switch, its level, its counts. Included by everything with Python.h.
 */
#ifndef LIMNO_RECORDER_H
#define LIMNO_RECORDER_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stdint.h>

#define likely(condition) __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

/*
 * Written with the GIL held. ``level`` is the most detailed log level that is kept, 1 (fatal) to 6
 * (trace), 0 while nothing is recorded. ``session`` counts the starts: what belongs to an earlier
 * one (an open span, a counter's cell) can tell by it.
 */
struct recorder {
    int level;
    bool active;
    bool traces; /* a trace was current somewhere once: metrics have to look */
    uint64_t session;
    uint64_t failures; /* events lost to errors of the recorder itself */
};

extern struct recorder recorder;

/* A part of the extension: adds its types and functions to the module; -1 with an error set. */
typedef int (*part_init)(PyObject *module);

/* Parts, one line each in the catalog of module.c. */
int life_init(PyObject *module);
int blocks_init(PyObject *module);
int properties_init(PyObject *module);
int log_sites_init(PyObject *module);
int log_init(PyObject *module);
int foreign_init(PyObject *module);
int instruments_init(PyObject *module);
int metric_init(PyObject *module);
int aggregate_init(PyObject *module);
int counter_init(PyObject *module);
int gauge_init(PyObject *module);
int context_init(PyObject *module);
int span_init(PyObject *module);
int span_use_init(PyObject *module);
int span_trace_init(PyObject *module);
int trace_level_init(PyObject *module);
int traced_init(PyObject *module);
int span_finished_init(PyObject *module);
int monitor_init(PyObject *module);

/* What a part has to do when recording starts and when a fork's child begins. Never fails. */
typedef void (*part_hook)(void);

#endif
