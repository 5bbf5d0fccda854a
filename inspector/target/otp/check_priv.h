// check_priv.h - what the self-checks of check*.c share.
//
// A check is a question put to many things (processes, modules, tables, ...), each of which is
// sound, wrong, or has nothing to do with it. A few may have been caught half-way.
#ifndef OTP_CHECK_PRIV_H
#define OTP_CHECK_PRIV_H

#include "inspector/target/otp/node.h"

enum otp_verdict { OTP_NOT_ASKED, OTP_SOUND, OTP_WRONG };

static inline enum otp_verdict otp_sound_if(bool sound)
{
    return sound ? OTP_SOUND : OTP_WRONG;
}

// How many were sound. `needed`: every node has some, so that to find none is wrong.
struct otp_tally {
    const char *name;
    size_t sound, asked;
    bool needed;
    bool rough;  // true of most only
};
static inline void otp_tally_add(struct otp_tally *tally, enum otp_verdict verdict)
{
    tally->asked += verdict != OTP_NOT_ASKED;
    tally->sound += verdict == OTP_SOUND;
}

struct otp_checking {
    struct otp_node *node;
    struct wb_arena *arena;
    struct tgt_checks *ret;
    enum otp_matter matter;  // what is refused when a check fails
    size_t busy;             // threads that were at work: each may have left one thing half-way
    bool partial;  // not all memory is there (a core file was cut): nothing can be said of shares
};

void otp_check_say(struct otp_checking *c, const char *name, bool passed, const char *fmt, ...)
    WB_PRINTF(4, 5);
void otp_check_tally(struct otp_checking *c, const struct otp_tally *tally);

// The rows of each file.
void otp_check_processes(struct otp_checking *c);
void otp_check_code(struct otp_checking *c);
void otp_check_schedulers(struct otp_checking *c);
void otp_check_tables(struct otp_checking *c);
void otp_check_terms(struct otp_checking *c);
void otp_check_matters(struct otp_checking *c);

// How many processes one run looks at, so that checks are quick on any node: the first, which are
// OTP's own and have everything that processes may have, then evenly over all.
enum { OTP_CHECK_FIRST = 60, OTP_CHECK_SAMPLE = 200 };
static inline size_t otp_check_after(const struct otp_node *node, size_t i)
{
    return i < OTP_CHECK_FIRST ? i + 1 : i + node->process_count / OTP_CHECK_SAMPLE + 1;
}
// Does it stand still, so that its fields are whole?
bool otp_check_waits(struct otp_node *node, otp_word process);

#endif
