/*
 * Memory for what is recorded: files of a directory on tmpfs when there is one, so that it outlives
 * the process, else anonymous.
 *
 * Rule: every byte handed out is backed before it is written to. A full tmpfs makes a request fall
 * back to anonymous memory here; it never becomes a SIGBUS in the application.
 */
#ifndef LIMNO_MEMORY_H
#define LIMNO_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#define MEMORY_PATH_MAX 1024

struct memory {
    void *base;      /* NULL: none */
    size_t bytes;    /* of address space */
    size_t backed;   /* bytes that may be written to, from the start */
    int file;        /* descriptor kept open where it may have to grow, else -1 */
    bool shared;     /* backed by a file that another process may read */
};

/* Name the directory of the files made from now on; NULL: anonymous memory only. */
bool memory_directory(const char *path);

/*
 * Map *bytes*, of which the first *backed* may be written to at once, as file *name* or anonymous.
 * Returns false without memory. Contents are zero.
 */
bool memory_map(struct memory *memory, const char *name, size_t bytes, size_t backed);

/* Make the first *backed* bytes writable; false when there is no memory for them. */
bool memory_back(struct memory *memory, size_t backed);

/* Give the mapping back; the file is removed with it when *name* is given. */
void memory_unmap(struct memory *memory, const char *name);

/* As memory_map, with the old contents and offsets; the old mapping is given back. */
bool memory_move(struct memory *memory, const char *name);

#endif
