/*
 * Packs chunks whose bytes were changed at random, as after a crash: run under sanitizers.
 *
 * damaged SEED ROUNDS FILE: writes what it packed to FILE, each block as u32 size, u64 rows, i64
 * begin, i64 end and its bytes, so that a reader can check that every one of them is sound.
 */
#include <stdio.h>
#include <stdlib.h>

#include "limits.h"
#include "pack.h"
#include "payload.h"

enum { MEMORY = 128 * 1024, TABLE = 16 * 1024, ROWS = 200, HEADER = 64 };

static uint64_t state;

static uint32_t chance(uint32_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % below;
}

static uint8_t *put(uint8_t *at, const void *bytes, size_t size) {
    memcpy(at, bytes, size);
    return at + size;
}

static uint8_t *put_u32(uint8_t *at, uint32_t value) { return put(at, &value, 4); }

static uint8_t *put_text(uint8_t *at, const char *text) {
    return put(put_u32(at, (uint32_t)strlen(text)), text, strlen(text));
}

static struct text text(const char *from) { return (struct text){from, (uint32_t)strlen(from)}; }

/* A table with a log site, a keyset and a metric; numbers in `sites`. */
static size_t fill_table(uint8_t *table, uint32_t sites[3]) {
    size_t used = HEADER;
    const struct text none = {"", 0};
    const struct {
        enum site_kind kind;
        uint32_t line;
        struct text name;
    } wanted[3] = {
        {SITE_LOG, 7, text("%d of %s is %5.1f")},
        {SITE_KEYSET, 2, {"one\0two\0", 8}},
        {SITE_METRIC, 9, text("latency")},
    };
    for (int at = 0; at < 3; at++) {
        sites[at] = (uint32_t)(used / 8);
        used += site_write(table + used, TABLE - used, wanted[at].kind, wanted[at].line,
                           wanted[at].name, text("shop.cart"), text("cart.py"), none);
    }
    return used;
}

/* One payload of everything; returns its end. */
static uint8_t *fill_payload(uint8_t *at, const uint32_t sites[3], const uint8_t *table) {
    int64_t number = (int64_t)state;
    double fraction = (double)chance(100000) / 7;
    if (chance(4) == 0) {
        const struct site *site = (const struct site *)(const void *)(table + 8 * sites[2]);
        *at++ = PART_SITE;
        at = put(put_u32(at, site->size), site, site->size);
    }
    if (chance(3) == 0) {
        *at++ = PART_MESSAGE;
        at = put_text(at, "%s|%d|%r gr\xC3\xBC\xC3\x9F");
    }
    *at++ = PART_ARGUMENTS;
    *at++ = 3;
    *at++ = VALUE_INT;
    at = put(at, &number, 8);
    *at++ = VALUE_TEXT;
    at = put_text(at, "some text");
    *at++ = VALUE_FLOAT;
    at = put(at, &fraction, 8);
    *at++ = PART_KEYSET;
    at = put_u32(at, sites[1]);
    *at++ = VALUE_TRUE;
    *at++ = VALUE_BYTES;
    at = put_text(at, "bytes");
    *at++ = PART_PROPERTY;
    at = put_text(at, "key");
    *at++ = VALUE_FLOAT;
    at = put(at, &fraction, 8);
    *at++ = PART_END;
    return at;
}

static void fill_chunk(uint8_t *memory, enum kind kind, const uint32_t sites[3],
                       const uint8_t *table) {
    struct chunk_header *header = (void *)memory;
    union columns columns;
    uint8_t *arena;
    memset(memory, 0, MEMORY);
    header->kind = kind;
    header->rows_max = CHUNK_ROWS;
    header->arena_bytes = 48 * 1024;
    if (!chunk_columns(header, MEMORY, &columns, &arena)) {
        abort();
    }
    uint8_t *at = arena;
    for (uint32_t row = 0; row < ROWS; row++) {
        uint32_t payload = (uint32_t)(at - arena) + 1, site = sites[chance(3)];
        at = fill_payload(at, sites, table);
        site = chance(5) ? site : SITE_INLINE;
        if (kind == KIND_LOG) {
            columns.log.time[row] = 1000 * row;
            columns.log.span[row] = chance(3);
            columns.log.site[row] = site;
            columns.log.payload[row] = payload;
            columns.log.level[row] = (uint8_t)(1 + chance(6));
        } else if (kind == KIND_METRICS) {
            columns.metrics.time[row] = 1000 * row;
            columns.metrics.value[row] = row;
            columns.metrics.site[row] = site;
            columns.metrics.payload[row] = payload;
        } else {
            columns.spans.begin[row] = 1000 * row;
            columns.spans.end[row] = 1000 * row + 10;
            columns.spans.id[row] = row + 1;
            columns.spans.site[row] = site;
            columns.spans.payload[row] = payload;
        }
    }
    atomic_store(&header->rows, ROWS);
}

static void damage(uint8_t *memory, size_t size) {
    static const uint8_t ODD[] = {0, 1, 0x7F, 0x80, 0xFF};
    for (uint32_t left = chance(40); left; left--) {
        size_t at = chance((uint32_t)size);
        memory[at] = chance(2) ? (uint8_t)chance(256) : ODD[chance(sizeof ODD)];
    }
}

static bool keep(void *file, const struct packed *block) {
    uint32_t size = (uint32_t)block->size;
    uint64_t rows = block->rows;
    return fwrite(&size, 4, 1, file) == 1 && fwrite(&rows, 8, 1, file) == 1 &&
           fwrite(&block->begin, 8, 1, file) == 1 && fwrite(&block->end, 8, 1, file) == 1 &&
           fwrite(block->bytes, 1, size, file) == size;
}

static uint64_t none(void *file) {
    (void)file;
    return 0;
}

static void pack_one(struct packer *packer, uint8_t *memory, const uint8_t *table, size_t used,
                     const struct clock_points *points, FILE *file) {
    struct chunk chunk = {.header = (void *)memory};
    chunk.memory = (struct memory){memory, MEMORY, MEMORY, -1, false};
    if (!chunk_columns(chunk.header, MEMORY, &chunk.columns, &chunk.arena)) {
        return;
    }
    uint32_t rows = atomic_load(&chunk.header->rows);
    uint32_t most = chunk.header->rows_max;
    struct rows piece = {&chunk, 0, rows < most ? rows : most};
    struct timeline timeline;
    struct buffer gathered = {0};
    timeline_open(&timeline, points);
    rows_gather(&gathered, &piece, &timeline);
    struct listed_span open = {1, 0, 5, 0, chance(1u << 20)};
    struct pack_source source = {
        .kind = chunk.header->kind,
        .table = {table, used},
        .open = &open,
        .open_count = 1,
        .rows_max = 1 + chance(300),
        .bytes_max = chance(2) ? 1u << 20 : 4000,
    };
    struct pack_target target = {keep, none, file};
    if (source.kind == KIND_SPANS || rows_sort(rows_of(&gathered), rows_count(&gathered))) {
        pack_rows(packer, &source, rows_of(&gathered), rows_count(&gathered), &target);
    }
    buffer_free(&gathered);
}

int main(int count, char **words) {
    if (count != 4) {
        return 2;
    }
    state = strtoull(words[1], NULL, 10);
    /* Of exactly their sizes, so that a read beyond them is seen. */
    uint8_t *memory = aligned_alloc(64, MEMORY), *table = aligned_alloc(64, TABLE);
    FILE *file = fopen(words[3], "wb");
    if (!memory || !table || !file) {
        return 2;
    }
    struct packer packer = {0};
    for (long left = strtol(words[2], NULL, 10); left > 0; left--) {
        uint32_t sites[3];
        memset(table, 0, TABLE);
        size_t used = fill_table(table, sites);
        struct clock_points points = {.count = 2, .points = {{0, 1000000}, {200000, 1500000}}};
        fill_chunk(memory, chance(KINDS), sites, table);
        clock_counts_cycles = chance(2);
        damage(memory, MEMORY);
        damage(memory, sizeof(struct chunk_header) + 16 * 1024);
        if (chance(3) == 0) {
            damage(table, used);
            damage((uint8_t *)&points, 48);
        }
        pack_one(&packer, memory, table, used, &points, file);
    }
    packer_free(&packer);
    free(memory);
    free(table);
    return fclose(file) ? 2 : 0;
}
