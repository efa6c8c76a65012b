/* Formats a rule file, and makes sure that what it says is the same as before. */
#include "rules/fmt.h"

#include <string.h>

#include "base/date.h"
#include "rules/fmt_parts.h"

/* --- Quotes ------------------------------------------------------------------------------------- */

/* 0450, 0x1f, 1e5, 1_000, 12:30, 1.50, +5: not what a reader of numbers would print. 0, 59 and -7 are. */
static bool is_odd_number(ca_text text)
{
    size_t digits = 0;
    size_t sign = text.ptr[0] == '-' || text.ptr[0] == '+';
    if (sign == text.len || ((text.ptr[sign] < '0' || text.ptr[sign] > '9') && text.ptr[sign] != '.'))
        return false;
    for (size_t i = sign; i < text.len; i++) {
        if (strchr("0123456789abcdefABCDEFxXoO._:+-", text.ptr[i]) == NULL)
            return false;
        digits += text.ptr[i] >= '0' && text.ptr[i] <= '9';
    }
    bool plain = digits == text.len - sign && (text.ptr[sign] != '0' || digits == 1) && text.ptr[0] != '+';
    ca_date date;
    return digits > 0 && !plain && !ca_date_parse_iso(text, &date);
}

bool ca_fmt_wants_quotes(ca_text text)
{
    static const char *const words[] = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", ".nan", ".inf", "-.inf"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t k = 0;
        while (k < text.len && words[i][k] != '\0' &&
               (text.ptr[k] | (text.ptr[k] >= 'A' && text.ptr[k] <= 'Z' ? 0x20 : 0)) == words[i][k])
            k++;
        if (k == text.len && k > 0 && words[i][k] == '\0')
            return true;
    }
    return text.len > 0 && is_odd_number(text);
}

/* --- The same as before? ------------------------------------------------------------------------- */

static const ca_yaml *find(const ca_yaml *mapping, ca_text key)
{
    const ca_yaml *item = mapping->child;
    while (item != NULL && !ca_text_eq(item->key, key))
        item = item->next;
    return item;
}

static bool same_scalar(const ca_yaml *a, const ca_yaml *b, ca_fmt_place place)
{
    if (place == CA_FMT_TABLE && a->style == CA_YAML_LITERAL)
        return b->style == a->style && (ca_text_eq(a->text, b->text) || ca_fmt_table_same(a->text, b->text));
    bool quoted = a->style == CA_YAML_PLAIN && b->style == CA_YAML_SINGLE && place != CA_FMT_TYPED;
    return ca_text_eq(a->text, b->text) && (a->style == b->style || quoted);
}

static bool same(const ca_yaml *a, const ca_yaml *b, ca_fmt_place place)
{
    if (a->kind != b->kind || a->count != b->count || !ca_text_eq(a->key, b->key))
        return false;
    if (a->kind == CA_YAML_SCALAR)
        return same_scalar(a, b, place);
    const ca_yaml *other = b->child;
    for (const ca_yaml *item = a->child; item != NULL; item = item->next) {
        const ca_yaml *match = ca_fmt_is_ordered(place) ? find(b, item->key) : other;
        if (match == NULL || !same(item, match, ca_fmt_place_of(place, item)))
            return false;
        other = other->next;
    }
    return true;
}

/* How many '#' stand in it outside of nothing: no comment may be lost or made. */
static size_t count_signs(ca_text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == '#';
    return count;
}

static int verify(const ca_yaml_file *file, ca_arena *arena, ca_diags *diags, ca_buf *out, ca_error *err)
{
    ca_yaml_file again;
    ca_diags quiet;
    ca_diags_init(&quiet, arena);
    int code = ca_yaml_parse(file->path, ca_buf_text(out), arena, &quiet, &again, err);
    bool good = code == 0 && quiet.errors == 0 && again.root != NULL && same(file->root, again.root, ca_fmt_place_of_file(file->root)) &&
                count_signs(file->source) == count_signs(ca_buf_text(out));
    ca_diags_done(&quiet);
    if (code == 0 && !good) {
        ca_diag_add(diags, CA_DIAG_ERROR, file->path, 0, 0,
                    "this layout cannot be kept by the formatter, and the file is left as it is; simplify its quotes and comments");
        ca_buf_clear(out);
    }
    return code;
}

int ca_rule_format(const char *path, ca_text source, ca_arena *arena, ca_diags *diags, ca_buf *out, ca_error *err)
{
    ca_yaml_file file;
    size_t errors = diags->errors;
    bool nomem = false;
    ca_buf_clear(out);
    int code = ca_yaml_parse(path, source, arena, diags, &file, err);
    if (code != 0)
        return code;
    const ca_conf conf = {&file, diags};
    if (diags->errors > errors || !ca_conf_root(&conf, "a rule or features"))
        return diags->failed ? ca_error_nomem(err) : 0;
    ca_fmt_emit(&file, arena, out, &nomem);
    if (nomem || out->failed)
        return ca_error_nomem(err);
    code = verify(&file, arena, diags, out, err);
    return code == 0 && (out->failed || diags->failed) ? ca_error_nomem(err) : code;
}
