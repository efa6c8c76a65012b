/* Prints the tree of a file of rules or features in its canonical layout, with the comments of the source. */
#include <string.h>

#include "rules/fmt_parts.h"

typedef struct emitter {
    const ca_yaml_file *file;
    ca_arena *arena;
    ca_buf *out;
    bool nomem;
} emitter;

static void emit_value(emitter *e, const ca_yaml *node, unsigned indent, ca_fmt_place place);

/* --- Places in the source ----------------------------------------------------------------------- */

static char byte_at(const emitter *e, size_t at)
{
    return at < e->file->source.len ? e->file->source.ptr[at] : '\n';
}

static uint32_t line_of(const emitter *e, size_t offset)
{
    uint32_t line;
    uint32_t column;
    ca_yaml_position(e->file, offset, &line, &column);
    return line;
}

/* A line without its end. */
static ca_text line_text(const emitter *e, uint32_t line)
{
    size_t from = e->file->line_starts[line - 1];
    size_t to = line < e->file->line_count ? e->file->line_starts[line] : e->file->source.len;
    while (to > from && (byte_at(e, to - 1) == '\n' || byte_at(e, to - 1) == '\r'))
        to--;
    return ca_text_sub(e->file->source, from, to - from);
}

static bool is_flow(const emitter *e, const ca_yaml *node)
{
    char first = byte_at(e, node->start);
    return node->kind != CA_YAML_SCALAR && (first == '[' || first == '{');
}

static bool is_block_scalar(const ca_yaml *node)
{
    return node->kind == CA_YAML_SCALAR && (node->style == CA_YAML_LITERAL || node->style == CA_YAML_FOLDED);
}

/* Behind the last byte that belongs to the node: the end of a block in the source is only where the next thing begins. */
static size_t true_end(const emitter *e, const ca_yaml *node)
{
    while (node->kind != CA_YAML_SCALAR && !is_flow(e, node) && node->child != NULL) {
        node = node->child;
        while (node->next != NULL)
            node = node->next;
    }
    size_t end = node->end;
    while (is_block_scalar(node) && end > node->start && strchr(" \t\r\n", byte_at(e, end - 1)) != NULL)
        end--;
    return end;
}

static size_t key_start(const emitter *e, const ca_yaml *item)
{
    return e->file->line_starts[item->key_line - 1] + item->key_column - 1;
}

/* --- Comments ----------------------------------------------------------------------------------- */

static void blanks(emitter *e, unsigned count)
{
    ca_buf_printf(e->out, "%*s", (int)count, "");
}

static ca_text trimmed(ca_text line)
{
    ca_text text = ca_text_trim(line);
    while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\r'))
        text.len--;
    return text;
}

/* The comment lines [from, to). */
static void emit_comments(emitter *e, uint32_t from, uint32_t to, unsigned indent)
{
    for (uint32_t line = from; line < to; line++) {
        ca_text text = trimmed(line_text(e, line));
        if (text.len == 0 || text.ptr[0] != '#')
            continue;
        blanks(e, indent);
        ca_buf_add_text(e->out, text);
        ca_buf_add_char(e->out, '\n');
    }
}

/* What stands behind a value on its line, with the blanks before it; then the end of the line. */
static void emit_tail(emitter *e, size_t end)
{
    size_t at = end;
    while (byte_at(e, at) == ' ')
        at++;
    if (byte_at(e, at) == '#' && at > end) {
        size_t stop = at;
        while (byte_at(e, stop) != '\n')
            stop++;
        ca_buf_add(e->out, e->file->source.ptr + end, at - end);
        ca_buf_add_text(e->out, trimmed(ca_text_sub(e->file->source, at, stop - at)));
    }
    ca_buf_add_char(e->out, '\n');
}

/* --- Scalars ------------------------------------------------------------------------------------ */

static void emit_quoted(emitter *e, ca_text text)
{
    ca_buf_add_char(e->out, '\'');
    ca_buf_add_text(e->out, text); /* what wants quotes has none inside */
    ca_buf_add_char(e->out, '\'');
}

/* Raw bytes [from, to), whose further lines stand behind `indent` blanks. */
static void emit_lines(emitter *e, size_t from, size_t to, unsigned indent)
{
    ca_text rest = ca_text_sub(e->file->source, from, to - from);
    ca_text line;
    bool first = true;
    while (ca_text_next(&rest, '\n', &line)) {
        bool last = rest.ptr == NULL; /* something may follow on it */
        ca_text text = last ? line : trimmed(line);
        while (last && !first && text.len > 0 && text.ptr[0] == ' ')
            text = ca_text_sub(text, 1, text.len);
        if (!first) {
            ca_buf_add_char(e->out, '\n');
            blanks(e, text.len > 0 || last ? indent : 0);
        }
        ca_buf_add_text(e->out, text);
        first = false;
    }
}

/* How far the lines of a block stand to the right: as the first that is not empty. */
static size_t block_indent(const emitter *e, uint32_t first, uint32_t last)
{
    for (uint32_t line = first; line <= last; line++) {
        ca_text text = line_text(e, line);
        size_t at = 0;
        while (at < text.len && text.ptr[at] == ' ')
            at++;
        if (at < text.len)
            return at;
    }
    return 0;
}

static void emit_block(emitter *e, const ca_yaml *node, unsigned indent, ca_fmt_place place)
{
    uint32_t first = line_of(e, node->start);
    uint32_t last = line_of(e, true_end(e, node) - 1);
    size_t header = node->start;
    while (header < node->end && byte_at(e, header) != '\n' && byte_at(e, header) != ' ' && byte_at(e, header) != '\r')
        header++;
    ca_buf_add(e->out, e->file->source.ptr + node->start, header - node->start);
    emit_tail(e, header);
    if (place == CA_FMT_TABLE && node->style == CA_YAML_LITERAL && ca_fmt_table(node->text, indent, e->arena, e->out))
        return;
    size_t cut = block_indent(e, first + 1, last);
    for (uint32_t line = first + 1; line <= last; line++) {
        ca_text text = line_text(e, line);
        text = ca_text_sub(text, cut, text.len);
        if (text.len > 0) {
            blanks(e, indent);
            ca_buf_add_text(e->out, text);
        }
        ca_buf_add_char(e->out, '\n');
    }
}

static void emit_scalar(emitter *e, const ca_yaml *node, unsigned indent, ca_fmt_place place)
{
    if (is_block_scalar(node)) {
        emit_block(e, node, indent, place);
        return;
    }
    if (place != CA_FMT_TYPED && node->style == CA_YAML_PLAIN && ca_fmt_wants_quotes(node->text))
        emit_quoted(e, node->text);
    else
        emit_lines(e, node->start, node->end, indent);
    emit_tail(e, node->end);
}

/* --- Flow: as it stands, but for quotes ---------------------------------------------------------- */

static void emit_flow_part(emitter *e, const ca_yaml *node, size_t *at, unsigned indent, ca_fmt_place place)
{
    if (node->kind == CA_YAML_SCALAR && node->style == CA_YAML_PLAIN && place != CA_FMT_TYPED &&
        ca_fmt_wants_quotes(node->text) && node->end > node->start) {
        emit_lines(e, *at, node->start, indent);
        emit_quoted(e, node->text);
        *at = node->end;
    }
    for (const ca_yaml *item = node->child; item != NULL; item = item->next)
        emit_flow_part(e, item, at, indent, ca_fmt_place_of(place, item));
}

static void emit_flow(emitter *e, const ca_yaml *node, unsigned indent, ca_fmt_place place)
{
    size_t at = node->start;
    emit_flow_part(e, node, &at, indent, place);
    emit_lines(e, at, node->end, indent);
    emit_tail(e, node->end);
}

/* --- Blocks ------------------------------------------------------------------------------------- */

static void emit_key(emitter *e, const ca_yaml *item)
{
    size_t start = key_start(e, item);
    char first = byte_at(e, start);
    bool quoted = first == '\'' || first == '"';
    size_t end = start + item->key.len;
    if (quoted)
        for (end = start + 1; end < e->file->source.len && (byte_at(e, end) != first || byte_at(e, end + 1) == first); end++)
            end += byte_at(e, end) == first;
    ca_buf_add(e->out, e->file->source.ptr + start, end + quoted - start);
    ca_buf_add_char(e->out, ':');
}

/* Behind a key or '-' whose value begins on a line of its own: a comment may stand there. */
static void emit_tail_of_key(emitter *e, const ca_yaml *item)
{
    size_t at = key_start(e, item) + item->key.len;
    while (byte_at(e, at) != ':')
        at++;
    emit_tail(e, at + 1);
}

/* Comments of [from, key of the item), the item; returns the line behind it. */
static uint32_t emit_item(emitter *e, const ca_yaml *item, uint32_t from, unsigned indent, bool first_inline,
                          ca_fmt_place place)
{
    emit_comments(e, from, item->key_line, indent);
    if (!first_inline)
        blanks(e, indent);
    emit_key(e, item);
    if (item->kind == CA_YAML_SCALAR || is_flow(e, item))
        ca_buf_add_char(e->out, ' ');
    else
        emit_tail_of_key(e, item);
    emit_value(e, item, indent + 2, ca_fmt_place_of(place, item));
    return line_of(e, true_end(e, item)) + 1;
}

/* A mapping below a key or '-'; there its first key stands on the same line. */
static void emit_mapping(emitter *e, const ca_yaml *node, unsigned indent, bool first_inline, ca_fmt_place place)
{
    uint32_t line = line_of(e, node->start);
    for (const ca_yaml *item = node->child; item != NULL; item = item->next) {
        uint32_t from = item == node->child ? item->key_line : line;
        line = emit_item(e, item, from, indent, first_inline && item == node->child, place);
    }
}

/* --- Mappings whose keys have an order ----------------------------------------------------------- */

/* The first line of the comments of what begins at `to`, in a column: those above that stand further in belong to what was before. */
static uint32_t comments_from(const emitter *e, uint32_t from, uint32_t to, uint32_t column)
{
    uint32_t line = from;
    while (line < to) {
        ca_text text = line_text(e, line);
        size_t at = 0;
        while (at < text.len && text.ptr[at] == ' ')
            at++;
        if (at < column || at == text.len || text.ptr[at] != '#')
            break;
        line++;
    }
    return line;
}

static const ca_yaml *item_before(const ca_yaml *mapping, const ca_yaml *item)
{
    const ca_yaml *before = NULL;
    for (const ca_yaml *at = mapping->child; at != item; at = at->next)
        before = at;
    return before;
}

static uint32_t line_behind(const emitter *e, const ca_yaml *item)
{
    return line_of(e, true_end(e, item)) + 1;
}

/* `head`: the line from which comments above the mapping are those of its first key. */
static uint32_t comments_of(const emitter *e, const ca_yaml *mapping, const ca_yaml *item, uint32_t head)
{
    const ca_yaml *before = item_before(mapping, item);
    return before == NULL ? head : comments_from(e, line_behind(e, before), item->key_line, item->key_column);
}

/* In a list (`dash`) the first key stands behind '-', and its comments above. */
static void emit_ordered(emitter *e, const ca_yaml *mapping, uint32_t head, unsigned indent, bool dash, ca_fmt_place place)
{
    const ca_yaml **items = ca_arena_array(e->arena, mapping->count + 1, sizeof(*items));
    e->nomem |= items == NULL;
    if (items == NULL)
        return;
    ca_fmt_order(mapping, place, items);
    for (size_t i = 0; i < mapping->count; i++) {
        uint32_t from = comments_of(e, mapping, items[i], head);
        bool behind_dash = dash && i == 0;
        if (behind_dash) {
            emit_comments(e, from, items[i]->key_line, indent - 2);
            from = items[i]->key_line;
            blanks(e, indent - 2);
            ca_buf_add_cstr(e->out, "- ");
        }
        uint32_t behind = emit_item(e, items[i], from, indent, behind_dash, place);
        const ca_yaml *next = items[i]->next;
        if (next != NULL)
            emit_comments(e, behind, comments_from(e, behind, next->key_line, next->key_column), indent + 2);
    }
}

/* --- Lists and values ---------------------------------------------------------------------------- */

/* Features of a list stand apart. */
static void emit_sequence(emitter *e, const ca_yaml *node, unsigned indent, ca_fmt_place place)
{
    uint32_t line = line_of(e, node->start);
    for (const ca_yaml *item = node->child; item != NULL; item = item->next) {
        ca_fmt_place inner = ca_fmt_place_of(place, item);
        bool block = item->kind == CA_YAML_MAPPING && !is_flow(e, item);
        if (inner == CA_FMT_FEATURE && item != node->child) {
            uint32_t own = comments_from(e, line, item->line, item->column);
            emit_comments(e, line, own, indent + 4);
            ca_buf_add_char(e->out, '\n');
            line = own;
        }
        emit_comments(e, line, item->line, indent);
        if (block && ca_fmt_is_ordered(inner)) {
            emit_ordered(e, item, item->child == NULL ? 0 : item->child->key_line, indent + 2, true, inner);
        } else {
            blanks(e, indent);
            ca_buf_add_cstr(e->out, "- ");
            if (block)
                emit_mapping(e, item, indent + 2, true, inner);
            else
                emit_value(e, item, indent + 2, inner);
        }
        line = line_of(e, true_end(e, item)) + 1;
    }
}

static void emit_value(emitter *e, const ca_yaml *node, unsigned indent, ca_fmt_place place)
{
    if (node->kind == CA_YAML_SCALAR) {
        emit_scalar(e, node, indent, place);
    } else if (is_flow(e, node)) {
        emit_flow(e, node, indent, place);
    } else {
        const ca_yaml *first = node->child;
        uint32_t begin = first == NULL ? 0 : node->kind == CA_YAML_MAPPING ? first->key_line : first->line;
        uint32_t key = node->key_line == 0 ? begin : node->key_line + 1;
        emit_comments(e, key, begin, indent);
        if (node->kind == CA_YAML_MAPPING)
            emit_mapping(e, node, indent, false, place);
        else
            emit_sequence(e, node, indent, place);
    }
}

/* --- The file ----------------------------------------------------------------------------------- */

/* The comments at the head of the file: all above the first key, but for those behind a blank line, which are the key's. */
static uint32_t head_until(const emitter *e, uint32_t key_line)
{
    for (uint32_t line = key_line; line > 1; line--)
        if (trimmed(line_text(e, line - 1)).len == 0)
            return line;
    return key_line;
}

void ca_fmt_emit(const ca_yaml_file *file, ca_arena *arena, ca_buf *out, bool *ret_nomem)
{
    emitter e = {.file = file, .arena = arena, .out = out};
    const ca_yaml *root = file->root;
    const ca_yaml *last = root->child;
    if (last != NULL) {
        while (last->next != NULL)
            last = last->next;
        uint32_t head = head_until(&e, root->child->key_line);
        emit_comments(&e, 1, head, 0);
        emit_ordered(&e, root, head, 0, false, ca_fmt_place_of_file(root));
        emit_comments(&e, line_behind(&e, last), (uint32_t)file->line_count + 1, 0);
    }
    *ret_nomem = e.nomem;
}
