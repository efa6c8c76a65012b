/* Reads a delimited file the way a scan does and prints what each lane costs: the fast lane with
 * vectors, without them, and libcsv alone. CPU time, best of the given number of rounds, lanes
 * alternating. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/disk.h"
#include "base/error.h"
#include "read/rows.h"
#include "read/source.h"

enum { LANES = 3, ROUNDS = 5 };

typedef struct counts {
    uint64_t rows;
    uint64_t cells;
    uint64_t cell_bytes;
    uint64_t rejects;
} counts;

static int64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int read_rows(ca_rows *rows, counts *ret_counts, ca_error *err)
{
    counts sum = {0};
    ca_row row;
    int result;
    while ((result = ca_rows_next(rows, &row, err)) == 0) {
        sum.rows++;
        sum.rejects += row.reject != NULL;
        sum.cells += row.cell_count;
        for (size_t i = 0; i < row.cell_count; i++)
            sum.cell_bytes += row.cells[i].len;
    }
    *ret_counts = sum;
    return result < 0 ? result : 0;
}

static int read_file(const char *path, char delimiter, ca_lane lane, counts *ret_counts,
                     int64_t *ret_ns, ca_error *err)
{
    int64_t start = cpu_ns();
    ca_csv_format format = ca_csv_format_default();
    format.delimiter = delimiter;
    ca_source *source = NULL;
    ca_rows *rows = NULL;
    int result = ca_source_open(ca_disk_real(), path, &source, err);
    if (result == 0)
        result = ca_rows_open(source, &format, 0, lane, &rows, err);
    if (result == 0)
        result = read_rows(rows, ret_counts, err);
    ca_rows_close(rows);
    ca_source_close(source);
    *ret_ns = cpu_ns() - start;
    return result;
}

static void print(const char *name, const counts *sum, int64_t ns)
{
    printf("%-8s %" PRIu64 " rows  %" PRIu64 " cells  %" PRIu64 " cell bytes  %" PRIu64
           " rejects  %" PRId64 " ns a row\n",
           name, sum->rows, sum->cells, sum->cell_bytes, sum->rejects,
           sum->rows > 0 ? ns / (int64_t)sum->rows : 0);
}

int main(int argc, char **argv)
{
    static const char *const names[LANES] = {"vectors", "libcsv", "plain C"};
    static const ca_lane lanes[LANES] = {CA_LANE_BOTH, CA_LANE_LIBCSV, CA_LANE_PLAIN_C};
    if (argc < 2) {
        fprintf(stderr, "usage: read_lines FILE [DELIMITER]\n");
        return 2;
    }
    counts sums[LANES];
    int64_t best[LANES] = {0};
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < LANES; i++) {
            ca_error err;
            int64_t ns;
            if (read_file(argv[1], argc > 2 ? argv[2][0] : ',', lanes[i], &sums[i], &ns, &err) <
                0) {
                fprintf(stderr, "%s\n", err.text);
                return 1;
            }
            if (round == 0 || ns < best[i])
                best[i] = ns;
        }
    }
    for (int i = 0; i < LANES; i++)
        print(names[i], &sums[i], best[i]);
    return memcmp(&sums[0], &sums[1], sizeof(counts)) != 0;
}
