// md5.h - the MD5 message digest (RFC 1321): module versions and erlang:md5 need it.
#ifndef FORMAT_MD5_H
#define FORMAT_MD5_H

#include "core-vm/base/bytes.h"

struct beam_md5 {
    uint32_t state[4];
    uint64_t size;  // bytes taken so far
    uint8_t block[64];
};

void beam_md5_init(struct beam_md5 *md5);
void beam_md5_add(struct beam_md5 *md5, struct wb_bytes bytes);
void beam_md5_end(struct beam_md5 *md5, uint8_t ret[16]);

#endif
