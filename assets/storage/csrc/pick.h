/* The values of some keys of a column of maps, each as a column of its own, in one pass. */
#ifndef LIMNOGRAPH_STORAGE_PICK_H
#define LIMNOGRAPH_STORAGE_PICK_H

#include "texts.h"

enum { PICKED_MAX = 128, PICK_SLOTS = 512 };

struct maps {
    const int32_t *offsets; /* one more than there are rows */
    size_t rows;
    struct texts keys;
    const uint8_t *values; /* views, as many as there are keys */
};

struct picked {
    struct bytes key;
    uint8_t *views;    /* 16 bytes a row, zeros before */
    uint8_t *validity; /* a bit a row, zeros before */
    size_t present;
    bool otherwise; /* a map has the key in other capitals */
};

enum pick_result { PICK_DONE, PICK_BROKEN, PICK_NOT_ASCII };

/*
 * Fills `picked`, of which there are at most PICKED_MAX, with ASCII keys that differ.
 *
 * Capitals are those of ASCII: a key of a map that has other characters ends it with PICK_NOT_ASCII.
 * Offsets, or views, that lead outside end it with PICK_BROKEN. Of a key that stands twice in a map
 * the last value counts.
 */
enum pick_result pick(const struct maps *maps, struct picked *picked, size_t count);

#endif
