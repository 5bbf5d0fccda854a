#include "rewriter/verdict.h"

#include <stdlib.h>
#include <string.h>

#include "core-vm/format/dis.h"
#include "core-vm/format/print.h"
#include "rewriter/sarif.h"

enum { SCHEMA_VERSION = 1 };

// What is said of an instruction.
struct place {
    const struct beam_function *function;  // NULL: outside of any
    uint32_t label;                        // last one before the instruction, 0: none
    const struct beam_ins *ins;            // NULL: the module as a whole
};

static struct place place_of(const struct rw_verdict_file *file, const struct beam_fault *fault)
{
    struct place place = {0};
    if (fault->function != BEAM_NO_INS)
        place.function = &file->code->functions.at[fault->function];
    if (fault->ins == BEAM_NO_INS)
        return place;
    place.ins = &file->code->ins.at[fault->ins];
    uint32_t first = place.function != NULL ? place.function->first : 0;
    for (uint32_t i = fault->ins + 1; i > first && place.label == 0; i--)
        if (file->code->ins.at[i - 1].op == OP_label)
            place.label = (uint32_t)file->code->ins.at[i - 1].operand[0].value;
    return place;
}

static void put_function(const struct rw_verdict_file *file, const struct beam_function *function,
                         struct wb_text *text)
{
    beam_print_atom(beam_module_atom(file->module, function->name), text);
    wb_text_printf(text, "/%u", function->arity);
}

static void put_instruction(const struct rw_verdict_file *file, const struct beam_ins *ins,
                            struct wb_text *text)
{
    beam_dis_ins(file->module, ins, text);
}

static bool is_shown(const struct beam_verdict *verdict, const struct beam_fault *fault)
{
    return fault->origin != BEAM_NO_INS && verdict->proved != NULL;
}

// As text: a line for the fault, then the instruction, the registers, the origin.

static void text_fault(struct rw_verdict *r, const struct rw_verdict_file *file,
                       const struct beam_fault *fault, const char *kind)
{
    struct place place = place_of(file, fault);
    wb_text_printf(r->text, "%s: ", file->path);
    if (place.function != NULL)
        put_function(file, place.function, r->text);
    if (place.ins != NULL)
        wb_text_printf(r->text, " @%u +%u", place.label, fault->ins);
    wb_text_printf(r->text, "%s%s: %s [%s]\n",
                   place.function != NULL || place.ins != NULL ? ": " : "", kind, fault->text,
                   beam_rule_name(fault->rule));
    if (place.ins == NULL)
        return;
    wb_text_put(r->text, "    ");
    put_instruction(file, place.ins, r->text);
    wb_text_put_char(r->text, '\n');
    if (fault->state != NULL)
        wb_text_printf(r->text, "    %s\n", fault->state);
    if (!is_shown(file->verdict, fault))
        return;
    wb_text_printf(r->text, "    written at +%u: ", fault->origin);
    put_instruction(file, &file->code->ins.at[fault->origin], r->text);
    wb_text_put_char(r->text, '\n');
}

static void text_file(struct rw_verdict *r, const struct rw_verdict_file *file)
{
    if (r->quiet)
        return;
    for (size_t i = 0; i < file->verdict->faults.count; i++)
        text_fault(r, file, &file->verdict->faults.at[i], "broken");
    for (size_t i = 0; i < file->verdict->doubts.count; i++)
        text_fault(r, file, &file->verdict->doubts.at[i], "unproved");
}

// As JSON.

static void json_printed(struct wb_json *json, const char *key, struct wb_text *text)
{
    wb_json_key_string(json, key, wb_text_bytes(text));
    wb_text_cut(text, 0);
}

// Where a fault is, as members of the object that is open.
static void json_place(struct wb_json *json, const struct rw_verdict_file *file,
                       const struct beam_fault *fault)
{
    struct wb_text text wb_auto_text = {0};
    struct place place = place_of(file, fault);
    if (place.function != NULL) {
        put_function(file, place.function, &text);
        json_printed(json, "function", &text);
    }
    if (place.ins == NULL)
        return;
    wb_json_key_number(json, "label", place.label);
    wb_json_key_number(json, "instruction", fault->ins);
    put_instruction(file, place.ins, &text);
    json_printed(json, "code", &text);
    if (fault->state != NULL)
        wb_json_key_text(json, "registers", fault->state);
    if (!is_shown(file->verdict, fault))
        return;
    wb_json_key(json, "written");
    wb_json_object(json);
    wb_json_key_number(json, "instruction", fault->origin);
    put_instruction(file, &file->code->ins.at[fault->origin], &text);
    json_printed(json, "code", &text);
    wb_json_end_object(json);
}

static void json_faults(struct wb_json *json, const struct rw_verdict_file *file, const char *key,
                        const struct beam_fault_list *faults)
{
    wb_json_key(json, key);
    wb_json_list(json);
    for (size_t i = 0; i < faults->count; i++) {
        wb_json_object(json);
        wb_json_key_text(json, "rule", beam_rule_name(faults->at[i].rule));
        wb_json_key_text(json, "text", faults->at[i].text);
        json_place(json, file, &faults->at[i]);
        wb_json_end_object(json);
    }
    wb_json_end_list(json);
}

static struct wb_json json_begin(struct rw_verdict *r)
{
    struct wb_json json = {.text = r->text};
    wb_json_object(&json);
    wb_json_key_number(&json, "version", SCHEMA_VERSION);
    return json;
}

static void json_end(struct rw_verdict *r, struct wb_json *json)
{
    wb_json_end_object(json);
    wb_text_put_char(r->text, '\n');
}

static void json_file(struct rw_verdict *r, const struct rw_verdict_file *file, uint32_t proved)
{
    struct wb_json json = json_begin(r);
    wb_json_key_text(&json, "file", file->path);
    wb_json_key_string(&json, "module", file->module->name);
    wb_json_key_number(&json, "functions", file->code->functions.count);
    wb_json_key_number(&json, "functions_proved", proved);
    wb_json_key_number(&json, "instructions", file->code->ins.count);
    wb_json_key_number(&json, "demands", file->verdict->demands);
    wb_json_key_number(&json, "demands_proved", file->verdict->demands_proved);
    wb_json_key_number(&json, "claims", file->verdict->claims);
    wb_json_key_number(&json, "claims_proved", file->verdict->claims_proved);
    json_faults(&json, file, "broken", &file->verdict->faults);
    json_faults(&json, file, "unproved", &file->verdict->doubts);
    json_end(r, &json);
}

// As SARIF: rules are all rows of rules.def, so that a rule's index is its number, and that a file
// can be read.
static const char unreadable[] = "unreadable";

static void sarif_begin(struct rw_verdict *r, const char *version)
{
    rw_sarif_begin(&r->json, "cryo verify", version);
    for (unsigned i = 0; i < BEAM_RULES; i++)
        rw_sarif_rule(&r->json, beam_rule_name(i), beam_rule_sentence(i), beam_rule_page(i));
    rw_sarif_rule(&r->json, unreadable, "the file is a .beam file that can be read", NULL);
    rw_sarif_results(&r->json);
}

// The file, the bytes of the instruction in it, and the function.
static void sarif_location(struct wb_json *json, const struct rw_verdict_file *file,
                           const struct place *place)
{
    struct wb_text text wb_auto_text = {0};
    rw_sarif_open_place(json, file->path);
    if (place->ins != NULL) {
        beam_ins_write(place->ins, &text);
        wb_json_key(json, "region");
        wb_json_object(json);
        wb_json_key_number(json, "byteOffset",
                           (uint64_t)(file->module->code.bytes.at - file->bytes.at) +
                               place->ins->at);
        wb_json_key_number(json, "byteLength", text.size);
        wb_json_end_object(json);
        wb_text_cut(&text, 0);
    }
    wb_json_end_object(json);
    if (place->function != NULL) {
        wb_json_key(json, "logicalLocations");
        wb_json_list(json);
        wb_json_object(json);
        beam_print_atom(file->module->name, &text);
        wb_text_put_char(&text, ':');
        put_function(file, place->function, &text);
        json_printed(json, "fullyQualifiedName", &text);
        wb_json_key_text(json, "kind", "function");
        wb_json_end_object(json);
        wb_json_end_list(json);
    }
    wb_json_end_object(json);
    wb_json_end_list(json);
}

static void sarif_result(struct wb_json *json, const struct rw_verdict_file *file,
                         const struct beam_fault *fault, const char *level)
{
    struct place place = place_of(file, fault);
    wb_json_object(json);
    wb_json_key_text(json, "ruleId", beam_rule_name(fault->rule));
    wb_json_key_number(json, "ruleIndex", fault->rule);
    wb_json_key_text(json, "level", level);
    rw_sarif_message(json, fault->text);
    sarif_location(json, file, &place);
    wb_json_key(json, "properties");
    wb_json_object(json);
    json_place(json, file, fault);
    wb_json_end_object(json);
    wb_json_end_object(json);
}

static void sarif_file(struct rw_verdict *r, const struct rw_verdict_file *file)
{
    for (size_t i = 0; i < file->verdict->faults.count; i++)
        sarif_result(&r->json, file, &file->verdict->faults.at[i], "error");
    for (size_t i = 0; i < file->verdict->doubts.count; i++)
        sarif_result(&r->json, file, &file->verdict->doubts.at[i], "warning");
}

static void sarif_unreadable(struct wb_json *json, const char *path, const char *why)
{
    wb_json_object(json);
    wb_json_key_text(json, "ruleId", unreadable);
    wb_json_key_number(json, "ruleIndex", BEAM_RULES);
    wb_json_key_text(json, "level", "error");
    rw_sarif_message(json, why);
    rw_sarif_place(json, path);
    wb_json_end_object(json);
}

// Counting.

// Functions all of whose instructions are proved and have no faults; and those of which what the
// Type chunk claims of their operands is, too.
static void count_proved(const struct rw_verdict_file *file, uint32_t *proved,
                         uint32_t *with_claims)
{
    const struct beam_verdict *verdict = file->verdict;
    uint32_t functions = file->code->functions.count;
    bool *bad = calloc(functions + 1u, sizeof *bad);
    if (bad == NULL)
        wb_die_no_memory(functions + 1u);
    for (size_t i = 0; i < verdict->faults.count; i++)
        if (verdict->faults.at[i].function != BEAM_NO_INS)
            bad[verdict->faults.at[i].function] = true;
    *proved = *with_claims = 0;
    for (uint32_t f = 0; f < functions; f++) {
        const struct beam_function *function = &file->code->functions.at[f];
        bool claims = true;
        for (uint32_t i = function->first; i < function->end && !bad[f]; i++) {
            bad[f] = !beam_proved(verdict, i);
            claims = claims && !beam_claim_unproved(verdict, i);
        }
        *proved += !bad[f];
        *with_claims += !bad[f] && claims;
    }
    free(bad);
}

static uint64_t count_unproved(const struct beam_code *code, const struct beam_verdict *verdict)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < code->ins.count; i++)
        count += !beam_proved(verdict, i);
    return count;
}

void rw_verdict_begin(struct rw_verdict *r, const char *version)
{
    r->json = (struct wb_json){.text = r->text};
    if (r->form == RW_VERDICT_SARIF)
        sarif_begin(r, version);
}

void rw_verdict_file(struct rw_verdict *r, const struct rw_verdict_file *file)
{
    struct rw_verdict_sum *sum = &r->sum;
    uint32_t proved, with_claims;
    count_proved(file, &proved, &with_claims);
    sum->files++;
    sum->bytes += file->bytes.size;
    sum->broken += file->verdict->faults.count;
    sum->broken_files += file->verdict->faults.count > 0;
    sum->functions += file->code->functions.count;
    sum->functions_proved += proved;
    sum->functions_with_claims += with_claims;
    sum->claims += file->verdict->claims;
    sum->claims_proved += file->verdict->claims_proved;
    sum->instructions += file->code->ins.count;
    sum->demands += file->verdict->demands;
    sum->demands_proved += file->verdict->demands_proved;
    sum->unproved += count_unproved(file->code, file->verdict);
    if (r->form == RW_VERDICT_TEXT)
        text_file(r, file);
    else if (r->form == RW_VERDICT_JSON)
        json_file(r, file, proved);
    else
        sarif_file(r, file);
}

void rw_verdict_unreadable(struct rw_verdict *r, const char *path, const char *why)
{
    r->sum.files++;
    r->sum.unreadable++;
    if (r->form == RW_VERDICT_SARIF) {
        sarif_unreadable(&r->json, path, why);
    } else if (r->form == RW_VERDICT_JSON) {
        struct wb_json json = json_begin(r);
        wb_json_key_text(&json, "file", path);
        wb_json_key_text(&json, "unreadable", why);
        json_end(r, &json);
    } else {
        wb_text_printf(r->text, "%s: unreadable: %s\n", path, why);
    }
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole > 0 ? 100.0 * (double)part / (double)whole : 100.0;
}

static void text_end(struct rw_verdict *r, double seconds)
{
    const struct rw_verdict_sum *sum = &r->sum;
    wb_text_printf(r->text, "%llu modules: %llu broken, %llu unreadable; ",
                   (unsigned long long)sum->files, (unsigned long long)sum->broken_files,
                   (unsigned long long)sum->unreadable);
    wb_text_printf(r->text, "%llu of %llu functions proved (%.2f %%); ",
                   (unsigned long long)sum->functions_proved, (unsigned long long)sum->functions,
                   percent(sum->functions_proved, sum->functions));
    if (sum->claims > 0)
        wb_text_printf(r->text, "with what their Type chunks claim %llu (%.2f %%); ",
                       (unsigned long long)sum->functions_with_claims,
                       percent(sum->functions_with_claims, sum->functions));
    wb_text_printf(r->text, "%llu of %llu instructions unproved; %.1f MB/s\n",
                   (unsigned long long)sum->unproved, (unsigned long long)sum->instructions,
                   seconds > 0 ? (double)sum->bytes / 1e6 / seconds : 0.0);
}

static void json_sum(struct rw_verdict *r, double seconds)
{
    const struct rw_verdict_sum *sum = &r->sum;
    struct wb_json json = json_begin(r);
    wb_json_key(&json, "sum");
    wb_json_object(&json);
    wb_json_key_number(&json, "files", sum->files);
    wb_json_key_number(&json, "unreadable", sum->unreadable);
    wb_json_key_number(&json, "broken", sum->broken_files);
    wb_json_key_number(&json, "bytes", sum->bytes);
    wb_json_key_number(&json, "functions", sum->functions);
    wb_json_key_number(&json, "functions_proved", sum->functions_proved);
    wb_json_key_number(&json, "instructions", sum->instructions);
    wb_json_key_number(&json, "unproved", sum->unproved);
    wb_json_key_number(&json, "demands", sum->demands);
    wb_json_key_number(&json, "demands_proved", sum->demands_proved);
    wb_json_key_number(&json, "functions_with_claims_proved", sum->functions_with_claims);
    wb_json_key_number(&json, "claims", sum->claims);
    wb_json_key_number(&json, "claims_proved", sum->claims_proved);
    wb_json_key_number(&json, "microseconds", (uint64_t)(seconds * 1e6));
    wb_json_end_object(&json);
    json_end(r, &json);
}

void rw_verdict_end(struct rw_verdict *r, double seconds)
{
    if (r->form == RW_VERDICT_TEXT)
        text_end(r, seconds);
    else if (r->form == RW_VERDICT_JSON)
        json_sum(r, seconds);
    else
        rw_sarif_end(&r->json);
}

// Rules.

static void explain_rule(enum beam_rule rule, struct wb_text *text)
{
    wb_text_printf(
        text, "## %s\n\n**%c%s.** %s\n\n%s\n", beam_rule_name(rule),
        beam_rule_sentence(rule)[0] - 'a' + 'A', beam_rule_sentence(rule) + 1, beam_rule_page(rule),
        beam_rule_is_proof(rule)
            ? "Where it cannot be proved the instruction is *unproved*; where it certainly is not "
              "so, *broken*."
            : "A file that breaks it is *broken*.");
}

bool rw_verdict_explain(const char *name, struct wb_text *text)
{
    bool found = false;
    if (name == NULL)
        wb_text_put(text,
                    "# Rules of the verifier\n\nWhat `cryo verify --explain` says of each.\n");
    for (unsigned i = 0; i < BEAM_RULES; i++) {
        if (name != NULL && strcmp(name, beam_rule_name(i)) != 0)
            continue;
        if (name == NULL)
            wb_text_put_char(text, '\n');
        explain_rule(i, text);
        found = true;
    }
    return found;
}
