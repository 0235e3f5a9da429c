/* What a part of the recorder does when recording starts, stops, and in the child of a fork. */
#ifndef LIMNO_LIFE_H
#define LIMNO_LIFE_H

/* Each may be NULL. Called with the GIL held and nothing being recorded; must not fail. */
struct life_hooks {
    void (*start)(void);
    void (*stop)(void);
    void (*fork)(void);
};

#endif
