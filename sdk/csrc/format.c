/*
 * Python's `%` over a template and tagged values (payload.h), without Python.
 *
 * Rule: the text is the one that Python would have made, errors included, or the template is
 * refused beforehand by template_supported() and the caller formats at the call.
 */
#include "format.h"

#include "conversion.h"
#include "limits.h"
#include "utf8.h"

/* Reads digits; false when there are so many that the caller had better format. */
static bool read_number(const uint8_t **at, const uint8_t *end, int *number) {
    *number = 0;
    while (*at < end && **at >= '0' && **at <= '9') {
        *number = *number * 10 + (**at - '0');
        if (*number > FORMAT_WIDTH_MAX) {
            return false;
        }
        (*at)++;
    }
    return true;
}

/* Reads what follows a percent sign; false when it is nothing that is supported. */
static bool read_conversion(const uint8_t **at, const uint8_t *end, struct conversion *found) {
    *found = (struct conversion){.width = -1, .precision = -1};
    if (*at < end && **at == '%') { /* only without flags, width and so on */
        found->letter = (char)*(*at)++;
        return true;
    }
    for (; *at < end; (*at)++) {
        switch (**at) {
        case '-': found->left = true; continue;
        case '+': found->plus = true; continue;
        case ' ': found->blank = true; continue;
        case '#': found->alternate = true; continue;
        case '0': found->zero = true; continue;
        default: break;
        }
        break;
    }
    if (*at < end && **at >= '1' && **at <= '9' && !read_number(at, end, &found->width)) {
        return false;
    }
    if (*at < end && **at == '.') {
        (*at)++;
        if (!read_number(at, end, &found->precision)) {
            return false;
        }
    }
    if (*at < end && (**at == 'h' || **at == 'l' || **at == 'L')) {
        (*at)++;
    }
    if (*at == end || **at == '\0' || !strchr("sradiuoxXeEfFgGc", **at)) {
        return false;
    }
    found->letter = (char)*(*at)++;
    return true;
}

enum template_support template_supported(const void *text, size_t size) {
    const uint8_t *at = text, *end = at + size;
    enum template_support found = TEMPLATE_ANY_ARGS;
    while (at < end && (at = memchr(at, '%', (size_t)(end - at))) != NULL) {
        struct conversion one;
        at++;
        if (!read_conversion(&at, end, &one)) {
            return TEMPLATE_REFUSED;
        }
        if (one.letter == 'r' || one.letter == 'a') {
            found = TEMPLATE_ASCII_ARGS;
        }
    }
    return found;
}

/* Appends the whole message; false when `failure` says why not or the bytes are broken. */
static bool formatted(struct buffer *out, struct reader template, struct reader *arguments,
                      uint32_t count, struct failure *failure) {
    while (template.at < template.end) {
        size_t size = (size_t)(template.end - template.at);
        const uint8_t *percent = memchr(template.at, '%', size);
        const uint8_t *stop = percent ? percent : template.end;
        utf8_append(out, template.at, (size_t)(stop - template.at), TEXT_CHARS_MAX);
        if (!percent) {
            break;
        }
        template.at = percent + 1;
        struct conversion one;
        if (!read_conversion(&template.at, template.end, &one)) {
            failure->text = "ValueError: incomplete format";
            return false;
        }
        if (one.letter == '%') {
            buffer_byte(out, '%');
            continue;
        }
        if (!count) {
            failure->text = "TypeError: not enough arguments for format string";
            return false;
        }
        struct value value;
        count--;
        if (!read_value(arguments, &value) || !convert(out, &one, &value, failure)) {
            return false;
        }
    }
    if (count) {
        failure->text = "TypeError: not all arguments converted during string formatting";
    }
    return !count;
}

/* Cuts what was appended from `start` on at TEXT_CHARS_MAX characters. */
static void cut(struct buffer *out, size_t start) {
    size_t size = out->size - start;
    if (size <= TEXT_CHARS_MAX) {
        return;
    }
    size_t at = 0;
    for (size_t chars = 0; at < size && chars < TEXT_CHARS_MAX; chars++) {
        at += utf8_character(out->data + start + at, size - at);
    }
    out->size = start + at;
}

bool format_message(struct buffer *out, const uint8_t *text, size_t size, struct reader *arguments,
                    uint32_t count) {
    struct failure failure = {0};
    size_t start = out->size;
    struct reader template = {text, text + size};
    if (formatted(out, template, arguments, count, &failure)) {
        cut(out, start);
        return true;
    }
    out->size = start;
    if (!failure.text) {
        return false;
    }
    utf8_append(out, text, size, TEXT_CHARS_MAX);
    buffer_text(out, " [format error: ");
    buffer_text(out, failure.text);
    if (failure.detail[0]) {
        buffer_text(out, failure.detail);
    }
    buffer_byte(out, ']');
    return true;
}
