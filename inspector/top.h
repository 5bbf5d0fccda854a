// top.h - samples of a living node beside each other: rates, growth, order.
#ifndef INSPECTOR_TOP_H
#define INSPECTOR_TOP_H

#include "core-vm/base/json.h"
#include "core-vm/base/text.h"
#include "inspector/target/top.h"

enum insp_top_field {
#define INSP_TOP_FIELD(name, key, title, width, help) INSP_TOP_##name,
#include "inspector/top_fields.def"
#undef INSP_TOP_FIELD
    INSP_TOP_FIELD_COUNT
};
struct insp_top_column {
    const char *key, *title;
    int width;
    const char *help;
};
extern const struct insp_top_column insp_top_columns[INSP_TOP_FIELD_COUNT];

struct insp_top_row {
    const struct tgt_proc *proc;
    uint64_t reductions;  // in a second
    int64_t growth;       // of its queue, in a second
};

struct insp_top {
    struct wb_arena arena[2];  // of the last sample and the one before, in turn
    struct tgt_sample sample[2];
    size_t samples;  // taken so far
    struct insp_top_row *row;
    size_t count;
    enum insp_top_field sort;
    bool reversed;
    double seconds;  // since the sample before
    // Of all processes.
    uint64_t reductions, messages, status[TGT_STATUS_COUNT];
};

void insp_top_init(struct insp_top *top);
void insp_top_done(struct insp_top *top);
// The arena to take the next sample on, empty; then hand the sample over.
struct wb_arena *insp_top_arena(struct insp_top *top);
void insp_top_add(struct insp_top *top, const struct tgt_sample *sample);
// INSP_TOP_FIELD_COUNT: there is none of that name.
enum insp_top_field insp_top_field_of(const char *key);
// Numbers sort with the most first, texts by their letters; reversed: the other way.
void insp_top_sort(struct insp_top *top, enum insp_top_field field, bool reversed);

// A line about all of it; a cell; at most `most` rows (0: all) as text or JSON.
void insp_top_head(const struct insp_top *top, const char *release, struct wb_text *text);
void insp_top_cell(const struct insp_top_row *row, enum insp_top_field field, struct wb_text *text);
void insp_top_text(const struct insp_top *top, const char *release, size_t most,
                   struct wb_text *text);
void insp_top_json(const struct insp_top *top, const char *release, size_t most,
                   struct wb_json *json);

#endif
