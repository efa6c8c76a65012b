/* Compiles message templates. Literal text is what YAML made of the scalar; expressions are read
 * from the raw bytes of the file, so that their positions are true. */
#include "rules/message.h"

#include <string.h>

#include "conf/spelling.h"
#include "rules/check_parts.h"
#include "rules/say.h"

/* A piece of a template: literal bytes, a doubled brace, or what stands between braces. */
typedef enum piece_kind {
    PIECE_END,
    PIECE_TEXT,
    PIECE_BRACE,
    PIECE_EXPRESSION,
    PIECE_OPEN,
    PIECE_STRAY
} piece_kind;

typedef struct piece {
    piece_kind kind;
    size_t from, to; /* of the contents */
} piece;

/* The end of the expression that begins at `at`: the next brace outside of quotes, or `end`. */
static size_t closing(const char *bytes, size_t at, size_t end)
{
    bool quoted = false;
    for (; at < end; at++) {
        if (bytes[at] == '\'')
            quoted = !quoted;
        else if ((bytes[at] == '}' || bytes[at] == '{') && !quoted)
            break;
    }
    return at;
}

/* The next piece of bytes[*at … end); moves *at behind it. */
static piece next_piece(const char *bytes, size_t *at, size_t end)
{
    size_t from = *at;
    if (from >= end)
        return (piece){PIECE_END, end, end};
    char c = bytes[from];
    if (c != '{' && c != '}') {
        while (*at < end && bytes[*at] != '{' && bytes[*at] != '}')
            ++*at;
        return (piece){PIECE_TEXT, from, *at};
    }
    if (from + 1 < end && bytes[from + 1] == c) {
        *at = from + 2;
        return (piece){PIECE_BRACE, from, from + 1};
    }
    if (c == '}') {
        *at = from + 1;
        return (piece){PIECE_STRAY, from, *at};
    }
    size_t to = closing(bytes, from + 1, end);
    bool closed = to < end && bytes[to] == '}';
    *at = closed ? to + 1 : to;
    return (piece){closed ? PIECE_EXPRESSION : PIECE_OPEN, from + 1, to};
}

static size_t count_expressions(const char *bytes, size_t from, size_t to)
{
    size_t count = 0;
    for (piece next = next_piece(bytes, &from, to); next.kind != PIECE_END;
         next = next_piece(bytes, &from, to))
        count += next.kind == PIECE_EXPRESSION;
    return count;
}

/* Says every lone brace; true when there is none. */
static bool braces_fit(ca_kind_check *check, size_t from, size_t to)
{
    const char *bytes = check->conf.file->source.ptr;
    bool good = true;
    for (piece next = next_piece(bytes, &from, to); next.kind != PIECE_END;
         next = next_piece(bytes, &from, to)) {
        if (next.kind == PIECE_OPEN)
            ca_check_error(check, next.from - 1,
                           "this brace is not closed; write {expression}, or {{ for a brace");
        else if (next.kind == PIECE_STRAY)
            ca_check_error(check, next.from, "this brace closes nothing; write }} for a brace");
        good = good && next.kind != PIECE_OPEN && next.kind != PIECE_STRAY;
    }
    return good;
}

/* --- One expression -------------------------------------------------------------------------- */

/* {paid:.2f}, as other languages have it: said, and left out. */
static void foreign_format(ca_kind_check *check, size_t from, size_t *to)
{
    const char *bytes = check->conf.file->source.ptr;
    bool quoted = false;
    for (size_t i = from; i < *to; i++) {
        if (bytes[i] == '\'')
            quoted = !quoted;
        if (bytes[i] != ':' || quoted || i == from)
            continue;
        ca_text name = ca_text_trim((ca_text){bytes + from, i - from});
        ca_check_error(check, from, "write {%.*s}, {%.*s|money} or {%.*s|date} instead of {%.*s}",
                       ca_say_len(name), name.ptr, ca_say_len(name), name.ptr, ca_say_len(name),
                       name.ptr, ca_say_len((ca_text){bytes + from, *to - from}), bytes + from);
        *to = i;
    }
}

/* Takes "|money" or "|date" off the end of the span: *ret_format is what follows the bar, its ptr
 * NULL without one. */
static void split_format(const char *bytes, size_t from, size_t *to, ca_text *ret_format)
{
    bool quoted = false;
    *ret_format = (ca_text){NULL, 0};
    for (size_t i = from; i < *to; i++) {
        if (bytes[i] == '\'')
            quoted = !quoted;
        if (bytes[i] == '|' && !quoted && (i + 1 == *to || bytes[i + 1] != '|')) {
            *ret_format = (ca_text){bytes + i + 1, *to - i - 1};
            *to = i;
            return;
        }
    }
}

static bool apply_format(ca_kind_check *check, ca_text format, ca_message_part *part)
{
    const ca_expr_type *type = &part->expr->type;
    size_t at = (size_t)(format.ptr - check->conf.file->source.ptr);
    part->format = type->type;
    format = ca_text_trim(format);
    if (ca_text_is(format, "money")) {
        part->format = CA_TYPE_MONEY;
        if (ca_type_is_number(type))
            return true;
        ca_check_error(check, at, "only numbers can be shown as money");
    } else if (ca_text_is(format, "date")) {
        part->format = CA_TYPE_DATE;
        if (ca_type_is_date(type))
            return true;
        ca_check_error(check, at, "only dates can be shown as dates");
    } else {
        ca_check_error(check, at, "there is no format '%.*s'; write |money or |date",
                       ca_say_len(format), format.ptr);
    }
    return false;
}

static bool expression(ca_kind_check *check, piece span, ca_yaml_style style, ca_message_part *part)
{
    const char *bytes = check->conf.file->source.ptr;
    ca_phrase *phrase = NULL;
    ca_text format;
    size_t to = span.to;
    split_format(bytes, span.from, &to, &format);
    foreign_format(check, span.from, &to);
    if (ca_parse_span(&check->conf, span.from, to, style, check->scratch, &phrase, NULL) != 0)
        check->nomem = true;
    if (phrase == NULL)
        return false;
    part->expr = ca_check_value_of(check, phrase, NULL);
    if (part->expr == NULL)
        return false;
    if (part->expr->type.condition) {
        ca_check_error(check, phrase->start, "a message shows values, not conditions");
        return false;
    }
    part->format = part->expr->type.type;
    return format.ptr == NULL || apply_format(check, format, part);
}

/* --- The whole ------------------------------------------------------------------------------- */

/* Literal text up to the next expression, doubled braces made single, line breaks made spaces. */
static ca_text literal(ca_text text, size_t *at, char *made)
{
    size_t len = 0;
    for (;;) {
        size_t before = *at;
        piece next = next_piece(text.ptr, at, text.len);
        if (next.kind != PIECE_TEXT && next.kind != PIECE_BRACE) {
            *at = before;
            break;
        }
        for (size_t i = next.from; i < next.to; i++)
            made[len++] = text.ptr[i] == '\n' ? ' ' : text.ptr[i];
    }
    return (ca_text){made, len};
}

static ca_text without_line_end(ca_text text)
{
    while (text.len > 0 && (text.ptr[text.len - 1] == '\n' || text.ptr[text.len - 1] == ' '))
        text.len--;
    return text;
}

/* Walks the value for its literals and the raw bytes for its expressions, side by side. */
static bool fill(ca_kind_check *check, const ca_yaml *node, size_t from, size_t to,
                 ca_message_part *parts, size_t *ret_count)
{
    const char *bytes = check->conf.file->source.ptr;
    ca_text text = without_line_end(node->text);
    char *room = ca_arena_alloc(check->arena, text.len + 1); /* for all literals together */
    size_t at = 0;
    size_t count = 0;
    bool good = true;
    if (room == NULL) {
        check->nomem = true;
        return false;
    }
    for (;;) {
        parts[count].text = literal(text, &at, room);
        room += parts[count].text.len;
        count += parts[count].text.len > 0;
        if (next_piece(text.ptr, &at, text.len).kind != PIECE_EXPRESSION)
            break;
        piece raw = next_piece(bytes, &from, to);
        while (raw.kind != PIECE_EXPRESSION)
            raw = next_piece(bytes, &from, to);
        parts[count] = (ca_message_part){{NULL, 0}, NULL, CA_TYPE_TEXT};
        good = expression(check, raw, node->style, &parts[count++]) && good;
    }
    *ret_count = count;
    return good;
}

/* Text that YAML takes for a comment. Two spaces away and with a blank behind its sign it may be meant as one. */
static void say_lost(ca_kind_check *check, const ca_yaml *node)
{
    ca_text lost;
    ca_text near;
    const ca_yaml_file *file = check->conf.file;
    if (!ca_spelling_comment(file, node, SIZE_MAX, &lost))
        return;
    bool meant = ca_spelling_comment(file, node, 1, &near) || (lost.len > 1 && lost.ptr[1] != ' ');
    bool one_line = memchr(file->source.ptr + node->start, '\n', node->end - node->start) == NULL;
    ca_say(&check->conf, meant ? CA_DIAG_ERROR : CA_DIAG_WARNING, (size_t)(lost.ptr - file->source.ptr),
           "'%.*s' is a comment, not a part of the message: %s", ca_say_len(lost), lost.ptr,
           one_line ? ca_spelling_quoted(file->source, node->start).text
                    : "put the whole message between quotes");
}

bool ca_message_compile(ca_kind_check *check, const ca_yaml *node, ca_scope scope,
                        ca_message_part **ret_parts, size_t *ret_count)
{
    size_t from = 0;
    size_t to = 0;
    if (!ca_conf_is(&check->conf, node, CA_YAML_SCALAR, NULL))
        return false;
    say_lost(check, node);
    check->scope = scope;
    check->in_aggregate = false;
    ca_lex_span(check->conf.file, node, &from, &to);
    ca_text text = without_line_end(node->text);
    if (text.len == 0 || to - from > CA_EXPR_BYTES_MAX) {
        ca_conf_error(&check->conf, node,
                      text.len == 0 ? "the message is empty"
                                    : "the message is longer than 8192 bytes");
        return false;
    }
    if (!braces_fit(check, from, to))
        return false;
    size_t count = count_expressions(text.ptr, 0, text.len);
    if (count != count_expressions(check->conf.file->source.ptr, from, to)) {
        ca_conf_error(&check->conf, node,
                      "a brace is written as itself in a message, not as an escape");
        return false;
    }
    *ret_parts = ca_arena_array(check->arena, 2 * count + 2, sizeof(**ret_parts));
    if (*ret_parts == NULL) {
        check->nomem = true;
        return false;
    }
    return fill(check, node, from, to, *ret_parts, ret_count);
}
