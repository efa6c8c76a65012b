/* A main for fuzz targets without libFuzzer: runs the target over every file of the files and
 * folders given, so that a corpus is a test with any compiler. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/disk.h"
#include "fuzz/fuzz.h"

enum { LARGEST_FILE = 64 << 20 };

static int run_file(ca_disk *disk, const char *path, ca_error *err)
{
    ca_buf bytes;
    int result = ca_disk_read_all(disk, path, LARGEST_FILE, &bytes, err);
    if (result < 0)
        return result;
    /* An allocation of its own, of the exact size, shows reads beyond the end to AddressSanitizer.
     */
    uint8_t *copy = ca_alloc(bytes.len);
    if (copy != NULL && bytes.len > 0)
        memcpy(copy, bytes.ptr, bytes.len);
    fprintf(stderr, "%s\n", path); /* the last name on the screen is that of the culprit */
    if (copy != NULL)
        LLVMFuzzerTestOneInput(copy, bytes.len);
    result = copy == NULL ? ca_error_nomem(err) : 0;
    ca_free(copy);
    ca_buf_done(&bytes);
    return result;
}

/* Adds what it ran to *count. */
static int run_path(ca_disk *disk, const char *path, size_t *count, ca_error *err)
{
    ca_file_info info;
    char **names;
    size_t name_count;
    ca_arena arena;
    int result = disk->info(disk, path, &info, err);
    if (result != 0)
        return result < 0 ? result : ca_error_at(err, CA_FAIL, path, 0, 0, "there is no such file");
    if (!info.is_directory) {
        result = run_file(disk, path, err);
        *count += result == 0;
        return result;
    }
    ca_arena_init(&arena);
    result = disk->list(disk, path, &arena, &names, &name_count, err);
    for (size_t i = 0; result == 0 && i < name_count; i++) {
        const char *inner = ca_arena_printf(&arena, "%s/%s", path, names[i]);
        result = inner == NULL ? ca_error_nomem(err) : run_path(disk, inner, count, err);
    }
    ca_arena_done(&arena);
    return result;
}

int main(int argc, char **argv)
{
    size_t count = 0;
    ca_error err;
    for (int i = 1; i < argc; i++) {
        if (run_path(ca_disk_real(), argv[i], &count, &err) < 0) {
            fprintf(stderr, "%s: %s\n", err.file, err.text);
            return EXIT_FAILURE;
        }
    }
    printf("%zu files\n", count);
    /* A corpus that is not found must not look like one without faults. */
    return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
