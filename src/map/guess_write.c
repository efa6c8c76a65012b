/* Works the files out and writes the draft: the top of the profile, then its layouts. */
#include <string.h>

#include "map/asof.h"
#include "map/guess_inner.h"

static void vote(ca_guess *guess, const guess_file *file)
{
    for (size_t i = 0; i < file->column_count; i++) {
        const guess_column *column = &file->columns[i];
        if (column->target != GUESS_NOTHING && column->score >= 70) {
            guess->votes[column->lang]++;
        }
    }
}

/* Chinese and German words decide against a few English ones that look alike (Position, Region). */
static void choose_language(ca_guess *guess)
{
    guess->lang = GUESS_EN;
    for (unsigned lang = 1; lang < GUESS_LANGS; lang++) {
        if (guess->votes[lang] > guess->votes[guess->lang]) {
            guess->lang = (guess_lang)lang;
        }
    }
}

static void note_marker(guess_file *file, ca_text cell)
{
    bool known = cell.len == 0 || !ca_guess_marker(cell);
    for (size_t k = 0; !known && k < file->marker_count; k++) {
        known = ca_text_eq(file->markers[k], cell);
    }
    if (!known && file->marker_count < GUESS_FEW) {
        file->markers[file->marker_count++] = cell;
    }
}

/* Cells that mean missing, in the columns that are mapped. */
static void find_markers(guess_file *file)
{
    file->marker_count = 0;
    for (size_t i = 0; i < file->column_count; i++) {
        const guess_column *column = &file->columns[i];
        bool mapped = column->target < CA_FIELD_COUNT || column->extra;
        for (size_t row = 0; mapped && row < file->row_count; row++) {
            for (size_t m = 0; m < column->cell_count; m++) {
                note_marker(file, ca_guess_cell(file, row, column->cells[m]));
            }
        }
    }
}

static bool has_name(const guess_file *file)
{
    for (size_t i = 0; i < file->column_count; i++) {
        if (file->columns[i].usable) {
            return true;
        }
    }
    return false;
}

/* What stands in a header of which nothing is known may as well be content: such a file gets no layout. */
static bool may_show(const guess_file *file)
{
    return has_name(file) &&
           (file->records != CA_RECORDS_IGNORE || !file->header || file->known_words >= 2);
}

static int work_out(ca_guess *guess, ca_error *err)
{
    int rc = 0;
    size_t kept = 0;
    memset(guess->votes, 0, sizeof guess->votes);
    for (size_t f = 0; rc == 0 && f < guess->file_count; f++) {
        guess_file *file = guess->files[f];
        rc = ca_guess_columns(guess, file, err);
        rc = rc ? rc : ca_guess_assign(guess, file, err);
        if (rc == 0 && may_show(file)) {
            vote(guess, file);
            guess->files[kept++] = file;
        } else if (rc == 0) {
            guess->unknown[guess->unknown_count++] = file->path;
        }
    }
    if (rc) {
        return rc;
    }
    guess->file_count = kept;
    if (kept == 0) {
        return ca_error_set(
            err, CA_CONFIG,
            "nothing in these files is known, neither words of a header nor what cells look like; "
            "write the profile by hand, from a shipped one");
    }
    choose_language(guess);
    ca_guess_joins(guess);
    rc = ca_guess_extras(guess, err);
    for (size_t f = 0; rc == 0 && f < guess->file_count; f++) {
        find_markers(guess->files[f]);
    }
    return rc;
}

/* --- The top -------------------------------------------------------------------------------- */

static const char *currency_of(const ca_guess *guess, bool *ret_sure)
{
    static const char *const signs[][2] = {
        {"€", "EUR"},   {"£", "GBP"},   {"元", "CNY"},  {"￥", "CNY"},  {"EUR", "EUR"},
        {"USD", "USD"}, {"CHF", "CHF"}, {"GBP", "GBP"}, {"CNY", "CNY"}, {"RMB", "CNY"}};
    static const char *const by_language[GUESS_LANGS] = {"USD", "EUR", "CNY"};
    *ret_sure = false;
    for (size_t f = 0; f < guess->file_count; f++) {
        for (size_t i = 0; i < guess->files[f]->column_count; i++) {
            const char *sign = guess->files[f]->columns[i].numbers.currency;
            for (size_t k = 0; *sign && k < sizeof signs / sizeof *signs; k++) {
                if (strcmp(sign, signs[k][0]) == 0) {
                    *ret_sure = true;
                    return signs[k][1];
                }
            }
            *ret_sure |= (strcmp(sign, "¥") == 0 && guess->lang == GUESS_CN);
        }
    }
    return by_language[guess->lang];
}

bool ca_guess_has_drugs(const ca_guess *guess)
{
    for (size_t f = 0; guess->lang == GUESS_DE && f < guess->file_count; f++) {
        if (ca_guess_find(guess->files[f], CA_F_DRUG)) {
            return true;
        }
    }
    return false;
}

bool ca_guess_has_teeth(const ca_guess *guess)
{
    for (size_t f = 0; f < guess->file_count; f++) {
        for (size_t i = 0; i < guess->files[f]->column_count; i++) {
            const guess_column *column = &guess->files[f]->columns[i];
            if (column->extra && strcmp(column->extra_type, "code") == 0) {
                return true;
            }
        }
    }
    return false;
}

static void put_systems(guess_writer *writer)
{
    bool drugs = ca_guess_has_drugs(writer->guess);
    bool teeth = ca_guess_has_teeth(writer->guess);
    ca_guess_put(writer, drugs || teeth ? "systems:\n" : "");
    ca_guess_put(writer, teeth ? "  fdi: {family: tooth, pad: 2}\n" : "");
    ca_guess_put(writer, drugs ? "  pzn: {family: drug, pad: 8}\n" : "");
}

static void put_top(guess_writer *writer)
{
    static const char *const jurisdictions[GUESS_LANGS] = {"us", "de", "cn"};
    bool sure;
    const char *currency = currency_of(writer->guess, &sure);
    ca_guess_put(
        writer,
        "# A draft of claimaudit profile guess, made from headers and first rows. Each line that begins with\n"
        "# \"# ?\" is an open question: answer it, change what is below it, and take the line away.\n"
        "# Then: claimaudit profile check FILE INPUT…\n"
        "profile: draft\ntitle: Draft\n");
    if (writer->guess->lang == GUESS_EN) {
        ca_guess_ask(writer, 0,
                     "Whose rules apply? us, cn, de, or core for those that hold everywhere.",
                     (ca_text){0});
    }
    ca_guess_put(writer, "jurisdiction: %s\n", jurisdictions[writer->guess->lang]);
    if (!sure) {
        ca_guess_ask(writer, 0, "In which currency are the amounts? No cell says it.",
                     (ca_text){0});
    }
    ca_guess_put(writer, "currency: %s\n", currency);
    ca_guess_put_shared(writer);
    put_systems(writer);
    ca_guess_put(writer, "layouts:");
}

static void put_unknown(guess_writer *writer)
{
    for (size_t i = 0; i < writer->guess->unknown_count; i++) {
        ca_guess_put(writer, "\n");
        ca_guess_ask(writer, 2, "What is {}? No word of its first row is known: it got no layout.",
                     ca_file_base(ca_text_of(writer->guess->unknown[i])));
    }
}

int ca_guess_write(ca_guess *guess, ca_buf *ret_yaml, ca_guess_draft *ret_draft, ca_error *err)
{
    guess_writer writer = {.guess = guess, .out = ret_yaml, .complete = true};
    int rc = guess->file_count
                 ? work_out(guess, err)
                 : ca_error_set(err, CA_CONFIG, "there is no file to make a draft of");
    if (rc) {
        return rc;
    }
    put_top(&writer);
    for (size_t f = 0; f < guess->file_count; f++) {
        ca_guess_put_layout(&writer, guess->files[f], f);
    }
    put_unknown(&writer);
    if (ret_yaml->failed) {
        return ca_error_nomem(err);
    }
    *ret_draft = (ca_guess_draft){guess->file_count, writer.questions, writer.complete};
    return 0;
}
