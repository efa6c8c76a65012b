/* Arenas: alignment, zeroing, rewinding, and what happens when memory runs out. */
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/error.h"
#include "support/check_main.h"

/* One check for all bytes: a check for each would take most of the test's time. */
static bool all_zero(const unsigned char *bytes, size_t size)
{
    unsigned char any = 0;
    for (size_t i = 0; i < size; i++)
        any |= bytes[i];
    return any == 0;
}

START_TEST(aligned_and_zeroed_for_any_size)
{
    ca_arena arena;
    ca_arena_init(&arena);
    for (size_t size = 0; size < 3000; size += 7) {
        unsigned char *ptr = ca_arena_alloc(&arena, size);
        ck_assert_ptr_nonnull(ptr);
        ck_assert_uint_eq((uintptr_t)ptr % 16, 0);
        ck_assert(all_zero(ptr, size));
        memset(ptr, 0xEE, size);
    }
    ca_arena_done(&arena);
    ck_assert_uint_eq(arena.used, 0);
}
END_TEST

START_TEST(pointers_stay_while_it_grows)
{
    ca_arena arena;
    ca_arena_init(&arena);
    uint32_t *kept[2000];
    for (uint32_t i = 0; i < 2000; i++) {
        kept[i] = ca_arena_array(&arena, i % 50 + 1, sizeof(uint32_t));
        *kept[i] = i;
    }
    unsigned char *large = ca_arena_alloc(&arena, 5 << 20);
    large[(5 << 20) - 1] = 1;
    for (uint32_t i = 0; i < 2000; i++)
        ck_assert_uint_eq(*kept[i], i);
    ck_assert_uint_ge(arena.used, 5 << 20);
    ca_arena_done(&arena);
}
END_TEST

START_TEST(memory_used_again_is_zero_again)
{
    ca_arena arena;
    ca_arena_init(&arena);
    memset(ca_arena_alloc(&arena, 3000), 0xFF, 3000);
    ca_arena_reset(&arena);
    ck_assert_uint_eq(arena.used, 0);
    unsigned char *ptr = ca_arena_alloc(&arena, 3000);
    ck_assert(all_zero(ptr, 3000));
    ca_arena_done(&arena);
}
END_TEST

START_TEST(reset_keeps_the_largest_block)
{
    ca_arena arena;
    ca_arena_init(&arena);
    ca_arena_alloc(&arena, 100);
    ca_arena_alloc(&arena, 3 << 20);
    ca_arena_alloc(&arena, 100);
    ca_arena_reset(&arena);
    uint64_t calls = ca_alloc_calls();
    ck_assert_ptr_nonnull(ca_arena_alloc(&arena, 3 << 20));
    ck_assert_uint_eq(ca_alloc_calls(), calls);
    ca_arena_done(&arena);
    ca_arena_reset(&arena); /* an empty one */
    ck_assert_ptr_null(arena.head);
}
END_TEST

START_TEST(texts)
{
    ca_arena arena;
    ca_arena_init(&arena);
    ck_assert_str_eq(ca_arena_cstr(&arena, (ca_text){"abcdef", 3}), "abc");
    ck_assert_str_eq(ca_arena_cstr(&arena, (ca_text){NULL, 0}), "");
    ca_text copy;
    ck_assert_int_eq(ca_arena_text(&arena, CA_TEXT("x\0y"), &copy), 0);
    ck_assert(ca_text_eq(copy, CA_TEXT("x\0y")));
    ck_assert_int_eq(copy.ptr[copy.len], '\0');
    ck_assert_str_eq(ca_arena_printf(&arena, "%d-%s", 5, "six"), "5-six");
    ck_assert_int_eq(memcmp(ca_arena_copy(&arena, "12345", 5), "12345", 5), 0);
    ck_assert_ptr_nonnull(ca_arena_copy(&arena, NULL, 0));
    char *wide = ca_arena_printf(&arena, "%10000d", 1);
    ck_assert_uint_eq(strlen(wide), 10000);
    ca_arena_done(&arena);
}
END_TEST

START_TEST(impossible_sizes)
{
    ca_arena arena;
    ca_arena_init(&arena);
    ck_assert_ptr_null(ca_arena_alloc(&arena, SIZE_MAX));
    ck_assert_ptr_null(ca_arena_alloc(&arena, SIZE_MAX - 16));
    ck_assert_ptr_null(ca_arena_array(&arena, SIZE_MAX / 4, 5));
    ck_assert_ptr_null(ca_arena_cstr(&arena, (ca_text){"", SIZE_MAX}));
    ck_assert_uint_eq(arena.used, 0);
    ca_arena_done(&arena);
}
END_TEST

START_TEST(memory_runs_out)
{
    ca_arena arena;
    ca_arena_init(&arena);
    char *kept = ca_arena_cstr(&arena, CA_TEXT("kept"));
    size_t used = arena.used;
    ca_text copy = CA_TEXT("untouched");
    ca_alloc_fail(1, 1);
    static char large[8192];
    ck_assert_ptr_null(ca_arena_alloc(&arena, sizeof(large)));
    ck_assert_ptr_null(ca_arena_copy(&arena, large, sizeof(large)));
    ck_assert_ptr_null(ca_arena_printf(&arena, "%8000d", 1));
    ck_assert_int_eq(ca_arena_text(&arena, (ca_text){large, sizeof(large)}, &copy), CA_NOMEM);
    ck_assert(ca_text_is(copy, "untouched"));
    ca_alloc_fail(0, 0);
    ck_assert_uint_eq(arena.used, used);
    ck_assert_str_eq(kept, "kept");
    ck_assert_ptr_nonnull(ca_arena_alloc(&arena, sizeof(large)));
    ca_arena_done(&arena);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, aligned_and_zeroed_for_any_size);
    tcase_add_test(tcase, pointers_stay_while_it_grows);
    tcase_add_test(tcase, memory_used_again_is_zero_again);
    tcase_add_test(tcase, reset_keeps_the_largest_block);
    tcase_add_test(tcase, texts);
    tcase_add_test(tcase, impossible_sizes);
    tcase_add_test(tcase, memory_runs_out);
}

CA_CHECK_MAIN("base/arena", add_tests)
