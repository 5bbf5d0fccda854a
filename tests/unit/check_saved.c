// Images of other people's memory: what was put comes back, and damage is noticed, wherever it is.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core-vm/base/file.h"
#include "inspector/target/image/block.h"
#include "inspector/target/image/writer.h"
#include "inspector/target/target.h"
#include "tests/unit/main.h"

static char folder[] = "/tmp/cryo-saved-XXXXXX";
static char image_path[64], dump_path[64];

static const char dump_text[] =
    "=erl_crash_dump:0.5\n"
    "Sun Nov 29 03:00:00 2026\n"
    "Slogan: a test\n"
    "System version: Erlang/OTP 25 [erts-13.1.5] [64-bit]\n"
    "=proc:<0.0.0>\nState: Waiting\nName: init\nMessage queue length: 1\n"
    "=proc_messages:<0.0.0>\nA5:hello:N\n"
    "=end\n";

static void setup(void)
{
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(image_path, sizeof image_path, "%s/image", folder);
    snprintf(dump_path, sizeof dump_path, "%s/dump", folder);
    ck_ok(wb_file_write(dump_path, wb_bytes_of(dump_text)));
}

static size_t files_in_folder(void)
{
    size_t count = 0;
    DIR *open = opendir(folder);
    ck_assert_ptr_nonnull(open);
    for (struct dirent *entry; (entry = readdir(open)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(open);
    return count;
}

static void teardown(void)
{
    unlink(image_path);
    unlink(dump_path);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void save_dump(struct wb_bytes *ret)
{
    struct tgt *t = NULL;
    ck_ok(tgt_open(&(struct tgt_open){.name = dump_path}, &t));
    ck_ok(tgt_save(t, image_path, NULL));
    tgt_close(t);
    ck_ok(wb_file_map(image_path, ret));
}

// Bytes that compress well in places and not at all in others.
static uint8_t *make_bytes(size_t size)
{
    uint8_t *bytes = malloc(size);
    uint64_t random = 88172645463325252u;
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < size; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        bytes[i] = i / 100000 % 3 == 0 ? 0 : i / 100000 % 3 == 1 ? (uint8_t)random : (uint8_t)i;
    }
    return bytes;
}

static void write_sections(struct wb_bytes a, struct wb_bytes b)
{
    struct wb_write file;
    ck_ok(wb_write_open(image_path, 0600, &file));
    struct img_writer *writer = img_writer_new(&file, IMG_OF_DUMP, a.size + b.size, NULL);
    img_writer_section(writer, IMG_FACTS);
    ck_ok(img_writer_put(writer, a));
    img_writer_section(writer, IMG_DUMP);
    for (size_t at = 0; at < b.size; at += 99991)
        ck_ok(img_writer_put(
            writer, (struct wb_bytes){b.at + at, b.size - at < 99991 ? b.size - at : 99991}));
    ck_ok(wb_write_close(&file, img_writer_finish(writer)));
    img_writer_free(writer);
}

START_TEST(what_is_put_comes_back)
{
    enum { SIZE = 9500001 };
    uint8_t *bytes = make_bytes(SIZE);
    struct wb_bytes file, back;
    struct img img;
    write_sections((struct wb_bytes){bytes, 1000}, (struct wb_bytes){bytes, SIZE});
    ck_ok(wb_file_map(image_path, &file));
    ck_ok(img_open(file, &img));
    ck_assert_uint_eq(img.space, SIZE + 1000);
    ck_ok(img_read(&img, IMG_FACTS, &back));
    ck_assert_uint_eq(back.size, 1000);
    ck_assert(memcmp(back.at, bytes, 1000) == 0);
    for (int again = 0; again < 2; again++) {
        ck_ok(img_read(&img, IMG_DUMP, &back));
        ck_assert_uint_eq(back.size, SIZE);
        ck_assert(memcmp(back.at, bytes, SIZE) == 0);
        img_forget(&img, back.at, back.size);
    }
    ck_fails(img_read(&img, IMG_MEMORY, &back), WB_E_BAD_DATA);
    img_close(&img);
    wb_file_unmap(&file);
    free(bytes);
}
END_TEST

START_TEST(nothing_put_is_an_image_too)
{
    struct wb_bytes file, back, none = {0};
    struct img img;
    write_sections(none, none);
    ck_ok(wb_file_map(image_path, &file));
    ck_ok(img_open(file, &img));
    ck_ok(img_read(&img, IMG_DUMP, &back));
    ck_assert_uint_eq(back.size, 0);
    img_close(&img);
    wb_file_unmap(&file);
}
END_TEST

START_TEST(every_cut_is_noticed)
{
    struct wb_bytes file;
    struct img img;
    save_dump(&file);
    for (size_t size = 0; size < file.size; size++)
        ck_fails(img_open((struct wb_bytes){file.at, size}, &img), WB_E_BAD_DATA);
    wb_file_unmap(&file);
}
END_TEST

START_TEST(every_changed_byte_is_noticed)
{
    struct wb_bytes file;
    struct img img;
    save_dump(&file);
    uint8_t *copy = malloc(file.size);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, file.at, file.size);
    for (size_t i = 0; i < file.size; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            copy[i] ^= (uint8_t)(1 << bit);
            ck_fails(img_open((struct wb_bytes){copy, file.size}, &img), WB_E_BAD_DATA);
            copy[i] ^= (uint8_t)(1 << bit);
        }
    ck_ok(img_open((struct wb_bytes){copy, file.size}, &img));
    img_close(&img);
    free(copy);
    wb_file_unmap(&file);
}
END_TEST

// A cut image said to be whole by the user, not the container: through the door that users take.
START_TEST(a_damaged_image_is_bad_data)
{
    struct wb_bytes file;
    struct tgt *t = NULL;
    save_dump(&file);
    ck_ok(wb_file_write(dump_path, (struct wb_bytes){file.at, file.size - 1}));
    ck_fails(tgt_open(&(struct tgt_open){.name = dump_path}, &t), WB_E_BAD_DATA);
    wb_file_unmap(&file);
}
END_TEST

static void put_u32(uint8_t *at, uint32_t number)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(number >> (24 - 8 * i));
}

// Somebody who lies knows how checksums are made.
START_TEST(a_block_that_is_no_deflate_is_noticed_when_it_is_read)
{
    struct wb_bytes file, back;
    struct img img;
    save_dump(&file);
    uint8_t *copy = malloc(file.size);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, file.at, file.size);
    size_t index = file.size - IMG_ENTRY - 2 * IMG_SECTION, block = index - IMG_HEAD;
    memset(copy + IMG_HEAD, 0xff, block);
    put_u32(copy + file.size - 4, img_sum((struct wb_bytes){copy + IMG_HEAD, block}));
    put_u32(copy + 48, img_sum((struct wb_bytes){copy + index, file.size - index}));
    put_u32(copy + 52, img_sum((struct wb_bytes){copy, 52}));
    ck_ok(img_open((struct wb_bytes){copy, file.size}, &img));
    ck_fails(img_read(&img, IMG_DUMP, &back), WB_E_BAD_DATA);
    ck_fails(img_read(&img, IMG_DUMP, &back), WB_E_BAD_DATA);
    img_close(&img);
    free(copy);
    wb_file_unmap(&file);
}
END_TEST

static bool stop(void *data, uint64_t done, uint64_t all)
{
    (void)data;
    (void)done;
    (void)all;
    return false;
}

START_TEST(a_stopped_save_leaves_what_was_there)
{
    struct tgt *t = NULL;
    struct tgt_watch watch = {.go_on = stop};
    struct wb_bytes file;
    ck_ok(wb_file_write(image_path, wb_bytes_of("old")));
    ck_ok(tgt_open(&(struct tgt_open){.name = dump_path}, &t));
    ck_fails(tgt_save(t, image_path, &watch), WB_E_STATE);
    ck_assert_uint_eq(files_in_folder(), 2);
    ck_ok(wb_file_map(image_path, &file));
    ck_assert(wb_bytes_equal(file, wb_bytes_of("old")));
    ck_fails(tgt_save(t, "/nonexistent/folder/image", NULL), WB_E_SYSTEM);
    wb_file_unmap(&file);
    tgt_close(t);
}
END_TEST

START_TEST(nobody_else_may_read_an_image)
{
    struct wb_bytes file;
    struct stat status;
    save_dump(&file);
    wb_file_unmap(&file);
    ck_assert_int_eq(stat(image_path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
}
END_TEST

START_TEST(an_image_of_an_image_is_the_same)
{
    struct tgt *t = NULL;
    struct wb_bytes first, second;
    save_dump(&first);
    ck_ok(tgt_open(&(struct tgt_open){.name = image_path}, &t));
    ck_assert_str_eq(tgt_info(t)->kind, "image (crash dump)");
    ck_ok(tgt_save(t, dump_path, NULL));
    ck_ok(wb_file_map(dump_path, &second));
    ck_assert(wb_bytes_equal(first, second));
    wb_file_unmap(&first);
    wb_file_unmap(&second);
    tgt_close(t);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("saved");
    TCase *core = tcase_create("core");
    tcase_set_timeout(core, 60);
    tcase_add_checked_fixture(core, setup, teardown);
    tcase_add_test(core, what_is_put_comes_back);
    tcase_add_test(core, nothing_put_is_an_image_too);
    tcase_add_test(core, every_cut_is_noticed);
    tcase_add_test(core, every_changed_byte_is_noticed);
    tcase_add_test(core, a_damaged_image_is_bad_data);
    tcase_add_test(core, a_block_that_is_no_deflate_is_noticed_when_it_is_read);
    tcase_add_test(core, a_stopped_save_leaves_what_was_there);
    tcase_add_test(core, nobody_else_may_read_an_image);
    tcase_add_test(core, an_image_of_an_image_is_the_same);
    suite_add_tcase(suite, core);
    return suite;
}
