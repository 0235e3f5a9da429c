/* Metrics: a number with its time into the running thread's lane. */
#include "chunks.h"
#include "clock.h"
#include "instruments.h"
#include "properties.h"
#include "trace_ids.h"

typedef struct {
    struct instrument head;
    struct keyset_memory keys;
} Metric;

static PyTypeObject *metric_type;

/* A value with properties, in a trace, or of a metric that the table of sites had no room for. */
static void put_with_payload(Metric *self, int64_t now, double value,
                             const struct properties *properties) {
    struct described_bytes bytes = {.size = 0};
    bool described = self->head.site == SITE_INLINE;
    struct trace_ids trace;
    bool traced = trace_ids_current(&trace);
    uint64_t room = 1 + (uint64_t)properties_room(properties) + (traced ? TRACE_PART_BYTES : 0);
    if (described) {
        instrument_write(&bytes, &self->head, SITE_METRIC);
        room += 5 + bytes.size;
    }
    if (room > EVENT_BYTES_MAX) {
        chunk_drop(KIND_METRICS);
        return;
    }
    struct lane *lane = lane_ready(KIND_METRICS, (uint32_t)room);
    if (lane == NULL) {
        return;
    }
    uint8_t *begin = lane->arena + lane->arena_used, *at = begin;
    if (described) {
        *at = PART_SITE;
        at = write_u32(at + 1, bytes.size);
        memcpy(at, bytes.bytes, bytes.size);
        at += bytes.size;
    }
    if (traced) {
        at = trace_ids_write(at, &trace);
    }
    at = properties_write(at, properties);
    *at++ = PART_END;
    uint32_t row = lane->rows;
    lane->columns.metrics.time[row] = now;
    lane->columns.metrics.value[row] = value;
    lane->columns.metrics.site[row] = self->head.site;
    lane->columns.metrics.payload[row] = lane->arena_used + 1;
    lane_commit(lane, (uint32_t)(at - begin));
}

/* Record with anything but a plain float alone; false with an exception set. */
static __attribute__((noinline)) bool record_any(Metric *self, int64_t now, PyObject *number,
                                                 PyObject *const *values, PyObject *names) {
    double value;
    int64_t whole;
    if (PyFloat_CheckExact(number)) {
        value = PyFloat_AS_DOUBLE(number);
    } else if (PyLong_CheckExact(number) && int_fits(number, &whole)) {
        value = (double)whole;
    } else {
        PyObject *converted = PyNumber_Float(number);
        if (converted == NULL) {
            return false;
        }
        value = PyFloat_AsDouble(converted);
        Py_DECREF(converted);
    }
    if (names == NULL && self->head.site != SITE_INLINE && !trace_is_current()) {
        metric_put(self->head.site, now, value);
        return true;
    }
    struct properties properties = {NULL, NULL, 0, 0};
    PyObject *settled[PROPERTIES_MAX];
    Py_ssize_t held = 0;
    if (names != NULL && !properties_of_call(&properties, values, names,
                                             keyset_here(&self->keys, names), settled, &held)) {
        return false;
    }
    put_with_payload(self, now, value, &properties);
    values_release(settled, held);
    return true;
}

/* Record a float with short and simple properties straight into the lane; false: nothing done. */
static inline bool put_quickly(Metric *self, int64_t now, double value, PyObject *const *values,
                               PyObject *names) {
    struct lane *lane = lane_peek(KIND_METRICS);
    if (unlikely(lane == NULL || names != self->keys.names)) {
        return false;
    }
    uint8_t *begin = lane->arena + lane->arena_used;
    uint8_t *at = properties_put(begin, lane->arena + lane->arena_max, self->keys.keyset, values,
                                 PyTuple_GET_SIZE(names));
    if (unlikely(at == NULL)) {
        return false;
    }
    uint32_t row = lane->rows;
    lane->columns.metrics.time[row] = now;
    lane->columns.metrics.value[row] = value;
    lane->columns.metrics.site[row] = self->head.site;
    lane->columns.metrics.payload[row] = lane->arena_used + 1;
    lane_commit(lane, (uint32_t)(at - begin));
    return true;
}

static PyObject *record(PyObject *object, PyObject *const *args, Py_ssize_t count,
                        PyObject *names) {
    Metric *self = (Metric *)object;
    if (unlikely(count != 1)) {
        PyErr_SetString(PyExc_TypeError, "record takes one value");
        return NULL;
    }
    if (unlikely(!recorder.active)) {
        Py_RETURN_NONE;
    }
    int64_t now = clock_ticks();
    int64_t whole;
    bool traced = trace_is_current();
    if (likely(names == NULL && self->head.site != SITE_INLINE && !traced)) {
        if (likely(PyFloat_CheckExact(args[0]))) {
            metric_put(self->head.site, now, PyFloat_AS_DOUBLE(args[0]));
            Py_RETURN_NONE;
        }
        if (likely(PyLong_CheckExact(args[0]) && int_fits(args[0], &whole))) {
            metric_put(self->head.site, now, (double)whole);
            Py_RETURN_NONE;
        }
    }
    if (names != NULL && self->head.site != SITE_INLINE && !traced && PyFloat_CheckExact(args[0]) &&
        likely(put_quickly(self, now, PyFloat_AS_DOUBLE(args[0]), args + 1, names))) {
        Py_RETURN_NONE;
    }
    if (unlikely(!record_any(self, now, args[0], args + 1, names))) {
        if (!error_is_ours()) {
            return NULL;
        }
        recorder.failures++;
    }
    Py_RETURN_NONE;
}

static PyObject *metric_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    return instrument_new(type, args, keywords, SITE_METRIC);
}

static int metric_traverse(PyObject *self, visitproc visit, void *arg) {
    return instrument_visit((struct instrument *)self, visit, arg);
}

static int metric_clear(PyObject *self) {
    instrument_clear((struct instrument *)self);
    Py_CLEAR(((Metric *)self)->keys.names);
    return 0;
}

static void metric_dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    metric_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

PyDoc_STRVAR(record_doc,
             "record($self, value, /, **properties)\n--\n\n"
             "Record *value*, in the metric's unit.\n\n"
             "What is no number is not recorded but counted as a failure. Properties cost more\n"
             "than the value: use them for what a query must tell apart.");
PyDoc_STRVAR(metric_doc,
             "One measured quantity; make it once, at module level, and record into it from\n"
             "anywhere.");

static PyMethodDef methods[] = {
    {"record", (PyCFunction)(void (*)(void))record, METH_FASTCALL | METH_KEYWORDS, record_doc},
    {"__reduce__", instrument_reduce, METH_NOARGS, NULL},
    INSTRUMENT_METHODS,
    {NULL, NULL, 0, NULL},
};
static PyMemberDef members[] = {INSTRUMENT_MEMBERS, {NULL, 0, 0, 0, NULL}};

static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)metric_doc},
    {Py_tp_new, metric_new},
    {Py_tp_dealloc, metric_dealloc},
    {Py_tp_traverse, metric_traverse},
    {Py_tp_clear, metric_clear},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "limnograph._recorder.Metric",
    .basicsize = sizeof(Metric),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

static PyObject *metric(PyObject *module, PyObject *args, PyObject *keywords) {
    (void)module;
    return instrument_made(metric_type, args, keywords, "");
}

static PyMethodDef functions[] = {
    {"metric", (PyCFunction)(void (*)(void))metric, METH_VARARGS | METH_KEYWORDS,
     PyDoc_STR("metric(name, unit='')\n--\n\nReturn the metric *name*, measured in *unit*.\n\n"
               "    LATENCY = metric(\"latency\", \"ms\")\n"
               "    LATENCY.record(12.5, route=\"/checkout\")\n\n"
               "Calls from one place with one name return one object.")},
    {NULL, NULL, 0, NULL},
};

int metric_init(PyObject *module) {
    metric_type = (PyTypeObject *)PyType_FromSpec(&spec);
    if (metric_type == NULL ||
        PyModule_AddObjectRef(module, "Metric", (PyObject *)metric_type) < 0) {
        return -1;
    }
    return PyModule_AddFunctions(module, functions);
}
