/* One log event, all of its values settled, into the running thread's lane. */
#ifndef LIMNO_LOG_EVENT_H
#define LIMNO_LOG_EVENT_H

#include "recorder.h"

#include "described.h"
#include "properties.h"

struct log_event {
    int64_t time;
    int level;
    uint32_t site;                           /* number, or SITE_INLINE */
    const struct described_bytes *described; /* with SITE_INLINE */
    PyObject *message;                       /* str, or NULL when the site's name is it */
    PyObject *const *arguments;              /* settled; for the message or the site's name */
    uint32_t arguments_count;
    struct properties properties;
};

/* Record it, or count it as dropped. Runs no Python code once it has begun to write. */
void log_event_put(const struct log_event *event);

/*
 * Return ``msg % args`` as an exact str; an error becomes part of the text. *args* is a tuple or a
 * mapping. NULL with an exception set: it belongs to the application.
 */
PyObject *message_formatted(PyObject *msg, PyObject *args);

#endif
