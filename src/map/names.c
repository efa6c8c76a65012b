/* Reads names of columns from a profile. */
#include "map/binding.h"
#include "map/pattern.h"
#include "conf/shown.h"
#include "conf/spelling.h"

/* Adds what one item stands for; false when it is refused. */
static int add(ca_map_reader *reader, const ca_yaml *node, ca_text item, bool ranges,
               ca_text *names, size_t *count, bool *ret_good)
{
    ca_name_range range = {.before = item};
    ca_text comment;
    *ret_good = false;
    if (ca_spelling_comment(reader->conf.file, node, 1, &comment)) {
        ca_conf_warning(&reader->conf, node, "'%s' is a comment, not a part of the name: %s",
                        ca_shown_of(comment).text,
                        ca_spelling_quoted(reader->conf.file->source, node->start).text);
    }
    if (item.len == 0) {
        ca_conf_error(&reader->conf, node, "a column must have a name");
        return 0;
    }
    if (ranges && !ca_name_range_parse(item, &range)) {
        ca_conf_error(&reader->conf, node,
                      "'%s' is no range of columns; write it as NAME1..10 or NAME{1..10}_CD",
                      ca_shown_of(item).text);
        return 0;
    }
    for (size_t i = 0; i < ca_name_range_count(&range); i++) {
        if (*count == CA_NAMES_MAX) {
            ca_conf_error(&reader->conf, node, "there are more than %d columns", CA_NAMES_MAX);
            return 0;
        }
        if (ca_name_range_at(&range, i, reader->arena, &names[*count])) {
            return CA_NOMEM;
        }
        (*count)++;
    }
    *ret_good = true;
    return 0;
}

static bool repeats(ca_map_reader *reader, const ca_yaml *node, const ca_text *names, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (ca_text_eq(names[i], names[j])) {
                ca_conf_error(&reader->conf, node, "'%s' names the column '%s' twice",
                              ca_shown_of(node->key).text, ca_shown_of(names[i]).text);
                return true;
            }
        }
    }
    return false;
}

int ca_names_read(ca_map_reader *reader, ca_yaml *node, bool ranges, bool in_group,
                  const ca_text **ret_names, size_t *ret_count)
{
    ca_text *items;
    size_t item_count;
    size_t count = 0;
    if (!node || !ca_conf_list(&reader->conf, node, reader->arena, &items, &item_count)) {
        return 0;
    }
    ca_text *names = ca_arena_array(reader->arena, CA_NAMES_MAX, sizeof *names);
    if (!names) {
        return CA_NOMEM;
    }
    const ca_yaml *item = node->kind == CA_YAML_SEQUENCE ? node->child : node;
    for (size_t i = 0; i < item_count; i++, item = item->next) {
        bool good;
        if (add(reader, item, items[i], ranges, names, &count, &good)) {
            return CA_NOMEM;
        }
        if (!good) {
            return 0;
        }
        if (!in_group && ca_name_has_n(items[i])) {
            ca_conf_error(&reader->conf, item, "{n} has a meaning under 'lines' only");
            return 0;
        }
    }
    if (count == 0) {
        ca_conf_error(&reader->conf, node, "'%s' must name a column", ca_shown_of(node->key).text);
        return 0;
    }
    if (!repeats(reader, node, names, count)) {
        *ret_names = names;
        *ret_count = count;
    }
    return 0;
}
