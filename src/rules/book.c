/* The pages of the rule book: one of each rule, and the list of all. */
#include "rules/book.h"

#include <stdio.h>

#include "base/hash.h"
#include "rules/book_parts.h"
#include "rules/explain.h"
#include "rules/kind.h"
#include "rules/mutate_parts.h"
#include "rules/print.h"

const char *ca_book_suffix(ca_book_format format)
{
    static const char *const suffixes[CA_BOOK_FORMATS] = {[CA_BOOK_HTML] = "html", [CA_BOOK_MARKDOWN] = "md"};
    return suffixes[format];
}

/* --- Facts --------------------------------------------------------------------------------------- */

static void fact(ca_page *page, const char *name, ca_text value)
{
    const ca_text cells[] = {ca_text_of(name), value};
    if (value.len > 0)
        ca_page_row(page, cells, 2);
}

static ca_text key_text(const ca_rule *rule, const char *key)
{
    const ca_yaml *item = ca_rule_key(rule, key);
    return item == NULL || item->kind != CA_YAML_SCALAR ? CA_TEXT("") : item->text;
}

static void facts(ca_page *page, const ca_rule *rule)
{
    static const char *const names[] = {"property", "value"};
    char version[32];
    int len = snprintf(version, sizeof(version), "%lld", (long long)rule->version);
    ca_page_table(page, names, 2);
    fact(page, "Version", (ca_text){version, (size_t)len});
    fact(page, "Status", ca_text_of(ca_rule_status_name(rule->status)));
    fact(page, "Severity", ca_text_of(rule->severity));
    fact(page, "Category", ca_text_of(rule->category));
    fact(page, "Grade", ca_text_of(ca_grade_name(rule->grade)));
    fact(page, "Jurisdiction", ca_text_of(rule->jurisdiction));
    fact(page, "Applies", rule->has_effective ? key_text(rule, "effective") : CA_TEXT("always"));
    fact(page, "By the date", key_text(rule, "effective_on"));
    fact(page, "Rows", rule->rows_all ? CA_TEXT("all, also voids and reversals") : CA_TEXT(""));
    fact(page, "Owner", ca_text_of(rule->owner));
    fact(page, "Review by", key_text(rule, "review_by"));
    fact(page, "Phase", ca_text_of(rule->phase));
    ca_page_table_end(page);
}

static void reasons(ca_page *page, const ca_rule *rule)
{
    ca_page_heading(page, 2, CA_TEXT("Why"));
    ca_page_text(page, *rule->description ? ca_text_of(rule->description) : CA_TEXT("The rule does not say."));
    if (*rule->basis == '\0' && rule->reference_count == 0)
        return;
    ca_page_heading(page, 2, CA_TEXT("Basis"));
    if (*rule->basis)
        ca_page_text(page, ca_text_of(rule->basis));
    if (rule->reference_count == 0)
        return;
    ca_page_list(page, true);
    for (size_t i = 0; i < rule->reference_count; i++)
        ca_page_item(page, ca_text_of(rule->references[i]));
    ca_page_list(page, false);
}

/* --- Conditions ---------------------------------------------------------------------------------- */

/* As the author wrote it, line by line, without the indent of the file. */
static void as_written(const ca_rule *rule, const ca_node *node, ca_buf *out)
{
    ca_text rest = ca_text_sub(rule->file->source, node->start, node->end - node->start);
    ca_text line;
    while (ca_text_next(&rest, '\n', &line)) {
        line = ca_text_trim(line);
        if (line.len > 0 && line.ptr[line.len - 1] == '\r')
            line.len--;
        ca_buf_add_text(out, line);
        ca_buf_add_char(out, '\n');
    }
}

static void code_of(ca_page *page, const ca_ruleset *set, const ca_rule *rule, const ca_node *node)
{
    ca_buf text;
    ca_buf_init(&text);
    if (node->end > node->start)
        as_written(rule, node, &text);
    else
        ca_print_expression(set, node, &text);
    page->out->failed |= text.failed;
    ca_page_code(page, ca_buf_text(&text));
    ca_buf_done(&text);
}

/* The keys of the kind that the file has, each as it reads. */
static void keys(ca_page *page, const ca_ruleset *set, const ca_rule *rule)
{
    ca_buf text;
    ca_buf_init(&text);
    for (const char *const *key = rule->kind->keys; *key != NULL; key++) {
        size_t before = text.len;
        if (ca_rule_key(rule, *key) == NULL)
            continue;
        ca_buf_printf(&text, "%s: ", *key);
        if (ca_print_key(set, rule, *key, false, &text))
            ca_buf_add_char(&text, '\n');
        else
            text.len = before;
    }
    page->out->failed |= text.failed;
    if (text.len > 0)
        ca_page_code(page, ca_buf_text(&text));
    ca_buf_done(&text);
}

static void conditions(ca_page *page, const ca_ruleset *set, const ca_rule *rule)
{
    ca_buf text;
    ca_buf_init(&text);
    ca_page_heading(page, 2, CA_TEXT("What it looks for"));
    ca_buf_printf(&text, "Kind %s: %s.", rule->kind->name, rule->kind->summary);
    page->out->failed |= text.failed;
    ca_page_text(page, ca_buf_text(&text));
    ca_buf_done(&text);
    keys(page, set, rule);
    if (rule->where != NULL) {
        ca_page_text(page, CA_TEXT("Only what fulfils this takes part:"));
        code_of(page, set, rule, rule->where);
    }
    if (rule->when != NULL) {
        ca_page_text(page, CA_TEXT("It is a finding when:"));
        code_of(page, set, rule, rule->when);
    }
    ca_page_text(page, CA_TEXT("What cannot be decided because something is missing is counted as unknown, and is no finding."));
}

static void exceptions(ca_page *page, const ca_ruleset *set, const ca_rule *rule)
{
    if (rule->unless_count == 0)
        return;
    ca_page_heading(page, 2, CA_TEXT("Exceptions"));
    for (size_t i = 0; i < rule->unless_count; i++) {
        ca_page_heading(page, 3, ca_text_of(rule->unless[i].name));
        ca_page_text(page, ca_text_of(rule->unless[i].reason));
        code_of(page, set, rule, rule->unless[i].when);
    }
}

static void outcome(ca_page *page, const ca_ruleset *set, const ca_rule *rule)
{
    ca_page_heading(page, 2, CA_TEXT("Money at stake"));
    ca_page_text(page, CA_TEXT("Never below zero, and never above what was paid for the lines that carry the finding:"));
    code_of(page, set, rule, rule->exposure);
    ca_page_heading(page, 2, CA_TEXT("What the finding says"));
    ca_page_code(page, key_text(rule, "message"));
}

/* --- What it reads -------------------------------------------------------------------------------- */

static void parameters(ca_page *page, const ca_rule *rule)
{
    static const char *const names[] = {"parameter", "value", "set by"};
    if (rule->parameter_count == 0)
        return;
    ca_page_heading(page, 2, CA_TEXT("Parameters"));
    ca_page_table(page, names, 3);
    for (size_t i = 0; i < rule->parameter_count; i++) {
        ca_buf value;
        ca_buf_init(&value);
        ca_parameter_print(&rule->parameters[i], &value);
        page->out->failed |= value.failed;
        const ca_text cells[] = {ca_text_of(rule->parameters[i].name), ca_buf_text(&value),
                                 rule->parameters[i].overridden ? CA_TEXT("the site") : CA_TEXT("the rule")};
        ca_page_row(page, cells, 3);
        ca_buf_done(&value);
    }
    ca_page_table_end(page);
}

static void table_row(ca_page *page, const char *name, const char *what, bool bound, size_t rows, bool dated, ca_digest digest)
{
    char hex[33];
    char count[32];
    ca_digest_hex(digest, hex);
    int len = snprintf(count, sizeof(count), "%zu", rows);
    const ca_text cells[] = {ca_text_of(name), ca_text_of(what), bound ? (ca_text){count, (size_t)len} : CA_TEXT("left to the site"),
                             dated ? CA_TEXT("yes") : CA_TEXT("no"), bound ? ca_text_of(hex) : CA_TEXT("")};
    ca_page_row(page, cells, 5);
}

static void tables(ca_page *page, const ca_rule *rule)
{
    static const char *const names[] = {"name", "what", "rows", "by date", "digest of its content"};
    if (rule->set_count + rule->table_count == 0)
        return;
    ca_page_heading(page, 2, CA_TEXT("Sets and tables"));
    ca_page_table(page, names, 5);
    for (size_t i = 0; i < rule->set_count; i++) {
        const ca_codeset *set = rule->sets[i];
        table_row(page, ca_codeset_name(set), ca_codeset_family(set), ca_codeset_bound(set), ca_codeset_rows(set),
                  ca_codeset_dated(set), ca_codeset_digest(set));
    }
    for (size_t i = 0; i < rule->table_count; i++) {
        const ca_reftable *table = rule->tables[i];
        table_row(page, ca_reftable_name(table), "table", ca_reftable_bound(table), ca_reftable_rows(table),
                  ca_reftable_dated(table), ca_reftable_digest(table));
    }
    ca_page_table_end(page);
}

static void identity(ca_page *page, const ca_rule *rule)
{
    char logic[65];
    char text[65];
    static const char *const names[] = {"property", "value"};
    ca_hex(rule->logic_hash, 32, logic);
    ca_hex(rule->text_hash, 32, text);
    ca_page_heading(page, 2, CA_TEXT("Identity"));
    ca_page_table(page, names, 2);
    fact(page, "Hash of its logic", ca_text_of(logic));
    fact(page, "Hash of its text", ca_text_of(text));
    ca_page_table_end(page);
}

/* --- Pages ---------------------------------------------------------------------------------------- */

int ca_book_rule(const ca_ruleset *set, const ca_rule *rule, ca_book_format format, ca_buf *out, ca_error *err)
{
    ca_page page = {format, out};
    ca_buf title;
    char index[16];
    ca_buf_clear(out);
    ca_buf_init(&title);
    snprintf(index, sizeof(index), "index.%s", ca_book_suffix(format));
    ca_buf_printf(&title, "%s: %s", rule->id, rule->title);
    ca_page_begin(&page, ca_buf_cstr(&title));
    ca_page_heading(&page, 1, ca_buf_text(&title));
    out->failed |= title.failed;
    ca_buf_done(&title);
    facts(&page, rule);
    reasons(&page, rule);
    conditions(&page, set, rule);
    exceptions(&page, set, rule);
    outcome(&page, set, rule);
    parameters(&page, rule);
    tables(&page, rule);
    int code = ca_book_tests(&page, rule, err);
    identity(&page, rule);
    ca_page_link(&page, index, CA_TEXT("All rules"));
    ca_page_end(&page);
    return code == 0 && out->failed ? ca_error_nomem(err) : code;
}

static bool of_category(const ca_rule *rule, ca_text category)
{
    return ca_text_is(category, rule->category);
}

static void index_category(ca_page *page, const ca_ruleset *set, ca_text category)
{
    static const char *const names[] = {"rule", "title", "severity", "status", "kind", "version"};
    bool begun = false;
    for (size_t i = 0; i < set->count; i++) {
        const ca_rule *rule = set->rules[i];
        char target[32];
        char version[32];
        if (!of_category(rule, category))
            continue;
        if (!begun) {
            ca_page_heading(page, 2, category);
            ca_page_table(page, names, 6);
            begun = true;
        }
        snprintf(target, sizeof(target), "%s.%s", rule->id, ca_book_suffix(page->format));
        snprintf(version, sizeof(version), "%lld", (long long)rule->version);
        const ca_text cells[] = {ca_text_of(rule->id),       ca_text_of(rule->title),
                                 ca_text_of(rule->severity), ca_text_of(ca_rule_status_name(rule->status)),
                                 ca_text_of(rule->kind->name), ca_text_of(version)};
        ca_page_row_link(page, target, cells, 6);
    }
    if (begun)
        ca_page_table_end(page);
}

int ca_book_index(const ca_ruleset *set, const ca_featureset *features, ca_book_format format, ca_buf *out, ca_error *err)
{
    ca_page page = {format, out};
    char count[64];
    char target[32];
    ca_buf_clear(out);
    ca_page_begin(&page, "Rule book");
    ca_page_heading(&page, 1, CA_TEXT("Rule book"));
    snprintf(count, sizeof(count), "%zu rule%s, by category.", set->count, set->count == 1 ? "" : "s");
    ca_page_text(&page, ca_text_of(count));
    for (size_t i = 0; i < set->vocabulary->category_count; i++)
        index_category(&page, set, set->vocabulary->categories[i]);
    if (features != NULL && features->count > 0) {
        snprintf(count, sizeof(count), "%zu feature%s of entities and lines", features->count, features->count == 1 ? "" : "s");
        snprintf(target, sizeof(target), "features.%s", ca_book_suffix(format));
        ca_page_link(&page, target, ca_text_of(count));
    }
    ca_page_end(&page);
    return out->failed ? ca_error_nomem(err) : 0;
}
