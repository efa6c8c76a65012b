/* Making a disk in memory, looking at it from outside, and crashing it. */
#include "support/memdisk.h"

#include <stdlib.h>
#include <string.h>

#include "support/memdisk_inner.h"

memdisk *memdisk_enter(ca_disk *disk)
{
    memdisk *mem = disk->state;
    pthread_mutex_lock(&mem->mutex);
    return mem;
}

/* Gives the disk back and turns an error number into a result. */
int memdisk_leave(memdisk *mem, int errnum, const char *what, const char *path, ca_error *err)
{
    pthread_mutex_unlock(&mem->mutex);
    return errnum ? ca_error_errno(err, what, path, errnum) : 0;
}

/* splitmix64 */
static uint64_t next_random(uint64_t *seed)
{
    uint64_t x = (*seed += UINT64_C(0x9e3779b97f4a7c15));
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* Keeps the first bytes of the unsynced content, over the synced. */
static void tear(memdisk_node *target, uint64_t *seed)
{
    bool changed = target->live.len != target->synced.len ||
                   memcmp(target->live.ptr, target->synced.ptr, target->live.len) != 0;
    size_t kept = changed ? (size_t)(next_random(seed) % (target->live.len + 1)) : 0;
    memdisk_put_bytes(&target->synced, 0, target->live.ptr, kept);
}

memdisk *memdisk_new(void)
{
    memdisk *mem = memdisk_must(calloc(1, sizeof *mem));
    mem->disk = memdisk_functions();
    mem->disk.state = mem;
    pthread_mutex_init(&mem->mutex, NULL);
    mem->space = UINT64_MAX;
    mem->free[0].bytes = UINT64_MAX;
    mem->free_count = 1;
    for (int i = 0; i < 2; i++) {
        memdisk_node *root = memdisk_add_node(mem, true);
        memdisk_set_name(&mem->live, i ? "/" : ".", root);
        memdisk_set_name(&mem->synced, i ? "/" : ".", root);
    }
    return mem;
}

void memdisk_free(memdisk *mem)
{
    if (!mem)
        return;
    memdisk_clear_names(&mem->live);
    memdisk_clear_names(&mem->synced);
    while (mem->nodes) {
        memdisk_node *next = mem->nodes->next;
        free(mem->nodes->live.ptr);
        free(mem->nodes->synced.ptr);
        free(mem->nodes);
        mem->nodes = next;
    }
    pthread_mutex_destroy(&mem->mutex);
    free(mem);
}

ca_disk *memdisk_disk(memdisk *mem)
{
    return &mem->disk;
}

static void put_folders(memdisk *mem, const char *path)
{
    char *folder = memdisk_folder_of(path);
    if (!memdisk_find(&mem->live, folder)) {
        put_folders(mem, folder);
        memdisk_node *made = memdisk_add_node(mem, true);
        memdisk_set_name(&mem->live, folder, made);
        memdisk_set_name(&mem->synced, folder, made);
    }
    free(folder);
}

void memdisk_put(memdisk *mem, const char *path, const void *content, size_t len)
{
    memdisk_enter(&mem->disk);
    char *clean = memdisk_clean_path(path);
    put_folders(mem, clean);
    memdisk_node *target = memdisk_add_node(mem, false);
    memdisk_set_bytes(&target->live, content, len);
    memdisk_set_bytes(&target->synced, content, len);
    memdisk_set_name(&mem->live, clean, target);
    memdisk_set_name(&mem->synced, clean, target);
    free(clean);
    memdisk_leave(mem, 0, NULL, path, NULL);
}

bool memdisk_get(memdisk *mem, const char *path, ca_text *ret_bytes)
{
    memdisk_enter(&mem->disk);
    char *clean = memdisk_clean_path(path);
    memdisk_node *target = memdisk_find(&mem->live, clean);
    bool found = target && !target->is_directory;
    if (found)
        *ret_bytes = (ca_text){target->live.ptr, target->live.len};
    free(clean);
    memdisk_leave(mem, 0, NULL, path, NULL);
    return found;
}

void memdisk_crash(memdisk *mem, uint64_t seed)
{
    memdisk_enter(&mem->disk);
    for (memdisk_node *target = mem->nodes; target; target = target->next) {
        if (seed != 0)
            tear(target, &seed);
        memdisk_set_bytes(&target->live, target->synced.ptr, target->synced.len);
        target->locked = false;
    }
    for (bool again = true; again;) { /* names in folders that were lost are lost, too */
        again = false;
        for (size_t i = mem->synced.count; i-- > 0;) {
            char *folder = memdisk_folder_of(mem->synced.items[i].path);
            if (!memdisk_is_folder(&mem->synced, folder)) {
                memdisk_drop_name(&mem->synced, mem->synced.items[i].path);
                again = true;
            }
            free(folder);
        }
    }
    memdisk_clear_names(&mem->live);
    for (size_t i = 0; i < mem->synced.count; i++)
        memdisk_set_name(&mem->live, mem->synced.items[i].path, mem->synced.items[i].target);
    memset(mem->fail_at, 0, sizeof mem->fail_at);
    mem->boots++;
    memdisk_leave(mem, 0, NULL, "", NULL);
}

void memdisk_fail(memdisk *mem, memdisk_call call, uint64_t n, bool sticky)
{
    memdisk_enter(&mem->disk);
    mem->fail_at[call] = n ? mem->calls[call] + n : 0;
    mem->fail_sticky[call] = sticky;
    memdisk_leave(mem, 0, NULL, "", NULL);
}

void memdisk_set_space(memdisk *mem, uint64_t space)
{
    memdisk_enter(&mem->disk);
    mem->space = space;
    memdisk_leave(mem, 0, NULL, "", NULL);
}

void memdisk_tell_free(memdisk *mem, const char *folder, uint64_t bytes)
{
    size_t at = 0;
    while (at < mem->free_count && strcmp(mem->free[at].folder, folder) != 0)
        at++;
    if (at == sizeof mem->free / sizeof *mem->free || strlen(folder) >= sizeof mem->free[0].folder)
        abort();
    strcpy(mem->free[at].folder, folder);
    mem->free[at].bytes = bytes;
    mem->free_count = at == mem->free_count ? at + 1 : mem->free_count;
}

void memdisk_before(memdisk *mem, memdisk_call call, uint64_t n, void (*act)(void *context),
                    void *context)
{
    mem->act_call = call;
    mem->act_at = mem->calls[call] + n;
    mem->act = act;
    mem->act_context = context;
}

bool memdisk_access(memdisk *mem, const char *path, unsigned *ret_mode, int64_t *ret_group)
{
    memdisk_enter(&mem->disk);
    char *clean = memdisk_clean_path(path);
    memdisk_node *target = memdisk_find(&mem->live, clean);
    if (target) {
        *ret_mode = target->mode;
        *ret_group = target->group;
    }
    free(clean);
    memdisk_leave(mem, 0, NULL, path, NULL);
    return target != NULL;
}

uint64_t memdisk_calls(const memdisk *mem, memdisk_call call)
{
    return mem->calls[call];
}
