/* Random expressions, for random_rules.c. */
#ifndef CA_TESTS_RANDOM_EXPR_H
#define CA_TESTS_RANDOM_EXPR_H

#include "support/random_rules.h"

typedef enum random_scope {
    RANDOM_LINE, /* columns of lines and headers */
    RANDOM_CLAIM /* columns of headers, aggregates over lines */
} random_scope;

typedef struct random_expr {
    random_source *random;
    random_scope scope;
    unsigned depth;
    ca_buf *text;
} random_expr;

void random_condition(random_expr *expr);
void random_number(random_expr *expr);

/* What conditions are made of. */
typedef struct random_names {
    const char *const *items;
    unsigned count;
} random_names;

#define NAMES(list) ((random_names){list, sizeof(list) / sizeof((list)[0])})

const char *random_pick(random_expr *expr, random_names from);
void random_add(random_expr *expr, const char *text);
/* A column of the header, or where lines are seen one of a line. */
const char *random_column(random_expr *expr, random_names header, random_names line);
bool random_deeper(random_expr *expr, unsigned percent);
void random_date_value(random_expr *expr);
void random_list(random_expr *expr);
void random_any_column(random_expr *expr);
void random_aggregate(random_expr *expr);
void random_lookup(random_expr *expr);
void random_arithmetic(random_expr *expr);

#endif
