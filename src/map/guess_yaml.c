/* The YAML of a draft: text that is read back as it was, and questions as comments. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conf/yaml.h"
#include "map/guess_inner.h"

void ca_guess_put(guess_writer *writer, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    ca_buf_add(writer->out, text,
               len < 0                     ? 0
               : (size_t)len < sizeof text ? (size_t)len
                                           : sizeof text - 1);
}

/* Letters, digits and what cannot be mistaken for YAML. */
static bool is_plain(ca_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0xC3;
        bool inner = (c >= '0' && c <= '9') || c == '.' || c == '/' || c == '-' || c >= 0x80;
        bool blank = c == ' ' && i > 0 && i + 1 < text.len;
        if (!letter && !(i > 0 && inner) && !blank) {
            return false;
        }
    }
    return text.len > 0;
}

void ca_guess_put_scalar(guess_writer *writer, ca_text text)
{
    if (is_plain(text)) {
        ca_buf_add_text(writer->out, text);
    } else {
        ca_buf_add_json(writer->out, text);
    }
}

bool ca_guess_clean(ca_text text)
{
    while (text.len > 0) {
        uint32_t c = 0;
        size_t len = ca_text_utf8_char(text, &c);
        if (len == 0 || c < ' ' || ca_yaml_forbidden(c)) {
            return false;
        }
        text = ca_text_sub(text, len, text.len);
    }
    return true;
}

void ca_guess_put_words(guess_writer *writer, ca_text text)
{
    while (text.len > 0) {
        uint32_t c = 0;
        size_t len = ca_text_utf8_char(text, &c);
        if (len == 0 || c < ' ' || ca_yaml_forbidden(c)) {
            ca_buf_add_char(writer->out, '?');
        } else {
            ca_buf_add(writer->out, text.ptr, len);
        }
        text = ca_text_sub(text, len ? len : 1, text.len);
    }
}

void ca_guess_ask(guess_writer *writer, unsigned indent, const char *question, ca_text subject)
{
    const char *place = strstr(question, "{}");
    writer->questions++;
    ca_guess_put(writer, "%*s# ? ", (int)indent, "");
    if (!place) {
        ca_buf_add_cstr(writer->out, question);
    } else {
        ca_buf_add(writer->out, question, (size_t)(place - question));
        ca_guess_put_words(writer, subject);
        ca_buf_add_cstr(writer->out, place + 2);
    }
    ca_buf_add_char(writer->out, '\n');
}

void ca_guess_put_columns(guess_writer *writer, const guess_column *column)
{
    ca_buf text;
    ca_buf_init(&text);
    if (column->cell_count == 1) {
        ca_guess_put_scalar(writer, column->name);
        return;
    }
    bool braces = column->after.len > 0;
    ca_buf_add_text(&text, column->before);
    ca_buf_printf(&text, "%s%0*u..%0*u%s", braces ? "{" : "", (int)column->digits, column->from,
                  (int)column->digits, column->to, braces ? "}" : "");
    ca_buf_add_text(&text, column->after);
    ca_buf_add_json(writer->out, ca_buf_text(&text));
    writer->out->failed |= text.failed;
    ca_buf_done(&text);
}

void ca_guess_put_member(guess_writer *writer, const guess_column *column)
{
    ca_buf text;
    ca_buf_init(&text);
    ca_buf_add_text(&text, column->before);
    ca_buf_add_cstr(&text, "{n}");
    ca_buf_add_text(&text, column->after);
    ca_buf_add_json(writer->out, ca_buf_text(&text));
    writer->out->failed |= text.failed;
    ca_buf_done(&text);
}
