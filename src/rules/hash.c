/* Hashes a rule. logic_hash changes exactly when an outcome or an exposure could: it knows
 * conditions with their parameters' values, column types, the contents of sets and tables, and the
 * engine's semantics, but neither names nor texts. text_hash is of the file as it stands. */
#include "rules/hash.h"

#include <string.h>

#include "base/hash.h"
#include "rules/kind.h"
#include "rules/print.h"

/* Every part goes in with its label and its length, so that no two rules can look alike by
 * accident. */
static void part(ca_sha256 *sha, const char *label, ca_text text)
{
    ca_sha256_add_text(sha, ca_text_of(label));
    ca_sha256_add_text(sha, text);
}

static void expression(ca_sha256 *sha, const char *label, const ca_ruleset *set,
                       const ca_node *node, ca_buf *buf)
{
    buf->len = 0; /* not cleared: a failure must be seen at the end */
    if (node != NULL)
        ca_print_logic(set, node, buf);
    part(sha, label, ca_buf_text(buf));
}

static void applies(ca_sha256 *sha, const ca_ruleset *set, const ca_rule *rule, ca_buf *buf)
{
    char from[CA_DATE_SIZE];
    char to[CA_DATE_SIZE];
    part(sha, "jurisdiction", ca_text_of(rule->jurisdiction));
    part(sha, "rows", rule->rows_all ? CA_TEXT("all") : CA_TEXT("live"));
    if (!rule->has_effective)
        return;
    ca_date_print(rule->effective_from, from);
    ca_date_print(rule->effective_to, to);
    buf->len = 0;
    ca_buf_printf(buf, "%s..%s on %s", from, to, set->schema->columns[rule->effective_on].name);
    part(sha, "effective", ca_buf_text(buf));
}

/* With what a key means where the file does not have it. */
static void kind_keys(ca_sha256 *sha, const ca_ruleset *set, const ca_rule *rule, ca_buf *buf)
{
    part(sha, "kind", ca_text_of(rule->kind->name));
    for (const char *const *key = rule->kind->keys; *key != NULL; key++) {
        buf->len = 0;
        if (ca_print_key(set, rule, *key, true, buf))
            part(sha, *key, ca_buf_text(buf));
    }
}

static void logic(ca_sha256 *sha, const ca_ruleset *set, const ca_rule *rule, ca_buf *buf)
{
    part(sha, "claimaudit rule", CA_TEXT(CA_SEMANTICS));
    kind_keys(sha, set, rule, buf);
    applies(sha, set, rule, buf);
    expression(sha, "where", set, rule->where, buf);
    expression(sha, "when", set, rule->when, buf);
    for (size_t i = 0; i < rule->unless_count; i++) {
        part(sha, "exception", ca_text_of(rule->unless[i].name));
        expression(sha, "unless", set, rule->unless[i].when, buf);
    }
    expression(sha, "exposure", set, rule->exposure, buf);
}

int ca_rule_hash(const ca_ruleset *set, ca_rule *rule, ca_error *err)
{
    ca_buf buf;
    ca_buf_init(&buf);
    ca_sha256 *of_logic = ca_sha256_new();
    ca_sha256 *of_text = ca_sha256_new();
    int code = 0;
    if (of_logic != NULL && of_text != NULL) {
        logic(of_logic, set, rule, &buf);
        ca_sha256_add(of_text, rule->file->source.ptr, rule->file->source.len);
        ca_sha256_digest(of_logic, rule->logic_hash);
        ca_sha256_digest(of_text, rule->text_hash);
    }
    if (of_logic == NULL || of_text == NULL || buf.failed)
        code = ca_error_nomem(err);
    ca_sha256_free(of_logic);
    ca_sha256_free(of_text);
    ca_buf_done(&buf);
    return code;
}
