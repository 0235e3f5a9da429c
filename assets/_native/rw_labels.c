/* What a series is known by: its labels, in either message of the protocol. See remote_write.h. */
#include "remote_write.h"

#include <stdlib.h>

static const char EMPTY_NAME[] = "a label name is empty";
static const char LABEL_TWICE[] = "a label stands twice";
static const char TOO_MANY_LABELS[] = "it has more than REMOTE_WRITE_LABELS_MAX = 128 labels";

_Static_assert(REMOTE_WRITE_LABELS_MAX == 128, "as the text says");

bool rw_take_symbol(struct translation *t, uint64_t reference, struct span *symbol) {
    if (reference >= t->symbol_count) {
        return malformed(t->d, t->series.message.at, "symbol %llu is meant where there are %zu",
                         (unsigned long long)reference, t->symbol_count);
    }
    *symbol = t->symbols[reference];
    return true;
}

static bool put_label(struct translation *t, struct label label, struct label *labels,
                      size_t *count, const char **fault) {
    if (!rw_count_expanded(t, span_length(label.name) + span_length(label.value))) {
        return false;
    }
    if (span_length(label.name) == 0) {
        *fault = EMPTY_NAME;
    } else if (span_length(label.value) == 0) {
        return true; /* the same as no label */
    } else if (*count == REMOTE_WRITE_LABELS_MAX) {
        *fault = TOO_MANY_LABELS;
    } else {
        labels[(*count)++] = label;
    }
    return true;
}

static bool take_label_message(struct translation *t, struct span message, struct label *labels,
                               size_t *count, const char **fault) {
    struct span none = {message.end, message.end};
    struct label label = {none, none};
    struct field field;
    enum found found;
    while ((found = next_field(t->d, &message, &field)) == FIELD_FOUND) {
        if (field.number > 2) {
            continue;
        }
        if (!has_wire(t->d, &field, WIRE_BYTES)) {
            return false;
        }
        *(field.number == 1 ? &label.name : &label.value) = field.bytes;
    }
    return found == FIELD_NONE && put_label(t, label, labels, count, fault);
}

static bool take_references(struct translation *t, const struct field *field, struct label *labels,
                            size_t *count, const char **fault) {
    struct span packed = field->bytes;
    if (!has_wire(t->d, field, WIRE_BYTES)) {
        return false;
    }
    while (packed.at < packed.end) {
        struct label label;
        uint64_t name, value;
        if (!take_varint(t->d, &packed, &name, "a reference")) {
            return false;
        }
        if (packed.at == packed.end) {
            return malformed(t->d, field->start, "an odd number of references to labels");
        }
        if (!take_varint(t->d, &packed, &value, "a reference") ||
            !rw_take_symbol(t, name, &label.name) || !rw_take_symbol(t, value, &label.value) ||
            !put_label(t, label, labels, count, fault)) {
            return false;
        }
    }
    return true;
}

bool rw_take_labels(struct translation *t, const struct field *field, struct label *labels,
                    size_t *count, const char **fault) {
    if (t->second) {
        return take_references(t, field, labels, count, fault);
    }
    return has_wire(t->d, field, WIRE_BYTES) &&
           take_label_message(t, field->bytes, labels, count, fault);
}

static int by_name(const void *left, const void *right) {
    struct span a = ((const struct label *)left)->name, b = ((const struct label *)right)->name;
    size_t length = span_length(a) < span_length(b) ? span_length(a) : span_length(b);
    int order = memcmp(a.at, b.at, length);
    if (order != 0) {
        return order;
    }
    return (span_length(a) > span_length(b)) - (span_length(a) < span_length(b));
}

/* Tells whether every name is there once; names are sorted, unless a sender is careless. */
static bool all_once(const struct label *labels, size_t count) {
    struct label sorted[REMOTE_WRITE_LABELS_MAX];
    size_t at = 1;
    while (at < count && by_name(&labels[at - 1], &labels[at]) < 0) {
        at++;
    }
    if (at >= count) {
        return true;
    }
    memcpy(sorted, labels, count * sizeof *labels);
    qsort(sorted, count, sizeof *sorted, by_name);
    for (at = 1; at < count; at++) {
        if (by_name(&sorted[at - 1], &sorted[at]) == 0) {
            return false;
        }
    }
    return true;
}

/* Takes the labels that have a meaning of their own out of the others. */
static void sort_out(struct series *series) {
    size_t kept = 0;
    for (size_t at = 0; at < series->label_count; at++) {
        const struct label *label = &series->labels[at];
        if (is_word(label->name, "__name__")) {
            series->name = label->value;
        } else if (is_word(label->name, "job")) {
            series->job = label->value;
        } else if (is_word(label->name, "instance")) {
            series->instance = label->value;
        } else {
            series->labels[kept++] = *label;
        }
    }
    series->label_count = kept;
}

static bool take_metadata(struct translation *t, struct span message, struct family *family) {
    struct field field;
    enum found found;
    while ((found = next_field(t->d, &message, &field)) == FIELD_FOUND) {
        if (field.number != 1 && field.number != 3 && field.number != 4) {
            continue;
        }
        if (!has_wire(t->d, &field, WIRE_VARINT)) {
            return false;
        }
        if (field.number == 1) {
            family->type = field.value < TYPES ? (uint32_t)field.value : TYPE_UNKNOWN;
        } else if (!rw_take_symbol(t, field.value,
                                   field.number == 3 ? &family->help : &family->unit)) {
            return false;
        }
    }
    return found == FIELD_NONE &&
           rw_count_expanded(t, span_length(family->help) + span_length(family->unit));
}

/* Takes a field of the series other than its labels; fields 3 and 4 changed places. */
static bool take_part(struct translation *t, struct series *series, const struct field *field) {
    bool second = t->second;
    if (second && field->number == 6) {
        series->start_ms = (int64_t)field->value;
        return has_wire(t->d, field, WIRE_VARINT);
    }
    if (field->number > (second ? 5 : 4)) {
        return true;
    }
    if (!has_wire(t->d, field, WIRE_BYTES)) {
        return false;
    }
    if (field->number == 2) {
        series->samples++;
    } else if (field->number == 5) {
        return take_metadata(t, field->bytes, &series->family);
    } else if ((field->number == 3) == second) {
        series->histograms++;
    } else {
        series->exemplars++;
    }
    return true;
}

bool rw_read_series(struct translation *t, struct span message) {
    struct series *series = &t->series;
    struct span none = {message.at, message.at}, rest = message;
    struct field field;
    enum found found;
    series->message = message;
    series->label_count = series->samples = series->histograms = series->exemplars = 0;
    series->name = series->job = series->instance = none;
    series->family = (struct family){TYPE_UNKNOWN, none, none};
    series->start_ms = 0;
    series->fault = NULL;
    while ((found = next_field(t->d, &rest, &field)) == FIELD_FOUND) {
        if (field.number == 1
                ? !rw_take_labels(t, &field, series->labels, &series->label_count, &series->fault)
                : !take_part(t, series, &field)) {
            return false;
        }
    }
    if (found == FIELD_BROKEN) {
        return false;
    }
    if (series->fault == NULL && !all_once(series->labels, series->label_count)) {
        series->fault = LABEL_TWICE;
    }
    sort_out(series);
    return true;
}
