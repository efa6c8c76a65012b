/* The file of a site: values with their places, every mistake at once, and who may write it. */
#include "conf/site.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "support/check_main.h"
#include "support/memdisk.h"

static const ca_site_key keys[] = {{"db", CA_SITE_VALUE, NULL},
                                   {"quiet", CA_SITE_SWITCH, NULL},
                                   {"rules_off", CA_SITE_LIST, "off"},
                                   {"parameters", CA_SITE_RULES, "set"},
                                   {"max_rejects", CA_SITE_VALUE, NULL}};

static ca_arena arena;
static ca_diags diags;
static ca_buf text;
static memdisk *mem;

static void setup(void)
{
    ca_arena_init(&arena);
    ca_diags_init(&diags, &arena);
    ca_buf_init(&text);
    mem = memdisk_new();
}

static void teardown(void)
{
    memdisk_free(mem);
    ca_buf_done(&text);
    ca_diags_done(&diags);
    ca_arena_done(&arena);
}

/* "key value line:column", one a line, then the messages. */
static const char *read_text(ca_text source)
{
    ca_site site;
    ca_buf_clear(&text);
    diags.count = diags.errors = 0;
    ck_assert_int_eq(ca_site_parse("s.yaml", source, keys, 5, &arena, &diags, &site, NULL), 0);
    for (size_t i = 0; i < site.count; i++) {
        const ca_site_value *value = &site.values[i];
        ca_buf_printf(&text, "%s %s %u:%u\n", keys[value->key].name, value->text, (unsigned)value->line,
                      (unsigned)value->column);
    }
    for (size_t i = 0; i < diags.count; i++) {
        const ca_diag *diag = &diags.items[i];
        ca_buf_printf(&text, "%u:%u: %s\n", (unsigned)diag->line, (unsigned)diag->column, diag->text);
    }
    return ca_buf_cstr(&text);
}

static const char *read_site(const char *source)
{
    return read_text(ca_text_of(source));
}

START_TEST(values_have_places)
{
    ck_assert_str_eq(read_site("# nightly\nmax_rejects: 2%\ndb: ../a b.db\nquiet: yes\n"
                               "rules_off: [US-0101, US-0102]\n"
                               "parameters:\n  US-0111: {max_age: 60, since: 2020-01-01}\n  US-0112:\n    min: '-1.5'\n"),
                     "db ../a b.db 3:5\n"
                     "quiet yes 4:8\n"
                     "rules_off US-0101 5:13\n"
                     "rules_off US-0102 5:22\n"
                     "parameters US-0111.max_age=60 7:13\n"
                     "parameters US-0111.since=2020-01-01 7:26\n"
                     "parameters US-0112.min=-1.5 9:5\n"
                     "max_rejects 2% 2:14\n");
}
END_TEST

START_TEST(no_settings)
{
    ck_assert_str_eq(read_site(""), "");
    ck_assert_str_eq(read_site("# db: x\n"), "");
    ck_assert_str_eq(read_site("rules_off: []\nparameters: {}\n"), "");
}
END_TEST

START_TEST(one_is_a_list_of_one)
{
    ck_assert_str_eq(read_site("rules_off: US-0101\n"), "rules_off US-0101 1:12\n");
    ck_assert_str_eq(read_site("quiet: false\n"), "quiet no 1:8\n");
}
END_TEST

static const struct {
    const char *source, *said;
} mistakes[] = {
    {"databse: x\n", "1:1: unknown key 'databse'\n"},
    {"max-rejects: 5\n", "1:1: unknown key 'max-rejects'; did you mean 'max_rejects'?\n"},
    {"off: [A]\n", "1:1: unknown key 'off'; did you mean 'rules_off'?\n"},
    {"set: {}\n", "1:1: unknown key 'set'; did you mean 'parameters'?\n"},
    {"db: [a]\n", "1:5: 'db' must be text, not a list\n"},
    {"db: {a: b}\n", "1:5: 'db' must be text, not a mapping\n"},
    {"db:\n", "1:4: 'db' has no value; an empty text is written ''\n"},
    {"quiet: sometimes\n", "1:8: 'quiet' must be yes or no, not 'sometimes'\n"},
    {"rules_off: {a: b}\n", "1:12: 'rules_off' must be a list, not a mapping\n"},
    {"rules_off: [[a]]\n", "1:13: this item must be text, not a list\n"},
    {"parameters: 5\n", "1:13: 'parameters' must be a mapping of 'key: value', not text\n"},
    {"parameters: {US-0111: 5}\n", "1:23: 'US-0111' must be a mapping of 'key: value', not text\n"},
    {"parameters: {US-0111: {a: [5]}}\n", "1:27: 'a' must be text, not a list\n"},
    {"parameters: {US-0111.a: {b: 5}}\n", "1:14: 'US-0111.a' is no name of a rule\n"},
    {"parameters: {US-0111: {a=b: 5}}\n", "1:24: 'a=b' is no name of a parameter\n"},
    {"db: \"a\\nb\"\n", "1:5: a value is one line without control characters\n"},
    {"db: \"a\\0b\"\n", "1:5: \\0 is not allowed in a text\n"},
    {"db: \"a\\e[1mb\"\n", "1:5: a value is one line without control characters\n"},
    {"db: a\ndb: b\n", "db a 1:5\n2:1: key 'db' appears twice, first on line 1\n"},
    {"- db\n", "1:1: the file should hold settings: a mapping of 'key: value' lines\n"},
    {"wombat: 1\nquiet: perhaps\ndb: x\n",
     "db x 3:5\n2:8: 'quiet' must be yes or no, not 'perhaps'\n1:1: unknown key 'wombat'\n"},
};

START_TEST(a_mistake)
{
    ck_assert_str_eq(read_site(mistakes[_i].source), mistakes[_i].said);
    ck_assert_uint_gt(diags.errors, 0);
}
END_TEST

START_TEST(everything_has_a_limit)
{
    ca_buf many;
    ca_buf_init(&many);
    ca_buf_add_cstr(&many, "rules_off:\n");
    for (unsigned i = 0; i < CA_SITE_ITEMS; i++) {
        ca_buf_printf(&many, "- R%u\n", i);
    }
    (void)read_text(ca_buf_text(&many));
    ck_assert_uint_eq(diags.errors, 0);
    ca_buf_add_cstr(&many, "- one more\n");
    ck_assert_str_eq(read_text(ca_buf_text(&many)), "1:1: more than 1000 items\n");
    ca_buf_clear(&many);
    ca_buf_add_cstr(&many, "parameters: {R: {");
    for (unsigned i = 0; i <= CA_SITE_PARAMETERS; i++) {
        ca_buf_printf(&many, "%sp%u: 1", i ? ", " : "", i);
    }
    ca_buf_add_cstr(&many, "}}\n");
    ck_assert_str_eq(read_text(ca_buf_text(&many)), "1:14: more than 64 items\n");
    ca_buf_clear(&many);
    ca_buf_add_cstr(&many, "db: ");
    for (unsigned i = 0; i <= CA_SITE_TEXT; i++) {
        ca_buf_add_char(&many, 'x');
    }
    ck_assert_str_eq(read_text(ca_buf_text(&many)), "1:5: this value is longer than 4096 bytes\n");
    ca_buf_done(&many);
}
END_TEST

static int load_with_mode(unsigned mode, ca_error *err)
{
    ca_site site;
    ca_disk *disk = memdisk_disk(mem);
    memdisk_put(mem, "etc/site.yaml", "db: x\n", 6);
    ck_assert_int_eq(disk->share(disk, "etc/site.yaml", mode, CA_GROUP_KEEP, NULL), 0);
    return ca_site_load(disk, "etc/site.yaml", keys, 5, &arena, &diags, &site, err);
}

START_TEST(others_may_read_but_not_write)
{
    static const unsigned good[] = {0600, 0400, 0640, 0644, 0755}, bad[] = {0620, 0602, 0664, 0666, 0777};
    for (size_t i = 0; i < 5; i++) {
        ca_error err = {0};
        ck_assert_int_eq(load_with_mode(good[i], &err), 0);
        ck_assert_int_eq(load_with_mode(bad[i], &err), CA_CONFIG);
        ck_assert_str_eq(err.file, "etc/site.yaml");
        ck_assert_msg(strstr(err.text, "chmod go-w") != NULL, "%s", err.text);
    }
}
END_TEST

START_TEST(a_file_that_cannot_be_read)
{
    ca_site site;
    ca_error err = {0};
    ck_assert_int_eq(ca_site_load(memdisk_disk(mem), "none", keys, 5, &arena, &diags, &site, &err), CA_FAIL);
    static const memdisk_call calls[] = {MEMDISK_OPEN, MEMDISK_INFO, MEMDISK_READ};
    for (size_t i = 0; i < 3; i++) {
        (void)load_with_mode(0600, NULL);
        memdisk_fail(mem, calls[i], 1, true);
        ck_assert_int_eq(ca_site_load(memdisk_disk(mem), "etc/site.yaml", keys, 5, &arena, &diags, &site, &err), CA_FAIL);
        memdisk_fail(mem, calls[i], 0, false);
    }
}
END_TEST

START_TEST(memory_may_run_out)
{
    int rc = CA_NOMEM;
    memdisk_put(mem, "s.yaml", "db: x\nrules_off: [a]\nparameters: {R: {a: 1}}\nwombat: 1\n", 55);
    for (uint64_t n = 1; rc; n++) {
        ca_arena some;
        ca_diags said;
        ca_site site;
        ca_arena_init(&some);
        ca_diags_init(&said, &some);
        ca_alloc_fail(n, 1);
        rc = ca_site_load(memdisk_disk(mem), "s.yaml", keys, 5, &some, &said, &site, NULL);
        ca_alloc_fail(0, 0);
        ck_assert(rc == 0 || rc == CA_NOMEM);
        ck_assert_uint_lt(n, 500);
        ca_diags_done(&said);
        ca_arena_done(&some);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, values_have_places);
    tcase_add_test(tcase, no_settings);
    tcase_add_test(tcase, one_is_a_list_of_one);
    tcase_add_loop_test(tcase, a_mistake, 0, sizeof mistakes / sizeof *mistakes);
    tcase_add_test(tcase, everything_has_a_limit);
    tcase_add_test(tcase, others_may_read_but_not_write);
    tcase_add_test(tcase, a_file_that_cannot_be_read);
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("conf/site", add_tests)
