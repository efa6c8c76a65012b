/* Mends cells on their way in: identifiers that lost their leading zeros, codes with a letter behind
 * them that says how certain they are. */
#include <stdlib.h>
#include <string.h>

#include "conf/shown.h"
#include "map/inner.h"

/* --- The keys ------------------------------------------------------------------------------- */

static void read_pad(ca_map_reader *reader, ca_yaml *node, ca_binding *binding)
{
    int64_t pad;
    if (!node || !ca_conf_int(&reader->conf, node, 1, CA_PAD_MAX, &pad)) {
        return;
    }
    binding->pad = (uint32_t)pad;
    if (binding->kind == CA_BIND_CONSTANT) {
        ca_conf_error_key(&reader->conf, node, "'pad' mends cells: a constant is written in full");
    }
}

static int longer_first(const void *a, const void *b)
{
    const ca_suffix *left = a;
    const ca_suffix *right = b;
    if (left->text.len != right->text.len) {
        return left->text.len > right->text.len ? -1 : 1;
    }
    return ca_text_cmp(left->text, right->text);
}

static int read_suffixes(ca_map_reader *reader, ca_yaml *node, ca_binding *binding)
{
    static const char *const words[] = {"keep", "drop"};
    const ca_conf *conf = &reader->conf;
    if (!node || !ca_conf_is(conf, node, CA_YAML_MAPPING, NULL)) {
        return 0;
    }
    if (node->count == 0 || node->count > CA_SUFFIXES_MAX) {
        ca_conf_error(conf, node, "'suffix' must name 1 to %d suffixes", CA_SUFFIXES_MAX);
        return 0;
    }
    if (binding->kind == CA_BIND_CONSTANT) {
        ca_conf_error_key(conf, node, "'suffix' mends cells: a constant is written without it");
    }
    ca_suffix *made = ca_arena_array(reader->arena, node->count, sizeof *made);
    if (!made) {
        return CA_NOMEM;
    }
    size_t count = 0;
    for (const ca_yaml *item = node->child; item; item = item->next) {
        size_t index;
        if (item->key.len == 0 || item->key.len > CA_SUFFIX_LEN_MAX) {
            ca_conf_error_key(conf, item, "a suffix must have 1 to %d bytes", CA_SUFFIX_LEN_MAX);
        } else if (ca_conf_choice(conf, item, words, 2, &index)) {
            made[count++] = (ca_suffix){.text = item->key, .keep = index == 0};
        }
    }
    qsort(made, count, sizeof *made, longer_first);
    binding->suffixes = made;
    binding->suffix_count = count;
    return 0;
}

int ca_binding_mends(ca_map_reader *reader, ca_yaml *node, ca_binding *binding)
{
    read_pad(reader, ca_conf_get(&reader->conf, node, "pad"), binding);
    return read_suffixes(reader, ca_conf_get(&reader->conf, node, "suffix"), binding);
}

/* --- The cells ------------------------------------------------------------------------------ */

ca_text ca_pad_identifier(const ca_op *op, ca_text cell)
{
    size_t length = op->binding->pad;
    if (cell.len >= length) {
        return cell;
    }
    for (size_t i = 0; i < cell.len; i++) {
        if (cell.ptr[i] < '0' || cell.ptr[i] > '9') {
            return cell;
        }
    }
    memset(op->padded, '0', length - cell.len);
    memcpy(op->padded + length - cell.len, cell.ptr, cell.len);
    return (ca_text){op->padded, length};
}

bool ca_take_suffix(const ca_binding *binding, ca_text *cell)
{
    for (size_t i = 0; i < binding->suffix_count; i++) {
        ca_text suffix = binding->suffixes[i].text;
        if (cell->len < suffix.len ||
            memcmp(cell->ptr + cell->len - suffix.len, suffix.ptr, suffix.len) != 0) {
            continue;
        }
        *cell = ca_text_trim((ca_text){cell->ptr, cell->len - suffix.len});
        return binding->suffixes[i].keep;
    }
    return true;
}
