/* What the files that explain syntax errors share. */
#ifndef CA_CONF_SYNTAX_PARTS_H
#define CA_CONF_SYNTAX_PARTS_H

#include "conf/syntax.h"

void ca_syntax_say(const ca_yaml_file *file, ca_diags *diags, size_t offset, const char *words);
/* The same with the byte at the offset in the place of %c and the right spelling in that of %w. */
void ca_syntax_fill(const ca_yaml_file *file, ca_diags *diags, size_t offset, const char *words);

/* Each reports its kind of line and gives its place, or is false. */
bool ca_syntax_text_behind(const ca_yaml_file *file, const ca_syntax *syntax, ca_diags *diags,
                           size_t *ret_offset);
bool ca_syntax_odd_line(const ca_yaml_file *file, const ca_syntax *syntax, ca_diags *diags,
                        size_t *ret_offset);
bool ca_syntax_odd_start(const ca_yaml_file *file, const ca_syntax *syntax, ca_diags *diags,
                         size_t *ret_offset);
bool ca_syntax_comment_in_brackets(const ca_yaml_file *file, const ca_syntax *syntax,
                                   ca_diags *diags, size_t *ret_offset);

#endif
