/* A page of the rule book in one of its formats: whoever writes it need not know which. Texts are escaped here. */
#ifndef CA_RULES_BOOK_PAGE_H
#define CA_RULES_BOOK_PAGE_H

#include "rules/book.h"

typedef struct ca_page {
    ca_book_format format;
    ca_buf *out;
} ca_page;

void ca_page_begin(ca_page *page, const char *title);
void ca_page_end(ca_page *page);
void ca_page_heading(ca_page *page, unsigned level, ca_text text);     /* 1 to 3 */
void ca_page_text(ca_page *page, ca_text text);                        /* a paragraph */
void ca_page_code(ca_page *page, ca_text text);                        /* lines as they are */
void ca_page_item(ca_page *page, ca_text text);                        /* of a list; ca_page_list before and after */
void ca_page_list(ca_page *page, bool begins);
void ca_page_table(ca_page *page, const char *const *names, size_t count);   /* begins one */
void ca_page_row(ca_page *page, const ca_text *cells, size_t count);
/* A row whose first cell leads to another page. */
void ca_page_row_link(ca_page *page, const char *target, const ca_text *cells, size_t count);
void ca_page_table_end(ca_page *page);
void ca_page_link(ca_page *page, const char *target, ca_text text);    /* a paragraph */

#endif
