/* Lines on which libyaml stumbles late: what their author meant by them. */
#include <stdio.h>
#include <string.h>

#include "conf/lines.h"
#include "conf/spelling.h"
#include "conf/syntax_parts.h"

enum { WORDS = CA_SYNTAX_WORDS };

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Text behind a closed quote or bracket: either all of it should be quoted, or the quote was opened
 * lines above and what closes it here was meant to open another. */
bool ca_syntax_text_behind(const ca_yaml_file *file, const ca_syntax *syntax, ca_diags *diags,
                           size_t *ret_offset)
{
    size_t at = begins(syntax->context, "while scanning a block scalar") ? syntax->context_at
                                                                         : syntax->problem_at;
    char before = ca_byte_before(file->source, at);
    if (before == '\0' || strchr("'\"]}", before) == NULL)
        return false;
    char words[WORDS];
    size_t start = ca_line_start(file->source, at);
    if ((before == '\'' || before == '"') && syntax->quote_start < start &&
        syntax->quote_end > start) {
        snprintf(words, sizeof(words), "this quote (%c) is not closed before the next one", before);
        *ret_offset = syntax->quote_start;
    } else {
        char first = ca_byte_at(file->source, ca_spelling_value(file->source, at));
        bool inside = (first == '[' || first == '{') && before != ']' && before != '}';
        ca_spelling colon = ca_spelling_colon(file->source, at);
        if (colon.text[0] != '\0') /* csv:{delimiter: ";"} */
            snprintf(words, sizeof(words), "%s (a key, ':' and a space come first)", colon.text);
        else
            snprintf(words, sizeof(words), "text after the closing %c: %s", before,
                     inside ? ca_spelling_item(file->source, at).text
                            : ca_spelling_quoted(file->source, at).text);
        *ret_offset = at;
    }
    ca_syntax_say(file, diags, *ret_offset, words);
    return true;
}

/* The last line above that holds something; its length is 0 at the top. */
static ca_text line_above(ca_text source, size_t start)
{
    ca_text line = CA_TEXT("");
    while (start > 0 && ca_line_indentation(line) == line.len) {
        start = ca_line_start(source, start - 1);
        line = ca_line_at(source, start);
    }
    return line;
}

/* A line that does not fit since the text above it ended too early: at a comment, or because it
 * stands less deep than the first line of its block. */
bool ca_syntax_odd_line(const ca_yaml_file *file, const ca_syntax *syntax, ca_diags *diags,
                        size_t *ret_offset)
{
    size_t start = ca_line_start(file->source, syntax->problem_at);
    ca_text above = line_above(file->source, start);
    if (!begins(syntax->problem, "did not find expected key") ||
        ca_line_indentation(above) == above.len)
        return false;
    size_t comment = ca_line_indentation(above) + 1;
    while (comment < above.len && (above.ptr[comment] != '#' || above.ptr[comment - 1] != ' '))
        comment++;
    size_t here = syntax->problem_at - start;
    if (comment < above.len && ca_line_has_colon(ca_text_sub(above, 0, comment)) &&
        here > ca_line_indentation(above)) {
        *ret_offset = (size_t)(above.ptr - file->source.ptr) + comment;
        ca_syntax_say(
            file, diags, *ret_offset,
            "' #' ends the text and begins a comment: put all of the text behind '>' on the next "
            "lines, or in quotes");
        return true;
    }
    if (here < ca_line_indentation(above) && syntax->block_end > 0 &&
        ca_line_start(file->source, syntax->block_end) == (size_t)(above.ptr - file->source.ptr)) {
        *ret_offset = syntax->problem_at;
        ca_syntax_say(
            file, diags, *ret_offset,
            "this line stands less deep than the first line of its text: indent all of its lines "
            "alike");
        return true;
    }
    return false;
}

/* Where a comment begins on the line, behind a bracket that it leaves open; the line's length when
 * there is none. */
static size_t comment_in_brackets(ca_text line)
{
    char quote = '\0';
    int open = 0;
    for (size_t i = 0; i < line.len; i++) {
        char c = line.ptr[i];
        if (quote != '\0')
            quote = c == quote ? '\0' : quote;
        else if (c == '#' && i > 0 && strchr(" [{,", line.ptr[i - 1]) != NULL)
            return open > 0 ? i : line.len;
        else if ((c == '\'' || c == '"') && i > 0 && strchr(" [{,", line.ptr[i - 1]) != NULL)
            quote = c;
        else
            open += (c == '[' || c == '{') - (c == ']' || c == '}');
    }
    return line.len;
}

/* [CLM, LINE #, PAID]: what is behind # is lost, and the bracket stays open to some line below. */
bool ca_syntax_comment_in_brackets(const ca_yaml_file *file, const ca_syntax *syntax,
                                   ca_diags *diags, size_t *ret_offset)
{
    enum { LINES = 10 };
    size_t start = ca_line_start(file->source, syntax->problem_at);
    if (!begins(syntax->context, "while parsing a flow") &&
        !begins(syntax->context, "while scanning a simple key"))
        return false;
    for (int i = 0; i < LINES; i++) {
        ca_text line = ca_line_at(file->source, start);
        size_t at = comment_in_brackets(line);
        if (at < line.len) {
            char words[WORDS];
            *ret_offset = start + at;
            snprintf(words, sizeof(words), "'#' begins a comment, and the bracket stays open: %s",
                     ca_spelling_item(file->source, *ret_offset).text);
            ca_syntax_say(file, diags, *ret_offset, words);
            return true;
        }
        if (start == 0)
            break;
        start = ca_line_start(file->source, start - 1);
    }
    return false;
}

/* `&paid > 5`: not the sign that libyaml stumbles over is wrong but the one before it. */
bool ca_syntax_odd_start(const ca_yaml_file *file, const ca_syntax *syntax, ca_diags *diags,
                         size_t *ret_offset)
{
    size_t value = ca_spelling_value(file->source, syntax->context_at);
    if (!begins(syntax->context, "while scanning a block scalar") || value >= syntax->context_at ||
        strchr("&*!", ca_byte_at(file->source, value)) == NULL)
        return false;
    *ret_offset = value;
    ca_syntax_fill(file, diags, value, "a value cannot begin with '%c': %w");
    return true;
}
