/*
 * Many ticks turned into times, quickly: the line of the clock that the last tick lay on is kept.
 *
 * Rule: any bytes may be in the points and the ticks (they may come from a process that crashed).
 * The result is then some number, but computing it is always defined.
 */
#include "timeline.h"

#include <math.h>

static const double NS_MAX = 4e18; /* 126 years since the boot, or before it: spans from elsewhere */

static uint32_t count_of(const struct clock_points *points) {
    return points->count <= CLOCK_POINTS_MAX ? points->count : CLOCK_POINTS_MAX;
}

static void use(struct timeline *timeline, uint32_t at) {
    timeline->from = timeline->points->points[at];
    timeline->to = timeline->points->points[at + 1];
    double ticks = (double)timeline->to.ticks - (double)timeline->from.ticks;
    double ns = (double)timeline->to.ns - (double)timeline->from.ns;
    timeline->slope = ticks > 0 && ns >= 0 ? ns / ticks : 0;
}

void timeline_open(struct timeline *timeline, const struct clock_points *points) {
    *timeline = (struct timeline){.points = points};
    uint32_t count = count_of(points);
    if (count > 1) {
        use(timeline, count - 2); /* what is packed now was recorded since the flush before */
    } else if (count == 1) {
        timeline->from = timeline->to = points->points[0];
    }
}

static void find(struct timeline *timeline, int64_t ticks) {
    uint32_t low = 0, high = count_of(timeline->points) - 1;
    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;
        if (timeline->points->points[middle].ticks <= ticks) {
            low = middle;
        } else {
            high = middle;
        }
    }
    use(timeline, low);
}

/* Any double as a time that block and envelope can hold, whatever is added to it. */
static int64_t bounded(double ns) {
    return ns >= NS_MAX ? (int64_t)NS_MAX : ns > -NS_MAX ? (int64_t)ns : -(int64_t)NS_MAX;
}

static int64_t within(int64_t ns) {
    int64_t most = (int64_t)NS_MAX;
    return ns > most ? most : ns < -most ? -most : ns;
}

int64_t timeline_ns(struct timeline *timeline, int64_t ticks) {
    uint32_t count = count_of(timeline->points);
    if (count < 2) {
        return within(count == 1 && clock_counts_cycles ? timeline->from.ns : ticks);
    }
    if (ticks < timeline->from.ticks || ticks >= timeline->to.ticks) {
        find(timeline, ticks);
    }
    double since = (double)((uint64_t)ticks - (uint64_t)timeline->from.ticks);
    if (ticks < timeline->from.ticks) {
        since = -(double)((uint64_t)timeline->from.ticks - (uint64_t)ticks);
    }
    double ns = floor(since * timeline->slope), from = (double)timeline->from.ns;
    if (!(fabs(ns) < NS_MAX && fabs(from) < NS_MAX)) {
        return bounded(from + ns);
    }
    return within(timeline->from.ns + (int64_t)ns);
}
