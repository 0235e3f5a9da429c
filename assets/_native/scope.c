/* What the records of one scope share: see scope.h. */
#include "scope.h"

#include "value.h"

#include <string.h>

static const char ATTRIBUTE_PREFIX[] = "otel.scope.attr.";

bool put_attribute(struct decode *d, struct map_column *map, struct span key_value) {
    struct span key, value;
    struct text key_text, value_text;
    return take_key_value(d, key_value, &key, &value) && text_of_span(d, key, &key_text) &&
           text_of_value(d, value, &value_text) && map_put(d, map, &key_text, &value_text);
}

bool put_scope(struct decode *d, struct map_column *map, const struct scope *scope) {
    size_t entries = scope->entries.keys.used / sizeof(struct text);
    return count_items(d, entries) &&
           buffer_put(d, &map->keys, scope->entries.keys.bytes, scope->entries.keys.used) &&
           buffer_put(d, &map->values, scope->entries.values.bytes, scope->entries.values.used);
}

bool put_entry(struct decode *d, struct map_column *map, enum key key, const struct text *text) {
    return text->length == 0 || map_put(d, map, &d->keys[key], text);
}

bool put_span_entry(struct decode *d, struct map_column *map, enum key key, struct span bytes) {
    struct text text;
    return text_of_span(d, bytes, &text) && put_entry(d, map, key, &text);
}

bool put_hex_entry(struct decode *d, struct map_column *map, enum key key, struct span bytes) {
    struct text text;
    return text_of_hex(d, bytes, &text) && put_entry(d, map, key, &text);
}

bool put_number_entry(struct decode *d, struct map_column *map, enum key key, uint64_t value) {
    struct text text;
    return value == 0 || (text_of_unsigned(d, value, &text) && put_entry(d, map, key, &text));
}

static bool put_scope_attribute(struct decode *d, struct map_column *map, struct span key_value) {
    struct span key, value;
    struct text key_text, value_text;
    if (!take_key_value(d, key_value, &key, &value)) {
        return false;
    }
    size_t start = d->made.used;
    return put_text(d, ATTRIBUTE_PREFIX) && put_repaired(d, key) &&
           text_of_made(d, start, &key_text) && text_of_value(d, value, &value_text) &&
           map_put(d, map, &key_text, &value_text);
}

struct scope_spans {
    struct span name;
    struct span version;
    struct span message;
    uint64_t dropped;
};

/* Reads InstrumentationScope but for its attributes. */
static bool read_scope(struct decode *d, struct scope_spans *spans) {
    struct span message = spans->message;
    struct field field;
    enum found found;
    while ((found = next_field(d, &message, &field)) == FIELD_FOUND) {
        if (field.number > 4) {
            continue;
        }
        if (!has_wire(d, &field, field.number == 4 ? WIRE_VARINT : WIRE_BYTES)) {
            return false;
        }
        if (field.number == 1) {
            spans->name = field.bytes;
        } else if (field.number == 2) {
            spans->version = field.bytes;
        } else if (field.number == 4) {
            spans->dropped = (uint32_t)field.value;
        }
    }
    return found == FIELD_NONE;
}

static bool put_scope_attributes(struct decode *d, struct scope *scope, struct span message) {
    struct field field;
    while (next_field(d, &message, &field) == FIELD_FOUND) {
        if (field.number == 3 && !put_scope_attribute(d, &scope->entries, field.bytes)) {
            return false;
        }
    }
    return true; /* read_scope has seen every field to be whole */
}

static bool make_scope(struct decode *d, struct scope *scope, struct span message,
                       struct span schema_url, bool named) {
    struct span none = {d->payload, d->payload};
    struct scope_spans spans = {none, none, message, 0};
    return read_scope(d, &spans) && text_of_span(d, spans.name, &scope->name) &&
           (!named || put_entry(d, &scope->entries, KEY_SCOPE_NAME, &scope->name)) &&
           put_span_entry(d, &scope->entries, KEY_SCOPE_VERSION, spans.version) &&
           put_scope_attributes(d, scope, message) &&
           put_span_entry(d, &scope->entries, KEY_SCOPE_SCHEMA_URL, schema_url) &&
           put_number_entry(d, &scope->entries, KEY_SCOPE_DROPPED_ATTRIBUTES_COUNT,
                            spans.dropped);
}

static bool each_of_scope(struct decode *d, struct span message, bool named, take_record *take,
                          void *signal) {
    struct span none = {message.end, message.end}, scope_bytes = none, schema_url = none;
    struct span records = message;
    struct field field;
    enum found found;
    while ((found = next_field(d, &message, &field)) == FIELD_FOUND) {
        if (field.number > 3) {
            continue;
        }
        if (!has_wire(d, &field, WIRE_BYTES)) {
            return false;
        }
        if (field.number == 1) {
            scope_bytes = field.bytes;
        } else if (field.number == 3) {
            schema_url = field.bytes;
        }
    }
    struct scope scope = {0};
    bool good = found == FIELD_NONE && make_scope(d, &scope, scope_bytes, schema_url, named);
    while (good && next_field(d, &records, &field) == FIELD_FOUND) {
        good = field.number != 2 || take(d, signal, &scope, field.bytes);
    }
    map_free(&scope.entries);
    return good;
}

bool each_record(struct decode *d, struct span resource, bool named, take_record *take,
                 void *signal) {
    struct field field;
    enum found found;
    while ((found = next_field(d, &resource, &field)) == FIELD_FOUND) {
        if (field.number > 3) {
            continue;
        }
        if (!has_wire(d, &field, WIRE_BYTES)) {
            return false;
        }
        if (field.number == 2 && !each_of_scope(d, field.bytes, named, take, signal)) {
            return false;
        }
    }
    return found == FIELD_NONE;
}
