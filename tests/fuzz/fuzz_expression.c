/* Any bytes as the condition of a rule. What is accepted has true spans and numbered leaves, and
 * its canonical text means the same and is its own canonical text. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "rules/print.h"
#include "support/rule_front.h"

static void check_node(const ca_rule *rule, const ca_node *node)
{
    if (node == NULL)
        return;
    fuzz_require(node->start < node->end && node->end <= rule->file->source.len);
    fuzz_require(node->leaf < (int)rule->leaf_count);
    for (size_t i = 0; i < node->arg_count; i++) {
        fuzz_require(node->args[i] != NULL);
        check_node(rule, node->args[i]);
    }
    check_node(rule, node->where);
    check_node(rule, node->on);
}

/* A folded scalar: every line two spaces to the right. */
static void make_condition(ca_buf *out, ca_text text)
{
    ca_buf_clear(out);
    ca_buf_add_cstr(out, ">\n  ");
    for (size_t i = 0; i < text.len; i++) {
        ca_buf_add_char(out, text.ptr[i]);
        if (text.ptr[i] == '\n')
            ca_buf_add_cstr(out, "  ");
    }
}

static void check_canonical(rule_front *front, const char *kind, ca_buf *condition, ca_buf *text)
{
    uint8_t hash[32];
    const ca_rule *rule = rule_front_rule(front);
    memcpy(hash, rule->logic_hash, sizeof(hash));
    ca_buf_clear(text);
    ca_print_expression(rule_front_set(front), rule->when, text);
    if (text->len + 8 > CA_EXPR_BYTES_MAX)
        return; /* spaces that the author saved */
    make_condition(condition, ca_buf_text(text));
    rule_front_when(front, kind, ca_buf_cstr(condition));
    rule = rule_front_rule(front);
    fuzz_require(rule != NULL && memcmp(hash, rule->logic_hash, sizeof(hash)) == 0);
    ca_buf again;
    ca_buf_init(&again);
    ca_print_expression(rule_front_set(front), rule->when, &again);
    fuzz_require(ca_text_eq(ca_buf_text(text), ca_buf_text(&again)));
    ca_buf_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static rule_front *front; /* made once: it is the same for every input */
    static const char *const kinds[] = {"line", "claim"};
    if (front == NULL)
        front = rule_front_new();
    ca_buf condition;
    ca_buf text;
    ca_buf_init(&condition);
    ca_buf_init(&text);
    for (size_t i = 0; i < 2 && memchr(data, '\0', size) == NULL; i++) {
        make_condition(&condition, (ca_text){(const char *)data, size});
        const char *said = rule_front_when(front, kinds[i], ca_buf_cstr(&condition));
        fuzz_require(rule_front_code(front) == 0);
        fuzz_require(ca_text_utf8_valid(ca_text_of(said)));
        fuzz_require(rule_front_rule(front) != NULL || strstr(said, ": error: ") != NULL);
        if (rule_front_rule(front) == NULL)
            continue;
        check_node(rule_front_rule(front), rule_front_rule(front)->when);
        check_canonical(front, kinds[i], &condition, &text);
    }
    ca_buf_done(&condition);
    ca_buf_done(&text);
    return 0;
}
