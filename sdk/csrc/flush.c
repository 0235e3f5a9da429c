/*
 * From what was recorded to finished blocks: taking, packing, queueing. Nothing here needs the GIL.
 *
 * Rule: rows are taken, then the clock is marked, then times are made: so every tick lies between two
 * marks. The cursors of what was taken together go with its last block.
 */
#include "flush.h"

#include <pthread.h>
#include <stdlib.h>

#include "cells.h"
#include "finished.h"
#include "limits.h"

enum { PIECES_MAX = 512, CHANGES_MAX = 256, ROWS_KEPT_BYTES = 1 << 20 };

open_spans_lister flush_open_spans;

static struct {
    pthread_mutex_t lock;
    struct packer packer;
    struct buffer rows, listed;
    struct memory clock;
    uint64_t rows_max, bytes_max;
    _Atomic uint64_t failures, dropped[KINDS]; /* as far as known; written under the lock */
} flush = {.lock = PTHREAD_MUTEX_INITIALIZER, .rows_max = 32768, .bytes_max = 8 << 20};

/* What one flush knows about the rows that are packed now. */
struct job {
    struct finished_target target;
    struct pack_source source;
    struct timeline timeline;
    struct rows pieces[PIECES_MAX];
    struct cell_change changes[CHANGES_MAX];
};

static struct clock_points *points(void) { return flush.clock.base; }

void flush_lock(void) { pthread_mutex_lock(&flush.lock); }

void flush_unlock(void) { pthread_mutex_unlock(&flush.lock); }

static void in_child(void) { pthread_mutex_init(&flush.lock, NULL); }

bool flush_open(void) {
    return memory_map(&flush.clock, "clock", 4096, 4096) && finished_open() &&
           pthread_atfork(flush_lock, flush_unlock, in_child) == 0;
}

void flush_limits(uint64_t rows_max, uint64_t bytes_max) {
    flush_lock();
    flush.rows_max = rows_max ? rows_max : 1;
    flush.bytes_max = bytes_max;
    flush_unlock();
}

void flush_reset(void) {
    flush.failures = 0;
    for (int kind = 0; kind < KINDS; kind++) {
        flush.dropped[kind] = 0;
    }
    memory_move(&flush.clock, "clock");
    points()->count = 0;
    clock_mark(points());
    if (!flush.packer.compressor) {
        flush.packer.compressor = compressor_new();
    }
    finished_reset();
}

static void count_drops(enum kind kind, uint64_t thread, uint64_t events) {
    flush.dropped[kind] += events;
    finished_tell(kind, thread, events);
}

/* Hands the rows gathered so far to the packer; `pieces` of them came from chunks. */
static void pack(struct job *job, size_t pieces) {
    struct row *rows = rows_of(&flush.rows);
    size_t count = rows_count(&flush.rows), lost = count;
    finished_target_begin(&job->target, job->source.kind);
    if (!flush.rows.failed && (job->source.kind == KIND_SPANS || rows_sort(rows, count))) {
        struct pack_target target = {finished_sink, finished_untold, &job->target};
        lost = pack_rows(&flush.packer, &job->source, rows, count, &target);
    } else {
        lost = 0; /* no memory at all: what was taken cannot even be counted by rows */
        for (size_t at = 0; at < pieces; at++) {
            lost += job->pieces[at].to - job->pieces[at].from;
        }
    }
    if (lost) {
        flush.failures += lost;
        count_drops(job->source.kind, job->target.thread, lost);
    }
    finished_target_end(&job->target, job->pieces, pieces);
    if (flush.rows.failed || flush.rows.room > ROWS_KEPT_BYTES) {
        buffer_free(&flush.rows);
    }
    buffer_empty(&flush.rows);
}

static void gather(struct job *job, const struct rows *pieces, size_t count) {
    for (size_t at = 0; at < count; at++) {
        rows_gather(&flush.rows, &pieces[at], &job->timeline);
    }
}

static void gather_changes(struct job *job) {
    uint32_t from = 0;
    int64_t now = clock_monotonic_ns();
    size_t found;
    do {
        found = cells_take(cells_table(), job->source.table, &from, job->changes, CHANGES_MAX);
        for (size_t at = 0; at < found; at++) {
            const struct cell_change *change = &job->changes[at];
            struct row row = {.time = now, .value = change->value, .site = change->site};
            if (change->payload) {
                row.payload = change->payload;
                row.payload_end = change->payload + change->payload_size;
            }
            buffer_append(&flush.rows, &row, sizeof row);
        }
    } while (found == CHANGES_MAX);
}

/* Logs, metrics or trace spans: the rows of all threads in the order of their times. */
static void flush_merged(struct job *job, enum kind kind) {
    size_t count;
    job->source.kind = kind;
    do {
        count = chunks_take(kind, job->pieces, PIECES_MAX);
        clock_mark(points());
        timeline_open(&job->timeline, points());
        gather(job, job->pieces, count);
        if (kind == KIND_METRICS && count < PIECES_MAX) {
            gather_changes(job);
        }
        if (flush.rows.size || count) {
            pack(job, count);
        }
    } while (count == PIECES_MAX);
}

static void list_open(struct job *job, uint64_t thread) {
    size_t most = OPEN_SPANS_LISTED_MAX * sizeof(struct listed_span);
    buffer_empty(&flush.listed);
    struct listed_span *listed = (void *)buffer_room(&flush.listed, most);
    job->source.open = listed;
    job->source.open_count = 0;
    if (listed && flush_open_spans) {
        job->source.open_count = flush_open_spans(thread, listed, OPEN_SPANS_LISTED_MAX);
    }
    for (size_t at = 0; at < job->source.open_count; at++) {
        listed[at].begin = timeline_ns(&job->timeline, listed[at].begin);
    }
}

/* The spans of one thread; the pieces lie at the front of job->pieces. */
static void flush_thread(struct job *job, size_t count) {
    struct thread *thread = job->pieces[0].chunk->thread;
    job->target.thread = thread->number;
    job->target.native_id = thread->native_id;
    memcpy(job->target.thread_name, thread->name, sizeof thread->name);
    count_drops(KIND_SPANS, thread->number, thread_dropped(thread, KIND_SPANS));
    list_open(job, thread->number);
    gather(job, job->pieces, count);
    pack(job, count);
}

static void flush_spans(struct job *job) {
    struct rows all[PIECES_MAX];
    size_t count;
    job->source.kind = KIND_SPANS;
    do {
        count = chunks_take(KIND_SPANS, all, PIECES_MAX);
        clock_mark(points());
        timeline_open(&job->timeline, points());
        for (size_t from = 0, to; from < count; from = to) {
            for (to = from + 1; to < count; to++) {
                if (all[to].chunk->thread != all[from].chunk->thread) {
                    break;
                }
            }
            memcpy(job->pieces, all + from, (to - from) * sizeof *all);
            flush_thread(job, to - from);
        }
    } while (count == PIECES_MAX);
}

void flush_run(int64_t origin_ticks, int64_t origin_unix_ns) {
    struct job *job = calloc(1, sizeof *job);
    if (!job) {
        return; /* the events stay where they are */
    }
    flush_lock();
    if (finished_room()) {
        job->source.table = sites_table();
        job->source.origin_ticks = origin_ticks;
        job->source.origin_unix_ns = origin_unix_ns;
        job->source.rows_max = flush.rows_max;
        job->source.bytes_max = flush.bytes_max;
        static const enum kind MERGED[] = {KIND_LOG, KIND_METRICS, KIND_TRACES};
        for (size_t at = 0; at < sizeof MERGED / sizeof *MERGED; at++) {
            count_drops(MERGED[at], 0, chunks_dropped(MERGED[at]));
            flush_merged(job, MERGED[at]);
        }
        flush_spans(job);
        finished_release();
        count_drops(KIND_SPANS, 0, chunks_dropped(KIND_SPANS));
        threads_sweep();
    }
    flush_unlock();
    free(job);
}

void flush_settle(const struct cursor *cursors, size_t count) {
    for (size_t at = 0; at < count; at++) {
        chunks_settle(cursors[at].sequence, cursors[at].rows);
    }
}

void flush_tell(enum kind kind, uint64_t thread, uint64_t events) {
    flush_lock();
    finished_tell(kind, thread, events);
    flush_unlock();
}

uint64_t flush_dropped(enum kind kind) { return flush.dropped[kind]; }

uint64_t flush_failures(void) { return flush.failures; }
