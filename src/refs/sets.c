/* Reads a sets.yaml: definitions first, then the files they name, then everything enters the
 * registry. */
#include "refs/sets.h"

#include <string.h>

#include "base/alloc.h"
#include "conf/shown.h"

#define NAME_MAX 64

ca_ref_source *ca_ref_plan_source(ca_ref_reader *reader, ca_ref_plan *plan)
{
    if (plan->source_count == plan->source_cap) {
        size_t cap = plan->source_cap ? plan->source_cap * 2 : 16;
        ca_ref_source **sources = ca_realloc_array(plan->sources, cap, sizeof *sources);
        if (!sources) {
            reader->failure = CA_NOMEM;
            return NULL;
        }
        plan->sources = sources;
        plan->source_cap = cap;
    }
    ca_ref_source *source = ca_arena_alloc(reader->arena, sizeof *source);
    if (!source) {
        reader->failure = CA_NOMEM;
        return NULL;
    }
    *source = ca_ref_source_default();
    plan->sources[plan->source_count++] = source;
    return source;
}

static bool read_source(ca_ref_reader *reader, ca_yaml *node, const ca_ref_source *like,
                        ca_ref_source_kind *each, ca_ref_plan *plan)
{
    ca_ref_source read = *like;
    bool good = ca_ref_source_read(reader, node, &read);
    good = each(reader, node, &read) && good;
    if (!good) {
        return false;
    }
    int rc = read.set ? ca_codeset_add_file(read.set, read.file, &read.number)
                      : ca_reftable_add_file(read.table, read.file, &read.number);
    if (rc == CA_LIMIT) {
        ca_conf_error(&reader->conf, node, "more than %d sources", CA_REF_FILES_MAX);
        return false;
    }
    ca_ref_source *source = rc == 0 ? ca_ref_plan_source(reader, plan) : NULL;
    if (!source) {
        reader->failure = CA_NOMEM;
        return false;
    }
    *source = read;
    return true;
}

bool ca_ref_sources_read(ca_ref_reader *reader, ca_yaml *node, const ca_ref_source *like,
                         ca_ref_source_kind *each, const char *const *known, ca_ref_plan *plan)
{
    ca_yaml *list = ca_conf_get(&reader->conf, node, "sources");
    if (!list) {
        return read_source(reader, node, like, each, plan);
    }
    if (!ca_conf_is(&reader->conf, list, CA_YAML_SEQUENCE, NULL)) {
        return false;
    }
    bool good = true;
    for (ca_yaml *item = list->child; item; item = item->next) {
        if (!ca_conf_is(&reader->conf, item, CA_YAML_MAPPING, "a source")) {
            good = false;
            continue;
        }
        good = read_source(reader, item, like, each, plan) && good;
        ca_conf_no_others(&reader->conf, item, known);
    }
    if (list->count == 0) {
        ca_conf_error(&reader->conf, list, "'sources' needs at least one source");
        good = false;
    }
    return good;
}

static bool is_name(ca_text text)
{
    if (text.len == 0 || text.len > NAME_MAX || text.ptr[0] < 'a' || text.ptr[0] > 'z') {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_') {
            return false;
        }
    }
    return true;
}

bool ca_ref_name_free(ca_ref_reader *reader, const ca_yaml *node, bool replace)
{
    const ca_codeset *set = ca_refs_set(reader->refs, node->key);
    const ca_reftable *table = ca_refs_table(reader->refs, node->key);
    if (!is_name(node->key)) {
        ca_conf_error_key(&reader->conf, node,
                          "'%s' is no name: a small letter, then small letters, digits and _",
                          ca_shown_of(node->key).text);
        return false;
    }
    if ((set || table) && !replace) {
        ca_conf_error_key(&reader->conf, node, "'%s' is already defined in %s",
                          ca_shown_of(node->key).text, set ? set->defined_in : table->defined_in);
        return false;
    }
    return true;
}

bool ca_ref_bind_read(ca_ref_reader *reader, ca_yaml *node, bool *ret_bind)
{
    static const char *const names[] = {"site"};
    size_t index;
    ca_yaml *item = ca_conf_get(&reader->conf, node, "bind");
    *ret_bind = item != NULL;
    return !item || ca_conf_choice(&reader->conf, item, names, 1, &index);
}

/* --- The file --------------------------------------------------------------------------- */

static void read_half(ca_ref_reader *reader, const char *key, bool replace, ca_ref_plan *plan,
                      void (*define)(ca_ref_reader *, ca_yaml *, bool, ca_ref_plan *))
{
    ca_yaml *node = ca_conf_get(&reader->conf, reader->conf.file->root, key);
    if (!node || !ca_conf_is(&reader->conf, node, CA_YAML_MAPPING, NULL)) {
        return;
    }
    for (ca_yaml *item = node->child; item; item = item->next) {
        if (ca_conf_is(&reader->conf, item, CA_YAML_MAPPING, NULL)) {
            define(reader, item, replace, plan);
        }
    }
}

static size_t count_items(const ca_yaml *root, const char *key)
{
    for (const ca_yaml *item = root->child; item; item = item->next) {
        if (ca_text_is(item->key, key)) {
            return item->count;
        }
    }
    return 0;
}

static bool make_room(ca_ref_reader *reader, ca_ref_plan *plan)
{
    const ca_yaml *root = reader->conf.file->root;
    plan->sets = ca_arena_array(reader->arena, count_items(root, "sets") + 1, sizeof *plan->sets);
    plan->tables =
        ca_arena_array(reader->arena, count_items(root, "tables") + 1, sizeof *plan->tables);
    return plan->sets && plan->tables;
}

/* Also a definition with errors gets its name, so that the rules that read it have no errors of
 * their own. */
static int enter_sets(ca_ref_reader *reader, ca_ref_plan *plan)
{
    int rc = 0;
    while (rc == 0 && plan->set_count > 0) {
        ca_codeset *set = plan->sets[plan->set_count - 1];
        rc = ca_codeset_finish(set, reader->refs->codes);
        if (rc == 0) {
            plan->set_count--;
            rc = ca_refs_put_set(reader->refs, set);
        }
    }
    return rc;
}

static int finish_table(ca_ref_reader *reader, const ca_ref_plan *plan, ca_reftable *table)
{
    const char *paths[CA_REF_FILES_MAX] = {NULL};
    size_t count = table->files.count > 1 ? table->files.count : 2; /* never "one path for all" */
    for (size_t i = 0; i < plan->source_count; i++) {
        if (plan->sources[i]->table == table) {
            paths[plan->sources[i]->number] = plan->sources[i]->path;
        }
    }
    return ca_reftable_finish(table, reader->refs->codes, paths, count, reader->conf.diags);
}

static int enter_tables(ca_ref_reader *reader, ca_ref_plan *plan)
{
    int rc = 0;
    while (rc == 0 && plan->table_count > 0) {
        ca_reftable *table = plan->tables[plan->table_count - 1];
        rc = finish_table(reader, plan, table);
        if (rc == 0) {
            plan->table_count--;
            rc = ca_refs_put_table(reader->refs, table);
        }
    }
    return rc;
}

static void free_plan(ca_ref_plan *plan)
{
    for (size_t i = 0; i < plan->set_count; i++) {
        ca_codeset_done(plan->sets[i]);
        ca_free(plan->sets[i]);
    }
    for (size_t i = 0; i < plan->table_count; i++) {
        ca_reftable_done(plan->tables[i]);
        ca_free(plan->tables[i]);
    }
    ca_free(plan->sources);
}

static int read_root(ca_ref_reader *reader, bool replace, ca_error *err)
{
    static const char *const known[] = {"sets", "tables", NULL};
    ca_ref_plan plan = {0};
    int rc = make_room(reader, &plan) ? 0 : CA_NOMEM;
    if (rc == 0) {
        read_half(reader, "sets", replace, &plan, ca_ref_read_set);
        read_half(reader, "tables", replace, &plan, ca_ref_read_table);
        ca_conf_no_others(&reader->conf, reader->conf.file->root, known);
        rc = reader->failure;
    }
    if (rc == 0) {
        rc = ca_ref_feed(reader, plan.sources, plan.source_count, err);
    }
    if (rc == 0) {
        rc = enter_sets(reader, &plan);
    }
    if (rc == 0) {
        rc = enter_tables(reader, &plan);
    }
    free_plan(&plan);
    return rc == 0 && reader->conf.diags->failed ? CA_NOMEM : rc;
}

int ca_refs_load(ca_refs *refs, const char *path, bool replace, ca_diags *diags, ca_error *err)
{
    ca_arena arena;
    ca_yaml_file file;
    ca_arena_init(&arena);
    int rc = ca_yaml_load(refs->disk, path, &arena, diags, &file, err);
    if (rc) {
        ca_arena_done(&arena);
        return rc;
    }
    const char *slash = strrchr(path, '/');
    ca_text folder = {path, slash ? (size_t)(slash - path) + 1 : 0};
    ca_ref_reader reader = {
        .conf = {&file, diags},
        .refs = refs,
        .arena = &arena,
        .folder = ca_arena_cstr(&arena, folder),
    };
    rc = reader.folder ? 0 : CA_NOMEM;
    if (rc == 0 && ca_conf_root(&reader.conf, "code sets and tables")) {
        rc = read_root(&reader, replace, err);
    }
    ca_arena_done(&arena);
    return rc == CA_NOMEM ? ca_error_nomem(err) : rc;
}
