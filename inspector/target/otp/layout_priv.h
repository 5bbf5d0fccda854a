// layout_priv.h - the tables of inspector/target/layouts/, made part of the program by
// embed_layouts.py.
#ifndef OTP_LAYOUT_PRIV_H
#define OTP_LAYOUT_PRIV_H

#include <stddef.h>

struct otp_shipped {
    const char *name, *text;
};
extern const struct otp_shipped otp_shipped[];
extern const size_t otp_shipped_count;

#endif
