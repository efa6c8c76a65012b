/* Reads the first rows of some files through a profile, as a scan would, and keeps what a person who writes the profile wants
 * to see. Nothing is written. */
#include "run/profile_check.h"

#include <string.h>

#include "base/alloc.h"
#include "run/budget.h"

struct check {
    ca_scan_state scan;            /* only what intake, reading and joining need */
    ca_profile_report *report;
    ca_check_file *file;           /* being read */
    ca_check_layout *layout;       /* of that file */
    size_t shown;                  /* lines of its layout shown by the files before */
};

/* --- Keeping -------------------------------------------------------------------------------- */

static int keep_reject(struct check *check, uint64_t row, const char *column, const char *reason)
{
    ca_check_file *file = check->file;
    file->rows_rejected++;
    for (size_t i = 0; i < file->reject_count; i++) {
        if (strcmp(file->rejects[i].reason, reason) == 0 &&
            strcmp(file->rejects[i].column, column ? column : "") == 0) {
            return 0;
        }
    }
    if (file->reject_count == CA_CHECK_SHOWN) {
        return 0;
    }
    ca_check_reject kept = {row, ca_arena_cstr(check->scan.arena, ca_text_of(column)),
                            ca_arena_cstr(check->scan.arena, ca_text_of(reason))};
    if (!kept.column || !kept.reason) {
        return CA_NOMEM;
    }
    file->rejects[file->reject_count++] = kept;
    return 0;
}

static int keep_skip(struct check *check, const char *filter)
{
    ca_check_file *file = check->file;
    file->rows_skipped++;
    for (size_t i = 0; i < file->skip_count; i++) {
        if (strcmp(file->skips[i], filter) == 0) {
            return 0;
        }
    }
    if (file->skip_count == CA_CHECK_SHOWN) {
        return 0;
    }
    file->skips[file->skip_count] = ca_arena_cstr(check->scan.arena, ca_text_of(filter));
    return file->skips[file->skip_count++] ? 0 : CA_NOMEM;
}

static int keep_titles(struct check *check, const ca_input *input)
{
    int rc = 0;
    for (uint64_t i = 0; rc == 0 && i < input->title_rows; i++) {
        check->file->rows_read++;
        rc = keep_skip(check, CA_TITLE_ROW_SKIPPED);
    }
    return rc;
}

static int keep_outcome(struct check *check, const ca_row *row, const ca_mapped *mapped)
{
    if (mapped->reject) {
        return keep_reject(check, row->row, mapped->reject_column, mapped->reject);
    }
    if (mapped->skip) {
        return keep_skip(check, mapped->skip);
    }
    check->file->rows_accepted++;
    ca_piece piece = ca_layout_piece(check->file->layout);
    check->file->lines += piece == CA_PIECE_NONE || piece == CA_PIECE_LINES ? mapped->lines : 0;
    return 0;
}

/* --- Showing -------------------------------------------------------------------------------- */

static bool wants_line(const struct check *check)
{
    return check->shown + check->file->shown_count < CA_CHECK_SHOWN;
}

static int show_value(struct check *check, ca_check_line *line, const char *field, const ca_value *value)
{
    ca_buf *text = &check->scan.bytes;
    if (!value->present) {
        return 0;
    }
    ca_buf_clear(text);
    ca_value_print(value, &check->scan.setup->codes, text);
    line->fields[line->count] = field;
    line->values[line->count] = ca_arena_cstr(check->scan.arena, ca_buf_text(text));
    return text->failed || !line->values[line->count++] ? CA_NOMEM : 0;
}

static ca_check_line *new_line(struct check *check, uint64_t row)
{
    ca_check_line *line = &check->file->shown[check->file->shown_count];
    unsigned columns = check->scan.setup->schema.count;
    *line = (ca_check_line){.row = row};
    line->fields = ca_arena_array(check->scan.arena, columns, sizeof *line->fields);
    line->values = ca_arena_array(check->scan.arena, columns, sizeof *line->values);
    return line->fields && line->values ? line : NULL;
}

/* Values that a row of a piece has only for form. */
static bool is_hidden(const struct check *check, unsigned column, unsigned row)
{
    ca_piece piece = ca_layout_piece(check->file->layout);
    bool principal = ca_batch_has(check->scan.batch, CA_F_PRINCIPAL_DIAGNOSIS, row);
    if (piece == CA_PIECE_NONE) {
        return false;
    }
    return column == CA_F_CLAIM_STATUS ? piece != CA_PIECE_HEADER
           : column == CA_F_LINE_NO    ? piece == CA_PIECE_HEADER
                                       : piece == CA_PIECE_DIAGNOSES &&
                                          (column == CA_F_DIAGNOSES || (column == CA_F_OTHER_DIAGNOSES && principal));
}

static int show_line(struct check *check, unsigned row)
{
    const ca_schema *schema = &check->scan.setup->schema;
    ca_check_line *line = new_line(check, check->scan.batch->origin[row].row);
    for (unsigned c = 0; line && c < schema->count; c++) {
        ca_value value = ca_value_of(check->scan.batch, c, row);
        value.present &= !is_hidden(check, c, row);
        if (show_value(check, line, schema->columns[c].name, &value)) {
            return CA_NOMEM;
        }
    }
    check->file->shown_count++;
    return line ? 0 : CA_NOMEM;
}

static int show_fact(struct check *check, const ca_mapper *mapper, uint64_t row)
{
    ca_check_line *line = new_line(check, row);
    for (unsigned c = 0; line && c < CA_FIELD_COUNT; c++) {
        ca_value value = ca_mapper_fact_value(mapper, c);
        if (show_value(check, line, ca_fields[c].name, &value)) {
            return CA_NOMEM;
        }
    }
    check->file->shown_count++;
    return line ? 0 : CA_NOMEM;
}

/* --- Reading -------------------------------------------------------------------------------- */

static int flush(struct check *check, ca_error *err)
{
    ca_scan_state *scan = &check->scan;
    int rc = ca_facts_join(scan->facts, scan->batch, 0, NULL, &check->layout->joins, err);
    for (unsigned row = 0; rc == 0 && row < scan->batch->rows && wants_line(check); row++) {
        rc = show_line(check, row) ? ca_error_nomem(err) : 0;
    }
    ca_batch_clear(scan->batch);
    return rc;
}

static int read_claim(struct check *check, ca_mapper *mapper, const ca_row *row, uint32_t index, ca_error *err)
{
    ca_mapped mapped = {0};
    int rc = ca_mapper_row(mapper, row, index, check->scan.batch, &mapped, err);
    if (rc == CA_END) {
        rc = flush(check, err);
        rc = rc ? rc : ca_mapper_row(mapper, row, index, check->scan.batch, &mapped, err);
    }
    return rc ? rc : keep_outcome(check, row, &mapped) ? ca_error_nomem(err) : 0;
}

static int read_fact(struct check *check, ca_mapper *mapper, const ca_row *row, ca_error *err)
{
    ca_mapped mapped = {0};
    int rc = ca_mapper_fact(mapper, row, check->scan.facts, &mapped, err);
    if (rc == 0 && keep_outcome(check, row, &mapped)) {
        rc = ca_error_nomem(err);
    }
    if (rc == 0 && !mapped.reject && !mapped.skip && wants_line(check) && show_fact(check, mapper, row->row)) {
        rc = ca_error_nomem(err);
    }
    return rc ? rc : check->file->rows_read % 1024 ? 0 : ca_budget_check_tables(&check->scan, NULL, 0, err);
}

static int read_rows(struct check *check, ca_input *input, uint32_t index, ca_error *err)
{
    bool claims = ca_layout_records(check->file->layout) == CA_RECORDS_CLAIMS;
    ca_row row;
    int rc;
    while ((rc = ca_rows_next(input->rows, &row, err)) == 0) {
        if (check->file->rows_read == CA_CHECK_ROWS) {
            check->file->cut = true;
            break;
        }
        check->file->rows_read++;
        if (row.reject) {
            rc = keep_reject(check, row.row, NULL, row.reject) ? ca_error_nomem(err) : 0;
        } else {
            rc = claims ? read_claim(check, input->mapper, &row, index, err)
                        : read_fact(check, input->mapper, &row, err);
        }
        if (rc) {
            return rc;
        }
    }
    return rc < 0 ? rc : flush(check, err);
}

static size_t shown_before(const struct check *check)
{
    size_t shown = 0;
    for (const ca_check_file *file = check->report->files; file < check->report->files + check->report->file_count;
         file++) {
        shown += file != check->file && file->layout == check->file->layout ? file->shown_count : 0;
    }
    return shown;
}

static int close_file(struct check *check, uint32_t index, ca_input *input, ca_error *err)
{
    ca_scan_state *scan = &check->scan;
    ca_check_file *file = check->file;
    int rc = ca_input_counts(scan, &scan->files[index], input, err);
    file->columns = scan->files[index].columns;
    file->column_count = scan->files[index].column_count;
    for (unsigned c = 0; c < scan->setup->schema.count; c++) {
        file->supplied[c] = ca_mapper_supplies(input->mapper, c);
    }
    if (rc == 0 && !file->cut &&
        ca_mapper_check_totals(input->mapper, file->rows_rejected, scan->arena, &file->totals_wrong)) {
        rc = ca_error_nomem(err);
    }
    ca_check_add_file(check->layout, file, &scan->files[index].totals);
    return rc;
}

static int read_file(struct check *check, uint32_t index, ca_error *err)
{
    ca_scan_state *scan = &check->scan;
    ca_input input;
    check->file = &check->report->files[index];
    check->shown = shown_before(check);
    for (size_t i = 0; i < check->report->layout_count; i++) {
        if (check->report->layouts[i].layout == check->file->layout) {
            check->layout = &check->report->layouts[i];
        }
    }
    int rc = ca_input_open(scan, &scan->files[index], &input, err);
    if (rc) {
        return rc;
    }
    rc = keep_titles(check, &input) ? ca_error_nomem(err) : read_rows(check, &input, index, err);
    rc = rc ? rc : close_file(check, index, &input, err);
    ca_input_close(&input);
    return rc;
}

/* Facts first, whatever the order of the files. */
static int read_files(struct check *check, ca_error *err)
{
    ca_scan_state *scan = &check->scan;
    int rc = 0;
    for (unsigned claims = 0; claims < 2; claims++) {
        for (uint32_t i = 0; rc == 0 && i < scan->file_count; i++) {
            ca_records records = ca_layout_records(scan->files[i].layout);
            if (records != CA_RECORDS_IGNORE && (records == CA_RECORDS_CLAIMS) == (claims == 1)) {
                rc = read_file(check, i, err);
            }
        }
    }
    return rc ? rc : ca_budget_check_tables(scan, NULL, 0, err);
}

static int prepare(struct check *check, ca_diags *diags, ca_error *err)
{
    ca_scan_state *scan = &check->scan;
    ca_profile_report *report = check->report;
    unsigned columns = scan->setup->schema.count;
    int rc = ca_intake(scan, diags, err);
    if (rc) {
        return rc;
    }
    report->files = ca_arena_array(scan->arena, scan->file_count + 1, sizeof *report->files);
    scan->stored = ca_arena_array(scan->arena, columns, 1);
    scan->facts = ca_facts_new();
    scan->batch = ca_batch_new(&scan->setup->schema, CA_BATCH_ROWS);
    if (!report->files || !scan->stored || !scan->facts || !scan->batch) {
        return ca_error_nomem(err);
    }
    memset(scan->stored, 1, columns);
    report->file_count = scan->file_count;
    for (size_t i = 0; i < scan->file_count; i++) {
        report->files[i].path = scan->files[i].path;
        report->files[i].layout = scan->files[i].layout;
        report->files[i].supplied = ca_arena_array(scan->arena, columns, 1);
        if (!report->files[i].supplied) {
            return ca_error_nomem(err);
        }
    }
    return 0;
}

static int try_files(struct check *check, ca_diags *diags, ca_error *err)
{
    int rc = prepare(check, diags, err);
    rc = rc ? rc : ca_check_layouts(check->scan.arena, check->report, err);
    rc = rc ? rc : read_files(check, err);
    if (rc == 0) {
        ca_check_sum_joins(check->report);
        check->report->patients = ca_facts_patients(check->scan.facts);
        check->report->providers = ca_facts_providers(check->scan.facts);
    }
    return rc;
}

int ca_profile_check(const ca_check_options *options, ca_arena *arena, ca_diags *diags,
                     ca_profile_report *ret_report, ca_error *err)
{
    ca_setup_options load = {.disk = options->disk,
                             .profile = options->profile,
                             .shipped_rules = options->shipped_rules,
                             .rule_folders = options->rule_folders,
                             .rule_folder_count = options->rule_folder_count,
                             .only_rules = options->only_rules,
                             .changes = options->changes,
                             .change_count = options->change_count};
    ca_scan_options scan_options = ca_scan_defaults();
    struct check check = {.scan = {.options = &scan_options, .arena = arena}, .report = ret_report};
    scan_options.disk = options->disk;
    scan_options.memory = options->memory;
    scan_options.inputs = options->inputs;
    scan_options.input_count = options->input_count;
    memset(ret_report, 0, sizeof *ret_report);
    ca_buf_init(&check.scan.bytes);
    check.scan.setup = &check.scan.own_setup;
    int rc = ca_setup_load(&load, arena, diags, check.scan.setup, err);
    ret_report->profile = check.scan.setup->profile;
    if (rc == 0 && options->input_count) {
        rc = try_files(&check, diags, err);
    }
    rc = rc ? rc : ca_check_feeds(check.scan.setup, arena, ret_report, err);
    ca_intake_done(&check.scan);
    ca_batch_free(check.scan.batch);
    ca_facts_free(check.scan.facts);
    ca_buf_done(&check.scan.bytes);
    ca_setup_done(check.scan.setup);
    return rc;
}
