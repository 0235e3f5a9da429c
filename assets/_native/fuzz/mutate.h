/* Changes of protobuf that keep it whole: what plain mutation of bytes hardly ever does. */
#ifndef LIMNOGRAPH_FUZZ_MUTATE_H
#define LIMNOGRAPH_FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Changes one field somewhere in a message, in place, and the lengths of all that it stands in.
 * Returns the new size; 0 if it is no message or there is no room.
 */
size_t mutate_message(uint8_t *bytes, size_t size, size_t size_max, unsigned seed);

#endif
