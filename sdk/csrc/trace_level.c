/*
 * ``TraceLevel``: an open trace span as a level of nesting, and the row that it becomes.
 *
 * What a trace span is (its attributes, events, links) is kept by limnograph.trace_span, in Python.
 * Here is what must hold at any moment: it is the parent of what begins inside, events inside carry
 * its ids, and its slot says who it is to whoever recovers after a crash.
 */
#include "spans.h"

#include "trace_ids.h"
#include "values.h"

typedef struct {
    PyObject_HEAD
    struct span_use use;
    uint64_t thread; /* number of the one that it began on */
} TraceLevel;

static uint64_t word(const uint8_t *bytes) {
    uint64_t value = 0;
    for (int at = 0; at < 8; at++) {
        value = value << 8 | bytes[at];
    }
    return value;
}

/* Write who it is into its slot, before its id is there. */
static void identify(struct span_slot *slot, PyObject *place, PyObject *parent) {
    struct trace_ids ids;
    uint8_t above[SPAN_ID_BYTES];
    if (!trace_ids_read(place, &ids)) {
        return; /* after a crash nobody could say which trace it was of */
    }
    uint64_t words[SLOT_TRACE_WORDS] = {word(ids.bytes), word(ids.bytes + 8),
                                        word(ids.bytes + TRACE_ID_BYTES), 0};
    if (trace_ids_hex(parent, above, SPAN_ID_BYTES)) {
        words[3] = word(above);
    }
    for (int at = 0; at < SLOT_TRACE_WORDS; at++) {
        atomic_store_explicit(&slot->trace[at], words[at], memory_order_relaxed);
    }
}

static bool begin(TraceLevel *self, Span *span, PyObject *place, PyObject *parent) {
    struct thread *thread = this_thread;
    if (thread == NULL) {
        thread = thread_enter();
    }
    struct holder *holder = context_holder_owned();
    struct open_span *level = holder != NULL ? level_enter(holder) : NULL;
    if (level == NULL) {
        return false;
    }
    level->opener = 0;
    level->span = (Span *)Py_NewRef(span);
    level->traced = true;
    struct level *top = &holder->top;
    PyObject *before = top->trace, *outer = level->trace;
    top->trace = Py_NewRef(place);
    level->trace = Py_NewRef(place);
    int64_t above = top->id;
    top->id = level->key;
    top->depth++;
    if (above == 0) {
        top->root = level->key;
    }
    level->root = top->root;
    top->remote = false;
    top->traced = recorder.traces = true;
    identify(level->slot, place, parent);
    span_publish(level, above, (uint32_t)top->depth, thread);
    self->use = (struct span_use){level, level->key};
    self->thread = thread != NULL ? thread->number : 0;
    Py_XDECREF(before); /* the outer level has its own */
    Py_XDECREF(outer);
    return true;
}

static PyObject *level_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    static char *names[] = {"span", "place", "parent_span_id", NULL};
    PyObject *span, *place, *parent;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O!O!U", names, span_type, &span,
                                     &PyTuple_Type, &place, &parent)) {
        return NULL;
    }
    TraceLevel *self = (TraceLevel *)type->tp_alloc(type, 0);
    if (self != NULL && !begin(self, (Span *)span, place, parent)) {
        recorder.failures++;
    }
    return (PyObject *)self;
}

/* Who recovers after a crash does not find it any more. */
static void unpublish(struct open_span *level) {
    struct span_slot *slot = level->slot;
    span_unpublish(level);
    for (int at = 0; at < SLOT_TRACE_WORDS; at++) {
        atomic_store_explicit(&slot->trace[at], 0, memory_order_relaxed);
    }
}

PyDoc_STRVAR(finish_doc,
             "finish($self, span, status, properties, /)\n--\n\n"
             "Make the outer level current again, and record the time since it began as one of\n"
             "*span*, once. The properties are a dict of settled values.");

static PyObject *finish(PyObject *object, PyObject *args) {
    TraceLevel *self = (TraceLevel *)object;
    PyObject *span, *properties;
    int status;
    int64_t now = clock_ticks();
    if (!PyArg_ParseTuple(args, "O!iO!", span_type, &span, &status, &PyDict_Type, &properties)) {
        return NULL;
    }
    if (!level_is_open(self->use.level, self->use.key)) {
        Py_RETURN_NONE;
    }
    struct open_span *level = self->use.level;
    struct span_row row = {
        .begin = atomic_load_explicit(&level->slot->begin, memory_order_relaxed),
        .end = now,
        .id = self->use.key,
        .parent = atomic_load_explicit(&level->slot->parent, memory_order_relaxed),
        .depth = (uint32_t)self->thread,
        .status = (uint8_t)status,
    };
    PyObject *site = (PyObject *)level->span, *place = level->trace;
    level->trace = NULL;
    bool freed = level_leave(context_holder_owned(), level);
    if (!freed) { /* whoever refers to it may free it while the row is written */
        unpublish(level);
    }
    if (recorder.active) {
        span_put(KIND_TRACES, &row, (Span *)span, properties);
    }
    if (freed) { /* only now: a process that is killed before has its row, or its open span */
        unpublish(level);
        level_free(level);
    }
    Py_XDECREF(place);
    Py_XDECREF(site);
    Py_RETURN_NONE;
}

static PyObject *get_id(PyObject *object, void *none) {
    (void)none;
    return PyLong_FromLongLong(((TraceLevel *)object)->use.key);
}

static void level_dealloc(PyObject *object) {
    PyTypeObject *type = Py_TYPE(object);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    {"finish", finish, METH_VARARGS, finish_doc},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef getset[] = {
    {"id", get_id, NULL, PyDoc_STR("Its number in the process; 0 when nothing began."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_doc, "TraceLevel(span, place, parent_span_id)\n--\n\n"
                "An open trace span: what begins and is recorded inside is part of it."},
    {Py_tp_new, level_new},
    {Py_tp_dealloc, level_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_getset, getset},
    {0, NULL},
};
static PyType_Spec spec = {
    .name = "limnograph._recorder.TraceLevel",
    .basicsize = sizeof(TraceLevel),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

int trace_level_init(PyObject *module) {
    PyObject *type = PyType_FromSpec(&spec);
    int added = type != NULL ? PyModule_AddObjectRef(module, "TraceLevel", type) : -1;
    Py_XDECREF(type);
    return added;
}
