/* From features to what is asked of lines: members, sums and tallies that several features have in common are there once. */
#include "run/measure_asks.h"

#include <string.h>

/* --- What a kind needs ------------------------------------------------------------------------------------------------ */

typedef struct planning {
    ca_measure_plan *plan;
    ca_measure_kind *kind;
    ca_arena *arena;
    bool failed;
} planning;

static unsigned member_of(planning *of, ca_asks list)
{
    ca_measure_kind *kind = of->kind;
    ca_asks_simplify(&list);
    for (unsigned i = 0; i < kind->member_count; i++) {
        const ca_measure_member *member = &kind->members[i];
        bool same = member->count == list.count;
        for (size_t k = 0; same && k < list.count; k++) {
            same = ca_ask_order(&member->asks[k], &list.items[k]) == 0;
        }
        if (same) {
            return i;
        }
    }
    ca_ask *own = ca_arena_array(of->arena, list.count + 1, sizeof *own);
    if (!own) {
        of->failed = true;
        return 0;
    }
    memcpy(own, list.items, list.count * sizeof *own);
    kind->members[kind->member_count] = (ca_measure_member){own, list.count};
    return kind->member_count++;
}

/* A number, or a key, of the plan's in the records of the kind. */
static uint32_t number_of(planning *of, uint32_t number)
{
    ca_measure_kind *kind = of->kind;
    uint32_t i = 0;
    while (i < kind->number_count && kind->numbers[i] != number) {
        i++;
    }
    if (number == CA_NO_INDEX || i < kind->number_count) {
        return number == CA_NO_INDEX ? CA_NO_INDEX : i;
    }
    kind->numbers[i] = number;
    return kind->number_count++;
}

static uint32_t key_of(planning *of, uint32_t key)
{
    ca_measure_kind *kind = of->kind;
    uint32_t i = 0;
    while (i < kind->key_count && kind->keys[i].key != key) {
        i++;
    }
    if (key == CA_NO_INDEX || i < kind->key_count) {
        return key == CA_NO_INDEX ? CA_NO_INDEX : i;
    }
    kind->keys[i] = (ca_measure_key){.key = key};
    return kind->key_count++;
}

static uint32_t sum_of(planning *of, ca_measure_sum sum)
{
    ca_measure_kind *kind = of->kind;
    for (uint32_t i = 0; i < kind->sum_count; i++) {
        if (kind->sums[i].reduce == sum.reduce && kind->sums[i].member == sum.member && kind->sums[i].number == sum.number) {
            return i;
        }
    }
    kind->sums[kind->sum_count] = sum;
    return kind->sum_count++;
}

/* How many groups there are. */
static ca_measure_tally groups_of(unsigned member, uint32_t key)
{
    return (ca_measure_tally){
        .member = member, .key = key, .number = CA_NO_INDEX, .once = CA_NO_INDEX, .pairs = CA_NO_INDEX, .next = CA_NO_INDEX};
}

static uint32_t tally_of(planning *of, ca_measure_tally tally)
{
    ca_measure_kind *kind = of->kind;
    for (uint32_t i = 0; i < kind->tally_count; i++) {
        ca_measure_tally *other = &kind->tallies[i];
        if (other->member == tally.member && other->key == tally.key && other->number == tally.number && other->once == tally.once) {
            other->weighed |= tally.weighed;
            return i;
        }
    }
    kind->tallies[kind->tally_count] = tally;
    return kind->tally_count++;
}

static ca_measure_term term_of(planning *of, const ca_asks *part, const ca_feature_term *term)
{
    const ca_feature_tally *tally = &of->plan->set->tallies[term->tally];
    ca_asks list = *part;
    if (tally->where != CA_NO_INDEX) {
        ca_ask_add(&list, CA_ASK_TRUE, tally->where, 0);
    }
    unsigned member = member_of(of, list);
    ca_measure_term made = {.term = term, .amounts = tally->number != CA_NO_INDEX};
    bool ends = term->reduce == CA_REDUCE_MIN || term->reduce == CA_REDUCE_MAX;
    bool added = tally->once == CA_NO_INDEX && (tally->key == CA_NO_INDEX || term->reduce == CA_REDUCE_TOTAL || ends);
    if (added && tally->number == CA_NO_INDEX) {
        made.index = member;
    } else if (added) {
        made.from = CA_FROM_SUM;
        made.index = sum_of(of, (ca_measure_sum){ends ? term->reduce : CA_REDUCE_TOTAL, member, number_of(of, tally->number)});
    } else if (tally->key == CA_NO_INDEX) {
        made.from = CA_FROM_GROUPS;
        made.index = tally_of(of, groups_of(member, key_of(of, tally->once)));
    } else {
        uint32_t key = key_of(of, tally->key);
        uint32_t once = key_of(of, tally->once);
        bool plain = term->reduce == CA_REDUCE_GROUPS && !term->limited && tally->once == CA_NO_INDEX && tally->number == CA_NO_INDEX;
        made.from = plain ? CA_FROM_GROUPS : CA_FROM_TALLY;
        ca_measure_tally one = groups_of(member, key);
        one.number = number_of(of, tally->number);
        one.once = once;
        one.weighed = !plain;
        made.index = tally_of(of, one);
    }
    return made;
}

static void plan_feature(planning *of, const ca_feature *feature)
{
    ca_asks part = ca_asks_of(of->plan->set, feature);
    ca_measure_feature made = {.feature = feature, .numerator = term_of(of, &part, &feature->numerator)};
    if (feature->has_denominator) {
        made.denominator = term_of(of, &part, &feature->denominator);
    }
    made.exposure = term_of(of, &part, &feature->exposure);
    made.lines = member_of(of, part);
    of->kind->features[of->kind->feature_count++] = made;
}

/* What every kind has: claims and what was paid. */
static void plan_size(planning *of)
{
    uint32_t claim = of->plan->claim;
    uint32_t paid = of->plan->paid;
    ca_asks all = {.count = 0};
    ca_asks known = {.count = 0};
    ca_ask_add(&known, CA_ASK_NUMBER, CA_NO_INDEX, paid);
    of->kind->claims = tally_of(of, groups_of(member_of(of, all), key_of(of, claim)));
    of->kind->paid = sum_of(of, (ca_measure_sum){CA_REDUCE_TOTAL, member_of(of, known), number_of(of, paid)});
}

static void hash_column(ca_measure_plan *plan, unsigned column, uint32_t *ret_place)
{
    uint32_t at = 0;
    while (at < plan->hashed_count && plan->hashed[at] != column) {
        at++;
    }
    plan->hashed[at] = column;
    plan->hashed_count += at == plan->hashed_count;
    *ret_place = at;
}

static void plan_links(planning *of)
{
    ca_measure_links *links = &of->kind->links;
    ca_measure_plan *plan = of->plan;
    ca_asks placed = {.count = 0};
    links->used = true;
    for (unsigned i = 0; i < CA_LINKS; i++) {
        ca_asks named = {.count = 0};
        uint32_t place;
        hash_column(plan, plan->keys[plan->links[i]].column[0], &place);
        ca_ask_add(&named, CA_ASK_NAMED, CA_NO_INDEX, place);
        links->key[i] = key_of(of, plan->links[i]);
        links->member[i] = member_of(of, named);
    }
    ca_ask_add(&placed, CA_ASK_KEY, CA_NO_INDEX, plan->links[CA_LINKS]);
    links->place = key_of(of, plan->links[CA_LINKS]);
    links->placed = member_of(of, placed);
    links->region = key_of(of, plan->links[CA_LINKS + 1]);
}

/* --- What is read -------------------------------------------------------------------------------------------------------- */

static void read_members(planning *of)
{
    const ca_measure_kind *kind = of->kind;
    ca_measure_plan *plan = of->plan;
    for (unsigned i = 0; i < kind->member_count; i++) {
        for (size_t k = 0; k < kind->members[i].count; k++) {
            const ca_ask *one = &kind->members[i].asks[k];
            if (one->condition != CA_NO_INDEX) {
                kind->reads[one->condition] = plan->condition_read[one->condition] = 1;
            }
            if (one->of == CA_ASK_NUMBER) {
                plan->number_read[one->index] = 1;
            }
            if (one->of == CA_ASK_KEY) {
                plan->key_read[one->index] = 1;
            }
        }
    }
    for (unsigned i = 0; i < kind->number_count; i++) {
        plan->number_read[kind->numbers[i]] = 1;
    }
    for (unsigned i = 0; i < kind->key_count; i++) {
        if (kind->keys[i].key != CA_NO_INDEX) {
            plan->key_read[kind->keys[i].key] = 1;
            plan->key_kept[kind->keys[i].key] |= kind->keys[i].part_count == 0;
        }
    }
}

/* --- A kind ----------------------------------------------------------------------------------------------------------- */

static int make_room(planning *of, size_t features)
{
    ca_measure_kind *kind = of->kind;
    kind->members = ca_arena_array(of->arena, 4 * features + 2 + CA_LINKS + 1, sizeof *kind->members);
    kind->numbers = ca_arena_array(of->arena, of->plan->number_count + 1, sizeof *kind->numbers);
    kind->keys = ca_arena_array(of->arena, of->plan->key_count + 3 * features + 1, sizeof *kind->keys);
    kind->sums = ca_arena_array(of->arena, 4 * features + 1, sizeof *kind->sums);
    kind->tallies = ca_arena_array(of->arena, 3 * features + 1, sizeof *kind->tallies);
    kind->features = ca_arena_array(of->arena, features + 1, sizeof *kind->features);
    kind->reads = ca_arena_array(of->arena, of->plan->set->condition_count + 1, 1);
    bool made = kind->members && kind->numbers && kind->keys && kind->sums && kind->tallies && kind->features && kind->reads;
    return made ? 0 : CA_NOMEM;
}

static void read_entity(ca_measure_plan *plan, ca_measure_kind *kind)
{
    const ca_entity_kind *of = &ca_entity_kinds[kind->entity];
    const unsigned columns[] = {of->region, CA_F_SEX, CA_F_BIRTH_DATE};
    plan->columns[of->id] = 1;
    for (size_t i = 0; of->person && i < sizeof columns / sizeof *columns; i++) {
        plan->columns[columns[i]] = 1;
    }
    hash_column(plan, of->id, &kind->hashed);
}

static int plan_kind(ca_measure_plan *plan, ca_entity entity, ca_arena *arena, ca_error *err)
{
    ca_measure_kind *kind = &plan->kinds[entity];
    planning of = {.plan = plan, .kind = kind, .arena = arena};
    size_t features = plan->set->active[entity];
    bool links = entity == CA_ENTITY_PATIENT && plan->links[0] != CA_NO_INDEX;
    kind->entity = entity;
    kind->used = features > 0 || links;
    if (!kind->used) {
        return 0;
    }
    if (make_room(&of, features)) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < features; i++) {
        plan_feature(&of, plan->set->features[plan->set->first[entity] + i]);
    }
    plan_size(&of);
    if (links) {
        plan_links(&of);
    }
    if (kind->member_count > CA_MEASURE_MEMBERS) {
        return ca_error_set(err, CA_LIMIT, "features of a %s tell lines apart in more than %u ways", ca_entity_kinds[entity].name,
                            CA_MEASURE_MEMBERS);
    }
    if (of.failed || ca_measure_plan_groups(plan, kind, arena) || ca_measure_plan_record(plan, kind, arena)) {
        return ca_error_nomem(err);
    }
    read_members(&of);
    read_entity(plan, kind);
    return 0;
}

/* --- All of them ------------------------------------------------------------------------------------------------------ */

static bool is_claim(const ca_feature_key *key)
{
    unsigned both = CA_F_CLAIM_TYPE + CA_F_CLAIM_ID;
    return key->count == 2 && key->column[0] + key->column[1] == both && (key->column[0] == CA_F_CLAIM_TYPE || key->column[1] == CA_F_CLAIM_TYPE);
}

/* What every kind has: a number and a key of the set's, or others behind those. */
static void find_size(ca_measure_plan *plan)
{
    plan->paid = plan->claim = 0;
    while (plan->paid < plan->number_count && ca_measure_plain(&plan->numbers[plan->paid]) != CA_F_PAID) {
        plan->paid++;
    }
    if (plan->paid == plan->number_count) {
        plan->numbers[plan->number_count++] = (ca_feature_number){.column = {CA_F_PAID}, .factor = {1}, .count = 1, .money = true};
    }
    while (plan->claim < plan->key_count && !is_claim(&plan->keys[plan->claim])) {
        plan->claim++;
    }
    if (plan->claim == plan->key_count) {
        plan->keys[plan->key_count++] = (ca_feature_key){.column = {CA_F_CLAIM_TYPE, CA_F_CLAIM_ID}, .count = 2};
    }
}

static int copy_parts(ca_measure_plan *plan, ca_arena *arena)
{
    const ca_featureset *set = plan->set;
    size_t keys = set->key_count + 1 + CA_LINKS + 2;
    plan->number_count = set->number_count;
    plan->key_count = set->key_count;
    plan->numbers = ca_arena_array(arena, set->number_count + 1, sizeof *plan->numbers);
    plan->keys = ca_arena_array(arena, keys, sizeof *plan->keys);
    plan->number_read = ca_arena_array(arena, set->number_count + 1, 1);
    plan->key_read = ca_arena_array(arena, keys, 1);
    plan->key_kept = ca_arena_array(arena, keys, 1);
    plan->condition_read = ca_arena_array(arena, set->condition_count + 1, 1);
    plan->columns = ca_arena_array(arena, plan->schema->count, 1);
    plan->hashed = ca_arena_array(arena, plan->schema->count + 1, sizeof *plan->hashed);
    if (!plan->numbers || !plan->keys || !plan->number_read || !plan->key_read || !plan->key_kept || !plan->condition_read || !plan->columns ||
        !plan->hashed) {
        return CA_NOMEM;
    }
    for (size_t i = 0; i < set->number_count; i++) {
        plan->numbers[i] = set->numbers[i];
    }
    for (size_t i = 0; i < set->key_count; i++) {
        plan->keys[i] = set->keys[i];
    }
    find_size(plan);
    return 0;
}

static void read_columns(ca_measure_plan *plan)
{
    static const unsigned always[] = {CA_F_CLAIM_ID, CA_F_CLAIM_TYPE, CA_F_LINE_NO, CA_F_SERVICE_DATE, CA_F_PAID};
    for (unsigned c = 0; c < plan->schema->count; c++) {
        plan->columns[c] |= plan->set->columns[c];
    }
    for (size_t i = 0; i < sizeof always / sizeof *always; i++) {
        plan->columns[always[i]] = 1;
    }
    for (size_t i = 0; i < plan->key_count; i++) {
        for (size_t k = 0; plan->key_kept[i] && k < plan->keys[i].count; k++) {
            ca_type type = plan->schema->columns[plan->keys[i].column[k]].type;
            uint32_t place;
            if (type == CA_TYPE_ID || type == CA_TYPE_TEXT) {
                hash_column(plan, plan->keys[i].column[k], &place);
            }
        }
    }
}

int ca_measure_plan_new(const ca_featureset *set, const ca_schema *schema, bool networks, ca_arena *arena, ca_measure_plan **ret_plan,
                        ca_error *err)
{
    ca_measure_plan *plan = ca_arena_array(arena, 1, sizeof *plan);
    if (!plan) {
        return ca_error_nomem(err);
    }
    plan->set = set;
    plan->schema = schema;
    if (copy_parts(plan, arena)) {
        return ca_error_nomem(err);
    }
    ca_measure_plan_links(plan, networks);
    int rc = 0;
    for (unsigned entity = 0; rc == 0 && entity < CA_ENTITY_LINE; entity++) {
        rc = plan_kind(plan, (ca_entity)entity, arena, err);
    }
    if (rc == 0) {
        read_columns(plan);
        *ret_plan = plan;
    }
    return rc;
}
