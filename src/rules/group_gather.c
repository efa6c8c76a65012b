/* Members of equal keys side by side: sorted, gathered into a batch of their own, and parted into groups. */
#include "rules/group_chosen.h"

#include <string.h>

#include "rules/group_claims.h"

/* --- Groups ----------------------------------------------------------------------------------------- */

typedef struct keyed {
    const ca_groups *groups;
    const ca_chosen *rows;
} keyed;

static bool equal_keys(const void *context, uint32_t a, uint32_t b)
{
    const keyed *of = context;
    const ca_chosen *rows = of->rows;
    if (rows->table_rows != NULL && rows->table_rows[a] != rows->table_rows[b])
        return false;
    return ca_key_equal(rows->frame.units, &of->groups->key, rows->rows[a], rows->rows[b]);
}

/* Members by group: groups by their first member, rows in their order. */
static int find_groups(ca_groups *groups, ca_chosen *rows)
{
    ca_scratch *scratch = &groups->eval->scratch;
    const keyed of = {groups, rows};
    const ca_likes likes = {rows->hashes, rows->count, equal_keys, &of};
    uint32_t *order;
    if (ca_likes_sort(scratch, &likes, &order, &groups->first, &groups->group_count) != 0)
        return ca_error_nomem(groups->err);
    uint32_t *table_rows = rows->table_rows ? ca_scratch_take(scratch, rows->count, sizeof *table_rows) : NULL;
    if (rows->table_rows != NULL && table_rows == NULL)
        return ca_error_nomem(groups->err);
    for (uint32_t i = 0; i < rows->count; i++) {
        if (table_rows != NULL)
            table_rows[i] = rows->table_rows[order[i]];
        order[i] = rows->rows[order[i]];
    }
    rows->rows = order;
    rows->table_rows = table_rows;
    return 0;
}

static int reorder_incomplete(ca_groups *groups, const ca_chosen *rows)
{
    const uint64_t *incomplete = groups->input->incomplete;
    if (incomplete == NULL || groups->rule->keys.of_claims)
        return 0;
    groups->incomplete = ca_scratch_bits(&groups->eval->scratch, (rows->count + 63) / 64 + 1);
    for (uint32_t i = 0; groups->incomplete != NULL && i < rows->count; i++) {
        if (ca_bit(incomplete, rows->rows[i]))
            ca_bit_set(groups->incomplete, i);
    }
    return groups->incomplete != NULL ? 0 : ca_error_nomem(groups->err);
}

static int reorder_dates(ca_groups *groups, const ca_chosen *rows)
{
    for (size_t i = 0; i < 2 && rows->dates[i] != NULL; i++) {
        groups->dates[i] = ca_scratch_take(&groups->eval->scratch, rows->count, sizeof **groups->dates);
        if (groups->dates[i] == NULL)
            return ca_error_nomem(groups->err);
        for (uint32_t k = 0; k < rows->count; k++)
            groups->dates[i][k] = rows->dates[i][rows->rows[k]];
    }
    return 0;
}

static void reorder_doubts(ca_groups *groups, const ca_chosen *rows)
{
    ca_scratch *scratch = &groups->eval->scratch;
    if (rows->doubtful == NULL)
        return;
    groups->doubtful = ca_scratch_bits(scratch, (rows->count + 63) / 64 + 1);
    groups->doubt_slot = ca_scratch_take(scratch, rows->count, sizeof *groups->doubt_slot);
    for (uint32_t i = 0; groups->doubtful && groups->doubt_slot && i < rows->count; i++) {
        groups->doubt_slot[i] = rows->slots[rows->rows[i]];
        if (ca_bit(rows->doubtful, rows->rows[i]))
            ca_bit_set(groups->doubtful, i);
    }
}

/* What findings say of a line, whatever the rule reads. */
static const unsigned told[] = {CA_F_CLAIM_ID, CA_F_CLAIM_TYPE, CA_F_CLAIM_PART, CA_F_LINE_NO, CA_F_PATIENT_ID,
                                CA_F_BILLING_PROVIDER_ID, CA_F_RENDERING_PROVIDER_ID, CA_F_SERVICE_DATE, CA_F_FROM_DATE,
                                CA_F_PAID, CA_F_CLAIM_PAID};

static void columns_of(const ca_groups *groups, uint8_t *ret_columns)
{
    const ca_rule *rule = groups->rule;
    for (unsigned c = 0; c < groups->input->lines->schema->count; c++)
        ret_columns[c] = rule->unit_columns[c] | rule->line_columns[c];
}

static void all_columns(const ca_groups *groups, uint8_t *ret_columns)
{
    columns_of(groups, ret_columns);
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        ret_columns[told[i]] = 1;
}

static int gather_claims(ca_grouper *grouper, ca_groups *groups, const ca_chosen *rows)
{
    uint8_t columns[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX];
    all_columns(groups, columns);
    if (ca_batch_select(rows->frame.units, rows->rows, rows->count, columns, &grouper->members) != 0)
        return ca_error_nomem(groups->err);
    return ca_claims_move(groups, rows->rows, rows->count);
}

/* Few lines are ever told of: the others need no more than what the rule reads. */
static int gather_lines(ca_grouper *grouper, ca_groups *groups, const ca_chosen *rows)
{
    uint8_t columns[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX];
    columns_of(groups, columns);
    columns[CA_F_SERVICE_DATE] = 1;    /* the date of the unit */
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        if (!columns[told[i]])
            groups->rest[groups->rest_count++] = told[i];
    }
    groups->source = rows->rows;
    groups->complete = ca_scratch_bits(&groups->eval->scratch, rows->count / 64 + 1);
    if (groups->complete == NULL ||
        ca_batch_select_columns(rows->frame.units, rows->rows, rows->count, columns, &grouper->members) != 0)
        return ca_error_nomem(groups->err);
    return 0;
}

static int complete(const ca_groups *groups, uint32_t member)
{
    if (ca_bit(groups->complete, member))
        return 0;
    ca_bit_set(groups->complete, member);
    return ca_batch_select_rest(groups->input->lines, groups->source[member], groups->rest, groups->rest_count, groups->units,
                                member);
}

int ca_groups_complete(const ca_groups *groups, const ca_match *match)
{
    if (groups->source == NULL || match->frame->units != groups->units)
        return 0;
    int code = complete(groups, ca_frame_row(match->frame, CA_SIDE_UNIT, match->unit));
    for (size_t i = 0; code == 0 && i < match->row_count; i++)
        code = complete(groups, match->rows[i]);
    return code ? ca_error_nomem(groups->err) : 0;
}

/* The rows, in their new order, as a batch of their own. */
static int gather(ca_grouper *grouper, ca_groups *groups, const ca_chosen *rows)
{
    groups->members = rows->frame;
    int code = groups->rule->keys.of_claims ? gather_claims(grouper, groups, rows) : gather_lines(grouper, groups, rows);
    if (code != 0)
        return code;
    groups->units = grouper->members;
    groups->members.trigger = NULL;
    groups->members.units = grouper->members;
    groups->member_count = rows->count;
    groups->table_row = rows->table_rows;
    reorder_doubts(groups, rows);
    if (rows->doubtful != NULL && (groups->doubtful == NULL || groups->doubt_slot == NULL))
        return ca_error_nomem(groups->err);
    code = reorder_incomplete(groups, rows);
    return code ? code : reorder_dates(groups, rows);
}

/* --- Together ---------------------------------------------------------------------------------------- */

/* Claims take the place of their lines: those that `where` takes, or cannot decide. */
static int choose_claims(ca_grouper *grouper, ca_groups *groups, ca_chosen *rows)
{
    uint8_t columns[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX];
    ca_claims_of of = {.taken = rows->taken, .doubtful = rows->doubtful, .slots = rows->slots};
    all_columns(groups, columns);
    int code = ca_claims_gather(groups, columns, &grouper->lines, &grouper->claims, &of);
    if (code != 0)
        return code;
    *rows = (ca_chosen){.frame = of.frame, .taken = of.claims_taken, .doubtful = of.claims_doubtful,
                     .slots = of.claim_slots, .order = of.order};
    for (uint32_t claim = 0; code == 0 && claim < of.frame.units->rows; claim++) {
        if (!ca_bit(of.claims_taken, claim))    /* no line of it is known to take part */
            code = ca_groups_unknown(groups, &of.frame, claim, of.claim_slots[claim],
                                     ca_blame_name(groups->rule, of.frame.units->schema, of.claim_slots[claim]));
    }
    return code;
}

static int bring_together(ca_grouper *grouper, ca_groups *groups, ca_chosen *rows)
{
    int code = ca_keep_keyed(groups, rows);
    code = code ? code : ca_drop_single(groups, rows);
    if (code != 0 || rows->count == 0)
        return code;
    code = find_groups(groups, rows);
    return code ? code : gather(grouper, groups, rows);
}

/* Lines of a window are of one claim, of a stay those of one patient, whatever `per` says. */
void ca_groups_key(ca_groups *groups)
{
    const ca_rule_keys *keys = &groups->rule->keys;
    static const unsigned of_claim[] = {CA_F_CLAIM_TYPE, CA_F_CLAIM_ID, CA_F_CLAIM_PART};
    groups->key.items = groups->key_columns;
    for (size_t i = 0; i < keys->same.count; i++)
        groups->key_columns[groups->key.count++] = keys->same.items[i];
    for (size_t i = 0; i < keys->peers.count; i++)    /* what is no fact of the entity parts its lines */
        groups->key_columns[groups->key.count++] = keys->peers.items[i];
    for (size_t i = 0; keys->period == CA_PERIOD_CLAIM && i < 3; i++)
        groups->key_columns[groups->key.count++] = of_claim[i];
    if (keys->period == CA_PERIOD_STAY)
        groups->key_columns[groups->key.count++] = CA_F_PATIENT_ID;
}

int ca_groups_find(ca_grouper *grouper, ca_groups *groups)
{
    ca_chosen rows = {0};
    ca_groups_key(groups);
    int code = ca_choose_lines(groups, &rows);
    if (code != 0)
        return code;
    code = groups->rule->keys.of_claims ? choose_claims(grouper, groups, &rows) : ca_settle_doubts(groups, &rows);
    return code ? code : bring_together(grouper, groups, &rows);
}
