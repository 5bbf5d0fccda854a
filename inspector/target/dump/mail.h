// mail.h - the messages of a process in a crash dump, a page at a time.
#ifndef DUMP_MAIL_H
#define DUMP_MAIL_H

#include "inspector/target/dump/term.h"

// Where the page read last ended: the next one begins there as a rule, and queues have millions.
struct dump_mail {
    uint64_t pid, position;
    const uint8_t *at;
};

// Senders are known of messages that were traced (seq_trace) only.
void dump_list_messages(struct dump_terms *terms, struct dump_mail *mail, struct tgt_pid pid,
                        struct tgt_range range, struct wb_arena *arena, struct tgt_messages *ret);

#endif
