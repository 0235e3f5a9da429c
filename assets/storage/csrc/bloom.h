/*
 * The bits of a Bloom filter over texts: see assets/storage/tables/bloom.py, which says what they
 * mean, and does the same in Python.
 */
#ifndef LIMNOGRAPH_STORAGE_BLOOM_H
#define LIMNOGRAPH_STORAGE_BLOOM_H

#include "texts.h"

/* A set of hashes; free `slots`. */
struct hashes {
    uint64_t *slots;
    size_t room; /* a power of two */
    size_t used;
    bool zero; /* 0 is in it, which stands for an empty slot elsewhere */
};

enum hash_result { HASH_DONE, HASH_BROKEN, HASH_NO_MEMORY };

/* Collects the hashes of the texts; `validity` has a bit for each from `first_bit` on, or is NULL. */
enum hash_result hash_texts(const struct texts *texts, const uint8_t *validity, size_t first_bit,
                            struct hashes *hashes);

/* Sets the bits of all hashes in so many pages, which are zeros before. */
void set_bits(const struct hashes *hashes, uint8_t *pages, uint64_t page_count);

enum { BLOOM_PAGE_BYTES = 1024 };

#endif
