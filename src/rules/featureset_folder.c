/* Finds the feature files of a pack: *.yaml in folders called `features`, and those below them. */
#include <string.h>

#include "rules/feature_parts.h"
#include "rules/rulefile.h"
#include "rules/ruleset_parts.h"

#define FOLDER_DEPTH_MAX 8

typedef struct folder {
    ca_featureset *set;
    ca_disk *disk;
    const char *pack;
    bool replace;
    ca_diags *diags;
    ca_arena *scratch;
} folder;

/* Is one of the folders of the path called so? */
static bool lies_in_features(const char *path)
{
    ca_text rest = ca_text_of(path);
    ca_text part;
    while (ca_text_next(&rest, '/', &part))
        if (ca_text_is(part, CA_FEATURES_FOLDER) && rest.ptr != NULL)
            return true;
    return false;
}

static const char *memrchr_slash(const char *path, size_t len)
{
    while (len > 0 && path[len - 1] != '/')
        len--;
    return len == 0 ? NULL : path + len - 1;
}

bool ca_is_feature_folder(const char *path)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    const char *slash = len == 0 ? NULL : memrchr_slash(path, len);
    ca_text last = slash == NULL ? (ca_text){path, len} : (ca_text){slash + 1, len - (size_t)(slash + 1 - path)};
    return ca_text_is(last, CA_FEATURES_FOLDER) || lies_in_features(path);
}

bool ca_is_feature_file(const char *path)
{
    const char *slash = strrchr(path, '/');
    ca_text name = ca_text_of(slash == NULL ? path : slash + 1);
    bool rule = name.len > 5 && ca_text_is(ca_text_sub(name, name.len - 5, 5), ".yaml") &&
                ca_rule_id_valid(ca_text_sub(name, 0, name.len - 5));
    return !rule && lies_in_features(path);
}

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name);
    size_t tail = strlen(end);
    return len >= tail && strcmp(name + len - tail, end) == 0;
}

static int add_folder(const folder *in, const char *path, bool inside, unsigned depth, ca_error *err);

/* `inside`: the folder is, or lies in, one called `features`. */
static int add_entry(const folder *in, const char *path, const char *name, bool inside, unsigned depth, ca_error *err)
{
    ca_file_info info;
    const char *full = ca_arena_printf(in->scratch, "%s/%s", path, name);
    if (full == NULL)
        return ca_error_nomem(err);
    if (name[0] == '.')
        return 0;
    int code = in->disk->info(in->disk, full, &info, err);
    if (code != 0)
        return code < 0 ? code : 0; /* gone since it was listed */
    if (info.is_directory)
        return add_folder(in, full, inside || strcmp(name, CA_FEATURES_FOLDER) == 0, depth + 1, err);
    if (inside && ends_with(name, ".yaml"))
        return ca_featureset_add_pack_file(in->set, in->disk, in->pack, full, in->replace, in->diags, err);
    if (inside && ends_with(name, ".yml"))
        ca_diag_add(in->diags, CA_DIAG_WARNING, full, 0, 0, "this file is not read: a feature file ends in .yaml");
    return 0;
}

static int add_folder(const folder *in, const char *path, bool inside, unsigned depth, ca_error *err)
{
    char **names = NULL;
    size_t count = 0;
    if (depth > FOLDER_DEPTH_MAX)
        return ca_error_at(err, CA_LIMIT, path, 0, 0, "the folders of this pack are nested more than %d deep",
                           FOLDER_DEPTH_MAX);
    int code = in->disk->list(in->disk, path, in->scratch, &names, &count, err);
    for (size_t i = 0; code == 0 && i < count; i++)
        code = add_entry(in, path, names[i], inside, depth, err);
    return code;
}

int ca_featureset_add_folder(ca_featureset *set, ca_disk *disk, const char *path, bool replace, ca_diags *diags,
                             ca_error *err)
{
    ca_arena scratch;
    ca_arena_init(&scratch);
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    const char *pack = ca_arena_cstr(&set->base->arena, (ca_text){path, len});
    const folder in = {set, disk, pack, replace, diags, &scratch};
    bool inside = pack != NULL && ca_is_feature_folder(pack);
    int code = pack == NULL ? ca_error_nomem(err) : add_folder(&in, pack, inside, 0, err);
    if (code == 0 && diags->failed)
        code = ca_error_nomem(err);
    ca_arena_done(&scratch);
    return code;
}
