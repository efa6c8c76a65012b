/* Messages at a byte of a rule file, as line and column. */
#include "rules/say.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST_QUOTE = 80 };

void ca_say_args(const ca_conf *conf, ca_severity severity, size_t offset, const char *format,
                 va_list args)
{
    char text[sizeof(((ca_error *)0)->text)]; /* cut where a message is cut, at a whole character */
    uint32_t line = 0;
    uint32_t column = 0;
    vsnprintf(text, sizeof(text), format, args);
    ca_yaml_position(conf->file, offset, &line, &column);
    ca_diag_add(conf->diags, severity, conf->file->path, line, column, "%s", text);
}

void ca_say(const ca_conf *conf, ca_severity severity, size_t offset, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ca_say_args(conf, severity, offset, format, args);
    va_end(args);
}

int ca_say_len(ca_text text)
{
    size_t len = text.len;
    if (len > LONGEST_QUOTE)
        for (len = LONGEST_QUOTE; len > 0 && ((unsigned char)text.ptr[len] & 0xC0) == 0x80;)
            len--;
    return (int)len;
}

const char *ca_say_article(const char *word)
{
    return strchr("aeiou", word[0]) != NULL && word[0] != '\0' ? "an" : "a";
}
