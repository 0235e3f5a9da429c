/* Entries of a row's map: see entry.h. */
#include "entry.h"

#include "value.h"

bool put_attribute(struct decode *d, struct map_column *map, struct span key_value) {
    struct span key, value;
    struct text key_text, value_text;
    enum value_kind kind;
    return take_key_value(d, key_value, &key, &value) && text_of_span(d, key, &key_text) &&
           text_of_value(d, value, &value_text, &kind) &&
           map_put(d, map, &key_text, &value_text, kind);
}

bool put_prefixed(struct decode *d, struct map_column *map, const char *prefix,
                  struct span key_value) {
    struct span key, value;
    struct text key_text, value_text;
    enum value_kind kind;
    if (!take_key_value(d, key_value, &key, &value)) {
        return false;
    }
    size_t start = d->made.used;
    return put_text(d, prefix) && put_repaired(d, key) && text_of_made(d, start, &key_text) &&
           text_of_value(d, value, &value_text, &kind) &&
           map_put(d, map, &key_text, &value_text, kind);
}

bool put_entry(struct decode *d, struct map_column *map, enum key key, const struct text *text) {
    return text->length == 0 || map_put(d, map, &d->keys[key], text, VALUE_STRING);
}

bool put_span_entry(struct decode *d, struct map_column *map, enum key key, struct span bytes) {
    struct text text;
    return text_of_span(d, bytes, &text) && put_entry(d, map, key, &text);
}

bool put_hex_entry(struct decode *d, struct map_column *map, enum key key, struct span bytes) {
    struct text text;
    return text_of_hex(d, bytes, &text) && put_entry(d, map, key, &text);
}

static bool put_unsigned(struct decode *d, struct map_column *map, enum key key, uint64_t value) {
    struct text text;
    return text_of_unsigned(d, value, &text) && put_entry(d, map, key, &text);
}

bool put_number_entry(struct decode *d, struct map_column *map, enum key key, uint64_t value) {
    return value == 0 || put_unsigned(d, map, key, value);
}

bool put_integer_entry(struct decode *d, struct map_column *map, enum key key, int64_t value) {
    struct text text;
    return text_of_int(d, value, &text) && put_entry(d, map, key, &text);
}

bool put_odd_time(struct decode *d, struct map_column *map, enum key key, uint64_t nanos,
                  bool or_none) {
    bool odd = nanos > INT64_MAX || (or_none && nanos == 0);
    return !odd || put_unsigned(d, map, key, nanos);
}
