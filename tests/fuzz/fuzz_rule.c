/* Any bytes as a rule file: refused with a message, or loaded with everything a rule must have. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "rules/kind.h"
#include "rules/print.h"
#include "support/rule_front.h"

/* All that is printed of keys, for the hash and for people. */
static void print_keys(const ca_ruleset *set, const ca_rule *rule)
{
    ca_buf out;
    ca_buf_init(&out);
    for (const char *const *key = rule->kind->keys; *key != NULL; key++)
        for (int logic = 0; logic < 2; logic++)
            ca_print_key(set, rule, *key, logic != 0, &out);
    fuzz_require(!out.failed);
    ca_buf_done(&out);
}

static void check_rule(const ca_rule *rule)
{
    fuzz_require(rule->kind != NULL && rule->exposure != NULL);
    fuzz_require(rule->when != NULL || rule->kind->when != CA_WHEN_NEEDED);
    fuzz_require(rule->keys.same.count > 0 || rule->kind->group_key == NULL || rule->keys.period != CA_PERIOD_NONE);
    fuzz_require(rule->id[0] != '\0' && rule->version > 0 && rule->title != NULL &&
                 rule->jurisdiction != NULL);
    fuzz_require(rule->effective_from <= rule->effective_to);
    fuzz_require(rule->message_count > 0 && (rule->leaf_count > 0 || rule->when == NULL) &&
                 rule->leaf_count <= CA_RULE_LEAVES_MAX);
    fuzz_require(rule->where_leaves + rule->when_leaves + rule->key_leaves <= rule->leaf_count);
    for (size_t i = 0; i < rule->leaf_count; i++)
        fuzz_require(rule->leaves[i]->leaf == (int)i && rule->leaves[i]->type.condition);
    for (size_t i = 0; i < rule->unless_count; i++)
        fuzz_require(rule->unless[i].when != NULL && rule->unless[i].name != NULL);
    for (size_t i = 0; i < rule->message_count; i++)
        fuzz_require(rule->message[i].expr != NULL || rule->message[i].text.len > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static rule_front *front; /* made once: it is the same for every input */
    if (front == NULL)
        front = rule_front_new();
    char *source = malloc(size + 1);
    if (source == NULL || memchr(data, '\0', size) != NULL) {
        free(source);
        return 0;
    }
    memcpy(source, data, size);
    source[size] = '\0';
    const char *said = rule_front_load_as(front, "<fuzz>", source);
    fuzz_require(rule_front_code(front) == 0);
    fuzz_require(ca_text_utf8_valid(ca_text_of(said)));
    fuzz_require((rule_front_rule(front) == NULL) == (strstr(said, ": error: ") != NULL));
    if (rule_front_rule(front) != NULL) {
        check_rule(rule_front_rule(front));
        print_keys(rule_front_set(front), rule_front_rule(front));
    }
    free(source);
    return 0;
}
