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

/* Did the site say otherwise than the files of the pack? Then its logic is the site's. */
static bool changed_by_site(const ca_ruleset *set, const ca_rule *rule)
{
    for (size_t i = 0; i < rule->parameter_count; i++)
        if (rule->parameters[i].overridden)
            return true;
    for (size_t i = 0; i < rule->set_count; i++)
        if (ca_refs_set_again(set->refs, ca_text_of(ca_codeset_name(rule->sets[i]))))
            return true;
    for (size_t i = 0; i < rule->table_count; i++)
        if (ca_refs_table_again(set->refs, ca_text_of(ca_reftable_name(rule->tables[i]))))
            return true;
    return false;
}

static void at_version(const ca_rule *rule, uint32_t *ret_line, uint32_t *ret_column)
{
    *ret_line = *ret_column = 1;
    for (const ca_yaml *item = rule->file->root->child; item != NULL; item = item->next)
        if (ca_text_is(item->key, "version")) {
            *ret_line = item->line;
            *ret_column = item->column;
        }
}

static void say_old(const ca_lock *lock, const ca_lock_entry *entry, const ca_rule *rule, ca_diags *diags)
{
    uint32_t line;
    uint32_t column;
    at_version(rule, &line, &column);
    ca_diag_add(diags, CA_DIAG_ERROR, rule->file->path, line, column,
                "%s is version %lld here, but was version %lld already (%s:%u); write %lld, or %lld where its logic is another",
                rule->id, (long long)rule->version, (long long)entry->version, lock->path, (unsigned)entry->line,
                (long long)entry->version, (long long)entry->version + 1);
}

/* The folder of a lock file. */
static ca_text folder_of(const ca_lock *lock)
{
    const char *slash = strrchr(lock->path, '/');
    return slash == NULL ? CA_TEXT(".") : (ca_text){lock->path, (size_t)(slash - lock->path)};
}

static void say_changed(const ca_lock *lock, const ca_lock_entry *entry, const ca_rule *rule, ca_diags *diags)
{
    ca_text folder = folder_of(lock);
    uint32_t line;
    uint32_t column;
    at_version(rule, &line, &column);
    ca_diag_add(diags, CA_DIAG_ERROR, rule->file->path, line, column,
                "the logic of %s, or a set it reads, is no longer that of version %lld (%s:%u); write 'version: %lld', then "
                "run: claimaudit rules lock %.*s",
                rule->id, (long long)rule->version, lock->path, (unsigned)entry->line, (long long)rule->version + 1,
                (int)folder.len, folder.ptr);
}

static void say_behind(const ca_lock *lock, const ca_rule *rule, ca_diags *diags)
{
    ca_text folder = folder_of(lock);
    ca_diag_add(diags, CA_DIAG_HINT, rule->file->path, 1, 1,
                "%s does not have this text of %s yet; run: claimaudit rules lock %.*s", lock->path, rule->id,
                (int)folder.len, folder.ptr);
}

int ca_lock_check(const ca_lock *lock, const ca_ruleset *set, const ca_rule *rule, ca_diags *diags, ca_error *err)
{
    char logic[DIGITS + 1];
    char text[DIGITS + 1];
    const ca_lock_entry *entry = ca_lock_find(lock, rule->id);
    if (rule->status == CA_RULE_DRAFT || !ca_text_is(lock->semantics, CA_SEMANTICS))
        return 0;
    ca_hex(rule->logic_hash, sizeof(rule->logic_hash), logic);
    ca_hex(rule->text_hash, sizeof(rule->text_hash), text);
    if (entry == NULL)
        say_behind(lock, rule, diags);
    else if (rule->version < entry->version)
        say_old(lock, entry, rule, diags);
    else if (rule->version == entry->version && strcmp(logic, entry->logic) != 0 && !changed_by_site(set, rule))
        say_changed(lock, entry, rule, diags);
    else if (strcmp(text, entry->text) != 0)
        say_behind(lock, rule, diags);
    return diags->failed ? ca_error_nomem(err) : 0;
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

int ca_locks_check(const ca_ruleset *set, ca_disk *disk, ca_arena *arena, ca_diags *diags, ca_error *err)
{
    ca_lock lock = {0};
    const char *pack = NULL;
    int code = 0;
    for (size_t i = 0; code == 0 && i < set->count; i++) {
        const ca_rule *rule = set->rules[i];
        if (pack == NULL || strcmp(pack, rule->pack) != 0) {
            pack = rule->pack;
            code = lock_of(pack, disk, arena, diags, &lock, err);
        }
        if (code == 0 && lock.path != NULL)
            code = ca_lock_check(&lock, set, rule, diags, err);
    }
    return code;
}

/* --- Writing ---------------------------------------------------------------------------------- */

static void print_rule(const ca_rule *rule, ca_buf *out)
{
    char logic[DIGITS + 1];
    char text[DIGITS + 1];
    ca_hex(rule->logic_hash, sizeof(rule->logic_hash), logic);
    ca_hex(rule->text_hash, sizeof(rule->text_hash), text);
    ca_buf_printf(out, "%s %lld %s %s\n", rule->id, (long long)rule->version, logic, text);
}

static void print_entry(const ca_lock_entry *entry, ca_buf *out)
{
    ca_buf_add_text(out, entry->id);
    ca_buf_printf(out, " %lld %s %s\n", (long long)entry->version, entry->logic, entry->text);
}

/* The entry of smallest id above `after` that stays as it is: its rule is gone, or a draft now. */
static const ca_lock_entry *next_kept(const ca_ruleset *set, const ca_lock *old, ca_text after)
{
    const ca_lock_entry *least = NULL;
    for (size_t i = 0; old != NULL && i < old->count; i++) {
        const ca_lock_entry *entry = &old->entries[i];
        const ca_rule *rule = ca_ruleset_find(set, entry->id);
        bool kept = rule == NULL || rule->status == CA_RULE_DRAFT;
        if (kept && ca_text_cmp(entry->id, after) > 0 && (least == NULL || ca_text_cmp(entry->id, least->id) < 0))
            least = entry;
    }
    return least;
}

int ca_lock_print(const ca_ruleset *set, const ca_lock *old, ca_buf *out, ca_error *err)
{
    const ca_lock_entry *kept = next_kept(set, old, CA_TEXT(""));
    ca_buf_add_cstr(out, "# Written by claimaudit rules lock: rule, version, hash of its logic, hash of its text.\n"
                         "semantics " CA_SEMANTICS "\n");
    for (size_t i = 0; i < set->count; i++) {
        const ca_rule *rule = set->rules[i];
        for (; kept != NULL && ca_text_cmp(kept->id, ca_text_of(rule->id)) < 0; kept = next_kept(set, old, kept->id))
            print_entry(kept, out);
        if (rule->status != CA_RULE_DRAFT)
            print_rule(rule, out);
    }
    for (; kept != NULL; kept = next_kept(set, old, kept->id))
        print_entry(kept, out);
    return out->failed ? ca_error_nomem(err) : 0;
}
