/* Protobuf on the wire, field by field: see wire.h. */
#include "wire.h"

#include <string.h>

enum { VARINT_BYTES_MAX = 10, FIELD_NUMBER_MAX = (1 << 29) - 1 };

bool take_long_varint(struct decode *d, struct span *from, uint64_t *value, const char *what) {
    const uint8_t *start = from->at;
    uint64_t result = 0;
    for (unsigned i = 0; i < VARINT_BYTES_MAX; i++) {
        if (from->at == from->end) {
            return malformed(d, start, "%s is cut off", what);
        }
        uint8_t byte = *from->at++;
        if (i == VARINT_BYTES_MAX - 1 && byte > 1) {
            return malformed(d, start, "%s has more than 64 bits", what);
        }
        result |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            *value = result;
            return true;
        }
    }
    return malformed(d, start, "%s has more than 64 bits", what);
}

uint64_t fixed64_at(const uint8_t *at) {
    uint64_t value;
    memcpy(&value, at, sizeof value); /* little-endian machines only: setup.py sees to it */
    return value;
}

double as_double(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static bool take_fixed(struct decode *d, struct span *from, struct field *field, size_t size) {
    if (span_length(*from) < size) {
        return malformed(d, field->start, "field %u is cut off", field->number);
    }
    field->value = 0;
    memcpy(&field->value, from->at, size);
    from->at += size;
    return true;
}

static bool take_bytes(struct decode *d, struct span *from, struct field *field) {
    uint64_t length;
    if (!take_varint(d, from, &length, "a length")) {
        return false;
    }
    if (length > span_length(*from)) {
        return malformed(d, field->start, "field %u has %llu bytes where %zu are left",
                         field->number, (unsigned long long)length, span_length(*from));
    }
    field->bytes = (struct span){from->at, from->at + length};
    from->at += length;
    return true;
}

enum found next_field(struct decode *d, struct span *message, struct field *field) {
    if (message->at == message->end) {
        return FIELD_NONE;
    }
    uint64_t key;
    field->start = message->at;
    if (!take_varint(d, message, &key, "a field's key")) {
        return FIELD_BROKEN;
    }
    if (key >> 3 == 0 || key >> 3 > FIELD_NUMBER_MAX) {
        malformed(d, field->start, "%llu is no field number", (unsigned long long)(key >> 3));
        return FIELD_BROKEN;
    }
    field->number = (uint32_t)(key >> 3);
    field->wire = (uint32_t)(key & 7);
    bool whole;
    switch (field->wire) {
    case WIRE_VARINT:
        whole = take_varint(d, message, &field->value, "a varint");
        break;
    case WIRE_FIXED64:
        whole = take_fixed(d, message, field, 8);
        break;
    case WIRE_BYTES:
        whole = take_bytes(d, message, field);
        break;
    case WIRE_FIXED32:
        whole = take_fixed(d, message, field, 4);
        break;
    default:
        whole = malformed(d, field->start, "field %u has wire type %u, which OTLP does not use",
                          field->number, field->wire);
    }
    return whole ? FIELD_FOUND : FIELD_BROKEN;
}

bool has_wire(struct decode *d, const struct field *field, enum wire_type wire) {
    if (field->wire == (uint32_t)wire) {
        return true;
    }
    return malformed(d, field->start, "field %u has wire type %u, not %u", field->number,
                     field->wire, (unsigned)wire);
}
