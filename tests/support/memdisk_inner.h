/* What the parts of the disk in memory share: nodes with the bytes a reader sees and the bytes a crash
 * leaves, and names, as they are and as they are known to be on disk. */
#ifndef CA_TESTS_MEMDISK_INNER_H
#define CA_TESTS_MEMDISK_INNER_H

#include <pthread.h>

#include "support/memdisk.h"

typedef struct memdisk_bytes {
    char *ptr;
    size_t len;
} memdisk_bytes;

typedef struct memdisk_node {
    struct memdisk_node *next; /* all nodes ever made; freed with the disk */
    uint64_t number;
    bool is_directory;
    bool locked;
    int64_t changed_ns;
    unsigned mode;
    int64_t group;
    memdisk_bytes live;
    memdisk_bytes synced;
} memdisk_node;

typedef struct memdisk_name {
    char *path;
    memdisk_node *target;
} memdisk_name;

typedef struct memdisk_names {
    memdisk_name *items;
    size_t count, cap;
} memdisk_names;

struct memdisk {
    ca_disk disk;
    pthread_mutex_t mutex;
    memdisk_node *nodes;
    memdisk_names live;
    memdisk_names synced;
    uint64_t node_count;
    uint64_t boots; /* raised by a crash: older files are dead */
    uint64_t space;
    uint64_t calls[MEMDISK_CALLS];
    uint64_t fail_at[MEMDISK_CALLS]; /* as a count of calls; 0 = never */
    bool fail_sticky[MEMDISK_CALLS];
    struct {
        char folder[128];
        uint64_t bytes;
    } free[4]; /* the first stands for all other folders */
    size_t free_count;
    memdisk_call act_call;
    uint64_t act_at; /* as a count of calls; 0 = never */
    void (*act)(void *context);
    void *act_context;
};

/* Tree. Paths are clean except for clean_path; what a function returns as char * the caller frees. */
void *memdisk_must(void *ptr);
void memdisk_set_bytes(memdisk_bytes *to, const void *from, size_t len);
void memdisk_put_bytes(memdisk_bytes *to, uint64_t at, const void *from, size_t len);
char *memdisk_clean_path(const char *path);
char *memdisk_folder_of(const char *path);
bool memdisk_stands_in(const char *path, const char *folder);
memdisk_node *memdisk_find(const memdisk_names *list, const char *path);
bool memdisk_is_folder(const memdisk_names *list, const char *path);
void memdisk_drop_name(memdisk_names *list, const char *path);
void memdisk_set_name(memdisk_names *list, const char *path, memdisk_node *target);
void memdisk_clear_names(memdisk_names *list);
memdisk_node *memdisk_add_node(memdisk *mem, bool is_directory);
void memdisk_sync_folder(memdisk *mem, const char *folder);
bool memdisk_is_empty(const memdisk_names *list, const char *folder);
int memdisk_move(memdisk *mem, const char *from, const char *to);

/* The functions of the disk, without `state`. */
ca_disk memdisk_functions(void);
/* Takes the disk for one call, and gives it back, turning an error number into a result. */
memdisk *memdisk_enter(ca_disk *disk);
int memdisk_leave(memdisk *mem, int errnum, const char *what, const char *path, ca_error *err);

#endif
