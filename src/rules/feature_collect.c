/* What the features of a set read: columns, sets, tables, and which rules hit(…) names. */
#include <string.h>

#include "rules/feature_parts.h"
#include "rules/say.h"

void ca_feature_walk(const ca_featureset *set, const ca_feature *feature, ca_feature_visit visit, void *context)
{
    const ca_feature_term *terms[] = {&feature->numerator, &feature->denominator, &feature->exposure};
    if (feature->where != CA_NO_INDEX)
        visit(context, set->conditions[feature->where], NULL, NULL);
    for (size_t i = 0; feature->entity != CA_ENTITY_LINE && i < 3; i++) {
        const ca_feature_tally *tally = &set->tallies[terms[i]->tally];
        if (i == 1 && !feature->has_denominator)
            continue;
        if (tally->where != CA_NO_INDEX)
            visit(context, set->conditions[tally->where], NULL, NULL);
        if (tally->number != CA_NO_INDEX)
            visit(context, NULL, &set->numbers[tally->number], NULL);
        if (tally->key != CA_NO_INDEX)
            visit(context, NULL, NULL, &set->keys[tally->key]);
        if (tally->once != CA_NO_INDEX)
            visit(context, NULL, NULL, &set->keys[tally->once]);
    }
    if (feature->entity != CA_ENTITY_LINE)
        return;
    const ca_feature_line *line = &feature->line;
    if (line->condition != CA_NO_INDEX)
        visit(context, set->conditions[line->condition], NULL, NULL);
    if (line->above != CA_NO_INDEX)
        visit(context, NULL, &set->numbers[line->above], NULL);
    if (line->below != CA_NO_INDEX)
        visit(context, NULL, &set->numbers[line->below], NULL);
    for (size_t i = 0; i < line->cell_count; i++)
        if (line->cells[i] != CA_NO_INDEX)
            visit(context, NULL, NULL, &set->keys[line->cells[i]]);
}

/* --- What is read ------------------------------------------------------------------------------- */

typedef struct collector {
    ca_featureset *set;
    const ca_ruleset *rules;
    const ca_feature *feature;
    ca_diags *diags;
} collector;

static void read_column(collector *collect, unsigned column)
{
    if (column != CA_NO_COLUMN && !collect->feature->draft)
        collect->set->columns[column] = 1;
}

static void note_set(ca_featureset *set, ca_codeset *of)
{
    for (size_t i = 0; i < set->set_count; i++)
        if (set->sets[i] == of)
            return;
    set->sets[set->set_count++] = of;
}

static void note_table(ca_featureset *set, ca_reftable *of)
{
    for (size_t i = 0; i < set->table_count; i++)
        if (set->tables[i] == of)
            return;
    set->tables[set->table_count++] = of;
}

static void note_refs(collector *collect, const ca_node *node)
{
    bool dated = (node->set != NULL && ca_codeset_dated(node->set)) || (node->table != NULL && ca_reftable_dated(node->table));
    if (node->set != NULL)
        note_set(collect->set, node->set);
    if (node->table != NULL)
        note_table(collect->set, node->table);
    if (dated && node->on == NULL)
        read_column(collect, CA_F_SERVICE_DATE);
}

static void note_hit(collector *collect, const ca_node *node)
{
    ca_featureset *set = collect->set;
    const ca_conf conf = {collect->feature->file, collect->diags};
    const ca_rule *rule = collect->rules == NULL ? NULL : ca_ruleset_find(collect->rules, node->text);
    for (size_t i = 0; i < set->hit_count; i++)
        if (ca_text_is(node->text, set->hits[i]))
            return;
    if (collect->rules != NULL && rule == NULL)
        ca_say(&conf, CA_DIAG_ERROR, node->start, "there is no rule %s", node->text.ptr);
    else if (rule != NULL && (rule->status == CA_RULE_DRAFT || rule->status == CA_RULE_RETIRED))
        ca_say(&conf, CA_DIAG_WARNING, node->start, "%s is %s and does not run: nobody knows what it would hit",
               rule->id, ca_rule_status_name(rule->status));
    set->hits[set->hit_count++] = node->text.ptr;
}

static void visit_node(collector *collect, ca_node *node)
{
    if (node == NULL)
        return;
    if (node->kind == CA_NODE_COLUMN)
        read_column(collect, node->column);
    if (node->kind == CA_NODE_HIT)
        note_hit(collect, node);
    note_refs(collect, node);
    for (size_t i = 0; i < node->arg_count; i++)
        visit_node(collect, node->args[i]);
    visit_node(collect, node->on);
}

static void visit(void *context, ca_node *condition, const ca_feature_number *number, const ca_feature_key *key)
{
    collector *collect = context;
    visit_node(collect, condition);
    for (size_t i = 0; number != NULL && i < number->count; i++)
        read_column(collect, number->column[i]);
    for (size_t i = 0; key != NULL && i < key->count; i++)
        read_column(collect, key->column[i]);
}

static void read_entity(collector *collect)
{
    const ca_entity_kind *kind = &ca_entity_kinds[collect->feature->entity];
    read_column(collect, kind->id);
    if (kind->person) {
        read_column(collect, kind->region);
        read_column(collect, CA_F_SEX);
        read_column(collect, CA_F_BIRTH_DATE);
    }
}

static void read_feature(collector *collect, const ca_feature *feature)
{
    collect->feature = feature;
    ca_feature_walk(collect->set, feature, visit, collect);
    read_entity(collect);
    if (feature->entity == CA_ENTITY_LINE)
        read_column(collect, feature->line.column);
    for (size_t i = 0; i < feature->say_count; i++)
        if (feature->say[i].word == CA_SAY_COLUMN)
            read_column(collect, feature->say[i].column);
}

/* --- Places of hits ----------------------------------------------------------------------------- */

static void sort_hits(ca_featureset *set)
{
    for (size_t i = 1; i < set->hit_count; i++) {
        const char *hit = set->hits[i];
        size_t k = i;
        for (; k > 0 && strcmp(set->hits[k - 1], hit) > 0; k--)
            set->hits[k] = set->hits[k - 1];
        set->hits[k] = hit;
    }
}

static void place_hits(const ca_featureset *set, ca_node *node)
{
    if (node->kind == CA_NODE_HIT)
        while (node->hit < set->hit_count && !ca_text_is(node->text, set->hits[node->hit]))
            node->hit++;
    for (size_t i = 0; i < node->arg_count; i++)
        place_hits(set, node->args[i]);
}

static size_t count_nodes(const ca_node *node)
{
    size_t count = 1;
    for (size_t i = 0; i < node->arg_count; i++)
        count += count_nodes(node->args[i]);
    return node->on == NULL ? count : count + count_nodes(node->on);
}

static int make_room(ca_featureset *set, ca_error *err)
{
    ca_arena *arena = &set->base->arena;
    size_t nodes = 0;
    for (size_t i = 0; i < set->condition_count; i++)
        nodes += count_nodes(set->conditions[i]);
    set->columns = ca_arena_array(arena, set->base->schema->count, 1);
    set->sets = ca_arena_array(arena, nodes + 1, sizeof(*set->sets));
    set->tables = ca_arena_array(arena, nodes + 1, sizeof(*set->tables));
    set->hits = ca_arena_array(arena, nodes + 1, sizeof(*set->hits));
    bool whole = set->columns != NULL && set->sets != NULL && set->tables != NULL && set->hits != NULL;
    return whole ? 0 : ca_error_nomem(err);
}

/* --- Who asks ------------------------------------------------------------------------------------ */

typedef struct question {
    uint32_t hit;
    bool asked;
} question;

static bool asks(const ca_node *node, uint32_t hit)
{
    bool found = node->kind == CA_NODE_HIT && node->hit == hit;
    for (size_t i = 0; i < node->arg_count && !found; i++)
        found = asks(node->args[i], hit);
    return found;
}

static void visit_question(void *context, ca_node *condition, const ca_feature_number *number, const ca_feature_key *key)
{
    question *of = context;
    (void)number;
    (void)key;
    of->asked |= condition != NULL && asks(condition, of->hit);
}

bool ca_feature_asks(const ca_featureset *set, const ca_feature *feature, uint32_t hit)
{
    question of = {hit, false};
    ca_feature_walk(set, feature, visit_question, &of);
    return of.asked;
}

int ca_featureset_collect(ca_featureset *set, const ca_ruleset *rules, ca_diags *diags, ca_error *err)
{
    collector collect = {.set = set, .rules = rules, .diags = diags};
    int code = make_room(set, err);
    if (code != 0)
        return code;
    for (size_t i = 0; i < set->count; i++)
        read_feature(&collect, set->features[i]);
    sort_hits(set);
    for (size_t i = 0; i < set->condition_count; i++)
        place_hits(set, set->conditions[i]);
    return 0;
}
