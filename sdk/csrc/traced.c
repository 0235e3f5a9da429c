/*
 * ``Traced``: an ordinary function with a span round each call.
 *
 * It stands in for the function wherever that was found: as a method it binds like one, its
 * attributes are the function's, and a pickle has its name. Functions that go on after their call
 * returned (async functions, generators) get wrappers of their own kind, in Python
 * (recorder/decorating.py).
 */
#include "spans.h"

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    PyObject *function;
    Span *span;
    PyObject *properties; /* dict, or NULL */
    PyObject *attributes; /* __dict__ */
    PyObject *weak;
} Traced;

static PyTypeObject *traced_type;

static PyObject *traced_call(PyObject *object, PyObject *const *args, size_t flags,
                             PyObject *names) {
    Traced *self = (Traced *)object;
    if (unlikely(!recorder.active)) {
        return PyObject_Vectorcall(self->function, args, flags, names);
    }
    struct span_use use = span_begin(self->span, 0, self->properties);
    PyObject *result = PyObject_Vectorcall(self->function, args, flags, names);
    if (likely(result != NULL)) {
        span_end(use, NULL, false);
        return result;
    }
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    span_end(use, value, false);
    if (unlikely(PyErr_Occurred())) { /* of telling the exception; not ours to keep back */
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(trace);
    } else {
        PyErr_Restore(type, value, trace);
    }
    return NULL;
}

static PyObject *traced_get(PyObject *self, PyObject *object, PyObject *type) {
    (void)type;
    return object == NULL || object == Py_None ? Py_NewRef(self) : PyMethod_New(self, object);
}

static PyObject *traced_attribute(PyObject *object, PyObject *name) {
    PyObject *found = PyObject_GenericGetAttr(object, name);
    if (found == NULL && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        found = PyObject_GetAttr(((Traced *)object)->function, name);
    }
    return found;
}

static PyObject *traced_repr(PyObject *object) {
    return PyUnicode_FromFormat("<traced %R>", ((Traced *)object)->function);
}

/* By name, as functions are; so copies are the function itself. */
static PyObject *traced_reduce(PyObject *object, PyObject *none) {
    (void)none;
    return PyObject_GetAttrString(object, "__qualname__");
}

static int traced_traverse(PyObject *object, visitproc visit, void *arg) {
    Traced *self = (Traced *)object;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->function);
    Py_VISIT(self->span);
    Py_VISIT(self->attributes);
    return 0;
}

/* What a call needs stays: a finalizer of the same garbage may still call. */
static int traced_clear(PyObject *object) {
    Py_CLEAR(((Traced *)object)->attributes);
    return 0;
}

static void traced_dealloc(PyObject *object) {
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    if (((Traced *)object)->weak != NULL) {
        PyObject_ClearWeakRefs(object);
    }
    traced_clear(object);
    Py_XDECREF(((Traced *)object)->function);
    Py_XDECREF(((Traced *)object)->span);
    Py_XDECREF(((Traced *)object)->properties);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    {"__reduce__", traced_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyMemberDef members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Traced, call), READONLY, NULL},
    {"__dictoffset__", T_PYSSIZET, offsetof(Traced, attributes), READONLY, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(Traced, weak), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};
static PyGetSetDef getters[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_dealloc, traced_dealloc},   {Py_tp_traverse, traced_traverse},
    {Py_tp_clear, traced_clear},       {Py_tp_methods, methods},
    {Py_tp_members, members},          {Py_tp_getset, getters},
    {Py_tp_call, PyVectorcall_Call},   {Py_tp_descr_get, traced_get},
    {Py_tp_getattro, traced_attribute}, {Py_tp_repr, traced_repr},
    {0, NULL},
};
static PyType_Spec spec = {
    .name = "limnograph._recorder.Traced",
    .basicsize = sizeof(Traced),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
             Py_TPFLAGS_METHOD_DESCRIPTOR | Py_TPFLAGS_IMMUTABLETYPE |
             Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = slots,
};

/* Return *function* traced, with the names and attributes that functools.wraps gives. */
static PyObject *traced_new(Span *span, PyObject *properties, PyObject *function) {
    Traced *self = (Traced *)traced_type->tp_alloc(traced_type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->call = traced_call;
    self->function = Py_NewRef(function);
    self->span = (Span *)Py_NewRef(span);
    self->properties = Py_XNewRef(properties);
    PyObject *functools = PyImport_ImportModule("functools");
    PyObject *same = functools ? PyObject_CallMethod(functools, "update_wrapper", "OO", self,
                                                     function)
                               : NULL;
    Py_XDECREF(functools);
    Py_DECREF(self);
    return same;
}

static PyObject *plain(PyObject *pair, PyObject *function) {
    PyObject *properties = PyTuple_GET_ITEM(pair, 1);
    return traced_new((Span *)PyTuple_GET_ITEM(pair, 0), properties == Py_None ? NULL : properties,
                      function);
}

static PyMethodDef plain_method = {"plain", plain, METH_O, NULL};

PyObject *span_decorated(Span *span, PyObject *properties, PyObject *function) {
    PyObject *pair = PyTuple_Pack(2, span, properties != NULL ? properties : Py_None);
    PyObject *wrapper = pair ? PyCFunction_New(&plain_method, pair) : NULL;
    PyObject *use = wrapper ? use_new(span, properties) : NULL;
    PyObject *opener = use ? PyObject_GetAttrString(use, "again") : NULL;
    PyObject *module = opener ? PyImport_ImportModule("limnograph.recorder.decorating") : NULL;
    PyObject *result = module ? PyObject_CallMethod(module, "decorated", "OOO", function, opener,
                                                    wrapper)
                              : NULL;
    Py_XDECREF(module);
    Py_XDECREF(opener);
    Py_XDECREF(use);
    Py_XDECREF(wrapper);
    Py_XDECREF(pair);
    return result;
}

int traced_init(PyObject *module) {
    traced_type = (PyTypeObject *)PyType_FromSpec(&spec);
    if (traced_type == NULL) {
        return -1;
    }
    return PyModule_AddObjectRef(module, "Traced", (PyObject *)traced_type);
}
