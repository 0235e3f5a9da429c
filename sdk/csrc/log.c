/*
 * The application's log: level first, then the place, then the values, then one row.
 *
 * Rule: nothing of ours raises. An exception that is no Exception (KeyboardInterrupt from an object's
 * __str__) is the application's and goes on its way; so does a call without a message.
 */
#include "recorder.h"

#include <structmember.h>

#include "chunks.h"
#include "clock.h"
#include "context.h"
#include "format.h"
#include "log_event.h"
#include "log_sites.h"
#include "trace_ids.h"

struct log_call {
    int level;
    int64_t time;
    PyObject *const *args; /* positional ones after the message, then the properties' values */
    Py_ssize_t count;      /* of positional ones */
    PyObject *names;       /* of the properties, or NULL */
};

/* Whether the arguments may be formatted later: plain scalars, which nobody can change. */
static bool deferrable(const struct log_site *site, const struct log_call *call) {
    if (site->support == TEMPLATE_REFUSED || call->count > ARGUMENTS_MAX) {
        return false;
    }
    Py_ssize_t chars = 0;
    for (Py_ssize_t i = 0; i < call->count; i++) {
        PyObject *value = call->args[i];
        if (value_room(value) == 0) {
            return false;
        }
        if (PyUnicode_CheckExact(value)) {
            chars += PyUnicode_GET_LENGTH(value);
            if (site->support == TEMPLATE_ASCII_ARGS && !PyUnicode_IS_ASCII(value)) {
                return false;
            }
        }
    }
    return chars <= TEXT_CHARS_MAX;
}

static PyObject *formatted_now(PyObject *msg, const struct log_call *call) {
    PyObject *args = PyTuple_New(call->count);
    if (args == NULL) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < call->count; i++) {
        PyTuple_SET_ITEM(args, i, Py_NewRef(call->args[i]));
    }
    PyObject *text = message_formatted(msg, args);
    Py_DECREF(args);
    return text;
}

/* Fill in site and message; *held* is what the event borrows. False: an exception is set. */
static bool message_of(struct log_event *event, const struct log_site *site, PyObject *msg,
                       const struct log_call *call, PyObject **held) {
    bool template = site != NULL && site->msg == msg;
    if (template && (call->count == 0 || deferrable(site, call))) {
        if (!site->whole) {
            event->message = msg;
        }
        event->arguments = call->args;
        event->arguments_count = (uint32_t)call->count;
        return true;
    }
    PyObject *text = PyUnicode_CheckExact(msg) ? Py_NewRef(msg) : text_of(msg);
    if (text != NULL && call->count > 0) {
        Py_SETREF(text, formatted_now(text, call));
    }
    event->message = *held = text;
    return text != NULL;
}

/* The table is full, or no Python code is calling: the event says itself where it comes from. */
static __attribute__((noinline)) void put_described(struct log_event *event, PyObject *msg,
                                                    struct call_place place) {
    struct described_bytes bytes;
    struct described described = {.name = NULL};
    described_here(&described);
    if (place.code != NULL && PyUnicode_CheckExact(msg) && frame_has_constant(place.code, msg)) {
        described.name = Py_NewRef(msg);
    }
    described_write(&bytes, SITE_LOG, &described);
    described_clear(&described);
    event->site = SITE_INLINE;
    event->described = &bytes;
    log_event_put(event);
}

static bool put(struct log_event *event, struct log_site *site, PyObject *msg,
                struct call_place place) {
    event->site = SITE_NONE;
    if (site != NULL) {
        event->site = site->msg == msg ? site->named : log_site_nameless(site);
    }
    if (unlikely(event->site == SITE_NONE)) {
        put_described(event, msg, place);
    } else {
        log_event_put(event);
    }
    return true;
}

/* Record a call with arguments, properties or a message that is not its place's template. */
static __attribute__((noinline)) bool log_any(struct log_site *site, PyObject *msg,
                                              struct call_place place,
                                              const struct log_call *call) {
    struct log_event event = {.time = call->time, .level = call->level};
    PyObject *text = NULL, *settled[PROPERTIES_MAX];
    Py_ssize_t held = 0;
    bool fine = message_of(&event, site, msg, call, &text);
    if (fine && call->names != NULL) {
        struct keyset_memory none = {NULL, 0};
        uint32_t keyset = keyset_here(site != NULL ? &site->keys : &none, call->names);
        Py_CLEAR(none.names);
        fine = properties_of_call(&event.properties, call->args + call->count, call->names, keyset,
                                  settled, &held);
    }
    fine = fine && put(&event, site, msg, place);
    values_release(settled, held);
    Py_XDECREF(text);
    return fine;
}

static inline void fill_in(struct lane *lane, const struct log_site *site, int level, int64_t now,
                           int64_t span, uint32_t payload) {
    uint32_t row = lane->rows;
    lane->columns.log.time[row] = now;
    lane->columns.log.span[row] = span;
    lane->columns.log.site[row] = site->named;
    lane->columns.log.payload[row] = payload;
    lane->columns.log.level[row] = (uint8_t)level;
}

/* The same for a message alone; false, and nothing done, in a trace: that takes more. */
static inline bool put_plain(const struct log_site *site, int level, int64_t now) {
    const struct level *top = context_top();
    if (unlikely(top != NULL && top->trace != NULL)) {
        return false;
    }
    int64_t span = top != NULL ? top->id : 0;
    struct lane *lane = lane_ready(KIND_LOG, 0);
    if (likely(lane != NULL)) {
        fill_in(lane, site, level, now, span, 0);
        lane_commit(lane, 0);
    }
    return true;
}

/*
 * Record a call with its place's template and keys whose values are all short and simple, straight
 * into the lane; false, and nothing done, when it is not that. Runs no Python code.
 */
static inline bool put_quickly(const struct log_site *site, const struct log_call *call) {
    const struct level *top = context_top();
    int64_t span = top != NULL ? top->id : 0;
    struct lane *lane = lane_peek(KIND_LOG);
    if (unlikely(lane == NULL || lane->arena_max - lane->arena_used < 3)) {
        return false;
    }
    uint8_t *begin = lane->arena + lane->arena_used, *at = begin;
    const uint8_t *end = lane->arena + lane->arena_max;
    struct trace_ids trace;
    bool traced = unlikely(top != NULL && top->trace != NULL) && trace_ids_read(top->trace, &trace);
    if (call->count > 0) {
        if (site->support == TEMPLATE_REFUSED || call->count > ARGUMENTS_MAX) {
            return false;
        }
        *at++ = PART_ARGUMENTS;
        *at++ = (uint8_t)call->count;
        for (Py_ssize_t i = 0; i < call->count; i++) {
            if (unlikely((at = value_put(at, end - 1, call->args[i])) == NULL)) {
                return false;
            }
        }
    }
    if (unlikely(traced)) {
        if (end - at < TRACE_PART_BYTES + 1) {
            return false;
        }
        at = trace_ids_write(at, &trace);
    }
    if (call->names == NULL) {
        *at++ = PART_END;
    } else if (unlikely((at = properties_put(at, end, site->keys.keyset, call->args + call->count,
                                             PyTuple_GET_SIZE(call->names))) == NULL)) {
        return false;
    }
    fill_in(lane, site, call->level, call->time, span, lane->arena_used + 1);
    lane_commit(lane, (uint32_t)(at - begin));
    return true;
}

static __attribute__((noinline)) PyObject *log_enabled(int level, PyObject *const *args,
                                                       Py_ssize_t count, PyObject *names) {
    int64_t now = clock_ticks();
    if (unlikely(count < 1)) {
        PyErr_SetString(PyExc_TypeError, "a log call needs a message");
        return NULL;
    }
    PyObject *msg = args[0];
    struct call_place place = frame_calling();
    struct log_site *site = NULL;
    if (likely(place.code != NULL)) {
        site = log_site_find(place);
        if (unlikely(site == NULL)) {
            site = log_site_make(place, msg);
        }
    }
    struct log_call call = {level, now, args + 1, count - 1, names};
    if (likely(site != NULL && site->msg == msg && site->whole)) {
        if (count == 1 && names == NULL && likely(put_plain(site, level, now))) {
            Py_RETURN_NONE;
        }
        if ((names == NULL || names == site->keys.names) && likely(put_quickly(site, &call))) {
            Py_RETURN_NONE;
        }
    }
    if (unlikely(!log_any(site, msg, place, &call))) {
        if (!error_is_ours()) {
            return NULL;
        }
        recorder.failures++;
    }
    Py_RETURN_NONE;
}

#define LEVEL_METHOD(name, number)                                                            \
    static PyObject *log_##name(PyObject *self, PyObject *const *args, Py_ssize_t count,      \
                                PyObject *names) {                                            \
        (void)self;                                                                           \
        if (likely(recorder.level < (number) && count > 0)) {                                  \
            Py_RETURN_NONE;                                                                   \
        }                                                                                     \
        return log_enabled(number, args, count, names);                                       \
    }

LEVEL_METHOD(fatal, 1)
LEVEL_METHOD(error, 2)
LEVEL_METHOD(warning, 3)
LEVEL_METHOD(info, 4)
LEVEL_METHOD(debug, 5)
LEVEL_METHOD(trace, 6)

/* Copied or pickled, the log is the log. */
static PyObject *log_reduce(PyObject *self, PyObject *none) {
    (void)self;
    (void)none;
    return PyUnicode_FromString("LOG");
}

#define LEVEL_ENTRY(name, what)                                                               \
    {#name, (PyCFunction)(void (*)(void))log_##name, METH_FASTCALL | METH_KEYWORDS,           \
     PyDoc_STR(#name "($self, msg, /, *args, **properties)\n--\n\n" what)}

#define LEVELS 6

static PyMethodDef levels[LEVELS] = {
    LEVEL_ENTRY(fatal, "Record why the program cannot go on."),
    LEVEL_ENTRY(error, "Record that something asked for was not done."),
    LEVEL_ENTRY(warning, "Record what may become a fault."),
    LEVEL_ENTRY(info, "Record what normally happens."),
    LEVEL_ENTRY(debug, "Record what a developer wants to know."),
    LEVEL_ENTRY(trace, "Record a step so fine that it is only of interest while hunting one fault."),
};

/*
 * The levels are ready-made functions in slots of the object, not methods of its type. Python calls
 * an attribute of an imported name (``from limnograph import log``) without the shortcut it has for
 * methods, and would make a bound method for every call: as dear as the event itself.
 */
typedef struct {
    PyObject_HEAD
    PyObject *level[LEVELS];
} Log;

#define LEVEL_SLOT(name, number)                                                              \
    {#name, T_OBJECT_EX, offsetof(Log, level) + (number) * sizeof(PyObject *), READONLY,        \
     "See help() of the function."}

static PyMemberDef members[] = {
    LEVEL_SLOT(fatal, 0), LEVEL_SLOT(error, 1), LEVEL_SLOT(warning, 2), LEVEL_SLOT(info, 3),
    LEVEL_SLOT(debug, 4), LEVEL_SLOT(trace, 5), {NULL, 0, 0, 0, NULL},
};

static PyMethodDef methods[] = {
    {"__reduce__", log_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyObject *log_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    (void)args;
    (void)keywords;
    Log *self = (Log *)type->tp_alloc(type, 0);
    for (int i = 0; self != NULL && i < LEVELS; i++) {
        self->level[i] = PyCFunction_New(&levels[i], (PyObject *)self);
        if (self->level[i] == NULL) {
            Py_CLEAR(self);
        }
    }
    return (PyObject *)self;
}

static int log_traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    for (int i = 0; i < LEVELS; i++) {
        Py_VISIT(((Log *)self)->level[i]);
    }
    return 0;
}

static int log_clear(PyObject *self) {
    for (int i = 0; i < LEVELS; i++) {
        Py_CLEAR(((Log *)self)->level[i]);
    }
    return 0;
}

static void log_dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    log_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

PyDoc_STRVAR(log_doc,
             "The application's log.\n\n"
             "    log.info(\"user %s bought %d\", name, n, order=7)\n\n"
             "Levels are fatal, error, warning, info, debug and trace.\n"
             "Each method takes a message, %-style arguments for it, and properties by name.\n"
             "Arguments that are plain scalars are formatted later, off the application's thread.\n"
             "Nothing raises: an error in formatting is recorded in place of the message.");

static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)log_doc},
    {Py_tp_new, log_new},
    {Py_tp_traverse, log_traverse},
    {Py_tp_clear, log_clear},
    {Py_tp_dealloc, log_dealloc},
    {Py_tp_members, members},
    {Py_tp_methods, methods},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "limnograph._recorder.Log",
    .basicsize = sizeof(Log),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

int log_init(PyObject *module) {
    PyObject *type = PyType_FromSpec(&spec);
    if (type == NULL || PyModule_AddObjectRef(module, "Log", type) < 0) {
        Py_XDECREF(type);
        return -1;
    }
    PyObject *log = PyObject_CallNoArgs(type);
    Py_DECREF(type);
    int added = log != NULL ? PyModule_AddObjectRef(module, "LOG", log) : -1;
    Py_XDECREF(log);
    return added;
}
