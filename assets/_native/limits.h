/*
 * The limits of decoding. Rule: each has its twin in assets/otlp_wire/limits.py, and the tests
 * compare what happens at them.
 */
#ifndef LIMNOGRAPH_OTLP_LIMITS_H
#define LIMNOGRAPH_OTLP_LIMITS_H

#define PAYLOAD_BYTES_MAX 0x7fffffffu /* texts are addressed by 31 bits; more is refused */
#define VALUE_DEPTH_MAX 64            /* arrays and maps in each other; deeper is malformed */
#define ITEMS_MAX (8u << 20)          /* rows, map entries and list elements of one block */
#define MADE_BYTES_MAX (256u << 20)   /* texts that had to be written: numbers, JSON, hex */
#define SCALE_MAX 60                  /* a scale beyond +-60 is taken for +-60: no double differs */
#define REPEATS_LOOKED_FOR_MAX 32     /* maps of more entries are left to a hash table */
#define JSON_DEPTH_MAX 300            /* objects and arrays in each other in a body */
#define JSON_NUMBER_CHARS_MAX 1000    /* characters of a number in one */
#define JSON_PATH_CHARS_MAX 200       /* of the path that a refusal names */
#define JSON_SHOWN_CHARS_MAX 40       /* of a value that a refusal shows */

/* Prometheus remote write: more of these and the request, or the one in question, is refused. */
#define REMOTE_WRITE_LABELS_MAX 128             /* labels of one series or exemplar */
#define REMOTE_WRITE_TARGETS_MAX 10000          /* jobs and instances of one request */
#define REMOTE_WRITE_SYMBOLS_MAX (1u << 20)     /* texts that its references mean */
#define REMOTE_WRITE_METADATA_MAX 100000        /* families that one request describes */
#define REMOTE_WRITE_BUCKETS_MAX (1u << 16)     /* of one sign of a native histogram, gaps too */
#define REMOTE_WRITE_EXPANDED_BYTES_MAX (64u << 20) /* labels looked at and points written */

#endif
