/* Reads the file of a site. */
#include "conf/site.h"

#include <string.h>

#include "conf/shown.h"

#define SITE_FILE_MAX (1u << 20)
#define OTHERS_WRITE  022u

typedef struct site_reader {
    ca_conf conf;
    ca_arena *arena;
    ca_site *site;
    bool nomem;
} site_reader;

/* --- Values ---------------------------------------------------------------------------------- */

/* A value becomes a C string and is shown in messages: it must be one line. */
static bool is_one_line(const site_reader *reader, const ca_yaml *node, ca_text text)
{
    if (text.len > CA_SITE_TEXT) {
        ca_conf_error(&reader->conf, node, "this value is longer than %d bytes", (int)CA_SITE_TEXT);
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7F) {
            ca_conf_error(&reader->conf, node, "a value is one line without control characters");
            return false;
        }
    }
    return true;
}

static void add_value(site_reader *reader, size_t key, const char *text, uint32_t line, uint32_t column)
{
    ca_site *site = reader->site;
    if (text == NULL) {
        reader->nomem = true;
        return;
    }
    site->values[site->count++] = (ca_site_value){key, text, line, column};
}

static void read_value(site_reader *reader, size_t key, const ca_yaml *node)
{
    ca_text text;
    if (ca_conf_text(&reader->conf, node, &text) && is_one_line(reader, node, text))
        add_value(reader, key, ca_arena_cstr(reader->arena, text), node->line, node->column);
}

static void read_switch(site_reader *reader, size_t key, const ca_yaml *node)
{
    bool yes;
    if (ca_conf_bool(&reader->conf, node, &yes))
        add_value(reader, key, yes ? "yes" : "no", node->line, node->column);
}

static bool too_many(const site_reader *reader, const ca_yaml *node, size_t most)
{
    if (node->count <= most)
        return false;
    ca_conf_error_key(&reader->conf, node, "more than %zu items", most);
    return true;
}

static void read_list(site_reader *reader, size_t key, const ca_yaml *node)
{
    if (node->kind == CA_YAML_SCALAR) {
        read_value(reader, key, node);
        return;
    }
    if (!ca_conf_is(&reader->conf, node, CA_YAML_SEQUENCE, NULL) || too_many(reader, node, CA_SITE_ITEMS))
        return;
    for (const ca_yaml *item = node->child; item != NULL; item = item->next)
        read_value(reader, key, item);
}

/* Rules and parameters are joined to RULE.NAME=VALUE: their names must not end too early. */
static bool is_name(const site_reader *reader, const ca_yaml *node, const char *what)
{
    bool good = node->key.len > 0 && node->key.len <= 64;
    for (size_t i = 0; i < node->key.len; i++) {
        char c = node->key.ptr[i];
        good = good && c > ' ' && c != 0x7F && c != '.' && c != '=';
    }
    if (!good)
        ca_conf_error_key(&reader->conf, node, "'%s' is no name of a %s", ca_shown_of(node->key).text, what);
    return good;
}

static void read_parameters(site_reader *reader, size_t key, const ca_yaml *rule)
{
    if (!is_name(reader, rule, "rule") || !ca_conf_is(&reader->conf, rule, CA_YAML_MAPPING, NULL) ||
        too_many(reader, rule, CA_SITE_PARAMETERS))
        return;
    for (const ca_yaml *item = rule->child; item != NULL; item = item->next) {
        ca_text text;
        if (is_name(reader, item, "parameter") && ca_conf_text(&reader->conf, item, &text) &&
            is_one_line(reader, item, text))
            add_value(reader, key,
                      ca_arena_printf(reader->arena, "%.*s.%.*s=%.*s", (int)rule->key.len, rule->key.ptr,
                                      (int)item->key.len, item->key.ptr, (int)text.len, text.ptr),
                      item->key_line, item->key_column);
    }
}

static void read_rules(site_reader *reader, size_t key, const ca_yaml *node)
{
    if (!ca_conf_is(&reader->conf, node, CA_YAML_MAPPING, NULL) || too_many(reader, node, CA_SITE_ITEMS))
        return;
    for (const ca_yaml *rule = node->child; rule != NULL; rule = rule->next)
        read_parameters(reader, key, rule);
}

static void read_key(site_reader *reader, size_t index, const ca_site_key *key)
{
    const ca_yaml *node = ca_conf_get(&reader->conf, reader->conf.file->root, key->name);
    if (node == NULL)
        return;
    switch (key->form) {
    case CA_SITE_VALUE:
        read_value(reader, index, node);
        break;
    case CA_SITE_SWITCH:
        read_switch(reader, index, node);
        break;
    case CA_SITE_LIST:
        read_list(reader, index, node);
        break;
    case CA_SITE_RULES:
        read_rules(reader, index, node);
        break;
    }
}

/* --- The file -------------------------------------------------------------------------------- */

/* Names that are right elsewhere have their own message, because no edit leads from one to the other. */
static void say_other_names(const site_reader *reader, const ca_site_key *keys, size_t key_count)
{
    for (size_t i = 0; i < key_count; i++) {
        const ca_yaml *node =
            keys[i].other_name ? ca_conf_get(&reader->conf, reader->conf.file->root, keys[i].other_name) : NULL;
        if (node != NULL)
            ca_conf_error_key(&reader->conf, node, "unknown key '%s'; did you mean '%s'?", keys[i].other_name,
                              keys[i].name);
    }
}

static size_t count_scalars(const ca_yaml *node)
{
    size_t count = node->kind == CA_YAML_SCALAR ? 1 : 0;
    for (const ca_yaml *item = node->child; item != NULL; item = item->next)
        count += count_scalars(item);
    return count;
}

static int read_root(site_reader *reader, const ca_site_key *keys, size_t key_count)
{
    const char **names = ca_arena_array(reader->arena, key_count + 1, sizeof(*names));
    reader->site->values =
        ca_arena_array(reader->arena, count_scalars(reader->conf.file->root) + 1, sizeof(ca_site_value));
    if (names == NULL || reader->site->values == NULL)
        return CA_NOMEM;
    for (size_t i = 0; i < key_count; i++) {
        names[i] = keys[i].name;
        read_key(reader, i, &keys[i]);
    }
    say_other_names(reader, keys, key_count);
    ca_conf_no_others(&reader->conf, reader->conf.file->root, names);
    return reader->nomem || reader->conf.diags->failed ? CA_NOMEM : 0;
}

int ca_site_parse(const char *path, ca_text source, const ca_site_key *keys, size_t key_count, ca_arena *arena,
                  ca_diags *diags, ca_site *ret_site, ca_error *err)
{
    ca_yaml_file file;
    int rc = ca_yaml_parse(path, source, arena, diags, &file, err);
    if (rc != 0)
        return rc;
    ca_site site = {.path = file.path};
    site_reader reader = {.conf = {&file, diags}, .arena = arena, .site = &site};
    if (file.root != NULL && ca_conf_root(&reader.conf, "settings"))
        rc = read_root(&reader, keys, key_count);
    if (rc != 0)
        return ca_error_nomem(err);
    *ret_site = site;
    return 0;
}

/* The file decides what is audited: who may write it may hide a claim. */
static int check_access(ca_file *file, ca_error *err)
{
    ca_file_info info;
    int rc = file->disk->info_of(file, &info, err);
    if (rc == 0 && (info.mode & OTHERS_WRITE) != 0)
        rc = ca_error_at(err, CA_CONFIG, file->path, 0, 0,
                         "others than its owner may write this file, and it decides what is audited; mend it with "
                         "chmod go-w");
    return rc;
}

int ca_site_load(ca_disk *disk, const char *path, const ca_site_key *keys, size_t key_count, ca_arena *arena,
                 ca_diags *diags, ca_site *ret_site, ca_error *err)
{
    ca_file *file;
    ca_buf bytes;
    int rc = disk->open(disk, path, CA_DISK_READ, &file, err);
    if (rc != 0)
        return rc;
    rc = check_access(file, err);
    disk->close(file, NULL);
    rc = rc != 0 ? rc : ca_disk_read_all(disk, path, SITE_FILE_MAX, &bytes, err);
    if (rc != 0)
        return rc;
    rc = ca_site_parse(path, ca_buf_text(&bytes), keys, key_count, arena, diags, ret_site, err);
    ca_buf_done(&bytes);
    return rc;
}
