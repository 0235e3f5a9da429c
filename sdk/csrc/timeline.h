/*
 * Many ticks turned into times, quickly: the line of the clock that the last tick lay on is kept.
 */
#ifndef LIMNO_TIMELINE_H
#define LIMNO_TIMELINE_H

#include "clock.h"

struct timeline {
    const struct clock_points *points;
    struct clock_point from, to; /* the line in use */
    double slope;
};

void timeline_open(struct timeline *timeline, const struct clock_points *points);

/* Return the CLOCK_MONOTONIC time of *ticks* in ns, the same as clock_ns() for sound points. */
int64_t timeline_ns(struct timeline *timeline, int64_t ticks);

#endif
