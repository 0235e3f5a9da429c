/*
 * Where the running thread or task stands in a trace, as the bytes that its events carry.
 *
 * A place is a ``TraceContext`` (recorder/traces.py): a tuple whose first two items are the ids in
 * hexadecimal. One that somebody made of anything else has no bytes, and events do not carry it.
 */
#ifndef LIMNO_TRACE_IDS_H
#define LIMNO_TRACE_IDS_H

#include <string.h>

#include "context.h"
#include "payload.h"

struct trace_ids {
    uint8_t bytes[TRACE_ID_BYTES + SPAN_ID_BYTES];
};

enum { TRACE_PART_BYTES = 1 + (int)sizeof(struct trace_ids) };

/* Read so many bytes of lower-case hexadecimal; false when *text* is not just that. */
bool trace_ids_hex(PyObject *text, uint8_t *bytes, Py_ssize_t count);

/* Read the ids of a place. Runs no Python code. */
bool trace_ids_read(PyObject *place, struct trace_ids *ids);

/* Whether the running context is in a trace at all. */
static inline bool trace_is_current(void) {
    const struct level *top = unlikely(recorder.traces) ? context_top() : NULL;
    return top != NULL && top->trace != NULL;
}

/* Read the ids of the running context; false outside of a trace. */
static inline bool trace_ids_current(struct trace_ids *ids) {
    const struct level *top = unlikely(recorder.traces) ? context_top() : NULL;
    return top != NULL && top->trace != NULL && trace_ids_read(top->trace, ids);
}

static inline uint8_t *trace_ids_write(uint8_t *at, const struct trace_ids *ids) {
    *at++ = PART_TRACE;
    memcpy(at, ids->bytes, sizeof ids->bytes);
    return at + sizeof ids->bytes;
}

#endif
