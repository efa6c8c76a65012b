/* The kind `pair`: two lines that agree in some columns, looked at together. */
#include "rules/check_parts.h"
#include "rules/group_parts.h"
#include "rules/kind_keys.h"
#include "rules/kinds.h"
#include "rules/say.h"

static int check_keys(ca_kind_check *check, ca_rule *rule, ca_yaml *root, ca_error *err)
{
    (void)rule;
    (void)err;
    ca_key_level(check, root);
    ca_key_group(check, root, "same", true);
    ca_key_report(check, root);
    ca_key_max_group(check, root);
    return 0;
}

static void lint(ca_kind_check *check)
{
    const ca_node *when = check->rule->when;
    const ca_node *each = check->rule->keys.each;
    bool a = ca_reads_side(when, CA_SIDE_A) || ca_reads_side(each, CA_SIDE_A);
    bool b = ca_reads_side(when, CA_SIDE_B) || ca_reads_side(each, CA_SIDE_B);
    if (!a || !b)
        ca_say(&check->conf, CA_DIAG_WARNING, when->start,
               "this says nothing of %s: every other line with the same keys makes a pair; speak of a. and b.",
               a ? "b" : b ? "a" : "a and b");
    else if (each == NULL && ca_is_symmetric(when))
        ca_say(&check->conf, CA_DIAG_HINT, when->start,
               "a and b may change places here, so each pair is found twice; say which comes first, such as "
               "'a.line_no < b.line_no' within a claim or 'a.claim_id != b.claim_id and a.received_date < "
               "b.received_date'");
}

/* --- Judging ------------------------------------------------------------------------------------ */

static int judge_groups(ca_groups *groups)
{
    ca_pairs pairs;
    int64_t most = ca_keys_number(groups->rule->keys.max_group, CA_NO_TABLE_ROW);
    int code = ca_pairs_begin(&pairs, groups, false);
    for (uint32_t group = 0; code == 0 && group < groups->group_count; group++) {
        uint32_t from = groups->first[group];
        uint32_t past = groups->first[group + 1];
        if (groups->rule->keys.each != NULL)
            code = ca_pairs_join(&pairs, from, past, most);
        else if (past - from <= most)
            code = ca_pairs_all(&pairs, group);
        if (code == CA_END || (groups->rule->keys.each == NULL && past - from > most)) {
            ca_pairs_too_large(&pairs, group);
            code = 0;
        }
    }
    return code == 0 ? ca_pairs_end(&pairs) : code;
}

static const char skeleton[] =
    "same: [patient_id, billing_provider_id, service_date]   # both lines agree in these; a missing one joins nothing\n"
    "# level: claim                      # a and b are claims, not lines; lines then stand in aggregates: sum(a.paid)\n"
    "where: claim_type = 'professional'  # which lines take part\n"
    "# a and b are every two lines, in both orders: say which is which, or each pair is found twice.\n"
    "when: a.procedure = b.procedure and a.claim_id != b.claim_id and a.received_date < b.received_date\n"
    "# unless:                           # exceptions, as in every rule\n"
    "#   - {name: repeat, when: b.modifiers has 'XX', reason: Modifier XX declares a repeated service}\n"
    "report: b                           # which line carries the money: a, b or both\n"
    "exposure: b.paid                    # without it: paid of the lines that carry it\n"
    "# max_group: 10000                  # more lines with the same keys are unknown: group too large\n"
    "message: \"{b.procedure} of {service_date} was billed again in claim {b.claim_id}, after {a.claim_id}.\"\n"
    "tests:                              # a hit is a pair of ids: first a, then b\n"
    "  - name: the same in a later claim is a pair, in the same claim it is not\n"
    "    lines: |\n"
    "      id  claim_type    claim_id  patient_id  billing_provider_id  service_date  received_date  procedure    modifiers  paid\n"
    "      1   professional  C1        P1          B1                   2024-03-01    2024-03-05     local:V0103  ''         70.00\n"
    "      2   professional  C2        P1          B1                   2024-03-01    2024-03-09     local:V0103  ''         70.00\n"
    "      3   professional  C3        P2          B1                   2024-03-01    2024-03-05     local:V0103  ''         70.00\n"
    "      4   professional  C3        P2          B1                   2024-03-01    2024-03-05     local:V0103  ''         70.00\n"
    "    hits: [[1, 2]]\n";

const ca_kind ca_kind_pair = {
    .name = "pair",
    .summary = "two lines that agree in some columns",
    .gathering = CA_GATHER_GROUP,
    .unit_date = CA_F_SERVICE_DATE,
    .scope = {.keys_only = true,
              .sides = 1u << CA_SIDE_A | 1u << CA_SIDE_B,
              .instead = "a pair has two lines; write a window rule, or 'level: claim' for pairs of claims"},
    .group_key = "same",
    .each = CA_EACH_PAIR,
    .keys = (const char *const[]){"each", "same", "level", "report", "max_group", NULL},
    .hit_lines = 2,
    .skeleton = skeleton,
    .check = check_keys,
    .lint = lint,
    .judge_groups = judge_groups,
    .pairs = true,
    .roles = (const char *const[]){"a", "b"},
};
