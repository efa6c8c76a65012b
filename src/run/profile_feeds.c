/* Which rules the columns of a profile's layouts, or of some files, can feed: a rule is fed when the tests that decide it can
 * come out true with what is supplied. */
#include <string.h>

#include "rules/kind.h"
#include "run/profile_check.h"

/* Columns of one layout of claims with the facts that join it. */
typedef struct feed {
    const ca_layout *layout;      /* or that of one of several pieces */
    const char *name;
    uint8_t *supplied;
} feed;

struct feeding {
    const ca_setup *setup;
    ca_arena *arena;
    feed *feeds;
    size_t feed_count;
    uint8_t *facts;                /* by dictionary field: some file of patients or providers supplies it */
    uint8_t *missing;              /* by column, of the rule and feed at hand */
    const feed *at;
};

/* --- What is supplied ----------------------------------------------------------------------- */

static bool layout_or_file(const ca_layout *layout, const ca_check_file *file, unsigned column)
{
    return file ? file->supplied[column] != 0 : ca_layout_supplies(layout, column);
}

static void add_facts(struct feeding *feeding, const ca_layout *layout, const ca_check_file *file)
{
    for (unsigned c = 0; c < CA_FIELD_COUNT; c++) {
        feeding->facts[c] |= layout_or_file(layout, file, c);
    }
}

static bool is_of_pieces(const ca_layout *layout)
{
    return ca_layout_piece(layout) != CA_PIECE_NONE;
}

/* Rows that are joined to lines feed rules together. */
static feed *find_feed(const struct feeding *feeding, const ca_layout *layout)
{
    for (size_t i = 0; i < feeding->feed_count; i++) {
        const ca_layout *other = feeding->feeds[i].layout;
        if (other == layout || (is_of_pieces(layout) && is_of_pieces(other))) {
            return &feeding->feeds[i];
        }
    }
    return NULL;
}

static int add_feed(struct feeding *feeding, const ca_layout *layout, const ca_check_file *file, ca_error *err)
{
    const ca_schema *schema = &feeding->setup->schema;
    feed *to = find_feed(feeding, layout);
    if (!to) {
        to = &feeding->feeds[feeding->feed_count];
        to->layout = layout;
        to->name = is_of_pieces(layout) ? "layouts with part_of_claim" : ca_layout_name(layout);
        to->supplied = ca_arena_array(feeding->arena, schema->count, 1);
        if (!to->supplied) {
            return ca_error_nomem(err);
        }
        feeding->feed_count++;
    }
    for (unsigned c = 0; c < schema->count; c++) {
        to->supplied[c] |= layout_or_file(layout, file, c);
    }
    return 0;
}

/* Patient facts come with the patient's id, provider facts with the id of their role. */
static void join_feeds(struct feeding *feeding)
{
    const ca_schema *schema = &feeding->setup->schema;
    for (size_t i = 0; i < feeding->feed_count; i++) {
        uint8_t *supplied = feeding->feeds[i].supplied;
        for (unsigned c = 0; c < CA_COLUMN_SITE && c < schema->count; c++) {
            const ca_column_def *def = &schema->columns[c];
            if (c < CA_FIELD_COUNT) {
                bool patient = def->level == CA_LEVEL_PATIENT;
                supplied[c] |= patient && feeding->facts[c] && supplied[CA_F_PATIENT_ID];
                continue;
            }
            unsigned key = ca_role_field((ca_role)((c - CA_COLUMN_ROLES) / CA_PROVIDER_FACTS));
            supplied[c] |= feeding->facts[def->field] && supplied[key];
        }
    }
}

static int gather(struct feeding *feeding, const ca_profile_report *report, ca_error *err)
{
    const ca_profile *profile = feeding->setup->profile;
    size_t count = report->file_count ? report->file_count : profile->layout_count;
    feeding->feeds = ca_arena_array(feeding->arena, count + 1, sizeof *feeding->feeds);
    feeding->facts = ca_arena_array(feeding->arena, CA_FIELD_COUNT, 1);
    feeding->missing = ca_arena_array(feeding->arena, feeding->setup->schema.count, 1);
    int rc = feeding->feeds && feeding->facts && feeding->missing ? 0 : ca_error_nomem(err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        const ca_check_file *file = report->file_count ? &report->files[i] : NULL;
        const ca_layout *layout = file ? file->layout : profile->layouts[i];
        switch (ca_layout_records(layout)) {
        case CA_RECORDS_CLAIMS:
            rc = add_feed(feeding, layout, file, err);
            break;
        case CA_RECORDS_PATIENTS:
        case CA_RECORDS_PROVIDERS:
            add_facts(feeding, layout, file);
            break;
        case CA_RECORDS_IGNORE:
            break;
        }
    }
    join_feeds(feeding);
    return rc;
}

/* --- What a rule needs ---------------------------------------------------------------------- */

static bool has_column(struct feeding *feeding, unsigned column)
{
    if (feeding->at->supplied[column]) {
        return true;
    }
    feeding->missing[column] = 1;
    return false;
}

static unsigned claim_amount(unsigned column)
{
    return column == CA_F_PAID ? CA_F_CLAIM_PAID : column == CA_F_CHARGE ? CA_F_CLAIM_CHARGE : CA_F_CLAIM_ALLOWED;
}

/* The date of a line, or of a claim: its own or that of its lines. */
static bool has_date(struct feeding *feeding, bool of_lines, const ca_kind *kind)
{
    if (!of_lines && kind->unit_date != CA_F_SERVICE_DATE && feeding->at->supplied[CA_F_SERVICE_DATE]) {
        return true;
    }
    return has_column(feeding, of_lines ? CA_F_SERVICE_DATE : kind->unit_date);
}

static bool has_operands(struct feeding *feeding, const ca_rule *rule, const ca_node *node, bool of_lines)
{
    bool all = true;
    bool any = node->arg_count == 0;
    bool inside = of_lines || node->kind == CA_NODE_AGGREGATE;
    if (node->kind == CA_NODE_COLUMN) {
        if (node->claim_amount && feeding->at->supplied[claim_amount(node->column)]) {
            return true;
        }
        return has_column(feeding, node->column);
    }
    for (size_t i = 0; i < node->arg_count; i++) {
        bool good = node->args[i] == NULL || has_operands(feeding, rule, node->args[i], inside);
        all &= good;
        any |= good;
    }
    if (node->kind == CA_NODE_CALL && node->function == CA_FN_COALESCE) {
        all = any;
    }
    if (node->where) {
        all &= has_operands(feeding, rule, node->where, inside);
    }
    if (node->on) {
        return has_operands(feeding, rule, node->on, of_lines) && all;
    }
    bool dated = (node->set && ca_codeset_dated(node->set)) || (node->table && ca_reftable_dated(node->table));
    return (!dated || has_date(feeding, of_lines, rule->kind)) && all;
}

static bool is_bound(const ca_node *node)
{
    bool bound = (!node->set || ca_codeset_bound(node->set)) && (!node->table || ca_reftable_bound(node->table));
    for (size_t i = 0; bound && i < node->arg_count; i++) {
        bound = !node->args[i] || is_bound(node->args[i]);
    }
    return bound && (!node->where || is_bound(node->where)) && (!node->on || is_bound(node->on));
}

/* Whether a condition can come out as wanted. Notes what is missing on the way, so nothing is cut short. */
static bool can_be(struct feeding *feeding, const ca_rule *rule, const ca_node *node, bool of_lines, bool wanted)
{
    if (node->kind == CA_NODE_NOT) {
        return can_be(feeding, rule, node->args[0], of_lines, !wanted);
    }
    if (node->kind == CA_NODE_AND || node->kind == CA_NODE_OR) {
        bool need_all = (node->kind == CA_NODE_AND) == wanted;
        size_t good = 0;
        for (size_t i = 0; i < node->arg_count; i++) {
            good += can_be(feeding, rule, node->args[i], of_lines, wanted);
        }
        return need_all ? good == node->arg_count : good > 0;
    }
    bool fed = has_operands(feeding, rule, node, of_lines);
    return (fed || node->kind == CA_NODE_MISSING) && is_bound(node);
}

static bool has_columns(struct feeding *feeding, const ca_key_columns *columns)
{
    bool all = true;
    for (size_t i = 0; i < columns->count; i++) {
        all &= has_column(feeding, columns->items[i]);
    }
    return all;
}

/* What finds the lines that a kind of several lines looks at together. What `without` asks may stand in another layout. */
static bool has_keys(struct feeding *feeding, const ca_rule *rule)
{
    const ca_rule_keys *keys = &rule->keys;
    const ca_node *const values[] = {keys->interval_from, keys->interval_to, keys->order, keys->metric, keys->minimum};
    bool all = has_columns(feeding, &keys->same);
    all &= has_columns(feeding, &keys->peers);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        all &= !values[i] || has_operands(feeding, rule, values[i], false);
    }
    if (rule->kind->closes && keys->period != CA_PERIOD_CLAIM) {
        all &= has_column(feeding, CA_F_SERVICE_DATE);
    }
    return (!keys->event || can_be(feeding, rule, keys->event, false, true)) && all;
}

static ca_feeding judge_feed(struct feeding *feeding, const ca_rule *rule, size_t *ret_missing)
{
    unsigned columns = feeding->setup->schema.count;
    bool lines = rule->kind->gathering != CA_GATHER_LINE;
    memset(feeding->missing, 0, columns);
    bool can = !rule->where || can_be(feeding, rule, rule->where, lines, true);
    can &= !rule->when || can_be(feeding, rule, rule->when, false, true);
    can &= has_keys(feeding, rule);
    for (size_t i = 0; i < rule->unless_count; i++) {
        can_be(feeding, rule, rule->unless[i].when, false, true);
    }
    if (rule->has_effective) {
        can &= rule->effective_on == rule->kind->unit_date ? has_date(feeding, false, rule->kind)
                                                           : has_column(feeding, rule->effective_on);
    }
    *ret_missing = 0;
    for (unsigned c = 0; c < columns; c++) {
        *ret_missing += feeding->missing[c];
    }
    return !can ? CA_NOT_FED : *ret_missing ? CA_FED_IN_PART : CA_FED;
}

/* --- In words ------------------------------------------------------------------------------- */

static const char *join_words(ca_arena *arena, const char *before, const char *word)
{
    return before ? ca_arena_printf(arena, "%s%s%s", before, *before ? ", " : "", word) : NULL;
}

static const char *name_missing(const struct feeding *feeding)
{
    const char *names = "";
    for (unsigned c = 0; c < feeding->setup->schema.count; c++) {
        if (feeding->missing[c]) {
            names = join_words(feeding->arena, names, feeding->setup->schema.columns[c].name);
        }
    }
    return names;
}

/* Whether nothing at all supplies what is missing, rather than only this layout. */
static bool is_nowhere(const struct feeding *feeding)
{
    for (unsigned c = 0; c < feeding->setup->schema.count; c++) {
        for (size_t i = 0; feeding->missing[c] && i < feeding->feed_count; i++) {
            if (feeding->feeds[i].supplied[c]) {
                return false;
            }
        }
    }
    return true;
}

static const char *name_unbound(const struct feeding *feeding, const ca_rule *rule)
{
    const char *names = "";
    for (size_t i = 0; i < rule->set_count; i++) {
        if (!ca_codeset_bound(rule->sets[i])) {
            names = join_words(feeding->arena, names, ca_codeset_name(rule->sets[i]));
        }
    }
    for (size_t i = 0; i < rule->table_count; i++) {
        if (!ca_reftable_bound(rule->tables[i])) {
            names = join_words(feeding->arena, names, ca_reftable_name(rule->tables[i]));
        }
    }
    return names;
}

/* The best of the layouts decides; of equals the first, and those that lack the same. */
static int feed_rule(struct feeding *feeding, const ca_rule *rule, ca_check_rule *ret_rule, ca_error *err)
{
    size_t least = SIZE_MAX;
    ca_check_rule result = {.feeding = CA_NOT_FED, .layouts = "", .missing = ""};
    for (size_t i = 0; result.layouts && i < feeding->feed_count; i++) {
        size_t missing;
        feeding->at = &feeding->feeds[i];
        ca_feeding fed = judge_feed(feeding, rule, &missing);
        const char *names = name_missing(feeding);
        if (!names) {
            return ca_error_nomem(err);
        }
        if (fed < result.feeding || (fed == result.feeding && missing < least)) {
            least = missing;
            result.feeding = fed;
            result.missing = names;
            result.nowhere = is_nowhere(feeding);
            result.layouts = feeding->at->name;
        } else if (fed == result.feeding && strcmp(names, result.missing) == 0) {
            result.layouts = join_words(feeding->arena, result.layouts, feeding->at->name);
        }
    }
    result.id = ca_arena_cstr(feeding->arena, ca_text_of(rule->id));
    result.title = ca_arena_cstr(feeding->arena, ca_text_of(rule->title));
    result.unbound = name_unbound(feeding, rule);
    if (!result.id || !result.title || !result.layouts || !result.unbound) {
        return ca_error_nomem(err);
    }
    *ret_rule = result;
    return 0;
}

int ca_check_feeds(const ca_setup *setup, ca_arena *arena, ca_profile_report *report, ca_error *err)
{
    struct feeding feeding = {.setup = setup, .arena = arena};
    int rc = gather(&feeding, report, err);
    report->rules = ca_arena_array(arena, setup->rules->count + 1, sizeof *report->rules);
    if (rc == 0 && !report->rules) {
        rc = ca_error_nomem(err);
    }
    for (size_t i = 0; rc == 0 && i < setup->rules->count; i++) {
        const ca_rule *rule = setup->rules->rules[i];
        if (rule->status == CA_RULE_ACTIVE || rule->status == CA_RULE_SHADOW) {
            rc = feed_rule(&feeding, rule, &report->rules[report->rule_count++], err);
        }
    }
    return rc;
}
