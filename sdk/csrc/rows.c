/*
 * Rows of chunks brought together: the events of one block in one array, whatever thread they are of.
 *
 * Rule: nothing that a chunk says is believed: offsets are compared with the arena, and values that
 * would make a reader refuse the whole block are brought into their range.
 */
#include "rows.h"

#include <stdlib.h>

enum { LEVEL_MAX = 6, STATUS_MAX = 2, STATUS_BITS = 0x7f };

/* The bytes of a chunk's arena that are really there. */
static const uint8_t *arena_end(const struct chunk *chunk) {
    const uint8_t *end = (const uint8_t *)chunk->memory.base + chunk->memory.bytes;
    size_t room = chunk->arena && chunk->arena <= end ? (size_t)(end - chunk->arena) : 0;
    size_t said = chunk->header->arena_bytes;
    return chunk->arena + (said < room ? said : room);
}

static void point(struct row *row, const struct chunk *chunk, const uint8_t *end,
                  uint32_t payload) {
    row->payload = row->payload_end = end;
    if (payload && payload - 1 < (size_t)(end - chunk->arena)) {
        row->payload = chunk->arena + payload - 1;
    }
}

static void log_row(struct row *row, const struct chunk *chunk, uint32_t at) {
    const struct log_columns *columns = &chunk->columns.log;
    uint8_t level = columns->level[at];
    row->time = columns->time[at];
    row->span = columns->span[at];
    row->site = columns->site[at];
    row->code = level < 1 ? 1 : level > LEVEL_MAX ? LEVEL_MAX : level;
}

static void metrics_row(struct row *row, const struct chunk *chunk, uint32_t at) {
    const struct metrics_columns *columns = &chunk->columns.metrics;
    row->time = columns->time[at];
    row->value = columns->value[at];
    row->site = columns->site[at];
}

static void spans_row(struct row *row, const struct chunk *chunk, uint32_t at) {
    const struct spans_columns *columns = &chunk->columns.spans;
    uint8_t status = columns->status[at] & STATUS_BITS;
    row->time = columns->begin[at];
    row->end = columns->end[at];
    row->id = columns->id[at] < 1 ? 1 : columns->id[at];
    row->parent = columns->parent[at] < 0 ? 0 : columns->parent[at];
    row->site = columns->site[at];
    row->depth = columns->depth[at];
    row->code = status > STATUS_MAX ? 0 : status;
    row->coroutine = columns->status[at] > STATUS_BITS;
}

void rows_gather(struct buffer *rows, const struct rows *piece, struct timeline *timeline) {
    const struct chunk *chunk = piece->chunk;
    const uint8_t *end = arena_end(chunk);
    uint32_t count = piece->to - piece->from;
    struct row *row = (struct row *)(void *)buffer_room(rows, count * sizeof *row);
    if (!row) {
        return;
    }
    for (uint32_t at = piece->from; at < piece->to; at++, row++) {
        *row = (struct row){0};
        switch (chunk->header->kind) {
        case KIND_LOG:
            log_row(row, chunk, at);
            point(row, chunk, end, chunk->columns.log.payload[at]);
            break;
        case KIND_METRICS:
            metrics_row(row, chunk, at);
            point(row, chunk, end, chunk->columns.metrics.payload[at]);
            break;
        default:
            spans_row(row, chunk, at);
            point(row, chunk, end, chunk->columns.spans.payload[at]);
            row->end = timeline_ns(timeline, row->end);
        }
        row->time = timeline_ns(timeline, row->time);
        if (kind_has_ends(chunk->header->kind) && row->end < row->time) {
            row->end = row->time;
        }
    }
    rows->size += count * sizeof *row;
}

static void merge(struct row *out, const struct row *left, size_t lefts, const struct row *right,
                  size_t rights) {
    while (lefts && rights) {
        if (right->time < left->time) {
            *out++ = *right++;
            rights--;
        } else {
            *out++ = *left++;
            lefts--;
        }
    }
    if (lefts) {
        memcpy(out, left, lefts * sizeof *out);
    }
    if (rights) {
        memcpy(out + lefts, right, rights * sizeof *out);
    }
}

static size_t run(const struct row *rows, size_t count) {
    size_t size = 1;
    while (size < count && rows[size - 1].time <= rows[size].time) {
        size++;
    }
    return size;
}

/* Merges neighbouring runs, as each thread's rows are one, until one is left. */
bool rows_sort(struct row *rows, size_t count) {
    if (!count || run(rows, count) == count) {
        return true;
    }
    struct row *other = malloc(count * sizeof *rows), *from = rows, *to = other;
    if (!other) {
        return false;
    }
    for (bool sorted = false; !sorted;) {
        size_t at = 0, runs = 0;
        while (at < count) {
            size_t left = run(from + at, count - at);
            size_t right = at + left < count ? run(from + at + left, count - at - left) : 0;
            merge(to + at, from + at, left, from + at + left, right);
            at += left + right;
            runs++;
        }
        struct row *swap = from;
        from = to;
        to = swap;
        sorted = runs == 1;
    }
    if (from != rows) {
        memcpy(rows, from, count * sizeof *rows);
    }
    free(other);
    return true;
}
