/* The kind `duplicate`: lines that agree in some columns; all but the first are copies. */
#include "rules/check_parts.h"
#include "rules/group_parts.h"
#include "rules/kind_keys.h"
#include "rules/kinds.h"
#include "rules/say.h"

static const char shape[] = "write 'original: first by received_date, claim_id, line_no'";

/* The names after "first by". */
static bool cut_names(ca_kind_check *check, const ca_yaml *node, ca_text text, ca_yaml *names, size_t *ret_count)
{
    ca_text part;
    size_t count = 0;
    while (ca_text_next(&text, ',', &part)) {
        part = ca_text_trim(part);
        if (part.len == 0 || count == CA_KEY_COLUMNS_MAX) {
            ca_conf_error(&check->conf, node, "%s", shape);
            return false;
        }
        names[count] = *node; /* a scalar of its own, at the same place */
        names[count].text = part;
        names[count].next = NULL;
        if (count > 0)
            names[count - 1].next = &names[count];
        count++;
    }
    *ret_count = count;
    return true;
}

/* Without the line's own key the first of equals would depend on the order of files. */
static void ends_in_key(ca_kind_check *check, const ca_yaml *node)
{
    const ca_rule_keys *keys = &check->rule->keys;
    const ca_key_columns *by = &keys->first_by;
    unsigned last = by->items[by->count - 1];
    bool good = keys->of_claims ? last == CA_F_CLAIM_ID
                                : by->count > 1 && last == CA_F_LINE_NO && by->items[by->count - 2] == CA_F_CLAIM_ID;
    if (!good)
        ca_conf_error(&check->conf, node, "end with %s: otherwise two lines may both be the first",
                      keys->of_claims ? "claim_id" : "claim_id, line_no");
}

static void read_original(ca_kind_check *check, ca_yaml *root)
{
    ca_yaml names[CA_KEY_COLUMNS_MAX];
    size_t count = 0;
    ca_text text;
    ca_rule_keys *keys = &check->rule->keys;
    ca_yaml *node = ca_conf_need(&check->conf, root, "original");
    if (!ca_conf_text(&check->conf, node, &text))
        return;
    if (!ca_text_starts(text, CA_TEXT("first by "))) {
        ca_conf_error(&check->conf, node, "%s", shape);
        return;
    }
    if (!cut_names(check, node, ca_text_sub(text, 9, text.len), names, &count))
        return;
    ca_yaml list = *node;
    list.kind = CA_YAML_SEQUENCE;
    list.child = names;
    list.count = count;
    if (!ca_key_columns_read(check, &list, &keys->first_by))
        return;
    for (size_t i = 0; i < count; i++)
        if (check->schema->columns[keys->first_by.items[i]].type == CA_TYPE_CODES) {
            ca_conf_error(&check->conf, node, "%s is a list: lines cannot be ordered by it",
                          check->schema->columns[keys->first_by.items[i]].name);
            return;
        }
    ends_in_key(check, node);
}

static int check_keys(ca_kind_check *check, ca_rule *rule, ca_yaml *root, ca_error *err)
{
    (void)rule;
    (void)err;
    ca_key_level(check, root);
    ca_key_group(check, root, "same", true);
    read_original(check, root);
    return 0;
}

static void lint(ca_kind_check *check)
{
    const ca_rule_keys *keys = &check->rule->keys;
    for (const ca_yaml *item = check->rule->file->root->child; item != NULL; item = item->next)
        if (ca_text_is(item->key, "same") &&
            (ca_key_columns_has(&keys->same, CA_F_LINE_NO) && ca_key_columns_has(&keys->same, CA_F_CLAIM_ID)))
            ca_say(&check->conf, CA_DIAG_WARNING, item->start,
                   "claim_id and line_no name a line: no other agrees in both, and nothing is ever a copy");
}

/* --- Judging ------------------------------------------------------------------------------------ */

/* Smaller by `original: first by …`; then in the total order, for a claim's parts. */
static bool is_before(const ca_groups *groups, uint32_t a, uint32_t b)
{
    const ca_key_columns *by = &groups->rule->keys.first_by;
    for (size_t i = 0; i < by->count; i++) {
        int order = ca_column_order(groups->members.units, groups->input->codes, by->items[i], a, b);
        if (order != 0)
            return order < 0;
    }
    return a < b;
}

static uint32_t original_of(const ca_groups *groups, uint32_t group)
{
    uint32_t first = groups->first[group];
    for (uint32_t member = first + 1; member < groups->first[group + 1]; member++)
        first = is_before(groups, member, first) ? member : first;
    return first;
}

static int judge_groups(ca_groups *groups)
{
    ca_pairs copies;
    int code = ca_pairs_begin(&copies, groups, false);
    copies.copies = true;
    for (uint32_t group = 0; code == 0 && group < groups->group_count; group++) {
        uint32_t original = original_of(groups, group);
        for (uint32_t member = groups->first[group]; code == 0 && member < groups->first[group + 1]; member++)
            code = member == original ? 0 : ca_pairs_add(&copies, original, member, 0);
    }
    return code == 0 ? ca_pairs_end(&copies) : code;
}

static const char skeleton[] =
    "same: [patient_id, billing_provider_id, procedure, service_date, modifiers]   # copies agree in all of these\n"
    "original: first by received_date, claim_id, line_no   # this one is no copy; end with claim_id, line_no\n"
    "# level: claim                      # claims instead of lines\n"
    "where: claim_type = 'professional' and paid > 0   # which lines take part\n"
    "# There is no 'when': equal columns decide. Bare columns are those of the copy, original.… those of the first.\n"
    "unless:\n"
    "  - name: declared-repeat\n"
    "    when: modifiers has 'XX'\n"
    "    reason: Modifier XX declares a repeated service\n"
    "exposure: paid                      # of the copy; this is also what counts without the key\n"
    "message: \"{procedure} on {service_date} is the same as claim {original.claim_id} line {original.line_no}.\"\n"
    "tests:                              # a hit is the id of a copy\n"
    "  - name: the second is a copy; another procedure is none; modifier XX excuses\n"
    "    lines: |\n"
    "      id  claim_type    claim_id  line_no  patient_id  billing_provider_id  procedure    service_date  received_date  modifiers  paid\n"
    "      1   professional  C1        1        P1          B1                   local:V0103  2024-03-01    2024-03-05     ''         70.00\n"
    "      2   professional  C2        1        P1          B1                   local:V0103  2024-03-01    2024-03-09     ''         70.00\n"
    "      3   professional  C3        1        P1          B1                   local:V0104  2024-03-01    2024-03-09     ''         70.00\n"
    "      4   professional  C4        1        P2          B1                   local:V0103  2024-03-01    2024-03-05     XX         70.00\n"
    "      5   professional  C5        1        P2          B1                   local:V0103  2024-03-01    2024-03-09     XX         70.00\n"
    "    hits: [2]\n"
    "    excused: [5]\n";

const ca_kind ca_kind_duplicate = {
    .name = "duplicate",
    .summary = "lines that are the same as an earlier one",
    .gathering = CA_GATHER_GROUP,
    .unit_date = CA_F_SERVICE_DATE,
    .scope = {.sides = 1u << CA_SIDE_ORIGINAL,
              .instead = "a copy is one line; write a window rule, or 'level: claim' for copies of claims"},
    .when = CA_WHEN_NONE,
    .instead_of_when = "equal columns decide; what a line must be to take part stands in 'where'",
    .group_key = "same",
    .each = CA_EACH_PAIR,
    .keys = (const char *const[]){"each", "same", "original", "level", NULL},
    .hit_lines = 1,
    .skeleton = skeleton,
    .check = check_keys,
    .lint = lint,
    .judge_groups = judge_groups,
    .pairs = true,
    .roles = (const char *const[]){"copy", "original"},
    .first_carries = true,
};
