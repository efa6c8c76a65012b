/* Events tell the days in which another line would be found; what that line asks for is found out when all events are known, of
 * the few lines whose key an event has. */
#include "rules/mating.h"

/* The column of an equality that belongs to the side. */
static unsigned column_of(const ca_node *equality, ca_side side)
{
    return equality->args[equality->args[0]->side == side ? 0 : 1]->column;
}

static bool value_at(const ca_batch *batch, unsigned column, unsigned row, uint64_t *ret_value)
{
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
            bool known = value_at(of->view->batch, column_of(mating->equal[i], CA_SIDE_A), row, &value);
            code = ca_mating_tell(of, row, known ? ca_mating_mark(value, block) : CA_MARK_WILD, 0);
        }
    }
    return code;
}

/* An event without a day looks for nothing, and a line without one is never found. */
int ca_mating_events(ca_mating_rows *of, const uint64_t *travels, const uint64_t *turned)
{
    const ca_view *view = of->view;
    uint64_t *dated = ca_scratch_bits(&view->eval->scratch, view->words);
    uint64_t *whole = ca_scratch_bits(&view->eval->scratch, view->words);
    if (dated == NULL || whole == NULL)
        return ca_error_nomem(view->err);
    int code = ca_mating_days(of, travels, dated);
    for (unsigned w = 0; code == 0 && w < view->words; w++) {
        of->ret->sure[w] = dated[w] & turned[w];
        dated[w] &= ~turned[w];
    }
    if (code == 0)
        ca_mates_find_keys(view->batch, of->rule, dated, whole, of->ret->key);
    EACH_ROW(whole, view->words, row) {
        if (code == 0)
            code = tell_event(of, row);
    }
    return code;
}

void ca_mates_find_keys(const ca_batch *batch, const ca_rule *rule, const uint64_t *rows, uint64_t *ret_whole, uint64_t *ret_keys)
{
    ca_mating_hash(batch, &rule->keys.same, rule->keys.same.count, rows, (batch->rows + 63) / 64, ret_whole, ret_keys);
}

/* What it has no value for may be equal to that of any event. */
void ca_mates_ask_for_event(const ca_batch *batch, const ca_mating *mating, unsigned row, uint16_t ret_asks[CA_MATE_ASKS_MAX])
{
    int32_t block = ca_mating_block(mating, batch->columns[CA_F_SERVICE_DATE].as.date[row]);
    uint16_t first = mating->equal_count ? CA_MARK_WILD : ca_mating_mark(0, block);
    ret_asks[0] = (uint16_t)(first << CA_ASK_SHIFT);
    for (unsigned i = 0; i < mating->equal_count; i++) {
        uint64_t value = 0;
        (void)value_at(batch, column_of(mating->equal[i], CA_SIDE_B), row, &value);
        ret_asks[i + 1] = (uint16_t)(ca_mating_mark(value, block) << CA_ASK_SHIFT);
    }
}
