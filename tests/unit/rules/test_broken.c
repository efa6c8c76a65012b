/* A folder of deliberately broken rules: tests/support/broken_rules/NAME.yaml, and in NAME.expected
 * what must be said about it, word for word. To add one, write both. */
#include "support/check_main.h"

#include <stdio.h>
#include <string.h>

#include "base/disk.h"
#include "support/rule_front.h"

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name);
    return len > strlen(end) && strcmp(name + len - strlen(end), end) == 0;
}

static void read_all(const char *folder, const char *name, const char *end, ca_buf *ret_bytes)
{
    char path[600];
    ca_error err = {0};
    size_t stem = strlen(name) - strlen(".yaml");
    snprintf(path, sizeof(path), "%s/%.*s%s", folder, (int)stem, name, end);
    ck_assert_msg(ca_disk_read_all(ca_disk_real(), path, 1 << 20, ret_bytes, &err) == 0, "%s: %s",
                  path, err.text);
}

/* Is there a rule for every expectation? */
static bool has_rule(char **names, size_t count, const char *expected)
{
    size_t stem = strlen(expected) - strlen(".expected");
    for (size_t i = 0; i < count; i++)
        if (ends_with(names[i], ".yaml") && strlen(names[i]) == stem + strlen(".yaml") &&
            strncmp(names[i], expected, stem) == 0)
            return true;
    return false;
}

START_TEST(every_broken_rule)
{
    const char *root = getenv("CA_SOURCE_ROOT");
    char folder[400];
    char **names = NULL;
    size_t count = 0;
    size_t rules = 0;
    size_t wrong = 0;
    ca_arena arena;
    rule_front *front = rule_front_new();
    ca_disk *disk = ca_disk_real();
    ca_arena_init(&arena);
    snprintf(folder, sizeof(folder), "%s/tests/support/broken_rules", root == NULL ? "." : root);
    ck_assert_int_eq(disk->list(disk, folder, &arena, &names, &count, NULL), 0);
    for (size_t i = 0; i < count; i++) {
        if (ends_with(names[i], ".expected"))
            ck_assert_msg(has_rule(names, count, names[i]), "%s has no rule", names[i]);
        if (!ends_with(names[i], ".yaml"))
            continue;
        ca_buf source;
        ca_buf expected;
        read_all(folder, names[i], ".yaml", &source);
        read_all(folder, names[i], ".expected", &expected);
        const char *said = rule_front_load(front, ca_buf_cstr(&source));
        rules++;
        if (strcmp(said, ca_buf_cstr(&expected)) != 0) {
            fprintf(stderr, "%s: expected\n%sbut was said\n%s", names[i], ca_buf_cstr(&expected),
                    said);
            wrong++;
        }
        ck_assert_int_eq(rule_front_rule(front) == NULL, strstr(said, ": error: ") != NULL);
        ca_buf_done(&source);
        ca_buf_done(&expected);
    }
    ck_assert_uint_gt(rules, 150);
    ck_assert_uint_eq(wrong, 0);
    ca_arena_done(&arena);
    rule_front_free(front);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, every_broken_rule);
}

CA_CHECK_MAIN("rules/broken", add_tests)
