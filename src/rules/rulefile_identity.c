/* Reads what a rule is called and where it belongs: id, version, title, status, vocabulary,
 * effective. */
#include <string.h>

#include "rules/check_parts.h"
#include "rules/kind.h"
#include "rules/rulefile.h"
#include "rules/rulefile_parts.h"
#include "rules/say.h"

static const char *const statuses[] = {[CA_RULE_DRAFT] = "draft",
                                       [CA_RULE_SHADOW] = "shadow",
                                       [CA_RULE_ACTIVE] = "active",
                                       [CA_RULE_RETIRED] = "retired",
                                       [CA_RULE_OFF] = "off"}; /* no file says so */
static const char *const grades[CA_GRADES] = {
    [CA_GRADE_DEFINITE] = "definite", [CA_GRADE_SUSPICIOUS] = "suspicious", [CA_GRADE_TIP] = "tip"};

const char *ca_rule_status_name(ca_rule_status status)
{
    return statuses[status];
}

const char *ca_grade_name(ca_grade grade)
{
    return grades[grade];
}

bool ca_rule_id_valid(ca_text id)
{
    size_t letters = 0;
    while (letters < id.len && id.ptr[letters] >= 'A' && id.ptr[letters] <= 'Z')
        letters++;
    if (letters < 2 || letters > 8 || id.len != letters + 5 || id.ptr[letters] != '-')
        return false;
    for (size_t i = letters + 1; i < id.len; i++)
        if (id.ptr[i] < '0' || id.ptr[i] > '9')
            return false;
    return true;
}

static ca_text file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return ca_text_of(slash == NULL ? path : slash + 1);
}

/* US-0101 stands in US-0101.yaml. Sources that are no .yaml file have no such name. */
static void name_fits(ca_rule_reader *reader, const ca_yaml *node, ca_text id)
{
    ca_text name = file_name(reader->check.conf.file->path);
    if (name.len < 5 || !ca_text_is(ca_text_sub(name, name.len - 5, 5), ".yaml"))
        return;
    name.len -= 5;
    if (!ca_text_eq(name, id))
        ca_conf_error(&reader->check.conf, node,
                      "the file is called %.*s.yaml, but the rule %.*s; make them equal",
                      ca_say_len(name), name.ptr, ca_say_len(id), id.ptr);
}

static void read_id(ca_rule_reader *reader)
{
    ca_text id;
    ca_yaml *node = ca_conf_need(&reader->check.conf, reader->root, "rule");
    reader->check.rule->id = "";
    if (!ca_conf_text(&reader->check.conf, node, &id))
        return;
    if (!ca_rule_id_valid(id)) {
        ca_conf_error(
            &reader->check.conf, node,
            "'%.*s' is no rule id; it has 2 to 8 capital letters, '-' and four digits: US-0101",
            ca_say_len(id), id.ptr);
        return;
    }
    name_fits(reader, node, id);
    reader->check.rule->id = ca_reader_copy(reader, id);
}

/* An entry of one of the vocabulary's closed lists; false when it is none (said) or the key is
 * absent. */
static bool from_list(ca_rule_reader *reader, const ca_yaml *node, const char *what,
                      const ca_text *list, size_t count, size_t *ret_index)
{
    ca_text text;
    if (!ca_conf_text(&reader->check.conf, node, &text))
        return false;
    char choices[300] = "";
    for (size_t i = 0; i < count; i++) {
        *ret_index = i;
        if (ca_text_eq(list[i], text))
            return true;
        ca_list_add(choices, sizeof(choices), ca_reader_copy(reader, list[i]));
    }
    ca_conf_error(&reader->check.conf, node, "the vocabulary has no %s '%.*s'; it has %s", what,
                  ca_say_len(text), text.ptr, choices);
    return false;
}

/* The folder of a pack is called as the jurisdiction of its rules: rules/us/US-0101.yaml. */
static bool folder_jurisdiction(const ca_rule_reader *reader, size_t *ret_index)
{
    const char *path = reader->check.conf.file->path;
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return false;
    const char *start = slash;
    while (start > path && start[-1] != '/')
        start--;
    ca_text folder = {start, (size_t)(slash - start)};
    const ca_vocabulary *vocabulary = reader->set->vocabulary;
    for (size_t i = 0; i < vocabulary->jurisdiction_count; i++) {
        if (ca_text_eq(folder, vocabulary->jurisdictions[i])) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

static void read_jurisdiction(ca_rule_reader *reader)
{
    const ca_vocabulary *vocabulary = reader->set->vocabulary;
    ca_rule *rule = reader->check.rule;
    size_t index = 0;
    size_t folder = 0;
    bool in_folder = folder_jurisdiction(reader, &folder);
    ca_yaml *node = ca_conf_get(&reader->check.conf, reader->root, "jurisdiction");
    rule->jurisdiction =
        in_folder ? ca_reader_copy(reader, vocabulary->jurisdictions[folder]) : "core";
    if (!from_list(reader, node, "jurisdiction", vocabulary->jurisdictions,
                   vocabulary->jurisdiction_count, &index))
        return;
    if (in_folder && index != folder)
        ca_conf_error(&reader->check.conf, node,
                      "the rule lies in the folder %s, but its jurisdiction is %.*s",
                      rule->jurisdiction, (int)node->text.len, node->text.ptr);
    rule->jurisdiction = ca_reader_copy(reader, vocabulary->jurisdictions[index]);
}

static void read_vocabulary(ca_rule_reader *reader)
{
    const ca_conf *conf = &reader->check.conf;
    const ca_vocabulary *vocabulary = reader->set->vocabulary;
    ca_rule *rule = reader->check.rule;
    size_t index = 0;
    rule->severity = rule->category = "";
    if (from_list(reader, ca_conf_need(conf, reader->root, "severity"), "severity",
                  vocabulary->severities, vocabulary->severity_count, &index)) {
        rule->severity = ca_reader_copy(reader, vocabulary->severities[index]);
        rule->severity_rank = index;
    }
    if (from_list(reader, ca_conf_need(conf, reader->root, "category"), "category",
                  vocabulary->categories, vocabulary->category_count, &index))
        rule->category = ca_reader_copy(reader, vocabulary->categories[index]);
    read_jurisdiction(reader);
}

static void read_choices(ca_rule_reader *reader)
{
    const ca_conf *conf = &reader->check.conf;
    ca_rule *rule = reader->check.rule;
    size_t index = 0;
    if (ca_conf_choice(conf, ca_conf_need(conf, reader->root, "status"), statuses, 4, &index))
        rule->status = (ca_rule_status)index;
    rule->grade = CA_GRADE_SUSPICIOUS;
    if (ca_conf_choice(conf, ca_conf_get(conf, reader->root, "grade"), grades, CA_GRADES, &index))
        rule->grade = (ca_grade)index;
    static const char *const rows[] = {"live", "all"};
    if (ca_conf_choice(conf, ca_conf_get(conf, reader->root, "rows"), rows, 2, &index))
        rule->rows_all = index == 1;
}

static void read_references(ca_rule_reader *reader)
{
    ca_text *items = NULL;
    size_t count = 0;
    ca_rule *rule = reader->check.rule;
    ca_yaml *node = ca_conf_get(&reader->check.conf, reader->root, "references");
    if (!ca_conf_list(&reader->check.conf, node, reader->check.scratch, &items, &count) ||
        count == 0)
        return;
    rule->references = ca_arena_array(reader->check.arena, count, sizeof(*rule->references));
    if (rule->references == NULL) {
        reader->nomem = true;
        return;
    }
    for (size_t i = 0; i < count; i++)
        rule->references[i] = ca_reader_copy(reader, items[i]);
    rule->reference_count = count;
}

/* Keys that are kept in the file's text only, but must be of the right shape. */
static void read_notes(ca_rule_reader *reader)
{
    ca_text *items = NULL;
    size_t count = 0;
    ca_text text;
    ca_date date;
    const ca_conf *conf = &reader->check.conf;
    ca_conf_list(conf, ca_conf_get(conf, reader->root, "tags"), reader->check.scratch, &items,
                 &count);
    ca_yaml *review = ca_conf_get(conf, reader->root, "review_by");
    if (ca_conf_text(conf, review, &text) && !ca_date_parse_iso(text, &date))
        ca_conf_error(conf, review, "a date is written 2024-12-31");
}

void ca_reader_identity(ca_rule_reader *reader)
{
    const ca_conf *conf = &reader->check.conf;
    ca_rule *rule = reader->check.rule;
    ca_text title;
    read_id(reader);
    ca_conf_int(conf, ca_conf_need(conf, reader->root, "version"), 1, 1000000, &rule->version);
    ca_yaml *node = ca_conf_need(conf, reader->root, "title");
    rule->title = ca_conf_text(conf, node, &title) ? ca_reader_copy(reader, title) : "";
    rule->description = ca_reader_text(reader, "description");
    rule->owner = ca_reader_text(reader, "owner");
    rule->basis = ca_reader_text(reader, "basis");
    rule->phase = ca_reader_text(reader, "phase");
    read_choices(reader);
    read_vocabulary(reader);
    read_references(reader);
    read_notes(reader);
}

/* --- effective ------------------------------------------------------------------------------- */

bool ca_reader_range(ca_text text, ca_date *ret_from, ca_date *ret_to)
{
    const char *dots = NULL;
    for (size_t i = 0; i + 1 < text.len && dots == NULL; i++)
        if (text.ptr[i] == '.' && text.ptr[i + 1] == '.')
            dots = text.ptr + i;
    if (dots == NULL)
        return false;
    size_t before = (size_t)(dots - text.ptr);
    ca_text from = ca_text_trim(ca_text_sub(text, 0, before));
    ca_text to = ca_text_trim(ca_text_sub(text, before + 2, text.len));
    if (ca_text_is(to, "open"))
        *ret_to = CA_DATE_MAX;
    else if (!ca_date_parse_iso(to, ret_to))
        return false;
    return ca_date_parse_iso(from, ret_from);
}

static void read_effective_on(ca_rule_reader *reader)
{
    const ca_conf *conf = &reader->check.conf;
    ca_rule *rule = reader->check.rule;
    ca_text name;
    unsigned column = 0;
    ca_yaml *node = ca_conf_get(conf, reader->root, "effective_on");
    if (!ca_conf_text(conf, node, &name))
        return;
    const ca_schema *schema = reader->check.schema;
    if (!ca_schema_find(schema, name, &column)) {
        const char *closest = ca_schema_closest(schema, name);
        ca_conf_error(conf, node, "unknown column '%.*s'%s%s%s", ca_say_len(name), name.ptr,
                      closest == NULL ? "" : "; did you mean '", closest == NULL ? "" : closest,
                      closest == NULL ? "" : "'?");
    } else if (schema->columns[column].type != CA_TYPE_DATE) {
        ca_conf_error(conf, node, "%s is no date", schema->columns[column].name);
    } else if ((rule->kind->gathering == CA_GATHER_CLAIM || rule->keys.of_claims) &&
               schema->columns[column].level == CA_LEVEL_LINE) {
        ca_conf_error(conf, node, "%s belongs to lines; %s needs a date of the claim",
                      schema->columns[column].name,
                      rule->keys.of_claims ? "with 'level: claim' the rule" : "a claim rule");
    } else if (!rule->has_effective) {
        ca_conf_error(
            conf, node,
            "'effective_on' says which date 'effective' looks at, and there is no 'effective'");
    }
    rule->effective_on = column;
}

void ca_reader_effective(ca_rule_reader *reader)
{
    const ca_conf *conf = &reader->check.conf;
    ca_rule *rule = reader->check.rule;
    ca_text text;
    ca_yaml *node = ca_conf_get(conf, reader->root, "effective");
    rule->effective_from = CA_DATE_MIN;
    rule->effective_to = CA_DATE_MAX;
    rule->effective_on = ca_rule_unit_date(rule);
    rule->has_effective = node != NULL;
    if (ca_conf_text(conf, node, &text)) {
        if (!ca_reader_range(text, &rule->effective_from, &rule->effective_to))
            ca_conf_error(conf, node,
                          "write 'effective: 2024-01-01 .. 2024-12-31' or '2024-01-01 .. open'");
        else if (rule->effective_from > rule->effective_to)
            ca_conf_error(conf, node, "'effective' ends before it begins");
    }
    read_effective_on(reader);
}
