/* Writes headings, texts and tables as HTML or Markdown. */
#include "rules/book_page.h"

#include <string.h>

static const char style[] =
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}"
    "h1{font-size:1.5em}h2{font-size:1.15em;margin-top:1.8em;border-bottom:1px solid #ccc}h3{font-size:1em}"
    "table{border-collapse:collapse;display:block;overflow-x:auto}"
    "th,td{border:1px solid #ccc;padding:.2em .6em;text-align:left;vertical-align:top}th{background:#f2f2f2}"
    "pre{background:#f6f6f6;border:1px solid #ddd;padding:.6em;overflow-x:auto;white-space:pre-wrap}"
    "@media print{body{margin:0;max-width:none}}";

static bool is_html(const ca_page *page)
{
    return page->format == CA_BOOK_HTML;
}

static void add(ca_page *page, const char *text)
{
    ca_buf_add_cstr(page->out, text);
}

/* Never a byte of a text that a reader of the format would take for its own. */
static void escape_char(ca_page *page, char c, bool at_start)
{
    switch (c) {
    case '&':
        add(page, "&amp;");
        return;
    case '<':
        add(page, "&lt;");
        return;
    case '>':
        add(page, "&gt;");
        return;
    case '"':
        add(page, is_html(page) ? "&quot;" : "\"");
        return;
    default:
        break;
    }
    bool special = strchr("\\`*_[]|#~$", c) != NULL && c != '\0';
    bool list = at_start && strchr("+-=:", c) != NULL && c != '\0';
    if (!is_html(page) && (special || list))
        ca_buf_add_char(page->out, '\\');
    ca_buf_add_char(page->out, (unsigned char)c < ' ' && c != '\n' ? ' ' : c);
}

/* On one line, inside of something. */
static void escape(ca_page *page, ca_text text)
{
    for (size_t i = 0; i < text.len; i++)
        escape_char(page, text.ptr[i] == '\n' ? ' ' : text.ptr[i], false);
}

/* Where a line begins, "1. x", "- x" or "=" would begin a list or a heading. */
static void escape_lines(ca_page *page, ca_text text)
{
    bool start = true;
    bool digits = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        digits = (digits || start) && c >= '0' && c <= '9';
        escape_char(page, c, start);
        bool point = i + 1 < text.len && (text.ptr[i + 1] == '.' || text.ptr[i + 1] == ')');
        if (!is_html(page) && digits && point)
            ca_buf_add_char(page->out, '\\');
        start = c == '\n' || (start && c == ' ');
    }
}

void ca_page_begin(ca_page *page, const char *title)
{
    if (!is_html(page))
        return;
    add(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
              "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
              "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
    escape(page, ca_text_of(title));
    add(page, "</title>\n<style>");
    add(page, style);
    add(page, "</style>\n</head>\n<body>\n");
}

void ca_page_end(ca_page *page)
{
    if (is_html(page))
        add(page, "</body>\n</html>\n");
}

void ca_page_heading(ca_page *page, unsigned level, ca_text text)
{
    if (is_html(page)) {
        ca_buf_printf(page->out, "<h%u>", level);
        escape(page, text);
        ca_buf_printf(page->out, "</h%u>\n", level);
        return;
    }
    ca_buf_printf(page->out, "%s%.*s ", page->out->len > 0 ? "\n" : "", (int)level, "###");
    escape(page, text);
    add(page, "\n");
}

void ca_page_text(ca_page *page, ca_text text)
{
    add(page, is_html(page) ? "<p>" : "\n");
    while (text.len > 0 && (text.ptr[text.len - 1] == '\n' || text.ptr[text.len - 1] == ' '))
        text.len--;
    escape_lines(page, text);
    add(page, is_html(page) ? "</p>\n" : "\n");
}

static size_t longest_run(ca_text text, char c)
{
    size_t longest = 0;
    size_t run = 0;
    for (size_t i = 0; i < text.len; i++) {
        run = text.ptr[i] == c ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

void ca_page_code(ca_page *page, ca_text text)
{
    while (text.len > 0 && text.ptr[text.len - 1] == '\n')
        text.len--;
    if (is_html(page)) {
        add(page, "<pre>");
        escape_lines(page, text);
        add(page, "</pre>\n");
        return;
    }
    size_t fence = longest_run(text, '`') + 1;
    fence = fence < 3 ? 3 : fence;
    add(page, "\n");
    for (size_t i = 0; i < fence; i++)
        ca_buf_add_char(page->out, '`');
    add(page, "\n");
    ca_buf_add_text(page->out, text);
    add(page, "\n");
    for (size_t i = 0; i < fence; i++)
        ca_buf_add_char(page->out, '`');
    add(page, "\n");
}

void ca_page_list(ca_page *page, bool begins)
{
    if (is_html(page))
        add(page, begins ? "<ul>\n" : "</ul>\n");
    else if (begins)
        add(page, "\n");
}

void ca_page_item(ca_page *page, ca_text text)
{
    add(page, is_html(page) ? "<li>" : "- ");
    escape_lines(page, text);
    add(page, is_html(page) ? "</li>\n" : "\n");
}

/* --- Tables -------------------------------------------------------------------------------------- */

void ca_page_table(ca_page *page, const char *const *names, size_t count)
{
    add(page, is_html(page) ? "<table>\n<tr>" : "\n|");
    for (size_t i = 0; i < count; i++) {
        add(page, is_html(page) ? "<th>" : " ");
        escape(page, ca_text_of(names[i]));
        add(page, is_html(page) ? "</th>" : " |");
    }
    add(page, is_html(page) ? "</tr>\n" : "\n|");
    for (size_t i = 0; i < count && !is_html(page); i++)
        add(page, "---|");
    add(page, is_html(page) ? "" : "\n");
}

static void cell(ca_page *page, const char *target, ca_text text)
{
    add(page, is_html(page) ? "<td>" : " ");
    if (target != NULL)
        ca_buf_printf(page->out, is_html(page) ? "<a href=\"%s\">" : "[%.0s", target);
    escape(page, text);
    if (target != NULL)
        ca_buf_printf(page->out, is_html(page) ? "</a>%.0s" : "](%s)", target);
    add(page, is_html(page) ? "</td>" : " |");
}

void ca_page_row_link(ca_page *page, const char *target, const ca_text *cells, size_t count)
{
    add(page, is_html(page) ? "<tr>" : "|");
    for (size_t i = 0; i < count; i++)
        cell(page, i == 0 ? target : NULL, cells[i]);
    add(page, is_html(page) ? "</tr>\n" : "\n");
}

void ca_page_row(ca_page *page, const ca_text *cells, size_t count)
{
    ca_page_row_link(page, NULL, cells, count);
}

void ca_page_table_end(ca_page *page)
{
    add(page, is_html(page) ? "</table>\n" : "");
}

void ca_page_link(ca_page *page, const char *target, ca_text text)
{
    if (is_html(page)) {
        ca_buf_printf(page->out, "<p><a href=\"%s\">", target);
        escape(page, text);
        add(page, "</a></p>\n");
        return;
    }
    add(page, "\n[");
    escape(page, text);
    ca_buf_printf(page->out, "](%s)\n", target);
}
