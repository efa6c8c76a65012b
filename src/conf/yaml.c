/* Reads YAML: libyaml's events become a tree. After a syntax error it starts again at the next key
 * at the left margin, so that one run shows them all. */
#include "conf/yaml.h"

#include <string.h>
#include <yaml.h>

#include "base/error.h"
#include "conf/source.h"
#include "conf/spelling.h"
#include "conf/syntax.h"
#include "conf/tree.h"

enum { SIZE_LIMIT = 4 << 20, SYNTAX_ERRORS = 20 };

/* One piece of the file that libyaml reads as a document. */
typedef struct part {
    ca_tree *tree;
    ca_text clean;      /* the whole file, without what libyaml would choke on */
    size_t from;        /* where the piece begins */
    size_t byte, index; /* a place in the piece, in bytes and in characters */
    size_t quote_start, quote_end, block_end;
    unsigned documents;
    bool broken; /* reading may go on in the lines behind `spoiled` */
    size_t spoiled;
} part;

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* The byte offset of libyaml's character index. Marks come nearly in order, so we walk from the
 * last. */
static size_t byte_of(part *piece, yaml_mark_t mark)
{
    const char *bytes = piece->clean.ptr + piece->from;
    size_t len = piece->clean.len - piece->from;
    while (piece->index < mark.index && piece->byte < len) {
        do {
            piece->byte++;
        } while (piece->byte < len && is_continuation(bytes[piece->byte]));
        piece->index++;
    }
    while (piece->index > mark.index && piece->byte > 0) {
        do {
            piece->byte--;
        } while (piece->byte > 0 && is_continuation(bytes[piece->byte]));
        piece->index--;
    }
    return piece->from + piece->byte;
}

static ca_yaml_style style_of(yaml_scalar_style_t style)
{
    switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
        return CA_YAML_SINGLE;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
        return CA_YAML_DOUBLE;
    case YAML_LITERAL_SCALAR_STYLE:
        return CA_YAML_LITERAL;
    case YAML_FOLDED_SCALAR_STYLE:
        return CA_YAML_FOLDED;
    case YAML_ANY_SCALAR_STYLE:
    case YAML_PLAIN_SCALAR_STYLE:
        break;
    }
    return CA_YAML_PLAIN;
}

static void refuse_anchor_and_tag(part *piece, const yaml_char_t *anchor, const yaml_char_t *tag,
                                  size_t start)
{
    ca_text source = piece->tree->file->source;
    if (anchor != NULL)
        ca_tree_error(piece->tree, start, "anchors (&name) are not allowed: remove it, or %s",
                      ca_spelling_item(source, start).text);
    else if (tag != NULL)
        ca_tree_error(piece->tree, start,
                      "tags ('!...') are not allowed ('not' is written for '!' in a condition): %s",
                      ca_spelling_item(source, start).text);
}

static int take_scalar(part *piece, const yaml_event_t *event)
{
    size_t start = byte_of(piece, event->start_mark);
    size_t end = byte_of(piece, event->end_mark);
    ca_yaml_style style = style_of(event->data.scalar.style);
    refuse_anchor_and_tag(piece, event->data.scalar.anchor, event->data.scalar.tag, start);
    if (style == CA_YAML_SINGLE || style == CA_YAML_DOUBLE) {
        piece->quote_start = start;
        piece->quote_end = end;
    }
    bool odd = event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL;
    /* libyaml ends block scalars behind the empty lines that follow them. */
    while (end > start && strchr(" \r\n", piece->clean.ptr[end - 1]) != NULL)
        end--;
    if (style == CA_YAML_LITERAL || style == CA_YAML_FOLDED)
        piece->block_end = end;
    if (piece->tree->resuming) { /* not even a key */
        char words[CA_SYNTAX_WORDS];
        ca_syntax_no_colon(piece->tree->file, start, words);
        ca_tree_error(piece->tree, start, "%s", words);
        piece->broken = true;
        piece->spoiled = start;
        return 0;
    }
    const void *value = event->data.scalar.value;
    ca_text text = {value, event->data.scalar.length};
    return ca_tree_scalar(piece->tree, style, text, start, end, odd);
}

static int take_document(part *piece, const yaml_event_t *event)
{
    size_t start = byte_of(piece, event->start_mark);
    if (++piece->documents > 1) {
        ca_tree_error(piece->tree, start, "a second document begins here: a file holds one");
        return CA_END;
    }
    if (event->data.document_start.version_directive != NULL ||
        event->data.document_start.tag_directives.start !=
            event->data.document_start.tag_directives.end)
        ca_tree_error(piece->tree, start, "lines that begin with '%%' are not allowed");
    return 0;
}

static int take_event(part *piece, const yaml_event_t *event)
{
    size_t start = byte_of(piece, event->start_mark);
    switch (event->type) {
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return 0;
    case YAML_STREAM_END_EVENT:
        return CA_END;
    case YAML_DOCUMENT_START_EVENT:
        return take_document(piece, event);
    case YAML_ALIAS_EVENT:
        return ca_tree_alias(piece->tree, start, byte_of(piece, event->end_mark));
    case YAML_SCALAR_EVENT:
        return take_scalar(piece, event);
    case YAML_SEQUENCE_START_EVENT:
        refuse_anchor_and_tag(piece, event->data.sequence_start.anchor,
                              event->data.sequence_start.tag, start);
        return ca_tree_open(piece->tree, CA_YAML_SEQUENCE, start);
    case YAML_MAPPING_START_EVENT:
        refuse_anchor_and_tag(piece, event->data.mapping_start.anchor,
                              event->data.mapping_start.tag, start);
        return ca_tree_open(piece->tree, CA_YAML_MAPPING, start);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return ca_tree_close(piece->tree, byte_of(piece, event->end_mark));
    }
    return 0;
}

static int take_syntax_error(part *piece, const yaml_parser_t *parser)
{
    if (parser->error == YAML_MEMORY_ERROR)
        return CA_NOMEM;
    ca_syntax syntax = {
        .problem = parser->problem == NULL ? "unreadable" : parser->problem,
        .context = parser->context == NULL ? "" : parser->context,
        .context_at = byte_of(piece, parser->context_mark),
        .problem_at = byte_of(piece, parser->problem_mark),
        .quote_start = piece->quote_start,
        .quote_end = piece->quote_end,
        .block_end = piece->block_end,
    };
    size_t at = syntax.problem_at;
    bool alone = false;
    if (!ca_tree_said_line(piece->tree, at)) /* one message about a line is enough */
        alone = ca_syntax_report(piece->tree->file, &syntax, piece->tree->diags, &at);
    piece->broken = true;
    piece->spoiled = alone && at > 0 ? at - 1 : at;
    return ca_tree_broken(piece->tree, at);
}

/* CA_END when the file is read as far as it can be; 0 when the piece is broken. */
static int read_part(part *piece)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return CA_NOMEM;
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    const void *bytes = piece->clean.ptr + piece->from;
    yaml_parser_set_input_string(&parser, bytes, piece->clean.len - piece->from);
    int result = 0;
    while (result == 0 && !piece->broken) {
        yaml_event_t event;
        if (yaml_parser_parse(&parser, &event)) {
            result = take_event(piece, &event);
            yaml_event_delete(&event);
        } else {
            result = take_syntax_error(piece, &parser);
        }
    }
    yaml_parser_delete(&parser);
    return result;
}

/* The next line behind `offset` that begins with what may be a key; the file's size when there is
 * none. */
static size_t next_key_line(const ca_yaml_file *file, size_t offset)
{
    uint32_t line;
    uint32_t column;
    ca_yaml_position(file, offset, &line, &column);
    for (size_t i = line; i < file->line_count; i++) {
        size_t start = file->line_starts[i];
        if (start < file->source.len &&
            strchr(" \t\r\n#-?:,[]{}&*!|>%@`", file->source.ptr[start]) == NULL)
            return start;
    }
    return file->source.len;
}

static int read_parts(ca_tree *tree, ca_text clean)
{
    size_t from = ca_yaml_source_mark(clean);
    for (int round = 0; round < SYNTAX_ERRORS; round++) {
        part piece = {.tree = tree, .clean = clean, .from = from};
        int result = read_part(&piece);
        if (result != 0)
            return result < 0 ? result : 0;
        size_t next = next_key_line(tree->file, piece.spoiled);
        if (next == clean.len || next <= from)
            return 0;
        from = next;
    }
    return 0;
}

static void report_size(const char *path, ca_diags *diags)
{
    ca_diag_add(diags, CA_DIAG_ERROR, path, 0, 0, "the file is larger than 4 MiB: split it");
}

static int parse(ca_yaml_file *file, ca_arena *arena, ca_diags *diags, ca_error *err)
{
    if (file->source.len > SIZE_LIMIT) {
        report_size(file->path, diags);
        return 0;
    }
    ca_text clean;
    bool readable;
    if (ca_yaml_source_lines(file, arena, err) < 0 ||
        ca_yaml_source_check(file, arena, diags, &clean, &readable, err) < 0)
        return CA_NOMEM;
    if (!readable)
        return 0;
    ca_tree tree;
    ca_tree_init(&tree, file, arena, diags);
    int result = read_parts(&tree, clean);
    if (tree.lost)
        file->root = NULL;
    ca_tree_done(&tree);
    return result < 0 ? ca_error_nomem(err) : 0;
}

int ca_yaml_parse(const char *path, ca_text source, ca_arena *arena, ca_diags *diags,
                  ca_yaml_file *ret_file, ca_error *err)
{
    ca_yaml_file file = {.path = ca_arena_cstr(arena, ca_text_of(path))};
    if (file.path == NULL || ca_arena_text(arena, source, &file.source) != 0)
        return ca_error_nomem(err);
    size_t errors = diags->errors;
    int result = parse(&file, arena, diags, err);
    file.unreadable = file.root == NULL && diags->errors > errors;
    if (result < 0)
        return result;
    if (diags->failed)
        return ca_error_nomem(err);
    *ret_file = file;
    return 0;
}

int ca_yaml_load(ca_disk *disk, const char *path, ca_arena *arena, ca_diags *diags,
                 ca_yaml_file *ret_file, ca_error *err)
{
    ca_buf bytes;
    ca_error why;
    ca_buf_init(&bytes);
    int result = ca_disk_read_all(disk, path, SIZE_LIMIT, &bytes, &why);
    bool too_large = result == CA_LIMIT;
    if (too_large)
        report_size(path, diags);
    else if (result < 0 && err != NULL)
        *err = why;
    if (result == 0 || too_large)
        result = ca_yaml_parse(path, ca_buf_text(&bytes), arena, diags, ret_file, err);
    if (result == 0 && too_large)
        ret_file->unreadable = true;
    ca_buf_done(&bytes);
    return result;
}
