// json.h - JSON appended to a text, piece by piece; commas and escapes are taken care of.
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "core-vm/base/bytes.h"
#include "core-vm/base/text.h"

enum { WB_JSON_DEPTH = 64 };

// Make one with .text set. Values follow each other inside lists; inside objects each follows its
// wb_json_key. Nesting deeper than WB_JSON_DEPTH is a programmer's error.
struct wb_json {
    struct wb_text *text;
    unsigned depth;
    bool keyed;                  // a key was written, its value comes next
    bool filled[WB_JSON_DEPTH];  // something stands at that depth already
};

void wb_json_object(struct wb_json *json);
void wb_json_list(struct wb_json *json);
void wb_json_end_object(struct wb_json *json);
void wb_json_end_list(struct wb_json *json);

void wb_json_key(struct wb_json *json, const char *name);
// UTF-8; bytes that are not become U+FFFD.
void wb_json_string(struct wb_json *json, struct wb_bytes string);
void wb_json_text(struct wb_json *json, const char *string);
void wb_json_number(struct wb_json *json, uint64_t number);
void wb_json_integer(struct wb_json *json, int64_t number);
void wb_json_bool(struct wb_json *json, bool truth);
void wb_json_null(struct wb_json *json);

// A key and its value.
void wb_json_key_string(struct wb_json *json, const char *name, struct wb_bytes string);
void wb_json_key_text(struct wb_json *json, const char *name, const char *string);
void wb_json_key_number(struct wb_json *json, const char *name, uint64_t number);

#endif
