#include "support/check_main.h"
static void add_tests(TCase *t) { (void)t; }
CA_CHECK_MAIN("rules/x", add_tests)
