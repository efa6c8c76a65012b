/* A set of features: adds files one by one, lets a later pack replace an earlier one's, and ends sorted by entity. */
#include <string.h>

#include "base/alloc.h"
#include "rules/feature_parts.h"
#include "rules/ruleset_parts.h"
#include "rules/say.h"

int ca_featureset_new(const ca_schema *schema, ca_codes *codes, ca_refs *refs, const ca_vocabulary *vocabulary,
                      ca_featureset **ret_set, ca_error *err)
{
    ca_featureset *set = ca_alloc_zero(1, sizeof(*set));
    if (set == NULL)
        return ca_error_nomem(err);
    int code = ca_ruleset_new(schema, codes, refs, vocabulary, &set->base, err);
    if (code != 0) {
        ca_free(set);
        return code;
    }
    *ret_set = set;
    return 0;
}

void ca_featureset_free(ca_featureset *set)
{
    if (set == NULL)
        return;
    ca_free(set->features);
    ca_free(set->conditions);
    ca_free(set->numbers);
    ca_free(set->keys);
    ca_free(set->tallies);
    ca_ruleset_free(set->base);
    ca_free(set);
}

/* --- Adding ------------------------------------------------------------------------------------- */

static void say_twice(const ca_feature *feature, const ca_feature *earlier, ca_diags *diags)
{
    uint32_t line = 0;
    const ca_yaml *at = feature->root;
    for (const ca_yaml *item = at->child; item != NULL; item = item->next)
        if (ca_text_is(item->key, "feature"))
            at = item;
    for (const ca_yaml *item = earlier->root->child; item != NULL; item = item->next)
        if (ca_text_is(item->key, "feature"))
            line = item->line;
    ca_diag_add(diags, CA_DIAG_ERROR, feature->file->path, at->line, at->column,
                "the feature %s is already defined in %s:%u", feature->id, earlier->file->path, (unsigned)line);
}

static int join(ca_featureset *set, ca_feature *feature, bool replace, ca_diags *diags, ca_error *err)
{
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->features[i]->id, feature->id) != 0)
            continue;
        if (!replace || set->features[i]->pack == feature->pack)
            say_twice(feature, set->features[i], diags);
        else
            set->features[i] = feature;
        return 0;
    }
    if (set->count >= CA_FEATURES_MAX)
        return ca_error_set(err, CA_LIMIT, "more than %d features are loaded; use fewer packs", CA_FEATURES_MAX);
    ca_feature **features = ca_ruleset_room(set->features, set->count, sizeof(ca_feature *));
    if (features == NULL)
        return ca_error_nomem(err);
    set->features = features;
    set->features[set->count++] = feature;
    return 0;
}

static int add_one(ca_featureset *set, const ca_yaml_file *file, ca_yaml *root, const char *pack, bool replace,
                   ca_diags *diags, ca_error *err)
{
    ca_feature *feature = NULL;
    int code = ca_feature_read(set, file, root, pack, diags, &feature, err);
    return code == 0 && feature != NULL ? join(set, feature, replace, diags, err) : code;
}

/* A file holds the keys of one feature, or a list of features. */
static int add_tree(ca_featureset *set, ca_yaml_file *file, const char *pack, bool replace, ca_diags *diags, ca_error *err)
{
    static const char *const keys[] = {"features", NULL};
    const ca_conf conf = {file, diags};
    int code = 0;
    if (!ca_conf_root(&conf, "a feature, or a list of them"))
        return diags->failed ? ca_error_nomem(err) : 0;
    ca_yaml *list = ca_conf_get(&conf, file->root, "features");
    if (list == NULL)
        return add_one(set, file, file->root, pack, replace, diags, err);
    ca_conf_no_others(&conf, file->root, keys);
    if (!ca_conf_is(&conf, list, CA_YAML_SEQUENCE, NULL))
        return diags->failed ? ca_error_nomem(err) : 0;
    for (ca_yaml *item = list->child; item != NULL && code == 0; item = item->next)
        if (ca_conf_is(&conf, item, CA_YAML_MAPPING, "a feature"))
            code = add_one(set, file, item, pack, replace, diags, err);
    return code == 0 && diags->failed ? ca_error_nomem(err) : code;
}

static int add_source(ca_featureset *set, const char *pack, const char *path, ca_text source, bool replace, ca_diags *diags,
                      ca_error *err)
{
    ca_yaml_file *file = ca_arena_alloc(&set->base->arena, sizeof(*file));
    if (file == NULL)
        return ca_error_nomem(err);
    int code = ca_yaml_parse(path, source, &set->base->arena, diags, file, err);
    return code == 0 ? add_tree(set, file, pack, replace, diags, err) : code;
}

int ca_featureset_add_pack_file(ca_featureset *set, ca_disk *disk, const char *pack, const char *path, bool replace,
                                ca_diags *diags, ca_error *err)
{
    ca_buf bytes;
    ca_buf_init(&bytes);
    int code = ca_disk_read_all(disk, path, CA_RULE_FILE_MAX, &bytes, err);
    if (code == 0)
        code = add_source(set, pack, path, ca_buf_text(&bytes), replace, diags, err);
    ca_buf_done(&bytes);
    return code;
}

/* The folder of a path, "." for a bare name. Each call is a pack of its own. */
static const char *folder_of(ca_featureset *set, const char *path)
{
    const char *slash = strrchr(path, '/');
    return ca_arena_cstr(&set->base->arena, slash == NULL ? CA_TEXT(".") : (ca_text){path, (size_t)(slash - path)});
}

int ca_featureset_add_source(ca_featureset *set, const char *path, ca_text source, bool replace, ca_diags *diags,
                             ca_error *err)
{
    const char *pack = folder_of(set, path);
    return pack == NULL ? ca_error_nomem(err) : add_source(set, pack, path, source, replace, diags, err);
}

int ca_featureset_add_file(ca_featureset *set, ca_disk *disk, const char *path, bool replace, ca_diags *diags, ca_error *err)
{
    const char *pack = folder_of(set, path);
    return pack == NULL ? ca_error_nomem(err) : ca_featureset_add_pack_file(set, disk, pack, path, replace, diags, err);
}

/* --- Finishing ---------------------------------------------------------------------------------- */

static bool comes_before(const ca_feature *a, const ca_feature *b)
{
    if (a->entity != b->entity)
        return a->entity < b->entity;
    return a->draft != b->draft ? b->draft : strcmp(a->id, b->id) < 0;
}

static void sort(ca_featureset *set)
{
    for (size_t i = 1; i < set->count; i++) {
        ca_feature *feature = set->features[i];
        size_t k = i;
        for (; k > 0 && comes_before(feature, set->features[k - 1]); k--)
            set->features[k] = set->features[k - 1];
        set->features[k] = feature;
    }
    memset(set->active, 0, sizeof(set->active));
    for (unsigned entity = 0, at = 0; entity <= CA_ENTITIES; entity++) {
        set->first[entity] = at;
        for (; at < set->count && set->features[at]->entity == (ca_entity)entity; at++)
            set->active[entity] += !set->features[at]->draft;
    }
}

/* Two that measure alike count the same evidence twice. */
static void check_twins(const ca_featureset *set, ca_diags *diags)
{
    for (size_t i = 0; i < set->count; i++) {
        const ca_feature *feature = set->features[i];
        for (size_t k = 0; k < i && !feature->draft; k++) {
            const ca_feature *other = set->features[k];
            if (other->draft || memcmp(feature->logic_hash, other->logic_hash, sizeof(feature->logic_hash)) != 0)
                continue;
            ca_diag_add(diags, CA_DIAG_WARNING, feature->file->path, feature->root->line, feature->root->column,
                        "%s measures exactly what %s does; leave one of them out", feature->id, other->id);
            break;
        }
    }
}

int ca_featureset_finish(ca_featureset *set, const ca_ruleset *rules, ca_diags *diags, ca_error *err)
{
    sort(set);
    int code = ca_featureset_collect(set, rules, diags, err);
    code = code == 0 ? ca_featureset_hash(set, err) : code;
    if (code == 0)
        check_twins(set, diags);
    return code == 0 && diags->failed ? ca_error_nomem(err) : code;
}

const ca_feature *ca_featureset_find(const ca_featureset *set, ca_text id)
{
    for (size_t i = 0; i < set->count; i++)
        if (ca_text_is(id, set->features[i]->id))
            return set->features[i];
    return NULL;
}
