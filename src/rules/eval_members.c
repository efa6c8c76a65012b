/* Leaves that look codes up: in, has, overlaps, within, starts with. What literals say of a code
 * is decided once a code and rule; sets have an index by code; only dates differ from row to
 * row. */
#include "rules/eval_parts.h"

#include <string.h>

#include "base/alloc.h"

/* --- Truth by code ---------------------------------------------------------------------------- */

static bool in_members(const ca_node *leaf, uint8_t system, ca_text code)
{
    for (size_t i = 0; i < leaf->member_count; i++) {
        const ca_member *member = &leaf->members[i];
        if (member->system != system)
            continue;
        if (!member->range) {
            if (ca_text_eq(code, member->low))
                return true;
        } else if (ca_text_cmp(member->low, code) <= 0 &&
                   (ca_text_cmp(code, member->high) <= 0 || ca_text_starts(code, member->high))) {
            return true;
        }
    }
    return false;
}

bool ca_leaf_accepts(const ca_codes *codes, const ca_node *leaf, uint32_t id)
{
    uint8_t system = ca_codes_system_of(codes, id);
    ca_text code = ca_codes_text(codes, id);
    if (leaf->kind != CA_NODE_STARTS)
        return in_members(leaf, system, code);
    const ca_node *prefix = leaf->args[1];
    return (prefix->system == CA_SYSTEM_NONE || prefix->system == system) &&
           ca_text_starts(code, prefix->text);
}

static size_t slot_of(const ca_eval *eval, const ca_node *leaf)
{
    size_t slot = (size_t)(((uintptr_t)leaf >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 32) &
                  (eval->truth_slots - 1);
    while (eval->truths[slot].leaf != NULL && eval->truths[slot].leaf != leaf)
        slot = (slot + 1) & (eval->truth_slots - 1);
    return slot;
}

static bool grow_slots(ca_eval *eval)
{
    ca_eval larger = {.truth_slots = eval->truth_slots ? 2 * eval->truth_slots : 64};
    larger.truths = ca_alloc_zero(larger.truth_slots, sizeof(*larger.truths));
    if (larger.truths == NULL)
        return false;
    for (size_t i = 0; i < eval->truth_slots; i++) {
        if (eval->truths[i].leaf != NULL)
            larger.truths[slot_of(&larger, eval->truths[i].leaf)] = eval->truths[i];
    }
    ca_free(eval->truths);
    eval->truths = larger.truths;
    eval->truth_slots = larger.truth_slots;
    return true;
}

const uint8_t *ca_code_truths(ca_eval *eval, const ca_codes *codes, const ca_node *leaf)
{
    if (2 * eval->truth_count >= eval->truth_slots && !grow_slots(eval))
        return NULL;
    ca_code_truth *truth = &eval->truths[slot_of(eval, leaf)];
    if (truth->leaf == NULL) {
        truth->leaf = leaf;
        eval->truth_count++;
    }
    size_t count = ca_codes_count(codes);
    if (count > truth->cap || truth->truth == NULL) {
        size_t cap = count < 512 ? 1024 : 2 * count;
        uint8_t *larger = ca_realloc(truth->truth, cap);
        if (larger == NULL)
            return NULL;
        truth->truth = larger;
        truth->cap = cap;
    }
    for (; truth->known < count; truth->known++)
        truth->truth[truth->known] = ca_leaf_accepts(codes, leaf, (uint32_t)truth->known);
    return truth->truth;
}

/* --- What one leaf asks of a code ------------------------------------------------------------- */

typedef struct code_test {
    const ca_view *view;
    const ca_node *leaf;
    const uint8_t *truth;          /* literals */
    const ca_codeset_index *index; /* sets */
    bool dated;
    bool fixed; /* one date for all rows */
    ca_date fixed_date;
    const ca_date *dates;         /* by row */
    const uint64_t *date_present; /* NULL = no row has one */
    const uint32_t *date_row;     /* which row of `dates`; NULL = the same */
    uint32_t wanted;              /* has: the code */
} code_test;

/* Where the date of a dated set comes from; false when only the row by row way can tell. */
static bool find_dates(code_test *test)
{
    const ca_view *view = test->view;
    const ca_node *on = test->leaf->on;
    const ca_column *column = &view->frame->units->columns[view->frame->date_column];
    if (on != NULL && on->kind == CA_NODE_DATE) {
        test->fixed = true;
        test->fixed_date = on->date;
        return true;
    }
    if (on != NULL) {
        if (!ca_view_owns(view, on) || on->type.type != CA_TYPE_DATE)
            return false;
        column = &view->batch->columns[on->column];
    } else if (view->units == NULL && view->frame->made) {
        return false;
    } else {
        test->date_row = view->unit_of;
    }
    test->dates = column->as.date;
    test->date_present = column->present;
    return true;
}

static bool date_of(const code_test *test, unsigned row, ca_date *ret_date)
{
    if (!test->dated || test->fixed) {
        *ret_date = test->fixed_date;
        return true;
    }
    unsigned at = test->date_row ? test->date_row[row] : row;
    if (test->date_present == NULL || !ca_bit(test->date_present, at))
        return false;
    *ret_date = test->dates[at];
    return true;
}

static bool accepts(const code_test *test, uint32_t code, ca_date on)
{
    if (test->truth != NULL)
        return test->truth[code];
    if (code < test->index->codes)
        return ca_codeset_has(test->index, code, on);
    ca_ref_row row; /* a code that came after the last ca_refs_sync */
    return ca_codeset_explain(test->leaf->set, test->view->frame->codes, code, on, &row);
}

/* --- Single codes ----------------------------------------------------------------------------- */

static void test_codes(const code_test *test, const uint64_t *mask, ca_bits out)
{
    const ca_column *column = &test->view->batch->columns[test->leaf->args[0]->column];
    for (unsigned w = 0; column->present != NULL && w < test->view->words; w++) {
        uint64_t yes = 0;
        uint64_t judged = mask[w] & column->present[w];
        for (uint64_t rest = judged; rest != 0;) {
            unsigned i = ca_bits_next(&rest);
            ca_date on;
            if (!date_of(test, w * 64 + i, &on))
                judged &= ~(UINT64_C(1) << i);
            else
                yes |= (uint64_t)accepts(test, column->as.code[w * 64 + i], on) << i;
        }
        yes = test->leaf->negated ? ~yes : yes;
        out.yes[w] = yes & judged;
        out.no[w] = ~yes & judged;
    }
}

/* Literals: the loop that most rules spend their time in. */
static void test_truth(const code_test *test, const uint64_t *mask, ca_bits out)
{
    const ca_column *column = &test->view->batch->columns[test->leaf->args[0]->column];
    for (unsigned w = 0; column->present != NULL && w < test->view->words; w++) {
        uint64_t judged = mask[w] & column->present[w];
        const uint32_t *codes = column->as.code + w * 64;
        uint64_t yes = 0;
        if (judged == UINT64_MAX) {
            for (unsigned i = 0; i < 64; i++)
                yes |= (uint64_t)test->truth[codes[i]] << i;
        } else {
            for (uint64_t rest = judged; rest != 0;) {
                unsigned i = ca_bits_next(&rest);
                yes |= (uint64_t)test->truth[codes[i]] << i;
            }
        }
        yes = test->leaf->negated ? ~yes : yes;
        out.yes[w] = yes & judged;
        out.no[w] = ~yes & judged;
    }
}

/* --- Lists ------------------------------------------------------------------------------------ */

static ca_truth test_list(const code_test *test, const uint32_t *ids, size_t count, unsigned row)
{
    bool within = test->leaf->kind == CA_NODE_WITHIN;
    if (count == 0)
        return within ? CA_TRUE : CA_FALSE;
    if (test->leaf->kind == CA_NODE_HAS) {
        for (size_t i = 0; i < count; i++) {
            if (ids[i] == test->wanted)
                return CA_TRUE;
        }
        return CA_FALSE;
    }
    ca_date on;
    if ((test->truth == NULL && test->index == NULL) || !date_of(test, row, &on))
        return CA_UNKNOWN_TRUTH;
    for (size_t i = 0; i < count; i++) {
        if (accepts(test, ids[i], on) != within)
            return within ? CA_FALSE : CA_TRUE;
    }
    return within ? CA_TRUE : CA_FALSE;
}

static void test_lists(const code_test *test, const uint64_t *mask, ca_bits out)
{
    const ca_batch *batch = test->view->batch;
    const ca_column *column = &batch->columns[test->leaf->args[0]->column];
    for (unsigned w = 0; column->present != NULL && w < test->view->words; w++) {
        for (uint64_t rest = mask[w] & column->present[w]; rest != 0;) {
            unsigned i = ca_bits_next(&rest);
            ca_slice list = column->as.slice[w * 64 + i];
            ca_truth truth = test_list(test, batch->list_codes + list.from, list.len, w * 64 + i);
            out.yes[w] |= (uint64_t)(truth == CA_TRUE) << i;
            out.no[w] |= (uint64_t)(truth == CA_FALSE) << i;
        }
    }
}

/* --- The leaves ------------------------------------------------------------------------------- */

static void test_choices(const ca_view *view, const ca_node *leaf, const uint64_t *mask,
                         ca_bits out)
{
    const ca_column *column = &view->batch->columns[leaf->args[0]->column];
    uint8_t truth[256] = {0};
    for (size_t i = 0; i < leaf->member_count; i++)
        truth[leaf->members[i].choice] = 1;
    for (unsigned w = 0; column->present != NULL && w < view->words; w++) {
        uint64_t judged = mask[w] & column->present[w];
        uint64_t yes = 0;
        for (uint64_t rest = judged; rest != 0;) {
            unsigned i = ca_bits_next(&rest);
            yes |= (uint64_t)truth[column->as.choice[w * 64 + i]] << i;
        }
        yes = leaf->negated ? ~yes : yes;
        out.yes[w] = yes & judged;
        out.no[w] = ~yes & judged;
    }
}

/* Prepares literals or set; 1 ready, 0 not for this one, CA_NOMEM. An unbound set leaves both
 * NULL. */
static int prepare(code_test *test)
{
    const ca_node *leaf = test->leaf;
    if (leaf->kind == CA_NODE_HAS) {
        const ca_node *code = leaf->args[1];
        if (code->kind != CA_NODE_STRING)
            return 0;
        test->wanted = ca_codes_find(test->view->frame->codes, code->system, code->text);
        return 1;
    }
    if (leaf->set == NULL) {
        test->truth = ca_code_truths(test->view->eval, test->view->frame->codes, leaf);
        return test->truth != NULL ? 1 : CA_NOMEM;
    }
    if (!ca_codeset_bound(leaf->set))
        return 1;
    test->index = ca_codeset_indexed(leaf->set);
    test->dated = ca_codeset_dated(leaf->set);
    return !test->dated || find_dates(test) ? 1 : 0;
}

int ca_leaf_members(const ca_view *view, const ca_node *leaf, const uint64_t *mask, ca_bits out)
{
    const ca_node *operand = leaf->args[0];
    if (!ca_view_owns(view, operand))
        return 0;
    if (operand->type.type == CA_TYPE_ENUM && leaf->kind == CA_NODE_IN) {
        test_choices(view, leaf, mask, out);
        return 1;
    }
    if (operand->type.type != CA_TYPE_CODE && operand->type.type != CA_TYPE_CODES)
        return 0;
    code_test test = {.view = view, .leaf = leaf};
    int ready = prepare(&test);
    if (ready <= 0)
        return ready;
    if (operand->type.type == CA_TYPE_CODES)
        test_lists(&test, mask, out);
    else if (test.truth != NULL)
        test_truth(&test, mask, out);
    else if (test.index != NULL)
        test_codes(&test, mask, out);
    return 1;
}
