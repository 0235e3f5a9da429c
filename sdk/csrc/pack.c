/*
 * Rows into blocks: columns, header, compressed.
 *
 * Rule: a block that is too large, or that cannot be made, is tried in halves: one event that should
 * not have been let in costs itself and no other.
 */
#include "pack.h"

#include <stdlib.h>

static const char *const NAMES[KINDS] = {"log", "metrics", "spans", "traces"};

void packer_free(struct packer *packer) {
    columns_free(&packer->columns);
    block_sites_free(&packer->sites);
    block_properties_free(&packer->properties);
    texts_free(&packer->messages);
    buffer_free(&packer->first);
    buffer_free(&packer->second);
    buffer_free(&packer->third);
    buffer_free(&packer->open);
    buffer_free(&packer->raw);
    buffer_free(&packer->out);
    compressor_free(packer->compressor);
    *packer = (struct packer){0};
}

void *pack_column(struct packer *packer, struct buffer *buffer, size_t count, size_t width) {
    buffer_empty(buffer);
    uint8_t *room = buffer_room(buffer, count * width);
    packer->columns.failed = packer->columns.failed || !room;
    return room;
}

void pack_times(struct packer *packer, const char *name, const struct row *rows, size_t count) {
    int64_t *values = pack_column(packer, &packer->first, count, sizeof *values);
    if (!values) {
        return;
    }
    uint64_t before = (uint64_t)rows[0].time;
    for (size_t at = 0; at < count; at++) {
        values[at] = (int64_t)((uint64_t)rows[at].time - before);
        before = (uint64_t)rows[at].time;
    }
    column_int64(&packer->columns, name, values, count, false);
}

/* The descriptor that a row carries itself. */
static bool own_site(struct packer *packer, const struct row *row, uint32_t *number) {
    struct reader reader = {row->payload, row->payload_end};
    const uint8_t *bytes;
    uint8_t tag;
    uint32_t size;
    return read_u8(&reader, &tag) && tag == PART_SITE && read_text(&reader, &bytes, &size) &&
           block_site_inline(&packer->sites, bytes, size, number);
}

uint32_t pack_site(struct packer *packer, const struct row *row) {
    uint32_t number;
    if (row->site == SITE_INLINE && own_site(packer, row, &number)) {
        return number;
    }
    return block_site(&packer->sites, row->site);
}

void pack_sites(struct packer *packer, const struct row *rows, size_t count) {
    uint32_t *values = pack_column(packer, &packer->first, count, sizeof *values);
    if (!values) {
        return;
    }
    for (size_t at = 0; at < count; at++) {
        values[at] = pack_site(packer, &rows[at]);
    }
    column_uint32(&packer->columns, "site", values, count);
}

/* Adds the properties of a payload; what else it holds is passed over. */
static void row_properties(struct block_properties *properties, const struct row *row) {
    struct reader reader = {row->payload, row->payload_end};
    const uint8_t *text;
    struct value value;
    uint32_t size;
    uint8_t tag, count;
    bool whole = true;
    while (whole && read_u8(&reader, &tag) && tag != PART_END) {
        switch (tag) {
        case PART_SITE:
        case PART_MESSAGE:
            whole = read_text(&reader, &text, &size);
            break;
        case PART_ARGUMENTS:
            for (whole = read_u8(&reader, &count); whole && count; count--) {
                whole = read_value(&reader, &value);
            }
            break;
        case PART_KEYSET:
            whole = keyset_read(properties, &reader);
            break;
        case PART_PROPERTY:
            whole = property_read(properties, &reader);
            break;
        case PART_TRACE:
            whole = trace_read(properties, &reader);
            break;
        default:
            whole = false;
        }
    }
}

void pack_properties(struct packer *packer, const struct row *rows, size_t count) {
    struct block_properties *properties = &packer->properties;
    block_properties_begin(properties, packer->sites.table);
    bool log = packer->messages.ends.size != 0;
    for (size_t at = 0; at < count; at++) {
        if (log && rows[at].span) {
            struct value id = {.tag = VALUE_INT, .integer = rows[at].span};
            property_add(properties, "span_id", 7, &id);
        }
        if (rows[at].payload != rows[at].payload_end) {
            row_properties(properties, &rows[at]);
        }
        properties_row(properties);
    }
    if (properties->map.keys.size || map_failed(&properties->map)) {
        column_map(&packer->columns, "properties", &properties->map, count);
    }
}

static void fill(struct packer *packer, const struct pack_source *source, const struct row *rows,
                 size_t count) {
    columns_empty(&packer->columns);
    texts_empty(&packer->messages);
    buffer_empty(&packer->open);
    block_sites_begin(&packer->sites, source->table);
    switch (source->kind) {
    case KIND_LOG:
        pack_log(packer, rows, count);
        break;
    case KIND_METRICS:
        pack_metrics(packer, rows, count);
        break;
    default:
        pack_spans(packer, rows, count, source);
    }
    packer->columns.failed = packer->columns.failed || packer->sites.seen.failed ||
                             packer->sites.names.failed;
}

static bool compressed(struct packer *packer, struct packed *block) {
    *block = (struct packed){.bytes = packer->raw.data, .size = packer->raw.size};
    buffer_empty(&packer->out);
    if (packer->compressor) {
        if (!compress_frame(packer->compressor, &packer->out, packer->raw.data,
                            packer->raw.size)) {
            return false;
        }
        block->bytes = packer->out.data;
        block->size = packer->out.size;
        block->compressed = true;
    }
    return true;
}

static void range(struct packed *block, enum kind kind, const struct row *rows, size_t count) {
    block->rows = count;
    block->begin = block->end = rows[0].time;
    for (size_t at = 0; at < count; at++) {
        int64_t end = kind_has_ends(kind) ? rows[at].end : rows[at].time;
        block->begin = rows[at].time < block->begin ? rows[at].time : block->begin;
        block->end = end > block->end ? end : block->end;
    }
}

/* Makes and hands over one block; false when it is too large or could not be made. */
static bool pack_block(struct packer *packer, const struct pack_source *source,
                       const struct row *rows, size_t count, const struct pack_target *target) {
    fill(packer, source, rows, count);
    uint64_t bytes = packer->columns.plain_bytes + packer->sites.json.size;
    if (packer->columns.failed || (count > 1 && bytes > source->bytes_max)) {
        return false;
    }
    struct packed block;
    uint64_t since = (uint64_t)rows[0].time - (uint64_t)source->origin_ticks;
    struct container_facts facts = {
        .kind = NAMES[source->kind],
        .rows = count,
        .sites = &packer->sites.json,
        .open_spans = source->kind == KIND_SPANS ? &packer->open : NULL,
        .origin_ticks = rows[0].time,
        .origin_unix_ns = (int64_t)((uint64_t)source->origin_unix_ns + since),
        .dropped = target->untold(target->argument),
    };
    buffer_empty(&packer->raw);
    if (!container_write(&packer->raw, &facts, &packer->columns) || !compressed(packer, &block)) {
        return false;
    }
    range(&block, source->kind, rows, count);
    return target->sink(target->argument, &block);
}

static size_t pack_halves(struct packer *packer, const struct pack_source *source,
                          const struct row *rows, size_t count,
                          const struct pack_target *target) {
    if (pack_block(packer, source, rows, count, target)) {
        return 0;
    }
    if (count == 1) {
        return 1;
    }
    size_t half = count / 2;
    return pack_halves(packer, source, rows, half, target) +
           pack_halves(packer, source, rows + half, count - half, target);
}

size_t pack_rows(struct packer *packer, const struct pack_source *source, const struct row *rows,
                 size_t count, const struct pack_target *target) {
    size_t lost = 0;
    for (size_t at = 0; at < count; at += source->rows_max) {
        size_t some = count - at < source->rows_max ? count - at : source->rows_max;
        lost += pack_halves(packer, source, rows + at, some, target);
    }
    return lost;
}
