/* Groups of lines by a key, with weights: a table that is emptied and filled again, for one entity after another. For this room only. */
#ifndef CA_RUN_MEASURE_GROUPS_H
#define CA_RUN_MEASURE_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CA_NO_GROUP UINT32_MAX

/* Zeroed is empty. Members are read only. */
typedef struct ca_group_table {
    uint32_t *slots;              /* a group and one, 0 = free; all are where there is no group */
    size_t slot_count;            /* in use, a power of two; */
    size_t slot_cap;              /* that there are */
    uint64_t *keys;               /* by group */
    int64_t *weights;             /* by group: so many words; 0 behind the last group */
    unsigned words;
    uint32_t count;               /* groups; */
    size_t room;                  /* for so many, before anything has to grow */
    size_t key_cap, weight_cap;   /* keys and words that have room */
    uint64_t last_key;            /* that was asked for last; */
    uint32_t last;                /* its group, CA_NO_GROUP = nobody has asked */
} ca_group_table;

/* `groups`: so many are likely. */
void ca_group_table_clear(ca_group_table *table, unsigned words, size_t groups);
void ca_group_table_done(ca_group_table *table);
/* The group of the key, made with weights of nought when there is none. CA_NO_GROUP: memory ran out, or there are 2^31 of them. */
uint32_t ca_group_table_add(ca_group_table *table, uint64_t key);
uint32_t ca_group_table_find(const ca_group_table *table, uint64_t key);    /* CA_NO_GROUP: there is none */
size_t ca_group_table_bytes(const ca_group_table *table);
/* Of so many tables together. */
size_t ca_group_tables_bytes(const ca_group_table *tables, unsigned count);
void ca_group_tables_done(ca_group_table *tables, unsigned count);

/* Most are asked for again by the next line. */
static inline uint32_t ca_group_table_put(ca_group_table *table, uint64_t key)
{
    bool again = table->last_key == key && table->last != CA_NO_GROUP;
    return again ? table->last : ca_group_table_add(table, key);
}

static inline int64_t *ca_group_weights(const ca_group_table *table, uint32_t group)
{
    return table->weights + (size_t)group * table->words;
}

#endif
