/* The kind `sequence`: one line and a later one of the same patient, provider … */
#include "rules/check_parts.h"
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
    if (!ca_reads_side(rule->when, CA_SIDE_A) && !ca_reads_side(rule->when, CA_SIDE_B))
        ca_say(&check->conf, CA_DIAG_WARNING, rule->when->start, "this says nothing of a and b, the earlier and the later line");
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
    .gathering = CA_GATHER_NONE,
    .unit_date = CA_F_SERVICE_DATE,
    .scope = {.keys_only = true,
              .sides = 1u << CA_SIDE_A | 1u << CA_SIDE_B,
              .instead = "a step has two lines; write a window rule, or 'level: claim' for claims in a row"},
    .group_key = "per",
    .keys = (const char *const[]){"per", "order", "adjacent", "within", "level", "report", "max_group", NULL},
    .hit_lines = 2,
    .skeleton = skeleton,
    .check = check_keys,
    .lint = lint,
};
