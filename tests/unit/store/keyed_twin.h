/* What an exchange by key has to give back, by an obvious way, for its tests. */
#ifndef CA_TESTS_STORE_KEYED_TWIN_H
#define CA_TESTS_STORE_KEYED_TWIN_H

#include "unit/store/keyed_fixture.h"

static inline int order_text(const ca_batch *a, unsigned i, unsigned j, unsigned column)
{
    bool has_i = ca_batch_has(a, column, i), has_j = ca_batch_has(a, column, j);
    if (!has_i || !has_j) {
        return has_j - has_i;
    }
    return ca_text_cmp(ca_batch_text(a, column, i), ca_batch_text(a, column, j));
}

static inline int order_number(const ca_batch *a, unsigned i, unsigned j, unsigned column)
{
    ca_value x = ca_value_of(a, column, i), y = ca_value_of(a, column, j);
    if (!x.present || !y.present) {
        return y.present - x.present;
    }
    int64_t in_x = x.type == CA_TYPE_DATE   ? x.as.date
                   : x.type == CA_TYPE_ENUM ? x.as.choice
                                            : a->columns[column].as.number[i];
    int64_t in_y = y.type == CA_TYPE_DATE   ? y.as.date
                   : y.type == CA_TYPE_ENUM ? y.as.choice
                                            : a->columns[column].as.number[j];
    return (in_x > in_y) - (in_x < in_y);
}

static const fixture *sorting; /* qsort has no context */

static inline int twin_order(const void *left, const void *right)
{
    unsigned i = *(const unsigned *)left, j = *(const unsigned *)right;
    const ca_batch *a = sorting->source;
    uint64_t x = sorting->hash[i], y = sorting->hash[j];
    int order = (x > y) - (x < y);
    for (unsigned k = 0; order == 0 && k < sorting->key_count; k++) {
        order = order_text(a, i, j, sorting->key[k]);
    }
    order = order ? order : order_number(a, i, j, CA_F_SERVICE_DATE);
    order = order ? order : order_number(a, i, j, CA_F_CLAIM_TYPE);
    order = order ? order : order_text(a, i, j, CA_F_CLAIM_ID);
    order = order ? order : order_number(a, i, j, CA_F_LINE_NO);
    order = order ? order : ca_digest_cmp(a->digest[i], a->digest[j]);
    order = order
                ? order
                : (a->origin[i].file > a->origin[j].file) - (a->origin[i].file < a->origin[j].file);
    return order ? order : (i > j) - (i < j); /* rows and offsets ascend in the source */
}

static inline void check_against_twin(const fixture *made, const output *out)
{
    unsigned rows = made->source->rows;
    unsigned *order = calloc(rows + 1, sizeof *order);
    for (unsigned i = 0; i < rows; i++) {
        order[i] = i;
    }
    sorting = made;
    qsort(order, rows, sizeof *order, twin_order);
    ck_assert_uint_eq(out->rows->rows, rows);
    for (unsigned i = 0; i < rows; i++) {
        ck_assert_uint_eq(out->hash[i], made->hash[order[i]]);
        ck_assert_uint_eq(out->uses[i], made->uses ? made->uses[order[i]] : UINT64_MAX);
        ck_assert_msg(
            same_row(out->rows, &made->world.codes, i, made->source, &made->world.codes, order[i]),
            "row %u of %u", i, rows);
    }
    free(order);
}

#endif
