/* The extension module ``limnograph._recorder``: a catalog of its parts. */
#include "recorder.h"

#include "chunks.h"
#include "clock.h"
#include "sites.h"

struct recorder recorder;

/* A new part of the extension is one file and one line here. */
static const part_init PARTS[] = {
    life_init,
    blocks_init,
    properties_init,
    log_sites_init,
    log_init,
    foreign_init,
    instruments_init,
    metric_init,
    aggregate_init,
    counter_init,
    gauge_init,
    context_init,
    span_init,
    span_use_init,
    span_trace_init,
    trace_level_init,
    traced_init,
    span_finished_init,
    monitor_init,
};

#if defined(Py_GIL_DISABLED)
#error "the recorder needs the GIL; free-threaded builds use the fallback in Python"
#endif

static int refused(const char *why) {
    PyErr_Format(PyExc_ImportError, "limnograph._recorder: %s", why);
    return -1;
}

static int execute(PyObject *module) {
    static bool loaded;
    if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
        return refused("works in the main interpreter only");
    }
    if (loaded) {
        return refused("was loaded already in this process");
    }
    clock_choose();
    if (!chunks_open() || !sites_open()) {
        return refused("no memory for its buffers");
    }
    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
        if (PARTS[i](module) < 0) {
            return -1;
        }
    }
    loaded = true;
    return 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, execute},
#if PY_VERSION_HEX >= 0x030C0000
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "limnograph._recorder",
    .m_doc = "The recorder of limnograph in C; limnograph.recorder describes what it offers.",
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__recorder(void) { return PyModuleDef_Init(&definition); }
