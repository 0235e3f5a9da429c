/*
 * A request of Prometheus remote write as OTLP: one ResourceMetrics for each target that it names.
 *
 * A target is a job and an instance. Rule: what breaks the wire format ends the translation; what
 * breaks a rule of the protocol (a label twice, a time that cannot be) is left out and counted,
 * with the reason of the first. Nothing is expanded beyond the limits, however small the request.
 */
#ifndef LIMNOGRAPH_OTLP_REMOTE_WRITE_H
#define LIMNOGRAPH_OTLP_REMOTE_WRITE_H

#include "emit.h"

struct label {
    struct span name, value;
};

/* What is known of a family of metrics; the type is that of the protocol, 0 where unknown. */
struct family {
    uint32_t type;
    struct span help, unit;
};

enum family_type {
    TYPE_UNKNOWN,
    TYPE_COUNTER,
    TYPE_GAUGE,
    TYPE_HISTOGRAM,
    TYPE_GAUGE_HISTOGRAM,
    TYPE_SUMMARY,
    TYPE_INFO,
    TYPE_STATESET,
    TYPES,
};

/* Tells what is known of a metric of this name, for requests that do not say it themselves. */
typedef bool describe_name(void *context, struct span name, struct family *family);

struct counts {
    size_t samples, histograms, exemplars;
};

/* One time series without its samples. */
struct series {
    struct span message;
    struct label labels[REMOTE_WRITE_LABELS_MAX]; /* but for __name__, job and instance */
    size_t label_count;
    struct span name, job, instance;
    struct family family; /* of requests that say it */
    int64_t start_ms;
    size_t samples, histograms, exemplars;
    const char *fault; /* why nothing of it is taken; NULL where nothing is wrong */
};

struct target {
    struct span job, instance;
    uint64_t hash;
    struct buffer metrics; /* ScopeMetrics' fields 2 */
};

/* Which field of Metric holds the points, and what else is said of all of them. */
struct form {
    unsigned field;
    unsigned temporality;
    bool monotonic;
};

/* The metric that the last points belong to; more may follow. */
struct open_metric {
    struct target *target; /* NULL: none */
    struct span name;
    struct family family;
    struct form form;
    struct buffer points;
};

struct translation {
    struct decode *d;
    bool second; /* of the protocol's two messages */
    describe_name *describe;
    void *context;
    struct span *symbols;
    size_t symbol_count;
    struct series series;
    struct target *targets;
    size_t target_count, target_room;
    uint32_t *places; /* of targets, by hash; 0 is none, else one more than the index */
    size_t last_target;
    struct open_metric open;
    struct buffer exemplars;
    struct buffer values, buckets[2], bounds; /* of the histogram at hand */
    size_t expanded; /* bytes written, and bytes of labels that were looked at */
    struct counts written, refused;
    const char *fault; /* the first one */
    struct span fault_name;
    const char *limit; /* the one that ended the translation; NULL where it was none */
};

/* Translates the request that `t->d` holds. `t` is freed by the caller, whatever came of it. */
bool translate(struct translation *t);
void translation_free(struct translation *t);

/* Puts the ResourceMetrics message of a target into `made`. */
bool rw_put_resource(struct translation *t, const struct target *target, struct buffer *made);

/* Ends the translation at a limit, which Python names to the sender. */
bool rw_over_limit(struct translation *t, const char *limit, unsigned value);

/* Counts bytes that are written or looked at, before they are. */
bool rw_count_expanded(struct translation *t, size_t bytes);

/* Remembers why something was left out. */
void rw_leave_out(struct translation *t, const char *fault, size_t *count);

/* A time in milliseconds as nanoseconds; 0 where those could not tell it. */
static inline uint64_t ns_of(int64_t ms) {
    return ms > 0 && ms <= INT64_MAX / 1000000 ? (uint64_t)ms * 1000000 : 0;
}

static inline bool same_bytes(struct span a, struct span b) {
    size_t length = span_length(a);
    return length == span_length(b) && (a.at == b.at || memcmp(a.at, b.at, length) == 0);
}

static inline bool is_word(struct span span, const char *word) {
    size_t length = strlen(word);
    return span_length(span) == length && memcmp(span.at, word, length) == 0;
}

/* rw_labels.c: reads what a series or an exemplar is known by. */
bool rw_read_series(struct translation *t, struct span message);
bool rw_take_labels(struct translation *t, const struct field *field, struct label *labels,
                    size_t *count, const char **fault);
bool rw_take_symbol(struct translation *t, uint64_t reference, struct span *symbol);

/* rw_targets.c */
bool rw_find_target(struct translation *t, struct target **target);

/* rw_metric.c: makes room for a point of the series, of `size` bytes without its attributes. */
struct point {
    uint8_t *at; /* where its fields go */
    uint8_t *end;
};
bool rw_open_point(struct translation *t, const struct form *form, size_t size,
                   struct point *point);
bool rw_close_metric(struct translation *t);
size_t rw_attributes_size(const struct label *labels, size_t count);
uint8_t *rw_emit_attributes(uint8_t *at, unsigned number, const struct label *labels, size_t count);
uint8_t *rw_emit_text_attribute(uint8_t *at, unsigned number, const char *key, struct span text);
size_t rw_text_attribute_size(const char *key, size_t length);

/* rw_exemplars.c: puts the exemplars of the series into t->exemplars, as repeated fields. */
bool rw_read_exemplars(struct translation *t, size_t *count, uint64_t *time);
uint8_t *rw_emit_exemplars(uint8_t *at, unsigned number, const struct translation *t);

/* A native histogram as it was sent, but for its buckets. */
struct native {
    struct span message;
    bool is_float, is_stale, is_custom, is_whole; /* whole: no count has a fraction */
    uint64_t count, zero_count, sum, threshold;   /* a float's bits where it is one */
    int64_t time_ms, start_ms, schema, first[2];  /* first: the index of a side's first bucket */
    uint64_t reset_hint;
    const char *fault;
};

enum { NEGATIVE, POSITIVE };

/* rw_buckets.c: writes the buckets of both sides out into t->buckets, gaps too. */
bool rw_read_buckets(struct translation *t, struct native *native);

/* rw_point.c: writes the histogram as a point. */
bool rw_put_histogram(struct translation *t, const struct native *native, bool with_exemplars);

/* rw_histogram.c: takes a native histogram; tells whether it carries the series' exemplars. */
bool rw_take_histogram(struct translation *t, struct span message, bool *with_exemplars);

#endif
