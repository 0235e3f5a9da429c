/* ResourceSpans: one row per span, with its events and links as lists. */
#include "signals.h"
#include "types.h"

#include <stdlib.h>

struct spans {
    struct buffer trace_id, span_id, parent_span_id, start, end, target, name, kind, status;
    struct buffer message;
    struct map_column properties;
    struct buffer types;
    struct buffer events, event_time, event_name;
    struct map_column event_attributes;
    struct buffer links, link_trace_id, link_span_id, link_trace_state;
    struct map_column link_attributes;
};

enum {
    TRACE_ID = 1,
    SPAN_ID = 2,
    TRACE_STATE = 3,
    PARENT_ID = 4,
    NAME = 5,
    KIND = 6,
    START = 7,
    END = 8,
    ATTRIBUTES = 9,
    DROPPED_ATTRIBUTES = 10,
    EVENTS = 11,
    DROPPED_EVENTS = 12,
    LINKS = 13,
    DROPPED_LINKS = 14,
    STATUS = 15,
    FLAGS = 16,
    LAST = FLAGS,
};

static const enum wire_type WIRES[] = {
    [TRACE_ID] = WIRE_BYTES,     [SPAN_ID] = WIRE_BYTES,
    [TRACE_STATE] = WIRE_BYTES,  [PARENT_ID] = WIRE_BYTES,
    [NAME] = WIRE_BYTES,         [KIND] = WIRE_VARINT,
    [START] = WIRE_FIXED64,      [END] = WIRE_FIXED64,
    [ATTRIBUTES] = WIRE_BYTES,   [DROPPED_ATTRIBUTES] = WIRE_VARINT,
    [EVENTS] = WIRE_BYTES,       [DROPPED_EVENTS] = WIRE_VARINT,
    [LINKS] = WIRE_BYTES,        [DROPPED_LINKS] = WIRE_VARINT,
    [STATUS] = WIRE_BYTES,       [FLAGS] = WIRE_FIXED32,
};

static bool take_event(struct decode *d, struct spans *spans, struct span message) {
    static const enum wire_type EVENT_WIRES[] = {0, WIRE_FIXED64, WIRE_BYTES, WIRE_BYTES,
                                                 WIRE_VARINT};
    struct span name = {message.end, message.end};
    uint64_t time = 0, dropped = 0;
    struct field field;
    enum found found;
    while ((found = next_field(d, &message, &field)) == FIELD_FOUND) {
        if (field.number > 4) {
            continue;
        }
        if (!has_wire(d, &field, EVENT_WIRES[field.number])) {
            return false;
        }
        if (field.number == 1) {
            time = field.value;
        } else if (field.number == 2) {
            name = field.bytes;
        } else if (field.number == 4) {
            dropped = (uint32_t)field.value;
        } else if (!put_attribute(d, &spans->event_attributes, field.bytes)) {
            return false;
        }
    }
    struct text text;
    return found == FIELD_NONE && count_items(d, 1) && text_of_span(d, name, &text) &&
           put_i64(d, &spans->event_time, time_of(time)) &&
           put_view(d, &spans->event_name, &text) &&
           put_odd_time(d, &spans->event_attributes, KEY_TIME_UNIX_NANO, time, false) &&
           put_number_entry(d, &spans->event_attributes, KEY_DROPPED_ATTRIBUTES_COUNT,
                            dropped) &&
           map_end_noted(d, &spans->event_attributes);
}

static bool take_link(struct decode *d, struct spans *spans, struct span message) {
    static const enum wire_type LINK_WIRES[] = {0,          WIRE_BYTES,  WIRE_BYTES,  WIRE_BYTES,
                                                WIRE_BYTES, WIRE_VARINT, WIRE_FIXED32};
    struct span none = {message.end, message.end}, fields[4] = {none, none, none, none};
    uint64_t dropped = 0, flags = 0;
    struct field field;
    enum found found;
    while ((found = next_field(d, &message, &field)) == FIELD_FOUND) {
        if (field.number > 6) {
            continue;
        }
        if (!has_wire(d, &field, LINK_WIRES[field.number])) {
            return false;
        }
        if (field.number < 4) {
            fields[field.number] = field.bytes;
        } else if (field.number == 5) {
            dropped = (uint32_t)field.value;
        } else if (field.number == 6) {
            flags = field.value;
        } else if (!put_attribute(d, &spans->link_attributes, field.bytes)) {
            return false;
        }
    }
    struct text trace_id, span_id, state;
    struct map_column *map = &spans->link_attributes;
    return found == FIELD_NONE && count_items(d, 1) && text_of_hex(d, fields[1], &trace_id) &&
           text_of_hex(d, fields[2], &span_id) && text_of_span(d, fields[3], &state) &&
           put_view(d, &spans->link_trace_id, &trace_id) &&
           put_view(d, &spans->link_span_id, &span_id) &&
           put_view(d, &spans->link_trace_state, &state) &&
           put_number_entry(d, map, KEY_FLAGS, flags) &&
           put_number_entry(d, map, KEY_DROPPED_ATTRIBUTES_COUNT, dropped) &&
           map_end_noted(d, map);
}

static bool read_status(struct decode *d, struct span status, struct text *message,
                        uint64_t *code) {
    struct span text = {status.end, status.end};
    struct field field;
    enum found found;
    *code = 0;
    while ((found = next_field(d, &status, &field)) == FIELD_FOUND) {
        if (field.number != 2 && field.number != 3) {
            continue;
        }
        if (!has_wire(d, &field, field.number == 2 ? WIRE_BYTES : WIRE_VARINT)) {
            return false;
        }
        if (field.number == 2) {
            text = field.bytes;
        } else {
            *code = field.value;
        }
    }
    return found == FIELD_NONE && text_of_span(d, text, message);
}

/* Keeps the last field of each number in `fields`; attributes, events and links are taken. */
static bool read_fields(struct decode *d, struct spans *spans, struct span message,
                        struct field fields[LAST + 1]) {
    struct field field;
    enum found found;
    while ((found = next_field(d, &message, &field)) == FIELD_FOUND) {
        if (field.number > LAST) {
            continue;
        }
        bool good = has_wire(d, &field, WIRES[field.number]);
        if (good && field.number == ATTRIBUTES) {
            good = put_attribute(d, &spans->properties, field.bytes);
        } else if (good && field.number == EVENTS) {
            good = take_event(d, spans, field.bytes);
        } else if (good && field.number == LINKS) {
            good = take_link(d, spans, field.bytes);
        }
        if (!good) {
            return false;
        }
        fields[field.number] = field;
    }
    return found == FIELD_NONE;
}

enum { KINDS_KNOWN = 6, STATUSES_KNOWN = 3 };

static const char *const KINDS[KINDS_KNOWN] = {"UNSPECIFIED", "INTERNAL", "SERVER",
                                               "CLIENT",      "PRODUCER", "CONSUMER"};
static const char *const STATUSES[STATUSES_KNOWN] = {"UNSET", "OK", "ERROR"};

/* Puts what a row's columns cannot show of times, kind and status. */
static bool put_odd(struct decode *d, struct map_column *map, const struct field *fields,
                    uint64_t status) {
    uint64_t kind = fields[KIND].value;
    return put_odd_time(d, map, KEY_START_TIME_UNIX_NANO, fields[START].value, true) &&
           put_odd_time(d, map, KEY_END_TIME_UNIX_NANO, fields[END].value, true) &&
           (kind < KINDS_KNOWN || put_integer_entry(d, map, KEY_KIND, (int32_t)kind)) &&
           (status < STATUSES_KNOWN || put_integer_entry(d, map, KEY_STATUS_CODE, (int32_t)status));
}

static bool put_details(struct decode *d, struct map_column *map, const struct field *fields,
                        uint64_t status) {
    return put_span_entry(d, map, KEY_TRACE_STATE, fields[TRACE_STATE].bytes) &&
           put_number_entry(d, map, KEY_FLAGS, fields[FLAGS].value) &&
           put_number_entry(d, map, KEY_DROPPED_ATTRIBUTES_COUNT,
                            (uint32_t)fields[DROPPED_ATTRIBUTES].value) &&
           put_number_entry(d, map, KEY_DROPPED_EVENTS_COUNT,
                            (uint32_t)fields[DROPPED_EVENTS].value) &&
           put_number_entry(d, map, KEY_DROPPED_LINKS_COUNT,
                            (uint32_t)fields[DROPPED_LINKS].value) &&
           put_odd(d, map, fields, status);
}

/* Puts the name of a number; one without a name has that of 0. */
static bool put_name(struct decode *d, struct buffer *column, const char *const *names,
                     size_t count, uint64_t number) {
    struct text text = short_text(names[number < count ? number : 0]);
    return put_view(d, column, &text);
}

/* Counts a span whose ids are no ids; its row has them all the same. */
static bool look_at_ids(struct decode *d, const struct field *fields) {
    enum { TRACE_ID_BYTES = 16, SPAN_ID_BYTES = 8 };
    d->odd_ids += span_length(fields[TRACE_ID].bytes) != TRACE_ID_BYTES ||
                  span_length(fields[SPAN_ID].bytes) != SPAN_ID_BYTES;
    return true;
}

static bool take_span(struct decode *d, void *state, const struct scope *scope,
                      struct span message) {
    struct spans *spans = state;
    struct field fields[LAST + 1] = {0};
    for (unsigned i = 0; i <= LAST; i++) {
        fields[i].bytes = (struct span){message.end, message.end};
    }
    struct text trace_id, span_id, parent, name, status_message;
    uint64_t status;
    return count_items(d, 1) && read_fields(d, spans, message, fields) && look_at_ids(d, fields) &&
           text_of_hex(d, fields[TRACE_ID].bytes, &trace_id) &&
           text_of_hex(d, fields[SPAN_ID].bytes, &span_id) &&
           text_of_hex(d, fields[PARENT_ID].bytes, &parent) &&
           text_of_span(d, fields[NAME].bytes, &name) &&
           read_status(d, fields[STATUS].bytes, &status_message, &status) &&
           put_view(d, &spans->trace_id, &trace_id) && put_view(d, &spans->span_id, &span_id) &&
           put_view(d, &spans->parent_span_id, &parent) &&
           put_i64(d, &spans->start, time_of(fields[START].value)) &&
           put_i64(d, &spans->end, time_of(fields[END].value)) &&
           put_view(d, &spans->target, &scope->name) && put_view(d, &spans->name, &name) &&
           put_name(d, &spans->kind, KINDS, KINDS_KNOWN, fields[KIND].value) &&
           put_name(d, &spans->status, STATUSES, STATUSES_KNOWN, status) &&
           put_view(d, &spans->message, &status_message) &&
           map_put_all(d, &spans->properties, &scope->entries) &&
           put_details(d, &spans->properties, fields, status) &&
           map_end_typed(d, &spans->properties, &spans->types) &&
           put_offset(d, &spans->events, &spans->event_time, sizeof(int64_t)) &&
           put_offset(d, &spans->links, &spans->link_span_id, sizeof(struct text));
}

bool read_spans(struct decode *d, struct span payload, struct column columns[SIGNAL_COLUMNS_MAX],
                void **state) {
    struct spans *s = *state = calloc(1, sizeof *s);
    if (s == NULL) {
        d->failed = d->out_of_memory = true;
        return false;
    }
    const struct column made[] = {
        {"trace_id", COLUMN_TEXT, &s->trace_id},
        {"span_id", COLUMN_TEXT, &s->span_id},
        {"parent_span_id", COLUMN_TEXT, &s->parent_span_id},
        {"start", COLUMN_INT64, &s->start},
        {"end", COLUMN_INT64, &s->end},
        {"target", COLUMN_TEXT, &s->target},
        {"name", COLUMN_TEXT, &s->name},
        {"kind", COLUMN_TEXT, &s->kind},
        {"status", COLUMN_TEXT, &s->status},
        {"status_message", COLUMN_TEXT, &s->message},
        {"properties", COLUMN_MAP, &s->properties},
        {"property_types", COLUMN_TEXT, &s->types},
        {"events", COLUMN_OFFSETS, &s->events},
        {"event_time", COLUMN_INT64, &s->event_time},
        {"event_name", COLUMN_TEXT, &s->event_name},
        {"event_attributes", COLUMN_MAP, &s->event_attributes},
        {"links", COLUMN_OFFSETS, &s->links},
        {"link_trace_id", COLUMN_TEXT, &s->link_trace_id},
        {"link_span_id", COLUMN_TEXT, &s->link_span_id},
        {"link_trace_state", COLUMN_TEXT, &s->link_trace_state},
        {"link_attributes", COLUMN_MAP, &s->link_attributes},
    };
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        columns[i] = made[i];
    }
    return map_start(d, &s->properties) && map_start(d, &s->event_attributes) &&
           map_start(d, &s->link_attributes) && put_i32(d, &s->events, 0) &&
           put_i32(d, &s->links, 0) && each_record(d, payload, true, take_span, s);
}
