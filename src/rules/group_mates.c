/* Lines that matter to a rule only together with others: what is certain of each, the hash of its key, a column at a time, and
 * the marks by which they recognise each other. */
#include "rules/group_mates.h"

#include <string.h>

#include "base/alloc.h"
#include "rules/group_parts.h"
#include "rules/mating.h"

#define BLOCKS_TOLD 64u    /* of one interval; a longer one is told as WILD */
#define LONG_SHIFT  6u     /* long blocks have so many days, or halves of days, as a power of two */

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

/* Blocks of 2^shift days that the interval lies in. */
static unsigned count_blocks(const int32_t span[2], unsigned shift)
{
    return (unsigned)((span[1] >> shift) - (span[0] >> shift)) + 1;
}

/* Neighbours differ in the last bits alone (ca_mates_stretch). */
static uint16_t mark_of(const int32_t span[2], unsigned shift, unsigned number)
{
    int32_t block = (span[0] >> shift) + (int32_t)number;
    uint64_t stretch = ca_mating_mix(shift, (uint32_t)(block >> CA_STRETCH_BITS)) >> 20;
    return (uint16_t)(stretch % (CA_MARK_MOST >> CA_STRETCH_BITS) << CA_STRETCH_BITS |
                      ((unsigned)block & ((1u << CA_STRETCH_BITS) - 1)));
}

static int tell_blocks(const ca_mating_rows *of, unsigned row, const int32_t span[2], unsigned shift)
{
    int code = 0;
    for (unsigned i = 0; code == 0 && i < count_blocks(span, shift); i++)
        code = ca_mating_tell(of, row, mark_of(span, shift, i), sides_of(of, row));
    return code;
}

/* Where an end and a start on one day are no overlap, only what lies between is asked for: an interval of one day is that day. */
static void find_span(const ca_mating_rows *of, unsigned row, int32_t ret[2])
{
    ca_date from = of->dates[0][row];
    ca_date to = of->dates[1][row];
    bool halves = of->mating->halves;
    ret[0] = halves ? 2 * from + (from < to) : from;
    ret[1] = halves ? 2 * to - (from < to) : to;
}

/* Intervals tell each of their days, and long blocks. Days are asked for where they are not too many, else blocks; an interval that
 * is too long for that is not sure to be alone, and one that does not tell its days is found by all. */
static int tell_interval(const ca_mating_rows *of, unsigned row)
{
    ca_mates *ret = of->ret;
    int32_t span[2];
    find_span(of, row, span);
    ret->span[0][row] = span[0];
    ret->span[1][row] = span[1];
    ret->asks[0][row] = sides_of(of, row);
    int code = count_blocks(span, 0) > BLOCKS_TOLD ? tell_wild(of, row) : tell_blocks(of, row, span, 0);
    if (count_blocks(span, LONG_SHIFT) > BLOCKS_TOLD)
        ca_mating_clear(ret->sure, row);
    else if (code == 0)
        code = tell_blocks(of, row, span, LONG_SHIFT);
    return code;
}

bool ca_mates_ask_span(const int32_t span[2], unsigned sides, unsigned number, uint16_t *ret_ask)
{
    unsigned shift = count_blocks(span, 0) > BLOCKS_TOLD ? LONG_SHIFT : 0;
    unsigned count = count_blocks(span, shift);
    uint16_t mark = number < count ? mark_of(span, shift, number) : CA_MARK_WILD;
    *ret_ask = (uint16_t)((unsigned)mark << CA_ASK_SHIFT | sides | (number < count ? CA_ASK_OWN : 0));
    return number <= count;
}

/* What is asked for later needs no place here, nor does what sure lines tell themselves. */
static int tell_own(const ca_mating_rows *of, unsigned row)
{
    const ca_batch *batch = of->view->batch;
    uint16_t asks[CA_MATE_ASKS_MAX];
    bool later = of->mating->later && !of->rule->keys.of_claims && ca_bit(of->ret->sure, row);
    if (of->mating->later)
        return later ? 0 : ca_mating_tell(of, row, ca_mates_mark(batch, of->mating, row), 0);
    ca_mates_ask(batch, of->mating, row, asks);
    for (unsigned i = 0; i < of->mating->asks; i++)
        ask(of, row, i, asks[i] >> CA_ASK_SHIFT, (asks[i] & CA_ASK_OWN) | sides_of(of, row));
    return ca_mating_tell(of, row, ca_mates_mark(batch, of->mating, row), sides_of(of, row));
}

/* Rows of `tells` have a key; those of `dated` the days that the rule looks at, too. */
static int tell_members(const ca_mating_rows *of, const uint64_t *tells, const uint64_t *dated)
{
    int code = 0;
    uint64_t undated = 0;
    bool quiet = of->mating->later && !of->rule->keys.of_claims;    /* then only lines without days are not sure */
    for (unsigned w = 0; quiet && w < of->view->words; w++)
        undated |= tells[w] & ~dated[w];
    if (quiet && undated == 0)
        return 0;
    EACH_ROW(tells, of->view->words, row) {
        if (code)
            return code;
        if (of->mating->by == CA_MATES_ANY)
            code = tell_own(of, row);
        else if (!ca_bit(dated, row))
            code = of->mating->by == CA_MATES_NEAR || of->rule->keys.of_claims ? tell_wild(of, row) : 0;
        else
            code = of->mating->by == CA_MATES_NEAR ? tell_own(of, row) : tell_interval(of, row);
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

/* --- Own marks ------------------------------------------------------------------------------------------- */

static uint16_t mark_of_day(const ca_mating *mating, int64_t day)
{
    return mating->by == CA_MATES_NEAR ? ca_mating_mark(0, ca_mating_block(mating, day)) : 0;
}

static int64_t day_of(const ca_batch *batch, const ca_mating *mating, unsigned row)
{
    return mating->by == CA_MATES_NEAR ? batch->columns[CA_F_SERVICE_DATE].as.date[row] : 0;
}

uint16_t ca_mates_mark(const ca_batch *batch, const ca_mating *mating, unsigned row)
{
    return mark_of_day(mating, day_of(batch, mating, row));
}

/* The blocks of the first and the last of the days near it, or the day; then what is told by those without a day. */
static void ask_near(const ca_mating *mating, int64_t day, uint16_t *ret_asks)
{
    unsigned count = mating->asks - 1;
    for (unsigned i = 0; i < count; i++) {
        int64_t other = day - mating->after + 2 * mating->after * i;
        bool own = ca_mating_block(mating, other) == ca_mating_block(mating, day);
        ret_asks[i] = (uint16_t)(mark_of_day(mating, other) << CA_ASK_SHIFT | (own ? CA_ASK_OWN : 0));
    }
    ret_asks[count] = CA_MARK_WILD << CA_ASK_SHIFT;
}

void ca_mates_ask(const ca_batch *batch, const ca_mating *mating, unsigned row, uint16_t ret_asks[CA_MATE_ASKS_MAX])
{
    if (mating->by == CA_MATES_EVENT)
        ca_mating_ask_for_event(batch, mating, row, ret_asks);
    else if (mating->by == CA_MATES_NEAR)
        ask_near(mating, day_of(batch, mating, row), ret_asks);
    else
        ret_asks[0] = CA_ASK_OWN;
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
    uint64_t *sure = of->ret->sure;
    EACH_ROW(travels, of->view->words, row) {
        if (!ca_bit(first, row) && ca_bit(sure, row - 1))
            ca_bit_set(sure, row);
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
static int find_sure(ca_mating_rows *of, const uint64_t *travels, const uint64_t *certain)
{
    const ca_key_columns *same = &of->rule->keys.same;
    unsigned words = of->view->words;
    uint64_t *whole = ca_scratch_bits(&of->view->eval->scratch, words);
    if (whole == NULL)
        return ca_error_nomem(of->view->err);
    for (unsigned w = 0; w < words; w++)
        whole[w] = travels[w] & certain[w];
    for (size_t i = 0; i < same->count; i++) {
        if (!ca_key_columns_has(&of->mating->wider->keys.same, same->items[i]))
            ca_mating_keep_whole(of->view->batch, same->items[i], words, whole);
    }
    return ca_mating_days(of, whole, of->ret->sure);
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
