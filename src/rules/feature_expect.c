/* Compares what a feature is for each entity of a test, or on each line, with what its author expects. */
#include <stdio.h>

#include "rules/explain_parts.h"
#include "rules/feature_parts.h"
#include "rules/feature_test_parts.h"
#include "rules/say.h"

enum { NUMBER_SIZE = 100 };

bool ca_feature_case_line(const ca_feature_case *run, const ca_yaml *node, uint32_t *ret_row)
{
    ca_text id;
    if (!ca_conf_text(&run->conf, node, &id))
        return false;
    for (uint32_t row = 0; row < run->lines.lines->rows; row++) {
        if (ca_text_eq(run->lines.ids[row], id)) {
            *ret_row = row;
            return true;
        }
    }
    ca_conf_error(&run->conf, node, "there is no line with the id '%.*s'", ca_say_len(id), id.ptr);
    return false;
}

/* --- Numbers ------------------------------------------------------------------------------------ */

/* 12 or 0.75 */
static bool parse_part(ca_text text, ca_ratio *ret_value)
{
    size_t points = 0;
    for (size_t i = 0; i < text.len; i++) {
        bool point = text.ptr[i] == '.';
        points += point;
        if ((point && (i == 0 || i + 1 == text.len)) || (!point && (text.ptr[i] < '0' || text.ptr[i] > '9')))
            return false;
    }
    return text.len > 0 && points < 2 && ca_parse_number(text, ret_value);
}

/* 3/4, 0.75, -12 */
static bool parse(ca_text text, ca_ratio *ret_value)
{
    ca_ratio above, below;
    ca_text rest = text;
    ca_text part;
    bool minus = text.len > 0 && text.ptr[0] == '-';
    if (minus)
        rest = ca_text_sub(text, 1, text.len);
    if (!ca_text_next(&rest, '/', &part) || !parse_part(part, &above))
        return false;
    if (minus)
        above.n = -above.n;
    *ret_value = above;
    if (rest.ptr == NULL)
        return true;
    return parse_part(rest, &below) && below.n > 0 && ca_ratio_div(above, below, ret_value);
}

__extension__ typedef __int128 wide;

/* In lowest terms: 3/4. */
static void print(ca_ratio value, char ret_text[NUMBER_SIZE])
{
    wide a = value.n < 0 ? -value.n : value.n;
    wide b = value.d;
    while (b != 0) {
        wide rest = a % b;
        a = b;
        b = rest;
    }
    if (a == 0 || value.n / a > INT64_MAX || value.n / a < INT64_MIN || value.d / a > INT64_MAX)
        snprintf(ret_text, NUMBER_SIZE, "a number too large to print");
    else if (value.d == a)
        snprintf(ret_text, NUMBER_SIZE, "%lld", (long long)(value.n / a));
    else
        snprintf(ret_text, NUMBER_SIZE, "%lld/%lld", (long long)(value.n / a), (long long)(value.d / a));
}

/* `what`: "R1" or "the exposure of R1". */
static void expect_number(const ca_feature_case *run, const ca_yaml *node, const char *what, bool missing, ca_ratio value)
{
    ca_text text;
    ca_ratio wanted;
    char is[NUMBER_SIZE] = "missing";
    int order = 1;
    if (!ca_conf_text(&run->conf, node, &text))
        return;
    if (!missing)
        print(value, is);
    if (ca_text_is(text, "missing")) {
        if (!missing)
            ca_conf_error(&run->conf, node, "%s should be missing, but is %s", what, is);
        return;
    }
    if (!parse(text, &wanted))
        ca_conf_error(&run->conf, node, "an expected value is a number, a fraction such as 3/4, or 'missing'");
    else if (missing || !ca_ratio_cmp(value, wanted, &order) || order != 0)
        ca_conf_error(&run->conf, node, "%s should be %.*s, but is %s", what, ca_say_len(text), text.ptr, is);
}

/* --- Entities ----------------------------------------------------------------------------------- */

static ca_value id_of(const ca_feature_case *run, uint32_t row)
{
    ca_value id = ca_value_of(run->lines.lines, ca_entity_kinds[run->feature->entity].id, row);
    id.present = id.present && !ca_is_placeholder(id.as.text);
    return id;
}

/* Lines of the entity of a row; 0 when an earlier row was of the same, or this one of nobody. */
static size_t rows_of(const ca_feature_case *run, uint32_t first, uint32_t *rows)
{
    ca_value id = id_of(run, first);
    size_t count = 0;
    for (uint32_t row = 0; id.present && row < run->lines.lines->rows; row++) {
        ca_value other = id_of(run, row);
        if (!other.present || !ca_text_eq(id.as.text, other.as.text))
            continue;
        if (row < first)
            return 0;
        rows[count++] = row;
    }
    return count;
}

static ca_yaml *listed(ca_yaml *mapping, ca_text key)
{
    for (ca_yaml *item = mapping == NULL ? NULL : mapping->child; item != NULL; item = item->next) {
        if (ca_text_eq(item->key, key)) {
            item->seen = true;
            return item;
        }
    }
    return NULL;
}

static void expect_entity(ca_feature_case *run, ca_text id, const ca_feature_value *value, ca_yaml *values, ca_yaml *exposures)
{
    char what[120];
    const ca_yaml *expected = listed(values, id);
    const ca_yaml *exposure = listed(exposures, id);
    snprintf(what, sizeof(what), "%.*s", ca_say_len(id), id.ptr);
    if (expected == NULL) {
        ca_conf_error(&run->conf, values, "%s is not listed; name every entity of the table", what);
    } else {
        expect_number(run, expected, what, value->missing, value->value);
        run->valued |= !value->missing;
    }
    snprintf(what, sizeof(what), "the exposure of %.*s", ca_say_len(id), id.ptr);
    if (exposure != NULL)
        expect_number(run, exposure, what, false, value->exposure);
}

static int compare_entities(ca_feature_case *run, ca_yaml *values, ca_yaml *exposures, ca_error *err)
{
    uint32_t rows_in_table = run->lines.lines->rows;
    uint32_t *rows = ca_arena_array(run->arena, rows_in_table, sizeof(*rows));
    if (rows == NULL)
        return ca_error_nomem(err);
    for (uint32_t row = 0; row < rows_in_table; row++) {
        ca_feature_value value;
        size_t count = rows_of(run, row, rows);
        if (count == 0)
            continue;
        int code = ca_feature_compute(run->set, run->feature, &run->lines.frame, rows, count, &value, err);
        if (code != 0)
            return code;
        expect_entity(run, id_of(run, row).as.text, &value, values, exposures);
    }
    return 0;
}

/* --- Lines -------------------------------------------------------------------------------------- */

static ca_truth tell(const ca_feature_case *run, uint32_t condition, uint32_t row)
{
    const char *blame = NULL;
    const ca_rule rule = ca_feature_rule();
    ca_twin twin = {.frame = &run->lines.frame, .rule = &rule, .arena = run->arena, .unit = row, .decided_by = CA_AT_UNIT};
    return condition == CA_NO_INDEX ? CA_TRUE
                                    : ca_tell_condition(&twin, run->set->conditions[condition], CA_AT_UNIT, &blame);
}

static bool line_number(const ca_feature_case *run, uint32_t row, ca_ratio *ret_value)
{
    const ca_feature_line *line = &run->feature->line;
    int64_t above = 0;
    int64_t below = CA_DECIMAL_ONE;
    bool known = ca_feature_number_at(&run->set->numbers[line->above], run->lines.lines, row, &above);
    if (line->below != CA_NO_INDEX)
        known = known && ca_feature_number_at(&run->set->numbers[line->below], run->lines.lines, row, &below);
    if (!known || below == 0)
        return false;
    *ret_value = below > 0 ? ca_ratio_of(above, below) : (ca_ratio){-(wide)above, -(wide)below};
    return true;
}

static void expect_text(ca_feature_case *run, const ca_yaml *node, ca_text is)
{
    ca_text wanted;
    if (ca_conf_text(&run->conf, node, &wanted) && !ca_text_eq(wanted, is))
        ca_conf_error(&run->conf, node, "line %.*s should be %.*s, but is %.*s", ca_say_len(node->key), node->key.ptr,
                      ca_say_len(wanted), wanted.ptr, ca_say_len(is), is.ptr);
}

static int expect_code(ca_feature_case *run, const ca_yaml *node, uint32_t row, bool takes_part, ca_error *err)
{
    ca_buf text;
    ca_value value = ca_value_of(run->lines.lines, run->feature->line.column, row);
    ca_buf_init(&text);
    if (takes_part && value.present)
        ca_value_print(&value, run->lines.frame.codes, &text);
    else
        ca_buf_add_cstr(&text, "missing");
    run->valued |= takes_part && value.present;
    expect_text(run, node, ca_text_of(ca_buf_cstr(&text)));
    int code = text.failed ? ca_error_nomem(err) : 0;
    ca_buf_done(&text);
    return code;
}

static int expect_line(ca_feature_case *run, const ca_yaml *node, uint32_t row, ca_error *err)
{
    static const char *const truths[] = {[CA_FALSE] = "no", [CA_TRUE] = "yes", [CA_UNKNOWN_TRUTH] = "missing"};
    char what[120];
    ca_ratio value = ca_ratio_of(0, 1);
    const ca_feature_line *line = &run->feature->line;
    bool takes_part = tell(run, run->feature->where, row) == CA_TRUE;
    bool known = false;
    switch (line->form) {
    case CA_LINE_NUMBER:
        known = takes_part && line_number(run, row, &value);
        snprintf(what, sizeof(what), "line %.*s", ca_say_len(node->key), node->key.ptr);
        expect_number(run, node, what, !known, value);
        run->valued |= known;
        return 0;
    case CA_LINE_CODE:
        return expect_code(run, node, row, takes_part, err);
    case CA_LINE_CONDITION:
        run->valued |= takes_part && tell(run, line->condition, row) == CA_TRUE;
        expect_text(run, node, ca_text_of(takes_part ? truths[tell(run, line->condition, row)] : "missing"));
        return 0;
    }
    return 0;
}

static int compare_lines(ca_feature_case *run, ca_yaml *values, ca_error *err)
{
    for (uint32_t row = 0; row < run->lines.lines->rows; row++) {
        const ca_yaml *node = listed(values, run->lines.ids[row]);
        if (node == NULL) {
            ca_conf_error(&run->conf, values, "line %.*s is not listed; name every line of the table",
                          ca_say_len(run->lines.ids[row]), run->lines.ids[row].ptr);
            continue;
        }
        int code = expect_line(run, node, row, err);
        if (code != 0)
            return code;
    }
    return 0;
}

/* --- The case ----------------------------------------------------------------------------------- */

static void say_strangers(const ca_feature_case *run, ca_yaml *mapping)
{
    for (ca_yaml *item = mapping == NULL ? NULL : mapping->child; item != NULL; item = item->next)
        if (!item->seen)
            ca_conf_error_key(&run->conf, item, "there is no %s '%.*s' in the table",
                              ca_entity_kinds[run->feature->entity].name, ca_say_len(item->key), item->key.ptr);
}

int ca_feature_case_compare(ca_feature_case *run, ca_error *err)
{
    ca_yaml *values = ca_conf_need(&run->conf, run->test, "values");
    ca_yaml *exposures = ca_conf_get(&run->conf, run->test, "exposure");
    bool of_lines = run->feature->entity == CA_ENTITY_LINE;
    if (!ca_conf_is(&run->conf, values, CA_YAML_MAPPING, "'values'") ||
        (exposures != NULL && !ca_conf_is(&run->conf, exposures, CA_YAML_MAPPING, "'exposure'")))
        return 0;
    if (of_lines && exposures != NULL)
        ca_conf_error_key(&run->conf, exposures, "a line has no exposure");
    int code = of_lines ? compare_lines(run, values, err) : compare_entities(run, values, exposures, err);
    say_strangers(run, values);
    if (!of_lines)
        say_strangers(run, exposures);
    return code;
}
