/* Events tell the days in which another line would be found; what that line asks for is found out when all events are known, of
 * the few lines whose key an event has. */
#include "rules/absence.h"
#include "rules/group_parts.h"
#include "rules/mating.h"

#include <string.h>

unsigned ca_mates_column(const ca_mating *mating, unsigned number, ca_side side)
{
    const ca_node *const *args = (const ca_node *const *)mating->equal[number]->args;
    return args[args[0]->side == side ? 0 : 1]->column;
}

bool ca_mates_value(const ca_batch *batch, const ca_mating *mating, unsigned number, ca_side side, unsigned row,
                    uint64_t *ret_value)
{
    unsigned column = ca_mates_column(mating, number, side);
    if (!ca_batch_has(batch, column, row))
        return false;
    ca_text text = ca_batch_text(batch, column, row);
    *ret_value = ca_hash64(text.ptr, text.len) | 1;    /* never 0, which stands for any */
    return true;
}

static int tell_event(const ca_mating_rows *of, unsigned row)
{
    const ca_mating *mating = of->mating;
    int64_t day = of->dates[0][row];
    int32_t last = ca_mating_block(mating, day + mating->after);
    int code = 0;
    for (int32_t block = ca_mating_block(mating, day - mating->before); code == 0 && block <= last; block++) {
        code = ca_mating_tell(of, row, ca_mating_mark(0, block), 0);
        for (unsigned i = 0; code == 0 && i < mating->equal_count; i++) {
            uint64_t value;
            bool known = ca_mates_value(of->view->batch, mating, i, CA_SIDE_A, row, &value);
            code = ca_mating_tell(of, row, known ? ca_mating_mark(value, block) : CA_MARK_WILD, 0);
        }
    }
    return code;
}

/* Of the lines in `rows`, those for which all parts of `without` about b alone are TRUE. */
static int find_answers(const ca_mating_rows *of, const uint64_t *rows, uint64_t *answers)
{
    const ca_view *view = of->view;
    const ca_node *without = of->rule->keys.without;
    const ca_node *const *parts;
    size_t count = ca_mating_parts(&without, &parts);
    ca_bits is = {ca_scratch_bits(&view->eval->scratch, view->words), ca_scratch_bits(&view->eval->scratch, view->words)};
    if (is.yes == NULL || is.no == NULL)
        return ca_error_nomem(view->err);
    memcpy(answers, rows, view->words * sizeof *rows);
    int code = 0;
    for (size_t i = 0; code == 0 && i < count; i++) {
        code = ca_absence_is_of_b(parts[i]) ? ca_view_condition(view, parts[i], rows, is) : 0;
        for (unsigned w = 0; code == 0 && ca_absence_is_of_b(parts[i]) && w < view->words; w++)
            answers[w] &= is.yes[w];
    }
    return code;
}

/* An event without a day looks for nothing, and a line without one is never found. */
int ca_mating_events(ca_mating_rows *of, const uint64_t *travels, const uint64_t *certain, const uint64_t *turned)
{
    const ca_view *view = of->view;
    ca_mates *ret = of->ret;
    uint64_t *dated = ca_scratch_bits(&view->eval->scratch, view->words);
    uint64_t *whole = ca_scratch_bits(&view->eval->scratch, view->words);
    if (dated == NULL || whole == NULL)
        return ca_error_nomem(view->err);
    int code = ca_mating_days(of, travels, dated);
    if (code == 0 && of->mating->by_equality)
        ca_mates_find_runs(view->batch, of->rule, NULL, dated, ret->runs);
    for (unsigned w = 0; code == 0 && w < view->words; w++) {
        ret->sure[w] = dated[w] & turned[w];
        ret->events[w] = dated[w] & ~turned[w];
        dated[w] = ret->events[w] | (of->mating->by_equality ? ret->runs[w] : 0);
    }
    if (code == 0)
        ca_mates_find_keys(view->batch, of->rule, dated, whole, ret->key);
    for (unsigned w = 0; code == 0 && w < view->words; w++) {
        ret->events[w] &= whole[w];
        ret->runs[w] &= whole[w];
        dated[w] = ret->sure[w] & certain[w];
    }
    if (code == 0 && of->mating->by_equality)
        return find_answers(of, dated, ret->answers);
    EACH_ROW(ret->events, view->words, row) {
        if (code == 0)
            code = tell_event(of, row);
    }
    return code;
}

/* --- Lines of one key --------------------------------------------------------------------------------------------- */

/* Rows whose text stands in the same place as that of the row before; of other columns none are known to be the same. */
static uint64_t repeats_of(const ca_batch *batch, unsigned column, unsigned word)
{
    const ca_column *of = &batch->columns[column];
    ca_type type = batch->schema->columns[column].type;
    unsigned from = word == 0 ? 1 : word * 64;
    unsigned past = word * 64 + 64 < batch->rows ? word * 64 + 64 : batch->rows;
    uint64_t same = 0;
    if ((type != CA_TYPE_ID && type != CA_TYPE_TEXT) || of->present == NULL)
        return 0;
    uint64_t present = of->present[word];
    uint64_t before = present << 1 | (word ? of->present[word - 1] >> 63 : 0);
    for (unsigned row = from; row < past; row++) {
        const ca_slice *slice = &of->as.slice[row];
        same |= (uint64_t)((slice->from == slice[-1].from) & (slice->len == slice[-1].len)) << (row & 63);
    }
    return ~(present ^ before) & (same | ~present);
}

void ca_mates_find_runs(const ca_batch *batch, const ca_rule *rule, const ca_mating *mating, const uint64_t *rows,
                        uint64_t *ret_first)
{
    const ca_key_columns *key = &rule->keys.same;
    uint64_t carried = 0;
    for (unsigned w = 0; w < (batch->rows + 63) / 64; w++) {
        uint64_t same = rows[w] & (rows[w] << 1 | carried);
        for (size_t i = 0; i < key->count && same != 0; i++)
            same &= repeats_of(batch, key->items[i], w);
        for (unsigned i = 0; mating != NULL && i < mating->equal_count && same != 0; i++)
            same &= repeats_of(batch, ca_mates_column(mating, i, CA_SIDE_B), w);
        ret_first[w] = rows[w] & ~same;
        carried = rows[w] >> 63;
    }
}

void ca_mates_find_keys(const ca_batch *batch, const ca_rule *rule, const uint64_t *rows, uint64_t *ret_whole, uint64_t *ret_keys)
{
    ca_mating_hash(batch, &rule->keys.same, rule->keys.same.count, rows, (batch->rows + 63) / 64, ret_whole, ret_keys);
}

/* What it has no value for may be equal to that of any event. */
void ca_mating_ask_for_event(const ca_batch *batch, const ca_mating *mating, unsigned row, uint16_t ret_asks[CA_MATE_ASKS_MAX])
{
    int32_t block = ca_mating_block(mating, batch->columns[CA_F_SERVICE_DATE].as.date[row]);
    uint16_t first = mating->equal_count ? CA_MARK_WILD : ca_mating_mark(0, block);
    ret_asks[0] = (uint16_t)(first << CA_ASK_SHIFT);
    for (unsigned i = 0; i < mating->equal_count; i++) {
        uint64_t value = 0;
        (void)ca_mates_value(batch, mating, i, CA_SIDE_B, row, &value);
        ret_asks[i + 1] = (uint16_t)(ca_mating_mark(value, block) << CA_ASK_SHIFT);
    }
}

/* --- Equal values --------------------------------------------------------------------------------------------- */

/* Of 128 bits: here the marks of two are taken for the values themselves. */
static ca_digest add(ca_digest to, const void *bytes, size_t len)
{
    ca_digest parts[2] = {to, ca_hash128(bytes, len)};
    return ca_hash128(parts, sizeof parts);
}

static ca_digest add_key(const ca_batch *batch, unsigned column, unsigned row, ca_digest to)
{
    ca_type type = batch->schema->columns[column].type;
    if (type == CA_TYPE_ID || type == CA_TYPE_TEXT) {
        ca_text text = ca_batch_text(batch, column, row);
        return add(to, text.ptr, text.len);
    }
    const ca_key_columns one = {&column, 1};
    uint64_t value = ca_key_hash(batch, &one, row);
    return add(to, &value, sizeof value);
}

ca_digest ca_mates_identity(const ca_batch *batch, const ca_rule *rule, const ca_mating *mating, unsigned number, ca_side side,
                            unsigned row)
{
    ca_text text = ca_batch_text(batch, ca_mates_column(mating, number, side), row);
    ca_digest digest = add((ca_digest){0, ca_mates_column(mating, number, CA_SIDE_A)}, text.ptr, text.len);
    for (size_t i = 0; i < rule->keys.same.count; i++)
        digest = add_key(batch, rule->keys.same.items[i], row, digest);
    return digest;
}
