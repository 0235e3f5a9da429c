/*
 * Events of another logging library: its place and its template come as arguments.
 *
 * A place is known by file, line and logger. Its first message names it; when a second one comes, it
 * is nameless from then on, because its messages were not constants.
 */
#include "recorder.h"

#include "clock.h"
#include "described.h"
#include "log_event.h"
#include "values.h"

static PyObject *places; /* (file, line, logger) -> (name or None, number of the site) */

/* Return the key of a place as (str, int, str), whatever the library gave. */
static PyObject *place_key(PyObject *location) {
    if (!PyTuple_CheckExact(location) || PyTuple_GET_SIZE(location) != 3) {
        PyErr_SetString(PyExc_TypeError, "a location is (file, line, logger)");
        return NULL;
    }
    long line = PyLong_AsLong(PyTuple_GET_ITEM(location, 1));
    if (line == -1 && PyErr_Occurred()) {
        return NULL;
    }
    PyObject *file = text_of(PyTuple_GET_ITEM(location, 0));
    PyObject *logger = file ? text_of(PyTuple_GET_ITEM(location, 2)) : NULL;
    PyObject *key = logger ? Py_BuildValue("(OlO)", file, line & 0x7FFFFFFF, logger) : NULL;
    Py_XDECREF(file);
    Py_XDECREF(logger);
    return key;
}

static struct described describe(PyObject *key, PyObject *name) {
    struct described described = {
        .name = name == Py_None ? NULL : Py_NewRef(name),
        .file = Py_NewRef(PyTuple_GET_ITEM(key, 0)),
        .target = Py_NewRef(PyTuple_GET_ITEM(key, 2)),
        .line = (int)PyLong_AsLong(PyTuple_GET_ITEM(key, 1)),
    };
    return described;
}

/* Make the site of a place and remember it if there is room. Returns its number or SITE_NONE. */
static uint32_t remember(PyObject *key, PyObject *name) {
    if (PyDict_GET_SIZE(places) >= LOG_SITES_MAX && PyDict_Contains(places, key) != 1) {
        return SITE_NONE;
    }
    struct described described = describe(key, name);
    uint32_t number = described_add(SITE_LOG, &described);
    described_clear(&described);
    PyObject *known = number != SITE_NONE ? Py_BuildValue("(OI)", name, number) : NULL;
    if (known != NULL && PyDict_SetItem(places, key, known) < 0) {
        PyErr_Clear();
    }
    Py_XDECREF(known);
    return number;
}

/* Return the site for a message of a place; *named: whether its name is the message's beginning. */
static uint32_t place_site(PyObject *key, PyObject *name, bool *named) {
    *named = true;
    PyObject *known = PyDict_GetItemWithError(places, key); /* exact types: no code runs */
    if (known == NULL) {
        return remember(key, name);
    }
    PyObject *first = PyTuple_GET_ITEM(known, 0);
    *named = first != Py_None && PyUnicode_Compare(first, name) == 0;
    if (*named || first == Py_None) {
        return (uint32_t)PyLong_AsUnsignedLong(PyTuple_GET_ITEM(known, 1));
    }
    return remember(key, Py_None);
}

/* The properties of a dict, held while Python code runs. */
struct held_properties {
    PyObject *keys[PROPERTIES_MAX], *values[PROPERTIES_MAX];
    Py_ssize_t count;
};

static void held_clear(struct held_properties *held) {
    for (Py_ssize_t i = 0; i < held->count; i++) {
        Py_DECREF(held->keys[i]);
        Py_XDECREF(held->values[i]);
    }
    held->count = 0;
}

static bool hold_properties(struct held_properties *held, PyObject *properties) {
    PyObject *key, *value;
    Py_ssize_t at = 0;
    held->count = 0;
    while (held->count < PROPERTIES_MAX && PyDict_Next(properties, &at, &key, &value)) {
        held->keys[held->count] = Py_NewRef(key);
        held->values[held->count++] = Py_NewRef(value);
    }
    for (Py_ssize_t i = 0; i < held->count; i++) {
        PyObject *text = text_of(held->keys[i]);
        PyObject *settled = text != NULL ? value_settle(held->values[i]) : NULL;
        if (settled == NULL) {
            Py_XDECREF(text);
            return false;
        }
        Py_SETREF(held->keys[i], text);
        Py_SETREF(held->values[i], settled);
    }
    return true;
}

/* Return the message, formatted if it has arguments. */
static PyObject *message_of(PyObject *msg, PyObject *args) {
    int some = PyObject_IsTrue(args);
    PyObject *text = some < 0 ? NULL : text_of(msg);
    if (some <= 0 || text == NULL) {
        return text;
    }
    PyObject *values = PyDict_Check(args) ? PyTuple_Pack(1, args) : PySequence_Tuple(args);
    if (values != NULL) {
        Py_SETREF(text, message_formatted(text, values));
        Py_DECREF(values);
        return text;
    }
    Py_DECREF(text);
    return NULL;
}

static bool record(struct log_event *event, PyObject *location, PyObject *msg, PyObject *args,
                   PyObject *properties) {
    struct held_properties held = {.count = 0};
    struct described_bytes bytes;
    PyObject *key = place_key(location);
    PyObject *template = key ? text_of(msg) : NULL;
    PyObject *name = template ? PyUnicode_Substring(template, 0, SITE_CHARS_MAX) : NULL;
    PyObject *message = name ? message_of(template, args) : NULL;
    bool fine = message != NULL && PyDict_Check(properties) && hold_properties(&held, properties);
    if (fine) {
        bool named;
        event->site = place_site(key, name, &named);
        if (event->site == SITE_NONE) {
            struct described described = describe(key, name);
            described_write(&bytes, SITE_LOG, &described);
            described_clear(&described);
            event->site = SITE_INLINE;
            event->described = &bytes;
        }
        bool said = named && PyUnicode_Compare(message, name) == 0;
        event->message = said && event->site != SITE_INLINE ? NULL : message;
        event->properties = (struct properties){held.values, held.keys, (uint32_t)held.count, 0};
        log_event_put(event);
    }
    held_clear(&held);
    Py_XDECREF(message);
    Py_XDECREF(name);
    Py_XDECREF(template);
    Py_XDECREF(key);
    return fine;
}

PyDoc_STRVAR(foreign_doc,
             "record_foreign(level, location, msg, args, properties)\n--\n\n"
             "Record an event of another logging library: level 1 (fatal) to 6 (trace), its\n"
             "(file, line, logger), a template and its arguments (a sequence or a mapping), and a\n"
             "dict of properties.");

static PyObject *record_foreign(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    if (count != 5) {
        PyErr_SetString(PyExc_TypeError, "record_foreign takes 5 arguments");
        return NULL;
    }
    long level = PyLong_AsLong(args[0]);
    if (level == -1 && PyErr_Occurred()) {
        return NULL;
    }
    if (recorder.level < level) {
        Py_RETURN_NONE;
    }
    struct log_event event = {.time = clock_ticks(), .level = (int)level};
    if (!record(&event, args[1], args[2], args[3], args[4])) {
        if (PyErr_Occurred() && !error_is_ours()) {
            return NULL;
        }
        recorder.failures++;
    }
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"record_foreign", (PyCFunction)(void (*)(void))record_foreign, METH_FASTCALL, foreign_doc},
    {NULL, NULL, 0, NULL},
};

int foreign_init(PyObject *module) {
    places = PyDict_New();
    return places != NULL ? PyModule_AddFunctions(module, functions) : -1;
}
