/* Opening what a dead process left. */
#include "dead.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "limits.h"

static struct mapped map_file(const char *directory, const char *name) {
    struct mapped mapped = {NULL, 0};
    char path[MEMORY_PATH_MAX + 64];
    int length = snprintf(path, sizeof path, "%s/%s", directory, name);
    int file = length > 0 && (size_t)length < sizeof path
                   ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
                   : -1;
    struct stat status;
    if (file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
        size_t bytes = (size_t)status.st_size;
        void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
        if (base != MAP_FAILED) {
            mapped = (struct mapped){base, bytes};
        }
    }
    if (file >= 0) {
        close(file);
    }
    return mapped;
}

static void unmap(struct mapped *mapped) {
    if (mapped->base != NULL) {
        munmap(mapped->base, mapped->bytes);
    }
    mapped->base = NULL;
}

/* Make a chunk of a file's content; false when it is none, or has no rows. */
static bool chunk_of(struct chunk *chunk, struct mapped mapped) {
    struct chunk_header *header = (struct chunk_header *)(void *)mapped.base;
    *chunk = (struct chunk){.header = header};
    chunk->memory = (struct memory){mapped.base, mapped.bytes, mapped.bytes, -1, false};
    if (mapped.bytes < sizeof *header || memcmp(header->magic, "LIMNOCHK", 8) != 0 ||
        header->version != 1 || atomic_load(&header->rows) == 0 ||
        atomic_load(&header->rows) > header->rows_max) {
        return false;
    }
    header->thread_name[sizeof header->thread_name - 1] = '\0';
    return chunk_columns(header, mapped.bytes, &chunk->columns, &chunk->arena);
}

static bool add_chunk(struct dead *dead, size_t *room, struct mapped mapped) {
    if (dead->chunks_count == *room) {
        size_t more = *room ? 2 * *room : 64;
        struct chunk *grown = realloc(dead->chunks, more * sizeof *grown);
        if (grown == NULL) {
            unmap(&mapped);
            return false;
        }
        dead->chunks = grown;
        *room = more;
    }
    if (chunk_of(&dead->chunks[dead->chunks_count], mapped)) {
        dead->chunks_count++;
    } else {
        unmap(&mapped);
    }
    return true;
}

static int by_thread(const void *left, const void *right) {
    const struct chunk_header *one = ((const struct chunk *)left)->header;
    const struct chunk_header *other = ((const struct chunk *)right)->header;
    if (one->thread != other->thread) {
        return one->thread < other->thread ? -1 : 1;
    }
    return one->sequence < other->sequence ? -1 : one->sequence > other->sequence;
}

static bool open_chunks(struct dead *dead, const char *directory) {
    DIR *entries = opendir(directory);
    if (entries == NULL) {
        return false;
    }
    size_t room = 0;
    bool enough = true;
    const struct dirent *entry;
    while (enough && (entry = readdir(entries)) != NULL) {
        if (strncmp(entry->d_name, "chunk-", 6) == 0) {
            struct mapped mapped = map_file(directory, entry->d_name);
            enough = mapped.base == NULL || add_chunk(dead, &room, mapped);
        }
    }
    closedir(entries);
    if (dead->chunks_count > 1) {
        qsort(dead->chunks, dead->chunks_count, sizeof *dead->chunks, by_thread);
    }
    return enough;
}

/*
 * The pairs of the process, and one of now: what it recorded since its last flush lies between. The
 * clocks of another boot are behind those of the process, or far off; then its own pairs must do.
 */
static void open_clock(struct dead *dead, const char *directory) {
    struct mapped file = map_file(directory, "clock");
    if (file.base != NULL && file.bytes >= sizeof dead->clock) {
        memcpy(&dead->clock, file.base, sizeof dead->clock);
    }
    unmap(&file);
    if (dead->clock.count > CLOCK_POINTS_MAX) {
        dead->clock.count = 0;
    }
    if (dead->clock.count > 0) {
        dead->seen_ns = dead->clock.points[dead->clock.count - 1].ns;
        clock_mark(&dead->clock);
    }
}

bool dead_open(struct dead *dead, const char *directory) {
    *dead = (struct dead){0};
    open_clock(dead, directory);
    dead->sites = map_file(directory, "sites");
    dead->cells = map_file(directory, "cells");
    dead->spans = map_file(directory, "open-spans");
    if (!open_chunks(dead, directory)) {
        dead_close(dead);
        return false;
    }
    return true;
}

void dead_close(struct dead *dead) {
    for (size_t at = 0; at < dead->chunks_count; at++) {
        munmap(dead->chunks[at].memory.base, dead->chunks[at].memory.bytes);
    }
    free(dead->chunks);
    dead->chunks = NULL;
    dead->chunks_count = 0;
    unmap(&dead->sites);
    unmap(&dead->cells);
    unmap(&dead->spans);
}

struct site_table dead_sites(const struct dead *dead) {
    return sites_table_at(dead->sites.base, dead->sites.bytes);
}

struct cell_table dead_cells(const struct dead *dead) {
    struct cell_table table = {NULL, 0};
    if (dead->cells.base != NULL) {
        cells_of(dead->cells.base, dead->cells.bytes, &table);
    }
    return table;
}
