/* Prints checked expressions, for people and for hashes. */
#include "rules/print.h"

#include <string.h>

#include "rules/check_parts.h"

typedef struct printer {
    const ca_ruleset *set;
    ca_buf *out;
    bool logic; /* for the hash: types and digests, all parentheses */
} printer;

static void print(const printer *p, const ca_node *node);

/* --- Literals -------------------------------------------------------------------------------- */

/* A finite decimal: d is a power of ten. */
static void print_number(const printer *p, ca_ratio number)
{
    char digits[48];
    size_t places = 0;
    size_t len = 0;
    bool minus = number.n < 0;
    for (; number.d > 1; number.d /= 10)
        places++;
    if (minus)
        number.n = -number.n;
    while ((number.n > 0 || len <= places) && len < sizeof(digits)) {
        digits[len++] = (char)('0' + (int)(number.n % 10));
        number.n /= 10;
    }
    if (minus)
        ca_buf_add_char(p->out, '-');
    while (len > 0) {
        if (len == places)
            ca_buf_add_char(p->out, '.');
        ca_buf_add_char(p->out, digits[--len]);
    }
}

/* A code with its system where the text alone would not say it. */
static void print_code(const printer *p, uint8_t system, ca_text code, const char *family)
{
    bool named = p->logic || ca_codes_only_system(p->set->codes, family) == CA_SYSTEM_NONE ||
                 memchr(code.ptr, ':', code.len) != NULL;
    ca_buf_add_char(p->out, '\'');
    if (system != CA_SYSTEM_NONE && named) {
        ca_buf_add_cstr(p->out, p->set->codes->systems[system].name);
        ca_buf_add_char(p->out, ':');
    }
    ca_buf_add_text(p->out, code);
    ca_buf_add_char(p->out, '\'');
}

static void print_string(const printer *p, const ca_node *node)
{
    print_code(p, node->type.type == CA_TYPE_CODE ? node->system : CA_SYSTEM_NONE, node->text,
               node->type.family);
}

static void print_date(const printer *p, ca_date date)
{
    char text[CA_DATE_SIZE];
    ca_date_print(date, text);
    ca_buf_add_cstr(p->out, text);
}

static void print_column(const printer *p, const ca_node *node)
{
    const ca_column_def *column = &p->set->schema->columns[node->column];
    ca_buf_add_cstr(p->out, ca_side_prefix(node->side));
    if (node->side != CA_SIDE_UNIT)
        ca_buf_add_char(p->out, '.');
    ca_buf_add_cstr(p->out, column->name);
    if (p->logic)
        ca_buf_printf(p->out, "<%s %s%s%s>", ca_type_name(column->type), column->family,
                      node->of_lines ? " lines" : "", node->claim_amount ? " claim" : "");
}

/* --- Sets and tables ------------------------------------------------------------------------- */

static void print_digest(const printer *p, const char *name, bool bound, bool dated,
                         ca_digest digest)
{
    char hex[33];
    ca_digest_hex(digest, hex);
    if (!p->logic)
        ca_buf_add_cstr(p->out, name);
    else if (bound)
        ca_buf_printf(p->out, "<%s%s>", hex, dated ? " dated" : "");
    else
        ca_buf_printf(p->out, "<unbound %s>", name);
}

static void print_on(const printer *p, const ca_node *node)
{
    if (node->on == NULL)
        return;
    ca_buf_add_cstr(p->out, " on ");
    print(p, node->on);
}

static void print_members(const printer *p, const ca_node *node)
{
    if (node->set != NULL) {
        ca_buf_add_cstr(p->out, "set ");
        print_digest(p, ca_codeset_name(node->set), ca_codeset_bound(node->set),
                     ca_codeset_dated(node->set), ca_codeset_digest(node->set));
        print_on(p, node);
        return;
    }
    const char *family = node->args[0]->type.family;
    ca_buf_add_cstr(p->out, node->member_count > 0 && node->members[0].range ? "codes(" : "(");
    for (size_t i = 0; i < node->member_count; i++) {
        const ca_member *member = &node->members[i];
        ca_buf_add_cstr(p->out, i == 0 ? "" : ", ");
        print_code(p, member->system, member->low, family);
        if (!ca_text_eq(member->low, member->high)) {
            ca_buf_add_cstr(p->out, "..");
            print_code(p, member->system, member->high, family);
        }
    }
    ca_buf_add_char(p->out, ')');
}

/* --- Compound nodes -------------------------------------------------------------------------- */

static bool is_sum(const ca_node *node)
{
    return node->kind == CA_NODE_ADD || node->kind == CA_NODE_SUB;
}

static bool is_product(const ca_node *node)
{
    return node->kind == CA_NODE_MUL || node->kind == CA_NODE_DIV;
}

/* Must `child` stand in parentheses as argument `index` of `parent`? */
static bool needs_parentheses(const printer *p, const ca_node *parent, const ca_node *child,
                              size_t index)
{
    bool sum = is_sum(child);
    bool product = is_product(child);
    if (child->kind == CA_NODE_AND || child->kind == CA_NODE_OR)
        return true;
    if (parent->kind == CA_NODE_NOT || parent->kind == CA_NODE_AND || parent->kind == CA_NODE_OR)
        return p->logic || (child->kind == CA_NODE_NOT && parent->kind == CA_NODE_NOT);
    if (!is_sum(parent) && !is_product(parent) && parent->kind != CA_NODE_NEGATE)
        return p->logic && (sum || product);
    if (p->logic || is_product(parent) || parent->kind == CA_NODE_NEGATE)
        return sum || (product && (p->logic || index > 0 || parent->kind == CA_NODE_NEGATE));
    return sum && index > 0;
}

static void print_arg(const printer *p, const ca_node *parent, size_t index)
{
    const ca_node *child = parent->args[index];
    bool wrap = needs_parentheses(p, parent, child, index);
    if (wrap)
        ca_buf_add_char(p->out, '(');
    print(p, child);
    if (wrap)
        ca_buf_add_char(p->out, ')');
}

static void print_joined(const printer *p, const ca_node *node, const char *word)
{
    for (size_t i = 0; i < node->arg_count; i++) {
        if (i > 0)
            ca_buf_printf(p->out, " %s ", word);
        print_arg(p, node, i);
    }
}

static void print_after(const printer *p, const ca_node *node, const char *words)
{
    print_arg(p, node, 0);
    ca_buf_add_char(p->out, ' ');
    ca_buf_add_cstr(p->out, words);
}

static void print_call(const printer *p, const ca_node *node, const char *name)
{
    ca_buf_add_cstr(p->out, name);
    ca_buf_add_char(p->out, '(');
    for (size_t i = 0; i < node->arg_count; i++) {
        ca_buf_add_cstr(p->out, i == 0 ? "" : ", ");
        print(p, node->args[i]);
    }
    if (node->where != NULL) {
        ca_buf_add_cstr(p->out, node->arg_count > 0 ? " where " : "where ");
        print(p, node->where);
    }
    print_on(p, node);
    ca_buf_add_char(p->out, ')');
}

static void print_lookup(const printer *p, const ca_node *node)
{
    const ca_reftable_column *columns = NULL;
    size_t count = ca_reftable_columns(node->table, &columns);
    if (p->logic)
        print_digest(p, ca_reftable_name(node->table), ca_reftable_bound(node->table),
                     ca_reftable_dated(node->table), ca_reftable_digest(node->table));
    print_call(p, node, p->logic ? "" : ca_reftable_name(node->table));
    if (node->table_column >= count)
        return;
    const ca_reftable_column *column = &columns[node->table_column];
    ca_buf_printf(p->out, ".%s", column->name);
    if (p->logic)
        ca_buf_printf(p->out, "<%s %s>", ca_type_name(column->type),
                      column->family == NULL ? "" : column->family);
}

/* Words between two or more arguments. */
static const char *joining_word(const ca_node *node)
{
    static const char *const words[] = {
        [CA_NODE_OR] = "or",     [CA_NODE_AND] = "and",
        [CA_NODE_HAS] = "has",   [CA_NODE_STARTS] = "starts with",
        [CA_NODE_ADD] = "+",     [CA_NODE_SUB] = "-",
        [CA_NODE_MUL] = "*",     [CA_NODE_DIV] = "/",
        [CA_NODE_ROW] = NULL,
    };
    static const char *const signs[] = {"=", "!=", "<", "<=", ">", ">="};
    return node->kind == CA_NODE_COMPARE ? signs[node->compare] : words[node->kind];
}

static void print_test(const printer *p, const ca_node *node)
{
    if (node->kind == CA_NODE_NOT) {
        ca_buf_add_cstr(p->out, "not ");
        print_arg(p, node, 0);
    } else if (node->kind == CA_NODE_BETWEEN) {
        print_after(p, node, "between ");
        print_arg(p, node, 1);
        ca_buf_add_cstr(p->out, " and ");
        print_arg(p, node, 2);
    } else if (node->kind == CA_NODE_IN) {
        print_after(p, node, node->negated ? "not in " : "in ");
        print_members(p, node);
    } else if (node->kind == CA_NODE_OVERLAPS || node->kind == CA_NODE_WITHIN) {
        print_after(p, node, node->kind == CA_NODE_WITHIN ? "within " : "overlaps ");
        print_members(p, node);
    } else if (node->kind == CA_NODE_MISSING) {
        print_after(p, node, node->negated ? "is present" : "is missing");
    } else if (node->kind == CA_NODE_FOUND) {
        print_after(p, node, node->negated ? "is not found" : "is found");
    } else if (node->kind == CA_NODE_HIT) {
        ca_buf_printf(p->out, "hit('%.*s')", (int)node->text.len, node->text.ptr);
    } else {
        print_arg(p, node, 0); /* any(…) and the like, as a condition */
    }
}

static void print_given(const printer *p, const ca_node *node)
{
    const char *name = ca_given_name(node->given);
    if (node->given == CA_GIVEN_PERCENTILE || node->given == CA_GIVEN_MEDIAN)
        print_call(p, node, name);
    else
        ca_buf_add_cstr(p->out, name);
}

/* Which table it is of, `each` says. */
static void print_cell(const printer *p, const ca_node *node)
{
    ca_buf_printf(p->out, "row.%s", ca_reftable_cell_name(node->table, node->table_column));
    if (p->logic)
        ca_buf_printf(p->out, "<%s %s>", ca_type_name(node->type.type), node->type.family == NULL ? "" : node->type.family);
}

static void print_value(const printer *p, const ca_node *node)
{
    if (node->kind == CA_NODE_NUMBER) {
        print_number(p, node->number);
    } else if (node->kind == CA_NODE_STRING) {
        print_string(p, node);
    } else if (node->kind == CA_NODE_DATE) {
        print_date(p, node->date);
    } else if (node->kind == CA_NODE_COLUMN) {
        print_column(p, node);
    } else if (node->kind == CA_NODE_NEGATE) {
        ca_buf_add_char(p->out, '-');
        print_arg(p, node, 0);
    } else if (node->kind == CA_NODE_CALL) {
        print_call(p, node, ca_function_name(node->function));
    } else if (node->kind == CA_NODE_AGGREGATE) {
        print_call(p, node, ca_aggregate_name(node->aggregate));
    } else if (node->kind == CA_NODE_GIVEN) {
        print_given(p, node);
    } else if (node->kind == CA_NODE_ROW) {
        print_cell(p, node);
    } else {
        print_lookup(p, node);
    }
}

static void print(const printer *p, const ca_node *node)
{
    const char *word = joining_word(node);
    if (word != NULL)
        print_joined(p, node, word);
    else if (node->kind <= CA_NODE_TRUTH)
        print_test(p, node);
    else
        print_value(p, node);
}

void ca_print_expression(const ca_ruleset *set, const ca_node *node, ca_buf *out)
{
    const printer p = {set, out, false};
    print(&p, node);
}

void ca_print_logic(const ca_ruleset *set, const ca_node *node, ca_buf *out)
{
    const printer p = {set, out, true};
    print(&p, node);
}

void ca_print_source(const ca_rule *rule, const ca_node *node, ca_buf *out)
{
    ca_text source = ca_text_sub(rule->file->source, node->start, node->end - node->start);
    bool space = false;
    for (size_t i = 0; i < source.len; i++) {
        char c = source.ptr[i];
        if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
            space = true;
            continue;
        }
        if (space)
            ca_buf_add_char(out, ' ');
        space = false;
        ca_buf_add_char(out, c);
    }
}
