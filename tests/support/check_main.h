/* A unit test program: CA_CHECK_MAIN("room/module", tcase_function) runs one TCase builder as a TAP
 * suite. */
#ifndef CA_TESTS_CHECK_MAIN_H
#define CA_TESTS_CHECK_MAIN_H

#include <check.h>
#include <stdlib.h>

#define CA_CHECK_MAIN(name, add_tests)                             \
    int main(void)                                                 \
    {                                                              \
        Suite *suite = suite_create(name);                         \
        TCase *tcase = tcase_create(name);                         \
        add_tests(tcase);                                          \
        suite_add_tcase(suite, tcase);                             \
        SRunner *runner = srunner_create(suite);                   \
        srunner_run_all(runner, CK_ENV);                           \
        int failed = srunner_ntests_failed(runner);                \
        srunner_free(runner);                                      \
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;               \
    }

#endif
