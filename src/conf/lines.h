/* Lines and bytes of a file, for those who explain what is wrong with them. */
#ifndef CA_CONF_LINES_H
#define CA_CONF_LINES_H

#include "base/text.h"

/* Where the line of the offset begins. */
size_t ca_line_start(ca_text source, size_t offset);
/* The line that begins at `start`, without its end. */
ca_text ca_line_at(ca_text source, size_t start);
/* Spaces before its text. */
size_t ca_line_indentation(ca_text line);
/* Does a ':' stand in it that YAML takes for the end of a key? */
bool ca_line_has_colon(ca_text line);
/* A byte, a space beyond the end. */
char ca_byte_at(ca_text source, size_t offset);
/* The last byte before the offset on its line that is no space; NUL when there is none. */
char ca_byte_before(ca_text source, size_t offset);

#endif
