/* The kind `peer`: a provider, a patient … compared with others of its group. */
#include "rules/check_parts.h"
#include "rules/group_parts.h"
#include "rules/kind_keys.h"
#include "rules/kinds.h"
#include "rules/say.h"

#define PERIODS                                                                                    \
    (1u << CA_PERIOD_DAY | 1u << CA_PERIOD_WEEK | 1u << CA_PERIOD_MONTH | 1u << CA_PERIOD_QUARTER |  \
     1u << CA_PERIOD_YEAR | 1u << CA_PERIOD_BENEFIT_YEAR | 1u << CA_PERIOD_LIFE)
#define WINDOW (1u << CA_GIVEN_WINDOW_START | 1u << CA_GIVEN_WINDOW_END)
#define PEERS (1u << CA_GIVEN_MEDIAN | 1u << CA_GIVEN_PERCENTILE | 1u << CA_GIVEN_PEER_COUNT)

static void read_entity(ca_kind_check *check, ca_yaml *root)
{
    const ca_key_columns *entity = &check->rule->keys.same;
    ca_key_group(check, root, "entity", true);
    ca_yaml *node = ca_conf_get(&check->conf, root, "entity");
    if (entity->count > 0 && (entity->count != 1 || check->schema->columns[entity->items[0]].type != CA_TYPE_ID))
        ca_conf_error(&check->conf, node, "'entity' is one identifier, such as billing_provider_id");
}

static void read_peers(ca_kind_check *check, ca_yaml *root)
{
    ca_key_columns *peers = &check->rule->keys.peers;
    ca_yaml *node = ca_conf_need(&check->conf, root, "peers");
    check->keys_lost |= !ca_key_columns_read(check, node, peers);
    for (size_t i = 0; i < peers->count; i++)
        if (ca_key_columns_has(&check->rule->keys.same, peers->items[i]))
            ca_conf_error(&check->conf, node, "%s is the entity: it has no peers but itself",
                          check->schema->columns[peers->items[i]].name);
}

/* What of each entity is compared: a number from its lines. */
static void read_metric(ca_kind_check *check, ca_yaml *root)
{
    char description[CA_DESCRIPTION_SIZE];
    ca_rule_keys *keys = &check->rule->keys;
    const ca_scope scope = {
        .keys_only = true, .aggregates = true, .given = WINDOW, .table_row = keys->each != NULL};
    ca_node *metric = ca_check_value(check, ca_conf_need(&check->conf, root, "metric"), scope);
    if (metric != NULL && !ca_type_is_number(&metric->type))
        ca_check_error(check, metric->start, "'metric' is a number, but this is %s",
                       ca_type_describe(&metric->type, description));
    else
        keys->metric = metric;
    keys->minimum = ca_check_condition(check, ca_conf_get(&check->conf, root, "minimum"), scope);
}

static int check_keys(ca_kind_check *check, ca_rule *rule, ca_yaml *root, ca_error *err)
{
    ca_text text;
    (void)err;
    read_entity(check, root);
    read_peers(check, root);
    ca_key_period(check, root, PERIODS);
    read_metric(check, root);
    ca_yaml *node = ca_conf_need(&check->conf, root, "min_peers");
    if (ca_conf_text(&check->conf, node, &text))
        rule->keys.min_peers = ca_key_number(check, node, text, 2, 1000000);
    ca_key_settle(check, root);
    ca_key_judge(check, root);
    return 0;
}

/* A fact of the entity is the same on all its lines. */
static bool is_fact(const ca_schema *schema, unsigned entity, unsigned column)
{
    if (column >= CA_COLUMN_ROLES && column < CA_COLUMN_SITE)
        return ca_role_field((ca_role)((column - CA_COLUMN_ROLES) / CA_PROVIDER_FACTS)) == entity;
    return entity == CA_F_PATIENT_ID && schema->columns[column].level == CA_LEVEL_PATIENT;
}

static void lint(ca_kind_check *check)
{
    const ca_rule_keys *keys = &check->rule->keys;
    unsigned entity = keys->same.items[0];
    if (!ca_reads_given(check->rule->when, PEERS))
        ca_say(&check->conf, CA_DIAG_WARNING, check->rule->when->start,
               "this compares with no peers; write 'metric > percentile(95)', or a window rule");
    if (!ca_has_aggregate(keys->metric))
        ca_say(&check->conf, CA_DIAG_WARNING, keys->metric->start,
               "this counts nothing: a metric is made of aggregates, such as sum(paid) / count()");
    if (keys->minimum == NULL)
        ca_say(&check->conf, CA_DIAG_HINT, keys->metric->start,
               "without 'minimum' an entity with a single line is a peer like all others; add 'minimum: count() >= 10'");
    for (size_t i = 0; i < keys->peers.count; i++)
        if (!is_fact(check->schema, entity, keys->peers.items[i]))
            ca_say(&check->conf, CA_DIAG_WARNING, keys->metric->start,
                   "%s is no fact of %s: its lines may differ in it, and then belong to several groups",
                   check->schema->columns[keys->peers.items[i]].name, check->schema->columns[entity].name);
}

static const char skeleton[] =
    "entity: pharmacy_id                 # who is compared: one identifier\n"
    "peers: [pharmacy.specialty]         # with whom: those who agree in these\n"
    "within: year                        # over a day, week, month, quarter, year, benefit_year or life\n"
    "where: claim_type = 'pharmacy'      # which lines count\n"
    "minimum: count() >= 3               # who has less is nobody's peer\n"
    "min_peers: 4                        # a smaller group is unknown; in earnest rather 30\n"
    "metric: top_share(prescriber_id where drug_class = 'opioid')   # one number for each\n"
    "# Here stand metric, percentile(q) (nearest rank, itself included), median(), peer_count and aggregates.\n"
    "when: metric > percentile(75) and metric >= 0.8\n"
    "# unless:                           # exceptions, as in every rule\n"
    "#   - {name: rural, when: pharmacy.provider_region = 'rural', reason: There is one prescriber in the village}\n"
    "# settle: 60 days                   # a period is judged so long after its last day\n"
    "# judge: open                       # do not wait\n"
    "exposure: sum(paid where drug_class = 'opioid')   # without it: sum(paid)\n"
    "message: \"{metric} of the opioid fills of {pharmacy_id} come from one prescriber; {peer_count} peers: {percentile(75)}.\"\n"
    "tests:                              # a hit is the list of the entity's lines\n"
    "  - name: one with all fills from one prescriber among balanced ones\n"
    "    horizon: 2024-01-01 .. 2025-12-31   # from where to where the data goes\n"
    "    lines: |\n"
    "      id  claim_type  pharmacy_id  pharmacy.specialty  prescriber_id  drug_class  service_date  paid\n"
    "      1   pharmacy    R1           retail              D1             opioid      2024-01-01    20.00\n"
    "      2   pharmacy    R1           retail              D1             opioid      2024-01-02    20.00\n"
    "      3   pharmacy    R1           retail              D1             opioid      2024-01-03    20.00\n"
    "      4   pharmacy    R2           retail              D1             opioid      2024-01-01    20.00\n"
    "      5   pharmacy    R2           retail              D2             opioid      2024-01-02    20.00\n"
    "      6   pharmacy    R2           retail              D3             opioid      2024-01-03    20.00\n"
    "      7   pharmacy    R3           retail              D1             opioid      2024-01-01    20.00\n"
    "      8   pharmacy    R3           retail              D2             opioid      2024-01-02    20.00\n"
    "      9   pharmacy    R3           retail              D3             opioid      2024-01-03    20.00\n"
    "      10  pharmacy    R4           retail              D4             opioid      2024-01-01    20.00\n"
    "      11  pharmacy    R4           retail              D5             opioid      2024-01-02    20.00\n"
    "      12  pharmacy    R4           retail              D4             opioid      2024-01-03    20.00\n"
    "    hits: [[1, 2, 3]]\n";

const ca_kind ca_kind_peer = {
    .name = "peer",
    .summary = "one compared with the others of its group",
    .gathering = CA_GATHER_GROUP,
    .unit_date = CA_F_SERVICE_DATE,
    .scope = {.keys_only = true, .aggregates = true, .given = WINDOW | PEERS | 1u << CA_GIVEN_METRIC},
    .group_key = "entity",
    .each = CA_EACH_LINE,
    .keys = (const char *const[]){"each", "entity", "peers", "within", "minimum", "min_peers", "metric", "settle", "judge",
                                  NULL},
    .closes = true,
    .skeleton = skeleton,
    .check = check_keys,
    .lint = lint,
    .judge_groups = ca_peers_judge,
    .roles = (const char *const[]){"line", NULL},
};
