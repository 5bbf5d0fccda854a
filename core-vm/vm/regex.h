// regex.h - regular expressions through PCRE2, with the options of OTP's module re; the only file
// pair that knows the library.
#ifndef VM_REGEX_H
#define VM_REGEX_H

#include "core-vm/base/bytes.h"
#include "core-vm/vm/vm_impl.h"

enum vm_newline {
    VM_NEWLINE_DEFAULT,  // lf
    VM_NEWLINE_CR,
    VM_NEWLINE_LF,
    VM_NEWLINE_CRLF,
    VM_NEWLINE_ANYCRLF,
    VM_NEWLINE_ANY,
};

// What a pattern is, besides its text: together its whole identity.
struct vm_regex_mode {
    uint32_t options;  // the library's, of the names that vm_regex_compile_option knows
    uint8_t newline;   // enum vm_newline
    uint8_t bsr;       // 0: default, 1: anycrlf, 2: unicode
};
// Add the option of that name (unicode, caseless, bsr_anycrlf, ...). False: there is none.
bool vm_regex_compile_option(struct wb_bytes name, struct vm_regex_mode *mode);
// Add one of the names for running (notbol, anchored, ...) to *options. False: there is none.
bool vm_regex_run_option(struct wb_bytes name, uint32_t *options);
bool vm_regex_newline(struct wb_bytes name, struct vm_regex_mode *mode);
// Is it one that these functions could have made?
bool vm_regex_is_mode(const struct vm_regex_mode *mode);
bool vm_regex_is_unicode(const struct vm_regex_mode *mode);

// Compiled, and kept by the VM for as long as it likes: use it before the next one is asked for.
// NULL: `text` is no pattern; *fault says why and where.
struct vm_regex;
struct vm_regex_fault {
    char message[128];
    size_t offset;
};
struct vm_regex *vm_regex_of(struct vm *vm, struct wb_bytes text, const struct vm_regex_mode *mode,
                             struct vm_regex_fault *fault);
void vm_regex_forget(struct vm *vm);  // all of a VM that is freed

uint32_t vm_regex_groups(const struct vm_regex *regex);  // without the whole match
// Number of a group's name; -1: there is none. With several of one name, the first that matched
// last, else the first.
int vm_regex_group_named(const struct vm_regex *regex, struct wb_bytes name);
// The index'th name in alphabetical order; false: there are not so many.
bool vm_regex_name(const struct vm_regex *regex, uint32_t index, struct wb_bytes *ret);

struct vm_regex_run {
    struct wb_bytes subject;
    size_t offset;
    uint32_t options;
    uint32_t match_limit, depth_limit;  // 0: the library's
};
enum vm_regex_outcome {
    VM_REGEX_MATCH,
    VM_REGEX_NONE,
    VM_REGEX_MATCH_LIMIT,
    VM_REGEX_DEPTH_LIMIT,
    VM_REGEX_BAD_SUBJECT,
};
enum vm_regex_outcome vm_regex_match(struct vm_regex *regex, const struct vm_regex_run *run);
// After a match: groups that took part, the whole match included, up to the last one that did.
uint32_t vm_regex_group_count(const struct vm_regex *regex);
// Where a group matched; false: it did not.
bool vm_regex_group(const struct vm_regex *regex, uint32_t group, size_t *start, size_t *size);

// The library's name for its version.
struct wb_text;
void vm_regex_version(struct wb_text *text);

#endif
