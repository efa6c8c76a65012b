/* Limits of control groups, from files in memory: both versions, nested groups, and what is no limit. */
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "support/check_main.h"
#include "support/memdisk.h"

#define MIB (UINT64_C(1) << 20)

static memdisk *mem;
static ca_disk *disk;

static void setup(void)
{
    mem = memdisk_new();
    disk = memdisk_disk(mem);
}

static void teardown(void)
{
    memdisk_free(mem);
}

static void put(const char *path, const char *text)
{
    memdisk_put(mem, path, text, strlen(text));
}

static void put_mib(const char *path, unsigned mib)
{
    char text[32];
    snprintf(text, sizeof text, "%llu\n", (unsigned long long)(mib * MIB));
    put(path, text);
}

START_TEST(nothing_known_is_no_limit)
{
    ck_assert_uint_eq(ca_memory_limit(disk), 0);
    put("/proc/self/cgroup", "0::/\n");
    put("/sys/fs/cgroup/memory.max", "max\n");
    ck_assert_uint_eq(ca_memory_limit(disk), 0);
    ck_assert_uint_ge(ca_memory_default(disk), 64 * MIB);
}
END_TEST

START_TEST(the_root_counts_without_a_path)
{
    put_mib("/sys/fs/cgroup/memory.max", 700);
    ck_assert_uint_eq(ca_memory_limit(disk), 700 * MIB);
    put_mib("/sys/fs/cgroup/memory/memory.limit_in_bytes", 600);
    ck_assert_uint_eq(ca_memory_limit(disk), 600 * MIB);
}
END_TEST

START_TEST(version_2_own_group)
{
    put("/proc/self/cgroup", "0::/system.slice/claims.service\n");
    put_mib("/sys/fs/cgroup/system.slice/claims.service/memory.max", 400);
    put_mib("/sys/fs/cgroup/system.slice/other.service/memory.max", 100);
    put("/sys/fs/cgroup/system.slice/memory.max", "max\n");
    ck_assert_uint_eq(ca_memory_limit(disk), 400 * MIB);
    ck_assert_uint_eq(ca_memory_default(disk), 100 * MIB);
}
END_TEST

START_TEST(the_smallest_on_the_way_up)
{
    put("/proc/self/cgroup", "0::/a/b/c\n");
    put_mib("/sys/fs/cgroup/a/b/c/memory.max", 900);
    put_mib("/sys/fs/cgroup/a/b/memory.max", 500);
    put_mib("/sys/fs/cgroup/a/memory.max", 800);
    ck_assert_uint_eq(ca_memory_limit(disk), 500 * MIB);
    put_mib("/sys/fs/cgroup/a/memory.max", 300);
    ck_assert_uint_eq(ca_memory_limit(disk), 300 * MIB);
    put_mib("/sys/fs/cgroup/memory.max", 200);
    ck_assert_uint_eq(ca_memory_limit(disk), 200 * MIB);
    put_mib("/sys/fs/cgroup/a/b/c/memory.max", 100);
    ck_assert_uint_eq(ca_memory_limit(disk), 100 * MIB);
}
END_TEST

START_TEST(version_1_own_group)
{
    put("/proc/self/cgroup", "12:cpu,cpuacct:/docker/x\n5:hugetlb,memory:/docker/x\n1:name=systemd:/docker/x\n");
    put_mib("/sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes", 350);
    put_mib("/sys/fs/cgroup/memory/docker/memory.limit_in_bytes", 900);
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    ck_assert_uint_eq(ca_memory_limit(disk), 350 * MIB);
}
END_TEST

/* Both mounted: the memory controller sits in version 1, the process is in groups of both. */
START_TEST(both_versions)
{
    put("/proc/self/cgroup", "4:memory:/one\n0::/two\n");
    put_mib("/sys/fs/cgroup/memory/one/memory.limit_in_bytes", 350);
    put_mib("/sys/fs/cgroup/two/memory.max", 250);
    ck_assert_uint_eq(ca_memory_limit(disk), 250 * MIB);
}
END_TEST

/* In a container the path may be the host's, of which only the root is seen. */
START_TEST(a_path_that_is_not_there)
{
    put("/proc/self/cgroup", "4:memory:/docker/unseen\n");
    put_mib("/sys/fs/cgroup/memory/memory.limit_in_bytes", 128);
    ck_assert_uint_eq(ca_memory_limit(disk), 128 * MIB);
}
END_TEST

START_TEST(odd_lines)
{
    static const char *const odd[] = {"",    "\n",      "0",          "0:",     "0::", ":::",
                                      "4:",  "4:memory", "4:mem:/one", "0::a/b", "0::/../../etc", "0:x:/one"};
    put_mib("/sys/fs/cgroup/memory.max", 128);
    put_mib("/sys/fs/cgroup/one/memory.max", 1);
    put_mib("/sys/fs/etc/memory.max", 1);
    put_mib("/sys/etc/memory.max", 1);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        put("/proc/self/cgroup", odd[i]);
        ck_assert_msg(ca_memory_limit(disk) == 128 * MIB, "'%s'", odd[i]);
    }
    char path[6000] = "0::";
    memset(path + 3, '/', sizeof path - 4);
    path[sizeof path - 1] = 0;
    put("/proc/self/cgroup", path);
    ck_assert_uint_eq(ca_memory_limit(disk), 128 * MIB);
}
END_TEST

START_TEST(odd_numbers)
{
    static const char *const odd[] = {"", "-1\n", "many\n", "0\n", "12 34\n", "99999999999999999999\n"};
    put("/proc/self/cgroup", "0::/a\n");
    put_mib("/sys/fs/cgroup/memory.max", 128);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        put("/sys/fs/cgroup/a/memory.max", odd[i]);
        ck_assert_msg(ca_memory_limit(disk) == 128 * MIB, "'%s'", odd[i]);
    }
}
END_TEST

START_TEST(never_less_than_enough)
{
    put("/proc/self/cgroup", "0::/a\n");
    put_mib("/sys/fs/cgroup/a/memory.max", 100);
    ck_assert_uint_eq(ca_memory_default(disk), 64 * MIB);
}
END_TEST

START_TEST(without_memory_to_read_it)
{
    put("/proc/self/cgroup", "0::/a\n");
    put_mib("/sys/fs/cgroup/a/memory.max", 100);
    for (int64_t n = 1; n < 4; n++) {
        ca_alloc_fail((uint64_t)n, 1);
        ck_assert(ca_memory_limit(disk) == 0 || ca_memory_limit(disk) == 100 * MIB);
        ca_alloc_fail(0, 0);
    }
}
END_TEST

static void compare(uint64_t held, uint64_t room, const char *expected)
{
    char text[80];
    ca_memory_words words = ca_memory_compare(held, room);
    snprintf(text, sizeof text, "%s, %s", words.held, words.room);
    ck_assert_str_eq(text, expected);
}

START_TEST(numbers_that_can_be_told_apart)
{
    compare(10 * MIB + 1, 10 * MIB, "11 MiB, 10 MiB");
    compare(20 * MIB, 20 * MIB - 1, "20 MiB, 19 MiB");
    compare(700 * MIB, 256 * MIB, "700 MiB, 256 MiB");
    compare(16385, 16384, "17 KiB, 16 KiB");
    compare(5, 4, "5 bytes, 4 bytes");
    compare((UINT64_C(40) << 30) + 1, UINT64_C(40) << 30, "41 GiB, 40 GiB");
    compare(UINT64_MAX, UINT64_MAX - 1, "17179869184 GiB, 17179869183 GiB");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, nothing_known_is_no_limit);
    tcase_add_test(tcase, the_root_counts_without_a_path);
    tcase_add_test(tcase, version_2_own_group);
    tcase_add_test(tcase, the_smallest_on_the_way_up);
    tcase_add_test(tcase, version_1_own_group);
    tcase_add_test(tcase, both_versions);
    tcase_add_test(tcase, a_path_that_is_not_there);
    tcase_add_test(tcase, odd_lines);
    tcase_add_test(tcase, odd_numbers);
    tcase_add_test(tcase, never_less_than_enough);
    tcase_add_test(tcase, without_memory_to_read_it);
    tcase_add_test(tcase, numbers_that_can_be_told_apart);
}

CA_CHECK_MAIN("base/memory", add_tests)
