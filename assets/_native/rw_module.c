/* The functions of the module that read Prometheus remote write: see rw_module.h. */
#include "rw_module.h"

#include "remote_write.h"

#include <stdlib.h>

/* Calls Python for what is known of a name; its answers live until the translation has ended. */
struct describer {
    PyObject *call;
    PyObject *answers;
};

static bool as_span(PyObject *bytes, struct span *span) {
    char *at;
    Py_ssize_t length;
    if (PyBytes_AsStringAndSize(bytes, &at, &length) < 0) {
        return false;
    }
    *span = (struct span){(const uint8_t *)at, (const uint8_t *)at + length};
    return true;
}

static bool describe(void *context, struct span name, struct family *family) {
    struct describer *describer = context;
    PyObject *text =
        PyBytes_FromStringAndSize((const char *)name.at, (Py_ssize_t)span_length(name));
    PyObject *answer = text ? PyObject_CallOneArg(describer->call, text) : NULL;
    Py_XDECREF(text);
    if (answer == NULL) {
        return false;
    }
    bool kept = PyList_Append(describer->answers, answer) == 0;
    Py_DECREF(answer);
    unsigned type;
    PyObject *help, *unit;
    if (!kept || !PyArg_ParseTuple(answer, "ISS", &type, &help, &unit)) {
        return false;
    }
    family->type = type < TYPES ? type : TYPE_UNKNOWN;
    return as_span(help, &family->help) && as_span(unit, &family->unit);
}

static void raise_error(PyObject *error, const struct decode *d, const char *limit) {
    if (d->out_of_memory) {
        PyErr_NoMemory();
    } else if (d->failed) {
        PyObject *arguments = Py_BuildValue("(snz)", d->reason, (Py_ssize_t)d->offset, limit);
        if (arguments) {
            PyErr_SetObject(error, arguments);
            Py_DECREF(arguments);
        }
    } /* else Python's own error, of the one who describes */
}

static PyObject *resources(struct translation *t) {
    PyObject *list = PyList_New((Py_ssize_t)t->target_count);
    struct buffer made = {0};
    for (size_t i = 0; list && i < t->target_count; i++) {
        made.used = 0;
        PyObject *bytes = NULL;
        if (rw_put_resource(t, &t->targets[i], &made)) {
            buffer_free(&t->targets[i].metrics);
            bytes = PyBytes_FromStringAndSize((const char *)made.bytes, (Py_ssize_t)made.used);
        }
        if (bytes == NULL) {
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, (Py_ssize_t)i, bytes);
        }
    }
    buffer_free(&made);
    return list;
}

static PyObject *counts(const struct counts *counts) {
    return Py_BuildValue("(nnn)", (Py_ssize_t)counts->samples, (Py_ssize_t)counts->histograms,
                         (Py_ssize_t)counts->exemplars);
}

static PyObject *result(struct translation *t) {
    PyObject *list = resources(t);
    if (list == NULL) {
        return NULL;
    }
    const char *name = t->fault ? (const char *)t->fault_name.at : "";
    Py_ssize_t length = t->fault ? (Py_ssize_t)span_length(t->fault_name) : 0;
    return Py_BuildValue("(NNNsy#)", list, counts(&t->written), counts(&t->refused),
                         t->fault ? t->fault : "", name, length);
}

/* Requests that describe their metrics themselves need nothing of Python meanwhile. */
static bool translated(struct translation *t) {
    if (!t->second) {
        return translate(t);
    }
    bool good;
    Py_BEGIN_ALLOW_THREADS good = translate(t);
    Py_END_ALLOW_THREADS return good;
}

PyObject *remote_write(PyObject *error, PyObject *arguments) {
    Py_buffer view;
    int second;
    struct describer describer = {0};
    if (!PyArg_ParseTuple(arguments, "y*pO", &view, &second, &describer.call)) {
        return NULL;
    }
    PyObject *made = NULL;
    struct decode d = {.payload = view.buf, .size = (size_t)view.len};
    struct translation *t = calloc(1, sizeof *t);
    describer.answers = PyList_New(0);
    if (t == NULL) {
        PyErr_NoMemory();
    } else if (describer.answers) {
        t->d = &d;
        t->second = second;
        t->describe = describe;
        t->context = &describer;
        made = translated(t) ? result(t) : NULL;
        if (made == NULL && !PyErr_Occurred()) {
            raise_error(error, &d, t->limit);
        }
        translation_free(t);
    }
    free(t);
    Py_XDECREF(describer.answers);
    PyBuffer_Release(&view);
    return made;
}

PyObject *remote_write_metadata(PyObject *error, PyObject *payload) {
    enum { METADATA = 3 };
    Py_buffer view;
    if (PyObject_GetBuffer(payload, &view, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    struct decode d = {.payload = view.buf, .size = (size_t)view.len};
    struct span rest = {d.payload, d.payload + d.size};
    const char *limit = NULL;
    PyObject *list = PyList_New(0);
    struct field field;
    enum found found = FIELD_NONE;
    while (list && (found = next_field(&d, &rest, &field)) == FIELD_FOUND) {
        if (field.number != METADATA) {
            continue;
        }
        if (!has_wire(&d, &field, WIRE_BYTES)) {
            break;
        }
        if (PyList_GET_SIZE(list) == REMOTE_WRITE_METADATA_MAX) {
            limit = "remote_write_metadata_max";
            malformed(&d, d.payload, "over %s = %u", limit, REMOTE_WRITE_METADATA_MAX);
            break;
        }
        PyObject *bounds = Py_BuildValue("(nn)", (Py_ssize_t)(field.bytes.at - d.payload),
                                         (Py_ssize_t)(field.bytes.end - d.payload));
        if (bounds == NULL || PyList_Append(list, bounds) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(bounds);
    }
    if (list && found != FIELD_NONE) {
        raise_error(error, &d, limit);
        Py_CLEAR(list);
    }
    PyBuffer_Release(&view);
    return list;
}
