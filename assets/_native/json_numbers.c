/* Numbers from their digits: see json_numbers.h. */
#define _GNU_SOURCE /* strtod_l */

#include "json_numbers.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif

/* The conversion of the C library in a locale whose decimal mark is known to be a point. */
static double double_of_text(const char *text) {
    static locale_t plain;
    locale_t known = __atomic_load_n(&plain, __ATOMIC_ACQUIRE);
    if (known == (locale_t)0) {
        known = newlocale(LC_ALL_MASK, "C", (locale_t)0); /* a race loses a few bytes, once */
        __atomic_store_n(&plain, known, __ATOMIC_RELEASE);
    }
    return known == (locale_t)0 ? strtod(text, NULL) : strtod_l(text, NULL, known);
}

/* A number of few digits is exact as digits times or over a power of ten that is exact too. */
static bool exact_double(struct span number, double *value) {
    static const double POWERS[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    bool negative = *number.at == '-', fraction = false;
    uint64_t digits = 0;
    unsigned places = 0;
    for (const uint8_t *at = number.at + negative; at < number.end; at++) {
        if (*at == '.') {
            fraction = true;
        } else if (*at > '9' || digits > (1ull << 53) / 10 - 1) {
            return false; /* an exponent, or many digits */
        } else {
            digits = digits * 10 + (*at - '0');
            places += fraction;
        }
    }
    if (places > 22) {
        return false;
    }
    *value = (double)digits / POWERS[places];
    *value = negative ? -*value : *value;
    return true;
}

bool double_of(struct span number, double *value) {
    if (exact_double(number, value)) {
        return true;
    }
    char text[JSON_NUMBER_CHARS_MAX + 1];
    size_t length = span_length(number);
    if (length > JSON_NUMBER_CHARS_MAX) {
        return false;
    }
    memcpy(text, number.at, length);
    text[length] = 0;
    *value = double_of_text(text);
    return true;
}

/* The limits of a kind: the greatest magnitude of a negative and of a positive number. */
static void limits_of(uint8_t kind, uint64_t *below, uint64_t *above) {
    switch (kind) {
    case KIND_UINT32:
    case KIND_FIXED32:
        *below = 0;
        *above = UINT32_MAX;
        break;
    case KIND_UINT64:
    case KIND_FIXED64:
        *below = 0;
        *above = UINT64_MAX;
        break;
    case KIND_INT64:
    case KIND_SFIXED64:
        *below = 1ull << 63;
        *above = INT64_MAX;
        break;
    default:
        *below = 1ull << 31;
        *above = INT32_MAX;
    }
}

static enum integer as_kind(uint8_t kind, bool negative, uint64_t magnitude, uint64_t *bits) {
    uint64_t below, above;
    limits_of(kind, &below, &above);
    if (magnitude > (negative ? below : above)) {
        return OUT_OF_RANGE;
    }
    *bits = negative ? 0 - magnitude : magnitude;
    if (kind == KIND_SINT32) {
        *bits = (uint32_t)(*bits << 1 ^ (negative && magnitude ? UINT64_MAX : 0));
    }
    return INTEGER;
}

static enum integer from_double(struct span number, uint8_t kind, uint64_t *bits) {
    double value;
    if (!double_of(number, &value)) {
        return LONG_INTEGER;
    }
    if (value - value != 0 || floor(value) != value) {
        return NO_INTEGER;
    }
    if (fabs(value) >= 0x1p64) {
        return OUT_OF_RANGE;
    }
    return as_kind(kind, value < 0, (uint64_t)fabs(value), bits);
}

enum integer integer_of(struct span number, uint8_t kind, uint64_t *bits) {
    bool negative = *number.at == '-', over = false;
    uint64_t magnitude = 0;
    for (const uint8_t *at = number.at + negative; at < number.end; at++) {
        if (*at < '0' || *at > '9') {
            return from_double(number, kind, bits);
        }
        over = over || __builtin_mul_overflow(magnitude, 10, &magnitude) ||
               __builtin_add_overflow(magnitude, (uint64_t)(*at - '0'), &magnitude);
    }
    return over ? OUT_OF_RANGE : as_kind(kind, negative, magnitude, bits);
}

const char *name_of_kind(uint8_t kind) {
    static const char *const NAMES[] = {
        [KIND_ENUM] = "int32",     [KIND_INT32] = "int32",     [KIND_UINT32] = "uint32",
        [KIND_SINT32] = "sint32",  [KIND_INT64] = "int64",     [KIND_UINT64] = "uint64",
        [KIND_FIXED32] = "fixed32", [KIND_FIXED64] = "fixed64", [KIND_SFIXED64] = "sfixed64",
    };
    return NAMES[kind];
}
