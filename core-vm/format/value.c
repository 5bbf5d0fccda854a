#include "core-vm/format/value.h"

static const char *const kind_names[] = {
#define BEAM_KIND(name, text) [BEAM_##name] = (text),
#include "core-vm/format/kind.def"
#undef BEAM_KIND
};

const char *beam_kind_name(enum beam_kind kind)
{
    return kind_names[kind];
}
