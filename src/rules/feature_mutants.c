/* Lists every mutant of a feature: of its conditions, and of what it counts. */
#include <string.h>

#include "rules/feature_parts.h"
#include "rules/mutate_parts.h"

typedef struct listing {
    ca_mutator mutator;
    ca_feature_reader reader;
} listing;

static void edit(listing *of, const ca_phrase *shown, size_t start, size_t end, const char *text)
{
    const ca_edit one = {start, end, ca_text_of(text)};
    ca_mutator_add(&of->mutator, shown->start, shown->end, &one, 1);
}

/* --- Conditions --------------------------------------------------------------------------------- */

/* Checked anew: what a set keeps of a condition may stand in another feature. */
static void mutate_condition(listing *of, const ca_phrase *phrase, bool drops)
{
    of->reader.check.scope = ca_feature_scope();
    of->reader.check.in_aggregate = false;
    const ca_node *node = phrase == NULL ? NULL : ca_check_condition_of(&of->reader.check, phrase);
    if (node == NULL)
        return;
    if (drops)
        ca_mutate_where(&of->mutator, node);
    ca_mutate_expression(&of->mutator, node);
}

/* --- Numbers of a line -------------------------------------------------------------------------- */

/* The only sign between two sides, outside of their parentheses. */
static void mutate_sum(listing *of, const ca_phrase *phrase, const ca_phrase *shown)
{
    const char *bytes = of->mutator.file->source.ptr;
    char is = phrase->kind == CA_PHRASE_ADD ? '+' : '-';
    for (size_t at = phrase->args[0]->end; at < phrase->args[1]->start; at++)
        if (bytes[at] == is)
            edit(of, shown, at, at + 1, is == '+' ? "-" : "+");
}

static void mutate_number(listing *of, const ca_phrase *phrase, const ca_phrase *shown)
{
    if (phrase->kind == CA_PHRASE_NUMBER)
        ca_mutate_number(&of->mutator, phrase->start, phrase->end, shown->start, shown->end);
    if ((phrase->kind == CA_PHRASE_ADD || phrase->kind == CA_PHRASE_SUB) && phrase->arg_count == 2)
        mutate_sum(of, phrase, shown);
    for (size_t i = 0; i < phrase->arg_count; i++)
        mutate_number(of, phrase->args[i], shown);
}

/* --- Aggregates --------------------------------------------------------------------------------- */

static bool is_call(const ca_phrase *phrase, const char *name)
{
    return phrase->kind == CA_PHRASE_CALL && ca_text_is(phrase->name, name);
}

/* To another that takes the same. */
static void mutate_name(listing *of, const ca_phrase *call)
{
    static const char *const others[][2] = {{"sum", "max"},           {"min", "max"},
                                            {"max", "min"},           {"concentration", "top_share"},
                                            {"effective", "distinct"}, {"top_share", "concentration"}};
    bool plain = call->arg_count > 0 && call->args[0]->kind != CA_PHRASE_NUMBER && call->args[0]->kind != CA_PHRASE_CALL;
    for (size_t i = 0; plain && i < sizeof(others) / sizeof(others[0]); i++)
        if (ca_text_is(call->name, others[i][0]))
            edit(of, call, call->name_at, call->name_at + call->name.len, others[i][1]);
}

/* Values, or lines? distinct(a where b) becomes count(where b). */
static void mutate_distinct(listing *of, const ca_phrase *call)
{
    const char *bytes = of->mutator.file->source.ptr;
    size_t at = call->where == NULL ? call->end : call->args[call->arg_count - 1]->end;
    while (call->where != NULL && at < call->where->start && memcmp(bytes + at, "where", 5) != 0)
        at++;
    edit(of, call, call->start, at, call->where == NULL ? "count()" : "count(");
}

/* What a group weighs: lines instead. */
static void mutate_weight(listing *of, const ca_phrase *weight, const ca_phrase *shown)
{
    if (weight->kind != CA_PHRASE_CALL || is_call(weight, "count"))
        return;
    edit(of, shown, weight->start, weight->end, "count()");
    for (size_t i = 0; is_call(weight, "sum") && i < weight->arg_count; i++)
        mutate_number(of, weight->args[i], shown);
}

static void mutate_limit(listing *of, const ca_phrase *compare, const ca_phrase *shown)
{
    static const struct {
        const char *is, *becomes;
    } signs[] = {[CA_EQ] = {"=", "!="}, [CA_NE] = {"!=", "="}, [CA_LT] = {"<", "<="},
                 [CA_LE] = {"<=", "<"}, [CA_GT] = {">", ">="}, [CA_GE] = {">=", ">"}};
    const char *bytes = of->mutator.file->source.ptr;
    const char *is = signs[compare->compare].is;
    for (size_t at = compare->args[0]->end; at + strlen(is) <= compare->args[1]->start; at++) {
        if (memcmp(bytes + at, is, strlen(is)) == 0) {
            edit(of, shown, at, at + strlen(is), signs[compare->compare].becomes);
            break;
        }
    }
    mutate_weight(of, compare->args[0], shown);
    mutate_number(of, compare->args[1], shown);
}

/* Columns of a key, without each of them. */
static void mutate_key(listing *of, const ca_phrase *call)
{
    size_t columns = 0;
    for (size_t i = 0; i < call->arg_count; i++)
        columns += call->args[i]->kind == CA_PHRASE_NAME;
    for (size_t i = 0; columns > 1 && i < call->arg_count; i++) {
        const ca_phrase *column = call->args[i];
        bool last = i + 1 == call->arg_count;
        if (column->kind == CA_PHRASE_NAME)
            edit(of, call, last ? call->args[i - 1]->end : column->start, last ? column->end : call->args[i + 1]->start, "");
    }
}

static void mutate_call(listing *of, const ca_phrase *call)
{
    bool adds = is_call(call, "sum") || is_call(call, "min") || is_call(call, "max");
    mutate_name(of, call);
    if (is_call(call, "distinct") && call->arg_count > 0)
        mutate_distinct(of, call);
    for (size_t i = 0; i < call->arg_count; i++) {
        const ca_phrase *part = call->args[i];
        if (adds || part->kind == CA_PHRASE_NUMBER)
            mutate_number(of, part, call);
        else if (part->kind == CA_PHRASE_COMPARE)
            mutate_limit(of, part, call);
        else
            mutate_weight(of, part, call);
    }
    mutate_key(of, call);
    mutate_condition(of, call->where, true);
}

static void mutate_term(listing *of, const ca_phrase *phrase)
{
    bool joins = phrase->kind == CA_PHRASE_DIV || phrase->kind == CA_PHRASE_MUL;
    for (size_t i = 0; joins && i < phrase->arg_count; i++) {
        if (phrase->args[i]->kind == CA_PHRASE_NUMBER)
            mutate_number(of, phrase->args[i], phrase);
        else
            mutate_term(of, phrase->args[i]);
    }
    if (phrase->kind == CA_PHRASE_CALL)
        mutate_call(of, phrase);
}

/* --- Keys --------------------------------------------------------------------------------------- */

static const ca_phrase *parse_key(listing *of, const char *key)
{
    const ca_yaml *item = of->reader.root->child;
    while (item != NULL && !ca_text_is(item->key, key))
        item = item->next;
    of->mutator.part = key;
    return item == NULL || item->kind != CA_YAML_SCALAR ? NULL : ca_feature_parse(&of->reader, item);
}

/* Of numbers the fraction without what is below, too. */
static void mutate_surprise(listing *of, const ca_phrase *phrase)
{
    if (phrase->kind <= CA_PHRASE_FOUND) {
        mutate_condition(of, phrase, false);
        return;
    }
    if (phrase->kind == CA_PHRASE_DIV)
        edit(of, phrase, phrase->args[0]->end, phrase->args[1]->end, "");
    mutate_number(of, phrase, phrase);
}

static void list_all(listing *of, bool of_lines)
{
    static const char *const terms[] = {"share", "ratio", "value", "exposure"};
    const ca_phrase *phrase = parse_key(of, "where");
    mutate_condition(of, phrase, true);
    for (size_t i = 0; !of_lines && i < sizeof(terms) / sizeof(terms[0]); i++) {
        phrase = parse_key(of, terms[i]);
        if (phrase != NULL)
            mutate_term(of, phrase);
    }
    phrase = of_lines ? parse_key(of, "surprise") : NULL;
    if (phrase != NULL)
        mutate_surprise(of, phrase);
}

int ca_feature_mutants(const ca_featureset *set, const ca_feature *feature, ca_arena *arena, ca_mutant **ret_items, size_t *ret_count,
                       ca_error *err)
{
    const ca_ruleset *base = set->base;
    ca_featureset *own = NULL;
    ca_feature unread = {0};
    ca_rule rule = ca_feature_rule();
    ca_arena scratch;
    ca_diags quiet;
    int code = ca_featureset_new(base->schema, base->codes, base->refs, base->vocabulary, &own, err);
    if (code != 0)
        return code;
    ca_arena_init(&scratch);
    ca_diags_init(&quiet, &scratch);
    listing of = {.mutator = {.file = feature->file, .arena = arena}};
    of.reader = ca_feature_reader_of(own, feature->file, feature->root, &unread, &rule, &scratch, &quiet);
    list_all(&of, feature->entity == CA_ENTITY_LINE);
    of.mutator.nomem |= of.reader.check.nomem;
    code = ca_mutator_end(&of.mutator, ret_items, ret_count, err);
    ca_diags_done(&quiet);
    ca_arena_done(&scratch);
    ca_featureset_free(own);
    return code;
}
