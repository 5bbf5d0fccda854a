#include "core-vm/vm/regex.h"

#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "core-vm/base/text.h"

// Patterns are compiled where they are used; the last few are kept, so that a loop over one
// compiles it once. Nothing of them is in the image: they are made again after it was opened.
enum { KEPT = 16 };

struct vm_regex {
    struct wb_text text;
    struct vm_regex_mode mode;
    pcre2_code *code;
    pcre2_match_data *match;
    uint32_t matched;  // groups, after a match
};

struct vm_regexes {
    struct vm_regex at[KEPT];
    unsigned next;  // the one to be replaced next
};

struct name {
    const char *name;
    uint32_t option;
};

static const struct name compile_names[] = {
    {"unicode", PCRE2_UTF},
    {"anchored", PCRE2_ANCHORED},
    {"caseless", PCRE2_CASELESS},
    {"dollar_endonly", PCRE2_DOLLAR_ENDONLY},
    {"dotall", PCRE2_DOTALL},
    {"extended", PCRE2_EXTENDED},
    {"firstline", PCRE2_FIRSTLINE},
    {"multiline", PCRE2_MULTILINE},
    {"no_auto_capture", PCRE2_NO_AUTO_CAPTURE},
    {"dupnames", PCRE2_DUPNAMES},
    {"ungreedy", PCRE2_UNGREEDY},
    {"no_start_optimize", PCRE2_NO_START_OPTIMIZE},
    {"ucp", PCRE2_UCP},
    {"never_utf", PCRE2_NEVER_UTF},
};
static const struct name run_names[] = {
    {"anchored", PCRE2_ANCHORED},
    {"notbol", PCRE2_NOTBOL},
    {"noteol", PCRE2_NOTEOL},
    {"notempty", PCRE2_NOTEMPTY},
    {"notempty_atstart", PCRE2_NOTEMPTY_ATSTART},
};
static const struct name newline_names[] = {
    {"cr", VM_NEWLINE_CR},           {"lf", VM_NEWLINE_LF},   {"crlf", VM_NEWLINE_CRLF},
    {"anycrlf", VM_NEWLINE_ANYCRLF}, {"any", VM_NEWLINE_ANY},
};
static const struct name bsr_names[] = {{"bsr_anycrlf", 1}, {"bsr_unicode", 2}};

static bool find(const struct name *names, size_t count, struct wb_bytes name, uint32_t *ret)
{
    for (size_t i = 0; i < count; i++)
        if (wb_bytes_equal(name, wb_bytes_of(names[i].name))) {
            *ret = names[i].option;
            return true;
        }
    return false;
}
#define FIND(names, name, ret) find((names), sizeof(names) / sizeof *(names), (name), (ret))

bool vm_regex_compile_option(struct wb_bytes name, struct vm_regex_mode *mode)
{
    uint32_t option;
    if (FIND(compile_names, name, &option)) {
        mode->options |= option;
        return true;
    }
    if (!FIND(bsr_names, name, &option))
        return false;
    mode->bsr = (uint8_t)option;
    return true;
}

bool vm_regex_run_option(struct wb_bytes name, uint32_t *options)
{
    uint32_t option;
    if (!FIND(run_names, name, &option))
        return false;
    *options |= option;
    return true;
}

bool vm_regex_newline(struct wb_bytes name, struct vm_regex_mode *mode)
{
    uint32_t option;
    if (!FIND(newline_names, name, &option))
        return false;
    mode->newline = (uint8_t)option;
    return true;
}

bool vm_regex_is_mode(const struct vm_regex_mode *mode)
{
    uint32_t known = 0;
    for (size_t i = 0; i < sizeof compile_names / sizeof *compile_names; i++)
        known |= compile_names[i].option;
    return (mode->options & ~known) == 0 && mode->newline <= VM_NEWLINE_ANY && mode->bsr <= 2;
}

bool vm_regex_is_unicode(const struct vm_regex_mode *mode)
{
    return (mode->options & PCRE2_UTF) != 0;
}

// What OTP's older library says where ours says it otherwise.
static const struct {
    int code;
    const char *message;
} messages[] = {
    {101, "\\ at end of pattern"},
    {102, "\\c at end of pattern"},
    {103, "unrecognized character follows \\"},
    {104, "numbers out of order in {} quantifier"},
    {105, "number too big in {} quantifier"},
    {106, "missing terminating ] for character class"},
    {107, "invalid escape sequence in character class"},
    {108, "range out of order in character class"},
    {109, "nothing to repeat"},
    {111, "unrecognized character after (? or (?-"},
    {112, "POSIX named classes are supported only within a class"},
    {113, "POSIX collating elements are not supported"},
    {114, "missing )"},
    {115, "reference to non-existent subpattern"},
    {118, "missing ) after comment"},
    {119, "parentheses are too deeply nested"},
    {122, "unmatched parentheses"},
    {124, "unrecognized character after (?<"},
    {125, "lookbehind assertion is not fixed length"},
    {126, "malformed number or name after (?("},
    {127, "conditional group contains more than two branches"},
    {128, "assertion expected after (?("},
    {130, "unknown POSIX class name"},
    {142, "syntax error in subpattern name (missing terminator)"},
    {143, "two named subpatterns have the same name"},
    {144, "group name must start with a non-digit"},
    {148, "subpattern name is too long (maximum 32 characters)"},
};

static void describe(int code, size_t offset, struct vm_regex_fault *fault)
{
    fault->offset = offset;
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
        if (messages[i].code == code) {
            strcpy(fault->message, messages[i].message);
            return;
        }
    if (pcre2_get_error_message(code, (PCRE2_UCHAR *)fault->message, sizeof fault->message) < 0)
        strcpy(fault->message, "unknown error");
}

static pcre2_code *compile(struct wb_bytes text, const struct vm_regex_mode *mode,
                           struct vm_regex_fault *fault)
{
    static const uint32_t newlines[] = {
        [VM_NEWLINE_DEFAULT] = PCRE2_NEWLINE_LF,      [VM_NEWLINE_CR] = PCRE2_NEWLINE_CR,
        [VM_NEWLINE_LF] = PCRE2_NEWLINE_LF,           [VM_NEWLINE_CRLF] = PCRE2_NEWLINE_CRLF,
        [VM_NEWLINE_ANYCRLF] = PCRE2_NEWLINE_ANYCRLF, [VM_NEWLINE_ANY] = PCRE2_NEWLINE_ANY,
    };
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    if (context == NULL)
        wb_die_no_memory(sizeof(void *));
    pcre2_set_newline(context, newlines[mode->newline]);
    pcre2_set_bsr(context, mode->bsr == 1 ? PCRE2_BSR_ANYCRLF : PCRE2_BSR_UNICODE);
    int code;
    PCRE2_SIZE offset;
    // \C would let a match end in the middle of a character.
    pcre2_code *made = pcre2_compile(text.at, text.size, mode->options | PCRE2_NEVER_BACKSLASH_C,
                                     &code, &offset, context);
    pcre2_compile_context_free(context);
    if (made == NULL)
        describe(code, offset, fault);
    return made;
}

static void drop(struct vm_regex *regex)
{
    wb_text_free(&regex->text);
    pcre2_code_free(regex->code);
    pcre2_match_data_free(regex->match);
    *regex = (struct vm_regex){0};
}

void vm_regex_forget(struct vm *vm)
{
    for (unsigned i = 0; vm->regexes != NULL && i < KEPT; i++)
        drop(&vm->regexes->at[i]);
    free(vm->regexes);
    vm->regexes = NULL;
}

static bool is_same(const struct vm_regex *regex, struct wb_bytes text,
                    const struct vm_regex_mode *mode)
{
    return regex->code != NULL && regex->mode.options == mode->options &&
           regex->mode.newline == mode->newline && regex->mode.bsr == mode->bsr &&
           wb_bytes_equal(wb_text_bytes(&regex->text), text);
}

struct vm_regex *vm_regex_of(struct vm *vm, struct wb_bytes text, const struct vm_regex_mode *mode,
                             struct vm_regex_fault *fault)
{
    if (vm->regexes == NULL)
        vm->regexes = calloc(1, sizeof *vm->regexes);
    if (vm->regexes == NULL)
        wb_die_no_memory(sizeof *vm->regexes);
    for (unsigned i = 0; i < KEPT; i++)
        if (is_same(&vm->regexes->at[i], text, mode))
            return &vm->regexes->at[i];
    pcre2_code *code = compile(text, mode, fault);
    if (code == NULL)
        return NULL;
    struct vm_regex *regex = &vm->regexes->at[vm->regexes->next++ % KEPT];
    drop(regex);
    wb_text_put_bytes(&regex->text, text.at, text.size);
    regex->mode = *mode;
    regex->code = code;
    regex->match = pcre2_match_data_create_from_pattern(code, NULL);
    if (regex->match == NULL)
        wb_die_no_memory(sizeof(void *));
    return regex;
}

uint32_t vm_regex_groups(const struct vm_regex *regex)
{
    uint32_t count = 0;
    pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &count);
    return count;
}

struct names {
    PCRE2_SPTR table;
    uint32_t count, size;
};

static struct names names_of(const struct vm_regex *regex)
{
    struct names names = {0};
    pcre2_pattern_info(regex->code, PCRE2_INFO_NAMECOUNT, &names.count);
    pcre2_pattern_info(regex->code, PCRE2_INFO_NAMEENTRYSIZE, &names.size);
    pcre2_pattern_info(regex->code, PCRE2_INFO_NAMETABLE, &names.table);
    return names;
}

// Entries of the table: two bytes of number, the name, a zero; sorted by name.
static struct wb_bytes name_at(const struct names *names, uint32_t i, uint32_t *group)
{
    const uint8_t *entry = names->table + (size_t)i * names->size;
    *group = (uint32_t)entry[0] << 8 | entry[1];
    return wb_bytes_of((const char *)entry + 2);
}

int vm_regex_group_named(const struct vm_regex *regex, struct wb_bytes name)
{
    struct names names = names_of(regex);
    int first = -1;
    for (uint32_t i = 0; i < names.count; i++) {
        uint32_t group;
        size_t start, size;
        if (!wb_bytes_equal(name_at(&names, i, &group), name))
            continue;
        if (vm_regex_group(regex, group, &start, &size))
            return (int)group;
        first = first < 0 ? (int)group : first;
    }
    return first;
}

bool vm_regex_name(const struct vm_regex *regex, uint32_t index, struct wb_bytes *ret)
{
    struct names names = names_of(regex);
    struct wb_bytes last = {0};
    for (uint32_t i = 0, seen = 0; i < names.count; i++) {
        uint32_t group;
        struct wb_bytes name = name_at(&names, i, &group);
        if (i > 0 && wb_bytes_equal(name, last))
            continue;
        last = name;
        if (seen++ == index) {
            *ret = name;
            return true;
        }
    }
    return false;
}

static enum vm_regex_outcome outcome_of(int result)
{
    switch (result) {
    case PCRE2_ERROR_NOMATCH:
    case PCRE2_ERROR_PARTIAL:
        return VM_REGEX_NONE;
    case PCRE2_ERROR_MATCHLIMIT:
    case PCRE2_ERROR_HEAPLIMIT:
        return VM_REGEX_MATCH_LIMIT;
    case PCRE2_ERROR_DEPTHLIMIT:
        return VM_REGEX_DEPTH_LIMIT;
    }
    return result >= 0 ? VM_REGEX_MATCH : VM_REGEX_BAD_SUBJECT;
}

enum vm_regex_outcome vm_regex_match(struct vm_regex *regex, const struct vm_regex_run *run)
{
    static const uint8_t nothing[1] = {0};
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    if (context == NULL)
        wb_die_no_memory(sizeof(void *));
    if (run->match_limit != 0)
        pcre2_set_match_limit(context, run->match_limit);
    if (run->depth_limit != 0)
        pcre2_set_depth_limit(context, run->depth_limit);
    int result = pcre2_match(regex->code, run->subject.size == 0 ? nothing : run->subject.at,
                             run->subject.size, run->offset, run->options, regex->match, context);
    pcre2_match_context_free(context);
    regex->matched = result > 0 ? (uint32_t)result : 0;
    return outcome_of(result);
}

uint32_t vm_regex_group_count(const struct vm_regex *regex)
{
    return regex->matched;
}

bool vm_regex_group(const struct vm_regex *regex, uint32_t group, size_t *start, size_t *size)
{
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(regex->match);
    if (group >= regex->matched || at[2 * group] == PCRE2_UNSET ||
        at[2 * group + 1] < at[2 * group])
        return false;
    *start = at[2 * group];
    *size = at[2 * group + 1] - at[2 * group];
    return true;
}

void vm_regex_version(struct wb_text *text)
{
    char version[64] = "";
    pcre2_config(PCRE2_CONFIG_VERSION, version);
    wb_text_put(text, version);
}
