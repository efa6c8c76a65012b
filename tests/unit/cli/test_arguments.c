/* Command lines of a made-up command. */
#include "cli/command.h"

#include <string.h>

#include "base/alloc.h"
#include "support/check_main.h"

static const ca_option options[] = {{"db", "FILE", "a file", false},        {"rules", "DIR", "folders", true},
                                    {"set", "ID.NAME=VALUE", "one", true},  {"quiet", NULL, "a switch", false},
                                    {"limit", "N", "a number", false},      {"size", "SIZE", "a size", false},
                                    {"most", "N|N%", "a share", false},     {"format", "FORMAT", "a format", false},
                                    {0}};
static const ca_command command = {.name = "try", .options = options};

static ca_arena arena;
static ca_arguments arguments;
static ca_error err;
static char words[256];

static void setup(void)
{
    ca_arena_init(&arena);
    memset(&arguments, 0, sizeof arguments);
    memset(&err, 0, sizeof err);
}

static void teardown(void)
{
    ca_arena_done(&arena);
}

/* The words of a line, split at spaces; "''" stands for an empty one. */
static int parse(const char *line)
{
    char *list[32];
    int count = 0;
    snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) {
        list[count++] = strcmp(word, "''") == 0 ? word + 2 : word;
    }
    char **copy = ca_arena_copy(&arena, list, sizeof list);
    return ca_arguments_parse(&command, count, copy, &arena, &arguments, &err);
}

START_TEST(options_and_words_in_any_order)
{
    size_t count;
    uint64_t number, size, most = 3;
    bool share = false;
    ca_format format;
    ck_assert_int_eq(parse("a --db x.db --rules=r1 b --quiet --rules r2 --limit 7 --size=2K --most 5% --format csv -- --c -"), 0);
    ck_assert_uint_eq(arguments.word_count, 4);
    ck_assert_str_eq(arguments.words[0], "a");
    ck_assert_str_eq(arguments.words[1], "b");
    ck_assert_str_eq(arguments.words[2], "--c");
    ck_assert_str_eq(arguments.words[3], "-");
    ck_assert_str_eq(ca_argument(&arguments, "db"), "x.db");
    ck_assert(ca_switch(&arguments, "quiet"));
    const char *const *list = ca_argument_list(&arguments, "rules", &arena, &count);
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(list[1], "r2");
    ck_assert_int_eq(ca_argument_number(&arguments, "limit", 50, &number, &err), 0);
    ck_assert_int_eq(ca_argument_size(&arguments, "size", 1, &size, &err), 0);
    ck_assert_int_eq(ca_argument_share(&arguments, "most", &most, &share, &err), 0);
    ck_assert_int_eq(ca_argument_format(&arguments, &format, &err), 0);
    ck_assert(number == 7 && size == 2048 && most == 50000 && share && format == CA_FORMAT_CSV);
}
END_TEST

START_TEST(what_is_not_given)
{
    uint64_t number, most = 3;
    bool share = true;
    ca_format format;
    ck_assert_int_eq(parse(""), 0);
    ck_assert_ptr_null(ca_argument(&arguments, "db"));
    ck_assert(!ca_switch(&arguments, "quiet"));
    ck_assert_int_eq(ca_argument_number(&arguments, "limit", 50, &number, &err), 0);
    ck_assert_int_eq(ca_argument_share(&arguments, "most", &most, &share, &err), 0);
    ck_assert_int_eq(ca_argument_format(&arguments, &format, &err), 0);
    ck_assert(number == 50 && most == 3 && share && format == CA_FORMAT_TABLE);
}
END_TEST

START_TEST(a_switch_can_say_no)
{
    ck_assert_int_eq(parse("--quiet=no"), 0);
    ck_assert(!ca_switch(&arguments, "quiet"));
    ck_assert_int_eq(parse("--quiet=yes"), 0);
    ck_assert(ca_switch(&arguments, "quiet"));
}
END_TEST

static const struct {
    const char *line, *said;
} mistakes[] = {
    {"--wombat", "unknown option --wombat; see claimaudit help try"},
    {"--quite", "unknown option --quite, did you mean --quiet; see claimaudit help try"},
    {"--confi x", "unknown option --confi, did you mean --config; see claimaudit help try"},
    {"-q", "unknown option -q; options are written in full, see claimaudit help try"},
    {"--db", "--db needs a value: --db FILE"},
    {"--db ''", "--db takes a name, not ''"},
    {"--quiet=perhaps", "--quiet takes no value, or yes or no, not 'perhaps'"},
    {"--db a --db b", "--db is given twice"},
    {"--set R.a=1 --set R.a=2", "--set R.a is given twice"},
    {"--set a", "--set takes RULE.PARAMETER=VALUE such as US-0111.max_age=1, not 'a'"},
    {"--config a --config b", "--config is given twice"},
};

START_TEST(a_mistake)
{
    ck_assert_int_eq(parse(mistakes[_i].line), CA_USAGE);
    ck_assert_str_eq(err.text, mistakes[_i].said);
}
END_TEST

/* Left to who reads them; one call checks them all. */
START_TEST(numbers_are_checked_where_they_are_read)
{
    uint64_t number;
    ck_assert_int_eq(parse("--limit x"), 0);
    ck_assert_int_eq(ca_argument_number(&arguments, "limit", 0, &number, &err), CA_USAGE);
    ck_assert_str_eq(err.text, "--limit takes a whole number, not 'x'");
    memset(&err, 0, sizeof err);
    ck_assert_int_eq(ca_arguments_check(&arguments, &err), CA_USAGE);
    ck_assert_str_eq(err.text, "--limit takes a whole number, not 'x'");
    arguments.options[0].file = "site.yaml";    /* has its own message */
    ck_assert_int_eq(ca_arguments_check(&arguments, &err), 0);
    ck_assert_int_eq(parse("--limit 5 --quiet --config= --most 1%"), 0);
    ck_assert_int_eq(ca_arguments_check(&arguments, &err), 0);
    ck_assert_int_eq(parse("--size 4T"), 0);
    ck_assert_int_eq(ca_arguments_check(&arguments, &err), CA_USAGE);
}
END_TEST

START_TEST(what_is_no_mistake)
{
    ck_assert_int_eq(parse("--set R.a=1 --set R.ab=1 --set S.a=1 --rules x --rules x --config ''"), 0);
    ck_assert_uint_eq(arguments.option_count, 6);
}
END_TEST

START_TEST(memory_may_run_out)
{
    ca_alloc_fail(1, 1);
    int rc = ca_arguments_parse(&command, 0, NULL, &arena, &arguments, &err);
    ca_alloc_fail(0, 0);
    ck_assert_int_eq(rc, CA_NOMEM);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, options_and_words_in_any_order);
    tcase_add_test(tcase, what_is_not_given);
    tcase_add_test(tcase, a_switch_can_say_no);
    tcase_add_loop_test(tcase, a_mistake, 0, sizeof mistakes / sizeof *mistakes);
    tcase_add_test(tcase, numbers_are_checked_where_they_are_read);
    tcase_add_test(tcase, what_is_no_mistake);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("cli/arguments", add_tests)
