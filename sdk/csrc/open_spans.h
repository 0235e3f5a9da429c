/*
 * The spans that have begun and not ended.
 *
 * Each has two parts: a slot in mapped memory, which tells the flush thread and whoever recovers
 * after a crash what is running, and the part that nesting needs, which only threads holding the GIL
 * look at. Both are used again when the span is over; whoever refers to one keeps its key with it
 * and takes it for over when the key has changed.
 */
#ifndef LIMNO_OPEN_SPANS_H
#define LIMNO_OPEN_SPANS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a trace span: its trace (two words), itself, and its parent in the trace or 0. */
enum { SLOT_TRACE_WORDS = 4, SLOTS_VERSION = 2 };

/* What a reader without the GIL sees; written in place, so read it with open_span_read. */
struct span_slot {
    _Atomic int64_t id; /* 0: not open; published last */
    _Atomic int64_t parent, begin;
    _Atomic uint64_t thread; /* number of the thread that began it; 0: it has no buffers */
    _Atomic uint32_t site, depth;
    _Atomic uint64_t trace[SLOT_TRACE_WORDS]; /* 0: a profile span; big-endian bytes of the ids */
};

/* The first bytes of the mapped memory; slots follow. */
struct span_slots_header {
    char magic[8]; /* LIMNOSPN */
    uint32_t version;
    _Atomic uint32_t used; /* slots that were ever open */
    uint8_t reserved[48];
};

struct span_slots {
    const struct span_slot *slots;
    uint32_t used;
};

/* One open span as it was at one moment. */
struct span_seen {
    int64_t id, parent, begin;
    uint64_t thread;
    uint32_t site, depth;
    uint64_t trace[SLOT_TRACE_WORDS];
    bool traced; /* a trace span */
};

/* The slots of this process, or of a dead one whose memory starts at *base*; none if corrupt. */
struct span_slots open_spans_slots(void);
struct span_slots open_spans_slots_at(const void *base, size_t bytes);

/* Read a slot; false when nothing is open in it, or it changed meanwhile. Needs no GIL. */
bool open_span_read(const struct span_slot *slot, struct span_seen *seen);

struct listed_span;

/* List the open spans of a thread (0: of all), oldest first, begin in ticks. Needs no GIL. */
size_t open_spans_list(uint64_t thread, struct listed_span *found, size_t max);

#endif
