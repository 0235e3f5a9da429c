/*
 * Properties of an event: settled values with their keys, as parts of its payload.
 *
 * Keys that are a constant of the calling code are written once, as a keyset in the table of sites;
 * any others stand in the event, so that changing sets of keys leave nothing behind.
 */
#ifndef LIMNO_PROPERTIES_H
#define LIMNO_PROPERTIES_H

#include "recorder.h"

#include "values.h"

/* Borrowed; all values settled. ``keys`` are str; they are not looked at with a keyset. */
struct properties {
    PyObject *const *values;
    PyObject *const *keys;
    uint32_t count;
    uint32_t keyset; /* 0: none */
};

/* Bytes that properties_write needs at most. */
static inline uint32_t properties_room(const struct properties *properties) {
    uint32_t room = properties->keyset != 0 ? 5 : 0;
    for (uint32_t i = 0; i < properties->count; i++) {
        room += value_room(properties->values[i]);
        if (properties->keyset == 0) {
            room += 1 + text_room(properties->keys[i]);
        }
    }
    return room;
}

/* Write the parts and return the end; PART_END is not among them. */
uint8_t *properties_write(uint8_t *at, const struct properties *properties);

/* Return the number of the keyset *names* (a constant tuple of str); 0 when there can be none. */
uint32_t keyset_number(PyObject *names);

/* The keyset that one place uses, remembered by the very tuple. */
struct keyset_memory {
    PyObject *names; /* strong, or NULL */
    uint32_t keyset;
};

/* Return the keyset for *names* at the calling place, 0 when they are no constant of it. */
uint32_t keyset_remembered(struct keyset_memory *memory, PyObject *names);

static inline uint32_t keyset_here(struct keyset_memory *memory, PyObject *names) {
    return likely(memory->names == names) ? memory->keyset : keyset_remembered(memory, names);
}

/*
 * Write short and simple values with their keyset and PART_END, at most to *end*; NULL where that
 * takes more thought.
 */
static inline uint8_t *properties_put(uint8_t *at, const uint8_t *end, uint32_t keyset,
                                      PyObject *const *values, Py_ssize_t count) {
    if (unlikely(end - at < 8)) {
        return NULL;
    }
    *at = PART_KEYSET;
    at = write_u32(at + 1, keyset);
    for (PyObject *const *last = values + count; values != last; values++) {
        if (unlikely((at = value_put(at, end - 1, *values)) == NULL)) {
            return NULL;
        }
    }
    *at = PART_END;
    return at + 1;
}

/*
 * Fill in *properties* from a call's keywords; values that have to be settled first are put into
 * *settled* (PROPERTIES_MAX places), whose first *held* ones are to be released. False: an exception
 * of the application is set.
 */
bool properties_of_call(struct properties *properties, PyObject *const *values, PyObject *names,
                        uint32_t keyset, PyObject **settled, Py_ssize_t *held);

#endif
