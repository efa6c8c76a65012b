/* Lists every mutant of a rule, with words for each. */
#include "rules/mutate_parts.h"

#include <string.h>

#include "base/alloc.h"

/* Bytes with the edits among them, in the order of the file; white space becomes single blanks, none inside parentheses. */
static void add_shown(ca_buf *out, char c)
{
    bool blank = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    char last = out->len > 0 ? out->ptr[out->len - 1] : '(';
    if (c == ')' && last == ' ')
        out->len--;
    if (!blank)
        ca_buf_add_char(out, c);
    else if (last != ' ' && last != '(')
        ca_buf_add_char(out, ' ');
}

static void show(ca_text source, size_t from, size_t to, const ca_edit *edits, size_t count, ca_buf *out)
{
    size_t at = from;
    for (size_t i = 0; i < count; i++) {
        for (; at < edits[i].start; at++)
            add_shown(out, source.ptr[at]);
        for (size_t k = 0; k < edits[i].text.len; k++)
            add_shown(out, edits[i].text.ptr[k]);
        at = edits[i].end;
    }
    for (; at < to; at++)
        add_shown(out, source.ptr[at]);
    while (out->len > 0 && out->ptr[out->len - 1] == ' ')
        out->len--;
}

static ca_mutant *next_mutant(ca_mutator *mutator, size_t at, const ca_edit *edits, size_t count)
{
    if (mutator->nomem || mutator->count >= CA_MUTANTS_MAX)
        return NULL;
    ca_mutant *items = ca_grown_array(mutator->items, mutator->count, &mutator->cap, sizeof(*items));
    if (items == NULL) {
        mutator->nomem = true;
        return NULL;
    }
    mutator->items = items;
    ca_mutant *mutant = &items[mutator->count];
    *mutant = (ca_mutant){.edit_count = count};
    memcpy(mutant->edits, edits, count * sizeof(*edits));
    ca_yaml_position(mutator->file, at, &mutant->line, &mutant->column);
    return mutant;
}

static void finish(ca_mutator *mutator, ca_mutant *mutant, const char *change)
{
    mutant->change = change;
    mutator->nomem |= change == NULL;
    mutator->count += change != NULL;
}

void ca_mutator_add(ca_mutator *mutator, size_t from, size_t to, const ca_edit *edits, size_t count)
{
    bool inserted = count > 1 && edits[0].start == edits[0].end;
    ca_mutant *mutant = next_mutant(mutator, edits[inserted ? 1 : 0].start, edits, count);
    if (mutant == NULL)
        return;
    ca_buf before;
    ca_buf after;
    ca_buf_init(&before);
    ca_buf_init(&after);
    show(mutator->file->source, from, to, NULL, 0, &before);
    show(mutator->file->source, from, to, edits, count, &after);
    const char *change = before.failed || after.failed
                             ? NULL
                             : ca_arena_printf(mutator->arena, "%s: %s -> %s", mutator->part, ca_buf_cstr(&before),
                                               ca_buf_cstr(&after));
    finish(mutator, mutant, change);
    ca_buf_done(&before);
    ca_buf_done(&after);
}

void ca_mutator_add_said(ca_mutator *mutator, size_t at, const char *words, ca_edit edit)
{
    ca_mutant *mutant = next_mutant(mutator, at, &edit, 1);
    if (mutant == NULL)
        return;
    ca_buf shown;
    ca_buf_init(&shown);
    show(ca_text_of(words), 0, strlen(words), NULL, 0, &shown);
    finish(mutator, mutant,
           shown.failed ? NULL : ca_arena_printf(mutator->arena, "%s: %s", mutator->part, ca_buf_cstr(&shown)));
    ca_buf_done(&shown);
}

int ca_mutator_end(ca_mutator *mutator, ca_mutant **ret_items, size_t *ret_count, ca_error *err)
{
    ca_mutant *items = mutator->nomem ? NULL : ca_arena_array(mutator->arena, mutator->count + 1, sizeof(*items));
    if (items != NULL && mutator->count > 0)
        memcpy(items, mutator->items, mutator->count * sizeof(*items));
    ca_free(mutator->items);
    mutator->items = NULL;
    if (items == NULL)
        return ca_error_nomem(err);
    *ret_items = items;
    *ret_count = mutator->count;
    return 0;
}

/* An exception that never excuses. */
static void drop_exception(ca_mutator *mutator, const ca_node *when)
{
    const ca_edit edit = {when->start, when->end, CA_TEXT("1 = 2")};
    ca_mutator_add_said(mutator, when->start, "dropped", edit);
}

static void list_all(ca_mutator *mutator)
{
    const ca_rule *rule = mutator->rule;
    ca_mutate_parameters(mutator);
    ca_mutate_keys(mutator);
    mutator->part = "where";
    ca_mutate_where(mutator, rule->where);
    ca_mutate_expression(mutator, rule->where);
    mutator->part = "when";
    ca_mutate_expression(mutator, rule->when);
    for (size_t i = 0; i < rule->unless_count && !mutator->nomem; i++) {
        mutator->part = ca_arena_printf(mutator->arena, "unless %s", rule->unless[i].name);
        if (mutator->part == NULL) {
            mutator->nomem = true;
            return;
        }
        drop_exception(mutator, rule->unless[i].when);
        ca_mutate_expression(mutator, rule->unless[i].when);
    }
}

int ca_mutants_list(const ca_rule *rule, ca_arena *arena, ca_mutant **ret_items, size_t *ret_count, ca_error *err)
{
    ca_mutator mutator = {.file = rule->file, .rule = rule, .arena = arena};
    list_all(&mutator);
    return ca_mutator_end(&mutator, ret_items, ret_count, err);
}

void ca_mutant_source(ca_text source, const ca_mutant *mutant, ca_buf *out)
{
    size_t at = 0;
    ca_buf_clear(out);
    for (size_t i = 0; i < mutant->edit_count; i++) {
        ca_buf_add(out, source.ptr + at, mutant->edits[i].start - at);
        ca_buf_add_text(out, mutant->edits[i].text);
        at = mutant->edits[i].end;
    }
    ca_buf_add(out, source.ptr + at, source.len - at);
}
