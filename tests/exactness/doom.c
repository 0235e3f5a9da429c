/*
 * Ends its own process with SIGKILL right before the nth change that it makes to files: the moments
 * at which a test kills a program, by count and not by time. Loaded with LD_PRELOAD, so that it
 * sees the changes of every library; those of a database are counted by who calls doom_step().
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

static atomic_long spared = -1;
static atomic_long steps = 0;

void doom_arm(long changes)
{
    atomic_store(&steps, 0);
    atomic_store(&spared, changes);
}

long doom_steps(void)
{
    return atomic_load(&steps);
}

void doom_step(void)
{
    long allowed = atomic_load(&spared);
    if (allowed >= 0 && atomic_fetch_add(&steps, 1) >= allowed)
        kill(getpid(), SIGKILL);
}

#define REAL(name, type) ((type)dlsym(RTLD_NEXT, name))

int unlink(const char *path)
{
    doom_step();
    return REAL("unlink", int (*)(const char *))(path);
}

int unlinkat(int folder, const char *path, int flags)
{
    doom_step();
    return REAL("unlinkat", int (*)(int, const char *, int))(folder, path, flags);
}

int rename(const char *from, const char *to)
{
    doom_step();
    return REAL("rename", int (*)(const char *, const char *))(from, to);
}

int link(const char *from, const char *to)
{
    doom_step();
    return REAL("link", int (*)(const char *, const char *))(from, to);
}

int linkat(int from, const char *path, int to, const char *name, int flags)
{
    doom_step();
    return REAL("linkat", int (*)(int, const char *, int, const char *, int))(from, path, to, name,
                                                                             flags);
}
