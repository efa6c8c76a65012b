/* Models as files: what comes back, what is refused, and that what a model says has one digest however it is packed. */
#include <string.h>

#include "base/alloc.h"
#include "store/model_file.h"
#include "support/check_main.h"
#include "support/memdisk.h"

static ca_model_section sections[] = {
    {{"provider", 8}, {"peers of providers, peers of providers, peers of providers", 58}},
    {{"line", 4}, {"\0\1\2", 3}},
    {{"empty", 5}, {"", 0}},
};

static ca_model_file some(void)
{
    ca_model_file model = {.number = 3, .period_from = 19000, .period_through = 19364, .lines = 1234567,
                           .run = {7, 8}, .sections = sections, .section_count = 3};
    memset(model.features, 0x5a, sizeof model.features);
    return model;
}

static ca_buf packed(ca_model_file *model)
{
    ca_buf bytes;
    ca_error err = {0};
    ca_buf_init(&bytes);
    ck_assert_int_eq(ca_model_pack(model, &bytes, &err), 0);
    return bytes;
}

static int unpacked(ca_text bytes, ca_arena *arena, ca_model_file *model, ca_error *err)
{
    return ca_model_unpack("m.model", bytes, arena, model, err);
}

START_TEST(comes_back)
{
    memdisk *disk = memdisk_new();
    ca_arena arena;
    ca_error err = {0};
    ca_model_file model = some(), read;
    ca_arena_init(&arena);
    ck_assert_int_eq(ca_model_write(memdisk_disk(disk), "/m.model", &model, &err), 0);
    ck_assert_int_eq(ca_model_read(memdisk_disk(disk), "/m.model", &arena, &read, &err), 0);
    ck_assert_uint_eq(read.number, 3);
    ck_assert_int_eq(read.period_from, 19000);
    ck_assert_int_eq(read.period_through, 19364);
    ck_assert_uint_eq(read.lines, 1234567);
    ck_assert_mem_eq(read.features, model.features, sizeof model.features);
    ck_assert_int_eq(ca_digest_cmp(read.run, model.run), 0);
    ck_assert_int_eq(ca_digest_cmp(read.digest, model.digest), 0);
    ck_assert_uint_eq(read.section_count, 3);
    for (size_t i = 0; i < 3; i++) {
        ck_assert(ca_text_eq(read.sections[i].name, sections[i].name));
        ck_assert(ca_text_eq(read.sections[i].bytes, sections[i].bytes));
    }
    ck_assert_ptr_eq(ca_model_section_of(&read, "line"), &read.sections[1]);
    ck_assert_ptr_null(ca_model_section_of(&read, "lin"));
    ca_arena_done(&arena);
    memdisk_free(disk);
}
END_TEST

START_TEST(digest_is_of_what_it_says)
{
    ca_model_file model = some(), later = some(), other = some();
    later.number = 4;
    later.run = (ca_digest){1, 1};
    other.period_through++;
    ca_buf a = packed(&model), b = packed(&later), c = packed(&other);
    ck_assert_int_eq(ca_digest_cmp(model.digest, later.digest), 0);
    ck_assert_int_ne(ca_digest_cmp(model.digest, other.digest), 0);
    ca_buf_done(&a);
    ca_buf_done(&b);
    ca_buf_done(&c);
}
END_TEST

/* Every cut and every flipped bit is noticed. */
START_TEST(refuses_damage)
{
    ca_model_file model = some(), read;
    ca_buf bytes = packed(&model);
    ca_arena arena;
    ca_arena_init(&arena);
    for (size_t len = 0; len < bytes.len; len++) {
        ca_error err = {0};
        ca_arena_reset(&arena);
        ck_assert_int_eq(unpacked((ca_text){bytes.ptr, len}, &arena, &read, &err), CA_FAIL);
    }
    for (size_t bit = 0; bit < 8 * bytes.len; bit++) {
        ca_error err = {0};
        ca_arena_reset(&arena);
        bytes.ptr[bit / 8] = (char)(bytes.ptr[bit / 8] ^ 1 << bit % 8);
        ck_assert_int_eq(unpacked(ca_buf_text(&bytes), &arena, &read, &err), CA_FAIL);
        ck_assert_str_eq(err.file, "m.model");
        bytes.ptr[bit / 8] = (char)(bytes.ptr[bit / 8] ^ 1 << bit % 8);
    }
    ca_error err = {0};
    ca_arena_reset(&arena);
    ck_assert_int_eq(unpacked(ca_buf_text(&bytes), &arena, &read, &err), 0);
    ca_arena_done(&arena);
    ca_buf_done(&bytes);
}
END_TEST

START_TEST(says_what_is_wrong)
{
    ca_model_file model = some(), read;
    ca_buf bytes = packed(&model);
    ca_arena arena;
    ca_error err = {0};
    ca_arena_init(&arena);
    bytes.ptr[8] = 2;    /* format version */
    ck_assert_int_eq(unpacked(ca_buf_text(&bytes), &arena, &read, &err), CA_FAIL);
    ck_assert_ptr_nonnull(strstr(err.text, "newer claimaudit"));
    bytes.ptr[0] = 'X';
    ck_assert_int_eq(unpacked(ca_buf_text(&bytes), &arena, &read, &err), CA_FAIL);
    ck_assert_ptr_nonnull(strstr(err.text, "no model"));
    ca_arena_done(&arena);
    ca_buf_done(&bytes);
}
END_TEST

START_TEST(refuses_too_much)
{
    ca_model_section many[CA_MODEL_SECTIONS_MAX + 1] = {0};
    ca_model_file model = {.sections = many, .section_count = CA_MODEL_SECTIONS_MAX + 1};
    ca_buf bytes;
    ca_error err = {0};
    ca_buf_init(&bytes);
    ck_assert_int_eq(ca_model_pack(&model, &bytes, &err), CA_LIMIT);
    many[0].bytes.len = CA_MODEL_BYTES_MAX + 1;
    model.section_count = 1;
    ck_assert_int_eq(ca_model_pack(&model, &bytes, &err), CA_LIMIT);
    ca_buf_done(&bytes);
}
END_TEST

START_TEST(survives_without_memory)
{
    ca_model_file model = some();
    ca_buf bytes = packed(&model);
    int failures = 0;
    for (uint64_t at = 1; at < 100; at++) {
        ca_arena arena;
        ca_model_file read;
        ca_error err = {0};
        ca_buf again;
        ca_arena_init(&arena);
        ca_buf_init(&again);
        ca_alloc_fail(at, 0);
        int rc = ca_model_pack(&model, &again, &err);
        rc = rc ? rc : unpacked(ca_buf_text(&bytes), &arena, &read, &err);
        ca_alloc_fail(0, 0);
        ck_assert(rc == 0 || rc == CA_NOMEM);
        failures += rc == CA_NOMEM;
        ca_buf_done(&again);
        ca_arena_done(&arena);
        if (rc == 0)
            break;
    }
    ck_assert_int_gt(failures, 3);
    ca_buf_done(&bytes);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, comes_back);
    tcase_add_test(tcase, digest_is_of_what_it_says);
    tcase_add_test(tcase, refuses_damage);
    tcase_add_test(tcase, says_what_is_wrong);
    tcase_add_test(tcase, refuses_too_much);
    tcase_add_test(tcase, survives_without_memory);
}

CA_CHECK_MAIN("store/model_file", add_tests)
