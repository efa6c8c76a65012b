/* The memory of a batch: columns are allocated when first used and live as long as the batch;
 * emptying it costs only the rows that were used. */
#include "claim/batch.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"

#define ALIGNMENT  64
#define POOL_FIRST 4096 /* entries of a pool when first used */

ca_batch *ca_batch_new(const ca_schema *schema, unsigned capacity)
{
    assert(capacity >= 1);
    ca_batch *batch = ca_alloc_zero(1, sizeof *batch);
    if (!batch)
        return NULL;
    batch->schema = schema;
    batch->capacity = capacity;
    batch->words = (capacity + 63) / 64;
    batch->origin = ca_alloc_zero(capacity, sizeof *batch->origin);
    batch->digest = ca_alloc_zero(capacity, sizeof *batch->digest);
    batch->live = ca_alloc_zero(batch->words, sizeof *batch->live);
    batch->bytes = ca_alloc(POOL_FIRST); /* never NULL, so that the empty text has a place */
    batch->byte_cap = POOL_FIRST;
    if (!batch->origin || !batch->digest || !batch->live || !batch->bytes) {
        ca_batch_free(batch);
        return NULL;
    }
    return batch;
}

void ca_batch_free(ca_batch *batch)
{
    if (!batch)
        return;
    for (size_t i = 0; i < sizeof batch->columns / sizeof batch->columns[0]; i++)
        ca_free(batch->columns[i].memory);
    ca_free(batch->origin);
    ca_free(batch->digest);
    ca_free(batch->live);
    if (!batch->borrows) {
        ca_free(batch->bytes);
        ca_free(batch->list_codes);
        ca_free(batch->intervals);
    }
    ca_free(batch);
}

/* The arrays of a column for `words` words of rows. */
static int make_column(ca_column *ret_column, unsigned words, size_t size)
{
    size_t bitmap = ((size_t)words + 7) / 8 * ALIGNMENT; /* keeps the values aligned */
    size_t values = (size_t)words * 64 * size;
    char *memory = ca_alloc_zero(1, ALIGNMENT - 1 + bitmap + values);
    if (!memory)
        return CA_NOMEM;
    size_t shift = (ALIGNMENT - (uintptr_t)memory % ALIGNMENT) % ALIGNMENT;
    ret_column->memory = memory;
    ret_column->present = (uint64_t *)(void *)(memory + shift);
    ret_column->as.any = memory + shift + bitmap;
    return 0;
}

int ca_batch_use(ca_batch *batch, unsigned column)
{
    assert(column < batch->schema->count);
    ca_column *used = &batch->columns[column];
    return used->memory
               ? 0
               : make_column(used, batch->words, ca_type_size(batch->schema->columns[column].type));
}

static int grow_rows(void **rows, size_t used, size_t capacity, size_t size)
{
    char *grown = ca_realloc_array(*rows, capacity, size);
    if (!grown)
        return CA_NOMEM;
    memset(grown + used * size, 0, (capacity - used) * size);
    *rows = grown;
    return 0;
}

static int grow_column(ca_batch *batch, unsigned column, unsigned words)
{
    ca_column *used = &batch->columns[column];
    size_t size = ca_type_size(batch->schema->columns[column].type);
    ca_column grown = {0};
    if (!used->memory)
        return 0;
    if (make_column(&grown, words, size))
        return CA_NOMEM;
    memcpy(grown.present, used->present, batch->words * sizeof *grown.present);
    memcpy(grown.as.any, used->as.any, (size_t)batch->words * 64 * size);
    ca_free(used->memory);
    *used = grown;
    return 0;
}

static void clear_bits(uint64_t *bits, unsigned from, unsigned end)
{
    if (from >= end)
        return;
    unsigned word = from / 64;
    bits[word] &= (UINT64_C(1) << (from % 64)) - 1;
    memset(bits + word + 1, 0, ((end + 63) / 64 - word - 1) * sizeof *bits);
}

void ca_batch_cut(ca_batch *batch, unsigned rows)
{
    unsigned end = batch->rows < batch->capacity ? batch->rows + 1 : batch->capacity;
    assert(rows <= batch->rows);
    for (unsigned i = 0; i < batch->schema->count; i++) {
        if (batch->columns[i].present)
            clear_bits(batch->columns[i].present, rows, end);
    }
    clear_bits(batch->live, rows, end);
    batch->rows = rows;
}

void ca_batch_clear(ca_batch *batch)
{
    ca_batch_cut(batch, 0);
    batch->byte_count = 0;
    batch->list_count = 0;
    batch->interval_count = 0;
}

/* What has grown when memory runs out is larger than the capacity says, which harms nothing. */
int ca_batch_grow(ca_batch *batch, unsigned capacity)
{
    assert(capacity <= CA_BATCH_ROWS_GROWN);
    if (capacity <= batch->capacity)
        return 0;
    unsigned words = (capacity + 63) / 64;
    void *origin = batch->origin, *digest = batch->digest, *live = batch->live;
    int result = grow_rows(&origin, batch->capacity, capacity, sizeof *batch->origin);
    batch->origin = origin;
    if (result == 0)
        result = grow_rows(&digest, batch->capacity, capacity, sizeof *batch->digest);
    batch->digest = digest;
    if (result == 0)
        result = grow_rows(&live, batch->words, words, sizeof *batch->live);
    batch->live = live;
    for (unsigned i = 0; result == 0 && i < batch->schema->count; i++)
        result = grow_column(batch, i, words);
    if (result == 0) {
        batch->capacity = capacity;
        batch->words = words;
    }
    return result;
}

/* --- Pools ---------------------------------------------------------------------------------- */

/* Room for `more` entries; the pool is left as it was when memory ran out. */
static int grow(void **pool, size_t *cap, size_t count, size_t more, size_t size)
{
    if (more > UINT32_MAX - count)
        return CA_NOMEM;
    if (more <= *cap - count)
        return 0;
    size_t wanted = *cap ? *cap : POOL_FIRST;
    while (wanted < count + more)
        wanted *= 2;
    void *grown = ca_realloc_array(*pool, wanted, size);
    if (!grown)
        return CA_NOMEM;
    *pool = grown;
    *cap = wanted;
    return 0;
}

/* In one store: a value that is read as one soon after two stores waits until both are done. */
static void set_slice(ca_slice *slice, size_t from, size_t len)
{
    const bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    const uint64_t both = little ? (uint64_t)len << 32 | (uint32_t)from : (uint64_t)from << 32 | (uint32_t)len;
    _Static_assert(sizeof *slice == sizeof both, "a slice is two numbers of 32 bits");
    memcpy(slice, &both, sizeof both);
}

int ca_batch_add_bytes(ca_batch *batch, ca_text text, ca_slice *ret_slice)
{
    void *pool = batch->bytes;
    int result = grow(&pool, &batch->byte_cap, batch->byte_count, text.len, 1);
    if (result < 0)
        return result;
    batch->bytes = pool;
    if (text.len > 0)
        ca_copy_few(batch->bytes + batch->byte_count, text.ptr, text.len);
    set_slice(ret_slice, batch->byte_count, text.len);
    batch->byte_count += text.len;
    return 0;
}

#define FEW 16u    /* bytes copied at once, whether they are all wanted or not */

/* What there is in a pool of `size` bytes an element, and room for `count` more; 0 of them change nothing. */
static int add_elements(void **pool, size_t *cap, size_t *used, size_t size, const void *from, size_t count, size_t readable)
{
    int result = grow(pool, cap, *used, count, size);
    if (result < 0 || count == 0)
        return result;
    char *to = (char *)*pool + *used * size;
    size_t bytes = count * size;
    if (bytes <= FEW && readable >= FEW && (*cap - *used) * size >= FEW)
        memcpy(to, from, FEW);
    else
        memcpy(to, from, bytes);
    *used += count;
    return 0;
}

int ca_batch_add_elements(ca_batch *batch, ca_type type, const void *from, size_t count, size_t readable, ca_slice *ret_slice)
{
    bool codes = type == CA_TYPE_CODES;
    bool intervals = type == CA_TYPE_INTERVALS;
    void *pool = codes ? (void *)batch->list_codes : intervals ? (void *)batch->intervals : batch->bytes;
    size_t *cap = codes ? &batch->list_cap : intervals ? &batch->interval_cap : &batch->byte_cap;
    size_t *used = codes ? &batch->list_count : intervals ? &batch->interval_count : &batch->byte_count;
    size_t size = codes ? sizeof *batch->list_codes : intervals ? sizeof *batch->intervals : 1;
    size_t first = *used;
    int result = add_elements(&pool, cap, used, size, from, count, readable);
    if (result < 0)
        return result;
    if (codes)
        batch->list_codes = pool;
    else if (intervals)
        batch->intervals = pool;
    else
        batch->bytes = pool;
    *ret_slice = (ca_slice){(uint32_t)first, (uint32_t)count};
    return 0;
}

int ca_batch_reserve(ca_batch *batch, size_t bytes)
{
    void *texts = batch->bytes;
    void *codes = batch->list_codes;
    void *intervals = batch->intervals;
    int result = grow(&texts, &batch->byte_cap, batch->byte_count, bytes, 1);
    batch->bytes = texts;
    result = result ? result : grow(&codes, &batch->list_cap, batch->list_count, bytes / sizeof(uint32_t), sizeof(uint32_t));
    batch->list_codes = codes;
    result = result ? result
                    : grow(&intervals, &batch->interval_cap, batch->interval_count, bytes / sizeof(ca_interval),
                           sizeof(ca_interval));
    batch->intervals = intervals;
    return result;
}

int ca_batch_add_codes(ca_batch *batch, const uint32_t *ids, size_t count, ca_slice *ret_slice)
{
    void *pool = batch->list_codes;
    int result = grow(&pool, &batch->list_cap, batch->list_count, count, sizeof *ids);
    if (result < 0)
        return result;
    batch->list_codes = pool;
    if (count > 0)
        memcpy(batch->list_codes + batch->list_count, ids, count * sizeof *ids);
    set_slice(ret_slice, batch->list_count, count);
    batch->list_count += count;
    return 0;
}

int ca_batch_add_intervals(ca_batch *batch, const ca_interval *items, size_t count,
                           ca_slice *ret_slice)
{
    void *pool = batch->intervals;
    int result = grow(&pool, &batch->interval_cap, batch->interval_count, count, sizeof *items);
    if (result < 0)
        return result;
    batch->intervals = pool;
    if (count > 0)
        memcpy(batch->intervals + batch->interval_count, items, count * sizeof *items);
    set_slice(ret_slice, batch->interval_count, count);
    batch->interval_count += count;
    return 0;
}
