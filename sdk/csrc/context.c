/*
 * Holders, and the way from a context to its own: see context.h for the rule.
 *
 * The map of a context is a tree of immutable nodes that copies and later versions share. A holder
 * belongs to one context alone exactly when the map, every node on the way and the holder itself
 * have one reference each. The layout of these objects is CPython's own affair: a test at import
 * proves that it is understood; where it is not, every change makes a new holder, which is slower
 * and as right.
 */
#include "span_levels.h"

#include <string.h>

#define LEVEL_BITS 5
#define NODES_DEEP_MAX 8

struct map_object {
    PyObject_HEAD
    PyObject *root;
};
struct bitmap_node {
    PyObject_VAR_HEAD
    uint32_t bitmap;
    PyObject *entries[]; /* key and value; a NULL key: the value is a node */
};
struct array_node {
    PyObject_HEAD
    PyObject *children[1 << LEVEL_BITS];
};
struct collision_node {
    PyObject_VAR_HEAD
    int32_t hash;
    PyObject *entries[];
};

__thread struct context_seen context_seen __attribute__((tls_model("initial-exec")));

static PyTypeObject *holder_type;
static PyObject *variable;
static int32_t variable_hash;
static bool understood;
static PyTypeObject *map_type, *bitmap_type, *array_type, *collision_type;
static struct holder *spare; /* holders that nobody has; linked by top.span */

static struct holder *holder_new(void) {
    struct holder *holder = spare;
    if (holder != NULL) {
        spare = (struct holder *)holder->top.span;
    } else {
        holder = PyMem_Malloc(sizeof *holder);
        if (holder == NULL) {
            return NULL;
        }
    }
    memset(&holder->top, 0, sizeof holder->top);
    holder->top.depth = -1;
    holder->forks = levels.forks;
    PyObject_Init((PyObject *)holder, holder_type);
    return holder;
}

static void holder_dealloc(PyObject *self) {
    struct holder *holder = (struct holder *)self;
    PyTypeObject *type = Py_TYPE(self);
    struct level top = holder->top;
    holder->top.span = (struct open_span *)spare;
    spare = holder;
    if (holder->forks == levels.forks) {
        level_release(&top);
    }
    Py_DECREF(type);
}

static PyType_Slot holder_slots[] = {
    {Py_tp_dealloc, holder_dealloc},
    {Py_tp_doc, "Which span is current in one context."},
    {0, NULL},
};
static PyType_Spec holder_spec = {
    .name = "limnograph._recorder.Holder",
    .basicsize = sizeof(struct holder),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = holder_slots,
};

/* Return the child or value for the variable in a node; *is_value tells which. NULL: none. */
static PyObject *node_step(PyObject *node, unsigned shift, bool *is_value) {
    uint32_t at = ((uint32_t)variable_hash >> shift) & ((1u << LEVEL_BITS) - 1);
    *is_value = false;
    if (Py_TYPE(node) == bitmap_type) {
        struct bitmap_node *bitmap = (struct bitmap_node *)node;
        uint32_t bit = 1u << at;
        if ((bitmap->bitmap & bit) == 0) {
            return NULL;
        }
        unsigned entry = 2 * (unsigned)__builtin_popcount(bitmap->bitmap & (bit - 1));
        *is_value = bitmap->entries[entry] != NULL;
        return !*is_value || bitmap->entries[entry] == variable ? bitmap->entries[entry + 1] : NULL;
    }
    if (Py_TYPE(node) == array_type) {
        return ((struct array_node *)node)->children[at];
    }
    if (Py_TYPE(node) == collision_type) {
        struct collision_node *collision = (struct collision_node *)node;
        for (Py_ssize_t i = 0; i + 1 < Py_SIZE(node); i += 2) {
            if (collision->entries[i] == variable) {
                *is_value = true;
                return collision->entries[i + 1];
            }
        }
    }
    return NULL;
}

/* Follow the variable through the map; return its value and how many nodes lead to it. */
static PyObject *map_value(PyObject *variables, unsigned *nodes, bool *unshared) {
    *nodes = 0;
    *unshared = Py_REFCNT(variables) == 1;
    PyObject *at = ((struct map_object *)variables)->root;
    for (unsigned shift = 0; at != NULL && *nodes < NODES_DEEP_MAX; shift += LEVEL_BITS) {
        bool is_value;
        *unshared = *unshared && Py_REFCNT(at) == 1;
        ++*nodes;
        at = node_step(at, shift < 32 ? shift : 0, &is_value);
        if (is_value) {
            return at;
        }
    }
    return NULL;
}

bool context_path_unshared(PyObject *variables) {
    unsigned nodes;
    bool unshared;
    return map_value(variables, &nodes, &unshared) != NULL && unshared;
}

/* Remember what was found; the holder is in the map of the running context, or NULL. */
static void see(PyThreadState *state, struct holder *holder) {
    struct context_object *context = (struct context_object *)state->context;
    unsigned nodes = 0;
    bool unshared;
    if (understood && context == NULL) {
        context_seen = (struct context_seen){state->id, state->context_ver, NULL, NULL, false};
        return;
    }
    if (!understood || Py_TYPE(context->variables) != map_type) {
        context_seen.thread_state = 0;
        return;
    }
    PyObject *found = map_value(context->variables, &nodes, &unshared);
    if (found != (PyObject *)holder) {
        context_seen.thread_state = 0;
        return;
    }
    context_seen = (struct context_seen){state->id, state->context_ver, context->variables, holder,
                                         nodes == 1};
}

/* Return a new reference to the holder of the running context, NULL without one. */
static struct holder *look(void) {
    PyObject *found = NULL;
    if (PyContextVar_Get(variable, NULL, &found) < 0) {
        PyErr_Clear();
        return NULL;
    }
    if (found != NULL && (!Py_IS_TYPE(found, holder_type) ||
                          ((struct holder *)found)->forks != levels.forks)) {
        Py_CLEAR(found);
    }
    return (struct holder *)found;
}

/* The application may have an exception set while its spans begin and end: it keeps it. */
struct holder *context_find(PyThreadState *state) {
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    struct holder *holder = look();
    Py_XDECREF(holder); /* the context has it */
    see(state, holder);
    PyErr_Restore(type, value, trace);
    return holder;
}

static bool owned(PyThreadState *state, struct holder *holder) {
    struct context_object *context = (struct context_object *)state->context;
    unsigned nodes;
    bool unshared;
    return understood && context != NULL && Py_TYPE(context->variables) == map_type &&
           Py_REFCNT(holder) == 2 && /* the map's and ours */
           map_value(context->variables, &nodes, &unshared) == (PyObject *)holder && unshared;
}

struct holder *context_own(PyThreadState *state) {
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    struct holder *holder = look();
    if (holder == NULL || !owned(state, holder)) {
        struct holder *before = holder;
        holder = holder_new();
        if (holder != NULL && before != NULL) {
            holder->top = before->top;
            if (holder->top.span != NULL) {
                holder->top.span->referrers++;
            }
            Py_XINCREF(holder->top.trace);
        }
        Py_XDECREF(before);
        PyObject *token = holder ? PyContextVar_Set(variable, (PyObject *)holder) : NULL;
        if (token == NULL) {
            PyErr_Clear();
            Py_CLEAR(holder);
        }
        Py_XDECREF(token);
    }
    Py_XDECREF(holder); /* the context has it */
    see(state, holder);
    PyErr_Restore(type, value, trace);
    return holder;
}

const struct level *context_top_passed_over(const struct holder *holder) {
    const struct level *top = &holder->top;
    while (top->span != NULL && top->span->key < 0) {
        top = &top->span->outer;
    }
    return top->span != NULL ? top : NULL;
}

static bool variable_make(void) {
    PyObject *made = PyContextVar_New("limnograph_span", NULL);
    if (made == NULL) {
        return false;
    }
    Py_hash_t hash = PyObject_Hash(made);
    int32_t folded = (int32_t)((uint64_t)hash & 0xffffffffu) ^ (int32_t)((uint64_t)hash >> 32);
    variable_hash = folded == -1 ? -2 : folded; /* as the map does it */
    Py_XSETREF(variable, made);
    return true;
}

void context_forget(void) { context_seen.thread_state = 0; }

static bool is_named(PyObject *object, const char *name, PyTypeObject **known) {
    if (strcmp(Py_TYPE(object)->tp_name, name) != 0) {
        return false;
    }
    *known = Py_TYPE(object);
    return true;
}

/* Learn the types of the nodes below *node*, as deep as the variable's way; false: unknown. */
static bool learn(PyObject *node) {
    for (unsigned shift = 0, nodes = 0; nodes < NODES_DEEP_MAX; nodes++, shift += LEVEL_BITS) {
        bool is_value;
        if (!is_named(node, "hamt_bitmap_node", &bitmap_type) &&
            !is_named(node, "hamt_array_node", &array_type) &&
            !is_named(node, "hamt_collision_node", &collision_type)) {
            return false;
        }
        node = node_step(node, shift, &is_value);
        if (node == NULL || is_value) {
            return node != NULL;
        }
    }
    return false;
}

static PyObject *running_variables(void) {
    PyObject *context = PyThreadState_Get()->context;
    PyObject *variables = context ? ((struct context_object *)context)->variables : NULL;
    return variables != NULL && is_named(variables, "hamt", &map_type) ? variables : NULL;
}

/* In a context of its own: true when copies, and versions that parted, are seen as shared. */
static bool layout_holds(struct holder *holder) {
    PyObject *token = PyContextVar_Set(variable, (PyObject *)holder);
    bool holds = token != NULL;
    Py_XDECREF(token);
    for (int i = 0; holds && i < 40; i++) { /* more than one node holds */
        PyObject *variables = running_variables();
        unsigned nodes;
        bool unshared;
        holds = variables != NULL && learn(((struct map_object *)variables)->root) &&
                map_value(variables, &nodes, &unshared) == (PyObject *)holder && unshared;
        PyObject *copy = holds ? PyContext_CopyCurrent() : NULL;
        holds = copy != NULL && !context_path_unshared(variables);
        PyObject *other = holds ? PyContextVar_New("limnograph_test", NULL) : NULL;
        holds = other != NULL && PyContext_Enter(copy) == 0;
        if (holds) { /* the copy parts: it has a map of its own, with nodes or a holder shared */
            token = PyContextVar_Set(other, Py_None);
            holds = token != NULL;
            Py_XDECREF(token);
            holds = PyContext_Exit(copy) == 0 && holds &&
                    (!context_path_unshared(variables) || Py_REFCNT(holder) > 2);
        }
        Py_XDECREF(copy);
        holds = holds && context_path_unshared(variables) && Py_REFCNT(holder) == 2;
        token = holds ? PyContextVar_Set(other, Py_None) : NULL;
        holds = token != NULL;
        Py_XDECREF(token);
        Py_XDECREF(other);
    }
    return holds;
}

static bool layout_test(void) {
#if PY_VERSION_HEX >= 0x030F0000
    return false;
#else
    PyObject *context = PyContext_New();
    struct holder *holder = holder_new();
    bool holds = context != NULL && holder != NULL && PyContext_Enter(context) == 0;
    if (holds) {
        holds = layout_holds(holder);
        holds = PyContext_Exit(context) == 0 && holds;
    }
    Py_XDECREF(context);
    Py_XDECREF(holder);
    PyErr_Clear();
    return holds;
#endif
}

static PyObject *in_place(PyObject *module, PyObject *none) {
    (void)module;
    (void)none;
    return PyBool_FromLong(understood);
}

static PyMethodDef functions[] = {
    {"contexts_in_place", in_place, METH_NOARGS,
     PyDoc_STR("contexts_in_place()\n--\n\n"
               "Whether this CPython's contexts are understood, so that spans nest at full speed.")},
    {NULL, NULL, 0, NULL},
};

int context_init(PyObject *module) {
    holder_type = (PyTypeObject *)PyType_FromSpec(&holder_spec);
    if (holder_type == NULL || !variable_make()) {
        return -1;
    }
    understood = layout_test();
    context_seen.thread_state = 0;
    return PyModule_AddFunctions(module, functions);
}
