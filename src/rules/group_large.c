/* Groups that are larger than memory: what parts the lines of a rule before they are brought together, and what is said of
 * a group that cannot be parted. */
#include "rules/group_parts.h"

#include "rules/group_windows.h"
#include "rules/kind_keys.h"
#include "rules/peers.h"

static bool has_windows(const ca_rule *rule)
{
    return rule->kind->judge_groups == ca_windows_judge || rule->kind->judge_groups == ca_peers_judge;
}

static bool is_calendar(ca_period period)
{
    switch (period) {
    case CA_PERIOD_DAY:
    case CA_PERIOD_WEEK:
    case CA_PERIOD_MONTH:
    case CA_PERIOD_QUARTER:
    case CA_PERIOD_YEAR:
    case CA_PERIOD_BENEFIT_YEAR:
        return true;
    case CA_PERIOD_NONE:
    case CA_PERIOD_LIFE:
    case CA_PERIOD_CLAIM:
    case CA_PERIOD_STAY:
    case CA_PERIOD_ROLLING:
    case CA_PERIOD_OF_ROW:
    case CA_PERIODS:
        break;
    }
    return false;
}

/* --- Apart ---------------------------------------------------------------------------------------- */

/* Days of years 1 to 9999 as numbers that ascend, and one for lines without a day. */
#define DAY_BITS 22
#define DAY_ONE  719162
#define NO_DAY   ((UINT64_C(1) << DAY_BITS) - 1)

/* In the lowest bits, so that the periods of one key stay in their order. */
static uint64_t period_of(const ca_groups *groups, const ca_batch *lines, const ca_horizon *horizon, uint32_t row)
{
    ca_value day = ca_value_of(lines, CA_F_SERVICE_DATE, row);
    ca_date first, last;
    if (!day.present)
        return NO_DAY;
    ca_period_of(groups->rule->keys.period, horizon, day.as.date, &first, &last);
    return (uint64_t)((int64_t)first + DAY_ONE) & NO_DAY;
}

void ca_group_part(const ca_rule *rule, const ca_batch *lines, const ca_horizon *horizon, const uint64_t *rows, uint64_t seed,
                   uint64_t *ret_hash)
{
    unsigned patient = CA_F_PATIENT_ID;
    ca_groups groups = {.rule = rule};
    bool by_period = has_windows(rule) && is_calendar(rule->keys.period);
    bool whole = rule->keys.of_claims;    /* a claim's lines may disagree in columns of the key */
    ca_groups_key(&groups);
    if (rule->keys.period == CA_PERIOD_STAY)    /* is there also for lines that lack the others */
        groups.key = (ca_key_columns){.items = &patient, .count = 1};
    for (uint32_t row = 0; row < lines->rows; row++) {
        if (!ca_bit(rows, row))
            continue;
        uint64_t parts[2] = {seed, whole ? 0 : ca_key_hash(lines, &groups.key, row)};
        ret_hash[row] = ca_hash64(parts, sizeof parts);
        if (by_period && !whole)
            ret_hash[row] = (ret_hash[row] & ~NO_DAY) | period_of(&groups, lines, horizon, row);
        if (ca_group_rolls(rule))
            ret_hash[row] = (ret_hash[row] & ~NO_DAY) | (seed & NO_DAY);
    }
}

void ca_group_part_claims(const ca_batch *lines, const uint64_t *rows, uint64_t seed, uint64_t *ret_hash)
{
    unsigned columns[] = {CA_F_CLAIM_TYPE, CA_F_CLAIM_ID, CA_F_CLAIM_PART};
    const ca_key_columns key = {.items = columns, .count = sizeof columns / sizeof *columns};
    for (uint32_t row = 0; row < lines->rows; row++) {
        if (ca_bit(rows, row)) {
            uint64_t parts[2] = {seed, ca_key_hash(lines, &key, row)};
            ret_hash[row] = ca_hash64(parts, sizeof parts);
        }
    }
}

/* --- Too large -------------------------------------------------------------------------------------- */

static size_t slot_of(const ca_groups *groups, const char **ret_why)
{
    const ca_schema *schema = groups->members.units->schema;
    size_t slot = ca_blame_reason(groups->rule, schema, CA_REASON_GROUP_TOO_LARGE);
    *ret_why = ca_blame_name(groups->rule, schema, slot);
    return slot;
}

/* Told with an earlier part of the group: lines come by date. */
static bool was_told(const ca_groups *groups, const ca_windows *windows, uint32_t i)
{
    const ca_group_input *input = groups->input;
    ca_period period = ca_keys_period(&groups->rule->keys, windows->table_row[i]);
    return input->told && (!is_calendar(period) || windows->start[i].as.date <= input->told_through);
}

static int tell_windows(ca_groups *groups)
{
    ca_windows windows;
    uint32_t outside;
    const char *why;
    size_t slot = slot_of(groups, &why);
    int code = groups->input->peers != NULL && !ca_peers_closed(groups->input->peers)
                   ? CA_END
                   : ca_windows_cut(&windows, groups, &outside);
    if (code != 0)
        return code == CA_END ? 0 : code;    /* an entity that is not measured is nobody's peer */
    ca_frame frame = ca_windows_frame(&windows);
    for (uint32_t i = 0; code == 0 && i < windows.count; i++) {
        if (was_told(groups, &windows, i))
            continue;
        bool dated = windows.start[i].present && windows.end[i].present;
        ca_match match = {.frame = &frame,
                          .unit = i,
                          .outcome = CA_UNKNOWN,
                          .why = why,
                          .rows = &windows.first_row[i],
                          .row_count = 1,
                          .subject = CA_NO_ROW,
                          .has_window = dated,
                          .window_from = dated ? windows.start[i].as.date : 0,
                          .window_to = dated ? windows.end[i].as.date : 0,
                          .of_entity = groups->input->peers != NULL,
                          .hash = ca_hash_mix(ca_member_hash(groups, windows.first_row[i]), (uint64_t)(uint32_t)windows.date[i])};
        ca_groups_count(groups, CA_UNKNOWN, slot, 1);
        code = ca_groups_match(groups, &match);
    }
    return code;
}

static int tell_members(const ca_groups *groups)
{
    const ca_kind *kind = groups->rule->kind;
    const char *why;
    size_t slot = slot_of(groups, &why);
    int code = 0;
    for (uint32_t member = 0; code == 0 && member < groups->member_count; member++) {
        if (kind->is_unit == NULL || kind->is_unit(groups, &groups->members, member))
            code = ca_groups_unknown(groups, &groups->members, member, slot, why);
    }
    return code;
}

int ca_groups_too_large(ca_groups *groups)
{
    return has_windows(groups->rule) ? tell_windows(groups) : tell_members(groups);
}
