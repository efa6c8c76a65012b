/* Builds the tree node by node. Nothing here knows libyaml. */
#include "conf/tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conf/shown.h"
#include "conf/spelling.h"

void ca_tree_init(ca_tree *tree, ca_yaml_file *file, ca_arena *arena, ca_diags *diags)
{
    *tree = (ca_tree){.file = file, .arena = arena, .diags = diags};
    ca_table_init(&tree->keys);
    ca_buf_init(&tree->key_lines);
    ca_buf_init(&tree->key_bytes);
}

void ca_tree_done(ca_tree *tree)
{
    ca_table_done(&tree->keys);
    ca_buf_done(&tree->key_lines);
    ca_buf_done(&tree->key_bytes);
}

void ca_tree_error(ca_tree *tree, size_t offset, const char *format, ...)
{
    char words[512];
    uint32_t line;
    uint32_t column;
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    ca_yaml_position(tree->file, offset, &line, &column);
    ca_diag_add(tree->diags, CA_DIAG_ERROR, tree->file->path, line, column, "%s", words);
    tree->said = line;
}

bool ca_tree_said_line(const ca_tree *tree, size_t offset)
{
    uint32_t line;
    uint32_t column;
    ca_yaml_position(tree->file, offset, &line, &column);
    return tree->said == line;
}

static int give_up(ca_tree *tree)
{
    tree->lost = true;
    return CA_END;
}

static ca_tree_frame *top(ca_tree *tree)
{
    return tree->depth == 0 ? NULL : &tree->stack[tree->depth - 1];
}

static bool wants_key(ca_tree *tree)
{
    const ca_tree_frame *frame = top(tree);
    return frame != NULL && frame->node->kind == CA_YAML_MAPPING && !frame->has_key;
}

/* Hangs a node into what is open, under the key that waits for it. */
static void attach(ca_tree *tree, ca_yaml *node)
{
    ca_tree_frame *frame = top(tree);
    if (frame == NULL) {
        node->partial = tree->broken;
        tree->file->root = node;
        return;
    }
    if (frame->has_key) {
        node->key = frame->key;
        node->seen = frame->key_reported;
        ca_yaml_position(tree->file, frame->key_start, &node->key_line, &node->key_column);
        frame->has_key = false;
    }
    if (frame->last == NULL)
        frame->node->child = node;
    else
        frame->last->next = node;
    frame->last = node;
    frame->node->count++;
}

static int add_node(ca_tree *tree, ca_yaml_kind kind, size_t start, ca_yaml **ret_node)
{
    if (tree->nodes == CA_TREE_NODES) {
        ca_tree_error(tree, start, "more than %d values in one file: split it", CA_TREE_NODES);
        return give_up(tree);
    }
    ca_yaml *node = ca_arena_alloc(tree->arena, sizeof(*node));
    if (node == NULL)
        return CA_NOMEM;
    tree->nodes++;
    node->kind = kind;
    node->start = start;
    node->end = start;
    ca_yaml_position(tree->file, start, &node->line, &node->column);
    attach(tree, node);
    *ret_node = node;
    return 0;
}

int ca_tree_open(ca_tree *tree, ca_yaml_kind kind, size_t start)
{
    if (tree->resuming && kind == CA_YAML_MAPPING) {
        tree->resuming = false;
        return 0;
    }
    if (wants_key(tree)) {
        ca_tree_error(
            tree, start, "a key must be text, not a %s: put what begins with '%c' in quotes",
            kind == CA_YAML_MAPPING ? "mapping" : "list", kind == CA_YAML_MAPPING ? '{' : '[');
        return give_up(tree);
    }
    if (tree->depth == CA_TREE_DEPTH) {
        ca_tree_error(tree, start, "nested deeper than %d levels", CA_TREE_DEPTH);
        return give_up(tree);
    }
    ca_yaml *node;
    int result = add_node(tree, kind, start, &node);
    if (result != 0)
        return result;
    tree->stack[tree->depth++] = (ca_tree_frame){.node = node, .number = tree->mappings++};
    return 0;
}

int ca_tree_close(ca_tree *tree, size_t end)
{
    /* The end of a block is only where the next thing begins. */
    char last = end == 0 ? ' ' : tree->file->source.ptr[end - 1];
    if (last == ']' || last == '}')
        tree->last_end = end;
    top(tree)->node->end = end;
    tree->depth--;
    return 0;
}

/* Notes a key of the innermost mapping; *ret_line is that of an equal one before it, or 0. */
static int note_key(ca_tree *tree, ca_text key, uint32_t line, uint32_t *ret_line)
{
    uint32_t id;
    bool is_new;
    ca_buf_clear(&tree->key_bytes);
    ca_buf_add(&tree->key_bytes, &top(tree)->number, sizeof(uint32_t));
    ca_buf_add_text(&tree->key_bytes, key);
    if (tree->key_bytes.failed ||
        ca_table_put(&tree->keys, ca_buf_text(&tree->key_bytes), &id, &is_new) != 0)
        return CA_NOMEM;
    if (!is_new) {
        memcpy(ret_line, tree->key_lines.ptr + id * sizeof(uint32_t), sizeof(uint32_t));
        return 0;
    }
    ca_buf_add(&tree->key_lines, &line, sizeof(line));
    *ret_line = 0;
    return tree->key_lines.failed ? CA_NOMEM : 0;
}

/* Stands a '?' before the offset, which YAML takes for the beginning of a key? */
static bool question_mark(const ca_tree *tree, size_t offset)
{
    const char *bytes = tree->file->source.ptr;
    while (offset > 0 && (bytes[offset - 1] == ' ' || bytes[offset - 1] == ','))
        offset--;
    return offset > 0 && bytes[offset - 1] == '?';
}

static int take_key(ca_tree *tree, ca_yaml_style style, ca_text key, size_t start, size_t end)
{
    ca_tree_frame *frame = top(tree);
    uint32_t line;
    uint32_t column;
    uint32_t first_line;
    ca_yaml_position(tree->file, start, &line, &column);
    if (note_key(tree, key, line, &first_line) != 0)
        return CA_NOMEM;
    bool reported = true;
    if (first_line != 0)
        ca_tree_error(tree, start, "key '%s' appears twice, first on line %u",
                      ca_shown_of(key).text, (unsigned)first_line);
    else if (style == CA_YAML_PLAIN && ca_text_is(key, "<<"))
        ca_tree_error(tree, start, "merge keys (<<) are not allowed: write the keys out");
    else if (start == end && question_mark(tree, start))
        ca_tree_error(tree, start, "a value cannot begin with '?': put it in quotes");
    else if (start == end)
        ca_tree_error(tree, start, "a key is missing before ':'");
    else
        reported = false;
    frame->has_key = true;
    frame->key = key;
    frame->key_start = start;
    frame->key_reported = reported;
    return 0;
}

int ca_tree_scalar(ca_tree *tree, ca_yaml_style style, ca_text text, size_t start, size_t end,
                   bool bad)
{
    tree->last_end = end;
    bool has_nul = text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL;
    if (has_nul)
        ca_tree_error(tree, start, "\\0 is not allowed in a text");
    ca_text copy;
    if (ca_arena_text(tree->arena, text, &copy) != 0)
        return CA_NOMEM;
    if (wants_key(tree))
        return take_key(tree, style, copy, start, end);
    ca_yaml *node;
    int result = add_node(tree, CA_YAML_SCALAR, start, &node);
    if (result != 0)
        return result;
    node->style = style;
    node->text = copy;
    node->end = end;
    node->bad = has_nul || bad;
    return 0;
}

int ca_tree_alias(ca_tree *tree, size_t start, size_t end)
{
    ca_tree_error(tree, start, "aliases (*name) are not allowed: write it out, or %s",
                  ca_spelling_item(tree->file->source, start).text);
    tree->last_end = end;
    if (wants_key(tree) || tree->resuming)
        return give_up(tree);
    ca_yaml *node;
    int result = add_node(tree, CA_YAML_SCALAR, start, &node);
    if (result == 0) {
        node->end = end;
        node->bad = true;
    }
    return result;
}

/* True when an error at `offset`, behind the last item of the root, is a mistake in that item: on
 * its last line, or indented. */
static bool spoils_last(const ca_tree *tree, size_t offset)
{
    uint32_t line;
    uint32_t last_line;
    uint32_t column;
    uint32_t last_column;
    const ca_yaml *last = tree->stack[0].last;
    bool block = last->style == CA_YAML_LITERAL || last->style == CA_YAML_FOLDED;
    if (last->kind == CA_YAML_SCALAR && block && last->text.len == 0) /* its lines stand here */
        return true;
    ca_yaml_position(tree->file, tree->last_end, &last_line, &last_column);
    ca_yaml_position(tree->file, offset, &line, &column);
    return line <= last_line || column > tree->file->root->column;
}

static void mark_bad(ca_yaml *node)
{
    node->bad = true;
    node->child = NULL;
    node->count = 0;
}

int ca_tree_broken(ca_tree *tree, size_t offset)
{
    ca_tree_frame *root = &tree->stack[0];
    tree->broken = true;
    if (tree->file->root != NULL && tree->file->root->kind == CA_YAML_SCALAR)
        tree->file->root = NULL;
    if (tree->file->root == NULL) /* the first lines were unreadable, the next part may have it */
        return 0;
    if (tree->file->root->kind != CA_YAML_MAPPING)
        return give_up(tree);
    if (tree->depth > 1) { /* inside an item that is not complete */
        mark_bad(root->last);
    } else if (root->has_key) { /* the value itself */
        ca_yaml *node;
        int result = add_node(tree, CA_YAML_SCALAR, root->key_start, &node);
        if (result != 0)
            return result;
        node->bad = true;
    } else if (root->last != NULL && spoils_last(tree, offset)) {
        mark_bad(root->last);
    }
    root->node->partial = true;
    tree->depth = 1;
    tree->resuming = true;
    return 0;
}
