/*
 * Finished blocks as Python sees them. The only file of the packing side that includes Python.h.
 *
 * Rule: the GIL is given back before the flush's lock is waited for or a block is packed.
 */
#include "recorder.h"

#include <stdlib.h>

#include "flush.h"
#include "recover.h"

static const char *const KIND_NAMES[KINDS] = {"log", "metrics", "spans", "traces"};

/* (kind, thread, native id, thread name, rows, payload, compressed, begin, end, dropped, cursor) */
static PyObject *as_tuple(const struct finished *block) {
    const char *name = block->thread_name;
    PyObject *text = PyUnicode_DecodeUTF8(name, (Py_ssize_t)strlen(name), "replace");
    if (text == NULL) {
        return NULL;
    }
    return Py_BuildValue("(sKKNny#NLLKy#)", KIND_NAMES[block->kind],
                         (unsigned long long)block->thread, (unsigned long long)block->native_id,
                         text, (Py_ssize_t)block->rows, (const char *)block->payload,
                         (Py_ssize_t)block->size, PyBool_FromLong(block->compressed),
                         (long long)block->begin, (long long)block->end,
                         (unsigned long long)block->dropped,
                         block->cursors != NULL ? (const char *)block->cursors : "",
                         (Py_ssize_t)(block->cursors_count * sizeof *block->cursors));
}

/* Takes all the blocks, also when an error makes that some are lost: then they are counted. */
static PyObject *as_list(struct finished *block) {
    PyObject *list = PyList_New(0);
    for (struct finished *next; block != NULL; block = next) {
        next = block->next;
        PyObject *item = list != NULL ? as_tuple(block) : NULL;
        if (item == NULL || PyList_Append(list, item) < 0) {
            recorder.failures += block->rows;
            PyErr_Clear();
        }
        Py_XDECREF(item);
        finished_free(block);
    }
    return list != NULL ? list : PyList_New(0);
}

PyDoc_STRVAR(drain_doc,
             "drain(origin_ticks, origin_unix_ns)\n--\n\n"
             "Take everything recorded so far, as finished blocks: tuples of kind, thread, native\n"
             "thread id, thread name, rows, payload, whether it is compressed, begin, end, dropped,\n"
             "cursor.");

static PyObject *drain(PyObject *module, PyObject *args) {
    (void)module;
    long long ticks, unix_ns;
    if (!PyArg_ParseTuple(args, "LL", &ticks, &unix_ns)) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    flush_run(ticks, unix_ns);
    Py_END_ALLOW_THREADS
    return as_list(flush_fetch());
}

PyDoc_STRVAR(recover_doc,
             "recover(directory, stored, origin_ticks, origin_unix_ns, rows_max, bytes_max)\n--\n\n"
             "Return what a dead process left there as (blocks, lost): blocks as from drain(), of\n"
             "the rows beyond those it had settled and beyond the cursors in *stored* (bytes).\n"
             "Nothing in the directory changes.");

static PyObject *recover_dead(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *path;
    const char *stored;
    Py_ssize_t size;
    long long ticks, unix_ns;
    unsigned long long rows_max, bytes_max;
    if (!PyArg_ParseTuple(args, "O&y#LLKK", PyUnicode_FSConverter, &path, &stored, &size, &ticks,
                          &unix_ns, &rows_max, &bytes_max)) {
        return NULL;
    }
    size_t count = (size_t)size / sizeof(struct cursor);
    struct cursor *cursors = calloc(count + 1, sizeof *cursors);
    bool known = cursors != NULL;
    struct recovered found = {NULL, 0};
    if (known) {
        memcpy(cursors, stored, count * sizeof *cursors);
        struct recover_order order = {PyBytes_AS_STRING(path), cursors, count,   ticks,
                                      unix_ns,                 rows_max, bytes_max};
        Py_BEGIN_ALLOW_THREADS
        known = recover(&order, &found);
        Py_END_ALLOW_THREADS
    }
    free(cursors);
    Py_DECREF(path);
    if (!known) {
        PyErr_SetString(PyExc_OSError, "cannot read what the dead process left");
        return NULL;
    }
    return Py_BuildValue("(NK)", as_list(found.blocks), (unsigned long long)found.lost);
}

static PyObject *wait_due(PyObject *module, PyObject *timeout) {
    (void)module;
    double timeout_s = PyFloat_AsDouble(timeout);
    if (timeout_s == -1.0 && PyErr_Occurred()) {
        return NULL;
    }
    bool hurried;
    Py_BEGIN_ALLOW_THREADS
    hurried = flush_wait(timeout_s);
    Py_END_ALLOW_THREADS
    return PyBool_FromLong(hurried);
}

static PyObject *hurry(PyObject *module, PyObject *none) {
    (void)module;
    (void)none;
    flush_hurry();
    Py_RETURN_NONE;
}

static PyObject *settle(PyObject *module, PyObject *cursor) {
    (void)module;
    char *bytes;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(cursor, &bytes, &size) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t at = 0; at + (Py_ssize_t)sizeof(struct cursor) <= size;
         at += (Py_ssize_t)sizeof(struct cursor)) {
        struct cursor one;
        memcpy(&one, bytes + at, sizeof one);
        flush_settle(&one, 1);
    }
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static bool kind_named(const char *name, enum kind *kind) {
    for (int at = 0; at < KINDS; at++) {
        if (strcmp(name, KIND_NAMES[at]) == 0) {
            *kind = (enum kind)at;
            return true;
        }
    }
    PyErr_Format(PyExc_ValueError, "%s is no kind of events", name);
    return false;
}

static PyObject *tell(PyObject *module, PyObject *args) {
    (void)module;
    const char *name;
    unsigned long long thread, events;
    enum kind kind;
    if (!PyArg_ParseTuple(args, "sKK", &name, &thread, &events) || !kind_named(name, &kind)) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    flush_tell(kind, thread, events);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyObject *dropped(PyObject *module, PyObject *none) {
    (void)module;
    (void)none;
    unsigned long long counts[KINDS];
    for (int kind = 0; kind < KINDS; kind++) {
        counts[kind] = flush_dropped((enum kind)kind);
    }
    return Py_BuildValue("{sKsKsKsK}", KIND_NAMES[0], counts[0], KIND_NAMES[1], counts[1],
                         KIND_NAMES[2], counts[2], KIND_NAMES[3], counts[3]);
}

static PyObject *block_limits(PyObject *module, PyObject *args) {
    (void)module;
    unsigned long long rows_max, bytes_max;
    if (!PyArg_ParseTuple(args, "KK", &rows_max, &bytes_max)) {
        return NULL;
    }
    flush_limits(rows_max, bytes_max);
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"block_limits", block_limits, METH_VARARGS,
     PyDoc_STR("block_limits(rows_max, bytes_max)\n--\n\nBounds of the blocks from now on.")},
    {"drain", drain, METH_VARARGS, drain_doc},
    {"wait", wait_due, METH_O,
     PyDoc_STR("wait(timeout_s)\n--\n\nWait until someone hurries; whether someone did.")},
    {"hurry", hurry, METH_NOARGS, PyDoc_STR("hurry()\n--\n\nEnd a wait for the next flush.")},
    {"recover", recover_dead, METH_VARARGS, recover_doc},
    {"settle", settle, METH_O,
     PyDoc_STR("settle(cursor)\n--\n\nThe rows up to a block's cursor are stored elsewhere.")},
    {"tell", tell, METH_VARARGS,
     PyDoc_STR("tell(kind, thread, events)\n--\n\nLet the next block tell of lost events.")},
    {"dropped", dropped, METH_NOARGS,
     PyDoc_STR("dropped()\n--\n\nEvents dropped, by kind, up to the last drain.")},
    {NULL, NULL, 0, NULL},
};

int blocks_init(PyObject *module) {
    if (!flush_open()) {
        PyErr_NoMemory();
        return -1;
    }
    return PyModule_AddFunctions(module, functions);
}
