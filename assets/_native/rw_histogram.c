/* Native histograms: what is known of one, and whether it can be kept. See remote_write.h. */
#include "remote_write.h"

static const char BAD_TIME[] = "its time is not between 1970 and 2262";
static const char BAD_SCHEMA[] = "a histogram's schema is neither between -9 and 52 nor -53";
static const char BAD_COUNT[] = "a count of a histogram is negative or no number";

enum { SCHEMA_LEAST = -9, SCHEMA_MOST = 52, SCHEMA_CUSTOM = -53, FIELD_LAST = 17 };

#define STALE_BITS 0x7ff0000000000002u

/* The wire type of each field; WIRE_ANY where a field may be packed or not. */
enum { WIRE_ANY = 9 };
static const uint8_t WIRES[FIELD_LAST + 1] = {
    [1] = WIRE_VARINT,  [2] = WIRE_FIXED64, [3] = WIRE_FIXED64, [4] = WIRE_VARINT,
    [5] = WIRE_FIXED64, [6] = WIRE_VARINT,  [7] = WIRE_FIXED64, [8] = WIRE_BYTES,
    [9] = WIRE_ANY,     [10] = WIRE_ANY,    [11] = WIRE_BYTES,  [12] = WIRE_ANY,
    [13] = WIRE_ANY,    [14] = WIRE_VARINT, [15] = WIRE_VARINT, [16] = WIRE_ANY,
    [17] = WIRE_VARINT,
};

static void keep(struct native *native, const struct field *field, uint64_t zero[2]) {
    switch (field->number) {
    case 1:
    case 2:
        native->count = field->value;
        native->is_float = field->number == 2;
        break;
    case 3:
        native->sum = field->value;
        break;
    case 4:
        native->schema = of_zigzag((uint32_t)field->value);
        break;
    case 5:
        native->threshold = field->value;
        break;
    case 6:
    case 7:
        zero[field->number - 6] = field->value;
        break;
    case 14:
        native->reset_hint = field->value;
        break;
    case 15:
        native->time_ms = (int64_t)field->value;
        break;
    case 17:
        native->start_ms = (int64_t)field->value;
        break;
    default:
        break; /* buckets are read later */
    }
}

static bool read_native(struct translation *t, struct native *native) {
    struct span rest = native->message;
    uint64_t zero[2] = {0, 0};
    struct field field;
    enum found found;
    while ((found = next_field(t->d, &rest, &field)) == FIELD_FOUND) {
        if (field.number > FIELD_LAST) {
            continue;
        }
        if (WIRES[field.number] != WIRE_ANY && !has_wire(t->d, &field, WIRES[field.number])) {
            return false;
        }
        keep(native, &field, zero);
    }
    native->zero_count = zero[native->is_float];
    native->is_custom = native->schema == SCHEMA_CUSTOM;
    native->is_stale = native->sum == STALE_BITS;
    return found == FIELD_NONE;
}

/* Finds what is wrong with the numbers of a histogram other than its buckets. */
static void look_at(struct native *native) {
    if (ns_of(native->time_ms) == 0) {
        native->fault = BAD_TIME;
    } else if (!native->is_custom &&
               (native->schema < SCHEMA_LEAST || native->schema > SCHEMA_MOST)) {
        native->fault = BAD_SCHEMA;
    }
    double counts[] = {as_double(native->count), as_double(native->zero_count)};
    for (int i = 0; native->is_float && !native->is_stale && i < 2; i++) {
        if (!(counts[i] >= 0 && counts[i] < 0x1p63)) {
            native->fault = native->fault ? native->fault : BAD_COUNT;
        } else if (counts[i] != (double)(uint64_t)counts[i]) {
            native->is_whole = false;
        }
    }
}

bool rw_take_histogram(struct translation *t, struct span message, bool *with_exemplars) {
    struct native native = {.message = message, .is_whole = true};
    if (!read_native(t, &native)) {
        return false;
    }
    native.fault = t->series.fault;
    if (native.fault == NULL) {
        look_at(&native);
    }
    if (!rw_read_buckets(t, &native)) {
        return false;
    }
    if (native.fault) {
        *with_exemplars = false;
        rw_leave_out(t, native.fault, &t->refused.histograms);
        return true;
    }
    t->written.histograms++;
    return rw_put_histogram(t, &native, *with_exemplars);
}
