/* The table of call sites: appending descriptors and reading them with every length checked. */
#include "sites.h"

#include <stdatomic.h>
#include <string.h>

#include "limits.h"

#define TABLE_NAME "sites"
#define TABLE_STEP (64u * 1024)

struct table_header {
    char magic[8];
    uint32_t version;
    uint32_t reserved;
    _Atomic uint64_t used;
    uint8_t reserved2[40];
};

static struct memory table;

static struct table_header *header(void) { return table.base; }

bool sites_open(void) {
    if (table.base != NULL) {
        return true;
    }
    if (!memory_map(&table, TABLE_NAME, SITE_TABLE_BYTES, TABLE_STEP)) {
        return false;
    }
    memcpy(header()->magic, "LIMNOSIT", 8);
    header()->version = 1;
    atomic_store_explicit(&header()->used, sizeof(struct table_header), memory_order_release);
    return true;
}

bool sites_move(void) {
    if (table.base == NULL) {
        return sites_open();
    }
    /* Of an anonymous table only what is used has to be backed, and copied. */
    size_t used = atomic_load_explicit(&header()->used, memory_order_relaxed);
    size_t steps = (used + TABLE_STEP - 1) / TABLE_STEP;
    table.backed = steps * TABLE_STEP;
    return memory_move(&table, TABLE_NAME);
}

struct site_table sites_table(void) {
    return (struct site_table){
        table.base, atomic_load_explicit(&header()->used, memory_order_acquire)};
}

struct site_table sites_table_at(const void *base, size_t bytes) {
    struct table_header *found = (struct table_header *)base;
    if (bytes < sizeof *found || memcmp(found->magic, "LIMNOSIT", 8) != 0 || found->version != 1) {
        return (struct site_table){NULL, 0};
    }
    uint64_t used = atomic_load(&found->used);
    return (struct site_table){base, used < bytes ? (size_t)used : bytes};
}

static uint32_t cut(struct text text) {
    if (text.size <= SITE_TEXT_BYTES_MAX) {
        return text.size;
    }
    uint32_t size = SITE_TEXT_BYTES_MAX;
    while (size > 0 && ((uint8_t)text.utf8[size] & 0xC0) == 0x80) {
        size--; /* not inside a character */
    }
    return size;
}

static char *append(char *at, struct text text, uint32_t size) {
    if (size > 0) {
        memcpy(at, text.utf8, size);
    }
    return at + size;
}

/* Whether the name is a text; else it is bytes that mean nothing when they are cut. */
static bool is_text(enum site_kind kind) { return kind != SITE_KEYSET && kind != SITE_LABELS; }

size_t site_write(void *out, size_t room, enum site_kind kind, uint32_t line, struct text name,
                  struct text target, struct text file, struct text unit) {
    uint32_t name_size = is_text(kind) ? cut(name) : name.size;
    uint32_t target_size = cut(target), file_size = cut(file), unit_size = cut(unit);
    size_t size = sizeof(struct site) + name_size + target_size + file_size + unit_size;
    size = (size + 7) & ~(size_t)7;
    if (size > room) {
        return 0;
    }
    struct site *site = out;
    memset(site, 0, sizeof *site);
    site->size = (uint32_t)size;
    site->kind = (uint8_t)kind;
    site->line = line;
    site->name_size = name_size;
    site->target_size = target_size;
    site->file_size = file_size;
    site->unit_size = unit_size;
    char *at = append(site->texts, name, name_size);
    at = append(at, target, target_size);
    at = append(at, file, file_size);
    append(at, unit, unit_size);
    return size;
}

uint32_t site_add(enum site_kind kind, uint32_t line, struct text name, struct text target,
                  struct text file, struct text unit) {
    size_t used = atomic_load_explicit(&header()->used, memory_order_relaxed);
    size_t most = sizeof(struct site) + 4 * (SITE_TEXT_BYTES_MAX + 2) +
                  (is_text(kind) ? 0 : name.size);
    size_t wanted = (used + most + TABLE_STEP - 1) / TABLE_STEP * TABLE_STEP;
    if (wanted > table.bytes || !memory_back(&table, wanted)) {
        return SITE_NONE;
    }
    uint8_t *at = (uint8_t *)table.base + used;
    size_t size = site_write(at, table.backed - used, kind, line, name, target, file, unit);
    if (size == 0) {
        return SITE_NONE;
    }
    atomic_store_explicit(&header()->used, used + size, memory_order_release);
    return (uint32_t)(used / 8);
}

bool site_whole(const struct site *site, size_t size) {
    if (size < sizeof(struct site) || site->size < sizeof(struct site) || site->size > size) {
        return false;
    }
    uint64_t texts = (uint64_t)site->name_size + site->target_size + site->file_size;
    return sizeof(struct site) + texts + site->unit_size <= site->size;
}

const struct site *site_at(struct site_table seen, uint32_t number) {
    size_t at = (size_t)number * 8;
    if (at < sizeof(struct table_header) || at >= seen.used) {
        return NULL;
    }
    const struct site *site = (const struct site *)(seen.base + at);
    return site_whole(site, seen.used - at) ? site : NULL;
}

struct text site_name(const struct site *site) {
    return (struct text){site->texts, site->name_size};
}
