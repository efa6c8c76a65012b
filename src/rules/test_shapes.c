/* Cases of rules of several lines: how far the data goes, and whether the lists name lines of the table in the shape that
 * the kind has. */
#include "rules/rulefile_parts.h"
#include "rules/testrun_parts.h"

void ca_case_horizon(ca_case_run *run)
{
    ca_text text;
    ca_date from;
    ca_date to;
    ca_yaml *horizon = ca_conf_get(&run->conf, run->test, "horizon");
    if (horizon == NULL)
        return;
    if (!run->rule->kind->closes)
        ca_conf_error_key(&run->conf, horizon, "'horizon' is for rules that wait for later lines, not for %s rules",
                          run->rule->kind->name);
    else if (!ca_conf_text(&run->conf, horizon, &text))
        return;
    else if (!ca_reader_range(text, &from, &to) || to == CA_DATE_MAX || from > to)
        ca_conf_error(&run->conf, horizon,
                      "'horizon' says from where to where the data goes: 2024-01-01 .. 2024-12-31");
    else
        run->horizon = (ca_horizon){.has_from = true, .from = from, .through = to};
}

/* --- Shapes of lists --------------------------------------------------------------------------- */

static const char *shape_of(unsigned hit_lines)
{
    return hit_lines == 1 ? "the id of a line" : hit_lines == 2 ? "a pair of ids: [1, 2]" : "a list of ids: [1, 2]";
}

/* A list of lines, each once. */
static void check_list(ca_case_run *run, const ca_yaml *item)
{
    uint32_t lines[CA_TEST_ROWS_MAX];
    size_t count = 0;
    for (const ca_yaml *id = item->child; id != NULL && count < CA_TEST_ROWS_MAX; id = id->next) {
        if (!ca_case_line(run, id, &lines[count]))
            continue;
        for (size_t i = 0; i < count; i++) {
            if (lines[i] == lines[count])
                ca_conf_error(&run->conf, id, "the line stands twice in this list");
        }
        count++;
    }
}

/* One entry of a list; an entry of `unknown` may also be a single line, whatever the kind. */
static void check_entry(ca_case_run *run, const ca_yaml *item, unsigned hit_lines, bool single_too)
{
    uint32_t line;
    bool is_list = item->kind == CA_YAML_SEQUENCE;
    if (item->kind == CA_YAML_SCALAR && (hit_lines == 1 || single_too))
        (void)ca_case_line(run, item, &line);
    else if (!is_list || hit_lines == 1 || item->count == 0 || (hit_lines == 2 && item->count != 2))
        ca_conf_error(&run->conf, item, "in %s rules this is %s", run->rule->kind->name, shape_of(hit_lines));
    else
        check_list(run, item);
}

void ca_case_shapes(ca_case_run *run)
{
    static const char *const lists[] = {"hits", "excused", "unknown"};
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        ca_yaml *node =
            i == 0 ? ca_conf_need(&run->conf, run->test, lists[i]) : ca_conf_get(&run->conf, run->test, lists[i]);
        if (node == NULL || !ca_conf_is(&run->conf, node, CA_YAML_SEQUENCE, NULL))
            continue;
        for (const ca_yaml *item = node->child; item != NULL; item = item->next)
            check_entry(run, item, run->rule->kind->hit_lines, i == 2);
    }
}
