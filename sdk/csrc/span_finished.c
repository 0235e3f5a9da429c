/* Spans that were measured elsewhere, and what Python asks about the current one. */
#include "spans.h"

#include "values.h"

static struct clock_point first; /* taken at import: with a later one it tells how long a tick is */

/* Return how many ticks *ns* are; the longer the process has run, the more exactly. */
static int64_t ticks_in(int64_t ns, struct clock_point now) {
    if (!clock_counts_cycles || now.ns <= first.ns) {
        return ns;
    }
    double rate = (double)(now.ticks - first.ticks) / (double)(now.ns - first.ns);
    return (int64_t)((double)ns * rate + (ns < 0 ? -0.5 : 0.5));
}

int64_t span_shortest_ticks(int64_t ns) { return ticks_in(ns, clock_pair()); }

/* Return a new dict with settled values; NULL: an exception is set. */
static PyObject *settled(PyObject *properties) {
    PyObject *copy = PyDict_New(), *items = copy ? PyMapping_Items(properties) : NULL;
    Py_ssize_t count = items ? PyList_GET_SIZE(items) : 0;
    bool whole = items != NULL;
    for (Py_ssize_t i = 0; whole && i < count && i < PROPERTIES_MAX; i++) {
        PyObject *pair = PyList_GET_ITEM(items, i);
        PyObject *key = text_of(PyTuple_GET_ITEM(pair, 0));
        PyObject *value = key ? value_settle(PyTuple_GET_ITEM(pair, 1)) : NULL;
        whole = value != NULL && (value == Py_None || PyDict_SetItem(copy, key, value) == 0);
        Py_XDECREF(value);
        Py_XDECREF(key);
    }
    Py_XDECREF(items);
    if (!whole) {
        Py_CLEAR(copy);
    }
    return copy;
}

PyDoc_STRVAR(put_doc,
             "put_span(span, begin_ns, end_ns, own_id, parent, depth, status, properties, trace)\n--\n\n"
             "Record a finished profile span, or trace span (whose *depth* is its thread); times\n"
             "are CLOCK_MONOTONIC ns, properties a dict or None.");

static PyObject *put(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *span, *given;
    long long begin, end, own, parent;
    unsigned int depth;
    int status, trace;
    if (!PyArg_ParseTuple(args, "O!LLLLIiOp", span_type, &span, &begin, &end, &own, &parent, &depth,
                          &status, &given, &trace)) {
        return NULL;
    }
    PyObject *properties = given == Py_None ? NULL : settled(given);
    if (properties == NULL && given != Py_None) {
        return NULL;
    }
    struct clock_point now = clock_pair();
    int64_t begin_ticks = now.ticks + ticks_in(begin - now.ns, now);
    struct span_row row = {
        .begin = begin_ticks,
        .end = begin_ticks + ticks_in(end > begin ? end - begin : 0, now),
        .id = own,
        .parent = parent,
        .depth = depth,
        .status = (uint8_t)status,
    };
    if (recorder.active) {
        span_put(trace ? KIND_TRACES : KIND_SPANS, &row, (Span *)span, properties);
    }
    Py_XDECREF(properties);
    Py_RETURN_NONE;
}

static PyObject *reserve(PyObject *module, PyObject *none) {
    (void)module;
    (void)none;
    return PyLong_FromLongLong(++levels.last_id);
}

static PyObject *is_active(PyObject *module, PyObject *none) {
    (void)module;
    (void)none;
    return PyBool_FromLong(recorder.active);
}

static PyObject *failed(PyObject *module, PyObject *none) {
    (void)module;
    (void)none;
    recorder.failures++;
    Py_RETURN_NONE;
}

static PyObject *current(PyObject *module, PyObject *none) {
    (void)module;
    (void)none;
    const struct level *top = context_top();
    return top == NULL ? Py_BuildValue("ii", 0, -1)
                       : Py_BuildValue("Li", (long long)top->id, top->depth);
}

static PyMethodDef functions[] = {
    {"put_span", put, METH_VARARGS, put_doc},
    {"reserve_span_id", reserve, METH_NOARGS,
     PyDoc_STR("reserve_span_id()\n--\n\n"
               "Return an id for a span that will be written down later.")},
    {"is_active", is_active, METH_NOARGS,
     PyDoc_STR("is_active()\n--\n\nWhether anything is recorded.")},
    {"count_failure", failed, METH_NOARGS,
     PyDoc_STR("count_failure()\n--\n\nCount an event lost to an error of the recorder itself.")},
    {"current_span", current, METH_NOARGS,
     PyDoc_STR("current_span()\n--\n\nReturn id and depth of the span that the running thread or\n"
               "task is in; (0, -1): none.")},
    {NULL, NULL, 0, NULL},
};

int span_finished_init(PyObject *module) {
    first = clock_pair();
    return PyModule_AddFunctions(module, functions);
}
