/* Cores counted from the mask of the process. */
#include "base/cores.h"

#include <string.h>

#include "support/check_main.h"
#include "support/memdisk.h"

static unsigned cores_of(const char *status)
{
    memdisk *mem = memdisk_new();
    if (status) {
        memdisk_put(mem, "/proc/self/status", status, strlen(status));
    }
    unsigned cores = ca_cores_allowed(memdisk_disk(mem));
    memdisk_free(mem);
    return cores;
}

START_TEST(bits_of_the_mask)
{
    ck_assert_uint_eq(cores_of("Name:\tx\nCpus_allowed:\t1\nCpus_allowed_list:\t0-31\n"), 1);
    ck_assert_uint_eq(cores_of("Cpus_allowed:\tff,ffffffff\n"), 40);
    ck_assert_uint_eq(cores_of("Cpus_allowed:\ta5\n"), 4);
    ck_assert_uint_eq(cores_of("Mems_allowed:\tffff\nCpus_allowed:\t00000000,0000000c"), 2);
}
END_TEST

START_TEST(at_least_one_at_most_many)
{
    char mask[400] = "Cpus_allowed:\t";
    memset(mask + strlen(mask), 'f', 300);
    ck_assert_uint_eq(cores_of(mask), 1024);
    ck_assert_uint_ge(cores_of("Cpus_allowed:\t0\n"), 1);
    ck_assert_uint_ge(cores_of(NULL), 1);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, bits_of_the_mask);
    tcase_add_test(tcase, at_least_one_at_most_many);
}

CA_CHECK_MAIN("base/cores", add_tests)
