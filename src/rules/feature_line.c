/* The keys of features of single lines: what surprises, and given what. */
#include "rules/check_parts.h"
#include "rules/feature_parts.h"
#include "rules/say.h"

/* --- surprise ----------------------------------------------------------------------------------- */

static bool is_condition(const ca_phrase *phrase)
{
    return phrase->kind <= CA_PHRASE_FOUND ||
           (phrase->kind == CA_PHRASE_CALL && (ca_text_is(phrase->name, "hit") || ca_text_is(phrase->name, "is_weekend")));
}

static void read_fraction(ca_feature_reader *reader, ca_node *node)
{
    ca_feature_line *line = &reader->feature->line;
    bool divided = node->kind == CA_NODE_DIV;
    line->form = CA_LINE_NUMBER;
    line->below = CA_NO_INDEX;
    line->above = ca_feature_number_of(reader, divided ? node->args[0] : node);
    if (divided)
        line->below = ca_feature_number_of(reader, node->args[1]);
}

static void read_surprise(ca_feature_reader *reader, const ca_yaml *at)
{
    char description[CA_DESCRIPTION_SIZE];
    ca_kind_check *check = &reader->check;
    ca_feature_line *line = &reader->feature->line;
    const ca_phrase *phrase = ca_feature_parse(reader, at);
    line->form = CA_LINE_CODE; /* until more is known: then nothing is asked that only numbers need */
    line->above = line->below = line->condition = CA_NO_INDEX;
    line->column = CA_NO_COLUMN;
    if (phrase == NULL)
        return;
    check->scope = ca_feature_scope();
    check->in_aggregate = false;
    if (is_condition(phrase)) {
        ca_node *condition = ca_check_condition_of(check, phrase);
        line->form = CA_LINE_CONDITION;
        if (condition != NULL)
            line->condition = ca_feature_put_condition(reader, condition);
        return;
    }
    ca_node *node = ca_check_value_of(check, phrase, NULL);
    if (node == NULL)
        return;
    ca_type type = node->type.type;
    if (ca_type_is_number(&node->type)) {
        read_fraction(reader, node);
    } else if (node->kind == CA_NODE_COLUMN && !node->type.condition &&
               (type == CA_TYPE_CODE || type == CA_TYPE_ENUM || type == CA_TYPE_ID || type == CA_TYPE_TEXT)) {
        line->form = CA_LINE_CODE;
        line->column = node->column;
    } else {
        ca_check_error(check, phrase->start, "a line surprises by a number, a condition, or a column with one code, word or "
                       "identifier, but this is %s", ca_type_describe(&node->type, description));
    }
}

/* --- given -------------------------------------------------------------------------------------- */

static bool holds(const ca_feature_reader *reader, uint32_t key, unsigned column)
{
    const ca_feature_key *columns = &reader->set->keys[key];
    for (size_t i = 0; i < columns->count; i++)
        if (columns->column[i] == column)
            return true;
    return false;
}

static void add_cell(ca_feature_reader *reader, const ca_yaml *list)
{
    ca_feature_line *line = &reader->feature->line;
    if (line->cell_count + 1 >= CA_FEATURE_CELLS_MAX) { /* the last is that of all lines */
        if (line->cell_count + 1 == CA_FEATURE_CELLS_MAX)
            ca_conf_error(&reader->check.conf, list, "'given' falls back at most %d times", CA_FEATURE_CELLS_MAX - 1);
        line->cell_count = CA_FEATURE_CELLS_MAX;
        return;
    }
    uint32_t key = ca_feature_key_named(reader, list);
    if (key == CA_NO_INDEX)
        return;
    if (line->form == CA_LINE_CODE && line->column != CA_NO_COLUMN && holds(reader, key, line->column))
        ca_conf_error(&reader->check.conf, list, "%s is no surprise where it is given",
                      reader->check.schema->columns[line->column].name);
    line->cells[line->cell_count++] = key;
}

static void read_given(ca_feature_reader *reader)
{
    const ca_conf *conf = &reader->check.conf;
    ca_feature_line *line = &reader->feature->line;
    ca_yaml *given = ca_conf_get(conf, reader->root, "given");
    if (ca_conf_is(conf, given, CA_YAML_SEQUENCE, NULL)) {
        bool chain = given->child != NULL && given->child->kind == CA_YAML_SEQUENCE;
        for (const ca_yaml *item = chain ? given->child : NULL; item != NULL; item = item->next)
            if (ca_conf_is(conf, item, CA_YAML_SEQUENCE, "a step of 'given'"))
                add_cell(reader, item);
        if (!chain)
            add_cell(reader, given);
    }
    if (line->cell_count < CA_FEATURE_CELLS_MAX)
        line->cells[line->cell_count++] = CA_NO_INDEX;
}

void ca_feature_read_line(ca_feature_reader *reader)
{
    reader->feature->form = CA_FEATURE_SURPRISE;
    read_surprise(reader, ca_conf_need(&reader->check.conf, reader->root, "surprise"));
    read_given(reader);
}
