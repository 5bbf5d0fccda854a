// code.c - bytecode and source.
#include <inttypes.h>

#include "inspector/commands/command_priv.h"

enum { SOURCE_AROUND = 5 };

// A function to show and the instruction to point at in it (BEAM_NO_INS: none).
struct spot {
    const struct insp_code *code;
    uint32_t in, arrow;
};

static struct wb_error *spot_of_frame(struct insp_context *c, struct spot *ret)
{
    struct wb_arena arena = {0};
    struct tgt_frame frame;
    struct wb_error *err = insp_current_frame(c, &arena, &frame);
    if (err == NULL)
        err = insp_code_read(c->s, &c->code, frame.place.mfa.module, &ret->code);
    if (err == NULL) {
        uint32_t found =
            insp_code_find(ret->code, frame.place.mfa.function, (int)frame.place.mfa.arity);
        bool known = frame.ins < ret->code->code.ins.count;
        ret->in = known ? frame.ins : found;
        ret->arrow = known ? frame.ins : BEAM_NO_INS;
    }
    wb_arena_free(&arena);
    return err;
}

// The first instruction of a line.
static uint32_t ins_of_line(const struct insp_code *code, uint32_t line)
{
    uint32_t last = 0, found = BEAM_NO_INS;
    for (uint32_t i = 0; i < code->code.functions.count && found == BEAM_NO_INS; i++) {
        const struct beam_function *f = &code->code.functions.at[i];
        for (uint32_t at = f->first; at < f->end && found == BEAM_NO_INS; at++) {
            if (code->code.ins.at[at].op == OP_line)
                last = insp_code_line_of(code, at);
            if (last == line)
                found = at;
        }
    }
    return found;
}

static struct wb_error *spot_of_text(struct insp_context *c, const char *text, struct spot *ret)
{
    struct wb_arena arena = {0};
    struct tgt_find find;
    struct wb_error *err = insp_location_read(text, &arena, &find);
    if (err == NULL)
        err = insp_code_read(c->s, &c->code, find.module, &ret->code);
    ret->arrow = BEAM_NO_INS;
    if (err == NULL && find.line != 0)
        ret->in = ret->arrow = ins_of_line(ret->code, find.line);
    else if (err == NULL && find.function.size == 0)
        ret->in = ret->code->code.functions.count > 0 ? ret->code->code.functions.at[0].info
                                                      : BEAM_NO_INS;
    else if (err == NULL)
        ret->in = insp_code_find(ret->code, find.function, find.arity);
    wb_arena_free(&arena);
    if (err == NULL && ret->in == BEAM_NO_INS)
        return wb_error_new(WB_E_NOT_FOUND, "there is no code at %s", text);
    return err;
}

static void print_line(const struct spot *spot, const struct insp_code_line *line,
                       struct insp_out *out)
{
    struct wb_text text wb_auto_text = {0};
    insp_code_print(spot->code, line, &text);
    if (out->is_json) {
        wb_json_string(&out->json, wb_text_bytes(&text));
        return;
    }
    bool here = line->kind == INSP_CODE_INS && line->ins == spot->arrow;
    insp_out_line(out, "%s%s%s", here ? "=>" : "  ", line->kind == INSP_CODE_INS ? "         " : "",
                  wb_text_string(&text));
}

struct wb_error *insp_cmd_code(struct insp_context *c, const char *rest, struct insp_out *out)
{
    struct spot spot = {0};
    struct wb_arena arena = {0};
    struct insp_code_lines lines;
    WB_TRY(*rest != '\0' ? spot_of_text(c, rest, &spot) : spot_of_frame(c, &spot));
    insp_code_function(spot.code, spot.in, &arena, &lines);
    if (out->is_json) {
        wb_json_key(&out->json, "code");
        wb_json_list(&out->json);
    }
    for (size_t i = 0; i < lines.count; i++)
        print_line(&spot, &lines.at[i], out);
    if (out->is_json)
        wb_json_end_list(&out->json);
    wb_arena_free(&arena);
    return NULL;
}

struct wb_error *insp_cmd_list(struct insp_context *c, const char *rest, struct insp_out *out)
{
    struct spot spot = {0};
    WB_TRY(*rest != '\0' ? spot_of_text(c, rest, &spot) : spot_of_frame(c, &spot));
    if (spot.code->source_path == NULL)
        return wb_error_new(WB_E_NOT_FOUND, "the source of %.*s is not here (code shows bytecode)",
                            (int)spot.code->name.size, (const char *)spot.code->name.at);
    uint32_t line = insp_code_line_of(spot.code, spot.in);
    uint32_t first = line > SOURCE_AROUND ? line - SOURCE_AROUND : 1;
    insp_out_say(out, "file", "%s", spot.code->source_path);
    for (uint32_t i = first; i <= line + SOURCE_AROUND && i <= spot.code->source_count; i++) {
        struct wb_bytes text = insp_source_line(spot.code, i);
        insp_out_line(out, "%s%5" PRIu32 "  %.*s", i == line ? "=>" : "  ", i, (int)text.size,
                      (const char *)text.at);
    }
    if (out->is_json)
        insp_out_number(out, "line", line);
    return NULL;
}
