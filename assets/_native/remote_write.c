/* A request of Prometheus remote write as OTLP, series by series: see remote_write.h. */
#include "remote_write.h"

#include <stdlib.h>

static const char BAD_TIME[] = "its time is not between 1970 and 2262";

enum { FORM_GAUGE = 5, FORM_SUM = 7, CUMULATIVE = 2, NO_RECORDED_VALUE = 1 };

#define STALE_BITS 0x7ff0000000000002u

bool rw_over_limit(struct translation *t, const char *limit, unsigned value) {
    t->limit = limit;
    return malformed(t->d, t->d->payload, "over %s = %u", limit, value);
}

bool rw_count_expanded(struct translation *t, size_t bytes) {
    if (bytes > REMOTE_WRITE_EXPANDED_BYTES_MAX - t->expanded) {
        return rw_over_limit(t, "remote_write_expanded_bytes_max", REMOTE_WRITE_EXPANDED_BYTES_MAX);
    }
    t->expanded += bytes;
    return true;
}

void rw_leave_out(struct translation *t, const char *fault, size_t *count) {
    ++*count;
    if (t->fault == NULL) {
        t->fault = fault;
        t->fault_name = t->series.name;
    }
}

static bool ends_with(struct span name, const char *suffix) {
    size_t length = strlen(suffix);
    return span_length(name) > length && memcmp(name.end - length, suffix, length) == 0;
}

/* How a number is told: a part of a histogram or a summary that only grows is a sum, too. */
static struct form form_of(const struct series *series) {
    static const struct form GAUGE = {FORM_GAUGE, 0, false};
    static const struct form TOTAL = {FORM_SUM, CUMULATIVE, true};
    static const struct form SUM = {FORM_SUM, CUMULATIVE, false};
    switch (series->family.type) {
    case TYPE_COUNTER:
        return ends_with(series->name, "_created") ? GAUGE : TOTAL;
    case TYPE_HISTOGRAM:
        if (ends_with(series->name, "_bucket")) {
            return TOTAL;
        }
        break;
    case TYPE_SUMMARY:
        break;
    default:
        return GAUGE;
    }
    if (ends_with(series->name, "_count")) {
        return TOTAL;
    }
    return ends_with(series->name, "_sum") ? SUM : GAUGE;
}

struct number {
    uint64_t start, time, value;
    bool has_value, is_stale;
};

static bool put_sample(struct translation *t, const struct number *number, bool with_exemplars) {
    const struct series *series = &t->series;
    struct form form = form_of(series);
    size_t exemplars = with_exemplars ? t->exemplars.used : 0;
    size_t fixed = 1 + (number->start != 0) + number->has_value;
    struct point point;
    if (!rw_open_point(t, &form,
                       fixed * FIXED64_FIELD_BYTES + exemplars + (number->is_stale ? 2 : 0),
                       &point)) {
        return false;
    }
    uint8_t *at = point.at;
    if (number->start) {
        at = emit_fixed64(at, 2, number->start);
    }
    at = emit_fixed64(at, 3, number->time);
    if (number->has_value) {
        at = emit_fixed64(at, 4, number->value);
    }
    at = exemplars ? rw_emit_exemplars(at, 5, t) : at;
    at = rw_emit_attributes(at, 7, series->labels, series->label_count);
    if (number->is_stale) {
        *at++ = KEY_OF(8, WIRE_VARINT);
        *at++ = NO_RECORDED_VALUE;
    }
    return true;
}

/* Takes a Sample; a stale marker is a point of which nothing was recorded. */
static bool take_sample(struct translation *t, struct span message, bool *with_exemplars) {
    uint64_t value = 0, time = 0, start = ns_of(t->series.start_ms);
    struct field field;
    enum found found;
    while ((found = next_field(t->d, &message, &field)) == FIELD_FOUND) {
        if (field.number > (t->second ? 3 : 2)) {
            continue;
        }
        if (!has_wire(t->d, &field, field.number == 1 ? WIRE_FIXED64 : WIRE_VARINT)) {
            return false;
        }
        if (field.number == 1) {
            value = field.value;
        } else if (field.number == 2) {
            time = ns_of((int64_t)field.value);
        } else if (field.value) {
            start = ns_of((int64_t)field.value);
        }
    }
    if (found == FIELD_BROKEN) {
        return false;
    }
    const char *fault = t->series.fault ? t->series.fault : time == 0 ? BAD_TIME : NULL;
    if (fault) {
        *with_exemplars = false;
        rw_leave_out(t, fault, &t->refused.samples);
        return true;
    }
    bool stale = value == STALE_BITS;
    struct number number = {start, time, value, !stale, stale};
    t->written.samples++;
    return put_sample(t, &number, *with_exemplars);
}

/* Finds what is known of the series' metric, where its request does not say it. */
static bool find_family(struct translation *t) {
    const struct open_metric *open = &t->open;
    if (t->second || t->series.fault) {
        return true;
    }
    if (open->target && same_bytes(open->name, t->series.name)) {
        t->series.family = open->family;
        return true;
    }
    return t->describe(t->context, t->series.name, &t->series.family);
}

static bool take_series(struct translation *t, struct span message) {
    uint64_t exemplar_time;
    size_t exemplars, left;
    if (!rw_read_series(t, message) || !find_family(t) ||
        !rw_read_exemplars(t, &exemplars, &exemplar_time)) {
        return false;
    }
    unsigned histogram = t->second ? 3 : 4;
    bool carried = exemplars == 0;
    struct field field;
    left = t->series.samples + t->series.histograms;
    while (next_field(t->d, &message, &field) == FIELD_FOUND) {
        if (field.number != 2 && field.number != histogram) {
            continue;
        }
        bool with_exemplars = --left == 0 && !carried;
        if (field.number == 2 ? !take_sample(t, field.bytes, &with_exemplars)
                              : !rw_take_histogram(t, field.bytes, &with_exemplars)) {
            return false;
        }
        carried = carried || with_exemplars;
    }
    t->written.exemplars += exemplars;
    if (carried) {
        return true;
    }
    struct number without = {.time = exemplar_time};
    return put_sample(t, &without, true);
}

static bool count_symbols(struct translation *t, size_t *count) {
    struct span rest = {t->d->payload, t->d->payload + t->d->size};
    struct field field;
    enum found found;
    *count = 0;
    while ((found = next_field(t->d, &rest, &field)) == FIELD_FOUND) {
        if (field.number == 4) {
            if (!has_wire(t->d, &field, WIRE_BYTES)) {
                return false;
            }
            ++*count;
        }
    }
    return found == FIELD_NONE;
}

static bool read_symbols(struct translation *t) {
    size_t count;
    struct span rest = {t->d->payload, t->d->payload + t->d->size};
    struct field field;
    if (!count_symbols(t, &count)) {
        return false;
    }
    if (count > REMOTE_WRITE_SYMBOLS_MAX) {
        return rw_over_limit(t, "remote_write_symbols_max", REMOTE_WRITE_SYMBOLS_MAX);
    }
    t->symbols = malloc((count ? count : 1) * sizeof *t->symbols);
    if (t->symbols == NULL) {
        t->d->failed = t->d->out_of_memory = true;
        return false;
    }
    while (next_field(t->d, &rest, &field) == FIELD_FOUND) {
        if (field.number == 4) {
            t->symbols[t->symbol_count++] = field.bytes;
        }
    }
    return true;
}

bool translate(struct translation *t) {
    struct span rest = {t->d->payload, t->d->payload + t->d->size};
    unsigned series = t->second ? 5 : 1;
    struct field field;
    enum found found;
    if (t->second && !read_symbols(t)) {
        return false;
    }
    while ((found = next_field(t->d, &rest, &field)) == FIELD_FOUND) {
        if (field.number == series &&
            (!has_wire(t->d, &field, WIRE_BYTES) || !take_series(t, field.bytes))) {
            return false;
        }
    }
    return found == FIELD_NONE && rw_close_metric(t);
}

void translation_free(struct translation *t) {
    for (size_t i = 0; i < t->target_count; i++) {
        buffer_free(&t->targets[i].metrics);
    }
    free(t->targets);
    free(t->places);
    free(t->symbols);
    buffer_free(&t->open.points);
    buffer_free(&t->exemplars);
    buffer_free(&t->values);
    buffer_free(&t->buckets[NEGATIVE]);
    buffer_free(&t->buckets[POSITIVE]);
    buffer_free(&t->bounds);
}
