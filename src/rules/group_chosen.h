/* Rows on their way to being members: shared by the files that choose them and bring them together. */
#ifndef CA_RULES_GROUP_CHOSEN_H
#define CA_RULES_GROUP_CHOSEN_H

#include "rules/group_parts.h"

typedef struct ca_chosen {
    ca_frame frame;            /* of the rows: lines, or claims */
    uint64_t *taken;           /* bit by row: a member */
    uint64_t *doubtful;        /* bit by row */
    uint32_t *slots;           /* by doubtful row */
    const uint32_t *order;     /* rows in the total order; NULL = as they stand */
    ca_date *dates[2];         /* by row */
    uint32_t *rows;            /* members by key, then order */
    uint64_t *hashes;          /* by member */
    uint32_t *table_rows;      /* by member; NULL = the rule has no `each` that parts members */
    uint32_t count, cap;
} ca_chosen;

/* group_members.c: live lines by `where`; those that it cannot decide become units by themselves, or doubtful members. */
int ca_choose_lines(const ca_groups *groups, ca_chosen *ret);
int ca_settle_doubts(const ca_groups *groups, ca_chosen *rows);
/* Rows with whole keys; each of the others is a unit by itself, that cannot be judged. */
int ca_keep_keyed(const ca_groups *groups, ca_chosen *rows);
/* Where units are two members: one that is alone in its group passes. */
int ca_drop_single(const ca_groups *groups, ca_chosen *rows);

/* --- group_sort.c --------------------------------------------------------------------------------- */

/* Items 0 to count - 1 with their hashes; those that are alike have the same one. */
typedef struct ca_likes {
    const uint64_t *hashes;
    uint32_t count;
    bool (*alike)(const void *context, uint32_t a, uint32_t b);
    const void *context;
} ca_likes;

/* Items that are alike side by side, in their order; classes by their first item. (*ret_first)[classes] = count. */
int ca_likes_sort(ca_scratch *scratch, const ca_likes *likes, uint32_t **ret_order, uint32_t **ret_first,
                  uint32_t *ret_classes);

#endif
