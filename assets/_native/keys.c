/* The names of the entries that we add to maps: see keys.h. */
#include "keys.h"

static const char *const NAMES[KEYS] = {
    [KEY_SCOPE_NAME] = "otel.scope.name",
    [KEY_SCOPE_VERSION] = "otel.scope.version",
    [KEY_SCOPE_SCHEMA_URL] = "otel.scope.schema_url",
    [KEY_SCOPE_DROPPED_ATTRIBUTES_COUNT] = "otel.scope.dropped_attributes_count",
    [KEY_TRACE_ID] = "otel.trace_id",
    [KEY_SPAN_ID] = "otel.span_id",
    [KEY_SEVERITY_TEXT] = "otel.severity_text",
    [KEY_EVENT_NAME] = "otel.event_name",
    [KEY_SEVERITY_NUMBER] = "otel.severity_number",
    [KEY_OBSERVED_AFTER_NS] = "otel.observed_after_ns",
    [KEY_FLAGS] = "otel.flags",
    [KEY_DROPPED_ATTRIBUTES_COUNT] = "otel.dropped_attributes_count",
    [KEY_TRACE_STATE] = "otel.trace_state",
    [KEY_DROPPED_EVENTS_COUNT] = "otel.dropped_events_count",
    [KEY_DROPPED_LINKS_COUNT] = "otel.dropped_links_count",
    [KEY_METRIC_KIND] = "otel.metric.kind",
    [KEY_METRIC_AGGREGATION_TEMPORALITY] = "otel.metric.aggregation_temporality",
    [KEY_METRIC_IS_MONOTONIC] = "otel.metric.is_monotonic",
    [KEY_METRIC_START_TIME_UNIX_NANO] = "otel.metric.start_time_unix_nano",
    [KEY_EXEMPLARS] = "otel.exemplars",
    [KEY_QUANTILE] = "quantile",
    [KEY_RESOURCE_SCHEMA_URL] = "otel.resource.schema_url",
    [KEY_RESOURCE_DROPPED_ATTRIBUTES_COUNT] = "otel.resource.dropped_attributes_count",
    [KEY_RESOURCE_ENTITY_REFS] = "otel.resource.entity_refs",
    [KEY_TIME_UNIX_NANO] = "otel.time_unix_nano",
    [KEY_OBSERVED_TIME_UNIX_NANO] = "otel.observed_time_unix_nano",
    [KEY_START_TIME_UNIX_NANO] = "otel.start_time_unix_nano",
    [KEY_END_TIME_UNIX_NANO] = "otel.end_time_unix_nano",
    [KEY_KIND] = "otel.kind",
    [KEY_STATUS_CODE] = "otel.status_code",
    [KEY_METRIC_DESCRIPTION] = "otel.metric.description",
    [KEY_METRIC_TIME_UNIX_NANO] = "otel.metric.time_unix_nano",
    [KEY_METRIC_VALUE_TYPE] = "otel.metric.value_type",
    [KEY_METRIC_AS_INT] = "otel.metric.as_int",
    [KEY_METRIC_ZERO_THRESHOLD] = "otel.metric.zero_threshold",
    [KEY_AS_INT] = "otel.as_int",
    [KEY_NO_VALUE] = "otel.no_value",
    [KEY_TYPES] = "otel.types",
    [KEY_BODY_TYPE] = "otel.body_type",
};

bool make_keys(struct decode *d, struct text texts[KEYS]) {
    for (unsigned i = 0; i < KEYS; i++) {
        size_t start = d->made.used;
        if (!put_text(d, NAMES[i]) || !text_of_made(d, start, &texts[i])) {
            return false;
        }
    }
    d->keys = texts;
    return true;
}
