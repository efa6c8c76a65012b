/* Reads one layout of a profile and answers what it is. */
#include "map/layout.h"

#include "conf/shown.h"

static const char *const keys[] = {"layout",   "records", "use",   "columns", "not_columns",
                                   "name",     "csv",     "dates", "numbers", "missing",
                                   "optional", "fields",  "lines", "status",  "filters",
                                   "extra",    "as_of",   "reversal",
                                   "header",   "title_rows", "totals", "part_of_claim", "principal", NULL};

static int read_name(ca_map_reader *reader, ca_yaml *node, ca_layout *layout)
{
    ca_text name = CA_TEXT("?");
    ca_yaml *item = ca_conf_need(&reader->conf, node, "layout");
    if (item && ca_conf_text(&reader->conf, item, &name) && name.len == 0) {
        ca_conf_error(&reader->conf, item, "a layout needs a name");
    }
    for (size_t i = 0; i < reader->profile->layout_count; i++) {
        if (ca_text_is(name, reader->profile->layouts[i]->name)) {
            ca_conf_error(&reader->conf, item ? item : node,
                          "there is another layout '%s' in this profile", ca_shown_of(name).text);
        }
    }
    layout->name = ca_arena_cstr(reader->arena, name);
    return layout->name ? 0 : CA_NOMEM;
}

static void read_kind(ca_map_reader *reader, ca_yaml *node, ca_layout *layout)
{
    static const char *const records[] = {"claims", "patients", "providers"};
    static const char *const uses[] = {"ignore"};
    const ca_conf *conf = &reader->conf;
    ca_yaml *use = ca_conf_get(conf, node, "use");
    ca_yaml *kind = ca_conf_get(conf, node, "records");
    size_t index;
    if (use) {
        (void)ca_conf_choice(conf, use, uses, 1, &index);
        layout->records = CA_RECORDS_IGNORE;
        if (kind) {
            ca_conf_error_key(conf, kind,
                              "'records' has no meaning where 'use: ignore' skips the file");
        }
        return;
    }
    if (!kind && !node->partial) {
        ca_conf_error(conf, node,
                      "layout '%s' must say 'records: claims', 'patients' or 'providers'",
                      layout->name);
    }
    if (kind && ca_conf_choice(conf, kind, records, 3, &index)) {
        static const ca_records found[] = {CA_RECORDS_CLAIMS, CA_RECORDS_PATIENTS,
                                           CA_RECORDS_PROVIDERS};
        layout->records = found[index];
    }
}

/* Title rows before the header, or no header at all. */
static void read_header(ca_map_reader *reader, ca_yaml *node, ca_layout *layout)
{
    static const char *const words[] = {"none"};
    const ca_conf *conf = &reader->conf;
    ca_yaml *header = ca_conf_get(conf, node, "header");
    ca_yaml *titles = ca_conf_get(conf, node, "title_rows");
    ca_yaml *not_columns = ca_conf_get(conf, node, "not_columns");
    int64_t value;
    size_t index;
    if (titles && ca_conf_int(conf, titles, 0, CA_TITLE_ROWS_MAX, &value)) {
        layout->title_rows = (uint32_t)value;
    }
    if (!header || !ca_conf_choice(conf, header, words, 1, &index)) {
        return;
    }
    layout->headerless = true;
    if (layout->glob.len == 0) {
        ca_conf_error_key(conf, header,
                          "a layout without a header needs 'name': the file name alone chooses it");
    }
    if (titles) {
        ca_conf_error_key(conf, titles, "'title_rows' stand before a header, and there is none");
    }
    if (not_columns) {
        ca_conf_error_key(conf, not_columns, "'not_columns' is about a header, and there is none");
    }
}

static int read_recognition(ca_map_reader *reader, ca_yaml *node, ca_layout *layout)
{
    const ca_conf *conf = &reader->conf;
    ca_yaml *glob = ca_conf_get(conf, node, "name");
    if (glob) {
        (void)ca_conf_text(conf, glob, &layout->glob);
    }
    read_header(reader, node, layout);
    bool needless = layout->headerless && layout->records == CA_RECORDS_IGNORE;
    ca_yaml *columns =
        needless ? ca_conf_get(conf, node, "columns") : ca_conf_need(conf, node, "columns");
    int rc = ca_names_read(reader, columns, true, false, &layout->columns, &layout->column_count);
    rc = rc ? rc
            : ca_names_read(reader, ca_conf_get(conf, node, "not_columns"), true, false,
                            &layout->not_columns, &layout->not_column_count);
    for (size_t i = 0; i < layout->not_column_count; i++) {
        for (size_t j = 0; j < layout->column_count; j++) {
            if (ca_text_eq(layout->not_columns[i], layout->columns[j])) {
                ca_conf_error(conf, ca_conf_get(conf, node, "not_columns"),
                              "column '%s' is also in 'columns', so that no file can fit",
                              ca_shown_of(layout->columns[j]).text);
            }
        }
    }
    return rc;
}

/* Keys that say something about rows have no meaning for files that are skipped. */
static void refuse_for_ignored(ca_map_reader *reader, ca_yaml *node)
{
    static const char *const refused[] = {"fields",  "lines", "status",  "filters",
                                          "extra", "as_of", "reversal", "totals", "part_of_claim", "principal"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        ca_yaml *item = ca_conf_get(&reader->conf, node, refused[i]);
        if (item) {
            ca_conf_error_key(&reader->conf, item,
                              "'%s' has no meaning where 'use: ignore' skips the file", refused[i]);
        }
    }
}

static int read_rows(ca_map_reader *reader, ca_yaml *node, ca_layout *layout)
{
    const ca_conf *conf = &reader->conf;
    bool claims = layout->records == CA_RECORDS_CLAIMS;
    ca_yaml *status = ca_conf_get(conf, node, "status");
    ca_yaml *as_of = ca_conf_get(conf, node, "as_of");
    if (status && !claims) {
        ca_conf_error_key(conf, status, "'status' has a meaning for files of claims only");
    }
    if (as_of && claims) {
        ca_conf_error_key(conf, as_of,
                          "'as_of' has a meaning for files of patients and providers only");
    }
    int rc = ca_piece_read(reader, node, layout);
    rc = rc ? rc : ca_status_read(reader, status, &layout->settings, &layout->status);
    rc = rc ? rc : ca_asof_read(reader, as_of, &layout->settings, &layout->as_of);
    layout->as_of.optional |= layout->optional;
    return rc ? rc
              : ca_filters_read(reader, ca_conf_get(conf, node, "filters"), &layout->filters,
                                &layout->filter_count);
}

/* What can only be checked against the fields; in silence when these have errors of their own. */
static int read_about_fields(ca_map_reader *reader, ca_yaml *node, ca_layout *layout)
{
    const ca_conf *conf = &reader->conf;
    ca_yaml *reversal = ca_conf_get(conf, node, "reversal");
    ca_yaml *totals = ca_conf_get(conf, node, "totals");
    size_t errors = conf->diags->errors;
    int rc = ca_layout_read_fields(reader, node, layout);
    if (reversal && layout->records != CA_RECORDS_CLAIMS) {
        ca_conf_error_key(conf, reversal, "'reversal' has a meaning for files of claims only");
        return rc;
    }
    if (rc || conf->diags->errors > errors) {
        return rc;
    }
    ca_piece_check(reader, node, layout);
    rc = ca_totals_read(reader, totals, layout);
    return rc ? rc : ca_reversal_read(reader, reversal, layout);
}

int ca_layout_read(ca_map_reader *reader, ca_yaml *node, const ca_settings *settings,
                   ca_layout **ret_layout)
{
    const ca_conf *conf = &reader->conf;
    ca_layout *layout = ca_arena_alloc(reader->arena, sizeof *layout);
    if (!layout) {
        return CA_NOMEM;
    }
    layout->settings = *settings;
    layout->line = node->line;
    layout->at = node->column;
    int rc = read_name(reader, node, layout);
    if (rc) {
        return rc;
    }
    read_kind(reader, node, layout);
    rc = read_recognition(reader, node, layout);
    rc = rc ? rc : ca_settings_read(reader, node, &layout->settings);
    ca_yaml *optional = ca_conf_get(conf, node, "optional");
    if (optional) {
        (void)ca_conf_bool(conf, optional, &layout->optional);
    }
    if (!rc && layout->records == CA_RECORDS_IGNORE) {
        refuse_for_ignored(reader, node);
    } else if (!rc) {
        rc = read_rows(reader, node, layout);
        rc = rc ? rc : read_about_fields(reader, node, layout);
    }
    ca_conf_no_others(conf, node, keys);
    *ret_layout = layout;
    return rc;
}

/* --- Answers -------------------------------------------------------------------------------- */

const char *ca_layout_name(const ca_layout *layout)
{
    return layout->name;
}

ca_records ca_layout_records(const ca_layout *layout)
{
    return layout->records;
}

ca_piece ca_layout_piece(const ca_layout *layout)
{
    return layout->piece;
}

ca_csv_format ca_layout_format(const ca_layout *layout)
{
    return layout->settings.csv;
}

size_t ca_group_members(const ca_group *group)
{
    return group->exists ? (size_t)group->to - group->from + 1 : 1;
}

bool ca_layout_has_totals(const ca_layout *layout)
{
    return layout->total_count > 0;
}

unsigned ca_layout_max_lines(const ca_layout *layout)
{
    return (unsigned)ca_group_members(&layout->group);
}

const ca_binding *ca_layout_binding(const ca_layout *layout, unsigned column)
{
    for (size_t i = 0; i < layout->binding_count; i++) {
        if (layout->bindings[i].column == column) {
            return &layout->bindings[i];
        }
    }
    return NULL;
}

static bool supplies(const ca_layout *layout, unsigned column)
{
    if (layout->records == CA_RECORDS_CLAIMS) {
        if (column == CA_F_CLAIM_PART || column == CA_F_CLAIM_STATUS || column == CA_F_LINE_NO) {
            return true;
        }
        if (column == CA_F_DIAGNOSES) {
            return ca_layout_binding(layout, CA_F_PRINCIPAL_DIAGNOSIS) ||
                   ca_layout_binding(layout, CA_F_OTHER_DIAGNOSES);
        }
        if (column == CA_F_PRINCIPAL_DIAGNOSIS && layout->principal.column_count > 0) {
            return true;
        }
    }
    return ca_layout_binding(layout, column) != NULL;
}

bool ca_layout_supplies(const ca_layout *layout, unsigned column)
{
    bool found = supplies(layout, column);
    for (size_t i = 0; !found && i < layout->piece_count; i++) {
        found = supplies(layout->pieces[i], column);
    }
    return found;
}
