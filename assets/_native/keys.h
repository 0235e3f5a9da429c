/*
 * The names of the entries that we add to maps. Each is made once in a decoding, before its first
 * row, and then is 16 bytes to copy.
 */
#ifndef LIMNOGRAPH_OTLP_KEYS_H
#define LIMNOGRAPH_OTLP_KEYS_H

#include "text.h"

enum key {
    KEY_SCOPE_NAME,
    KEY_SCOPE_VERSION,
    KEY_SCOPE_SCHEMA_URL,
    KEY_SCOPE_DROPPED_ATTRIBUTES_COUNT,
    KEY_TRACE_ID,
    KEY_SPAN_ID,
    KEY_SEVERITY_TEXT,
    KEY_EVENT_NAME,
    KEY_SEVERITY_NUMBER,
    KEY_OBSERVED_AFTER_NS,
    KEY_FLAGS,
    KEY_DROPPED_ATTRIBUTES_COUNT,
    KEY_TRACE_STATE,
    KEY_DROPPED_EVENTS_COUNT,
    KEY_DROPPED_LINKS_COUNT,
    KEY_METRIC_KIND,
    KEY_METRIC_AGGREGATION_TEMPORALITY,
    KEY_METRIC_IS_MONOTONIC,
    KEY_METRIC_START_TIME_UNIX_NANO,
    KEY_EXEMPLARS,
    KEY_QUANTILE,
    KEYS,
};

/* Makes the names: `texts` has room for KEYS of them and lives as long as `d` does. */
bool make_keys(struct decode *d, struct text texts[KEYS]);

#endif
