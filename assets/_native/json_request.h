/* OTLP's JSON as the protobuf that the same data is; assets/otlp_wire/json_request.py in Python. */
#ifndef LIMNOGRAPH_OTLP_JSON_REQUEST_H
#define LIMNOGRAPH_OTLP_JSON_REQUEST_H

#include "json_schema.h"
#include "json_text.h"

/* Reads the whole body as the request of a signal; `out` then holds the protobuf. */
bool read_json_request(struct json *j, const char *signal, const struct message *message);

#endif
