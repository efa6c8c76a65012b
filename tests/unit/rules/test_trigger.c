/* The trigger index: which leaves a condition waits for, which rows it lets through, and what is judged only once. */
#include <string.h>

#include "base/alloc.h"
#include "rules/trigger_parts.h"
#include "support/check_main.h"
#include "support/rule_front.h"

static rule_front *front;
static ca_batch *batch;

static void set_up(void)
{
    front = rule_front_new();
    batch = ca_batch_new(rule_front_set(front)->schema, 200);
    ck_assert_ptr_nonnull(batch);
}

static void tear_down(void)
{
    ca_batch_free(batch);
    rule_front_free(front);
}

static const ca_rule *rule_of(const char *when, const char *keys)
{
    const char *said = rule_front_with(front, "line", when, keys);
    ck_assert_msg(rule_front_rule(front) != NULL, "%s: %s", when, said);
    return rule_front_rule(front);
}

/* --- Which leaves ----------------------------------------------------------------------------- */

static void check_gate(const char *when, const char *expected)
{
    ca_gate_leaves chosen = {.count = 0};
    ca_buf words;
    ca_buf_init(&words);
    const ca_rule *rule = rule_of(when, "");
    bool closes = ca_gate_choose(rule->when, &chosen);
    for (size_t i = 0; closes && i < chosen.count; i++) {
        const ca_node *leaf = chosen.leaves[i];
        ca_buf_add_cstr(&words, i > 0 ? " | " : "");
        ca_buf_add(&words, rule->file->source.ptr + leaf->start, leaf->end - leaf->start);
    }
    ck_assert_str_eq(ca_buf_cstr(&words), expected);
    ca_buf_done(&words);
}

START_TEST(a_condition_waits_for_few_codes)
{
    check_gate("procedure = 'V0103'", "procedure = 'V0103'");
    check_gate("paid > 0 and procedure in ('V0103', 'V0104')", "procedure in ('V0103', 'V0104')");
    check_gate("procedure in ('V0103', 'V0104') and modifiers has 'KX'", "modifiers has 'KX'");
    check_gate("procedure in codes('V01'..'V02') and procedure in ('V0103', 'V0104')", "procedure in ('V0103', 'V0104')");
    check_gate("procedure starts with 'V01' and procedure in ('V0103', 'V0104')", "procedure in ('V0103', 'V0104')");
    check_gate("procedure starts with 'V01'", "procedure starts with 'V01'");
    check_gate("diagnoses overlaps set female_dx", "diagnoses overlaps set female_dx");
    check_gate("principal_diagnosis in set female_dx on paid_date", "principal_diagnosis in set female_dx on paid_date");
    check_gate("principal_diagnosis in set female_dx on 2020-01-01", "principal_diagnosis in set female_dx on 2020-01-01");
}
END_TEST

START_TEST(every_branch_of_an_or_needs_one)
{
    check_gate("procedure = 'V0103' or modifiers has 'KX'", "procedure = 'V0103' | modifiers has 'KX'");
    check_gate("procedure = 'V0103' or paid > 0", "");
    check_gate("(procedure = 'V0103' or paid > 0) and modifiers has 'KX'", "modifiers has 'KX'");
    check_gate("(procedure = 'V0103' and paid > 0) or (modifiers has 'KX' and units > 1)",
               "procedure = 'V0103' | modifiers has 'KX'");
}
END_TEST

START_TEST(what_is_true_of_most_codes_is_no_trigger)
{
    check_gate("procedure != 'V0103'", "");
    check_gate("procedure not in ('V0103', 'V0104')", "");
    check_gate("not (procedure = 'V0103')", "");
    check_gate("procedure is missing", "");
    check_gate("modifiers within ('KX', '59')", "");
    check_gate("principal_diagnosis = admitting_diagnosis", "");
    check_gate("diagnoses has principal_diagnosis", "");
    check_gate("principal_diagnosis in set valid_dx", "");
    check_gate("principal_diagnosis in set female_dx on add_days(service_date, 1)", "");
    check_gate("sex = 'M' and paid > 0", "");
}
END_TEST

/* --- Which rows ------------------------------------------------------------------------------- */

static uint32_t code(const char *system, const char *text)
{
    uint8_t of;
    uint32_t id;
    ca_codes *codes = rule_front_set(front)->codes;
    ck_assert(ca_codes_find_system(codes, ca_text_of(system), &of));
    ck_assert_int_eq(ca_codes_put(codes, of, ca_text_of(text), &id), 0);
    return id;
}

static void put_procedure(unsigned row, const char *text)
{
    ck_assert_int_eq(ca_batch_use(batch, CA_F_PROCEDURE), 0);
    batch->columns[CA_F_PROCEDURE].as.code[row] = code("hcpcs", text);
    ca_bit_set(batch->columns[CA_F_PROCEDURE].present, row);
}

static void put_number(unsigned column, unsigned row, int64_t number)
{
    ck_assert_int_eq(ca_batch_use(batch, column), 0);
    batch->columns[column].as.number[row] = number;
    ca_bit_set(batch->columns[column].present, row);
}

static ca_frame frame_of(unsigned rows)
{
    batch->rows = rows;
    ck_assert_int_eq(ca_refs_sync(rule_front_set(front)->refs, NULL), 0);
    return (ca_frame){.units = batch, .date_column = CA_F_SERVICE_DATE, .codes = rule_front_set(front)->codes};
}

/* The rows that the gate of the only condition lets through: below 64. */
static uint64_t let_through(ca_trigger *trigger, unsigned rows)
{
    ca_frame frame = frame_of(rows);
    ck_assert_int_eq(ca_trigger_look(trigger, &frame, NULL), 0);
    ck_assert_ptr_eq(frame.trigger, trigger);
    ck_assert_int_eq(trigger->gates[0].any, ca_trigger_gate_rows(trigger, 0)[0] != 0);
    return ca_trigger_gate_rows(trigger, 0)[0];
}

static ca_trigger *trigger_of(const ca_rule *rule)
{
    ca_trigger *trigger = ca_trigger_new();
    ck_assert_ptr_nonnull(trigger);
    ck_assert_int_eq(ca_trigger_add_rule(trigger, rule, NULL), 0);
    return trigger;
}

START_TEST(rows_with_the_code_or_without_any)
{
    ca_trigger *trigger = trigger_of(rule_of("procedure = 'V0103' and units > 2", ""));
    put_procedure(0, "V0103");
    put_procedure(1, "V0104");
    put_procedure(3, "V01");
    put_procedure(4, "V0103");
    ck_assert_uint_eq(let_through(trigger, 5), 1 | 4 | 16);
    ca_batch_clear(batch);
    put_procedure(0, "V0104");
    put_procedure(1, "V0199");    /* that nobody has seen before */
    ck_assert_uint_eq(let_through(trigger, 2), 0);
    ca_batch_clear(batch);
    put_procedure(0, "V0199");
    put_procedure(1, "V0103");
    ck_assert_uint_eq(let_through(trigger, 2), 2);
    ca_trigger_free(trigger);
}
END_TEST

START_TEST(a_column_that_is_not_there_lets_all_through)
{
    ca_trigger *trigger = trigger_of(rule_of("procedure = 'V0103'", ""));
    ck_assert_uint_eq(let_through(trigger, 3), 7);
    ca_trigger_free(trigger);
}
END_TEST

static void put_diagnosis(unsigned row, const char *text)
{
    ck_assert_int_eq(ca_batch_use(batch, CA_F_PRINCIPAL_DIAGNOSIS), 0);
    batch->columns[CA_F_PRINCIPAL_DIAGNOSIS].as.code[row] = code("icd10cm", text);
    ca_bit_set(batch->columns[CA_F_PRINCIPAL_DIAGNOSIS].present, row);
}

/* A missing date makes membership UNKNOWN whatever the code. */
START_TEST(rows_without_a_date_are_let_through_to_a_dated_set)
{
    ca_trigger *trigger = trigger_of(rule_of("principal_diagnosis in set female_dx", ""));
    put_diagnosis(0, "E11");
    put_diagnosis(1, "E11");
    put_diagnosis(2, "O80");
    ck_assert_int_eq(ca_batch_use(batch, CA_F_SERVICE_DATE), 0);
    ca_bit_set(batch->columns[CA_F_SERVICE_DATE].present, 0);
    ca_bit_set(batch->columns[CA_F_SERVICE_DATE].present, 2);
    ck_assert_uint_eq(let_through(trigger, 3), 2 | 4);
    ca_trigger_free(trigger);
}
END_TEST

START_TEST(lists_let_through_by_any_element)
{
    ca_trigger *trigger = trigger_of(rule_of("modifiers overlaps ('KX', '59')", ""));
    uint32_t ids[] = {code("modifier", "76"), code("modifier", "59")};
    ck_assert_int_eq(ca_batch_use(batch, CA_F_MODIFIERS), 0);
    ca_column *column = &batch->columns[CA_F_MODIFIERS];
    for (unsigned row = 0; row < 3; row++) {
        ck_assert_int_eq(ca_batch_add_codes(batch, ids, row, &column->as.slice[row]), 0);
        ca_bit_set(column->present, row);
    }
    ck_assert_uint_eq(let_through(trigger, 4), 4 | 8);    /* the last row has no list, not even an empty one */
    ca_trigger_free(trigger);
}
END_TEST

START_TEST(what_a_condition_says)
{
    const ca_rule *rule = rule_of("procedure = 'V0103' and units > 2", "");
    ca_trigger *trigger = trigger_of(rule);
    ca_eval *eval = ca_eval_new();
    uint64_t mask[4] = {0xfe, UINT64_MAX, 0, 0};    /* not the first row; rows that do not exist */
    uint64_t yes[4] = {9, 9, 9, 9};
    uint64_t unknown[4] = {9, 9, 9, 9};
    bool any;
    for (unsigned row = 0; row < 6; row++) {
        put_procedure(row, row < 4 ? "V0103" : "V0104");
        if (row != 2)
            put_number(CA_F_UNITS, row, (int64_t)row * CA_DECIMAL_ONE);
    }
    ca_frame frame = frame_of(6);
    ck_assert_int_eq(ca_trigger_look(trigger, &frame, NULL), 0);
    ck_assert_int_eq(ca_trigger_condition(eval, &frame, rule->when, mask, yes, unknown, &any, NULL), 0);
    ck_assert(any);
    ck_assert_uint_eq(yes[0], 8);
    ck_assert_uint_eq(unknown[0], 4);
    ck_assert_uint_eq(yes[1] | yes[2] | yes[3] | unknown[1] | unknown[2] | unknown[3], 0);
    ck_assert_int_eq(ca_trigger_condition(eval, &frame, NULL, mask, yes, unknown, &any, NULL), 0);
    ck_assert_uint_eq(yes[0], 0x3e);    /* without a condition every row */
    ck_assert(any && yes[1] == 0 && unknown[0] == 0);
    mask[0] = 0x30;
    ck_assert_int_eq(ca_trigger_condition(eval, &frame, rule->when, mask, yes, unknown, &any, NULL), 0);
    ck_assert(!any && yes[0] == 0 && unknown[0] == 0);
    ca_eval_free(eval);
    ca_trigger_free(trigger);
}
END_TEST

/* --- Once for several ------------------------------------------------------------------------- */

START_TEST(equal_leaves_are_judged_once)
{
    const ca_rule *rule = rule_of("claim_type = 'professional' and paid > 2", "where: claim_type = 'professional'\n");
    ca_trigger *trigger = trigger_of(rule);
    ca_eval *eval = ca_eval_new();
    uint64_t few[4] = {1, 0, 0, 0};
    uint64_t all[4] = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
    uint64_t yes[4], unknown[4];
    bool any;
    ck_assert_uint_eq(trigger->shared_count, 2);
    ck_assert_uint_eq(trigger->shared[0].uses, 2);
    ck_assert_uint_eq(trigger->shared[1].uses, 1);
    ck_assert_int_eq(ca_batch_use(batch, CA_F_CLAIM_TYPE), 0);
    memset(batch->columns[CA_F_CLAIM_TYPE].present, 0xff, 16);
    ca_frame frame = frame_of(128);
    ck_assert_int_eq(ca_trigger_look(trigger, &frame, NULL), 0);
    ck_assert_int_eq(ca_trigger_condition(eval, &frame, rule->where, few, yes, unknown, &any, NULL), 0);
    ck_assert(!trigger->shared[0].known);    /* one row is not worth the whole batch */
    ck_assert_int_eq(ca_trigger_condition(eval, &frame, rule->where, all, yes, unknown, &any, NULL), 0);
    ck_assert(trigger->shared[0].known && !trigger->shared[1].known);
    frame = frame_of(128);
    ck_assert_int_eq(ca_trigger_look(trigger, &frame, NULL), 0);
    ck_assert(!trigger->shared[0].known);
    ca_eval_free(eval);
    ca_trigger_free(trigger);
}
END_TEST

START_TEST(lines_that_several_claim_rules_choose)
{
    static const char *const wheres[] = {"where: claim_type = 'professional' or not (paid > 2)\n", "",
                                         "where: claim_type = 'professional' or not (paid > 2)\n",
                                         "where: claim_type = 'professional' or not (paid > 3)\n"};
    uint32_t first[] = {0, 1};
    uint64_t lines[] = {5}, unknown[] = {6}, taking[] = {7}, doubtful[] = {8};
    ca_trigger *trigger = ca_trigger_new();
    ca_eval *eval = ca_eval_new();
    const ca_rule *rules[4];
    rule_front *fronts[4];
    ca_view view;
    for (size_t i = 0; i < 4; i++) {
        fronts[i] = rule_front_new();
        const char *said = rule_front_with(fronts[i], "claim", "count() > 1", wheres[i]);
        ck_assert_msg(rule_front_rule(fronts[i]) != NULL, "%s", said);
        rules[i] = rule_front_rule(fronts[i]);
        ck_assert_int_eq(ca_trigger_add_rule(trigger, rules[i], NULL), 0);
        ck_assert_int_eq(ca_trigger_add_rule(trigger, rules[i], NULL), 0);    /* changes nothing */
    }
    ck_assert_uint_eq(trigger->where_count, 2);
    ca_frame frame = frame_of(1);
    frame.lines = batch;
    frame.first_line = first;
    ck_assert_int_eq(ca_trigger_look(trigger, &frame, NULL), 0);
    ca_view_units(&view, eval, &frame, NULL, NULL, NULL);
    ca_shared_where *shared = ca_trigger_where(&view, rules[0]->where);
    ck_assert(shared != NULL && ca_trigger_where(&view, rules[2]->where) == shared);
    ck_assert_ptr_null(ca_trigger_where(&view, rules[1]->where));
    ck_assert_ptr_null(ca_trigger_where(&view, rules[3]->where));    /* nobody else has it */
    ca_selection selection = {lines, unknown, taking, doubtful}, again;
    ck_assert(!ca_shared_selection(shared, &again));
    ca_alloc_fail(1, 1);
    ck_assert(!ca_share_selection(shared, &view, &selection));
    ca_alloc_fail(0, 0);
    ck_assert(!ca_shared_selection(shared, &again));
    ck_assert(ca_share_selection(shared, &view, &selection));
    lines[0] = unknown[0] = taking[0] = doubtful[0] = 0;    /* it was copied */
    ck_assert(ca_shared_selection(shared, &again));
    ck_assert(*again.lines == 5 && *again.lines_unknown == 6 && *again.taking == 7 && *again.doubtful == 8);
    frame = frame_of(1);
    ck_assert_int_eq(ca_trigger_look(trigger, &frame, NULL), 0);
    ck_assert(!ca_shared_selection(shared, &again));    /* another batch */
    uint8_t seen[64];
    ca_eval_watch(eval, seen);
    ck_assert_ptr_null(ca_trigger_where(&view, rules[0]->where));
    ca_eval_free(eval);
    ca_trigger_free(trigger);
    for (size_t i = 0; i < 4; i++)
        rule_front_free(fronts[i]);
}
END_TEST

static int look_and_judge(const ca_rule *rule, ca_frame *frame, uint64_t *yes, uint64_t *unknown)
{
    uint64_t all[4] = {UINT64_MAX, 0, 0, 0};
    bool any;
    ca_error err = {0};
    ca_eval *eval = ca_eval_new();
    ca_trigger *trigger = ca_trigger_new();
    int rc = eval && trigger ? ca_trigger_add_rule(trigger, rule, &err) : CA_NOMEM;
    rc = rc ? rc : ca_trigger_look(trigger, frame, &err);
    rc = rc ? rc : ca_trigger_condition(eval, frame, rule->where, all, yes, unknown, &any, &err);
    ca_trigger_free(trigger);
    ca_eval_free(eval);
    frame->trigger = NULL;
    return rc;
}

START_TEST(memory_that_runs_out_is_told)
{
    const ca_rule *rule = rule_of("procedure in ('V0103', 'V0104') and paid > 2",
                                  "where: principal_diagnosis in set female_dx or procedure = 'V0103'\n");
    uint64_t yes[4], unknown[4];
    put_procedure(0, "V0103");
    put_diagnosis(0, "E11");
    ca_frame frame = frame_of(1);
    for (uint64_t n = 1; n < 100; n++) {
        ca_alloc_fail(n, 1);
        int rc = look_and_judge(rule, &frame, yes, unknown);
        ca_alloc_fail(0, 0);
        if (rc == 0) {
            ck_assert_uint_gt(n, 12);
            ck_assert_uint_eq(yes[0], 1);
            return;
        }
        ck_assert_int_eq(rc, CA_NOMEM);
    }
    ck_abort_msg("never succeeded");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_condition_waits_for_few_codes);
    tcase_add_test(tcase, every_branch_of_an_or_needs_one);
    tcase_add_test(tcase, what_is_true_of_most_codes_is_no_trigger);
    tcase_add_test(tcase, rows_with_the_code_or_without_any);
    tcase_add_test(tcase, a_column_that_is_not_there_lets_all_through);
    tcase_add_test(tcase, rows_without_a_date_are_let_through_to_a_dated_set);
    tcase_add_test(tcase, lists_let_through_by_any_element);
    tcase_add_test(tcase, what_a_condition_says);
    tcase_add_test(tcase, equal_leaves_are_judged_once);
    tcase_add_test(tcase, lines_that_several_claim_rules_choose);
    tcase_add_test(tcase, memory_that_runs_out_is_told);
}

CA_CHECK_MAIN("rules/trigger", add_tests)
