/*
 * ResourceMetrics, first reading: one row per number that a gauge, a sum or a summary gives.
 *
 * A summary gives `<name>_count` and `<name>_sum`, and a row per quantile: 0 is `<name>_min`, 1 is
 * `<name>_max`, every other one `<name>` with the quantile among its properties.
 */
#include "metric.h"
#include "signals.h"
#include "types.h"

#include <stdlib.h>

struct points {
    struct buffer time, target, name, unit, value, has_value;
    struct map_column properties, metric;
    struct buffer types;
};

struct row {
    uint64_t time;
    const struct text *name, *unit;
    double value;
    bool has_value;
};

static bool put_row(struct decode *d, struct points *points, const struct scope *scope,
                    const struct row *row) {
    return count_items(d, 1) && put_i64(d, &points->time, time_of(row->time)) &&
           put_view(d, &points->target, &scope->name) && put_view(d, &points->name, row->name) &&
           put_view(d, &points->unit, row->unit) &&
           put_f64(d, &points->value, row->has_value ? row->value : 0) &&
           put_byte(d, &points->has_value, row->has_value) &&
           map_end_typed(d, &points->properties, &points->types);
}

/* Puts a word that is in every row of a metric. */
static bool put_word(struct decode *d, struct map_column *map, enum key key, const char *word) {
    struct text text = short_text(word);
    return put_entry(d, map, key, &text);
}

/* Puts what all points of a metric share. */
static bool put_shared(struct decode *d, struct map_column *map, const struct scope *scope,
                       const struct metric *metric, const char *kind) {
    return map_put_all(d, map, &scope->entries) &&
           (metric->untyped || put_word(d, map, KEY_METRIC_KIND, kind)) &&
           map_put_all(d, map, metric->entries);
}

/* Puts what every kind of point has: since when it counts, odd times, and its flags. */
static bool put_times_and_flags(struct decode *d, struct map_column *map, uint64_t start,
                                uint64_t time, uint64_t flags) {
    return put_number_entry(d, map, KEY_METRIC_START_TIME_UNIX_NANO, start) &&
           put_odd_time(d, map, KEY_METRIC_TIME_UNIX_NANO, time, true) &&
           put_number_entry(d, map, KEY_FLAGS, (uint32_t)flags);
}

/* Puts what a float cannot tell of an integer: that it is one, and its last digits. */
static bool put_integer(struct decode *d, struct map_column *map, int64_t value) {
    const int64_t exact = (int64_t)1 << 53;
    return put_word(d, map, KEY_METRIC_VALUE_TYPE, "int") &&
           ((value >= -exact && value <= exact) ||
            put_integer_entry(d, map, KEY_METRIC_AS_INT, value));
}

struct number_point {
    uint64_t start, time, flags;
    struct field value;
    bool has_exemplars;
};

static bool read_number(struct decode *d, struct points *points, struct span message,
                        struct number_point *point) {
    static const enum wire_type WIRES[] = {[2] = WIRE_FIXED64, [3] = WIRE_FIXED64,
                                           [4] = WIRE_FIXED64, [5] = WIRE_BYTES,
                                           [6] = WIRE_FIXED64, [7] = WIRE_BYTES,
                                           [8] = WIRE_VARINT};
    struct field field;
    enum found found;
    while ((found = next_field(d, &message, &field)) == FIELD_FOUND) {
        if (field.number < 2 || field.number > 8) {
            continue;
        }
        if (!has_wire(d, &field, WIRES[field.number])) {
            return false;
        }
        if (field.number == 2) {
            point->start = field.value;
        } else if (field.number == 3) {
            point->time = field.value;
        } else if (field.number == 4 || field.number == 6) {
            point->value = field;
        } else if (field.number == 5) {
            point->has_exemplars = true;
        } else if (field.number == 8) {
            point->flags = field.value;
        } else if (!put_attribute(d, &points->properties, field.bytes)) {
            return false;
        }
    }
    return found == FIELD_NONE;
}

static bool take_number(struct decode *d, void *state, const struct scope *scope,
                        const struct metric *metric, struct span message) {
    struct points *points = state;
    struct map_column *map = &points->properties;
    struct number_point point = {0};
    struct text exemplars = {0};
    if (!read_number(d, points, message, &point) ||
        (point.has_exemplars && !text_of_exemplars(d, message, 5, &exemplars))) {
        return false;
    }
    bool sum = metric->kind == METRIC_SUM, integer = point.value.number == 6;
    bool good = put_shared(d, map, scope, metric, sum ? "sum" : "gauge");
    if (good && sum) {
        const char *monotonic = metric->monotonic ? "true" : "false";
        good = put_integer_entry(d, map, KEY_METRIC_AGGREGATION_TEMPORALITY,
                                 metric->temporality) &&
               put_word(d, map, KEY_METRIC_IS_MONOTONIC, monotonic);
    }
    struct row row = {
        .time = point.time,
        .name = &metric->name,
        .unit = &metric->unit,
        .value = integer ? (double)(int64_t)point.value.value : as_double(point.value.value),
        .has_value = point.value.number != 0 && !(point.flags & FLAG_NO_RECORDED_VALUE),
    };
    return good && put_times_and_flags(d, map, point.start, point.time, point.flags) &&
           (!integer || put_integer(d, map, (int64_t)point.value.value)) &&
           put_entry(d, map, KEY_EXEMPLARS, &exemplars) &&
           put_row(d, points, scope, &row);
}

struct summary {
    uint64_t start, time, flags, count;
    double sum;
    const struct scope *scope;
    const struct metric *metric;
    struct text names[4]; /* _count, _sum, _min, _max */
    struct span message;
};

static bool read_summary(struct decode *d, struct summary *summary) {
    static const enum wire_type WIRES[] = {[2] = WIRE_FIXED64, [3] = WIRE_FIXED64,
                                           [4] = WIRE_FIXED64, [5] = WIRE_FIXED64,
                                           [6] = WIRE_BYTES,   [7] = WIRE_BYTES,
                                           [8] = WIRE_VARINT};
    struct span message = summary->message;
    struct field field;
    enum found found;
    while ((found = next_field(d, &message, &field)) == FIELD_FOUND) {
        if (field.number < 2 || field.number > 8) {
            continue;
        }
        if (!has_wire(d, &field, WIRES[field.number])) {
            return false;
        }
        if (field.number == 2) {
            summary->start = field.value;
        } else if (field.number == 3) {
            summary->time = field.value;
        } else if (field.number == 4) {
            summary->count = field.value;
        } else if (field.number == 5) {
            summary->sum = as_double(field.value);
        } else if (field.number == 8) {
            summary->flags = field.value;
        }
    }
    return found == FIELD_NONE;
}

/* Puts one row of a summary, with the point's attributes. */
static bool put_summary_row(struct decode *d, struct points *points, const struct summary *summary,
                            const struct text *name, double value, const struct text *quantile) {
    static const struct text NO_UNIT = {0};
    struct map_column *map = &points->properties;
    struct span message = summary->message;
    struct field field;
    while (next_field(d, &message, &field) == FIELD_FOUND) {
        if (field.number == 7 && !put_attribute(d, map, field.bytes)) {
            return false;
        }
    }
    struct row row = {
        .time = summary->time,
        .name = name,
        .unit = name == &summary->names[0] ? &NO_UNIT : &summary->metric->unit,
        .value = value,
        .has_value = !(summary->flags & FLAG_NO_RECORDED_VALUE),
    };
    return put_shared(d, map, summary->scope, summary->metric, "summary") &&
           put_times_and_flags(d, map, summary->start, summary->time, summary->flags) &&
           put_entry(d, map, KEY_QUANTILE, quantile) &&
           put_row(d, points, summary->scope, &row);
}

static bool put_quantile(struct decode *d, struct points *points, const struct summary *summary,
                         struct span message) {
    double quantile = 0, value = 0;
    struct field field;
    enum found found;
    while ((found = next_field(d, &message, &field)) == FIELD_FOUND) {
        if (field.number > 2) {
            continue;
        }
        if (!has_wire(d, &field, WIRE_FIXED64)) {
            return false;
        }
        *(field.number == 1 ? &quantile : &value) = as_double(field.value);
    }
    if (found == FIELD_BROKEN) {
        return false;
    }
    struct text text = {0};
    const struct text *name = &summary->metric->name;
    if (quantile == 0) {
        name = &summary->names[2];
    } else if (quantile == 1) {
        name = &summary->names[3];
    } else {
        size_t start = d->made.used;
        if (!put_double(d, quantile) || !text_of_made(d, start, &text)) {
            return false;
        }
    }
    return put_summary_row(d, points, summary, name, value, &text);
}

static bool take_summary(struct decode *d, void *state, const struct scope *scope,
                         const struct metric *metric, struct span message) {
    static const char *const SUFFIXES[] = {"_count", "_sum", "_min", "_max"};
    static const struct text NONE = {0};
    struct points *points = state;
    struct summary summary = {.scope = scope, .metric = metric, .message = message};
    for (unsigned i = 0; i < 4; i++) {
        size_t start = d->made.used;
        if (!put_repaired(d, metric->name_bytes) || !put_text(d, SUFFIXES[i]) ||
            !text_of_made(d, start, &summary.names[i])) {
            return false;
        }
    }
    if (!read_summary(d, &summary) ||
        !put_summary_row(d, points, &summary, &summary.names[0], (double)summary.count, &NONE) ||
        !put_summary_row(d, points, &summary, &summary.names[1], summary.sum, &NONE)) {
        return false;
    }
    struct field field;
    while (next_field(d, &message, &field) == FIELD_FOUND) {
        if (field.number == 6 && !put_quantile(d, points, &summary, field.bytes)) {
            return false;
        }
    }
    return true;
}

static bool take_metric(struct decode *d, void *state, const struct scope *scope,
                        struct span message) {
    struct points *points = state;
    struct metric metric;
    if (!read_metric(d, message, &metric, &points->metric)) {
        return false;
    }
    switch (metric.kind) {
    case METRIC_GAUGE:
    case METRIC_SUM:
        return each_point(d, scope, &metric, take_number, state);
    case METRIC_SUMMARY:
        return each_point(d, scope, &metric, take_summary, state);
    default:
        return true; /* histograms.c reads the others */
    }
}

bool read_points(struct decode *d, struct span payload, struct column columns[SIGNAL_COLUMNS_MAX],
                 void **state) {
    struct points *points = *state = calloc(1, sizeof *points);
    if (points == NULL) {
        d->failed = d->out_of_memory = true;
        return false;
    }
    columns[0] = (struct column){"time", COLUMN_INT64, &points->time};
    columns[1] = (struct column){"target", COLUMN_TEXT, &points->target};
    columns[2] = (struct column){"name", COLUMN_TEXT, &points->name};
    columns[3] = (struct column){"unit", COLUMN_TEXT, &points->unit};
    columns[4] = (struct column){"value", COLUMN_DOUBLE, &points->value};
    columns[5] = (struct column){"has_value", COLUMN_BYTE, &points->has_value};
    columns[6] = (struct column){"properties", COLUMN_MAP, &points->properties};
    columns[7] = (struct column){"property_types", COLUMN_TEXT, &points->types};
    bool good = map_start(d, &points->properties) &&
                each_record(d, payload, false, take_metric, points);
    map_free(&points->metric);
    return good;
}
