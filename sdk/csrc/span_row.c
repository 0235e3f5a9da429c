/* Ending spans that have something to tell, and finding the one that an end belongs to. */
#include "spans.h"

#include "properties.h"

static PyObject *type_key, *message_key; /* made once: a dict interns the keys it is given as C text */

static bool keys_made(void) {
    if (type_key == NULL) {
        type_key = PyUnicode_InternFromString("exception.type");
    }
    if (message_key == NULL) {
        message_key = PyUnicode_InternFromString("exception.message");
    }
    return type_key != NULL && message_key != NULL;
}

/* Return a copy of *properties* (may be NULL) with the exception's type and message. */
static PyObject *with_failure(PyObject *properties, PyObject *failure) {
    PyObject *told = !keys_made() ? NULL : properties ? PyDict_Copy(properties) : PyDict_New();
    PyObject *name = PyType_GetQualName(Py_TYPE(failure));
    PyObject *message = told && name ? text_of(failure) : NULL;
    if (message == NULL || PyDict_SetItem(told, type_key, name) < 0 ||
        PyDict_SetItem(told, message_key, message) < 0) {
        Py_CLEAR(told);
    }
    Py_XDECREF(message);
    Py_XDECREF(name);
    return told;
}

static uint32_t as_arrays(PyObject *properties, PyObject **keys, PyObject **values) {
    uint32_t count = 0;
    Py_ssize_t at = 0;
    while (properties != NULL && count < PROPERTIES_MAX &&
           PyDict_Next(properties, &at, &keys[count], &values[count])) {
        count++;
    }
    return count;
}

void span_put(enum kind kind, const struct span_row *row, Span *span, PyObject *properties) {
    PyObject *keys[PROPERTIES_MAX], *values[PROPERTIES_MAX];
    uint32_t count = as_arrays(properties, keys, values);
    struct properties parts = {values, keys, count, 0};
    struct described_bytes described = {.size = 0};
    bool inline_site = span->head.site == SITE_INLINE;
    uint64_t room = (uint64_t)properties_room(&parts) + 1;
    if (inline_site) {
        instrument_write(&described, &span->head, SITE_SPAN);
        room += 5 + described.size;
    }
    if (room > EVENT_BYTES_MAX) {
        chunk_drop(kind);
        return;
    }
    bool bare = count == 0 && !inline_site;
    struct lane *lane = lane_ready(kind, bare ? 0 : (uint32_t)room);
    if (lane == NULL) {
        return;
    }
    uint8_t *begin = lane->arena + lane->arena_used, *at = begin;
    if (inline_site) {
        *at = PART_SITE;
        at = write_u32(at + 1, described.size);
        memcpy(at, described.bytes, described.size);
        at += described.size;
    }
    if (!bare) {
        at = properties_write(at, &parts);
        *at++ = PART_END;
    }
    uint32_t n = lane->rows;
    struct spans_columns *columns = &lane->columns.spans;
    columns->begin[n] = row->begin;
    columns->end[n] = row->end;
    columns->id[n] = row->id;
    columns->parent[n] = row->parent;
    columns->site[n] = span->head.site;
    columns->depth[n] = row->depth;
    columns->payload[n] = bare ? 0 : lane->arena_used + 1;
    columns->status[n] = row->status;
    lane_commit(lane, (uint32_t)(at - begin));
}

void span_finish(struct holder *holder, struct open_span *level, PyObject *failure, int64_t now,
                 bool coroutine) {
    struct span_slot *slot = level->slot;
    struct span_row row = {
        .begin = atomic_load_explicit(&slot->begin, memory_order_relaxed),
        .end = now,
        .id = level->key,
        .parent = atomic_load_explicit(&slot->parent, memory_order_relaxed),
        .depth = atomic_load_explicit(&slot->depth, memory_order_relaxed),
        .status = level->failed ? SPAN_FAILED : SPAN_OK,
    };
    if (coroutine) {
        row.status |= SPAN_COROUTINE;
    }
    Span *span = level->span, *renamed = level->renamed;
    PyObject *properties = level->properties, *trace = level->trace;
    level->renamed = NULL;
    level->properties = level->trace = NULL;
    bool freed = level_leave(holder, level);
    if (!freed) {
        span_unpublish(level);
    }
    /* From here on the level is nobody's: whatever str() of the exception does, it cannot end it. */
    PyObject *type = NULL, *value = NULL, *traceback = NULL;
    Span *told = renamed != NULL ? renamed : span;
    bool recorded = recorder.active && row.end - row.begin >= told->shortest;
    if (failure != NULL && !PyErr_GivenExceptionMatches(failure, PyExc_GeneratorExit)) {
        row.status = SPAN_FAILED | (row.status & SPAN_COROUTINE);
        if (recorded) {
            PyObject *more = with_failure(properties, failure);
            if (more != NULL) {
                Py_XSETREF(properties, more);
            } else if (error_is_ours()) {
                recorder.failures++;
            } else {
                PyErr_Fetch(&type, &value, &traceback);
            }
        }
    }
    if (recorded && recorder.active) {
        span_put(KIND_SPANS, &row, told, properties);
    }
    if (freed) {
        span_unpublish(level);
        level_free(level);
    }
    Py_XDECREF(properties);
    Py_XDECREF(trace);
    Py_XDECREF(renamed);
    Py_DECREF(span);
    if (type != NULL) {
        PyErr_Restore(type, value, traceback);
    }
}

/* Go outwards to the first open level for which *fits*. */
static struct span_use search(bool (*fits)(const struct open_span *, uint64_t), uint64_t wanted) {
    const struct level *at = context_top();
    while (at != NULL && at->span != NULL) {
        struct open_span *level = at->span;
        if (level->key > 0 && fits(level, wanted)) {
            return (struct span_use){level, level->key};
        }
        at = &level->outer;
    }
    return (struct span_use){NULL, 0};
}

static bool is_of(const struct open_span *level, uint64_t span) {
    return (uint64_t)(uintptr_t)level->span == span;
}

static bool is_by(const struct open_span *level, uint64_t opener) {
    return level->opener == opener;
}

struct span_use span_innermost(const Span *span) {
    return search(is_of, (uint64_t)(uintptr_t)span);
}

struct span_use span_opened_here_by(uint64_t opener) { return search(is_by, opener); }

struct span_use span_opened_by(uint64_t opener) {
    struct span_use found = search(is_by, opener);
    return found.key != 0 ? found : levels_only_one(opener, this_thread);
}

bool span_set(struct span_use use, PyObject *properties) {
    if (!level_is_open(use.level, use.key) || use.level->span == NULL) {
        return true;
    }
    PyObject *before = use.level->properties;
    PyObject *merged = before != NULL ? PyDict_Copy(before) : PyDict_New();
    if (merged == NULL || PyDict_Update(merged, properties) < 0) {
        Py_XDECREF(merged);
        return false;
    }
    if (use.level->properties != before || use.level->key != use.key) {
        Py_DECREF(merged); /* collecting garbage ran code that ended it, or added as well */
        return true;
    }
    use.level->properties = merged;
    Py_XDECREF(before);
    return true;
}

PyObject *span_properties(PyObject *const *values, PyObject *names) {
    PyObject *settled = PyDict_New();
    Py_ssize_t count = settled ? PyTuple_GET_SIZE(names) : 0;
    for (Py_ssize_t i = 0; i < count && i < PROPERTIES_MAX; i++) {
        if (values[i] == Py_None) {
            continue;
        }
        PyObject *value = value_settle(values[i]);
        if (value == NULL || PyDict_SetItem(settled, PyTuple_GET_ITEM(names, i), value) < 0) {
            Py_XDECREF(value);
            Py_CLEAR(settled);
            return NULL;
        }
        Py_DECREF(value);
    }
    return settled;
}
