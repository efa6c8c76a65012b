/* Chooses the layout of a file by its header and name. */
#include <string.h>

#include "conf/shown.h"
#include "map/header.h"
#include "map/layout.h"

#define NAMED_COLUMNS 5u /* columns a message names before it says "and more" */

bool ca_same_format(const ca_csv_format *a, const ca_csv_format *b)
{
    return a->delimiter == b->delimiter && a->quote == b->quote && a->encoding == b->encoding;
}

size_t ca_profile_formats(const ca_profile *profile, const ca_csv_format **ret_formats)
{
    *ret_formats = profile->formats;
    return profile->format_count;
}

ca_date ca_layout_file_as_of(const ca_layout *layout, const char *path)
{
    ca_date found = CA_DATE_MIN;
    if (layout->as_of.kind == CA_ASOF_FILE_NAME) {
        (void)ca_asof_of_name(layout->as_of.pattern, ca_file_base(ca_text_of(path)), &found);
    }
    return found;
}

static bool has_column(const ca_header *header, ca_text name)
{
    uint32_t ignored;
    return ca_header_find(header, name, &ignored) > 0;
}

static size_t missing_columns(const ca_layout *layout, const ca_header *header)
{
    size_t missing = 0;
    for (size_t i = 0; i < layout->column_count; i++) {
        missing += has_column(header, layout->columns[i]) ? 0 : 1;
    }
    return missing;
}

/* A column that must not be there and is, or NULL. */
static const ca_text *unwanted(const ca_layout *layout, const ca_header *header)
{
    for (size_t i = 0; i < layout->not_column_count; i++) {
        if (has_column(header, layout->not_columns[i])) {
            return &layout->not_columns[i];
        }
    }
    return NULL;
}

static bool name_fits(const ca_layout *layout, ca_text name)
{
    return layout->glob.len == 0 || ca_text_glob(layout->glob, name);
}

/* --- Messages ------------------------------------------------------------------------------- */

typedef struct words {
    char text[420];
    size_t len;
} words;

static void say(words *to, const char *text)
{
    size_t len = strlen(text);
    if (to->len + len < sizeof to->text) {
        memcpy(to->text + to->len, text, len + 1);
        to->len += len;
    }
}

/* "A, B and more": the columns a layout requires that are not in the header, or not in another
 * layout. */
static void say_columns(words *to, const ca_layout *layout, const ca_header *header,
                        const ca_layout *other)
{
    size_t count = 0;
    for (size_t i = 0; i < layout->column_count; i++) {
        ca_text name = layout->columns[i];
        const ca_header others =
            other ? (ca_header){.cells = other->columns, .count = other->column_count} : *header;
        if (has_column(&others, name)) {
            continue;
        }
        if (count < NAMED_COLUMNS) {
            say(to, count ? ", " : "");
            say(to, ca_shown_of(name).text);
        }
        count++;
    }
    if (count > NAMED_COLUMNS) {
        say(to, " and more");
    }
}

typedef struct beginning { /* of a file, as it was read in one format */
    const ca_profile *profile;
    const ca_first_row *rows;
    size_t count;
    ca_text file_name;
} beginning;

/* The header as this layout sees it: the first record with all of its columns, else the closest. */
static ca_header header_of(const beginning *file, const ca_layout *layout)
{
    ca_header best = {.profile = file->profile};
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < file->count && i <= layout->title_rows && least > 0; i++) {
        ca_header header = {.cells = file->rows[i].cells,
                            .count = file->rows[i].count,
                            .profile = file->profile};
        size_t missing = missing_columns(layout, &header);
        if (missing < least) {
            least = missing;
            best = header;
        }
    }
    return best;
}

static int none_fits(const beginning *file, const ca_layout *closest, ca_error *err)
{
    words why = {0};
    if (!closest) {
        return ca_error_set(err, CA_CONFIG,
                            "profile '%s' has no layout of this delimiter and encoding",
                            file->profile->name);
    }
    const ca_header header = header_of(file, closest);
    const ca_text *extra = unwanted(closest, &header);
    if (!closest->headerless && missing_columns(closest, &header) > 0) {
        say(&why, "it misses ");
        say_columns(&why, closest, &header, NULL);
    } else if (extra) {
        say(&why, "it must not have ");
        say(&why, ca_shown_of(*extra).text);
    } else {
        say(&why, "its name must match ");
        say(&why, ca_shown_of(closest->glob).text);
    }
    return ca_error_set(err, CA_CONFIG,
                        "no layout of profile '%s' fits the header; for the closest, '%s', %s%s; add a layout for it, or "
                        "one with 'use: ignore'",
                        file->profile->name, closest->name, why.text,
                        closest->title_rows > 0 ? " (looked for behind its title rows too)" : "");
}

static int two_fit(const ca_layout *a, const ca_layout *b, ca_error *err)
{
    words only_a = {0};
    words only_b = {0};
    say_columns(&only_a, a, NULL, b);
    say_columns(&only_b, b, NULL, a);
    return ca_error_set(
        err, CA_CONFIG,
        "layouts '%s' and '%s' fit the header equally well%s%s%s%s; tell them apart by 'columns', "
        "'not_columns' or 'name'",
        a->name, b->name, only_a.len ? "; only the first requires " : "", only_a.text,
        only_b.len ? "; only the second requires " : "", only_b.text);
}

/* One of them has no header, so that only the name of the file can tell. */
static int named_alike(const ca_layout *a, const ca_layout *b, ca_error *err)
{
    return ca_error_set(err, CA_CONFIG,
                        "layouts '%s' and '%s' both fit the file, '%s' by its name alone; tell them "
                        "apart by 'name'",
                        a->name, b->name, a->headerless ? a->name : b->name);
}

/* --- Choosing ------------------------------------------------------------------------------- */

/* Fewer columns missing is closer; at equal numbers one whose file name fits. */
static bool closer(const beginning *file, const ca_layout *a, const ca_layout *b)
{
    const ca_header header_a = header_of(file, a);
    const ca_header header_b = header_of(file, b);
    size_t missing_a = a->headerless ? SIZE_MAX : missing_columns(a, &header_a);
    size_t missing_b = b->headerless ? SIZE_MAX : missing_columns(b, &header_b);
    if (missing_a != missing_b) {
        return missing_a < missing_b;
    }
    return name_fits(a, file->file_name) && !name_fits(b, file->file_name);
}

static bool fits(const beginning *file, const ca_layout *layout)
{
    if (!name_fits(layout, file->file_name)) {
        return false;
    }
    if (layout->headerless) {
        return true;
    }
    const ca_header header = header_of(file, layout);
    return missing_columns(layout, &header) == 0 && !unwanted(layout, &header);
}

/* A header where there should be none would be read as a row. */
static int check_no_header(const beginning *file, const ca_layout *layout, ca_error *err)
{
    if (!layout->headerless || file->count == 0 || layout->column_count == 0 ||
        file->rows[0].count != layout->column_count) {
        return 0;
    }
    for (size_t i = 0; i < layout->column_count; i++) {
        if (!ca_text_eq(file->rows[0].cells[i], layout->columns[i])) {
            return 0;
        }
    }
    return ca_error_set(err, CA_CONFIG,
                        "layout '%s' says 'header: none', but the first row is a header; take "
                        "'header: none' out",
                        layout->name);
}

int ca_profile_match_rows(const ca_profile *profile, const ca_csv_format *format,
                          const ca_first_row *rows, size_t row_count, const char *file_name,
                          const ca_layout **ret_layout, ca_error *err)
{
    const beginning file = {.profile = profile,
                            .rows = rows,
                            .count = row_count,
                            .file_name = ca_file_base(ca_text_of(file_name))};
    const ca_layout *best = NULL;
    const ca_layout *rival = NULL;
    const ca_layout *closest = NULL;
    for (size_t i = 0; i < profile->layout_count; i++) {
        const ca_layout *layout = profile->layouts[i];
        if (!ca_same_format(&layout->settings.csv, format)) {
            continue;
        }
        if (!closest || closer(&file, layout, closest)) {
            closest = layout;
        }
        if (!fits(&file, layout)) {
            continue;
        }
        if (best && (best->headerless || layout->headerless)) {
            return named_alike(best, layout, err);
        }
        if (!best || layout->column_count > best->column_count) {
            best = layout;
            rival = NULL;
        } else if (layout->column_count == best->column_count && !rival) {
            rival = layout;
        }
    }
    if (!best) {
        return row_count == 0
                   ? ca_error_set(err, CA_CONFIG, "the file is empty: a header is expected")
                   : none_fits(&file, closest, err);
    }
    if (rival) {
        return two_fit(best, rival, err);
    }
    int rc = check_no_header(&file, best, err);
    if (rc == 0) {
        *ret_layout = best;
    }
    return rc;
}

int ca_profile_match(const ca_profile *profile, const ca_csv_format *format, const ca_text *cells,
                     size_t count, const char *file_name, const ca_layout **ret_layout,
                     ca_error *err)
{
    const ca_first_row row = {.cells = cells, .count = count};
    return ca_profile_match_rows(profile, format, &row, 1, file_name, ret_layout, err);
}
