/* The order in which lines are handed out: by hash, then by the columns of the key and of the total
 * order, digest and place. Nothing in it depends on ids or on who wrote a line. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "store/keyed_inside.h"
#include "store/record_sort.h"

#define FEW       12 /* rows: up to so many are put in their places one by one */
#define KEY_CODES 64 /* codes of a list that are compared; a code list of a line has fewer */

static int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_unsigned(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* --- Values --------------------------------------------------------------------------------- */

static int compare_codes(const ca_codes *codes, uint32_t a, uint32_t b)
{
    if (a == b) {
        return 0;
    }
    int order = strcmp(codes->systems[ca_codes_system_of(codes, a)].name,
                       codes->systems[ca_codes_system_of(codes, b)].name);
    return order ? order : ca_text_cmp(ca_codes_text(codes, a), ca_codes_text(codes, b));
}

static int compare_intervals(const ca_interval *a, const ca_interval *b)
{
    int order = compare_numbers(a->from, b->from);
    return order ? order : compare_numbers(a->to, b->to);
}

/* The codes of a list as a set: in order, each once. */
static uint32_t as_set(const ca_codes *codes, const ca_batch *batch, ca_slice list, uint32_t *ids)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < list.len && count < KEY_CODES; i++) {
        uint32_t id = batch->list_codes[list.from + i];
        uint32_t at = count;
        while (at > 0 && compare_codes(codes, id, ids[at - 1]) < 0) {
            at--;
        }
        if (at > 0 && ids[at - 1] == id) {
            continue;
        }
        memmove(ids + at + 1, ids + at, (count - at) * sizeof *ids);
        ids[at] = id;
        count++;
    }
    return count;
}

/* Lists of a key agree as sets. */
static int compare_sets(const ca_codes *codes, const ca_batch *a, ca_slice in_a, const ca_batch *b,
                        ca_slice in_b)
{
    uint32_t of_a[KEY_CODES + 1];
    uint32_t of_b[KEY_CODES + 1];
    uint32_t count_a = as_set(codes, a, in_a, of_a);
    uint32_t count_b = as_set(codes, b, in_b, of_b);
    int order = 0;
    for (uint32_t i = 0; order == 0 && i < count_a && i < count_b; i++) {
        order = compare_codes(codes, of_a[i], of_b[i]);
    }
    return order ? order : compare_numbers(count_a, count_b);
}

static int compare_interval_lists(const ca_batch *a, ca_slice in_a, const ca_batch *b,
                                  ca_slice in_b)
{
    int order = 0;
    for (uint32_t i = 0; order == 0 && i < in_a.len && i < in_b.len; i++) {
        order = compare_intervals(&a->intervals[in_a.from + i], &b->intervals[in_b.from + i]);
    }
    return order ? order : compare_numbers(in_a.len, in_b.len);
}

static int compare_texts(const ca_batch *a, ca_slice in_a, const ca_batch *b, ca_slice in_b)
{
    if (in_a.len == in_b.len && ca_same_few(a->bytes + in_a.from, b->bytes + in_b.from, in_a.len)) {
        return 0; /* most often: lines of one key, and of one claim */
    }
    return ca_text_cmp((ca_text){a->bytes + in_a.from, in_a.len},
                       (ca_text){b->bytes + in_b.from, in_b.len});
}

static int compare_values(const ca_keyed *keyed, const ca_keyed_column *of, const ca_batch *a,
                          unsigned row_a, const ca_batch *b, unsigned row_b)
{
    const ca_column *in_a = &a->columns[of->column];
    const ca_column *in_b = &b->columns[of->column];
    bool has_a = ca_bit(in_a->present, row_a);
    bool has_b = ca_bit(in_b->present, row_b);
    if (!has_a || !has_b) {
        return has_b - has_a; /* missing last */
    }
    switch (of->type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        return compare_numbers(in_a->as.number[row_a], in_b->as.number[row_b]);
    case CA_TYPE_DATE:
        return compare_numbers(in_a->as.date[row_a], in_b->as.date[row_b]);
    case CA_TYPE_ENUM:
        return compare_numbers(in_a->as.choice[row_a], in_b->as.choice[row_b]);
    case CA_TYPE_CODE:
        return compare_codes(keyed->plan.codes, in_a->as.code[row_a], in_b->as.code[row_b]);
    case CA_TYPE_CODES:
        return compare_sets(keyed->plan.codes, a, in_a->as.slice[row_a], b, in_b->as.slice[row_b]);
    case CA_TYPE_INTERVALS:
        return compare_interval_lists(a, in_a->as.slice[row_a], b, in_b->as.slice[row_b]);
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        break;
    }
    return compare_texts(a, in_a->as.slice[row_a], b, in_b->as.slice[row_b]);
}

static int compare_origins(const ca_origin *a, const ca_origin *b)
{
    int order = compare_unsigned(a->file, b->file);
    order = order ? order : compare_unsigned(a->row, b->row);
    return order ? order : compare_unsigned(a->offset, b->offset);
}

int ca_keyed_compare(const ca_keyed *keyed, const ca_batch *a, unsigned row_a, const ca_batch *b,
                     unsigned row_b, unsigned from)
{
    for (unsigned i = from; i < keyed->key_count + CA_KEYED_ORDER; i++) {
        int order = compare_values(keyed, &keyed->order[i], a, row_a, b, row_b);
        if (order) {
            return order;
        }
    }
    int order = ca_digest_cmp(a->digest[row_a], b->digest[row_b]);
    return order ? order : compare_origins(&a->origin[row_a], &b->origin[row_b]);
}

/* --- Sorting -------------------------------------------------------------------------------- */

/* Scratch for one batch: rows in order, as many beside them, and words that tell what decides most often. */
struct sorting {
    const ca_keyed *keyed;
    const ca_batch *batch;
    uint32_t *order, *other;
    uint64_t *words, *more_words;
    unsigned from; /* columns before this one are equal in the run being sorted */
};

/* Bits of a word: service_date, claim_type, row. */
enum { TYPE_BITS = 9, ROW_BITS = 23 };

static uint64_t word_of(const ca_batch *batch, uint32_t row)
{
    const ca_column *dates = &batch->columns[CA_F_SERVICE_DATE];
    const ca_column *types = &batch->columns[CA_F_CLAIM_TYPE];
    uint64_t date = ca_bit(dates->present, row) ? (uint64_t)(dates->as.date[row] - CA_DATE_MIN) : UINT32_MAX;
    uint64_t type = ca_bit(types->present, row) ? types->as.choice[row] : (1u << TYPE_BITS) - 1;
    return (date << TYPE_BITS | type) << ROW_BITS | row;
}

static int compare_rows(const struct sorting *sort, uint32_t a, uint32_t b)
{
    return ca_keyed_compare(sort->keyed, sort->batch, a, sort->batch, b, sort->from);
}

static void merge(const struct sorting *sort, const uint32_t *from, uint32_t *to, size_t begin,
                  size_t middle, size_t end)
{
    size_t left = begin;
    size_t right = middle;
    for (size_t i = begin; i < end; i++) {
        bool take_left =
            right == end || (left < middle && compare_rows(sort, from[left], from[right]) <= 0);
        to[i] = from[take_left ? left++ : right++];
    }
}

static void sort_few(const struct sorting *sort, size_t begin, size_t end)
{
    for (size_t i = begin + 1; i < end; i++) {
        uint32_t row = sort->order[i];
        size_t to = i;
        for (; to > begin && compare_rows(sort, sort->order[to - 1], row) > 0; to--) {
            sort->order[to] = sort->order[to - 1];
        }
        sort->order[to] = row;
    }
}

/* Sorts order[begin … end): many by merging, bottom up. */
static void sort_run(struct sorting *sort, size_t begin, size_t end)
{
    if (end - begin <= FEW) {
        sort_few(sort, begin, end);
        return;
    }
    uint32_t *from = sort->order;
    uint32_t *to = sort->other;
    for (size_t width = 1; width < end - begin; width *= 2) {
        for (size_t at = begin; at < end; at += 2 * width) {
            size_t middle = end - at < width ? end : at + width;
            size_t last = end - at < 2 * width ? end : at + 2 * width;
            merge(sort, from, to, at, middle, last);
        }
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != sort->order) {
        memcpy(sort->order + begin, from + begin, (end - begin) * sizeof *from);
    }
}

static bool same_text(const ca_batch *batch, const ca_column *column, uint32_t a, uint32_t b)
{
    ca_slice of_a = column->as.slice[a];
    ca_slice of_b = column->as.slice[b];
    bool has = ca_bit(column->present, a) && ca_bit(column->present, b);
    return has && of_a.len == of_b.len && ca_same_few(batch->bytes + of_a.from, batch->bytes + of_b.from, of_a.len);
}

static bool same_key(const struct sorting *sort, uint32_t a, uint32_t b)
{
    for (unsigned i = 0; i < sort->keyed->key_count; i++) {
        const ca_keyed_column *of = &sort->keyed->order[i];
        if (of->element == 1 && same_text(sort->batch, &sort->batch->columns[of->column], a, b)) {
            continue;
        }
        if (compare_values(sort->keyed, of, sort->batch, a, sort->batch, b)) {
            return false;
        }
    }
    return true;
}

/* --- Rows of one key ------------------------------------------------------------------------ */

static void insert_words(uint64_t *words, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        uint64_t word = words[i];
        size_t to = i;
        for (; to > 0 && words[to - 1] > word; to--) {
            words[to] = words[to - 1];
        }
        words[to] = word;
    }
}

static void merge_words(const uint64_t *from, uint64_t *to, size_t middle, size_t count)
{
    size_t left = 0;
    size_t right = middle;
    size_t i = 0;
    for (; left < middle && right < count; i++) {
        bool take_left = from[left] < from[right];
        to[i] = take_left ? from[left] : from[right];
        left += take_left;
        right += !take_left;
    }
    memcpy(to + i, from + left, (middle - left) * sizeof *to);
    memcpy(to + i + (middle - left), from + right, (count - right) * sizeof *to);
}

/* The words in order: in the first list or in the second. */
static const uint64_t *sort_words(uint64_t *words, uint64_t *other, size_t count)
{
    for (size_t at = 0; at < count; at += FEW) {
        insert_words(words + at, count - at < FEW ? count - at : FEW);
    }
    for (size_t width = FEW; width < count; width *= 2) {
        for (size_t at = 0; at < count; at += 2 * width) {
            size_t left = count - at;
            merge_words(words + at, other + at, left < width ? left : width, left < 2 * width ? left : 2 * width);
        }
        uint64_t *swap = words;
        words = other;
        other = swap;
    }
    return words;
}

/* By words first; what these leave equal by the columns that follow. */
static void sort_key(struct sorting *sort, size_t begin, size_t end)
{
    uint32_t *order = sort->order;
    size_t count = end - begin;
    for (size_t i = 0; i < count; i++) {
        sort->words[i] = word_of(sort->batch, order[begin + i]);
    }
    const uint64_t *words = sort_words(sort->words, sort->more_words, count);
    sort->from = sort->keyed->key_count + 2;
    for (size_t at = 0, next; at < count; at = next) {
        order[begin + at] = (uint32_t)words[at] & ((1u << ROW_BITS) - 1);
        for (next = at + 1; next < count && words[next] >> ROW_BITS == words[at] >> ROW_BITS; next++) {
            order[begin + next] = (uint32_t)words[next] & ((1u << ROW_BITS) - 1);
        }
        if (next - at > 1) {
            sort_run(sort, begin + at, begin + next);
        }
    }
}

/* Rows of one hash: nearly always of one key, whose columns then need no more looking at. */
static void sort_hash(struct sorting *sort, size_t begin, size_t end)
{
    bool same = sort->batch->capacity <= 1u << ROW_BITS;
    for (size_t i = begin + 1; same && i < end; i++) {
        same = same_key(sort, sort->order[begin], sort->order[i]);
    }
    if (same) {
        sort_key(sort, begin, end);
    } else {
        sort->from = 0;
        sort_run(sort, begin, end);
    }
}

/* Any number of rows, whatever their hashes. */
static void order_records(uint64_t *hashes, unsigned rows, unsigned used_bits, ca_exchange_record *records,
                          uint32_t *order)
{
    for (unsigned row = 0; row < rows; row++) {
        records[row] = (ca_exchange_record){.hash = hashes[row], .len = row};
    }
    ca_record_sort(records, records + rows, rows, used_bits);
    for (unsigned i = 0; i < rows; i++) {
        order[i] = records[i].len;
        hashes[i] = records[i].hash;
    }
}

/* Bytes of scratch for a row: two records to sort by hash or a word twice, then order twice; or any value. */
#define SCRATCH (2 * sizeof(ca_exchange_record) + 2 * sizeof(uint32_t))

static void *scratch_for(ca_keyed_reader *reader, unsigned rows)
{
    if (rows > reader->sorting_cap) {
        ca_free(reader->sorting);
        reader->sorting_cap = 0;
        reader->sorting = ca_realloc_array(NULL, rows, SCRATCH);
        reader->sorting_cap = reader->sorting ? rows : 0;
    }
    return reader->sorting;
}

/* Sorts by hash; then each run of one hash. */
static void sort_rows(ca_keyed_reader *reader, void *scratch, struct sorting *sort, unsigned rows)
{
    unsigned used_bits = reader->keyed->shared_bits + reader->keyed->bits;
    if (!ca_keyed_order_hashes(reader->hash, rows, used_bits, scratch, sort->order)) {
        order_records(reader->hash, rows, used_bits, scratch, sort->order);
    }
    for (size_t begin = 0, end; begin < rows; begin = end) {
        for (end = begin + 1; end < rows && reader->hash[end] == reader->hash[begin]; end++) {
        }
        if (end - begin > 1) {
            sort_hash(sort, begin, end);
        }
    }
}

int ca_keyed_find_order(ca_keyed_reader *reader, const ca_batch *batch, unsigned rows, const uint32_t **ret_order,
                        ca_error *err)
{
    ca_exchange_record *records = scratch_for(reader, rows);
    if (!records) {
        return ca_error_nomem(err);
    }
    uint32_t *lists = (uint32_t *)(records + 2 * (size_t)rows);
    struct sorting sort = {
        .keyed = reader->keyed,
        .batch = batch,
        .order = lists,
        .other = lists + rows,
        .words = (uint64_t *)(void *)records, /* once these are no longer needed */
        .more_words = (uint64_t *)(void *)records + rows,
    };
    sort_rows(reader, records, &sort, rows);
    *ret_order = sort.order;
    return 0;
}
