/* The bits of a Bloom filter over texts: see bloom.h. */
#include "bloom.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS = 5, PROBES = 10, STEP_SHIFT = 13, PAGE_BITS = BLOOM_PAGE_BYTES * 8 };

static const uint64_t MULTIPLIERS[] = {0x9E3779B97F4A7C15u, 0xBF58476D1CE4E5B9u};

static uint64_t mix(uint64_t mixed, uint64_t word) {
    mixed ^= word;
    for (size_t i = 0; i < sizeof MULTIPLIERS / sizeof *MULTIPLIERS; i++) {
        mixed *= MULTIPLIERS[i];
        mixed ^= mixed >> 31;
    }
    return mixed;
}

static uint64_t hash_of(struct bytes text) {
    uint64_t words[WORDS] = {0};
    memcpy(words, text.at, text.size < sizeof words ? text.size : sizeof words);
    uint64_t mixed = mix(0, text.size);
    for (size_t i = 0; i < WORDS; i++) {
        mixed = mix(mixed, words[i]);
    }
    return mixed;
}

static void put(struct hashes *hashes, uint64_t hash) {
    size_t at = (size_t)(hash >> 20) & (hashes->room - 1);
    if (hash == 0) {
        hashes->used += !hashes->zero;
        hashes->zero = true;
        return;
    }
    while (hashes->slots[at] && hashes->slots[at] != hash) {
        at = (at + 1) & (hashes->room - 1);
    }
    hashes->used += !hashes->slots[at];
    hashes->slots[at] = hash;
}

enum hash_result hash_texts(const struct texts *texts, const uint8_t *validity, size_t first_bit,
                            struct hashes *hashes) {
    *hashes = (struct hashes){.room = 16};
    while (hashes->room < texts->count * 2) {
        hashes->room *= 2;
    }
    hashes->slots = calloc(hashes->room, sizeof *hashes->slots);
    if (hashes->slots == NULL) {
        return HASH_NO_MEMORY;
    }
    for (size_t i = 0; i < texts->count; i++) {
        size_t bit = first_bit + i;
        struct bytes text;
        if (validity && !(validity[bit >> 3] >> (bit & 7) & 1)) {
            continue;
        }
        if (!text_at(texts, i, &text)) {
            return HASH_BROKEN;
        }
        put(hashes, hash_of(text));
    }
    return HASH_DONE;
}

static void set_bits_of(uint64_t hash, uint8_t *pages, uint64_t page_count) {
    uint8_t *page = pages + (hash >> 32) * page_count / ((uint64_t)1 << 32) * BLOOM_PAGE_BYTES;
    uint64_t low = hash & 0xFFFFFFFFu, step = low >> STEP_SHIFT | 1;
    for (uint64_t probe = 0; probe < PROBES; probe++) {
        uint64_t place = (low + probe * step) % PAGE_BITS;
        page[place >> 3] |= (uint8_t)(1u << (place & 7));
    }
}

void set_bits(const struct hashes *hashes, uint8_t *pages, uint64_t page_count) {
    if (hashes->zero) {
        set_bits_of(0, pages, page_count);
    }
    for (size_t i = 0; i < hashes->room; i++) {
        if (hashes->slots[i]) {
            set_bits_of(hashes->slots[i], pages, page_count);
        }
    }
}
