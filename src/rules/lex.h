/* Words of the expression language, read from the raw bytes of the rule file so that every position
 * is true. */
#ifndef CA_RULES_LEX_H
#define CA_RULES_LEX_H

#include "base/text.h"
#include "conf/yaml.h"

typedef enum ca_token_kind {
    CA_TOKEN_END,
    CA_TOKEN_WORD,    /* a name */
    CA_TOKEN_KEYWORD, /* and, or, not, in, … */
    CA_TOKEN_NUMBER,
    CA_TOKEN_DATE,
    CA_TOKEN_STRING, /* text is what stands between the quotes */
    CA_TOKEN_SYMBOL, /* ( ) , . .. = != < <= > >= + - * /, and for the parser to explain: [ ] { } ; */
    CA_TOKEN_BAD     /* already reported; nothing sensible can follow */
} ca_token_kind;

typedef struct ca_token {
    ca_token_kind kind;
    ca_text text;
    size_t start, end; /* byte span in the file, quotes included */
    bool
        capitals; /* a keyword in capitals, not yet reported: the parser says it when it takes it */
    bool slip;    /* reported: what was written is not what the text says */
} ca_token;

typedef struct ca_lexer {
    const ca_conf *conf;
    ca_arena *arena;     /* for texts that the file does not hold: 12.50 for 12,50 */
    size_t at, end;      /* bytes of conf->file->source still to read */
    ca_yaml_style style; /* quoted scalars forbid escapes */
    size_t errors;       /* reported so far; a slip is reported and read as what it means */
    bool space_said;     /* one message for all no-break spaces, and one for all escapes */
    bool escape_said;
    bool quiet; /* behind a mistake: says what has a correction, not what has none */
    bool nomem;
} ca_lexer;

/* The bytes of a scalar that hold the expression: without quotes or the header line of a block
 * scalar. */
void ca_lex_span(const ca_yaml_file *file, const ca_yaml *node, size_t *ret_from, size_t *ret_to);
void ca_lexer_init(ca_lexer *lexer, const ca_conf *conf, ca_arena *arena, size_t from, size_t to,
                   ca_yaml_style style);
ca_token ca_lex(ca_lexer *lexer);
/* An error at a byte of the file, counted. */
void ca_lex_say(ca_lexer *lexer, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Is it a word that cannot be a name? */
bool ca_is_keyword(ca_text word);

#endif
