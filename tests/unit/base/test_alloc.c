/* The allocator: sizes, overflow, and the failures that tests ask for. */
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "support/check_main.h"

START_TEST(size_zero_gives_a_pointer)
{
    void *a = ca_alloc(0);
    void *b = ca_alloc_zero(0, 8);
    void *c = ca_realloc(NULL, 0);
    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_nonnull(b);
    ck_assert_ptr_nonnull(c);
    c = ca_realloc(c, 0);
    ck_assert_ptr_nonnull(c);
    ca_free(a);
    ca_free(b);
    ca_free(c);
    ca_free(NULL);
}
END_TEST

START_TEST(zero_and_realloc_keep_bytes)
{
    unsigned char *bytes = ca_alloc_zero(7, 3);
    for (size_t i = 0; i < 21; i++)
        ck_assert_uint_eq(bytes[i], 0);
    memset(bytes, 0x5A, 21);
    bytes = ca_realloc_array(bytes, 1000, 3);
    for (size_t i = 0; i < 21; i++)
        ck_assert_uint_eq(bytes[i], 0x5A);
    ck_assert_uint_ge(ca_alloc_size(bytes), 3000);
    ca_free(bytes);
}
END_TEST

START_TEST(overflow_and_absurd_sizes_are_refused)
{
    void *kept = ca_alloc(4);
    ck_assert_ptr_null(ca_alloc_zero(SIZE_MAX / 2 + 1, 2));
    ck_assert_ptr_null(ca_realloc_array(kept, SIZE_MAX, SIZE_MAX));
    ck_assert_ptr_null(ca_alloc(SIZE_MAX));
    ck_assert_ptr_null(ca_alloc((size_t)PTRDIFF_MAX + 1));
    ck_assert_ptr_null(ca_realloc(kept, SIZE_MAX));
    memset(kept, 1, 4); /* still ours */
    ca_free(kept);
}
END_TEST

START_TEST(what_is_held_is_counted)
{
    uint64_t before = ca_alloc_held();
    void *a = ca_alloc(100000);
    ck_assert_uint_eq(ca_alloc_held(), before + ca_alloc_size(a));
    a = ca_realloc(a, 300000);
    ck_assert_uint_eq(ca_alloc_held(), before + ca_alloc_size(a));
    ck_assert_ptr_null(ca_realloc(a, SIZE_MAX));
    void *b = ca_alloc_zero(10, 5000);
    ck_assert_uint_eq(ca_alloc_held(), before + ca_alloc_size(a) + ca_alloc_size(b));
    ca_free(a);
    ca_free(b);
    ck_assert_uint_eq(ca_alloc_held(), before);
}
END_TEST

START_TEST(the_nth_call_fails_once)
{
    ca_alloc_fail(2, 0);
    void *first = ca_alloc(1);
    void *second = ca_alloc_zero(1, 1);
    void *third = ca_alloc(1);
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(second);
    ck_assert_ptr_nonnull(third);
    ca_alloc_fail(1, 0);
    ck_assert_ptr_null(ca_realloc(third, 100)); /* and third is not freed */
    ca_free(first);
    ca_free(third);
}
END_TEST

START_TEST(sticky_failure_lasts_until_switched_off)
{
    ca_alloc_fail(1, 1);
    for (int i = 0; i < 3; i++)
        ck_assert_ptr_null(ca_alloc(1));
    ca_alloc_fail(0, 0);
    void *ptr = ca_alloc(1);
    ck_assert_ptr_nonnull(ptr);
    ca_free(ptr);
}
END_TEST

START_TEST(calls_are_counted)
{
    uint64_t before = ca_alloc_calls();
    void *ptr = ca_alloc(1);
    ptr = ca_realloc(ptr, 2);
    ca_free(ptr);
    ptr = ca_alloc_zero(1, 1);
    ca_free(ptr);
    ck_assert_uint_eq(ca_alloc_calls() - before, 3);
}
END_TEST

START_TEST(large_memory_is_like_other_memory)
{
    const size_t sizes[] = {0, 1, 100000, 2u << 20, (5u << 20) + 7};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *bytes = ca_alloc_large(sizes[i]);
        ck_assert_ptr_nonnull(bytes);
        memset(bytes, 0xA5, sizes[i]);
        ck_assert(ca_alloc_size(bytes) >= sizes[i]);
        ca_free(bytes);
    }
    ca_alloc_fail(1, 0);
    ck_assert_ptr_null(ca_alloc_large(1));
    ck_assert_ptr_null(ca_alloc_large(SIZE_MAX));
}
END_TEST

/* What small pieces took stays with the program; a large one goes back at once. */
START_TEST(what_is_given_back_is_kept)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    ca_alloc_keep();    /* sanitizers have an allocator of their own */
#else
    void *pieces[40];
    size_t count = sizeof pieces / sizeof *pieces, mapped = mallinfo2().hblkhd;
    ca_alloc_keep();
    for (size_t i = 0; i < count; i++) {
        pieces[i] = ca_alloc(500000);
        ck_assert_ptr_nonnull(pieces[i]);
    }
    ck_assert_uint_eq(mallinfo2().hblkhd, mapped);
    void *large = ca_alloc(20000000);
    ck_assert_ptr_nonnull(large);
    ck_assert_uint_gt(mallinfo2().hblkhd, mapped);
    ca_free(large);
    ck_assert_uint_eq(mallinfo2().hblkhd, mapped);
    for (size_t i = count; i > 0; i--) {
        ca_free(pieces[i - 1]);
    }
    ck_assert_uint_ge(mallinfo2().fordblks, count * 500000);
#endif
}
END_TEST

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

/* Does the system know of the wish for where this lies? Also where it has no large pages at all. */
static bool is_wished_for(const void *ptr)
{
    FILE *maps = fopen("/proc/self/smaps", "r");
    char line[512];
    bool inside = false, wished = access("/sys/kernel/mm/transparent_hugepage", F_OK) != 0;
    ck_assert_ptr_nonnull(maps);
    while (fgets(line, sizeof line, maps)) {
        unsigned long from, past;
        if (sscanf(line, "%lx-%lx ", &from, &past) == 2)
            inside = from <= (uintptr_t)ptr && (uintptr_t)ptr < past;
        wished |= inside && strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " hg");
    }
    fclose(maps);
    return wished;
}

/* Of the heap wherever it has grown. */
START_TEST(large_pages_are_wished_for)
{
    ca_alloc_keep();
    char *mapped = ca_alloc(3u << 20), *again = ca_realloc(ca_alloc(100), 3u << 20);
    ck_assert(is_wished_for(mapped) && is_wished_for(mapped + (3u << 20) - 1) && is_wished_for(again));
    char *pieces[200];
    for (size_t i = 0; i < 200; i++) {
        pieces[i] = ca_alloc(100000);
        ck_assert(i < 50 || is_wished_for(pieces[i]));
    }
    for (size_t i = 0; i < 200; i++)
        ca_free(pieces[i]);
    ca_free(mapped);
    ca_free(again);
}
END_TEST

#endif

START_TEST(an_array_grows_only_when_it_is_full)
{
    size_t cap = 0;
    int *items = NULL;
    for (size_t count = 0; count < 1000; count++) {
        int *more = ca_grown_array(items, count, &cap, sizeof(*items));
        ck_assert_ptr_nonnull(more);
        ck_assert_uint_gt(cap, count);
        items = more;
        items[count] = (int)count;
    }
    for (size_t i = 0; i < 1000; i++)
        ck_assert_int_eq(items[i], (int)i);
    size_t full = cap;
    ca_alloc_fail(1, 0);
    ck_assert_ptr_eq(ca_grown_array(items, full - 1, &cap, sizeof(*items)), items);
    ck_assert_ptr_null(ca_grown_array(items, full, &cap, sizeof(*items)));
    ck_assert_uint_eq(cap, full);
    ca_free(items);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, size_zero_gives_a_pointer);
    tcase_add_test(tcase, zero_and_realloc_keep_bytes);
    tcase_add_test(tcase, overflow_and_absurd_sizes_are_refused);
    tcase_add_test(tcase, what_is_held_is_counted);
    tcase_add_test(tcase, the_nth_call_fails_once);
    tcase_add_test(tcase, sticky_failure_lasts_until_switched_off);
    tcase_add_test(tcase, calls_are_counted);
    tcase_add_test(tcase, large_memory_is_like_other_memory);
    tcase_add_test(tcase, what_is_given_back_is_kept);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    tcase_add_test(tcase, large_pages_are_wished_for);
#endif
    tcase_add_test(tcase, an_array_grows_only_when_it_is_full);
}

CA_CHECK_MAIN("base/alloc", add_tests)
