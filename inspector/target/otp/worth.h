// worth.h - what of a node is copied first when there is not time for all: while it stands still,
// what changes, in the order of what it is worth to whoever looks; when it goes on, what only
// grows.
//
// The order: process table, process structs, queues, stacks, ties (links and monitors), heaps, the
// rest. The first two always come whole. Nothing here trusts what it reads.
#ifndef OTP_WORTH_H
#define OTP_WORTH_H

#include "inspector/target/otp/copy.h"
#include "inspector/target/otp/node.h"

// What copying needs of memory, made ready while the node (its elf, bias and layout) still runs.
struct otp_worth;
struct otp_worth *otp_worth_new(struct otp_copy *copy, const struct otp_node *node);
// Do it all once while the node runs, and keep only where everything was: when it stands still,
// what is worth most can be copied without looking for it first.
void otp_worth_rehearse(struct otp_worth *w, pid_t pid);
// Copy until copy->deadline. The node needs its cpus by now.
void otp_worth_take(struct otp_worth *w, int pagemap);
void otp_worth_free(struct otp_worth *w);
// Read code, literals and atoms of a node that goes on, as far as its frozen memory lacks them,
// into its memory. Bytes lie on the node's arena.
void otp_read_grown(pid_t pid, struct otp_node *node);

#endif
