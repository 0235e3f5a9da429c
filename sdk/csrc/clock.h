/*
 * The clock of the events: ticks that cost a few ns to read, and what they mean in nanoseconds.
 *
 * Rule: a tick is turned into time only by interpolation between pairs (tick, ns of
 * CLOCK_MONOTONIC) taken while the program ran, so no frequency is ever estimated; the line through
 * the pairs never falls.
 */
#ifndef LIMNO_CLOCK_H
#define LIMNO_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "limits.h"

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

struct clock_point {
    int64_t ticks;
    int64_t ns;
};

/* Pairs in rising order; in mapped memory, so that recovery can read a dead process's times. */
struct clock_points {
    uint32_t count;
    uint32_t reserved;
    struct clock_point points[CLOCK_POINTS_MAX];
};

extern bool clock_counts_cycles;

static inline int64_t clock_monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Return the present tick. */
static inline int64_t clock_ticks(void) {
#if defined(__x86_64__)
    if (__builtin_expect(clock_counts_cycles, 1)) {
        return (int64_t)__rdtsc();
    }
#endif
    return clock_monotonic_ns();
}

/* Decide, once, whether the cycle counter can be trusted on this machine. */
void clock_choose(void);

/* Take a pair now. */
struct clock_point clock_pair(void);

/* Add a pair taken now; the last must be as late as every tick that will be asked for. */
void clock_mark(struct clock_points *known);

/* Return the CLOCK_MONOTONIC time of *ticks* in ns; outside the pairs the nearest line goes on. */
int64_t clock_ns(const struct clock_points *known, int64_t ticks);

#endif
