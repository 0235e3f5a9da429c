/*
 * The messages of OTLP as JSON names them. Rule: assets/otlp_wire/json_schema.py has the same table,
 * and a test compares them.
 */
#ifndef LIMNOGRAPH_OTLP_JSON_SCHEMA_H
#define LIMNOGRAPH_OTLP_JSON_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

enum kind_of_member {
    KIND_MESSAGE,
    KIND_STRING,
    KIND_HEX, /* bytes that JSON has in hexadecimal */
    KIND_BYTES,
    KIND_DOUBLE,
    KIND_BOOL,
    KIND_ENUM,
    KIND_INT32,
    KIND_UINT32,
    KIND_SINT32,
    KIND_INT64,
    KIND_UINT64,
    KIND_FIXED32,
    KIND_FIXED64,
    KIND_SFIXED64,
};

enum presence {
    PRESENCE_PLAIN,    /* left out where it is the default */
    PRESENCE_OPTIONAL, /* kept though it is the default */
    PRESENCE_CHOICE,   /* kept too, and a message has at most one of these */
    PRESENCE_LIST,
};

enum { MEMBERS_MAX = 16 };

struct member {
    const char *name;
    uint8_t length;
    uint8_t number;
    uint8_t kind;
    uint8_t presence;
    uint8_t type; /* which message or enumeration it is */
};

struct message {
    const struct member *members;
    unsigned count;
};

struct enumeration {
    const char *name;
    const char *const *names; /* of the numbers from 0 on */
    unsigned count;
};

/* The message that a signal's request is; NULL if there is no such signal. */
const struct message *message_of_signal(const char *signal);

const struct message *message_of(const struct member *member);
const struct enumeration *enumeration_of(const struct member *member);

#endif
