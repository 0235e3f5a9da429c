/* The signals: each reads a Resource* message into columns that it owns. */
#ifndef LIMNOGRAPH_OTLP_SIGNALS_H
#define LIMNOGRAPH_OTLP_SIGNALS_H

#include "scope.h"

enum { SIGNAL_COLUMNS_MAX = 40 };

/* A function that fills `columns`, up to one without a name, and reads `payload` into them. */
typedef bool read_signal(struct decode *d, struct span payload,
                         struct column columns[SIGNAL_COLUMNS_MAX], void **state);

read_signal read_logs, read_points, read_histograms, read_spans;

/* Unix nanoseconds; what 63 bits do not hold is no time, which is 0. */
static inline int64_t time_of(uint64_t nanos) { return nanos > INT64_MAX ? 0 : (int64_t)nanos; }

#endif
