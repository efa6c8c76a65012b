/* Compares what a rule said with the lists `hits`, `excused` and `unknown` of a case: ids of
 * lines, for claim rules lists of the lines that take part. */
#include "rules/testrun_parts.h"

/* An expected list, as marks on units. */
typedef struct expectation {
    const char *name;
    ca_outcome outcome;
    ca_yaml *node;
    bool *wanted; /* by unit */
} expectation;

static bool find_line(const ca_case_run *run, ca_text id, uint32_t *ret_line)
{
    const ca_batch *lines = run->lines.lines;
    for (uint32_t line = 0; line < lines->rows; line++) {
        if (ca_text_eq(run->lines.ids[line], id)) {
            *ret_line = line;
            return true;
        }
    }
    return false;
}

static unsigned unit_of(const ca_case_run *run, uint32_t line)
{
    const ca_frame *frame = &run->lines.frame;
    unsigned unit = 0;
    if (frame->lines == NULL)
        return line;
    while (frame->first_line[unit + 1] <= line)
        unit++;
    return unit;
}

/* Line of the frame that a scalar names; false with a message. */
bool ca_case_line(ca_case_run *run, const ca_yaml *node, uint32_t *ret_line)
{
    ca_text id;
    if (!ca_conf_text(&run->conf, node, &id))
        return false;
    if (find_line(run, id, ret_line))
        return true;
    ca_conf_error(&run->conf, node, "there is no line with the id '%.*s'", ca_say_len(id), id.ptr);
    return false;
}

static bool carries(const ca_explanation *said, uint32_t line)
{
    for (size_t i = 0; i < said->carrying_count; i++) {
        if (said->carrying[i] == line)
            return true;
    }
    return false;
}

/* The item of a claim rule: a list of lines of one claim, all of those that take part. */
static void expect_claim(ca_case_run *run, const expectation *expect, ca_yaml *item)
{
    uint32_t line = 0;
    unsigned unit = 0;
    size_t count = 0;
    const ca_yaml *first = item->kind == CA_YAML_SEQUENCE ? item->child : item;
    if (first == NULL) {
        ca_conf_error(&run->conf, item, "an empty list names no claim");
        return;
    }
    bool right = true;
    for (const ca_yaml *id = first; id != NULL;
         id = item->kind == CA_YAML_SEQUENCE ? id->next : NULL) {
        if (!ca_case_line(run, id, &line))
            return;
        if (id == first)
            unit = unit_of(run, line);
        if (unit_of(run, line) != unit) {
            ca_conf_error(&run->conf, id, "these lines belong to different claims");
            return;
        }
        right = right && carries(&run->said[unit], line);
        count++;
    }
    expect->wanted[unit] = true;
    if (run->said[unit].outcome == expect->outcome &&
        (!right || count != run->said[unit].carrying_count))
        ca_conf_error(&run->conf, item,
                      "the lines that take part are others: %zu named here, %zu in the claim",
                      count, run->said[unit].carrying_count);
}

static void expect_item(ca_case_run *run, const expectation *expect, ca_yaml *item)
{
    uint32_t line;
    if (run->lines.frame.lines != NULL)
        expect_claim(run, expect, item);
    else if (ca_case_line(run, item, &line))
        expect->wanted[line] = true;
}

/* --- Comparing -------------------------------------------------------------------------------- */

static ca_text first_id(const ca_case_run *run, unsigned unit)
{
    const ca_frame *frame = &run->lines.frame;
    return run->lines.ids[frame->lines ? frame->first_line[unit] : unit];
}

static void tell_difference(ca_case_run *run, const expectation *expect, unsigned unit)
{
    const ca_explanation *said = &run->said[unit];
    const char *what = run->lines.frame.lines ? "the claim of line" : "line";
    ca_text id = first_id(run, unit);
    const char *cause = said->outcome == CA_UNKNOWN   ? said->blame
                        : said->outcome == CA_EXCUSED ? said->excuse
                                                      : NULL;
    const char *wanted = ca_outcome_name(expect->outcome);
    if (!expect->wanted[unit])
        ca_conf_error(&run->conf, expect->node, "%s %.*s is %s%s%s, but is not listed here", what,
                      ca_say_len(id), id.ptr, wanted, cause ? ": " : "", cause ? cause : "");
    else
        ca_conf_error(&run->conf, expect->node, "%s %.*s should be %s, but is %s%s%s", what,
                      ca_say_len(id), id.ptr, wanted, ca_outcome_name(said->outcome),
                      cause ? ": " : "", cause ? cause : "");
}

static int compare_list(ca_case_run *run, expectation *expect, ca_error *err)
{
    unsigned units = run->lines.frame.units->rows;
    expect->wanted = ca_arena_array(run->arena, units, sizeof(*expect->wanted));
    if (expect->wanted == NULL)
        return ca_error_nomem(err);
    if (!ca_conf_is(&run->conf, expect->node, CA_YAML_SEQUENCE, expect->name))
        return 0;
    size_t errors = run->conf.diags->errors;
    for (ca_yaml *item = expect->node->child; item != NULL; item = item->next)
        expect_item(run, expect, item);
    for (unsigned unit = 0; unit < units && run->conf.diags->errors == errors; unit++) {
        bool is = run->said[unit].outcome == expect->outcome;
        if (is != expect->wanted[unit])
            tell_difference(run, expect, unit);
    }
    return 0;
}

int ca_case_compare(ca_case_run *run, ca_error *err)
{
    expectation lists[] = {{.name = "hits", .outcome = CA_HIT},
                           {.name = "excused", .outcome = CA_EXCUSED},
                           {.name = "unknown", .outcome = CA_UNKNOWN}};
    size_t hits = 0;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        lists[i].node = i == 0 ? ca_conf_need(&run->conf, run->test, lists[i].name)
                               : ca_conf_get(&run->conf, run->test, lists[i].name);
        if (lists[i].node == NULL)
            continue;
        int code = compare_list(run, &lists[i], err);
        if (code != 0)
            return code;
    }
    unsigned units = run->lines.frame.units->rows;
    for (unsigned unit = 0; lists[0].node != NULL && unit < units; unit++)
        hits += lists[0].wanted[unit];
    run->positive = hits > 0;
    run->negative = lists[0].node != NULL && hits < units;
    return 0;
}
