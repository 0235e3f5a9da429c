/*
 * Distinct texts of a column, numbered in the order in which they came.
 */
#ifndef LIMNO_DICTIONARY_H
#define LIMNO_DICTIONARY_H

#include "buffer.h"

struct dictionary {
    struct buffer data;
    struct buffer ends;  /* uint32: where each text ends in data */
    uint32_t *slots;     /* number + 1 by hash; 0: free */
    uint32_t *hashes;    /* of each text */
    uint32_t count, slots_count;
    bool failed;
};

/* Return the number of the text, a new one if it is new. After a failure any number. */
uint32_t dictionary_number(struct dictionary *dictionary, const void *text, size_t size);
/* Forget the texts, keep the memory. */
void dictionary_empty(struct dictionary *dictionary);
void dictionary_free(struct dictionary *dictionary);

#endif
