/* Remembering the places of log calls. */
#include "log_sites.h"

#include <stdlib.h>

#include "described.h"
#include "format.h"

#define SLOTS_FIRST 256

struct log_slots log_slots;

static uint32_t sites_known;

static void insert(struct log_slots *into, struct log_slot slot) {
    uint32_t at = log_slot_hash((struct call_place){slot.code, slot.offset}) & into->mask;
    while (into->slots[at].code != NULL) {
        at = (at + 1) & into->mask;
    }
    into->slots[at] = slot;
    into->used++;
}

/* Keep at least half of the slots empty. */
static bool make_room(void) {
    if (log_slots.slots != NULL && 2 * (log_slots.used + 1) <= log_slots.mask) {
        return true;
    }
    uint32_t count = log_slots.slots == NULL ? SLOTS_FIRST : 2 * (log_slots.mask + 1);
    struct log_slots larger = {calloc(count, sizeof(struct log_slot)), count - 1, 0};
    if (larger.slots == NULL) {
        return false;
    }
    for (uint32_t i = 0; log_slots.slots != NULL && i <= log_slots.mask; i++) {
        if (log_slots.slots[i].code != NULL) {
            insert(&larger, log_slots.slots[i]);
        }
    }
    free(log_slots.slots);
    log_slots = larger;
    return true;
}

static uint8_t support_of(PyObject *msg) {
    uint8_t *text = malloc(text_room(msg));
    if (text == NULL) {
        return TEMPLATE_REFUSED;
    }
    uint8_t *end = text_write_bytes(text, msg, TEXT_CHARS_MAX);
    uint8_t support = (uint8_t)template_supported((const char *)text, (size_t)(end - text));
    free(text);
    return support;
}

static void name_site(struct log_site *site, PyObject *msg) {
    struct described described = {.name = Py_NewRef(msg)};
    described_here(&described);
    site->named = described_add(SITE_LOG, &described);
    described_clear(&described);
    if (site->named != SITE_NONE) {
        site->msg = Py_NewRef(msg);
        site->whole = PyUnicode_GET_LENGTH(msg) <= SITE_CHARS_MAX;
        site->support = support_of(msg);
    }
}

struct log_site *log_site_make(struct call_place place, PyObject *msg) {
    struct call_place whole = {place.code, frame_call_offset(place)};
    struct log_site *site = log_site_find(whole);
    if (site == NULL) {
        if (sites_known >= LOG_SITES_MAX || (site = calloc(1, sizeof *site)) == NULL) {
            return NULL;
        }
        site->code = (PyCodeObject *)Py_NewRef((PyObject *)place.code);
        if (PyUnicode_CheckExact(msg) && frame_has_constant(place.code, msg)) {
            name_site(site, msg);
        }
        sites_known++;
    } else if (whole.offset == place.offset) {
        return site;
    }
    /* Describing it may have run Python code that came by here: then there are two, both right. */
    if (make_room()) {
        insert(&log_slots, (struct log_slot){place.code, place.offset, site});
    }
    if (whole.offset != place.offset && log_site_find(whole) == NULL && make_room()) {
        insert(&log_slots, (struct log_slot){whole.code, whole.offset, site});
    }
    return site;
}

uint32_t log_site_nameless(struct log_site *site) {
    if (site->nameless == SITE_NONE) {
        struct described described = {.name = NULL};
        described_here(&described);
        site->nameless = described_add(SITE_LOG, &described);
        described_clear(&described);
    }
    return site->nameless;
}

static PyObject *count(PyObject *module, PyObject *none) {
    (void)module;
    (void)none;
    return PyLong_FromUnsignedLong(sites_known);
}

static PyMethodDef functions[] = {
    {"log_sites", count, METH_NOARGS,
     PyDoc_STR("log_sites()\n--\n\nHow many places of log calls are remembered.")},
    {NULL, NULL, 0, NULL},
};

int log_sites_init(PyObject *module) {
    if (!make_room()) {
        PyErr_NoMemory();
        return -1;
    }
    return PyModule_AddFunctions(module, functions);
}
