/*
 * One conversion of a template: `%-8.3f` and its argument.
 *
 * Rule: widths, signs and errors are those of Python's str % tuple, which differ from printf's.
 */
#include "conversion.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "limits.h"
#include "number_text.h"
#include "utf8.h"

/* printf of a double: 309 digits before the point, the precision behind it. */
enum { PRINTED_MAX = 320 + FORMAT_WIDTH_MAX + 16 };

static bool fail(struct failure *failure, const char *text) {
    failure->text = text;
    return false;
}

static bool wrong_type(struct failure *failure, char letter, const char *wanted,
                       const struct value *value) {
    failure->text = "TypeError: ";
    snprintf(failure->detail, sizeof failure->detail, "%%%c format: %s is required, not %s",
             letter, wanted, value_type(value));
    return false;
}

static void fill(struct buffer *out, char with, size_t count) {
    uint8_t *at = buffer_room(out, count);
    if (at) {
        memset(at, with, count);
        out->size += count;
    }
}

/* Appends text of `chars` characters within the width. */
static void padded(struct buffer *out, const struct conversion *how, const uint8_t *text,
                   size_t size, size_t chars) {
    size_t width = how->width > 0 ? (size_t)how->width : 0;
    size_t padding = width > chars ? width - chars : 0;
    if (!how->left) {
        fill(out, ' ', padding);
    }
    buffer_append(out, text, size);
    if (how->left) {
        fill(out, ' ', padding);
    }
}

static bool convert_text(struct buffer *out, const struct conversion *how,
                         const struct value *value) {
    struct buffer text = {0};
    if (how->letter == 's') {
        value_str(&text, value);
    } else {
        value_repr(&text, value, how->letter == 'a');
    }
    size_t chars = utf8_count(text.data, text.size), size = text.size;
    if (how->precision >= 0 && chars > (size_t)how->precision) {
        chars = (size_t)how->precision;
        size = 0;
        for (size_t at = 0; at < chars; at++) {
            size += utf8_character(text.data + size, text.size - size);
        }
    }
    padded(out, how, text.data, size, chars);
    out->failed = out->failed || text.failed;
    buffer_free(&text);
    return true;
}

/* Appends digits with sign, prefix (0x, 0o) and zeros as Python places them. */
static void numeric(struct buffer *out, const struct conversion *how, const char *text,
                    size_t size, const char *prefix) {
    char sign = 0, with = how->zero ? '0' : ' ';
    size_t width = how->width > 0 ? (size_t)how->width : 0;
    if (size && text[0] == '-') {
        sign = '-';
        text++;
        size--;
    } else if (how->plus || how->blank) {
        sign = how->plus ? '+' : ' ';
    }
    size_t all = size + strlen(prefix) + (sign ? 1 : 0);
    size_t padding = width > all ? width - all : 0;
    if (!how->left && with == ' ') {
        fill(out, ' ', padding);
    }
    if (sign) {
        buffer_byte(out, (uint8_t)sign);
    }
    buffer_text(out, prefix);
    if (!how->left && with == '0') {
        fill(out, '0', padding);
    }
    buffer_append(out, text, size);
    if (how->left) {
        fill(out, ' ', padding);
    }
}

/* Appends digits (with a minus if negative), at least as many as the precision says. */
static void integer(struct buffer *out, const struct conversion *how, const char *text,
                    size_t size) {
    char digits[PRINTED_MAX];
    size_t minus = text[0] == '-', zeros = 0;
    if (how->precision > (int)(size - minus)) {
        zeros = (size_t)how->precision - (size - minus);
    }
    if (minus) {
        digits[0] = '-';
    }
    memset(digits + minus, '0', zeros);
    memcpy(digits + minus + zeros, text + minus, size - minus);
    const char *prefix = "";
    if (how->alternate) {
        prefix = how->letter == 'x' ? "0x" : how->letter == 'X' ? "0X"
               : how->letter == 'o' ? "0o" : "";
    }
    numeric(out, how, digits, size + zeros, prefix);
}

static size_t in_base(int64_t value, char letter, char *text) {
    const char *digits = letter == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    unsigned bits = letter == 'o' ? 3 : 4;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    char reversed[INTEGER_TEXT_MAX];
    size_t count = 0, size = 0;
    do {
        reversed[count++] = digits[rest & ((1u << bits) - 1)];
        rest >>= bits;
    } while (rest);
    if (value < 0) {
        text[size++] = '-';
    }
    while (count) {
        text[size++] = reversed[--count];
    }
    return size;
}

static bool convert_integer(struct buffer *out, const struct conversion *how,
                            const struct value *value, struct failure *failure) {
    bool decimal = strchr("diu", how->letter) != NULL;
    const char *wanted = decimal ? "a real number" : "an integer";
    char text[PRINTED_MAX];
    size_t size;
    switch (value->tag) {
    case VALUE_TRUE:
    case VALUE_FALSE:
    case VALUE_INT:
        size = decimal ? integer_text(value->integer, text)
                       : in_base(value->integer, how->letter, text);
        break;
    case VALUE_FLOAT:
        if (!decimal) {
            return wrong_type(failure, how->letter, wanted, value);
        }
        if (isnan(value->number)) {
            return fail(failure, "ValueError: cannot convert float NaN to integer");
        }
        if (isinf(value->number)) {
            return fail(failure, "OverflowError: cannot convert float infinity to integer");
        }
        /* Whole numbers need no decimal point, so no locale takes part. */
        size = (size_t)snprintf(text, sizeof text, "%.0f", trunc(value->number) + 0.0);
        if (size == 2 && memcmp(text, "-0", 2) == 0) {
            memcpy(text, "0", size = 1);
        }
        break;
    default:
        return wrong_type(failure, how->letter, wanted, value);
    }
    integer(out, how, text, size);
    return true;
}

/* The locale's decimal point, whatever its bytes, becomes a point. */
static size_t with_point(char *text, size_t size) {
    size_t kept = 0;
    bool inside = false;
    for (size_t at = 0; at < size; at++) {
        bool ours = text[at] && strchr("+-0123456789eEinfaINFA", text[at]);
        if (ours) {
            text[kept++] = text[at];
        } else if (!inside) {
            text[kept++] = '.';
        }
        inside = !ours;
    }
    return kept;
}

static bool convert_float(struct buffer *out, const struct conversion *how,
                          const struct value *value, struct failure *failure) {
    double number = (double)value->integer;
    if (value->tag == VALUE_FLOAT) {
        number = value->number;
    } else if (value->tag != VALUE_INT && value->tag != VALUE_TRUE && value->tag != VALUE_FALSE) {
        failure->text = "TypeError: must be real number, not ";
        snprintf(failure->detail, sizeof failure->detail, "%s", value_type(value));
        return false;
    }
    if (isnan(number)) {
        number = NAN; /* without a sign, as Python writes it */
    }
    int precision = how->precision < 0 ? 6 : how->precision;
    const char pattern[] = {'%', how->alternate ? '#' : '.', how->alternate ? '.' : '*',
                            how->alternate ? '*' : how->letter, how->alternate ? how->letter : 0,
                            0};
    char text[PRINTED_MAX];
    int size = snprintf(text, sizeof text, pattern, precision, number);
    if (size < 0 || (size_t)size >= sizeof text) {
        return fail(failure, "ValueError: precision too large");
    }
    char *start = text;
    if (isnan(number) && text[0] == '-') {
        start++;
        size--;
    }
    if (!isfinite(number)) {
        for (int at = 0; at < size; at++) {
            start[at] |= start[at] >= 'A' && start[at] <= 'Z' && how->letter >= 'a' ? 0x20 : 0;
        }
    }
    numeric(out, how, start, with_point(start, (size_t)size), "");
    return true;
}

static size_t encoded(uint32_t code, uint8_t text[4]) {
    if (code < 0x80) {
        text[0] = (uint8_t)code;
        return 1;
    }
    size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t at = size; --at;) {
        text[at] = (uint8_t)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    text[0] = (uint8_t)(0xF00u >> size | code);
    return size;
}

static bool convert_character(struct buffer *out, const struct conversion *how,
                              const struct value *value, struct failure *failure) {
    uint8_t text[4];
    size_t size;
    switch (value->tag) {
    case VALUE_TRUE:
    case VALUE_FALSE:
    case VALUE_INT:
        if (value->integer < 0 || value->integer > 0x10FFFF) {
            return fail(failure, "OverflowError: %c arg not in range(0x110000)");
        }
        size = encoded((uint32_t)value->integer, text);
        if (utf8_surrogate(text, size)) {
            text[0] = '?';
            size = 1;
        }
        break;
    case VALUE_TEXT:
        size = utf8_character(value->text, value->size);
        if (size && size == value->size) {
            memcpy(text, value->text, size);
            break;
        }
        return fail(failure, "TypeError: %c requires int or char");
    default:
        return fail(failure, "TypeError: %c requires int or char");
    }
    padded(out, how, text, size, 1);
    return true;
}

bool convert(struct buffer *out, const struct conversion *how, const struct value *value,
             struct failure *failure) {
    switch (how->letter) {
    case 's':
    case 'r':
    case 'a':
        return convert_text(out, how, value);
    case 'c':
        return convert_character(out, how, value, failure);
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X':
        return convert_integer(out, how, value, failure);
    default:
        return convert_float(out, how, value, failure);
    }
}
