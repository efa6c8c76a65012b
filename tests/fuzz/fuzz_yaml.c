/* Any bytes as a configuration file: parsed, and walked in every way; what the tree says of itself
 * must be true. */
#include <stdlib.h>
#include <string.h>

#include "conf/yaml.h"
#include "fuzz/fuzz.h"

/* What holds for every node of every tree. */
static void check_node(const ca_yaml_file *file, const ca_yaml *node)
{
    uint32_t line;
    uint32_t column;
    ca_yaml_position(file, node->start, &line, &column);
    fuzz_require(line == node->line && column == node->column);
    fuzz_require(line <= file->line_count);
    fuzz_require(node->start <= node->end && node->end <= file->source.len);
    fuzz_require(ca_text_utf8_valid(node->text) && ca_text_utf8_valid(node->key));
    if (node->kind != CA_YAML_SCALAR || node->bad || node->start == node->end)
        return;
    char first = file->source.ptr[node->start];
    if (node->style == CA_YAML_SINGLE || node->style == CA_YAML_DOUBLE)
        fuzz_require(first == file->source.ptr[node->end - 1] || first == '&' || first == '!');
}

static void walk(const ca_conf *conf, ca_arena *arena, ca_yaml *node, unsigned depth)
{
    static const char *const known[] = {"rule", "when", "tests", NULL};
    ca_text text;
    ca_text *items;
    size_t count;
    int64_t number;
    bool yes;
    fuzz_require(depth <= 16);
    check_node(conf->file, node);
    ca_conf_text(conf, node, &text);
    ca_conf_int(conf, node, -5, 5, &number);
    ca_conf_bool(conf, node, &yes);
    ca_conf_choice(conf, node, known, 3, &count);
    ca_conf_list(conf, node, arena, &items, &count);
    ca_conf_is(conf, node, CA_YAML_MAPPING, NULL);
    ca_conf_need(conf, node, "rule");
    ca_conf_no_others(conf, node, known);
    size_t children = 0;
    for (ca_yaml *item = node->child; item != NULL; item = item->next, children++)
        walk(conf, arena, item, depth + 1);
    fuzz_require(children == node->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ca_arena arena;
    ca_diags diags;
    ca_yaml_file file;
    ca_arena_init(&arena);
    ca_diags_init(&diags, &arena);
    ca_text source = {(const char *)data, size};
    fuzz_require(ca_yaml_parse("fuzz.yaml", source, &arena, &diags, &file, NULL) == 0);
    fuzz_require(ca_text_eq(file.source, source));
    fuzz_require(!file.unreadable || diags.errors > 0);
    ca_conf conf = {&file, &diags};
    if (ca_conf_root(&conf, "a rule"))
        fuzz_require(file.root != NULL);
    if (file.root != NULL)
        walk(&conf, &arena, file.root, 0);
    ca_diags_sort(&diags);
    for (size_t i = 0; i < diags.count; i++)
        fuzz_require(ca_text_utf8_valid(ca_text_of(diags.items[i].text)));
    ca_diags_done(&diags);
    ca_arena_done(&arena);
    return 0;
}
