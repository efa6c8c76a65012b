/* Reads rules/vocabulary.yaml: the code systems, and the closed lists that rule files draw on. */
#include <stdio.h>
#include <string.h>

#include "conf/shown.h"
#include "refs/refs.h"

#define NAME_MAX 64

/* Names that may stand in expressions and file names. */
static bool is_name(ca_text text)
{
    if (text.len == 0 || text.len > NAME_MAX || text.ptr[0] < 'a' || text.ptr[0] > 'z') {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '-') {
            return false;
        }
    }
    return true;
}

static bool read_name(const ca_conf *conf, const ca_yaml *node, ca_text text,
                      char ret_name[NAME_MAX + 1])
{
    if (!is_name(text)) {
        bool in_key = text.ptr == node->key.ptr;
        (in_key ? ca_conf_error_key : ca_conf_error)(
            conf, node, "'%s' is no name: a small letter, then small letters, digits, _ and -",
            ca_shown_of(text).text);
        return false;
    }
    memcpy(ret_name, text.ptr, text.len);
    ret_name[text.len] = '\0';
    return true;
}

static bool read_strip(const ca_conf *conf, const ca_yaml *node, ca_system *system)
{
    ca_text text;
    if (!ca_conf_text(conf, node, &text)) {
        return false;
    }
    if (text.len >= sizeof system->strip) {
        ca_conf_error(conf, node, "'strip' takes at most %zu characters", sizeof system->strip - 1);
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] < ' ' || (unsigned char)text.ptr[i] > '~') {
            ca_conf_error(conf, node, "'strip' takes only printable ASCII characters");
            return false;
        }
    }
    memcpy(system->strip, text.ptr, text.len);
    system->strip[text.len] = '\0';
    return true;
}

static bool read_forms(const ca_conf *conf, ca_yaml *node, ca_system *system)
{
    static const char *const cases[] = {"keep", "upper"};
    bool good = true;
    ca_yaml *item = ca_conf_get(conf, node, "case");
    if (item) {
        size_t index = 0;
        good = ca_conf_choice(conf, item, cases, 2, &index);
        system->upper = index == 1;
    }
    item = ca_conf_get(conf, node, "strip");
    if (item) {
        good = read_strip(conf, item, system) && good;
    }
    item = ca_conf_get(conf, node, "pad");
    if (item) {
        int64_t pad = 0;
        good = ca_conf_int(conf, item, 1, CA_CODE_MAX, &pad) && good;
        system->pad_to = (unsigned)pad;
    }
    return good;
}

static void read_system(const ca_conf *conf, ca_yaml *node, ca_codes *codes)
{
    static const char *const known[] = {"family", "case", "strip", "pad", NULL};
    char name[NAME_MAX + 1];
    char family[NAME_MAX + 1];
    ca_system system = {.name = name, .family = family};
    ca_text family_text;
    ca_error err;
    uint8_t number;
    if (!ca_conf_is(conf, node, CA_YAML_MAPPING, NULL)) {
        return;
    }
    bool good = read_name(conf, node, node->key, name);
    ca_yaml *item = ca_conf_need(conf, node, "family");
    good = ca_conf_text(conf, item, &family_text) && read_name(conf, item, family_text, family) &&
           good;
    good = read_forms(conf, node, &system) && good;
    ca_conf_no_others(conf, node, known);
    if (!good) {
        return;
    }
    int rc = ca_codes_add_system(codes, &system, &number, &err);
    if (rc == CA_NOMEM) {
        conf->diags->failed = 1;
    } else if (rc) {
        ca_conf_error_key(conf, node, "%s", err.text);
    }
}

void ca_vocabulary_systems(const ca_conf *conf, ca_yaml *systems, ca_codes *codes)
{
    if (!ca_conf_is(conf, systems, CA_YAML_MAPPING, "'systems'")) {
        return;
    }
    for (ca_yaml *item = systems->child; item; item = item->next) {
        read_system(conf, item, codes);
    }
}

static void read_list(const ca_conf *conf, ca_yaml *root, const char *key, ca_arena *arena,
                      ca_text **ret_items, size_t *ret_count)
{
    char name[NAME_MAX + 1];
    ca_yaml *node = ca_conf_need(conf, root, key);
    if (!ca_conf_is(conf, node, CA_YAML_SEQUENCE, NULL) ||
        !ca_conf_list(conf, node, arena, ret_items, ret_count)) {
        return;
    }
    const ca_yaml *item = node->child;
    for (size_t i = 0; i < *ret_count; i++, item = item->next) {
        if (!read_name(conf, item, (*ret_items)[i], name)) {
            continue;
        }
        for (size_t k = 0; k < i; k++) {
            if (ca_text_eq((*ret_items)[i], (*ret_items)[k])) {
                ca_conf_error(conf, item, "'%s' is listed twice", name);
                break;
            }
        }
    }
    if (*ret_count == 0) {
        ca_conf_error(conf, node, "'%s' needs at least one name", key);
    }
}

int ca_vocabulary_load(ca_disk *disk, const char *path, ca_codes *codes, ca_arena *arena,
                       ca_diags *diags, ca_vocabulary *ret_vocabulary, ca_error *err)
{
    static const char *const known[] = {"systems", "severities", "categories", "jurisdictions",
                                        NULL};
    ca_yaml_file file;
    ca_vocabulary vocabulary = {0};
    int rc = ca_yaml_load(disk, path, arena, diags, &file, err);
    if (rc) {
        return rc;
    }
    ca_conf conf = {&file, diags};
    if (ca_conf_root(&conf, "the vocabulary of rules")) {
        ca_vocabulary_systems(&conf, ca_conf_need(&conf, file.root, "systems"), codes);
        read_list(&conf, file.root, "severities", arena, &vocabulary.severities,
                  &vocabulary.severity_count);
        read_list(&conf, file.root, "categories", arena, &vocabulary.categories,
                  &vocabulary.category_count);
        read_list(&conf, file.root, "jurisdictions", arena, &vocabulary.jurisdictions,
                  &vocabulary.jurisdiction_count);
        ca_conf_no_others(&conf, file.root, known);
    }
    if (diags->failed) {
        return ca_error_nomem(err);
    }
    *ret_vocabulary = vocabulary;
    return 0;
}
