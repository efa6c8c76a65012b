/* Expressions as written: a tree of words, before names and types are looked up (rules/check.h does
 * that). */
#ifndef CA_RULES_PARSE_H
#define CA_RULES_PARSE_H

#include "base/arena.h"
#include "rules/ast.h"
#include "rules/lex.h"

typedef enum ca_phrase_kind {
    CA_PHRASE_OR,
    CA_PHRASE_AND,
    CA_PHRASE_NOT,
    CA_PHRASE_COMPARE,
    CA_PHRASE_BETWEEN,
    CA_PHRASE_IN,
    CA_PHRASE_HAS,
    CA_PHRASE_OVERLAPS,
    CA_PHRASE_WITHIN,
    CA_PHRASE_STARTS,
    CA_PHRASE_MISSING, /* negated: is present */
    CA_PHRASE_FOUND,
    CA_PHRASE_NUMBER,
    CA_PHRASE_STRING,
    CA_PHRASE_DATE,
    CA_PHRASE_NAME, /* a column or parameter, with its prefixes */
    CA_PHRASE_ADD,
    CA_PHRASE_SUB,
    CA_PHRASE_MUL,
    CA_PHRASE_DIV,
    CA_PHRASE_NEGATE,
    CA_PHRASE_CALL, /* function, aggregate or table */
    CA_PHRASE_SLIP  /* reported, and its meaning unknown; the arguments are checked all the same */
} ca_phrase_kind;

typedef struct ca_phrase_member { /* 'A' or 'A'..'B' */
    ca_text low, high;
    size_t low_at, high_at;
    bool range; /* written with two ends */
    bool bare;  /* without quotes: a mistake, for the checker to say */
} ca_phrase_member;

typedef struct ca_phrase ca_phrase;
struct ca_phrase {
    ca_phrase_kind kind;
    size_t start, end; /* byte span in the file, without parentheses around it */
    unsigned depth;    /* of the tree below, 1 for a leaf */
    bool parenthesised;
    bool negated;
    ca_compare compare;
    ca_phrase **args;
    size_t arg_count;
    ca_text name; /* NAME: all of it; CALL: its function; STRING: its text; IN …: name of a set */
    size_t name_at;
    ca_text suffix; /* CALL: what follows it after a point, or "" */
    size_t suffix_at;
    ca_phrase *where, *on;
    bool is_set; /* IN, OVERLAPS, WITHIN: a named set, else members */
    bool codes;  /* codes(…): members span their children */
    ca_phrase_member *members;
    size_t member_count;
    ca_ratio number;
    bool whole; /* NUMBER: written without a point */
    ca_date date;
    bool slip; /* STRING: reported as written wrongly; HAS: written as `contains` */
};

/* Parses the scalar `node`. Mistakes go to conf->diags and the result is still 0: after slips that
 * have a meaning *ret_phrase is what was meant, after others NULL. Negative only when memory ran out. The tree lives in `arena` and borrows from the file.
 */
int ca_parse(const ca_conf *conf, const ca_yaml *node, ca_arena *arena, ca_phrase **ret_phrase,
             ca_error *err);
/* The same for a part of a scalar: an expression in a message. */
int ca_parse_span(const ca_conf *conf, size_t from, size_t to, ca_yaml_style style, ca_arena *arena,
                  ca_phrase **ret_phrase, ca_error *err);

/* A number as written, exact: at most 18 digits. False when it has more. */
bool ca_parse_number(ca_text text, ca_ratio *ret_number);

#endif
