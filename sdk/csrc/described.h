/*
 * Call sites as Python describes them, on their way to the table of sites or into an event.
 */
#ifndef LIMNO_DESCRIBED_H
#define LIMNO_DESCRIBED_H

#include "recorder.h"

#include "limits.h"
#include "sites.h"

/* Exact str, strong; any may be NULL for "". Where a text is too long its rest is cut off. */
struct described {
    PyObject *name, *target, *file, *unit;
    int line;
};

/* A whole descriptor needs no more. */
#define DESCRIBED_BYTES_MAX (sizeof(struct site) + 8 * SITE_CHARS_MAX + 8 * NAME_CHARS_MAX + 8)

/* A descriptor that an event carries itself. */
struct described_bytes {
    _Alignas(8) uint8_t bytes[DESCRIBED_BYTES_MAX];
    uint32_t size;
};

/*
 * Fill in module, file and line of the calling code, "" and 0 without one. May run Python code, where
 * a module's name is no text; never fails.
 */
void described_here(struct described *described);

void described_clear(struct described *described);

/* Return the number of the described site; SITE_NONE when the table is full. */
uint32_t described_add(enum site_kind kind, const struct described *described);

/* Write the descriptor into *bytes*. */
void described_write(struct described_bytes *bytes, enum site_kind kind,
                     const struct described *described);

#endif
