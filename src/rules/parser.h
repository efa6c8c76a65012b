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
    ca_phrase *subject; /* the left side of the last test, and its sign, for "units > 1 and < 5" */
    ca_compare sign;
    bool in_list; /* a comma separates values here */
    bool failed;  /* one mistake was said: give up on this expression */
    bool nomem;
} ca_parser;

/* Steps return NULL once `failed` is set. */
ca_phrase *ca_parser_expression(ca_parser *parser);
ca_phrase *ca_parser_sum(ca_parser *parser);

void ca_parser_advance(ca_parser *parser);
void ca_parser_pass(ca_parser *parser); /* the same, in silence about capitals */
bool ca_parser_at(const ca_parser *parser, const char *word); /* a keyword or symbol */
bool ca_parser_take(ca_parser *parser, const char *word);
bool ca_parser_need(ca_parser *parser, const char *word);
/* Says one mistake and gives up; NULL, to be returned. */
ca_phrase *ca_parser_fail(ca_parser *parser, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A mistake with one meaning: says it, and parsing goes on. */
void ca_parser_slip(ca_parser *parser, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Source text for a message: one line of at most 80 bytes. */
typedef struct ca_said {
    char text[96];
} ca_said;
ca_said ca_parser_said(const ca_parser *parser, size_t from, size_t to);
/* "expected WHAT but found …" at the current token. */
ca_phrase *ca_parser_expected(ca_parser *parser, const char *what);
ca_phrase *ca_parser_node(ca_parser *parser, ca_phrase_kind kind, size_t start);
bool ca_parser_add(ca_parser *parser, ca_phrase *parent, ca_phrase *arg);
/* Ends the node at the last token and checks its depth. */
ca_phrase *ca_parser_close(ca_parser *parser, ca_phrase *node);
bool ca_parser_enter(ca_parser *parser);
void ca_parser_leave(ca_parser *parser);
/* --- What only other languages write (parse_slip.c). Each says what is written here, and gives what
 * was meant, or a node of kind SLIP that nobody looks into. --------------------------------------- */

/* At a word that tests a value, as LIKE does; NULL with nothing said when it is none. */
ca_phrase *ca_parser_slip_test(ca_parser *parser, size_t start, ca_phrase *left);
/* `left = null`, `left != true`; NULL when the current token is nothing of the kind. */
ca_phrase *ca_parser_slip_compare(ca_parser *parser, size_t start, ca_phrase *left,
                                  ca_compare compare);
/* IS NULL and the like, at `is`; NULL when it is not. */
ca_phrase *ca_parser_slip_is(ca_parser *parser, size_t start, ca_phrase *left);
/* At something that cannot begin a value here: [column], DATE '…', CASE, AND(…), DISTINCT x. NULL when
 * it is nothing known. */
ca_phrase *ca_parser_slip_value(ca_parser *parser);
/* Passes over what may follow a number elsewhere: 12,50, 1 000, 100 EUR. */
void ca_parser_slip_number(ca_parser *parser, ca_text *text, size_t start);
/* COUNT(*), COUNT(DISTINCT x), SUM(x): after the opening parenthesis, mends the name. */
void ca_parser_slip_call(ca_parser *parser, ca_phrase *node);
/* "and < 5", "or 'B'": a test or value without its column, after a test that has one. */
bool ca_parser_at_headless(const ca_parser *parser);
ca_phrase *ca_parser_slip_headless(ca_parser *parser);
ca_phrase *ca_parser_slip_alone(ca_parser *parser, ca_phrase *value);
/* What may end a condition elsewhere: ';', THEN … */
void ca_parser_slip_end(ca_parser *parser);
/* A node of kind SLIP from `start` to the last token. */
ca_phrase *ca_parser_slip_node(ca_parser *parser, size_t start);
/* Is the current token this word, in any letters? */
bool ca_parser_at_word(const ca_parser *parser, const char *small);
/* The test behind `x not`, or a part of a chain: what follows `left`. NULL with nothing said when no
 * test begins here. */
ca_phrase *ca_parser_test(ca_parser *parser, size_t start, ca_phrase *left);
bool ca_parser_at_comparison(const ca_parser *parser, ca_compare *ret_compare);
ca_phrase *ca_parser_arguments(ca_parser *parser, ca_phrase *node);
/* Takes a comma, or what stands for one elsewhere. */
bool ca_parser_comma(ca_parser *parser);

/* set NAME [on DATE], codes(…) or ('A', …), into `node`. */
bool ca_parser_code_set(ca_parser *parser, ca_phrase *node);

#endif
