/* Messages at a byte of a rule file. */
#ifndef CA_RULES_SAY_H
#define CA_RULES_SAY_H

#include <stdarg.h>
#include <stddef.h>

#include "conf/yaml.h"

void ca_say(const ca_conf *conf, ca_severity severity, size_t offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void ca_say_args(const ca_conf *conf, ca_severity severity, size_t offset, const char *format,
                 va_list args) __attribute__((format(printf, 4, 0)));

/* For "%.*s": the length of a text as the int that printf wants, at most 80 bytes of whole
 * characters. */
int ca_say_len(ca_text text);
/* "a" or "an". */
const char *ca_say_article(const char *word);

#endif
