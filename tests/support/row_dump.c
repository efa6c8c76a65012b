/* Reads a file in memory through the real source and reader, and writes what came out. */
#include "support/row_dump.h"

#include <inttypes.h>

#include "base/disk.h"
#include "read/source.h"
#include "support/memdisk.h"

static void dump_text(ca_buf *out, ca_text text)
{
    ca_buf_add_char(out, '[');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0x20 || c > 0x7E || c == '[' || c == ']' || c == '\\')
            ca_buf_printf(out, "\\%02x", c);
        else
            ca_buf_add_char(out, (char)c);
    }
    ca_buf_add_char(out, ']');
}

void row_dump(ca_buf *out, const ca_row *row)
{
    ca_buf_printf(out, "%" PRIu64 " @%" PRIu64 " ", row->row, row->offset);
    dump_text(out, row->raw);
    if (row->reject != NULL)
        ca_buf_printf(out, " %s (%u)", row->reject, (unsigned)row->reject_column);
    for (size_t i = 0; i < row->cell_count; i++) {
        ca_buf_add_char(out, ' ');
        dump_text(out, row->cells[i]);
    }
    ca_buf_add_char(out, '\n');
}

void row_dump_file(ca_buf *out, ca_text bytes, const ca_csv_format *format, size_t read_size,
                   ca_lane lane)
{
    memdisk *mem = memdisk_new();
    memdisk_put(mem, "file", bytes.ptr, bytes.len);
    ca_source *source = NULL;
    ca_rows *rows = NULL;
    ca_error err = {0};
    int result = ca_source_open(memdisk_disk(mem), "file", &source, &err);
    if (result == 0)
        result = ca_rows_open(source, format, read_size, lane, &rows, &err);
    while (result == 0) {
        ca_row row;
        result = ca_rows_next(rows, &row, &err);
        if (result == 0)
            row_dump(out, &row);
    }
    if (result < 0)
        ca_buf_printf(out, "error: %s\n", err.text);
    ca_rows_close(rows);
    ca_source_close(source);
    memdisk_free(mem);
}
