// report.c - what was found, as JUnit's XML and as SARIF 2.1.0.
#include <stdio.h>
#include <string.h>

#include "core-vm/base/json.h"
#include "rewriter/fuzz/fuzz.h"
#include "rewriter/sarif.h"

static void put_xml(struct wb_text *text, const char *plain)
{
    for (; *plain != '\0'; plain++) {
        switch (*plain) {
        case '&':
            wb_text_put(text, "&amp;");
            break;
        case '<':
            wb_text_put(text, "&lt;");
            break;
        case '>':
            wb_text_put(text, "&gt;");
            break;
        case '"':
            wb_text_put(text, "&quot;");
            break;
        default:
            wb_text_put_char(text, (unsigned char)*plain < ' ' && *plain != '\n' ? '?' : *plain);
            break;
        }
    }
}

static void put_replay(const struct rw_fuzz_options *options, const struct rw_finding *finding,
                       struct wb_text *text)
{
    wb_text_printf(text, "cryo fuzz --loader %s --replay %s/findings/%s.beam", options->loader,
                   options->out, finding->name);
}

static void junit_case(const struct rw_fuzz_options *options, const struct rw_finding *finding,
                       struct wb_text *text)
{
    struct wb_text replay wb_auto_text = {0};
    put_replay(options, finding, &replay);
    wb_text_put(text, "    <testcase classname=\"cryo.fuzz\" name=\"");
    put_xml(text, finding->name);
    wb_text_printf(text, "\">\n      <failure type=\"%s\" message=\"",
                   rw_end_name(finding->result.end));
    put_xml(text, finding->result.text);
    wb_text_put(text, "\">verifier: ");
    put_xml(text, finding->rule);
    wb_text_put(text, "\nreplay: ");
    put_xml(text, wb_text_string(&replay));
    wb_text_put_char(text, '\n');
    put_xml(text, finding->result.stack);
    wb_text_put(text, "</failure>\n    </testcase>\n");
}

void rw_report_junit(const struct rw_fuzz_options *options, const struct rw_fuzz_report *report,
                     struct wb_text *text)
{
    size_t count = report->finding_count;
    wb_text_printf(text,
                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
                   "  <testsuite name=\"cryo fuzz\" tests=\"%zu\" failures=\"%zu\" time=\"%.1f\">\n"
                   "    <properties>\n      <property name=\"loader\" value=\"",
                   count + 1, count, report->last.now.seconds);
    put_xml(text, options->loader);
    wb_text_printf(text,
                   "\"/>\n      <property name=\"execs\" value=\"%llu\"/>\n"
                   "      <property name=\"edges\" value=\"%llu\"/>\n    </properties>\n"
                   "    <testcase classname=\"cryo.fuzz\" name=\"run\" time=\"%.1f\"/>\n",
                   (unsigned long long)report->last.now.execs,
                   (unsigned long long)report->last.now.edges, report->last.now.seconds);
    for (size_t i = 0; i < count; i++)
        junit_case(options, &report->findings[i], text);
    wb_text_put(text, "  </testsuite>\n</testsuites>\n");
}

// ---- SARIF

static const char *sentence_of(enum rw_end end)
{
    switch (end) {
    case RW_END_CRASH:
        return "a file ends the loader, or the process it loads into";
    case RW_END_HANG:
        return "a file keeps the loader busy for ever";
    case RW_END_DISPUTE:
        return "two that must agree about a file do not";
    case RW_END_REFUSED:
    case RW_END_LOADED:
        break;
    }
    return "";
}

static void sarif_result(struct wb_json *json, const struct rw_fuzz_options *options,
                         const struct rw_finding *finding)
{
    struct wb_text text wb_auto_text = {0};
    wb_text_printf(&text, "%s (verifier: %s; replay: ", finding->result.text, finding->rule);
    put_replay(options, finding, &text);
    wb_text_put(&text, ")");
    wb_json_object(json);
    wb_json_key_text(json, "ruleId", rw_end_name(finding->result.end));
    wb_json_key_text(json, "level", "error");
    rw_sarif_message(json, wb_text_string(&text));
    wb_text_cut(&text, 0);
    wb_text_printf(&text, "%s/findings/%s.beam", options->out, finding->name);
    rw_sarif_place(json, wb_text_string(&text));
    wb_text_cut(&text, 0);
    wb_text_printf(&text, "%016llx", (unsigned long long)finding->result.key);
    wb_json_key(json, "partialFingerprints");
    wb_json_object(json);
    wb_json_key_text(json, "cryoKey/v1", wb_text_string(&text));
    wb_json_end_object(json);
    wb_json_end_object(json);
}

void rw_report_sarif(const struct rw_fuzz_options *options, const struct rw_fuzz_report *report,
                     struct wb_text *text)
{
    struct wb_json json = {.text = text};
    rw_sarif_begin(&json, "cryo fuzz", options->version);
    for (enum rw_end end = RW_END_CRASH; end <= RW_END_DISPUTE; end++)
        rw_sarif_rule(&json, rw_end_name(end), sentence_of(end), NULL);
    rw_sarif_results(&json);
    for (size_t i = 0; i < report->finding_count; i++)
        sarif_result(&json, options, &report->findings[i]);
    rw_sarif_end(&json);
}
