/* Reading files: how they are opened and closed, and rows of fact files to facts. */
#include "run/budget.h"

#include <string.h>


void ca_input_close(ca_input *input)
{
    ca_mapper_free(input->mapper);
    ca_rows_close(input->rows);
    ca_source_close(input->source);
    memset(input, 0, sizeof *input);
}

static bool is_same(const ca_file_info *a, const ca_file_info *b)
{
    return a->size == b->size && a->changed_ns == b->changed_ns && a->inode == b->inode && a->device == b->device;
}

int ca_open_source(ca_scan_state *scan, ca_run_file *file, ca_source **ret_source, ca_error *err)
{
    ca_disk *disk = scan->options->disk;
    ca_file_info info;
    int rc = disk->info(disk, file->read_path, &info, err);
    if (rc == 0 && !file->opened) {
        file->info = info;
        file->opened = true;
    }
    if (rc == CA_END || (rc == 0 && !is_same(&info, &file->info))) {
        return ca_error_set(err, CA_FAIL, CA_STILL_DELIVERED, file->path);
    }
    ca_source *source = NULL;
    rc = rc ? rc : ca_source_open(disk, file->read_path, &source, err);
    if (rc == 0 && file->format.encoding == CA_ENC_UTF16 && (rc = ca_source_utf16(source, err))) {
        ca_source_close(source);    /* for readers of places, which do not ask for rows */
    }
    if (rc == 0) {
        *ret_source = source;
    }
    return rc;
}

int ca_source_still(const ca_scan_state *scan, const ca_run_file *file, int rc, ca_error *err)
{
    ca_disk *disk = scan->options->disk;
    ca_file_info now;
    if (rc < 0 && rc != CA_FAIL) {
        return rc;    /* memory ran out, or a limit was met */
    }
    int looked = disk->info(disk, file->read_path, &now, rc ? NULL : err);
    if (looked == CA_END || (looked == 0 && !is_same(&now, &file->info))) {
        return ca_error_set(err, CA_FAIL, CA_STILL_DELIVERED, file->path);
    }
    return rc ? rc : looked;
}

void ca_progress(const ca_scan_state *scan, uint64_t bytes, uint64_t rows)
{
    const ca_scan_options *options = scan->options;
    uint64_t total = 0;
    for (size_t i = 0; i < scan->file_count; i++) {
        total += scan->files[i].info.size;
    }
    if (options->progress) {
        options->progress(options->progress_context, scan->bytes_before + bytes, rows || scan->rows_before ? total : 0,
                          scan->rows_before + rows);
    }
}

int ca_input_open(ca_scan_state *scan, ca_run_file *file, ca_input *ret_input, ca_error *err)
{
    ca_input open = {0};
    ca_opening opening = {0};
    int rc = ca_open_source(scan, file, &open.source, err);
    if (rc == 0) {
        rc = ca_rows_open(open.source, &file->format, scan->options->read_size, CA_LANE_BOTH,
                          &open.rows, err);
    }
    if (rc == 0) {
        rc = ca_layout_open(file->layout, open.rows, &opening, err);    /* intake could read it */
    }
    if (rc == 0) {
        rc = ca_mapper_new(scan->setup->profile, file->layout, opening.header, opening.header_count,
                           &scan->setup->codes, &open.mapper, err);
        open.title_rows = opening.title_rows;
    }
    if (rc) {
        ca_input_close(&open);
        return rc == CA_END ? ca_error_set(err, CA_FAIL, "%s: changed while it was read", file->path)
                            : rc;
    }
    ca_mapper_need(open.mapper, scan->stored);
    ca_mapper_file_as_of(open.mapper, ca_layout_file_as_of(file->layout, file->path));
    file->from_supplied = ca_mapper_supplies(open.mapper, CA_F_FROM_DATE);
    file->reversal = ca_layout_reversal(file->layout);
    *ret_input = open;
    return 0;
}

int ca_open_mapper(ca_scan_state *scan, uint32_t file, ca_mapper **ret_mapper, ca_error *err)
{
    ca_input open;
    int rc = ca_input_open(scan, &scan->files[file], &open, err);
    if (rc) {
        return rc;
    }
    *ret_mapper = open.mapper;
    open.mapper = NULL;
    ca_input_close(&open);
    return 0;
}

int ca_input_counts(ca_scan_state *scan, ca_run_file *file, const ca_input *input, ca_error *err)
{
    int rc = 0;
    const ca_column_count *counts;
    ca_mapper_totals(input->mapper, &file->totals);
    file->column_count = ca_mapper_counts(input->mapper, &counts);
    file->columns = ca_arena_copy(scan->arena, counts, file->column_count * sizeof *counts);
    for (size_t i = 0; rc == 0 && file->columns && i < file->column_count; i++) {
        file->columns[i].column = ca_arena_cstr(scan->arena, ca_text_of(counts[i].column));
        file->columns[i].field = ca_arena_cstr(scan->arena, ca_text_of(counts[i].field));
        rc = file->columns[i].column && file->columns[i].field ? 0 : ca_error_nomem(err);
    }
    if (rc == 0 && file->column_count && !file->columns) {
        rc = ca_error_nomem(err);
    }
    return rc;
}

int ca_input_finish(ca_scan_state *scan, ca_run_file *file, ca_input *open, ca_error *err)
{
    int rc = ca_source_still(scan, file, 0, err);
    scan->bytes_before += file->info.size;
    scan->rows_before += file->rows_read;
    file->digest = ca_source_digest(open->source);
    file->bytes = ca_source_bytes(open->source);
    file->rows_read += open->title_rows;
    file->rows_skipped += open->title_rows;
    rc = rc ? rc : ca_input_counts(scan, file, open, err);
    if (rc == 0 && ca_mapper_check_totals(open->mapper, file->rows_rejected, scan->arena, &file->totals_wrong)) {
        rc = ca_error_nomem(err);
    }
    ca_input_close(open);
    return rc;
}

int ca_reject_row(ca_scan_state *scan, uint32_t index, const ca_row *row, const char *column, const char *reason,
                  ca_error *err)
{
    ca_reject reject = {.file = index,
                        .row = row->row,
                        .offset = row->offset,
                        .column = ca_text_of(column),
                        .reason = ca_text_of(reason),
                        .raw = row->raw};
    scan->files[index].rows_rejected++;
    return ca_reject_add(scan, &reject, err);
}

int ca_count_mapped(ca_scan_state *scan, uint32_t index, const ca_row *row, const ca_mapped *mapped, ca_error *err)
{
    ca_run_file *file = &scan->files[index];
    if (mapped->reject) {
        int rc = ca_mark_incomplete(scan, mapped->whose, err);
        return rc ? rc : ca_reject_row(scan, index, row, mapped->reject_column, mapped->reject, err);
    }
    if (mapped->skip) {
        file->rows_skipped++;
    } else {
        file->rows_accepted++;
        file->lines += mapped->lines;
    }
    return 0;
}

static int read_fact_file(ca_scan_state *scan, uint32_t index, ca_error *err)
{
    ca_run_file *file = &scan->files[index];
    ca_input open;
    ca_row row;
    int rc = ca_input_open(scan, file, &open, err);
    if (rc) {
        return rc;
    }
    while ((rc = ca_rows_next(open.rows, &row, err)) == 0) {
        ca_mapped mapped = {0};
        file->rows_read++;
        if (row.reject) {
            rc = ca_reject_row(scan, index, &row, NULL, row.reject, err);
        } else if ((rc = ca_mapper_fact(open.mapper, &row, scan->facts, &mapped, err)) == 0) {
            rc = ca_count_mapped(scan, index, &row, &mapped, err);
        }
        if (rc == 0 && file->rows_read % 1024 == 0) {
            rc = ca_budget_check_tables(scan, file, ca_source_packed_bytes(open.source), err);
            ca_progress(scan, ca_source_packed_bytes(open.source), file->rows_read);
        }
        if (rc) {
            break;
        }
    }
    rc = rc == CA_END ? ca_budget_check_tables(scan, file, 0, err) : rc;
    if (rc) {
        rc = ca_source_still(scan, file, rc, err);
        ca_input_close(&open);
        return rc;
    }
    return ca_input_finish(scan, file, &open, err);
}

int ca_read_facts(ca_scan_state *scan, ca_error *err)
{
    for (uint32_t i = 0; i < scan->file_count; i++) {
        ca_records records =
            scan->files[i].layout ? ca_layout_records(scan->files[i].layout) : CA_RECORDS_IGNORE;
        if (records == CA_RECORDS_PATIENTS || records == CA_RECORDS_PROVIDERS) {
            int rc = read_fact_file(scan, i, err);
            if (rc) {
                return rc;
            }
        }
    }
    ca_budget_settle(scan);
    return 0;
}
