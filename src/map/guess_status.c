/* Reversals and totals of a drafted layout. */
#include <string.h>

#include "map/guess_inner.h"

/* Words that say yes in a flag; when the sample has none, the opposite of what it has. */
static void put_set_values(guess_writer *writer, const guess_column *column)
{
    bool set;
    bool any = false;
    for (size_t i = 0; i < column->few_count; i++) {
        if (ca_guess_flag(column->few[i], &set) && set) {
            ca_guess_put(writer, any ? ", " : "");
            ca_guess_put_scalar(writer, column->few[i]);
            any = true;
        }
    }
    if (!any) {
        ca_guess_put(writer, "\"1\"");
    }
}

static const guess_column *negative_amount(const guess_file *file)
{
    static const unsigned amounts[] = {CA_F_PAID, CA_F_CHARGE, CA_F_CLAIM_PAID, CA_F_CLAIM_CHARGE};
    for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++) {
        const guess_column *column = ca_guess_find(file, amounts[i]);
        if (column && column->cell_count == 1 && column->numbers.negative > 0) {
            return column;
        }
    }
    return NULL;
}

/* Which of these fields the layout maps outside of `lines`, as a list. */
static size_t put_list(guess_writer *writer, const guess_file *file, const unsigned *fields,
                       size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        const guess_column *column = ca_guess_find(file, fields[i]);
        if (column && !ca_guess_in_lines(file, column)) {
            ca_guess_put(writer, "%s%s", found++ ? ", " : "", ca_fields[fields[i]].name);
        }
    }
    return found;
}

static bool is_single(const guess_file *file, unsigned field)
{
    const guess_column *column = ca_guess_find(file, field);
    return column && !ca_guess_in_lines(file, column);
}

static void put_reversal(guess_writer *writer, const guess_file *file)
{
    static const unsigned keys[] = {CA_F_CLAIM_ID, CA_F_SERVICE_DATE, CA_F_PROCEDURE, CA_F_DRUG};
    static const unsigned numbers[] = {CA_F_UNITS, CA_F_CHARGE, CA_F_PAID};
    if (ca_guess_find(file, CA_F_ORIGINAL_CLAIM_ID)) {
        ca_guess_put(writer, "    reversal: {of: claim}\n");
        return;
    }
    bool paid =
        is_single(file, CA_F_UNITS) || is_single(file, CA_F_CHARGE) || is_single(file, CA_F_PAID);
    if (!ca_guess_find(file, CA_F_CLAIM_ID) || !paid) {
        return;
    }
    ca_guess_ask(
        writer, 4,
        "Does a reversal repeat these fields of the line it undoes, with opposite numbers?",
        (ca_text){0});
    ca_guess_put(writer, "    reversal: {keys: [");
    (void)put_list(writer, file, keys, sizeof keys / sizeof *keys);
    for (size_t i = 0; i < file->column_count; i++) {
        if (file->columns[i].extra && strcmp(file->columns[i].extra, "tooth") == 0) {
            ca_guess_put(writer, ", x.tooth");
        }
    }
    ca_guess_put(writer, "], opposite: [");
    (void)put_list(writer, file, numbers, sizeof numbers / sizeof *numbers);
    ca_guess_put(writer, "]}\n");
}

void ca_guess_put_status(guess_writer *writer, const guess_file *file)
{
    const guess_column *flag = ca_guess_find(file, GUESS_FLAG);
    const guess_column *amount = negative_amount(file);
    if (ca_guess_find(file, CA_F_CLAIM_STATUS) || (!flag && !amount)) {
        return;
    }
    if (flag) {
        if (flag->doubtful || flag->filled == 0) {
            ca_guess_ask(writer, 4, "Does {} mark reversals, and with these values?", flag->name);
        }
        ca_guess_put(writer, "    status: {flags: [{column: ");
        ca_guess_put_scalar(writer, flag->name);
        ca_guess_put(writer, ", in: [");
        put_set_values(writer, flag);
        ca_guess_put(writer, "], status: reversal}]}\n");
    } else {
        ca_guess_ask(writer, 4, "Are rows with a negative {} reversals of other rows?",
                     amount->name);
        ca_guess_put(writer, "    status: {sign_of: ");
        ca_guess_put_scalar(writer, amount->name);
        ca_guess_put(writer, ", negative: reversal}\n");
    }
    put_reversal(writer, file);
}

/* --- Totals --------------------------------------------------------------------------------- */

static const guess_column *column_at(const guess_file *file, uint32_t cell)
{
    for (size_t i = 0; i < file->column_count; i++) {
        if (file->columns[i].cell_count == 1 && file->columns[i].cells[0] == cell &&
            file->columns[i].usable) {
            return &file->columns[i];
        }
    }
    return NULL;
}

static bool is_sum(const guess_column *column)
{
    if (!column || column->target >= CA_FIELD_COUNT) {
        return false;
    }
    ca_type type = ca_fields[column->target].type;
    return type == CA_TYPE_MONEY || type == CA_TYPE_DECIMAL;
}

/* Whether the rows add up to what the total says; true where that cannot be known. */
static bool adds_up(const guess_file *file, const guess_column *column)
{
    ca_number_format format = ca_guess_number_format(file, column);
    int64_t said, one, sum = 0;
    if (!file->whole || file->like_count ||
        !ca_decimal_parse(file->total.cells[column->cells[0]], &format, &said)) {
        return true;
    }
    for (size_t row = 0; row < file->row_count; row++) {
        ca_text cell = ca_guess_cell(file, row, column->cells[0]);
        if (ca_decimal_parse(cell, &format, &one) && __builtin_add_overflow(sum, one, &sum)) {
            return true;
        }
    }
    return sum == said;
}

static size_t take_sums(const guess_file *file, const guess_column **ret_sums, bool *ret_good)
{
    size_t count = 0;
    *ret_good = true;
    for (size_t i = 0; i < file->total.sum_count; i++) {
        const guess_column *sum = column_at(file, file->total.sums[i]);
        if (is_sum(sum)) {
            ret_sums[count++] = sum;
            *ret_good &= adds_up(file, sum);
        }
    }
    return count;
}

static ca_text total_name(ca_text word)
{
    bool colon = word.len > 1 && word.ptr[word.len - 1] == ':';
    return ca_text_sub(word, 0, word.len - colon);
}

static void put_test(guess_writer *writer, const guess_column *column, ca_text word)
{
    ca_guess_put(writer, "{column: ");
    ca_guess_put_scalar(writer, column->name);
    ca_guess_put(writer, ", in: [");
    ca_guess_put_scalar(writer, word);
    ca_guess_put(writer, "]}");
}

void ca_guess_put_totals(guess_writer *writer, const guess_file *file)
{
    const guess_column *sums[GUESS_SUMS];
    const guess_total *total = &file->total;
    bool good;
    const guess_column *word = file->has_total ? column_at(file, total->word_cell) : NULL;
    const guess_column *rows = word && total->has_rows ? column_at(file, total->rows_cell) : NULL;
    size_t count = word ? take_sums(file, sums, &good) : 0;
    if (!word) {
        return;
    }
    if (count == 0 && (!rows || is_sum(rows))) {
        ca_guess_put(writer, "    filters:\n      - {name: total, skip: ");
        put_test(writer, word, total->word);
        ca_guess_put(writer, "}\n");
        return;
    }
    if (!file->whole || !good) {
        ca_guess_ask(
            writer, 4,
            good ? "Is the last row a total over all rows above it?"
                 : "The rows do not add up to the last row: is it a total over all of them?",
            (ca_text){0});
    }
    ca_guess_put(writer, "    totals:\n      - {name: ");
    ca_guess_put_scalar(writer, total_name(total->word));
    ca_guess_put(writer, ", row: ");
    put_test(writer, word, total->word);
    if (rows && !is_sum(rows)) {
        ca_guess_put(writer, ", rows: ");
        ca_guess_put_scalar(writer, rows->name);
    }
    for (size_t i = 0; i < count; i++) {
        ca_guess_put(writer, "%s%s: ", i ? ", " : ", sums: {", ca_fields[sums[i]->target].name);
        ca_guess_put_scalar(writer, sums[i]->name);
    }
    ca_guess_put(writer, "%s}\n", count ? "}" : "");
}
