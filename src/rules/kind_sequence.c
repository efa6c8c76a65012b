/* The kind `sequence`: one line and a later one of the same patient, provider … */
#include "rules/check_parts.h"
#include "rules/group_parts.h"
#include "rules/kind_keys.h"
#include "rules/kinds.h"
#include "rules/lex.h"
#include "rules/say.h"

static void read_order(ca_kind_check *check, ca_yaml *root)
{
    size_t from = 0;
    size_t to = 0;
    ca_text text;
    ca_yaml *node = ca_conf_need(&check->conf, root, "order");
    if (!ca_conf_text(&check->conf, node, &text))
        return;
    ca_lex_span(check->conf.file, node, &from, &to);
    check->rule->keys.order = ca_key_date(check, node, from, to);
}

static int check_keys(ca_kind_check *check, ca_rule *rule, ca_yaml *root, ca_error *err)
{
    (void)err;
    ca_key_level(check, root);
    ca_key_group(check, root, "per", true);
    read_order(check, root);
    ca_conf_bool(&check->conf, ca_conf_get(&check->conf, root, "adjacent"), &rule->keys.adjacent);
    rule->keys.days = ca_key_days(check, ca_conf_get(&check->conf, root, "within"), 0);
    ca_key_report(check, root);
    ca_key_max_group(check, root);
    return 0;
}

static void lint(ca_kind_check *check)
{
    const ca_rule *rule = check->rule;
    if (!rule->keys.adjacent && rule->keys.days == NULL)
        ca_say(&check->conf, CA_DIAG_HINT, rule->keys.order->start,
               "every line is compared with every later one, however far away; write 'adjacent: yes' for the next one, "
               "or 'within: 30 days'");
    if (rule->keys.each == NULL && !ca_reads_side(rule->when, CA_SIDE_A) && !ca_reads_side(rule->when, CA_SIDE_B))
        ca_say(&check->conf, CA_DIAG_WARNING, rule->when->start, "this says nothing of a and b, the earlier and the later line");
}

/* --- Judging ------------------------------------------------------------------------------------ */

/* Past the step that begins at `at`: lines of one order value. */
static uint32_t past_step(const ca_groups *groups, const uint32_t *rows, uint32_t at, uint32_t count)
{
    ca_date date = groups->dates[0][rows[at]];
    while (at < count && groups->dates[0][rows[at]] == date)
        at++;
    return at;
}

/* Near enough for any row of the table of `each`; for its own the pair is asked later. */
static bool is_within(const ca_groups *groups, uint32_t a, uint32_t b)
{
    const ca_node *days = groups->rule->keys.days;
    return days == NULL || (int64_t)groups->dates[0][b] - groups->dates[0][a] <= ca_keys_number(days, CA_NO_TABLE_ROW);
}

/* The line at `i` of step [i, own) with those it is followed by, in both orders within its step. */
static int judge_line(ca_pairs *pairs, const uint32_t *rows, uint32_t from, uint32_t i, uint32_t own, uint32_t past)
{
    int code = 0;
    for (uint32_t k = from; code == 0 && k < past; k++) {
        if (k == i)
            continue;
        if (k >= own && !is_within(pairs->groups, rows[i], rows[k]))
            break;
        if (ca_pairs_possible(pairs, rows[i], rows[k]))
            code = ca_pairs_add(pairs, rows[i], rows[k], 0);
    }
    return code;
}

static int judge_group(ca_pairs *pairs, uint32_t *rows, uint32_t count)
{
    const ca_groups *groups = pairs->groups;
    int code = 0;
    for (uint32_t from = 0, own; code == 0 && from < count; from = own) {
        own = past_step(groups, rows, from, count);
        uint32_t past = count;
        if (groups->rule->keys.adjacent)
            past = own < count ? past_step(groups, rows, own, count) : own;
        for (uint32_t i = from; code == 0 && i < own; i++)
            code = ca_bit(pairs->not_a, rows[i]) ? 0 : judge_line(pairs, rows, from, i, own, past);
    }
    return code;
}

static int judge_groups(ca_groups *groups)
{
    return ca_pairs_by_date(groups, false, judge_group);
}

static const char skeleton[] =
    "per: [patient_id, drug]             # whose lines follow each other; a missing one joins nothing\n"
    "# level: claim                      # claims instead of lines\n"
    "order: service_date                 # a date, by which they follow each other\n"
    "adjacent: yes                       # a and the next one, b; without it, a and every later one\n"
    "# within: 30 days                   # b at most so many days after a\n"
    "where: claim_type = 'pharmacy' and days_supply >= 7   # which lines take part\n"
    "when: days_between(a.service_date, b.service_date) < 0.75 * a.days_supply\n"
    "# unless:                           # exceptions, as in every rule\n"
    "#   - {name: holiday, when: b.fill_number = 99, reason: Agreed supply for a journey}\n"
    "report: b                           # which line carries the money: a, b or both\n"
    "exposure: b.paid                    # without it: paid of the lines that carry it\n"
    "# max_group: 10000                  # more lines in a row are unknown: group too large\n"
    "message: \"{drug} again after {days_between(a.service_date, b.service_date)} of {a.days_supply} days.\"\n"
    "tests:                              # a hit is a pair of ids: first a, then b\n"
    "  - name: 20 of 30 days hit, 23 do not, for 22.5 are three quarters\n"
    "    lines: |\n"
    "      id  claim_type  patient_id  drug      service_date  days_supply  paid\n"
    "      1   pharmacy    P1          ndc:D001  2024-01-01    30           50.00\n"
    "      2   pharmacy    P1          ndc:D001  2024-01-21    30           50.00\n"
    "      3   pharmacy    P1          ndc:D001  2024-02-13    30           50.00\n"
    "    hits: [[1, 2]]\n";

const ca_kind ca_kind_sequence = {
    .name = "sequence",
    .summary = "a line and one that follows it",
    .gathering = CA_GATHER_GROUP,
    .unit_date = CA_F_SERVICE_DATE,
    .scope = {.keys_only = true,
              .sides = 1u << CA_SIDE_A | 1u << CA_SIDE_B,
              .instead = "a step has two lines; write a window rule, or 'level: claim' for claims in a row"},
    .group_key = "per",
    .each = CA_EACH_PAIR,
    .keys = (const char *const[]){"each", "per", "order", "adjacent", "within", "level", "report", "max_group", NULL},
    .hit_lines = 2,
    .skeleton = skeleton,
    .check = check_keys,
    .lint = lint,
    .judge_groups = judge_groups,
    .pairs = true,
    .roles = (const char *const[]){"a", "b"},
};
