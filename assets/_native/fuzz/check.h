/* What holds of everything that is decoded, whatever the bytes were; a program that finds else ends. */
#ifndef LIMNOGRAPH_FUZZ_CHECK_H
#define LIMNOGRAPH_FUZZ_CHECK_H

#include "signals.h"

/* Ends the program with the reason, so that the fuzzer keeps the input. */
#define CHECK(holds) ((holds) ? (void)0 : check_failed(#holds, __FILE__, __LINE__))

_Noreturn void check_failed(const char *what, const char *file, int line);

/* A refusal has a reason and a place in the input. */
void check_refusal(const struct decode *d);

/* Columns are as long as each other, texts are UTF-8 and inside their buffer, offsets rise. */
void check_columns(const struct decode *d, const struct column *columns);

#endif
