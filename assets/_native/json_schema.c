/* The table of OTLP's messages: see json_schema.h. A line is a member: name, number, kind. */
#include "json_schema.h"

#include <string.h>

enum type {
    LOGS, METRICS, TRACES, RESOURCE_LOGS, RESOURCE_METRICS, RESOURCE_SPANS, SCOPE_LOGS,
    SCOPE_METRICS, SCOPE_SPANS, RESOURCE, ENTITY_REF, SCOPE, KEY_VALUE, ANY_VALUE, ARRAY_VALUE,
    KEY_VALUE_LIST, LOG_RECORD, SPAN, EVENT, LINK, STATUS, METRIC, GAUGE, SUM, HISTOGRAM,
    EXPONENTIAL_HISTOGRAM, SUMMARY, NUMBER_POINT, HISTOGRAM_POINT, EXPONENTIAL_POINT, BUCKETS,
    SUMMARY_POINT, QUANTILE, EXEMPLAR,
};

enum enumerated {
    SEVERITY_NUMBER, SPAN_KIND, STATUS_CODE, AGGREGATION_TEMPORALITY,
};

#define MEMBER(name, number, kind, presence, type) \
    {name, sizeof name - 1, number, kind, presence, type}
#define SCALAR(name, number, kind) MEMBER(name, number, KIND_##kind, PRESENCE_PLAIN, 0)
#define OPTIONAL(name, number, kind) MEMBER(name, number, KIND_##kind, PRESENCE_OPTIONAL, 0)
#define CHOICE(name, number, kind) MEMBER(name, number, KIND_##kind, PRESENCE_CHOICE, 0)
#define SCALARS(name, number, kind) MEMBER(name, number, KIND_##kind, PRESENCE_LIST, 0)
#define ENUM(name, number, type) MEMBER(name, number, KIND_ENUM, PRESENCE_PLAIN, type)
#define ONE(name, number, type) MEMBER(name, number, KIND_MESSAGE, PRESENCE_PLAIN, type)
#define ONE_OF(name, number, type) MEMBER(name, number, KIND_MESSAGE, PRESENCE_CHOICE, type)
#define LIST(name, number, type) MEMBER(name, number, KIND_MESSAGE, PRESENCE_LIST, type)

static const struct member LOGS_MEMBERS[] = {
    LIST("resourceLogs", 1, RESOURCE_LOGS),
};

static const struct member METRICS_MEMBERS[] = {
    LIST("resourceMetrics", 1, RESOURCE_METRICS),
};

static const struct member TRACES_MEMBERS[] = {
    LIST("resourceSpans", 1, RESOURCE_SPANS),
};

static const struct member RESOURCE_LOGS_MEMBERS[] = {
    ONE("resource", 1, RESOURCE),
    LIST("scopeLogs", 2, SCOPE_LOGS),
    SCALAR("schemaUrl", 3, STRING),
};

static const struct member RESOURCE_METRICS_MEMBERS[] = {
    ONE("resource", 1, RESOURCE),
    LIST("scopeMetrics", 2, SCOPE_METRICS),
    SCALAR("schemaUrl", 3, STRING),
};

static const struct member RESOURCE_SPANS_MEMBERS[] = {
    ONE("resource", 1, RESOURCE),
    LIST("scopeSpans", 2, SCOPE_SPANS),
    SCALAR("schemaUrl", 3, STRING),
};

static const struct member SCOPE_LOGS_MEMBERS[] = {
    ONE("scope", 1, SCOPE),
    LIST("logRecords", 2, LOG_RECORD),
    SCALAR("schemaUrl", 3, STRING),
};

static const struct member SCOPE_METRICS_MEMBERS[] = {
    ONE("scope", 1, SCOPE),
    LIST("metrics", 2, METRIC),
    SCALAR("schemaUrl", 3, STRING),
};

static const struct member SCOPE_SPANS_MEMBERS[] = {
    ONE("scope", 1, SCOPE),
    LIST("spans", 2, SPAN),
    SCALAR("schemaUrl", 3, STRING),
};

static const struct member RESOURCE_MEMBERS[] = {
    LIST("attributes", 1, KEY_VALUE),
    SCALAR("droppedAttributesCount", 2, UINT32),
    LIST("entityRefs", 3, ENTITY_REF),
};

static const struct member ENTITY_REF_MEMBERS[] = {
    SCALAR("schemaUrl", 1, STRING),
    SCALAR("type", 2, STRING),
    SCALARS("idKeys", 3, STRING),
    SCALARS("descriptionKeys", 4, STRING),
};

static const struct member SCOPE_MEMBERS[] = {
    SCALAR("name", 1, STRING),
    SCALAR("version", 2, STRING),
    LIST("attributes", 3, KEY_VALUE),
    SCALAR("droppedAttributesCount", 4, UINT32),
};

static const struct member KEY_VALUE_MEMBERS[] = {
    SCALAR("key", 1, STRING),
    ONE("value", 2, ANY_VALUE),
    SCALAR("keyStrindex", 3, INT32),
};

static const struct member ANY_VALUE_MEMBERS[] = {
    CHOICE("stringValue", 1, STRING),
    CHOICE("boolValue", 2, BOOL),
    CHOICE("intValue", 3, INT64),
    CHOICE("doubleValue", 4, DOUBLE),
    ONE_OF("arrayValue", 5, ARRAY_VALUE),
    ONE_OF("kvlistValue", 6, KEY_VALUE_LIST),
    CHOICE("bytesValue", 7, BYTES),
    CHOICE("stringValueStrindex", 8, INT32),
};

static const struct member ARRAY_VALUE_MEMBERS[] = {
    LIST("values", 1, ANY_VALUE),
};

static const struct member KEY_VALUE_LIST_MEMBERS[] = {
    LIST("values", 1, KEY_VALUE),
};

static const struct member LOG_RECORD_MEMBERS[] = {
    SCALAR("timeUnixNano", 1, FIXED64),
    ENUM("severityNumber", 2, SEVERITY_NUMBER),
    SCALAR("severityText", 3, STRING),
    ONE("body", 5, ANY_VALUE),
    LIST("attributes", 6, KEY_VALUE),
    SCALAR("droppedAttributesCount", 7, UINT32),
    SCALAR("flags", 8, FIXED32),
    SCALAR("traceId", 9, HEX),
    SCALAR("spanId", 10, HEX),
    SCALAR("observedTimeUnixNano", 11, FIXED64),
    SCALAR("eventName", 12, STRING),
};

static const struct member SPAN_MEMBERS[] = {
    SCALAR("traceId", 1, HEX),
    SCALAR("spanId", 2, HEX),
    SCALAR("traceState", 3, STRING),
    SCALAR("parentSpanId", 4, HEX),
    SCALAR("name", 5, STRING),
    ENUM("kind", 6, SPAN_KIND),
    SCALAR("startTimeUnixNano", 7, FIXED64),
    SCALAR("endTimeUnixNano", 8, FIXED64),
    LIST("attributes", 9, KEY_VALUE),
    SCALAR("droppedAttributesCount", 10, UINT32),
    LIST("events", 11, EVENT),
    SCALAR("droppedEventsCount", 12, UINT32),
    LIST("links", 13, LINK),
    SCALAR("droppedLinksCount", 14, UINT32),
    ONE("status", 15, STATUS),
    SCALAR("flags", 16, FIXED32),
};

static const struct member EVENT_MEMBERS[] = {
    SCALAR("timeUnixNano", 1, FIXED64),
    SCALAR("name", 2, STRING),
    LIST("attributes", 3, KEY_VALUE),
    SCALAR("droppedAttributesCount", 4, UINT32),
};

static const struct member LINK_MEMBERS[] = {
    SCALAR("traceId", 1, HEX),
    SCALAR("spanId", 2, HEX),
    SCALAR("traceState", 3, STRING),
    LIST("attributes", 4, KEY_VALUE),
    SCALAR("droppedAttributesCount", 5, UINT32),
    SCALAR("flags", 6, FIXED32),
};

static const struct member STATUS_MEMBERS[] = {
    SCALAR("message", 2, STRING),
    ENUM("code", 3, STATUS_CODE),
};

static const struct member METRIC_MEMBERS[] = {
    SCALAR("name", 1, STRING),
    SCALAR("description", 2, STRING),
    SCALAR("unit", 3, STRING),
    ONE_OF("gauge", 5, GAUGE),
    ONE_OF("sum", 7, SUM),
    ONE_OF("histogram", 9, HISTOGRAM),
    ONE_OF("exponentialHistogram", 10, EXPONENTIAL_HISTOGRAM),
    ONE_OF("summary", 11, SUMMARY),
    LIST("metadata", 12, KEY_VALUE),
};

static const struct member GAUGE_MEMBERS[] = {
    LIST("dataPoints", 1, NUMBER_POINT),
};

static const struct member SUM_MEMBERS[] = {
    LIST("dataPoints", 1, NUMBER_POINT),
    ENUM("aggregationTemporality", 2, AGGREGATION_TEMPORALITY),
    SCALAR("isMonotonic", 3, BOOL),
};

static const struct member HISTOGRAM_MEMBERS[] = {
    LIST("dataPoints", 1, HISTOGRAM_POINT),
    ENUM("aggregationTemporality", 2, AGGREGATION_TEMPORALITY),
};

static const struct member EXPONENTIAL_HISTOGRAM_MEMBERS[] = {
    LIST("dataPoints", 1, EXPONENTIAL_POINT),
    ENUM("aggregationTemporality", 2, AGGREGATION_TEMPORALITY),
};

static const struct member SUMMARY_MEMBERS[] = {
    LIST("dataPoints", 1, SUMMARY_POINT),
};

static const struct member NUMBER_POINT_MEMBERS[] = {
    SCALAR("startTimeUnixNano", 2, FIXED64),
    SCALAR("timeUnixNano", 3, FIXED64),
    CHOICE("asDouble", 4, DOUBLE),
    LIST("exemplars", 5, EXEMPLAR),
    CHOICE("asInt", 6, SFIXED64),
    LIST("attributes", 7, KEY_VALUE),
    SCALAR("flags", 8, UINT32),
};

static const struct member HISTOGRAM_POINT_MEMBERS[] = {
    SCALAR("startTimeUnixNano", 2, FIXED64),
    SCALAR("timeUnixNano", 3, FIXED64),
    SCALAR("count", 4, FIXED64),
    OPTIONAL("sum", 5, DOUBLE),
    SCALARS("bucketCounts", 6, FIXED64),
    SCALARS("explicitBounds", 7, DOUBLE),
    LIST("exemplars", 8, EXEMPLAR),
    LIST("attributes", 9, KEY_VALUE),
    SCALAR("flags", 10, UINT32),
    OPTIONAL("min", 11, DOUBLE),
    OPTIONAL("max", 12, DOUBLE),
};

static const struct member EXPONENTIAL_POINT_MEMBERS[] = {
    LIST("attributes", 1, KEY_VALUE),
    SCALAR("startTimeUnixNano", 2, FIXED64),
    SCALAR("timeUnixNano", 3, FIXED64),
    SCALAR("count", 4, FIXED64),
    OPTIONAL("sum", 5, DOUBLE),
    SCALAR("scale", 6, SINT32),
    SCALAR("zeroCount", 7, FIXED64),
    ONE("positive", 8, BUCKETS),
    ONE("negative", 9, BUCKETS),
    SCALAR("flags", 10, UINT32),
    LIST("exemplars", 11, EXEMPLAR),
    OPTIONAL("min", 12, DOUBLE),
    OPTIONAL("max", 13, DOUBLE),
    SCALAR("zeroThreshold", 14, DOUBLE),
};

static const struct member BUCKETS_MEMBERS[] = {
    SCALAR("offset", 1, SINT32),
    SCALARS("bucketCounts", 2, UINT64),
};

static const struct member SUMMARY_POINT_MEMBERS[] = {
    SCALAR("startTimeUnixNano", 2, FIXED64),
    SCALAR("timeUnixNano", 3, FIXED64),
    SCALAR("count", 4, FIXED64),
    SCALAR("sum", 5, DOUBLE),
    LIST("quantileValues", 6, QUANTILE),
    LIST("attributes", 7, KEY_VALUE),
    SCALAR("flags", 8, UINT32),
};

static const struct member QUANTILE_MEMBERS[] = {
    SCALAR("quantile", 1, DOUBLE),
    SCALAR("value", 2, DOUBLE),
};

static const struct member EXEMPLAR_MEMBERS[] = {
    SCALAR("timeUnixNano", 2, FIXED64),
    CHOICE("asDouble", 3, DOUBLE),
    SCALAR("spanId", 4, HEX),
    SCALAR("traceId", 5, HEX),
    CHOICE("asInt", 6, SFIXED64),
    LIST("filteredAttributes", 7, KEY_VALUE),
};

static const char *const SEVERITY_NUMBER_NAMES[] = {
    "SEVERITY_NUMBER_UNSPECIFIED", "SEVERITY_NUMBER_TRACE", "SEVERITY_NUMBER_TRACE2",
    "SEVERITY_NUMBER_TRACE3", "SEVERITY_NUMBER_TRACE4", "SEVERITY_NUMBER_DEBUG",
    "SEVERITY_NUMBER_DEBUG2", "SEVERITY_NUMBER_DEBUG3", "SEVERITY_NUMBER_DEBUG4",
    "SEVERITY_NUMBER_INFO", "SEVERITY_NUMBER_INFO2", "SEVERITY_NUMBER_INFO3",
    "SEVERITY_NUMBER_INFO4", "SEVERITY_NUMBER_WARN", "SEVERITY_NUMBER_WARN2",
    "SEVERITY_NUMBER_WARN3", "SEVERITY_NUMBER_WARN4", "SEVERITY_NUMBER_ERROR",
    "SEVERITY_NUMBER_ERROR2", "SEVERITY_NUMBER_ERROR3", "SEVERITY_NUMBER_ERROR4",
    "SEVERITY_NUMBER_FATAL", "SEVERITY_NUMBER_FATAL2", "SEVERITY_NUMBER_FATAL3",
    "SEVERITY_NUMBER_FATAL4",
};

static const char *const SPAN_KIND_NAMES[] = {
    "SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT",
    "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER",
};

static const char *const STATUS_CODE_NAMES[] = {
    "STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR",
};

static const char *const AGGREGATION_TEMPORALITY_NAMES[] = {
    "AGGREGATION_TEMPORALITY_UNSPECIFIED", "AGGREGATION_TEMPORALITY_DELTA",
    "AGGREGATION_TEMPORALITY_CUMULATIVE",
};

#define MESSAGE(members) {members, sizeof members / sizeof *members}
#define NAMED(name, names) {name, names, sizeof names / sizeof *names}

static const struct message MESSAGES[] = {
    [LOGS] = MESSAGE(LOGS_MEMBERS),
    [METRICS] = MESSAGE(METRICS_MEMBERS),
    [TRACES] = MESSAGE(TRACES_MEMBERS),
    [RESOURCE_LOGS] = MESSAGE(RESOURCE_LOGS_MEMBERS),
    [RESOURCE_METRICS] = MESSAGE(RESOURCE_METRICS_MEMBERS),
    [RESOURCE_SPANS] = MESSAGE(RESOURCE_SPANS_MEMBERS),
    [SCOPE_LOGS] = MESSAGE(SCOPE_LOGS_MEMBERS),
    [SCOPE_METRICS] = MESSAGE(SCOPE_METRICS_MEMBERS),
    [SCOPE_SPANS] = MESSAGE(SCOPE_SPANS_MEMBERS),
    [RESOURCE] = MESSAGE(RESOURCE_MEMBERS),
    [ENTITY_REF] = MESSAGE(ENTITY_REF_MEMBERS),
    [SCOPE] = MESSAGE(SCOPE_MEMBERS),
    [KEY_VALUE] = MESSAGE(KEY_VALUE_MEMBERS),
    [ANY_VALUE] = MESSAGE(ANY_VALUE_MEMBERS),
    [ARRAY_VALUE] = MESSAGE(ARRAY_VALUE_MEMBERS),
    [KEY_VALUE_LIST] = MESSAGE(KEY_VALUE_LIST_MEMBERS),
    [LOG_RECORD] = MESSAGE(LOG_RECORD_MEMBERS),
    [SPAN] = MESSAGE(SPAN_MEMBERS),
    [EVENT] = MESSAGE(EVENT_MEMBERS),
    [LINK] = MESSAGE(LINK_MEMBERS),
    [STATUS] = MESSAGE(STATUS_MEMBERS),
    [METRIC] = MESSAGE(METRIC_MEMBERS),
    [GAUGE] = MESSAGE(GAUGE_MEMBERS),
    [SUM] = MESSAGE(SUM_MEMBERS),
    [HISTOGRAM] = MESSAGE(HISTOGRAM_MEMBERS),
    [EXPONENTIAL_HISTOGRAM] = MESSAGE(EXPONENTIAL_HISTOGRAM_MEMBERS),
    [SUMMARY] = MESSAGE(SUMMARY_MEMBERS),
    [NUMBER_POINT] = MESSAGE(NUMBER_POINT_MEMBERS),
    [HISTOGRAM_POINT] = MESSAGE(HISTOGRAM_POINT_MEMBERS),
    [EXPONENTIAL_POINT] = MESSAGE(EXPONENTIAL_POINT_MEMBERS),
    [BUCKETS] = MESSAGE(BUCKETS_MEMBERS),
    [SUMMARY_POINT] = MESSAGE(SUMMARY_POINT_MEMBERS),
    [QUANTILE] = MESSAGE(QUANTILE_MEMBERS),
    [EXEMPLAR] = MESSAGE(EXEMPLAR_MEMBERS),
};

static const struct enumeration ENUMERATIONS[] = {
    [SEVERITY_NUMBER] = NAMED("SeverityNumber", SEVERITY_NUMBER_NAMES),
    [SPAN_KIND] = NAMED("SpanKind", SPAN_KIND_NAMES),
    [STATUS_CODE] = NAMED("StatusCode", STATUS_CODE_NAMES),
    [AGGREGATION_TEMPORALITY] = NAMED("AggregationTemporality", AGGREGATION_TEMPORALITY_NAMES),
};

const struct message *message_of_signal(const char *signal) {
    static const char *const SIGNALS[] = {[LOGS] = "logs", [METRICS] = "metrics",
                                          [TRACES] = "traces"};
    for (unsigned i = LOGS; i <= TRACES; i++) {
        if (strcmp(signal, SIGNALS[i]) == 0) {
            return &MESSAGES[i];
        }
    }
    return NULL;
}

const struct message *message_of(const struct member *member) { return &MESSAGES[member->type]; }

const struct enumeration *enumeration_of(const struct member *member) {
    return &ENUMERATIONS[member->type];
}
