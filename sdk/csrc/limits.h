/*
 * The recorder's bounds; each says what happens when it is reached. Those that an application may
 * choose arrive by start() from limnograph.limits.Limits.
 */
#ifndef LIMNO_LIMITS_H
#define LIMNO_LIMITS_H

/* Rows of a chunk: a thread asks for memory, under a lock, once for so many events. */
#define CHUNK_ROWS 1024

/* Payload bytes of a chunk, by kind; an event that needs more gets a chunk of its own size. */
#define LOG_ARENA_BYTES (64u * 1024)
#define METRICS_ARENA_BYTES (16u * 1024)
#define SPANS_ARENA_BYTES (32u * 1024)

/* Payload bytes of one event; a larger one is dropped and counted. */
#define EVENT_BYTES_MAX (24u * 1024 * 1024)

/* Chunks kept for the next use after they were emptied; further ones go back to the system. */
#define CHUNKS_POOLED_MAX 64

/* Threads that hold buffers at one time; events of further ones are dropped and counted. */
#define THREADS_MAX 4096

/* Bytes of the table of call sites; when it is full an event carries its site with it. */
#define SITE_TABLE_BYTES (16u * 1024 * 1024)

/* Bytes of one text of a site (name, target, file, unit); the rest is cut off. */
#define SITE_TEXT_BYTES_MAX 4096

/* Pairs (tick, ns) remembered by the clock; beyond them older pairs are thinned out. */
#define CLOCK_POINTS_MAX 64

#endif
