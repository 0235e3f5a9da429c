/*
 * zstd, where the machine has its library: found at run time, so that nothing has to be built in.
 */
#ifndef LIMNO_COMPRESS_H
#define LIMNO_COMPRESS_H

#include "buffer.h"

/* Look for the library, once; false when there is none: then whoever gets the bytes compresses. */
bool compress_open(void);

/* A compressor for one thread at a time; NULL without the library or memory. */
struct compressor *compressor_new(void);
void compressor_free(struct compressor *compressor);

/* Append one frame (level 1, with checksum) over the bytes; false when it could not be made. */
bool compress_frame(struct compressor *compressor, struct buffer *out, const void *bytes,
                    size_t size);

#endif
