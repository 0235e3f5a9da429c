/* The parts of a counter or gauge: labels made comparable, looked up, and bounded. */
#include "aggregate.h"

#include <stdlib.h>

#include "values.h"

/* Return a label's value as the text that its rows will show. */
static PyObject *label_text(PyObject *value) {
    PyObject *settled = value_settle(value);
    PyObject *text = NULL;
    if (settled == Py_True || settled == Py_False) {
        text = PyUnicode_FromString(settled == Py_True ? "true" : "false");
    } else if (settled != NULL) {
        text = text_of(settled);
    }
    Py_XDECREF(settled);
    if (text != NULL && PyUnicode_GET_LENGTH(text) > TEXT_CHARS_MAX) {
        Py_SETREF(text, PyUnicode_Substring(text, 0, TEXT_CHARS_MAX));
    }
    return text;
}

/* Return the labels of *self* and those given, as a dict that nobody else has. */
static PyObject *merged(Aggregate *self, PyObject *const *values, PyObject *names) {
    PyObject *all = self->properties != NULL ? PyDict_Copy(self->properties) : PyDict_New();
    for (Py_ssize_t i = 0; all != NULL && i < PyTuple_GET_SIZE(names); i++) {
        if (PyDict_SetItem(all, PyTuple_GET_ITEM(names, i), values[i]) < 0) {
            Py_CLEAR(all);
        }
    }
    return all;
}

/* Return the labels as a sorted tuple of (key, text); None is left out. Steals *all*. */
static PyObject *comparable(PyObject *all) {
    PyObject *items = all != NULL ? PyDict_Items(all) : NULL;
    PyObject *labels = items != NULL ? PyList_New(0) : NULL, *sorted = NULL;
    Py_ssize_t count = items != NULL ? PyList_GET_SIZE(items) : 0;
    for (Py_ssize_t i = 0; labels != NULL && i < count && i < PROPERTIES_MAX; i++) {
        PyObject *item = PyList_GET_ITEM(items, i);
        if (PyTuple_GET_ITEM(item, 1) == Py_None) {
            continue;
        }
        PyObject *key = text_of(PyTuple_GET_ITEM(item, 0));
        PyObject *text = key != NULL ? label_text(PyTuple_GET_ITEM(item, 1)) : NULL;
        PyObject *label = text != NULL ? PyTuple_Pack(2, key, text) : NULL;
        if (label == NULL || PyList_Append(labels, label) < 0) {
            Py_CLEAR(labels);
        }
        Py_XDECREF(label);
        Py_XDECREF(text);
        Py_XDECREF(key);
    }
    if (labels != NULL && PyList_Sort(labels) == 0) {
        sorted = PyList_AsTuple(labels);
    }
    Py_XDECREF(labels);
    Py_XDECREF(items);
    Py_XDECREF(all);
    return sorted;
}

static size_t payload_room(PyObject *labels) {
    size_t room = 1;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(labels); i++) {
        PyObject *label = PyTuple_GET_ITEM(labels, i);
        room += 2 + text_room(PyTuple_GET_ITEM(label, 0)) + text_room(PyTuple_GET_ITEM(label, 1));
    }
    return room;
}

/* Put the labels into the table of sites, as a payload; SITE_NONE when there is no room. */
static uint32_t labels_number(PyObject *labels) {
    uint8_t *payload = malloc(payload_room(labels)), *at = payload;
    if (payload == NULL) {
        return SITE_NONE;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(labels); i++) {
        PyObject *label = PyTuple_GET_ITEM(labels, i);
        *at = PART_PROPERTY;
        at = text_write(at + 1, PyTuple_GET_ITEM(label, 0));
        at = value_write(at, PyTuple_GET_ITEM(label, 1));
    }
    *at++ = PART_END;
    struct text nothing = {NULL, 0};
    struct text bytes = {(const char *)payload, (uint32_t)(at - payload)};
    uint32_t number = site_add(SITE_LABELS, 0, bytes, nothing, nothing, nothing);
    free(payload);
    return number;
}

static Aggregate *make_part(Aggregate *root, PyObject *labels) {
    PyTypeObject *type = Py_TYPE(root);
    PyObject *properties = PyDict_New();
    Aggregate *part = NULL;
    if (properties != NULL && PyDict_MergeFromSeq2(properties, labels, 1) == 0) {
        part = (Aggregate *)type->tp_alloc(type, 0);
    }
    if (part == NULL) {
        Py_XDECREF(properties);
        return NULL;
    }
    const struct instrument *head = &root->head;
    part->head.name = Py_NewRef(head->name);
    part->head.unit = Py_NewRef(head->unit);
    part->head.target = Py_NewRef(head->target);
    part->head.file = Py_NewRef(head->file);
    part->head.line = head->line;
    part->head.site = head->site;
    part->root = (Aggregate *)Py_NewRef((PyObject *)root);
    part->properties = properties;
    part->cell = -1;
    if (root->cell >= 0) {
        uint32_t number = labels_number(labels);
        enum cell_kind kind = (enum cell_kind)cells[root->cell].kind;
        part->cell = number != SITE_NONE ? cell_add(kind, head->site, number) : -1;
    }
    return part;
}

static PyObject *overflow_labels(void) {
    return Py_BuildValue("((ss))", "limnograph.overflow", "true");
}

Aggregate *aggregate_part(Aggregate *self, PyObject *const *values, PyObject *names) {
    Aggregate *root = self->root != NULL ? self->root : self;
    PyObject *labels = comparable(merged(self, values, names));
    if (labels == NULL) {
        return NULL;
    }
    if (PyTuple_GET_SIZE(labels) == 0) {
        Py_DECREF(labels);
        return (Aggregate *)Py_NewRef((PyObject *)root);
    }
    if (root->children == NULL && (root->children = PyDict_New()) == NULL) {
        Py_DECREF(labels);
        return NULL;
    }
    /* From here on no Python code runs: keys are tuples of exact str. */
    PyObject *part = PyDict_GetItemWithError(root->children, labels);
    if (part == NULL && (PyDict_GET_SIZE(root->children) >= LABELS_MAX ||
                         payload_room(labels) > LABELS_BYTES_MAX)) {
        Py_SETREF(labels, overflow_labels());
        part = labels != NULL ? PyDict_GetItemWithError(root->children, labels) : NULL;
    }
    Py_XINCREF(part);
    if (part == NULL && labels != NULL) {
        part = (PyObject *)make_part(root, labels);
        if (part != NULL && PyDict_SetItem(root->children, labels, part) < 0) {
            Py_CLEAR(part);
        }
    }
    Py_XDECREF(labels);
    return (Aggregate *)part;
}
