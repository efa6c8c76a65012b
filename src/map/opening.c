/* The beginning of a file: title rows, and the header or none. */
#include "map/layout.h"
#include "map/header.h"
#include "map/mapper.h"

size_t ca_profile_first_rows(const ca_profile *profile, const ca_csv_format *format)
{
    size_t most = 1;
    for (size_t i = 0; i < profile->layout_count; i++) {
        const ca_layout *layout = profile->layouts[i];
        if (ca_same_format(&layout->settings.csv, format) && layout->title_rows + 1u > most) {
            most = layout->title_rows + 1u;
        }
    }
    return most;
}

static bool has_all(const ca_layout *layout, const ca_row *row)
{
    const ca_header header = {.cells = row->cells, .count = row->cell_count};
    for (size_t i = 0; i < layout->column_count; i++) {
        uint32_t ignored;
        if (ca_header_find(&header, layout->columns[i], &ignored) == 0) {
            return false;
        }
    }
    return true;
}

int ca_layout_open(const ca_layout *layout, ca_rows *rows, ca_opening *ret_opening, ca_error *err)
{
    ca_row row;
    if (layout->headerless) {
        *ret_opening =
            (ca_opening){.header = layout->columns, .header_count = layout->column_count};
        return 0;
    }
    for (uint64_t titles = 0; titles <= layout->title_rows; titles++) {
        int rc = ca_rows_next(rows, &row, err);
        if (rc) {
            return rc;
        }
        if (!row.reject && has_all(layout, &row)) {
            *ret_opening = (ca_opening){
                .header = row.cells, .header_count = row.cell_count, .title_rows = titles};
            return 0;
        }
    }
    return CA_END;
}

int ca_layout_check_columns(const ca_profile *profile, const ca_layout *layout, ca_codes *codes,
                            ca_diags *diags)
{
    ca_mapper *mapper;
    ca_error err = {0};
    if (!layout->headerless || layout->records == CA_RECORDS_IGNORE) {
        return 0;
    }
    int rc = ca_mapper_new(profile, layout, layout->columns, layout->column_count, codes, &mapper,
                           &err);
    if (rc == 0) {
        ca_mapper_free(mapper);
    } else if (rc != CA_NOMEM) {
        ca_diag_add(diags, CA_DIAG_ERROR, profile->path, err.line, err.column,
                    "%s (there is no header: look at its 'columns')", err.text);
    }
    return rc == CA_NOMEM ? rc : 0;
}
