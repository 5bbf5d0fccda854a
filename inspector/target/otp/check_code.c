// Self-checks of loaded code, of its line tables and of the schedulers that run it.
#include "inspector/target/otp/check_priv.h"

// Functions rise to the end of the code, and the first has a name.
static enum otp_verdict functions_rise(struct otp_node *node, const struct otp_range *range)
{
    enum { MOST = 64 };
    uint64_t count = otp_member(node, range->start, OTP_bch_nfun);
    otp_word functions = otp_address(node, range->start, OTP_bch_funs);
    otp_word last = range->start;
    if (count == 0 || count > 1000000)
        return OTP_WRONG;
    for (uint64_t i = 0; i < count && i < MOST; i++) {
        otp_word function = otp_u64(&node->memory, functions + 8 * i);
        if (function <= last || function >= range->end)
            return OTP_WRONG;
        last = function;
    }
    otp_word end = otp_u64(&node->memory, functions + 8 * count);
    struct tgt_mfa mfa =
        otp_mfa_at(node, otp_address(node, otp_u64(&node->memory, functions), OTP_ci_mfa));
    return otp_sound_if(end > last && end <= range->end && mfa.module.size > 0 &&
                        mfa.function.size > 0 && mfa.arity <= 255);
}

// The table of lines has a part for each function, and its places are in the files it names.
static enum otp_verdict lines_fit(struct otp_node *node, const struct otp_range *range)
{
    otp_word lines = otp_member(node, range->start, OTP_bch_line);
    if (lines == 0)
        return OTP_NOT_ASKED;
    uint64_t count = otp_member(node, range->start, OTP_bch_nfun);
    otp_word parts = otp_address(node, lines, OTP_lt_functab);
    otp_word first = otp_u64(&node->memory, parts);
    otp_word last = otp_u64(&node->memory, parts + 8 * count);
    uint32_t size = otp_member32(node, lines, OTP_lt_locsize);
    return otp_sound_if(
        (size == 2 || size == 4) && first <= last && (last - first) % 8 == 0 &&
        first == parts + 8 * (count + 1) &&
        otp_is_list(otp_u64(&node->memory, otp_member(node, lines, OTP_lt_fname))) &&
        otp_has(&node->memory, otp_member(node, lines, OTP_lt_loctab), size));
}

static enum otp_verdict has_lines(struct otp_node *node, const struct otp_range *range)
{
    enum { MOST = 64, MAX_LINE = 1000000 };
    if (otp_member(node, range->start, OTP_bch_line) == 0)
        return OTP_NOT_ASKED;
    struct wb_arena arena = {0};
    bool found = false;
    otp_word functions = otp_address(node, range->start, OTP_bch_funs);
    for (unsigned i = 1; i < MOST && !found; i++) {
        struct tgt_place place;
        otp_word at = otp_u64(&node->memory, functions + 8 * (uint64_t)i) - 1;
        if (!otp_place_of(node, at, &arena, &place))
            break;
        found = place.line > 0 && place.line < MAX_LINE && place.file.size > 2;
    }
    wb_arena_free(&arena);
    return found ? OTP_SOUND : OTP_NOT_ASKED;
}

// A version is what makes two funs of the same name differ: 16 bytes near the code.
static enum otp_verdict has_version(struct otp_node *node, const struct otp_range *range)
{
    otp_word version = otp_member(node, range->start, OTP_bch_md5);
    return version == 0 ? OTP_NOT_ASKED
                        : otp_sound_if(version > range->start && version + 16 <= range->end);
}

static const struct {
    const char *name;
    enum otp_verdict (*judge)(struct otp_node *node, const struct otp_range *range);
} rows[] = {
    {"loaded code", functions_rise},
    {"tables of lines", lines_fit},
    {"lines of code", has_lines},
    {"versions of code", has_version},
};
enum { ROWS = sizeof rows / sizeof *rows };

// Each module's code is a range, all of it, and the module is called what its functions say.
static enum otp_verdict module_fits(struct otp_node *node, otp_word module)
{
    otp_word current = otp_address(node, module, OTP_mod_curr);
    otp_word header = otp_member(node, current, OTP_mi_hdr);
    otp_word old = otp_member(node, otp_address(node, module, OTP_mod_old), OTP_mi_hdr);
    otp_word name = (otp_word)otp_member32(node, module, OTP_mod_module) << 6 | 0x0B;
    if (header == 0)
        return OTP_NOT_ASKED;
    otp_word first = otp_u64(&node->memory, otp_address(node, header, OTP_bch_funs));
    otp_word named = otp_u64(&node->memory, otp_address(node, first, OTP_ci_mfa));
    return otp_sound_if(otp_is_code(node, header) && name == named &&
                        otp_is_code(node, header + otp_member32(node, current, OTP_mi_len) - 1) &&
                        otp_member32(node, current, OTP_mi_len) > 100 &&
                        (old == 0 || otp_is_code(node, old)));
}

static void check_modules(struct otp_checking *c)
{
    enum { MOST = 4000 };
    struct otp_node *node = c->node;
    struct otp_tally tally = {.name = "modules are where their code is", .needed = true};
    otp_word table = otp_module_table(node);
    uint32_t count = otp_member32(node, table, OTP_it_entries);
    otp_word segments = otp_member(node, table, OTP_it_seg);
    for (uint64_t i = 0; table != 0 && i < count && i < MOST; i++) {
        otp_word segment = otp_u64(&node->memory, segments + 8 * (i >> 10));
        otp_word module = otp_u64(&node->memory, segment + 8 * (i & 1023));
        if (module != 0)
            otp_tally_add(&tally, module_fits(node, module));
    }
    otp_check_tally(c, &tally);
    otp_check_say(c, "table of modules",
                  c->partial || (count > 0 && otp_member32(node, table, OTP_h_nobjs) == count),
                  "%u modules, %u in its index", count, otp_member32(node, table, OTP_h_nobjs));
}

void otp_check_code(struct otp_checking *c)
{
    struct otp_node *node = c->node;
    size_t step = node->range_count / OTP_CHECK_SAMPLE + 1;
    for (size_t k = 0; k < ROWS; k++) {
        struct otp_tally tally = {.name = rows[k].name, .needed = true};
        for (size_t i = 0; i < node->range_count; i += step)
            otp_tally_add(&tally, rows[k].judge(node, &node->range[i]));
        otp_check_tally(c, &tally);
    }
    check_modules(c);
}

// A scheduler of the usual kind says its number and has the run queue of that number.
static enum otp_verdict scheduler_fits(struct otp_node *node, const struct otp_scheduler *s)
{
    otp_word queues = otp_u64(&node->memory, otp_symbol(node, "erts_aligned_run_queues"));
    otp_word queue = queues + (uint64_t)otp_at(node, OTP_rq_sizeof) * (s->number - 1);
    if (s->kind != OTP_NORMAL)
        return OTP_NOT_ASKED;
    return otp_sound_if((otp_member(node, s->data, OTP_sd_no) & 0xffffffff) == s->number &&
                        otp_member(node, s->data, OTP_sd_runq) == queue);
}

// Whoever is run says so itself; a process that is not run is run by nobody.
static enum otp_verdict runs_what_runs(struct otp_node *node, const struct otp_scheduler *s)
{
    if (s->process == 0)
        return OTP_NOT_ASKED;
    for (size_t i = 0; i < node->process_count; i++)
        if (node->process[i].at == s->process)
            return otp_sound_if(!otp_check_waits(node, s->process));
    return OTP_WRONG;
}

static enum otp_verdict registers_are_its_own(struct otp_node *node, const struct otp_scheduler *s)
{
    otp_word registers = otp_member(node, s->data, OTP_sd_regs);
    if (s->kind != OTP_NORMAL)
        return OTP_NOT_ASKED;
    for (size_t i = 0; i < node->scheduler_count; i++)
        if (&node->scheduler[i] != s && node->scheduler[i].kind == OTP_NORMAL &&
            otp_member(node, node->scheduler[i].data, OTP_sd_regs) == registers)
            return OTP_WRONG;
    return otp_sound_if(registers % 8 == 0 && otp_has(&node->memory, registers, 64));
}

static enum otp_verdict is_a_thread(struct otp_node *node, const struct otp_scheduler *s)
{
    if (node->cpu_count < node->scheduler_count)
        return OTP_NOT_ASKED;
    return otp_sound_if(s->cpu != NULL);
}

static enum otp_verdict has_worked(struct otp_node *node, const struct otp_scheduler *s)
{
    (void)node;
    return s->kind != OTP_NORMAL ? OTP_NOT_ASKED : otp_sound_if(s->reductions >> 48 == 0);
}

static const struct {
    const char *name;
    bool needed;
    enum otp_verdict (*judge)(struct otp_node *node, const struct otp_scheduler *s);
} scheduler_rows[] = {
    {"schedulers have their run queues", true, scheduler_fits},
    {"what schedulers run", false, runs_what_runs},
    {"registers of schedulers", true, registers_are_its_own},
    {"threads of schedulers", false, is_a_thread},
    {"work of schedulers", true, has_worked},
};
enum { SCHEDULER_ROWS = sizeof scheduler_rows / sizeof *scheduler_rows };

void otp_check_schedulers(struct otp_checking *c)
{
    struct otp_node *node = c->node;
    for (size_t k = 0; k < SCHEDULER_ROWS; k++) {
        struct otp_tally tally = {.name = scheduler_rows[k].name,
                                  .needed = scheduler_rows[k].needed};
        for (size_t i = 0; i < node->scheduler_count; i++)
            otp_tally_add(&tally, scheduler_rows[k].judge(node, &node->scheduler[i]));
        otp_check_tally(c, &tally);
    }
}
