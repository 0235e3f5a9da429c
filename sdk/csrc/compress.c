/*
 * zstd, where the machine has its library: found at run time, so that nothing has to be built in.
 *
 * Rule: only functions of the library's stable interface, by its declared types, are called.
 */
#include "compress.h"

#include <dlfcn.h>

/* Parameters of the stable interface. */
enum { LEVEL_PARAMETER = 100, CHECKSUM_PARAMETER = 201, LEVEL = 1 };

static const char *const NAMES[] = {
#if defined(__APPLE__)
    "libzstd.1.dylib", "/opt/homebrew/lib/libzstd.1.dylib", "/usr/local/lib/libzstd.1.dylib",
#else
    "libzstd.so.1",
#endif
};

static struct {
    void *library;
    void *(*context_new)(void);
    size_t (*context_free)(void *);
    size_t (*set)(void *, int, int);
    size_t (*bound)(size_t);
    size_t (*compress)(void *, void *, size_t, const void *, size_t);
    unsigned (*is_error)(size_t);
} zstd;

static bool symbol(void *function, const char *name) {
    void *found = dlsym(zstd.library, name);
    memcpy(function, &found, sizeof found); /* C has no cast from object to function */
    return found != NULL;
}

bool compress_open(void) {
    static bool tried, usable;
    if (tried) {
        return usable;
    }
    tried = true;
    for (size_t at = 0; at < sizeof NAMES / sizeof *NAMES && !zstd.library; at++) {
        zstd.library = dlopen(NAMES[at], RTLD_NOW | RTLD_LOCAL);
    }
    usable = zstd.library && symbol(&zstd.context_new, "ZSTD_createCCtx") &&
             symbol(&zstd.context_free, "ZSTD_freeCCtx") &&
             symbol(&zstd.set, "ZSTD_CCtx_setParameter") &&
             symbol(&zstd.bound, "ZSTD_compressBound") &&
             symbol(&zstd.compress, "ZSTD_compress2") && symbol(&zstd.is_error, "ZSTD_isError");
    return usable;
}

struct compressor *compressor_new(void) {
    if (!compress_open()) {
        return NULL;
    }
    void *context = zstd.context_new();
    if (context && (zstd.is_error(zstd.set(context, LEVEL_PARAMETER, LEVEL)) ||
                    zstd.is_error(zstd.set(context, CHECKSUM_PARAMETER, 1)))) {
        zstd.context_free(context);
        context = NULL;
    }
    return context;
}

void compressor_free(struct compressor *compressor) {
    if (compressor) {
        zstd.context_free(compressor);
    }
}

bool compress_frame(struct compressor *compressor, struct buffer *out, const void *bytes,
                    size_t size) {
    size_t bound = zstd.bound(size);
    uint8_t *room = zstd.is_error(bound) ? NULL : buffer_room(out, bound);
    if (!room) {
        return false;
    }
    size_t made = zstd.compress(compressor, room, bound, bytes, size);
    if (zstd.is_error(made)) {
        return false;
    }
    out->size += made;
    return true;
}
