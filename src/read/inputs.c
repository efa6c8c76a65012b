/* Turns the words of a command line into the list of files to read: folders become the files in
 * them, and a file named twice is refused, because its claims would count twice. */
#include "read/inputs.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

enum { FOLDER_DEPTH_MAX = 32 }; /* also ends a circle of symbolic links */

typedef struct found_file {
    const char *path;
    ca_file_info info;
    bool is_stdin;
} found_file;

typedef struct input_search {
    ca_disk *disk;
    ca_arena *arena;
    found_file *files; /* on the heap */
    size_t count;
    size_t cap;
} input_search;

static int add_file(input_search *search, const char *path, const ca_file_info *info, ca_error *err)
{
    if (search->count == CA_INPUTS_MAX)
        return ca_error_set(err, CA_FAIL, "more than %d input files: scan them in several runs",
                            CA_INPUTS_MAX);
    if (search->count == search->cap) {
        size_t cap = search->cap ? search->cap * 2 : 64;
        found_file *grown = ca_realloc_array(search->files, cap, sizeof(*grown));
        if (grown == NULL)
            return ca_error_nomem(err);
        search->files = grown;
        search->cap = cap;
    }
    found_file *file = &search->files[search->count++];
    *file = (found_file){.path = path, .is_stdin = info == NULL};
    if (info != NULL)
        file->info = *info;
    return 0;
}

static int look_at(input_search *search, const char *path, ca_file_info *ret_info, ca_error *err)
{
    int result = search->disk->info(search->disk, path, ret_info, err);
    return result == CA_END
               ? ca_error_at(err, CA_FAIL, path, 0, 0, "there is no such file or folder")
               : result;
}

/* "a//b/./c/" is "a/b/c", so that one file has one name. */
static const char *clean_path(ca_arena *arena, const char *path)
{
    char *clean = ca_arena_cstr(arena, ca_text_of(path));
    if (clean == NULL)
        return NULL;
    char *to = clean;
    for (const char *from = path; *from != '\0';) {
        bool part_start = to == clean || to[-1] == '/';
        if (part_start && from[0] == '.' && from[1] == '/')
            from += 2;
        else if (*from == '/' && part_start && to != clean)
            from++;
        else
            *to++ = *from++;
    }
    if (to - clean > 1 && to[-1] == '/')
        to--;
    *to = '\0';
    return *clean != '\0' ? clean : ".";
}

static int add_folder(input_search *search, const char *folder, int depth, ca_error *err);

static int add_entry(input_search *search, const char *path, int depth, ca_error *err)
{
    ca_file_info info;
    int result = look_at(search, path, &info, err);
    if (result < 0)
        return result;
    if (info.is_directory)
        return add_folder(search, path, depth + 1, err);
    if (!info.is_regular)
        return ca_error_at(err, CA_FAIL, path, 0, 0, "is neither a file nor a folder: take it out");
    return add_file(search, path, &info, err);
}

static int add_folder(input_search *search, const char *folder, int depth, ca_error *err)
{
    if (depth > FOLDER_DEPTH_MAX)
        return ca_error_at(err, CA_FAIL, folder, 0, 0, "folders are nested deeper than %d",
                           FOLDER_DEPTH_MAX);
    char **names;
    size_t count;
    int result = search->disk->list(search->disk, folder, search->arena, &names, &count, err);
    for (size_t i = 0; result == 0 && i < count; i++) {
        if (names[i][0] == '.')
            continue;
        const char *slash = strcmp(folder, "/") == 0 ? "" : "/";
        const char *path = strcmp(folder, ".") == 0
                               ? names[i]
                               : ca_arena_printf(search->arena, "%s%s%s", folder, slash, names[i]);
        result = path != NULL ? add_entry(search, path, depth, err) : ca_error_nomem(err);
    }
    return result;
}

static int add_argument(input_search *search, const char *argument, ca_error *err)
{
    if (strcmp(argument, "-") == 0)
        return add_file(search, "-", NULL, err);
    const char *path = clean_path(search->arena, argument);
    if (path == NULL)
        return ca_error_nomem(err);
    ca_file_info info;
    int result = look_at(search, path, &info, err);
    if (result < 0)
        return result;
    if (!info.is_directory)
        return add_file(search, path, &info, err);
    size_t before = search->count;
    result = add_folder(search, path, 1, err);
    if (result == 0 && search->count == before)
        return ca_error_at(err, CA_FAIL, path, 0, 0, "the folder has no files to read");
    return result;
}

/* Brings names of one file together. */
static int compare_files(const void *a, const void *b)
{
    const found_file *x = a;
    const found_file *y = b;
    if (x->is_stdin != y->is_stdin)
        return x->is_stdin ? -1 : 1;
    if (x->info.inode != y->info.inode)
        return x->info.inode < y->info.inode ? -1 : 1;
    return strcmp(x->path, y->path);
}

/* Two names of one file agree in number, size and time; files on two file systems may share the
 * number. */
static bool same_file(const found_file *a, const found_file *b)
{
    if (a->is_stdin || b->is_stdin)
        return a->is_stdin && b->is_stdin;
    if (strcmp(a->path, b->path) == 0)
        return true;
    return a->info.inode != 0 && a->info.inode == b->info.inode && a->info.size == b->info.size &&
           a->info.changed_ns == b->info.changed_ns;
}

static int refuse_twice(input_search *search, ca_error *err)
{
    qsort(search->files, search->count, sizeof(*search->files), compare_files);
    for (size_t i = 1; i < search->count; i++) {
        const found_file *a = &search->files[i - 1];
        const found_file *b = &search->files[i];
        if (!same_file(a, b))
            continue;
        if (a->is_stdin)
            return ca_error_set(err, CA_USAGE, "standard input ('-') can be named only once");
        if (strcmp(a->path, b->path) == 0)
            return ca_error_at(err, CA_FAIL, a->path, 0, 0, "is named twice: name each input once");
        return ca_error_at(err, CA_FAIL, b->path, 0, 0,
                           "is the same file as %s: name each input once", a->path);
    }
    return 0;
}

int ca_inputs_expand(ca_disk *disk, const char *const *arguments, size_t count, ca_arena *arena,
                     ca_inputs *ret_inputs, ca_error *err)
{
    input_search search = {.disk = disk, .arena = arena};
    int result = 0;
    for (size_t i = 0; result == 0 && i < count; i++)
        result = add_argument(&search, arguments[i], err);
    if (result < 0)
        goto out;
    const char **paths = ca_arena_array(arena, search.count + 1, sizeof(*paths));
    if (paths == NULL) {
        result = ca_error_nomem(err);
        goto out;
    }
    for (size_t i = 0; i < search.count; i++)
        paths[i] = search.files[i].path;
    size_t found = search.count;
    result = found > 1 ? refuse_twice(&search, err) : 0; /* sorts, so it comes last */
    if (result == 0)
        *ret_inputs = (ca_inputs){paths, found};
out:
    ca_free(search.files);
    return result;
}
