/* What the records of one scope share: see scope.h. */
#include "scope.h"

#include "resource.h"

static const char ATTRIBUTE_PREFIX[] = "otel.scope.attr.";

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
        if (field.number == 3 && !put_prefixed(d, &scope->entries, ATTRIBUTE_PREFIX, field.bytes)) {
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

static bool each_of_scope(struct decode *d, struct span message, bool named,
                          const struct map_column *resource, take_record *take, void *signal) {
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
    bool good = found == FIELD_NONE && map_put_all(d, &scope.entries, resource) &&
                make_scope(d, &scope, scope_bytes, schema_url, named);
    while (good && next_field(d, &records, &field) == FIELD_FOUND) {
        good = field.number != 2 || take(d, signal, &scope, field.bytes);
    }
    map_free(&scope.entries);
    return good;
}

static bool each_scope(struct decode *d, struct span message, bool named,
                       const struct map_column *resource, take_record *take, void *signal) {
    struct field field;
    enum found found;
    while ((found = next_field(d, &message, &field)) == FIELD_FOUND) {
        if (field.number != 2) {
            continue;
        }
        if (!has_wire(d, &field, WIRE_BYTES) ||
            !each_of_scope(d, field.bytes, named, resource, take, signal)) {
            return false;
        }
    }
    return found == FIELD_NONE;
}

bool each_record(struct decode *d, struct span resource, bool named, take_record *take,
                 void *signal) {
    struct map_column entries = {0};
    bool good = put_resource_entries(d, &entries, resource) &&
                each_scope(d, resource, named, &entries, take, signal);
    map_free(&entries);
    return good;
}
