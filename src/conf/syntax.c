/* Turns libyaml's syntax errors into plain words at the place that has to be changed, which is
 * often not the place where libyaml noticed. */
#include "conf/syntax.h"

#include <stdio.h>
#include <string.h>

/* What one kind of error means. The words may hold one %c: the byte at the reported place. */
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
    {"", "mapping keys are not allowed", false, "a value cannot begin with '? ': put it in quotes"},
    {"", "found character that cannot start any token", false,
     "a value cannot begin with '%c': put it in quotes"},
    {"while scanning a quoted scalar", "found unexpected end of stream", true,
     "this quote (%c) is never closed"},
    {"while scanning a quoted scalar", "found unexpected document indicator", true,
     "this quote (%c) is not closed before a line that begins with '---' or '...'"},
    {"", "found unknown escape character", false,
     "unknown escape after '%c': write \\\\ for a backslash, or use single quotes"},
    {"", "did not find expected hexdecimal number", false,
     "hexadecimal digits are missing after \\x, \\u or \\U"},
    {"", "found invalid Unicode character escape code", false, "this escape is not a character"},
    {"while scanning an a", "", true, "a value that begins with '%c' must be in quotes"},
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
    {"while scanning a tag", "", true, "tags ('!...') are not allowed: put the value in quotes"},
    {"while parsing a tag", "", true, "tags ('!...') are not allowed: put the value in quotes"},
    {"", "found undefined tag handle", true,
     "tags ('!...') are not allowed: put the value in quotes"},
    {"", "did not find expected node content", false, "a value is missing before this"},
    {"", "did not find expected ',' or", true,
     "this '%c' is not closed, or a ',' is missing after it"},
    {"", "found unexpected ':'", false, "a space is missing after ':'"},
    {"", "did not find expected '-' indicator", false,
     "this line does not fit the list above: begin it with '- ' in the same column, or indent it "
     "less"},
    {"", "did not find expected <document start>", false,
     "this does not fit what stands above: all keys of the file begin in the same column"},
};

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

static size_t line_start(ca_text source, size_t offset)
{
    while (offset > 0 && source.ptr[offset - 1] != '\n' && source.ptr[offset - 1] != '\r')
        offset--;
    return offset;
}

static char byte_at(ca_text source, size_t offset)
{
    return offset < source.len ? source.ptr[offset] : ' ';
}

/* The last byte before the offset on its line that is no space; '\0' when there is none. */
static char byte_before(ca_text source, size_t offset)
{
    size_t start = line_start(source, offset);
    while (offset > start && source.ptr[offset - 1] == ' ')
        offset--;
    return offset > start ? source.ptr[offset - 1] : '\0';
}

static void report(const ca_yaml_file *file, ca_diags *diags, size_t offset, const char *words)
{
    uint32_t line;
    uint32_t column;
    ca_yaml_position(file, offset, &line, &column);
    ca_diag_add(diags, CA_DIAG_ERROR, file->path, line, column, "%s", words);
}

static bool has_colon(ca_text line)
{
    for (size_t i = 0; i < line.len; i++)
        if (line.ptr[i] == ':' && (i + 1 == line.len || line.ptr[i + 1] == ' '))
            return true;
    return false;
}

/* The line that begins at `start`, without its end. */
static ca_text line_at(ca_text source, size_t start)
{
    size_t end = start;
    while (end < source.len && source.ptr[end] != '\n' && source.ptr[end] != '\r')
        end++;
    return ca_text_sub(source, start, end - start);
}

static size_t indentation(ca_text line)
{
    size_t count = 0;
    while (count < line.len && line.ptr[count] == ' ')
        count++;
    return count;
}

/* "key: value: more", a line above without colon, or a key deeper than one with a value. */
static void report_second_colon(const ca_yaml_file *file, const ca_syntax *syntax, ca_diags *diags,
                                size_t *ret_offset)
{
    ca_text source = file->source;
    size_t start = line_start(source, syntax->problem_at);
    *ret_offset = syntax->problem_at;
    if (has_colon(ca_text_sub(source, start, syntax->problem_at - start))) {
        report(file, diags, *ret_offset, "a second ': ' on this line: put the value in quotes");
        return;
    }
    size_t above = start;
    ca_text line = CA_TEXT("");
    while (above > 0 && (indentation(line) == line.len || line.ptr[indentation(line)] == '#')) {
        above = line_start(source, above - 1);
        line = line_at(source, above);
    }
    size_t indent = indentation(line);
    if (indent < line.len && !has_colon(line) && indent == indentation(line_at(source, start))) {
        *ret_offset = above + indent;
        report(file, diags, *ret_offset, no_colon);
    } else {
        report(file, diags, *ret_offset,
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

/* Text behind a closed quote or bracket: either all of it should be quoted, or the quote was opened
 * lines above and what closes it here was meant to open another. */
static bool report_text_behind(const ca_yaml_file *file, const ca_syntax *syntax, ca_diags *diags,
                               size_t *ret_offset)
{
    char before = byte_before(file->source, syntax->problem_at);
    if (before == '\0' || strchr("'\"]}", before) == NULL)
        return false;
    char words[160];
    size_t start = line_start(file->source, syntax->problem_at);
    if ((before == '\'' || before == '"') && syntax->quote_start < start &&
        syntax->quote_end > start) {
        snprintf(words, sizeof(words), "this quote (%c) is not closed before the next one", before);
        *ret_offset = syntax->quote_start;
    } else {
        snprintf(words, sizeof(words),
                 "text after the closing %c: put the whole value in quotes, or begin it with > "
                 "on the line above",
                 before);
        *ret_offset = syntax->problem_at;
    }
    report(file, diags, *ret_offset, words);
    return true;
}

const char *ca_syntax_no_colon(void)
{
    return no_colon;
}

/* Puts the byte in the place of %c. */
static void fill(char *ret_words, size_t size, const char *words, char byte)
{
    const char *place = strstr(words, "%c");
    if (place == NULL)
        snprintf(ret_words, size, "%s", words);
    else
        snprintf(ret_words, size, "%.*s%c%s", (int)(place - words), words, byte, place + 2);
}

bool ca_syntax_report(const ca_yaml_file *file, const ca_syntax *syntax, ca_diags *diags,
                      size_t *ret_offset)
{
    if (begins(syntax->problem, "mapping values are not allowed")) {
        report_second_colon(file, syntax, diags, ret_offset);
        return false;
    }
    if (is_structure(syntax) && report_text_behind(file, syntax, diags, ret_offset))
        return false;
    const meaning *found = meaning_of(syntax);
    char words[160];
    size_t offset = found != NULL && found->at_context ? syntax->context_at : syntax->problem_at;
    char byte = byte_at(file->source, offset);
    bool no_key = begins(syntax->problem, "did not find expected key") ||
                  (byte == ':' && begins(syntax->problem, "did not find expected node content"));
    if (no_key)
        fill(words, sizeof(words), no_key_words(byte), byte);
    else if (found == NULL)
        snprintf(words, sizeof(words), "this is not YAML: %s", syntax->problem);
    else
        fill(words, sizeof(words), found->words, byte);
    report(file, diags, offset, words);
    *ret_offset = offset;
    return begins(syntax->problem, "did not find expected <document start>");
}
