/* Walking a tree with a schema: what each function takes, and the exact message and place of each
 * refusal. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "conf/yaml.h"
#include "support/check_main.h"

typedef struct walked {
    ca_arena arena;
    ca_diags diags;
    ca_yaml_file file;
    ca_conf conf;
    ca_yaml *root;
    ca_buf text;
} walked;

static void load(walked *w, const char *source)
{
    ca_error err;
    ca_arena_init(&w->arena);
    ca_diags_init(&w->diags, &w->arena);
    ca_buf_init(&w->text);
    ck_assert_int_eq(
        ca_yaml_parse("f.yaml", ca_text_of(source), &w->arena, &w->diags, &w->file, &err), 0);
    w->conf = (ca_conf){&w->file, &w->diags};
    w->root = w->file.root;
    w->diags.count = 0; /* only the walkers' messages are of interest */
    w->diags.errors = 0;
}

static const char *messages(walked *w)
{
    ca_buf_clear(&w->text);
    for (size_t i = 0; i < w->diags.count; i++)
        ca_buf_printf(&w->text, "%s:%u:%u: %s\n", w->diags.items[i].file, w->diags.items[i].line,
                      w->diags.items[i].column, w->diags.items[i].text);
    return ca_buf_cstr(&w->text);
}

static void done(walked *w, const char *expected)
{
    ck_assert_str_eq(messages(w), expected);
    ca_buf_done(&w->text);
    ca_diags_done(&w->diags);
    ca_arena_done(&w->arena);
}

START_TEST(root)
{
    walked w;
    load(&w, "a: 1\n");
    ck_assert(ca_conf_root(&w.conf, "a rule"));
    done(&w, "");
    load(&w, "# nothing\n");
    ck_assert(!ca_conf_root(&w.conf, "a rule"));
    done(&w, "f.yaml:0:0: the file is empty; it should hold a rule\n");
    load(&w, "\n- a\n");
    ck_assert(!ca_conf_root(&w.conf, "a rule"));
    done(&w, "f.yaml:2:1: the file should hold a rule: a mapping of 'key: value' lines\n");
    load(&w, "\ta: 1\n");
    ck_assert(!ca_conf_root(&w.conf, "a rule"));
    done(&w, "");
}
END_TEST

START_TEST(get_and_need)
{
    walked w;
    load(&w, "\na: 1\nb: {c: 2}\n");
    ck_assert(ca_text_is(ca_conf_get(&w.conf, w.root, "a")->text, "1"));
    ck_assert(w.root->child->seen);
    ck_assert(!w.root->child->next->seen);
    ck_assert_ptr_null(ca_conf_get(&w.conf, w.root, "x"));
    ck_assert_ptr_null(ca_conf_get(&w.conf, NULL, "x"));
    ck_assert_ptr_null(ca_conf_get(&w.conf, w.root->child, "x"));
    ck_assert_ptr_null(ca_conf_need(&w.conf, NULL, "x"));
    ck_assert_ptr_null(ca_conf_need(&w.conf, w.root->child, "x"));
    ck_assert_str_eq(messages(&w), "");
    ck_assert_ptr_null(ca_conf_need(&w.conf, w.root, "rule"));
    ck_assert_ptr_null(ca_conf_need(&w.conf, ca_conf_need(&w.conf, w.root, "b"), "d"));
    done(&w, "f.yaml:2:1: key 'rule' is missing\nf.yaml:3:4: key 'd' is missing\n");
}
END_TEST

START_TEST(no_others)
{
    static const char *const known[] = {"message", "severity", "per", NULL};
    walked w;
    load(&w, "message: a\n  \nmesage: b\nper: c\nzzz: d\n");
    ca_conf_get(&w.conf, w.root, "message");
    ca_conf_no_others(&w.conf, w.root, known);
    ca_conf_no_others(&w.conf, NULL, known);
    ca_conf_no_others(&w.conf, w.root->child, known);
    done(&w, "f.yaml:3:1: unknown key 'mesage'; did you mean 'message'?\n"
             "f.yaml:4:1: key 'per' does not belong here\n"
             "f.yaml:5:1: unknown key 'zzz'\n");
    load(&w, "a: 1\n");
    ca_conf_no_others(&w.conf, w.root, NULL);
    done(&w, "f.yaml:1:1: unknown key 'a'\n");
}
END_TEST

/* Syntax errors, aliases and duplicates have their messages: no walker adds one about their
 * effects. */
START_TEST(silence_about_what_is_reported)
{
    static const char *const known[] = {NULL};
    walked w;
    load(&w, "a: *x\nb: y: z\nc: 1\nc: 2\nd: [1\ne: {f: *g}\n");
    ck_assert(w.root->partial);
    ca_text text;
    ca_text *items;
    size_t count;
    int64_t number;
    ck_assert(!ca_conf_text(&w.conf, ca_conf_get(&w.conf, w.root, "a"), &text));
    ck_assert(!ca_conf_int(&w.conf, ca_conf_get(&w.conf, w.root, "b"), 0, 9, &number));
    ck_assert(!ca_conf_list(&w.conf, ca_conf_get(&w.conf, w.root, "d"), &w.arena, &items, &count));
    ca_yaml *e = ca_conf_need(&w.conf, w.root, "e");
    ck_assert(ca_conf_is(&w.conf, e, CA_YAML_MAPPING, NULL));
    ck_assert(!ca_conf_text(&w.conf, ca_conf_need(&w.conf, e, "f"), &text));
    ck_assert(!ca_conf_text(&w.conf, ca_conf_need(&w.conf, ca_conf_get(&w.conf, w.root, "d"), "x"),
                            &text));
    ck_assert_ptr_null(ca_conf_need(&w.conf, w.root, "lost"));
    ck_assert_ptr_nonnull(ca_conf_get(&w.conf, w.root, "c"));
    ca_conf_no_others(&w.conf, w.root, known);
    done(&w, "");
}
END_TEST

START_TEST(kinds)
{
    walked w;
    load(&w, "t: x\nl: [x]\nm: {x: y}\ne:\ni:\n  - x\n");
    ca_yaml *t = ca_conf_get(&w.conf, w.root, "t");
    ca_yaml *l = ca_conf_get(&w.conf, w.root, "l");
    ca_yaml *m = ca_conf_get(&w.conf, w.root, "m");
    ca_yaml *e = ca_conf_get(&w.conf, w.root, "e");
    ca_yaml *i = ca_conf_get(&w.conf, w.root, "i")->child;
    ck_assert(ca_conf_is(&w.conf, t, CA_YAML_SCALAR, NULL));
    ck_assert(ca_conf_is(&w.conf, l, CA_YAML_SEQUENCE, NULL));
    ck_assert(ca_conf_is(&w.conf, m, CA_YAML_MAPPING, NULL));
    ck_assert(!ca_conf_is(&w.conf, NULL, CA_YAML_MAPPING, NULL));
    ck_assert_str_eq(messages(&w), "");
    ck_assert(!ca_conf_is(&w.conf, l, CA_YAML_SCALAR, NULL));
    ck_assert(!ca_conf_is(&w.conf, m, CA_YAML_SCALAR, "a title"));
    ck_assert(!ca_conf_is(&w.conf, e, CA_YAML_SCALAR, NULL));
    ck_assert(!ca_conf_is(&w.conf, t, CA_YAML_SEQUENCE, NULL));
    ck_assert(!ca_conf_is(&w.conf, m, CA_YAML_SEQUENCE, NULL));
    ck_assert(!ca_conf_is(&w.conf, e, CA_YAML_SEQUENCE, NULL));
    ck_assert(!ca_conf_is(&w.conf, t, CA_YAML_MAPPING, NULL));
    ck_assert(!ca_conf_is(&w.conf, l, CA_YAML_MAPPING, "layouts"));
    ck_assert(!ca_conf_is(&w.conf, i, CA_YAML_MAPPING, NULL));
    done(&w, "f.yaml:2:4: 'l' must be text, not a list\n"
             "f.yaml:3:4: a title must be text, not a mapping\n"
             "f.yaml:4:3: 'e' has no value; an empty text is written ''\n"
             "f.yaml:1:4: 't' must be a list, not text\n"
             "f.yaml:3:4: 'm' must be a list, not a mapping\n"
             "f.yaml:4:3: 'e' must be a list, not nothing\n"
             "f.yaml:1:4: 't' must be a mapping of 'key: value', not text\n"
             "f.yaml:2:4: layouts must be a mapping of 'key: value', not a list\n"
             "f.yaml:6:5: this item must be a mapping of 'key: value', not text\n");
}
END_TEST

START_TEST(texts)
{
    walked w;
    load(&w, "a: ''\nb: 'x'\nc:\n");
    ca_text text = CA_TEXT("untouched");
    ck_assert(!ca_conf_text(&w.conf, ca_conf_get(&w.conf, w.root, "c"), &text));
    ck_assert(!ca_conf_text(&w.conf, NULL, &text));
    ck_assert(ca_text_is(text, "untouched"));
    ck_assert(ca_conf_text(&w.conf, ca_conf_get(&w.conf, w.root, "a"), &text));
    ck_assert(ca_text_is(text, ""));
    ck_assert(ca_conf_text(&w.conf, ca_conf_get(&w.conf, w.root, "b"), &text));
    ck_assert(ca_text_is(text, "x"));
    done(&w, "f.yaml:3:3: 'c' has no value; an empty text is written ''\n");
}
END_TEST

START_TEST(integers)
{
    walked w;
    load(&w, "ok: [1, 5, '3']\nbad: [0, 6, x, 1.0, '', 99999999999999999999]\n");
    int64_t value = 0;
    for (ca_yaml *node = ca_conf_get(&w.conf, w.root, "ok")->child; node != NULL; node = node->next)
        ck_assert(ca_conf_int(&w.conf, node, 1, 5, &value));
    ck_assert_int_eq(value, 3);
    for (ca_yaml *node = ca_conf_get(&w.conf, w.root, "bad")->child; node != NULL;
         node = node->next)
        ck_assert(!ca_conf_int(&w.conf, node, 1, 5, &value));
    ck_assert(!ca_conf_int(&w.conf, NULL, 1, 5, &value));
    ck_assert_int_eq(value, 3);
    done(&w,
         "f.yaml:2:7: this item must be a whole number from 1 to 5, not '0'\n"
         "f.yaml:2:10: this item must be a whole number from 1 to 5, not '6'\n"
         "f.yaml:2:13: this item must be a whole number from 1 to 5, not 'x'\n"
         "f.yaml:2:16: this item must be a whole number from 1 to 5, not '1.0'\n"
         "f.yaml:2:21: this item must be a whole number from 1 to 5, not ''\n"
         "f.yaml:2:25: this item must be a whole number from 1 to 5, not '99999999999999999999'\n");
}
END_TEST

START_TEST(booleans)
{
    walked w;
    load(&w, "a: yes\nb: no\nc: true\nd: false\ne: Yes\nf:\n");
    static const bool expected[] = {true, false, true, false};
    ca_yaml *node = w.root->child;
    bool value;
    for (size_t i = 0; i < 4; i++, node = node->next) {
        value = !expected[i];
        ck_assert(ca_conf_bool(&w.conf, node, &value));
        ck_assert_int_eq(value, expected[i]);
    }
    ck_assert(!ca_conf_bool(&w.conf, node, &value));
    ck_assert(!ca_conf_bool(&w.conf, node->next, &value));
    done(&w, "f.yaml:5:4: 'e' must be yes or no, not 'Yes'\n"
             "f.yaml:6:3: 'f' has no value; an empty text is written ''\n");
}
END_TEST

START_TEST(choices)
{
    static const char *const names[] = {"low", "medium", "high"};
    walked w;
    load(&w, "a: high\nb: hgh\nc: none\n");
    size_t index = 9;
    ck_assert(ca_conf_choice(&w.conf, w.root->child, names, 3, &index));
    ck_assert_uint_eq(index, 2);
    ck_assert(!ca_conf_choice(&w.conf, w.root->child->next, names, 3, &index));
    ck_assert(!ca_conf_choice(&w.conf, w.root->child->next->next, names, 3, &index));
    ck_assert_uint_eq(index, 2);
    done(&w,
         "f.yaml:2:4: 'b' cannot be 'hgh'; did you mean 'high'?; it is one of low, medium, high\n"
         "f.yaml:3:4: 'c' cannot be 'none'; it is one of low, medium, high\n");
}
END_TEST

/* A list of names that nobody would read is left out. */
START_TEST(many_choices)
{
    static const char *names[40];
    for (size_t i = 0; i < 40; i++)
        names[i] = "a_rather_long_name";
    walked w;
    size_t index;
    load(&w, "a: x\n");
    ck_assert(!ca_conf_choice(&w.conf, w.root->child, names, 40, &index));
    done(&w, "f.yaml:1:4: 'a' cannot be 'x'\n");
}
END_TEST

START_TEST(lists)
{
    walked w;
    load(&w, "a: x\nb: [x, 'y z']\nc: []\nd: [x, [y], ~, {k: v}]\ne: {k: v}\nf:\ng:\n  - x\n  -\n");
    ca_text *items = NULL;
    size_t count = 99;
    ck_assert(ca_conf_list(&w.conf, ca_conf_get(&w.conf, w.root, "a"), &w.arena, &items, &count));
    ck_assert_uint_eq(count, 1);
    ck_assert(ca_text_is(items[0], "x"));
    ck_assert(ca_conf_list(&w.conf, ca_conf_get(&w.conf, w.root, "b"), &w.arena, &items, &count));
    ck_assert_uint_eq(count, 2);
    ck_assert(ca_text_is(items[1], "y z"));
    ck_assert(ca_conf_list(&w.conf, ca_conf_get(&w.conf, w.root, "c"), &w.arena, &items, &count));
    ck_assert_uint_eq(count, 0);
    count = 99;
    static const char *const wrong[] = {"d", "e", "f", "g", "none"};
    for (size_t i = 0; i < 5; i++)
        ck_assert(!ca_conf_list(&w.conf, ca_conf_get(&w.conf, w.root, wrong[i]), &w.arena, &items,
                                &count));
    ck_assert_uint_eq(count, 99);
    done(&w, "f.yaml:4:8: this item must be text, not a list\n"
             "f.yaml:4:16: this item must be text, not a mapping\n"
             "f.yaml:5:4: 'e' must be text, not a mapping\n"
             "f.yaml:6:3: 'f' has no value; an empty text is written ''\n"
             "f.yaml:9:4: this item has no value; an empty text is written ''\n");
}
END_TEST

START_TEST(own_messages)
{
    walked w;
    load(&w, "\n  key: [item]\n");
    ca_yaml *list = w.root->child;
    ca_conf_error(&w.conf, list, "%s %d", "e", 1);
    ca_conf_error_key(&w.conf, list, "k");
    ca_conf_error_key(&w.conf, list->child, "an item has no key");
    ca_conf_warning(&w.conf, list->child, "w");
    ca_conf_error(&w.conf, NULL, "file");
    ca_conf_error_key(&w.conf, NULL, "file");
    ca_conf_warning(&w.conf, NULL, "file");
    ck_assert_uint_eq(w.diags.errors, 5);
    ck_assert_int_eq(w.diags.items[3].severity, CA_DIAG_WARNING);
    done(&w, "f.yaml:2:8: e 1\nf.yaml:2:3: k\nf.yaml:2:9: an item has no key\nf.yaml:2:9: w\n"
             "f.yaml:0:0: file\nf.yaml:0:0: file\nf.yaml:0:0: file\n");
}
END_TEST

START_TEST(long_values_are_cut_in_messages)
{
    char source[1200] = "a: ";
    for (int i = 0; i < 500; i++)
        strcat(source, "é");
    walked w;
    bool value;
    load(&w, source);
    ck_assert(!ca_conf_bool(&w.conf, w.root->child, &value));
    ck_assert_uint_lt(strlen(w.diags.items[0].text), 120);
    ck_assert(ca_text_utf8_valid(ca_text_of(w.diags.items[0].text)));
    w.diags.count = 0;
    done(&w, "");
}
END_TEST

/* A failed allocation is never silence: the messages' verdict is then that memory ran out. */
START_TEST(memory_runs_out)
{
    static const char *const known[] = {NULL};
    int failures = 0;
    for (uint64_t n = 1; n < 4; n++) {
        walked w;
        ca_error err;
        ca_text *items;
        size_t count;
        load(&w, "a: [x]\nb: 1\n");
        ca_alloc_fail(n, 1);
        bool good = true;
        for (int i = 0; i < 2000 && good; i++) {
            good =
                ca_conf_list(&w.conf, ca_conf_get(&w.conf, w.root, "a"), &w.arena, &items, &count);
            ca_conf_no_others(&w.conf, w.root, known);
        }
        ca_alloc_fail(0, 0);
        ck_assert(!good);
        ck_assert_int_eq(w.diags.failed, 1);
        ck_assert_int_eq(ca_diags_result(&w.diags, &err), CA_NOMEM);
        failures++;
        w.diags.count = 0;
        done(&w, "");
    }
    ck_assert_int_eq(failures, 3);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, root);
    tcase_add_test(tcase, get_and_need);
    tcase_add_test(tcase, no_others);
    tcase_add_test(tcase, silence_about_what_is_reported);
    tcase_add_test(tcase, kinds);
    tcase_add_test(tcase, texts);
    tcase_add_test(tcase, integers);
    tcase_add_test(tcase, booleans);
    tcase_add_test(tcase, choices);
    tcase_add_test(tcase, many_choices);
    tcase_add_test(tcase, lists);
    tcase_add_test(tcase, own_messages);
    tcase_add_test(tcase, long_values_are_cut_in_messages);
    tcase_add_test(tcase, memory_runs_out);
}

CA_CHECK_MAIN("conf/walk", add_tests)
