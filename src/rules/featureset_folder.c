/* Finds the feature files of a pack: *.yaml in folders called `features`, and those below them. */
#include <string.h>

#include "rules/feature_parts.h"
#include "rules/rulefile.h"
#include "rules/ruleset_parts.h"

#define FOLDER_DEPTH_MAX 8

typedef struct visit {
    ca_featureset *set;
    ca_disk *disk;
    const char *pack;
    bool replace;
    ca_diags *diags;
    ca_arena *scratch;
} visit;

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name);
    size_t tail = strlen(end);
    return len >= tail && strcmp(name + len - tail, end) == 0;
}

bool ca_is_feature_folder(const char *path)
{
    ca_text text = ca_text_of(path);
    size_t from = 0;
    while (text.len > 1 && text.ptr[text.len - 1] == '/')
        text.len--;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '/')
            from = i + 1;
    return ca_text_is(ca_text_sub(text, from, text.len - from), CA_FEATURES_FOLDER);
}

/* Rules and sets may lie in such a folder, too: a site may call its own so. */
static bool is_other(const char *name)
{
    ca_text id = ca_text_of(name);
    if (!ends_with(name, ".yaml"))
        return true;
    id.len -= 5;
    return ca_rule_id_valid(id) || ca_text_is(id, "sets") || ca_text_is(id, "vocabulary");
}

int ca_is_feature_file(ca_arena *arena, const char *path, bool *ret_is, ca_error *err)
{
    const char *slash = strrchr(path, '/');
    const char *folder = slash == NULL ? "" : ca_arena_cstr(arena, (ca_text){path, (size_t)(slash - path)});
    if (folder == NULL)
        return ca_error_nomem(err);
    *ret_is = ca_is_feature_folder(folder) && !is_other(slash == NULL ? path : slash + 1);
    return 0;
}

static int add_folder(const visit *in, const char *path, bool inside, unsigned depth, ca_error *err);

/* `inside`: the folder is, or lies in, one called `features`. */
static int add_entry(const visit *in, const char *path, const char *name, bool inside, unsigned depth, ca_error *err)
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
    if (inside && !is_other(name))
        return ca_featureset_add_pack_file(in->set, in->disk, in->pack, full, in->replace, in->diags, err);
    if (inside && ends_with(name, ".yml"))
        ca_diag_add(in->diags, CA_DIAG_WARNING, full, 0, 0, "this file is not read: a feature file ends in .yaml");
    return 0;
}

static int add_folder(const visit *in, const char *path, bool inside, unsigned depth, ca_error *err)
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
    const visit in = {set, disk, pack, replace, diags, &scratch};
    bool inside = pack != NULL && ca_is_feature_folder(pack);
    int code = pack == NULL ? ca_error_nomem(err) : add_folder(&in, pack, inside, 0, err);
    if (code == 0 && diags->failed)
        code = ca_error_nomem(err);
    ca_arena_done(&scratch);
    return code;
}
