/* Counters: what only grows, added up in a cell. */
#include <math.h>

#include "aggregate.h"
#include "values.h"

/* An integer as large as this is added as the float that its row will have. */
#define WHOLE_MAX ((int64_t)1 << 53)

static PyTypeObject *counter_type;

static __attribute__((noinline)) PyObject *inc_any(Aggregate *self, PyObject *const *args,
                                                   Py_ssize_t count, PyObject *names) {
    if (aggregating == AGGREGATING_OFF) {
        Py_RETURN_NONE;
    }
    if (names != NULL && PyTuple_GET_SIZE(names) > 0) {
        Aggregate *part = aggregate_part(self, args + count, names);
        if (part == NULL) {
            return aggregate_failed();
        }
        PyObject *result = inc_any(part, args, count, NULL);
        Py_DECREF(part);
        return result;
    }
    bool is_whole = true;
    int64_t whole = 1;
    double fraction = 0;
    if (count > 0 && !aggregate_number(args[0], &is_whole, &whole, &fraction)) {
        return aggregate_failed();
    }
    if (is_whole ? whole < 0 : !(fraction >= 0 && isfinite(fraction))) {
        recorder.failures++;
        Py_RETURN_NONE;
    }
    if (is_whole && whole >= WHOLE_MAX) {
        is_whole = false;
        fraction = (double)whole;
    }
    struct cell *cell = aggregate_cell(self);
    if (cell != NULL && is_whole) {
        cell_count(cell, (uint64_t)whole);
    } else if (cell != NULL) {
        cell_count_part(cell, fraction);
    }
    Py_RETURN_NONE;
}

static PyObject *inc(PyObject *object, PyObject *const *args, Py_ssize_t count, PyObject *names) {
    Aggregate *self = (Aggregate *)object;
    int64_t n = 1;
    if (likely(names == NULL && aggregating == AGGREGATING_ON && self->cell >= 0)) {
        if (likely(count == 0 || (count == 1 && PyLong_CheckExact(args[0]) &&
                                  int_fits(args[0], &n) && n >= 0 && n < WHOLE_MAX))) {
            cell_count(&cells[self->cell], (uint64_t)n);
            Py_RETURN_NONE;
        }
    }
    if (unlikely(count > 1)) {
        PyErr_SetString(PyExc_TypeError, "inc takes at most one number");
        return NULL;
    }
    return inc_any(self, args, count, names);
}

static PyObject *add(PyObject *object, PyObject *const *args, Py_ssize_t count, PyObject *names) {
    if (unlikely(count != 1)) {
        PyErr_SetString(PyExc_TypeError, "add takes one number");
        return NULL;
    }
    return inc(object, args, count, names);
}

static PyObject *counter_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    return aggregate_new(type, args, keywords, CELL_COUNTER);
}

PyDoc_STRVAR(counter_doc,
             "How often or how much of something, in total; make it once, at module level.\n\n"
             "Each flush in which it grew makes one row of ``measures`` with the increase since the\n"
             "flush before, so that ``SUM(value)`` over any stretch of time is what was counted in\n"
             "it.");
PyDoc_STRVAR(inc_doc,
             "inc($self, n=1, /, **properties)\n--\n\n"
             "Count *n* more.\n\n"
             "What is negative, no finite number or no number is not counted but is a failure.\n"
             "Properties choose a part of the counter, as ``labels`` does.");
PyDoc_STRVAR(add_doc,
             "add($self, n, /, **properties)\n--\n\n"
             "Count *n* more: ``inc`` with the number always said.");

static PyMethodDef methods[] = {
    {"inc", (PyCFunction)(void (*)(void))inc, METH_FASTCALL | METH_KEYWORDS, inc_doc},
    {"add", (PyCFunction)(void (*)(void))add, METH_FASTCALL | METH_KEYWORDS, add_doc},
    {"labels", (PyCFunction)(void (*)(void))aggregate_labels, METH_VARARGS | METH_KEYWORDS,
     aggregate_labels_doc},
    {"__reduce__", aggregate_reduce, METH_NOARGS, NULL},
    INSTRUMENT_METHODS,
    {NULL, NULL, 0, NULL},
};
static PyMemberDef members[] = {INSTRUMENT_MEMBERS, {NULL, 0, 0, 0, NULL}};

static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)counter_doc},
    {Py_tp_new, counter_new},
    {Py_tp_dealloc, aggregate_dealloc},
    {Py_tp_traverse, aggregate_traverse},
    {Py_tp_clear, aggregate_clear},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {Py_tp_getset, aggregate_getset},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "limnograph._recorder.Counter",
    .basicsize = sizeof(Aggregate),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

static PyObject *counter(PyObject *module, PyObject *args, PyObject *keywords) {
    (void)module;
    return instrument_made(counter_type, args, keywords, "1");
}

static PyMethodDef functions[] = {
    {"counter", (PyCFunction)(void (*)(void))counter, METH_VARARGS | METH_KEYWORDS,
     PyDoc_STR("counter(name, unit='1')\n--\n\n"
               "Return the counter *name*, of things measured in *unit*.\n\n"
               "    ORDERS = counter(\"orders\")\n"
               "    ORDERS.inc(2, shop=\"north\")\n\n"
               "Calls from one place with one name return one object.")},
    {NULL, NULL, 0, NULL},
};

int counter_init(PyObject *module) {
    counter_type = (PyTypeObject *)PyType_FromSpec(&spec);
    if (counter_type == NULL ||
        PyModule_AddObjectRef(module, "Counter", (PyObject *)counter_type) < 0) {
        return -1;
    }
    return PyModule_AddFunctions(module, functions);
}
