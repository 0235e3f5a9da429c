/*
 * The properties column of one block, from the payloads of its rows.
 *
 * Rule: a broken payload costs the properties behind the break and nothing else.
 */
#include "block_properties.h"

#include "limits.h"
#include "utf8.h"

void block_properties_begin(struct block_properties *properties, struct site_table table) {
    properties->table = table;
    map_empty(&properties->map);
    buffer_empty(&properties->scratch);
    buffer_empty(&properties->keyset_keys);
    memset(properties->recent, 0, sizeof properties->recent);
}

void block_properties_free(struct block_properties *properties) {
    map_free(&properties->map);
    buffer_free(&properties->scratch);
    buffer_free(&properties->keyset_keys);
}

static uint32_t number_at(const struct buffer *numbers, size_t at) {
    uint32_t number;
    memcpy(&number, numbers->data + 4 * at, 4);
    return number;
}

/* Numbers a text, cut and made valid where it has to be. */
static uint32_t text_number(struct block_properties *properties, struct dictionary *texts,
                            const void *text, size_t size) {
    if (size <= TEXT_CHARS_MAX && utf8_ascii(text, size) == size) {
        return dictionary_number(texts, text, size);
    }
    buffer_empty(&properties->scratch);
    utf8_append(&properties->scratch, text, size, TEXT_CHARS_MAX);
    return dictionary_number(texts, properties->scratch.data, properties->scratch.size);
}

static uint32_t value_number(struct block_properties *properties, const struct value *value) {
    struct dictionary *texts = &properties->map.value_texts;
    if (value->tag == VALUE_TEXT) {
        return text_number(properties, texts, value->text, value->size);
    }
    buffer_empty(&properties->scratch);
    value_property(&properties->scratch, value);
    return dictionary_number(texts, properties->scratch.data, properties->scratch.size);
}

static void add(struct block_properties *properties, uint32_t key, const struct value *value) {
    struct map *map = &properties->map;
    uint32_t number = value_number(properties, value);
    size_t pairs = map->keys.size / 4, rows = map->ends.size / 4;
    size_t first = rows ? number_at(&map->ends, rows - 1) : 0;
    for (size_t pair = first; pair < pairs; pair++) {
        if (number_at(&map->keys, pair) == key) {
            memcpy(map->values.data + 4 * pair, &number, 4);
            return;
        }
    }
    buffer_u32(&map->keys, key);
    buffer_u32(&map->values, number);
}

void property_add(struct block_properties *properties, const void *key, size_t size,
                  const struct value *value) {
    add(properties, text_number(properties, &properties->map.key_texts, key, size), value);
}

bool property_read(struct block_properties *properties, struct reader *reader) {
    const uint8_t *key;
    uint32_t size;
    struct value value;
    if (!read_text(reader, &key, &size) || !read_value(reader, &value)) {
        return false;
    }
    if (value.tag != VALUE_NONE) {
        property_add(properties, key, size, &value);
    }
    return true;
}

static void add_hex(struct block_properties *properties, const char *key, const uint8_t *bytes,
                    uint32_t count) {
    static const char DIGITS[] = "0123456789abcdef";
    uint8_t text[2 * TRACE_ID_BYTES];
    for (uint32_t at = 0; at < count; at++) {
        text[2 * at] = (uint8_t)DIGITS[bytes[at] >> 4];
        text[2 * at + 1] = (uint8_t)DIGITS[bytes[at] & 15];
    }
    struct value value = {.tag = VALUE_TEXT, .text = text, .size = 2 * count};
    property_add(properties, key, strlen(key), &value);
}

bool trace_read(struct block_properties *properties, struct reader *reader) {
    if (reader->end - reader->at < TRACE_ID_BYTES + SPAN_ID_BYTES) {
        return false;
    }
    add_hex(properties, "otel.trace_id", reader->at, TRACE_ID_BYTES);
    add_hex(properties, "otel.span_id", reader->at + TRACE_ID_BYTES, SPAN_ID_BYTES);
    reader->at += TRACE_ID_BYTES + SPAN_ID_BYTES;
    return true;
}

/* Numbers the keys of a keyset; they follow each other, each closed by NUL. */
static bool keyset(struct block_properties *properties, uint32_t number, uint32_t *recent) {
    const struct site *site = site_at(properties->table, number);
    if (!site || site->kind != SITE_KEYSET || site->line > PROPERTIES_MAX) {
        return false;
    }
    struct text keys = site_name(site);
    size_t from = properties->keyset_keys.size / 4;
    for (uint32_t at = 0; at < site->line; at++) {
        const char *end = keys.size ? memchr(keys.utf8, 0, keys.size) : NULL;
        if (!end) {
            return false;
        }
        size_t size = (size_t)(end - keys.utf8);
        struct dictionary *texts = &properties->map.key_texts;
        buffer_u32(&properties->keyset_keys, text_number(properties, texts, keys.utf8, size));
        keys.utf8 += size + 1;
        keys.size -= (uint32_t)size + 1;
    }
    recent[0] = number;
    recent[1] = (uint32_t)from + 1;
    recent[2] = site->line;
    return !properties->keyset_keys.failed;
}

bool keyset_read(struct block_properties *properties, struct reader *reader) {
    uint32_t number;
    if (!read_u32(reader, &number)) {
        return false;
    }
    uint32_t *recent = properties->recent[number % KEYSETS_RECENT];
    if ((!recent[1] || recent[0] != number) && !keyset(properties, number, recent)) {
        return false;
    }
    for (uint32_t at = 0; at < recent[2]; at++) {
        struct value value;
        if (!read_value(reader, &value)) {
            return false;
        }
        if (value.tag != VALUE_NONE) {
            add(properties, number_at(&properties->keyset_keys, recent[1] - 1 + at), &value);
        }
    }
    return true;
}

void properties_row(struct block_properties *properties) {
    struct map *map = &properties->map;
    buffer_u32(&map->ends, (uint32_t)(map->keys.size / 4));
}
