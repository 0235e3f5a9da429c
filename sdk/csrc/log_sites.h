/*
 * Places of log calls: found by the calling code object and offset, verified by pointer.
 *
 * A place whose first message was a constant of its code is named by it (the template). Any other
 * message there is dynamic: it stands in its event, under a nameless site of the place. A place
 * keeps its code, template and keys alive, so that a pointer cannot come to mean another object; the
 * number of places is bounded, so that code made on the fly is not kept for ever.
 */
#ifndef LIMNO_LOG_SITES_H
#define LIMNO_LOG_SITES_H

#include "recorder.h"

#include "frames.h"
#include "properties.h"
#include "sites.h"

struct log_site {
    PyCodeObject *code;  /* strong */
    PyObject *msg;       /* strong: the template; NULL for a place without one */
    uint32_t named;      /* number of the site with the template */
    uint32_t nameless;   /* number of the site without; SITE_NONE until it is needed */
    bool whole;          /* the site's name is all of the template */
    uint8_t support;     /* what format.h can do with the template */
    struct keyset_memory keys;
};

struct log_slot {
    PyCodeObject *code; /* NULL: empty */
    int offset;
    struct log_site *site;
};

/* Open addressing; the mask is one less than the number of slots. */
struct log_slots {
    struct log_slot *slots;
    uint32_t mask, used;
};

extern struct log_slots log_slots;

static inline uint32_t log_slot_hash(struct call_place place) {
    uint64_t mixed = ((uintptr_t)place.code >> 4) + (uint64_t)(uint32_t)place.offset * 0x9E3779B1u;
    return (uint32_t)((mixed * 0x9E3779B97F4A7C15u) >> 32);
}

/* Return the site of a place, NULL when it is not known yet. Runs no Python code. */
static inline struct log_site *log_site_find(struct call_place place) {
    uint32_t at = log_slot_hash(place) & log_slots.mask;
    for (;;) {
        const struct log_slot *slot = &log_slots.slots[at];
        if (likely(slot->code == place.code && slot->offset == place.offset)) {
            return slot->site;
        }
        if (slot->code == NULL) {
            return NULL;
        }
        at = (at + 1) & log_slots.mask;
    }
}

/* Remember a place by its first message; NULL when no more are remembered. May run Python code. */
struct log_site *log_site_make(struct call_place place, PyObject *msg);

/* Return the number of a place's nameless site; SITE_NONE when the table is full. */
uint32_t log_site_nameless(struct log_site *site);

#endif
