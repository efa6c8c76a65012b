/* A finding as a test case of its rule: the lines of its unit as the rule saw them, with what it met of sets and tables. */
#include <stdio.h>
#include <string.h>

#include "run/explain_claim_inside.h"
#include "run/try_inside.h"
#include "rules/test_table.h"

struct case_of {
    const ca_finding *finding;
    const ca_rule *rule;
    ca_arena *arena;
    ca_stand_ins names;
    ca_met *met;
    ca_buf out;
    bool changed;       /* some text could not be written as it is */
    bool done;
};

/* --- Lines ------------------------------------------------------------------------------------ */

static bool is_read(const ca_rule *rule, const ca_frame *frame, unsigned column)
{
    bool groups = frame->lines && column == CA_F_CLAIM_ID;
    return groups || rule->unit_columns[column] || (frame->lines && rule->line_columns[column]);
}

static ca_value value_of(const ca_rule *rule, const ca_frame *frame, unsigned unit, uint32_t line, unsigned column)
{
    if (frame->lines && rule->line_columns[column]) {
        return ca_value_of(frame->lines, column, line);
    }
    return ca_value_of(frame->units, column, unit);
}

static void add_line(struct case_of *of, const ca_frame *frame, unsigned unit, uint32_t line, unsigned number,
                     ca_case_table *table)
{
    const ca_schema *schema = frame->units->schema;
    char id[16];
    snprintf(id, sizeof id, "%u", number);
    ca_case_cell(table, ca_text_of(id));
    for (unsigned c = 0; c < schema->count; c++) {
        if (!is_read(of->rule, frame, c)) {
            continue;
        }
        ca_value value = value_of(of->rule, frame, unit, line, c);
        if (value.present && value.type == CA_TYPE_ID) {
            ca_case_text(table, ca_stand_in_for(&of->names, schema, c, value.as.text));
        } else {
            ca_case_value(table, frame->codes, &value);
        }
    }
}

static void add_header(const ca_rule *rule, const ca_frame *frame, ca_case_table *table)
{
    const ca_schema *schema = frame->units->schema;
    ca_case_cell(table, CA_TEXT("id"));
    table->columns = 1;
    for (unsigned c = 0; c < schema->count; c++) {
        if (is_read(rule, frame, c)) {
            ca_case_cell(table, ca_text_of(schema->columns[c].name));
            table->columns++;
        }
    }
}

static int print_lines(struct case_of *of, const ca_frame *frame, unsigned unit, ca_error *err)
{
    ca_case_table table = {.arena = of->arena, .doubles = true};
    uint32_t from = frame->lines ? frame->first_line[unit] : unit;
    uint32_t to = frame->lines ? frame->first_line[unit + 1] : unit + 1;
    if (to - from >= CA_TEST_ROWS_MAX) {
        return ca_error_set(err, CA_LIMIT, "the claim has %u lines, a test case at most %d; choose another finding",
                            (unsigned)(to - from), CA_TEST_ROWS_MAX - 1);
    }
    add_header(of->rule, frame, &table);
    if (table.columns > CA_TEST_COLUMNS_MAX) {
        return ca_error_set(err, CA_LIMIT, "the rule reads %zu columns, a test case has at most %d", table.columns,
                            CA_TEST_COLUMNS_MAX);
    }
    for (uint32_t line = from; line < to; line++) {
        add_line(of, frame, unit, line, line - from + 1, &table);
    }
    ca_buf_add_cstr(&of->out, "    lines: |\n");
    ca_case_print(&table, 6, &of->out);
    of->changed |= table.changed;
    return table.failed ? ca_error_nomem(err) : 0;
}

/* --- The rest --------------------------------------------------------------------------------- */

/* A line rule names its line, a claim rule the lines that take part. */
static void print_hits(struct case_of *of, const ca_frame *frame, unsigned unit, const ca_explanation *explanation)
{
    if (!frame->lines) {
        ca_buf_add_cstr(&of->out, "    hits: [1]\n");
        return;
    }
    ca_buf_add_cstr(&of->out, "    hits: [[");
    for (size_t i = 0; i < explanation->carrying_count; i++) {
        ca_buf_printf(&of->out, "%s%u", i ? ", " : "",
                      (unsigned)(explanation->carrying[i] - frame->first_line[unit] + 1));
    }
    ca_buf_add_cstr(&of->out, "]]\n");
}

static void print_parameter(const ca_parameter *parameter, ca_buf *out)
{
    ca_buf value;
    ca_buf_init(&value);
    ca_parameter_print(parameter, &value);
    bool quotes = parameter->value->kind == CA_NODE_STRING;
    ca_buf_printf(out, "      %s: %s", parameter->name, quotes ? "'" : "");
    for (size_t i = 0; i < value.len; i++) {
        ca_buf_add_cstr(out, value.ptr[i] == '\'' ? "'" : "");
        ca_buf_add_char(out, value.ptr[i]);
    }
    ca_buf_add_cstr(out, quotes ? "'\n" : "\n");
    out->failed |= value.failed;
    ca_buf_done(&value);
}

/* The file has its own values; those that the site set must go with the case. */
static void print_parameters(const ca_rule *rule, ca_buf *out)
{
    bool first = true;
    for (size_t i = 0; i < rule->parameter_count; i++) {
        if (rule->parameters[i].overridden) {
            ca_buf_add_cstr(out, first ? "    parameters:\n" : "");
            print_parameter(&rule->parameters[i], out);
            first = false;
        }
    }
}

static int print_case(struct case_of *of, const ca_frame *frame, unsigned unit, const ca_explanation *explanation,
                      ca_error *err)
{
    ca_buf_add_cstr(&of->out,
                    "  # From real data. Identifiers are replaced; dates, amounts, codes and texts stand as they were:\n"
                    "  # change what could lead to a person before this file leaves your house.\n"
                    "  - name: a finding in real data; say here what it shows\n");
    int rc = print_lines(of, frame, unit, err);
    print_parameters(of->rule, &of->out);
    rc = rc ? rc : ca_met_print(of->met, &of->names, &of->changed, &of->out, err);
    print_hits(of, frame, unit, explanation);
    if (of->changed) {
        ca_buf_add_cstr(&of->out, "    # A text held quotes or control characters, which a table cannot: they were changed.\n");
    }
    return rc == 0 && of->out.failed ? ca_error_nomem(err) : rc;
}

/* --- Finding the unit again ------------------------------------------------------------------- */

static bool is_wanted(const struct case_of *of, const ca_frame *frame, unsigned unit)
{
    const ca_finding *finding = of->finding;
    const ca_batch *units = frame->units;
    if (finding->of_claim != (frame->lines != NULL) ||
        units->columns[CA_F_CLAIM_TYPE].as.choice[unit] != finding->claim_type ||
        !ca_text_eq(ca_batch_text(units, CA_F_CLAIM_ID, unit), finding->claim_id)) {
        return false;
    }
    if (finding->of_claim) {
        return units->columns[CA_F_CLAIM_PART].as.number[unit] == finding->claim_part;
    }
    const ca_origin *origin = &finding->lines[0].origin;
    return units->columns[CA_F_LINE_NO].as.number[unit] == finding->line_no &&
           units->origin[unit].file == origin->file && units->origin[unit].row == origin->row;
}

static int make_case(struct case_of *of, const ca_scan_state *scan, const ca_frame *frame, unsigned unit, ca_error *err)
{
    ca_explanation explanation;
    int rc = ca_met_new(frame, of->rule, unit, of->arena, &of->met, err);
    if (rc == 0) {
        rc = ca_explain_lookups(frame, of->rule, unit, scan->setup->profile->minor_digits, of->arena, ca_met_lookup,
                                of->met, &explanation, err);
    }
    return rc ? rc : print_case(of, frame, unit, &explanation, err);
}

static int observe(void *context, ca_scan_state *scan, const ca_frame *frame, const ca_rule_group *group,
                   const uint64_t *subset, ca_error *err)
{
    struct case_of *of = context;
    (void)group;
    for (unsigned unit = 0; !subset && !of->done && unit < frame->units->rows; unit++) {
        if (is_wanted(of, frame, unit)) {
            of->done = true;
            return make_case(of, scan, frame, unit, err);
        }
    }
    return 0;
}

int ca_try_case(ca_scan_state *scan, const ca_finding *finding, ca_text *ret_case, ca_error *err)
{
    const ca_rule *rule = scan->setup->rules->rules[finding->rule];
    struct case_of of = {
        .finding = finding, .rule = rule, .arena = scan->arena, .names = {.rule = rule, .arena = scan->arena}};
    const ca_look look = {finding->claim_id, observe, NULL, &of};
    ca_buf_init(&of.out);
    int rc = ca_look_at_claim(scan, &look, err);
    if (rc == 0 && !of.done) {
        rc = ca_error_set(err, CA_FAIL, "the files changed while they were read; try again when they are delivered");
    }
    if (rc == 0 && ca_arena_text(scan->arena, ca_buf_text(&of.out), ret_case)) {
        rc = ca_error_nomem(err);
    }
    ca_buf_done(&of.out);
    return rc;
}
