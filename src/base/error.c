/* Filling in errors: messages are cut to one line of whole characters. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Removes the half of a UTF-8 character that snprintf may have left at the end of a full array. */
static void drop_half_character(char *text, size_t size)
{
    size_t len = strlen(text);
    if (len + 1 < size)
        return;
    size_t start = len;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t need = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (need > len - start + 1)
        text[start - 1] = '\0';
}

static void one_line(char *text, size_t size)
{
    drop_half_character(text, size);
    for (char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7F)
            *p = ' ';
}

static void fill(ca_error *err, int code, const char *file, uint32_t line, uint32_t column,
                 const char *format, va_list args) __attribute__((format(printf, 6, 0)));

static void fill(ca_error *err, int code, const char *file, uint32_t line, uint32_t column,
                 const char *format, va_list args)
{
    /* The arguments may point into *err itself: a caller adds words to an earlier message. */
    ca_error made = {.code = code, .line = line, .column = column};
    if (file != NULL)
        snprintf(made.file, sizeof(made.file), "%s", file);
    vsnprintf(made.text, sizeof(made.text), format, args);
    one_line(made.file, sizeof(made.file));
    one_line(made.text, sizeof(made.text));
    *err = made;
}

int ca_error_set(ca_error *err, int code, const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        va_start(args, format);
        fill(err, code, NULL, 0, 0, format, args);
        va_end(args);
    }
    return code;
}

int ca_error_at(ca_error *err, int code, const char *file, uint32_t line, uint32_t column,
                const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        va_start(args, format);
        fill(err, code, file, line, column, format, args);
        va_end(args);
    }
    return code;
}

int ca_error_nomem(ca_error *err)
{
    return ca_error_set(err, CA_NOMEM,
                        "memory ran out; free some or raise the limit, then run again");
}

int ca_error_errno(ca_error *err, const char *what, const char *path, int errnum)
{
    char reason[128];
    if (strerror_r(errnum, reason, sizeof(reason)) != 0)
        snprintf(reason, sizeof(reason), "error %d", errnum);
    const char *remedy = errnum == EACCES  ? "; the user of this run needs access to it and to its folder"
                         : errnum == ELOOP ? "; a link stands in its place: remove it, or name the file itself"
                                           : "";
    return ca_error_at(err, errnum == ENOMEM ? CA_NOMEM : CA_FAIL, path, 0, 0, "%s: %s%s", what, reason, remedy);
}

int ca_error_exit_status(int code)
{
    static const struct {
        int code;
        int status;
    } table[] = {
        {CA_OK, 0},      {CA_END, 0},    {CA_USAGE, 2}, {CA_CONFIG, 3},
        {CA_REJECTS, 4}, {CA_TOTALS, 6}, {CA_BUSY, 75},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (table[i].code == code)
            return table[i].status;
    return 1;
}
