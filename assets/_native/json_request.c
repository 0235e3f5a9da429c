/*
 * OTLP's JSON to protobuf, in one pass over the text: see json_request.h.
 *
 * Rule: fields come out in the order of their numbers and defaults are left out, as protobuf's own
 * writers do. A message whose members come in another order is put in order when it ends.
 */
#include "json_request.h"

#include <stdlib.h>
#include <string.h>

#include "json_scalars.h"

/* A message while it is read. */
struct reading {
    const struct message *message;
    size_t begin[MEMBERS_MAX]; /* where a member's field is in `out`, by its place in the table */
    size_t end[MEMBERS_MAX];
    uint32_t seen;
    unsigned next;  /* where the member after the last one stands in the table */
    bool in_order;
    bool chosen;
};

static bool take_message(struct json *j, const struct message *message, const struct place *place);

static bool is_upper(char letter) { return letter >= 'A' && letter <= 'Z'; }

/* Whether a name is that of a member as protobuf's definition has it: time_unix_nano. */
static bool is_snake(const struct member *member, struct span name) {
    const char *camel = member->name;
    while (name.at < name.end && *camel) {
        if (is_upper(*camel)) {
            if (span_length(name) < 2 || name.at[0] != '_' || name.at[1] != (*camel | 0x20)) {
                return false;
            }
            name.at++;
        } else if (*name.at != (uint8_t)*camel) {
            return false;
        }
        name.at++;
        camel++;
    }
    return name.at == name.end && *camel == 0;
}

static const struct member *find_member(struct reading *reading, struct span name) {
    const struct member *members = reading->message->members;
    unsigned count = reading->message->count;
    size_t length = span_length(name);
    for (unsigned i = 0; i < count; i++) { /* most writers keep the order of the definition */
        unsigned at = reading->next + i < count ? reading->next + i : reading->next + i - count;
        if (members[at].length == length && memcmp(members[at].name, name.at, length) == 0) {
            reading->next = at + 1 < count ? at + 1 : 0;
            return &members[at];
        }
    }
    if (length == 0 || memchr(name.at, '_', length) == NULL) {
        return NULL;
    }
    for (unsigned i = 0; i < count; i++) {
        if (is_snake(&members[i], name)) {
            return &members[i];
        }
    }
    return NULL;
}

static bool take_submessage(struct json *j, const struct member *member,
                            const struct place *place) {
    size_t content;
    return begin_field(j, member->number, &content) &&
           take_message(j, message_of(member), place) && end_field(j, content);
}

/* Takes an element of a list whose elements have a field each. */
static bool take_element(struct json *j, const struct member *member, const struct place *place) {
    static const struct member TEXT = {.kind = KIND_STRING, .presence = PRESENCE_LIST};
    if (member->kind == KIND_MESSAGE) {
        return take_submessage(j, member, place);
    }
    struct member text = TEXT;
    text.number = member->number;
    return take_scalar(j, &text, place);
}

static bool take_list(struct json *j, const struct member *member, const struct place *place) {
    if (peek(j) != '[') {
        return refuse_member(j, place, " is no array");
    }
    bool packed = member->kind > KIND_BYTES, more = true, empty;
    struct place element = {place, NULL, 0};
    size_t content = 0;
    if (!enter(j, '[') || !take_empty(j, ']', &empty)) {
        return false;
    }
    if (empty) {
        return true;
    }
    if (packed && !begin_field(j, member->number, &content)) {
        return false;
    }
    for (; more; element.index++) {
        bool taken = packed ? take_packed(j, member, &element) : take_element(j, member, &element);
        if (!taken || !take_separator(j, ']', &more)) {
            return false;
        }
    }
    return !packed || end_field(j, content);
}

static bool take_value(struct json *j, struct reading *reading, const struct member *member,
                       const struct place *place) {
    if (peek(j) == 'n') {
        return take_word(j, "null"); /* null is absent */
    }
    if (member->presence == PRESENCE_CHOICE) {
        if (reading->chosen) {
            return refuse_member(j, place, " stands beside another value");
        }
        reading->chosen = true;
    }
    if (member->presence == PRESENCE_LIST) {
        return take_list(j, member, place);
    }
    return member->kind == KIND_MESSAGE ? take_submessage(j, member, place)
                                        : take_scalar(j, member, place);
}

static bool take_member(struct json *j, struct reading *reading, const struct place *outer) {
    struct span name;
    if (peek(j) != '"') {
        return not_json(j, j->at, "no name of a member");
    }
    if (!take_short_text(j, &name)) {
        return false;
    }
    const struct member *member = find_member(reading, name);
    if (!take_mark(j, ':')) {
        return false;
    }
    if (member == NULL) {
        return skip_value(j);
    }
    struct place place = {outer, member->name, 0};
    unsigned at = (unsigned)(member - reading->message->members);
    if (reading->seen >> at & 1) {
        return refuse_member(j, &place, " stands twice");
    }
    reading->in_order = reading->in_order && reading->seen >> at == 0;
    reading->seen |= 1u << at;
    reading->begin[at] = j->out.used;
    bool taken = take_value(j, reading, member, &place);
    reading->end[at] = j->out.used;
    return taken;
}

/* Puts the fields of a message, which begin at `start`, in the order of their numbers. */
static bool put_in_order(struct json *j, const struct reading *reading, size_t start) {
    size_t length = j->out.used - start;
    if (length == 0) {
        return true;
    }
    j->scratch.used = 0;
    for (unsigned at = 0; at < reading->message->count; at++) {
        if (reading->seen >> at & 1 &&
            !buffer_put(&j->d, &j->scratch, j->out.bytes + reading->begin[at],
                        reading->end[at] - reading->begin[at])) {
            return false;
        }
    }
    memcpy(j->out.bytes + start, j->scratch.bytes, length);
    return true;
}

static bool take_message(struct json *j, const struct message *message, const struct place *place) {
    if (peek(j) != '{') {
        return refuse_member(j, place, " is no object");
    }
    struct reading reading = {.message = message, .in_order = true};
    size_t start = j->out.used;
    bool more = true, empty;
    if (!enter(j, '{') || !take_empty(j, '}', &empty)) {
        return false;
    }
    while (!empty && more) {
        if (!take_member(j, &reading, place) || !take_separator(j, '}', &more)) {
            return false;
        }
    }
    return reading.in_order || put_in_order(j, &reading, start);
}

bool read_json_request(struct json *j, const char *signal, const struct message *message) {
    struct place place = {NULL, signal, 0};
    if (!take_message(j, message, &place)) {
        return false;
    }
    peek(j);
    return j->at == j->end || not_json(j, j->at, "more than one value");
}
