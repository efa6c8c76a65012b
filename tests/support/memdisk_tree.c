/* The names and nodes of the disk in memory. */
#include "support/memdisk_inner.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *memdisk_must(void *ptr)
{
    if (!ptr) {
        fputs("memdisk: out of memory\n", stderr);
        abort();
    }
    return ptr;
}

void memdisk_set_bytes(memdisk_bytes *to, const void *from, size_t len)
{
    to->ptr = memdisk_must(realloc(to->ptr, len + 1));
    if (len > 0)
        memcpy(to->ptr, from, len);
    to->len = len;
}

void memdisk_put_bytes(memdisk_bytes *to, uint64_t at, const void *from, size_t len)
{
    size_t end = (size_t)at + len;
    if (end > to->len) {
        to->ptr = memdisk_must(realloc(to->ptr, end + 1));
        memset(to->ptr + to->len, 0, end - to->len);
        to->len = end;
    }
    if (len > 0)
        memcpy(to->ptr + at, from, len);
}

/* "./a//b/" is "a/b"; the caller frees. */
char *memdisk_clean_path(const char *path)
{
    char *clean = memdisk_must(malloc(strlen(path) + 2));
    size_t len = 0;
    while (path[0] == '.' && path[1] == '/') {
        path += 2;
        path += strspn(path, "/");
    }
    for (; *path; path++) {
        if (*path != '/' || len == 0 || clean[len - 1] != '/')
            clean[len++] = *path;
    }
    while (len > 1 && clean[len - 1] == '/')
        len--;
    if (len == 0)
        clean[len++] = '.';
    clean[len] = '\0';
    return clean;
}

char *memdisk_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;
    char *folder = memdisk_must(malloc(len + 2));
    memcpy(folder, path, len);
    strcpy(folder + len, len > 0 ? "" : (slash ? "/" : "."));
    return folder;
}

bool memdisk_stands_in(const char *path, const char *folder)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;
    if (strcmp(path, ".") == 0 || strcmp(path, "/") == 0)
        return false;
    if (len == 0)
        return strcmp(folder, slash ? "/" : ".") == 0;
    return strncmp(folder, path, len) == 0 && folder[len] == '\0';
}

static memdisk_name *find_name(const memdisk_names *list, const char *path)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].path, path) == 0)
            return &list->items[i];
    }
    return NULL;
}

memdisk_node *memdisk_find(const memdisk_names *list, const char *path)
{
    memdisk_name *found = find_name(list, path);
    return found ? found->target : NULL;
}

bool memdisk_is_folder(const memdisk_names *list, const char *path)
{
    memdisk_node *found = memdisk_find(list, path);
    return found && found->is_directory;
}

void memdisk_drop_name(memdisk_names *list, const char *path)
{
    memdisk_name *found = find_name(list, path);
    if (!found)
        return;
    free(found->path);
    *found = list->items[--list->count];
}

void memdisk_set_name(memdisk_names *list, const char *path, memdisk_node *target)
{
    memdisk_name *found = find_name(list, path);
    if (found) {
        found->target = target;
        return;
    }
    if (list->count == list->cap) {
        list->cap = list->cap ? list->cap * 2 : 16;
        list->items = memdisk_must(realloc(list->items, list->cap * sizeof *list->items));
    }
    list->items[list->count++] = (memdisk_name){memdisk_must(strdup(path)), target};
}

void memdisk_clear_names(memdisk_names *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i].path);
    free(list->items);
    *list = (memdisk_names){0};
}

memdisk_node *memdisk_add_node(memdisk *mem, bool is_directory)
{
    memdisk_node *made = memdisk_must(calloc(1, sizeof *made));
    made->number = ++mem->node_count;
    made->is_directory = is_directory;
    made->changed_ns = (int64_t)mem->node_count;
    made->mode = is_directory ? 0700 : 0600;
    made->group = 1000;
    memdisk_set_bytes(&made->live, "", 0);
    memdisk_set_bytes(&made->synced, "", 0);
    made->next = mem->nodes;
    mem->nodes = made;
    return made;
}

/* Makes the names in a folder those that a crash leaves. */
void memdisk_sync_folder(memdisk *mem, const char *folder)
{
    for (size_t i = mem->synced.count; i-- > 0;) {
        char *path = mem->synced.items[i].path;
        if (memdisk_stands_in(path, folder) && !find_name(&mem->live, path))
            memdisk_drop_name(&mem->synced, path);
    }
    for (size_t i = 0; i < mem->live.count; i++) {
        if (memdisk_stands_in(mem->live.items[i].path, folder))
            memdisk_set_name(&mem->synced, mem->live.items[i].path, mem->live.items[i].target);
    }
}

bool memdisk_is_empty(const memdisk_names *list, const char *folder)
{
    for (size_t i = 0; i < list->count; i++) {
        if (memdisk_stands_in(list->items[i].path, folder))
            return false;
    }
    return true;
}

/* What stands below a folder goes with it. */
static void move_below(memdisk_names *list, const char *from, const char *to)
{
    size_t len = strlen(from);
    for (size_t i = 0; i < list->count; i++) {
        char *old = list->items[i].path;
        if (strncmp(old, from, len) != 0 || old[len] != '/')
            continue;
        char *moved = memdisk_must(malloc(strlen(to) + strlen(old + len) + 1));
        strcpy(moved, to);
        strcat(moved, old + len);
        list->items[i].path = moved;
        free(old);
    }
}

int memdisk_move(memdisk *mem, const char *from, const char *to)
{
    memdisk_node *target = memdisk_find(&mem->live, from);
    memdisk_node *over = memdisk_find(&mem->live, to);
    char *folder = memdisk_folder_of(to);
    bool in_folder = memdisk_is_folder(&mem->live, folder);
    free(folder);
    if (!target || !in_folder)
        return ENOENT;
    if (target == over)
        return 0;
    if (over && over->is_directory != target->is_directory)
        return over->is_directory ? EISDIR : ENOTDIR;
    if (over && over->is_directory && !memdisk_is_empty(&mem->live, to))
        return ENOTEMPTY;
    memdisk_drop_name(&mem->live, from);
    memdisk_set_name(&mem->live, to, target);
    if (target->is_directory) {
        move_below(&mem->live, from, to);
        move_below(&mem->synced, from, to);
    }
    return 0;
}
