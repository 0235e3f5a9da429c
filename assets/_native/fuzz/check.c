/* What holds of everything that is decoded: see check.h. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void check_failed(const char *what, const char *file, int line) {
    fprintf(stderr, "%s:%d: this does not hold: %s\n", file, line, what);
    abort();
}

void check_refusal(const struct decode *d) {
    CHECK(d->failed && !d->out_of_memory);
    CHECK(d->reason[0] != 0 && memchr(d->reason, 0, sizeof d->reason) != NULL);
    CHECK(d->offset <= d->size);
}

static void check_text(const struct decode *d, const struct text *text) {
    struct span bytes;
    if (text->length > TEXT_INLINE_MAX) {
        bool in_payload = text->as.placed.buffer == IN_PAYLOAD;
        size_t size = in_payload ? d->size : d->made.used;
        CHECK(text->as.placed.buffer <= IN_MADE);
        CHECK(text->as.placed.offset <= size && text->length <= size - text->as.placed.offset);
        bytes = text_bytes(d, text);
        CHECK(memcmp(text->as.placed.prefix, bytes.at, sizeof text->as.placed.prefix) == 0);
    } else {
        for (unsigned i = text->length; i < TEXT_INLINE_MAX; i++) {
            CHECK(text->as.inlined[i] == 0);
        }
        bytes = (struct span){text->as.inlined, text->as.inlined + text->length};
    }
    while (bytes.at < bytes.end) {
        size_t bad, length = utf8_character(bytes, &bad);
        CHECK(length > 0);
        bytes.at += length;
    }
}

static void check_texts(const struct decode *d, const struct buffer *column) {
    CHECK(column->used % sizeof(struct text) == 0);
    for (size_t at = 0; at < column->used; at += sizeof(struct text)) {
        check_text(d, (const struct text *)(column->bytes + at));
    }
}

/* Offsets begin with 0 and never fall; returns where the last list ends. */
static size_t check_offsets(const struct buffer *column) {
    const int32_t *offsets = (const int32_t *)column->bytes;
    size_t count = column->used / sizeof *offsets;
    CHECK(count > 0 && offsets[0] == 0);
    for (size_t i = 1; i < count; i++) {
        CHECK(offsets[i] >= offsets[i - 1]);
    }
    return (size_t)offsets[count - 1];
}

static size_t size_of(enum column_kind kind) {
    switch (kind) {
    case COLUMN_BYTE:
        return 1;
    case COLUMN_INT32:
    case COLUMN_OFFSETS:
        return 4;
    case COLUMN_TEXT:
        return sizeof(struct text);
    default:
        return 8;
    }
}

/* Checks a column; returns how many values it has. */
static size_t check_column(const struct decode *d, const struct column *column) {
    if (column->kind == COLUMN_MAP) {
        const struct map_column *map = column->at;
        size_t entries = check_offsets(&map->offsets);
        CHECK(map->keys.used == entries * sizeof(struct text));
        CHECK(map->values.used == map->keys.used);
        check_texts(d, &map->keys);
        check_texts(d, &map->values);
        return map->offsets.used / sizeof(int32_t) - 1;
    }
    const struct buffer *buffer = column->at;
    CHECK(buffer->used % size_of(column->kind) == 0);
    if (column->kind == COLUMN_TEXT) {
        check_texts(d, buffer);
    }
    if (column->kind == COLUMN_OFFSETS) {
        check_offsets(buffer);
        return buffer->used / sizeof(int32_t) - 1;
    }
    return buffer->used / size_of(column->kind);
}

/* A column has a value for each row, or for each element of the last list before it. */
void check_columns(const struct decode *d, const struct column *columns) {
    size_t rows = check_column(d, columns), wanted = rows;
    for (const struct column *column = columns + 1; column->name; column++) {
        size_t values = check_column(d, column);
        if (column->kind == COLUMN_OFFSETS) {
            CHECK(values == rows);
            wanted = check_offsets(column->at);
        } else {
            CHECK(values == rows || values == wanted);
        }
    }
}
