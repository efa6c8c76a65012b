/* Identifiers of real people to names that stand for nobody: the same identifier to the same name, so that a rule says
 * of the case what it said of the claim. */
#include <string.h>

#include "run/try_inside.h"

static char letter_of(const ca_schema *schema, unsigned column)
{
    unsigned field = column < schema->count ? schema->columns[column].field : CA_FIELD_COUNT;
    switch (field) {
    case CA_F_CLAIM_ID:
    case CA_F_ORIGINAL_CLAIM_ID:
        return 'C';
    case CA_F_PATIENT_ID:
        return 'P';
    case CA_F_BILLING_PROVIDER_ID:
    case CA_F_FACILITY_ID:
    case CA_F_ATTENDING_PROVIDER_ID:
    case CA_F_RENDERING_PROVIDER_ID:
    case CA_F_REFERRING_PROVIDER_ID:
    case CA_F_PRESCRIBER_ID:
    case CA_F_PHARMACY_ID:
    case CA_F_PROVIDER_ID:
    case CA_F_ORGANISATION_ID:
        return 'N';
    default:
        return 'X';
    }
}

/* --- What the rule's own literals say of an identifier must stay true of its stand-in --------- */

struct literals {
    ca_text value, name;
    bool agree;
    ca_text prefix;    /* longest literal that the value starts with */
    bool spelled;      /* the value itself stands in the rule */
};

static void compare_literal(struct literals *literals, ca_text literal, bool start)
{
    ca_text value = literals->value;
    if (start && ca_text_starts(value, literal) && literal.len > literals->prefix.len) {
        literals->prefix = literal;
    }
    if (start) {
        literals->agree &= ca_text_starts(value, literal) == ca_text_starts(literals->name, literal);
        return;
    }
    literals->spelled |= ca_text_eq(value, literal);
    literals->agree &= ca_text_eq(value, literal) == ca_text_eq(literals->name, literal);
}

static bool is_text(ca_type type)
{
    return type == CA_TYPE_ID || type == CA_TYPE_TEXT;
}

static void compare_node(struct literals *literals, const ca_node *node)
{
    if (!node) {
        return;
    }
    for (size_t i = 0; i < node->arg_count; i++) {
        const ca_node *arg = node->args[i];
        if (arg && arg->kind == CA_NODE_STRING && (is_text(arg->type.type) || is_text(node->args[0]->type.type))) {
            compare_literal(literals, arg->text, node->kind == CA_NODE_STARTS);
        }
        compare_node(literals, arg);
    }
    for (size_t i = 0; i < node->member_count; i++) {
        if (node->members[i].system == CA_SYSTEM_NONE) {
            compare_literal(literals, node->members[i].low, false);
        }
    }
    compare_node(literals, node->where);
    compare_node(literals, node->on);
}

static struct literals compare_all(const ca_rule *rule, ca_text value, ca_text name)
{
    struct literals literals = {.value = value, .name = name, .agree = true};
    compare_node(&literals, rule->where);
    compare_node(&literals, rule->when);
    for (size_t i = 0; i < rule->unless_count; i++) {
        compare_node(&literals, rule->unless[i].when);
    }
    compare_node(&literals, rule->exposure);
    return literals;
}

/* --- Names ------------------------------------------------------------------------------------ */

static bool is_taken(const ca_stand_ins *names, ca_text name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (ca_text_eq(names->items[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* A name with this letter of which the rule says the same; its ptr is NULL when there is none. */
static ca_text name_with(ca_stand_ins *names, char letter, ca_text prefix, ca_text value)
{
    for (unsigned tries = 0; tries < 20; tries++) {
        const char *text = ca_arena_printf(names->arena, "%.*s%c%u", (int)prefix.len, prefix.ptr ? prefix.ptr : "",
                                           letter, ++names->counts[(unsigned char)letter]);
        if (!text) {
            names->failed = true;
            return CA_TEXT("");
        }
        if (!is_taken(names, ca_text_of(text)) && compare_all(names->rule, value, ca_text_of(text)).agree) {
            return ca_text_of(text);
        }
    }
    return (ca_text){NULL, 0};
}

static ca_text new_name(ca_stand_ins *names, char letter, ca_text value)
{
    static const char others[] = "QZJUY";
    struct literals literals = compare_all(names->rule, value, CA_TEXT(""));
    if (literals.spelled) {
        return value;    /* it stands in the rule for all to read */
    }
    ca_text name = name_with(names, letter, literals.prefix, value);
    for (size_t i = 0; !name.ptr && others[i]; i++) {
        name = name_with(names, others[i], literals.prefix, value);
    }
    return name;
}

static void add(ca_stand_ins *names, ca_text value, ca_text name)
{
    if (names->count == names->cap) {
        size_t cap = names->cap ? 2 * names->cap : 64;
        ca_stand_in *items = ca_arena_array(names->arena, cap, sizeof *items);
        if (!items) {
            names->failed = true;
            return;
        }
        if (names->count) {
            memcpy(items, names->items, names->count * sizeof *items);
        }
        names->items = items;
        names->cap = cap;
    }
    ca_stand_in *item = &names->items[names->count];
    names->failed |= ca_arena_text(names->arena, value, &item->value) != 0;
    item->name = name;
    names->count += !names->failed;
}

ca_text ca_stand_in_for(ca_stand_ins *names, const ca_schema *schema, unsigned column, ca_text value)
{
    for (size_t i = 0; i < names->count; i++) {
        if (ca_text_eq(names->items[i].value, value)) {
            return names->items[i].name;
        }
    }
    ca_text name = new_name(names, letter_of(schema, column), value);
    if (!name.ptr) {
        name = CA_TEXT("?");    /* a rule whose literals leave no name: the test will say so */
    }
    add(names, value, name);
    return name;
}
