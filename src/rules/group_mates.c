/* Lines that matter to a rule only together with others: what is certain of each, the hash of its key, a column at a time, and
 * the marks by which they recognise each other. */
#include "rules/group_mates.h"

#include <string.h>

#include "base/alloc.h"
#include "rules/group_parts.h"
#include "rules/mating.h"

#define BLOCKS_TOLD 64u    /* of one interval; a longer one is told as WILD */

void ca_mates_done(ca_mates *mates)
{
    ca_free(mates->told);
    mates->told = NULL;
    mates->told_cap = mates->told_count = 0;
}

int ca_mating_tell(const ca_mating_rows *of, unsigned row, uint16_t mark, uint8_t sides)
{
    ca_mates *ret = of->ret;
    ca_told *told = ca_grown_array(ret->told, ret->told_count, &ret->told_cap, sizeof *told);
    if (told == NULL)
        return ca_error_nomem(of->view->err);
    ret->told = told;
    bool doubtful = of->doubtful != NULL && ca_bit(of->doubtful, row);
    told[ret->told_count++] = (ca_told){row, mark, doubtful ? sides | CA_TOLD_IN_DOUBT : sides};
    return 0;
}

/* --- Days -------------------------------------------------------------------------------------------- */

static void read_service_dates(const ca_mating_rows *of, ca_date *dates, uint64_t *dated)
{
    const ca_column *services = &of->view->batch->columns[CA_F_SERVICE_DATE];
    unsigned words = of->view->words;
    if (services->present == NULL) {
        memset(dated, 0, words * sizeof *dated);
        return;
    }
    for (unsigned w = 0; w < words; w++)
        dated[w] &= services->present[w];
    memcpy(dates, services->as.date, of->view->rows * sizeof *dates);
}

/* Missing days, or reversed ones, take rows out of `dated`. A rule that bounds the days of lines looks at their services. */
int ca_mating_days(ca_mating_rows *of, const uint64_t *rows, uint64_t *dated)
{
    const ca_node *days[2] = {NULL, NULL};
    size_t count = ca_group_date_nodes(of->rule, days);
    count = of->mating->by == CA_MATES_NEAR && count == 0 ? 1 : count;
    memcpy(dated, rows, of->view->words * sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        of->dates[i] = ca_scratch_take(&of->view->eval->scratch, of->view->words * (size_t)64, sizeof **of->dates);
        if (of->dates[i] == NULL)
            return ca_error_nomem(of->view->err);
        if (days[i] == NULL) {
            read_service_dates(of, of->dates[i], dated);
            continue;
        }
        EACH_ROW(rows, of->view->words, row) {
            ca_row_at at = {.view = of->view, .row = row};
            ca_value value = ca_row_value(&at, days[i]);
            bool known = value.present && !at.tainted;
            of->dates[i][row] = known ? value.as.date : CA_NO_DATE;
            if (!known || (i == 1 && value.as.date < of->dates[0][row]))
                ca_mating_clear(dated, row);
        }
    }
    return 0;
}

static uint16_t mark_of_day(const ca_mating_rows *of, int64_t day)
{
    return ca_mating_mark(0, ca_mating_block(of->mating, day));
}

/* --- Two members --------------------------------------------------------------------------------------- */

static uint8_t sides_of(const ca_mating_rows *of, unsigned row)
{
    return (uint8_t)((ca_bit(of->as_a, row) ? CA_ASK_AS_A : 0) | (ca_bit(of->as_b, row) ? CA_ASK_AS_B : 0));
}

static void ask(const ca_mating_rows *of, unsigned row, unsigned number, uint16_t mark, unsigned how)
{
    of->ret->asks[number][row] = (uint16_t)((unsigned)mark << CA_ASK_SHIFT | how);
}

/* Twice over, on both sides: whoever asks finds it. */
static int tell_wild(const ca_mating_rows *of, unsigned row)
{
    int code = ca_mating_tell(of, row, CA_MARK_WILD, CA_ASK_AS_A | CA_ASK_AS_B);
    return code ? code : ca_mating_tell(of, row, CA_MARK_WILD, CA_ASK_AS_A | CA_ASK_AS_B);
}

/* An interval that is too long to ask for all of its blocks is not sure to be alone. */
static int tell_interval(const ca_mating_rows *of, unsigned row)
{
    int32_t from = ca_mating_block(of->mating, of->dates[0][row]);
    int32_t to = ca_mating_block(of->mating, of->dates[1][row]);
    uint8_t sides = sides_of(of, row);
    int code = (uint32_t)(to - from) >= BLOCKS_TOLD ? tell_wild(of, row) : 0;
    for (int32_t block = from; code == 0 && (uint32_t)(to - from) < BLOCKS_TOLD && block <= to; block++)
        code = ca_mating_tell(of, row, ca_mating_mark(0, block), sides);
    if (to - from > 1)
        ca_mating_clear(of->ret->sure, row);
    ask(of, row, 0, ca_mating_mark(0, from), sides | CA_ASK_OWN);
    ask(of, row, 1, ca_mating_mark(0, to), sides | CA_ASK_OWN);
    ask(of, row, 2, CA_MARK_WILD, sides);
    return code;
}

static int tell_day(const ca_mating_rows *of, unsigned row)
{
    int64_t day = of->dates[0][row];
    uint8_t sides = sides_of(of, row);
    for (unsigned i = 0; i < 2; i++) {
        int64_t other = i ? day + of->mating->after : day - of->mating->after;
        bool own = ca_mating_block(of->mating, other) == ca_mating_block(of->mating, day);
        ask(of, row, i, mark_of_day(of, other), own ? sides | CA_ASK_OWN : sides);
    }
    ask(of, row, 2, CA_MARK_WILD, sides);
    return ca_mating_tell(of, row, mark_of_day(of, day), sides);
}

static int tell_key(const ca_mating_rows *of, unsigned row)
{
    uint8_t sides = sides_of(of, row);
    ask(of, row, 0, 0, sides | CA_ASK_OWN);
    return ca_mating_tell(of, row, 0, sides);
}

/* Rows of `tells` have a key; those of `dated` the days that the rule looks at, too. */
static int tell_members(const ca_mating_rows *of, const uint64_t *tells, const uint64_t *dated)
{
    int code = 0;
    EACH_ROW(tells, of->view->words, row) {
        if (code)
            return code;
        if (of->mating->by == CA_MATES_ANY)
            code = tell_key(of, row);
        else if (!ca_bit(dated, row))
            code = of->mating->by == CA_MATES_NEAR || of->rule->keys.of_claims ? tell_wild(of, row) : 0;
        else
            code = of->mating->by == CA_MATES_NEAR ? tell_day(of, row) : tell_interval(of, row);
    }
    return code;
}

static int choose_sides(ca_mating_rows *of, const uint64_t *rows)
{
    const ca_view *view = of->view;
    const ca_node *when = of->rule->when;
    const ca_node *const *parts;
    size_t count = of->mating->sided ? ca_mating_parts(&when, &parts) : 0;
    ca_scratch *scratch = &view->eval->scratch;
    ca_bits is = {ca_scratch_bits(scratch, view->words), ca_scratch_bits(scratch, view->words)};
    of->as_a = ca_scratch_bits(scratch, view->words);
    of->as_b = ca_scratch_bits(scratch, view->words);
    if (is.yes == NULL || is.no == NULL || of->as_a == NULL || of->as_b == NULL)
        return ca_error_nomem(view->err);
    memcpy(of->as_a, rows, view->words * sizeof *rows);
    memcpy(of->as_b, rows, view->words * sizeof *rows);
    int code = 0;
    for (size_t i = 0; code == 0 && i < 2 * count; i++) {
        ca_side side = i % 2 ? CA_SIDE_B : CA_SIDE_A;
        uint64_t *there = i % 2 ? of->as_b : of->as_a;
        if (!ca_mating_decides(of->rule, parts[i / 2], side))
            continue;
        code = ca_view_condition(view, parts[i / 2], rows, is);
        for (unsigned w = 0; code == 0 && w < view->words; w++)
            there[w] &= ~is.no[w];
    }
    return code;
}

/* --- Together ------------------------------------------------------------------------------------------ */

/* Rows that say nothing of their claim that the row before did not: neither its header nor a doubt. */
static void find_first(const uint64_t *travels, const uint64_t *certain, const uint64_t *repeats, unsigned words,
                       uint64_t *ret_first)
{
    uint64_t carried = 0;
    for (unsigned w = 0; w < words; w++) {
        uint64_t before = travels[w] << 1 | carried;
        ret_first[w] = travels[w] & ~(repeats != NULL ? repeats[w] & before & certain[w] : 0);
        carried = travels[w] >> 63;
    }
}

/* With a claim that `where` takes in part no other is simply FALSE, whatever its side; of which claim a line is, those that
 * have no key do not say. */
static int find_doubts(ca_mating_rows *of, const uint64_t *first, const uint64_t *certain, const uint64_t *tells)
{
    of->doubtful = ca_scratch_bits(&of->view->eval->scratch, of->view->words);
    if (of->doubtful == NULL)
        return ca_error_nomem(of->view->err);
    for (unsigned w = 0; w < of->view->words; w++) {
        of->doubtful[w] = first[w] & ~certain[w];
        of->ret->sideless |= (of->doubtful[w] & ~tells[w]) != 0;
    }
    return 0;
}

static void repeat_first(const ca_mating_rows *of, const uint64_t *travels, const uint64_t *first)
{
    ca_mates *ret = of->ret;
    EACH_ROW(travels, of->view->words, row) {
        if (ca_bit(first, row) || !ca_bit(ret->sure, row - 1))
            continue;
        ca_bit_set(ret->sure, row);
        ret->key[row] = ret->key[row - 1];
        for (unsigned i = 0; i < of->mating->asks; i++)
            ret->asks[i][row] = ret->asks[i][row - 1];
    }
}

/* A claim has a value when one of its lines has it: each is found by the one column, which no two of them can make up. */
static int mate_claims(ca_mating_rows *of, const uint64_t *travels, const uint64_t *certain, const uint64_t *repeats)
{
    const ca_view *view = of->view;
    const ca_rule *rule = of->rule;
    ca_scratch *scratch = &view->eval->scratch;
    uint64_t *first = ca_scratch_bits(scratch, view->words);
    uint64_t *tells = ca_scratch_bits(scratch, view->words);
    uint64_t *dated = ca_scratch_bits(scratch, view->words);
    uint64_t *hash = ca_scratch_take(scratch, view->words * (size_t)64, sizeof *hash);
    if (first == NULL || tells == NULL || dated == NULL || hash == NULL)
        return ca_error_nomem(view->err);
    find_first(travels, certain, repeats, view->words, first);
    ca_mating_hash(view->batch, &rule->keys.same, rule->keys.same.count, first, view->words, of->ret->sure, hash);
    ca_mating_hash(view->batch, &rule->keys.same, 1, first, view->words, tells, of->ret->key);
    int code = choose_sides(of, first);
    code = code ? code : ca_mating_days(of, first, dated);
    code = code ? code : find_doubts(of, first, certain, tells);
    for (unsigned w = 0; w < view->words; w++)
        of->ret->sure[w] &= dated[w];
    code = code ? code : tell_members(of, tells, dated);
    repeat_first(of, travels, first);
    return code;
}

static int mate_lines(ca_mating_rows *of, const uint64_t *travels, const uint64_t *certain)
{
    const ca_view *view = of->view;
    uint64_t *whole = ca_scratch_bits(&view->eval->scratch, view->words);
    uint64_t *dated = ca_scratch_bits(&view->eval->scratch, view->words);
    if (whole == NULL || dated == NULL)
        return ca_error_nomem(view->err);
    ca_mating_hash(view->batch, &of->rule->keys.same, of->rule->keys.same.count, travels, view->words, whole, of->ret->key);
    for (unsigned w = 0; w < view->words; w++)
        whole[w] &= certain[w];
    int code = choose_sides(of, whole);
    code = code ? code : ca_mating_days(of, whole, dated);
    memcpy(of->ret->sure, dated, view->words * sizeof *dated);
    return code ? code : tell_members(of, whole, dated);
}

/* Whoever has the marks looks at the columns that both keys have. */
static int find_sure(const ca_mating_rows *of, const uint64_t *travels, const uint64_t *certain)
{
    const ca_key_columns *same = &of->rule->keys.same;
    uint64_t *sure = of->ret->sure;
    for (unsigned w = 0; w < of->view->words; w++)
        sure[w] = travels[w] & certain[w];
    for (size_t i = 0; i < same->count; i++) {
        if (!ca_key_columns_has(&of->mating->wider->keys.same, same->items[i]))
            ca_mating_keep_whole(of->view->batch, same->items[i], of->view->words, sure);
    }
    return 0;
}

int ca_group_mates(ca_eval *eval, const ca_frame *frame, const ca_rule *rule, const ca_mating *mating, const uint64_t *travels,
                   const uint64_t *certain, const uint64_t *turned, const uint64_t *repeats, ca_mates *ret, ca_error *err)
{
    ca_view view;
    ca_frame rows = *frame;
    rows.date_column = rule->keys.of_claims ? CA_F_FROM_DATE : frame->date_column;
    ca_view_units(&view, eval, &rows, NULL, NULL, err);
    ca_mating_rows of = {.view = &view, .rule = rule, .mating = mating, .ret = ret};
    ca_scratch_mark mark = ca_scratch_here(&eval->scratch);
    ret->told_count = 0;
    ret->sideless = false;
    int code = mating->wider != NULL ? find_sure(&of, travels, certain)
               : rule->keys.event != NULL ? ca_mating_events(&of, travels, certain, turned)
               : rule->keys.of_claims ? mate_claims(&of, travels, certain, repeats)
                                      : mate_lines(&of, travels, certain);
    for (unsigned w = 0; code == 0 && rule->keys.of_claims && w < view.words; w++)
        ret->sure[w] &= certain[w];
    ca_scratch_rewind(&eval->scratch, mark);
    return code;
}
