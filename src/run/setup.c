/* Loads vocabulary, profile, reference data and rule packs in the order in which they need each other. */
#include "run/setup.h"

#include <string.h>

#include "rules/lock.h"

static int join_path(ca_arena *arena, const char *folder, const char *name, const char **ret_path,
                     ca_error *err)
{
    char *path = ca_arena_printf(arena, "%s/%s", folder, name);
    if (!path) {
        return ca_error_nomem(err);
    }
    *ret_path = path;
    return 0;
}

/* A pack is a folder of rules with an optional sets.yaml; a --rules argument may also be one file. */
struct pack {
    const char *path;
    bool is_file;
    bool replace;      /* a site's pack may replace sets and rules of the same name */
    bool only_sets;    /* its rules are not wanted */
    bool only_here;    /* its rules are the only ones wanted */
};

struct packs {
    struct pack *items;
    size_t count;
};

static int load_sets(ca_setup *setup, ca_disk *disk, const struct pack *pack, ca_diags *diags, ca_error *err)
{
    const char *path = NULL;
    ca_file_info info;
    if (pack->is_file) {
        return 0;
    }
    int rc = join_path(setup->arena, pack->path, "sets.yaml", &path, err);
    if (rc == 0) {
        rc = disk->info(disk, path, &info, err);
    }
    if (rc) {
        return rc == CA_END ? 0 : rc;
    }
    return ca_refs_load(setup->refs, path, pack->replace, diags, err);
}

static int load_rules_of(ca_setup *setup, ca_disk *disk, const struct pack *pack, ca_diags *diags, ca_error *err)
{
    bool features = false;
    int rc = pack->is_file ? ca_is_feature_file(setup->arena, pack->path, &features, err) : 0;
    if (rc) {
        return rc;
    }
    if (pack->is_file) {
        return features
                   ? ca_featureset_add_file(setup->features, disk, pack->path, pack->replace, diags, err)
                   : ca_ruleset_add_file(setup->rules, disk, pack->path, pack->replace, diags, err);
    }
    rc = ca_ruleset_add_folder(setup->rules, disk, pack->path, pack->replace, diags, err);
    return rc ? rc : ca_featureset_add_folder(setup->features, disk, pack->path, pack->replace, diags, err);
}

/* The folder whose sets a rule file sees first: its own. */
static int add_own_folder(ca_setup *setup, const ca_setup_options *options, struct packs *packs, ca_error *err)
{
    ca_file_info info;
    const char *path = options->only_from;
    const char *slash = strrchr(path, '/');
    int rc = options->disk->info(options->disk, path, &info, err);
    if (rc) {
        return rc == CA_END ? ca_error_set(err, CA_CONFIG, "there is no rule file or folder '%s'", path) : rc;
    }
    const char *folder = info.is_directory ? path
                         : slash           ? ca_arena_printf(setup->arena, "%.*s", (int)(slash - path), path)
                                           : ".";
    if (!folder) {
        return ca_error_nomem(err);
    }
    packs->items[packs->count++] = (struct pack){.path = *folder ? folder : "/", .replace = true, .only_sets = true};
    packs->items[packs->count++] =
        (struct pack){.path = path, .is_file = !info.is_directory, .replace = true, .only_here = true};
    return 0;
}

static bool is_same_folder(ca_disk *disk, const char *a, const char *b)
{
    ca_file_info of_a, of_b;
    if (strcmp(a, b) == 0) {
        return true;
    }
    return disk->info(disk, a, &of_a, NULL) == 0 && disk->info(disk, b, &of_b, NULL) == 0 && of_a.inode &&
           of_a.inode == of_b.inode;
}

/* The folder of a rule that is tried may be a pack besides: then its sets have their place already. */
static bool is_pack(ca_disk *disk, const struct packs *packs, size_t own)
{
    for (size_t i = 0; i < packs->count; i++) {
        const struct pack *pack = &packs->items[i];
        if (i != own && !pack->only_here && is_same_folder(disk, pack->path, packs->items[own].path)) {
            return true;
        }
    }
    return false;
}

static bool jurisdiction_runs(const ca_setup *setup, const char *name)
{
    return !setup->profile || strcmp(name, "core") == 0 ||
           strcmp(name, setup->profile->jurisdiction) == 0;
}

/* Shipped packs are the sub-folders that are named like a jurisdiction. */
static int list_shipped(ca_setup *setup, const ca_setup_options *options, struct packs *packs, ca_error *err)
{
    for (size_t i = 0; i < setup->vocabulary.jurisdiction_count; i++) {
        const char *name = ca_arena_cstr(setup->arena, setup->vocabulary.jurisdictions[i]);
        const char *path = NULL;
        ca_file_info info;
        int rc = name ? join_path(setup->arena, options->shipped_rules, name, &path, err)
                      : ca_error_nomem(err);
        if (rc == 0) {
            rc = options->disk->info(options->disk, path, &info, err);
        }
        if (rc == CA_END) {
            continue;
        }
        if (rc) {
            return rc;
        }
        if (jurisdiction_runs(setup, name)) {
            packs->items[packs->count++] = (struct pack){.path = path};
        } else {
            setup->packs_left_out[setup->packs_left_out_count++] = name;
        }
    }
    return 0;
}

static int list_site(const ca_setup_options *options, struct packs *packs, ca_error *err)
{
    for (size_t i = 0; i < options->rule_folder_count; i++) {
        const char *path = options->rule_folders[i];
        ca_file_info info;
        int rc = options->disk->info(options->disk, path, &info, err);
        if (rc == CA_END) {
            return ca_error_set(err, CA_CONFIG, "there is no rule folder or file '%s'", path);
        }
        if (rc) {
            return rc;
        }
        packs->items[packs->count++] =
            (struct pack){.path = path, .is_file = !info.is_directory, .replace = true};
    }
    return 0;
}

/* The rule is in some shipped pack, whether that runs with this profile or not. */
static int is_shipped(ca_setup *setup, const ca_setup_options *options, ca_text id, bool *ret_shipped, ca_error *err)
{
    int rc = CA_END;
    for (size_t i = 0; rc == CA_END && i < setup->vocabulary.jurisdiction_count; i++) {
        ca_text pack = setup->vocabulary.jurisdictions[i];
        ca_file_info info;
        const char *path = ca_arena_printf(setup->arena, "%s/%.*s/%.*s.yaml", options->shipped_rules, (int)pack.len,
                                           pack.ptr, (int)id.len, id.ptr);
        rc = path ? options->disk->info(options->disk, path, &info, err) : ca_error_nomem(err);
    }
    *ret_shipped = rc == 0;
    return rc == CA_END ? 0 : rc;
}

/* One site file serves profiles of several jurisdictions: what it says of a shipped rule is no mistake where that is not
 * loaded. */
static int take_changes(ca_setup *setup, const ca_setup_options *options, ca_error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < options->change_count; i++) {
        ca_override said = options->changes[i];
        said.optional = said.optional || (options->only_from && said.line);    /* of some rules only */
        bool no_name = said.rule.len == 0 || memchr(said.rule.ptr, '/', said.rule.len);
        rc = said.optional || no_name ? 0 : is_shipped(setup, options, said.rule, &said.optional, err);
        rc = rc ? rc : ca_ruleset_change(setup->rules, &said, err);
    }
    return rc;
}

/* All sets before all rules: a rule must see the set that a later pack puts in place of a shipped one. */
static int load_rules(ca_setup *setup, const ca_setup_options *options, ca_diags *diags, ca_error *err)
{
    size_t room = setup->vocabulary.jurisdiction_count + options->rule_folder_count + 3;
    struct packs packs = {ca_arena_array(setup->arena, room, sizeof(struct pack)), 0};
    setup->packs_left_out = ca_arena_array(setup->arena, room, sizeof(char *));
    setup->refs = ca_refs_new(&setup->codes, options->disk);
    if (!packs.items || !setup->packs_left_out || !setup->refs) {
        return ca_error_nomem(err);
    }
    int rc = ca_ruleset_new(&setup->schema, &setup->codes, setup->refs, &setup->vocabulary,
                            &setup->rules, err);
    rc = rc ? rc : ca_featureset_new(&setup->schema, &setup->codes, setup->refs, &setup->vocabulary, &setup->features, err);
    rc = rc ? rc : take_changes(setup, options, err);
    if (rc == 0 && !options->only_rules) {
        rc = list_shipped(setup, options, &packs, err);
    }
    if (rc == 0 && options->only_from) {
        rc = add_own_folder(setup, options, &packs, err);
    }
    if (rc == 0) {
        rc = list_site(options, &packs, err);
    }
    for (size_t i = 0; rc == 0 && i < packs.count; i++) {
        bool skip = packs.items[i].only_here ||
                    (packs.items[i].only_sets && is_pack(options->disk, &packs, i));
        rc = skip ? 0 : load_sets(setup, options->disk, &packs.items[i], diags, err);
    }
    for (size_t i = 0; rc == 0 && i < packs.count; i++) {
        bool wanted = !options->only_from || packs.items[i].only_here;
        rc = wanted ? load_rules_of(setup, options->disk, &packs.items[i], diags, err) : 0;
    }
    rc = rc ? rc : ca_ruleset_finish(setup->rules, diags, err);
    /* Who asks for one file or folder does not load the rules that its features may name. */
    rc = rc ? rc : ca_featureset_finish(setup->features, options->only_from ? NULL : setup->rules, diags, err);
    if (rc == 0 && !options->unlocked) {
        rc = ca_locks_check(setup->rules, setup->features, options->disk, setup->arena, diags, err);
    }
    return rc ? rc : ca_setup_note(setup, err);
}

/* A misspelt jurisdiction would leave all its rules out, silently. */
static int check_jurisdiction(ca_setup *setup, ca_diags *diags, ca_error *err)
{
    const ca_vocabulary *vocabulary = &setup->vocabulary;
    const char *known = "";
    for (size_t i = 0; known && i < vocabulary->jurisdiction_count; i++) {
        ca_text name = vocabulary->jurisdictions[i];
        if (ca_text_is(name, setup->profile->jurisdiction)) {
            return 0;
        }
        known = ca_arena_printf(setup->arena, "%s%s%.*s", known, *known ? ", " : "", (int)name.len, name.ptr);
    }
    if (!known) {
        return ca_error_nomem(err);
    }
    ca_diag_add(diags, CA_DIAG_ERROR, setup->profile->path, setup->profile->jurisdiction_line,
                setup->profile->jurisdiction_column, "the vocabulary has no jurisdiction '%s'; it has %s",
                setup->profile->jurisdiction, known);
    return 0;
}

int ca_setup_load(const ca_setup_options *options, ca_arena *arena, ca_diags *diags, ca_setup *setup,
                  ca_error *err)
{
    memset(setup, 0, sizeof *setup);
    setup->arena = arena;
    ca_codes_init(&setup->codes, arena);
    ca_schema_init(&setup->schema);
    const char *path = NULL;
    int rc = join_path(arena, options->shipped_rules, "vocabulary.yaml", &path, err);
    if (rc == 0) {
        rc = ca_vocabulary_load(options->disk, path, &setup->codes, arena, diags,
                                &setup->vocabulary, err);
    }
    if (rc == 0 && options->profile) {
        rc = ca_profile_load(options->disk, options->profile, &setup->codes, arena, diags,
                             &setup->profile, err);
        if (rc == 0 && setup->profile) {
            setup->schema = setup->profile->schema;
        }
    }
    if (rc == 0 && setup->profile) {
        rc = check_jurisdiction(setup, diags, err);
    }
    bool profile_refused = options->profile && !setup->profile;
    if (rc == 0 && !profile_refused) {   /* without its profile a rule's x. fields would look unknown */
        rc = load_rules(setup, options, diags, err);
    }
    if (rc == 0 || rc == CA_CONFIG) {
        int refused = ca_diags_result(diags, rc == 0 ? err : NULL);
        rc = rc ? rc : refused;
    }
    return rc;
}

void ca_setup_done(ca_setup *setup)
{
    ca_featureset_free(setup->features);
    ca_ruleset_free(setup->rules);
    ca_refs_free(setup->refs);
    ca_codes_done(&setup->codes);
}
