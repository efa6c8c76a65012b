/* Rejected rows: kept verbatim with their place and reason, counted against --max-rejects. */
#include "run/state.h"

#include <string.h>

typedef struct reject_head {
    uint64_t row, offset;
    uint32_t file, column_length, reason_length, raw_length;
} reject_head;

int ca_reject_add(ca_scan_state *scan, const ca_reject *reject, ca_error *err)
{
    reject_head head = {reject->row,
                        reject->offset,
                        reject->file,
                        (uint32_t)reject->column.len,
                        (uint32_t)reject->reason.len,
                        (uint32_t)reject->raw.len};
    uint64_t position;
    ca_buf_clear(&scan->bytes);
    ca_buf_add(&scan->bytes, &head, sizeof head);
    ca_buf_add_text(&scan->bytes, reject->column);
    ca_buf_add_text(&scan->bytes, reject->reason);
    ca_buf_add_text(&scan->bytes, reject->raw);
    if (scan->bytes.failed) {
        return ca_error_nomem(err);
    }
    return ca_spool_add(scan->rejects, scan->bytes.ptr, scan->bytes.len, &position, err);
}

int ca_reject_next(ca_scan_state *scan, uint64_t *cursor, ca_buf *bytes, ca_reject *ret_reject,
                   ca_error *err)
{
    reject_head head;
    uint64_t position;
    int rc = ca_spool_next(scan->rejects, cursor, &position, bytes, err);
    if (rc) {
        return rc;
    }
    memcpy(&head, bytes->ptr, sizeof head);
    const char *at = bytes->ptr + sizeof head;
    ret_reject->file = head.file;
    ret_reject->row = head.row;
    ret_reject->offset = head.offset;
    ret_reject->column = (ca_text){at, head.column_length};
    ret_reject->reason = (ca_text){at + head.column_length, head.reason_length};
    ret_reject->raw = (ca_text){at + head.column_length + head.reason_length, head.raw_length};
    return 0;
}

/* A share never allows fewer than one row: a file of ten rows survives one bad one. */
static uint64_t allowed(const ca_scan_options *options, uint64_t rows)
{
    if (!options->max_rejects_share) {
        return options->max_rejects;
    }
    uint64_t share = rows / 1000000 * options->max_rejects +
                     rows % 1000000 * options->max_rejects / 1000000;
    return share ? share : 1;
}

static void add_csv_cell(ca_buf *csv, ca_text text, char end)
{
    ca_buf_add_char(csv, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"') {
            ca_buf_add_char(csv, '"');
        }
        ca_buf_add_char(csv, text.ptr[i]);
    }
    ca_buf_add_char(csv, '"');
    ca_buf_add_char(csv, end);
}

static int write_rows(ca_scan_state *scan, ca_file *file, ca_error *err)
{
    ca_buf record, csv;
    ca_reject reject;
    uint64_t cursor = 0;
    int rc;
    ca_buf_init(&record);
    ca_buf_init(&csv);
    ca_buf_add_cstr(&csv, "file,row,byte_offset,column,reason,raw\n");
    while ((rc = ca_reject_next(scan, &cursor, &record, &reject, err)) == 0) {
        add_csv_cell(&csv, ca_text_of(scan->files[reject.file].path), ',');
        ca_buf_printf(&csv, "%llu,%llu,", (unsigned long long)reject.row,
                      (unsigned long long)reject.offset);
        add_csv_cell(&csv, reject.column, ',');
        add_csv_cell(&csv, reject.reason, ',');
        add_csv_cell(&csv, reject.raw, '\n');
        if (csv.failed) {
            rc = ca_error_nomem(err);
            break;
        }
        if (csv.len > 1 << 20) {
            rc = file->disk->write(file, csv.ptr, csv.len, err);
            ca_buf_clear(&csv);
        }
        if (rc) {
            break;
        }
    }
    if (rc == CA_END) {
        rc = file->disk->write(file, csv.ptr, csv.len, err);
    }
    ca_buf_done(&record);
    ca_buf_done(&csv);
    return rc;
}

/* Nothing else is written when a run ends with too many rejects, so this file is what people repair from. */
static int write_rejects_file(ca_scan_state *scan, ca_error *err)
{
    ca_disk *disk = scan->options->disk;
    ca_file *file;
    const char *path = ca_arena_printf(scan->arena, "%s.rejects.csv", scan->options->db);
    const char *temporary = ca_arena_printf(scan->arena, "%s.rejects.csv.tmp", scan->options->db);
    if (!path || !temporary) {
        return ca_error_nomem(err);
    }
    int rc = ca_disk_open_new(disk, temporary, &file, err);
    if (rc) {
        return rc;
    }
    rc = write_rows(scan, file, err);
    if (rc == 0) {
        rc = disk->sync(file, err);
    }
    int closed = disk->close(file, rc ? NULL : err);
    rc = rc ? rc : closed;
    rc = rc ? rc : ca_share(scan, temporary, err);
    if (rc == 0) {
        rc = disk->rename(disk, temporary, path, err);
    }
    if (rc) {
        disk->remove(disk, temporary, NULL);
        return rc;
    }
    scan->summary->rejects_file = path;
    return 0;
}

int ca_rejects_check(ca_scan_state *scan, ca_error *err)
{
    const ca_run_file *worst = NULL;
    for (size_t i = 0; i < scan->file_count; i++) {
        const ca_run_file *file = &scan->files[i];
        if (file->rows_rejected > allowed(scan->options, file->rows_read) &&
            (!worst || file->rows_rejected > worst->rows_rejected)) {
            worst = file;
        }
    }
    if (!worst) {
        return 0;
    }
    int rc = write_rejects_file(scan, err);
    if (rc) {
        return rc;
    }
    return ca_error_set(err, CA_REJECTS,
                        "%s: %llu of %llu rows rejected, more than --max-rejects allows; nothing "
                        "was stored; they are in %s",
                        worst->path, (unsigned long long)worst->rows_rejected,
                        (unsigned long long)worst->rows_read, scan->summary->rejects_file);
}
