// sarif.h - what a tool found, as SARIF 2.1.0 (OASIS): one run, its rules, then its results.
#ifndef REWRITER_SARIF_H
#define REWRITER_SARIF_H

#include "core-vm/base/json.h"

// Begin the log, up to the list of rules. `version`: the tool's, NULL: not said.
void rw_sarif_begin(struct wb_json *json, const char *tool, const char *version);
// A rule. `page`: all there is to say of it, NULL: the sentence is.
void rw_sarif_rule(struct wb_json *json, const char *id, const char *sentence, const char *page);
// No more rules: results come, which are objects in the list that is open now.
void rw_sarif_results(struct wb_json *json);
void rw_sarif_end(struct wb_json *json);

// Members of a result.
void rw_sarif_message(struct wb_json *json, const char *text);
void rw_sarif_place(struct wb_json *json, const char *path);
// As rw_sarif_place, for those who say more of the place: `physicalLocation` is left open, in an
// object, in a list.
void rw_sarif_open_place(struct wb_json *json, const char *path);

#endif
