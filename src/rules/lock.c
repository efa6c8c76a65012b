/* Reads and writes rules.lock, and holds rules against it. */
#include "rules/lock.h"

#include <string.h>

#include "base/hash.h"
#include "rules/say.h"

#define LOCK_BYTES_MAX (8u << 20)
#define DIGITS         64

static const char remedy[] = "remove the line, and write it anew: claimaudit rules lock FOLDER";

/* --- Reading ---------------------------------------------------------------------------------- */

static bool next_word(ca_text *line, ca_text *ret_word)
{
    *line = ca_text_trim(*line);
    size_t len = 0;
    while (len < line->len && line->ptr[len] != ' ')
        len++;
    *ret_word = ca_text_sub(*line, 0, len);
    *line = ca_text_sub(*line, len, line->len);
    return len > 0;
}

static bool next_hash(ca_text *line, char ret_digits[DIGITS + 1])
{
    ca_text word;
    if (!next_word(line, &word) || word.len != DIGITS)
        return false;
    for (size_t i = 0; i < DIGITS; i++)
        if (memchr("0123456789abcdef", word.ptr[i], 16) == NULL)
            return false;
    memcpy(ret_digits, word.ptr, DIGITS);
    ret_digits[DIGITS] = '\0';
    return true;
}

static bool read_entry(ca_text line, ca_lock_entry *entry)
{
    ca_text version;
    return next_word(&line, &entry->id) && next_word(&line, &version) && ca_text_to_int(version, &entry->version) &&
           entry->version > 0 && next_hash(&line, entry->logic) && next_hash(&line, entry->text) &&
           ca_text_trim(line).len == 0;
}

static bool read_semantics(ca_text line, ca_lock *lock)
{
    ca_text word;
    return lock->semantics.len == 0 && next_word(&line, &word) && ca_text_is(word, "semantics") &&
           next_word(&line, &lock->semantics) && ca_text_trim(line).len == 0;
}

static void read_line(ca_lock *lock, ca_text line, uint32_t number, ca_diags *diags)
{
    ca_lock_entry *entry = &lock->entries[lock->count];
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    line = ca_text_trim(line);
    if (line.len == 0 || line.ptr[0] == '#' || read_semantics(line, lock))
        return;
    if (lock->semantics.len == 0 || !read_entry(line, entry)) {
        ca_diag_add(diags, CA_DIAG_ERROR, lock->path, number, 1, "this is no line of a lock file; %s", remedy);
        return;
    }
    for (size_t i = 0; i < lock->count; i++) {
        if (ca_text_eq(lock->entries[i].id, entry->id)) {
            ca_diag_add(diags, CA_DIAG_ERROR, lock->path, number, 1, "%.*s stands in line %u already; %s",
                        ca_say_len(entry->id), entry->id.ptr, (unsigned)lock->entries[i].line, remedy);
            return;
        }
    }
    entry->line = number;
    lock->count++;
}

static size_t count_lines(ca_text text)
{
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == '\n';
    return count;
}

int ca_lock_load(ca_disk *disk, const char *path, ca_arena *arena, ca_diags *diags, ca_lock *ret_lock, ca_error *err)
{
    ca_file_info info;
    ca_buf bytes;
    ca_text rest;
    ca_text line;
    uint32_t number = 0;
    int code = disk->info(disk, path, &info, err);
    if (code != 0)
        return code;
    ca_buf_init(&bytes);
    ca_lock lock = {.path = ca_arena_cstr(arena, ca_text_of(path))};
    code = ca_disk_read_all(disk, path, LOCK_BYTES_MAX, &bytes, err);
    if (code == 0) {
        lock.entries = ca_arena_array(arena, count_lines(ca_buf_text(&bytes)), sizeof(*lock.entries));
        if (lock.path == NULL || lock.entries == NULL || ca_arena_text(arena, ca_buf_text(&bytes), &rest) != 0)
            code = ca_error_nomem(err);
    }
    ca_buf_done(&bytes);
    if (code != 0)
        return code;
    while (ca_text_next(&rest, '\n', &line))
        read_line(&lock, line, ++number, diags);
    *ret_lock = lock;
    return diags->failed ? ca_error_nomem(err) : 0;
}

const ca_lock_entry *ca_lock_find(const ca_lock *lock, const char *id)
{
    for (size_t i = 0; i < lock->count; i++)
        if (ca_text_is(lock->entries[i].id, id))
            return &lock->entries[i];
    return NULL;
}

/* --- Comparing -------------------------------------------------------------------------------- */

/* A rule or a feature, as a lock sees it. */
typedef struct locked {
    const char *id;
    int64_t version;
    const uint8_t *logic, *text;
    const ca_yaml_file *file;
    const ca_yaml *root;
    bool draft;
    bool of_site;    /* the site says otherwise than the files of the pack: then its logic is the site's */
} locked;

static bool sets_of_site(const ca_refs *refs, ca_codeset *const *sets, size_t set_count, ca_reftable *const *tables,
                         size_t table_count)
{
    for (size_t i = 0; i < set_count; i++)
        if (ca_refs_set_again(refs, ca_text_of(ca_codeset_name(sets[i]))))
            return true;
    for (size_t i = 0; i < table_count; i++)
        if (ca_refs_table_again(refs, ca_text_of(ca_reftable_name(tables[i]))))
            return true;
    return false;
}

static locked of_rule(const ca_ruleset *set, const ca_rule *rule)
{
    bool changed = sets_of_site(set->refs, rule->sets, rule->set_count, rule->tables, rule->table_count);
    for (size_t i = 0; i < rule->parameter_count; i++)
        changed |= rule->parameters[i].overridden;
    return (locked){rule->id, rule->version, rule->logic_hash, rule->text_hash, rule->file, rule->file->root,
                    rule->status == CA_RULE_DRAFT, changed};
}

/* Features share their conditions, and so what these read. */
static locked of_feature(const ca_featureset *set, const ca_feature *feature)
{
    bool changed = sets_of_site(set->base->refs, set->sets, set->set_count, set->tables, set->table_count);
    return (locked){feature->id, feature->version, feature->logic_hash, feature->text_hash, feature->file, feature->root,
                    feature->draft, changed};
}

static void at_version(const locked *item, uint32_t *ret_line, uint32_t *ret_column)
{
    *ret_line = item->root->line;
    *ret_column = item->root->column;
    for (const ca_yaml *key = item->root->child; key != NULL; key = key->next)
        if (ca_text_is(key->key, "version")) {
            *ret_line = key->line;
            *ret_column = key->column;
        }
}

static void say_old(const ca_lock *lock, const ca_lock_entry *entry, const locked *item, ca_diags *diags)
{
    uint32_t line;
    uint32_t column;
    at_version(item, &line, &column);
    ca_diag_add(diags, CA_DIAG_ERROR, item->file->path, line, column,
                "%s is version %lld here, but was version %lld already (%s:%u); write %lld, or %lld where its logic is another",
                item->id, (long long)item->version, (long long)entry->version, lock->path, (unsigned)entry->line,
                (long long)entry->version, (long long)entry->version + 1);
}

/* The folder of a lock file. */
static ca_text folder_of(const ca_lock *lock)
{
    const char *slash = strrchr(lock->path, '/');
    return slash == NULL ? CA_TEXT(".") : (ca_text){lock->path, (size_t)(slash - lock->path)};
}

static void say_changed(const ca_lock *lock, const ca_lock_entry *entry, const locked *item, ca_diags *diags)
{
    ca_text folder = folder_of(lock);
    uint32_t line;
    uint32_t column;
    at_version(item, &line, &column);
    ca_diag_add(diags, CA_DIAG_ERROR, item->file->path, line, column,
                "the logic of %s, or a set it reads, is no longer that of version %lld (%s:%u); write 'version: %lld', then "
                "run: claimaudit rules lock %.*s",
                item->id, (long long)item->version, lock->path, (unsigned)entry->line, (long long)item->version + 1,
                (int)folder.len, folder.ptr);
}

static void say_behind(const ca_lock *lock, const locked *item, ca_diags *diags)
{
    ca_text folder = folder_of(lock);
    ca_diag_add(diags, CA_DIAG_HINT, item->file->path, item->root->line, 1,
                "%s does not have this text of %s yet; run: claimaudit rules lock %.*s", lock->path, item->id,
                (int)folder.len, folder.ptr);
}

static int check(const ca_lock *lock, const locked *item, ca_diags *diags, ca_error *err)
{
    char logic[DIGITS + 1];
    char text[DIGITS + 1];
    const ca_lock_entry *entry = ca_lock_find(lock, item->id);
    if (item->draft || !ca_text_is(lock->semantics, CA_SEMANTICS))
        return 0;
    ca_hex(item->logic, CA_SHA256_SIZE, logic);
    ca_hex(item->text, CA_SHA256_SIZE, text);
    if (entry == NULL)
        say_behind(lock, item, diags);
    else if (item->version < entry->version)
        say_old(lock, entry, item, diags);
    else if (item->version == entry->version && strcmp(logic, entry->logic) != 0 && !item->of_site)
        say_changed(lock, entry, item, diags);
    else if (strcmp(text, entry->text) != 0)
        say_behind(lock, item, diags);
    return diags->failed ? ca_error_nomem(err) : 0;
}

int ca_lock_check(const ca_lock *lock, const ca_ruleset *set, const ca_rule *rule, ca_diags *diags, ca_error *err)
{
    const locked item = of_rule(set, rule);
    return check(lock, &item, diags, err);
}

int ca_lock_check_feature(const ca_lock *lock, const ca_featureset *set, const ca_feature *feature, ca_diags *diags,
                          ca_error *err)
{
    const locked item = of_feature(set, feature);
    return check(lock, &item, diags, err);
}

/* --- All packs -------------------------------------------------------------------------------- */

/* The lock of a pack, else of the folder it lies in; its path is NULL where there is none. */
static int lock_of(const char *pack, ca_disk *disk, ca_arena *arena, ca_diags *diags, ca_lock *ret_lock, ca_error *err)
{
    const char *folders[] = {pack, strcmp(pack, ".") == 0 ? ".." : ca_disk_folder(arena, pack)};
    int code = CA_END;
    *ret_lock = (ca_lock){0};
    for (size_t i = 0; code == CA_END && i < 2; i++) {
        const char *path = folders[i] == NULL ? NULL : ca_arena_printf(arena, "%s/%s", folders[i], CA_LOCK_NAME);
        code = path == NULL ? ca_error_nomem(err) : ca_lock_load(disk, path, arena, diags, ret_lock, err);
    }
    return code == CA_END ? 0 : code;
}

/* Reads the lock of another pack than the last one's. */
static int next_lock(const char **last, const char *pack, ca_disk *disk, ca_arena *arena, ca_diags *diags, ca_lock *lock,
                     ca_error *err)
{
    if (*last != NULL && strcmp(*last, pack) == 0)
        return 0;
    *last = pack;
    return lock_of(pack, disk, arena, diags, lock, err);
}

int ca_locks_check(const ca_ruleset *set, const ca_featureset *features, ca_disk *disk, ca_arena *arena, ca_diags *diags,
                   ca_error *err)
{
    ca_lock lock = {0};
    const char *pack = NULL;
    int code = 0;
    for (size_t i = 0; code == 0 && i < set->count; i++) {
        code = next_lock(&pack, set->rules[i]->pack, disk, arena, diags, &lock, err);
        if (code == 0 && lock.path != NULL)
            code = ca_lock_check(&lock, set, set->rules[i], diags, err);
    }
    for (size_t i = 0; code == 0 && features != NULL && i < features->count; i++) {
        code = next_lock(&pack, features->features[i]->pack, disk, arena, diags, &lock, err);
        if (code == 0 && lock.path != NULL)
            code = ca_lock_check_feature(&lock, features, features->features[i], diags, err);
    }
    return code;
}

/* --- Writing ---------------------------------------------------------------------------------- */

static void print_item(const locked *item, ca_buf *out)
{
    char logic[DIGITS + 1];
    char text[DIGITS + 1];
    ca_hex(item->logic, CA_SHA256_SIZE, logic);
    ca_hex(item->text, CA_SHA256_SIZE, text);
    ca_buf_printf(out, "%s %lld %s %s\n", item->id, (long long)item->version, logic, text);
}

static void print_entry(const ca_lock_entry *entry, ca_buf *out)
{
    ca_buf_add_text(out, entry->id);
    ca_buf_printf(out, " %lld %s %s\n", (long long)entry->version, entry->logic, entry->text);
}

/* What is being written: `at` everything up to this id is. */
typedef struct writing {
    const ca_ruleset *set;
    const ca_featureset *features;
    const ca_lock *old;
    ca_text at;
    ca_buf *out;
} writing;

static bool is_there(const writing *write, ca_text id)
{
    const ca_rule *rule = ca_ruleset_find(write->set, id);
    const ca_feature *feature = write->features == NULL ? NULL : ca_featureset_find(write->features, id);
    return rule != NULL ? rule->status != CA_RULE_DRAFT : feature != NULL && !feature->draft;
}

/* Entries up to `before` that stay as they are: what they lock is gone, or a draft now. All of them without it. */
static void print_kept(writing *write, const char *before)
{
    const ca_lock_entry *least;
    do {
        least = NULL;
        for (size_t i = 0; write->old != NULL && i < write->old->count; i++) {
            const ca_lock_entry *entry = &write->old->entries[i];
            if (!is_there(write, entry->id) && ca_text_cmp(entry->id, write->at) > 0 &&
                (before == NULL || ca_text_cmp(entry->id, ca_text_of(before)) < 0) &&
                (least == NULL || ca_text_cmp(entry->id, least->id) < 0))
                least = entry;
        }
        if (least != NULL) {
            print_entry(least, write->out);
            write->at = least->id;
        }
    } while (least != NULL);
}

static void print_next(writing *write, const locked *item)
{
    print_kept(write, item->id);
    if (item->draft)
        return;
    write->at = ca_text_of(item->id);
    print_item(item, write->out);
}

/* The feature of smallest id above `at`: they are in order of their entities. */
static const ca_feature *next_feature(const writing *write, const ca_feature *last)
{
    const ca_feature *least = NULL;
    for (size_t i = 0; write->features != NULL && i < write->features->count; i++) {
        const ca_feature *feature = write->features->features[i];
        if ((last == NULL || strcmp(feature->id, last->id) > 0) && (least == NULL || strcmp(feature->id, least->id) < 0))
            least = feature;
    }
    return least;
}

/* Ids of rules begin with capitals, those of features with small letters, which come behind. */
int ca_lock_print(const ca_ruleset *set, const ca_featureset *features, const ca_lock *old, ca_buf *out, ca_error *err)
{
    writing write = {set, features, old, CA_TEXT(""), out};
    ca_buf_add_cstr(out, "# Written by claimaudit rules lock: rule or feature, version, hash of its logic, hash of its text.\n"
                         "semantics " CA_SEMANTICS "\n");
    for (size_t i = 0; i < set->count; i++) {
        const locked item = of_rule(set, set->rules[i]);
        print_next(&write, &item);
    }
    for (const ca_feature *feature = next_feature(&write, NULL); feature != NULL; feature = next_feature(&write, feature)) {
        const locked item = of_feature(features, feature);
        print_next(&write, &item);
    }
    print_kept(&write, NULL);
    return out->failed ? ca_error_nomem(err) : 0;
}
