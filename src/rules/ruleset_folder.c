/* Finds the rule files of a folder and those below it, in order of their names. */
#include <string.h>

#include "rules/feature.h"
#include "rules/rulefile.h"
#include "rules/ruleset_parts.h"

#define FOLDER_DEPTH_MAX 8

typedef struct folder {
    ca_ruleset *set;
    ca_disk *disk;
    const char *pack;
    bool replace;
    ca_diags *diags;
    ca_arena *scratch;
} folder;

int ca_ruleset_add_pack_file(ca_ruleset *set, ca_disk *disk, const char *pack, const char *path,
                             bool replace, ca_diags *diags, ca_error *err)
{
    ca_buf bytes;
    ca_buf_init(&bytes);
    int code = ca_disk_read_all(disk, path, CA_RULE_FILE_MAX, &bytes, err);
    if (code == 0)
        code =
            ca_ruleset_add_pack_source(set, pack, path, ca_buf_text(&bytes), replace, diags, err);
    ca_buf_done(&bytes);
    return code;
}

static bool ends_with(ca_text name, const char *end)
{
    size_t len = strlen(end);
    return name.len >= len && ca_text_is(ca_text_sub(name, name.len - len, len), end);
}

typedef enum file_kind { FILE_RULE, FILE_OTHER, FILE_DOUBTFUL } file_kind;

/* US-0101.yaml is a rule; sets.yaml and vocabulary.yaml have their own readers; any other YAML file
 * was perhaps meant to be a rule and would be missed in silence. */
static file_kind kind_of(ca_text name)
{
    if (ends_with(name, ".yaml") && ca_rule_id_valid(ca_text_sub(name, 0, name.len - 5)))
        return FILE_RULE;
    if (ca_text_is(name, "sets.yaml") || ca_text_is(name, "vocabulary.yaml") || name.ptr[0] == '.')
        return FILE_OTHER;
    return ends_with(name, ".yaml") || ends_with(name, ".yml") ? FILE_DOUBTFUL : FILE_OTHER;
}

static int add_folder(const folder *in, const char *path, unsigned depth, ca_error *err);

static int add_entry(const folder *in, const char *path, const char *name, unsigned depth,
                     ca_error *err)
{
    ca_file_info info;
    const char *full = ca_arena_printf(in->scratch, "%s/%s", path, name);
    if (full == NULL)
        return ca_error_nomem(err);
    int code = in->disk->info(in->disk, full, &info, err);
    if (code != 0)
        return code < 0 ? code : 0; /* gone since it was listed */
    if (info.is_directory)
        return name[0] == '.' || strcmp(name, CA_FEATURES_FOLDER) == 0 ? 0 : add_folder(in, full, depth + 1, err);
    switch (kind_of(ca_text_of(name))) {
    case FILE_RULE:
        return ca_ruleset_add_pack_file(in->set, in->disk, in->pack, full, in->replace, in->diags,
                                        err);
    case FILE_DOUBTFUL:
        if (ca_is_feature_folder(path))
            break;
        ca_diag_add(in->diags, CA_DIAG_WARNING, full, 0, 0,
                    "this file is not read: a rule file is called as its rule, as in US-0101.yaml");
        break;
    case FILE_OTHER:
        break;
    }
    return 0;
}

static int add_folder(const folder *in, const char *path, unsigned depth, ca_error *err)
{
    char **names = NULL;
    size_t count = 0;
    if (depth > FOLDER_DEPTH_MAX)
        return ca_error_at(err, CA_LIMIT, path, 0, 0,
                           "the folders of this pack are nested more than %d deep",
                           FOLDER_DEPTH_MAX);
    int code = in->disk->list(in->disk, path, in->scratch, &names, &count, err);
    for (size_t i = 0; code == 0 && i < count; i++)
        code = add_entry(in, path, names[i], depth, err);
    return code;
}

int ca_ruleset_add_folder(ca_ruleset *set, ca_disk *disk, const char *path, bool replace,
                          ca_diags *diags, ca_error *err)
{
    ca_arena scratch;
    ca_arena_init(&scratch);
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    const char *pack = ca_arena_cstr(&set->arena, (ca_text){path, len});
    folder in = {set, disk, pack, replace, diags, &scratch};
    int code = pack == NULL ? ca_error_nomem(err) : add_folder(&in, pack, 0, err);
    if (code == 0 && diags->failed)
        code = ca_error_nomem(err);
    ca_arena_done(&scratch);
    return code;
}
