/* Chunks as the flush thread sees them: taking rows, settling them, freeing what is done. No GIL. */
#include "chunks_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "limits.h"

size_t chunks_take(enum kind kind, struct rows *pieces, size_t max) {
    size_t found = 0;
    pthread_mutex_lock(&chunk_state.lock);
    for (struct thread *thread = chunk_state.threads; thread != NULL; thread = thread->next) {
        for (struct chunk *at = thread->first[kind]; at != NULL && found < max; at = at->next) {
            uint32_t rows = atomic_load_explicit(&at->header->rows, memory_order_acquire);
            if (at->taken < rows) {
                pieces[found++] = (struct rows){at, at->taken, rows};
                at->taken = rows;
            }
        }
    }
    atomic_store(&chunk_state.full, false);
    pthread_mutex_unlock(&chunk_state.lock);
    return found;
}

static void chunk_free(enum kind kind, struct chunk *chunk) {
    bool ordinary = chunk->memory.bytes <= sizeof(struct chunk_header) + 256u * 1024;
    if (ordinary && chunk_state.pooled < CHUNKS_POOLED_MAX) {
        /* Recovery must find nothing in a pooled file. */
        atomic_store_explicit(&chunk->header->rows, 0, memory_order_release);
        chunk->thread = NULL;
        chunk->next = chunk_state.pool[kind];
        chunk_state.pool[kind] = chunk;
        chunk_state.pooled++;
        return;
    }
    char name[40];
    snprintf(name, sizeof name, "chunk-%llu", (unsigned long long)chunk->file);
    memory_unmap(&chunk->memory, name);
    free(chunk);
}

/* Free the leading chunks of a list that are done with. The lock is held. */
static void free_done(struct thread *thread, enum kind kind) {
    bool ended = atomic_load_explicit(&thread->ended, memory_order_acquire);
    struct chunk *at;
    while ((at = thread->first[kind]) != NULL) {
        bool left = at->next != NULL || ended; /* its writer will not come back to it */
        uint32_t rows = atomic_load_explicit(&at->header->rows, memory_order_acquire);
        uint32_t settled = atomic_load_explicit(&at->header->settled, memory_order_relaxed);
        if (!left || settled < rows || at->taken < rows) {
            return;
        }
        thread->first[kind] = at->next;
        if (at->next == NULL) {
            thread->last[kind] = NULL;
        }
        chunk_free(kind, at);
    }
}

void chunks_settle(uint64_t sequence, uint32_t row) {
    pthread_mutex_lock(&chunk_state.lock);
    for (struct thread *thread = chunk_state.threads; thread != NULL; thread = thread->next) {
        for (int kind = 0; kind < KINDS; kind++) {
            for (struct chunk *at = thread->first[kind]; at != NULL; at = at->next) {
                if (at->header->sequence == sequence) {
                    if (row > atomic_load(&at->header->settled) && row <= at->taken) {
                        atomic_store_explicit(&at->header->settled, row, memory_order_release);
                    }
                    free_done(thread, kind);
                    pthread_mutex_unlock(&chunk_state.lock);
                    return;
                }
            }
        }
    }
    pthread_mutex_unlock(&chunk_state.lock);
}

uint64_t thread_dropped(struct thread *thread, enum kind kind) {
    uint64_t now = atomic_load_explicit(&thread->dropped[kind], memory_order_relaxed);
    uint64_t grown = now - thread->told[kind];
    thread->told[kind] = now;
    return grown;
}

uint64_t chunks_dropped(enum kind kind) {
    pthread_mutex_lock(&chunk_state.lock);
    uint64_t now = atomic_load_explicit(&chunk_state.dropped[kind], memory_order_relaxed);
    uint64_t grown = now - chunk_state.told[kind];
    chunk_state.told[kind] = now;
    for (struct thread *thread = chunk_state.threads; thread != NULL; thread = thread->next) {
        grown += thread_dropped(thread, kind);
    }
    pthread_mutex_unlock(&chunk_state.lock);
    return grown;
}

uint32_t threads_alive(void) {
    pthread_mutex_lock(&chunk_state.lock);
    uint32_t alive = chunk_state.threads_alive;
    pthread_mutex_unlock(&chunk_state.lock);
    return alive;
}

uint64_t chunks_waiting(void) {
    uint64_t waiting = 0;
    pthread_mutex_lock(&chunk_state.lock);
    for (struct thread *thread = chunk_state.threads; thread != NULL; thread = thread->next) {
        for (int kind = 0; kind < KINDS; kind++) {
            for (struct chunk *at = thread->first[kind]; at != NULL; at = at->next) {
                waiting += atomic_load(&at->header->rows) - at->taken;
            }
        }
    }
    pthread_mutex_unlock(&chunk_state.lock);
    return waiting;
}

static bool thread_done(struct thread *thread) {
    if (!atomic_load_explicit(&thread->ended, memory_order_acquire)) {
        return false;
    }
    for (int kind = 0; kind < KINDS; kind++) {
        free_done(thread, kind);
        if (thread->first[kind] != NULL) {
            return false;
        }
    }
    return true;
}

void threads_sweep(void) {
    pthread_mutex_lock(&chunk_state.lock);
    struct thread **at = &chunk_state.threads;
    while (*at != NULL) {
        struct thread *thread = *at;
        if (!thread_done(thread)) {
            at = &thread->next;
            continue;
        }
        for (int kind = 0; kind < KINDS; kind++) {
            uint64_t untold = atomic_load(&thread->dropped[kind]) - thread->told[kind];
            atomic_fetch_add(&chunk_state.dropped[kind], untold);
        }
        *at = thread->next;
        chunk_state.threads_alive--;
        free(thread);
    }
    pthread_mutex_unlock(&chunk_state.lock);
}

static void forget_list(struct chunk *at) {
    while (at != NULL) {
        struct chunk *next = at->next;
        memory_unmap(&at->memory, NULL);
        free(at);
        at = next;
    }
}

void chunks_reset(void) {
    pthread_mutex_lock(&chunk_state.lock);
    for (struct thread *thread = chunk_state.threads; thread != NULL; thread = thread->next) {
        for (int kind = 0; kind < KINDS; kind++) {
            forget_list(thread->first[kind]);
            thread->first[kind] = thread->last[kind] = NULL;
            thread->lanes[kind] = (struct lane){0};
            thread->told[kind] = atomic_load(&thread->dropped[kind]);
        }
    }
    for (int kind = 0; kind < KINDS; kind++) {
        forget_list(chunk_state.pool[kind]);
        chunk_state.pool[kind] = NULL;
        chunk_state.told[kind] = atomic_load(&chunk_state.dropped[kind]);
    }
    chunk_state.pooled = 0;
    pthread_mutex_unlock(&chunk_state.lock);
}

void chunks_forget(void) {
    struct thread *thread = chunk_state.threads;
    chunk_state.threads = NULL;
    while (thread != NULL) {
        struct thread *next = thread->next;
        for (int kind = 0; kind < KINDS; kind++) {
            forget_list(thread->first[kind]);
        }
        free(thread);
        thread = next;
    }
    for (int kind = 0; kind < KINDS; kind++) {
        forget_list(chunk_state.pool[kind]);
        chunk_state.pool[kind] = NULL;
        atomic_store(&chunk_state.dropped[kind], 0);
        chunk_state.told[kind] = 0;
    }
    chunk_state.pooled = chunk_state.threads_alive = 0;
    chunk_state.threads_seen = chunk_state.chunks_seen = chunk_state.files = 0;
    atomic_store(&chunk_state.full, false);
}
