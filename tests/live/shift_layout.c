// Shifts every field of a target's layout by a word, each way, and says which check refuses it:
// `shift_layout TARGET` writes a line "FIELD SHIFT CHECK" for each, CHECK "-" where nobody noticed,
// and how long the checks of the true layout took.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "inspector/target/target_otp_priv.h"

static void check(struct wb_error *err)
{
    if (err == NULL)
        return;
    fprintf(stderr, "shift_layout: %s\n", err->text);
    exit(1);
}

// The same memory, to be opened again with another layout.
static struct otp_node again(const struct otp_node *node)
{
    return (struct otp_node){
        .memory = node->memory,
        .elf = node->elf,
        .bias = node->bias,
        .cpu = node->cpu,
        .cpu_count = node->cpu_count,
    };
}

static void try_shift(const struct otp_node *node, size_t field, int shift)
{
    struct otp_layout layout = node->layout;
    struct otp_node shifted = again(node);
    layout.at[field] += shift;
    struct wb_error *err = otp_node_open(&shifted, &layout);
    // Or only what it is needed for is.
    for (size_t i = 0; i < OTP_MATTERS && err == NULL; i++)
        err = otp_matter_ready(&shifted, (enum otp_matter)i);
    printf("%s %+d %s\n", otp_field_name((enum otp_field)field), shift,
           err != NULL ? err->text : "-");
    wb_error_free(err);
    wb_arena_free(&shifted.arena);
}

static double milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void time_checks(struct otp_node *node)
{
    struct wb_arena arena = {0};
    struct tgt_checks checks;
    double start = milliseconds();
    otp_check_layout(node, &arena, &checks);
    double end = milliseconds();
    for (size_t i = 0; i < checks.count; i++)
        printf("check %s: %s: %s\n", checks.at[i].name, checks.at[i].passed ? "fits" : "REFUSED",
               checks.at[i].detail);
    printf("checks %zu processes %zu ms %.2f\n", checks.count, node->process_count, end - start);
    wb_arena_free(&arena);
}

int main(int count, char **args)
{
    enum { WORD = 8 };
    struct tgt *t;
    struct tgt_open open = {.name = count > 1 ? args[1] : ""};
    check(tgt_open(&open, &t));
    struct otp_node *node = &((struct target_otp *)(void *)t)->node;
    for (size_t field = 0; field < OTP_FIELD_COUNT; field++) {
        if (node->layout.at[field] < 0)
            continue;
        try_shift(node, field, WORD);
        try_shift(node, field, -WORD);
    }
    time_checks(node);
    tgt_close(t);
    return 0;
}
