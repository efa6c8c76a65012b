/* Estimates what rules cost, from the columns they read and from what their `where` looks at. The figures are orders of
 * magnitude: they compare rules, they promise nothing. */
#include "rules/cost.h"

#include <string.h>

#include "base/budget.h"
#include "rules/group_mates.h"
#include "rules/kind.h"

/* Guesses of how many lines a condition leaves, in percent. */
#define CODES_LEAVE   5u
#define CHOICE_LEAVES 35u
#define MATES_LEAVE   5u       /* of lines that are nothing alone, those that find others of their key */

/* Nanoseconds of one core, measured by bench/cost.py on 2026-11-23: release build, one thread, a million generated lines, a shared
 * machine with 2 cores of about 2.6 GHz on which libcsv alone takes 360 ns a line. */
#define LINE_NS         530u   /* bytes to fields, and where the claim is settled */
#define DENSE_RULE_NS   4u     /* a rule that looks at every line */
#define CODES_RULE_NS   10u
#define CLAIMS_NS       70u    /* a claim's lines side by side, each */
#define CLAIM_RULE_NS   21u
#define SEVERAL_NS      100u   /* what rules of several lines read goes with the line */
#define MATES_NS        50u    /* a line that tells others of its key, each rule */
#define TRAVEL_NS       80u    /* there and back, sorted */
#define JUDGE_NS        65u    /* a line that came, each rule */

/* Bytes, counted on the same lines as records of values in full width: what is there whatever the rules read. Lines that travel
 * are packed narrower. */
#define PLACE_BYTES     70u    /* of a line that travels: hash, place in its file, digest, which rules it is for */
#define CLAIM_BYTES     112u   /* of a line that waits for its claim */
#define MARKS_BYTES     8u     /* there, of a rule that wants others of its key and looks at the line */
#define LINES_OF_CLAIM  4u
#define TABLE_ROW_BYTES 64u
#define RULES_MEMORY    (UINT64_C(4) << 20)    /* what rules, and small tables of patients and providers, take: a scan measures it */

/* --- What a condition leaves --------------------------------------------------------------------- */

static bool is_code(const ca_node *node)
{
    return node->type.type == CA_TYPE_CODE || node->type.type == CA_TYPE_CODES;
}

/* Does it hold for some codes only? */
static bool asks_codes(const ca_node *node)
{
    if (node->kind == CA_NODE_AND || node->kind == CA_NODE_OR) {
        size_t asking = 0;
        for (size_t i = 0; i < node->arg_count; i++)
            asking += asks_codes(node->args[i]);
        return node->kind == CA_NODE_AND ? asking > 0 : asking == node->arg_count;
    }
    bool lists = node->kind == CA_NODE_IN || node->kind == CA_NODE_OVERLAPS || node->kind == CA_NODE_HAS ||
                 node->kind == CA_NODE_STARTS || (node->kind == CA_NODE_COMPARE && node->compare == CA_EQ);
    if (node->kind == CA_NODE_FOUND)
        return !node->negated;
    return lists && !node->negated && is_code(node->args[0]) &&
           (node->kind != CA_NODE_COMPARE || node->args[1]->kind == CA_NODE_STRING);
}

/* Is one of its conditions a choice of few, as claim_type = 'pharmacy'? */
static bool asks_choice(const ca_node *node)
{
    if (node->kind == CA_NODE_AND) {
        bool asks = false;
        for (size_t i = 0; i < node->arg_count; i++)
            asks |= asks_choice(node->args[i]);
        return asks;
    }
    bool positive = (node->kind == CA_NODE_COMPARE && node->compare == CA_EQ) || (node->kind == CA_NODE_IN && !node->negated);
    return positive && node->args[0]->type.type == CA_TYPE_ENUM;
}

static unsigned leaves(const ca_node *node)
{
    if (node == NULL)
        return 100;
    return asks_codes(node) ? CODES_LEAVE : asks_choice(node) ? CHOICE_LEAVES : 100;
}

static unsigned share(unsigned percent, unsigned of)
{
    return (percent * of + 99) / 100;
}

/* Of an absence it looks at the lines of its event and at those that it misses. */
static unsigned leaves_of_rule(const ca_rule *rule)
{
    unsigned where = leaves(rule->where);
    if (rule->kind->each == CA_EACH_LINE && rule->keys.each != NULL && where > CODES_LEAVE)
        where = CODES_LEAVE;    /* lines of no row are turned away */
    if (rule->kind->gathering == CA_GATHER_LINE) {
        unsigned when = leaves(rule->when);
        return when < where ? when : where;
    }
    if (rule->keys.event == NULL)
        return where;
    unsigned both = leaves(rule->keys.event) + leaves(rule->keys.without);
    return both < where ? both : where;
}

/* What is nothing without others of its key stays where it is when there are none. Events are something. */
static unsigned travels(const ca_rule *rule, unsigned looked_at)
{
    unsigned events;
    switch (ca_mating_of(rule).by) {
    case CA_MATES_NONE:
        return looked_at;
    case CA_MATES_ANY:
    case CA_MATES_NEAR:
    case CA_MATES_OVERLAP:
        return share(looked_at, MATES_LEAVE);
    case CA_MATES_EVENT:
        events = leaves(rule->keys.event);
        return events < looked_at ? events + share(looked_at - events, MATES_LEAVE) : looked_at;
    }
    return looked_at;
}

/* --- What travels --------------------------------------------------------------------------------- */

static unsigned width(const ca_column_def *column)
{
    switch (column->type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        return 8;
    case CA_TYPE_DATE:
    case CA_TYPE_CODE:
        return 4;
    case CA_TYPE_ENUM:
        return 1;
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        return 14;      /* a length, and 8 to 11 characters in the lines that were measured */
    case CA_TYPE_CODES:
        return 12;
    case CA_TYPE_INTERVALS:
        return 24;
    }
    return 8;
}

static bool reads(const ca_rule *rule, unsigned column)
{
    return rule->unit_columns[column] || rule->line_columns[column];
}

/* What every travelling line carries, for its finding and for the total order. */
static bool always(unsigned column)
{
    static const unsigned columns[] = {CA_F_CLAIM_ID, CA_F_CLAIM_TYPE, CA_F_CLAIM_PART, CA_F_LINE_NO, CA_F_PATIENT_ID,
                                       CA_F_BILLING_PROVIDER_ID, CA_F_RENDERING_PROVIDER_ID, CA_F_SERVICE_DATE, CA_F_PAID};
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        if (columns[i] == column)
            return true;
    return false;
}

static void find_exchange(const ca_rule *rule, ca_rule_cost *cost)
{
    if (!ca_kind_of_several(rule->kind)) {
        cost->exchange = rule->kind->gathering == CA_GATHER_LINE ? CA_EXCHANGE_NONE : CA_EXCHANGE_CLAIM;
        return;
    }
    cost->key_count = ca_route_key(rule, cost->key);
    cost->exchange = cost->key[0] == CA_F_PATIENT_ID ? CA_EXCHANGE_PATIENT : CA_EXCHANGE_KEY;
}

/* Of a line that waits for its claim: its head has some columns already, and what describes the claim is there once for all
 * lines that follow one another. */
static unsigned waiting_width(const ca_column_def *column, unsigned number)
{
    static const unsigned in_head[] = {CA_F_CLAIM_ID,     CA_F_CLAIM_TYPE,    CA_F_CLAIM_PART, CA_F_LINE_NO,
                                       CA_F_CLAIM_STATUS, CA_F_CLAIM_VERSION, CA_F_PAID_DATE,  CA_F_RECEIVED_DATE};
    for (size_t i = 0; i < sizeof(in_head) / sizeof(in_head[0]); i++)
        if (in_head[i] == number)
            return 0;
    return column->level == CA_LEVEL_LINE ? width(column) : (width(column) + LINES_OF_CLAIM - 1) / LINES_OF_CLAIM;
}

static unsigned line_bytes(const ca_schema *schema, const uint8_t *columns, ca_exchange exchange)
{
    unsigned bytes = exchange == CA_EXCHANGE_CLAIM ? CLAIM_BYTES : PLACE_BYTES;
    unsigned count = 0;
    if (exchange == CA_EXCHANGE_NONE)
        return 0;
    for (unsigned c = 0; c < schema->count; c++) {
        if (exchange == CA_EXCHANGE_CLAIM)
            bytes += columns[c] ? waiting_width(&schema->columns[c], c) : 0;
        else
            bytes += columns[c] || always(c) ? width(&schema->columns[c]) : 0;
        count += columns[c] || always(c);
    }
    return bytes + (count + 7) / 8;
}

static void note_columns(const ca_schema *schema, const ca_rule *rule, uint8_t *columns)
{
    for (unsigned c = 0; c < schema->count; c++)
        columns[c] |= reads(rule, c);
}

void ca_rule_cost_of(const ca_schema *schema, const ca_rule *rule, ca_rule_cost *ret_cost)
{
    uint8_t columns[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX] = {0};
    ca_rule_cost cost = {.looks = leaves_of_rule(rule)};
    find_exchange(rule, &cost);
    note_columns(schema, rule, columns);
    bool several = cost.exchange == CA_EXCHANGE_PATIENT || cost.exchange == CA_EXCHANGE_KEY;
    cost.by_codes = cost.looks < CHOICE_LEAVES;
    cost.mates = several && ca_mating_of(rule).by != CA_MATES_NONE;
    cost.percent = several ? travels(rule, cost.looks) : cost.looks;
    if (cost.exchange == CA_EXCHANGE_CLAIM)
        cost.percent = 100; /* every line goes there anyway */
    cost.bytes = line_bytes(schema, columns, cost.exchange);
    for (unsigned c = 0; c < schema->count; c++)
        cost.columns += columns[c];
    *ret_cost = cost;
}

/* --- A run ---------------------------------------------------------------------------------------- */

typedef struct planner {
    const ca_ruleset *set;
    uint64_t lines;
    ca_run_cost *cost;
    uint8_t **columns;       /* by exchange */
    uint64_t nanoseconds;    /* of one line, times 100 */
    unsigned marks;          /* bytes of a line, times 100 */
    bool several, claims;    /* there are rules of these */
} planner;

static bool runs(const ca_rule *rule)
{
    return rule->status == CA_RULE_ACTIVE || rule->status == CA_RULE_SHADOW;
}

/* Lines that come together by few columns are together by more of them, too. */
static size_t place_of(planner *p, ca_exchange of, const unsigned *key, unsigned key_count)
{
    for (size_t i = 0; i < p->cost->exchange_count; i++) {
        const ca_exchange_cost *exchange = &p->cost->exchanges[i];
        if (exchange->exchange == of && ca_route_serves(exchange->key, exchange->key_count, key, key_count))
            return i;
    }
    ca_exchange_cost *exchange = &p->cost->exchanges[p->cost->exchange_count];
    exchange->exchange = of;
    exchange->key_count = key_count;
    if (key_count > 0)
        memcpy(exchange->key, key, key_count * sizeof(*key));
    return p->cost->exchange_count++;
}

static void add_to(planner *p, size_t at, const ca_rule *rule, unsigned percent)
{
    ca_exchange_cost *exchange = &p->cost->exchanges[at];
    exchange->rules++;
    exchange->percent = exchange->percent + percent < 100 ? exchange->percent + percent : 100;
    note_columns(p->set->schema, rule, p->columns[at]);
}

/* What rules of several lines read waits with the line until its claim is settled. */
static void add_rule(planner *p, const ca_rule *rule, const ca_rule_cost *cost)
{
    bool several = cost->exchange == CA_EXCHANGE_PATIENT || cost->exchange == CA_EXCHANGE_KEY;
    if (several)
        add_to(p, place_of(p, CA_EXCHANGE_CLAIM, NULL, 0), rule, 100);
    add_to(p, place_of(p, cost->exchange, cost->key, cost->key_count), rule, cost->percent);
    p->several |= several;
    p->claims |= cost->exchange == CA_EXCHANGE_CLAIM;
    p->marks += cost->mates ? cost->looks * MARKS_BYTES : 0;
    p->nanoseconds += cost->exchange == CA_EXCHANGE_CLAIM ? 100u * CLAIM_RULE_NS
                                                          : 100u * (cost->by_codes ? CODES_RULE_NS : DENSE_RULE_NS);
    p->nanoseconds += cost->mates ? cost->looks * MATES_NS : 0;
    p->nanoseconds += several ? cost->percent * JUDGE_NS : 0;
}

/* Each set and table once, whoever reads it. */
static uint64_t table_bytes(const ca_ruleset *set)
{
    uint64_t rows = 0;
    for (size_t i = 0; i < ca_refs_set_count(set->refs); i++)
        rows += ca_codeset_rows(ca_refs_set_at(set->refs, i));
    for (size_t i = 0; i < ca_refs_table_count(set->refs); i++)
        rows += ca_reftable_rows(ca_refs_table_at(set->refs, i));
    return rows * TABLE_ROW_BYTES;
}

static uint64_t product(uint64_t a, uint64_t b)
{
    return b != 0 && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

static void finish(planner *p)
{
    ca_run_cost *cost = p->cost;
    p->nanoseconds += 100u * (LINE_NS + (p->several ? SEVERAL_NS : 0) + (p->claims ? CLAIMS_NS : 0));
    unsigned routes = 0;
    for (size_t i = 0; i < cost->exchange_count; i++) {
        ca_exchange_cost *exchange = &cost->exchanges[i];
        exchange->bytes = line_bytes(p->set->schema, p->columns[i], exchange->exchange);
        exchange->bytes += exchange->exchange == CA_EXCHANGE_CLAIM ? p->marks / 100 : 0;
        exchange->total = product(p->lines, (uint64_t)exchange->percent * exchange->bytes) / 100;
        bool routed = exchange->exchange == CA_EXCHANGE_PATIENT || exchange->exchange == CA_EXCHANGE_KEY;
        routes += routed;
        p->nanoseconds += routed ? (uint64_t)exchange->percent * TRAVEL_NS : 0;
    }
    cost->memory = ca_budget_floor(RULES_MEMORY + cost->tables, routes);
    cost->milliseconds = product(p->lines, p->nanoseconds) / 100 / 1000000;
}

static int by_exchange(planner *p, size_t room, ca_arena *arena)
{
    p->cost->exchanges = ca_arena_array(arena, room, sizeof(*p->cost->exchanges));
    p->columns = ca_arena_array(arena, room, sizeof(*p->columns));
    if (p->cost->exchanges == NULL || p->columns == NULL)
        return CA_NOMEM;
    for (size_t i = 0; i < room; i++) {
        p->columns[i] = ca_arena_array(arena, p->set->schema->count, 1);
        if (p->columns[i] == NULL)
            return CA_NOMEM;
    }
    return 0;
}

int ca_run_cost_of(const ca_ruleset *set, uint64_t lines, ca_arena *arena, ca_run_cost *ret_cost, ca_error *err)
{
    ca_run_cost cost = {.tables = table_bytes(set)};
    planner p = {.set = set, .lines = lines, .cost = &cost};
    if (by_exchange(&p, set->count + 2, arena) != 0)
        return ca_error_nomem(err);
    for (unsigned keys = 0; keys <= CA_ROUTE_KEY_MAX; keys++) { /* few columns first: they serve more rules */
        for (size_t i = 0; i < set->count; i++) {
            ca_rule_cost rule;
            if (!runs(set->rules[i]))
                continue;
            ca_rule_cost_of(set->schema, set->rules[i], &rule);
            if (rule.key_count != keys)
                continue;
            cost.rules++;
            add_rule(&p, set->rules[i], &rule);
        }
    }
    finish(&p);
    *ret_cost = cost;
    return 0;
}

void ca_exchange_print(const ca_schema *schema, ca_exchange exchange, const unsigned *key, unsigned key_count, ca_buf *out)
{
    static const char *const names[CA_EXCHANGES] = {"none", "claim", "patient", "key"};
    ca_buf_add_cstr(out, names[exchange]);
    for (unsigned i = 0; exchange == CA_EXCHANGE_KEY && i < key_count; i++)
        ca_buf_printf(out, "%s%s", i == 0 ? " [" : ", ", schema->columns[key[i]].name);
    ca_buf_add_cstr(out, exchange == CA_EXCHANGE_KEY ? "]" : "");
}
