/*
 * What the module offers of Prometheus remote write.
 *
 * `error` is the class of the error that is raised, with a reason, a byte offset, and the name
 * of the limit that was hit or None.
 */
#ifndef LIMNOGRAPH_OTLP_RW_MODULE_H
#define LIMNOGRAPH_OTLP_RW_MODULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* (payload, second, describe): resources, counts written and refused, why, and of which metric. */
PyObject *remote_write(PyObject *error, PyObject *arguments);

/* (payload): where the descriptions of metrics stand in a request of the first message. */
PyObject *remote_write_metadata(PyObject *error, PyObject *payload);

#endif
