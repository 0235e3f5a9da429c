/* A Python object that owns a buffer of C: see memory.h. */
#include "memory.h"

struct memory {
    PyObject_HEAD
    struct buffer buffer;
};

static void memory_dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    buffer_free(&((struct memory *)self)->buffer);
    type->tp_free(self);
    Py_DECREF(type);
}

static int memory_getbuffer(PyObject *self, Py_buffer *view, int flags) {
    static uint8_t nothing;
    struct buffer *buffer = &((struct memory *)self)->buffer;
    void *bytes = buffer->bytes ? buffer->bytes : &nothing;
    return PyBuffer_FillInfo(view, self, bytes, (Py_ssize_t)buffer->used, 1, flags);
}

static PyType_Slot SLOTS[] = {
    {Py_tp_dealloc, memory_dealloc},
    {Py_bf_getbuffer, memory_getbuffer},
    {0, NULL},
};

static PyType_Spec SPEC = {
    .name = "assets._native.otlp.Memory",
    .basicsize = sizeof(struct memory),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = SLOTS,
};

PyObject *memory_type(PyObject *module) { return PyType_FromModuleAndSpec(module, &SPEC, NULL); }

PyObject *memory_of(PyObject *type, struct buffer *buffer) {
    PyTypeObject *memory_class = (PyTypeObject *)type;
    struct memory *memory = (struct memory *)memory_class->tp_alloc(memory_class, 0);
    if (memory == NULL) {
        return NULL;
    }
    memory->buffer = *buffer;
    *buffer = (struct buffer){0};
    return (PyObject *)memory;
}
