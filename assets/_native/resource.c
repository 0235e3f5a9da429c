/* What a Resource* message says of all its records: see resource.h. */
#include "resource.h"

#include "entry.h"

struct resource {
    struct span schema_url, message;
    uint64_t dropped;
    bool has_entities;
};

/* Finds the resource and the schema URL of a Resource* message. */
static bool find_resource(struct decode *d, struct span message, struct resource *resource) {
    struct field field;
    enum found found;
    while ((found = next_field(d, &message, &field)) == FIELD_FOUND) {
        if (field.number != 1 && field.number != 3) {
            continue;
        }
        if (!has_wire(d, &field, WIRE_BYTES)) {
            return false;
        }
        *(field.number == 1 ? &resource->message : &resource->schema_url) = field.bytes;
    }
    return found == FIELD_NONE;
}

/* Reads Resource but for its attributes. */
static bool read_resource(struct decode *d, struct resource *resource) {
    struct span message = resource->message;
    struct field field;
    enum found found;
    while ((found = next_field(d, &message, &field)) == FIELD_FOUND) {
        if (field.number != 2 && field.number != 3) {
            continue;
        }
        if (!has_wire(d, &field, field.number == 2 ? WIRE_VARINT : WIRE_BYTES)) {
            return false;
        }
        if (field.number == 2) {
            resource->dropped = (uint32_t)field.value;
        } else {
            resource->has_entities = true;
        }
    }
    return found == FIELD_NONE;
}

/* Puts a field that is one text as a member of a JSON object. */
static bool put_text_member(struct decode *d, struct span message, uint32_t number,
                            const char *name) {
    struct span bytes = {message.end, message.end};
    struct field field;
    while (next_field(d, &message, &field) == FIELD_FOUND) {
        if (field.number == number) {
            bytes = field.bytes;
        }
    }
    return put_text(d, name) && put_json_string(d, bytes);
}

/* Puts a field that is repeated texts as a member of a JSON object. */
static bool put_list_member(struct decode *d, struct span message, uint32_t number,
                            const char *name) {
    struct field field;
    bool good = put_text(d, name), first = true;
    while (good && next_field(d, &message, &field) == FIELD_FOUND) {
        if (field.number == number) {
            good = (first || put_text(d, ",")) && put_json_string(d, field.bytes);
            first = false;
        }
    }
    return good && put_text(d, "]");
}

static bool is_whole_entity(struct decode *d, struct span message) {
    struct field field;
    enum found found;
    while ((found = next_field(d, &message, &field)) == FIELD_FOUND) {
        if (field.number <= 4 && !has_wire(d, &field, WIRE_BYTES)) {
            return false;
        }
    }
    return found == FIELD_NONE;
}

static bool put_entity(struct decode *d, struct span message) {
    return is_whole_entity(d, message) &&
           put_text_member(d, message, 1, "{\"schema_url\":") &&
           put_text_member(d, message, 2, ",\"type\":") &&
           put_list_member(d, message, 3, ",\"id_keys\":[") &&
           put_list_member(d, message, 4, ",\"description_keys\":[") && put_text(d, "}");
}

static bool put_entities(struct decode *d, struct map_column *entries, struct span message) {
    size_t start = d->made.used;
    struct text text;
    struct field field;
    bool good = put_text(d, "["), first = true;
    while (good && next_field(d, &message, &field) == FIELD_FOUND) {
        if (field.number == 3) {
            good = (first || put_text(d, ",")) && put_entity(d, field.bytes);
            first = false;
        }
    }
    return good && put_text(d, "]") && text_of_made(d, start, &text) &&
           put_entry(d, entries, KEY_RESOURCE_ENTITY_REFS, &text);
}

bool put_resource_entries(struct decode *d, struct map_column *entries, struct span message) {
    struct span none = {message.end, message.end};
    struct resource resource = {.schema_url = none, .message = none};
    return find_resource(d, message, &resource) && read_resource(d, &resource) &&
           put_span_entry(d, entries, KEY_RESOURCE_SCHEMA_URL, resource.schema_url) &&
           put_number_entry(d, entries, KEY_RESOURCE_DROPPED_ATTRIBUTES_COUNT, resource.dropped) &&
           (!resource.has_entities || put_entities(d, entries, resource.message));
}
