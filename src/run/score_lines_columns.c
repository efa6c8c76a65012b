/* Rows of a batch as a profile sees them: numbers, and hashes of what is given. Hashes are of names and texts, never of ids, so
 * that they mean the same in every run. */
#include "run/score_lines_inside.h"

#include <math.h>

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

static bool bit_at(const uint64_t *bits, unsigned row)
{
    return bits && ca_bit(bits, row);
}

static void add_column(const ca_batch *batch, unsigned column, int64_t factor, unsigned from, unsigned count, double *to)
{
    const ca_column *of = &batch->columns[column];
    bool date = batch->schema->columns[column].type == CA_TYPE_DATE;
    double times = (double)factor;
    for (unsigned i = 0; i < count; i++) {
        if (!bit_at(of->present, from + i)) {
            to[i] = NAN;
        } else {
            to[i] += times * (double)(date ? of->as.date[from + i] : of->as.number[from + i]);
        }
    }
}

/* In 1/10,000. */
static void fill_sum(const ca_batch *batch, const ca_feature_number *number, unsigned from, unsigned count, double *to)
{
    for (unsigned i = 0; i < count; i++) {
        to[i] = (double)number->constant;
    }
    for (size_t i = 0; i < number->count; i++) {
        add_column(batch, number->column[i], number->factor[i], from, count, to);
    }
}

static void fill_number(const ca_featureset *set, const ca_feature *feature, const ca_batch *batch, unsigned from, unsigned count,
                        double *to)
{
    double below[CA_LINE_ROWS];
    fill_sum(batch, &set->numbers[feature->line.above], from, count, to);
    if (feature->line.below == CA_NO_INDEX) {
        for (unsigned i = 0; i < count; i++) {
            to[i] /= CA_DECIMAL_ONE;
        }
        return;
    }
    fill_sum(batch, &set->numbers[feature->line.below], from, count, below);
    for (unsigned i = 0; i < count; i++) {
        to[i] = below[i] == 0 ? NAN : to[i] / below[i];
    }
}

/* --- Hashes of columns ---------------------------------------------------------------------------------------------------- */

/* Neighbours are mostly of one claim, whose texts lie in one place. */
static void hash_texts(const ca_batch *batch, unsigned column, unsigned from, unsigned count, uint64_t *to)
{
    const ca_column *of = &batch->columns[column];
    ca_slice before = {0, UINT32_MAX};
    uint64_t hash = 0;
    for (unsigned i = 0; i < count; i++) {
        to[i] = 0;
        if (!bit_at(of->present, from + i)) {
            continue;
        }
        ca_slice slice = of->as.slice[from + i];
        if (slice.from != before.from || slice.len != before.len) {
            hash = ca_usual_mix(ca_hash64(batch->bytes + slice.from, slice.len), 3);
            before = slice;
        }
        to[i] = hash;
    }
}

static uint64_t number_at(const ca_column *of, ca_type type, unsigned row)
{
    switch (type) {
    case CA_TYPE_DATE:
        return (uint64_t)(int64_t)of->as.date[row];
    case CA_TYPE_ENUM:
        return of->as.choice[row];
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        return (uint64_t)of->as.number[row];
    case CA_TYPE_CODE:
    case CA_TYPE_CODES:
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
    case CA_TYPE_INTERVALS:
        break;
    }
    return 0;
}

static void hash_column(const ca_score_lines *of, const ca_batch *batch, unsigned column, unsigned from, unsigned count, uint64_t *to)
{
    const ca_column *values = &batch->columns[column];
    ca_type type = batch->schema->columns[column].type;
    if (type == CA_TYPE_ID || type == CA_TYPE_TEXT) {
        hash_texts(batch, column, from, count, to);
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        bool there = bit_at(values->present, from + i);
        to[i] = !there                  ? 0
                : type == CA_TYPE_CODE ? of->codes[values->as.code[from + i]]
                                       : ca_usual_mix(number_at(values, type, from + i), 2);
    }
}

static void fill_key(ca_line_judge *judge, const ca_line_key *key, unsigned count, uint64_t *to)
{
    const uint64_t *first = judge->hashes + (size_t)key->columns[0] * CA_LINE_ROWS;
    for (unsigned i = 0; i < count; i++) {
        to[i] = first[i];
    }
    for (size_t k = 1; k < key->count; k++) {
        const uint64_t *next = judge->hashes + (size_t)key->columns[k] * CA_LINE_ROWS;
        for (unsigned i = 0; i < count; i++) {
            to[i] = to[i] == 0 || next[i] == 0 ? 0 : ca_usual_mix(to[i], next[i]);
        }
    }
}

/* --- Features --------------------------------------------------------------------------------------------------------------- */

static const uint64_t *truths_of(const ca_line_judge *judge, uint32_t condition)
{
    return judge->bits + 2 * (size_t)condition * judge->words;
}

static bool has_column(const ca_batch *batch, unsigned column)
{
    return batch->columns[column].present != NULL;
}

static bool has_number(const ca_featureset *set, const ca_batch *batch, uint32_t index)
{
    const ca_feature_number *number = index == CA_NO_INDEX ? NULL : &set->numbers[index];
    bool all = true;
    for (size_t i = 0; number && i < number->count; i++) {
        all = all && has_column(batch, number->column[i]);
    }
    return all;
}

/* Whether a line of the batch can have the feature at all: many files lack the columns of some. */
static bool can_be(const ca_line_judge *judge, const ca_batch *batch, const ca_feature *feature)
{
    const ca_featureset *set = judge->of->options.set;
    const uint64_t *where = feature->where == CA_NO_INDEX ? NULL : truths_of(judge, feature->where);
    uint64_t any = where == NULL;
    for (unsigned word = 0; where && word < (batch->rows + 63) / 64; word++) {
        any |= where[word];
    }
    switch (feature->line.form) {
    case CA_LINE_NUMBER:
        return any && has_number(set, batch, feature->line.above) && has_number(set, batch, feature->line.below);
    case CA_LINE_CODE:
        return any && has_column(batch, feature->line.column);
    case CA_LINE_CONDITION:
        break;
    }
    return any;
}

/* Given what it lacks a line is like no other: it does not have the feature. */
static void drop_without_cell(ca_line_judge *judge, const ca_line_feature *of, unsigned levels, unsigned count, double *numbers,
                              uint64_t *choices)
{
    for (unsigned i = 0; levels > 0 && i < count; i++) {
        uint64_t any = 0;
        for (unsigned level = 0; level < levels; level++) {
            any |= judge->keys[(size_t)of->keys[level] * CA_LINE_ROWS + i];
        }
        if (any == 0) {
            numbers[i] = NAN;
            choices[i] = 0;
        }
    }
}

static void fill_feature(ca_line_judge *judge, const ca_batch *batch, size_t index, unsigned from, unsigned count)
{
    const ca_line_feature *of = &judge->of->features[index];
    const ca_feature *feature = of->feature;
    const uint64_t *truths = feature->line.form == CA_LINE_CONDITION ? truths_of(judge, feature->line.condition) : NULL;
    const uint64_t *where = feature->where == CA_NO_INDEX ? NULL : truths_of(judge, feature->where);
    double *numbers = judge->numbers + index * CA_LINE_ROWS;
    uint64_t *choices = judge->choices + index * CA_LINE_ROWS;
    switch (feature->line.form) {
    case CA_LINE_NUMBER:
        fill_number(judge->of->options.set, feature, batch, from, count, numbers);
        break;
    case CA_LINE_CODE:
        for (unsigned i = 0; i < count; i++) {
            choices[i] = judge->hashes[(size_t)of->hashed * CA_LINE_ROWS + i];
        }
        break;
    case CA_LINE_CONDITION:
        for (unsigned i = 0; i < count; i++) {
            choices[i] = ca_bit(truths + judge->words, from + i) ? 0 : ca_bit(truths, from + i) ? 2 : 1;
        }
        break;
    }
    for (unsigned i = 0; where && i < count; i++) {
        if (!ca_bit(where, from + i)) {
            numbers[i] = NAN;
            choices[i] = 0;
        }
    }
    drop_without_cell(judge, of, judge->of->about[index].levels, count, numbers, choices);
}

void ca_line_columns_fill(ca_line_judge *judge, const ca_frame *frame, unsigned from, unsigned count)
{
    const ca_score_lines *of = judge->of;
    for (size_t i = 0; i < of->hashed_count; i++) {
        hash_column(of, frame->units, of->hashed[i], from, count, judge->hashes + i * CA_LINE_ROWS);
    }
    for (size_t i = 0; i < of->key_count; i++) {
        fill_key(judge, &of->keys[i], count, judge->keys + i * CA_LINE_ROWS);
    }
    for (size_t i = 0; i < of->feature_count; i++) {
        bool there = can_be(judge, frame->units, of->features[i].feature);
        judge->columns[i].numbers = there ? judge->numbers + i * CA_LINE_ROWS : NULL;
        judge->columns[i].choices = there ? judge->choices + i * CA_LINE_ROWS : NULL;
        if (there) {
            fill_feature(judge, frame->units, i, from, count);
        }
    }
    for (size_t i = 0; i < of->used_count; i++) {
        judge->scored[i] = judge->columns[of->used_by[i]];
    }
}
