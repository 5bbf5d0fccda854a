// top.h - the screen of `cryo top`: drawn on a canvas, moved by keys; it knows no terminal and no
// node.
#ifndef TUI_TOP_H
#define TUI_TOP_H

#include "inspector/top.h"
#include "tui/canvas.h"
#include "tui/key.h"

struct ui_top {
    struct insp_top *data;
    const char *name, *release;  // of the node
    struct tgt_pid at;           // the process the cursor is on; it stays there when rows move
    size_t first;                // row at the top
    bool paused;
    char message[200];
};

enum ui_top_wish { UI_TOP_NOTHING, UI_TOP_QUIT, UI_TOP_FREEZE };

// One key; what it is that whoever has the node must do.
enum ui_top_wish ui_top_input(struct ui_top *top, struct ui_input input, int rows);
void ui_top_draw(struct ui_top *top, struct ui_area area);

#endif
