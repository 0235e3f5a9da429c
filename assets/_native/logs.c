/* ResourceLogs: one row per log record. */
#include "signals.h"
#include "types.h"
#include "value.h"

#include <stdlib.h>

struct logs {
    struct buffer time, level, target, msg;
    struct map_column properties;
    struct buffer types;
};

struct log_record {
    uint64_t time, observed, dropped, flags;
    int32_t severity;
    struct span severity_text, body, trace_id, span_id, event_name;
    struct text body_type;
};

enum {
    TIME = 1,
    SEVERITY_NUMBER = 2,
    SEVERITY_TEXT = 3,
    BODY = 5,
    ATTRIBUTES = 6,
    DROPPED = 7,
    FLAGS = 8,
    TRACE_ID = 9,
    SPAN_ID = 10,
    OBSERVED = 11,
    EVENT_NAME = 12,
};

static const int WIRES[] = {
    [TIME] = WIRE_FIXED64, [SEVERITY_NUMBER] = WIRE_VARINT, [SEVERITY_TEXT] = WIRE_BYTES,
    [4] = -1,              [BODY] = WIRE_BYTES,             [ATTRIBUTES] = WIRE_BYTES,
    [DROPPED] = WIRE_VARINT, [FLAGS] = WIRE_FIXED32,        [TRACE_ID] = WIRE_BYTES,
    [SPAN_ID] = WIRE_BYTES, [OBSERVED] = WIRE_FIXED64,      [EVENT_NAME] = WIRE_BYTES,
};

static bool keep_field(struct decode *d, struct logs *logs, struct log_record *record,
                       const struct field *field) {
    switch (field->number) {
    case TIME:
        record->time = field->value;
        return true;
    case SEVERITY_NUMBER:
        record->severity = (int32_t)field->value;
        return true;
    case SEVERITY_TEXT:
        record->severity_text = field->bytes;
        return true;
    case BODY:
        record->body = field->bytes;
        return true;
    case ATTRIBUTES:
        return put_attribute(d, &logs->properties, field->bytes);
    case DROPPED:
        record->dropped = (uint32_t)field->value;
        return true;
    case FLAGS:
        record->flags = field->value;
        return true;
    case TRACE_ID:
        record->trace_id = field->bytes;
        return true;
    case SPAN_ID:
        record->span_id = field->bytes;
        return true;
    case OBSERVED:
        record->observed = field->value;
        return true;
    default:
        record->event_name = field->bytes;
        return true;
    }
}

static bool read_fields(struct decode *d, struct logs *logs, struct log_record *record,
                        struct span message) {
    struct field field;
    enum found found;
    while ((found = next_field(d, &message, &field)) == FIELD_FOUND) {
        if (field.number > EVENT_NAME || WIRES[field.number] < 0) {
            continue;
        }
        if (!has_wire(d, &field, (enum wire_type)WIRES[field.number]) ||
            !keep_field(d, logs, record, &field)) {
            return false;
        }
    }
    return found == FIELD_NONE;
}

/* Severities 1-4 are trace (6), 21-24 fatal (1); any other is information (4). */
static int32_t level_of(int32_t severity) {
    return severity >= 1 && severity <= 24 ? 6 - (severity - 1) / 4 : 4;
}

/* The numbers 1, 5, ... 21 are what a level is; others, 0 too, say another thing. */
static bool level_tells_all(int32_t severity) {
    return severity >= 1 && severity <= 24 && severity % 4 == 1;
}

static bool put_times(struct decode *d, struct map_column *map, const struct log_record *record) {
    int64_t time = time_of(record->time), observed = time_of(record->observed);
    if (time && observed &&
        !put_integer_entry(d, map, KEY_OBSERVED_AFTER_NS, observed - time)) {
        return false;
    }
    return put_odd_time(d, map, KEY_TIME_UNIX_NANO, record->time, true) &&
           put_odd_time(d, map, KEY_OBSERVED_TIME_UNIX_NANO, record->observed, false);
}

static bool put_details(struct decode *d, struct logs *logs, const struct log_record *record) {
    struct map_column *map = &logs->properties;
    if (!level_tells_all(record->severity) &&
        !put_integer_entry(d, map, KEY_SEVERITY_NUMBER, record->severity)) {
        return false;
    }
    return put_hex_entry(d, map, KEY_TRACE_ID, record->trace_id) &&
           put_hex_entry(d, map, KEY_SPAN_ID, record->span_id) &&
           put_span_entry(d, map, KEY_SEVERITY_TEXT, record->severity_text) &&
           put_span_entry(d, map, KEY_EVENT_NAME, record->event_name) &&
           put_times(d, map, record) && put_number_entry(d, map, KEY_FLAGS, record->flags) &&
           put_number_entry(d, map, KEY_DROPPED_ATTRIBUTES_COUNT, record->dropped) &&
           put_entry(d, map, KEY_BODY_TYPE, &record->body_type);
}

static bool take_log(struct decode *d, void *state, const struct scope *scope,
                     struct span message) {
    struct logs *logs = state;
    struct span none = {message.end, message.end};
    struct log_record record = {.severity_text = none, .body = none, .trace_id = none,
                                .span_id = none, .event_name = none};
    struct text msg;
    enum value_kind kind;
    if (!count_items(d, 1) || !read_fields(d, logs, &record, message) ||
        !text_of_value(d, record.body, &msg, &kind)) {
        return false;
    }
    if (kind != VALUE_STRING && span_length(record.body) != 0) {
        record.body_type = short_text(name_of_value_kind(kind));
    }
    int64_t time = time_of(record.time);
    return put_i64(d, &logs->time, time ? time : time_of(record.observed)) &&
           put_i32(d, &logs->level, level_of(record.severity)) &&
           put_view(d, &logs->target, &scope->name) && put_view(d, &logs->msg, &msg) &&
           map_put_all(d, &logs->properties, &scope->entries) && put_details(d, logs, &record) &&
           map_end_typed(d, &logs->properties, &logs->types);
}

bool read_logs(struct decode *d, struct span payload, struct column columns[SIGNAL_COLUMNS_MAX],
               void **state) {
    struct logs *logs = *state = calloc(1, sizeof *logs);
    if (logs == NULL) {
        d->failed = d->out_of_memory = true;
        return false;
    }
    columns[0] = (struct column){"time", COLUMN_INT64, &logs->time};
    columns[1] = (struct column){"level", COLUMN_INT32, &logs->level};
    columns[2] = (struct column){"target", COLUMN_TEXT, &logs->target};
    columns[3] = (struct column){"msg", COLUMN_TEXT, &logs->msg};
    columns[4] = (struct column){"properties", COLUMN_MAP, &logs->properties};
    columns[5] = (struct column){"property_types", COLUMN_TEXT, &logs->types};
    return map_start(d, &logs->properties) && each_record(d, payload, true, take_log, logs);
}
