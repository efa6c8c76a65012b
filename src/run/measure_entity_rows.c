/* Rows of an entity's lines to sums and groups: members, numbers and keys, each for all rows. */
#include "run/measure_entity_inside.h"

/* The bytes of a word, in order, are the bits of a byte. */
void ca_measure_rows_init(ca_measure_entity *entity)
{
    for (unsigned bits = 0; bits < 256; bits++) {
        uint8_t lanes[8];
        for (unsigned i = 0; i < 8; i++) {
            lanes[i] = bits >> i & 1;
        }
        memcpy(&entity->spread[bits], lanes, sizeof lanes);
    }
}

/* --- Sums ---------------------------------------------------------------------------------------------------- */

/* Eight members at a time, by the bytes of words, of which the lowest is the first: rows are few enough for a byte. */
static void count_members(ca_measure_entity *entity, unsigned rows)
{
    unsigned members = entity->kind->member_count;
    for (unsigned i = 0; i < members; i += 8) {
        const uint8_t *byte = (const uint8_t *)(entity->bits + i / 64 * CA_MEASURE_ROWS) + i % 64 / 8;
        uint64_t sum = 0;
        for (const uint8_t *end = byte + rows * sizeof sum; byte < end; byte += sizeof sum) {
            sum += entity->spread[*byte];
        }
        memcpy(entity->member_rows + i, &sum, sizeof sum);
    }
    for (unsigned i = 0; i < members; i++) {
        entity->member_lines[i] += entity->member_rows[i];
    }
}

/* Mostly all rows have the member. */
static int64_t total_of_narrow(const int64_t *numbers, const uint64_t *bits, unsigned shift, unsigned rows, bool all)
{
    int64_t sum = 0;
    if (all) {
        for (unsigned row = 0; row < rows; row++) {
            sum += numbers[row];
        }
        return sum;
    }
    for (unsigned row = 0; row < rows; row++) {
        sum += numbers[row] & -(int64_t)(bits[row] >> shift & 1);
    }
    return sum;
}

/* In halves: of so few rows none is too large. */
static ca_wide total_of(const int64_t *numbers, const uint64_t *bits, unsigned shift, unsigned rows)
{
    const uint64_t nought = UINT64_C(1) << 63;    /* so that nothing is below it */
    uint64_t low = 0, high = 0;
    for (unsigned row = 0; row < rows; row++) {
        uint64_t number = ((uint64_t)numbers[row] & -(bits[row] >> shift & 1)) ^ nought;
        low += number & UINT32_MAX;
        high += number >> 32;
    }
    return ((ca_wide)high << 32) + low - ((ca_wide)rows << 63);
}

static void add_sum(const ca_measure_entity *entity, const ca_measure_sum *sum, ca_summed *to, unsigned rows)
{
    const uint64_t *bits = entity->bits + sum->member / 64 * CA_MEASURE_ROWS;
    const int64_t *numbers = entity->numbers + sum->number * CA_MEASURE_ROWS;
    unsigned shift = sum->member % 64;
    if (sum->reduce == CA_REDUCE_TOTAL) {
        bool wide = entity->wide & ca_measure_column(entity->kind->words + sum->number);
        bool all = entity->member_rows[sum->member] == rows;
        to->total += wide ? total_of(numbers, bits, shift, rows) : total_of_narrow(numbers, bits, shift, rows, all);
        return;
    }
    for (unsigned row = 0; row < rows; row++) {
        if (bits[row] >> shift & 1) {
            to->low = numbers[row] < to->low ? numbers[row] : to->low;
            to->high = numbers[row] > to->high ? numbers[row] : to->high;
        }
    }
}

/* --- Groups -------------------------------------------------------------------------------------------------- */

/* Which members records have. */
static void find_members(ca_measure_entity *entity)
{
    for (unsigned word = 0; word < entity->kind->words; word++) {
        const uint64_t *bits = entity->bits + word * CA_MEASURE_ROWS;
        uint64_t *has = entity->has + word * CA_MEASURE_ROWS;
        uint64_t any = 0;
        for (unsigned i = 0; i < entity->run_count; i++) {
            const ca_measure_run *run = &entity->runs[i];
            bool each = run->each & ca_measure_column(word);
            has[i] = bits[run->row];
            for (unsigned row = run->row + 1; each && row < run->end; row++) {
                has[i] |= bits[row];
            }
            any |= has[i];
        }
        entity->any[word] = any;
    }
}

static inline bool meet(const uint64_t *bits, size_t step, const uint64_t *other, unsigned words)
{
    uint64_t both = 0;
    for (unsigned word = 0; word < words; word++) {
        both |= bits[word * step] & other[word];
    }
    return both;
}

/* A pair that is new to a member weighs in the group of the one key that is in it. */
static void weigh_pair(ca_measure_entity *entity, uint32_t first, unsigned row)
{
    for (uint32_t index = first; index != CA_NO_INDEX; index = entity->kind->tallies[index].next) {
        const ca_measure_tally *tally = &entity->kind->tallies[index];
        size_t place = entity->places[tally->key * CA_MEASURE_PLACES + row];
        int64_t *weight = entity->groups[tally->key].weights + place + tally->word;
        entity->counts[index] += *weight == 0;
        ++*weight;
    }
}

/* Members of which the group had no row yet. */
static inline void see(ca_measure_entity *entity, const ca_measure_key *key, const uint64_t *bits, uint64_t *seen, unsigned words,
                       unsigned row)
{
    for (unsigned word = 0; word < words; word++) {
        uint64_t more = bits[word * CA_MEASURE_ROWS] & key->seen[word] & ~seen[word];
        seen[word] |= more;
        for (; more; more &= more - 1) {
            unsigned member = 64 * word + (unsigned)__builtin_ctzll(more);
            if (key->tally_of[member] != CA_NO_INDEX) {
                entity->counts[key->tally_of[member]]++;
            }
            weigh_pair(entity, key->once_of[member], row);
        }
    }
}

/* Some rows behind the last are written, too: they are those of later lines, or CA_MEASURE_PAST. */
static inline void fill(size_t *places, unsigned row, unsigned end, size_t place)
{
    for (; row < end; row += 4) {
        places[row] = places[row + 1] = places[row + 2] = places[row + 3] = place;
    }
}

/* The group of rows with one key and these members. */
static inline int find_group(ca_measure_entity *entity, unsigned index, const uint64_t *bits, unsigned row, unsigned end, unsigned words)
{
    const ca_measure_key *key = &entity->kind->keys[index];
    ca_group_table *groups = &entity->groups[index];
    if (!meet(bits, CA_MEASURE_ROWS, key->needs, words)) {
        return 0;
    }
    uint32_t group = ca_group_table_put(groups, entity->keys[index * CA_MEASURE_ROWS + row]);
    if (group == CA_NO_GROUP) {
        return CA_NOMEM;
    }
    size_t place = (size_t)group * groups->words;
    if (key->weighs) {
        fill(entity->places + index * CA_MEASURE_PLACES, row, end, place);
    }
    if (key->sees) {
        see(entity, key, bits, (uint64_t *)groups->weights + place, words, row);
    }
    return 0;
}

static inline int find_groups(ca_measure_entity *entity, unsigned index, unsigned words)
{
    uint64_t columns = entity->kind->keys[index].columns;
    int rc = 0;
    for (unsigned i = 0; rc == 0 && i < entity->run_count; i++) {
        const ca_measure_run *run = &entity->runs[i];
        if (!(run->each & columns)) {
            rc = find_group(entity, index, entity->has + i, run->row, run->end, words);
        }
        for (unsigned row = run->row; rc == 0 && run->each & columns && row < run->end; row++) {
            rc = find_group(entity, index, entity->bits + row, row, row + 1, words);
        }
    }
    return rc;
}

static void count_groups(ca_measure_entity *entity, unsigned index, unsigned rows)
{
    const ca_measure_tally *tally = &entity->kind->tallies[index];
    const uint64_t *bits = entity->bits + tally->member / 64 * CA_MEASURE_ROWS;
    const size_t *places = entity->places + tally->key * CA_MEASURE_PLACES;
    int64_t *weights = entity->groups[tally->key].weights + tally->word;
    unsigned shift = tally->member % 64;
    uint32_t more = 0;
    for (unsigned row = 0; row < rows; row++) {
        if (bits[row] >> shift & 1) {
            more += weights[places[row]]++ == 0;
        }
    }
    entity->counts[index] += more;
}

static void sum_groups(ca_measure_entity *entity, unsigned index, unsigned rows)
{
    const ca_measure_tally *tally = &entity->kind->tallies[index];
    const uint64_t *bits = entity->bits + tally->member / 64 * CA_MEASURE_ROWS;
    const int64_t *numbers = entity->numbers + tally->number * CA_MEASURE_ROWS;
    const size_t *places = entity->places + tally->key * CA_MEASURE_PLACES;
    for (unsigned row = 0; row < rows; row++) {
        if (bits[row] >> tally->member % 64 & 1) {
            int64_t *weights = entity->groups[tally->key].weights + places[row] + tally->word;
            ca_wide sum = ca_group_sum(weights) + numbers[row];
            memcpy(weights, &sum, sizeof sum);
            entity->counts[index] += weights[2] == 0;
            weights[2]++;
        }
    }
}

static void add_tally(ca_measure_entity *entity, unsigned index, unsigned rows)
{
    const ca_measure_tally *tally = &entity->kind->tallies[index];
    if (entity->member_rows[tally->member] == 0) {
        return;
    }
    if (tally->number != CA_NO_INDEX) {
        sum_groups(entity, index, rows);
    } else {
        count_groups(entity, index, rows);
    }
}

static int add_groups(ca_measure_entity *entity, unsigned index, unsigned rows)
{
    const ca_measure_key *key = &entity->kind->keys[index];
    unsigned words = entity->kind->words;
    if (!meet(entity->any, 1, key->needs, words)) {
        return 0;
    }
    int rc = words == 1 ? find_groups(entity, index, 1) : find_groups(entity, index, words);    /* one is usual, and made fast */
    for (unsigned i = 0; rc == 0 && i < key->tally_count; i++) {
        add_tally(entity, key->tallies[i], rows);
    }
    return rc;
}

static int add_peers(ca_measure_entity *entity)
{
    bool person = ca_entity_kinds[entity->kind->entity].person;
    for (unsigned i = 0; person && i < entity->run_count; i++) {
        const ca_measure_run *run = &entity->runs[i];
        uint32_t group = ca_group_table_put(&entity->of_peers, run->peers);
        if (group == CA_NO_GROUP) {
            return CA_NOMEM;
        }
        ca_group_weights(&entity->of_peers, group)[0] += run->end - run->row;
    }
    return 0;
}

int ca_measure_rows_add(ca_measure_entity *entity, unsigned rows)
{
    const ca_measure_kind *kind = entity->kind;
    int rc = 0;
    count_members(entity, rows);
    find_members(entity);
    for (unsigned i = 0; i < kind->sum_count; i++) {
        if (entity->member_rows[kind->sums[i].member]) {
            add_sum(entity, &kind->sums[i], &entity->sums[i], rows);
        }
    }
    for (unsigned i = 0; rc == 0 && i < kind->key_count; i++) {
        rc = add_groups(entity, kind->order[i], rows);
    }
    return rc ? rc : add_peers(entity);
}
