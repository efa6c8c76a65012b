/* Any bytes as a delimited file, plain or packed: both lanes and the slow twin agree, no byte is
 * lost, and every row can be read again from its raw bytes. */
#include <string.h>

#include "base/disk.h"
#include "fuzz/fuzz.h"
#include "read/rows.h"
#include "read/source.h"
#include "support/memdisk.h"
#include "support/naive_rows.h"
#include "support/row_dump.h"

/* The first bytes choose how the others are read. */
enum { CHOICES = 6, TWIN_MAX = 2000 };

typedef struct reading {
    ca_source *source;
    ca_rows *rows;
    ca_row row;
    int result;
} reading;

static ca_csv_format choose_format(const uint8_t *choice)
{
    static const char delimiters[] = {',', ';', '\t', '|', ' ', 'a', '0', '\x01'};
    static const char quotes[] = {'"', '"', '\'', '\0', '@', '\x02'};
    ca_csv_format format = ca_csv_format_default();
    format.delimiter = delimiters[choice[0] % sizeof(delimiters)];
    format.quote = quotes[choice[1] % sizeof(quotes)];
    format.encoding = (ca_encoding)(choice[2] % CA_ENC_COUNT);
    if (choice[5] != 0) {
        format.max_record_bytes = choice[5];
        format.max_record_lines = choice[5] / 16 + 1;
        format.max_columns = choice[5] / 8 + 1;
    }
    return format;
}

static reading start(memdisk *mem, const ca_csv_format *format, size_t read_size, ca_lane lane)
{
    reading made = {0};
    fuzz_require(ca_source_open(memdisk_disk(mem), "file", &made.source, NULL) == 0);
    fuzz_require(ca_rows_open(made.source, format, read_size, lane, &made.rows, NULL) == 0);
    return made;
}

static void finish(reading *done)
{
    ca_rows_close(done->rows);
    ca_source_close(done->source);
}

static void same_cells(const ca_row *a, const ca_row *b)
{
    fuzz_require(a->cell_count == b->cell_count);
    for (size_t i = 0; i < a->cell_count; i++)
        fuzz_require(ca_text_eq(a->cells[i], b->cells[i]));
}

static void same_row(const ca_row *a, const ca_row *b)
{
    fuzz_require(a->row == b->row && a->offset == b->offset && ca_text_eq(a->raw, b->raw));
    fuzz_require((a->reject == NULL) == (b->reject == NULL));
    fuzz_require(a->reject == NULL || strcmp(a->reject, b->reject) == 0);
    fuzz_require(a->reject_column == b->reject_column);
    same_cells(a, b);
}

/* Between rows there is nothing but line ends and blank lines. */
static void check_gap(const uint8_t *bytes, uint64_t from, uint64_t to)
{
    fuzz_require(from <= to);
    for (uint64_t i = from; i < to; i++)
        fuzz_require(bytes[i] == '\n' || bytes[i] == '\r' || bytes[i] == ' ' || bytes[i] == '\t');
}

static uint64_t mark_length(const ca_csv_format *format, const uint8_t *bytes, size_t size)
{
    if (format->encoding == CA_ENC_UTF8 && size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
        return 3;
    if (format->encoding == CA_ENC_GB18030 && size >= 4 &&
        memcmp(bytes, "\x84\x31\x95\x33", 4) == 0)
        return 4;
    return 0;
}

static void check_row(const ca_csv_format *format, const ca_row *row, uint64_t number,
                      ca_rows **scratch)
{
    fuzz_require(row->row == number);
    fuzz_require(row->cell_count <= format->max_columns);
    if (row->reject != NULL) {
        fuzz_require(row->cell_count == 0);
        return;
    }
    fuzz_require(row->cell_count > 0 && row->raw.len > 0);
    for (size_t i = 0; i < row->cell_count; i++)
        fuzz_require(ca_text_utf8_valid(row->cells[i]));
    ca_row again;
    fuzz_require(ca_rows_parse_one(format, row->raw, scratch, &again, NULL) == 0);
    same_cells(row, &again);
}

/* A damaged packed file fails with any read size, but not after the same number of rows. */
static void read_on(reading *left)
{
    while (left->result == 0)
        left->result = ca_rows_next(left->rows, &left->row, NULL);
}

/* Both lanes side by side. */
static void compare_lanes(memdisk *mem, const ca_csv_format *format, size_t read_size,
                          const uint8_t *bytes, size_t size)
{
    reading a = start(mem, format, read_size, CA_LANE_BOTH);
    reading b = start(mem, format, 0, CA_LANE_LIBCSV);
    bool plain = ca_source_packing(a.source) == CA_PACKING_NONE;
    uint64_t number = 0;
    uint64_t end = mark_length(format, bytes, size);
    ca_rows *scratch = NULL;
    while (a.result == 0) {
        a.result = ca_rows_next(a.rows, &a.row, NULL);
        b.result = ca_rows_next(b.rows, &b.row, NULL);
        if (a.result != 0 || b.result != 0)
            break;
        same_row(&a.row, &b.row);
        check_row(format, &a.row, ++number, &scratch);
        if (plain && size <= CA_ROW_RAW_MAX) {
            check_gap(bytes, end, a.row.offset);
            end = a.row.offset + a.row.raw.len;
            fuzz_require(end <= size);
            fuzz_require(memcmp(a.row.raw.ptr, bytes + a.row.offset, a.row.raw.len) == 0);
        }
    }
    fuzz_require(!plain || (a.result == CA_END && b.result == CA_END));
    read_on(&a);
    read_on(&b);
    fuzz_require(a.result == b.result);
    if (plain && size <= CA_ROW_RAW_MAX)
        check_gap(bytes, end, size);
    if (a.result == CA_END && b.result == CA_END)
        fuzz_require(ca_source_bytes(a.source) == ca_source_bytes(b.source) &&
                     ca_digest_cmp(ca_source_digest(a.source), ca_source_digest(b.source)) == 0);
    ca_rows_close(scratch);
    finish(&a);
    finish(&b);
}

static void compare_twin(const ca_csv_format *format, size_t read_size, ca_text bytes)
{
    ca_buf expected;
    ca_buf found;
    ca_buf_init(&expected);
    ca_buf_init(&found);
    naive_rows_dump(&expected, bytes, format);
    row_dump_file(&found, bytes, format, read_size, CA_LANE_PLAIN_C);
    fuzz_require(ca_text_eq(ca_buf_text(&expected), ca_buf_text(&found)));
    ca_buf_done(&expected);
    ca_buf_done(&found);
}

static bool looks_packed(const uint8_t *bytes, size_t size)
{
    return size >= 2 && (bytes[0] == 0x1F || bytes[0] == 0x28 || (bytes[0] & 0xF0) == 0x50);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < CHOICES)
        return 0;
    ca_csv_format format = choose_format(data);
    size_t read_size = 1 + data[3] + 256u * (data[4] % 8u);
    const uint8_t *bytes = data + CHOICES;
    size -= CHOICES;
    memdisk *mem = memdisk_new();
    memdisk_put(mem, "file", bytes, size);
    if (format.encoding != CA_ENC_UTF16) /* places are of other bytes: the twin below knows */
        compare_lanes(mem, &format, read_size, bytes, size);
    memdisk_free(mem);
    if (size <= TWIN_MAX && !looks_packed(bytes, size))
        compare_twin(&format, read_size, (ca_text){(const char *)bytes, size});
    return 0;
}
