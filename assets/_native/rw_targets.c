/* The targets of a request, and what each is as an OTLP resource. See remote_write.h. */
#include "remote_write.h"

#include <stdlib.h>

enum { PLACES = 1 << 15 };

_Static_assert(PLACES > 2 * REMOTE_WRITE_TARGETS_MAX, "the table of places stays half empty");

static uint64_t hashed(uint64_t hash, struct span bytes) {
    for (; bytes.at < bytes.end; bytes.at++) {
        hash = (hash ^ *bytes.at) * 0x100000001b3u;
    }
    return (hash ^ 0xff) * 0x100000001b3u;
}

static bool is_of(const struct target *target, const struct series *series) {
    return same_bytes(target->job, series->job) && same_bytes(target->instance, series->instance);
}

static bool add_target(struct translation *t, uint64_t hash, uint32_t *place) {
    if (t->target_count == REMOTE_WRITE_TARGETS_MAX) {
        return rw_over_limit(t, "remote_write_targets_max", REMOTE_WRITE_TARGETS_MAX);
    }
    if (t->target_count == t->target_room) {
        size_t room = t->target_room ? 2 * t->target_room : 16;
        struct target *targets = realloc(t->targets, room * sizeof *targets);
        if (targets == NULL) {
            t->d->failed = t->d->out_of_memory = true;
            return false;
        }
        t->targets = targets;
        t->target_room = room;
    }
    t->targets[t->target_count] =
        (struct target){.job = t->series.job, .instance = t->series.instance, .hash = hash};
    *place = (uint32_t)++t->target_count;
    return true;
}

bool rw_find_target(struct translation *t, struct target **target) {
    const struct series *series = &t->series;
    if (t->target_count && is_of(&t->targets[t->last_target], series)) {
        *target = &t->targets[t->last_target];
        return true;
    }
    /* The open metric points at a target, and the targets may move. */
    if (!rw_close_metric(t)) {
        return false;
    }
    if (t->places == NULL) {
        t->places = calloc(PLACES, sizeof *t->places);
        if (t->places == NULL) {
            t->d->failed = t->d->out_of_memory = true;
            return false;
        }
    }
    uint64_t hash = hashed(hashed(0xcbf29ce484222325u, series->job), series->instance);
    size_t place = (hash ^ hash >> 32) & (PLACES - 1);
    for (; t->places[place]; place = (place + 1) & (PLACES - 1)) {
        const struct target *known = &t->targets[t->places[place] - 1];
        if (known->hash == hash && is_of(known, series)) {
            break;
        }
    }
    if (t->places[place] == 0 && !add_target(t, hash, &t->places[place])) {
        return false;
    }
    t->last_target = t->places[place] - 1;
    *target = &t->targets[t->last_target];
    return true;
}

static const uint8_t *find_byte(struct span in, char byte) {
    return span_length(in) ? memchr(in.at, byte, span_length(in)) : NULL;
}

/* The host that an instance names: without scheme, path, port and brackets. */
static struct span host_of(struct span instance) {
    struct span rest = instance;
    for (const uint8_t *at = find_byte(rest, ':'); at && rest.end - at >= 3; at = NULL) {
        if (at[1] == '/' && at[2] == '/') {
            rest.at = at + 3;
            const uint8_t *path = find_byte(rest, '/');
            rest.end = path ? path : rest.end;
        }
    }
    const uint8_t *bracket = find_byte(rest, ']');
    if (rest.at < rest.end && *rest.at == '[' && bracket) {
        return (struct span){rest.at + 1, bracket};
    }
    const uint8_t *colon = find_byte(rest, ':');
    if (colon && find_byte((struct span){colon + 1, rest.end}, ':') == NULL) {
        rest.end = colon;
    }
    return rest;
}

bool rw_put_resource(struct translation *t, const struct target *target, struct buffer *made) {
    static const char SCOPE[] = "\x0a\x0c\x0a\x0aprometheus";
    const struct {
        const char *key;
        struct span value;
    } attributes[] = {
        {"service.name", target->job},
        {"service.instance.id", target->instance},
        {"host.name", host_of(target->instance)},
    };
    size_t resource = 0, scope = sizeof SCOPE - 1 + target->metrics.used;
    for (size_t i = 0; i < 3; i++) {
        size_t length = span_length(attributes[i].value);
        resource += length ? rw_text_attribute_size(attributes[i].key, length) : 0;
    }
    size_t size = bytes_field_size(resource) + bytes_field_size(scope);
    if (!rw_count_expanded(t, size - target->metrics.used) || !buffer_room(t->d, made, size)) {
        return false;
    }
    uint8_t *at = emit_head(made->bytes + made->used, 1, resource);
    for (size_t i = 0; i < 3; i++) {
        if (span_length(attributes[i].value)) {
            at = rw_emit_text_attribute(at, 1, attributes[i].key, attributes[i].value);
        }
    }
    at = emit_head(at, 2, scope);
    at = emit_raw(at, SCOPE, sizeof SCOPE - 1);
    at = emit_raw(at, target->metrics.bytes, target->metrics.used);
    made->used = (size_t)(at - made->bytes);
    return true;
}
