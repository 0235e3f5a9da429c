/* What the points of one metric share, and exemplars: see metric.h. */
#include "metric.h"

#include "value.h"

enum { METADATA = 12 };
static const char METADATA_PREFIX[] = "otel.metric.metadata.";

/* The KeyValue by which OpenTelemetry says that a gauge is only a number of Prometheus. */
static const char UNTYPED[] = "\x0a\x0fprometheus.type\x12\x09\x0a\x07unknown";

static bool is_data(uint32_t number) {
    return number == METRIC_GAUGE || number == METRIC_SUM || number == METRIC_HISTOGRAM ||
           number == METRIC_EXPONENTIAL || number == METRIC_SUMMARY;
}

/* Reads what the data message says of all its points. */
static bool read_data(struct decode *d, struct metric *metric) {
    struct span data = metric->data;
    struct field field;
    enum found found;
    uint32_t known = metric->kind == METRIC_SUM ? 3 : 2;
    if (metric->kind == METRIC_GAUGE || metric->kind == METRIC_SUMMARY) {
        known = 1;
    }
    while ((found = next_field(d, &data, &field)) == FIELD_FOUND) {
        if (field.number > known) {
            continue;
        }
        if (!has_wire(d, &field, field.number == 1 ? WIRE_BYTES : WIRE_VARINT)) {
            return false;
        }
        if (field.number == 2) {
            metric->temporality = (int32_t)field.value;
        } else if (field.number == 3) {
            metric->monotonic = field.value != 0;
        }
    }
    return found == FIELD_NONE;
}

static bool put_metadata(struct decode *d, struct metric *metric, struct span message) {
    struct field field;
    bool good = true;
    while (good && next_field(d, &message, &field) == FIELD_FOUND) {
        if (field.number == METADATA) {
            good = put_prefixed(d, metric->entries, METADATA_PREFIX, field.bytes);
            metric->untyped = metric->untyped ||
                              (span_length(field.bytes) == sizeof UNTYPED - 1 &&
                               memcmp(field.bytes.at, UNTYPED, sizeof UNTYPED - 1) == 0);
        }
    }
    return good; /* read_metric has seen every field to be whole */
}

bool read_metric(struct decode *d, struct span message, struct metric *metric,
                 struct map_column *entries) {
    struct span whole = message, name = {message.end, message.end};
    struct span unit = name, description = name;
    struct field field;
    enum found found;
    bool has_metadata = false;
    *metric = (struct metric){.data = name, .entries = entries};
    map_clear(entries);
    while ((found = next_field(d, &message, &field)) == FIELD_FOUND) {
        if (field.number > 3 && field.number != METADATA && !is_data(field.number)) {
            continue;
        }
        if (!has_wire(d, &field, WIRE_BYTES)) {
            return false;
        }
        if (field.number == 1) {
            name = field.bytes;
        } else if (field.number == 2) {
            description = field.bytes;
        } else if (field.number == 3) {
            unit = field.bytes;
        } else if (field.number == METADATA) {
            has_metadata = true;
        } else {
            metric->kind = (enum metric_kind)field.number;
            metric->data = field.bytes;
        }
    }
    metric->name_bytes = name;
    return found == FIELD_NONE && text_of_span(d, name, &metric->name) &&
           text_of_span(d, unit, &metric->unit) &&
           put_span_entry(d, entries, KEY_METRIC_DESCRIPTION, description) &&
           (!has_metadata || put_metadata(d, metric, whole)) && read_data(d, metric);
}

bool each_point(struct decode *d, const struct scope *scope, const struct metric *metric,
                take_point *take, void *state) {
    struct span data = metric->data;
    struct field field;
    while (next_field(d, &data, &field) == FIELD_FOUND) { /* read_data has seen it to be whole */
        if (field.number == 1 && !take(d, state, scope, metric, field.bytes)) {
            return false;
        }
    }
    return true;
}

bool read_exemplar(struct decode *d, struct span message, struct exemplar *exemplar) {
    static const enum wire_type WIRES[] = {[2] = WIRE_FIXED64, [3] = WIRE_FIXED64,
                                           [4] = WIRE_BYTES,   [5] = WIRE_BYTES,
                                           [6] = WIRE_FIXED64, [7] = WIRE_BYTES};
    struct span none = {message.end, message.end};
    *exemplar = (struct exemplar){.trace_id = none, .span_id = none, .message = message};
    struct field field;
    enum found found;
    while ((found = next_field(d, &message, &field)) == FIELD_FOUND) {
        if (field.number < 2 || field.number > 7) {
            continue;
        }
        if (!has_wire(d, &field, WIRES[field.number])) {
            return false;
        }
        if (field.number == 2) {
            exemplar->time = field.value;
        } else if (field.number == 3 || field.number == 6) {
            exemplar->value = field;
        } else if (field.number == 4) {
            exemplar->span_id = field.bytes;
        } else if (field.number == 5) {
            exemplar->trace_id = field.bytes;
        }
    }
    return found == FIELD_NONE;
}

double exemplar_value(const struct exemplar *exemplar) {
    const struct field *value = &exemplar->value;
    return value->number == 6 ? (double)(int64_t)value->value : as_double(value->value);
}

static bool put_json_number(struct decode *d, const struct field *value) {
    double number = as_double(value->value);
    if (value->number == 0) {
        return put_text(d, "null");
    }
    if (value->number == 6) {
        return put_int(d, (int64_t)value->value);
    }
    bool quoted = number - number != 0;
    return (!quoted || put_text(d, "\"")) && put_double(d, number) &&
           (!quoted || put_text(d, "\""));
}

static bool put_json_exemplar(struct decode *d, struct span message) {
    struct exemplar exemplar;
    if (!read_exemplar(d, message, &exemplar)) {
        return false;
    }
    uint64_t time = exemplar.time > INT64_MAX ? 0 : exemplar.time;
    bool good = put_text(d, "{\"time\":") && put_int(d, (int64_t)time) &&
                put_text(d, ",\"value\":") && put_json_number(d, &exemplar.value) &&
                put_text(d, ",\"trace_id\":\"") && put_hex(d, exemplar.trace_id) &&
                put_text(d, "\",\"span_id\":\"") && put_hex(d, exemplar.span_id) &&
                put_text(d, "\",\"attributes\":{");
    struct field field;
    bool first = true;
    while (good && next_field(d, &message, &field) == FIELD_FOUND) {
        if (field.number == 7) {
            good = put_json_member(d, field.bytes, first, 0);
            first = false;
        }
    }
    return good && put_text(d, "}}");
}

bool text_of_exemplars(struct decode *d, struct span point, uint32_t number, struct text *text) {
    size_t start = d->made.used;
    struct field field;
    bool good = put_text(d, "["), first = true;
    while (good && next_field(d, &point, &field) == FIELD_FOUND) {
        if (field.number == number) {
            good = (first || put_text(d, ",")) && put_json_exemplar(d, field.bytes);
            first = false;
        }
    }
    return good && put_text(d, "]") && text_of_made(d, start, text);
}
