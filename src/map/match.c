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

static int none_fits(const ca_profile *profile, const ca_layout *closest, const ca_header *header,
                     ca_error *err)
{
    words why = {0};
    if (!closest) {
        return ca_error_set(err, CA_CONFIG,
                            "profile '%s' has no layout of this delimiter and encoding",
                            profile->name);
    }
    const ca_text *extra = unwanted(closest, header);
    if (missing_columns(closest, header) > 0) {
        say(&why, "it misses ");
        say_columns(&why, closest, header, NULL);
    } else if (extra) {
        say(&why, "it must not have ");
        say(&why, ca_shown_of(*extra).text);
    } else {
        say(&why, "its name must match ");
        say(&why, ca_shown_of(closest->glob).text);
    }
    return ca_error_set(err, CA_CONFIG,
                        "no layout of profile '%s' fits the header; for the closest, '%s', %s",
                        profile->name, closest->name, why.text);
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

/* --- Choosing ------------------------------------------------------------------------------- */

/* Fewer columns missing is closer; at equal numbers one whose file name fits. */
static bool closer(const ca_layout *a, const ca_layout *b, const ca_header *header, ca_text name)
{
    size_t missing_a = missing_columns(a, header);
    size_t missing_b = missing_columns(b, header);
    if (missing_a != missing_b) {
        return missing_a < missing_b;
    }
    return name_fits(a, name) && !name_fits(b, name);
}

int ca_profile_match(const ca_profile *profile, const ca_csv_format *format, const ca_text *cells,
                     size_t count, const char *file_name, const ca_layout **ret_layout,
                     ca_error *err)
{
    const ca_header header = {.cells = cells, .count = count, .profile = profile};
    ca_text name = ca_file_base(ca_text_of(file_name));
    const ca_layout *best = NULL;
    const ca_layout *rival = NULL;
    const ca_layout *closest = NULL;
    for (size_t i = 0; i < profile->layout_count; i++) {
        const ca_layout *layout = profile->layouts[i];
        if (!ca_same_format(&layout->settings.csv, format)) {
            continue;
        }
        if (!closest || closer(layout, closest, &header, name)) {
            closest = layout;
        }
        if (missing_columns(layout, &header) > 0 || unwanted(layout, &header) ||
            !name_fits(layout, name)) {
            continue;
        }
        if (!best || layout->column_count > best->column_count) {
            best = layout;
            rival = NULL;
        } else if (layout->column_count == best->column_count && !rival) {
            rival = layout;
        }
    }
    if (!best) {
        return none_fits(profile, closest, &header, err);
    }
    if (rival) {
        return two_fit(best, rival, err);
    }
    *ret_layout = best;
    return 0;
}
