/* Points as fields of a Metric; those of one name in a row share it. See remote_write.h. */
#include "remote_write.h"

static const char *const TYPE_NAMES[TYPES] = {
    "unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset",
};
static const char TYPE_KEY[] = "prometheus.type";

size_t rw_text_attribute_size(const char *key, size_t length) {
    return bytes_field_size(bytes_field_size(strlen(key)) +
                            bytes_field_size(bytes_field_size(length)));
}

/* Puts a KeyValue of two texts. */
static uint8_t *emit_attribute(uint8_t *at, unsigned number, struct span key, struct span value) {
    size_t text = bytes_field_size(span_length(value));
    at = emit_head(at, number, bytes_field_size(span_length(key)) + bytes_field_size(text));
    at = emit_bytes(at, 1, key.at, span_length(key));
    at = emit_head(at, 2, text);
    return emit_bytes(at, 1, value.at, span_length(value));
}

uint8_t *rw_emit_text_attribute(uint8_t *at, unsigned number, const char *key, struct span text) {
    const uint8_t *bytes = (const uint8_t *)key;
    return emit_attribute(at, number, (struct span){bytes, bytes + strlen(key)}, text);
}

size_t rw_attributes_size(const struct label *labels, size_t count) {
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        const struct label *label = &labels[i];
        size += bytes_field_size(bytes_field_size(span_length(label->name)) +
                                 bytes_field_size(bytes_field_size(span_length(label->value))));
    }
    return size;
}

uint8_t *rw_emit_attributes(uint8_t *at, unsigned number, const struct label *labels,
                            size_t count) {
    for (size_t i = 0; i < count; i++) {
        at = emit_attribute(at, number, labels[i].name, labels[i].value);
    }
    return at;
}

static bool same_form(const struct form *a, const struct form *b) {
    return a->field == b->field && a->temporality == b->temporality && a->monotonic == b->monotonic;
}

static bool same_family(const struct family *a, const struct family *b) {
    return a->type == b->type && same_bytes(a->help, b->help) && same_bytes(a->unit, b->unit);
}

static size_t text_size(struct span text) {
    return span_length(text) ? bytes_field_size(span_length(text)) : 0;
}

static uint8_t *emit_text(uint8_t *at, unsigned number, struct span text) {
    return span_length(text) ? emit_bytes(at, number, text.at, span_length(text)) : at;
}

bool rw_close_metric(struct translation *t) {
    struct open_metric *open = &t->open;
    if (open->target == NULL) {
        return true;
    }
    const char *type = TYPE_NAMES[open->family.type];
    const uint8_t *type_bytes = (const uint8_t *)type;
    struct span type_text = {type_bytes, type_bytes + strlen(type)};
    size_t data =
        open->points.used + (open->form.temporality ? 2 : 0) + (open->form.monotonic ? 2 : 0);
    size_t size = text_size(open->name) + text_size(open->family.help) +
                  text_size(open->family.unit) + bytes_field_size(data) +
                  rw_text_attribute_size(TYPE_KEY, strlen(type));
    struct buffer *metrics = &open->target->metrics;
    if (!rw_count_expanded(t, bytes_field_size(size) - open->points.used) ||
        !buffer_room(t->d, metrics, bytes_field_size(size))) {
        return false;
    }
    uint8_t *at = emit_head(metrics->bytes + metrics->used, 2, size);
    at = emit_text(at, 1, open->name);
    at = emit_text(at, 2, open->family.help);
    at = emit_text(at, 3, open->family.unit);
    at = emit_head(at, open->form.field, data);
    at = emit_raw(at, open->points.bytes, open->points.used);
    if (open->form.temporality) {
        *at++ = KEY_OF(2, WIRE_VARINT);
        *at++ = (uint8_t)open->form.temporality;
    }
    if (open->form.monotonic) {
        *at++ = KEY_OF(3, WIRE_VARINT);
        *at++ = 1;
    }
    at = rw_emit_text_attribute(at, 12, TYPE_KEY, type_text);
    metrics->used = (size_t)(at - metrics->bytes);
    open->points.used = 0;
    open->target = NULL;
    return true;
}

bool rw_open_point(struct translation *t, const struct form *form, size_t size,
                   struct point *point) {
    struct open_metric *open = &t->open;
    const struct series *series = &t->series;
    struct target *target;
    if (!rw_find_target(t, &target)) {
        return false;
    }
    if (open->target != target || !same_bytes(open->name, series->name) ||
        !same_form(&open->form, form) || !same_family(&open->family, &series->family)) {
        if (!rw_close_metric(t)) {
            return false;
        }
        open->target = target;
        open->name = series->name;
        open->family = series->family;
        open->form = *form;
    }
    size += rw_attributes_size(series->labels, series->label_count);
    if (!rw_count_expanded(t, bytes_field_size(size)) ||
        !buffer_room(t->d, &open->points, bytes_field_size(size))) {
        return false;
    }
    point->at = emit_head(open->points.bytes + open->points.used, 1, size);
    point->end = point->at + size;
    open->points.used = (size_t)(point->end - open->points.bytes);
    return true;
}
