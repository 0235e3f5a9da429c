/* The values of some keys of a column of maps: see pick.h. */
#include "pick.h"

#include <string.h>

/* Which keys to compare with, by length and last byte, whatever its capitals. */
struct slots {
    uint8_t first[PICK_SLOTS]; /* number of a key + 1 */
    uint8_t next[PICKED_MAX];
};

static size_t slot_of(struct bytes key) {
    uint8_t last = key.size ? key.at[key.size - 1] | 0x20 : 0;
    return (key.size * 31 + last) % PICK_SLOTS;
}

static void fill_slots(struct slots *slots, const struct picked *picked, size_t count) {
    memset(slots, 0, sizeof *slots);
    for (size_t i = 0; i < count; i++) {
        uint8_t *first = &slots->first[slot_of(picked[i].key)];
        slots->next[i] = *first;
        *first = (uint8_t)(i + 1);
    }
}

static bool is_ascii(struct bytes text) {
    uint64_t all = 0;
    size_t i = 0;
    for (; i + sizeof all <= text.size; i += sizeof all) {
        uint64_t eight;
        memcpy(&eight, text.at + i, sizeof eight);
        all |= eight;
    }
    for (; i < text.size; i++) {
        all |= text.at[i];
    }
    return (all & 0x8080808080808080u) == 0;
}

static uint8_t lowered(uint8_t byte) { return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte; }

static bool same_but_capitals(struct bytes a, struct bytes b) {
    for (size_t i = 0; i < a.size; i++) {
        if (lowered(a.at[i]) != lowered(b.at[i])) {
            return false;
        }
    }
    return true;
}

static void take(struct picked *picked, size_t row, const uint8_t *value) {
    uint8_t bit = (uint8_t)(1u << (row & 7));
    picked->present += !(picked->validity[row >> 3] & bit);
    picked->validity[row >> 3] |= bit;
    memcpy(picked->views + row * VIEW_BYTES, value, VIEW_BYTES);
}

static enum pick_result pick_row(const struct maps *maps, size_t row, const struct slots *slots,
                                 struct picked *picked) {
    int32_t begin = maps->offsets[row], end = maps->offsets[row + 1];
    if (begin < 0 || end < begin || (size_t)end > maps->keys.count) {
        return PICK_BROKEN;
    }
    for (size_t entry = (size_t)begin; entry < (size_t)end; entry++) {
        struct bytes key;
        if (!text_at(&maps->keys, entry, &key)) {
            return PICK_BROKEN;
        }
        if (!is_ascii(key)) {
            return PICK_NOT_ASCII;
        }
        for (uint8_t at = slots->first[slot_of(key)]; at; at = slots->next[at - 1]) {
            struct picked *one = &picked[at - 1];
            if (one->key.size != key.size) {
                continue;
            }
            if (memcmp(one->key.at, key.at, key.size) == 0) {
                take(one, row, maps->values + entry * VIEW_BYTES);
            } else if (same_but_capitals(one->key, key)) {
                one->otherwise = true;
            }
        }
    }
    return PICK_DONE;
}

enum pick_result pick(const struct maps *maps, struct picked *picked, size_t count) {
    struct slots slots;
    fill_slots(&slots, picked, count);
    for (size_t row = 0; row < maps->rows; row++) {
        enum pick_result result = pick_row(maps, row, &slots, picked);
        if (result != PICK_DONE) {
            return result;
        }
    }
    return PICK_DONE;
}
