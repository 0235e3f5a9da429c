/*
 * The columns that a decoding produces, laid out as Arrow lays them out.
 *
 * A column without validity: what is missing is told by another column, so that every buffer is a
 * plain run of values.
 */
#ifndef LIMNOGRAPH_OTLP_COLUMNS_H
#define LIMNOGRAPH_OTLP_COLUMNS_H

#include "text.h"

/* What a value is on the wire: the number of its field in AnyValue. */
enum value_kind {
    VALUE_NONE = 0,
    VALUE_STRING = 1,
    VALUE_BOOL = 2,
    VALUE_INT = 3,
    VALUE_DOUBLE = 4,
    VALUE_ARRAY = 5,
    VALUE_MAP = 6,
    VALUE_BYTES = 7,
};

enum { KNOWN_TYPES = 32 };

/* A map that was ended, and the text of its types: see types.h. */
struct known_types {
    size_t begin, end;
    struct text text;
};

/* A map of text to text per row: offsets into entries, and the entries' keys and values. */
struct map_column {
    struct buffer offsets;
    struct buffer keys;
    struct buffer values;
    struct buffer kinds; /* a byte per entry */
    bool may_repeat;     /* a key may stand twice in one map */
    struct known_types known[KNOWN_TYPES];
};

enum column_kind {
    COLUMN_BYTE = 'b',
    COLUMN_INT32 = 'i',
    COLUMN_INT64 = 'l',
    COLUMN_DOUBLE = 'd',
    COLUMN_TEXT = 't',
    COLUMN_MAP = 'm',
    COLUMN_OFFSETS = 'o', /* of a list: where each row's elements begin, and where they end */
};

/* How module.c finds the columns of a signal: `at` is a struct buffer or a struct map_column. */
struct column {
    const char *name;
    enum column_kind kind;
    void *at;
};

bool put_byte(struct decode *d, struct buffer *column, uint8_t value);
bool put_i32(struct decode *d, struct buffer *column, int32_t value);
bool put_i64(struct decode *d, struct buffer *column, int64_t value);
bool put_f64(struct decode *d, struct buffer *column, double value);
bool put_view(struct decode *d, struct buffer *column, const struct text *text);

/* An offset of a list whose elements `size` bytes each stand in `elements`. */
bool put_offset(struct decode *d, struct buffer *offsets, const struct buffer *elements,
                size_t size);

/* Every map begins with the offsets' leading zero, and every row ends its map. */
bool map_start(struct decode *d, struct map_column *map);
bool map_put(struct decode *d, struct map_column *map, const struct text *key,
             const struct text *value, enum value_kind kind);
bool map_put_all(struct decode *d, struct map_column *map, const struct map_column *entries);
bool map_end(struct decode *d, struct map_column *map);

/* The first entry of the map that is not ended yet, and whether a key may stand in it twice. */
size_t map_begin(const struct map_column *map);
bool map_repeats(const struct decode *d, const struct map_column *map);

/* Forgets all entries of a map that has no rows. */
void map_clear(struct map_column *map);
void map_free(struct map_column *map);
void columns_free(const struct column *columns);

#endif
