#include <string.h>
#include <zlib.h>

#include "core-vm/format/md5.h"
#include "core-vm/vm/arith.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/iolist.h"
#include "core-vm/vm/list_text.h"

// What a digest does with some bytes.
typedef void feed_fn(void *state, struct wb_bytes bytes);

// Bytes that do not begin at a byte, a piece at a time.
static void feed_shifted(const struct vm_bits *bits, feed_fn *feed, void *state)
{
    uint8_t piece[256];
    size_t size = bits->bits / 8, count = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned low = bits->at[i + 1] >> (8 - bits->start);
        piece[count++] = (uint8_t)((unsigned)bits->at[i] << bits->start | low);
        if (count == sizeof piece || i + 1 == size) {
            feed(state, (struct wb_bytes){piece, count});
            count = 0;
        }
    }
}

static void feed_bits(const struct vm_bits *bits, feed_fn *feed, void *state)
{
    if (bits->start != 0)
        feed_shifted(bits, feed, state);
    else
        feed(state, (struct wb_bytes){bits->at, bits->bits / 8});
}

// All bytes of an iolist or binary. False: it is none.
static bool feed_iolist(struct vm_cpu *c, vm_term list, feed_fn *feed, void *state)
{
    struct vm_iolist walk;
    struct vm_bits bits;
    uint64_t total = 0;
    vm_iolist_begin(&walk, c->base, list);
    while (vm_iolist_next(&walk, &bits)) {
        if (bits.bits % 8 != 0)
            walk.bad = true;
        feed_bits(&bits, feed, state);
        total += bits.bits / 8;
    }
    bool fine = !walk.bad;
    vm_iolist_end(&walk);
    c->reds -= (int64_t)(total / 1024);
    return fine;
}

static void feed_crc32(void *state, struct wb_bytes bytes)
{
    uint32_t *sum = state;
    *sum = (uint32_t)crc32_z(*sum, bytes.at, bytes.size);
}

static void feed_adler32(void *state, struct wb_bytes bytes)
{
    uint32_t *sum = state;
    *sum = (uint32_t)adler32_z(*sum, bytes.at, bytes.size);
}

static bool get_uint32(vm_term t, uint32_t *ret)
{
    if (!vm_is_small(t) || vm_small_value(t) < 0 || vm_small_value(t) > UINT32_MAX)
        return false;
    *ret = (uint32_t)vm_small_value(t);
    return true;
}

static vm_term checksum(struct vm_cpu *c, uint32_t sum, vm_term list, feed_fn *feed)
{
    return feed_iolist(c, list, feed, &sum) ? vm_small(sum) : vm_badarg(c);
}

static vm_term checksum_from(struct vm_cpu *c, const vm_term *args, feed_fn *feed)
{
    uint32_t sum;
    return get_uint32(args[0], &sum) ? checksum(c, sum, args[1], feed) : vm_badarg(c);
}

vm_term vm_bif_crc32_1(struct vm_cpu *c, const vm_term *args)
{
    return checksum(c, 0, args[0], feed_crc32);
}

vm_term vm_bif_crc32_2(struct vm_cpu *c, const vm_term *args)
{
    return checksum_from(c, args, feed_crc32);
}

vm_term vm_bif_adler32_1(struct vm_cpu *c, const vm_term *args)
{
    return checksum(c, 1, args[0], feed_adler32);
}

vm_term vm_bif_adler32_2(struct vm_cpu *c, const vm_term *args)
{
    return checksum_from(c, args, feed_adler32);
}

static bool get_combine(const vm_term *args, uint32_t n[3])
{
    return get_uint32(args[0], n) && get_uint32(args[1], n + 1) && get_uint32(args[2], n + 2);
}

vm_term vm_bif_crc32_combine(struct vm_cpu *c, const vm_term *args)
{
    uint32_t n[3];
    if (!get_combine(args, n))
        return vm_badarg(c);
    return vm_small((int64_t)crc32_combine(n[0], n[1], (z_off_t)n[2]));
}

vm_term vm_bif_adler32_combine(struct vm_cpu *c, const vm_term *args)
{
    uint32_t n[3];
    if (!get_combine(args, n))
        return vm_badarg(c);
    return vm_small((int64_t)(uint32_t)adler32_combine(n[0], n[1], (z_off_t)n[2]));
}

static void feed_md5(void *state, struct wb_bytes bytes)
{
    beam_md5_add(state, bytes);
}

static vm_term md5_end(struct vm_cpu *c, struct beam_md5 *md5)
{
    uint8_t digest[16];
    beam_md5_end(md5, digest);
    return vm_make_binary(c, digest, sizeof digest);
}

vm_term vm_bif_md5(struct vm_cpu *c, const vm_term *args)
{
    struct beam_md5 md5;
    beam_md5_init(&md5);
    return feed_iolist(c, args[0], feed_md5, &md5) ? md5_end(c, &md5) : vm_badarg(c);
}

// A digest under way as a binary, laid out as OTP's: state, size in bits, block, all in the
// machine's order.
enum { CONTEXT_SIZE = 16 + 8 + 64 };

static vm_term save(struct vm_cpu *c, const struct beam_md5 *md5)
{
    uint8_t context[CONTEXT_SIZE];
    uint64_t bits = md5->size * 8;
    memcpy(context, md5->state, 16);
    memcpy(context + 16, &bits, 8);
    memcpy(context + 24, md5->block, 64);
    return vm_make_binary(c, context, sizeof context);
}

static bool load(struct vm_cpu *c, vm_term t, struct beam_md5 *ret)
{
    struct wb_text context wb_auto_text = {0};
    if (!vm_binary_text(c->base, t, &context) || context.size != CONTEXT_SIZE)
        return false;
    uint64_t bits;
    memcpy(ret->state, context.at, 16);
    memcpy(&bits, context.at + 16, 8);
    memcpy(ret->block, context.at + 24, 64);
    ret->size = bits / 8;
    return true;
}

vm_term vm_bif_md5_init(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    struct beam_md5 md5 = {0};
    beam_md5_init(&md5);
    return save(c, &md5);
}

vm_term vm_bif_md5_update(struct vm_cpu *c, const vm_term *args)
{
    struct beam_md5 md5;
    if (!load(c, args[0], &md5) || !feed_iolist(c, args[1], feed_md5, &md5))
        return vm_badarg(c);
    return save(c, &md5);
}

vm_term vm_bif_md5_final(struct vm_cpu *c, const vm_term *args)
{
    struct beam_md5 md5;
    return load(c, args[0], &md5) ? md5_end(c, &md5) : vm_badarg(c);
}
