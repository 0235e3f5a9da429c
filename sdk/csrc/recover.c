/*
 * Packing what a dead process left, with the same code that packs the living.
 *
 * Rule: nothing in the files changes, so that the same rows are found however often one looks.
 */
#include "recover.h"

#include <stdlib.h>

#include "dead.h"
#include "limits.h"

enum { CHANGES_MAX = 256 };

struct work {
    const struct recover_order *order;
    struct dead dead;
    struct packer packer;
    struct pack_source source;
    struct timeline timeline;
    struct buffer rows;
    struct cell_change changes[CHANGES_MAX];
    const struct chunk_header *thread; /* of whose spans the rows are; NULL for other kinds */
    struct recovered *found;
    struct finished **end;
    bool failed;
};

/* Rows of the chunk from here on were not stored. */
static uint32_t first_row(const struct work *work, const struct chunk_header *header) {
    uint32_t from = atomic_load(&((struct chunk_header *)header)->settled);
    for (size_t at = 0; at < work->order->stored_count; at++) {
        const struct cursor *cursor = &work->order->stored[at];
        if (cursor->sequence == header->sequence && cursor->rows > from) {
            from = cursor->rows;
        }
    }
    return from;
}

static void gather(struct work *work, struct chunk *chunk) {
    uint32_t from = first_row(work, chunk->header);
    uint32_t to = atomic_load(&chunk->header->rows);
    if (from < to) {
        rows_gather(&work->rows, &(struct rows){chunk, from, to}, &work->timeline);
    }
}

static bool sink(void *argument, const struct packed *packed) {
    struct work *work = argument;
    struct finished *block = malloc(sizeof *block + packed->size);
    if (block == NULL) {
        work->failed = true;
        return false;
    }
    *block = (struct finished){
        .kind = work->source.kind,
        .rows = packed->rows,
        .begin = packed->begin,
        .end = packed->end,
        .compressed = packed->compressed,
        .size = packed->size,
    };
    if (work->thread != NULL) {
        block->thread = work->thread->thread;
        block->native_id = work->thread->native_id;
        memcpy(block->thread_name, work->thread->thread_name, sizeof block->thread_name);
    }
    memcpy(block->payload, packed->bytes, packed->size);
    *work->end = block;
    work->end = &block->next;
    return true;
}

static uint64_t nothing_untold(void *argument) {
    (void)argument;
    return 0;
}

static void pack(struct work *work) {
    size_t count = rows_count(&work->rows);
    if (work->rows.failed) {
        work->failed = true;
    } else if (count) {
        struct row *rows = rows_of(&work->rows);
        if (work->source.kind == KIND_SPANS || rows_sort(rows, count)) {
            struct pack_target target = {sink, nothing_untold, work};
            work->found->lost += pack_rows(&work->packer, &work->source, rows, count, &target);
        } else {
            work->failed = true;
        }
    }
    buffer_empty(&work->rows);
}

/* What counters and gauges had not told: at the time of the last event, or the last flush. */
static void gather_changes(struct work *work) {
    struct cell_table table = dead_cells(&work->dead);
    int64_t at_ns = work->dead.seen_ns;
    const struct row *rows = rows_of(&work->rows);
    for (size_t at = 0; at < rows_count(&work->rows); at++) {
        at_ns = rows[at].time > at_ns ? rows[at].time : at_ns;
    }
    uint32_t from = 0;
    size_t found;
    do {
        found = cells_take(table, work->source.table, &from, work->changes, CHANGES_MAX);
        for (size_t at = 0; at < found; at++) {
            const struct cell_change *change = &work->changes[at];
            struct row row = {.time = at_ns, .value = change->value, .site = change->site};
            if (change->payload) {
                row.payload = change->payload;
                row.payload_end = change->payload + change->payload_size;
            }
            buffer_append(&work->rows, &row, sizeof row);
        }
    } while (found == CHANGES_MAX);
}

static void recover_merged(struct work *work, enum kind kind) {
    work->source.kind = kind;
    for (size_t at = 0; at < work->dead.chunks_count; at++) {
        if (work->dead.chunks[at].header->kind == kind) {
            gather(work, &work->dead.chunks[at]);
        }
    }
    if (kind == KIND_METRICS) {
        gather_changes(work);
    }
    pack(work);
}

/* Thread by thread, as each is a stream of its own. */
static void recover_spans(struct work *work) {
    work->source.kind = KIND_SPANS;
    for (size_t at = 0; at < work->dead.chunks_count; at++) {
        struct chunk *chunk = &work->dead.chunks[at];
        if (chunk->header->kind != KIND_SPANS) {
            continue;
        }
        if (work->thread != NULL && work->thread->thread != chunk->header->thread) {
            pack(work);
        }
        work->thread = chunk->header;
        gather(work, chunk);
    }
    pack(work);
}

static bool begin(struct work *work) {
    if (!dead_open(&work->dead, work->order->directory)) {
        return false;
    }
    work->packer.compressor = compressor_new();
    work->source.table = dead_sites(&work->dead);
    work->source.origin_ticks = work->order->origin_ticks;
    work->source.origin_unix_ns = work->order->origin_unix_ns;
    work->source.rows_max = work->order->rows_max ? work->order->rows_max : 1;
    work->source.bytes_max = work->order->bytes_max;
    timeline_open(&work->timeline, &work->dead.clock);
    return true;
}

bool recover(const struct recover_order *order, struct recovered *found) {
    *found = (struct recovered){NULL, 0};
    struct work *work = calloc(1, sizeof *work);
    if (work == NULL) {
        return false;
    }
    work->order = order;
    work->found = found;
    work->end = &found->blocks;
    work->failed = !begin(work);
    if (!work->failed) {
        recover_merged(work, KIND_LOG);
        recover_merged(work, KIND_METRICS);
        recover_spans(work);
        packer_free(&work->packer);
        dead_close(&work->dead);
    }
    bool failed = work->failed;
    buffer_free(&work->rows);
    free(work);
    for (struct finished *block = found->blocks, *next; failed && block; block = next) {
        next = block->next;
        finished_free(block);
    }
    return !failed;
}
