/* What the files of the parser share: its state and its steps. */
#ifndef CA_RULES_PARSER_H
#define CA_RULES_PARSER_H

#include "rules/parse.h"

typedef struct ca_parser {
    const ca_conf *conf;
    ca_arena *arena;
    ca_lexer lexer;
    ca_token now, next; /* the current token and one to look ahead */
    size_t last_end;    /* where the previous token ended */
    unsigned depth;     /* nested expressions being parsed */
    bool failed;        /* one mistake was said: give up on this expression */
    bool nomem;
} ca_parser;

/* Steps return NULL once `failed` is set. */
ca_phrase *ca_parser_expression(ca_parser *parser);
ca_phrase *ca_parser_sum(ca_parser *parser);

void ca_parser_advance(ca_parser *parser);
bool ca_parser_at(const ca_parser *parser, const char *word); /* a keyword or symbol */
bool ca_parser_take(ca_parser *parser, const char *word);
bool ca_parser_need(ca_parser *parser, const char *word);
/* Says one mistake and gives up; NULL, to be returned. */
ca_phrase *ca_parser_fail(ca_parser *parser, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "expected WHAT but found …" at the current token. */
ca_phrase *ca_parser_expected(ca_parser *parser, const char *what);
ca_phrase *ca_parser_node(ca_parser *parser, ca_phrase_kind kind, size_t start);
bool ca_parser_add(ca_parser *parser, ca_phrase *parent, ca_phrase *arg);
/* Ends the node at the last token and checks its depth. */
ca_phrase *ca_parser_close(ca_parser *parser, ca_phrase *node);
bool ca_parser_enter(ca_parser *parser);
void ca_parser_leave(ca_parser *parser);
/* set NAME [on DATE], codes(…) or ('A', …), into `node`. */
bool ca_parser_code_set(ca_parser *parser, ca_phrase *node);

#endif
