/* One test body over the real disk in a temporary folder and over the disk in memory: both behave
 * alike. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/disk.h"
#include "support/check_main.h"
#include "support/memdisk.h"

enum { REAL, MEMORY, DISKS };

static ca_disk *disk;
static memdisk *memory;
static char folder[64];
static ca_error err;

static void open_disk(int which)
{
    memory = which == MEMORY ? memdisk_new() : NULL;
    disk = memory ? memdisk_disk(memory) : ca_disk_real();
    strcpy(folder, "/tmp/claimaudit-disk-XXXXXX");
    if (memory)
        memdisk_put(memory, "/tmp/other", "", 0);
    else
        ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(disk->make_directory(disk, folder, &err), 0);
}

/* The path of a name in the test's folder; eight of them live at a time. */
static const char *in(const char *name)
{
    static char paths[8][256];
    static unsigned at;
    char *path = paths[at++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void remove_all(const char *path)
{
    ca_arena arena;
    char **names;
    size_t count;
    ca_arena_init(&arena);
    ck_assert_int_eq(disk->list(disk, path, &arena, &names, &count, &err), 0);
    for (size_t i = 0; i < count; i++) {
        char below[256];
        ca_file_info info;
        snprintf(below, sizeof below, "%s/%s", path, names[i]);
        ck_assert_int_eq(disk->info(disk, below, &info, &err), 0);
        if (info.is_directory)
            remove_all(below);
        else
            ck_assert_int_eq(disk->remove(disk, below, &err), 0);
    }
    ck_assert_int_eq(disk->remove(disk, path, &err), 0);
    ca_arena_done(&arena);
}

static void close_disk(void)
{
    remove_all(folder);
    memdisk_free(memory);
}

static ca_file *open_file(const char *name, unsigned flags)
{
    ca_file *file = NULL;
    ck_assert_msg(disk->open(disk, in(name), flags, &file, &err) == 0, "%s", err.text);
    ck_assert_str_eq(file->path, in(name));
    ck_assert_ptr_eq(file->disk, disk);
    return file;
}

static void put(const char *name, const char *text)
{
    ca_file *file = open_file(name, CA_DISK_WRITE | CA_DISK_CREATE | CA_DISK_TRUNCATE);
    ck_assert_int_eq(disk->write(file, text, strlen(text), &err), 0);
    ck_assert_int_eq(disk->close(file, &err), 0);
}

static bool holds(const char *name, const char *text)
{
    ca_buf bytes;
    if (ca_disk_read_all(disk, in(name), 1000000, &bytes, &err) < 0)
        return false;
    bool same = ca_text_is(ca_buf_text(&bytes), text);
    ca_buf_done(&bytes);
    return same;
}

/* The call fails, says so with the path, and touches nothing. */
static void refuses(unsigned flags, const char *name)
{
    ca_file *file = NULL;
    memset(&err, 0, sizeof err);
    ck_assert_int_eq(disk->open(disk, in(name), flags, &file, &err), CA_FAIL);
    ck_assert_int_eq(err.code, CA_FAIL);
    ck_assert_str_eq(err.file, in(name));
    ck_assert_ptr_null(file);
}

START_TEST(writes_and_reads)
{
    open_disk(_i);
    char got[64] = "";
    ca_file *file = open_file("f", CA_DISK_WRITE | CA_DISK_CREATE);
    ck_assert_int_eq(disk->read(file, got, 10, &err), 0);
    ck_assert_int_eq(disk->write(file, "hello ", 6, &err), 0);
    ck_assert_int_eq(disk->write(file, "", 0, &err), 0);
    ck_assert_int_eq(disk->write(file, "world", 5, &err), 0);
    ck_assert_int_eq(disk->sync(file, &err), 0);
    ck_assert_int_eq(disk->read(file, got, 10, &err), 0);
    ck_assert_int_eq(disk->read_at(file, 6, got, 64, &err), 5);
    ck_assert_str_eq(got, "world");
    ck_assert_int_eq(disk->read_at(file, 0, got, 5, &err), 5);
    ck_assert_str_eq(got, "hello");
    ck_assert_int_eq(disk->read_at(file, 11, got, 5, &err), 0);
    ck_assert_int_eq(disk->read_at(file, 1000, got, 5, &err), 0);
    ck_assert_int_eq(disk->read_at(file, UINT64_MAX, got, 5, &err), CA_FAIL);
    ck_assert_int_eq(disk->close(file, &err), 0);
    ck_assert_int_eq(disk->close(NULL, &err), 0);

    file = open_file("f", CA_DISK_READ);
    ck_assert_int_eq(disk->read(file, got, 6, &err), 6);
    ck_assert_int_eq(disk->read_at(file, 0, got, 5, &err), 5); /* moves nothing */
    ck_assert_int_eq(disk->read(file, got, 64, &err), 5);
    ck_assert(memcmp(got, "world", 5) == 0);
    ck_assert_int_eq(disk->read(file, got, 64, &err), 0);
    ck_assert_int_eq(disk->write(file, "x", 1, &err), CA_FAIL);
    ck_assert_int_eq(disk->close(file, &err), 0);
    ck_assert(holds("f", "hello world"));

    file = open_file("f", CA_DISK_WRITE);
    ck_assert_int_eq(disk->write(file, "J", 1, &err), 0);
    ck_assert_int_eq(disk->close(file, &err), 0);
    ck_assert(holds("f", "Jello world"));
    close_disk();
}
END_TEST

START_TEST(flags_of_open)
{
    open_disk(_i);
    refuses(CA_DISK_READ, "f");
    refuses(CA_DISK_WRITE, "f");
    refuses(CA_DISK_WRITE | CA_DISK_CREATE, "no-folder/f");
    put("f", "old");
    refuses(CA_DISK_WRITE | CA_DISK_CREATE | CA_DISK_EXCLUSIVE, "f");
    ck_assert(holds("f", "old"));
    disk->close(open_file("f", CA_DISK_WRITE | CA_DISK_CREATE), &err);
    ck_assert(holds("f", "old"));
    disk->close(open_file("f", CA_DISK_WRITE | CA_DISK_TRUNCATE), &err);
    ck_assert(holds("f", ""));
    disk->close(open_file("new", CA_DISK_WRITE | CA_DISK_CREATE | CA_DISK_EXCLUSIVE), &err);
    ck_assert(holds("new", ""));
    refuses(CA_DISK_READ, ""); /* the folder itself */
    refuses(CA_DISK_WRITE | CA_DISK_CREATE, "");
    close_disk();
}
END_TEST

START_TEST(information)
{
    open_disk(_i);
    ca_file_info info = {0}, other = {0}, again = {0};
    ck_assert_int_eq(disk->info(disk, in("f"), &info, &err), CA_END);
    ck_assert_int_eq(disk->info(disk, in("f/g"), &info, &err), CA_END);
    put("f", "12345");
    put("g", "");
    ck_assert_int_eq(disk->info(disk, in("f/g"), &info, &err),
                     CA_END); /* not below a file either */
    ck_assert_int_eq(disk->info(disk, in("f"), &info, &err), 0);
    ck_assert(info.is_regular && !info.is_directory && info.size == 5 && info.changed_ns > 0);
    ck_assert_int_eq(disk->info(disk, in("g"), &other, &err), 0);
    ck_assert(other.size == 0 && other.inode != info.inode);
    ca_file *file = open_file("f", CA_DISK_READ);
    ck_assert_int_eq(disk->info_of(file, &again, &err), 0);
    ck_assert(again.inode == info.inode && again.size == 5 && again.is_regular);
    disk->close(file, &err);
    ck_assert_int_eq(disk->info(disk, folder, &info, &err), 0);
    ck_assert(info.is_directory && !info.is_regular);
    close_disk();
}
END_TEST

START_TEST(renaming)
{
    open_disk(_i);
    put("a", "A");
    put("b", "B");
    ck_assert_int_eq(disk->rename(disk, in("a"), in("b"), &err), 0);
    ck_assert(holds("b", "A"));
    refuses(CA_DISK_READ, "a");
    ck_assert_int_eq(disk->rename(disk, in("b"), in("b"), &err), 0);
    ck_assert(holds("b", "A"));
    ck_assert_int_eq(disk->rename(disk, in("none"), in("b"), &err), CA_FAIL);
    ck_assert_int_eq(disk->rename(disk, in("b"), in("none/b"), &err), CA_FAIL);
    ck_assert(holds("b", "A"));
    ck_assert_int_eq(disk->make_directory(disk, in("d"), &err), 0);
    ck_assert_int_eq(disk->rename(disk, in("b"), in("d"), &err), CA_FAIL);
    ck_assert_int_eq(disk->rename(disk, in("b"), in("d/b"), &err), 0);
    ck_assert_int_eq(disk->rename(disk, in("d"), in("e"), &err), 0);
    ck_assert(holds("e/b", "A"));
    put("f", "F");
    ck_assert_int_eq(disk->rename(disk, in("e"), in("f"), &err), CA_FAIL);
    close_disk();
}
END_TEST

START_TEST(an_open_file_outlives_its_name)
{
    open_disk(_i);
    put("a", "first");
    put("b", "second");
    char got[16] = "";
    ca_file *removed = open_file("a", CA_DISK_READ);
    ck_assert_int_eq(disk->rename(disk, in("b"), in("a"), &err), 0);
    ck_assert_int_eq(disk->remove(disk, in("a"), &err), 0);
    ck_assert_int_eq(disk->read(removed, got, 16, &err), 5);
    ck_assert_str_eq(got, "first");
    disk->close(removed, &err);
    close_disk();
}
END_TEST

START_TEST(removing_and_folders)
{
    open_disk(_i);
    ck_assert_int_eq(disk->remove(disk, in("none"), &err), 0);
    ck_assert_int_eq(disk->remove(disk, in("none/none"), &err), 0);
    ck_assert_int_eq(disk->make_directory(disk, in("d"), &err), 0);
    ck_assert_int_eq(disk->make_directory(disk, in("d"), &err), 0);
    ck_assert_int_eq(disk->make_directory(disk, in("x/y"), &err), CA_FAIL);
    put("f", "");
    ck_assert_int_eq(disk->make_directory(disk, in("f"), &err), CA_FAIL);
    put("d/f", "");
    ck_assert_int_eq(disk->remove(disk, in("d"), &err), CA_FAIL);
    ck_assert_int_eq(disk->remove(disk, in("d/f"), &err), 0);
    ck_assert_int_eq(disk->remove(disk, in("d"), &err), 0);
    ca_file_info info;
    ck_assert_int_eq(disk->info(disk, in("d"), &info, &err), CA_END);
    close_disk();
}
END_TEST

START_TEST(listing_is_sorted_bytewise)
{
    static const char *const sorted[] = {".hidden", "A", "B", "a", "a.b", "ab", "ä"};
    const size_t many = sizeof sorted / sizeof sorted[0];
    open_disk(_i);
    ca_arena arena;
    char **names;
    size_t count = 4711;
    ca_arena_init(&arena);
    ck_assert_int_eq(disk->list(disk, folder, &arena, &names, &count, &err), 0);
    ck_assert_uint_eq(count, 0);
    for (size_t i = 0; i < many; i++)
        put(sorted[(i * 3 + 1) % many], "");
    ck_assert_int_eq(disk->make_directory(disk, in("B2"), &err), 0);
    put("B2/below", "");
    ck_assert_int_eq(disk->remove(disk, in("B2/below"), &err), 0);
    ck_assert_int_eq(disk->remove(disk, in("B2"), &err), 0);
    ck_assert_int_eq(disk->list(disk, folder, &arena, &names, &count, &err), 0);
    ck_assert_uint_eq(count, many);
    for (size_t i = 0; i < many; i++)
        ck_assert_str_eq(names[i], sorted[i]);
    ck_assert_int_eq(disk->list(disk, in("none"), &arena, &names, &count, &err), CA_FAIL);
    ck_assert_int_eq(disk->list(disk, in("A"), &arena, &names, &count, &err), CA_FAIL);
    ck_assert_uint_eq(count, many);
    ca_arena_done(&arena);
    close_disk();
}
END_TEST

START_TEST(listing_many_names)
{
    open_disk(_i);
    for (int i = 0; i < 200; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%03d", (i * 77) % 200);
        put(name, "");
    }
    ca_arena arena;
    char **names;
    size_t count;
    ca_arena_init(&arena);
    ck_assert_int_eq(disk->list(disk, folder, &arena, &names, &count, &err), 0);
    ck_assert_uint_eq(count, 200);
    for (size_t i = 1; i < count; i++)
        ck_assert(strcmp(names[i - 1], names[i]) < 0);
    ca_arena_done(&arena);
    close_disk();
}
END_TEST

START_TEST(locking)
{
    open_disk(_i);
    ca_file *lock = NULL, *second = NULL, *other = NULL;
    ck_assert_int_eq(disk->lock(disk, in("lock"), &lock, &err), 0);
    ck_assert_int_eq(disk->lock(disk, in("lock"), &second, &err), CA_BUSY);
    ck_assert_str_eq(err.file, in("lock"));
    ck_assert_int_eq(disk->lock(disk, in("lock"), &second, &err),
                     CA_BUSY); /* also after a refusal */
    ck_assert_ptr_null(second);
    ck_assert_int_eq(disk->lock(disk, in("other"), &other, &err), 0);
    ck_assert_int_eq(disk->close(lock, &err), 0);
    ck_assert_int_eq(disk->lock(disk, in("lock"), &second, &err), 0);
    disk->close(second, &err);
    disk->close(other, &err);
    ck_assert_int_eq(disk->lock(disk, in("none/lock"), &second, &err), CA_FAIL);
    close_disk();
}
END_TEST

START_TEST(reading_all_has_a_limit)
{
    open_disk(_i);
    ca_buf bytes = {.cap = 4711};
    put("f", "12345");
    ck_assert_int_eq(ca_disk_read_all(disk, in("f"), 4, &bytes, &err), CA_LIMIT);
    ck_assert_str_eq(err.file, in("f"));
    ck_assert_int_eq(ca_disk_read_all(disk, in("f"), 0, &bytes, &err), CA_LIMIT);
    ck_assert_int_eq(ca_disk_read_all(disk, in("none"), 4, &bytes, &err), CA_FAIL);
    ck_assert_uint_eq(bytes.cap, 4711);
    ck_assert_int_eq(ca_disk_read_all(disk, in("f"), 5, &bytes, &err), 0);
    ck_assert(ca_text_is(ca_buf_text(&bytes), "12345"));
    ca_buf_done(&bytes);
    ck_assert_int_eq(ca_disk_read_all(disk, in("f"), SIZE_MAX, &bytes, &err), 0);
    ca_buf_done(&bytes);
    put("f", "");
    ck_assert_int_eq(ca_disk_read_all(disk, in("f"), 0, &bytes, &err), 0);
    ck_assert_uint_eq(bytes.len, 0);
    ca_buf_done(&bytes);

    ca_buf large;
    ca_buf_init(&large);
    for (int i = 0; i < 30000; i++)
        ca_buf_printf(&large, "%07d,", i);
    put("large", ca_buf_cstr(&large));
    ck_assert_int_eq(ca_disk_read_all(disk, in("large"), 240000, &bytes, &err), 0);
    ck_assert(ca_text_eq(ca_buf_text(&bytes), ca_buf_text(&large)));
    ca_buf_done(&bytes);
    ck_assert_int_eq(ca_disk_read_all(disk, in("large"), 239999, &bytes, &err), CA_LIMIT);
    ca_buf_done(&large);
    close_disk();
}
END_TEST

START_TEST(replacing_a_file)
{
    open_disk(_i);
    ck_assert_int_eq(ca_disk_write_atomic(disk, in("f"), "new", 3, &err), 0);
    ck_assert(holds("f", "new"));
    ck_assert_int_eq(ca_disk_write_atomic(disk, in("f"), "newer", 5, &err), 0);
    ck_assert(holds("f", "newer"));
    put("f.tmp", "left by a crash, and longer than what comes");
    ck_assert_int_eq(ca_disk_write_atomic(disk, in("f"), "newest", 6, &err), 0);
    ck_assert(holds("f", "newest"));
    refuses(CA_DISK_READ, "f.tmp");
    ck_assert_int_eq(ca_disk_write_atomic(disk, in("none/f"), "x", 1, &err), CA_FAIL);
    ck_assert_int_eq(disk->make_directory(disk, in("d"), &err), 0);
    ck_assert_int_eq(ca_disk_write_atomic(disk, in("d"), "x", 1, &err), CA_FAIL);
    refuses(CA_DISK_READ, "d.tmp");
    close_disk();
}
END_TEST

START_TEST(memory_runs_out)
{
    open_disk(_i);
    put("f", "content");
    ca_arena arena;
    ca_arena_init(&arena);
    int failures = 0;
    for (uint64_t n = 1;; n++) {
        ca_buf bytes;
        char **names;
        size_t count;
        uint64_t before = ca_alloc_calls();
        ca_alloc_fail(n, 0);
        int read = ca_disk_read_all(disk, in("f"), 100, &bytes, &err);
        int written = ca_disk_write_atomic(disk, in("g"), "x", 1, &err);
        int listed = disk->list(disk, folder, &arena, &names, &count, &err);
        ca_alloc_fail(0, 0);
        ck_assert(read == 0 || read == CA_NOMEM);
        ck_assert(written == 0 || written == CA_NOMEM);
        ck_assert(listed == 0 || listed == CA_NOMEM);
        failures += (read | written | listed) != 0;
        if (read == 0)
            ca_buf_done(&bytes);
        refuses(CA_DISK_READ, "g.tmp");
        ca_arena_done(&arena);
        if (ca_alloc_calls() - before < n)
            break;
    }
    ck_assert_int_ge(failures, 3);
    close_disk();
}
END_TEST

START_TEST(files_are_private)
{
    open_disk(REAL);
    struct stat info;
    umask(0);
    put("f", "");
    ck_assert_int_eq(disk->make_directory(disk, in("d"), &err), 0);
    ck_assert(stat(in("f"), &info) == 0 && (info.st_mode & 0777) == 0600);
    ck_assert(stat(in("d"), &info) == 0 && (info.st_mode & 0777) == 0700);
    close_disk();
}
END_TEST

/* In a folder where others may write, a link would lead us to a file that they have chosen. */
START_TEST(links_are_not_followed_to_create)
{
    open_disk(REAL);
    ca_file *file;
    ca_file_info info;
    put("theirs", "kept");
    ck_assert_int_eq(disk->make_directory(disk, in("folder"), &err), 0);
    ck_assert_int_eq(symlink("theirs", in("link")), 0);
    ck_assert_int_eq(symlink("folder", in("folder-link")), 0);
    ck_assert_int_eq(disk->open(disk, in("link"), CA_DISK_WRITE | CA_DISK_CREATE | CA_DISK_TRUNCATE, &file, &err),
                     CA_FAIL);
    ck_assert_ptr_nonnull(strstr(err.text, "a link stands in its place"));
    ck_assert_int_eq(disk->lock(disk, in("link"), &file, &err), CA_FAIL);
    ck_assert_int_eq(disk->make_directory(disk, in("folder-link"), &err), CA_FAIL);
    ck_assert_int_eq(disk->info(disk, in("folder-link"), &info, &err), 0);
    ck_assert(info.is_link && info.is_directory);
    ck_assert(disk->info(disk, in("theirs"), &info, &err) == 0 && !info.is_link && info.size == 4);
    unlink(in("folder-link"));
    close_disk();
}
END_TEST

START_TEST(new_files_are_ours)
{
    open_disk(_i);
    put("f", "theirs");
    ca_file *theirs = open_file("f", CA_DISK_READ), *ours = NULL;
    ca_file_info info;
    if (_i == REAL)
        ck_assert_int_eq(chmod(in("f"), 0666), 0);
    ck_assert_int_eq(ca_disk_open_new(disk, in("f"), &ours, &err), 0);
    ck_assert_int_eq(disk->write(ours, "claims", 6, &err), 0);
    ck_assert_int_eq(disk->info_of(ours, &info, &err), 0);
    ck_assert_uint_eq(info.mode, 0600);
    char bytes[8];
    ck_assert_int_eq(disk->read(theirs, bytes, sizeof bytes, &err), 6);
    ck_assert_mem_eq(bytes, "theirs", 6);
    disk->close(theirs, NULL);
    disk->close(ours, NULL);
    close_disk();
}
END_TEST

START_TEST(sharing_with_a_group)
{
    ca_file_info info;
    open_disk(_i);
    put("f", "x");
    ck_assert_int_eq(disk->info(disk, in("f"), &info, &err), 0);
    ck_assert_uint_eq(info.mode, 0600);
    ck_assert_int_eq(disk->share(disk, in("f"), 0660, CA_GROUP_KEEP, &err), 0);
    ck_assert_int_eq(disk->info(disk, in("f"), &info, &err), 0);
    ck_assert_uint_eq(info.mode, 0660);
    ck_assert_int_eq(disk->share(disk, in("f"), 0640, info.group, &err), 0);
    ck_assert_int_eq(disk->info(disk, in("f"), &info, &err), 0);
    ck_assert_uint_eq(info.mode, 0640);
    ck_assert_int_eq(ca_disk_write_shared(disk, in("f"), "y", 1, 0644, CA_GROUP_KEEP, &err), 0);
    ck_assert_int_eq(disk->info(disk, in("f"), &info, &err), 0);
    ck_assert_uint_eq(info.mode, 0644);
    ck_assert_int_eq(disk->share(disk, in("absent"), 0660, CA_GROUP_KEEP, &err), CA_FAIL);
    close_disk();
}
END_TEST

/* Only the superuser may give a file to any group. */
START_TEST(sharing_with_another_group)
{
    ca_file_info info;
    open_disk(REAL);
    put("f", "x");
    int result = disk->share(disk, in("f"), 0660, 65534, &err);
    ck_assert_int_eq(disk->info(disk, in("f"), &info, NULL), 0);
    ck_assert_uint_eq(info.mode, result == 0 ? 0660 : 0600);
    ck_assert(result == 0 ? info.group == 65534 : info.group != 65534);
    ck_assert_int_eq(result == 0, geteuid() == 0);
    ck_assert_int_eq(symlink("f", in("link")), 0);
    ck_assert_int_eq(disk->share(disk, in("link"), 0640, CA_GROUP_KEEP, &err), CA_FAIL);
    ck_assert_ptr_nonnull(strstr(err.text, "is a link"));
    ck_assert_int_eq(unlink(in("link")), 0);
    close_disk();
}
END_TEST

START_TEST(free_space)
{
    ca_disk_space space = {0, 0}, same = {0, 1};
    open_disk(_i);
    put("f", "x");
    ck_assert_int_eq(disk->space(disk, folder, &space, &err), 0);
    ck_assert_int_eq(disk->space(disk, in("f"), &same, &err), 0);
    ck_assert_uint_eq(space.device, same.device);
    ck_assert_uint_gt(space.free, 1000000);
    ck_assert_int_eq(disk->space(disk, in("absent"), &space, &err), CA_FAIL);
    close_disk();
}
END_TEST

START_TEST(the_folder_of_a_path)
{
    ca_arena arena;
    ca_arena_init(&arena);
    ck_assert_str_eq(ca_disk_folder(&arena, "name"), ".");
    ck_assert_str_eq(ca_disk_folder(&arena, "/name"), "/");
    ck_assert_str_eq(ca_disk_folder(&arena, "a/b/name"), "a/b");
    ca_arena_done(&arena);
}
END_TEST

START_TEST(paths_without_a_folder)
{
    open_disk(REAL);
    ck_assert_int_eq(chdir(folder), 0);
    ck_assert_int_eq(ca_disk_write_atomic(disk, "here", "x", 1, &err), 0);
    ck_assert(holds("here", "x"));
    ck_assert_int_eq(disk->make_directory(disk, "d", &err), 0);
    ck_assert_int_eq(disk->rename(disk, "here", "d/here", &err), 0);
    ck_assert(holds("d/here", "x"));
    close_disk();
}
END_TEST

START_TEST(standard_input)
{
    int ends[2];
    char got[8] = "";
    ca_file *file = NULL;
    disk = ca_disk_real();
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], "piped", 5), 5);
    ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    close(ends[1]);
    for (int i = 0; i < 2; i++) { /* closing the file leaves standard input open */
        ck_assert_int_eq(ca_disk_stdin(disk, &file, &err), 0);
        ca_file_info info;
        ck_assert_int_eq(disk->info_of(file, &info, &err), 0);
        ck_assert(!info.is_regular && !info.is_directory);
        ck_assert_int_eq(disk->read(file, got, 8, &err), i == 0 ? 5 : 0);
        ck_assert_str_eq(got, "piped");
        ck_assert_int_eq(disk->read_at(file, 0, got, 8, &err), CA_FAIL);
        ck_assert_int_eq(disk->close(file, &err), 0);
    }
    memdisk *mem = memdisk_new();
    memdisk_put(mem, CA_DISK_STDIN, "memory", 6);
    disk = memdisk_disk(mem);
    ck_assert_int_eq(ca_disk_stdin(disk, &file, &err), 0);
    ck_assert_int_eq(disk->read(file, got, 8, &err), 6);
    ck_assert_str_eq(got, "memory");
    disk->close(file, &err);
    memdisk_free(mem);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, writes_and_reads, 0, DISKS);
    tcase_add_loop_test(tcase, flags_of_open, 0, DISKS);
    tcase_add_loop_test(tcase, information, 0, DISKS);
    tcase_add_loop_test(tcase, renaming, 0, DISKS);
    tcase_add_loop_test(tcase, an_open_file_outlives_its_name, 0, DISKS);
    tcase_add_loop_test(tcase, removing_and_folders, 0, DISKS);
    tcase_add_loop_test(tcase, listing_is_sorted_bytewise, 0, DISKS);
    tcase_add_loop_test(tcase, listing_many_names, 0, DISKS);
    tcase_add_loop_test(tcase, locking, 0, DISKS);
    tcase_add_loop_test(tcase, reading_all_has_a_limit, 0, DISKS);
    tcase_add_loop_test(tcase, replacing_a_file, 0, DISKS);
    tcase_add_loop_test(tcase, memory_runs_out, 0, DISKS);
    tcase_add_test(tcase, files_are_private);
    tcase_add_test(tcase, links_are_not_followed_to_create);
    tcase_add_loop_test(tcase, new_files_are_ours, 0, DISKS);
    tcase_add_loop_test(tcase, sharing_with_a_group, 0, DISKS);
    tcase_add_test(tcase, sharing_with_another_group);
    tcase_add_loop_test(tcase, free_space, 0, DISKS);
    tcase_add_test(tcase, the_folder_of_a_path);
    tcase_add_test(tcase, paths_without_a_folder);
    tcase_add_test(tcase, standard_input);
}

CA_CHECK_MAIN("base/disk", add_tests)
