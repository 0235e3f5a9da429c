/*
 * The buckets of a native histogram: spans of indexes and their counts, written out without gaps.
 * See remote_write.h.
 */
#include "remote_write.h"

static const char TOO_MANY[] = "a histogram has more than REMOTE_WRITE_BUCKETS_MAX = 65536 buckets";
static const char NO_FIT[] = "the buckets of a histogram do not fit its spans";
static const char BAD_COUNT[] = "a count of a histogram is negative or no number";

_Static_assert(REMOTE_WRITE_BUCKETS_MAX == 65536, "as the text says");

/* Fields of Histogram; those of the positive side are 3 further on. */
enum { SPANS = 8, DELTAS = 9, COUNTS = 10, SIDE_STEP = 3, CUSTOM_VALUES = 16 };

static bool put_number(struct translation *t, struct buffer *to, uint64_t value) {
    return buffer_put(t->d, to, &value, sizeof value);
}

static size_t numbers_in(const struct buffer *buffer) { return buffer->used / sizeof(uint64_t); }

static bool put_count(struct translation *t, struct native *native, double count) {
    if (!(count >= 0 && count < 0x1p63)) {
        native->fault = BAD_COUNT;
        return true;
    }
    native->is_whole = native->is_whole && count == (double)(uint64_t)count;
    return put_number(t, &t->values, bits_of(count));
}

/* Puts a delta, which is told from the bucket before it. */
static bool put_delta(struct translation *t, struct native *native, int64_t delta,
                      int64_t *before) {
    int64_t count;
    if (__builtin_add_overflow(*before, delta, &count) || count < 0) {
        native->fault = BAD_COUNT;
        return true;
    }
    *before = count;
    return put_number(t, &t->values, (uint64_t)count);
}

static bool take_deltas(struct translation *t, struct native *native, const struct field *field,
                        int64_t *before) {
    if (field->wire == WIRE_VARINT) {
        return put_delta(t, native, of_zigzag(field->value), before);
    }
    struct span packed = field->bytes;
    bool good = has_wire(t->d, field, WIRE_BYTES);
    while (good && packed.at < packed.end) {
        uint64_t value;
        good = take_varint(t->d, &packed, &value, "a bucket's count") &&
               (native->fault || put_delta(t, native, of_zigzag(value), before));
        if (numbers_in(&t->values) > REMOTE_WRITE_BUCKETS_MAX) {
            native->fault = TOO_MANY;
        }
    }
    return good;
}

/* Takes numbers of eight bytes, packed or single. */
static bool take_doubles(struct translation *t, struct native *native, const struct field *field,
                         struct buffer *bounds) {
    struct span packed = field->bytes;
    if (field->wire == WIRE_FIXED64) {
        return bounds ? put_number(t, bounds, field->value)
                      : put_count(t, native, as_double(field->value));
    }
    if (!has_wire(t->d, field, WIRE_BYTES)) {
        return false;
    }
    if (span_length(packed) % 8) {
        return malformed(t->d, field->start, "field %u is packed in %zu bytes, not a multiple of 8",
                         field->number, span_length(packed));
    }
    if (span_length(packed) / 8 > REMOTE_WRITE_BUCKETS_MAX) {
        native->fault = TOO_MANY;
        return true;
    }
    bool good = true;
    for (; good && packed.at < packed.end; packed.at += 8) {
        uint64_t bits = fixed64_at(packed.at);
        good = bounds ? put_number(t, bounds, bits)
                      : native->fault || put_count(t, native, as_double(bits));
    }
    return good;
}

/* Reads a side's counts into t->values: the float ones of a histogram of floats, else deltas. */
static bool read_values(struct translation *t, struct native *native, unsigned step) {
    struct span rest = native->message;
    struct field field;
    int64_t before = 0;
    t->values.used = 0;
    while (next_field(t->d, &rest, &field) == FIELD_FOUND) {
        bool good = true;
        if (field.number == DELTAS + step && !native->is_float) {
            good = native->fault || take_deltas(t, native, &field, &before);
        } else if (field.number == COUNTS + step && native->is_float) {
            good = native->fault || take_doubles(t, native, &field, NULL);
        }
        if (!good) {
            return false;
        }
        if (numbers_in(&t->values) > REMOTE_WRITE_BUCKETS_MAX) {
            native->fault = TOO_MANY;
        }
    }
    return true; /* take_histogram has seen every field to be whole */
}

struct bucket_span {
    int64_t offset;
    uint64_t length;
};

static bool read_span(struct translation *t, struct span message, struct bucket_span *span) {
    struct field field;
    enum found found;
    *span = (struct bucket_span){0};
    while ((found = next_field(t->d, &message, &field)) == FIELD_FOUND) {
        if (field.number > 2) {
            continue;
        }
        if (!has_wire(t->d, &field, WIRE_VARINT)) {
            return false;
        }
        if (field.number == 1) {
            span->offset = of_zigzag((uint32_t)field.value);
        } else {
            span->length = (uint32_t)field.value;
        }
    }
    return found == FIELD_NONE;
}

/* Puts the next buckets: zeros for a gap, then as many values as the span has. */
static bool put_span(struct translation *t, struct native *native, struct buffer *buckets,
                     struct bucket_span span, size_t *taken) {
    size_t have = numbers_in(buckets), values = numbers_in(&t->values);
    if (span.offset < 0 || span.length > values - *taken) {
        native->fault = NO_FIT;
        return true;
    }
    if ((uint64_t)span.offset + span.length > REMOTE_WRITE_BUCKETS_MAX - have) {
        native->fault = TOO_MANY;
        return true;
    }
    size_t gap = (size_t)span.offset * sizeof(uint64_t);
    size_t length = (size_t)span.length * sizeof(uint64_t);
    if (!rw_count_expanded(t, gap + length) || !buffer_room(t->d, buckets, gap + length)) {
        return false;
    }
    if (gap) {
        memset(buckets->bytes + buckets->used, 0, gap);
        buckets->used += gap;
    }
    const uint64_t *from = (const uint64_t *)t->values.bytes;
    *taken += span.length;
    return length == 0 || buffer_put(t->d, buckets, from + *taken - span.length, length);
}

static bool read_side(struct translation *t, struct native *native, int side) {
    unsigned step = side == POSITIVE ? SIDE_STEP : 0;
    struct buffer *buckets = &t->buckets[side];
    struct span rest = native->message;
    struct field field;
    size_t taken = 0;
    bool first = true;
    buckets->used = 0;
    native->first[side] = 0;
    if (!read_values(t, native, step)) {
        return false;
    }
    while (next_field(t->d, &rest, &field) == FIELD_FOUND) {
        struct bucket_span span;
        if (field.number != SPANS + step) {
            continue;
        }
        if (!has_wire(t->d, &field, WIRE_BYTES) || !read_span(t, field.bytes, &span)) {
            return false;
        }
        if (first && !native->is_custom) {
            native->first[side] = span.offset;
            span.offset = 0;
            if (native->first[side] == INT32_MIN) {
                native->fault = NO_FIT; /* the index before it, by which OTLP counts, is none */
            }
        }
        first = false;
        if (native->fault == NULL && !put_span(t, native, buckets, span, &taken)) {
            return false;
        }
    }
    if (native->fault == NULL && taken != numbers_in(&t->values)) {
        native->fault = NO_FIT;
    }
    return true;
}

/* Reads the bounds of custom buckets; their last bucket is what is above all of them. */
static bool read_bounds(struct translation *t, struct native *native) {
    struct span rest = native->message;
    struct field field;
    t->bounds.used = 0;
    while (next_field(t->d, &rest, &field) == FIELD_FOUND) {
        if (field.number != CUSTOM_VALUES) {
            continue;
        }
        if (!take_doubles(t, native, &field, &t->bounds)) {
            return false;
        }
        if (numbers_in(&t->bounds) >= REMOTE_WRITE_BUCKETS_MAX) {
            native->fault = TOO_MANY;
        }
    }
    size_t buckets = numbers_in(&t->bounds) + 1;
    if (native->fault == NULL &&
        (numbers_in(&t->buckets[POSITIVE]) > buckets || t->buckets[NEGATIVE].used)) {
        native->fault = NO_FIT;
    }
    while (native->fault == NULL && numbers_in(&t->buckets[POSITIVE]) < buckets) {
        if (!put_number(t, &t->buckets[POSITIVE], 0)) {
            return false;
        }
    }
    return native->fault || rw_count_expanded(t, 2 * t->bounds.used);
}

bool rw_read_buckets(struct translation *t, struct native *native) {
    if (!read_side(t, native, NEGATIVE) || !read_side(t, native, POSITIVE)) {
        return false;
    }
    return !native->is_custom || read_bounds(t, native);
}
