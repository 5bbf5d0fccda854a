// The registers at a point of the code, for people.
#include <string.h>

#include "core-vm/format/verify_priv.h"

enum { MOST_SHOWN = 24, MOST_TEXT = 2000 };

static void show(const struct verifier *v, const struct slot *slots, uint32_t count, char letter,
                 struct wb_text *text)
{
    uint32_t shown = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (slots[i].type == TYPE_UNSET && letter == 'x')
            continue;
        if (shown++ == MOST_SHOWN || text->size > MOST_TEXT) {
            wb_text_put(text, " ...");
            return;
        }
        wb_text_printf(text, "%s%c%u ", text->size > 0 ? ", " : "", letter, i);
        type_show(&v->types, slots[i].type, text);
    }
}

const char *verify_show(struct verifier *v)
{
    struct wb_text text wb_auto_text = {0};
    show(v, v->now.x, v->now.nx, 'x', &text);
    if (v->now.frame > 0)
        show(v, v->now.y, (uint32_t)v->now.frame, 'y', &text);
    wb_text_printf(&text, "%sroom %u words", text.size > 0 ? "; " : "", v->now.room.words);
    if (v->now.frame == NO_FRAME)
        wb_text_put(&text, ", no frame");
    char *copy = wb_push_array(v->arena, char, text.size + 1);
    memcpy(copy, text.at, text.size + 1);
    return copy;
}
