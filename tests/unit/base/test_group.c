/* Groups by name and number, and whether files may be given to them. */
#include "base/group.h"

#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "support/check_main.h"

static ca_error err;

START_TEST(our_own_group_is_found)
{
    int64_t group = -7;
    char number[24];
    snprintf(number, sizeof number, "%u", (unsigned)getegid());
    ck_assert_int_eq(ca_group_find(number, &group, &err), 0);
    ck_assert_int_eq(group, getegid());
    const struct group *entry = getgrgid(getegid());
    if (entry) {
        ck_assert_int_eq(ca_group_find(entry->gr_name, &group, &err), 0);
        ck_assert_int_eq(group, getegid());
    }
}
END_TEST

START_TEST(an_unknown_group_is_refused)
{
    static const char *const names[] = {"no-such-group", "", "-1", "4294967295", "99999999999"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int64_t group = -7;
        ck_assert_int_eq(ca_group_find(names[i], &group, &err), CA_USAGE);
        ck_assert_ptr_nonnull(strstr(err.text, "there is no group"));
        ck_assert_int_eq(group, -7);
    }
}
END_TEST

/* In a process of its own, which becomes somebody else where it may: 0 when all is well. */
static int ask_as_somebody_else(void)
{
    int64_t group = -7;
    if (geteuid() == 0 && (setegid(12345) != 0 || seteuid(12345) != 0)) {
        return 0;    /* a superuser who may not even do that */
    }
    return ca_group_find("54321", &group, &err) != CA_USAGE || !strstr(err.text, "usermod -aG 54321") || group != -7;
}

START_TEST(a_group_of_others_is_refused)
{
    int status = -1;
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        _exit(ask_as_somebody_else());
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(memory_runs_out)
{
    int64_t group = -7;
    ca_alloc_fail(1, 0);
    ck_assert_int_eq(ca_group_find("root", &group, &err), CA_NOMEM);
    ca_alloc_fail(0, 0);
    ck_assert_int_eq(group, -7);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, our_own_group_is_found);
    tcase_add_test(tcase, an_unknown_group_is_refused);
    tcase_add_test(tcase, a_group_of_others_is_refused);
    tcase_add_test(tcase, memory_runs_out);
}

CA_CHECK_MAIN("base/group", add_tests)
