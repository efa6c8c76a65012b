/* Rows of a batch as a profile sees them: numbers, and hashes of what is given. Hashes are of names and texts, never of ids, so
 * that they mean the same in every run. */
#include "run/score_lines_inside.h"

#include <math.h>
#include <string.h>

/* --- Numbers ------------------------------------------------------------------------------------------------------------ */

/* Where a number lies on a scale on which lines lie evenly: logarithms begin low, what is plain stays as it is. */
double ca_line_unit(const ca_feature *feature)
{
    switch (feature->transform) {
    case CA_TRANSFORM_LOG:
        return .01;
    case CA_TRANSFORM_PLAIN:
        return 1e6;
    case CA_TRANSFORM_SHARE:
    case CA_TRANSFORM_ASINH:
    case CA_TRANSFORMS:
        break;
    }
    return 1;
}

/* Rows of a batch that are worked on together; `from` is a multiple of 64. */
typedef struct some_rows {
    const ca_batch *batch;
    unsigned from, words;
    const uint64_t *taken;        /* of these rows: those that are filled */
} some_rows;

static const uint64_t *present_of(const some_rows *rows, unsigned column)
{
    const uint64_t *present = rows->batch->columns[column].present;
    return present ? present + rows->from / 64 : NULL;
}

/* Leaves of the bits those of rows that have the column. */
static void only_with(const some_rows *rows, unsigned column, uint64_t *bits)
{
    const uint64_t *present = present_of(rows, column);
    for (unsigned w = 0; w < rows->words; w++) {
        bits[w] &= present ? present[w] : 0;
    }
}

/* In 1/10,000. */
static double sum_at(const ca_batch *batch, const ca_feature_number *number, unsigned row)
{
    double sum = (double)number->constant;
    for (size_t i = 0; i < number->count; i++) {
        const ca_column *of = &batch->columns[number->column[i]];
        bool date = batch->schema->columns[number->column[i]].type == CA_TYPE_DATE;
        sum += (double)number->factor[i] * (double)(date ? of->as.date[row] : of->as.number[row]);
    }
    return sum;
}

static void fill_number(const ca_featureset *set, const ca_feature *feature, const some_rows *rows, const uint64_t *there, double *to)
{
    const ca_feature_number *above = &set->numbers[feature->line.above];
    const ca_feature_number *below = feature->line.below == CA_NO_INDEX ? NULL : &set->numbers[feature->line.below];
    for (unsigned w = 0; w < rows->words; w++) {
        for (uint64_t rest = there[w]; rest; rest &= rest - 1) {
            unsigned i = w * 64 + (unsigned)__builtin_ctzll(rest);
            double by = below ? sum_at(rows->batch, below, rows->from + i) : CA_DECIMAL_ONE;
            to[i] = by == 0 ? NAN : sum_at(rows->batch, above, rows->from + i) / by;
        }
    }
}

/* --- Hashes of columns ---------------------------------------------------------------------------------------------------- */

/* Of rows that are taken those without a hash get 0; others, mostly many more, are not looked at. */
static void clear_others(const some_rows *rows, const uint64_t *bits, uint64_t *to)
{
    for (unsigned w = 0; w < rows->words; w++) {
        for (uint64_t rest = rows->taken[w] & ~bits[w]; rest; rest &= rest - 1) {
            to[w * 64 + (unsigned)__builtin_ctzll(rest)] = 0;
        }
    }
}

/* Neighbours are mostly of one claim, whose texts lie in one place. */
static void hash_texts(const some_rows *rows, unsigned column, const uint64_t *names, const uint64_t *bits, uint64_t *to)
{
    const ca_slice *slices = rows->batch->columns[column].as.slice;
    ca_slice before = {0, UINT32_MAX};
    uint64_t hash = 0;
    for (unsigned w = 0; w < rows->words; w++) {
        for (uint64_t rest = bits[w]; rest; rest &= rest - 1) {
            unsigned i = w * 64 + (unsigned)__builtin_ctzll(rest);
            ca_slice slice = slices[rows->from + i];
            if (slice.from != before.from || slice.len != before.len) {
                hash = names ? names[rows->from + i] : ca_hash64(rows->batch->bytes + slice.from, slice.len);
                hash = ca_usual_mix(hash, 3);
                before = slice;
            }
            to[i] = hash;
        }
    }
}

/* Codes and choices are looked up, numbers and days mixed. */
static void hash_values(const ca_score_lines *of, const some_rows *rows, unsigned column, const uint64_t *bits, uint64_t *to)
{
    const ca_column *values = &rows->batch->columns[column];
    ca_type type = rows->batch->schema->columns[column].type;
    for (unsigned w = 0; w < rows->words; w++) {
        for (uint64_t rest = bits[w]; rest; rest &= rest - 1) {
            unsigned i = w * 64 + (unsigned)__builtin_ctzll(rest), row = rows->from + i;
            to[i] = type == CA_TYPE_CODE   ? of->codes[values->as.code[row]]
                    : type == CA_TYPE_ENUM ? of->choices[values->as.choice[row]]
                    : type == CA_TYPE_DATE ? ca_usual_mix((uint64_t)(int64_t)values->as.date[row], 2)
                                           : ca_usual_mix((uint64_t)values->as.number[row], 2);
        }
    }
}

static void hash_column(const ca_line_judge *judge, const some_rows *rows, unsigned column, uint64_t *to)
{
    ca_type type = rows->batch->schema->columns[column].type;
    uint64_t bits[CA_LINE_WORDS];
    memcpy(bits, rows->taken, rows->words * sizeof *bits);
    only_with(rows, column, bits);
    clear_others(rows, bits, to);
    if (type == CA_TYPE_ID || type == CA_TYPE_TEXT) {
        hash_texts(rows, column, judge->shared ? ca_measure_lines_names(judge->shared, column) : NULL, bits, to);
    } else {
        hash_values(judge->of, rows, column, bits, to);
    }
}

/* Of one column its hashes are the key. */
static void fill_key(ca_line_judge *judge, const ca_line_key *key, const some_rows *rows, uint64_t *known, uint64_t *to)
{
    memcpy(known, rows->taken, rows->words * sizeof *known);
    for (size_t k = 0; k < key->count; k++) {
        only_with(rows, judge->of->hashed[key->columns[k]], known);
    }
    if (key->count == 1) {
        return;
    }
    clear_others(rows, known, to);
    for (unsigned w = 0; w < rows->words; w++) {
        for (uint64_t rest = known[w]; rest; rest &= rest - 1) {
            unsigned i = w * 64 + (unsigned)__builtin_ctzll(rest);
            uint64_t made = judge->hashes[(size_t)key->columns[0] * CA_LINE_ROWS + i];
            for (size_t k = 1; k < key->count; k++) {
                made = ca_usual_mix(made, judge->hashes[(size_t)key->columns[k] * CA_LINE_ROWS + i]);
            }
            to[i] = made;
        }
    }
}

/* --- Features --------------------------------------------------------------------------------------------------------------- */

static void only_with_number(const ca_featureset *set, const some_rows *rows, uint32_t index, uint64_t *bits)
{
    for (size_t i = 0; index != CA_NO_INDEX && i < set->numbers[index].count; i++) {
        only_with(rows, set->numbers[index].column[i], bits);
    }
}

/* Given what it lacks a line is like no other: it does not have the feature. */
static void only_with_cell(const ca_line_judge *judge, size_t index, unsigned words, uint64_t *bits)
{
    unsigned levels = judge->of->about[index].levels;
    for (unsigned w = 0; levels > 0 && w < words; w++) {
        uint64_t any = 0;
        for (unsigned level = 0; level < levels; level++) {
            any |= judge->known[(size_t)judge->of->features[index].keys[level] * CA_LINE_WORDS + w];
        }
        bits[w] &= any;
    }
}

/* Rows that have the feature; whether there are any: many files lack the columns of some. */
static bool find_there(const ca_line_judge *judge, const some_rows *rows, size_t index, uint64_t *there)
{
    const ca_featureset *set = judge->of->options.set;
    const ca_feature *feature = judge->of->features[index].feature;
    const uint64_t *where = feature->where == CA_NO_INDEX ? NULL : judge->truths[feature->where] + rows->from / 64;
    for (unsigned w = 0; w < rows->words; w++) {
        there[w] = rows->taken[w] & (where ? where[w] : UINT64_MAX);
    }
    switch (feature->line.form) {
    case CA_LINE_NUMBER:
        only_with_number(set, rows, feature->line.above, there);
        only_with_number(set, rows, feature->line.below, there);
        break;
    case CA_LINE_CODE:
        only_with(rows, feature->line.column, there);
        break;
    case CA_LINE_CONDITION:
        for (unsigned w = 0; w < rows->words; w++) {
            there[w] &= ~judge->doubts[feature->line.condition][rows->from / 64 + w];
        }
        break;
    }
    only_with_cell(judge, index, rows->words, there);
    uint64_t any = 0;
    for (unsigned w = 0; w < rows->words; w++) {
        any |= there[w];
    }
    return any != 0;
}

static void fill_condition(const uint64_t *truths, const some_rows *rows, const uint64_t *there, uint64_t *to)
{
    for (unsigned w = 0; w < rows->words; w++) {
        uint64_t is = truths[rows->from / 64 + w];
        for (uint64_t rest = there[w]; rest; rest &= rest - 1) {
            unsigned bit = (unsigned)__builtin_ctzll(rest);
            to[w * 64 + bit] = 1 + (is >> bit & 1);
        }
    }
}

static void fill_feature(ca_line_judge *judge, const some_rows *rows, size_t index)
{
    const ca_line_feature *of = &judge->of->features[index];
    const ca_feature *feature = of->feature;
    uint64_t *there = judge->there + index * CA_LINE_WORDS;
    ca_usual_column *column = &judge->columns[index];
    bool any = find_there(judge, rows, index, there);
    double *numbers = judge->numbers + index * CA_LINE_ROWS;
    uint64_t *choices = judge->choices + index * CA_LINE_ROWS;
    column->there = there;
    column->numbers = NULL;
    column->choices = NULL;
    if (!any) {
        return;
    }
    switch (feature->line.form) {
    case CA_LINE_NUMBER:
        fill_number(judge->of->options.set, feature, rows, there, numbers);
        column->numbers = numbers;
        break;
    case CA_LINE_CODE:
        column->choices = judge->hashes + (size_t)of->hashed * CA_LINE_ROWS;
        break;
    case CA_LINE_CONDITION:
        fill_condition(judge->truths[feature->line.condition], rows, there, choices);
        column->choices = choices;
        break;
    }
}

void ca_line_columns_fill(ca_line_judge *judge, const ca_frame *frame, unsigned from, unsigned count)
{
    const ca_score_lines *of = judge->of;
    const some_rows rows = {frame->units, from, (count + 63) / 64, judge->taken + from / 64};
    for (size_t i = 0; i < of->hashed_count; i++) {
        hash_column(judge, &rows, of->hashed[i], judge->hashes + i * CA_LINE_ROWS);
    }
    for (size_t i = 0; i < of->key_count; i++) {
        fill_key(judge, &of->keys[i], &rows, judge->known + i * CA_LINE_WORDS, judge->keys + i * CA_LINE_ROWS);
    }
    for (size_t i = 0; i < of->feature_count; i++) {
        fill_feature(judge, &rows, i);
    }
    for (size_t i = 0; i < of->used_count; i++) {
        judge->scored[i] = judge->columns[of->used_by[i]];
    }
}
