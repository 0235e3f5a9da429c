/*
 * The columns of log rows; messages are formatted here, off the application's threads.
 */
#include "pack.h"

#include "format.h"
#include "limits.h"
#include "utf8.h"

struct parts {
    struct text message;
    struct reader arguments;
    uint32_t count;
};

/* Finds message and arguments in a payload; what is broken is as if it were not there. */
static void find(const struct row *row, struct parts *parts) {
    struct reader reader = {row->payload, row->payload_end};
    const uint8_t *text;
    uint32_t size;
    uint8_t tag, count;
    while (read_u8(&reader, &tag) &&
           (tag == PART_SITE || tag == PART_MESSAGE || tag == PART_ARGUMENTS)) {
        if (tag == PART_ARGUMENTS) {
            if (read_u8(&reader, &count)) {
                parts->arguments = reader;
                parts->count = count;
            }
            return; /* the arguments come last of what makes the message */
        }
        if (!read_text(&reader, &text, &size)) {
            return;
        }
        if (tag == PART_MESSAGE) {
            parts->message = (struct text){(const char *)text, size};
        }
    }
}

static void message(struct packer *packer, const struct row *row, uint32_t site) {
    struct buffer *out = &packer->messages.data;
    struct parts parts = {.message = block_site_name(&packer->sites, site)};
    if (row->payload != row->payload_end) {
        find(row, &parts);
    }
    const uint8_t *text = (const uint8_t *)parts.message.utf8;
    if (!parts.count ||
        !format_message(out, text, parts.message.size, &parts.arguments, parts.count)) {
        utf8_append(out, text, parts.message.size, TEXT_CHARS_MAX);
    }
    texts_end(&packer->messages);
}

void pack_log(struct packer *packer, const struct row *rows, size_t count) {
    pack_times(packer, "time", rows, count);
    pack_sites(packer, rows, count);
    const uint32_t *sites = (const uint32_t *)(const void *)packer->first.data;
    uint8_t *levels = pack_column(packer, &packer->second, count, 1);
    if (!levels || packer->first.failed) {
        return;
    }
    for (size_t at = 0; at < count; at++) {
        levels[at] = rows[at].code;
        message(packer, &rows[at], sites[at]);
    }
    column_uint8(&packer->columns, "level", levels, count);
    column_utf8(&packer->columns, "msg", &packer->messages, count);
    pack_properties(packer, rows, count);
}
