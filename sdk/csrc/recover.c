/*
 * Packing what a dead process left, with the same code that packs the living.
 *
 * Rule: nothing in the files changes, so that the same rows are found however often one looks.
 */
#include "recover.h"

#include <stdlib.h>
#include <string.h>

#include "dead.h"
#include "limits.h"
#include "open_spans.h"
#include "payload.h"

enum { CHANGES_MAX = 256, STATUS_ERROR = 2, THREADS_SEEN_MAX = 2 * THREADS_MAX };

/* The property process.end = abnormal, as payload.h has it. */
static const uint8_t ABNORMAL[] = "\x05\x0b\0\0\0process.end"
                                  "s\x08\0\0\0"
                                  "abnormal"; /* closed by PART_END, the text's own zero */
_Static_assert(PART_PROPERTY == 5 && VALUE_TEXT == 's' && PART_END == 0, "as written above");

/* What the row of a trace span says of itself: limnograph.recorder.trace_rows. */
#define TRACE_ID_KEY "limnograph.trace_id"
#define SPAN_ID_KEY "limnograph.span_id"
#define PARENT_SPAN_ID_KEY "limnograph.parent_span_id"
enum { IDENTITY_BYTES = 3 * (10 + 32 + 32) + sizeof ABNORMAL };
_Static_assert(sizeof PARENT_SPAN_ID_KEY <= 32, "as an identity has room for");

struct work {
    const struct recover_order *order;
    struct dead dead;
    struct packer packer;
    struct pack_source source;
    struct timeline timeline;
    struct buffer rows;
    struct cell_change changes[CHANGES_MAX];
    uint8_t *identities;               /* payloads of open trace spans */
    uint64_t thread;                   /* number of the one whose spans the rows are */
    const struct chunk_header *known;  /* what else is known of that thread, or NULL */
    int64_t last_ns;                   /* the latest that is known of the process so far */
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
        .thread = work->thread,
        .rows = packed->rows,
        .begin = packed->begin,
        .end = packed->end,
        .compressed = packed->compressed,
        .size = packed->size,
    };
    if (work->known != NULL) {
        block->native_id = work->known->native_id;
        memcpy(block->thread_name, work->known->thread_name, sizeof block->thread_name);
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

static void look_at_times(struct work *work) {
    const struct row *rows = rows_of(&work->rows);
    for (size_t at = 0; at < rows_count(&work->rows); at++) {
        int64_t time = kind_has_ends(work->source.kind) ? rows[at].end : rows[at].time;
        work->last_ns = time > work->last_ns ? time : work->last_ns;
    }
}

/* What counters and gauges had not told: at the time of the last event, or the last flush. */
static void gather_changes(struct work *work) {
    struct cell_table table = dead_cells(&work->dead);
    uint32_t from = 0;
    size_t found;
    do {
        found = cells_take(table, work->source.table, &from, work->changes, CHANGES_MAX);
        for (size_t at = 0; at < found; at++) {
            const struct cell_change *change = &work->changes[at];
            struct row row = {.time = work->last_ns, .value = change->value, .site = change->site};
            if (change->payload) {
                row.payload = change->payload;
                row.payload_end = change->payload + change->payload_size;
            }
            buffer_append(&work->rows, &row, sizeof row);
        }
    } while (found == CHANGES_MAX);
}

/* An open span as a row: it ends in error when the process was last known to live. */
static struct row ended_row(struct work *work, const struct span_seen *seen) {
    int64_t begin_ns = timeline_ns(&work->timeline, seen->begin);
    return (struct row){
        .time = begin_ns,
        .end = work->last_ns > begin_ns ? work->last_ns : begin_ns,
        .id = seen->id > 0 ? seen->id : 1,
        .parent = seen->parent > 0 ? seen->parent : 0,
        .site = seen->site,
        .depth = seen->depth,
        .code = STATUS_ERROR,
    };
}

/* One property with an id as hexadecimal text, as payload.h has it. */
static uint8_t *write_id(uint8_t *at, const char *key, const uint64_t *words, int count) {
    static const char DIGITS[] = "0123456789abcdef";
    uint32_t key_size = (uint32_t)strlen(key), size = (uint32_t)count * 16;
    *at++ = PART_PROPERTY;
    memcpy(at, &key_size, 4);
    memcpy(at + 4, key, key_size);
    at += 4 + key_size;
    *at++ = VALUE_TEXT;
    memcpy(at, &size, 4);
    at += 4;
    for (int word = 0; word < count; word++) {
        for (int shift = 60; shift >= 0; shift -= 4) {
            *at++ = (uint8_t)DIGITS[words[word] >> shift & 15];
        }
    }
    return at;
}

/* Whether the row of an open span was written, and the process killed before its slot was freed. */
static bool is_written(struct work *work, int64_t id) {
    const struct row *rows = rows_of(&work->rows);
    for (size_t at = rows_count(&work->rows); at-- > 0;) {
        if (rows[at].id == id) {
            return true;
        }
    }
    return false;
}

/* The trace spans that were open: of whatever thread, with the ids that their slots have. */
static void gather_open_traces(struct work *work) {
    struct span_slots open = open_spans_slots_at(work->dead.spans.base, work->dead.spans.bytes);
    work->identities = open.used ? malloc((size_t)open.used * IDENTITY_BYTES) : NULL;
    if (open.used && work->identities == NULL) {
        work->failed = true;
        return;
    }
    uint8_t *at = work->identities;
    for (uint32_t slot = 0; slot < open.used; slot++) {
        struct span_seen seen;
        if (!open_span_read(&open.slots[slot], &seen) || !seen.traced ||
            is_written(work, seen.id)) {
            continue;
        }
        struct row row = ended_row(work, &seen);
        row.depth = (uint32_t)seen.thread;
        row.payload = at;
        at = write_id(at, TRACE_ID_KEY, seen.trace, 2);
        at = write_id(at, SPAN_ID_KEY, seen.trace + 2, 1);
        if (seen.trace[3] != 0) {
            at = write_id(at, PARENT_SPAN_ID_KEY, seen.trace + 3, 1);
        }
        memcpy(at, ABNORMAL, sizeof ABNORMAL);
        at += sizeof ABNORMAL;
        row.payload_end = at;
        buffer_append(&work->rows, &row, sizeof row);
    }
}

static void recover_merged(struct work *work, enum kind kind) {
    work->source.kind = kind;
    for (size_t at = 0; at < work->dead.chunks_count; at++) {
        if (work->dead.chunks[at].header->kind == kind) {
            gather(work, &work->dead.chunks[at]);
        }
    }
    look_at_times(work);
    if (kind == KIND_METRICS) {
        gather_changes(work);
    } else if (kind == KIND_TRACES) {
        gather_open_traces(work);
    }
    pack(work);
}

/* The spans of a thread that were open when the process died: they end there, in error. */
static void gather_open(struct work *work) {
    struct span_slots open = open_spans_slots_at(work->dead.spans.base, work->dead.spans.bytes);
    for (uint32_t at = 0; at < open.used; at++) {
        struct span_seen seen;
        if (!open_span_read(&open.slots[at], &seen) || seen.traced ||
            seen.thread != work->thread) {
            continue;
        }
        struct row row = ended_row(work, &seen);
        row.payload = ABNORMAL;
        row.payload_end = ABNORMAL + sizeof ABNORMAL;
        buffer_append(&work->rows, &row, sizeof row);
    }
}

static void recover_thread(struct work *work, uint64_t thread) {
    work->thread = thread;
    work->known = NULL;
    for (size_t at = 0; at < work->dead.chunks_count; at++) {
        struct chunk *chunk = &work->dead.chunks[at];
        if (chunk->header->thread == thread) {
            work->known = chunk->header;
            if (chunk->header->kind == KIND_SPANS) {
                gather(work, chunk);
            }
        }
    }
    look_at_times(work);
    gather_open(work);
    pack(work);
}

static uint64_t next_thread(const struct work *work, uint64_t after) {
    uint64_t next = UINT64_MAX;
    for (size_t at = 0; at < work->dead.chunks_count; at++) {
        uint64_t thread = work->dead.chunks[at].header->thread;
        next = thread > after && thread < next ? thread : next;
    }
    struct span_slots open = open_spans_slots_at(work->dead.spans.base, work->dead.spans.bytes);
    for (uint32_t at = 0; at < open.used; at++) {
        struct span_seen seen;
        if (open_span_read(&open.slots[at], &seen)) {
            next = seen.thread > after && seen.thread < next ? seen.thread : next;
        }
    }
    return next;
}

/* Thread by thread, as each is a stream of its own; 0 is what no thread's buffers stand for. */
static void recover_spans(struct work *work) {
    work->source.kind = KIND_SPANS;
    recover_thread(work, 0);
    uint64_t thread = 0;
    for (int seen = 0; seen < THREADS_SEEN_MAX; seen++) {
        thread = next_thread(work, thread);
        if (thread == UINT64_MAX) {
            break;
        }
        recover_thread(work, thread);
    }
    work->thread = 0;
    work->known = NULL;
}

static bool begin(struct work *work) {
    if (!dead_open(&work->dead, work->order->directory)) {
        return false;
    }
    work->packer.compressor = compressor_new();
    work->source.table = dead_sites(&work->dead);
    work->last_ns = work->dead.seen_ns;
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
        recover_merged(work, KIND_TRACES);
        recover_spans(work);
        packer_free(&work->packer);
        dead_close(&work->dead);
    }
    bool failed = work->failed;
    buffer_free(&work->rows);
    free(work->identities);
    free(work);
    for (struct finished *block = found->blocks, *next; failed && block; block = next) {
        next = block->next;
        finished_free(block);
    }
    return !failed;
}
