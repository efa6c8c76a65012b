/* What a finding of several lines rests on, as JSON beside its leaves: the lines with the values that the rule reads, the
 * window and its key, so that everything can be made again by hand. docs/report-db.md has the form. */
#include "rules/explain_match.h"
#include "rules/group_claims.h"
#include "rules/kind.h"

#define MEMORY 128u    /* of texts that are short, mostly */

#define LINES_MAX 50    /* of a window or an entity */
#define LINES_OF_UNKNOWN 5    /* where it could not be judged: what is missing is said elsewhere */

static void add_name(ca_buf *json, const char *name)
{
    ca_buf_add_json(json, ca_text_of(name));
    ca_buf_add_char(json, ':');
}

static void add_value(ca_buf *json, const ca_value *value, const ca_codes *codes)
{
    char memory[MEMORY];
    ca_buf text;
    ca_buf_init_in(&text, memory, sizeof memory);
    if (!value->present) {
        ca_buf_add_cstr(json, "null");
    } else {
        ca_value_print(value, codes, &text);
        ca_buf_add_json(json, ca_buf_text(&text));
    }
    json->failed |= text.failed;
    ca_buf_done(&text);
}

static void add_date(ca_buf *json, const char *name, ca_date date)
{
    ca_value value = {.type = CA_TYPE_DATE, .present = true, .as.date = date};
    add_name(json, name);
    add_value(json, &value, NULL);
}

/* "of" and "value" of a column in a row. */
static void add_column(ca_buf *json, const ca_batch *batch, unsigned column, unsigned row, const ca_codes *codes, bool first)
{
    ca_value value = ca_value_of(batch, column, row);
    ca_buf_add_cstr(json, first ? "{\"of\":" : ",{\"of\":");
    ca_buf_add_json(json, ca_text_of(batch->schema->columns[column].name));
    ca_buf_add_cstr(json, ",\"value\":");
    add_value(json, &value, codes);
    ca_buf_add_char(json, '}');
}

/* claim_type/claim_id, #part where there are several, /line_no of a line. */
static void add_place(ca_buf *json, const ca_batch *batch, unsigned row, bool of_claim)
{
    char memory[MEMORY];
    ca_buf text;
    ca_buf_init_in(&text, memory, sizeof memory);
    if (ca_batch_has(batch, CA_F_CLAIM_TYPE, row))
        ca_buf_add_cstr(&text, ca_enum_name(CA_F_CLAIM_TYPE, batch->columns[CA_F_CLAIM_TYPE].as.choice[row]));
    ca_buf_add_char(&text, '/');
    if (ca_batch_has(batch, CA_F_CLAIM_ID, row))
        ca_buf_add_text(&text, ca_batch_text(batch, CA_F_CLAIM_ID, row));
    if (ca_batch_has(batch, CA_F_CLAIM_PART, row) && batch->columns[CA_F_CLAIM_PART].as.number[row] != 1)
        ca_buf_printf(&text, "#%lld", (long long)batch->columns[CA_F_CLAIM_PART].as.number[row]);
    if (!of_claim && ca_batch_has(batch, CA_F_LINE_NO, row))
        ca_buf_printf(&text, "/%lld", (long long)batch->columns[CA_F_LINE_NO].as.number[row]);
    add_name(json, "claim");
    ca_buf_add_json(json, ca_buf_text(&text));
    json->failed |= text.failed;
    ca_buf_done(&text);
}

/* What is said elsewhere: who the line is, what all lines have in common, and what no line has. */
static bool is_said(const ca_match *match, const ca_rule *rule, unsigned column)
{
    bool identity =
        column == CA_F_CLAIM_ID || column == CA_F_CLAIM_TYPE || column == CA_F_CLAIM_PART || column == CA_F_LINE_NO;
    bool of_window = match->has_window && ca_key_columns_has(&rule->keys.same, column);
    return identity || of_window || (column == CA_F_CLAIM_PAID && !rule->keys.of_claims);
}

/* The columns that the rule reads, as they stand in the row. */
static void add_line(ca_buf *json, const ca_match *match, const ca_rule *rule, unsigned row)
{
    const ca_batch *batch = match->frame->units;
    bool first = true;
    ca_buf_add_char(json, '{');
    add_place(json, batch, row, rule->keys.of_claims);
    ca_buf_add_cstr(json, ",\"values\":[");
    for (unsigned column = 0; column < batch->schema->count; column++) {
        bool reads = rule->unit_columns[column] || rule->line_columns[column];
        if (!reads || is_said(match, rule, column) || (rule->keys.of_claims && !ca_column_of_claims(batch->schema, column)))
            continue;
        add_column(json, batch, column, row, match->frame->codes, first);
        first = false;
    }
    ca_buf_add_cstr(json, "]}");
}

static void add_window(ca_buf *json, const ca_match *match, const ca_rule *rule)
{
    unsigned row = ca_frame_row(match->frame, CA_SIDE_UNIT, match->unit);
    ca_buf_add_cstr(json, ",\"window\":{");
    add_date(json, "from", match->window_from);
    ca_buf_add_char(json, ',');
    add_date(json, "to", match->window_to);
    ca_buf_add_cstr(json, match->judged_open ? ",\"open\":true,\"values\":[" : ",\"values\":[");
    for (size_t i = 0; i < rule->keys.same.count; i++)
        add_column(json, match->frame->units, rule->keys.same.items[i], row, match->frame->codes, i == 0);
    ca_buf_add_cstr(json, "]}");
}

static void add_sides(ca_buf *json, const ca_match *match, const ca_rule *rule)
{
    const char *const *roles = rule->kind->roles;
    ca_buf_add_cstr(json, ",\"sides\":{");
    for (size_t i = 0; i < match->row_count && i < 2 && roles[i] != NULL; i++) {
        if (i > 0)
            ca_buf_add_char(json, ',');
        add_name(json, roles[i]);
        add_line(json, match, rule, match->rows[i]);
    }
    ca_buf_add_char(json, '}');
}

static void add_lines(ca_buf *json, const ca_match *match, const ca_rule *rule)
{
    ca_buf_add_cstr(json, ",\"lines\":[");
    size_t most = match->outcome == CA_UNKNOWN ? LINES_OF_UNKNOWN : LINES_MAX;
    for (size_t i = 0; i < match->row_count && i < most; i++) {
        if (i > 0)
            ca_buf_add_char(json, ',');
        add_line(json, match, rule, match->rows[i]);
    }
    ca_buf_add_char(json, ']');
}

int ca_match_json(const ca_match *match, const ca_rule *rule, const ca_explanation *explanation, ca_buf *ret_json,
                  ca_error *err)
{
    bool of_lines = rule->keys.period != CA_PERIOD_NONE;
    int code = ca_explain_json(rule, match->frame->codes, explanation, ret_json, err);
    if (code != 0)
        return code;
    ret_json->len--;    /* its last brace */
    if (match->has_window)
        add_window(ret_json, match, rule);
    if (of_lines)
        add_lines(ret_json, match, rule);
    else
        add_sides(ret_json, match, rule);
    ca_buf_add_char(ret_json, '}');
    return ret_json->failed ? ca_error_nomem(err) : 0;
}
