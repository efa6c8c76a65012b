/* How a draft says cells are written: csv, dates, numbers and missing. */
#include <string.h>

#include "map/guess_inner.h"

static bool is_date(const guess_column *column)
{
    if (column->dates.best < 0) {
        return false;
    }
    return column->extra
               ? strcmp(column->extra_type, "date") == 0
               : column->target < CA_FIELD_COUNT && ca_fields[column->target].type == CA_TYPE_DATE;
}

/* --- Dates ---------------------------------------------------------------------------------- */

static bool day_first(const ca_date_format *format)
{
    return format->text[0] == 'd';
}

/* Other columns may tell what this one leaves open: a delivery writes its dates one way. */
int ca_guess_date_format(const ca_guess *guess, const guess_column *column, bool *ret_open)
{
    int best = column->dates.best;
    int other = column->dates.other;
    size_t alike[2] = {0, 0};
    *ret_open = false;
    if (other < 0) {
        return best;
    }
    for (size_t f = 0; f < guess->file_count; f++) {
        const guess_file *file = guess->files[f];
        for (size_t i = 0; i < file->column_count; i++) {
            const guess_dates *dates = &file->columns[i].dates;
            const ca_date_format *format = &guess->formats[dates->best < 0 ? 0 : dates->best];
            if (dates->best >= 0 && dates->other < 0 && strchr(format->text, '/') &&
                format->text[0] != 'y') {
                alike[day_first(format)]++;
            }
        }
    }
    bool day = alike[1] > alike[0];
    *ret_open = alike[0] == alike[1];
    if (*ret_open) {
        day = guess->lang != GUESS_EN;
    }
    return day_first(&guess->formats[best]) == day ? best : other;
}

static size_t list_dates(const ca_guess *guess, const guess_file *file, int *ret_formats,
                         bool *ret_open)
{
    size_t count = 0;
    *ret_open = false;
    for (size_t i = 0; i < file->column_count; i++) {
        bool open;
        bool listed = false;
        if (!is_date(&file->columns[i])) {
            continue;
        }
        int format = ca_guess_date_format(guess, &file->columns[i], &open);
        *ret_open |= open;
        bool slash =
            strchr(guess->formats[format].text, '/') && guess->formats[format].text[0] != 'y';
        for (size_t k = 0; k < count; k++) {
            const ca_date_format *known = &guess->formats[ret_formats[k]];
            bool known_slash = strchr(known->text, '/') && known->text[0] != 'y';
            listed |= ret_formats[k] == format;
            listed |=
                slash && known_slash && day_first(known) != day_first(&guess->formats[format]);
        }
        if (!listed && count < 16) {
            ret_formats[count++] = format;
        }
    }
    return count;
}

bool ca_guess_other_dates(const ca_guess *guess, const guess_file *file, const guess_column *column)
{
    int formats[GUESS_DATES];
    bool open;
    size_t count = list_dates(guess, file, formats, &open);
    int own = is_date(column) ? ca_guess_date_format(guess, column, &open) : -1;
    for (size_t i = 0; i < count; i++) {
        if (formats[i] == own) {
            return false;
        }
    }
    return own >= 0;
}

/* A format that cuts a time off reads dates without one too; it is the next in the table. */
static bool is_covered(const ca_guess *guess, const int *formats, size_t count, int format)
{
    size_t len = strlen(guess->formats[format].text);
    for (size_t i = 0; i < count; i++) {
        const char *other = guess->formats[formats[i]].text;
        if (strlen(other) == len + 3 && memcmp(other, guess->formats[format].text, len) == 0 &&
            strcmp(other + len, "...") == 0) {
            return true;
        }
    }
    return false;
}

static void put_dates(guess_writer *writer, const guess_file *file, unsigned indent)
{
    int formats[GUESS_DATES];
    bool open;
    size_t count = list_dates(writer->guess, file, formats, &open);
    if (open) {
        ca_guess_ask(
            writer, indent,
            "Which stands first in these dates, the day or the month? No value above 12 tells.",
            (ca_text){0});
    }
    if (count == 0 ||
        (count == 1 && strcmp(writer->guess->formats[formats[0]].text, "yyyy-mm-dd") == 0)) {
        return;
    }
    ca_guess_put(writer, "%*sdates: [", (int)indent, "");
    const char *comma = "";
    for (size_t i = 0; i < count; i++) {
        if (is_covered(writer->guess, formats, count, formats[i])) {
            continue;
        }
        ca_guess_put(writer, "%s", comma);
        comma = ", ";
        ca_guess_put_scalar(writer, ca_text_of(writer->guess->formats[formats[i]].text));
    }
    ca_guess_put(writer, "]\n");
}

/* --- Bytes and gaps ------------------------------------------------------------------------- */

static void put_csv(guess_writer *writer, const guess_file *file, unsigned indent)
{
    const char *encoding = file->utf16 ? "utf-16" : ca_encoding_name(file->encoding);
    bool plain = !file->utf16 && file->encoding == CA_ENC_UTF8;
    if (file->encoding_doubt) {
        ca_guess_ask(writer, indent,
                     "Is this the encoding? Look whether letters beyond A to Z come out right.",
                     (ca_text){0});
    }
    if (file->delimiter_doubt) {
        ca_guess_ask(
            writer, indent,
            "Is this what separates the cells? Another character cuts the rows nearly as well.",
            (ca_text){0});
    }
    if (file->delimiter == ',' && plain) {
        return;
    }
    ca_guess_put(writer, "%*scsv: {", (int)indent, "");
    if (file->delimiter == '\t') {
        ca_guess_put(writer, "delimiter: tab");
    } else if (file->delimiter != ',') {
        ca_guess_put(writer, "delimiter: \"%c\"", file->delimiter);
    }
    ca_guess_put(writer, "%s%s%s}\n", file->delimiter != ',' && !plain ? ", " : "",
                 plain ? "" : "encoding: ", plain ? "" : encoding);
}

static bool is_far_date(ca_text marker)
{
    return marker.len >= 8 && memchr(marker.ptr, '9', marker.len) != NULL;
}

static void put_missing(guess_writer *writer, const guess_file *file, unsigned indent)
{
    bool far = false;
    for (size_t i = 0; i < file->marker_count; i++) {
        far |= is_far_date(file->markers[i]);
    }
    if (far) {
        ca_guess_ask(writer, indent, "Does a day in the year 9999 mean that there is none?",
                     (ca_text){0});
    }
    for (size_t i = 0; i < file->marker_count; i++) {
        ca_guess_put(writer, i ? ", " : "%*smissing: [", (int)indent, "");
        ca_buf_add_json(writer->out, file->markers[i]);
    }
    ca_guess_put(writer, "%s", file->marker_count ? "]\n" : "");
}

/* --- Where it is said ----------------------------------------------------------------------- */

typedef void put_key(guess_writer *writer, const guess_file *file, unsigned indent);
static put_key *const puts_of_key[GUESS_STYLES] = {put_csv, put_dates, ca_guess_put_numbers,
                                                   put_missing};

/* Whether a layout cares for a key; one without dates takes any. */
static bool cares(const guess_file *file, unsigned key)
{
    bool found = key == 0 || (key == 3 && file->marker_count > 0);
    for (size_t i = 0; i < file->column_count && file->records != CA_RECORDS_IGNORE; i++) {
        found |= (key == 1 && is_date(&file->columns[i])) ||
                 (key == 2 && ca_guess_is_amount(&file->columns[i]));
    }
    return found;
}

static bool same_words(ca_guess *guess, const guess_file *a, const guess_file *b, unsigned key,
                       bool *ret_failed)
{
    ca_buf left, right;
    ca_buf_init(&left);
    ca_buf_init(&right);
    puts_of_key[key](&(guess_writer){.guess = guess, .out = &left}, a, 0);
    puts_of_key[key](&(guess_writer){.guess = guess, .out = &right}, b, 0);
    bool same = ca_text_eq(ca_buf_text(&left), ca_buf_text(&right));
    *ret_failed |= left.failed || right.failed;
    ca_buf_done(&left);
    ca_buf_done(&right);
    return same;
}

void ca_guess_put_shared(guess_writer *writer)
{
    ca_guess *guess = writer->guess;
    for (unsigned key = 0; key < GUESS_STYLES; key++) {
        const guess_file *first = NULL;
        bool same = true;
        for (size_t f = 0; f < guess->file_count; f++) {
            const guess_file *file = guess->files[f];
            if (!cares(file, key)) {
                continue;
            }
            same = same && (!first || same_words(guess, first, file, key, &writer->out->failed));
            first = first ? first : file;
        }
        writer->shared[key] = same && first;
        if (writer->shared[key]) {
            puts_of_key[key](writer, first, 0);
        }
    }
}

void ca_guess_put_style(guess_writer *writer, const guess_file *file, unsigned indent)
{
    for (unsigned key = 0; key < GUESS_STYLES; key++) {
        if (!writer->shared[key] && cares(file, key)) {
            puts_of_key[key](writer, file, indent);
        }
    }
}
