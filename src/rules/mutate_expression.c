/* Mutants of conditions and values: numbers, dates, comparisons, and/or, not, distinct. */
#include "rules/mutate_parts.h"

#include <string.h>

/* --- Numbers and dates ------------------------------------------------------------------------- */

/* 12.50 and a step of +1 give 12.51; false for what is no number. */
static bool step_number(ca_text text, int64_t step, ca_buf *out)
{
    char digits[32];
    size_t len = 0;
    size_t places = 0;
    bool point = false;
    int64_t value = 0;
    for (size_t i = 0; i < text.len && len < sizeof(digits); i++) {
        if (text.ptr[i] == '.' && !point) {
            point = true;
        } else {
            digits[len++] = text.ptr[i];
            places += point;
        }
    }
    if (len == sizeof(digits) || !ca_text_to_int((ca_text){digits, len}, &value))
        return false;
    value += step;
    int64_t scale = 1;
    for (size_t i = 0; i < places; i++)
        scale *= 10;
    ca_buf_printf(out, "%s%lld", value < 0 ? "-" : "", (long long)(value < 0 ? -value : value) / (long long)scale);
    if (places > 0)
        ca_buf_printf(out, ".%0*lld", (int)places, (long long)(value < 0 ? -value : value) % (long long)scale);
    return true;
}

static bool step_date(ca_text text, int64_t step, ca_buf *out)
{
    ca_date date;
    char printed[CA_DATE_SIZE];
    if (!ca_date_parse_iso(text, &date))
        return false;
    ca_date_print(date + (ca_date)step, printed);
    ca_buf_add_cstr(out, printed);
    return true;
}

void ca_mutate_number(ca_mutator *mutator, size_t start, size_t end, size_t from, size_t to)
{
    ca_text text = ca_text_sub(mutator->file->source, start, end - start);
    for (int64_t step = -1; step <= 1; step += 2) {
        ca_text changed;
        ca_buf out;
        ca_buf_init(&out);
        bool good = step_date(text, step, &out) || step_number(text, step, &out);
        mutator->nomem |= out.failed;
        if (good && ca_arena_text(mutator->arena, ca_buf_text(&out), &changed) == 0) {
            const ca_edit edit = {start, end, changed};
            ca_mutator_add(mutator, from, to, &edit, 1);
        } else {
            mutator->nomem |= good;
        }
        ca_buf_done(&out);
    }
}

/* --- Words and signs ---------------------------------------------------------------------------- */

/* Where the word stands alone in [from, to); false when it does not. */
static bool find_word(const ca_mutator *mutator, const char *word, size_t from, size_t to, size_t *ret_at)
{
    const char *bytes = mutator->file->source.ptr;
    size_t len = strlen(word);
    for (size_t at = from; at + len <= to; at++) {
        if (memcmp(bytes + at, word, len) == 0) {
            *ret_at = at;
            return true;
        }
    }
    return false;
}

static void mutate_sign(ca_mutator *mutator, const ca_node *node, const ca_node *shown)
{
    static const struct {
        const char *is, *becomes;
    } signs[] = {[CA_EQ] = {"=", "!="}, [CA_NE] = {"!=", "="}, [CA_LT] = {"<", "<="},
                 [CA_LE] = {"<=", "<"}, [CA_GT] = {">", ">="}, [CA_GE] = {">=", ">"}};
    bool turned = node->args[0]->start > node->args[1]->start;
    const ca_node *left = node->args[turned ? 1 : 0];
    const ca_node *right = node->args[turned ? 0 : 1];
    ca_compare written = node->compare;
    size_t at;
    if (!find_word(mutator, signs[written].is, left->end, right->start, &at))
        return;
    const ca_edit edit = {at, at + strlen(signs[written].is), ca_text_of(signs[written].becomes)};
    ca_mutator_add(mutator, shown->start, shown->end, &edit, 1);
}

/* a and b and c: at each word, what stands before and behind it becomes one side of the other word. */
static void mutate_joint(ca_mutator *mutator, const ca_node *node, size_t i, const ca_node *shown)
{
    bool is_and = node->kind == CA_NODE_AND;
    bool several_before = i > 0;
    bool several_behind = i + 2 < node->arg_count;
    const char *word = is_and ? "and" : "or";
    const char *other = is_and ? "or" : "and";
    static const char *const before[] = {"", ") "};
    static const char *const behind[] = {"", " ("};
    ca_edit edits[CA_MUTANT_EDITS_MAX];
    size_t count = 0;
    size_t at;
    if (!find_word(mutator, word, node->args[i]->end, node->args[i + 1]->start, &at))
        return;
    const char *text = ca_arena_printf(mutator->arena, "%s%s%s", before[several_before], other, behind[several_behind]);
    if (text == NULL) {
        mutator->nomem = true;
        return;
    }
    if (several_before)
        edits[count++] = (ca_edit){node->start, node->start, CA_TEXT("(")};
    edits[count++] = (ca_edit){at, at + strlen(word), ca_text_of(text)};
    if (several_behind)
        edits[count++] = (ca_edit){node->end, node->end, CA_TEXT(")")};
    ca_mutator_add(mutator, shown->start, shown->end, edits, count);
}

/* `not` before a condition, in `not in`, `is not missing` and `is not found`. */
static void mutate_not(ca_mutator *mutator, const ca_node *node, const ca_node *shown)
{
    size_t from = node->kind == CA_NODE_NOT ? node->start : node->args[0]->end;
    size_t to = node->kind == CA_NODE_NOT ? node->args[0]->start : node->end;
    size_t at;
    ca_edit edit = {0};
    if (find_word(mutator, "not", from, to, &at))
        edit = (ca_edit){at, at + 3, CA_TEXT("")};
    else if (node->kind == CA_NODE_MISSING && find_word(mutator, "present", from, to, &at))
        edit = (ca_edit){at, at + 7, CA_TEXT("missing")};
    else
        return;
    ca_mutator_add(mutator, shown->start, shown->end, &edit, 1);
}

/* distinct(x where p) counts values, count(where p) lines. */
static void mutate_distinct(ca_mutator *mutator, const ca_node *node, const ca_node *shown)
{
    size_t at = node->end;
    ca_edit edit = {node->start, node->end, CA_TEXT("count()")};
    if (node->where != NULL) {
        if (!find_word(mutator, "where", node->args[0]->end, node->where->start, &at))
            return;
        edit = (ca_edit){node->start, at, CA_TEXT("count(")};
    }
    ca_mutator_add(mutator, shown->start, shown->end, &edit, 1);
}

/* --- The walk ------------------------------------------------------------------------------------ */

static bool is_literal(const ca_node *node)
{
    return (node->kind == CA_NODE_NUMBER || node->kind == CA_NODE_DATE) && node->parameter == NULL &&
           node->end > node->start;
}

static bool is_denial(const ca_node *node)
{
    return node->kind == CA_NODE_NOT || ((node->kind == CA_NODE_IN || node->kind == CA_NODE_MISSING ||
                                          node->kind == CA_NODE_FOUND) &&
                                         node->negated);
}

/* `shown`: the condition by itself that a description shows; NULL above those. */
static void walk(ca_mutator *mutator, const ca_node *node, const ca_node *shown)
{
    if (node == NULL)
        return;
    bool joins = node->kind == CA_NODE_AND || node->kind == CA_NODE_OR;
    const ca_node *inner = shown == NULL && !joins && node->kind != CA_NODE_NOT ? node : shown;
    for (size_t i = 0; joins && i + 1 < node->arg_count; i++)
        mutate_joint(mutator, node, i, shown == NULL ? node : shown);
    if (node->kind == CA_NODE_COMPARE)
        mutate_sign(mutator, node, inner);
    if (is_denial(node))
        mutate_not(mutator, node, inner == NULL ? node : inner);
    if (node->kind == CA_NODE_AGGREGATE && node->aggregate == CA_AGG_DISTINCT)
        mutate_distinct(mutator, node, inner);
    if (is_literal(node))
        ca_mutate_number(mutator, node->start, node->end, inner->start, inner->end);
    for (size_t i = 0; i < node->arg_count; i++)
        walk(mutator, node->args[i], inner);
    walk(mutator, node->where, inner);
    walk(mutator, node->on, inner);
}

void ca_mutate_expression(ca_mutator *mutator, const ca_node *node)
{
    walk(mutator, node, NULL);
}

void ca_mutate_where(ca_mutator *mutator, const ca_node *where)
{
    bool joined = where != NULL && where->kind == CA_NODE_AND;
    for (size_t i = 0; where != NULL && i < (joined ? where->arg_count : 1); i++) {
        const ca_node *dropped = joined ? where->args[i] : where;
        const ca_edit edit = {dropped->start, dropped->end, CA_TEXT("1 = 1")};
        ca_text text = ca_text_sub(mutator->file->source, dropped->start, dropped->end - dropped->start);
        const char *words = ca_arena_printf(mutator->arena, "without %.*s", (int)text.len, text.ptr);
        if (words == NULL)
            mutator->nomem = true;
        else
            ca_mutator_add_said(mutator, dropped->start, words, edit);
    }
}
