/* The yardstick: libcsv with the product's options and callbacks that only count, reading 256 KiB
 * at a time. Prints the rows (with the header) and the fields of a file. */
#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE (256 * 1024)

typedef struct counts {
    uint64_t rows;
    uint64_t fields;
} counts;

static void count_field(void *text, size_t len, void *context)
{
    counts *found = context;

    (void)text;
    (void)len;
    found->fields++;
}

static void count_row(int end, void *context)
{
    counts *found = context;

    (void)end;
    found->rows++;
}

static int fail(const char *path, const char *problem)
{
    fprintf(stderr, "libcsv_count: %s: %s\n", path, problem);
    return 1;
}

static int count_file(int file, const char *path, struct csv_parser *parser, counts *ret_counts)
{
    static char buffer[READ_SIZE];
    ssize_t len;

    while ((len = read(file, buffer, sizeof buffer)) > 0) {
        if (csv_parse(parser, buffer, (size_t)len, count_field, count_row, ret_counts) !=
            (size_t)len)
            return fail(path, csv_strerror(csv_error(parser)));
    }
    if (len < 0)
        return fail(path, strerror(errno));
    if (csv_fini(parser, count_field, count_row, ret_counts) != 0)
        return fail(path, csv_strerror(csv_error(parser)));
    return 0;
}

int main(int argc, char **argv)
{
    struct csv_parser parser;
    counts found = {0, 0};
    int file;
    int code;

    if (argc != 2) {
        fprintf(stderr, "usage: libcsv_count FILE\n");
        return 2;
    }
    file = open(argv[1], O_RDONLY);
    if (file < 0)
        return fail(argv[1], strerror(errno));
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0) {
        close(file);
        return fail(argv[1], "libcsv does not start");
    }
    code = count_file(file, argv[1], &parser, &found);
    csv_free(&parser);
    close(file);
    if (code == 0)
        printf("%" PRIu64 " rows %" PRIu64 " fields\n", found.rows, found.fields);
    return code;
}
