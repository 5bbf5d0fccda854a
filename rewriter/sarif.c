#include "rewriter/sarif.h"

#include <string.h>

static void put_text(struct wb_json *json, const char *key, const char *text)
{
    wb_json_key(json, key);
    wb_json_object(json);
    wb_json_key_text(json, "text", text);
    wb_json_end_object(json);
}

void rw_sarif_begin(struct wb_json *json, const char *tool, const char *version)
{
    wb_json_object(json);
    wb_json_key_text(json, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    wb_json_key_text(json, "version", "2.1.0");
    wb_json_key(json, "runs");
    wb_json_list(json);
    wb_json_object(json);
    wb_json_key(json, "tool");
    wb_json_object(json);
    wb_json_key(json, "driver");
    wb_json_object(json);
    wb_json_key_text(json, "name", tool);
    if (version != NULL)
        wb_json_key_text(json, "version", version);
    wb_json_key(json, "rules");
    wb_json_list(json);
}

void rw_sarif_rule(struct wb_json *json, const char *id, const char *sentence, const char *page)
{
    wb_json_object(json);
    wb_json_key_text(json, "id", id);
    put_text(json, "shortDescription", sentence);
    if (page != NULL)
        put_text(json, "fullDescription", page);
    wb_json_end_object(json);
}

void rw_sarif_results(struct wb_json *json)
{
    wb_json_end_list(json);
    wb_json_end_object(json);
    wb_json_end_object(json);
    wb_json_key(json, "results");
    wb_json_list(json);
}

void rw_sarif_end(struct wb_json *json)
{
    wb_json_end_list(json);
    wb_json_end_object(json);
    wb_json_end_list(json);
    wb_json_end_object(json);
    wb_text_put_char(json->text, '\n');
}

void rw_sarif_message(struct wb_json *json, const char *text)
{
    put_text(json, "message", text);
}

// A path as a URI: one from the root is absolute, others are relative to where the log is read.
static void put_uri(struct wb_json *json, const char *path)
{
    struct wb_text text wb_auto_text = {0};
    wb_text_put(&text, *path == '/' ? "file://" : "");
    for (; *path != '\0'; path++) {
        unsigned char c = (unsigned char)*path;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     strchr("-._~/", c) != NULL;
        if (plain)
            wb_text_put_char(&text, (char)c);
        else
            wb_text_printf(&text, "%%%02X", c);
    }
    wb_json_key_text(json, "uri", wb_text_string(&text));
}

void rw_sarif_open_place(struct wb_json *json, const char *path)
{
    wb_json_key(json, "locations");
    wb_json_list(json);
    wb_json_object(json);
    wb_json_key(json, "physicalLocation");
    wb_json_object(json);
    wb_json_key(json, "artifactLocation");
    wb_json_object(json);
    put_uri(json, path);
    wb_json_end_object(json);
}

void rw_sarif_place(struct wb_json *json, const char *path)
{
    rw_sarif_open_place(json, path);
    wb_json_end_object(json);
    wb_json_end_object(json);
    wb_json_end_list(json);
}
