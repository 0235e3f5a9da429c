/*
 * The container of one block: header and columns as docs/formats/limnograph-v1.md lays them out.
 *
 * Rule: byte for byte what wire/container.py reads; the two are tested against each other.
 */
#include "container.h"

#include "json.h"

enum { VERSION = 1, ALIGNMENT = 64, HEADER_AT = 16 };

static void number(struct buffer *out, const char *key, int64_t value) {
    json_key(out, key);
    json_integer(out, value);
}

static void list(struct buffer *out, const char *key, const struct buffer *items) {
    json_key(out, key);
    buffer_byte(out, '[');
    buffer_append(out, items->data, items->size);
    buffer_byte(out, ']');
}

bool container_write(struct buffer *out, const struct container_facts *facts,
                     const struct column_area *columns) {
    size_t start = out->size;
    buffer_append(out, "LIMNOBLK", 8);
    buffer_u32(out, VERSION);
    buffer_u32(out, 0);
    buffer_byte(out, '{');
    json_key(out, "kind");
    json_text(out, facts->kind, strlen(facts->kind));
    number(out, "rows", (int64_t)facts->rows);
    list(out, "columns", &columns->described);
    list(out, "sites", facts->sites);
    json_key(out, "clock");
    buffer_byte(out, '{');
    number(out, "ticks_per_second", 1000000000);
    number(out, "origin_ticks", facts->origin_ticks);
    number(out, "origin_unix_ns", facts->origin_unix_ns);
    buffer_byte(out, '}');
    number(out, "dropped", (int64_t)facts->dropped);
    if (facts->open_spans) {
        list(out, "open_spans", facts->open_spans);
    }
    buffer_byte(out, '}');
    size_t size = out->size - start - HEADER_AT;
    buffer_zeros(out, -(size + HEADER_AT) & (ALIGNMENT - 1));
    buffer_append(out, columns->area.data, columns->area.size);
    bool bad = out->failed || columns->failed || columns->area.failed ||
               columns->described.failed || facts->sites->failed ||
               (facts->open_spans && facts->open_spans->failed) || size > UINT32_MAX;
    if (bad) {
        out->size = start;
        return false;
    }
    uint32_t header = (uint32_t)size;
    memcpy(out->data + start + HEADER_AT - 4, &header, 4);
    return true;
}
