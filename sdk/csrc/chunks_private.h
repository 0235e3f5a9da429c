/* What chunks.c (writing) and chunks_read.c (reading) share. */
#ifndef LIMNO_CHUNKS_PRIVATE_H
#define LIMNO_CHUNKS_PRIVATE_H

#include <pthread.h>

#include "chunks.h"

/*
 * Lists are changed with the lock held. ``full`` says that nothing fits until the reader has taken
 * something, so that an application in overload does not count its buffers at every event.
 */
struct chunk_state {
    pthread_mutex_t lock;
    struct thread *threads;
    struct chunk *pool[KINDS];
    uint32_t pooled;
    _Atomic uint32_t threads_alive; /* looked at before the lock is taken */
    uint64_t threads_seen, chunks_seen, files;
    struct chunk_limits limits;
    _Atomic bool full;
    _Atomic uint64_t dropped[KINDS]; /* by threads that are gone or never got buffers */
    uint64_t told[KINDS];
};

extern struct chunk_state chunk_state;

#endif
