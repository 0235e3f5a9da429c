/*
 * The table of call sites and key sets: what events refer to by number.
 *
 * Append-only, in mapped memory, bounded. A descriptor's number is its offset in the table divided
 * by 8, so it can be looked up, also in the table of a dead process, without an index. Written by
 * threads that hold the GIL; read by anybody up to the published end.
 */
#ifndef LIMNO_SITES_H
#define LIMNO_SITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory.h"

#define SITE_NONE 0u
#define SITE_INLINE 1u  /* the event's payload begins with PART_SITE */

enum site_kind {
    SITE_LOG = 1,
    SITE_METRIC = 2,
    SITE_SPAN = 3,
    SITE_KEYSET = 4,  /* name: the keys, each followed by a NUL byte; line: how many */
    SITE_COUNTER = 5,
    SITE_GAUGE = 6,
    SITE_LABELS = 7,  /* name: a payload, as payload.h has it, of properties only */
};

struct text {
    const char *utf8;
    uint32_t size;
};

struct site {
    uint32_t size;  /* of the whole descriptor, a multiple of 8 */
    uint8_t kind;
    uint8_t reserved[3];
    uint32_t line;
    uint32_t name_size, target_size, file_size, unit_size;
    uint32_t reserved2;
    char texts[];  /* name, target, file, unit; not terminated */
};

/* A table as a reader sees it: of this process or of a dead one. */
struct site_table {
    const uint8_t *base;
    size_t used;
};

/* Make the table; false without memory. */
bool sites_open(void);

/* Move the table to the directory of memory_directory() (or back); numbers stay valid. */
bool sites_move(void);

/* Return the table as far as it is published. */
struct site_table sites_table(void);

/* Return the table in the memory of a dead process; an empty one if it is none. */
struct site_table sites_table_at(const void *base, size_t bytes);

/* Add a descriptor and return its number; SITE_NONE when the table is full. Needs the GIL. */
uint32_t site_add(enum site_kind kind, uint32_t line, struct text name, struct text target,
                  struct text file, struct text unit);

/*
 * Write a descriptor to *out* (8-byte aligned), which has *room* bytes; return its size, 0 when it
 * does not fit.
 */
size_t site_write(void *out, size_t room, enum site_kind kind, uint32_t line, struct text name,
                  struct text target, struct text file, struct text unit);

/* Return descriptor *number*, every length checked against the table; NULL when it is none. */
const struct site *site_at(struct site_table table, uint32_t number);

/* Return whether the *size* bytes at *site* are a whole descriptor. */
bool site_whole(const struct site *site, size_t size);

struct text site_name(const struct site *site);

#endif
