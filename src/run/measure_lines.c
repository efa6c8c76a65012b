/* Looks at the lines of a batch: conditions, numbers and keys, each for all of them. */
#include "run/measure_lines_inside.h"

#include <string.h>

#include "base/alloc.h"

int ca_measure_lines_new(const ca_measure_plan *plan, ca_measure_peers *peers, ca_date through, ca_measure_lines **ret_lines,
                         ca_error *err)
{
    ca_measure_lines *lines = ca_alloc_zero(1, sizeof *lines);
    if (!lines) {
        return ca_error_nomem(err);
    }
    unsigned columns = 0;
    lines->plan = plan;
    lines->peers = peers;
    lines->through = through;
    lines->eval = ca_eval_new();
    lines->trigger = ca_trigger_new();
    lines->told = ca_alloc_zero(CA_TOLD_SLOTS, sizeof *lines->told);
    lines->cache = ca_alloc_zero(CA_PEER_SLOTS, sizeof *lines->cache);
    for (unsigned k = 0; k < CA_ENTITY_LINE; k++) {
        columns += plan->kinds[k].column_count;
    }
    lines->all_columns = ca_alloc_zero(columns + 1, sizeof *lines->all_columns);
    lines->number_size = ca_alloc_zero(plan->number_count + plan->key_count + 1, 1);
    lines->key_size = lines->number_size ? lines->number_size + plan->number_count : NULL;
    bool made = lines->all_columns && lines->number_size && lines->eval && lines->trigger && lines->told && lines->cache;
    for (size_t i = 0; made && i < plan->set->condition_count; i++) {
        made = !plan->condition_read[i] || ca_trigger_add(lines->trigger, plan->set->conditions[i], err) == 0;
    }
    if (!made) {
        ca_measure_lines_free(lines);
        return ca_error_nomem(err);
    }
    *ret_lines = lines;
    return 0;
}

void ca_measure_lines_free(ca_measure_lines *lines)
{
    if (lines) {
        ca_eval_free(lines->eval);
        ca_trigger_free(lines->trigger);
        ca_free(lines->told);
        ca_free(lines->cache);
        ca_free(lines->memory);
        ca_free(lines->all_columns);
        ca_free(lines->number_size);
        ca_free(lines);
    }
}

/* --- Room ---------------------------------------------------------------------------------------------------- */

/* Rows of a column: columns a power of two apart push each other out of the cache. */
static size_t stride_of(size_t words)
{
    return 64 * words + 8;
}

static size_t words_needed(const ca_measure_plan *plan, size_t words)
{
    size_t bitmaps = 2 + 2 * plan->set->condition_count + plan->number_count + plan->key_count + plan->hashed_count;
    size_t columns = plan->number_count + plan->key_count + plan->hashed_count + 2;
    size_t members = 0;
    for (unsigned k = 0; k < CA_ENTITY_LINE; k++) {
        members += plan->kinds[k].words;
    }
    return words * bitmaps + stride_of(words) * (columns + members);
}

static uint64_t *take(uint64_t **at, size_t words)
{
    uint64_t *taken = *at;
    *at += words;
    return taken;
}

static void find_columns(ca_measure_lines *lines)
{
    ca_record_column *next = lines->all_columns;
    size_t rows = lines->stride;
    for (unsigned k = 0; k < CA_ENTITY_LINE; k++) {
        const ca_measure_kind *kind = &lines->plan->kinds[k];
        lines->columns[k] = next;
        for (unsigned i = 0; i < kind->column_count; i++) {
            const ca_measure_part *column = i < kind->words ? NULL : &kind->columns[i - kind->words];
            const uint64_t *values = !column          ? lines->members[k] + rows * i
                                     : column->number ? (const uint64_t *)lines->numbers + rows * kind->numbers[column->index]
                                                      : lines->keys + rows * kind->keys[column->index].key;
            *next++ = (ca_record_column){values, 0};
        }
    }
}

/* One piece of memory for all that is known of so many words of rows. */
static int make_room(ca_measure_lines *lines, size_t words)
{
    const ca_measure_plan *plan = lines->plan;
    if (words <= lines->words) {
        return 0;
    }
    uint64_t *memory = ca_alloc_zero(words_needed(plan, words), sizeof *memory);
    if (!memory) {
        return CA_NOMEM;
    }
    ca_free(lines->memory);
    lines->memory = memory;
    lines->words = words;
    lines->stride = stride_of(words);
    lines->all = take(&memory, words);
    lines->truths = take(&memory, words * plan->set->condition_count);
    lines->doubts = take(&memory, words * plan->set->condition_count);
    lines->number_there = take(&memory, words * plan->number_count);
    lines->key_there = take(&memory, words * plan->key_count);
    lines->named = take(&memory, words * plan->hashed_count);
    lines->hashes = take(&memory, lines->stride * plan->hashed_count);
    lines->numbers = (int64_t *)take(&memory, lines->stride * plan->number_count);
    lines->keys = take(&memory, lines->stride * plan->key_count);
    lines->scratch = take(&memory, lines->stride);
    lines->records = (ca_record_rows *)take(&memory, lines->stride);
    lines->begins = take(&memory, words);
    for (unsigned k = 0; k < CA_ENTITY_LINE; k++) {
        lines->members[k] = take(&memory, lines->stride * plan->kinds[k].words);
    }
    find_columns(lines);
    return 0;
}

/* --- Numbers ------------------------------------------------------------------------------------------------- */

static int64_t whole_at(const ca_column *column, ca_type type, unsigned row)
{
    return type == CA_TYPE_DATE ? column->as.date[row] : column->as.number[row];
}

static void find_there(const ca_batch *batch, const unsigned *columns, size_t count, unsigned words, const uint64_t *all, uint64_t *there)
{
    memcpy(there, all, words * sizeof *there);
    for (size_t i = 0; i < count; i++) {
        const uint64_t *present = batch->columns[columns[i]].present;
        for (unsigned w = 0; w < words; w++) {
            there[w] &= present ? present[w] : 0;
        }
    }
}

/* Where there is nothing, there is nought. */
static void drop_missing(const uint64_t *there, unsigned words, const uint64_t *all, uint64_t *values)
{
    for (unsigned w = 0, end; w < words; w = end) {
        for (end = w; end < words && !(all[end] & there[end]); end++) {
        }
        memset(values + 64 * w, 0, (size_t)(end - w) * 64 * sizeof *values);
        for (uint64_t rest = end < words ? all[end] & ~there[end] : 0; rest; rest &= rest - 1) {
            values[end * 64 + (unsigned)__builtin_ctzll(rest)] = 0;
        }
        end += end < words;
    }
}

static bool add_up(const ca_batch *batch, const ca_feature_number *number, unsigned row, int64_t *ret_sum)
{
    ca_wide sum = number->constant;
    for (size_t i = 0; i < number->count; i++) {
        const ca_column *column = &batch->columns[number->column[i]];
        ca_type type = batch->schema->columns[number->column[i]].type;
        sum += (ca_wide)number->factor[i] * whole_at(column, type, row);    /* a few of 126 bits each */
    }
    *ret_sum = (int64_t)sum;
    return sum == (int64_t)sum;
}

/* Mostly a difference: products are below 2^47, so that nothing is too large. */
static bool has_days_only(const ca_batch *batch, const ca_feature_number *number)
{
    bool days = number->constant == (int32_t)number->constant;
    for (size_t i = 0; i < number->count; i++) {
        days &= batch->schema->columns[number->column[i]].type == CA_TYPE_DATE && number->factor[i] == (int16_t)number->factor[i];
    }
    return days;
}

/* Mostly it is added or taken away, for which nothing has to be multiplied. */
static void add_column(const ca_date *days, int64_t factor, unsigned rows, int64_t *values)
{
    if (factor == 1) {
        for (unsigned row = 0; row < rows; row++) {
            values[row] += days[row];
        }
    } else if (factor == -1) {
        for (unsigned row = 0; row < rows; row++) {
            values[row] -= days[row];
        }
    } else {
        for (unsigned row = 0; row < rows; row++) {
            values[row] += factor * days[row];
        }
    }
}

static void add_days(const ca_batch *batch, const ca_feature_number *number, int64_t *values)
{
    for (unsigned row = 0; row < batch->rows; row++) {
        values[row] = number->constant;
    }
    for (size_t i = 0; i < number->count; i++) {
        const ca_column *column = &batch->columns[number->column[i]];
        if (column->present) {
            add_column(column->as.date, number->factor[i], batch->rows, values);
        }
    }
}

static void calculate(const ca_batch *batch, const ca_feature_number *number, unsigned words, uint64_t *there, int64_t *values)
{
    for (unsigned w = 0; w < words; w++) {
        for (uint64_t rest = there[w]; rest; rest &= rest - 1) {
            unsigned row = w * 64 + (unsigned)__builtin_ctzll(rest);
            there[w] &= ~(add_up(batch, number, row, &values[row]) ? 0 : rest & -rest);
        }
    }
}

static void make_number(ca_measure_lines *lines, const ca_batch *batch, size_t index)
{
    const ca_feature_number *number = &lines->plan->numbers[index];
    int64_t *values = lines->numbers + lines->stride * index;
    uint64_t *there = lines->number_there + lines->words * index;
    unsigned words = (batch->rows + 63) / 64;
    unsigned plain = ca_measure_plain(number);
    find_there(batch, number->column, number->count, words, lines->all, there);
    if (has_days_only(batch, number)) {
        add_days(batch, number, values);
    } else if (plain == CA_NO_COLUMN) {
        calculate(batch, number, words, there, values);
    } else if (batch->columns[plain].present) {
        memcpy(values, batch->columns[plain].as.number, batch->rows * sizeof *values);
    }
    drop_missing(there, words, lines->all, (uint64_t *)values);
}

/* --- Keys ---------------------------------------------------------------------------------------------------- */

bool ca_measure_lines_truths(const ca_measure_lines *lines, size_t condition, const uint64_t **ret_true, const uint64_t **ret_unknown)
{
    if (!lines->plan->condition_read[condition]) {
        return false;
    }
    *ret_true = lines->truths + lines->words * condition;
    *ret_unknown = lines->doubts + lines->words * condition;
    return true;
}

/* Rows where it is missing get whatever lies there. */
static void copy_values(const ca_column *of, ca_type type, const uint64_t *hashes, unsigned rows, uint64_t *to)
{
    switch (type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        memcpy(to, of->as.number, rows * sizeof *to);
        break;
    case CA_TYPE_DATE:
    case CA_TYPE_CODE:
        for (unsigned row = 0; row < rows; row++) {
            to[row] = of->as.code[row];    /* days, too, without their sign */
        }
        break;
    case CA_TYPE_ENUM:
        for (unsigned row = 0; row < rows; row++) {
            to[row] = of->as.choice[row];
        }
        break;
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        memcpy(to, hashes, rows * sizeof *to);
        break;
    case CA_TYPE_CODES:
    case CA_TYPE_INTERVALS:
        break;    /* no key has such a column */
    }
}

/* Where patients have no region: that of who performed the service. */
static int make_regions(ca_measure_lines *lines, const ca_batch *batch, uint64_t *values, ca_error *err)
{
    unsigned column = ca_schema_provider(CA_ROLE_RENDERING, CA_F_PROVIDER_REGION);
    int rc = 0;
    for (unsigned row = 0; rc == 0 && row < batch->rows; row++) {
        uint32_t number = CA_NO_REGION;
        if (!ca_batch_has(batch, CA_F_REGION, row) && ca_batch_has(batch, column, row)) {
            rc = ca_measure_peer_number(lines, CA_NO_SPECIALTY, ca_batch_text(batch, column, row), &number, err);
        }
        values[row] = number;
    }
    return rc;
}

/* Steps of ca_measure_mix: `scratch` has the values of one column after another. */
static void make_values(ca_measure_lines *lines, const ca_batch *batch, const ca_feature_key *key, uint64_t *values)
{
    for (size_t i = 0; i < key->count; i++) {
        unsigned column = key->column[i];
        uint64_t *to = key->count == 1 ? values : lines->scratch;
        copy_values(&batch->columns[column], batch->schema->columns[column].type, ca_measure_lines_names(lines, column), batch->rows, to);
        for (unsigned row = 0; key->count > 1 && row < batch->rows; row++) {
            values[row] = ca_measure_mix(i ? values[row] : 0, to[row]);
        }
    }
}

static int make_key(ca_measure_lines *lines, const ca_batch *batch, size_t index, ca_error *err)
{
    const ca_feature_key *key = &lines->plan->keys[index];
    uint64_t *values = lines->keys + lines->stride * index;
    uint64_t *there = lines->key_there + lines->words * index;
    unsigned words = (batch->rows + 63) / 64;
    uint64_t any = 0;
    find_there(batch, key->column, key->count, words, lines->all, there);
    if (!lines->plan->key_kept[index] || key->count == 0) {
        return key->count ? 0 : make_regions(lines, batch, values, err);
    }
    for (unsigned w = 0; w < words; w++) {
        any |= there[w];
    }
    if (any) {
        make_values(lines, batch, key, values);
    }
    drop_missing(there, words, lines->all, values);
    return 0;
}

/* --- All of it ----------------------------------------------------------------------------------------------- */

static int judge(ca_measure_lines *lines, const ca_frame *frame, size_t index, ca_error *err)
{
    uint64_t *truths = lines->truths + lines->words * index;
    uint64_t *doubts = lines->doubts + lines->words * index;
    bool any;
    return ca_trigger_condition(lines->eval, frame, lines->plan->set->conditions[index], lines->all, truths, doubts, &any, err);
}

int ca_measure_lines_look(ca_measure_lines *lines, ca_frame *frame, ca_error *err)
{
    const ca_measure_plan *plan = lines->plan;
    const ca_batch *batch = frame->units;
    if (make_room(lines, batch->words)) {
        return ca_error_nomem(err);
    }
    if (batch->rows == 0) {
        return 0;
    }
    ca_bits_fill(lines->all, batch->rows);
    int rc = ca_trigger_look(lines->trigger, frame, err);
    for (size_t i = 0; rc == 0 && i < plan->set->condition_count; i++) {
        rc = plan->condition_read[i] ? judge(lines, frame, i, err) : 0;
    }
    for (size_t i = 0; rc == 0 && i < plan->hashed_count; i++) {
        ca_measure_lines_hash(lines, batch, i);
    }
    for (size_t i = 0; rc == 0 && i < plan->number_count; i++) {
        if (plan->number_read[i]) {
            make_number(lines, batch, i);
        }
    }
    for (size_t i = 0; rc == 0 && i < plan->key_count; i++) {
        rc = plan->key_read[i] ? make_key(lines, batch, i, err) : 0;
    }
    return rc;
}
