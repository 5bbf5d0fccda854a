// planted.h - checks left out on purpose, to see whether the fuzzer notices: docs/fuzzing.md.
//
// Only a private build has them (-Dplanted_bugs=true), and leaves out the check that the
// environment variable CRYO_PLANTED_BUG names: a rule of the verifier, or one of those a reader
// asks for here.
#ifndef BASE_PLANTED_H
#define BASE_PLANTED_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static inline bool wb_is_planted(const char *check)
{
#ifdef WB_PLANTED_BUGS
    const char *planted = getenv("CRYO_PLANTED_BUG");
    return planted != NULL && strcmp(planted, check) == 0;
#else
    (void)check;
    return false;
#endif
}

#endif
