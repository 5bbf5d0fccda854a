// tidy.c - rw_unit_tidy by name.
#include "rewriter/pass.h"

struct wb_error *rw_pass_tidy(struct rw_unit *unit, struct rw_run *run)
{
    if (run->option != NULL)
        return wb_error_new(WB_E_NOT_FOUND, "there is no option");
    return rw_unit_tidy(unit);
}
