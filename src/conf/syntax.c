/* Turns libyaml's syntax errors into plain words at the place that has to be changed, which is
 * often not the place where libyaml noticed. */
#include "conf/syntax.h"

#include <stdio.h>
#include <string.h>

#include "conf/lines.h"
#include "conf/spelling.h"
#include "conf/syntax_parts.h"

/* What one kind of error means. The words may hold one %c, the byte at the reported place, and one
 * %w, how the line is written. */
typedef struct meaning {
    const char *context; /* "" = any; else how libyaml's context begins */
    const char *problem; /* likewise */
    bool at_context;     /* the mistake is where libyaml began to read */
    const char *words;
} meaning;

static const char no_colon[] =
    "this line is neither 'key: value' nor '- item'; is the space after ':' missing?";

static const meaning meanings[] = {
    {"while scanning a simple key", "", true, no_colon},
    {"", "block sequence entries are not allowed", false,
     "a list cannot begin here: put '- ' at the beginning of a line of its own"},
    {"", "mapping keys are not allowed", false, "a value cannot begin with '? ': %w"},
    {"", "found character that cannot start any token", false,
     "a value cannot begin with '%c': %w"},
    {"while scanning a quoted scalar", "found unexpected end of stream", true,
     "this quote (%c) is never closed"},
    {"while scanning a quoted scalar", "found unexpected document indicator", true,
     "this quote (%c) is not closed before a line that begins with '---' or '...'"},
    {"", "found unknown escape character", false,
     "unknown escape after '%c': write \\\\ for a backslash, or use single quotes"},
    {"", "did not find expected hexdecimal number", false,
     "hexadecimal digits are missing after \\x, \\u or \\U"},
    {"", "found invalid Unicode character escape code", false, "this escape is not a character"},
    {"while scanning an a", "", true, "a value cannot begin with '%c': %w"},
    {"while scanning a block scalar", "did not find expected comment", true,
     "the text after '%c' must begin on the next line"},
    {"while scanning a block scalar", "found an indentation indicator", true,
     "no digit 0 may follow '%c'"},
    {"while scanning a directive", "", true, "lines that begin with '%' are not allowed"},
    {"while scanning a %", "", true, "lines that begin with '%' are not allowed"},
    {"while parsing a %", "", true, "lines that begin with '%' are not allowed"},
    {"while scanning a tag directive", "", true, "lines that begin with '%' are not allowed"},
    {"", "found incompatible YAML document", false, "lines that begin with '%' are not allowed"},
    {"", "found duplicate %", false, "lines that begin with '%' are not allowed"},
    {"while scanning a tag", "", true,
     "tags ('!...') are not allowed ('not' is written for '!' in a condition): %w"},
    {"while parsing a tag", "", true,
     "tags ('!...') are not allowed ('not' is written for '!' in a condition): %w"},
    {"", "found undefined tag handle", true,
     "tags ('!...') are not allowed ('not' is written for '!' in a condition): %w"},
    {"", "did not find expected node content", false,
     "a value is missing before this (a comma as a value is written \",\")"},
    {"", "did not find expected ',' or", true,
     "this '%c' is not closed, or a ',' is missing after it"},
    {"", "found unexpected ':'", false, "a space is missing after ':'"},
    {"", "did not find expected '-' indicator", false,
     "this line does not fit the list above: begin it with '- ' in the same column, or indent it "
     "less"},
    {"", "did not find expected <document start>", false,
     "this does not fit what stands above: all keys of the file begin in the same column"},
};

enum { WORDS = CA_SYNTAX_WORDS };

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static const meaning *meaning_of(const ca_syntax *syntax)
{
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
        if (begins(syntax->context, meanings[i].context) &&
            begins(syntax->problem, meanings[i].problem))
            return &meanings[i];
    return NULL;
}

/* True when something stands where the structure of the file does not let it. */
static bool is_structure(const ca_syntax *syntax)
{
    return begins(syntax->problem, "did not find expected key") ||
           begins(syntax->problem, "did not find expected ',' or") ||
           begins(syntax->problem, "did not find expected '-'") ||
           begins(syntax->problem, "did not find expected <document start>");
}

void ca_syntax_say(const ca_yaml_file *file, ca_diags *diags, size_t offset, const char *words)
{
    uint32_t line;
    uint32_t column;
    ca_yaml_position(file, offset, &line, &column);
    ca_diag_add(diags, CA_DIAG_ERROR, file->path, line, column, "%s", words);
}

/* "key: value: more", a line above without colon, or a key deeper than one with a value. */
static void report_second_colon(const ca_yaml_file *file, const ca_syntax *syntax, ca_diags *diags,
                                size_t *ret_offset)
{
    ca_text source = file->source;
    char words[WORDS];
    size_t start = ca_line_start(source, syntax->problem_at);
    *ret_offset = syntax->problem_at;
    if (ca_line_has_colon(ca_text_sub(source, start, syntax->problem_at - start))) {
        snprintf(words, sizeof(words), "a second ': ' on this line: %s",
                 ca_spelling_quoted(source, start).text);
        ca_syntax_say(file, diags, *ret_offset, words);
        return;
    }
    size_t above = start;
    ca_text line = CA_TEXT("");
    while (above > 0 &&
           (ca_line_indentation(line) == line.len || line.ptr[ca_line_indentation(line)] == '#')) {
        above = ca_line_start(source, above - 1);
        line = ca_line_at(source, above);
    }
    size_t indent = ca_line_indentation(line);
    if (indent < line.len && !ca_line_has_colon(line) &&
        indent == ca_line_indentation(ca_line_at(source, start))) {
        *ret_offset = above + indent;
        ca_syntax_no_colon(file, *ret_offset, words);
        ca_syntax_say(file, diags, *ret_offset, words);
    } else {
        ca_syntax_say(
            file, diags, *ret_offset,
            "this key stands deeper than the line above, which has a value already: check the "
            "spaces before it");
    }
}

/* A key was expected; what stands there says which mistake is likely. */
static const char *no_key_words(char byte)
{
    switch (byte) {
    case '-':
        return "this list item does not fit the lines above: items of a list begin in one column, "
               "below a 'key:' without a value";
    case ':':
        return "a key is missing before ':'";
    case ']':
    case '}':
        return "'%c' without a bracket that it closes";
    default:
        return "this line does not fit those above: keys of one mapping begin in the same column";
    }
}

/* '>' or '|' when the line that ends before `end` is the header of a block scalar, else NUL. */
static char block_header(ca_text source, size_t end)
{
    size_t start = ca_line_start(source, end);
    while (end > start && strchr(" \r+-0123456789", source.ptr[end - 1]) != NULL)
        end--;
    char last = end > start + 1 ? source.ptr[end - 1] : '\0';
    return (last == '>' || last == '|') && ca_byte_before(source, end - 1) == ':' ? last : '\0';
}

void ca_syntax_no_colon(const ca_yaml_file *file, size_t offset, char ret_words[CA_SYNTAX_WORDS])
{
    size_t start = ca_line_start(file->source, offset);
    char header = start == 0 ? '\0' : block_header(file->source, start - 1);
    ca_spelling spelling = ca_spelling_colon(file->source, offset);
    if (ca_text_starts(ca_line_at(file->source, start), CA_TEXT("\xC2\xA0")))
        snprintf(ret_words, CA_SYNTAX_WORDS,
                 "no-break spaces at the beginning of this line: use plain ones");
    else if (header != '\0')
        snprintf(ret_words, CA_SYNTAX_WORDS,
                 "this line belongs to the '%c' above: indent it by two spaces", header);
    else if (spelling.text[0] != '\0')
        snprintf(ret_words, CA_SYNTAX_WORDS, "%s (a key, ':' and a space come first)",
                 spelling.text);
    else
        snprintf(ret_words, CA_SYNTAX_WORDS, "%s", no_colon);
}

/* Puts the byte in the place of %c and the right spelling in that of %w. */
void ca_syntax_fill(const ca_yaml_file *file, ca_diags *diags, size_t offset, const char *words)
{
    char filled[WORDS];
    size_t len = 0;
    ca_spelling spelling = ca_spelling_item(file->source, offset);
    for (const char *c = words; *c != '\0' && len + 1 < sizeof(filled); c++) {
        int added = 1;
        if (c[0] == '%' && (c[1] == 'c' || c[1] == 'w'))
            added = *++c == 'c' ? snprintf(filled + len, sizeof(filled) - len, "%c",
                                           ca_byte_at(file->source, offset))
                                : snprintf(filled + len, sizeof(filled) - len, "%s", spelling.text);
        else
            filled[len] = *c;
        len += added < 0 ? 0 : (size_t)added;
    }
    filled[len < sizeof(filled) ? len : sizeof(filled) - 1] = '\0';
    ca_syntax_say(file, diags, offset, filled);
}

/* {quote: "}: the character itself was meant. */
static bool is_lone_quote(ca_text source, const ca_syntax *syntax)
{
    char next = ca_byte_at(source, syntax->context_at + 1);
    return begins(syntax->context, "while scanning a quoted scalar") &&
           begins(syntax->problem, "found unexpected end of stream") &&
           strchr(",}]\n\r", next) != NULL;
}

bool ca_syntax_report(const ca_yaml_file *file, const ca_syntax *syntax, ca_diags *diags,
                      size_t *ret_offset)
{
    if (begins(syntax->problem, "mapping values are not allowed")) {
        report_second_colon(file, syntax, diags, ret_offset);
        return false;
    }
    if (ca_syntax_comment_in_brackets(file, syntax, diags, ret_offset))
        return false;
    if ((is_structure(syntax) || begins(syntax->context, "while scanning a block scalar")) &&
        ca_syntax_text_behind(file, syntax, diags, ret_offset))
        return false;
    if (ca_syntax_odd_line(file, syntax, diags, ret_offset) ||
        ca_syntax_odd_start(file, syntax, diags, ret_offset))
        return false;
    const meaning *found = meaning_of(syntax);
    if (begins(syntax->problem, "did not find expected node content") &&
        ca_spelling_value(file->source, syntax->problem_at) == syntax->problem_at &&
        ca_byte_at(file->source, syntax->problem_at) == ',') {
        ca_syntax_fill(file, diags, syntax->problem_at, "a value cannot begin with '%c': %w");
        *ret_offset = syntax->problem_at;
        return false;
    }
    size_t offset = found != NULL && found->at_context ? syntax->context_at : syntax->problem_at;
    char byte = ca_byte_at(file->source, offset);
    bool no_key = begins(syntax->problem, "did not find expected key") ||
                  (byte == ':' && begins(syntax->problem, "did not find expected node content"));
    char words[WORDS];
    *ret_offset = offset;
    if (found != NULL && found->words == no_colon) {
        ca_syntax_no_colon(file, offset, words);
        ca_syntax_say(file, diags, offset, words);
    } else if (is_lone_quote(file->source, syntax)) {
        snprintf(words, sizeof(words),
                 "this quote (%c) is never closed; as a value it is written %s", byte,
                 byte == '"' ? "'\"'" : "\"'\"");
        ca_syntax_say(file, diags, offset, words);
    } else if (no_key) {
        ca_syntax_fill(file, diags, offset, no_key_words(byte));
    } else if (found == NULL) {
        snprintf(words, sizeof(words), "this is not YAML: %s", syntax->problem);
        ca_syntax_say(file, diags, offset, words);
    } else {
        ca_syntax_fill(file, diags, offset, found->words);
    }
    return begins(syntax->problem, "did not find expected <document start>");
}
