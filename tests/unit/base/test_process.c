/* Tests of base/process.c. */
#include "base/process.h"

#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "support/check_main.h"

#define BYTES ((size_t)48 << 20)

START_TEST(the_number_is_that_of_the_process)
{
    ck_assert_uint_eq(ca_process_number(), (uint64_t)getpid());
}
END_TEST

START_TEST(the_peak_remembers_what_was_given_back)
{
    uint64_t before = ca_process_peak();
    ck_assert_uint_gt(before, 100000);    /* bytes, not KiB: no program is so small */
    volatile char *bytes = ca_alloc(BYTES);
    ck_assert_ptr_nonnull((const void *)(uintptr_t)bytes);
    for (size_t i = 0; i < BYTES; i += 1024)
        bytes[i] = 1;
    ca_free((void *)(uintptr_t)bytes);
    ck_assert_uint_ge(ca_process_peak(), before + BYTES / 2);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, the_number_is_that_of_the_process);
    tcase_add_test(tcase, the_peak_remembers_what_was_given_back);
}

CA_CHECK_MAIN("base/process", add_tests)
