/*
 * ``Span``: a named stretch of the program, as a context manager and a decorator.
 *
 * ``with`` looks up ``__enter__`` and ``__exit__`` on the type and calls what it gets. Both are a
 * descriptor that hands out the span's door, an object whose call tells the two by the number of its
 * arguments: so nothing is allocated, where a bound method would be. Calling the span itself stays
 * free for ``SPAN(order_id=7)`` and ``@SPAN``.
 */
#include "spans.h"

#include <pthread.h>

#include "flush.h"
#include "frames.h"
#include "values.h"

PyTypeObject *span_type;
static PyTypeObject *door_type;

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    Span *span; /* strong: ``with`` keeps only the door */
} Door;

static inline uint64_t opener_of(const Span *span) { return (uint64_t)(uintptr_t)span; }

/* Each end of ``with`` is a function of its own, so that the door only jumps to it. */
static __attribute__((noinline)) PyObject *enter(Span *span) {
    span_begin(span, opener_of(span), NULL);
    return Py_NewRef(span);
}

/* End a use that is not current, or failed. */
static __attribute__((noinline)) PyObject *leave_any(Span *span, PyObject *failure) {
    int64_t now = clock_ticks();
    struct span_use use = span_opened_by(opener_of(span));
    if (use.key != 0) {
        struct holder *holder = context_holder_owned();
        span_finish(holder, use.level, failure == Py_None ? NULL : failure, now,
                    frame_in_coroutine());
        if (unlikely(failure != Py_None && PyErr_Occurred())) {
            return NULL;
        }
    }
    Py_RETURN_NONE;
}

static __attribute__((noinline)) PyObject *leave(Span *span, PyObject *failure) {
    struct holder *holder = context_holder_owned();
    struct open_span *level = holder != NULL ? holder->top.span : NULL;
    if (unlikely(failure != Py_None || level == NULL || level->key <= 0 ||
                 level->opener != opener_of(span))) {
        return leave_any(span, failure);
    }
    span_end_plain(holder, level, frame_in_coroutine());
    Py_RETURN_NONE;
}

static PyObject *refused(void) {
    PyErr_SetString(PyExc_TypeError, "__enter__ takes no arguments, __exit__ three");
    return NULL;
}

static PyObject *door_call(PyObject *self, PyObject *const *args, size_t flags, PyObject *names) {
    Span *span = ((Door *)self)->span;
    Py_ssize_t count = PyVectorcall_NARGS(flags);
    if (unlikely(names != NULL)) {
        return refused();
    }
    if (count == 0) {
        return likely(recorder.active) ? enter(span) : Py_NewRef(span);
    }
    return likely(count == 3) ? leave(span, args[1]) : refused();
}

static int door_traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((Door *)self)->span);
    return 0;
}

static void door_dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_XDECREF(((Door *)self)->span); /* a cycle with its span is broken there */
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMemberDef door_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Door, call), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};
static PyType_Slot door_slots[] = {
    {Py_tp_dealloc, door_dealloc},   {Py_tp_traverse, door_traverse},
    {Py_tp_call, PyVectorcall_Call}, {Py_tp_members, door_members},
    {Py_tp_doc, "What begins (without arguments) and ends (with three) a use of a span."},
    {0, NULL},
};
static PyType_Spec door_spec = {
    .name = "limnograph._recorder.Door",
    .basicsize = sizeof(Door),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
             Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = door_slots,
};

/* ---- ``__enter__`` and ``__exit__`` as the type has them ---- */

static PyObject *entry_get(PyObject *self, PyObject *object, PyObject *type) {
    (void)type;
    if (object == NULL) {
        return Py_NewRef(self);
    }
    if (unlikely(!Py_IS_TYPE(object, span_type) || ((Span *)object)->door == NULL)) {
        PyErr_SetString(PyExc_TypeError, "belongs to a Span");
        return NULL;
    }
    return Py_NewRef(((Span *)object)->door);
}

/* ExitStack takes them from the type and gives the span as the first argument. */
static PyObject *entry_call(PyObject *self, PyObject *args, PyObject *keywords) {
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    if (count == 0 || !Py_IS_TYPE(PyTuple_GET_ITEM(args, 0), span_type) ||
        ((Span *)PyTuple_GET_ITEM(args, 0))->door == NULL) {
        PyErr_SetString(PyExc_TypeError, "the first argument is no Span");
        return NULL;
    }
    (void)self;
    PyObject *door = ((Span *)PyTuple_GET_ITEM(args, 0))->door;
    if (keywords != NULL && PyDict_GET_SIZE(keywords) > 0) {
        return door_call(door, NULL, 1, NULL); /* refuses */
    }
    return door_call(door, &PyTuple_GET_ITEM(args, 0) + 1, (size_t)count - 1, NULL);
}

static PyType_Slot entry_slots[] = {
    {Py_tp_descr_get, entry_get},
    {Py_tp_call, entry_call},
    {0, NULL},
};
static PyType_Spec entry_spec = {
    .name = "limnograph._recorder.Entry",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = entry_slots,
};

/* ---- the span ---- */

static PyObject *span_call(PyObject *object, PyObject *const *args, size_t flags,
                           PyObject *names) {
    Span *self = (Span *)object;
    Py_ssize_t count = PyVectorcall_NARGS(flags);
    if (count > 1) {
        PyErr_SetString(PyExc_TypeError, "a span takes one function, or properties by name");
        return NULL;
    }
    PyObject *properties = NULL;
    if (names != NULL && PyTuple_GET_SIZE(names) > 0) {
        properties = span_properties(args + count, names);
        if (properties == NULL) {
            if (!error_is_ours()) {
                return NULL;
            }
            recorder.failures++;
        }
    }
    PyObject *result = count == 1 && args[0] != Py_None
                           ? span_decorated(self, properties, args[0])
                           : use_new(self, properties);
    Py_XDECREF(properties);
    return result;
}

static PyObject *span_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    Span *self = (Span *)instrument_new(type, args, keywords, SITE_SPAN);
    Door *door = self != NULL ? (Door *)door_type->tp_alloc(door_type, 0) : NULL;
    if (door == NULL) {
        Py_XDECREF(self);
        return NULL;
    }
    self->call = span_call;
    self->door = (PyObject *)door;
    door->call = door_call;
    door->span = (Span *)Py_NewRef(self);
    return (PyObject *)self;
}

static PyObject *set(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names) {
    if (count != 0) {
        PyErr_SetString(PyExc_TypeError, "properties are given by name");
        return NULL;
    }
    struct span_use use = span_innermost((Span *)self);
    return use_set(use, args, names);
}

static PyObject *rename_use(PyObject *self, PyObject *other) {
    use_rename(span_innermost((Span *)self), other);
    Py_RETURN_NONE;
}

static PyObject *fail(PyObject *self, PyObject *none) {
    (void)none;
    use_fail(span_innermost((Span *)self));
    Py_RETURN_NONE;
}

static PyObject *id(PyObject *self, void *none) {
    (void)none;
    return PyLong_FromLongLong(span_innermost((Span *)self).key);
}

static PyObject *trace_id(PyObject *self, void *none) {
    (void)none;
    struct span_use use = span_innermost((Span *)self);
    return use.key == 0 ? PyUnicode_FromString("")
                        : span_trace_id(use, use.key, use.level->root, use.level->trace);
}

static PyObject *span_id(PyObject *self, void *none) {
    (void)none;
    struct span_use use = span_innermost((Span *)self);
    return use.key == 0 ? PyUnicode_FromString("")
                        : span_span_id(use, use.key, use.level->root, use.level->trace);
}

static PyObject *shortest_ns(PyObject *self, void *none) {
    (void)none;
    return PyLong_FromLongLong(((Span *)self)->shortest_ns);
}

static int set_shortest_ns(PyObject *self, PyObject *value, void *none) {
    (void)none;
    long long ns = value != NULL ? PyLong_AsLongLong(value) : 0;
    if (ns == -1 && PyErr_Occurred()) {
        return -1;
    }
    ((Span *)self)->shortest_ns = ns;
    ((Span *)self)->shortest = span_shortest_ticks(ns);
    return 0;
}

static int span_traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(((Span *)self)->door);
    return instrument_visit((struct instrument *)self, visit, arg);
}

static int span_clear(PyObject *self) {
    Py_CLEAR(((Span *)self)->door);
    instrument_clear((struct instrument *)self);
    return 0;
}

static void span_dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    span_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

PyDoc_STRVAR(span_doc,
             "A named stretch of the program; make it once, at module level.\n\n"
             "``with SPAN:`` and ``with SPAN(order_id=7) as current:`` record the time between;\n"
             "``@SPAN`` records each call of a function, async function or generator. An exception\n"
             "marks the span as failed, keeps its type and message as properties, and goes on its\n"
             "way.\n\n"
             "``with SPAN as current`` gives the span itself, whose ``set``, ``id``, ``trace_id``\n"
             "and ``span_id`` are those of its innermost open use in the running thread or task.\n"
             "``SPAN()`` gives a handle of one use, which stays with it wherever it is used.");

static PyMethodDef methods[] = {
    {"set", (PyCFunction)(void (*)(void))set, METH_FASTCALL | METH_KEYWORDS, USE_SET_DOC},
    {"rename", rename_use, METH_O, USE_RENAME_DOC},
    {"fail", fail, METH_NOARGS, USE_FAIL_DOC},
    {"__reduce__", instrument_reduce, METH_NOARGS, NULL},
    INSTRUMENT_METHODS,
    {NULL, NULL, 0, NULL},
};
static PyMemberDef members[] = {
    INSTRUMENT_MEMBERS,
    {"owner", T_OBJECT, offsetof(struct instrument, owner), 0, NULL},
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Span, call), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};
static PyGetSetDef getters[] = {
    {"id", id, NULL, "The number of the innermost open use in this context; 0 without one.", NULL},
    {"trace_id", trace_id, NULL, "The W3C trace id of the innermost open use; '' without one.",
     NULL},
    {"shortest_ns", shortest_ns, set_shortest_ns, "Uses that end sooner are not recorded.", NULL},
    {"span_id", span_id, NULL, "The W3C span id of the innermost open use; '' without one.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)span_doc},   {Py_tp_new, span_new},         {Py_tp_dealloc, span_dealloc},
    {Py_tp_traverse, span_traverse}, {Py_tp_clear, span_clear},     {Py_tp_methods, methods},
    {Py_tp_members, members},        {Py_tp_getset, getters},       {Py_tp_call, PyVectorcall_Call},
    {0, NULL},
};
static PyType_Spec spec = {
    .name = "limnograph._recorder.Span",
    .basicsize = sizeof(Span),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = slots,
};

int span_init(PyObject *module) {
    door_type = (PyTypeObject *)PyType_FromSpec(&door_spec);
    span_type = (PyTypeObject *)PyType_FromSpec(&spec);
    PyTypeObject *entry_type = (PyTypeObject *)PyType_FromSpec(&entry_spec);
    PyObject *entry = entry_type != NULL ? entry_type->tp_alloc(entry_type, 0) : NULL;
    Py_XDECREF(entry_type);
    if (door_type == NULL || span_type == NULL || entry == NULL ||
        PyObject_SetAttrString((PyObject *)span_type, "__enter__", entry) < 0 ||
        PyObject_SetAttrString((PyObject *)span_type, "__exit__", entry) < 0) {
        Py_XDECREF(entry);
        return -1;
    }
    Py_DECREF(entry);
    flush_open_spans = open_spans_list;
    if (pthread_atfork(NULL, NULL, levels_forget) != 0) {
        PyErr_NoMemory();
        return -1;
    }
    return PyModule_AddObjectRef(module, "Span", (PyObject *)span_type);
}
