/* Walks a tree with a schema: takes keys, checks types, and finds what nobody took. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conf/shown.h"
#include "conf/spelling.h"
#include "conf/yaml.h"

enum { WORDS = 512, CHOICES = 300 };

static void add(const ca_conf *conf, ca_severity severity, uint32_t line, uint32_t column,
                const char *format, va_list args) __attribute__((format(printf, 5, 0)));

static void add(const ca_conf *conf, ca_severity severity, uint32_t line, uint32_t column,
                const char *format, va_list args)
{
    char words[WORDS];
    vsnprintf(words, sizeof(words), format, args);
    ca_diag_add(conf->diags, severity, conf->file->path, line, column, "%s", words);
}

void ca_conf_error(const ca_conf *conf, const ca_yaml *node, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(conf, CA_DIAG_ERROR, node ? node->line : 0, node ? node->column : 0, format, args);
    va_end(args);
}

void ca_conf_error_key(const ca_conf *conf, const ca_yaml *node, const char *format, ...)
{
    bool has_key = node != NULL && node->key_line != 0;
    uint32_t line = has_key ? node->key_line : node ? node->line : 0;
    uint32_t column = has_key ? node->key_column : node ? node->column : 0;
    va_list args;
    va_start(args, format);
    add(conf, CA_DIAG_ERROR, line, column, format, args);
    va_end(args);
}

void ca_conf_warning(const ca_conf *conf, const ca_yaml *node, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(conf, CA_DIAG_WARNING, node ? node->line : 0, node ? node->column : 0, format, args);
    va_end(args);
}

/* How a message calls a node: by its key in quotes, or as an item of a list. */
typedef struct name {
    char text[80];
} name;

static name name_of(const ca_yaml *node)
{
    name result = {"this item"};
    if (node->key_line != 0)
        snprintf(result.text, sizeof(result.text), "'%s'", ca_shown_of(node->key).text);
    return result;
}

static bool is_empty(const ca_yaml *node)
{
    return node->kind == CA_YAML_SCALAR && node->start == node->end;
}

static const char *kind_words(const ca_yaml *node)
{
    switch (node->kind) {
    case CA_YAML_SCALAR:
        return is_empty(node) ? "nothing" : "text";
    case CA_YAML_SEQUENCE:
        return "a list";
    case CA_YAML_MAPPING:
        return "a mapping";
    }
    return "";
}

/* A list or mapping between brackets, on one line. */
static bool is_flow(const ca_conf *conf, const ca_yaml *node)
{
    char first = conf->file->source.ptr[node->start];
    return node->kind != CA_YAML_SCALAR && (first == '[' || first == '{');
}

/* {claim_id} is a mapping with a key and no value: the braces were meant for a message. */
static bool is_empty_item(const ca_yaml *item)
{
    return item != NULL && item->key_line != 0 && is_empty(item);
}

/* A node that a walker may look into: others have their message already. */
static bool usable(const ca_yaml *node)
{
    return node != NULL && !node->bad;
}

bool ca_conf_root(const ca_conf *conf, const char *what)
{
    const ca_yaml *root = conf->file->root;
    if (root == NULL) {
        if (!conf->file->unreadable)
            ca_conf_error(conf, NULL, "the file is empty; it should hold %s", what);
        return false;
    }
    if (!usable(root))
        return false;
    if (root->kind != CA_YAML_MAPPING)
        ca_conf_error(conf, root, "the file should hold %s: a mapping of 'key: value' lines", what);
    return root->kind == CA_YAML_MAPPING;
}

ca_yaml *ca_conf_get(const ca_conf *conf, ca_yaml *mapping, const char *key)
{
    (void)conf;
    if (!usable(mapping) || mapping->kind != CA_YAML_MAPPING)
        return NULL;
    for (ca_yaml *item = mapping->child; item != NULL; item = item->next) {
        if (ca_text_is(item->key, key)) {
            item->seen = true;
            return item;
        }
    }
    return NULL;
}

ca_yaml *ca_conf_need(const ca_conf *conf, ca_yaml *mapping, const char *key)
{
    ca_yaml *item = ca_conf_get(conf, mapping, key);
    if (item == NULL && usable(mapping) && mapping->kind == CA_YAML_MAPPING && !mapping->partial)
        ca_conf_error(conf, mapping, "key '%s' is missing", key);
    return item;
}

static size_t count_of(const char *const *names)
{
    size_t count = 0;
    while (names != NULL && names[count] != NULL)
        count++;
    return count;
}

static bool is_word(ca_text key)
{
    for (size_t i = 0; i < key.len; i++)
        if (strchr("{[:=", key.ptr[i]) != NULL)
            return false;
    return true;
}

/* {column: Line, no}: a key without a value behind a comma was meant as text. */
static bool says_comma(const ca_conf *conf, const ca_yaml *item)
{
    const char *bytes = conf->file->source.ptr;
    size_t at = conf->file->line_starts[item->key_line - 1] + item->key_column - 1;
    while (at > 0 && bytes[at - 1] == ' ')
        at--;
    if (!is_empty(item) || item->bad || at == 0 || bytes[at - 1] != ',')
        return false;
    ca_conf_error_key(conf, item,
                      "unknown key '%s' without a value: a text with a comma stands in quotes",
                      ca_shown_of(item->key).text);
    return true;
}

void ca_conf_no_others(const ca_conf *conf, ca_yaml *mapping, const char *const *known)
{
    if (!usable(mapping) || mapping->kind != CA_YAML_MAPPING)
        return;
    size_t count = count_of(known);
    for (const ca_yaml *item = mapping->child; item != NULL; item = item->next) {
        if (item->seen)
            continue;
        if (item->bad && !is_word(item->key)) /* the mistake made the key, and is reported */
            continue;
        ca_shown key = ca_shown_of(item->key);
        if (says_comma(conf, item))
            continue;
        const char *closest = ca_text_closest(item->key, known, count);
        if (closest == NULL)
            ca_conf_error_key(conf, item, "unknown key '%s'", key.text);
        else if (ca_text_is(item->key, closest))
            ca_conf_error_key(conf, item, "key '%s' does not belong here", key.text);
        else
            ca_conf_error_key(conf, item, "unknown key '%s'; did you mean '%s'?", key.text,
                              closest);
    }
}

static bool first_has_key(const ca_yaml *list)
{
    return list->child != NULL && list->child->kind == CA_YAML_MAPPING;
}

/* `- #1`, `{delimiter: ,}` and `{1=M}` seem to have no value. */
static void say_empty(const ca_conf *conf, const ca_yaml *node, const char *subject)
{
    ca_text source = conf->file->source;
    size_t at = node->start;
    while (at < source.len && source.ptr[at] == ' ')
        at++;
    size_t sign = 0;
    while (sign < node->key.len && strchr(":=", node->key.ptr[sign]) == NULL)
        sign++;
    if (at < source.len && source.ptr[at] == '#')
        ca_conf_error(conf, node, "%s has no value, as '#' begins a comment: %s", subject,
                      ca_spelling_item(source, at).text);
    else if (at + 1 < source.len && source.ptr[at] == ',' && strchr(",}", source.ptr[at + 1]))
        ca_conf_error(conf, node, "%s has no value; a comma is written \",\"", subject);
    else if (node->key_line != 0 && sign > 0 && sign + 1 < node->key.len)
        ca_conf_error(conf, node, "%s has no value; write %.*s: %.*s", subject, (int)sign,
                      node->key.ptr, (int)(node->key.len - sign - 1), node->key.ptr + sign + 1);
    else
        ca_conf_error(conf, node, "%s has no value; an empty text is written ''", subject);
}

bool ca_conf_is(const ca_conf *conf, const ca_yaml *node, ca_yaml_kind kind, const char *what)
{
    if (!usable(node))
        return false;
    if (node->kind == kind && !is_empty(node))
        return true;
    name own = name_of(node);
    const char *subject = what == NULL ? own.text : what;
    switch (kind) {
    case CA_YAML_SCALAR:
        if (is_empty(node))
            say_empty(conf, node, subject);
        else if (is_flow(conf, node) && is_empty_item(node->child))
            ca_conf_error(conf, node, "%s must be text, not %s: %s", subject, kind_words(node),
                          ca_spelling_quoted(conf->file->source, node->start).text);
        else
            ca_conf_error(conf, node, "%s must be text, not %s", subject, kind_words(node));
        break;
    case CA_YAML_SEQUENCE:
        ca_conf_error(conf, node, "%s must be a list, not %s%s", subject, kind_words(node),
                      node->kind == CA_YAML_MAPPING && !is_flow(conf, node)
                          ? ": write '- ' before its first key"
                          : "");
        break;
    case CA_YAML_MAPPING:
        ca_conf_error(conf, node, "%s must be a mapping of 'key: value', not %s%s", subject,
                      kind_words(node),
                      node->kind == CA_YAML_SEQUENCE && !is_flow(conf, node) && first_has_key(node)
                          ? ": leave out the '- ' before its keys"
                          : "");
        break;
    }
    return false;
}

bool ca_conf_text(const ca_conf *conf, const ca_yaml *node, ca_text *ret_text)
{
    if (!ca_conf_is(conf, node, CA_YAML_SCALAR, NULL))
        return false;
    *ret_text = node->text;
    return true;
}

bool ca_conf_int(const ca_conf *conf, const ca_yaml *node, int64_t min, int64_t max,
                 int64_t *ret_value)
{
    ca_text text;
    int64_t value;
    if (!ca_conf_text(conf, node, &text))
        return false;
    if (!ca_text_to_int(text, &value) || value < min || value > max) {
        ca_conf_error(conf, node,
                      "%s must be a whole number from %" PRId64 " to %" PRId64 ", not '%s'",
                      name_of(node).text, min, max, ca_shown_of(text).text);
        return false;
    }
    *ret_value = value;
    return true;
}

bool ca_conf_bool(const ca_conf *conf, const ca_yaml *node, bool *ret_value)
{
    ca_text text;
    if (!ca_conf_text(conf, node, &text))
        return false;
    bool yes = ca_text_is(text, "yes") || ca_text_is(text, "true");
    if (!yes && !ca_text_is(text, "no") && !ca_text_is(text, "false")) {
        ca_conf_error(conf, node, "%s must be yes or no, not '%s'", name_of(node).text,
                      ca_shown_of(text).text);
        return false;
    }
    *ret_value = yes;
    return true;
}

/* "low, medium, high", or nothing when that would be too long to read. */
static void join(const char *const *names, size_t count, char ret_words[CHOICES])
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        int added = snprintf(ret_words + len, CHOICES - len, "%s%s", i == 0 ? "" : ", ", names[i]);
        len += added < 0 ? CHOICES : (size_t)added;
        if (len >= CHOICES) {
            ret_words[0] = '\0';
            return;
        }
    }
}

bool ca_conf_choice(const ca_conf *conf, const ca_yaml *node, const char *const *names,
                    size_t count, size_t *ret_index)
{
    ca_text text;
    if (!ca_conf_text(conf, node, &text))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (ca_text_is(text, names[i])) {
            *ret_index = i;
            return true;
        }
    }
    char all[CHOICES] = "";
    join(names, count, all);
    const char *closest = ca_text_closest(text, names, count);
    ca_conf_error(conf, node, "%s cannot be '%s'%s%s%s%s%s", name_of(node).text,
                  ca_shown_of(text).text, closest ? "; did you mean '" : "", closest ? closest : "",
                  closest ? "'?" : "", all[0] ? "; it is one of " : "", all);
    return false;
}

bool ca_conf_list(const ca_conf *conf, ca_yaml *node, ca_arena *arena, ca_text **ret_items,
                  size_t *ret_count)
{
    if (!usable(node))
        return false;
    bool single = node->kind != CA_YAML_SEQUENCE;
    size_t count = single ? 1 : node->count;
    ca_text *items = ca_arena_array(arena, count, sizeof(*items));
    if (items == NULL) {
        conf->diags->failed = 1;
        return false;
    }
    if (single && !ca_conf_text(conf, node, &items[0]))
        return false;
    bool good = true;
    size_t i = 0;
    for (const ca_yaml *item = single ? NULL : node->child; item != NULL; item = item->next)
        good = ca_conf_text(conf, item, &items[i++]) && good;
    if (!good)
        return false;
    *ret_items = items;
    *ret_count = count;
    return true;
}
