/* How a line of a configuration file that YAML cannot read should have been written: for messages. */
#ifndef CA_CONF_SPELLING_H
#define CA_CONF_SPELLING_H

#include "conf/yaml.h"

typedef struct ca_spelling {
    char text[280];
} ca_spelling;

/* `write message: "{paid} was paid"` for the value on the line of the offset, or, where a line is not of
 * the form 'key: value', `put the value in quotes`. */
ca_spelling ca_spelling_quoted(ca_text source, size_t offset);
/* The same, but for an item between brackets only the item: `write "#1"`. */
ca_spelling ca_spelling_item(ca_text source, size_t offset);

/* `write when: paid > 5` for a line such as 'when:paid > 5' or 'when = paid > 5'; "" for others. */
ca_spelling ca_spelling_colon(ca_text source, size_t offset);

/* Where the value of the line of the offset begins; the offset itself when it has none. */
size_t ca_spelling_value(ca_text source, size_t offset);

/* A comment at most `spaces` spaces behind a plain value, which the author may have meant as part of it;
 * deliberate ones stand further away. */
bool ca_spelling_comment(const ca_yaml_file *file, const ca_yaml *node, size_t spaces,
                         ca_text *ret_comment);

#endif
