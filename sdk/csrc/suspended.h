/*
 * Levels of generators and coroutines that are suspended, by the frame they belong to.
 *
 * Bounded by OPEN_SPANS_MAX; beyond it a level stays current while its generator is suspended.
 */
#ifndef LIMNO_SUSPENDED_H
#define LIMNO_SUSPENDED_H

#include "span_levels.h"

/* Remember; false when there is no room. An older entry of the frame is forgotten. */
bool suspended_put(uint64_t frame, struct span_use use);

/* Forget the frame's and return it; key 0 without one. */
struct span_use suspended_take(uint64_t frame);

#endif
