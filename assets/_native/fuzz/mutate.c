/* Changes of protobuf that keep it whole: see mutate.h. */
#include "mutate.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

enum { FIELDS_MAX = 64, DEPTH_MAX = 40 };

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t size_max);

struct mutation {
    unsigned state;
    size_t size_max;
};

/* A message under construction; `full` once something did not fit. */
struct made {
    uint8_t *bytes;
    size_t used;
    size_t room;
    bool full;
};

static unsigned choose(struct mutation *m, unsigned count) {
    m->state = m->state * 1664525u + 1013904223u;
    return (m->state >> 8) % count;
}

static void put(struct made *made, const void *bytes, size_t length) {
    if (made->full || length > made->room - made->used) {
        made->full = true;
        return;
    }
    if (length) {
        memcpy(made->bytes + made->used, bytes, length);
    }
    made->used += length;
}

static void put_number(struct made *made, uint64_t value) {
    uint8_t byte;
    for (; value > 0x7f; value >>= 7) {
        byte = (uint8_t)(value | 0x80);
        put(made, &byte, 1);
    }
    byte = (uint8_t)value;
    put(made, &byte, 1);
}

static void put_content(struct made *made, uint32_t number, const uint8_t *bytes, size_t length) {
    put_number(made, (uint64_t)number << 3 | WIRE_BYTES);
    put_number(made, length);
    put(made, bytes, length);
}

/* A field that nobody knows, or one that is known with another wire type. */
static void put_unknown(struct mutation *m, struct made *made) {
    static const uint32_t NUMBERS[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 15, 16, 17, 100, 536870911};
    static const uint8_t WIRES[] = {WIRE_VARINT, WIRE_FIXED64, WIRE_BYTES, WIRE_FIXED32, 3, 4};
    uint8_t content[8] = {0};
    uint32_t number = NUMBERS[choose(m, sizeof NUMBERS / sizeof *NUMBERS)];
    uint8_t wire = WIRES[choose(m, sizeof WIRES)];
    put_number(made, (uint64_t)number << 3 | wire);
    switch (wire) {
    case WIRE_VARINT:
        put_number(made, choose(m, 2) ? choose(m, 300) : UINT64_MAX - choose(m, 3));
        break;
    case WIRE_BYTES:
        put_number(made, 3);
        put(made, content, 3);
        break;
    default:
        put(made, content, wire == WIRE_FIXED64 ? 8 : wire == WIRE_FIXED32 ? 4 : 0);
    }
}

static bool put_message(struct mutation *m, struct made *made, struct span message, unsigned depth);

/* Whether bytes can be read as a message. */
static bool is_message(struct span bytes) {
    struct decode d = {.payload = bytes.at};
    struct field field;
    enum found found = FIELD_NONE;
    if (bytes.at == bytes.end) {
        return false;
    }
    while ((found = next_field(&d, &bytes, &field)) == FIELD_FOUND) {
    }
    return found == FIELD_NONE;
}

/* Puts a field with other content: a changed message, or changed bytes. */
static void put_inside(struct mutation *m, struct made *made, const struct field *field,
                       unsigned depth) {
    size_t length = span_length(field->bytes);
    struct made inner = {.bytes = malloc(m->size_max), .room = m->size_max};
    if (inner.bytes == NULL) {
        made->full = true;
        return;
    }
    if (depth < DEPTH_MAX && is_message(field->bytes) && choose(m, 8)) {
        made->full = !put_message(m, &inner, field->bytes, depth + 1) || inner.full;
    } else {
        put(&inner, field->bytes.at, length);
        if (!inner.full) {
            inner.used = LLVMFuzzerMutate(inner.bytes, length, inner.room);
        }
    }
    put_content(made, field->number, inner.bytes, inner.used);
    free(inner.bytes);
}

static void put_changed(struct mutation *m, struct made *made, const struct field *field,
                        const uint8_t *end, unsigned depth) {
    size_t whole = (size_t)(end - field->start);
    unsigned change = choose(m, 10);
    if (change == 0) {
        return; /* left out */
    }
    if (change == 1) {
        put(made, field->start, whole);
        put(made, field->start, whole);
    } else if (change == 2) {
        put_unknown(m, made);
        put(made, field->start, whole);
    } else if (field->wire == WIRE_BYTES && change == 3) {
        put_content(made, 1 + choose(m, 16), field->bytes.at, span_length(field->bytes));
    } else if (field->wire == WIRE_BYTES) {
        put_inside(m, made, field, depth);
    } else if (field->wire == WIRE_VARINT) {
        put_number(made, (uint64_t)field->number << 3);
        put_number(made, choose(m, 2) ? choose(m, 40) : field->value ^ 1ull << choose(m, 64));
    } else {
        uint64_t value = choose(m, 4) ? field->value ^ 1ull << choose(m, 64) : 0;
        put_number(made, (uint64_t)field->number << 3 | field->wire);
        put(made, &value, field->wire == WIRE_FIXED64 ? 8 : 4);
    }
}

/* Puts a message with one of its fields changed; false if it is none. */
static bool put_message(struct mutation *m, struct made *made, struct span message,
                        unsigned depth) {
    struct decode d = {.payload = message.at};
    struct field fields[FIELDS_MAX];
    const uint8_t *ends[FIELDS_MAX], *start = message.at, *end = message.end;
    unsigned count = 0;
    enum found found = FIELD_NONE;
    while (count < FIELDS_MAX &&
           (found = next_field(&d, &message, &fields[count])) == FIELD_FOUND) {
        ends[count++] = message.at;
    }
    if (found == FIELD_BROKEN) {
        return false;
    }
    if (count == 0) {
        put_unknown(m, made);
        return true;
    }
    unsigned which = choose(m, count);
    put(made, start, (size_t)(fields[which].start - start));
    put_changed(m, made, &fields[which], ends[which], depth);
    put(made, ends[which], (size_t)(end - ends[which]));
    return true;
}

size_t mutate_message(uint8_t *bytes, size_t size, size_t size_max, unsigned seed) {
    struct mutation m = {.state = seed, .size_max = size_max};
    struct made made = {.bytes = malloc(size_max), .room = size_max};
    size_t result = 0;
    if (made.bytes && put_message(&m, &made, (struct span){bytes, bytes + size}, 0) &&
        !made.full) {
        memcpy(bytes, made.bytes, made.used);
        result = made.used;
    }
    free(made.bytes);
    return result;
}
