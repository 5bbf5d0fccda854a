// Opening images, and what is said in them of where they are from.
#include <string.h>
#include <time.h>

#include "core-vm/base/file.h"
#include "inspector/target/saved_priv.h"

void tgt_put_fact(const char *name, const char *value, struct wb_text *text)
{
    wb_text_printf(text, "%s ", name);
    for (const char *c = value; *c != '\0'; c++)
        wb_text_put_char(text, (unsigned char)*c < ' ' ? ' ' : *c);
    wb_text_put_char(text, '\n');
}

void tgt_put_origin(const struct tgt_origin *origin, struct wb_text *text)
{
    char now[64] = "";
    struct tm parts;
    time_t seconds = time(NULL);
    if (gmtime_r(&seconds, &parts) != NULL)
        (void)strftime(now, sizeof now, "%Y-%m-%d %H:%M:%S UTC", &parts);
    tgt_put_fact("kind", origin->kind, text);
    tgt_put_fact("name", origin->name, text);
    tgt_put_fact("saved", origin->date != NULL ? origin->date : now, text);
}

static char *keep(struct wb_arena *arena, const void *at, size_t size)
{
    char *copy = wb_push(arena, size + 1, 1);
    if (size > 0)
        memcpy(copy, at, size);
    return copy;
}

struct wb_error *tgt_saved_read(struct img *img, struct wb_arena *arena, struct tgt_said *ret)
{
    struct wb_bytes bytes;
    WB_TRY(img_read(img, IMG_FACTS, &bytes));
    char *rest = keep(arena, bytes.at, bytes.size);
    size_t lines = 0;
    for (size_t i = 0; i < bytes.size; i++)
        lines += rest[i] == '\n';
    struct tgt_said said = {.at = wb_push_array(arena, struct tgt_fact, lines + 1)};
    for (char *line; (line = strsep(&rest, "\n")) != NULL && said.count < lines;) {
        char *value = strchr(line, ' ');
        if (value == NULL)
            continue;
        *value++ = '\0';
        said.at[said.count++] = (struct tgt_fact){line, value};
    }
    *ret = said;
    return NULL;
}

const char *tgt_said_of(const struct tgt_said *said, const char *name)
{
    for (size_t i = 0; i < said->count; i++)
        if (strcmp(said->at[i].name, name) == 0)
            return said->at[i].value;
    return NULL;
}

static const char *text_of(const struct tgt_said *said, const char *name, struct wb_arena *arena)
{
    const char *value = tgt_said_of(said, name);
    return value != NULL ? keep(arena, value, strlen(value)) : "";
}

struct tgt_origin tgt_saved_origin(const struct tgt_said *said, struct wb_arena *arena)
{
    return (struct tgt_origin){
        .kind = text_of(said, "kind", arena),
        .name = text_of(said, "name", arena),
        .date = text_of(said, "saved", arena),
    };
}

const char *tgt_saved_kind(const struct tgt_origin *origin, struct wb_arena *arena)
{
    struct wb_text text wb_auto_text = {0};
    wb_text_printf(&text, "image (%s)", origin->kind);
    return keep(arena, text.at, text.size);
}

void tgt_saved_facts(const struct tgt_origin *origin, struct wb_arena *arena, struct tgt_info *info)
{
    struct wb_text text wb_auto_text = {0};
    wb_text_printf(&text, "%s %s, saved %s", origin->kind, origin->name, origin->date);
    struct tgt_fact *facts = wb_push_array(arena, struct tgt_fact, info->fact_count + 1);
    for (size_t i = 0; i < info->fact_count; i++)
        facts[i] = info->fact[i];
    facts[info->fact_count++] = (struct tgt_fact){"image of", keep(arena, text.at, text.size)};
    info->fact = facts;
}

static struct wb_error *open_dump(struct img *img, struct wb_bytes *file,
                                  const struct tgt_open *open, struct tgt **ret)
{
    struct wb_error *err = tgt_dump_open_saved(img, open, ret);
    img_close(img);
    wb_file_unmap(file);
    return err;
}

static struct wb_error *open_image(const struct tgt_open *open, struct tgt **ret)
{
    struct wb_bytes file = {0};
    struct img img;
    WB_TRY(wb_file_map(open->name, &file));
    struct wb_error *err = img_open(file, &img);
    if (err != NULL) {
        wb_file_unmap(&file);
        return err;
    }
    switch (img.kind) {
    case IMG_OF_NODE:
        return tgt_otp_open_saved(&img, &file, open, ret);
    case IMG_OF_DUMP:
        return open_dump(&img, &file, open, ret);
    }
    return NULL;
}

static bool claims(const struct tgt_sight *seen)
{
    size_t size = sizeof IMG_MAGIC - 1;
    return seen->is_file && seen->head.size >= size && memcmp(seen->head.at, IMG_MAGIC, size) == 0;
}

const struct tgt_opener tgt_opener_saved = {"image", claims, open_image};
