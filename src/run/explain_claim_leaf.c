/* The conditions of a rule as `claimaudit explain` shows them: text, values, and the row that decided. */
#include "run/explain_claim_inside.h"

void ca_leaf_values(const ca_rule *rule, const ca_codes *codes, const ca_leaf_trace *trace, ca_buf *out)
{
    if (trace->has_line && trace->operand_count) {
        ca_buf_printf(out, "line %lld: ", (long long)trace->line_no);
    }
    for (size_t i = 0; i < trace->operand_count; i++) {
        ca_buf_add_cstr(out, i ? ", " : "");
        ca_leaf_source(rule, trace->operands[i].node, out);
        ca_buf_add_cstr(out, " = ");
        if (!ca_operand_print(&trace->operands[i], codes, out)) {
            ca_buf_add_cstr(out, "missing");
        }
    }
}

static void add_date(ca_date date, const char *open, ca_buf *out)
{
    char text[CA_DATE_SIZE];
    if (date <= CA_DATE_MIN || date >= CA_DATE_MAX) {
        ca_buf_add_cstr(out, open);
        return;
    }
    ca_date_print(date, text);
    ca_buf_add_cstr(out, text);
}

/* "fee, fee.csv line 3: prefix V40, valid 2023-01-01 to 2023-12-31" */
static void add_row(const ca_leaf_trace *trace, ca_buf *out)
{
    const ca_ref_row *row = &trace->row;
    ca_buf_printf(out, "%s, %s line %u", trace->row_of, row->file, row->line);
    if (row->code.len) {
        ca_buf_add_cstr(out, row->prefix ? ": prefix " : ": ");
        ca_buf_add_text(out, row->code);
    }
    if (row->from > CA_DATE_MIN || row->to < CA_DATE_MAX) {
        ca_buf_add_cstr(out, ", valid ");
        add_date(row->from, "", out);
        ca_buf_add_cstr(out, " to ");
        add_date(row->to, "today", out);
    }
}

static bool stands_in(const ca_node *leaf, const ca_node *condition)
{
    return condition && leaf->start >= condition->start && leaf->end <= condition->end;
}

/* Which key of the rule a leaf belongs to; NULL when memory ran out. */
static const char *part_of(const ca_rule *rule, const ca_node *leaf, ca_arena *arena)
{
    if (stands_in(leaf, rule->where)) {
        return "where";
    }
    for (size_t i = 0; i < rule->unless_count; i++) {
        if (stands_in(leaf, rule->unless[i].when)) {
            return ca_arena_printf(arena, "unless %s", rule->unless[i].name);
        }
    }
    return "when";
}

/* Moves what the buffer holds to the arena, and empties it. */
static int move_text(ca_buf *bytes, ca_arena *arena, ca_text *ret_text)
{
    int rc = bytes->failed ? CA_NOMEM : ca_arena_text(arena, ca_buf_text(bytes), ret_text);
    ca_buf_clear(bytes);
    return rc;
}

static int tell_leaf(const ca_rule *rule, const ca_codes *codes, size_t index, const ca_leaf_trace *trace,
                     ca_arena *arena, ca_buf *bytes, ca_told_leaf *leaf)
{
    leaf->part = part_of(rule, rule->leaves[index], arena);
    leaf->is = ca_leaf_truth(trace);
    ca_leaf_source(rule, rule->leaves[index], bytes);
    int rc = move_text(bytes, arena, &leaf->text);
    ca_leaf_values(rule, codes, trace, bytes);
    rc = rc ? rc : move_text(bytes, arena, &leaf->values);
    if (trace->has_row) {
        add_row(trace, bytes);
    }
    rc = rc ? rc : move_text(bytes, arena, &leaf->decided_by);
    return rc == 0 && leaf->part ? 0 : CA_NOMEM;
}

int ca_tell_leaves(const ca_rule *rule, const ca_codes *codes, const ca_explanation *explanation, ca_arena *arena,
                   ca_told_leaf **ret_leaves, size_t *ret_count, ca_error *err)
{
    ca_told_leaf *leaves = ca_arena_array(arena, rule->leaf_count + 1, sizeof *leaves);
    ca_buf bytes;
    int rc = leaves ? 0 : CA_NOMEM;
    ca_buf_init(&bytes);
    for (size_t i = 0; rc == 0 && i < rule->leaf_count; i++) {
        rc = tell_leaf(rule, codes, i, &explanation->leaves[i], arena, &bytes, &leaves[i]);
    }
    ca_buf_done(&bytes);
    if (rc) {
        return ca_error_nomem(err);
    }
    *ret_leaves = leaves;
    *ret_count = rule->leaf_count;
    return 0;
}
