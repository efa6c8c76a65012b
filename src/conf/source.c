/* Checks the raw bytes of a configuration file and knows where its lines begin. libyaml would stop
 * at the first bad byte and count characters; here all are found and columns are bytes. */
#include "conf/source.h"

#include <string.h>

size_t ca_yaml_source_mark(ca_text source)
{
    return ca_text_starts(source, CA_TEXT("\xEF\xBB\xBF")) ? 3 : 0;
}

/* Length of the line break at `i`: LF, CRLF or a lone CR; 0 when there is none. */
static size_t break_at(ca_text source, size_t i)
{
    if (source.ptr[i] == '\n')
        return 1;
    if (source.ptr[i] != '\r')
        return 0;
    return i + 1 < source.len && source.ptr[i + 1] == '\n' ? 2 : 1;
}

/* Counts the lines, and notes where they begin when `starts` is given. */
static size_t scan_lines(ca_text source, uint32_t *starts)
{
    size_t count = 1;
    if (starts != NULL)
        starts[0] = (uint32_t)ca_yaml_source_mark(source);
    for (size_t i = 0; i < source.len;) {
        size_t len = break_at(source, i);
        i += len == 0 ? 1 : len;
        if (len == 0)
            continue;
        if (starts != NULL)
            starts[count] = (uint32_t)i;
        count++;
    }
    return count;
}

int ca_yaml_source_lines(ca_yaml_file *file, ca_arena *arena, ca_error *err)
{
    size_t count = scan_lines(file->source, NULL);
    uint32_t *starts = ca_arena_array(arena, count, sizeof(*starts));
    if (starts == NULL)
        return ca_error_nomem(err);
    scan_lines(file->source, starts);
    file->line_starts = starts;
    file->line_count = count;
    return 0;
}

void ca_yaml_position(const ca_yaml_file *file, size_t offset, uint32_t *ret_line,
                      uint32_t *ret_column)
{
    if (offset > file->source.len)
        offset = file->source.len;
    size_t low = 0; /* the last line that begins at or before the offset is in [low, high) */
    size_t high = file->line_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (file->line_starts[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    size_t start = file->line_count == 0 ? 0 : file->line_starts[low];
    *ret_line = (uint32_t)low + 1;
    *ret_column = offset < start ? 1 : (uint32_t)(offset - start) + 1;
}

static void report(const ca_yaml_file *file, ca_diags *diags, size_t offset, const char *words)
{
    uint32_t line;
    uint32_t column;
    ca_yaml_position(file, offset, &line, &column);
    ca_diag_add(diags, CA_DIAG_ERROR, file->path, line, column, "%s", words);
}

/* Characters that change what a reader sees, or that he cannot see at all. Joiners, marks of
 * direction and hard spaces belong to ordinary text of some languages and may stay. */
bool ca_yaml_forbidden(uint32_t character)
{
    static const struct {
        uint32_t from, to;
    } ranges[] = {
        {0x00, 0x08},     {0x0B, 0x0C},     {0x0E, 0x1F},     {0x7F, 0x9F},     {0x200B, 0x200B},
        {0x2028, 0x202E}, {0x2060, 0x2060}, {0x2066, 0x2069}, {0xFEFF, 0xFEFF}, {0xFFFE, 0xFFFF},
    };
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (character >= ranges[i].from && character <= ranges[i].to)
            return true;
    return false;
}

typedef struct checker {
    const ca_yaml_file *file;
    ca_arena *arena;
    ca_diags *diags;
    char *clean;       /* NULL while nothing had to be replaced */
    bool indentation;  /* only spaces and tabs so far on this line */
    bool line_has_tab; /* reported once a line */
    bool readable;
} checker;

static int replace(checker *check, size_t offset, size_t len, char with)
{
    if (check->clean == NULL)
        check->clean = ca_arena_cstr(check->arena, check->file->source);
    if (check->clean == NULL)
        return CA_NOMEM;
    memset(check->clean + offset, with, len);
    return 0;
}

static int take_tab(checker *check, size_t offset)
{
    if (!check->line_has_tab)
        report(check->file, check->diags, offset,
               check->indentation ? "tab in the indentation: use spaces"
                                  : "tab character: use spaces (or \\t inside \"...\")");
    check->line_has_tab = true;
    /* How far a tab indents is anybody's guess. */
    if (check->indentation)
        check->readable = false;
    return replace(check, offset, 1, ' ');
}

static int take_forbidden(checker *check, size_t offset, size_t len, uint32_t character)
{
    uint32_t line;
    uint32_t column;
    ca_yaml_position(check->file, offset, &line, &column);
    ca_diag_add(check->diags, CA_DIAG_ERROR, check->file->path, line, column,
                "invisible character U+%04X: delete it", (unsigned)character);
    return replace(check, offset, len, 'x');
}

/* Returns the length of the character, 0 when the bytes are not UTF-8, or CA_NOMEM. */
static int take_character(checker *check, size_t offset)
{
    uint32_t character;
    size_t len = ca_text_utf8_char(ca_text_sub(check->file->source, offset, 4), &character);
    int result = 0;
    if (len == 0)
        return 0;
    if (character == '\n' || character == '\r') {
        check->indentation = true;
        check->line_has_tab = false;
    } else if (character == '\t') {
        result = take_tab(check, offset);
    } else if (character != ' ') {
        check->indentation = false;
        if (ca_yaml_forbidden(character))
            result = take_forbidden(check, offset, len, character);
    }
    return result < 0 ? result : (int)len;
}

int ca_yaml_source_check(const ca_yaml_file *file, ca_arena *arena, ca_diags *diags,
                         ca_text *ret_clean, bool *ret_readable, ca_error *err)
{
    checker check = {
        .file = file, .arena = arena, .diags = diags, .indentation = true, .readable = true};
    ca_text source = file->source;
    if (ca_text_starts(source, CA_TEXT("\xFF\xFE")) ||
        ca_text_starts(source, CA_TEXT("\xFE\xFF"))) {
        report(file, diags, 0, "the file is UTF-16: save it as UTF-8");
        *ret_readable = false;
        return 0;
    }
    for (size_t i = ca_yaml_source_mark(source); i < source.len;) {
        int len = take_character(&check, i);
        if (len < 0)
            return ca_error_nomem(err);
        if (len == 0) {
            report(file, diags, i, "this byte is not UTF-8: save the file as UTF-8");
            check.readable = false;
            break;
        }
        i += (size_t)len;
    }
    *ret_clean = check.clean == NULL ? source : (ca_text){check.clean, source.len};
    *ret_readable = check.readable;
    return 0;
}
