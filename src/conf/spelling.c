/* Takes lines of YAML apart by eye, as their author did, and puts them together in a way that YAML
 * understands. */
#include "conf/spelling.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST_VALUE = 160, LONGEST_KEY = 60 };

/* A line as 'key: value', '- key: value' or '- value'. */
typedef struct parts {
    ca_text key;   /* with the '- ' before it */
    ca_text value; /* "" when the line is of another form */
} parts;

static ca_text line_of(ca_text source, size_t offset)
{
    size_t from = offset < source.len ? offset : source.len;
    size_t to = from;
    while (from > 0 && source.ptr[from - 1] != '\n' && source.ptr[from - 1] != '\r')
        from--;
    while (to < source.len && source.ptr[to] != '\n' && source.ptr[to] != '\r')
        to++;
    return (ca_text){source.ptr + from, to - from};
}

static bool is_key(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '@' || c == '.';
}

/* Bytes of `- - key` at the front of a trimmed line, 0 when no key stands there. */
static size_t key_length(ca_text line, size_t *ret_dashes)
{
    size_t at = 0;
    while (at + 1 < line.len && line.ptr[at] == '-' && line.ptr[at + 1] == ' ')
        at += 2;
    *ret_dashes = at;
    size_t from = at;
    while (at < line.len && is_key(line.ptr[at]))
        at++;
    return at > from && at <= LONGEST_KEY ? at : 0;
}

static parts parts_of(ca_text source, size_t offset)
{
    ca_text line = ca_text_trim(line_of(source, offset));
    size_t dashes;
    size_t key = key_length(line, &dashes);
    if (key > 0 && key + 1 < line.len && line.ptr[key] == ':' && line.ptr[key + 1] == ' ')
        return (parts){ca_text_sub(line, 0, key + 1),
                       ca_text_trim(ca_text_sub(line, key + 1, line.len))};
    if (dashes > 0 && dashes <= LONGEST_KEY)
        return (parts){ca_text_sub(line, 0, dashes - 1), ca_text_sub(line, dashes, line.len)};
    return (parts){{line.ptr, 0}, {line.ptr, 0}};
}

/* A value that is quoted already, but not well: without its quotes. */
static ca_text bare(ca_text value)
{
    char first = value.ptr[0];
    if (value.len > 1 && (first == '\'' || first == '"') && value.ptr[value.len - 1] == first)
        return ca_text_sub(value, 1, value.len - 2);
    return value;
}

static bool holds(ca_text text, char c)
{
    return text.len > 0 && memchr(text.ptr, c, text.len) != NULL;
}

/* The value, cut at a whole character if it is long. */
static int shown(ca_text value, const char **ret_more)
{
    size_t len = value.len;
    *ret_more = "";
    if (len > LONGEST_VALUE) {
        *ret_more = " \xE2\x80\xA6";
        for (len = LONGEST_VALUE; len > 0 && ((unsigned char)value.ptr[len] & 0xC0) == 0x80;)
            len--;
    }
    return (int)len;
}

/* `prefix "value"`, with the quotes that the value needs. */
static ca_spelling quoted(ca_text prefix, ca_text value)
{
    ca_spelling spelling;
    const char *more;
    const char *space = prefix.len > 0 ? " " : "";
    const char *quote = !holds(value, '"') && !holds(value, '\\') ? "\""
                        : !holds(value, '\'')                     ? "'"
                                                                  : NULL;
    int len = shown(value, &more);
    if (quote != NULL)
        snprintf(spelling.text, sizeof(spelling.text), "write %.*s%s%s%.*s%s%s", (int)prefix.len,
                 prefix.ptr, space, quote, len, value.ptr, more, quote);
    else
        snprintf(spelling.text, sizeof(spelling.text),
                 "write %.*s > and the value on the next line, indented", (int)prefix.len,
                 prefix.ptr);
    return spelling;
}

ca_spelling ca_spelling_quoted(ca_text source, size_t offset)
{
    ca_spelling spelling = {"put the value in quotes"};
    parts line = parts_of(source, offset);
    return line.value.len == 0 ? spelling : quoted(line.key, bare(line.value));
}

/* The item of a list or mapping between brackets that stands at the offset. */
static ca_text item_at(ca_text source, size_t offset)
{
    ca_text line = line_of(source, offset);
    size_t at = offset - (size_t)(line.ptr - source.ptr);
    size_t from = at > line.len ? line.len : at;
    size_t to = from;
    while (from > 0 && strchr("{[,", line.ptr[from - 1]) == NULL &&
           !(from > 1 && line.ptr[from - 1] == ' ' && line.ptr[from - 2] == ':'))
        from--;
    while (to < line.len && strchr(",]}", line.ptr[to]) == NULL &&
           !(line.ptr[to] == ':' && to + 1 < line.len && line.ptr[to + 1] == ' '))
        to++;
    return ca_text_trim(ca_text_sub(line, from, to - from));
}

ca_spelling ca_spelling_item(ca_text source, size_t offset)
{
    parts line = parts_of(source, offset);
    bool inside = line.value.len > 0 && (line.value.ptr[0] == '[' || line.value.ptr[0] == '{') &&
                  source.ptr + offset > line.value.ptr;
    ca_text item = inside ? item_at(source, offset) : line.value;
    if (!inside || item.len == 0)
        return ca_spelling_quoted(source, offset);
    return quoted((ca_text){source.ptr, 0}, bare(item));
}

ca_spelling ca_spelling_colon(ca_text source, size_t offset)
{
    static const char *const signs[] = {":", "=", "\xEF\xBC\x9A"};
    ca_spelling spelling = {""};
    ca_text line = ca_text_trim(line_of(source, offset));
    size_t dashes;
    size_t key = key_length(line, &dashes);
    ca_text rest = ca_text_trim(ca_text_sub(line, key, line.len));
    const char *more;
    if (ca_text_starts(rest, CA_TEXT(": ")))
        return spelling;
    for (size_t i = 0; key > 0 && i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (!ca_text_starts(rest, ca_text_of(signs[i])))
            continue;
        ca_text value = ca_text_trim(ca_text_sub(rest, strlen(signs[i]), rest.len));
        while (ca_text_starts(value, CA_TEXT("\xC2\xA0")))
            value = ca_text_trim(ca_text_sub(value, 2, value.len));
        int len = shown(value, &more);
        if (value.len > 0)
            snprintf(spelling.text, sizeof(spelling.text), "write %.*s: %.*s%s", (int)key, line.ptr,
                     len, value.ptr, more);
        break;
    }
    return spelling;
}

size_t ca_spelling_value(ca_text source, size_t offset)
{
    parts line = parts_of(source, offset);
    return line.value.len == 0 ? offset : (size_t)(line.value.ptr - source.ptr);
}

bool ca_spelling_comment(const ca_yaml_file *file, const ca_yaml *node, size_t spaces,
                         ca_text *ret_comment)
{
    if (node->kind != CA_YAML_SCALAR || node->style != CA_YAML_PLAIN || node->bad)
        return false;
    ca_text line = line_of(file->source, node->end);
    size_t at = node->end - (size_t)(line.ptr - file->source.ptr);
    size_t from = at;
    while (at < line.len && line.ptr[at] == ' ')
        at++;
    if (at >= line.len || line.ptr[at] != '#' || at - from > spaces)
        return false;
    *ret_comment = ca_text_sub(line, at, line.len);
    return true;
}
