/* How many rows a message makes, and of which times: see measure.h. */
#include "measure.h"

#include <string.h>

static bool is_named(const struct column *column, const char *name) {
    return strcmp(column->name, name) == 0;
}

static void measure_times(const struct buffer *column, struct measured *measured) {
    const int64_t *times = (const int64_t *)column->bytes;
    for (size_t i = 0; i < column->used / sizeof *times; i++) {
        if (times[i] == 0) {
            continue;
        }
        if (measured->begin == 0 || times[i] < measured->begin) {
            measured->begin = times[i];
        }
        if (times[i] > measured->end) {
            measured->end = times[i];
        }
    }
}

void measure_columns(const struct column *columns, struct measured *measured) {
    for (; columns->name; columns++) {
        bool first = is_named(columns, "time") || is_named(columns, "start");
        if (first || is_named(columns, "end")) {
            const struct buffer *times = columns->at;
            measure_times(times, measured);
            measured->records += first ? (int64_t)(times->used / sizeof(int64_t)) : 0;
        }
    }
}
