/*
 * The call sites that the rows of one block refer to, numbered as they are met.
 *
 * Rule: a descriptor in an event is not aligned, so its fixed part is copied before it is read.
 */
#include "block_sites.h"

#include <stddef.h>

#include "json.h"

void block_sites_begin(struct block_sites *sites, struct site_table table) {
    sites->table = table;
    buffer_empty(&sites->json);
    buffer_empty(&sites->names);
    dictionary_empty(&sites->seen);
    memset(sites->recent, 0, sizeof sites->recent);
}

void block_sites_free(struct block_sites *sites) {
    buffer_free(&sites->json);
    buffer_free(&sites->names);
    dictionary_free(&sites->seen);
}

static void text(struct buffer *json, const char *key, struct text value) {
    json_key(json, key);
    json_text(json, value.utf8, value.size);
}

/* Describes a site whose texts follow each other at `texts`. */
static void describe(struct block_sites *sites, const struct site *fixed, const char *texts) {
    struct text name = {texts, fixed->name_size};
    struct text target = {name.utf8 + name.size, fixed->target_size};
    struct text file = {target.utf8 + target.size, fixed->file_size};
    struct text unit = {file.utf8 + file.size, fixed->unit_size};
    struct buffer *json = &sites->json;
    if (json->size) {
        buffer_byte(json, ',');
    }
    buffer_byte(json, '{');
    text(json, "name", name);
    text(json, "target", target);
    text(json, "file", file);
    json_key(json, "line");
    json_integer(json, fixed->line);
    text(json, "unit", unit);
    buffer_byte(json, '}');
    buffer_append(&sites->names, &name, sizeof name);
}

uint32_t block_site(struct block_sites *sites, uint32_t number) {
    uint32_t *recent = sites->recent[number % SITES_RECENT];
    if (recent[1] && recent[0] == number) {
        return recent[1] - 1;
    }
    static const struct site NOWHERE;
    const struct site *site = site_at(sites->table, number);
    if (!site) {
        site = &NOWHERE;
        number = SITE_NONE;
    }
    uint32_t known = sites->seen.count;
    uint32_t found = dictionary_number(&sites->seen, &number, sizeof number);
    if (found == known && !sites->seen.failed) {
        describe(sites, site, site->texts);
    }
    recent[0] = number;
    recent[1] = found + 1;
    return found;
}

bool block_site_inline(struct block_sites *sites, const uint8_t *bytes, size_t size,
                       uint32_t *number) {
    struct site fixed;
    if (size < offsetof(struct site, texts)) {
        return false;
    }
    memcpy(&fixed, bytes, offsetof(struct site, texts));
    uint64_t texts = (uint64_t)fixed.name_size + fixed.target_size + fixed.file_size;
    if (texts + fixed.unit_size > size - offsetof(struct site, texts)) {
        return false;
    }
    uint32_t known = sites->seen.count;
    *number = dictionary_number(&sites->seen, bytes, size);
    if (*number == known && !sites->seen.failed) {
        describe(sites, &fixed, (const char *)bytes + offsetof(struct site, texts));
    }
    return true;
}

struct text block_site_name(const struct block_sites *sites, uint32_t number) {
    struct text name = {"", 0};
    if ((number + 1) * sizeof name <= sites->names.size) {
        memcpy(&name, sites->names.data + number * sizeof name, sizeof name);
    }
    return name;
}
