/* Gauges: what goes up and down, its last value in a cell. */
#include "aggregate.h"
#include "values.h"

static PyTypeObject *gauge_type;

/* Let the gauge have *given* (1 without), and what it had before if that is *kept*. */
static __attribute__((noinline)) PyObject *change(Aggregate *self, PyObject *const *args,
                                                  Py_ssize_t count, PyObject *names, bool kept) {
    if (aggregating == AGGREGATING_OFF) {
        Py_RETURN_NONE;
    }
    if (names != NULL && PyTuple_GET_SIZE(names) > 0) {
        Aggregate *part = aggregate_part(self, args + count, names);
        if (part == NULL) {
            return aggregate_failed();
        }
        PyObject *result = change(part, args, count, NULL, kept);
        Py_DECREF(part);
        return result;
    }
    bool is_whole = true;
    int64_t whole = 1;
    double value = 0;
    if (count > 0 && !aggregate_number(args[0], &is_whole, &whole, &value)) {
        return aggregate_failed();
    }
    if (is_whole) {
        value = (double)whole;
    }
    struct cell *cell = aggregate_cell(self);
    if (cell != NULL) {
        cell_set(cell, kept ? cell_value(cell) + value : value);
    }
    Py_RETURN_NONE;
}

static PyObject *set(PyObject *object, PyObject *const *args, Py_ssize_t count, PyObject *names) {
    Aggregate *self = (Aggregate *)object;
    if (unlikely(count != 1)) {
        PyErr_SetString(PyExc_TypeError, "set takes one value");
        return NULL;
    }
    if (likely(names == NULL && aggregating == AGGREGATING_ON && self->cell >= 0 &&
               PyFloat_CheckExact(args[0]))) {
        cell_set(&cells[self->cell], PyFloat_AS_DOUBLE(args[0]));
        Py_RETURN_NONE;
    }
    return change(self, args, count, names, false);
}

static PyObject *add(PyObject *object, PyObject *const *args, Py_ssize_t count, PyObject *names) {
    if (unlikely(count > 1)) {
        PyErr_SetString(PyExc_TypeError, "add takes at most one number");
        return NULL;
    }
    return change((Aggregate *)object, args, count, names, true);
}

static PyObject *gauge_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    return aggregate_new(type, args, keywords, CELL_GAUGE);
}

PyDoc_STRVAR(gauge_doc,
             "How much of something there is now; make it once, at module level.\n\n"
             "Each flush in which it was set or changed makes one row of ``measures`` with its last\n"
             "value.");
PyDoc_STRVAR(set_doc,
             "set($self, value, /, **properties)\n--\n\n"
             "Have *value* from now on.\n\n"
             "What is no number leaves the gauge as it is and counts as a failure. Properties\n"
             "choose a part of the gauge, as ``labels`` does.");
PyDoc_STRVAR(add_doc,
             "add($self, n=1, /, **properties)\n--\n\n"
             "Have *n* more than before, or less when it is negative; a gauge starts at 0.");

static PyMethodDef methods[] = {
    {"set", (PyCFunction)(void (*)(void))set, METH_FASTCALL | METH_KEYWORDS, set_doc},
    {"add", (PyCFunction)(void (*)(void))add, METH_FASTCALL | METH_KEYWORDS, add_doc},
    {"labels", (PyCFunction)(void (*)(void))aggregate_labels, METH_VARARGS | METH_KEYWORDS,
     aggregate_labels_doc},
    {"__reduce__", aggregate_reduce, METH_NOARGS, NULL},
    INSTRUMENT_METHODS,
    {NULL, NULL, 0, NULL},
};
static PyMemberDef members[] = {INSTRUMENT_MEMBERS, {NULL, 0, 0, 0, NULL}};

static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)gauge_doc},
    {Py_tp_new, gauge_new},
    {Py_tp_dealloc, aggregate_dealloc},
    {Py_tp_traverse, aggregate_traverse},
    {Py_tp_clear, aggregate_clear},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {Py_tp_getset, aggregate_getset},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "limnograph._recorder.Gauge",
    .basicsize = sizeof(Aggregate),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

static PyObject *gauge(PyObject *module, PyObject *args, PyObject *keywords) {
    (void)module;
    return instrument_made(gauge_type, args, keywords, "");
}

static PyMethodDef functions[] = {
    {"gauge", (PyCFunction)(void (*)(void))gauge, METH_VARARGS | METH_KEYWORDS,
     PyDoc_STR("gauge(name, unit='')\n--\n\nReturn the gauge *name*, measured in *unit*.\n\n"
               "    DEPTH = gauge(\"queue.depth\", \"jobs\")\n"
               "    DEPTH.set(17)\n\n"
               "Calls from one place with one name return one object.")},
    {NULL, NULL, 0, NULL},
};

int gauge_init(PyObject *module) {
    gauge_type = (PyTypeObject *)PyType_FromSpec(&spec);
    if (gauge_type == NULL || PyModule_AddObjectRef(module, "Gauge", (PyObject *)gauge_type) < 0) {
        return -1;
    }
    return PyModule_AddFunctions(module, functions);
}
