/* Collecting positioned messages, so that one run shows every mistake of every file. */
#include "base/diag.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

void ca_diags_init(ca_diags *diags, ca_arena *arena)
{
    *diags = (ca_diags){.arena = arena};
}

void ca_diags_done(ca_diags *diags)
{
    ca_free(diags->items);
    ca_diags_init(diags, diags->arena);
}

static ca_diag *new_item(ca_diags *diags)
{
    if (diags->count == diags->cap) {
        size_t cap = diags->cap == 0 ? 16 : diags->cap * 2;
        ca_diag *items = ca_realloc_array(diags->items, cap, sizeof(*items));
        if (items == NULL)
            return NULL;
        diags->items = items;
        diags->cap = cap;
    }
    return &diags->items[diags->count];
}

/* Messages of one file mostly come together: they share one copy of its name. */
static const char *file_copy(const ca_diags *diags, const char *file)
{
    if (file == NULL)
        file = "";
    if (diags->count > 0 && strcmp(diags->items[diags->count - 1].file, file) == 0)
        return diags->items[diags->count - 1].file;
    return ca_arena_cstr(diags->arena, ca_text_of(file));
}

void ca_diag_add(ca_diags *diags, ca_severity severity, const char *file, uint32_t line,
                 uint32_t column, const char *format, ...)
{
    if (severity == CA_DIAG_ERROR)
        diags->errors++;
    if (diags->count == CA_DIAGS_MOST)
        return;
    ca_error message;
    va_list args;
    va_start(args, format);
    vsnprintf(message.text, sizeof(message.text), format, args);
    va_end(args);
    /* An error's text is one line of whole characters. */
    ca_error_set(&message, CA_CONFIG, "%s", message.text);

    ca_diag *item = new_item(diags);
    const char *name = item == NULL ? NULL : file_copy(diags, file);
    const char *text = name == NULL ? NULL : ca_arena_cstr(diags->arena, ca_text_of(message.text));
    if (text == NULL) {
        diags->failed = 1;
        return;
    }
    *item = (ca_diag){severity, name, line, column, text};
    diags->count++;
}

static int compare(const ca_diag *a, const ca_diag *b)
{
    int order = strcmp(a->file, b->file);
    if (order != 0)
        return order;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return (a->column > b->column) - (a->column < b->column);
}

/* Merges the sorted runs [from, middle) and [middle, end); equal items keep their order. */
static void merge(const ca_diag *items, size_t from, size_t middle, size_t end, ca_diag *to)
{
    size_t left = from;
    size_t right = middle;
    for (size_t i = from; i < end; i++) {
        bool take_left =
            right == end || (left < middle && compare(&items[left], &items[right]) <= 0);
        to[i] = items[take_left ? left++ : right++];
    }
}

void ca_diags_sort(ca_diags *diags)
{
    size_t count = diags->count;
    if (count < 2)
        return;
    ca_diag *other = ca_realloc_array(NULL, diags->cap, sizeof(*other));
    if (other == NULL) {
        diags->failed = 1;
        return;
    }
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t from = 0; from < count; from += 2 * width) {
            size_t middle = from + width < count ? from + width : count;
            size_t end = middle + width < count ? middle + width : count;
            merge(diags->items, from, middle, end, other);
        }
        ca_diag *sorted = other;
        other = diags->items;
        diags->items = sorted;
    }
    ca_free(other);
}

int ca_diags_result(const ca_diags *diags, ca_error *err)
{
    if (diags->failed)
        return ca_error_nomem(err);
    if (diags->errors > 0)
        return ca_error_set(err, CA_CONFIG, "%zu error%s in the configuration", diags->errors,
                            diags->errors == 1 ? "" : "s");
    return 0;
}
