/* Writing log events, and formatting a message at the call where it cannot wait. */
#include "log_event.h"

#include "chunks.h"
#include "context.h"
#include "trace_ids.h"

static uint64_t payload_room(const struct log_event *event) {
    uint64_t room = 1; /* PART_END */
    if (event->site == SITE_INLINE) {
        room += 5 + event->described->size;
    }
    if (event->message != NULL) {
        room += 1 + text_room(event->message);
    }
    if (event->arguments_count > 0) {
        room += 2;
        for (uint32_t i = 0; i < event->arguments_count; i++) {
            room += value_room(event->arguments[i]);
        }
    }
    return room + properties_room(&event->properties);
}

static uint8_t *payload_write(uint8_t *at, const struct log_event *event,
                              const struct trace_ids *trace) {
    if (event->site == SITE_INLINE) {
        *at = PART_SITE;
        at = write_u32(at + 1, event->described->size);
        memcpy(at, event->described->bytes, event->described->size);
        at += event->described->size;
    }
    if (event->message != NULL) {
        *at = PART_MESSAGE;
        at = text_write(at + 1, event->message);
    }
    if (event->arguments_count > 0) {
        *at++ = PART_ARGUMENTS;
        *at++ = (uint8_t)event->arguments_count;
        for (uint32_t i = 0; i < event->arguments_count; i++) {
            at = value_write(at, event->arguments[i]);
        }
    }
    if (trace != NULL) {
        at = trace_ids_write(at, trace);
    }
    at = properties_write(at, &event->properties);
    *at = PART_END;
    return at + 1;
}

void log_event_put(const struct log_event *event) {
    struct trace_ids trace;
    bool traced = trace_ids_current(&trace);
    uint64_t room = payload_room(event) + (traced ? TRACE_PART_BYTES : 0);
    if (room > EVENT_BYTES_MAX) {
        chunk_drop(KIND_LOG);
        return;
    }
    int64_t span = context_span_id();
    if (room == 1) {
        room = 0; /* nothing to say: no payload */
    }
    struct lane *lane = lane_ready(KIND_LOG, (uint32_t)room);
    if (lane == NULL) {
        return;
    }
    uint32_t row = lane->rows, used = 0;
    if (room > 0) {
        uint8_t *at = lane->arena + lane->arena_used;
        used = (uint32_t)(payload_write(at, event, traced ? &trace : NULL) - at);
    }
    lane->columns.log.time[row] = event->time;
    lane->columns.log.span[row] = span;
    lane->columns.log.site[row] = event->site;
    lane->columns.log.payload[row] = room > 0 ? lane->arena_used + 1 : 0;
    lane->columns.log.level[row] = (uint8_t)event->level;
    lane_commit(lane, used);
}

/* Return ``msg [format error: Kind: text]`` for the pending exception, which is forgotten. */
static PyObject *format_error(PyObject *msg) {
    PyObject *type, *failure, *trace;
    PyErr_Fetch(&type, &failure, &trace);
    PyErr_NormalizeException(&type, &failure, &trace);
    PyObject *text = NULL;
    PyObject *kind = PyType_GetName(Py_TYPE(failure));
    PyObject *why = kind ? text_of(failure) : NULL;
    PyObject *begin = why ? PyUnicode_Substring(msg, 0, TEXT_CHARS_MAX) : NULL;
    if (begin != NULL) {
        text = PyUnicode_FromFormat("%U [format error: %U: %U]", begin, kind, why);
    }
    Py_XDECREF(begin);
    Py_XDECREF(why);
    Py_XDECREF(kind);
    Py_XDECREF(type);
    Py_XDECREF(failure);
    Py_XDECREF(trace);
    return text;
}

PyObject *message_formatted(PyObject *msg, PyObject *args) {
    PyObject *values = args;
    if (PyTuple_CheckExact(args) && PyTuple_GET_SIZE(args) == 1 &&
        PyDict_Check(PyTuple_GET_ITEM(args, 0))) {
        int filled = PyObject_IsTrue(PyTuple_GET_ITEM(args, 0));
        if (filled > 0) {
            values = PyTuple_GET_ITEM(args, 0);
        } else if (filled < 0) {
            return PyErr_ExceptionMatches(PyExc_Exception) ? format_error(msg) : NULL;
        }
    }
    PyObject *text = text_exactly(PyUnicode_Format(msg, values));
    if (text == NULL && PyErr_ExceptionMatches(PyExc_Exception)) {
        text = format_error(msg);
    }
    return text;
}
