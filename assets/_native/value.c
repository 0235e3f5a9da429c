/* AnyValue as text: see value.h. */
#include "value.h"

static const enum wire_type WIRES[] = {
    [VALUE_STRING] = WIRE_BYTES, [VALUE_BOOL] = WIRE_VARINT,  [VALUE_INT] = WIRE_VARINT,
    [VALUE_DOUBLE] = WIRE_FIXED64, [VALUE_ARRAY] = WIRE_BYTES, [VALUE_MAP] = WIRE_BYTES,
    [VALUE_BYTES] = WIRE_BYTES,
};

/* Finds the value of an AnyValue: the last field that is one, or VALUE_NONE. */
static bool take_value(struct decode *d, struct span message, enum value_kind *kind,
                       struct field *value) {
    struct field field;
    enum found found;
    *kind = VALUE_NONE;
    while ((found = next_field(d, &message, &field)) == FIELD_FOUND) {
        if (field.number > VALUE_BYTES) {
            continue;
        }
        if (!has_wire(d, &field, WIRES[field.number])) {
            return false;
        }
        *kind = (enum value_kind)field.number;
        *value = field;
    }
    return found == FIELD_NONE;
}

bool take_key_value(struct decode *d, struct span message, struct span *key, struct span *value) {
    struct field field;
    enum found found;
    *key = *value = (struct span){message.end, message.end};
    while ((found = next_field(d, &message, &field)) == FIELD_FOUND) {
        if (field.number != 1 && field.number != 2) {
            continue;
        }
        if (!has_wire(d, &field, WIRE_BYTES)) {
            return false;
        }
        *(field.number == 1 ? key : value) = field.bytes;
    }
    return found == FIELD_NONE;
}

/* Puts the values of an ArrayValue, or the members of a KeyValueList, with commas between them. */
static bool put_json_elements(struct decode *d, struct span list, bool members, unsigned depth) {
    struct field field;
    enum found found;
    bool first = true;
    if (depth > VALUE_DEPTH_MAX) {
        return malformed(d, list.at, "values are nested more than VALUE_DEPTH_MAX=%d deep",
                         VALUE_DEPTH_MAX);
    }
    while ((found = next_field(d, &list, &field)) == FIELD_FOUND) {
        if (field.number != 1) {
            continue;
        }
        if (!has_wire(d, &field, WIRE_BYTES)) {
            return false;
        }
        bool put = members ? put_json_member(d, field.bytes, first, depth)
                           : (first || put_text(d, ",")) && put_json_value(d, field.bytes, depth);
        if (!put) {
            return false;
        }
        first = false;
    }
    return found == FIELD_NONE;
}

bool put_json_member(struct decode *d, struct span key_value, bool first, unsigned depth) {
    struct span key, value;
    return take_key_value(d, key_value, &key, &value) && (first || put_text(d, ",")) &&
           put_json_string(d, key) && put_text(d, ":") && put_json_value(d, value, depth);
}

static bool put_json(struct decode *d, enum value_kind kind, const struct field *value,
                     unsigned depth) {
    double number = as_double(value->value);
    switch (kind) {
    case VALUE_STRING:
        return put_json_string(d, value->bytes);
    case VALUE_BOOL:
        return put_text(d, value->value ? "true" : "false");
    case VALUE_INT:
        return put_int(d, (int64_t)value->value);
    case VALUE_DOUBLE:
        if (number - number == 0) {
            return put_double(d, number);
        }
        return put_text(d, "\"") && put_double(d, number) && put_text(d, "\"");
    case VALUE_ARRAY:
        return put_text(d, "[") && put_json_elements(d, value->bytes, false, depth + 1) &&
               put_text(d, "]");
    case VALUE_MAP:
        return put_text(d, "{") && put_json_elements(d, value->bytes, true, depth + 1) &&
               put_text(d, "}");
    case VALUE_BYTES:
        return put_text(d, "\"") && put_base64(d, value->bytes) && put_text(d, "\"");
    default:
        return put_text(d, "null");
    }
}

bool put_json_value(struct decode *d, struct span any_value, unsigned depth) {
    enum value_kind kind;
    struct field value = {0};
    return take_value(d, any_value, &kind, &value) && put_json(d, kind, &value, depth);
}

bool text_of_value(struct decode *d, struct span any_value, struct text *text,
                   enum value_kind *kind) {
    struct field value = {0};
    if (!take_value(d, any_value, kind, &value)) {
        return false;
    }
    size_t start = d->made.used;
    bool put;
    switch (*kind) {
    case VALUE_NONE:
        *text = (struct text){0};
        return true;
    case VALUE_STRING:
        return text_of_span(d, value.bytes, text);
    case VALUE_DOUBLE:
        put = put_double(d, as_double(value.value));
        break;
    case VALUE_BYTES:
        put = put_base64(d, value.bytes);
        break;
    default:
        put = put_json(d, *kind, &value, 0);
    }
    return put && text_of_made(d, start, text);
}
