/* In which notation a column holds dates. Where two read every cell, as mm/dd and dd/mm may, both are told. */
#include <string.h>

#include "map/guess_inner.h"

/* The stricter of two comes first. Each is tried alone and with a time behind it. */
static const char *const notations[] = {"yyyy-mm-dd", "yyyymmdd",     "dd.mm.yyyy", "d.m.yyyy",
                                        "yyyy/mm/dd", "yyyy/m/d",     "yyyy-m-d",   "mm/dd/yyyy",
                                        "m/d/yyyy",   "dd/mm/yyyy",   "d/m/yyyy",   "dd-Mon-yyyy",
                                        "d-Mon-yyyy", "dd-mm-yyyy",   "dd.mm.yy",   "yyyy.mm.dd",
                                        "mm/dd/yy",   "yyyy年m月d日", "dd Mon yyyy"};

size_t ca_guess_formats(ca_date_format *formats)
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof notations / sizeof *notations; i++) {
        char timed[CA_DATE_FORMAT_SIZE];
        size_t len = strlen(notations[i]);
        count += ca_date_format_valid(ca_text_of(notations[i]), &formats[count]);
        memcpy(timed, notations[i], len);
        memcpy(timed + len, "...", 4);
        count += ca_date_format_valid(ca_text_of(timed), &formats[count]);
    }
    return count;
}

static bool plausible(ca_text cell, const ca_date_format *format)
{
    ca_date date;
    int year, month, day;
    if (!ca_date_parse(cell, format, &date)) {
        return false;
    }
    ca_date_split(date, &year, &month, &day);
    return (year >= 1850 && year <= 2100) || year >= 9990 || year == 1;
}

static bool has_time(ca_text cell)
{
    for (size_t i = 6; i + 4 < cell.len; i++) {
        if (cell.ptr[i] == ' ' || cell.ptr[i] == 'T') {
            return memcmp(cell.ptr + i + 1, "00:00", 5 < cell.len - i - 1 ? 5 : cell.len - i - 1) !=
                   0;
        }
    }
    return false;
}

static bool same_order(const ca_date_format *a, const ca_date_format *b)
{
    bool day_a = a->text[0] == 'd';
    bool day_b = b->text[0] == 'd';
    return day_a == day_b || strchr(a->text, '/') == NULL || strchr(b->text, '/') == NULL ||
           a->text[0] == 'y' || b->text[0] == 'y';
}

void ca_guess_dates(const ca_guess *guess, const guess_file *file, guess_column *column)
{
    size_t read[GUESS_DATES] = {0};
    size_t most = 0;
    column->dates = (guess_dates){.best = -1, .other = -1};
    for (size_t row = 0; row < file->row_count; row++) {
        for (size_t m = 0; m < column->cell_count; m++) {
            ca_text cell = ca_guess_cell(file, row, column->cells[m]);
            if (cell.len < 6 || cell.len > 40 || ca_guess_marker(cell)) {
                continue;
            }
            column->dates.timed |= has_time(cell);
            for (size_t f = 0; f < guess->format_count; f++) {
                read[f] += plausible(cell, &guess->formats[f]);
            }
        }
    }
    for (size_t f = 0; f < guess->format_count; f++) {
        most = read[f] > most ? read[f] : most;
    }
    if (most == 0 || most * 10 < column->filled * 9) {
        return;
    }
    for (size_t f = 0; f < guess->format_count; f++) {
        if (read[f] != most) {
            continue;
        }
        if (column->dates.best < 0) {
            column->dates.best = (int)f;
        } else if (column->dates.other < 0 &&
                   !same_order(&guess->formats[column->dates.best], &guess->formats[f])) {
            column->dates.other = (int)f;
        }
    }
    column->dates.read = most;
}

bool ca_guess_reads(const guess_file *file, const guess_column *column,
                    const ca_date_format *format)
{
    ca_date date;
    int32_t minute;
    for (size_t row = 0; row < file->row_count; row++) {
        ca_text cell = ca_guess_cell(file, row, column->cells[0]);
        if (cell.len > 0 && !ca_guess_marker(cell) &&
            !ca_date_parse_time(cell, format, &date, &minute)) {
            return false;
        }
    }
    return true;
}
