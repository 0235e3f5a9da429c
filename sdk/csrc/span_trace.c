/*
 * W3C trace context: asked for rarely, so the ids are derived in Python (recorder/traces.py); here
 * is what has to be known of the nesting.
 */
#include "spans.h"

#include "values.h"

static PyObject *traces; /* the module, once somebody asked */

static PyObject *derived(const char *what, int64_t number) {
    if (traces == NULL) {
        traces = PyImport_ImportModule("limnograph.recorder.traces");
        if (traces == NULL) {
            return NULL;
        }
    }
    return PyObject_CallMethod(traces, what, "L", (long long)number);
}

static PyObject *trace_id_of(int64_t root, PyObject *trace) {
    return trace != NULL ? PyObject_GetAttrString(trace, "trace_id") : derived("trace_id", root);
}

/* Let an open use record its ids, if it does not already. */
static bool keep(struct span_use use, PyObject *trace_id, PyObject *span_id) {
    if (!level_is_open(use.level, use.key) || use.level->span == NULL) {
        return true;
    }
    PyObject *known = use.level->properties;
    if (known != NULL && PyMapping_HasKeyString(known, "trace_id")) {
        return true;
    }
    PyObject *ids = Py_BuildValue("{sOsO}", "trace_id", trace_id, "span_id", span_id);
    bool kept = ids != NULL && span_set(use, ids);
    Py_XDECREF(ids);
    return kept;
}

static bool derive(struct span_use use, int64_t id, int64_t root, PyObject *trace,
                   PyObject **trace_id, PyObject **span_id) {
    *trace_id = trace_id_of(root, trace);
    *span_id = *trace_id ? derived("span_id", id) : NULL;
    if (*span_id != NULL && keep(use, *trace_id, *span_id)) {
        return true;
    }
    Py_CLEAR(*trace_id);
    Py_CLEAR(*span_id);
    return false;
}

PyObject *span_trace_id(struct span_use use, int64_t id, int64_t root, PyObject *trace) {
    PyObject *trace_id, *span_id;
    if (!derive(use, id, root, trace, &trace_id, &span_id)) {
        return NULL;
    }
    Py_DECREF(span_id);
    return trace_id;
}

PyObject *span_span_id(struct span_use use, int64_t id, int64_t root, PyObject *trace) {
    PyObject *trace_id, *span_id;
    if (!derive(use, id, root, trace, &trace_id, &span_id)) {
        return NULL;
    }
    Py_DECREF(trace_id);
    return span_id;
}

void span_note_remote(struct open_span *level) {
    struct span_use use = {level, level->key};
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *trace = Py_XNewRef(level->trace);
    PyObject *span_id = derived("span_id", use.key);
    PyObject *properties = NULL;
    if (span_id != NULL && trace != NULL) {
        properties = PyObject_CallMethod(traces, "remote_properties", "OL", trace,
                                         (long long)use.key);
    }
    if (properties == NULL || !PyDict_CheckExact(properties) || !span_set(use, properties)) {
        recorder.failures++;
    }
    Py_XDECREF(properties);
    Py_XDECREF(span_id);
    Py_XDECREF(trace);
    PyErr_Clear();
    PyErr_Restore(type, value, traceback);
}

/* ---- the trace of another process as a level of nesting ---- */

typedef struct {
    PyObject_HEAD
    struct span_use use;
} Remote;

static PyObject *remote_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    static char *names[] = {"trace", NULL};
    PyObject *trace;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O", names, &trace)) {
        return NULL;
    }
    Remote *self = (Remote *)type->tp_alloc(type, 0);
    struct holder *holder = self != NULL ? context_holder_owned() : NULL;
    struct open_span *level = holder != NULL ? level_enter(holder) : NULL;
    if (level == NULL) {
        recorder.failures++;
        return (PyObject *)self;
    }
    level->opener = 0;
    level->span = NULL;
    PyObject *before = holder->top.trace;
    holder->top.trace = Py_NewRef(trace);
    holder->top.remote = recorder.traces = true;
    holder->top.traced = false;
    Py_XDECREF(before); /* the outer level has its own */
    Py_CLEAR(level->trace);
    self->use = (struct span_use){level, level->key};
    return (PyObject *)self;
}

static PyObject *remote_leave(PyObject *object, PyObject *none) {
    (void)none;
    struct span_use use = ((Remote *)object)->use;
    if (level_is_open(use.level, use.key) && level_leave(context_holder_owned(), use.level)) {
        level_free(use.level);
    }
    Py_RETURN_NONE;
}

static void remote_dealloc(PyObject *object) {
    PyTypeObject *type = Py_TYPE(object);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMethodDef remote_methods[] = {
    {"leave", remote_leave, METH_NOARGS,
     PyDoc_STR("leave($self, /)\n--\n\nMake the outer level current again, now or when the inner "
               "ones have ended.")},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot remote_slots[] = {
    {Py_tp_doc, "The trace of another process: spans that begin directly in it have their parent\n"
                "there."},
    {Py_tp_new, remote_new},
    {Py_tp_dealloc, remote_dealloc},
    {Py_tp_methods, remote_methods},
    {0, NULL},
};
static PyType_Spec remote_spec = {
    .name = "limnograph._recorder.Remote",
    .basicsize = sizeof(Remote),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = remote_slots,
};

/* Return (trace id, span id, known place or None) of the running context, or None outside. */
static PyObject *current_place(PyObject *module, PyObject *none) {
    (void)module;
    (void)none;
    const struct level *found = context_top();
    if (found == NULL) {
        Py_RETURN_NONE;
    }
    struct level top = *found;
    PyObject *trace = Py_XNewRef(top.trace);
    if (top.remote || top.traced) {
        return Py_BuildValue("OON", Py_None, Py_None, trace);
    }
    PyObject *trace_id, *span_id, *place = NULL;
    struct span_use use = {top.span, top.id};
    if (derive(use, top.id, top.root, trace, &trace_id, &span_id)) {
        place = Py_BuildValue("NNO", trace_id, span_id, trace != NULL ? trace : Py_None);
    }
    Py_XDECREF(trace);
    return place;
}

static PyObject *trace_place(PyObject *module, PyObject *none) {
    (void)module;
    (void)none;
    const struct level *at = context_top();
    if (at != NULL && at->trace != NULL) {
        return Py_NewRef(at->trace);
    }
    while (at != NULL && at->span != NULL) { /* a profile span that somebody has asked for its ids */
        const struct open_span *level = at->span;
        PyObject *known = level->key > 0 ? level->properties : NULL;
        if (known != NULL && PyMapping_HasKeyString(known, "trace_id")) {
            PyObject *trace_id = PyMapping_GetItemString(known, "trace_id");
            PyObject *span_id = PyMapping_GetItemString(known, "span_id");
            if (trace_id != NULL && span_id != NULL) {
                return Py_BuildValue("NN", trace_id, span_id);
            }
            Py_XDECREF(trace_id);
            Py_XDECREF(span_id);
            PyErr_Clear();
        }
        at = &level->outer;
    }
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"trace_place", trace_place, METH_NOARGS,
     PyDoc_STR("trace_place()\n--\n\n"
               "The innermost place in a trace that is known: a TraceContext, or the two ids of a\n"
               "profile span that somebody has asked for them; None outside of a trace.")},
    {"current_place", current_place, METH_NOARGS,
     PyDoc_STR("current_place()\n--\n\n"
               "Where the running thread or task stands: (trace id, span id, remote trace or None);\n"
               "the ids None directly in a remote trace and anywhere in a trace span; None outside\n"
               "of any span.")},
    {NULL, NULL, 0, NULL},
};

int span_trace_init(PyObject *module) {
    PyObject *type = PyType_FromSpec(&remote_spec);
    if (type == NULL || PyModule_AddObjectRef(module, "Remote", type) < 0) {
        Py_XDECREF(type);
        return -1;
    }
    Py_DECREF(type);
    return PyModule_AddFunctions(module, functions);
}
