#include "tui/view.h"

#include <stdio.h>

void ui_view_sync(struct ui_view *view, struct insp_context *c)
{
    uint64_t epoch = tgt_epoch(c->s->t);
    if (view->loaded && view->epoch == epoch)
        return;
    struct wb_error *err = view->ops->load(view, c);
    view->error[0] = '\0';
    if (err != NULL) {
        snprintf(view->error, sizeof view->error, "%s", err->text);
        view->lines = 0;
    }
    wb_error_free(err);
    view->loaded = true;
    view->epoch = epoch;
}

void ui_view_aim(struct ui_view *view, const struct ui_subject *subject)
{
    const struct ui_subject *have = &view->subject;
    bool same = have->pid.id == subject->pid.id && have->frame == subject->frame &&
                have->term.bits == subject->term.bits && have->message == subject->message;
    if (same)
        return;
    bool same_process = have->pid.id == subject->pid.id;
    view->subject = *subject;
    view->loaded = false;
    if (!same_process || subject->term.bits != 0)
        view->cursor = view->top = 0;
}

// Keep the cursor inside the lines and the window around the cursor.
static void settle(struct ui_view *view)
{
    size_t page = view->page > 0 ? (size_t)view->page : 1;
    if (view->cursor >= view->lines)
        view->cursor = view->lines > 0 ? view->lines - 1 : 0;
    if (view->top > view->cursor)
        view->top = view->cursor;
    if (view->cursor >= view->top + page)
        view->top = view->cursor - page + 1;
    if (view->top + page > view->lines)
        view->top = view->lines > page ? view->lines - page : 0;
}

void ui_view_draw(struct ui_view *view, struct insp_context *c, struct ui_area area)
{
    view->page = area.rows;
    ui_view_sync(view, c);
    if (view->error[0] != '\0') {
        ui_put(area, 0, 1, UI_DIM, "%s", view->error);
        return;
    }
    settle(view);
    view->ops->draw(view, c, area);
}

void ui_view_go(struct ui_view *view, size_t line)
{
    view->cursor = line;
    settle(view);
}

static void move(struct ui_view *view, long by)
{
    size_t most = view->lines > 0 ? view->lines - 1 : 0;
    if (by < 0 && (size_t)-by > view->cursor)
        view->cursor = 0;
    else
        view->cursor += (size_t)by;
    if (view->cursor > most)
        view->cursor = most;
    settle(view);
}

static bool is_movement(struct ui_view *view, enum ui_request request, long *by)
{
    long page = view->page > 1 ? view->page : 1;
    switch ((int)request) {
    case UI_UP_REQUEST:
        *by = -1;
        return true;
    case UI_DOWN_REQUEST:
        *by = 1;
        return true;
    case UI_PAGE_UP_REQUEST:
        *by = -page;
        return true;
    case UI_PAGE_DOWN_REQUEST:
        *by = page;
        return true;
    case UI_HALF_UP_REQUEST:
        *by = -(page + 1) / 2;
        return true;
    case UI_HALF_DOWN_REQUEST:
        *by = (page + 1) / 2;
        return true;
    case UI_FIRST_REQUEST:
        *by = -(long)view->cursor;
        return true;
    case UI_LAST_REQUEST:
        *by = (long)view->lines;
        return true;
    default:
        return false;
    }
}

enum ui_request ui_view_request(struct ui_view *view, struct insp_context *c,
                                enum ui_request request)
{
    enum { SHIFT = 8 };
    long by;
    if (is_movement(view, request, &by)) {
        move(view, by);
        return UI_NO_REQUEST;
    }
    if (request == UI_LEFT_REQUEST || request == UI_RIGHT_REQUEST) {
        view->shift += request == UI_RIGHT_REQUEST ? SHIFT : -SHIFT;
        if (view->shift < 0)
            view->shift = 0;
        return UI_NO_REQUEST;
    }
    return view->ops->request != NULL ? view->ops->request(view, c, request) : request;
}

bool ui_view_selected(struct ui_view *view, struct insp_context *c, struct ui_subject *ret)
{
    ui_view_sync(view, c);
    return view->error[0] == '\0' && view->ops->selected != NULL &&
           view->ops->selected(view, c, ret);
}

bool ui_view_idle(struct ui_view *view, struct insp_context *c)
{
    return view->ops->idle != NULL && view->loaded && view->ops->idle(view, c);
}

void ui_view_free(struct ui_view *view)
{
    if (view != NULL)
        view->ops->free(view);
}
