/* The clock of the events: choosing it, marking pairs, interpolating between them. */
#include "clock.h"

#include <stdio.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#define PAIR_TRIES 5

bool clock_counts_cycles = false;

#if defined(__x86_64__)
static bool cycles_are_invariant(void) {
    unsigned int a, b, c, d;
    return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & (1u << 8));
}

/* The kernel has compared the cycle counters of all cores; where it does not use them, nor do we. */
static bool kernel_trusts_cycles(void) {
    char name[16] = "";
    FILE *file = fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");
    if (file == NULL) {
        return false;
    }
    bool trusted = fgets(name, sizeof name, file) != NULL && strcmp(name, "tsc\n") == 0;
    fclose(file);
    return trusted;
}
#endif

void clock_choose(void) {
#if defined(__x86_64__)
    clock_counts_cycles = cycles_are_invariant() && kernel_trusts_cycles();
#endif
}

struct clock_point clock_pair(void) {
    struct clock_point best = {0, 0};
    if (!clock_counts_cycles) {
        best.ticks = best.ns = clock_monotonic_ns();
        return best;
    }
    int64_t gap_min = INT64_MAX;
    for (int i = 0; i < PAIR_TRIES; i++) {
        int64_t before = clock_ticks();
        int64_t ns = clock_monotonic_ns();
        int64_t gap = clock_ticks() - before;
        if (gap < gap_min) {
            gap_min = gap;
            best = (struct clock_point){before + gap / 2, ns};
        }
    }
    return best;
}

/* Keep every second of the older half: what is long ago needs fewer pairs. */
static void thin_out(struct clock_points *known) {
    uint32_t half = known->count / 2;
    uint32_t kept = 1;
    for (uint32_t i = 2; i < known->count; i++) {
        if (i >= half || i % 2 == 0) {
            known->points[kept++] = known->points[i];
        }
    }
    known->count = kept;
}

void clock_mark(struct clock_points *known) {
    struct clock_point now = clock_pair();
    if (known->count > 0) {
        struct clock_point last = known->points[known->count - 1];
        if (now.ticks <= last.ticks || now.ns <= last.ns) {
            return;
        }
    }
    if (known->count == CLOCK_POINTS_MAX) {
        thin_out(known);
    }
    known->points[known->count++] = now;
}

static int64_t on_line(struct clock_point from, struct clock_point to, int64_t ticks) {
    if (to.ticks <= from.ticks) {
        return from.ns;
    }
    double slope = (double)(to.ns - from.ns) / (double)(to.ticks - from.ticks);
    double nearer = (double)(ticks - from.ticks) * slope;
    return from.ns + (int64_t)nearer;
}

int64_t clock_ns(const struct clock_points *known, int64_t ticks) {
    uint32_t count = known->count <= CLOCK_POINTS_MAX ? known->count : CLOCK_POINTS_MAX;
    if (count == 0) {
        return ticks;
    }
    if (count == 1) {
        return clock_counts_cycles ? known->points[0].ns : ticks;
    }
    uint32_t low = 0, high = count - 1;
    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;
        if (known->points[middle].ticks <= ticks) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return on_line(known->points[low], known->points[high], ticks);
}
