/* What the files of the lexer share. */
#ifndef CA_RULES_LEX_PARTS_H
#define CA_RULES_LEX_PARTS_H

#include "rules/lex.h"

/* The byte `ahead` of here, NUL beyond the end. */
char ca_lex_look(const ca_lexer *lexer, size_t ahead);
/* All bytes still to read. */
ca_text ca_lex_rest(const ca_lexer *lexer);
bool ca_lex_is_digit(char c);
bool ca_lex_is_letter(char c);
bool ca_lex_is_name(char c); /* letters, digits, _ */
/* The token of the next `len` bytes; moves on. */
ca_token ca_lex_token(ca_lexer *lexer, ca_token_kind kind, size_t len);
/* The same, read as `meant`: a slip. The mistake is said by the caller. */
ca_token ca_lex_meant(ca_lexer *lexer, ca_token_kind kind, size_t len, const char *meant);
/* Nothing sensible can follow. */
ca_token ca_lex_bad(ca_lexer *lexer);
/* A number or date: at a digit, or at a point before one. */
ca_token ca_lex_number(ca_lexer *lexer);
/* A text between quotes of any kind; `quote` bytes long is the first. */
ca_token ca_lex_string(ca_lexer *lexer, size_t quote);
/* A code without quotes, at least `len` bytes long: 0UT90ZZ, 250.00.1, icd10cm:E11.9. */
ca_token ca_lex_bare_code(ca_lexer *lexer, size_t len);
/* `name` between backticks. */
ca_token ca_lex_backticks(ca_lexer *lexer);

#endif
