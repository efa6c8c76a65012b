/* The evidence of a finding as JSON: the text of each leaf with its place, its values and the
 * table row used. */
#include "rules/explain.h"

#include <string.h>

#define MEMORY 128u    /* of texts that are short, mostly */

static void add_name(ca_buf *json, const char *name)
{
    ca_buf_add_char(json, ',');
    ca_buf_add_json(json, ca_text_of(name));
    ca_buf_add_char(json, ':');
}

static void add_text(ca_buf *json, const char *name, ca_text text)
{
    add_name(json, name);
    ca_buf_add_json(json, text);
}

static void add_source(ca_buf *json, const ca_rule *rule, const ca_node *node)
{
    char memory[MEMORY];
    ca_buf text;
    ca_buf_init_in(&text, memory, sizeof memory);
    ca_leaf_source(rule, node, &text);
    json->failed |= text.failed;
    ca_buf_add_json(json, ca_buf_text(&text));
    ca_buf_done(&text);
}

static void add_operand(ca_buf *json, const ca_codes *codes, const ca_operand *operand)
{
    char memory[MEMORY];
    ca_buf text;
    ca_buf_init_in(&text, memory, sizeof memory);
    if (ca_operand_print(operand, codes, &text))
        ca_buf_add_json(json, ca_buf_text(&text));
    else
        ca_buf_add_cstr(json, "null");
    json->failed |= text.failed;
    ca_buf_done(&text);
}

/* "core/CORE-0101.yaml": the pack's own name and what follows, the same wherever packs are installed. */
static const char *path_in_pack(const ca_rule *rule)
{
    const char *path = rule->file->path;
    size_t len = rule->pack ? strlen(rule->pack) : 0;
    const char *from = path;
    if (len && strncmp(path, rule->pack, len) == 0 && path[len] == '/') {
        from = path + len;
    }
    while (from > path && from[-1] != '/') {
        from--;
    }
    return from;
}

static void add_position(ca_buf *json, const ca_rule *rule, const ca_node *node)
{
    uint32_t line, column;
    char memory[MEMORY];
    ca_buf at;
    ca_buf_init_in(&at, memory, sizeof memory);
    ca_yaml_position(rule->file, node->start, &line, &column);
    ca_buf_printf(&at, "%s:%u:%u", path_in_pack(rule), line, column);
    json->failed |= at.failed;
    add_text(json, "at", ca_buf_text(&at));
    ca_buf_done(&at);
}

static void add_date(ca_buf *json, const char *name, ca_date date)
{
    char text[CA_DATE_SIZE];
    add_name(json, name);
    if (date <= CA_DATE_MIN || date >= CA_DATE_MAX) {
        ca_buf_add_cstr(json, "null");
        return;
    }
    ca_date_print(date, text);
    ca_buf_add_json(json, ca_text_of(text));
}

static void add_row(ca_buf *json, const ca_leaf_trace *trace)
{
    add_name(json, "row");
    ca_buf_add_cstr(json, "{\"of\":");
    ca_buf_add_json(json, ca_text_of(trace->row_of));
    add_text(json, "file", ca_text_of(trace->row.file));
    ca_buf_printf(json, ",\"line\":%u", trace->row.line);
    if (trace->row.code.len > 0) {
        add_text(json, "code", trace->row.code);
        ca_buf_printf(json, ",\"prefix\":%s", trace->row.prefix ? "true" : "false");
    }
    add_date(json, "from", trace->row.from);
    add_date(json, "to", trace->row.to);
    ca_buf_add_char(json, '}');
}

static void add_operands(ca_buf *json, const ca_rule *rule, const ca_codes *codes,
                         const ca_leaf_trace *trace)
{
    add_name(json, "values");
    ca_buf_add_char(json, '[');
    for (size_t i = 0; i < trace->operand_count; i++) {
        ca_buf_add_cstr(json, i > 0 ? ",{\"of\":" : "{\"of\":");
        add_source(json, rule, trace->operands[i].node);
        add_name(json, "value");
        add_operand(json, codes, &trace->operands[i]);
        ca_buf_add_char(json, '}');
    }
    ca_buf_add_char(json, ']');
}

static void add_leaf(ca_buf *json, const ca_rule *rule, const ca_codes *codes, const ca_node *leaf,
                     const ca_leaf_trace *trace)
{
    ca_buf_add_cstr(json, "{\"text\":");
    add_source(json, rule, leaf);
    add_position(json, rule, leaf);
    add_text(json, "is", ca_text_of(ca_leaf_truth(trace)));
    add_operands(json, rule, codes, trace);
    if (trace->reached && trace->blame != NULL)
        add_text(json, "blame", ca_text_of(trace->blame));
    if (trace->has_code)
        add_text(json, "code", ca_codes_text(codes, trace->code));
    if (trace->has_line)
        ca_buf_printf(json, ",\"line_no\":%lld", (long long)trace->line_no);
    if (trace->has_row)
        add_row(json, trace);
    ca_buf_add_char(json, '}');
}

static void add_parameter(ca_buf *json, const ca_parameter *parameter)
{
    char memory[MEMORY];
    ca_buf text;
    ca_buf_init_in(&text, memory, sizeof memory);
    ca_parameter_print(parameter, &text);
    ca_buf_add_json(json, ca_text_of(parameter->name));
    ca_buf_add_char(json, ':');
    ca_buf_add_json(json, ca_buf_text(&text));
    json->failed |= text.failed;
    ca_buf_done(&text);
}

/* The row that the finding is about; a cell that is missing or stands for any value is null. */
static void add_table_row(ca_buf *json, const ca_rule *rule, const ca_codes *codes, uint32_t row)
{
    const ca_reftable *table = rule->keys.each->table;
    ca_ref_row place = ca_reftable_row(table, row);
    const ca_reftable_column *columns;
    size_t value_count = ca_reftable_columns(table, &columns);
    size_t key_count = ca_reftable_keys(table, &columns);
    add_name(json, "row");
    ca_buf_add_cstr(json, "{\"of\":");
    ca_buf_add_json(json, ca_text_of(ca_reftable_name(table)));
    add_text(json, "file", ca_text_of(place.file));
    ca_buf_printf(json, ",\"line\":%u,\"prefix\":%s", place.line, place.prefix ? "true" : "false");
    add_name(json, "values");
    ca_buf_add_char(json, '[');
    for (size_t i = 0; i < key_count + value_count; i++) {    /* keys first */
        size_t cell = i < key_count ? value_count + i : i - key_count;
        char memory[MEMORY];
        ca_buf text;
        ca_buf_init_in(&text, memory, sizeof memory);
        ca_value value = ca_reftable_cell_of(table, row, cell);
        if (value.present)
            ca_value_print(&value, codes, &text);
        ca_buf_add_cstr(json, i > 0 ? ",{\"of\":" : "{\"of\":");
        ca_buf_add_json(json, ca_text_of(ca_reftable_cell_name(table, cell)));
        add_name(json, "value");
        if (value.present)
            ca_buf_add_json(json, ca_buf_text(&text));
        else
            ca_buf_add_cstr(json, "null");
        ca_buf_add_char(json, '}');
        json->failed |= text.failed;
        ca_buf_done(&text);
    }
    ca_buf_add_char(json, ']');
    add_date(json, "from", place.from);
    add_date(json, "to", place.to);
    ca_buf_add_char(json, '}');
}

int ca_explain_json(const ca_rule *rule, const ca_codes *codes, const ca_explanation *explanation,
                    ca_buf *ret_json, ca_error *err)
{
    char logic[2 * CA_SHA256_SIZE + 1];
    ca_hex(rule->logic_hash, CA_SHA256_SIZE, logic);
    ca_buf_add_cstr(ret_json, "{\"rule\":");
    ca_buf_add_json(ret_json, ca_text_of(rule->id));
    ca_buf_printf(ret_json, ",\"version\":%lld", (long long)rule->version);
    add_text(ret_json, "logic", ca_text_of(logic));
    ca_buf_add_cstr(ret_json, ",\"leaves\":[");
    for (size_t i = 0; i < rule->leaf_count; i++) {
        if (i > 0)
            ca_buf_add_char(ret_json, ',');
        add_leaf(ret_json, rule, codes, rule->leaves[i], &explanation->leaves[i]);
    }
    ca_buf_add_cstr(ret_json, "],\"parameters\":{");
    for (size_t i = 0; i < rule->parameter_count; i++) {
        if (i > 0)
            ca_buf_add_char(ret_json, ',');
        add_parameter(ret_json, &rule->parameters[i]);
    }
    ca_buf_add_char(ret_json, '}');
    if (explanation->has_table_row)
        add_table_row(ret_json, rule, codes, explanation->table_row);
    ca_buf_add_char(ret_json, '}');
    return ret_json->failed ? ca_error_nomem(err) : 0;
}
