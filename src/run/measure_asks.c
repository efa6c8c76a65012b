/* What features ask of a line, so that lists that mean the same are the same. */
#include "run/measure_asks.h"

#include <stdlib.h>

int ca_ask_order(const void *left, const void *right)
{
    const ca_ask *a = left;
    const ca_ask *b = right;
    if (a->of != b->of) {
        return a->of < b->of ? -1 : 1;
    }
    if (a->condition != b->condition) {
        return a->condition < b->condition ? -1 : 1;
    }
    return (a->index > b->index) - (a->index < b->index);
}

static bool has_ask(const ca_asks *list, ca_ask ask)
{
    bool found = false;
    for (size_t i = 0; i < list->count; i++) {
        found |= ca_ask_order(&list->items[i], &ask) == 0;
    }
    return found;
}

void ca_ask_add(ca_asks *list, ca_ask_of of, uint32_t condition, uint32_t index)
{
    ca_ask one = {of, condition, index};
    if (!has_ask(list, one)) {
        list->items[list->count++] = one;
    }
}

/* What a term asks of lines that take part in its feature. */
static void ask_term(const ca_featureset *set, const ca_feature_term *term, ca_asks *list)
{
    const ca_feature_tally *tally = &set->tallies[term->tally];
    if (tally->where != CA_NO_INDEX) {
        ca_ask_add(list, CA_ASK_DECIDED, tally->where, 0);
    }
    if (tally->number != CA_NO_INDEX) {
        ca_ask_add(list, CA_ASK_NUMBER, tally->where, tally->number);
    }
    if (tally->key != CA_NO_INDEX) {
        ca_ask_add(list, CA_ASK_KEY, tally->where, tally->key);
    }
    if (tally->once != CA_NO_INDEX) {
        ca_ask_add(list, CA_ASK_KEY, tally->where, tally->once);
    }
}

ca_asks ca_asks_of(const ca_featureset *set, const ca_feature *feature)
{
    ca_asks list = {.count = 0};
    if (feature->where != CA_NO_INDEX) {
        ca_ask_add(&list, CA_ASK_TRUE, feature->where, 0);
    }
    ask_term(set, &feature->numerator, &list);
    if (feature->has_denominator) {
        ask_term(set, &feature->denominator, &list);
    }
    ask_term(set, &feature->exposure, &list);
    return list;
}

static bool follows(const ca_asks *list, const ca_ask *one)
{
    bool given = one->of != CA_ASK_TRUE && one->condition != CA_NO_INDEX && has_ask(list, (ca_ask){CA_ASK_TRUE, one->condition, 0});
    if (one->of == CA_ASK_DECIDED) {
        return given;
    }
    return one->of != CA_ASK_TRUE && one->condition != CA_NO_INDEX &&
           (given || has_ask(list, (ca_ask){one->of, CA_NO_INDEX, one->index}));
}

/* What follows from the rest is left out, so that lists that mean the same are the same. */
void ca_asks_simplify(ca_asks *list)
{
    ca_asks simple = {.count = 0};
    for (size_t i = 0; i < list->count; i++) {
        ca_ask one = list->items[i];
        if (one.of >= CA_ASK_NUMBER && one.condition != CA_NO_INDEX && has_ask(list, (ca_ask){CA_ASK_TRUE, one.condition, 0})) {
            one.condition = CA_NO_INDEX;
        }
        if (!has_ask(&simple, one)) {
            simple.items[simple.count++] = one;
        }
    }
    list->count = 0;
    for (size_t i = 0; i < simple.count; i++) {
        if (!follows(&simple, &simple.items[i])) {
            list->items[list->count++] = simple.items[i];
        }
    }
    qsort(list->items, list->count, sizeof *list->items, ca_ask_order);
}
