/*
 * A fuzzer of everything that reads bytes of a request in C; which of them, `--door=NAME` says.
 *
 * Rule: besides what the sanitizers see, every input is read into columns that hold together, or is
 * refused with a reason and a place. Built and run by assets/fuzz_native.sh.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "json_request.h"
#include "keys.h"
#include "measure.h"
#include "mutate.h"
#include "remote_write.h"

/* Reads a message; false: it was refused. */
static bool read_wire(read_signal *read, const uint8_t *bytes, size_t size) {
    struct decode d = {.payload = bytes, .size = size};
    struct column columns[SIGNAL_COLUMNS_MAX] = {0};
    struct text keys[KEYS];
    struct measured measured = {0};
    void *state = NULL;
    CHECK(make_keys(&d, keys));
    bool good = read(&d, (struct span){bytes, bytes + size}, columns, &state);
    if (good) {
        check_columns(&d, columns);
        measure_columns(columns, &measured);
        CHECK(measured.records >= 0 && measured.begin >= 0 && measured.begin <= measured.end);
    } else {
        check_refusal(&d);
    }
    columns_free(columns);
    buffer_free(&d.made);
    free(state);
    return good;
}

/* What JSON becomes is whole on the wire: fields in their order, and messages that are read. */
static void check_request(const struct json *j, read_signal *read) {
    if (j->out.used == 0) {
        return;
    }
    struct decode d = {.payload = j->out.bytes, .size = j->out.used};
    struct span whole = {d.payload, d.payload + d.size};
    struct field field;
    enum found found;
    while ((found = next_field(&d, &whole, &field)) == FIELD_FOUND) {
        CHECK(field.number == 1 && field.wire == WIRE_BYTES);
        read_wire(read, field.bytes.at, span_length(field.bytes));
    }
    CHECK(found == FIELD_NONE);
}

static void read_json(const char *signal, read_signal *read, const uint8_t *bytes, size_t size) {
    struct json j = {.d = {.payload = bytes, .size = size},
                     .at = bytes,
                     .end = bytes + size,
                     .out_max = 8 * size};
    if (read_json_request(&j, signal, message_of_signal(signal))) {
        CHECK(j.depth == 0 && j.at == j.end);
        check_request(&j, read);
    } else {
        check_refusal(&j.d);
        CHECK(!j.over_out_max); /* a character of JSON is at most eight bytes of protobuf */
    }
    buffer_free(&j.out);
    buffer_free(&j.scratch);
}

static bool describe_by_name(void *context, struct span name, struct family *family) {
    (void)context;
    if (span_length(name)) {
        family->type = *name.at % TYPES; /* every type, whatever the names are */
    }
    return true;
}

/* What remote write becomes is read back whole, as points and as histograms. */
static void read_remote_write(const uint8_t *bytes, size_t size, bool second) {
    struct decode d = {.payload = bytes, .size = size};
    struct buffer made = {0};
    struct translation *t = calloc(1, sizeof *t);
    CHECK(t != NULL);
    *t = (struct translation){.d = &d, .second = second, .describe = describe_by_name};
    if (translate(t)) {
        for (size_t i = 0; i < t->target_count; i++) {
            made.used = 0;
            CHECK(rw_put_resource(t, &t->targets[i], &made));
            CHECK(read_wire(read_points, made.bytes, made.used));
            CHECK(read_wire(read_histograms, made.bytes, made.used));
        }
    } else {
        check_refusal(&d);
    }
    buffer_free(&made);
    translation_free(t);
    free(t);
}

enum encoding { PROTOBUF, JSON, REMOTE_WRITE_1, REMOTE_WRITE_2 };

static const struct door {
    const char *name;
    enum encoding encoding;
    const char *signal;
    read_signal *read;
} DOORS[] = {
    {"logs", PROTOBUF, "logs", read_logs},
    {"points", PROTOBUF, "metrics", read_points},
    {"histograms", PROTOBUF, "metrics", read_histograms},
    {"spans", PROTOBUF, "traces", read_spans},
    {"json-logs", JSON, "logs", read_logs},
    {"json-metrics", JSON, "metrics", read_points},
    {"json-traces", JSON, "traces", read_spans},
    {"remote-write-1", REMOTE_WRITE_1, NULL, NULL},
    {"remote-write-2", REMOTE_WRITE_2, NULL, NULL},
};

static const struct door *door = DOORS;

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t size_max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t size_max);

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    static const char OPTION[] = "--door=";
    for (int i = 1; i < *count; i++) {
        if (strncmp((*arguments)[i], OPTION, strlen(OPTION)) != 0) {
            continue;
        }
        const char *name = (*arguments)[i] + strlen(OPTION);
        const struct door *end = DOORS + sizeof DOORS / sizeof *DOORS;
        for (door = DOORS; door < end && strcmp(door->name, name) != 0; door++) {
        }
        if (door == end) {
            fprintf(stderr, "no door %s\n", name);
            exit(2);
        }
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    switch (door->encoding) {
    case PROTOBUF:
        read_wire(door->read, bytes, size);
        break;
    case JSON:
        read_json(door->signal, door->read, bytes, size);
        break;
    default:
        read_remote_write(bytes, size, door->encoding == REMOTE_WRITE_2);
    }
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t size_max, unsigned seed) {
    if (door->encoding != JSON && seed % 2) {
        size_t made = mutate_message(bytes, size, size_max, seed / 2);
        if (made) {
            return made;
        }
    }
    return LLVMFuzzerMutate(bytes, size, size_max);
}
