/*
 * Distinct texts of a column, numbered in the order in which they came.
 *
 * Rule: the table of slots is at most half full. It is made smaller again by dictionary_empty after
 * a block with very many texts, so that one such block does not make all later ones slow.
 */
#include "dictionary.h"

#include <stdlib.h>

enum { SLOTS_FIRST = 256, SLOTS_KEPT = 65536 };

static uint32_t hash_of(const uint8_t *text, size_t size) {
    const uint64_t factor = 0x9E3779B97F4A7C15u;
    uint64_t hash = size * factor, word;
    for (; size >= 8; text += 8, size -= 8) {
        memcpy(&word, text, 8);
        hash = (hash ^ word) * factor;
        hash ^= hash >> 29;
    }
    word = 0;
    memcpy(&word, text, size);
    hash = (hash ^ word) * factor;
    hash ^= hash >> 32;
    return (uint32_t)(hash * factor >> 32);
}

static uint32_t end_of(const struct dictionary *dictionary, uint32_t number) {
    uint32_t end;
    memcpy(&end, dictionary->ends.data + 4 * (size_t)number, 4);
    return end;
}

static bool same(const struct dictionary *dictionary, uint32_t number, const void *text,
                 size_t size) {
    uint32_t start = number ? end_of(dictionary, number - 1) : 0;
    return end_of(dictionary, number) - start == size &&
           (!size || memcmp(dictionary->data.data + start, text, size) == 0);
}

static bool grow(struct dictionary *dictionary, uint32_t slots_count) {
    uint32_t *slots = calloc(slots_count, sizeof *slots);
    uint32_t *hashes = realloc(dictionary->hashes, slots_count / 2 * sizeof *hashes);
    if (hashes) {
        dictionary->hashes = hashes;
    }
    if (!slots || !hashes) {
        free(slots);
        return false;
    }
    for (uint32_t number = 0; number < dictionary->count; number++) {
        uint32_t at = hashes[number] & (slots_count - 1);
        while (slots[at]) {
            at = (at + 1) & (slots_count - 1);
        }
        slots[at] = number + 1;
    }
    free(dictionary->slots);
    dictionary->slots = slots;
    dictionary->slots_count = slots_count;
    return true;
}

uint32_t dictionary_number(struct dictionary *dictionary, const void *text, size_t size) {
    if (2 * (uint64_t)dictionary->count >= dictionary->slots_count) {
        uint32_t wanted = dictionary->slots_count ? 2 * dictionary->slots_count : SLOTS_FIRST;
        if (!wanted || !grow(dictionary, wanted)) {
            dictionary->failed = true;
            return 0;
        }
    }
    uint32_t hash = hash_of(text, size), mask = dictionary->slots_count - 1, at = hash & mask;
    for (uint32_t found; (found = dictionary->slots[at]) != 0; at = (at + 1) & mask) {
        if (dictionary->hashes[found - 1] == hash && same(dictionary, found - 1, text, size)) {
            return found - 1;
        }
    }
    buffer_append(&dictionary->data, text, size);
    if (dictionary->data.size > INT32_MAX) {
        dictionary->failed = true; /* offsets are int32 */
    }
    buffer_u32(&dictionary->ends, (uint32_t)dictionary->data.size);
    if (dictionary->data.failed || dictionary->ends.failed || dictionary->failed) {
        dictionary->failed = true;
        return 0;
    }
    dictionary->slots[at] = ++dictionary->count;
    dictionary->hashes[dictionary->count - 1] = hash;
    return dictionary->count - 1;
}

void dictionary_empty(struct dictionary *dictionary) {
    if (dictionary->failed || dictionary->slots_count > SLOTS_KEPT) {
        dictionary_free(dictionary);
        return;
    }
    buffer_empty(&dictionary->data);
    buffer_empty(&dictionary->ends);
    if (dictionary->count) {
        memset(dictionary->slots, 0, dictionary->slots_count * sizeof *dictionary->slots);
    }
    dictionary->count = 0;
}

void dictionary_free(struct dictionary *dictionary) {
    buffer_free(&dictionary->data);
    buffer_free(&dictionary->ends);
    free(dictionary->slots);
    free(dictionary->hashes);
    *dictionary = (struct dictionary){0};
}
