/* Starting, stopping and forking the recorder; its counts and its clock as Python sees them. */
#include "recorder.h"

#include <string.h>

#include "aggregate.h"
#include "chunks.h"
#include "clock.h"
#include "flush.h"
#include "life.h"
#include "memory.h"
#include "sites.h"
#include "span_levels.h"

static PyObject *on_grant; /* called as on_grant(urgent), or NULL */

/* What the parts have to do at each start and in the child of each fork, one line a part. */
static const struct life_hooks HOOKS[] = {
    {aggregates_start, aggregates_stop, aggregates_fork},
    {open_spans_start, NULL, NULL},
};

#define HOOKS_COUNT (sizeof HOOKS / sizeof HOOKS[0])

static void grant(bool urgent) {
    if (urgent) {
        flush_hurry();
    }
    if (on_grant == NULL) {
        return;
    }
    /* The application may be in the middle of an exception: it must not see ours, nor lose its own. */
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyObject *callable = Py_NewRef(on_grant);
    PyObject *result = PyObject_CallOneArg(callable, urgent ? Py_True : Py_False);
    if (result == NULL) {
        recorder.failures++;
        PyErr_Clear();
    }
    Py_XDECREF(result);
    Py_DECREF(callable);
    PyErr_Restore(type, value, trace);
}

/* Write the name that ``threading`` has for the running thread, without making one up. */
static void name_thread(struct thread *thread) {
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyObject *key = PyUnicode_FromString("threading");
    PyObject *threading = key ? PyImport_GetModule(key) : NULL;
    Py_XDECREF(key);
    PyObject *active = threading ? PyObject_GetAttrString(threading, "_active") : NULL;
    PyObject *ident = PyLong_FromUnsignedLong(PyThread_get_thread_ident());
    PyObject *found = NULL;
    if (active != NULL && ident != NULL && PyDict_Check(active)) {
        found = PyDict_GetItemWithError(active, ident); /* borrowed */
        Py_XINCREF(found);
    }
    PyObject *name = found ? PyObject_GetAttrString(found, "name") : NULL;
    const char *utf8 = name && PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : NULL;
    if (utf8 != NULL) {
        size_t size = strlen(utf8);
        if (size >= sizeof thread->name) {
            size = sizeof thread->name - 1;
            while (size > 0 && ((uint8_t)utf8[size] & 0xC0) == 0x80) {
                size--; /* not inside a character */
            }
        }
        memcpy(thread->name, utf8, size);
    }
    Py_XDECREF(name);
    Py_XDECREF(found);
    Py_XDECREF(ident);
    Py_XDECREF(active);
    Py_XDECREF(threading);
    PyErr_Clear();
    PyErr_Restore(type, value, trace);
}

PyDoc_STRVAR(start_doc,
             "start(level, rows_queued_max, bytes_queued_max, directory, on_grant)\n--\n\n"
             "Begin to record. *directory* (str or None) is where memory that outlives a crash is\n"
             "kept; on_grant(urgent) is called on the recording thread, rarely.");

static PyObject *start(PyObject *module, PyObject *args) {
    (void)module;
    int level;
    unsigned long long rows, bytes;
    const char *directory;
    PyObject *callable;
    if (!PyArg_ParseTuple(args, "iKKzO", &level, &rows, &bytes, &directory, &callable)) {
        return NULL;
    }
    recorder.active = false;
    recorder.level = 0;
    flush_lock(); /* whoever has it does not ask for the GIL */
    chunks_reset();
    if (!memory_directory(directory)) {
        memory_directory(NULL); /* too long a path: no recovery, but recording goes on */
    }
    if (!sites_move()) {
        flush_unlock();
        return PyErr_NoMemory();
    }
    flush_reset();
    flush_unlock();
    chunks_limit((struct chunk_limits){rows, bytes});
    Py_XSETREF(on_grant, callable == Py_None ? NULL : Py_NewRef(callable));
    recorder.session++;
    for (size_t i = 0; i < HOOKS_COUNT; i++) {
        if (HOOKS[i].start != NULL) {
            HOOKS[i].start();
        }
    }
    recorder.active = true;
    recorder.level = level;
    Py_RETURN_NONE;
}

static PyObject *stop(PyObject *module, PyObject *none) {
    (void)module;
    (void)none;
    recorder.active = false;
    recorder.level = 0;
    Py_CLEAR(on_grant);
    for (size_t i = 0; i < HOOKS_COUNT; i++) {
        if (HOOKS[i].stop != NULL) {
            HOOKS[i].stop();
        }
    }
    Py_RETURN_NONE;
}

static PyObject *after_fork(PyObject *module, PyObject *none) {
    (void)module;
    (void)none;
    recorder.active = false;
    recorder.level = 0;
    recorder.failures = 0;
    memory_directory(NULL);
    if (!sites_move()) {
        return PyErr_NoMemory();
    }
    flush_reset();
    Py_CLEAR(on_grant);
    for (size_t i = 0; i < HOOKS_COUNT; i++) {
        if (HOOKS[i].fork != NULL) {
            HOOKS[i].fork();
        }
    }
    Py_RETURN_NONE;
}

static PyObject *set_level(PyObject *module, PyObject *level) {
    (void)module;
    long wanted = PyLong_AsLong(level);
    if (wanted == -1 && PyErr_Occurred()) {
        return NULL;
    }
    recorder.level = recorder.active ? (int)wanted : 0;
    Py_RETURN_NONE;
}

static PyObject *ticks(PyObject *module, PyObject *none) {
    (void)module;
    (void)none;
    return PyLong_FromLongLong(clock_monotonic_ns());
}

static PyObject *failures(PyObject *module, PyObject *none) {
    (void)module;
    (void)none;
    return PyLong_FromUnsignedLongLong(recorder.failures + flush_failures());
}

static PyObject *waiting(PyObject *module, PyObject *none) {
    (void)module;
    (void)none;
    return PyLong_FromUnsignedLongLong(chunks_waiting());
}

static PyObject *threads(PyObject *module, PyObject *none) {
    (void)module;
    (void)none;
    return PyLong_FromUnsignedLong(threads_alive());
}

/* The floor that benchmarks compare with: a call into C that does nothing. */
static PyObject *empty_call(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    (void)args;
    (void)count;
    Py_RETURN_NONE;
}

/* The same with what every event needs: the time. */
static PyObject *clock_call(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    (void)args;
    (void)count;
    return Py_NewRef(clock_ticks() == 0 ? Py_True : Py_None);
}

static PyMethodDef functions[] = {
    {"start", start, METH_VARARGS, start_doc},
    {"stop", stop, METH_NOARGS, PyDoc_STR("stop()\n--\n\nRecord nothing more.")},
    {"after_fork", after_fork, METH_NOARGS,
     PyDoc_STR("after_fork()\n--\n\nForget, in a fork's child, what the parent recorded.")},
    {"set_level", set_level, METH_O,
     PyDoc_STR("set_level(level)\n--\n\nKeep logs up to this level, 1 (fatal) to 6 (trace).")},
    {"ticks", ticks, METH_NOARGS,
     PyDoc_STR("ticks()\n--\n\nThe events' clock as it stands in blocks: monotonic ns.")},
    {"failures", failures, METH_NOARGS,
     PyDoc_STR("failures()\n--\n\nEvents lost to errors of the recorder itself.")},
    {"waiting", waiting, METH_NOARGS,
     PyDoc_STR("waiting()\n--\n\nEvents recorded and not yet taken by the flush.")},
    {"clock_call", (PyCFunction)(void (*)(void))clock_call, METH_FASTCALL,
     PyDoc_STR("clock_call(*args)\n--\n\nRead the clock only, for benchmarks.")},
    {"threads", threads, METH_NOARGS,
     PyDoc_STR("threads()\n--\n\nHow many threads have buffers.")},
    {"empty_call", (PyCFunction)(void (*)(void))empty_call, METH_FASTCALL,
     PyDoc_STR("empty_call(*args)\n--\n\nDo nothing: what a call into C costs, for benchmarks.")},
    {NULL, NULL, 0, NULL},
};

int life_init(PyObject *module) {
    chunks_on_grant = grant;
    chunks_on_enter = name_thread;
    return PyModule_AddFunctions(module, functions);
}
