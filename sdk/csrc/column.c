/*
 * Columns of a container: buffers laid out one after the other, and their description in JSON.
 *
 * Rule: every buffer starts at a multiple of 64 and the bytes between two are zero.
 */
#include "column.h"

#include "json.h"
#include "planes.h"

enum { ALIGNMENT = 64 };

void columns_empty(struct column_area *columns) {
    buffer_empty(&columns->area);
    buffer_empty(&columns->described);
    buffer_empty(&columns->scratch);
    columns->plain_bytes = 0;
    columns->failed = false;
}

void columns_free(struct column_area *columns) {
    buffer_free(&columns->area);
    buffer_free(&columns->described);
    buffer_free(&columns->scratch);
}

static void begin(struct column_area *columns, const char *name, const char *type) {
    struct buffer *json = &columns->described;
    if (json->size) {
        buffer_byte(json, ',');
    }
    buffer_byte(json, '{');
    json_key(json, "name");
    json_text(json, name, strlen(name));
    json_key(json, "type");
    json_text(json, type, strlen(type));
    json_key(json, "buffers");
    buffer_byte(json, '[');
}

static void end(struct column_area *columns) { buffer_byte(&columns->described, '}'); }

static void close_buffers(struct column_area *columns) { buffer_byte(&columns->described, ']'); }

static void count(struct column_area *columns, const char *key, uint32_t number) {
    json_key(&columns->described, key);
    json_integer(&columns->described, number);
}

/* Describes the buffer that was appended to the area since `start`; pads it. */
static void describe(struct column_area *columns, size_t start, size_t plain) {
    struct buffer *json = &columns->described;
    size_t size = columns->area.size - start;
    if (json->size && json->data[json->size - 1] == ']') {
        buffer_byte(json, ',');
    }
    buffer_byte(json, '[');
    json_integer(json, (int64_t)start);
    buffer_byte(json, ',');
    json_integer(json, (int64_t)size);
    buffer_zeros(&columns->area, -size & (ALIGNMENT - 1));
    columns->plain_bytes += plain;
}

static void raw(struct column_area *columns, const void *bytes, size_t size) {
    size_t start = columns->area.size;
    buffer_append(&columns->area, bytes, size);
    describe(columns, start, size);
    buffer_byte(&columns->described, ']');
}

/* Writes the 64-bit values in the scratch buffer as planes. */
static void planes(struct column_area *columns, size_t values, unsigned width, bool rising) {
    struct packing packing;
    size_t start = columns->area.size;
    if (columns->scratch.failed ||
        !planes_write(&columns->area, (int64_t *)(void *)columns->scratch.data, values, rising,
                      &packing)) {
        columns->failed = true;
        return;
    }
    struct buffer *json = &columns->described;
    describe(columns, start, values * width);
    buffer_text(json, packing.zigzag ? ",\"zigzag\"," : ",\"planes\",");
    json_integer(json, packing.base);
    if (rising) {
        buffer_byte(json, ',');
        json_integer(json, packing.start);
    }
    buffer_byte(json, ']');
}

/* Room for so many values in the scratch buffer; NULL without memory. */
static int64_t *scratch(struct column_area *columns, size_t values) {
    buffer_empty(&columns->scratch);
    uint8_t *room = buffer_room(&columns->scratch, 8 * values);
    columns->failed = columns->failed || !room;
    return (int64_t *)(void *)room;
}

void column_int64(struct column_area *columns, const char *name, const int64_t *values, size_t rows,
                  bool rising) {
    int64_t *wide = scratch(columns, rows);
    begin(columns, name, "int64");
    if (wide) {
        if (rows) {
            memcpy(wide, values, 8 * rows);
        }
        planes(columns, rows, 8, rising);
    }
    close_buffers(columns);
    end(columns);
}

static void narrow(struct column_area *columns, const uint32_t *values, size_t rows, bool rising) {
    int64_t *wide = scratch(columns, rows);
    if (wide) {
        for (size_t row = 0; row < rows; row++) {
            wide[row] = values[row];
        }
        planes(columns, rows, 4, rising);
    }
}

void column_uint32(struct column_area *columns, const char *name, const uint32_t *values,
                   size_t rows) {
    begin(columns, name, "uint32");
    narrow(columns, values, rows, false);
    close_buffers(columns);
    end(columns);
}

void column_uint8(struct column_area *columns, const char *name, const uint8_t *values, size_t rows) {
    int64_t *wide = scratch(columns, rows);
    begin(columns, name, "uint8");
    if (wide) {
        for (size_t row = 0; row < rows; row++) {
            wide[row] = values[row];
        }
        planes(columns, rows, 1, false);
    }
    close_buffers(columns);
    end(columns);
}

/* As they are: values that come again are found by zstd whole, but not spread over eight planes. */
void column_float64(struct column_area *columns, const char *name, const double *values,
                    size_t rows) {
    begin(columns, name, "float64");
    raw(columns, values, 8 * rows);
    close_buffers(columns);
    end(columns);
}

/* Offsets of `values` texts: 0, then where each ends. */
static void offsets(struct column_area *columns, const struct buffer *ends, size_t values) {
    int64_t *wide = scratch(columns, values + 1);
    if (!wide) {
        return;
    }
    wide[0] = 0;
    for (size_t at = 0; at < values; at++) {
        uint32_t value;
        memcpy(&value, ends->data + 4 * at, 4);
        wide[at + 1] = value;
    }
    planes(columns, values + 1, 4, true);
}

static bool complete(struct column_area *columns, const struct buffer *ends, size_t values,
                     size_t size) {
    if (ends->failed || ends->size != 4 * values || size > INT32_MAX) {
        columns->failed = true;
        return false;
    }
    return true;
}

void column_utf8(struct column_area *columns, const char *name, const struct texts *texts,
                 size_t rows) {
    begin(columns, name, "utf8");
    if (complete(columns, &texts->ends, rows, texts->data.size)) {
        offsets(columns, &texts->ends, rows);
        raw(columns, texts->data.data, texts->data.size);
    }
    columns->failed = columns->failed || texts->data.failed;
    close_buffers(columns);
    end(columns);
}

static void indexed(struct column_area *columns, const struct buffer *numbers,
                    const struct dictionary *texts) {
    narrow(columns, (const uint32_t *)(const void *)numbers->data, numbers->size / 4, false);
    offsets(columns, &texts->ends, texts->count);
    raw(columns, texts->data.data, texts->data.size);
}

void column_map(struct column_area *columns, const char *name, const struct map *map, size_t rows) {
    if (map_failed(map) || !complete(columns, &map->ends, rows, map->keys.size)) {
        columns->failed = true;
        return;
    }
    begin(columns, name, "map");
    offsets(columns, &map->ends, rows);
    indexed(columns, &map->keys, &map->key_texts);
    indexed(columns, &map->values, &map->value_texts);
    close_buffers(columns);
    count(columns, "entries", (uint32_t)(map->keys.size / 4));
    count(columns, "key_values", map->key_texts.count);
    count(columns, "value_values", map->value_texts.count);
    end(columns);
}

void texts_empty(struct texts *texts) {
    buffer_empty(&texts->data);
    buffer_empty(&texts->ends);
}

void texts_free(struct texts *texts) {
    buffer_free(&texts->data);
    buffer_free(&texts->ends);
}

void texts_end(struct texts *texts) {
    texts->data.failed = texts->data.failed || texts->data.size > INT32_MAX;
    buffer_u32(&texts->ends, (uint32_t)texts->data.size);
}

void map_empty(struct map *map) {
    buffer_empty(&map->ends);
    buffer_empty(&map->keys);
    buffer_empty(&map->values);
    dictionary_empty(&map->key_texts);
    dictionary_empty(&map->value_texts);
}

void map_free(struct map *map) {
    buffer_free(&map->ends);
    buffer_free(&map->keys);
    buffer_free(&map->values);
    dictionary_free(&map->key_texts);
    dictionary_free(&map->value_texts);
}

bool map_failed(const struct map *map) {
    return map->ends.failed || map->keys.failed || map->values.failed ||
           map->key_texts.failed || map->value_texts.failed;
}
