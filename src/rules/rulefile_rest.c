/* Reads what is left of a rule file: translations, tests, keys of other kinds, and keys that nobody
 * knows. */
#include <string.h>

#include "rules/kind.h"
#include "rules/message.h"
#include "rules/mutate.h"
#include "rules/rulefile_parts.h"
#include "rules/say.h"

static const char *const common_keys[] = {
    "rule",      "version",    "title",        "description", "references",   "owner",
    "review_by", "basis",      "phase",        "status",      "severity",     "category",
    "grade",     "tags",       "jurisdiction", "effective",   "effective_on", "kind",
    "rows",      "parameters", "where",        "when",        "unless",       "exposure",
    "message",   "tests",      "mutants",
};

#define COMMON_KEYS (sizeof(common_keys) / sizeof(common_keys[0]))

/* Keys of kinds of rules, so that a rule of the wrong kind is told so. */
static const struct {
    const char *key;
    const char *kinds;
} kind_keys[] = {
    {"per", "window, overlap, sequence and absence"},
    {"same", "pair and duplicate"},
    {"within", "window, sequence and peer"},
    {"interval", "overlap"},
    {"touching", "overlap"},
    {"order", "sequence"},
    {"adjacent", "sequence"},
    {"event", "absence"},
    {"without", "absence"},
    {"look", "absence"},
    {"history", "absence"},
    {"entity", "peer"},
    {"peers", "peer"},
    {"metric", "peer"},
    {"minimum", "peer"},
    {"min_peers", "peer"},
    {"original", "duplicate"},
    {"level", "pair, duplicate, overlap and sequence"},
    {"report", "pair, overlap and sequence"},
    {"settle", "absence, peer and window"},
    {"judge", "window and peer"},
    {"lines", "window"},
    {"max_group", "pair, overlap, sequence and absence"},
    {"each", "table-driven"},
};

static void keys_of_other_kinds(ca_rule_reader *reader)
{
    const ca_kind *kind = reader->check.rule->kind;
    for (ca_yaml *item = reader->root->child; item != NULL; item = item->next) {
        for (size_t i = 0; !item->seen && i < sizeof(kind_keys) / sizeof(kind_keys[0]); i++) {
            if (!ca_text_is(item->key, kind_keys[i].key) || ca_kind_has_key(kind, item->key))
                continue;
            ca_conf_error_key(&reader->check.conf, item,
                              "'%s' is a key of %s rules, not of %s rules", kind_keys[i].key,
                              kind_keys[i].kinds, kind->name);
            item->seen = true;
        }
    }
}

/* title@zh: a text of the rule in another language. Messages are checked like the original. */
static void translations(ca_rule_reader *reader)
{
    static const char *const texts[] = {"title", "description", "message", "basis"};
    for (ca_yaml *item = reader->root->child; item != NULL; item = item->next) {
        const char *at = memchr(item->key.ptr, '@', item->key.len);
        if (item->seen || at == NULL)
            continue;
        ca_text base = {item->key.ptr, (size_t)(at - item->key.ptr)};
        ca_text ignored;
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && base.len + 3 <= item->key.len;
             i++)
            item->seen = item->seen || ca_text_is(base, texts[i]);
        if (!item->seen)
            continue;
        if (ca_text_is(base, "message")) {
            ca_message_part *parts = NULL;
            size_t count = 0;
            ca_message_compile(&reader->check, item, ca_scope_when(reader->check.rule),
                               &parts, &count);
        } else {
            ca_conf_text(&reader->check.conf, item, &ignored);
        }
    }
}

static void no_other_keys(ca_rule_reader *reader)
{
    const ca_kind *kind = reader->check.rule->kind;
    size_t own = 0;
    while (kind->keys[own] != NULL)
        own++;
    const char **known =
        ca_arena_array(reader->check.scratch, COMMON_KEYS + own + 1, sizeof(*known));
    if (known == NULL) {
        reader->nomem = true;
        return;
    }
    for (size_t i = 0; i < COMMON_KEYS; i++)
        known[i] = common_keys[i];
    for (size_t i = 0; i < own; i++)
        known[COMMON_KEYS + i] = kind->keys[i];
    ca_conf_no_others(&reader->check.conf, reader->root, known);
}

void ca_reader_rest(ca_rule_reader *reader)
{
    const ca_conf *conf = &reader->check.conf;
    ca_yaml *tests = ca_conf_get(conf, reader->root, "tests");
    if (ca_conf_is(conf, tests, CA_YAML_SEQUENCE, NULL))
        reader->check.rule->tests = tests;
    ca_mutants_check(conf, ca_conf_get(conf, reader->root, "mutants"));
    translations(reader);
    keys_of_other_kinds(reader);
    no_other_keys(reader);
}
