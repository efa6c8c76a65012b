/* The kind `window`: the lines of a patient, a provider … in a period, counted together. */
#include "rules/check_parts.h"
#include "rules/group_parts.h"
#include "rules/kind_keys.h"
#include "rules/kinds.h"
#include "rules/say.h"

#define PERIODS ((1u << CA_PERIODS) - 1 - (1u << CA_PERIOD_NONE))

static int check_keys(ca_kind_check *check, ca_rule *rule, ca_yaml *root, ca_error *err)
{
    (void)err;
    ca_key_period(check, root, PERIODS);
    bool by_claim = rule->keys.period == CA_PERIOD_CLAIM || rule->keys.period == CA_PERIOD_STAY;
    ca_key_group(check, root, "per", !by_claim);
    ca_key_settle(check, root);
    ca_key_judge(check, root);
    ca_yaml *lines = ca_conf_get(&check->conf, root, "lines");
    const ca_scope scope = {.instead = "'lines' looks at one line at a time", .table_row = rule->keys.each != NULL};
    rule->keys.lines = ca_check_condition(check, lines, scope);
    return 0;
}

static void lint(ca_kind_check *check)
{
    const ca_rule *rule = check->rule;
    const ca_rule_keys *keys = &rule->keys;
    if (!ca_has_aggregate(rule->when))
        ca_say(&check->conf, CA_DIAG_WARNING, rule->when->start,
               "this counts nothing: a window rule compares an aggregate, such as count() > 3");
    if (ca_key_columns_has(&keys->same, CA_F_SERVICE_DATE) && keys->period != CA_PERIOD_DAY)
        ca_say(&check->conf, CA_DIAG_WARNING, rule->when->start,
               "service_date stands in 'per', so that every window is one day; write 'within: day'");
    bool timeless = keys->period == CA_PERIOD_CLAIM || keys->period == CA_PERIOD_STAY;
    for (const ca_yaml *item = rule->file->root->child; item != NULL && timeless; item = item->next)
        if (ca_text_is(item->key, "settle") || ca_text_is(item->key, "judge"))
            ca_say(&check->conf, CA_DIAG_WARNING, item->start, "a %s does not wait for the end of a period: leave out '%.*s'",
                   ca_period_name(keys->period), ca_say_len(item->key), item->key.ptr);
}

static const char skeleton[] =
    "parameters:                         # named values, which a site may set otherwise\n"
    "  most: 12\n"
    "per: [patient_id]                   # whose lines are counted together; a missing one joins nothing\n"
    "within: quarter                     # day, week, month, quarter, year, benefit_year, life, claim, stay, or:\n"
    "# within: rolling 90 days           # the 90 days that end with each day that has a line\n"
    "where: procedure in codes('local:V4001'..'local:V4009')   # which lines take part\n"
    "# Columns of lines stand in aggregates: count() sum(x) min(x) max(x) distinct(x) top_share(x) any(c) all(c).\n"
    "# Alone stand the columns of 'per', service_date (the day of the window), window_start and window_end.\n"
    "when: sum(units) > most\n"
    "# unless:                           # exceptions, as in every rule\n"
    "#   - {name: plan, when: any(modifiers has 'XX'), reason: Modifier XX marks an agreed plan of treatment}\n"
    "# lines: paid > 0                   # which lines of the window carry the finding; without it all\n"
    "# settle: 60 days                   # a window is judged so long after its last day; late claims are in by then\n"
    "# judge: open                       # do not wait\n"
    "exposure: sum(paid) * (1 - most / sum(units))   # without it: sum(paid)\n"
    "message: \"{sum(units)} units from {window_start} to {window_end}, more than {most}.\"\n"
    "tests:                              # a hit is the list of the window's lines\n"
    "  - name: thirteen in a quarter hit, twelve do not\n"
    "    horizon: 2024-01-01 .. 2024-12-31   # from where to where the data goes\n"
    "    lines: |\n"
    "      id  patient_id  procedure    service_date  units  paid\n"
    "      1   P1          local:V4001  2024-01-10    6      240.00\n"
    "      2   P1          local:V4001  2024-03-31    7      280.00\n"
    "      3   P2          local:V4001  2024-01-10    6      240.00\n"
    "      4   P2          local:V4001  2024-03-31    6      240.00\n"
    "      5   P2          local:V4001  2024-04-01    6      240.00\n"
    "    hits: [[1, 2]]\n";

const ca_kind ca_kind_window = {
    .name = "window",
    .summary = "lines of a period, counted together",
    .gathering = CA_GATHER_GROUP,
    .unit_date = CA_F_SERVICE_DATE,
    .scope = {.keys_only = true,
              .aggregates = true,
              .given = 1u << CA_GIVEN_WINDOW_START | 1u << CA_GIVEN_WINDOW_END},
    .group_key = "per",
    .each = CA_EACH_LINE,
    .keys = (const char *const[]){"each", "per", "within", "lines", "settle", "judge", NULL},
    .closes = true,
    .skeleton = skeleton,
    .check = check_keys,
    .lint = lint,
    .judge_groups = ca_windows_judge,
    .keeps_doubtful = true,
    .roles = (const char *const[]){"line", NULL},
};
