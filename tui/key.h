// key.h - keys as numbers: code points, and these beyond them.
#ifndef TUI_KEY_H
#define TUI_KEY_H

#include <stdint.h>

enum ui_key {
    UI_KEY_NONE = 0,
    UI_KEY_TAB = 9,
    UI_KEY_ENTER = 13,
    UI_KEY_ESCAPE = 27,
    UI_KEY_BACKSPACE = 127,
    UI_KEY_FIRST = 0x200000,
    UI_KEY_UP,
    UI_KEY_DOWN,
    UI_KEY_LEFT,
    UI_KEY_RIGHT,
    UI_KEY_HOME,
    UI_KEY_END,
    UI_KEY_PAGE_UP,
    UI_KEY_PAGE_DOWN,
    UI_KEY_BACK_TAB,
    UI_KEY_DELETE,
    UI_KEY_RESIZE,
    UI_KEY_MOUSE,  // with a place: see struct ui_input
    UI_KEY_WHEEL_UP,
    UI_KEY_WHEEL_DOWN,
    UI_KEY_F = 0x200100,  // UI_KEY_F + 1 is F1
};
#define UI_CTRL(letter) ((letter)&31)

struct ui_input {
    uint32_t key;
    int row, col;  // MOUSE
};

#endif
