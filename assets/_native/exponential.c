/* Bounds and counts of exponential histograms: see exponential.h. */
#include "exponential.h"

#include <float.h>
#include <math.h>

int32_t zigzag(uint64_t value) {
    uint32_t bits = (uint32_t)value;
    return (int32_t)(bits >> 1 ^ (0 - (bits & 1)));
}

static bool put_varints(struct decode *d, struct buffer *column, const struct field *field) {
    if (field->wire == WIRE_VARINT) {
        return count_items(d, 1) && put_i64(d, column, (int64_t)field->value);
    }
    struct span packed = field->bytes;
    if (!has_wire(d, field, WIRE_BYTES)) {
        return false;
    }
    while (packed.at < packed.end) {
        uint64_t value;
        if (!take_varint(d, &packed, &value, "a bucket's count") || !count_items(d, 1) ||
            !put_i64(d, column, (int64_t)value)) {
            return false;
        }
    }
    return true;
}

/* Puts the counts of buckets, and tells their offset and how many they are. */
static bool put_buckets(struct decode *d, struct buffer *counts, struct buckets *buckets,
                        size_t *put) {
    struct span message = buckets->message;
    struct field field;
    enum found found;
    size_t before = counts->used;
    while ((found = next_field(d, &message, &field)) == FIELD_FOUND) {
        if (field.number == 1) {
            if (!has_wire(d, &field, WIRE_VARINT)) {
                return false;
            }
            buckets->offset = zigzag(field.value);
        } else if (field.number == 2 && !put_varints(d, counts, &field)) {
            return false;
        }
    }
    *put = (counts->used - before) / sizeof(int64_t);
    return found == FIELD_NONE;
}

static double bound_of(int32_t scale, int64_t index) {
    int clamped = scale > SCALE_MAX ? SCALE_MAX : scale < -SCALE_MAX ? -SCALE_MAX : scale;
    double bound = exp2((double)index * ldexp(1.0, -clamped));
    return bound > DBL_MAX ? DBL_MAX : bound;
}

static void reverse(struct buffer *column, size_t begin) {
    int64_t *first = (int64_t *)(column->bytes + begin);
    int64_t *last = (int64_t *)(column->bytes + column->used);
    while (first < last && first < --last) {
        int64_t swapped = *first;
        *first++ = *last;
        *last = swapped;
    }
}

static bool put_bounds(struct decode *d, struct buffer *bounds, const struct exponential *ranges,
                       size_t negatives, size_t positives) {
    int64_t low = ranges->negative.offset, high = ranges->positive.offset;
    bool good = true;
    for (int64_t i = (int64_t)negatives; good && negatives && i >= 0; i--) {
        good = put_f64(d, bounds, -bound_of(ranges->scale, low + i));
    }
    good = good && (negatives || put_f64(d, bounds, -ranges->zero_threshold));
    good = good && (positives || put_f64(d, bounds, ranges->zero_threshold));
    for (int64_t i = 0; good && positives && i <= (int64_t)positives; i++) {
        good = put_f64(d, bounds, bound_of(ranges->scale, high + i));
    }
    return good;
}

bool put_exponential(struct decode *d, struct buffer *bounds, struct buffer *counts,
                     struct exponential *ranges) {
    size_t negatives, positives, begin;
    if (!count_items(d, 6) || !put_i64(d, counts, 0)) { /* nothing lies below the lowest */
        return false;
    }
    begin = counts->used;
    if (!put_buckets(d, counts, &ranges->negative, &negatives)) {
        return false;
    }
    if (negatives) {
        reverse(counts, begin);
    }
    return put_i64(d, counts, (int64_t)ranges->zero_count) &&
           put_buckets(d, counts, &ranges->positive, &positives) && put_i64(d, counts, 0) &&
           count_items(d, negatives + positives) &&
           put_bounds(d, bounds, ranges, negatives, positives);
}
