/* Reads one rule file, key by key; every mistake of every key is said before the rule is refused.
 */
#include "rules/rulefile.h"

#include <string.h>

#include "rules/check_parts.h"
#include "rules/collect.h"
#include "rules/each.h"
#include "rules/hash.h"
#include "rules/kind.h"
#include "rules/lint.h"
#include "rules/rulefile_parts.h"
#include "rules/say.h"

const char *ca_reader_copy(ca_rule_reader *reader, ca_text text)
{
    const char *copy = ca_arena_cstr(reader->check.arena, text);
    if (copy != NULL)
        return copy;
    reader->nomem = true;
    return "";
}

const char *ca_reader_text(ca_rule_reader *reader, const char *key)
{
    ca_text text;
    ca_yaml *node = ca_conf_get(&reader->check.conf, reader->root, key);
    return ca_conf_text(&reader->check.conf, node, &text) ? ca_reader_copy(reader, text) : "";
}

/* "claim, line" of the kinds that exist. */
static void unknown_kind(ca_rule_reader *reader, const ca_yaml *node)
{
    char kinds[200] = "";
    for (const ca_kind *const *kind = ca_kinds; *kind != NULL; kind++)
        ca_list_add(kinds, sizeof(kinds), (*kind)->name);
    ca_conf_error(&reader->check.conf, node, "there is no kind '%.*s'; it is one of %s",
                  ca_say_len(node->text), node->text.ptr, kinds);
}

static void read_kind(ca_rule_reader *reader)
{
    ca_text name;
    ca_yaml *node = ca_conf_need(&reader->check.conf, reader->root, "kind");
    if (!ca_conf_text(&reader->check.conf, node, &name))
        return;
    reader->check.rule->kind = ca_kind_find(name);
    if (reader->check.rule->kind == NULL)
        unknown_kind(reader, node);
}

static int read_keys(ca_rule_reader *reader, ca_error *err)
{
    ca_rule *rule = reader->check.rule;
    ca_reader_identity(reader);
    read_kind(reader);
    if (rule->kind == NULL)
        return 0; /* without it nobody knows what the other keys mean */
    ca_reader_parameters(reader);
    ca_each_table(&reader->check, reader->root);
    if (rule->kind->check != NULL) {
        int code = rule->kind->check(&reader->check, rule, reader->root, err);
        if (code < 0)
            return code;
    }
    ca_each_columns(&reader->check);
    ca_reader_effective(reader);
    ca_reader_conditions(reader);
    ca_reader_rest(reader);
    return 0;
}

/* After all keys are good: what the rule reads, what looks wrong, and its hashes. */
static int complete(ca_rule_reader *reader, size_t errors_before, ca_error *err)
{
    ca_kind_check *check = &reader->check;
    ca_rule_collect(check);
    if (check->nomem)
        return ca_error_nomem(err);
    if (check->conf.diags->errors > errors_before)
        return 0;
    ca_rule_lint(check);
    return check->nomem ? ca_error_nomem(err) : ca_rule_hash(reader->set, check->rule, err);
}

static int read_rule(ca_rule_reader *reader, size_t errors_before, ca_error *err)
{
    int code = read_keys(reader, err);
    if (code < 0)
        return code;
    if (reader->nomem || reader->check.nomem)
        return ca_error_nomem(err);
    if (reader->check.conf.diags->errors == errors_before)
        code = complete(reader, errors_before, err);
    return code < 0 ? code : reader->check.conf.diags->failed ? ca_error_nomem(err) : 0;
}

int ca_rulefile_read(ca_ruleset *set, const ca_yaml_file *file, const char *pack,
                     size_t errors_before, ca_diags *diags, ca_rule **ret_rule, ca_error *err)
{
    ca_conf conf = {file, diags};
    *ret_rule = NULL;
    if (!ca_conf_root(&conf, "a rule"))
        return diags->failed ? ca_error_nomem(err) : 0;
    ca_rule *rule = ca_arena_alloc(&set->arena, sizeof(*rule));
    if (rule == NULL)
        return ca_error_nomem(err);
    rule->file = file;
    rule->pack = pack;
    ca_arena scratch;
    ca_arena_init(&scratch);
    ca_rule_reader reader = {.set = set, .root = file->root};
    reader.check = (ca_kind_check){.conf = conf,
                                   .schema = set->schema,
                                   .codes = set->codes,
                                   .refs = set->refs,
                                   .vocabulary = set->vocabulary,
                                   .arena = &set->arena,
                                   .scratch = &scratch,
                                   .rule = rule};
    int code = read_rule(&reader, errors_before, err);
    ca_arena_done(&scratch);
    if (code == 0 && diags->errors == errors_before)
        *ret_rule = rule;
    return code;
}
