/* The kind `overlap`: two lines, or claims, whose intervals have days in common. */
#include "rules/check_parts.h"
#include "rules/group_parts.h"
#include "rules/kind_keys.h"
#include "rules/kinds.h"
#include "rules/lex.h"
#include "rules/say.h"

static const char shape[] = "write 'interval: FROM to TO', such as 'interval: admission_date to discharge_date'";

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

/* Where the word `to` stands outside of parentheses and quotes; false without one. */
static bool find_to(const char *bytes, size_t from, size_t to, size_t *ret_at)
{
    size_t depth = 0;
    bool quoted = false;
    for (size_t at = from; at + 2 < to; at++) {
        char c = bytes[at];
        quoted = c == '\'' ? !quoted : quoted;
        if (quoted)
            continue;
        depth += c == '(';
        depth -= c == ')' && depth > 0;
        if (depth == 0 && at > from && c == 't' && bytes[at + 1] == 'o' && !is_word(bytes[at - 1]) &&
            !is_word(bytes[at + 2])) {
            *ret_at = at;
            return true;
        }
    }
    return false;
}

static void read_interval(ca_kind_check *check, ca_yaml *root)
{
    size_t from = 0;
    size_t to = 0;
    size_t at = 0;
    ca_text text;
    ca_rule_keys *keys = &check->rule->keys;
    ca_yaml *node = ca_conf_need(&check->conf, root, "interval");
    if (!ca_conf_text(&check->conf, node, &text))
        return;
    ca_lex_span(check->conf.file, node, &from, &to);
    if (!find_to(check->conf.file->source.ptr, from, to, &at)) {
        ca_conf_error(&check->conf, node, "%s", shape);
        return;
    }
    keys->interval_from = ca_key_date(check, node, from, at);
    keys->interval_to = ca_key_date(check, node, at + 2, to);
}

static int check_keys(ca_kind_check *check, ca_rule *rule, ca_yaml *root, ca_error *err)
{
    static const char *const choices[] = {"overlap", "allowed"};
    size_t index = 0;
    (void)err;
    ca_key_level(check, root);
    ca_key_group(check, root, "per", true);
    read_interval(check, root);
    if (ca_conf_choice(&check->conf, ca_conf_get(&check->conf, root, "touching"), choices, 2, &index))
        rule->keys.touching_allowed = index == 1;
    ca_key_report(check, root);
    ca_key_max_group(check, root);
    return 0;
}

/* --- Judging ------------------------------------------------------------------------------------ */

/* Days in common; less than one when there are none. */
static int64_t days_in_common(const ca_groups *groups, uint32_t a, uint32_t b)
{
    const ca_date *from = groups->dates[0];
    const ca_date *to = groups->dates[1];
    bool allowed = groups->rule->keys.touching_allowed;
    int64_t last = to[a] < to[b] ? to[a] : to[b];
    if (allowed && !(from[a] < to[b] && from[b] < to[a]))
        return 0;
    /* Inside a stay that lasts, an interval of one day has that day. */
    int64_t days = last - from[b] + (allowed ? 0 : 1);
    return allowed && days < 1 ? 1 : days;
}

static int judge_pair(ca_pairs *pairs, uint32_t a, uint32_t b)
{
    const ca_groups *groups = pairs->groups;
    int64_t days = days_in_common(groups, a, b);
    int code = 0;
    if (days < 1)
        return 0;
    if (ca_pairs_possible(pairs, a, b))
        code = ca_pairs_add(pairs, a, b, days);
    if (code == 0 && groups->dates[0][a] == groups->dates[0][b] && ca_pairs_possible(pairs, b, a))
        code = ca_pairs_add(pairs, b, a, days);
    return code;
}

/* A sweep: `rows` up to `open` are intervals that may still reach the next one; ended ones leave. */
static int judge_group(ca_pairs *pairs, uint32_t *rows, uint32_t count)
{
    const ca_groups *groups = pairs->groups;
    uint32_t open = 0;
    int code = 0;
    for (uint32_t i = 0; code == 0 && i < count; i++) {
        uint32_t b = rows[i];
        uint32_t kept = 0;
        for (uint32_t k = 0; code == 0 && k < open; k++) {
            if (groups->dates[1][rows[k]] < groups->dates[0][b])
                continue;
            rows[kept++] = rows[k];
            code = judge_pair(pairs, rows[k], b);
        }
        rows[kept] = b;
        open = kept + 1;
    }
    return code;
}

static int judge_groups(ca_groups *groups)
{
    return ca_pairs_by_date(groups, true, judge_group);
}

static const char skeleton[] =
    "level: claim                        # a and b are claims; without it, lines\n"
    "per: [patient_id]                   # both agree in these; a missing one joins nothing\n"
    "interval: admission_date to discharge_date   # any two dates; an interval without one of them is unknown\n"
    "touching: allowed                   # an end and a start on one day are no overlap; without it they are\n"
    "where: claim_type = 'inpatient'     # which lines take part\n"
    "# a is the one that begins earlier. 'when' may be left out: then every overlap counts.\n"
    "when: a.facility_id is present and b.facility_id is present and a.facility_id != b.facility_id\n"
    "# unless:                           # exceptions, as in every rule\n"
    "#   - {name: transfer, when: a.discharge_status = '02', reason: Transferred; the bed was kept}\n"
    "report: both                        # which one carries the money: a, b or both\n"
    "exposure: least(a.paid, b.paid)     # without it: paid of those that carry it\n"
    "# max_group: 10000                  # more of one patient are unknown: group too large\n"
    "message: \"Stays {a.claim_id} and {b.claim_id} have {overlap_days} days in common.\"\n"
    "tests:                              # a hit is a pair of ids: first a, then b\n"
    "  - name: three days in common hit, a transfer on the last day does not\n"
    "    lines: |\n"
    "      id  claim_type  claim_id  patient_id  facility_id  admission_date  discharge_date  paid\n"
    "      1   inpatient   C1        P1          F1           2024-03-01      2024-03-10      9000.00\n"
    "      2   inpatient   C2        P1          F2           2024-03-07      2024-03-12      8000.00\n"
    "      3   inpatient   C3        P2          F1           2024-03-01      2024-03-05      9000.00\n"
    "      4   inpatient   C4        P2          F2           2024-03-05      2024-03-09      9000.00\n"
    "    hits: [[1, 2]]\n";

const ca_kind ca_kind_overlap = {
    .name = "overlap",
    .summary = "two intervals with days in common",
    .gathering = CA_GATHER_GROUP,
    .unit_date = CA_F_SERVICE_DATE,
    .scope = {.keys_only = true,
              .sides = 1u << CA_SIDE_A | 1u << CA_SIDE_B,
              .given = 1u << CA_GIVEN_OVERLAP_DAYS,
              .instead = "an overlap has two lines; write 'level: claim' for claims with all their lines"},
    .when = CA_WHEN_OPTIONAL,
    .group_key = "per",
    .each = CA_EACH_PAIR,
    .keys = (const char *const[]){"each", "per", "interval", "touching", "level", "report", "max_group", NULL},
    .hit_lines = 2,
    .skeleton = skeleton,
    .check = check_keys,
    .judge_groups = judge_groups,
    .pairs = true,
    .roles = (const char *const[]){"a", "b"},
};
