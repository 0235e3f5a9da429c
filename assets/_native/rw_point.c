/*
 * A native histogram as a point of OTLP: of ExponentialHistogram, or of Histogram where its buckets
 * have bounds of their own. See remote_write.h.
 *
 * Rule: counts that have fractions are rounded, and the exact ones are attributes beside them, in
 * the order in which rows have their counts.
 */
#include "remote_write.h"

#include <math.h>

enum { FORM_HISTOGRAM = 9, FORM_EXPONENTIAL = 10, CUMULATIVE = 2, NO_RECORDED_VALUE = 1 };
enum { RESET_GAUGE = 3, RESETS = 4, DOUBLE_VALUE_BYTES = 2 + FIXED64_FIELD_BYTES };

static const char *const RESET_NAMES[RESETS] = {NULL, "yes", "no", "gauge"};
static const char RESET_KEY[] = "prometheus.reset_hint";
static const char COUNT_KEY[] = "prometheus.count";
static const char COUNTS_KEY[] = "prometheus.counts";

static const uint64_t *numbers(const struct buffer *buffer) {
    return (const uint64_t *)buffer->bytes;
}

static size_t numbers_in(const struct buffer *buffer) { return buffer->used / sizeof(uint64_t); }

static uint64_t whole(const struct native *native, uint64_t count) {
    return native->is_float ? (uint64_t)rint(as_double(count)) : count;
}

static struct span word(const char *text) {
    const uint8_t *bytes = (const uint8_t *)text;
    return (struct span){bytes, bytes + strlen(text)};
}

static const char *reset_name(const struct native *native) {
    return native->reset_hint < RESETS ? RESET_NAMES[native->reset_hint] : NULL;
}

/* How many counts a row has: of an exponential one those of both sides, zero, and two ends. */
static size_t row_counts(const struct translation *t, const struct native *native) {
    size_t positive = numbers_in(&t->buckets[POSITIVE]);
    return native->is_custom ? positive : positive + numbers_in(&t->buckets[NEGATIVE]) + 3;
}

static size_t more_size(const struct translation *t, const struct native *native) {
    const char *reset = reset_name(native);
    size_t size = reset ? rw_text_attribute_size(RESET_KEY, strlen(reset)) : 0;
    if (native->is_whole || native->is_stale) {
        return size;
    }
    size_t values = row_counts(t, native) * DOUBLE_VALUE_BYTES;
    return size +
           bytes_field_size(bytes_field_size(strlen(COUNT_KEY)) +
                            bytes_field_size(FIXED64_FIELD_BYTES)) +
           bytes_field_size(bytes_field_size(strlen(COUNTS_KEY)) +
                            bytes_field_size(bytes_field_size(values)));
}

static uint8_t *emit_value(uint8_t *at, uint64_t bits) {
    return emit_fixed64(emit_head(at, 1, FIXED64_FIELD_BYTES), 4, bits);
}

static uint8_t *emit_exact_counts(uint8_t *at, unsigned number, const struct translation *t,
                                  const struct native *native) {
    const struct buffer *negative = &t->buckets[NEGATIVE], *positive = &t->buckets[POSITIVE];
    size_t values = row_counts(t, native) * DOUBLE_VALUE_BYTES;
    size_t array = bytes_field_size(values);
    at = emit_head(at, number, bytes_field_size(strlen(COUNTS_KEY)) + bytes_field_size(array));
    at = emit_bytes(at, 1, COUNTS_KEY, strlen(COUNTS_KEY));
    at = emit_head(at, 2, array);
    at = emit_head(at, 5, values);
    if (!native->is_custom) {
        at = emit_value(at, 0);
        for (size_t i = numbers_in(negative); i-- > 0;) {
            at = emit_value(at, numbers(negative)[i]);
        }
        at = emit_value(at, native->zero_count);
    }
    for (size_t i = 0; i < numbers_in(positive); i++) {
        at = emit_value(at, numbers(positive)[i]);
    }
    return native->is_custom ? at : emit_value(at, 0);
}

static uint8_t *emit_more(uint8_t *at, unsigned number, const struct translation *t,
                          const struct native *native) {
    const char *reset = reset_name(native);
    if (reset) {
        at = rw_emit_text_attribute(at, number, RESET_KEY, word(reset));
    }
    if (native->is_whole || native->is_stale) {
        return at;
    }
    at = emit_head(at, number,
                   bytes_field_size(strlen(COUNT_KEY)) + bytes_field_size(FIXED64_FIELD_BYTES));
    at = emit_bytes(at, 1, COUNT_KEY, strlen(COUNT_KEY));
    at = emit_head(at, 2, FIXED64_FIELD_BYTES);
    at = emit_fixed64(at, 4, native->count);
    return emit_exact_counts(at, number, t, native);
}

static size_t counts_size(const struct native *native, const struct buffer *buckets) {
    size_t size = 0;
    for (size_t i = 0; i < numbers_in(buckets); i++) {
        size += varint_size(whole(native, numbers(buckets)[i]));
    }
    return size;
}

/* The buckets of a side: OTLP counts their indexes by the lower bound, Prometheus by the upper. */
static size_t side_size(const struct translation *t, const struct native *native, int side) {
    const struct buffer *buckets = &t->buckets[side];
    if (buckets->used == 0) {
        return 0;
    }
    size_t offset = 1 + varint_size((uint32_t)as_zigzag(native->first[side] - 1));
    return offset + bytes_field_size(counts_size(native, buckets));
}

static uint8_t *emit_side(uint8_t *at, unsigned number, const struct translation *t,
                          const struct native *native, int side) {
    const struct buffer *buckets = &t->buckets[side];
    if (buckets->used == 0) {
        return at;
    }
    at = emit_head(at, number, side_size(t, native, side));
    *at++ = KEY_OF(1, WIRE_VARINT);
    at = emit_varint(at, (uint32_t)as_zigzag(native->first[side] - 1));
    at = emit_head(at, 2, counts_size(native, buckets));
    for (size_t i = 0; i < numbers_in(buckets); i++) {
        at = emit_varint(at, whole(native, numbers(buckets)[i]));
    }
    return at;
}

struct times {
    uint64_t start, time;
};

static struct times times_of(const struct translation *t, const struct native *native) {
    uint64_t start = ns_of(native->start_ms);
    return (struct times){start ? start : ns_of(t->series.start_ms), ns_of(native->time_ms)};
}

static uint8_t *emit_times(uint8_t *at, struct times times) {
    if (times.start) {
        at = emit_fixed64(at, 2, times.start);
    }
    return emit_fixed64(at, 3, times.time);
}

static size_t field_size(size_t length) { return length ? bytes_field_size(length) : 0; }

static bool put_exponential(struct translation *t, const struct native *native, size_t exemplars) {
    struct form form = {FORM_EXPONENTIAL, native->reset_hint == RESET_GAUGE ? 0 : CUMULATIVE,
                        false};
    struct times times = times_of(t, native);
    uint64_t scale = (uint32_t)as_zigzag(native->schema);
    size_t size = more_size(t, native) + (times.start ? 2 : 1) * FIXED64_FIELD_BYTES + exemplars;
    if (native->is_stale) {
        size += 2;
    } else {
        size += 4 * FIXED64_FIELD_BYTES + 1 + varint_size(scale) +
                field_size(side_size(t, native, POSITIVE)) +
                field_size(side_size(t, native, NEGATIVE));
    }
    struct point point;
    if (!rw_open_point(t, &form, size, &point)) {
        return false;
    }
    uint8_t *at = rw_emit_attributes(point.at, 1, t->series.labels, t->series.label_count);
    at = emit_times(emit_more(at, 1, t, native), times);
    if (native->is_stale) {
        *at++ = KEY_OF(10, WIRE_VARINT);
        *at++ = NO_RECORDED_VALUE;
    } else {
        at = emit_fixed64(at, 4, whole(native, native->count));
        at = emit_fixed64(at, 5, native->sum);
        *at++ = KEY_OF(6, WIRE_VARINT);
        at = emit_varint(at, scale);
        at = emit_fixed64(at, 7, whole(native, native->zero_count));
        at = emit_side(at, 8, t, native, POSITIVE);
        at = emit_side(at, 9, t, native, NEGATIVE);
    }
    at = exemplars ? rw_emit_exemplars(at, 11, t) : at;
    if (!native->is_stale) {
        emit_fixed64(at, 14, native->threshold);
    }
    return true;
}

static bool put_explicit(struct translation *t, const struct native *native, size_t exemplars) {
    struct form form = {FORM_HISTOGRAM, native->reset_hint == RESET_GAUGE ? 0 : CUMULATIVE, false};
    struct times times = times_of(t, native);
    const struct buffer *buckets = &t->buckets[POSITIVE];
    size_t size = more_size(t, native) + (times.start ? 2 : 1) * FIXED64_FIELD_BYTES + exemplars;
    size += native->is_stale
                ? 2
                : 2 * FIXED64_FIELD_BYTES + field_size(buckets->used) + field_size(t->bounds.used);
    struct point point;
    if (!rw_open_point(t, &form, size, &point)) {
        return false;
    }
    uint8_t *at = emit_times(point.at, times);
    if (!native->is_stale) {
        at = emit_fixed64(at, 4, whole(native, native->count));
        at = emit_fixed64(at, 5, native->sum);
        at = emit_head(at, 6, buckets->used);
        for (size_t i = 0; i < numbers_in(buckets); i++) {
            uint64_t count = whole(native, numbers(buckets)[i]);
            at = emit_raw(at, &count, sizeof count);
        }
        if (t->bounds.used) {
            at = emit_bytes(at, 7, t->bounds.bytes, t->bounds.used);
        }
    }
    at = exemplars ? rw_emit_exemplars(at, 8, t) : at;
    at = rw_emit_attributes(at, 9, t->series.labels, t->series.label_count);
    at = emit_more(at, 9, t, native);
    if (native->is_stale) {
        *at++ = KEY_OF(10, WIRE_VARINT);
        *at++ = NO_RECORDED_VALUE;
    }
    return true;
}

bool rw_put_histogram(struct translation *t, const struct native *native, bool with_exemplars) {
    size_t exemplars = with_exemplars ? t->exemplars.used : 0;
    return native->is_custom ? put_explicit(t, native, exemplars)
                             : put_exponential(t, native, exemplars);
}
