/* Outcomes of units that are members: a member may be part of many pairs, and is one unit all the same. */
#include "rules/group_parts.h"

#include <string.h>

/* Smaller is stronger. */
static unsigned strength(uint8_t outcome)
{
    static const uint8_t order[] = {[CA_HIT] = 0, [CA_EXCUSED] = 1, [CA_UNKNOWN] = 2, [CA_PASS] = 3,
                                    [CA_NOT_APPLICABLE] = 4, [CA_OUTCOMES] = 5};
    return order[outcome];
}

int ca_units_begin(ca_units *units, ca_groups *groups)
{
    ca_scratch *scratch = &groups->eval->scratch;
    uint32_t count = groups->member_count;
    *units = (ca_units){.groups = groups,
                        .best = ca_scratch_take(scratch, count, sizeof *units->best),
                        .blame = ca_scratch_take(scratch, count, sizeof *units->blame),
                        .other = ca_scratch_take(scratch, count, sizeof *units->other),
                        .is_b = ca_scratch_take(scratch, count, sizeof *units->is_b),
                        .table_row = ca_scratch_take(scratch, count, sizeof *units->table_row)};
    if (units->best == NULL || units->blame == NULL || units->other == NULL || units->is_b == NULL ||
        units->table_row == NULL)
        return ca_error_nomem(groups->err);
    memset(units->best, CA_OUTCOMES, count);
    return 0;
}

void ca_units_say(ca_units *units, uint32_t member, ca_outcome outcome, size_t blame, uint32_t other, bool is_b,
                  uint32_t table_row)
{
    if (outcome == CA_UNKNOWN && strength(units->best[member]) > strength(CA_UNKNOWN)) {
        units->blame[member] = (uint32_t)blame;
        units->other[member] = other;
        units->is_b[member] = is_b;
        units->table_row[member] = table_row;
    }
    if (strength((uint8_t)outcome) < strength(units->best[member]))
        units->best[member] = (uint8_t)outcome;
}

/* An unknown unit as its first unknown pair, or by itself. */
static int sample_unknown(ca_units *units, uint32_t member)
{
    ca_groups *groups = units->groups;
    const char *why = ca_blame_name(groups->rule, groups->members.units->schema, units->blame[member]);
    uint32_t other = units->other[member] == CA_NO_ROW ? member : units->other[member];
    const uint32_t *a = units->is_b[member] ? &other : &member;
    const uint32_t *b = units->is_b[member] ? &member : &other;
    ca_frame frame = groups->members;
    frame.made = true;
    frame.count = 1;
    frame.row[CA_SIDE_A] = a;
    frame.row[CA_SIDE_B] = b;
    frame.row[CA_SIDE_UNIT] = b;
    frame.row[CA_SIDE_ORIGINAL] = a;
    frame.table_row = &units->table_row[member];
    ca_match match = {.frame = &frame,
                      .outcome = CA_UNKNOWN,
                      .why = why,
                      .subject = member,
                      .hash = ca_member_hash(groups, member)};
    uint32_t rows[2] = {*a, *b};
    if (groups->rule->kind->first_carries) {    /* a copy stands before its original */
        rows[0] = *b;
        rows[1] = *a;
    }
    match.rows = rows;
    match.row_count = *a == *b ? 1 : 2;
    return ca_groups_match(groups, &match);
}

int ca_units_end(ca_units *units)
{
    ca_groups *groups = units->groups;
    uint64_t counts[CA_OUTCOMES + 1] = {0};
    for (uint32_t member = 0; member < groups->member_count; member++) {
        uint8_t best = units->best[member] == CA_OUTCOMES ? CA_PASS : units->best[member];
        if (best != CA_UNKNOWN) {
            counts[best]++;
            continue;
        }
        ca_groups_count(groups, CA_UNKNOWN, units->blame[member], 1);
        int code = sample_unknown(units, member);
        if (code != 0)
            return code;
    }
    for (ca_outcome outcome = CA_PASS; outcome < CA_OUTCOMES; outcome++) {
        if (counts[outcome] != 0)
            ca_groups_count(groups, outcome, 0, counts[outcome]);
    }
    return 0;
}
