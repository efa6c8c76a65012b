/* Random expressions, for random_rules.c. */
#ifndef CA_TESTS_RANDOM_EXPR_H
#define CA_TESTS_RANDOM_EXPR_H

#include "support/random_rules.h"

typedef enum random_scope {
    RANDOM_LINE,         /* columns of lines and headers */
    RANDOM_CLAIM         /* columns of headers, aggregates over lines */
} random_scope;

typedef struct random_expr {
    random_source *random;
    random_scope scope;
    unsigned depth;
    ca_buf *text;
} random_expr;

void random_condition(random_expr *expr);
void random_number(random_expr *expr);

#endif
