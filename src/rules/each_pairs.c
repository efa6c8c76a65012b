/* Pairs of a group that rows of `each` match. Members that agree in what the keys of the table read make a class; the table
 * is asked once for two classes, so that a large group costs what its different keys cost, and the pairs that match. */
#include "rules/group_parts.h"

#include <stdlib.h>
#include <string.h>

#define FEW_MEMBERS 16u

/* Members of one side by class: [first[class], first[class + 1]) of `members`. */
typedef struct classes {
    ca_key_columns columns;    /* what the keys read of a member on this side */
    unsigned items[CA_KEY_COLUMNS_MAX];
    bool too_many;             /* more columns than that: every member is a class */
    uint32_t *members;
    uint32_t *first;
    uint32_t count;
} classes;

/* --- What the keys read --------------------------------------------------------------------------- */

static void note_column(classes *of, unsigned column)
{
    of->columns.items = of->items;
    if (ca_key_columns_has(&of->columns, column))
        return;
    of->too_many |= of->columns.count == CA_KEY_COLUMNS_MAX;
    if (!of->too_many)
        of->items[of->columns.count++] = column;
}

/* Bare columns are the same in the whole group, but for the date of the pair, which is that of b. */
static void note_columns(classes *of, const ca_node *node, ca_side side, unsigned date_column)
{
    if (node == NULL)
        return;
    if (node->kind == CA_NODE_COLUMN && (node->side == side || (side == CA_SIDE_B && node->side == CA_SIDE_UNIT)))
        note_column(of, node->column);
    bool dated = (node->table != NULL && ca_reftable_dated(node->table)) || (node->set != NULL && ca_codeset_dated(node->set));
    if (side == CA_SIDE_B && dated && node->on == NULL)
        note_column(of, date_column);
    for (size_t i = 0; i < node->arg_count; i++)
        note_columns(of, node->args[i], side, date_column);
    note_columns(of, node->on, side, date_column);
}

/* --- Classes --------------------------------------------------------------------------------------- */

typedef struct keyed {
    uint64_t hash;
    uint32_t member;
    uint32_t class_first;      /* the class, by its first member */
} keyed;

static int by_hash(const void *left, const void *right)
{
    const keyed *a = left;
    const keyed *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->member > b->member) - (a->member < b->member);
}

static int by_class(const void *left, const void *right)
{
    const keyed *a = left;
    const keyed *b = right;
    if (a->class_first != b->class_first)
        return a->class_first < b->class_first ? -1 : 1;
    return (a->member > b->member) - (a->member < b->member);
}

static bool is_whole(const ca_batch *batch, const ca_key_columns *columns, uint32_t member)
{
    for (size_t i = 0; i < columns->count; i++) {
        if (!ca_batch_has(batch, columns->items[i], member))
            return false;
    }
    return true;
}

/* Hashes of different keys may be equal, and a member without its key is alike to none: then there are more classes than
 * need be. */
static void find_classes(const ca_groups *groups, const classes *of, keyed *items, uint32_t count)
{
    const ca_batch *batch = groups->members.units;
    for (uint32_t i = 0; i < count; i++) {
        bool whole = !of->too_many && is_whole(batch, &of->columns, items[i].member);
        items[i].hash = whole ? ca_key_hash(batch, &of->columns, items[i].member) : items[i].member;
    }
    qsort(items, count, sizeof *items, by_hash);
    for (uint32_t i = 0; i < count; i++) {
        bool same = i > 0 && items[i].hash == items[i - 1].hash && !of->too_many &&
                    is_whole(batch, &of->columns, items[i - 1].member) && is_whole(batch, &of->columns, items[i].member) &&
                    ca_key_equal(batch, &of->columns, items[i - 1].member, items[i].member);
        items[i].class_first = same ? items[i - 1].class_first : items[i].member;
    }
    qsort(items, count, sizeof *items, by_class);
}

static int make_classes(const ca_pairs *pairs, ca_side side, uint32_t from, uint32_t past, classes *ret)
{
    const ca_groups *groups = pairs->groups;
    ca_scratch *scratch = &groups->eval->scratch;
    const uint64_t *away = side == CA_SIDE_A ? pairs->not_a : pairs->not_b;
    keyed *items = ca_scratch_take(scratch, past - from, sizeof *items);
    uint32_t count = 0;
    memset(ret, 0, sizeof *ret);
    ret->members = ca_scratch_take(scratch, past - from, sizeof *ret->members);
    ret->first = ca_scratch_take(scratch, (size_t)(past - from) + 1, sizeof *ret->first);
    if (items == NULL || ret->members == NULL || ret->first == NULL)
        return ca_error_nomem(groups->err);
    ret->columns.items = ret->items;
    note_columns(ret, groups->rule->keys.each, side, groups->members.date_column);
    for (uint32_t member = from; member < past; member++) {
        if (!ca_bit(away, member))
            items[count++] = (keyed){0, member, 0};
    }
    find_classes(groups, ret, items, count);
    for (uint32_t i = 0; i < count; i++) {
        if (i == 0 || items[i].class_first != items[i - 1].class_first)
            ret->first[ret->count++] = i;
        ret->members[i] = items[i].member;
    }
    ret->first[ret->count] = count;
    return 0;
}

/* --- Pairs ------------------------------------------------------------------------------------------ */

static void find_rows(const ca_pairs *pairs, uint32_t a, uint32_t b, ca_each_found *ret)
{
    ca_groups *groups = pairs->groups;
    ca_frame frame = ca_pair_frame(groups, &a, &b);
    ca_view view;
    ca_view_units(&view, groups->eval, &frame, NULL, NULL, groups->err);
    ca_row_at at = {.view = &view, .row = 0};
    ca_each_find(&at, groups->rule, ret);
}

static int add_classes(ca_pairs *pairs, const classes *a, uint32_t i, const classes *b, uint32_t k,
                       const ca_each_found *rows)
{
    int code = 0;
    for (uint32_t x = a->first[i]; code == 0 && x < a->first[i + 1]; x++) {
        for (uint32_t y = b->first[k]; code == 0 && y < b->first[k + 1]; y++) {
            if (a->members[x] != b->members[y])
                code = ca_pairs_add_rows(pairs, a->members[x], b->members[y], 0, rows);
        }
    }
    return code;
}

/* How many pairs there are to judge; stops above `limit`. */
static uint64_t count_pairs(const ca_pairs *pairs, const classes *a, const classes *b, uint64_t limit)
{
    ca_each_found rows;
    uint64_t count = (uint64_t)a->count * b->count;    /* each is a look into the table */
    for (uint32_t i = 0; count <= limit && i < a->count; i++) {
        for (uint32_t k = 0; count <= limit && k < b->count; k++) {
            find_rows(pairs, a->members[a->first[i]], b->members[b->first[k]], &rows);
            uint64_t of_rows = rows.unknown ? 1 : rows.count;
            count += of_rows * (a->first[i + 1] - a->first[i]) * (b->first[k + 1] - b->first[k]);
        }
    }
    return count;
}

static int join_classes(ca_pairs *pairs, uint32_t from, uint32_t past, int64_t most)
{
    classes a, b;
    ca_each_found rows;
    uint64_t limit = (uint64_t)most * (uint64_t)most;
    int code = make_classes(pairs, CA_SIDE_A, from, past, &a);
    code = code ? code : make_classes(pairs, CA_SIDE_B, from, past, &b);
    if (code == 0 && (int64_t)(past - from) > most && count_pairs(pairs, &a, &b, limit) > limit)
        return CA_END;
    for (uint32_t i = 0; code == 0 && i < a.count; i++) {
        for (uint32_t k = 0; code == 0 && k < b.count; k++) {
            find_rows(pairs, a.members[a.first[i]], b.members[b.first[k]], &rows);
            if (rows.unknown || rows.count > 0)
                code = add_classes(pairs, &a, i, &b, k, &rows);
        }
    }
    return code;
}

int ca_pairs_join(ca_pairs *pairs, uint32_t from, uint32_t past, int64_t most)
{
    ca_scratch *scratch = &pairs->groups->eval->scratch;
    if (past - from > FEW_MEMBERS || (int64_t)(past - from) > most) {
        ca_scratch_mark mark = ca_scratch_here(scratch);
        int code = join_classes(pairs, from, past, most);
        ca_scratch_rewind(scratch, mark);
        return code;
    }
    int code = 0;
    for (uint32_t a = from; code == 0 && a < past; a++) {
        for (uint32_t b = from; code == 0 && b < past; b++) {
            if (a != b && ca_pairs_possible(pairs, a, b))
                code = ca_pairs_add(pairs, a, b, 0);
        }
    }
    return code;
}
