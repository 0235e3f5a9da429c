/* Chunks and threads: the slow side of writing. The reader's side is in chunks_read.c. */
#include "chunks.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chunks_private.h"
#include "limits.h"

#if defined(__linux__)
#include <sys/syscall.h>
#endif

__thread struct thread *this_thread __attribute__((tls_model("initial-exec")));
struct chunk_state chunk_state = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void nothing(bool urgent) { (void)urgent; }
static void nobody(struct thread *thread) { (void)thread; }

void (*chunks_on_grant)(bool urgent) = nothing;
void (*chunks_on_enter)(struct thread *thread) = nobody;

static pthread_key_t farewell;

static const uint32_t ARENA_BYTES[KINDS] = {LOG_ARENA_BYTES, METRICS_ARENA_BYTES,
                                            SPANS_ARENA_BYTES, TRACES_ARENA_BYTES};

static uint64_t native_thread_id(void) {
#if defined(__linux__)
    return (uint64_t)syscall(SYS_gettid);
#else
    uint64_t id = 0;
    pthread_threadid_np(NULL, &id);
    return id;
#endif
}

/* Runs when a thread ends, without the GIL. */
static void thread_leave(void *pointer) {
    struct thread *thread = pointer;
    this_thread = NULL;
    atomic_store_explicit(&thread->ended, true, memory_order_release);
}

static void before_fork(void) { pthread_mutex_lock(&chunk_state.lock); }
static void after_fork_in_parent(void) { pthread_mutex_unlock(&chunk_state.lock); }

/* The memory is shared with the parent: nothing may be written there from now on. */
static void after_fork_in_child(void) {
    pthread_mutex_init(&chunk_state.lock, NULL);
    this_thread = NULL;
    memory_directory(NULL); /* a new file of the child could have the name of one of the parent's */
    chunks_forget();
}

bool chunks_open(void) {
    static bool opened;
    if (opened) {
        return true;
    }
    if (pthread_key_create(&farewell, thread_leave) != 0 ||
        pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) != 0) {
        return false;
    }
    opened = true;
    return true;
}

void chunks_limit(struct chunk_limits limits) {
    pthread_mutex_lock(&chunk_state.lock);
    chunk_state.limits = limits;
    atomic_store(&chunk_state.full, false);
    pthread_mutex_unlock(&chunk_state.lock);
}

struct thread *thread_enter(void) {
    struct thread *thread = NULL;
    if (chunk_state.threads_alive < THREADS_MAX) {
        thread = calloc(1, sizeof *thread);
    }
    if (thread == NULL) {
        return NULL;
    }
    thread->native_id = native_thread_id();
    pthread_mutex_lock(&chunk_state.lock);
    thread->number = ++chunk_state.threads_seen;
    thread->next = chunk_state.threads;
    chunk_state.threads = thread;
    chunk_state.threads_alive++;
    pthread_mutex_unlock(&chunk_state.lock);
    this_thread = thread;
    pthread_setspecific(farewell, thread);
    chunks_on_enter(thread);
    return thread;
}

void chunk_drop(enum kind kind) {
    struct thread *thread = this_thread;
    _Atomic uint64_t *count = thread != NULL ? &thread->dropped[kind] : &chunk_state.dropped[kind];
    atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
}

static size_t columns_bytes(enum kind kind, uint32_t rows) {
    static const size_t ROW_BYTES[KINDS] = {25, 24, 45, 45};
    return (ROW_BYTES[kind] * rows + 63) & ~(size_t)63;
}

bool chunk_columns(struct chunk_header *header, size_t bytes, union columns *columns,
                   uint8_t **arena) {
    if (header->kind >= KINDS || header->rows_max > CHUNK_ROWS) {
        return false;
    }
    size_t rows = header->rows_max;
    size_t size = columns_bytes(header->kind, header->rows_max);
    if (sizeof *header + size + (uint64_t)header->arena_bytes > bytes) {
        return false;
    }
    /* The widest columns first, so that each is aligned. */
    uint8_t *at = (uint8_t *)(header + 1);
    *arena = at + size;
    int64_t *wide = (int64_t *)at;
    if (header->kind == KIND_LOG) {
        uint32_t *narrow = (uint32_t *)(wide + 2 * rows);
        columns->log = (struct log_columns){wide, wide + rows, narrow, narrow + rows,
                                            (uint8_t *)(narrow + 2 * rows)};
    } else if (header->kind == KIND_METRICS) {
        uint32_t *narrow = (uint32_t *)(wide + 2 * rows);
        columns->metrics = (struct metrics_columns){wide, (double *)(wide + rows), narrow,
                                                    narrow + rows};
    } else {
        uint32_t *narrow = (uint32_t *)(wide + 4 * rows);
        columns->spans = (struct spans_columns){
            wide, wide + rows, wide + 2 * rows, wide + 3 * rows, narrow, narrow + rows,
            narrow + 2 * rows, (uint8_t *)(narrow + 3 * rows)};
    }
    return true;
}

static struct chunk *chunk_map(enum kind kind, uint32_t arena_bytes) {
    struct chunk *chunk = calloc(1, sizeof *chunk);
    if (chunk == NULL) {
        return NULL;
    }
    size_t bytes = sizeof(struct chunk_header) + columns_bytes(kind, CHUNK_ROWS) + arena_bytes;
    bytes = (bytes + 4095) & ~(size_t)4095;
    char name[40];
    chunk->file = ++chunk_state.files;
    snprintf(name, sizeof name, "chunk-%llu", (unsigned long long)chunk->file);
    if (!memory_map(&chunk->memory, name, bytes, bytes)) {
        free(chunk);
        return NULL;
    }
    chunk->header = chunk->memory.base;
    return chunk;
}

/* Take a chunk from the pool, or make one. The lock is held. */
static struct chunk *chunk_new(enum kind kind, uint32_t bytes, uint32_t rows_max) {
    uint32_t arena_bytes = ARENA_BYTES[kind];
    struct chunk *chunk = NULL;
    if (bytes <= arena_bytes) {
        chunk = chunk_state.pool[kind];
    } else {
        arena_bytes = bytes;
    }
    if (chunk != NULL) {
        chunk_state.pool[kind] = chunk->next;
        chunk_state.pooled--;
    } else if ((chunk = chunk_map(kind, arena_bytes)) == NULL) {
        return NULL;
    }
    struct chunk_header *header = chunk->header;
    atomic_store_explicit(&header->rows, 0, memory_order_release);
    atomic_store_explicit(&header->settled, 0, memory_order_release);
    header->version = 1;
    header->kind = kind;
    header->pid = (uint64_t)getpid();
    header->sequence = ++chunk_state.chunks_seen;
    header->rows_max = rows_max;
    header->arena_bytes = arena_bytes;
    memcpy(header->magic, "LIMNOCHK", 8);
    chunk->next = NULL;
    chunk->taken = 0;
    chunk_columns(header, chunk->memory.bytes, &chunk->columns, &chunk->arena);
    return chunk;
}

static void chunk_link(struct thread *thread, enum kind kind, struct chunk *chunk) {
    struct chunk_header *header = chunk->header;
    header->thread = thread->number;
    header->native_id = thread->native_id;
    memcpy(header->thread_name, thread->name, sizeof header->thread_name);
    chunk->thread = thread;
    if (thread->last[kind] == NULL) {
        thread->first[kind] = chunk;
    } else {
        thread->last[kind]->next = chunk;
    }
    thread->last[kind] = chunk;
    thread->lanes[kind] = (struct lane){
        .columns = chunk->columns,
        .chunk = chunk,
        .arena = chunk->arena,
        .rows_max = header->rows_max,
        .arena_max = header->arena_bytes,
    };
}

/* Return the rows that still fit; 0 when the budget is used up. The lock and the GIL are held. */
static uint64_t room(uint32_t bytes, bool *urgent) {
    uint64_t rows = 0, used = 0;
    for (struct thread *thread = chunk_state.threads; thread != NULL; thread = thread->next) {
        for (int kind = 0; kind < KINDS; kind++) {
            for (struct chunk *at = thread->first[kind]; at != NULL; at = at->next) {
                uint32_t published = atomic_load_explicit(&at->header->rows, memory_order_relaxed);
                if (at->taken < published) {
                    rows += published - at->taken;
                    bool current = at == thread->lanes[kind].chunk;
                    used += current ? thread->lanes[kind].arena_used : at->header->arena_bytes;
                }
            }
        }
    }
    const struct chunk_limits *limits = &chunk_state.limits;
    *urgent = 2 * rows > limits->rows_queued_max || 2 * used > limits->bytes_queued_max;
    if (rows >= limits->rows_queued_max || used + bytes > limits->bytes_queued_max) {
        return 0;
    }
    return limits->rows_queued_max - rows;
}

static struct lane *refused(enum kind kind) {
    chunk_drop(kind);
    return NULL;
}

struct lane *lane_grow(struct thread *thread, enum kind kind, uint32_t bytes) {
    if (bytes > EVENT_BYTES_MAX || atomic_load_explicit(&chunk_state.full, memory_order_relaxed)) {
        return refused(kind);
    }
    bool urgent;
    pthread_mutex_lock(&chunk_state.lock);
    room(bytes, &urgent);
    pthread_mutex_unlock(&chunk_state.lock);
    chunks_on_grant(urgent);
    /* That ran Python code: other threads, and this one, may have recorded meanwhile. */
    struct lane *lane = &thread->lanes[kind];
    if (lane->rows < lane->rows_max && bytes <= lane->arena_max - lane->arena_used) {
        return lane;
    }
    pthread_mutex_lock(&chunk_state.lock);
    uint64_t rows = room(bytes, &urgent);
    struct chunk *chunk = NULL;
    if (rows > 0) {
        chunk = chunk_new(kind, bytes, rows < CHUNK_ROWS ? (uint32_t)rows : CHUNK_ROWS);
    } else if (bytes == 0) {
        atomic_store(&chunk_state.full, true);
    }
    if (chunk != NULL) {
        chunk_link(thread, kind, chunk);
    }
    pthread_mutex_unlock(&chunk_state.lock);
    return chunk != NULL ? lane : refused(kind);
}
