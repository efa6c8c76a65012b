/* Lines whose claims are settled, to rules of several lines: each is sent where those rules look that it is for, but for the
 * ones to which it is nothing because no other line shares its key. */
#include "run/several.h"

#include <string.h>

#include "run/columns.h"

static bool counts(const ca_settled_line *line)
{
    return ca_line_counts(line) && !line->dropped;
}

/* --- Nobody shares its key ------------------------------------------------------------------------------------ */

static void count_pass(ca_scan_state *scan, uint32_t rule)
{
    if (scan->several->uses[rule].mating.by != CA_MATES_EVENT) {    /* there it is no unit */
        scan->tallies[rule].offered++;
    }
}

/* Takes away the rules to which a line is nothing by itself. */
static void drop_lonely(ca_scan_state *scan, ca_line_uses *uses)
{
    const ca_several *several = scan->several;
    const uint8_t *marks = uses->marks;
    for (uint64_t rest = uses->sure; rest; rest &= rest - 1) {
        unsigned bit = (unsigned)__builtin_ctzll(rest);
        uint32_t rule = several->rule_of[bit];
        if (!(several->of_claims >> bit & 1) && !ca_several_is_told(several, &several->uses[rule], marks)) {
            uses->rules &= ~(UINT64_C(1) << bit);
            count_pass(scan, rule);
        }
        marks += several->marks_size[bit];
    }
}

static bool same_header(const ca_settled_line *a, const ca_settled_line *b)
{
    return a->unit == b->unit || (a->unit_length == b->unit_length && memcmp(a->unit, b->unit, a->unit_length) == 0);
}

/* Rules about claims to which the whole claim is nothing: all its lines are sure, and say the same of it. */
static uint64_t lonely_claim(ca_scan_state *scan, const ca_settled_line *lines, size_t count)
{
    const ca_several *several = scan->several;
    const ca_settled_line *first = NULL;
    const uint8_t *of_bit[CA_USES_MAX];
    uint64_t users = 0;
    uint64_t known = 0;
    uint64_t unsure = 0;
    for (size_t k = 0; k < count; k++) {
        ca_line_uses uses;
        if (!counts(&lines[k])) {
            continue;
        }
        first = first ? first : &lines[k];
        ca_several_take(several, lines[k].several, &uses);
        users |= uses.rules & several->of_claims;
        unsure |= same_header(first, &lines[k]) ? uses.rules & ~uses.sure : UINT64_MAX;
        for (uint64_t rest = uses.sure; rest; rest &= rest - 1) {
            unsigned bit = (unsigned)__builtin_ctzll(rest);
            bool differs = known >> bit & 1 && memcmp(of_bit[bit], uses.marks, several->marks_size[bit]) != 0;
            unsure |= differs ? UINT64_C(1) << bit : 0;
            of_bit[bit] = uses.marks;
            known |= UINT64_C(1) << bit;
            uses.marks += several->marks_size[bit];
        }
    }
    uint64_t lonely = 0;
    for (uint64_t rest = users & ~unsure; rest; rest &= rest - 1) {
        unsigned bit = (unsigned)__builtin_ctzll(rest);
        if (!ca_several_is_told(several, &several->uses[several->rule_of[bit]], of_bit[bit])) {
            lonely |= UINT64_C(1) << bit;
            count_pass(scan, several->rule_of[bit]);
        }
    }
    return lonely;
}

/* --- Sending ---------------------------------------------------------------------------------------------------- */

/* Rows that can join no other are spread by their claims, so that no bucket has all of them. */
static void hash_rows(const ca_scan_state *scan, const ca_route *route, const ca_batch *batch)
{
    ca_several *several = scan->several;
    unsigned words = (batch->rows + 63) / 64;
    ca_keyed_hash(route->exchange, batch, several->chosen, several->hash, several->whole);
    for (unsigned w = 0; w < words; w++) {
        for (uint64_t rest = several->chosen[w]; rest; rest &= rest - 1) {
            unsigned row = w * 64 + (unsigned)__builtin_ctzll(rest);
            bool nobody = false;
            for (unsigned i = 0; i < route->key_count && ca_bit(several->whole, row) && !nobody; i++) {
                nobody = batch->schema->columns[route->key[i]].type == CA_TYPE_ID &&
                         ca_is_placeholder(ca_batch_text(batch, route->key[i], row));
            }
            if (nobody || !ca_bit(several->whole, row)) {
                several->hash[row] = ca_claim_hash(batch->columns[CA_F_CLAIM_TYPE].as.choice[row],
                                                   ca_batch_text(batch, CA_F_CLAIM_ID, row));
            }
        }
    }
}

static int send(ca_scan_state *scan, ca_error *err)
{
    ca_several *several = scan->several;
    ca_batch *batch = several->batch;
    int rc = 0;
    for (unsigned i = 0; rc == 0 && i < several->route_count; i++) {
        ca_route *route = &several->routes[i];
        bool any = false;
        memset(several->chosen, 0, batch->words * sizeof *several->chosen);
        for (unsigned row = 0; row < batch->rows; row++) {
            if (several->line_rules[row] & route->uses) {
                ca_bit_set(several->chosen, row);
                any = true;
            }
        }
        if (any) {
            hash_rows(scan, route, batch);
            rc = ca_keyed_put(route->writer, batch, several->chosen, several->hash, several->line_rules, err);
        }
    }
    ca_batch_clear(batch);
    several->last_header = NULL;
    return rc;
}

static void set_number(ca_batch *batch, unsigned column, unsigned row, int64_t value)
{
    batch->columns[column].as.number[row] = value;
    ca_bit_set(batch->columns[column].present, row);
}

static void repeat_header(const ca_scan_state *scan, ca_batch *batch, unsigned row)
{
    const ca_projection *projections[] = {&scan->unit_columns, &scan->several->of_claim};
    ca_batch_repeat(batch, row - 1, CA_F_CLAIM_ID, row);
    for (size_t p = 0; p < 2; p++) {
        for (unsigned i = 0; i < projections[p]->count; i++) {
            ca_batch_repeat(batch, row - 1, projections[p]->columns[i].column, row);
        }
    }
}

/* The header of neighbours of one claim mostly lies in one place. */
static int set_header(ca_scan_state *scan, const ca_settled_line *line, unsigned row, ca_error *err)
{
    ca_several *several = scan->several;
    ca_batch *batch = several->batch;
    if (row && line->unit == several->last_header) {
        repeat_header(scan, batch, row);
        return 0;
    }
    several->last_header = line->unit;
    ca_bit_set(batch->columns[CA_F_CLAIM_ID].present, row);
    if (ca_batch_add_bytes(batch, line->claim_id, &batch->columns[CA_F_CLAIM_ID].as.slice[row])) {
        return ca_error_nomem(err);
    }
    return ca_take_two(scan, &scan->unit_columns, &several->of_claim, line->unit, line->unit_length, batch, row, err);
}

static int add_line(ca_scan_state *scan, const ca_settled_line *line, const ca_line_uses *uses, ca_error *err)
{
    ca_several *several = scan->several;
    ca_batch *batch = several->batch;
    const ca_line_head *head = line->head;
    int rc = batch->rows == batch->capacity ? send(scan, err) : 0;
    if (rc) {
        return rc;
    }
    unsigned row = batch->rows++;
    batch->columns[CA_F_CLAIM_TYPE].as.choice[row] = head->claim_type;
    ca_bit_set(batch->columns[CA_F_CLAIM_TYPE].present, row);
    if (uses->has_line_no) {
        set_number(batch, CA_F_LINE_NO, row, head->line_no);
    }
    if (uses->has_part) {
        set_number(batch, CA_F_CLAIM_PART, row, head->claim_part);
    }
    batch->origin[row] = head->origin;
    batch->digest[row] = head->digest;
    ca_bit_set(batch->live, row);
    several->line_rules[row] = uses->rules;
    rc = set_header(scan, line, row, err);
    return rc ? rc : ca_take_two(scan, &scan->line_columns, &several->of_line, line->columns, line->columns_length, batch, row, err);
}

/* --- Claims ------------------------------------------------------------------------------------------------------ */

static int settle_part(ca_scan_state *scan, const ca_settled_line *lines, size_t count, ca_error *err)
{
    uint64_t lonely = scan->several->of_claims ? lonely_claim(scan, lines, count) : 0;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        ca_line_uses uses;
        if (!counts(&lines[i])) {
            continue;
        }
        ca_several_take(scan->several, lines[i].several, &uses);
        uses.rules &= ~lonely;
        drop_lonely(scan, &uses);
        rc = uses.rules ? add_line(scan, &lines[i], &uses, err) : 0;
    }
    return rc;
}

int ca_several_settle(ca_scan_state *scan, const ca_settled_line *lines, size_t count, ca_error *err)
{
    int rc = 0;
    if (!scan->several) {
        return 0;
    }
    scan->several->last_header = NULL;    /* records of another hash may lie where the last ones lay */
    for (size_t from = 0, to; rc == 0 && from < count; from = to) {
        for (to = from; to < count && ca_claim_order(&lines[from], &lines[to]) == 0 &&
                        lines[from].head->claim_part == lines[to].head->claim_part;
             to++) {
        }
        rc = settle_part(scan, lines + from, to - from, err);
    }
    return rc;
}

int ca_several_flush(ca_scan_state *scan, ca_error *err)
{
    return scan->several && scan->several->batch->rows ? send(scan, err) : 0;
}

int ca_several_finish(ca_scan_state *scan, ca_error *err)
{
    ca_several *several = scan->several;
    int rc = ca_several_flush(scan, err);
    for (unsigned i = 0; rc == 0 && several && i < several->route_count; i++) {
        rc = ca_keyed_finish(several->routes[i].writer, err);
    }
    return rc;
}
