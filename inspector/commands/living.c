// living.c - a living node: a fresh copy of it, holding it frozen, letting it go on.
#include <string.h>

#include "inspector/commands/command_priv.h"

static struct wb_error *look_again(struct insp_context *c, const char *rest, bool hold,
                                   struct insp_out *out)
{
    WB_TRY(insp_nothing_more(rest));
    WB_TRY(tgt_look_again(c->s->t, hold));
    insp_out_say(out, "receipt", "%s", tgt_info(c->s->t)->receipt);
    return NULL;
}

struct wb_error *insp_cmd_refresh(struct insp_context *c, const char *rest, struct insp_out *out)
{
    return look_again(c, rest, false, out);
}

struct wb_error *insp_cmd_hold(struct insp_context *c, const char *rest, struct insp_out *out)
{
    return look_again(c, rest, true, out);
}

struct wb_error *insp_cmd_release(struct insp_context *c, const char *rest, struct insp_out *out)
{
    WB_TRY(insp_nothing_more(rest));
    if (!tgt_held(c->s->t).on)
        return wb_error_new(WB_E_STATE, "it is not held: it goes on already");
    tgt_let_go(c->s->t);
    struct tgt_hold held = tgt_held(c->s->t);
    insp_out_say(out, "released", "let go after %.1f s; what is shown is the copy",
                 (double)(held.went_on - held.since) / 1e9);
    return NULL;
}
