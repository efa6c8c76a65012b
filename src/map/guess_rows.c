/* Records of a sample, and what each is: a title, the header, a row, or a total at the end. */
#include <string.h>

#include "map/guess_inner.h"
#include "read/rows.h"

#define RECORD_LINES 16u /* physical lines of a record */
#define LAST_ROWS    3u  /* among which a total is looked for */
#define TITLES       50u /* before a header, at most */
#define WORDS_SURE   80u /* score of words that make a header */

typedef struct splitter {
    ca_arena *arena;
    ca_csv_format format;
    ca_rows *scratch;
    guess_row *rows;
    size_t count, cap;
} splitter;

static ca_text line_at(ca_text text, size_t at)
{
    const char *end = memchr(text.ptr + at, '\n', text.len - at);
    return ca_text_sub(text, at, end ? (size_t)(end - text.ptr) - at : text.len - at);
}

static int keep_row(splitter *split, const ca_row *row, ca_error *err)
{
    ca_text *cells = ca_arena_array(split->arena, row->cell_count + 1, sizeof *cells);
    if (!cells) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < row->cell_count; i++) {
        if (ca_arena_text(split->arena, row->cells[i], &cells[i])) {
            return ca_error_nomem(err);
        }
    }
    split->rows[split->count] = (guess_row){cells, row->cell_count, split->count + 1};
    split->count++;
    return 0;
}

/* One record, or one line that is none (kept without cells). *at moves behind it. */
static int take_record(splitter *split, ca_text text, size_t *at, ca_error *err)
{
    ca_text line = line_at(text, *at);
    ca_text record = line;
    ca_row row;
    int rc = CA_FAIL;
    for (unsigned lines = 0; lines < RECORD_LINES && rc == CA_FAIL; lines++) {
        size_t end = (size_t)(record.ptr - text.ptr) + record.len;
        if (lines > 0 && end + 1 >= text.len) {
            break;
        }
        if (lines > 0) {
            record.len += 1 + line_at(text, end + 1).len;
        }
        rc = ca_rows_parse_one(&split->format, record, &split->scratch, &row, err);
    }
    if (rc < 0 && rc != CA_FAIL && rc != CA_LIMIT) {
        return rc;
    }
    if (rc == 0) {
        *at += record.len + 1;
        return keep_row(split, &row, err);
    }
    *at += line.len + 1;
    split->rows[split->count] = (guess_row){NULL, 0, split->count + 1};
    split->count++;
    return 0;
}

static int split_text(splitter *split, ca_text text, ca_error *err)
{
    size_t at = 0;
    int rc = 0;
    split->rows = ca_arena_array(split->arena, split->cap + 1, sizeof *split->rows);
    if (!split->rows) {
        return ca_error_nomem(err);
    }
    while (rc == 0 && at < text.len && split->count < split->cap) {
        ca_text line = line_at(text, at);
        if (ca_text_trim(line).len == 0) {
            at += line.len + 1;
        } else {
            rc = take_record(split, text, &at, err);
        }
    }
    return rc;
}

/* --- Titles and header ---------------------------------------------------------------------- */

static size_t usual_width(const guess_row *rows, size_t count)
{
    size_t best = 0;
    size_t most = 0;
    size_t looked = count < 300 ? count : 300;
    for (size_t i = 0; i < looked; i++) {
        size_t same = 0;
        for (size_t j = 0; j < looked; j++) {
            same += rows[j].count == rows[i].count;
        }
        if (rows[i].count > 0 && (same > most || (same == most && rows[i].count > best))) {
            most = same;
            best = rows[i].count;
        }
    }
    return best;
}

static size_t filled_cells(const guess_row *row)
{
    size_t filled = 0;
    for (size_t i = 0; i < row->count; i++) {
        filled += row->cells[i].len > 0;
    }
    return filled;
}

static bool is_dated(ca_text cell)
{
    size_t digits = 0;
    size_t marks = 0;
    for (size_t i = 0; i < cell.len; i++) {
        digits += cell.ptr[i] >= '0' && cell.ptr[i] <= '9';
        marks += cell.ptr[i] == '-' || cell.ptr[i] == '.' || cell.ptr[i] == '/';
    }
    return digits >= 6 && marks >= 2;
}

/* Cells that come again below stand for values; so do numbers and dates. */
static size_t cells_of_data(const guess_row *rows, size_t at, size_t count)
{
    size_t data = 0;
    const guess_row *row = &rows[at];
    size_t end = count < at + 100 ? count : at + 100;
    for (size_t i = 0; i < row->count; i++) {
        bool again = ca_guess_is_number(row->cells[i]) || is_dated(row->cells[i]);
        for (size_t j = at + 1; !again && row->cells[i].len > 0 && j < end; j++) {
            again = i < rows[j].count && ca_text_eq(rows[j].cells[i], row->cells[i]);
        }
        data += again;
    }
    return data;
}

static size_t cells_with_words(const ca_guess *guess, const guess_row *row)
{
    guess_match matches[GUESS_TARGETS];
    static const ca_records all[] = {CA_RECORDS_CLAIMS, CA_RECORDS_PATIENTS, CA_RECORDS_PROVIDERS};
    size_t known = 0;
    for (size_t i = 0; i < row->count && i < GUESS_COLUMNS; i++) {
        bool found = false;
        for (size_t k = 0; !found && k < 3; k++) {
            ca_guess_words(guess->lexicon, row->cells[i], all[k], matches);
            for (size_t t = 0; !found && t < GUESS_TARGETS; t++) {
                found = matches[t].score >= WORDS_SURE;
            }
        }
        known += found;
    }
    return known;
}

static void find_header(const ca_guess *guess, const guess_row *rows, size_t count,
                        guess_file *file)
{
    size_t at = 0;
    file->width = usual_width(rows, count);
    while (at < count && at < TITLES &&
           (rows[at].count != file->width || filled_cells(&rows[at]) * 10 < file->width * 6)) {
        at++;
    }
    if (at == count || at == TITLES) {
        at = 0;
        file->width = count ? rows[0].count : 0;
    }
    file->titles = at;
    if (at < count) {
        size_t words = cells_with_words(guess, &rows[at]);
        file->known_words = words;
        size_t data = cells_of_data(rows, at, count);
        file->header = words >= 2 + data || data == 0;
        file->header_doubt = file->header ? words < 2 || data > 0 : words > 0;
    }
}

/* --- Totals --------------------------------------------------------------------------------- */

bool ca_guess_total_word(ca_text cell)
{
    static const char *const words[] = {"summe",  "gesamt",      "gesamtsumme", "summen",  "total",
                                        "totals", "grand total", "sum",         "合计",    "总计",
                                        "小计",   "共计",        "insgesamt",   "endsumme"};
    char lower[40];
    if (cell.len > 0 && cell.ptr[cell.len - 1] == ':') {
        cell.len--;
    }
    if (cell.len == 0 || cell.len >= sizeof lower) {
        return false;
    }
    for (size_t i = 0; i < cell.len; i++) {
        char c = cell.ptr[i];
        lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (ca_text_is((ca_text){lower, cell.len}, words[i])) {
            return true;
        }
    }
    return false;
}

static bool read_total(const guess_row *row, size_t rows, bool all_rows, guess_total *ret_total)
{
    guess_total total = {.cells = row->cells, .word_cell = UINT32_MAX};
    for (uint32_t i = 0; i < row->count && i < GUESS_COLUMNS; i++) {
        guess_numbers numbers = {0};
        if (total.word_cell == UINT32_MAX && ca_guess_total_word(row->cells[i])) {
            total.word_cell = i;
            total.word = row->cells[i];
            continue;
        }
        ca_guess_number(row->cells[i], &numbers);
        int64_t whole;
        bool counts = numbers.whole == 1 && ca_text_to_int(row->cells[i], &whole) && whole >= 0 &&
                      (!all_rows || (uint64_t)whole == rows);
        if (counts && !total.has_rows) {
            total.has_rows = true;
            total.rows_cell = i;
        } else if (numbers.count && total.sum_count < GUESS_SUMS) {
            total.sums[total.sum_count++] = i;
        }
    }
    *ret_total = total;
    return total.word_cell != UINT32_MAX;
}

/* *count is taken down by the rows that are totals. */
static void find_total(const guess_row *rows, size_t *count, bool all_rows, guess_file *file)
{
    for (size_t back = 0; back < LAST_ROWS && back < *count; back++) {
        size_t at = *count - 1 - back;
        if (rows[at].count > 0 && read_total(&rows[at], at, all_rows, &file->total)) {
            file->has_total = true;
            *count = at;
            return;
        }
    }
}

static int find_total_in(ca_arena *arena, ca_text tail, guess_file *file, ca_error *err)
{
    const char *line = tail.len ? memchr(tail.ptr, '\n', tail.len) : NULL;
    if (!line) {
        return 0;
    }
    splitter split = {.arena = arena, .cap = CA_GUESS_TAIL / 2};
    split.format = ca_csv_format_default();
    split.format.delimiter = file->delimiter;
    split.format.quote = file->quote;
    ca_text rest = ca_text_sub(tail, (size_t)(line + 1 - tail.ptr), tail.len);
    int rc = split_text(&split, rest, err);
    if (rc == 0) {
        find_total(split.rows, &split.count, false, file);
    }
    ca_rows_close(split.scratch);
    return rc;
}

/* --- The whole ------------------------------------------------------------------------------ */

static void keep_rows(const splitter *split, guess_file *file)
{
    size_t first = file->titles + (file->header ? 1 : 0);
    size_t count = split->count;
    file->head = file->header ? split->rows[file->titles].cells : NULL;
    guess_row *rows = split->rows + (first < count ? first : count);
    count -= first < count ? first : count;
    if (file->whole) {
        find_total(rows, &count, true, file);
    }
    file->rows = rows;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].count == file->width) {
            rows[file->row_count++] = rows[i];
        }
    }
}

int ca_guess_rows(ca_guess *guess, ca_text head, ca_text tail, guess_file *file, ca_error *err)
{
    splitter split = {.arena = &guess->arena, .cap = GUESS_ROWS + TITLES};
    split.format = ca_csv_format_default();
    split.format.delimiter = file->delimiter;
    split.format.quote = file->quote;
    int rc = split_text(&split, head, err);
    if (rc == 0 && split.count == 0) {
        rc = ca_error_set(err, CA_CONFIG, "the file holds nothing but blank lines");
    }
    if (rc == 0) {
        file->whole &= split.count < split.cap;
        find_header(guess, split.rows, split.count, file);
        keep_rows(&split, file);
        rc = file->whole ? 0 : find_total_in(&guess->arena, tail, file, err);
    }
    ca_rows_close(split.scratch);
    return rc;
}
