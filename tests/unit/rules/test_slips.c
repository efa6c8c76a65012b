/* "Coming from SQL or Excel" in docs/rule-language.md: each row of its tables says exactly what the page
 * says it does, and nothing else. */
#include "support/check_main.h"

#include <stdio.h>
#include <string.h>

#include "base/disk.h"
#include "support/rule_front.h"

static const char title[] = "## Coming from SQL or Excel\n";

/* A cell of a Markdown table: its code without the backticks around it, \| as a bar. */
static void read_cell(ca_text cell, ca_buf *ret_text)
{
    cell = ca_text_trim(cell);
    size_t fence = 0;
    while (fence < cell.len && cell.ptr[fence] == '`')
        fence++;
    if (cell.len >= 2 * fence)
        cell = ca_text_sub(cell, fence, cell.len - 2 * fence);
    if (fence > 1) /* `` `x` `` has a space inside its fences */
        cell = ca_text_trim(cell);
    ca_buf_clear(ret_text);
    for (size_t i = 0; i < cell.len; i++)
        if (cell.ptr[i] != '\\' || i + 1 == cell.len || cell.ptr[i + 1] != '|')
            ca_buf_add_char(ret_text, cell.ptr[i]);
}

/* Two cells of a row between bars; false for other lines and for the line below the header. */
static bool read_row(ca_text line, ca_buf *ret_typed, ca_buf *ret_said)
{
    size_t bars[3];
    size_t count = 0;
    for (size_t i = 0; i < line.len; i++)
        if (line.ptr[i] == '|' && (i == 0 || line.ptr[i - 1] != '\\') && count < 3)
            bars[count++] = i;
    if (count < 3 || bars[0] != 0 || !ca_text_starts(line, CA_TEXT("| `")))
        return false;
    read_cell(ca_text_sub(line, bars[0] + 1, bars[1] - bars[0] - 1), ret_typed);
    read_cell(ca_text_sub(line, bars[1] + 1, bars[2] - bars[1] - 1), ret_said);
    return true;
}

static bool is_key(const char *typed)
{
    static const char *const keys[] = {"when:", "When:", "message:", "parameters:"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (strncmp(typed, keys[i], strlen(keys[i])) == 0)
            return true;
    return false;
}

static const char *judge(rule_front *front, const char *typed)
{
    ca_buf rule;
    bool claim = strstr(typed, "count(") != NULL || strstr(typed, "COUNT(") != NULL ||
                 strstr(typed, "SUM(") != NULL || strstr(typed, "AVG(") != NULL;
    ca_buf_init(&rule);
    ca_buf_printf(&rule,
                  "rule: US-0101\nversion: 1\ntitle: A title\nstatus: draft\nseverity: high\n"
                  "category: eligibility\nkind: %s\n",
                  claim ? "claim" : "line");
    if (strncmp(typed, "message:", 8) != 0)
        ca_buf_add_cstr(&rule, "message: \"Claim {claim_id}\"\n");
    if (strncmp(typed, "when:", 5) != 0 && strncmp(typed, "When:", 5) != 0)
        ca_buf_add_cstr(&rule, is_key(typed) ? "when: paid > 5\n" : "when: >\n  ");
    ca_buf_add_cstr(&rule, typed);
    ca_buf_add_char(&rule, '\n');
    const char *said = rule_front_load(front, ca_buf_cstr(&rule));
    ca_buf_done(&rule);
    return said;
}

/* What was said, without the place: "9:7: error: …". */
static const char *words_of(const char *said)
{
    const char *text = strstr(said, "error: ");
    const char *warning = strstr(said, "warning: ");
    if (text == NULL || (warning != NULL && warning < text))
        text = warning;
    return text == NULL ? "" : strchr(text, ' ') + 1;
}

START_TEST(every_row_of_the_page)
{
    const char *root = getenv("CA_SOURCE_ROOT");
    char path[400];
    ca_buf page;
    ca_buf typed;
    ca_buf said;
    ca_text line;
    size_t rows = 0;
    size_t wrong = 0;
    rule_front *front = rule_front_new();
    snprintf(path, sizeof(path), "%s/docs/rule-language.md", root == NULL ? "." : root);
    ca_buf_init(&page);
    ca_buf_init(&typed);
    ca_buf_init(&said);
    ck_assert_int_eq(ca_disk_read_all(ca_disk_real(), path, 1 << 20, &page, NULL), 0);
    const char *section = strstr(ca_buf_cstr(&page), title);
    ck_assert_ptr_nonnull(section);
    ca_text rest = ca_text_of(section + strlen(title));
    while (ca_text_next(&rest, '\n', &line) && !ca_text_starts(line, CA_TEXT("## "))) {
        if (!read_row(line, &typed, &said))
            continue;
        rows++;
        const char *words = words_of(judge(front, ca_buf_cstr(&typed)));
        ca_buf_add_char(&said, '\n');
        if (strcmp(words, ca_buf_cstr(&said)) != 0) { /* equal also means: nothing behind it */
            wrong++;
            fprintf(stderr, "%s\n  the page: %s  the check: %s\n", ca_buf_cstr(&typed),
                    ca_buf_cstr(&said), words);
        }
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_ge(rows, 60);
    ca_buf_done(&page);
    ca_buf_done(&typed);
    ca_buf_done(&said);
    rule_front_free(front);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, every_row_of_the_page);
}

CA_CHECK_MAIN("rules/slips", add_tests)
