/*
 * The columns of completed spans, of either kind, and the list of the profile spans still open.
 */
#include "pack.h"

#include "json.h"

static void list(struct packer *packer, const struct listed_span *span) {
    struct buffer *json = &packer->open;
    if (json->size) {
        buffer_byte(json, ',');
    }
    buffer_byte(json, '{');
    json_key(json, "id");
    json_integer(json, span->id);
    json_key(json, "parent");
    json_integer(json, span->parent);
    json_key(json, "depth");
    json_integer(json, span->depth);
    json_key(json, "site");
    json_integer(json, block_site(&packer->sites, span->site));
    json_key(json, "begin_ticks");
    json_integer(json, span->begin);
    buffer_byte(json, '}');
}

void pack_spans(struct packer *packer, const struct row *rows, size_t count,
                const struct pack_source *source) {
    struct column_area *columns = &packer->columns;
    pack_times(packer, "begin", rows, count);
    int64_t *wide = pack_column(packer, &packer->first, count, sizeof *wide);
    uint32_t *narrow = pack_column(packer, &packer->second, count, sizeof *narrow);
    uint8_t *status = pack_column(packer, &packer->third, count, 1);
    if (!wide || !narrow || !status) {
        return;
    }
    for (size_t at = 0; at < count; at++) {
        wide[at] = rows[at].end - rows[at].time;
        narrow[at] = rows[at].depth;
        status[at] = rows[at].code;
    }
    column_int64(columns, "duration", wide, count, false);
    column_uint32(columns, source->kind == KIND_TRACES ? "thread" : "depth", narrow, count);
    column_uint8(columns, "status", status, count);
    uint8_t any = 0;
    for (size_t at = 0; at < count; at++) {
        any |= status[at] = rows[at].coroutine;
    }
    if (any) {
        column_uint8(columns, "coroutine", status, count);
    }
    for (size_t at = 0; at < count; at++) {
        wide[at] = rows[at].id;
    }
    column_int64(columns, "id", wide, count, true);
    for (size_t at = 0; at < count; at++) {
        wide[at] = rows[at].parent;
    }
    column_int64(columns, "parent", wide, count, true);
    pack_sites(packer, rows, count);
    pack_properties(packer, rows, count);
    for (size_t at = 0; at < source->open_count; at++) {
        list(packer, &source->open[at]);
    }
}
