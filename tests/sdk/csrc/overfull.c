/*
 * Flushes whose blocks nobody fetches: they stop at a bound, and the events stay where they are.
 * Prints what it finds wrong; ends with 0 when there is nothing.
 */
#include <stdio.h>

#include "cells.h"
#include "flush.h"
#include "limits.h"

static int wrong;

static void expect(bool right, const char *what) {
    if (!right) {
        puts(what);
        wrong = 1;
    }
}

static void record(int events) {
    for (int at = 0; at < events; at++) {
        metric_put(SITE_NONE, clock_ticks(), at);
    }
}

static size_t fetched(void) {
    size_t blocks = 0;
    for (struct finished *block = flush_fetch(), *next; block; block = next) {
        next = block->next;
        flush_settle(block->cursors, block->cursors_count);
        finished_free(block);
        blocks++;
    }
    return blocks;
}

int main(void) {
    clock_choose();
    if (!chunks_open() || !sites_open() || !cells_open() || !flush_open()) {
        return 2;
    }
    chunks_limit((struct chunk_limits){1u << 20, 1u << 30});
    flush_limits(1, 1u << 20);
    flush_lock();
    flush_reset();
    flush_unlock();
    record(FINISHED_BLOCKS_MAX - 1);
    flush_run(0, 0);
    record(3);
    flush_run(0, 0);
    expect(chunks_waiting() == 0, "a flush with room for blocks did not take everything");
    record(7);
    flush_run(0, 0);
    expect(chunks_waiting() == 7, "a flush without room for blocks took events");
    expect(fetched() == FINISHED_BLOCKS_MAX + 2, "blocks were lost");
    flush_run(0, 0);
    expect(chunks_waiting() == 0 && fetched() == 7, "what waited did not come afterwards");
    expect(flush_failures() == 0 && flush_dropped(KIND_METRICS) == 0, "something was dropped");
    return wrong;
}
