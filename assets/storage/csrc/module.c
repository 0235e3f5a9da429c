/*
 * The module `assets.storage._texts`: what is done to every text of every row that is written.
 *
 * Rule: buffers are checked for size before anything is read, and what is returned is new.
 */
#include <Python.h>

#include <stdlib.h>
#include <string.h>

#include "bloom.h"
#include "pick.h"

/* Buffers of Python objects: the first is that of the views, the others those they point into. */
struct held {
    Py_buffer *views;
    struct bytes *buffers;
    Py_ssize_t count;
};

static void let_go(struct held *held) {
    for (Py_ssize_t i = 0; i < held->count; i++) {
        PyBuffer_Release(&held->views[i]);
    }
    PyMem_Free(held->views);
    PyMem_Free(held->buffers);
    *held = (struct held){0};
}

/* Takes hold of the buffers of a column of texts; let_go in any case. */
static bool hold(PyObject *tuple, struct held *held, struct texts *texts) {
    Py_ssize_t size = PyTuple_Size(tuple);
    if (size < 1) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_ValueError, "a column has a buffer of views");
        }
        return false;
    }
    held->views = PyMem_Calloc((size_t)size, sizeof *held->views);
    held->buffers = PyMem_Calloc((size_t)size, sizeof *held->buffers);
    if (held->views == NULL || held->buffers == NULL) {
        PyErr_NoMemory();
        return false;
    }
    for (; held->count < size; held->count++) {
        Py_buffer *view = &held->views[held->count];
        if (PyObject_GetBuffer(PyTuple_GetItem(tuple, held->count), view, PyBUF_SIMPLE) < 0) {
            return false;
        }
        held->buffers[held->count] = (struct bytes){view->buf, (size_t)view->len};
    }
    texts->views = held->buffers[0].at;
    texts->count = held->buffers[0].size / VIEW_BYTES;
    texts->buffers = held->buffers + 1;
    texts->buffer_count = (size_t)size - 1;
    return true;
}

/* Makes room for the column of each wanted key; the bytes objects go into `result`. */
static bool prepare(PyObject *wanted, size_t rows, struct picked *picked, PyObject *result) {
    for (Py_ssize_t i = 0; i < PyTuple_Size(wanted); i++) {
        char *key;
        Py_ssize_t size;
        PyObject *views = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)rows * VIEW_BYTES);
        PyObject *validity = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(rows + 7) / 8);
        PyObject *made = views && validity ? PyTuple_Pack(2, views, validity) : NULL;
        Py_XDECREF(views);
        Py_XDECREF(validity);
        if (made == NULL) {
            return false;
        }
        PyList_SetItem(result, i, made);
        if (PyBytes_AsStringAndSize(PyTuple_GetItem(wanted, i), &key, &size) < 0) {
            return false;
        }
        picked[i].key = (struct bytes){(const uint8_t *)key, (size_t)size};
        picked[i].views = (uint8_t *)PyBytes_AsString(views);
        picked[i].validity = (uint8_t *)PyBytes_AsString(validity);
        memset(picked[i].views, 0, rows * VIEW_BYTES);
        memset(picked[i].validity, 0, (rows + 7) / 8);
    }
    return true;
}

/* Puts the number of values beside each column, and None in place of one that is no use. */
static bool finish(PyObject *result, const struct picked *picked) {
    for (Py_ssize_t i = 0; i < PyList_Size(result); i++) {
        PyObject *made = PyList_GetItem(result, i);
        PyObject *whole =
            picked[i].otherwise
                ? Py_NewRef(Py_None)
                : Py_BuildValue("(OOn)", PyTuple_GetItem(made, 0), PyTuple_GetItem(made, 1),
                                (Py_ssize_t)picked[i].present);
        if (whole == NULL || PyList_SetItem(result, i, whole) < 0) {
            return false;
        }
    }
    return true;
}

static PyObject *picked_columns(const struct maps *maps, PyObject *wanted) {
    struct picked picked[PICKED_MAX] = {0};
    PyObject *result = PyList_New(PyTuple_Size(wanted));
    if (result == NULL || !prepare(wanted, maps->rows, picked, result)) {
        Py_XDECREF(result);
        return NULL;
    }
    enum pick_result found;
    Py_BEGIN_ALLOW_THREADS
    found = pick(maps, picked, (size_t)PyTuple_Size(wanted));
    Py_END_ALLOW_THREADS
    if (found == PICK_NOT_ASCII) {
        Py_DECREF(result);
        Py_RETURN_NONE;
    }
    if (found == PICK_BROKEN) {
        PyErr_SetString(PyExc_ValueError, "a map or a text leads out of its column");
    }
    if (found == PICK_BROKEN || !finish(result, picked)) {
        Py_DECREF(result);
        return NULL;
    }
    return result;
}

static PyObject *pick_keys(PyObject *module, PyObject *arguments) {
    (void)module;
    Py_buffer offsets, values;
    PyObject *keys, *wanted, *result = NULL;
    if (!PyArg_ParseTuple(arguments, "y*O!y*O!", &offsets, &PyTuple_Type, &keys, &values,
                          &PyTuple_Type, &wanted)) {
        return NULL;
    }
    struct held held = {0};
    struct maps maps = {.offsets = offsets.buf, .values = values.buf};
    size_t count = (size_t)offsets.len / sizeof(int32_t);
    if (PyTuple_Size(wanted) > PICKED_MAX) {
        PyErr_Format(PyExc_ValueError, "at most %d keys at once", PICKED_MAX);
    } else if (hold(keys, &held, &maps.keys)) {
        maps.rows = count ? count - 1 : 0;
        if ((size_t)values.len / VIEW_BYTES < maps.keys.count) {
            PyErr_SetString(PyExc_ValueError, "there are more keys than values");
        } else {
            result = picked_columns(&maps, wanted);
        }
    }
    let_go(&held);
    PyBuffer_Release(&offsets);
    PyBuffer_Release(&values);
    return result;
}

static PyObject *filter_of(const struct hashes *hashes, double bits_per_text) {
    double bits = (double)hashes->used * bits_per_text;
    uint64_t pages = (uint64_t)(bits / (BLOOM_PAGE_BYTES * 8));
    pages += (double)pages * (BLOOM_PAGE_BYTES * 8) < bits || pages == 0;
    PyObject *result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)pages * BLOOM_PAGE_BYTES);
    if (result) {
        uint8_t *bytes = (uint8_t *)PyBytes_AsString(result);
        memset(bytes, 0, (size_t)pages * BLOOM_PAGE_BYTES);
        set_bits(hashes, bytes, pages);
    }
    return result;
}

static PyObject *bloom_pages(PyObject *module, PyObject *arguments) {
    (void)module;
    PyObject *column, *result = NULL;
    Py_buffer validity;
    Py_ssize_t first_bit;
    double bits_per_text;
    if (!PyArg_ParseTuple(arguments, "O!z*nd", &PyTuple_Type, &column, &validity, &first_bit,
                          &bits_per_text)) {
        return NULL;
    }
    struct held held = {0};
    struct texts texts;
    struct hashes hashes = {0};
    if (hold(column, &held, &texts)) {
        enum hash_result found = HASH_BROKEN;
        size_t bits = (size_t)first_bit + texts.count;
        if (first_bit >= 0 && (validity.buf == NULL || (size_t)validity.len >= (bits + 7) / 8)) {
            Py_BEGIN_ALLOW_THREADS
            found = hash_texts(&texts, validity.buf, (size_t)first_bit, &hashes);
            Py_END_ALLOW_THREADS
        }
        if (found == HASH_DONE) {
            result = filter_of(&hashes, bits_per_text);
        } else if (found == HASH_NO_MEMORY) {
            PyErr_NoMemory();
        } else {
            PyErr_SetString(PyExc_ValueError, "a text leads out of its column");
        }
    }
    free(hashes.slots);
    let_go(&held);
    if (validity.buf) {
        PyBuffer_Release(&validity);
    }
    return result;
}

static PyMethodDef METHODS[] = {
    {"pick_keys", pick_keys, METH_VARARGS,
     "Views, validity and number of the values of each key, or None beside other capitals."},
    {"bloom_pages", bloom_pages, METH_VARARGS, "The pages of the filter that finds these texts."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_texts",
    .m_doc = "Passes over columns of texts.",
    .m_methods = METHODS,
};

PyMODINIT_FUNC PyInit__texts(void) { return PyModuleDef_Init(&MODULE); }
