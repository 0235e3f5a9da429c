/* Cells of counters and gauges as objects, and when changes of them count. */
#include "aggregate.h"

#include <pthread.h>

#include "chunks.h"
#include "values.h"

enum aggregating aggregating;

static PyObject *part_of_function;

void aggregates_start(void) {
    aggregating = cells_move() ? AGGREGATING_UNSEEN : AGGREGATING_OFF;
}

void aggregates_stop(void) { aggregating = AGGREGATING_OFF; }

void aggregates_fork(void) {
    aggregating = AGGREGATING_OFF;
    if (cells_move()) {
        cells_forget();
    }
}

/* Until after_fork the child's cells are the parent's. */
static void after_fork_in_child(void) { aggregating = AGGREGATING_OFF; }

struct cell *aggregate_cell(Aggregate *self) {
    if (aggregating == AGGREGATING_UNSEEN) {
        aggregating = AGGREGATING_ON;
        chunks_on_grant(false);
    }
    if (aggregating == AGGREGATING_OFF) {
        return NULL;
    }
    if (self->cell < 0) {
        recorder.failures++;
        return NULL;
    }
    return &cells[self->cell];
}

PyObject *aggregate_failed(void) {
    if (!error_is_ours()) {
        return NULL;
    }
    recorder.failures++;
    Py_RETURN_NONE;
}

bool aggregate_number(PyObject *given, bool *is_whole, int64_t *whole, double *part) {
    int overflow = 1;
    if (PyLong_Check(given)) {
        *whole = PyLong_AsLongLongAndOverflow(given, &overflow);
    }
    *is_whole = overflow == 0;
    if (*is_whole) {
        return true;
    }
    PyObject *number = PyNumber_Float(given);
    if (number == NULL) {
        return false;
    }
    *part = PyFloat_AsDouble(number);
    Py_DECREF(number);
    return true;
}

PyObject *aggregate_labels(PyObject *self, PyObject *args, PyObject *keywords) {
    if (PyTuple_GET_SIZE(args) > 0) {
        PyErr_SetString(PyExc_TypeError, "labels takes properties by name only");
        return NULL;
    }
    PyObject *names = keywords != NULL ? PySequence_Tuple(keywords) : PyTuple_New(0);
    PyObject *values = names == NULL      ? NULL
                       : keywords != NULL ? PyDict_Values(keywords)
                                          : PyList_New(0);
    PyObject *part = NULL;
    if (values != NULL) {
        part = (PyObject *)aggregate_part((Aggregate *)self, PySequence_Fast_ITEMS(values), names);
    }
    Py_XDECREF(values);
    Py_XDECREF(names);
    if (part == NULL && error_is_ours()) {
        recorder.failures++;
        return Py_NewRef(self);
    }
    return part;
}

/* A part is its root's part with its labels: part_of(root, properties). */
PyObject *aggregate_reduce(PyObject *object, PyObject *none) {
    Aggregate *self = (Aggregate *)object;
    if (self->root == NULL) {
        return instrument_reduce(object, none);
    }
    return Py_BuildValue("(O(OO))", part_of_function, self->root, self->properties);
}

static PyObject *part_of(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *root, *properties;
    if (!PyArg_ParseTuple(args, "OO!", &root, &PyDict_Type, &properties)) {
        return NULL;
    }
    PyObject *labels = PyObject_GetAttrString(root, "labels");
    PyObject *nothing = labels != NULL ? PyTuple_New(0) : NULL;
    PyObject *part = nothing != NULL ? PyObject_Call(labels, nothing, properties) : NULL;
    Py_XDECREF(nothing);
    Py_XDECREF(labels);
    return part;
}

PyObject *aggregate_new(PyTypeObject *type, PyObject *args, PyObject *keywords,
                        enum cell_kind kind) {
    enum site_kind site_kind = kind == CELL_COUNTER ? SITE_COUNTER : SITE_GAUGE;
    Aggregate *self = (Aggregate *)instrument_new(type, args, keywords, site_kind);
    if (self != NULL) {
        self->cell = -1;
        if (self->head.site != SITE_INLINE) {
            self->cell = cell_add(kind, self->head.site, SITE_NONE);
        }
    }
    return (PyObject *)self;
}

int aggregate_traverse(PyObject *object, visitproc visit, void *arg) {
    Aggregate *self = (Aggregate *)object;
    Py_VISIT(self->root);
    Py_VISIT(self->children);
    Py_VISIT(self->properties);
    return instrument_visit(&self->head, visit, arg);
}

int aggregate_clear(PyObject *object) {
    Aggregate *self = (Aggregate *)object;
    Py_CLEAR(self->root);
    Py_CLEAR(self->children);
    Py_CLEAR(self->properties);
    instrument_clear(&self->head);
    return 0;
}

void aggregate_dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    aggregate_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *get_root(PyObject *object, void *closure) {
    (void)closure;
    Aggregate *self = (Aggregate *)object;
    return Py_NewRef(self->root != NULL ? (PyObject *)self->root : object);
}

static PyObject *get_properties(PyObject *object, void *closure) {
    (void)closure;
    Aggregate *self = (Aggregate *)object;
    return self->properties != NULL ? PyDict_Copy(self->properties) : Py_NewRef(Py_None);
}

static PyObject *get_kept(PyObject *object, void *closure) {
    (void)closure;
    return PyBool_FromLong(((Aggregate *)object)->cell >= 0);
}

PyGetSetDef aggregate_getset[] = {
    {"root", get_root, NULL, PyDoc_STR("The metric that this is a part of, or itself."), NULL},
    {"properties", get_properties, NULL, PyDoc_STR("The labels of this part, or None."), NULL},
    {"kept", get_kept, NULL, PyDoc_STR("Whether there is room for the value."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef functions[] = {
    {"part_of", part_of, METH_VARARGS,
     PyDoc_STR("part_of(root, properties)\n--\n\nWhat a pickled part of a metric is made by.")},
    {NULL, NULL, 0, NULL},
};

int aggregate_init(PyObject *module) {
    if (!cells_open() || pthread_atfork(NULL, NULL, after_fork_in_child) != 0) {
        PyErr_NoMemory();
        return -1;
    }
    if (PyModule_AddFunctions(module, functions) < 0) {
        return -1;
    }
    part_of_function = PyObject_GetAttrString(module, "part_of");
    return part_of_function != NULL ? 0 : -1;
}
