/*
 * Finished blocks on their way to Python, and what of losses the next ones have to tell.
 *
 * Rule: a loss is told by exactly one block: that of a thread's spans by a block of that thread when
 * the next flush has one, else by any block of spans.
 */
#include "finished.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "limits.h"

/* Losses of one thread's spans that no block has told. */
struct untold {
    struct untold *next;
    uint64_t thread, events;
};

static struct {
    pthread_mutex_t lock; /* of the queue and of waiting */
    pthread_cond_t changed;
    struct finished *first, *last;
    size_t count;
    bool hurried;
    uint64_t untold[KINDS]; /* the rest is protected by the flush's lock */
    struct untold *threads;
} finished;

static void prepare(void) {
    pthread_condattr_t attributes;
    pthread_mutex_init(&finished.lock, NULL);
    pthread_condattr_init(&attributes);
#if !defined(__APPLE__)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
#endif
    pthread_cond_init(&finished.changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void before_fork(void) { pthread_mutex_lock(&finished.lock); }

static void in_parent(void) { pthread_mutex_unlock(&finished.lock); }

bool finished_open(void) {
    prepare();
    return pthread_atfork(before_fork, in_parent, prepare) == 0;
}

void finished_free(struct finished *block) {
    free(block->cursors);
    free(block);
}

struct finished *flush_fetch(void) {
    pthread_mutex_lock(&finished.lock);
    struct finished *first = finished.first;
    finished.first = finished.last = NULL;
    finished.count = 0;
    pthread_mutex_unlock(&finished.lock);
    return first;
}

void finished_reset(void) {
    for (struct finished *block = flush_fetch(), *next; block; block = next) {
        next = block->next;
        finished_free(block);
    }
    while (finished.threads) {
        struct untold *next = finished.threads->next;
        free(finished.threads);
        finished.threads = next;
    }
    memset(finished.untold, 0, sizeof finished.untold);
    finished.hurried = false;
}

bool finished_room(void) {
    pthread_mutex_lock(&finished.lock);
    bool room = finished.count < FINISHED_BLOCKS_MAX;
    pthread_mutex_unlock(&finished.lock);
    return room;
}

static struct untold **find(uint64_t thread) {
    struct untold **at = &finished.threads;
    while (*at && (*at)->thread != thread) {
        at = &(*at)->next;
    }
    return at;
}

void finished_tell(enum kind kind, uint64_t thread, uint64_t events) {
    struct untold **at = thread ? find(thread) : NULL;
    if (!events) {
        return;
    }
    if (at && !*at) {
        *at = calloc(1, sizeof **at);
        if (*at) {
            (*at)->thread = thread;
        }
    }
    if (at && *at) {
        (*at)->events += events;
    } else {
        finished.untold[kind] += events;
    }
}

uint64_t finished_untold(void *argument) {
    const struct finished_target *target = argument;
    struct untold *own = target->thread ? *find(target->thread) : NULL;
    return finished.untold[target->kind] + (own ? own->events : 0);
}

static void told(const struct finished_target *target) {
    struct untold **at = target->thread ? find(target->thread) : NULL;
    finished.untold[target->kind] = 0;
    if (at && *at) {
        struct untold *own = *at;
        *at = own->next;
        free(own);
    }
}

void finished_release(void) {
    while (finished.threads) {
        struct untold *own = finished.threads;
        finished.untold[KIND_SPANS] += own->events;
        finished.threads = own->next;
        free(own);
    }
}

static void queue(struct finished *block) {
    pthread_mutex_lock(&finished.lock);
    if (finished.last) {
        finished.last->next = block;
    } else {
        finished.first = block;
    }
    finished.last = block;
    finished.count++;
    pthread_mutex_unlock(&finished.lock);
}

void finished_target_begin(struct finished_target *target, enum kind kind) {
    target->kind = kind;
    target->last = NULL;
    if (kind != KIND_SPANS) {
        target->thread = target->native_id = 0;
        target->thread_name[0] = '\0';
    }
}

bool finished_sink(void *argument, const struct packed *block) {
    struct finished_target *target = argument;
    struct finished *kept = malloc(sizeof *kept + block->size);
    if (!kept) {
        return false;
    }
    *kept = (struct finished){
        .kind = target->kind,
        .thread = target->thread,
        .native_id = target->native_id,
        .rows = block->rows,
        .begin = block->begin,
        .end = block->end,
        .dropped = finished_untold(target),
        .compressed = block->compressed,
        .size = block->size,
    };
    memcpy(kept->thread_name, target->thread_name, sizeof kept->thread_name);
    memcpy(kept->payload, block->bytes, block->size);
    told(target);
    if (target->last) {
        queue(target->last);
    }
    target->last = kept;
    return true;
}

void finished_target_end(struct finished_target *target, const struct rows *pieces,
                         size_t count) {
    struct cursor *cursors = count ? calloc(count, sizeof *cursors) : NULL;
    for (size_t at = 0; cursors && at < count; at++) {
        cursors[at].sequence = pieces[at].chunk->header->sequence;
        cursors[at].rows = pieces[at].to;
    }
    if (target->last) {
        target->last->cursors = cursors;
        target->last->cursors_count = cursors ? count : 0;
        queue(target->last);
        target->last = NULL;
        return;
    }
    for (size_t at = 0; at < count; at++) {
        chunks_settle(pieces[at].chunk->header->sequence, pieces[at].to);
    }
    free(cursors);
}

static struct timespec deadline(double timeout_s) {
    struct timespec at;
#if defined(__APPLE__)
    clock_gettime(CLOCK_REALTIME, &at);
#else
    clock_gettime(CLOCK_MONOTONIC, &at);
#endif
    timeout_s = timeout_s > 0 ? timeout_s < 1e6 ? timeout_s : 1e6 : 0;
    int64_t whole = (int64_t)timeout_s;
    at.tv_sec += whole;
    at.tv_nsec += (long)((timeout_s - (double)whole) * 1e9);
    if (at.tv_nsec >= 1000000000) {
        at.tv_nsec -= 1000000000;
        at.tv_sec++;
    }
    return at;
}

bool flush_wait(double timeout_s) {
    struct timespec until = deadline(timeout_s);
    pthread_mutex_lock(&finished.lock);
    while (!finished.hurried &&
           pthread_cond_timedwait(&finished.changed, &finished.lock, &until) != ETIMEDOUT) {
    }
    bool hurried = finished.hurried;
    finished.hurried = false;
    pthread_mutex_unlock(&finished.lock);
    return hurried;
}

void flush_hurry(void) {
    pthread_mutex_lock(&finished.lock);
    finished.hurried = true;
    pthread_cond_broadcast(&finished.changed);
    pthread_mutex_unlock(&finished.lock);
}
