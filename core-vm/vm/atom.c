#include "core-vm/vm/atom.h"

#include <assert.h>
#include <string.h>

#include "core-vm/vm/table.h"
#include "core-vm/vm/vm_impl.h"

// root->atoms: `texts` has the offset of each atom's struct vm_atom_text by index; `buckets` is an
// open hash table of indexes plus 1, a power of two in size, at most half full.
struct vm_atom_text {
    uint32_t hash;
    uint32_t size;
    uint8_t at[];
};

enum {
    ATOM_CODE_POINTS = 255,
    FIRST_BUCKETS = 2048,
};

// What OTP hashes atoms with (its term hashes are made of it): P. J. Weinberger's hash, with
// characters from 128 to 255 taken as one byte.
static uint32_t text_hash(struct wb_bytes text)
{
    uint32_t h = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint32_t c = text.at[i];
        if ((c & 0xFE) == 0xC2 && i + 1 < text.size && (text.at[i + 1] & 0xC0) == 0x80)
            c = (c << 6 | (text.at[++i] & 0x3Fu)) & 0xFF;
        h = (h << 4) + c;
        uint32_t high = h & 0xF0000000;
        h ^= high >> 24;
        h ^= high;
    }
    return h;
}

static const struct vm_atom_text *text_at(const struct vm *vm, uint64_t index)
{
    return vm_at(vm, vm_table_words(vm, &vm_root(vm)->atoms.texts)[index]);
}

// The bucket that has the text's atom, or the free one where it belongs.
static uint64_t *bucket_of(const struct vm *vm, struct wb_bytes text, uint32_t hash)
{
    const struct vm_table *buckets = &vm_root(vm)->atoms.buckets;
    uint64_t *words = vm_table_words(vm, buckets);
    uint64_t mask = buckets->capacity - 1;
    for (uint64_t i = hash * UINT64_C(0x9E3779B97F4A7C15) >> 32;; i++) {
        uint64_t *bucket = &words[i & mask];
        if (*bucket == 0)
            return bucket;
        const struct vm_atom_text *other = text_at(vm, *bucket - 1);
        if (other->hash == hash && wb_bytes_equal((struct wb_bytes){other->at, other->size}, text))
            return bucket;
    }
}

static bool double_buckets(struct vm *vm)
{
    struct vm_table *buckets = &vm_root(vm)->atoms.buckets;
    struct vm_table larger = {0};
    if (!vm_table_reserve(vm, VM_POOL_CODE, &larger, buckets->capacity * 2))
        return false;
    larger.count = buckets->count;
    vm_table_free(vm, buckets);
    *buckets = larger;
    for (uint64_t i = 0; i < vm_root(vm)->atoms.texts.count; i++) {
        const struct vm_atom_text *text = text_at(vm, i);
        struct wb_bytes bytes = {.at = text->at, .size = text->size};
        *bucket_of(vm, bytes, text->hash) = i + 1;
    }
    return true;
}

static size_t text_room(size_t size)
{
    return (sizeof(struct vm_atom_text) + size + 7) / 8 * 8;
}

static void put_text(struct vm_atom_text *to, struct wb_bytes text, uint32_t hash)
{
    *to = (struct vm_atom_text){.hash = hash, .size = (uint32_t)text.size};
    if (text.size > 0)
        memcpy(to->at, text.at, text.size);
}

static const char *const first_texts[] = {
#define VM_ATOM(name, text) (text),
#include "core-vm/vm/atoms.def"
#undef VM_ATOM
};

// The texts of atoms.def lie in one block: a VM is made often.
bool vm_atoms_init(struct vm *vm)
{
    struct vm_root *root = vm_root(vm);
    uint64_t size = 0, buckets = FIRST_BUCKETS;
    for (size_t i = 0; i < VM_ATOM_COUNT; i++)
        size += text_room(strlen(first_texts[i]));
    while (buckets < 2 * (uint64_t)VM_ATOM_COUNT)
        buckets *= 2;
    uint64_t at = vm_image_alloc(&vm->image, VM_POOL_CODE, size);
    if (at == 0 || !vm_table_reserve(vm, VM_POOL_CODE, &root->atoms.buckets, buckets) ||
        !vm_table_reserve(vm, VM_POOL_CODE, &root->atoms.texts, buckets / 2))
        return false;
    for (size_t i = 0; i < VM_ATOM_COUNT; i++) {
        struct wb_bytes text = wb_bytes_of(first_texts[i]);
        uint32_t hash = text_hash(text);
        put_text(vm_at(vm, at), text, hash);
        uint64_t *bucket = bucket_of(vm, text, hash);
        assert(*bucket == 0);  // atoms.def has no text twice
        *bucket = i + 1;
        vm_table_words(vm, &root->atoms.texts)[i] = at;
        root->atoms.texts.count = i + 1;
        at += text_room(text.size);
    }
    root->atoms.buckets.count = VM_ATOM_COUNT;
    return true;
}

static bool is_too_long(struct wb_bytes text)
{
    if (text.size <= ATOM_CODE_POINTS)
        return false;
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += (text.at[i] & 0xC0) != 0x80;
    return count > ATOM_CODE_POINTS || text.size > 4 * ATOM_CODE_POINTS;
}

static vm_term add_atom(struct vm *vm, struct wb_bytes text, uint32_t hash)
{
    struct vm_root *root = vm_root(vm);
    uint64_t index = root->atoms.texts.count;
    if (index >= root->limits.atoms || index >= UINT32_MAX)
        return VM_NONE;
    if (2 * (index + 1) > root->atoms.buckets.capacity && !double_buckets(vm))
        return VM_NONE;
    uint64_t at = vm_image_alloc(&vm->image, VM_POOL_CODE, sizeof(struct vm_atom_text) + text.size);
    if (at == 0)
        return VM_NONE;
    put_text(vm_at(vm, at), text, hash);
    if (!vm_table_append(vm, VM_POOL_CODE, &root->atoms.texts, at)) {
        vm_image_release(&vm->image, at);
        return VM_NONE;
    }
    *bucket_of(vm, text, hash) = index + 1;
    root->atoms.buckets.count++;
    return vm_atom((uint32_t)index);
}

vm_term vm_atom_of(struct vm *vm, struct wb_bytes text)
{
    if (is_too_long(text))
        return VM_NONE;
    uint32_t hash = text_hash(text);
    uint64_t index = *bucket_of(vm, text, hash);
    return index != 0 ? vm_atom((uint32_t)(index - 1)) : add_atom(vm, text, hash);
}

vm_term vm_atom_named(struct vm *vm, const char *text)
{
    return vm_atom_of(vm, wb_bytes_of(text));
}

vm_term vm_atom_existing(const struct vm *vm, struct wb_bytes text)
{
    uint64_t index = *bucket_of(vm, text, text_hash(text));
    return index != 0 ? vm_atom((uint32_t)(index - 1)) : VM_NONE;
}

struct wb_bytes vm_atom_text(const struct vm *vm, vm_term atom)
{
    const struct vm_atom_text *text = text_at(vm, vm_atom_index(atom));
    return (struct wb_bytes){.at = text->at, .size = text->size};
}

uint32_t vm_atom_hash(const struct vm *vm, vm_term atom)
{
    return text_at(vm, vm_atom_index(atom))->hash;
}

uint32_t vm_atom_count(const struct vm *vm)
{
    return (uint32_t)vm_root(vm)->atoms.texts.count;
}
