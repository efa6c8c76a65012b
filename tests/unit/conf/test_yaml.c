/* Files from bytes and from a disk: what is read, the limit of size, and memory that runs out. */
#include "base/alloc.h"
#include "base/error.h"
#include "unit/conf/parsed.h"
#include "support/check_main.h"
#include "support/memdisk.h"

static const struct {
    const char *source;
    const char *tree;
} good[] = {
    {"", ""},
    {"# only a comment\n", ""},
    {"a: 1", "{a: <1>}"},
    {"\xEF\xBB\xBF"
     "a: 1\r\nb: 2\r\n",
     "{a: <1>, b: <2>}"},
    {"---\na: 1\n...\n", "{a: <1>}"},
    {"a: 0450\nb: NO\nc: ~\nd: null\ne: 1_000\n",
     "{a: <0450>, b: <NO>, c: <~>, d: <null>, e: <1_000>}"},
    {"a:\n  - x\n  - y: 1\n    z: 2\n  - [p, q]\n", "{a: [<x>, {y: <1>, z: <2>}, [<p>, <q>]]}"},
    {"a:\n- x\n- y\n", "{a: [<x>, <y>]}"},
    {"a: {b: [1, 2], c: {}}\nd: []\n", "{a: {b: [<1>, <2>], c: {}}, d: []}"},
    {"a: 'it''s'\nb: \"x\\ty\"\nc: ''\n", "{a: <it's>, b: <x\ty>, c: <>}"},
    {"a: |\n  x\n   y\n\nb: >\n  x\n  y\n", "{a: <x\n y\n>, b: <x y\n>}"},
    {"a: x = 'M'\n  and y\n", "{a: <x = 'M' and y>}"},
    {"a: 1 # comment\nb: x#y\n", "{a: <1>, b: <x#y>}"},
    {"a:\nb: 1\n", "{a: <>, b: <1>}"},
    {"男: 女\n", "{男: <女>}"},
    {"'a b': 1\n\"c\": 2\n", "{a b: <1>, c: <2>}"},
    {"- x\n- y\n", "[<x>, <y>]"},
    {"just text\n", "<just text>"},
    {"a: 1\r\rb: 2\r", "{a: <1>, b: <2>}"},
    {"a: x\xC2\xA0y\xE2\x80\x8Dz\n", "{a: <x\xC2\xA0y\xE2\x80\x8Dz>}"},
};

START_TEST(good_files)
{
    parsed p;
    parse_cstr(&p, good[_i].source);
    ck_assert_str_eq(messages(&p), "");
    ck_assert_str_eq(tree(&p), good[_i].tree);
    ck_assert(!p.file.unreadable);
    done(&p);
}
END_TEST

static void check_size(size_t size, const char *expected)
{
    ca_buf source;
    parsed p;
    ca_buf_init(&source);
    ck_assert(ca_buf_reserve(&source, size));
    memset(source.ptr, '#', size);
    source.len = size;
    parse_text(&p, ca_buf_text(&source));
    ck_assert_str_eq(messages(&p), expected);
    ck_assert_int_eq(p.file.unreadable, *expected != '\0');
    done(&p);
    ca_buf_done(&source);
}

START_TEST(limit_of_size)
{
    check_size(4 << 20, "");
    check_size((4 << 20) + 1, "0:0: the file is larger than 4 MiB: split it\n");
}
END_TEST

START_TEST(source_and_path_are_copied)
{
    char path[] = "p.yaml";
    char source[] = "a: text";
    ca_arena arena;
    ca_diags diags;
    ca_yaml_file file;
    ca_arena_init(&arena);
    ca_diags_init(&diags, &arena);
    ck_assert_int_eq(ca_yaml_parse(path, ca_text_of(source), &arena, &diags, &file, NULL), 0);
    memset(path, 'x', 6);
    memset(source, 'x', 7);
    ck_assert_str_eq(file.path, "p.yaml");
    ck_assert(ca_text_is(file.source, "a: text"));
    ck_assert(ca_text_is(file.root->child->text, "text"));
    ca_diags_done(&diags);
    ca_arena_done(&arena);
}
END_TEST

START_TEST(loading)
{
    memdisk *mem = memdisk_new();
    ca_arena arena;
    ca_diags diags;
    ca_error err = {0};
    ca_yaml_file file = {.path = "untouched"};
    ca_arena_init(&arena);
    ca_diags_init(&diags, &arena);
    memdisk_put(mem, "a.yaml", "a: 1\nb: b: c\n", 13);
    ck_assert_int_eq(ca_yaml_load(memdisk_disk(mem), "none.yaml", &arena, &diags, &file, &err),
                     CA_FAIL);
    ck_assert_int_eq(err.code, CA_FAIL);
    ck_assert_int_eq(ca_yaml_load(memdisk_disk(mem), "none.yaml", &arena, &diags, &file, NULL),
                     CA_FAIL);
    ck_assert_str_eq(file.path, "untouched");
    ck_assert_uint_eq(diags.count, 0);
    ck_assert_int_eq(ca_yaml_load(memdisk_disk(mem), "a.yaml", &arena, &diags, &file, &err), 0);
    ck_assert_str_eq(file.path, "a.yaml");
    ck_assert(ca_text_is(file.root->child->text, "1"));
    ck_assert_uint_eq(diags.count, 1);
    ck_assert_str_eq(diags.items[0].file, "a.yaml");
    ca_diags_done(&diags);
    ca_arena_done(&arena);
    memdisk_free(mem);
}
END_TEST

/* Too large a file is one more message about the configuration, not the end of the run. */
START_TEST(loading_too_much)
{
    memdisk *mem = memdisk_new();
    ca_arena arena;
    ca_diags diags;
    ca_error err = {0};
    ca_yaml_file file;
    ca_buf source;
    ca_arena_init(&arena);
    ca_diags_init(&diags, &arena);
    ca_buf_init(&source);
    for (size_t size = 4 << 20; size <= (4 << 20) + 1; size++) {
        ck_assert(ca_buf_reserve(&source, size));
        memset(source.ptr, '#', size);
        memdisk_put(mem, "large.yaml", source.ptr, size);
        ck_assert_int_eq(ca_yaml_load(memdisk_disk(mem), "large.yaml", &arena, &diags, &file, &err),
                         0);
        ck_assert_int_eq(file.unreadable, size > 4 << 20);
        ck_assert_ptr_null(file.root);
    }
    ck_assert_uint_eq(diags.count, 1);
    ck_assert_str_eq(diags.items[0].text, "the file is larger than 4 MiB: split it");
    ca_buf_done(&source);
    ca_diags_done(&diags);
    ca_arena_done(&arena);
    memdisk_free(mem);
}
END_TEST

/* Whichever allocation fails: CA_NOMEM, err set, the result untouched; and some count is enough. */
START_TEST(memory_runs_out)
{
    ca_buf source;
    ca_buf_init(&source);
    for (int i = 0; i < 200; i++)
        ca_buf_printf(&source, "key%d: {a: [some text, more], a: \t1}\nbad: b: c\n", i);
    int code = CA_NOMEM;
    uint64_t n = 1;
    for (; code != 0; n++) {
        ca_arena arena;
        ca_diags diags;
        ca_yaml_file file = {.path = "untouched"};
        ca_error err = {0};
        ca_arena_init(&arena);
        ca_diags_init(&diags, &arena);
        ca_alloc_fail(n, 0);
        code = ca_yaml_parse("f", ca_buf_text(&source), &arena, &diags, &file, &err);
        ca_alloc_fail(0, 0);
        if (code != 0) {
            ck_assert_int_eq(code, CA_NOMEM);
            ck_assert_int_eq(err.code, CA_NOMEM);
            ck_assert_str_eq(file.path, "untouched");
        }
        ca_diags_done(&diags);
        ca_arena_done(&arena);
    }
    ck_assert_uint_gt(n, 10);
    ca_buf_done(&source);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, good_files, 0, (int)(sizeof(good) / sizeof(good[0])));
    tcase_add_test(tcase, limit_of_size);
    tcase_add_test(tcase, source_and_path_are_copied);
    tcase_add_test(tcase, loading);
    tcase_add_test(tcase, loading_too_much);
    tcase_add_test(tcase, memory_runs_out);
}

CA_CHECK_MAIN("conf/yaml", add_tests)
