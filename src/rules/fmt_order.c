/* What stands where in files of rules and of features: the order of keys, and what is no text. */
#include <string.h>

#include "rules/fmt_parts.h"

/* --- Order -------------------------------------------------------------------------------------- */

static const char *const of_rules[] = {
    "rule",        "version",   "title",     "description", "status",   "severity", "category",   "jurisdiction",
    "grade",       "tags",      "phase",     "owner",       "review_by", "basis",   "effective",  "effective_on",
    "rows",        "kind",      "parameters", "each",       "level",    "entity",   "peers",      "per",
    "same",        "original",  "interval",  "touching",    "order",    "adjacent", "within",     "where",
    "event",       "without",   "look",      "history",     "minimum",  "min_peers", "metric",    "when",
    "unless",      "lines",     "settle",    "judge",       "report",   "exposure", "max_group",  "message",
    "references",  "tests",     "mutants",   NULL,
};

static const char *const of_features[] = {
    "feature", "version",  "title", "description", "exposes",   "status",    "entity", "where",   "share", "ratio",      "value",
    "surprise", "given",   "exposure", "direction", "transform", "money",    "minimum", "say",    "references", "tests", "mutants",
    NULL,
};

/* title@de stands behind title; what nobody knows, before the references. */
static size_t rank(const ca_yaml *item, const char *const *order)
{
    const char *at = memchr(item->key.ptr, '@', item->key.len);
    ca_text base = at == NULL ? item->key : (ca_text){item->key.ptr, (size_t)(at - item->key.ptr)};
    size_t i = 0;
    for (; order[i] != NULL; i++)
        if (ca_text_is(base, order[i]))
            return 2 * i + (at != NULL);
    return 2 * (i - 3) - 1;
}

void ca_fmt_order(const ca_yaml *mapping, ca_fmt_place place, const ca_yaml **ret)
{
    const char *const *order = place == CA_FMT_FEATURE ? of_features : of_rules;
    size_t count = 0;
    for (const ca_yaml *item = mapping->child; item != NULL; item = item->next) {
        size_t at = count++;
        for (; at > 0 && rank(ret[at - 1], order) > rank(item, order); at--)
            ret[at] = ret[at - 1];
        ret[at] = item;
    }
}

bool ca_fmt_is_ordered(ca_fmt_place place)
{
    return place == CA_FMT_TOP || place == CA_FMT_FEATURE;
}

/* --- Places ------------------------------------------------------------------------------------- */

static bool is_one_of(ca_text key, const char *const *names)
{
    for (; *names != NULL; names++)
        if (ca_text_is(key, *names))
            return true;
    return false;
}

/* A file says by its keys what it holds. */
ca_fmt_place ca_fmt_place_of_file(const ca_yaml *root)
{
    for (const ca_yaml *item = root->child; item != NULL; item = item->next) {
        if (ca_text_is(item->key, "features"))
            return CA_FMT_FEATURES;
        if (ca_text_is(item->key, "feature"))
            return CA_FMT_FEATURE;
    }
    return CA_FMT_TOP;
}

static ca_fmt_place of_case(ca_fmt_place place, const ca_yaml *item)
{
    static const char *const values[] = {"values", "exposure", NULL};
    if (ca_text_is(item->key, "tables"))
        return CA_FMT_TABLES;
    if (ca_text_is(item->key, "lines"))
        return CA_FMT_TABLE;
    if (place == CA_FMT_CASES && is_one_of(item->key, values))
        return CA_FMT_TYPED;
    return item->key.len == 0 ? place : CA_FMT_ANY;
}

ca_fmt_place ca_fmt_place_of(ca_fmt_place place, const ca_yaml *item)
{
    static const char *const typed[] = {"version", "parameters", "adjacent", "min_peers", "max_group", NULL};
    static const char *const typed_of_features[] = {"money", "minimum", NULL};
    bool tests = ca_text_is(item->key, "tests");
    if (place == CA_FMT_TYPED || place == CA_FMT_TABLE)
        return place;
    if (place == CA_FMT_TABLES)
        return CA_FMT_TABLE;
    if (is_one_of(item->key, typed))
        return CA_FMT_TYPED;
    switch (place) {
    case CA_FMT_TOP:
        return tests ? CA_FMT_TESTS : CA_FMT_ANY;
    case CA_FMT_FEATURES:
        return item->key.len == 0 ? CA_FMT_FEATURE : ca_text_is(item->key, "features") ? place : CA_FMT_ANY;
    case CA_FMT_FEATURE:
        return tests ? CA_FMT_CASES : is_one_of(item->key, typed_of_features) ? CA_FMT_TYPED : CA_FMT_ANY;
    case CA_FMT_TESTS:
    case CA_FMT_CASES:
        return of_case(place, item);
    case CA_FMT_ANY:
    case CA_FMT_TYPED:
    case CA_FMT_TABLES:
    case CA_FMT_TABLE:
        break;
    }
    return CA_FMT_ANY;
}
