/* What a syntax error of libyaml means to the one who wrote the file. */
#ifndef CA_CONF_SYNTAX_H
#define CA_CONF_SYNTAX_H

#include "conf/yaml.h"

typedef struct ca_syntax {
    /* As libyaml tells it; offsets are bytes of the file. */
    const char *problem;
    const char *context; /* "" when it has none */
    size_t problem_at;
    size_t context_at;
    /* The last quoted scalar before the error, for mistakes that begin there; both 0 = none. */
    size_t quote_start;
    size_t quote_end;
    size_t block_end; /* where the last block scalar ended, 0 = none */
} ca_syntax;

/* Reports it; *ret_offset is the place. True when that line may make sense on its own, false when
 * only later ones can. */
bool ca_syntax_report(const ca_yaml_file *file, const ca_syntax *syntax, ca_diags *diags,
                      size_t *ret_offset);

enum { CA_SYNTAX_WORDS = 480 };
/* The words for a line without a colon where one is needed. */
void ca_syntax_no_colon(const ca_yaml_file *file, size_t offset, char ret_words[CA_SYNTAX_WORDS]);

#endif
