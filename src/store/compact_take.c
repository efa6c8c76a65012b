/* Takes rows of a compact batch: only what is asked for is looked at. */
#include <string.h>

#include "base/alloc.h"
#include "store/compact_inside.h"
#include "store/part_inside.h"

void ca_compact_open(ca_compact *compact, const ca_schema *schema, uint8_t *bytes, size_t both, unsigned readers)
{
    const ca_compact_head *head = (const ca_compact_head *)(const void *)(bytes + both);
    *compact = (ca_compact){.schema = schema, .bytes = bytes, .head = head, .readers = readers, .rows = head->rows};
}

void ca_compact_taker_done(ca_compact_taker *taker)
{
    ca_batch_free(taker->batch);
    ca_free(taker->runs);
    ca_free(taker->words);
    *taker = (ca_compact_taker){0};
}

static int make_room(const ca_compact *of, ca_compact_taker *taker, uint32_t count)
{
    if (count > taker->cap) {
        uint32_t *runs = ca_realloc_array(taker->runs, count, 2 * sizeof *runs);
        if (!runs) {
            return CA_NOMEM;
        }
        for (uint32_t i = 0; i < count; i++) {
            runs[count + i] = i;
        }
        taker->runs = runs;
        taker->cap = count;
    }
    size_t words = (of->rows + 63) / 64;
    if (words > taker->word_cap) {
        ca_compact_word *more = ca_realloc_array(taker->words, words, sizeof *more);
        if (!more) {
            return CA_NOMEM;
        }
        taker->words = more;
        taker->word_cap = words;
    }
    return ca_batch_fit(of->schema, count, &taker->batch);
}

static uint64_t first_rows(uint32_t count, uint32_t word)
{
    return count >= word * 64 + 64 ? UINT64_MAX : count > word * 64 ? (UINT64_C(1) << (count - word * 64)) - 1 : 0;
}

/* Which rows are wanted (`rows` NULL: the first ones), and where runs begin, by words. */
static void find_words(const ca_compact *of, const uint32_t *rows, uint32_t count, ca_compact_word *words)
{
    const ca_compact_head *head = of->head;
    const uint64_t *begins = (const uint64_t *)(const void *)(of->bytes + head->begins);
    uint32_t begun = 0;
    uint32_t i = 0;
    for (uint32_t w = 0; w * 64 < of->rows; w++) {
        uint64_t wanted = rows ? 0 : first_rows(count, w);
        for (; rows && i < count && rows[i] < w * 64 + 64; i++) {
            wanted |= UINT64_C(1) << rows[i] % 64;
        }
        ca_moves_set(&words[w].wanted, wanted);
        ca_moves_set(&words[w].begins, head->begins ? begins[w] : 0);
        words[w].begun = begun;
        begun += words[w].begins.count;
    }
}

/* The run of each row: how many have begun before, less one. */
static void find_runs(const ca_compact_word *words, const uint32_t *rows, uint32_t count, uint32_t *ret_runs)
{
    for (uint32_t i = 0; i < count; i++) {
        const ca_compact_word *word = &words[rows[i] / 64];
        ret_runs[i] = word->begun + ca_bits_count(word->begins.bits & UINT64_MAX >> (63 - rows[i] % 64)) - 1;
    }
}

static void take_presence(const ca_compact *of, const ca_compact_column *column, ca_compact_word *words, uint32_t count, uint64_t *to)
{
    const uint64_t *from = (const uint64_t *)(const void *)(of->bytes + column->bits);
    if (column->presence == CA_PART_ALL) {
        ca_bits_fill(to, count);
    } else {
        ca_compact_words_select(words, (of->rows + 63) / 64, column->by_run, from, to);
    }
}

/* `places`: of the values. */
static int take_column(const ca_compact *of, const ca_compact_column *column, const uint32_t *places, ca_compact_word *words,
                       uint32_t count, ca_batch *to)
{
    ca_column *values = &to->columns[column->column];
    ca_type type = of->schema->columns[column->column].type;
    size_t size = ca_type_size(type);
    if (ca_batch_use(to, column->column)) {
        return CA_NOMEM;
    }
    take_presence(of, column, words, count, values->present);
    if (ca_type_is_sliced(type)) {
        ca_compact_take_slices(of->bytes, column, places, count, values->as.slice);
    } else if (size == sizeof(int64_t)) {
        ca_compact_take64(of->bytes, &column->values, places, count, values->as.number);
    } else if (size == sizeof(uint32_t)) {
        ca_compact_take32(of->bytes, &column->values, places, count, values->as.code);
    } else {
        ca_compact_take8(of->bytes, &column->values, places, count, values->as.choice);
    }
    return 0;
}

static bool is_asked(const ca_compact *of, const uint8_t *columns, const ca_compact_column *column)
{
    return columns[column->column] && column->readers & of->readers && column->presence != CA_PART_NONE;
}

static bool asks_for_runs(const ca_compact *of, const uint8_t *columns, const ca_compact_column *column)
{
    bool asks = false;
    for (uint32_t i = 0; i < of->head->columns; i++) {
        asks |= column[i].by_run && is_asked(of, columns, &column[i]);
    }
    return asks;
}

int ca_compact_take_columns(const ca_compact *compact, const uint8_t *columns, const uint32_t *rows, uint32_t count,
                            ca_compact_taker *taker)
{
    const ca_compact_head *head = compact->head;
    const ca_compact_column *column = (const ca_compact_column *)(const void *)(head + 1);
    if (make_room(compact, taker, count)) {
        return CA_NOMEM;
    }
    const uint32_t *every = rows ? rows : taker->runs + taker->cap;
    find_words(compact, rows, count, taker->words);
    if (asks_for_runs(compact, columns, column)) {
        find_runs(taker->words, every, count, taker->runs);
    }
    taker->batch->rows = count;
    for (uint32_t i = 0; i < head->columns && count; i++, column++) {
        const uint32_t *places = column->by_run ? taker->runs : every;
        if (is_asked(compact, columns, column) && take_column(compact, column, places, taker->words, count, taker->batch)) {
            return CA_NOMEM;
        }
    }
    ca_batch_borrow_pools(taker->batch, (char *)compact->bytes + head->text,
                          (uint32_t *)(void *)(compact->bytes + head->codes),
                          (ca_interval *)(void *)(compact->bytes + head->intervals));
    taker->batch->byte_count = head->text_count;
    taker->batch->list_count = head->code_count;
    taker->batch->interval_count = head->interval_count;
    return 0;
}

int ca_compact_take(const ca_compact *compact, const uint8_t *columns, const uint32_t *rows, uint32_t count,
                    ca_compact_taker *taker)
{
    const ca_compact_head *head = compact->head;
    const ca_digest *digests = (const ca_digest *)(const void *)(compact->bytes + head->digests);
    if (ca_compact_take_columns(compact, columns, rows, count, taker)) {
        return CA_NOMEM;
    }
    ca_batch *to = taker->batch;
    rows = rows ? rows : taker->runs + taker->cap;
    const uint64_t *live = (const uint64_t *)(const void *)(compact->bytes + head->live);
    ca_compact_words_select(taker->words, (compact->rows + 63) / 64, false, live, to->live);
    ca_compact_take_origins(compact->bytes, head->origin, rows, count, to->origin);
    for (uint32_t i = 0; i < count; i++) {
        to->digest[i] = digests[rows[i]];
    }
    return 0;
}
