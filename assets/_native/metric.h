/*
 * What the points of one metric share, and exemplars in the two forms in which they are kept.
 */
#ifndef LIMNOGRAPH_OTLP_METRIC_H
#define LIMNOGRAPH_OTLP_METRIC_H

#include "scope.h"

/* The field of Metric that holds its points. */
enum metric_kind {
    METRIC_EMPTY = 0,
    METRIC_GAUGE = 5,
    METRIC_SUM = 7,
    METRIC_HISTOGRAM = 9,
    METRIC_EXPONENTIAL = 10,
    METRIC_SUMMARY = 11,
};

struct metric {
    enum metric_kind kind;
    struct text name, unit;
    struct span name_bytes, data;
    int32_t temporality;
    bool monotonic;
    bool untyped; /* its sender says that nobody knows what it is */
    struct map_column *entries; /* description and metadata */
};

enum { FLAG_NO_RECORDED_VALUE = 1 };

struct exemplar {
    uint64_t time;
    struct field value; /* number 3: a double, 6: an integer, 0: none */
    struct span trace_id, span_id, message;
};

typedef bool take_point(struct decode *d, void *state, const struct scope *scope,
                        const struct metric *metric, struct span point);

/* Reads Metric; of several kinds of data the last counts. `entries` are those of the last one. */
bool read_metric(struct decode *d, struct span message, struct metric *metric,
                 struct map_column *entries);

/* Calls `take` for every point of the metric. */
bool each_point(struct decode *d, const struct scope *scope, const struct metric *metric,
                take_point *take, void *state);

/* Reads Exemplar but for its attributes, which are its fields 7. */
bool read_exemplar(struct decode *d, struct span message, struct exemplar *exemplar);

/* Makes one JSON text of all exemplars of a point: its fields of that number. */
bool text_of_exemplars(struct decode *d, struct span point, uint32_t number, struct text *text);

double exemplar_value(const struct exemplar *exemplar);

#endif
