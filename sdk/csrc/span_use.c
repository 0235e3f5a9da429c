/*
 * ``SpanUse``: one use of a span, with properties of its own; the handle that ``with`` gives.
 *
 * Entered once, it is its own handle. Entered again, each time gives a new handle, so that one that
 * was kept goes on meaning what it meant.
 */
#include "frames.h"
#include "spans.h"

#include "values.h"

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    Span *span;
    PyObject *properties;  /* dict, or NULL */
    struct span_use own;   /* the use that this handle means */
    int64_t root;
    PyObject *trace;
    uint32_t depth;
    struct span_use last;  /* the last that began by it */
    uint64_t mark;         /* its opener; 0: never entered */
    bool again;            /* entered while it was open: ends are matched by the mark */
} SpanUse;

static PyTypeObject *use_type;

static PyObject *use_call(PyObject *object, PyObject *const *args, size_t flags, PyObject *names);

PyObject *use_new(Span *span, PyObject *properties) {
    SpanUse *self = PyObject_New(SpanUse, use_type);
    if (self == NULL) {
        return NULL;
    }
    memset((char *)self + sizeof(PyObject), 0, sizeof *self - sizeof(PyObject));
    self->call = use_call;
    self->span = (Span *)Py_NewRef(span);
    self->properties = Py_XNewRef(properties);
    return (PyObject *)self;
}

static void use_dealloc(PyObject *object) {
    SpanUse *self = (SpanUse *)object;
    PyTypeObject *type = Py_TYPE(object);
    Py_XDECREF(self->span);
    Py_XDECREF(self->properties);
    Py_XDECREF(self->trace);
    PyObject_Free(self);
    Py_DECREF(type);
}

static void means(SpanUse *self, struct span_use use) {
    self->own = use;
    self->root = use.level->root;
    self->depth = atomic_load_explicit(&use.level->slot->depth, memory_order_relaxed);
    Py_XSETREF(self->trace, Py_XNewRef(use.level->trace));
}

static PyObject *enter(SpanUse *self) {
    self->again = self->again || level_is_open(self->last.level, self->last.key);
    if (unlikely(!recorder.active)) {
        self->last = (struct span_use){NULL, 0};
        return use_new(self->span, NULL);
    }
    if (self->mark == 0) {
        self->mark = (uint64_t)(levels.last_id + 1) << 1 | 1; /* never that of a Span's address */
    }
    bool first = self->own.key == 0;
    struct span_use use = span_begin(self->span, self->mark, self->properties);
    self->last = use;
    if (likely(first && use.key != 0)) {
        means(self, use);
        return Py_NewRef(self);
    }
    PyObject *handle = use_new(self->span, NULL);
    if (handle != NULL && level_is_open(use.level, use.key)) {
        means((SpanUse *)handle, use);
    }
    return handle;
}

static bool leave(SpanUse *self, PyObject *failure) {
    struct span_use use = unlikely(self->again) ? span_opened_by(self->mark) : self->last;
    if (use.key != 0) {
        span_end(use, failure == Py_None ? NULL : failure, frame_in_coroutine());
    }
    return failure == Py_None || !PyErr_Occurred();
}

/* ``__enter__`` (no arguments), ``__exit__`` (three), or a decorator (one). */
static PyObject *use_call(PyObject *object, PyObject *const *args, size_t flags,
                          PyObject *names) {
    SpanUse *self = (SpanUse *)object;
    Py_ssize_t count = PyVectorcall_NARGS(flags);
    if (likely(names == NULL)) {
        if (count == 0) {
            return enter(self);
        }
        if (count == 3) {
            if (unlikely(!leave(self, args[1]))) {
                return NULL;
            }
            Py_RETURN_NONE;
        }
        if (count == 1) {
            return span_decorated(self->span, self->properties, args[0]);
        }
    }
    PyErr_SetString(PyExc_TypeError, "a use of a span decorates one function");
    return NULL;
}

static PyObject *entry_get(PyObject *self, PyObject *object, PyObject *type) {
    (void)type;
    return Py_NewRef(object == NULL ? self : object);
}

static PyObject *entry_call(PyObject *self, PyObject *args, PyObject *keywords) {
    (void)self;
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    if (count == 0 || keywords != NULL || !Py_IS_TYPE(PyTuple_GET_ITEM(args, 0), use_type)) {
        PyErr_SetString(PyExc_TypeError, "the first argument is no use of a span");
        return NULL;
    }
    return use_call(PyTuple_GET_ITEM(args, 0), &PyTuple_GET_ITEM(args, 0) + 1, (size_t)count - 1,
                    NULL);
}

PyObject *use_set(struct span_use use, PyObject *const *values, PyObject *names) {
    if (use.key == 0 || names == NULL) {
        Py_RETURN_NONE;
    }
    PyObject *properties = span_properties(values, names);
    if (properties == NULL || !span_set(use, properties)) {
        Py_XDECREF(properties);
        if (!error_is_ours()) {
            return NULL;
        }
        recorder.failures++;
        Py_RETURN_NONE;
    }
    Py_DECREF(properties);
    Py_RETURN_NONE;
}

void use_rename(struct span_use use, PyObject *other) {
    if (level_is_open(use.level, use.key) && Py_IS_TYPE(other, span_type)) {
        Py_XSETREF(use.level->renamed, (Span *)Py_NewRef(other));
        atomic_store_explicit(&use.level->slot->site, ((Span *)other)->head.site,
                              memory_order_relaxed);
    }
}

void use_fail(struct span_use use) {
    if (level_is_open(use.level, use.key)) {
        use.level->failed = true;
    }
}

static PyObject *set(PyObject *object, PyObject *const *args, Py_ssize_t count, PyObject *names) {
    if (count != 0) {
        PyErr_SetString(PyExc_TypeError, "properties are given by name");
        return NULL;
    }
    return use_set(((SpanUse *)object)->own, args, names);
}

static PyObject *rename_use(PyObject *object, PyObject *other) {
    use_rename(((SpanUse *)object)->own, other);
    Py_RETURN_NONE;
}

static PyObject *fail(PyObject *object, PyObject *none) {
    (void)none;
    use_fail(((SpanUse *)object)->own);
    Py_RETURN_NONE;
}

static PyObject *again(PyObject *object, PyObject *none) {
    (void)none;
    SpanUse *self = (SpanUse *)object;
    return use_new(self->span, self->properties);
}

static PyObject *id(PyObject *object, void *none) {
    (void)none;
    return PyLong_FromLongLong(((SpanUse *)object)->own.key);
}

static PyObject *depth(PyObject *object, void *none) {
    (void)none;
    return PyLong_FromUnsignedLong(((SpanUse *)object)->depth);
}

static PyObject *trace_id(PyObject *object, void *none) {
    (void)none;
    SpanUse *self = (SpanUse *)object;
    return self->own.key == 0 ? PyUnicode_FromString("")
                              : span_trace_id(self->own, self->own.key, self->root, self->trace);
}

static PyObject *span_id(PyObject *object, void *none) {
    (void)none;
    SpanUse *self = (SpanUse *)object;
    return self->own.key == 0 ? PyUnicode_FromString("")
                              : span_span_id(self->own, self->own.key, self->root, self->trace);
}

static PyMethodDef methods[] = {
    {"set", (PyCFunction)(void (*)(void))set, METH_FASTCALL | METH_KEYWORDS, USE_SET_DOC},
    {"rename", rename_use, METH_O, USE_RENAME_DOC},
    {"fail", fail, METH_NOARGS, USE_FAIL_DOC},
    {"again", again, METH_NOARGS,
     PyDoc_STR("again($self, /)\n--\n\nReturn a new use of the span with the same properties.")},
    {NULL, NULL, 0, NULL},
};
static PyMemberDef members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(SpanUse, call), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};
static PyGetSetDef getters[] = {
    {"id", id, NULL, "The number of the use; 0 when nothing is recorded.", NULL},
    {"depth", depth, NULL, "How many spans the use is part of.", NULL},
    {"trace_id", trace_id, NULL,
     "The W3C id of the trace that the use is part of; it records it when asked.", NULL},
    {"span_id", span_id, NULL, "The W3C id of the use; it records it when asked.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_doc, "One use of a span with properties of its own: a context manager, a decorator,\n"
                "and the handle that ``with`` gives."},
    {Py_tp_dealloc, use_dealloc}, {Py_tp_methods, methods},        {Py_tp_members, members},
    {Py_tp_getset, getters},      {Py_tp_call, PyVectorcall_Call}, {0, NULL},
};
static PyType_Spec spec = {
    .name = "limnograph._recorder.SpanUse",
    .basicsize = sizeof(SpanUse),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = slots,
};
static PyType_Slot entry_slots[] = {
    {Py_tp_descr_get, entry_get},
    {Py_tp_call, entry_call},
    {0, NULL},
};
static PyType_Spec entry_spec = {
    .name = "limnograph._recorder.UseEntry",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = entry_slots,
};

int span_use_init(PyObject *module) {
    use_type = (PyTypeObject *)PyType_FromSpec(&spec);
    PyTypeObject *entry_type = (PyTypeObject *)PyType_FromSpec(&entry_spec);
    PyObject *entry = entry_type != NULL ? entry_type->tp_alloc(entry_type, 0) : NULL;
    Py_XDECREF(entry_type);
    if (use_type == NULL || entry == NULL ||
        PyObject_SetAttrString((PyObject *)use_type, "__enter__", entry) < 0 ||
        PyObject_SetAttrString((PyObject *)use_type, "__exit__", entry) < 0) {
        Py_XDECREF(entry);
        return -1;
    }
    Py_DECREF(entry);
    return PyModule_AddObjectRef(module, "SpanUse", (PyObject *)use_type);
}
