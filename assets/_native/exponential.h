/* An exponential histogram, written out as bounds and counts: see histograms.c for their form. */
#ifndef LIMNOGRAPH_OTLP_EXPONENTIAL_H
#define LIMNOGRAPH_OTLP_EXPONENTIAL_H

#include "columns.h"

/* Buckets of one sign. */
struct buckets {
    int32_t offset;
    struct span message;
};

struct exponential {
    int32_t scale;
    uint64_t zero_count;
    double zero_threshold;
    struct buckets positive, negative;
};

/* A signed number of 32 bits, as the wire has it. */
int32_t zigzag(uint64_t value);

/* Puts bounds and counts. */
bool put_exponential(struct decode *d, struct buffer *bounds, struct buffer *counts,
                     struct exponential *ranges);

#endif
