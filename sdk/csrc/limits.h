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
#define TRACES_ARENA_BYTES (128u * 1024)

/* Payload bytes of one event; a larger one is dropped and counted. */
#define EVENT_BYTES_MAX (24u * 1024 * 1024)

/*
 * Chunks kept for the next use after they were emptied; further ones go back to the system. As many
 * as the events take that may be queued by default: a program at that pace maps nothing anew.
 */
#define CHUNKS_POOLED_MAX 128

/* Threads that hold buffers at one time; events of further ones are dropped and counted. */
#define THREADS_MAX 4096

/* Bytes of the table of call sites; when it is full an event carries its site with it. */
#define SITE_TABLE_BYTES (16u * 1024 * 1024)

/* Width or precision in a log template; a template with a larger one is formatted at the call. */
#define FORMAT_WIDTH_MAX 255

/* Bytes of one text of a site (name, target, file, unit); the rest is cut off. */
#define SITE_TEXT_BYTES_MAX 4096

/* Characters of a message, a property's key or its value; the rest is cut off. */
#define TEXT_CHARS_MAX 65536

/* Characters of a metric's or span's name, a unit, a module or a logger; the rest is cut off. */
#define NAME_CHARS_MAX 255

/* Characters of a log template or a file's name in a call site; the rest is cut off. */
#define SITE_CHARS_MAX 1024

/* Properties of one event; the others are left out. */
#define PROPERTIES_MAX 64

/* Arguments of one message that are formatted later; with more it is formatted at the call. */
#define ARGUMENTS_MAX 64

/* Places of log calls, and of loggers, remembered; further ones carry their site in each event. */
#define LOG_SITES_MAX 65536

/* Metrics, counters, gauges and spans found again by their place; further ones are made anew. */
#define INSTRUMENTS_MAX 65536

/* Sets of property names kept as one number; further ones stand in each event. */
#define KEYSETS_MAX 16384

/* Bytes of one set of property names; a larger one stands in each event. */
#define KEYSET_BYTES_MAX 4096

/* Counters, gauges and their label sets in a process; changes of further ones are failures. */
#define AGGREGATES_MAX 16384

/* Label sets of one counter or gauge; further ones share a row marked as overflow. */
#define LABELS_MAX 1000

/* Bytes of one label set; a larger one counts with those marked as overflow. */
#define LABELS_BYTES_MAX 65536

/* Open spans listed for the flush and after a crash; further ones are known only when they end. */
#define OPEN_SPANS_MAX 65536

/* Pairs (tick, ns) remembered by the clock; beyond them older pairs are thinned out. */
#define CLOCK_POINTS_MAX 64

/* Open spans listed in a block, oldest first; the others are not listed in it. */
#define OPEN_SPANS_LISTED_MAX 1024

/* Finished blocks that nobody has fetched yet; beyond them events stay in their chunks. */
#define FINISHED_BLOCKS_MAX 4096

#endif
