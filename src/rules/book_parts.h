/* What the files of the rule book share. For book*.c only. */
#ifndef CA_RULES_BOOK_PARTS_H
#define CA_RULES_BOOK_PARTS_H

#include "rules/book_page.h"

/* The rule's inline tests as examples. */
int ca_book_tests(ca_page *page, const ca_rule *rule, ca_error *err);

#endif
