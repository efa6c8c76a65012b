/* What people bring along from SQL, spreadsheets and word processors, and what is written here
 * instead. Each slip is one row of a table in slips.c; the lexer, the parser and the checker look
 * it up where nothing valid can stand. */
#ifndef CA_RULES_SLIPS_H
#define CA_RULES_SLIPS_H

#include "base/date.h"
#include "rules/lex.h"

/* A symbol or character with one meaning here: "<>" is !=. */
typedef struct ca_slip_symbol {
    const char *theirs;
    const char *ours;
    ca_token_kind kind;
} ca_slip_symbol;

/* The one that `rest` begins with, or NULL. */
const ca_slip_symbol *ca_slip_symbol_at(ca_text rest);

/* Bytes of the character that `rest` begins with, 0 when it is none of these. */
size_t ca_slip_space_at(ca_text rest);    /* no-break and other wide or narrow spaces */
size_t ca_slip_quote_at(ca_text rest);    /* curly, low, double-angled quotes, accents as quotes */
size_t ca_slip_currency_at(ca_text rest); /* $, the euro sign … */

/* Words that mean something elsewhere. They are slips only where no name can stand, or where a name
 * cannot be meant; a column of that name stays a column. */
typedef enum ca_slip_word {
    CA_SLIP_NONE,
    CA_SLIP_LIKE,     /* x LIKE 'A%' */
    CA_SLIP_CONTAINS, /* x contains 'A' */
    CA_SLIP_BEGINS,   /* x startswith 'A', x begins with 'A' */
    CA_SLIP_PATTERN,  /* x matches '…', x ends with '…' */
    CA_SLIP_EQUALS,   /* x equals 'A' */
    CA_SLIP_NULL,     /* null, empty, blank */
    CA_SLIP_TRUE,
    CA_SLIP_FALSE,
    CA_SLIP_CASE,
    CA_SLIP_IF,   /* if, when, where, select before a condition */
    CA_SLIP_THEN, /* then, else, end behind it */
    CA_SLIP_DISTINCT,
    CA_SLIP_DATE,     /* DATE '2024-03-01' */
    CA_SLIP_CURRENCY, /* EUR, dollars */
    CA_SLIP_UNIT      /* 30 days */
} ca_slip_word;

ca_slip_word ca_slip_word_of(ca_text word);
/* The same letters, small or capital? */
bool ca_slip_same(ca_text word, const char *other);

/* What is written instead of a function of another language; NULL when it is none. */
const char *ca_slip_function(ca_text name);

/* 01.03.2024, 3/1/2024, 2024-3-1: the days it may mean, the likeliest first; 0 when none. */
size_t ca_slip_date(ca_text text, ca_date ret_days[2]);

enum { CA_SLIP_NUMBER_SIZE = 48 };
/* 12,50 or 1.234,56 or 1 000 as numbers are written here; false when it is none. *ret_other is "" or
 * the second possible meaning. */
bool ca_slip_number(ca_text text, char ret_number[CA_SLIP_NUMBER_SIZE],
                    char ret_other[CA_SLIP_NUMBER_SIZE]);
/* 20 of "20%" as 0.2; false when it has too many digits. */
bool ca_slip_percent(ca_text number, char ret_number[CA_SLIP_NUMBER_SIZE]);

#endif
