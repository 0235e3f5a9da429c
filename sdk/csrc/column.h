/*
 * Columns of a container: buffers laid out one after the other, and their description in JSON.
 *
 * Integers are written as byte planes (docs/formats/limnograph-v1.md): what is the same in all rows
 * costs nothing, and what varies lies together where zstd finds it.
 */
#ifndef LIMNO_COLUMN_H
#define LIMNO_COLUMN_H

#include "buffer.h"
#include "dictionary.h"

struct column_area {
    struct buffer area;      /* the buffers, from B on */
    struct buffer described; /* JSON of the columns so far, without brackets */
    struct buffer scratch;   /* 64-bit values of the buffer that is being written */
    uint64_t plain_bytes;    /* what a reader needs for the columns, unpacked */
    bool failed;             /* without memory, or too large: the columns are no good */
};

/* Texts of a column one after the other: `ends` are uint32. */
struct texts {
    struct buffer data;
    struct buffer ends;
};

/* Key/value pairs of a column: `ends` says after each row how many pairs there were. */
struct map {
    struct buffer ends, keys, values; /* uint32; keys and values are numbers in the dictionaries */
    struct dictionary key_texts, value_texts;
};

void columns_empty(struct column_area *columns);
void columns_free(struct column_area *columns);

/* Fixed-width columns; `type` names what a reader gets. A rising column is one whose differences
   are small: they are written instead of the values. */
void column_int64(struct column_area *columns, const char *name, const int64_t *values, size_t rows,
                  bool rising);
void column_uint32(struct column_area *columns, const char *name, const uint32_t *values, size_t rows);
void column_uint8(struct column_area *columns, const char *name, const uint8_t *values, size_t rows);
void column_float64(struct column_area *columns, const char *name, const double *values, size_t rows);
void column_utf8(struct column_area *columns, const char *name, const struct texts *texts, size_t rows);
void column_map(struct column_area *columns, const char *name, const struct map *map, size_t rows);

void texts_empty(struct texts *texts);
void texts_free(struct texts *texts);
/* Close the text that was appended to `data`. */
void texts_end(struct texts *texts);

void map_empty(struct map *map);
void map_free(struct map *map);
bool map_failed(const struct map *map);

#endif
