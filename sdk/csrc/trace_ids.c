/* Ids of traces from their hexadecimal text. */
#include "trace_ids.h"

static int hex_value(Py_UCS1 character) {
    if (character >= '0' && character <= '9') {
        return character - '0';
    }
    return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

bool trace_ids_hex(PyObject *text, uint8_t *bytes, Py_ssize_t count) {
    if (!PyUnicode_Check(text) || !PyUnicode_IS_COMPACT_ASCII(text) ||
        PyUnicode_GET_LENGTH(text) != 2 * count) {
        return false;
    }
    const Py_UCS1 *at = PyUnicode_1BYTE_DATA(text);
    for (Py_ssize_t i = 0; i < count; i++) {
        int high = hex_value(at[2 * i]), low = hex_value(at[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool trace_ids_read(PyObject *place, struct trace_ids *ids) {
    return PyTuple_Check(place) && PyTuple_GET_SIZE(place) >= 2 &&
           trace_ids_hex(PyTuple_GET_ITEM(place, 0), ids->bytes, TRACE_ID_BYTES) &&
           trace_ids_hex(PyTuple_GET_ITEM(place, 1), ids->bytes + TRACE_ID_BYTES, SPAN_ID_BYTES);
}
