/* From Python's texts to descriptors: cut to their bounds, as UTF-8. */
#include "described.h"

#include "frames.h"
#include "values.h"

struct described_texts {
    char name[4 * SITE_CHARS_MAX], file[4 * SITE_CHARS_MAX];
    char target[4 * NAME_CHARS_MAX], unit[4 * NAME_CHARS_MAX];
};

static struct text as_text(char *out, PyObject *text, Py_ssize_t chars) {
    if (text == NULL) {
        return (struct text){out, 0};
    }
    uint8_t *end = text_write_bytes((uint8_t *)out, text, chars);
    return (struct text){out, (uint32_t)(end - (uint8_t *)out)};
}

uint32_t described_add(enum site_kind kind, const struct described *described) {
    struct described_texts texts;
    return site_add(kind, (uint32_t)described->line,
                    as_text(texts.name, described->name, SITE_CHARS_MAX),
                    as_text(texts.target, described->target, NAME_CHARS_MAX),
                    as_text(texts.file, described->file, SITE_CHARS_MAX),
                    as_text(texts.unit, described->unit, NAME_CHARS_MAX));
}

void described_write(struct described_bytes *bytes, enum site_kind kind,
                     const struct described *described) {
    struct described_texts texts;
    bytes->size = (uint32_t)site_write(bytes->bytes, sizeof bytes->bytes, kind,
                                       (uint32_t)described->line,
                                       as_text(texts.name, described->name, SITE_CHARS_MAX),
                                       as_text(texts.target, described->target, NAME_CHARS_MAX),
                                       as_text(texts.file, described->file, SITE_CHARS_MAX),
                                       as_text(texts.unit, described->unit, NAME_CHARS_MAX));
}

void described_here(struct described *described) {
    described->target = described->file = NULL;
    described->line = 0;
    struct call_place place = frame_calling();
    if (place.code == NULL) {
        return;
    }
    PyObject *file = place.code->co_filename;
    described->line = PyCode_Addr2Line(place.code, place.offset);
    if (described->line < 0) {
        described->line = 0;
    }
    if (PyUnicode_CheckExact(file)) {
        described->file = Py_NewRef(file);
    }
    PyObject *globals = PyEval_GetGlobals();
    PyObject *target = globals ? PyDict_GetItemString(globals, "__name__") : NULL;
    if (target != NULL) {
        Py_INCREF(target);
        described->target = text_of(target);
        Py_DECREF(target);
    }
    PyErr_Clear();
}

void described_clear(struct described *described) {
    Py_CLEAR(described->name);
    Py_CLEAR(described->target);
    Py_CLEAR(described->file);
    Py_CLEAR(described->unit);
}
