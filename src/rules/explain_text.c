/* What an explanation says in words, the same in the evidence of a finding and where a claim is
 * explained: conditions as the rule has them, values as an auditor reads them. */
#include "rules/explain.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

void ca_leaf_source(const ca_rule *rule, const ca_node *node, ca_buf *out)
{
    ca_text source = ca_text_sub(rule->file->source, node->start, node->end - node->start);
    source = ca_text_trim(source);
    for (size_t i = 0; i < source.len; i++) {
        if (!is_blank(source.ptr[i]))
            ca_buf_add_char(out, source.ptr[i]);
        else if (i + 1 < source.len && !is_blank(source.ptr[i + 1]))
            ca_buf_add_char(out, ' ');
    }
}

const char *ca_leaf_truth(const ca_leaf_trace *trace)
{
    static const char *const names[] = {
        [CA_FALSE] = "false", [CA_TRUE] = "true", [CA_UNKNOWN_TRUTH] = "unknown"};
    return trace->reached ? names[trace->truth] : "not reached";
}

bool ca_operand_print(const ca_operand *operand, const ca_codes *codes, ca_buf *out)
{
    ca_value value = operand->value;
    if (!value.present)
        return false;
    if (value.type == CA_TYPE_DECIMAL && operand->node->type.type == CA_TYPE_MONEY)
        value.type = CA_TYPE_MONEY;
    ca_value_print(&value, codes, out);
    return true;
}

void ca_parameter_print(const ca_parameter *parameter, ca_buf *out)
{
    const ca_node *node = parameter->value;
    ca_value value = {.type = node->type.type, .present = true};
    if (node->kind == CA_NODE_STRING) {
        ca_buf_add_text(out, node->text);
        return;
    }
    if (node->kind == CA_NODE_DATE)
        value.as.date = node->date;
    else
        value.as.ratio = node->number;
    ca_value_print(&value, NULL, out);
}
