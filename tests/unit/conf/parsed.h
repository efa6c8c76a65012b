/* A parsed file with its messages and its tree as text, for the tests of this room. */
#ifndef CA_TESTS_CONF_PARSED_H
#define CA_TESTS_CONF_PARSED_H

#include <check.h>
#include <string.h>

#include "conf/yaml.h"

typedef struct parsed {
    ca_arena arena;
    ca_diags diags;
    ca_yaml_file file;
    ca_buf text;
} parsed;

static inline void parse_text(parsed *p, ca_text source)
{
    ca_error err;
    ca_arena_init(&p->arena);
    ca_diags_init(&p->diags, &p->arena);
    ca_buf_init(&p->text);
    ck_assert_int_eq(ca_yaml_parse("f.yaml", source, &p->arena, &p->diags, &p->file, &err), 0);
}

static inline void parse_cstr(parsed *p, const char *source)
{
    parse_text(p, ca_text_of(source));
}

static inline void done(parsed *p)
{
    ca_buf_done(&p->text);
    ca_diags_done(&p->diags);
    ca_arena_done(&p->arena);
}

/* The messages, one a line, as "3:4: words". */
static inline const char *messages(parsed *p)
{
    ca_buf_clear(&p->text);
    for (size_t i = 0; i < p->diags.count; i++) {
        const ca_diag *diag = &p->diags.items[i];
        ck_assert_str_eq(diag->file, "f.yaml");
        ca_buf_printf(&p->text, "%u:%u: %s\n", diag->line, diag->column, diag->text);
    }
    return ca_buf_cstr(&p->text);
}

/* The tree on one line: {key: <text>, list: [<a>, <b>]}; '!' marks what is bad. */
static inline void add_parsed_node(ca_buf *buf, const ca_yaml *node)
{
    if (node->bad)
        ca_buf_add_char(buf, '!');
    if (node->kind == CA_YAML_SCALAR) {
        ca_buf_printf(buf, "<%.*s>", (int)node->text.len, node->text.ptr);
        return;
    }
    bool mapping = node->kind == CA_YAML_MAPPING;
    size_t count = 0;
    ca_buf_add_char(buf, mapping ? '{' : '[');
    for (const ca_yaml *item = node->child; item != NULL; item = item->next) {
        ca_buf_add_cstr(buf, count++ == 0 ? "" : ", ");
        if (mapping)
            ca_buf_printf(buf, "%.*s: ", (int)item->key.len, item->key.ptr);
        add_parsed_node(buf, item);
    }
    ck_assert_uint_eq(count, node->count);
    ca_buf_add_char(buf, mapping ? '}' : ']');
}

static inline const char *tree(parsed *p)
{
    ca_buf_clear(&p->text);
    if (p->file.root != NULL)
        add_parsed_node(&p->text, p->file.root);
    return ca_buf_cstr(&p->text);
}

/* A mistake, what is said about it, and what is read all the same. */
typedef struct mistake {
    const char *source;
    const char *messages;
    const char *tree;
} mistake;

static inline void check_mistake(const mistake *expected)
{
    parsed p;
    parse_cstr(&p, expected->source);
    ck_assert_str_eq(messages(&p), expected->messages);
    ck_assert_str_eq(tree(&p), expected->tree);
    ck_assert_uint_gt(p.diags.errors, 0);
    ck_assert_int_eq(p.file.unreadable, p.file.root == NULL);
    done(&p);
}

#endif
