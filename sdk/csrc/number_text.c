/*
 * Numbers as Python writes them, without Python.
 *
 * Rule: no locale takes part. printf is asked for digits only, and strtod is given whole numbers
 * with an exponent, so that neither ever sees a decimal point.
 */
#include "number_text.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DIGITS_MAX = 17,   /* digits that tell any two doubles apart */
    EXACT_DIGITS = 15, /* any decimal of so many digits is the only one for its double */
    SCALES = 7,        /* decimal places that the quick way tries */
    TIE_DIGITS = 45,   /* digits that decide which of two candidates is closer */
};

static const double POWERS[SCALES] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};

size_t unsigned_text(uint64_t value, char *text) {
    char reversed[INTEGER_TEXT_MAX];
    size_t count = 0;
    do {
        reversed[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    for (size_t at = 0; at < count; at++) {
        text[at] = reversed[count - 1 - at];
    }
    return count;
}

size_t integer_text(int64_t value, char *text) {
    if (value >= 0) {
        return unsigned_text((uint64_t)value, text);
    }
    text[0] = '-';
    return 1 + unsigned_text(0 - (uint64_t)value, text + 1);
}

/* A decimal number: digits, and the power of ten that the last digit counts. */
struct decimal {
    uint64_t digits;
    int exponent;
};

static bool quick_decimal(double value, struct decimal *found) {
    for (int scale = 0; scale < SCALES; scale++) {
        double whole = rint(value * POWERS[scale]);
        if (whole >= 1e15) {
            return false;
        }
        if (whole / POWERS[scale] == value) {
            *found = (struct decimal){(uint64_t)whole, -scale};
            return true;
        }
    }
    return false;
}

static bool reads_back(uint64_t digits, int exponent, double value) {
    char text[FLOAT_TEXT_MAX];
    size_t size = unsigned_text(digits, text);
    text[size++] = 'e';
    size += integer_text(exponent, text + size);
    text[size] = '\0';
    return strtod(text, NULL) == value;
}

/* Digits of `value`, `count` of them, as printf rounds them; returns the last one's exponent. */
static int printed_digits(double value, int count, char *digits) {
    char text[TIE_DIGITS + 32];
    snprintf(text, sizeof text, "%.*e", count - 1, value);
    int at = 0;
    const char *from = text;
    for (; *from && *from != 'e'; from++) {
        if (*from >= '0' && *from <= '9') {
            digits[at++] = *from;
        }
    }
    digits[at] = '\0';
    return (int)strtol(from + 1, NULL, 10) - (count - 1);
}

/* Where `value` lies relative to the middle of two neighbours, whose 17 digits are given. */
static int beside_middle(double value, uint64_t middle) {
    char digits[TIE_DIGITS + 1], expected[INTEGER_TEXT_MAX];
    printed_digits(value, TIE_DIGITS, digits);
    size_t size = unsigned_text(middle, expected);
    int order = memcmp(digits, expected, size);
    if (order) {
        return order;
    }
    return strspn(digits + size, "0") == strlen(digits + size) ? 0 : 1;
}

static struct decimal shortest(double value) {
    char text[DIGITS_MAX + 1];
    int exponent = printed_digits(value, DIGITS_MAX, text);
    uint64_t all = strtoull(text, NULL, 10), unit = 1;
    struct decimal best = {all, exponent};
    for (int dropped = 1; dropped < DIGITS_MAX; dropped++) {
        unit *= 10;
        uint64_t low = all / unit, rest = all - low * unit;
        bool below = low && reads_back(low, exponent + dropped, value);
        bool above = reads_back(low + 1, exponent + dropped, value);
        if (!below && !above) {
            break;
        }
        bool up = above;
        if (below && above) {
            up = rest > unit / 2;
            if (rest == unit / 2) {
                int side = beside_middle(value, all);
                up = side > 0 || (side == 0 && low & 1);
            }
        }
        best = (struct decimal){low + up, exponent + dropped};
    }
    return best;
}

static size_t written(struct decimal number, char *text) {
    char digits[INTEGER_TEXT_MAX];
    while (number.digits && number.digits % 10 == 0) {
        number.digits /= 10;
        number.exponent++;
    }
    int count = (int)unsigned_text(number.digits, digits), point = count + number.exponent;
    char *at = text;
    if (point > 16 || point <= -4) {
        *at++ = digits[0];
        if (count > 1) {
            *at++ = '.';
            memcpy(at, digits + 1, (size_t)(count - 1));
            at += count - 1;
        }
        at += snprintf(at, 8, "e%c%02d", point > 0 ? '+' : '-', abs(point - 1));
        return (size_t)(at - text);
    }
    if (point <= 0) {
        *at++ = '0';
        *at++ = '.';
        for (int zeros = point; zeros < 0; zeros++) {
            *at++ = '0';
        }
        memcpy(at, digits, (size_t)count);
        return (size_t)(at - text) + (size_t)count;
    }
    for (int place = 0; place < point; place++) {
        *at++ = place < count ? digits[place] : '0';
    }
    *at++ = '.';
    if (count <= point) {
        *at++ = '0';
    }
    for (int place = point; place < count; place++) {
        *at++ = digits[place];
    }
    return (size_t)(at - text);
}

size_t float_text(double value, char *text) {
    if (isnan(value)) {
        memcpy(text, "nan", 3);
        return 3;
    }
    size_t sign = signbit(value) ? 1 : 0;
    if (sign) {
        text[0] = '-';
    }
    value = fabs(value);
    if (isinf(value)) {
        memcpy(text + sign, "inf", 3);
        return sign + 3;
    }
    if (value == 0) {
        memcpy(text + sign, "0.0", 3);
        return sign + 3;
    }
    struct decimal number;
    if (!quick_decimal(value, &number)) {
        number = shortest(value);
    }
    return sign + written(number, text + sign);
}
