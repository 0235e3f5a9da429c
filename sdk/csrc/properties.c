/* Writing properties and numbering constant sets of their keys. */
#include "properties.h"

#include "frames.h"
#include "sites.h"

static PyObject *keysets; /* tuple of names -> number, 0 for one that cannot be a keyset */

uint8_t *properties_write(uint8_t *at, const struct properties *properties) {
    if (properties->keyset != 0) {
        *at = PART_KEYSET;
        at = write_u32(at + 1, properties->keyset);
        for (uint32_t i = 0; i < properties->count; i++) {
            at = value_write(at, properties->values[i]);
        }
        return at;
    }
    for (uint32_t i = 0; i < properties->count; i++) {
        if (properties->values[i] != Py_None) {
            *at = PART_PROPERTY;
            at = text_write(at + 1, properties->keys[i]);
            at = value_write(at, properties->values[i]);
        }
    }
    return at;
}

/* Put the names behind each other, a NUL after each; return the size, 0 when that cannot be. */
static uint32_t names_joined(PyObject *names, char *out, uint32_t room) {
    Py_ssize_t count = PyTuple_GET_SIZE(names);
    uint8_t *at = (uint8_t *)out, *end = at + room;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        if (!PyUnicode_CheckExact(name) || text_room(name) > end - at ||
            PyUnicode_FindChar(name, 0, 0, PyUnicode_GET_LENGTH(name), 1) >= 0) {
            return 0;
        }
        at = text_write_bytes(at, name, TEXT_CHARS_MAX);
        *at++ = 0;
    }
    return (uint32_t)(at - (uint8_t *)out);
}

uint32_t keyset_number(PyObject *names) {
    Py_ssize_t count = PyTuple_GET_SIZE(names);
    if (count > PROPERTIES_MAX) {
        return 0;
    }
    PyObject *known = PyDict_GetItemWithError(keysets, names); /* exact tuple of str: no code runs */
    if (known != NULL) {
        return (uint32_t)PyLong_AsUnsignedLong(known);
    }
    PyErr_Clear();
    if (PyDict_GET_SIZE(keysets) >= KEYSETS_MAX) {
        return 0;
    }
    char joined[KEYSET_BYTES_MAX];
    uint32_t size = names_joined(names, joined, sizeof joined);
    uint32_t number = 0;
    if (size > 0) {
        struct text nothing = {NULL, 0};
        number = site_add(SITE_KEYSET, (uint32_t)count, (struct text){joined, size}, nothing,
                          nothing, nothing);
    }
    PyObject *boxed = PyLong_FromUnsignedLong(number);
    if (boxed == NULL || PyDict_SetItem(keysets, names, boxed) < 0) {
        PyErr_Clear();
    }
    Py_XDECREF(boxed);
    return number;
}

uint32_t keyset_remembered(struct keyset_memory *memory, PyObject *names) {
    struct call_place place = frame_calling();
    if (place.code == NULL || !frame_has_constant(place.code, names)) {
        return 0;
    }
    uint32_t number = keyset_number(names);
    if (number != 0) {
        PyObject *before = memory->names;
        memory->names = Py_NewRef(names);
        memory->keyset = number;
        Py_XDECREF(before); /* a tuple of str: its end runs no code */
    }
    return number;
}

bool properties_of_call(struct properties *properties, PyObject *const *values, PyObject *names,
                        uint32_t keyset, PyObject **settled, Py_ssize_t *held) {
    Py_ssize_t count = PyTuple_GET_SIZE(names);
    if (count > PROPERTIES_MAX) {
        count = PROPERTIES_MAX;
    }
    *held = 0;
    *properties = (struct properties){values, &PyTuple_GET_ITEM(names, 0), (uint32_t)count, keyset};
    for (Py_ssize_t i = 0; i < count; i++) {
        if (unlikely(value_room(values[i]) == 0)) {
            if (!values_settle(values, count, settled)) {
                return false;
            }
            *held = count;
            properties->values = settled;
            break;
        }
    }
    return true;
}

int properties_init(PyObject *module) {
    (void)module;
    keysets = PyDict_New();
    return keysets != NULL ? 0 : -1;
}
