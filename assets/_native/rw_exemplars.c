/*
 * Exemplars: what they point at becomes ids where it is one, and an attribute where it is not.
 * See remote_write.h.
 */
#include "remote_write.h"

static const char BAD_TIME[] = "an exemplar's time is not between 1970 and 2262";

enum { TRACE_ID_BYTES = 16, SPAN_ID_BYTES = 8, NUMBER_ANY = 1 };

struct exemplar_parts {
    struct label labels[REMOTE_WRITE_LABELS_MAX];
    size_t label_count;
    const char *fault;
    uint64_t value, time;
    uint8_t trace_id[TRACE_ID_BYTES], span_id[SPAN_ID_BYTES];
    bool has_trace_id, has_span_id;
};

static int hex_digit(uint8_t byte) {
    if (byte >= '0' && byte <= '9') {
        return byte - '0';
    }
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static bool is_hex(struct span text, uint8_t *bytes, size_t size) {
    if (span_length(text) != 2 * size) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(text.at[2 * i]), low = hex_digit(text.at[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool one_of(struct span name, const char *first, const char *second, const char *third) {
    return is_word(name, first) || is_word(name, second) || is_word(name, third);
}

/* Takes the ids out of the labels; the first of each counts. */
static void take_ids(struct exemplar_parts *parts) {
    size_t kept = 0;
    for (size_t i = 0; i < parts->label_count; i++) {
        const struct label *label = &parts->labels[i];
        if (!parts->has_trace_id && one_of(label->name, "trace_id", "traceID", "traceId") &&
            is_hex(label->value, parts->trace_id, TRACE_ID_BYTES)) {
            parts->has_trace_id = true;
        } else if (!parts->has_span_id && one_of(label->name, "span_id", "spanID", "spanId") &&
                   is_hex(label->value, parts->span_id, SPAN_ID_BYTES)) {
            parts->has_span_id = true;
        } else {
            parts->labels[kept++] = *label;
        }
    }
    parts->label_count = kept;
}

static bool read_parts(struct translation *t, struct span message, struct exemplar_parts *parts) {
    struct field field;
    enum found found;
    while ((found = next_field(t->d, &message, &field)) == FIELD_FOUND) {
        bool good = true;
        if (field.number == 1) {
            good = rw_take_labels(t, &field, parts->labels, &parts->label_count, &parts->fault);
        } else if (field.number == 2) {
            good = has_wire(t->d, &field, WIRE_FIXED64);
            parts->value = field.value;
        } else if (field.number == 3) {
            good = has_wire(t->d, &field, WIRE_VARINT);
            parts->time = ns_of((int64_t)field.value);
        }
        if (!good) {
            return false;
        }
    }
    if (found == FIELD_NONE && parts->fault == NULL && parts->time == 0) {
        parts->fault = BAD_TIME;
    }
    return found == FIELD_NONE;
}

static bool put_exemplar(struct translation *t, const struct exemplar_parts *parts) {
    size_t size = 2 * FIXED64_FIELD_BYTES + (parts->has_span_id ? 2 + SPAN_ID_BYTES : 0) +
                  (parts->has_trace_id ? 2 + TRACE_ID_BYTES : 0) +
                  rw_attributes_size(parts->labels, parts->label_count);
    if (!rw_count_expanded(t, bytes_field_size(size)) ||
        !buffer_room(t->d, &t->exemplars, bytes_field_size(size))) {
        return false;
    }
    uint8_t *at = emit_head(t->exemplars.bytes + t->exemplars.used, NUMBER_ANY, size);
    at = emit_fixed64(at, 2, parts->time);
    at = emit_fixed64(at, 3, parts->value);
    if (parts->has_span_id) {
        at = emit_bytes(at, 4, parts->span_id, SPAN_ID_BYTES);
    }
    if (parts->has_trace_id) {
        at = emit_bytes(at, 5, parts->trace_id, TRACE_ID_BYTES);
    }
    at = rw_emit_attributes(at, 7, parts->labels, parts->label_count);
    t->exemplars.used = (size_t)(at - t->exemplars.bytes);
    return true;
}

bool rw_read_exemplars(struct translation *t, size_t *count, uint64_t *time) {
    struct span rest = t->series.message;
    unsigned number = t->second ? 4 : 3;
    struct field field;
    t->exemplars.used = 0;
    *count = 0;
    *time = 0;
    while (t->series.exemplars && next_field(t->d, &rest, &field) == FIELD_FOUND) {
        if (field.number != number) {
            continue;
        }
        struct exemplar_parts parts;
        parts.label_count = 0;
        parts.fault = t->series.fault;
        parts.value = parts.time = 0;
        parts.has_trace_id = parts.has_span_id = false;
        if (!read_parts(t, field.bytes, &parts)) {
            return false;
        }
        if (parts.fault) {
            rw_leave_out(t, parts.fault, &t->refused.exemplars);
            continue;
        }
        take_ids(&parts);
        if (!put_exemplar(t, &parts)) {
            return false;
        }
        *time = parts.time;
        ++*count;
    }
    return true;
}

uint8_t *rw_emit_exemplars(uint8_t *at, unsigned number, const struct translation *t) {
    struct span rest = {t->exemplars.bytes, t->exemplars.bytes + t->exemplars.used};
    while (rest.at < rest.end) { /* each was put under NUMBER_ANY by us */
        size_t length = 0, shift = 0;
        const uint8_t *from = rest.at + 1;
        do {
            length |= (size_t)(*from & 0x7f) << shift;
            shift += 7;
        } while (*from++ & 0x80);
        at = emit_bytes(at, number, from, length);
        rest.at = from + length;
    }
    return at;
}
