#include "inspector/shape.h"

#include "core-vm/format/print.h"

static void shape(const struct beam_value *value, unsigned depth, struct wb_text *text);

static void shape_parts(const struct beam_value *at, size_t count, unsigned depth,
                        struct wb_text *text)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            wb_text_put_char(text, ',');
        shape(&at[i], depth - 1, text);
    }
}

static void shape(const struct beam_value *value, unsigned depth, struct wb_text *text)
{
    if (value->kind == BEAM_ATOM) {
        beam_print_atom(value->text, text);
    } else if (value->kind == BEAM_NIL) {
        wb_text_put(text, "[]");
    } else if (value->kind == BEAM_TUPLE && depth > 0) {
        wb_text_put_char(text, '{');
        shape_parts(value->part.at, value->part.count, depth, text);
        wb_text_put_char(text, '}');
    } else if (value->kind == BEAM_CONS && depth > 0) {
        wb_text_put_char(text, '[');
        shape(&value->part.at[0], depth - 1, text);
        wb_text_put(text, "|_]");
    } else if (value->kind == BEAM_MAP && depth > 0) {
        wb_text_put(text, "#{}");
    } else {
        wb_text_put_char(text, '_');
    }
}

void insp_shape(const struct beam_value *value, struct wb_text *text)
{
    shape(value, INSP_SHAPE_DEPTH, text);
}
