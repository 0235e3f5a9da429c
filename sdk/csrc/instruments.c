/* Making instruments and finding them again. */
#include "instruments.h"

#include "frames.h"
#include "values.h"

static PyObject *made; /* (type, name, unit, id of the code, offset) -> instrument */

static struct described described_of(const struct instrument *instrument) {
    return (struct described){instrument->name, instrument->target, instrument->file,
                              instrument->unit, instrument->line};
}

PyObject *instrument_new(PyTypeObject *type, PyObject *args, PyObject *keywords,
                         enum site_kind kind) {
    static char *names[] = {"name", "unit", "target", "file", "line", NULL};
    PyObject *name, *unit, *target, *file;
    int line;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "OOOOi", names, &name, &unit, &target, &file,
                                     &line)) {
        return NULL;
    }
    struct instrument *self = (struct instrument *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->line = line;
    if ((self->name = text_of(name)) == NULL || (self->unit = text_of(unit)) == NULL ||
        (self->target = text_of(target)) == NULL || (self->file = text_of(file)) == NULL) {
        Py_DECREF(self);
        return NULL;
    }
    struct described described = described_of(self);
    self->site = described_add(kind, &described);
    if (self->site == SITE_NONE) {
        self->site = SITE_INLINE;
    }
    return (PyObject *)self;
}

void instrument_write(struct described_bytes *bytes, const struct instrument *instrument,
                      enum site_kind kind) {
    struct described described = described_of(instrument);
    described_write(bytes, kind, &described);
}

/* Return the text of *given*, at most NAME_CHARS_MAX characters. */
static PyObject *short_text(PyObject *given) {
    PyObject *text = text_of(given);
    if (text != NULL) {
        Py_SETREF(text, PyUnicode_Substring(text, 0, NAME_CHARS_MAX));
    }
    return text;
}

static PyObject *make(PyTypeObject *type, PyObject *name, PyObject *unit, PyObject *owner) {
    struct described here = {.name = short_text(name)};
    here.unit = here.name != NULL ? short_text(unit) : NULL;
    PyObject *empty = PyUnicode_FromStringAndSize(NULL, 0), *object = NULL;
    if (here.unit != NULL && empty != NULL) {
        described_here(&here);
        PyObject *target = here.target != NULL ? here.target : empty;
        PyObject *file = here.file != NULL ? here.file : empty;
        object = PyObject_CallFunction((PyObject *)type, "OOOOi", here.name, here.unit, target,
                                       file, here.line);
    }
    Py_XDECREF(empty);
    described_clear(&here);
    if (object != NULL && owner != NULL) {
        Py_XSETREF(((struct instrument *)object)->owner, Py_NewRef(owner));
    }
    return object;
}

static PyObject *found_or_made(PyTypeObject *type, PyObject *name, PyObject *unit) {
    struct call_place place = frame_calling();
    PyObject *owner = Py_XNewRef((PyObject *)place.code);
    PyObject *key = Py_BuildValue("(OOONi)", type, name, unit, PyLong_FromVoidPtr(place.code),
                                  place.offset);
    PyObject *object = key ? PyDict_GetItemWithError(made, key) : NULL;
    if (object != NULL) {
        Py_INCREF(object);
    } else if (key != NULL && !PyErr_Occurred()) {
        object = make(type, name, unit, owner);
        if (object != NULL && PyDict_GET_SIZE(made) < INSTRUMENTS_MAX &&
            PyDict_SetItem(made, key, object) < 0) {
            Py_CLEAR(object);
        }
    }
    Py_XDECREF(key);
    Py_XDECREF(owner);
    return object;
}

PyObject *instrument_made(PyTypeObject *type, PyObject *args, PyObject *keywords,
                          const char *unit_default) {
    static char *names[] = {"name", "unit", NULL};
    PyObject *name, *unit = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|O", names, &name, &unit)) {
        return NULL;
    }
    unit = unit != NULL ? Py_NewRef(unit) : PyUnicode_FromString(unit_default);
    if (unit == NULL) {
        return NULL;
    }
    PyObject *object = found_or_made(type, name, unit);
    if (object == NULL && PyErr_ExceptionMatches(PyExc_TypeError)) {
        PyErr_Clear(); /* a name that has no hash: its text has one */
        PyObject *name_text = text_of(name);
        PyObject *unit_text = name_text ? text_of(unit) : NULL;
        object = unit_text ? found_or_made(type, name_text, unit_text) : NULL;
        Py_XDECREF(name_text);
        Py_XDECREF(unit_text);
    }
    Py_DECREF(unit);
    return object;
}

PyObject *instrument_copy(PyObject *self, PyObject *memo) {
    (void)memo;
    return Py_NewRef(self);
}

PyObject *instrument_reduce(PyObject *object, PyObject *none) {
    (void)none;
    struct instrument *self = (struct instrument *)object;
    return Py_BuildValue("(O(OOOOi))", Py_TYPE(object), self->name, self->unit, self->target,
                         self->file, self->line);
}

int instrument_visit(struct instrument *instrument, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(instrument));
    Py_VISIT(instrument->owner);
    return 0;
}

void instrument_clear(struct instrument *instrument) {
    Py_CLEAR(instrument->name);
    Py_CLEAR(instrument->unit);
    Py_CLEAR(instrument->target);
    Py_CLEAR(instrument->file);
    Py_CLEAR(instrument->owner);
}

int instruments_init(PyObject *module) {
    (void)module;
    made = PyDict_New();
    return made != NULL ? 0 : -1;
}
