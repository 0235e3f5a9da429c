/* Reading the calling frame: 3.11 from its internals, later versions by the unstable API. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#if PY_VERSION_HEX < 0x030C0000
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#define Py_BUILD_CORE 1
#include "internal/pycore_frame.h"
#undef Py_BUILD_CORE
#pragma GCC diagnostic pop
#endif

#include "frames.h"

#if PY_VERSION_HEX < 0x030C0000

#define OPCODE_PRECALL 166

struct call_place frame_calling(void) {
    _PyInterpreterFrame *frame = context_thread_state()->cframe->current_frame;
    if (frame == NULL) {
        return (struct call_place){NULL, 0};
    }
    int units = _PyInterpreterFrame_LASTI(frame);
    return (struct call_place){frame->f_code, units * (int)sizeof(_Py_CODEUNIT)};
}

/* PRECALL (with one cache entry) precedes each CALL; once specialised, it makes the call itself. */
int frame_call_offset(struct call_place place) {
    PyObject *bytes = PyCode_GetCode(place.code);
    if (bytes == NULL) {
        PyErr_Clear();
        return place.offset;
    }
    int offset = place.offset;
    if (offset >= 0 && offset < PyBytes_GET_SIZE(bytes) &&
        (unsigned char)PyBytes_AS_STRING(bytes)[offset] == OPCODE_PRECALL) {
        offset += 2 * (int)sizeof(_Py_CODEUNIT);
    }
    Py_DECREF(bytes);
    return offset;
}

#else

struct call_place frame_calling(void) {
#if PY_VERSION_HEX < 0x030D0000
    struct _PyInterpreterFrame *frame = context_thread_state()->cframe->current_frame;
#else
    struct _PyInterpreterFrame *frame = context_thread_state()->current_frame;
#endif
    if (frame == NULL) {
        return (struct call_place){NULL, 0};
    }
    PyObject *code = PyUnstable_InterpreterFrame_GetCode(frame);
    if (code == NULL || !PyCode_Check(code)) {
        PyErr_Clear();
        Py_XDECREF(code);
        return (struct call_place){NULL, 0};
    }
    Py_DECREF(code); /* the frame, which is running, keeps it */
    return (struct call_place){(PyCodeObject *)code, PyUnstable_InterpreterFrame_GetLasti(frame)};
}

int frame_call_offset(struct call_place place) { return place.offset; }

#endif

bool frame_is_coroutine(void) {
    PyCodeObject *code = frame_calling().code;
    return code != NULL && code_is_coroutine(code);
}

bool frame_has_constant(PyCodeObject *code, PyObject *object) {
    PyObject *constants = code->co_consts;
    Py_ssize_t count = PyTuple_GET_SIZE(constants);
    for (Py_ssize_t i = 0; i < count; i++) {
        if (PyTuple_GET_ITEM(constants, i) == object) {
            return true;
        }
    }
    return false;
}
