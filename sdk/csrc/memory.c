/* Memory for what is recorded: mapped files on tmpfs, or anonymous pages. */
#define _GNU_SOURCE
#include "memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char directory[MEMORY_PATH_MAX];

static bool path_of(char *path, size_t size, const char *name) {
    int length = snprintf(path, size, "%s/%s", directory, name);
    return length > 0 && (size_t)length < size;
}

bool memory_directory(const char *path) {
    directory[0] = '\0';
    if (path == NULL) {
        return true;
    }
    if (strlen(path) + 64 > sizeof directory) {
        return false;
    }
    strcpy(directory, path);
    return true;
}

static bool reserve(int file, size_t bytes) {
#if defined(__linux__)
    return fallocate(file, 0, 0, (off_t)bytes) == 0;
#else
    (void)file;
    (void)bytes;
    return false; /* no way to be sure of the pages: use anonymous memory */
#endif
}

static bool map_file(struct memory *memory, const char *name, size_t bytes, size_t backed) {
    char path[MEMORY_PATH_MAX + 64];
    if (directory[0] == '\0' || name == NULL || !path_of(path, sizeof path, name)) {
        return false;
    }
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) {
        return false;
    }
    void *base = MAP_FAILED;
    if (reserve(file, backed)) {
        base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    }
    if (base == MAP_FAILED) {
        close(file);
        unlink(path);
        return false;
    }
    bool grows = backed < bytes;
    if (!grows) {
        close(file);
    }
    *memory = (struct memory){base, bytes, backed, grows ? file : -1, true};
    return true;
}

bool memory_map(struct memory *memory, const char *name, size_t bytes, size_t backed) {
    if (map_file(memory, name, bytes, backed)) {
        return true;
    }
    void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) {
        *memory = (struct memory){NULL, 0, 0, -1, false};
        return false;
    }
    *memory = (struct memory){base, bytes, bytes, -1, false};
    return true;
}

bool memory_back(struct memory *memory, size_t backed) {
    if (backed <= memory->backed) {
        return true;
    }
    if (backed > memory->bytes || memory->file < 0 || !reserve(memory->file, backed)) {
        return false;
    }
    memory->backed = backed;
    return true;
}

void memory_unmap(struct memory *memory, const char *name) {
    char path[MEMORY_PATH_MAX + 64];
    if (memory->base == NULL) {
        return;
    }
    munmap(memory->base, memory->bytes);
    if (memory->file >= 0) {
        close(memory->file);
    }
    if (memory->shared && name != NULL && directory[0] != '\0' &&
        path_of(path, sizeof path, name)) {
        unlink(path);
    }
    *memory = (struct memory){NULL, 0, 0, -1, false};
}

bool memory_move(struct memory *memory, const char *name) {
    struct memory moved;
    if (!memory_map(&moved, name, memory->bytes, memory->backed)) {
        return false;
    }
    memcpy(moved.base, memory->base, memory->backed);
    memory_unmap(memory, NULL);
    *memory = moved;
    return true;
}
