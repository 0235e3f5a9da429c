/*
 * ResourceMetrics, second reading: one row per point of a histogram or an exponential histogram.
 *
 * Both have the same form: bounds that rise, and a count for each range between two of them, for
 * what lies at or below the first and for what lies above the last. A bound belongs to the range
 * that it ends. The bounds of an exponential histogram are computed: base^index, base = 2^2^-scale,
 * negative ranges first, then the one around zero, then the positive ranges.
 */
#include "exponential.h"
#include "metric.h"
#include "signals.h"
#include "types.h"

#include <stdlib.h>

struct histograms {
    struct buffer time, start_time, target, name, unit, kind, temporality, scale;
    struct buffer count, sum, has_sum, min, has_min, max, has_max, no_value;
    struct buffer bounds, bound, counts, bucket;
    struct map_column properties, metric;
    struct buffer types;
    struct buffer exemplars, exemplar_time, exemplar_value, exemplar_trace_id, exemplar_span_id;
    struct map_column exemplar_attributes;
};

struct optional {
    double value;
    bool present;
};

struct point {
    uint64_t start, time, flags, count;
    struct optional sum, min, max;
    struct exponential ranges; /* of an exponential histogram */
    struct span message;
};

/* Puts a packed or single number of eight bytes. */
static bool put_fixed64(struct decode *d, struct buffer *column, const struct field *field) {
    if (field->wire == WIRE_FIXED64) {
        return count_items(d, 1) && put_i64(d, column, (int64_t)field->value);
    }
    size_t length = span_length(field->bytes);
    if (!has_wire(d, field, WIRE_BYTES)) {
        return false;
    }
    if (length % 8) {
        return malformed(d, field->start, "field %u is packed in %zu bytes, not a multiple of 8",
                         field->number, length);
    }
    return count_items(d, length / 8) && buffer_put(d, column, field->bytes.at, length);
}

/* Puts what the columns of an exemplar cannot show: that it has no value, or an integer. */
static bool put_odd_exemplar(struct decode *d, struct map_column *map,
                             const struct exemplar *exemplar) {
    static const struct text TRUE = {.length = 4, .as.inlined = "true"};
    const struct field *value = &exemplar->value;
    return put_odd_time(d, map, KEY_TIME_UNIX_NANO, exemplar->time, false) &&
           (value->number != 6 || put_integer_entry(d, map, KEY_AS_INT, (int64_t)value->value)) &&
           (value->number != 0 || put_entry(d, map, KEY_NO_VALUE, &TRUE));
}

static bool take_exemplar(struct decode *d, struct histograms *h, struct span message) {
    struct exemplar exemplar;
    struct text trace_id, span_id;
    if (!count_items(d, 1) || !read_exemplar(d, message, &exemplar)) {
        return false;
    }
    struct field field;
    while (next_field(d, &message, &field) == FIELD_FOUND) {
        if (field.number == 7 && !put_attribute(d, &h->exemplar_attributes, field.bytes)) {
            return false;
        }
    }
    return put_odd_exemplar(d, &h->exemplar_attributes, &exemplar) &&
           text_of_hex(d, exemplar.trace_id, &trace_id) &&
           text_of_hex(d, exemplar.span_id, &span_id) &&
           put_i64(d, &h->exemplar_time, time_of(exemplar.time)) &&
           put_f64(d, &h->exemplar_value, exemplar_value(&exemplar)) &&
           put_view(d, &h->exemplar_trace_id, &trace_id) &&
           put_view(d, &h->exemplar_span_id, &span_id) &&
           map_end_noted(d, &h->exemplar_attributes);
}

/* What a field of a point means, whichever of the two kinds of histogram it is in. */
enum meaning {
    UNKNOWN,
    START,
    TIME,
    COUNT,
    SUM,
    COUNTS,
    BOUNDS,
    EXEMPLAR,
    ATTRIBUTE,
    FLAGS,
    MIN,
    MAX,
    SCALE,
    ZERO_COUNT,
    POSITIVE,
    NEGATIVE,
    THRESHOLD,
};

static const uint8_t EXPLICIT[] = {UNKNOWN, UNKNOWN, START,     TIME,  COUNT, SUM, COUNTS,
                                   BOUNDS,  EXEMPLAR, ATTRIBUTE, FLAGS, MIN,   MAX};
static const uint8_t EXPONENTIAL[] = {UNKNOWN,    ATTRIBUTE, START,    TIME,  COUNT,
                                      SUM,        SCALE,     ZERO_COUNT, POSITIVE, NEGATIVE,
                                      FLAGS,      EXEMPLAR,  MIN,      MAX,   THRESHOLD};

static const uint8_t WIRES[] = {
    [START] = WIRE_FIXED64, [TIME] = WIRE_FIXED64,  [COUNT] = WIRE_FIXED64,
    [SUM] = WIRE_FIXED64,   [EXEMPLAR] = WIRE_BYTES, [ATTRIBUTE] = WIRE_BYTES,
    [FLAGS] = WIRE_VARINT,  [MIN] = WIRE_FIXED64,   [MAX] = WIRE_FIXED64,
    [SCALE] = WIRE_VARINT,  [ZERO_COUNT] = WIRE_FIXED64, [POSITIVE] = WIRE_BYTES,
    [NEGATIVE] = WIRE_BYTES, [THRESHOLD] = WIRE_FIXED64,
};

static void keep_number(struct point *point, enum meaning meaning, uint64_t value) {
    struct optional number = {as_double(value), true};
    switch (meaning) {
    case START:
        point->start = value;
        break;
    case TIME:
        point->time = value;
        break;
    case COUNT:
        point->count = value;
        break;
    case SUM:
        point->sum = number;
        break;
    case FLAGS:
        point->flags = value;
        break;
    case MIN:
        point->min = number;
        break;
    case MAX:
        point->max = number;
        break;
    case SCALE:
        point->ranges.scale = zigzag(value);
        break;
    case ZERO_COUNT:
        point->ranges.zero_count = value;
        break;
    default:
        point->ranges.zero_threshold = number.value;
    }
}

static bool keep_field(struct decode *d, struct histograms *h, struct point *point,
                       const struct field *field, enum meaning meaning) {
    if (meaning == COUNTS) {
        return put_fixed64(d, &h->bucket, field);
    }
    if (meaning == BOUNDS) {
        return put_fixed64(d, &h->bound, field);
    }
    if (!has_wire(d, field, (enum wire_type)WIRES[meaning])) {
        return false;
    }
    switch (meaning) {
    case EXEMPLAR:
        return take_exemplar(d, h, field->bytes);
    case ATTRIBUTE:
        return put_attribute(d, &h->properties, field->bytes);
    case POSITIVE:
        point->ranges.positive.message = field->bytes;
        return true;
    case NEGATIVE:
        point->ranges.negative.message = field->bytes;
        return true;
    default:
        keep_number(point, meaning, field->value);
        return true;
    }
}

static bool read_fields(struct decode *d, struct histograms *h, struct point *point,
                        bool exponential) {
    const uint8_t *meanings = exponential ? EXPONENTIAL : EXPLICIT;
    uint32_t last = exponential ? sizeof EXPONENTIAL - 1 : sizeof EXPLICIT - 1;
    struct span message = point->message;
    struct field field;
    enum found found;
    while ((found = next_field(d, &message, &field)) == FIELD_FOUND) {
        enum meaning meaning = field.number <= last ? meanings[field.number] : UNKNOWN;
        if (meaning != UNKNOWN && !keep_field(d, h, point, &field, meaning)) {
            return false;
        }
    }
    return found == FIELD_NONE &&
           (!exponential || put_exponential(d, &h->bound, &h->bucket, &point->ranges));
}

static bool put_optional(struct decode *d, struct buffer *values, struct buffer *presence,
                         struct optional number) {
    return put_f64(d, values, number.value) && put_byte(d, presence, number.present);
}

/* Puts what the columns cannot show of a point. */
static bool put_odd(struct decode *d, struct map_column *map, const struct metric *metric,
                    const struct point *point) {
    bool known = metric->temporality >= 0 && metric->temporality <= 2;
    size_t start = d->made.used;
    struct text threshold = {0};
    if (point->ranges.zero_threshold != 0 &&
        !(put_double(d, point->ranges.zero_threshold) && text_of_made(d, start, &threshold))) {
        return false;
    }
    return put_odd_time(d, map, KEY_METRIC_START_TIME_UNIX_NANO, point->start, false) &&
           put_odd_time(d, map, KEY_METRIC_TIME_UNIX_NANO, point->time, true) &&
           put_number_entry(d, map, KEY_FLAGS, (uint32_t)point->flags) &&
           (known || put_integer_entry(d, map, KEY_METRIC_AGGREGATION_TEMPORALITY,
                                       metric->temporality)) &&
           put_entry(d, map, KEY_METRIC_ZERO_THRESHOLD, &threshold);
}

static bool take_histogram(struct decode *d, void *state, const struct scope *scope,
                           const struct metric *metric, struct span message) {
    struct histograms *h = state;
    struct span none = {message.end, message.end};
    struct point point = {.message = message,
                          .ranges.positive.message = none,
                          .ranges.negative.message = none};
    bool exponential = metric->kind == METRIC_EXPONENTIAL;
    return count_items(d, 1) && read_fields(d, h, &point, exponential) &&
           put_i64(d, &h->time, time_of(point.time)) &&
           put_i64(d, &h->start_time, time_of(point.start)) &&
           put_view(d, &h->target, &scope->name) && put_view(d, &h->name, &metric->name) &&
           put_view(d, &h->unit, &metric->unit) && put_byte(d, &h->kind, exponential) &&
           put_i32(d, &h->temporality, metric->temporality) &&
           put_i32(d, &h->scale, point.ranges.scale) &&
           put_i64(d, &h->count, (int64_t)point.count) &&
           put_optional(d, &h->sum, &h->has_sum, point.sum) &&
           put_optional(d, &h->min, &h->has_min, point.min) &&
           put_optional(d, &h->max, &h->has_max, point.max) &&
           put_byte(d, &h->no_value, point.flags & FLAG_NO_RECORDED_VALUE) &&
           put_offset(d, &h->bounds, &h->bound, sizeof(double)) &&
           put_offset(d, &h->counts, &h->bucket, sizeof(int64_t)) &&
           map_put_all(d, &h->properties, &scope->entries) &&
           map_put_all(d, &h->properties, metric->entries) &&
           put_odd(d, &h->properties, metric, &point) &&
           map_end_typed(d, &h->properties, &h->types) &&
           put_offset(d, &h->exemplars, &h->exemplar_time, sizeof(int64_t));
}

static bool take_metric(struct decode *d, void *state, const struct scope *scope,
                        struct span message) {
    struct histograms *h = state;
    struct metric metric;
    if (!read_metric(d, message, &metric, &h->metric)) {
        return false;
    }
    bool ours = metric.kind == METRIC_HISTOGRAM || metric.kind == METRIC_EXPONENTIAL;
    return !ours || each_point(d, scope, &metric, take_histogram, state);
}

bool read_histograms(struct decode *d, struct span payload,
                     struct column columns[SIGNAL_COLUMNS_MAX], void **state) {
    struct histograms *h = *state = calloc(1, sizeof *h);
    if (h == NULL) {
        d->failed = d->out_of_memory = true;
        return false;
    }
    const struct column made[] = {
        {"time", COLUMN_INT64, &h->time},
        {"start_time", COLUMN_INT64, &h->start_time},
        {"target", COLUMN_TEXT, &h->target},
        {"name", COLUMN_TEXT, &h->name},
        {"unit", COLUMN_TEXT, &h->unit},
        {"exponential", COLUMN_BYTE, &h->kind},
        {"temporality", COLUMN_INT32, &h->temporality},
        {"scale", COLUMN_INT32, &h->scale},
        {"count", COLUMN_INT64, &h->count},
        {"sum", COLUMN_DOUBLE, &h->sum},
        {"has_sum", COLUMN_BYTE, &h->has_sum},
        {"min", COLUMN_DOUBLE, &h->min},
        {"has_min", COLUMN_BYTE, &h->has_min},
        {"max", COLUMN_DOUBLE, &h->max},
        {"has_max", COLUMN_BYTE, &h->has_max},
        {"no_value", COLUMN_BYTE, &h->no_value},
        {"bounds", COLUMN_OFFSETS, &h->bounds},
        {"bound", COLUMN_DOUBLE, &h->bound},
        {"counts", COLUMN_OFFSETS, &h->counts},
        {"bucket", COLUMN_INT64, &h->bucket},
        {"properties", COLUMN_MAP, &h->properties},
        {"property_types", COLUMN_TEXT, &h->types},
        {"exemplars", COLUMN_OFFSETS, &h->exemplars},
        {"exemplar_time", COLUMN_INT64, &h->exemplar_time},
        {"exemplar_value", COLUMN_DOUBLE, &h->exemplar_value},
        {"exemplar_trace_id", COLUMN_TEXT, &h->exemplar_trace_id},
        {"exemplar_span_id", COLUMN_TEXT, &h->exemplar_span_id},
        {"exemplar_attributes", COLUMN_MAP, &h->exemplar_attributes},
    };
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        columns[i] = made[i];
    }
    bool good = map_start(d, &h->properties) && map_start(d, &h->exemplar_attributes) &&
                put_i32(d, &h->bounds, 0) && put_i32(d, &h->counts, 0) &&
                put_i32(d, &h->exemplars, 0) && each_record(d, payload, false, take_metric, h);
    map_free(&h->metric);
    return good;
}
