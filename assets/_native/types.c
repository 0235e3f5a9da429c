/* Types of a map's entries: see types.h. */
#include "types.h"

#include "keys.h"

#include <stdlib.h>

static const char *const NAMES[] = {
    [VALUE_NONE] = "null",     [VALUE_STRING] = "string", [VALUE_BOOL] = "bool",
    [VALUE_INT] = "int",       [VALUE_DOUBLE] = "double", [VALUE_ARRAY] = "array",
    [VALUE_MAP] = "map",       [VALUE_BYTES] = "bytes",
};

const char *name_of_value_kind(enum value_kind kind) { return NAMES[kind]; }

/* A key of the map that is being ended, where it stands. */
struct place {
    struct span bytes;
    size_t at;
};

static int by_bytes_then_place(const void *one, const void *other) {
    const struct place *a = one, *b = other;
    size_t length = span_length(a->bytes), others = span_length(b->bytes);
    if (length != others) {
        return length < others ? -1 : 1;
    }
    int order = memcmp(a->bytes.at, b->bytes.at, length);
    return order ? order : a->at < b->at ? -1 : 1;
}

/* Makes strings of the entries whose key comes again, so that their types are not told. */
static bool drop_superseded(struct decode *d, struct map_column *map, size_t begin, size_t end) {
    const struct text *keys = (const struct text *)map->keys.bytes;
    struct place *places = malloc((end - begin) * sizeof *places);
    if (places == NULL) {
        d->failed = d->out_of_memory = true;
        return false;
    }
    for (size_t i = begin; i < end; i++) {
        places[i - begin] = (struct place){text_bytes(d, &keys[i]), i};
    }
    qsort(places, end - begin, sizeof *places, by_bytes_then_place);
    for (size_t i = 1; i < end - begin; i++) {
        struct span one = places[i - 1].bytes, next = places[i].bytes;
        if (span_length(one) == span_length(next) &&
            memcmp(one.at, next.at, span_length(one)) == 0) {
            map->kinds.bytes[places[i - 1].at] = VALUE_STRING;
        }
    }
    free(places);
    return true;
}

/* The next entry that is no string, or `end`. */
static size_t next_typed(const struct map_column *map, size_t at, size_t end) {
    while (at < end && map->kinds.bytes[at] == VALUE_STRING) {
        at++;
    }
    return at;
}

static uint64_t hash_of_types(const struct map_column *map, size_t begin, size_t end) {
    const struct text *keys = (const struct text *)map->keys.bytes;
    uint64_t hash = 0;
    for (size_t i = next_typed(map, begin, end); i < end; i = next_typed(map, i + 1, end)) {
        hash = (hash ^ text_head(&keys[i]) ^ map->kinds.bytes[i]) * 0x9e3779b97f4a7c15u;
    }
    return hash;
}

/* Whether the map that was ended earlier has the same types. */
static bool same_types(const struct decode *d, const struct map_column *map,
                       const struct known_types *known, size_t begin, size_t end) {
    const struct text *keys = (const struct text *)map->keys.bytes;
    size_t i = next_typed(map, begin, end), j = next_typed(map, known->begin, known->end);
    while (i < end && j < known->end) {
        if (map->kinds.bytes[i] != map->kinds.bytes[j] ||
            text_head(&keys[i]) != text_head(&keys[j]) || !same_rest(d, &keys[i], &keys[j])) {
            return false;
        }
        i = next_typed(map, i + 1, end);
        j = next_typed(map, j + 1, known->end);
    }
    return i == end && j == known->end;
}

/* Puts a key as JSON; room is made before, since the key may stand among the made texts itself. */
static bool put_key(struct decode *d, const struct text *key) {
    enum { ESCAPED_MAX = 6 };
    if (!buffer_room(d, &d->made, (size_t)key->length * ESCAPED_MAX + 2)) {
        return false;
    }
    return put_json_string(d, text_bytes(d, key));
}

static bool write_types(struct decode *d, const struct map_column *map, size_t begin, size_t end,
                        struct text *text) {
    size_t start = d->made.used;
    const char *before = "{";
    for (size_t i = next_typed(map, begin, end); i < end; i = next_typed(map, i + 1, end)) {
        const struct text *keys = (const struct text *)map->keys.bytes;
        if (!put_text(d, before) || !put_key(d, &keys[i]) || !put_text(d, ":\"") ||
            !put_text(d, NAMES[map->kinds.bytes[i]]) || !put_text(d, "\"")) {
            return false;
        }
        before = ",";
    }
    return put_text(d, "}") && text_of_made(d, start, text);
}

/* Makes the text of the entries since the last offset; the same types are written once. */
static bool text_of_types(struct decode *d, struct map_column *map, struct text *text) {
    size_t begin = map_begin(map), end = map->keys.used / sizeof(struct text);
    *text = (struct text){0};
    if (next_typed(map, begin, end) == end) {
        return true;
    }
    if (map_repeats(d, map)) {
        map->may_repeat = true;
        if (!drop_superseded(d, map, begin, end)) {
            return false;
        }
        if (next_typed(map, begin, end) == end) {
            return true;
        }
    }
    struct known_types *known = &map->known[hash_of_types(map, begin, end) % KNOWN_TYPES];
    if (known->end && same_types(d, map, known, begin, end)) {
        *text = known->text;
        return true;
    }
    if (!write_types(d, map, begin, end, text)) {
        return false;
    }
    *known = (struct known_types){begin, end, *text};
    return true;
}

bool map_end_typed(struct decode *d, struct map_column *map, struct buffer *types) {
    struct text text;
    return text_of_types(d, map, &text) && put_view(d, types, &text) && map_end(d, map);
}

bool map_end_noted(struct decode *d, struct map_column *map) {
    struct text text;
    return text_of_types(d, map, &text) &&
           (text.length == 0 || map_put(d, map, &d->keys[KEY_TYPES], &text, VALUE_STRING)) &&
           map_end(d, map);
}
