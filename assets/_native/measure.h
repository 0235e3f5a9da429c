/* How many rows a message makes, and of which times: what a receiver has to know of it. */
#ifndef LIMNOGRAPH_OTLP_MEASURE_H
#define LIMNOGRAPH_OTLP_MEASURE_H

#include "signals.h"

struct measured {
    int64_t records;
    int64_t begin, end; /* 0: no time is known */
    bool repaired;      /* a text was no UTF-8 */
    int64_t odd_ids;    /* spans whose ids have another length than they should */
};

/* Adds the rows of columns that were read. */
void measure_columns(const struct column *columns, struct measured *measured);

#endif
