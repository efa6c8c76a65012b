/* From the words of a command line to files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "read/inputs.h"
#include "support/check_main.h"
#include "support/memdisk.h"

enum { ARGUMENTS_MAX = 8 };

static memdisk *mem;
static ca_arena arena;
static ca_error err;

static void set_up(void)
{
    mem = memdisk_new();
    ca_arena_init(&arena);
    static const char *const files[] = {
        "b.csv",          "a.csv",  "in/2.csv",    "in/10.csv",   "in/sub/x",     "in/sub/.x.swp",
        "in/.git/config", "in/a.b", "hidden/.one", ".hidden.csv", "deep/1/2/3/f", "/abs/f"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        memdisk_put(mem, files[i], files[i], strlen(files[i]));
}

static void tear_down(void)
{
    ca_arena_done(&arena);
    memdisk_free(mem);
}

/* Words joined by blanks. */
static int expand(ca_disk *disk, const char *words, ca_inputs *ret_inputs)
{
    const char *arguments[ARGUMENTS_MAX];
    size_t count = 0;
    ca_text rest = ca_text_of(words);
    ca_text word;
    while (ca_text_next(&rest, ' ', &word))
        arguments[count++] = ca_arena_cstr(&arena, word);
    err = (ca_error){0};
    return ca_inputs_expand(disk, arguments, count, &arena, ret_inputs, &err);
}

static void expect(const char *words, const char *paths)
{
    ca_inputs inputs;
    ck_assert_int_eq(expand(memdisk_disk(mem), words, &inputs), 0);
    ca_buf joined;
    ca_buf_init(&joined);
    for (size_t i = 0; i < inputs.count; i++)
        ca_buf_printf(&joined, "%s%s", i > 0 ? " " : "", inputs.paths[i]);
    ck_assert_str_eq(ca_buf_cstr(&joined), paths);
    ca_buf_done(&joined);
}

static void refuse(const char *words, int code, const char *file, const char *word)
{
    ca_inputs inputs = {.count = 77};
    ck_assert_int_eq(expand(memdisk_disk(mem), words, &inputs), code);
    ck_assert_int_eq(err.code, code);
    ck_assert_str_eq(err.file, file);
    ck_assert_msg(strstr(err.text, word) != NULL, "%s", err.text);
    ck_assert_uint_eq(inputs.count, 77);
}

START_TEST(files_keep_their_order)
{
    expect("b.csv a.csv", "b.csv a.csv");
    expect("in/2.csv - a.csv", "in/2.csv - a.csv");
    expect("-", "-");
    expect(".hidden.csv", ".hidden.csv"); /* named, so wanted */
}
END_TEST

START_TEST(folders_are_expanded_and_sorted)
{
    expect("in", "in/10.csv in/2.csv in/a.b in/sub/x");
    expect("b.csv in a.csv", "b.csv in/10.csv in/2.csv in/a.b in/sub/x a.csv");
    expect("deep", "deep/1/2/3/f");
    expect("/abs", "/abs/f");
    expect(".", "a.csv b.csv deep/1/2/3/f in/10.csv in/2.csv in/a.b in/sub/x");
}
END_TEST

START_TEST(names_are_tidied)
{
    expect("./a.csv", "a.csv");
    expect("in//sub/", "in/sub/x");
    expect("././in/./sub/./x", "in/sub/x");
    expect("/abs//f", "/abs/f");
    expect("//abs/./f", "/abs/f");
}
END_TEST

START_TEST(refused)
{
    refuse("absent", CA_FAIL, "absent", "no such file or folder");
    refuse("a.csv absent", CA_FAIL, "absent", "no such file or folder");
    refuse("hidden", CA_FAIL, "hidden", "no files");
    refuse("- -", CA_USAGE, "", "standard input");
    refuse("a.csv b.csv a.csv", CA_FAIL, "a.csv", "twice");
    refuse("a.csv ./a.csv", CA_FAIL, "a.csv", "twice");
    refuse("in in/2.csv", CA_FAIL, "in/2.csv", "twice");
    refuse("in/sub in", CA_FAIL, "in/sub/x", "twice");
}
END_TEST

START_TEST(no_arguments)
{
    ca_inputs inputs = {.count = 77};
    ck_assert_int_eq(ca_inputs_expand(memdisk_disk(mem), NULL, 0, &arena, &inputs, &err), 0);
    ck_assert_uint_eq(inputs.count, 0);
}
END_TEST

/* A file in the last folder that is allowed, then one in a folder below. */
START_TEST(nested_too_deep)
{
    char path[200] = "top";
    for (int folders = 1; folders < 32; folders++)
        strcat(path, "/d");
    strcat(path, "/f");
    memdisk_put(mem, path, "", 0);
    expect("top", path);
    strcpy(path + strlen(path) - 1, "d/f");
    memdisk_put(mem, path, "", 0);
    path[strlen(path) - 2] = '\0';
    refuse("top", CA_FAIL, path, "deeper than 32");
}
END_TEST

/* On the real disk: two names of one file, a circle of links, a pipe. */
START_TEST(names_of_one_file)
{
    char folder[] = "/tmp/claimaudit-inputs-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    char name[4][100];
    static const char *const names[] = {"a", "b", "loop", "pipe"};
    for (int i = 0; i < 4; i++)
        snprintf(name[i], sizeof(name[i]), "%s/%s", folder, names[i]);
    ck_assert_int_eq(ca_disk_write_atomic(ca_disk_real(), name[0], "x", 1, NULL), 0);
    ck_assert_int_eq(link(name[0], name[1]), 0);
    ca_inputs inputs;
    ck_assert_int_eq(expand(ca_disk_real(), folder, &inputs), CA_FAIL);
    ck_assert_ptr_nonnull(strstr(err.text, "same file"));
    ck_assert_str_eq(err.file, name[1]);
    unlink(name[1]);
    ck_assert_int_eq(expand(ca_disk_real(), folder, &inputs), 0);
    ck_assert_int_eq(symlink(folder, name[2]), 0);
    ck_assert_int_eq(expand(ca_disk_real(), folder, &inputs), CA_FAIL);
    ck_assert_msg(strstr(err.text, "nested") || strstr(err.text, "Too many"), "%s", err.text);
    unlink(name[2]);
    ck_assert_int_eq(mkfifo(name[3], 0600), 0);
    ck_assert_int_eq(expand(ca_disk_real(), folder, &inputs), CA_FAIL);
    ck_assert_ptr_nonnull(strstr(err.text, "neither"));
    ck_assert_int_eq(expand(ca_disk_real(), name[3], &inputs), 0); /* named, so wanted */
    unlink(name[3]);
    unlink(name[0]);
    rmdir(folder);
}
END_TEST

static int info_without_number(ca_disk *disk, const char *path, ca_file_info *ret_info,
                               ca_error *ret_err)
{
    ca_disk *inner = memdisk_disk(mem);
    (void)disk;
    int result = inner->info(inner, path, ret_info, ret_err);
    if (result == 0) {
        ret_info->inode = 0;
        ret_info->changed_ns = 0;
    }
    return result;
}

/* Some disks do not number their files: then only the names tell. */
START_TEST(files_without_numbers)
{
    ca_disk disk = *memdisk_disk(mem);
    disk.info = info_without_number;
    ca_inputs inputs;
    ck_assert_int_eq(expand(&disk, "a.csv b.csv", &inputs), 0);
    ck_assert_uint_eq(inputs.count, 2);
    ck_assert_int_eq(expand(&disk, "a.csv b.csv a.csv", &inputs), CA_FAIL);
}
END_TEST

static int list_too_many(ca_disk *disk, const char *path, ca_arena *names_arena, char ***ret_names,
                         size_t *ret_count, ca_error *ret_err)
{
    static char name[] = "2.csv";
    static char *names[CA_INPUTS_MAX + 1];
    (void)disk, (void)path, (void)names_arena, (void)ret_err;
    for (size_t i = 0; i <= CA_INPUTS_MAX; i++)
        names[i] = name;
    *ret_names = names;
    *ret_count = CA_INPUTS_MAX + 1;
    return 0;
}

START_TEST(too_many_files)
{
    ca_disk disk = *memdisk_disk(mem);
    disk.list = list_too_many;
    ca_inputs inputs;
    ck_assert_int_eq(expand(&disk, "in", &inputs), CA_FAIL);
    ck_assert_ptr_nonnull(strstr(err.text, "100000"));
}
END_TEST

START_TEST(disk_errors)
{
    ca_inputs inputs;
    memdisk_fail(mem, MEMDISK_LIST, 2, false);
    ck_assert_int_eq(expand(memdisk_disk(mem), "in", &inputs), CA_FAIL);
    memdisk_fail(mem, MEMDISK_INFO, 3, false);
    ck_assert_int_eq(expand(memdisk_disk(mem), "in", &inputs), CA_FAIL);
}
END_TEST

START_TEST(memory_runs_out)
{
    /* More files than the list begins with. */
    for (int i = 0; i < 200; i++) {
        char path[20];
        snprintf(path, sizeof(path), "in/n%d", i);
        memdisk_put(mem, path, "", 0);
    }
    int result = CA_NOMEM;
    uint64_t n = 0;
    static const char *const arguments[] = {"a.csv", "in/./"};
    while (result != 0) {
        ca_inputs inputs;
        ca_arena_done(&arena);
        ca_alloc_fail(++n, 0);
        result = ca_inputs_expand(memdisk_disk(mem), arguments, 2, &arena, &inputs, &err);
        ca_alloc_fail(0, 0);
        ck_assert(result == 0 || result == CA_NOMEM);
        if (result == 0)
            ck_assert_uint_eq(inputs.count, 205);
    }
    ck_assert_uint_gt(n, 3);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, files_keep_their_order);
    tcase_add_test(tcase, folders_are_expanded_and_sorted);
    tcase_add_test(tcase, names_are_tidied);
    tcase_add_test(tcase, refused);
    tcase_add_test(tcase, no_arguments);
    tcase_add_test(tcase, nested_too_deep);
    tcase_add_test(tcase, names_of_one_file);
    tcase_add_test(tcase, files_without_numbers);
    tcase_add_test(tcase, too_many_files);
    tcase_add_test(tcase, disk_errors);
    tcase_add_test(tcase, memory_runs_out);
}

CA_CHECK_MAIN("read/inputs", add_tests)
