/*
 * The module `assets._native.otlp`: a function per kind of rows, from a payload to columns.
 *
 * Each returns (made texts, {name: (kind, buffers...)}); Python wraps the buffers as Arrow arrays.
 * Rule: what is returned owns its memory; views may point into the payload, which the caller keeps.
 */
#include <Python.h>

#include <stdlib.h>
#include <string.h>

#include "json_request.h"
#include "keys.h"
#include "measure.h"
#include "memory.h"
#include "rw_module.h"
#include "signals.h"

struct module_state {
    PyObject *malformed;
    PyObject *memory;
};

static PyObject *column_object(PyObject *memory, const struct column *column) {
    if (column->kind != COLUMN_MAP) {
        return Py_BuildValue("(CN)", column->kind, memory_of(memory, column->at));
    }
    struct map_column *map = column->at;
    return Py_BuildValue("(CNNNO)", column->kind, memory_of(memory, &map->offsets),
                         memory_of(memory, &map->keys), memory_of(memory, &map->values),
                         map->may_repeat ? Py_True : Py_False);
}

static PyObject *columns_object(PyObject *memory, const struct column *columns) {
    PyObject *result = PyDict_New();
    for (; result && columns->name; columns++) {
        PyObject *made = column_object(memory, columns);
        if (made == NULL || PyDict_SetItemString(result, columns->name, made) < 0) {
            Py_CLEAR(result);
        }
        Py_XDECREF(made);
    }
    return result;
}

static void raise_malformed(const struct module_state *state, const struct decode *d) {
    if (d->out_of_memory) {
        PyErr_NoMemory();
        return;
    }
    PyObject *arguments = Py_BuildValue("(sn)", d->reason, (Py_ssize_t)d->offset);
    if (arguments) {
        PyErr_SetObject(state->malformed, arguments);
        Py_DECREF(arguments);
    }
}

/* Reads a payload; the caller then frees the columns, the made texts and the signal's state. */
static bool read_columns(struct decode *d, struct column *columns, read_signal *read,
                         struct text keys[KEYS], void **signal) {
    struct span whole = {d->payload, d->payload + d->size};
    if (d->size > PAYLOAD_BYTES_MAX) {
        return malformed(d, d->payload, "the payload has more than PAYLOAD_BYTES_MAX=%u bytes",
                         PAYLOAD_BYTES_MAX);
    }
    return make_keys(d, keys) && read(d, whole, columns, signal);
}

static PyObject *read_payload(PyObject *module, PyObject *payload, read_signal *read) {
    struct module_state *state = PyModule_GetState(module);
    Py_buffer view;
    if (PyObject_GetBuffer(payload, &view, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    struct decode d = {.payload = view.buf, .size = (size_t)view.len};
    struct column columns[SIGNAL_COLUMNS_MAX] = {0};
    struct text keys[KEYS];
    void *signal = NULL;
    PyObject *result = NULL;
    if (!read_columns(&d, columns, read, keys, &signal)) {
        raise_malformed(state, &d);
    } else {
        PyObject *made = columns_object(state->memory, columns);
        if (made) {
            result = Py_BuildValue("(NN)", memory_of(state->memory, &d.made), made);
        }
    }
    columns_free(columns);
    buffer_free(&d.made);
    free(signal);
    PyBuffer_Release(&view);
    return result;
}

static const struct {
    const char *signal;
    read_signal *reads[2];
} SIGNALS[] = {
    {"logs", {read_logs, NULL}},
    {"metrics", {read_points, read_histograms}},
    {"traces", {read_spans, NULL}},
};

static bool measure_once(PyObject *module, const Py_buffer *view, read_signal *read,
                         struct measured *measured) {
    struct decode d = {.payload = view->buf, .size = (size_t)view->len};
    struct column columns[SIGNAL_COLUMNS_MAX] = {0};
    struct text keys[KEYS];
    void *signal = NULL;
    bool good = read_columns(&d, columns, read, keys, &signal);
    if (good) {
        measure_columns(columns, measured);
        measured->repaired = measured->repaired || d.repaired;
        measured->odd_ids += (int64_t)d.odd_ids;
    } else {
        raise_malformed(PyModule_GetState(module), &d);
    }
    columns_free(columns);
    buffer_free(&d.made);
    free(signal);
    return good;
}

static PyObject *measure(PyObject *module, PyObject *arguments) {
    const char *name;
    Py_buffer view;
    if (!PyArg_ParseTuple(arguments, "sy*", &name, &view)) {
        return NULL;
    }
    struct measured measured = {0};
    bool known = false, good = true;
    for (size_t i = 0; i < sizeof SIGNALS / sizeof *SIGNALS; i++) {
        if (strcmp(SIGNALS[i].signal, name) != 0) {
            continue;
        }
        known = true;
        for (size_t j = 0; good && j < 2 && SIGNALS[i].reads[j]; j++) {
            good = measure_once(module, &view, SIGNALS[i].reads[j], &measured);
        }
    }
    PyBuffer_Release(&view);
    if (!known) {
        PyErr_Format(PyExc_LookupError, "no signal %s", name);
    }
    if (!known || !good) {
        return NULL;
    }
    return Py_BuildValue("(LLLOL)", (long long)measured.records, (long long)measured.begin,
                         (long long)measured.end, measured.repaired ? Py_True : Py_False,
                         (long long)measured.odd_ids);
}

static PyObject *logs(PyObject *module, PyObject *payload) {
    return read_payload(module, payload, read_logs);
}

static PyObject *points(PyObject *module, PyObject *payload) {
    return read_payload(module, payload, read_points);
}

static PyObject *histograms(PyObject *module, PyObject *payload) {
    return read_payload(module, payload, read_histograms);
}

static PyObject *spans(PyObject *module, PyObject *payload) {
    return read_payload(module, payload, read_spans);
}

static PyObject *json_outcome(PyObject *module, struct json *j, bool read) {
    if (read) {
        return PyBytes_FromStringAndSize((const char *)j->out.bytes, (Py_ssize_t)j->out.used);
    }
    if (j->over_out_max) {
        PyErr_SetString(PyExc_OverflowError, j->d.reason);
    } else {
        raise_malformed(PyModule_GetState(module), &j->d);
    }
    return NULL;
}

static PyObject *json_request(PyObject *module, PyObject *arguments) {
    const char *signal;
    Py_buffer view;
    Py_ssize_t out_max;
    if (!PyArg_ParseTuple(arguments, "sy*n", &signal, &view, &out_max)) {
        return NULL;
    }
    const struct message *message = message_of_signal(signal);
    PyObject *result = NULL;
    if (message == NULL) {
        PyErr_Format(PyExc_LookupError, "no signal %s", signal);
    } else {
        const uint8_t *body = view.buf;
        struct json j = {.d = {.payload = body, .size = (size_t)view.len},
                         .at = body,
                         .end = body + view.len,
                         .out_max = out_max < 0 ? 0 : (size_t)out_max};
        bool read;
        Py_BEGIN_ALLOW_THREADS
        read = read_json_request(&j, signal, message);
        Py_END_ALLOW_THREADS
        result = json_outcome(module, &j, read);
        buffer_free(&j.out);
        buffer_free(&j.scratch);
    }
    PyBuffer_Release(&view);
    return result;
}

static PyObject *write_request(PyObject *module, PyObject *arguments) {
    return remote_write(((struct module_state *)PyModule_GetState(module))->malformed, arguments);
}

static PyObject *write_metadata(PyObject *module, PyObject *payload) {
    return remote_write_metadata(((struct module_state *)PyModule_GetState(module))->malformed,
                                 payload);
}

static PyMethodDef METHODS[] = {
    {"logs", logs, METH_O, "Columns of a ResourceLogs message."},
    {"points", points, METH_O, "Columns of the numbers in a ResourceMetrics message."},
    {"histograms", histograms, METH_O, "Columns of the histograms in a ResourceMetrics message."},
    {"spans", spans, METH_O, "Columns of a ResourceSpans message."},
    {"json_request", json_request, METH_VARARGS, "A signal's JSON as protobuf of at most n bytes."},
    {"measure", measure, METH_VARARGS, "Rows, least and greatest time of a signal's message."},
    {"remote_write", write_request, METH_VARARGS, "A request of remote write as OTLP."},
    {"remote_write_metadata", write_metadata, METH_O, "Where a request describes metrics."},
    {NULL, NULL, 0, NULL},
};

static int module_exec(PyObject *module) {
    struct module_state *state = PyModule_GetState(module);
    state->malformed = PyErr_NewExceptionWithDoc(
        "assets._native.otlp.Malformed", "A payload breaks the wire format: reason, byte offset.",
        PyExc_ValueError, NULL);
    state->memory = memory_type(module);
    if (state->malformed == NULL || state->memory == NULL) {
        return -1;
    }
    return PyModule_AddObjectRef(module, "Malformed", state->malformed);
}

static int module_traverse(PyObject *module, visitproc visit, void *arg) {
    struct module_state *state = PyModule_GetState(module);
    Py_VISIT(state->malformed);
    Py_VISIT(state->memory);
    return 0;
}

static int module_clear(PyObject *module) {
    struct module_state *state = PyModule_GetState(module);
    Py_CLEAR(state->malformed);
    Py_CLEAR(state->memory);
    return 0;
}

static void module_free(void *module) { module_clear(module); }

static PyModuleDef_Slot SLOTS[] = {{Py_mod_exec, module_exec}, {0, NULL}};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT,
    .m_name = "otlp",
    .m_doc = "Protobuf of OTLP to columns.",
    .m_size = sizeof(struct module_state),
    .m_methods = METHODS,
    .m_slots = SLOTS,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC PyInit_otlp(void) { return PyModuleDef_Init(&MODULE); }
