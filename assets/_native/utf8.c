/* Which bytes are a character of UTF-8, and which are to be replaced: as Python decodes. */
#include "text.h"

/* How many bytes a character has that begins with this byte; 0 where none does. */
static size_t expected(uint8_t first) {
    if (first < 0x80) {
        return 1;
    }
    if (first < 0xc2 || first > 0xf4) {
        return 0;
    }
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* Whether the second byte may follow the first: no overlong forms, surrogates, or over U+10FFFF. */
static bool follows(uint8_t first, uint8_t second) {
    if ((second & 0xc0) != 0x80) {
        return false;
    }
    switch (first) {
    case 0xe0:
        return second >= 0xa0;
    case 0xed:
        return second < 0xa0;
    case 0xf0:
        return second >= 0x90;
    case 0xf4:
        return second < 0x90;
    default:
        return true;
    }
}

size_t utf8_character(struct span bytes, size_t *bad) {
    size_t length = expected(bytes.at[0]), left = span_length(bytes);
    *bad = 1;
    if (length <= 1) {
        return length;
    }
    for (size_t i = 1; i < length; i++) {
        bool good = i < left && (i == 1 ? follows(bytes.at[0], bytes.at[1])
                                        : (bytes.at[i] & 0xc0) == 0x80);
        if (!good) {
            *bad = i;
            return 0;
        }
    }
    return length;
}
