/* The columns that a decoding produces: see columns.h. */
#include "columns.h"

bool put_byte(struct decode *d, struct buffer *column, uint8_t value) {
    return buffer_put(d, column, &value, sizeof value);
}

bool put_i32(struct decode *d, struct buffer *column, int32_t value) {
    return buffer_put(d, column, &value, sizeof value);
}

bool put_i64(struct decode *d, struct buffer *column, int64_t value) {
    return buffer_put(d, column, &value, sizeof value);
}

bool put_f64(struct decode *d, struct buffer *column, double value) {
    return buffer_put(d, column, &value, sizeof value);
}

bool put_view(struct decode *d, struct buffer *column, const struct text *text) {
    return buffer_put(d, column, text, sizeof *text);
}

bool put_offset(struct decode *d, struct buffer *offsets, const struct buffer *elements,
                size_t size) {
    return put_i32(d, offsets, (int32_t)(elements->used / size));
}

bool map_start(struct decode *d, struct map_column *map) { return put_i32(d, &map->offsets, 0); }

bool map_put(struct decode *d, struct map_column *map, const struct text *key,
             const struct text *value, enum value_kind kind) {
    return count_items(d, 1) && put_view(d, &map->keys, key) && put_view(d, &map->values, value) &&
           put_byte(d, &map->kinds, (uint8_t)kind);
}

bool map_put_all(struct decode *d, struct map_column *map, const struct map_column *entries) {
    return count_items(d, entries->kinds.used) &&
           buffer_put(d, &map->keys, entries->keys.bytes, entries->keys.used) &&
           buffer_put(d, &map->values, entries->values.bytes, entries->values.used) &&
           buffer_put(d, &map->kinds, entries->kinds.bytes, entries->kinds.used);
}

size_t map_begin(const struct map_column *map) {
    const int32_t *offsets = (const int32_t *)map->offsets.bytes;
    return (size_t)offsets[map->offsets.used / sizeof(int32_t) - 1];
}

bool map_repeats(const struct decode *d, const struct map_column *map) {
    size_t begin = map_begin(map);
    size_t end = map->keys.used / sizeof(struct text);
    if (end - begin > REPEATS_LOOKED_FOR_MAX || end == begin) {
        return end != begin; /* without entries there may be no keys to point at either */
    }
    const struct text *keys = (const struct text *)map->keys.bytes + begin;
    uint64_t heads[REPEATS_LOOKED_FOR_MAX];
    for (size_t i = 0; i < end - begin; i++) {
        heads[i] = text_head(&keys[i]);
        for (size_t j = 0; j < i; j++) {
            if (heads[i] == heads[j] && same_rest(d, &keys[i], &keys[j])) {
                return true;
            }
        }
    }
    return false;
}

bool map_end(struct decode *d, struct map_column *map) {
    map->may_repeat = map->may_repeat || map_repeats(d, map);
    return put_offset(d, &map->offsets, &map->keys, sizeof(struct text));
}

void map_clear(struct map_column *map) {
    map->keys.used = map->values.used = map->kinds.used = 0;
}

void map_free(struct map_column *map) {
    buffer_free(&map->offsets);
    buffer_free(&map->keys);
    buffer_free(&map->values);
    buffer_free(&map->kinds);
}

void columns_free(const struct column *columns) {
    for (; columns->name; columns++) {
        if (columns->kind == COLUMN_MAP) {
            map_free(columns->at);
        } else {
            buffer_free(columns->at);
        }
    }
}
