/* Writes what is known of the lines of a batch as records of their entities. */
#include "run/measure_lines_inside.h"

#include <string.h>

#include "base/hash.h"

#define AHEAD 6u    /* records: what memory takes to be there */

/* --- Members -------------------------------------------------------------------------------------------------- */

/* Rows of a word that a member has. */
static uint64_t rows_of(const ca_measure_lines *lines, const ca_measure_member *member, size_t word)
{
    uint64_t rows = lines->all[word];
    for (size_t i = 0; i < member->count && rows; i++) {
        const ca_ask *ask = &member->asks[i];
        size_t condition = ask->condition == CA_NO_INDEX ? 0 : ask->condition * lines->words + word;
        uint64_t excused = ask->condition == CA_NO_INDEX ? 0 : ~lines->truths[condition];
        switch (ask->of) {
        case CA_ASK_TRUE:
            rows &= lines->truths[condition];
            break;
        case CA_ASK_DECIDED:
            rows &= ~lines->doubts[condition];
            break;
        case CA_ASK_NUMBER:
            rows &= excused | lines->number_there[ask->index * lines->words + word];
            break;
        case CA_ASK_KEY:
            rows &= excused | lines->key_there[ask->index * lines->words + word];
            break;
        case CA_ASK_NAMED:
            rows &= lines->named[ask->index * lines->words + word];
            break;
        }
    }
    return rows;
}

/* Bit k of word i becomes bit i of word k (Warren, Hacker's Delight, section 7-3; here the lowest bit is the first). Of 32 words only, their
 * halves side by side: bits from 32 on of word k then become bits from 32 on of word k, too. */
static inline void transpose(uint64_t *words, unsigned count)
{
    uint64_t mask = count == 64 ? UINT64_C(0x00000000ffffffff) : UINT64_C(0x0000ffff0000ffff);
    for (unsigned j = count / 2; j; j >>= 1, mask ^= mask << j) {
        for (unsigned k = 0; k < count; k = ((k | j) + 1) & ~j) {
            uint64_t swapped = (words[k] >> j ^ words[k | j]) & mask;
            words[k] ^= swapped << j;
            words[k | j] ^= swapped;
        }
    }
}

/* Most kinds have no more than 32 members. */
static void transpose_members(uint64_t words[64], unsigned count)
{
    if (count > 32) {
        transpose(words, 64);
        return;
    }
    transpose(words, 32);
    for (unsigned i = 0; i < 32; i++) {
        words[32 + i] = words[i] >> 32;
        words[i] &= UINT32_MAX;
    }
}

static void find_members(ca_measure_lines *lines, const ca_measure_kind *kind, unsigned words)
{
    const uint64_t *named = lines->named + lines->words * kind->hashed;
    for (unsigned block = 0; block < kind->words; block++) {
        unsigned from = block * 64;
        unsigned count = kind->member_count - from < 64 ? kind->member_count - from : 64;
        uint64_t *to = lines->members[kind->entity] + lines->stride * block;
        for (unsigned w = 0; w < words; w++, to += 64) {
            if (named[w] == 0) {
                continue;
            }
            for (unsigned i = 0; i < count; i++) {
                to[i] = rows_of(lines, &kind->members[from + i], w);
            }
            memset(to + count, 0, (64 - count) * sizeof *to);
            transpose_members(to, count);
        }
    }
}

/* --- Widths --------------------------------------------------------------------------------------------------- */

/* Of the bits of a value those that only repeat its sign do not count, and one for the sign does. */
static size_t bytes_of(const uint64_t *values, unsigned rows)
{
    uint64_t bits = 0;
    for (unsigned row = 0; row < rows; row++) {
        bits |= values[row];
    }
    bool below = bits >> 63;
    bits = below ? 0 : bits << 1;
    for (unsigned row = 0; below && row < rows; row++) {
        bits |= values[row] << 1 ^ -(values[row] >> 63);
    }
    return bits ? (71 - (unsigned)__builtin_clzll(bits)) / 8 : 0;
}

/* Hashes take all their bytes. */
static bool is_hash(const ca_measure_plan *plan, const ca_feature_key *key)
{
    ca_type type = plan->schema->columns[key->column[0]].type;
    return key->count > 1 || (key->count == 1 && (type == CA_TYPE_ID || type == CA_TYPE_TEXT));
}

/* Kinds have most of them in common. */
static void find_sizes(ca_measure_lines *lines, unsigned rows)
{
    const ca_measure_plan *plan = lines->plan;
    for (size_t i = 0; i < plan->number_count; i++) {
        lines->number_size[i] = plan->number_read[i] ? (uint8_t)bytes_of((const uint64_t *)lines->numbers + lines->stride * i, rows) : 0;
    }
    for (size_t i = 0; i < plan->key_count; i++) {
        bool hash = is_hash(plan, &plan->keys[i]);
        lines->key_size[i] = !plan->key_kept[i] ? 0 : hash ? 8 : (uint8_t)bytes_of(lines->keys + lines->stride * i, rows);
    }
}

/* Their sign is no bit of theirs. */
static size_t member_bytes(const ca_measure_kind *kind, unsigned word)
{
    unsigned count = kind->member_count - 64 * word;
    return count < 64 ? count / 8 + 1 : 8;
}

static void size_columns(ca_measure_lines *lines, const ca_measure_kind *kind)
{
    ca_record_column *columns = lines->columns[kind->entity];
    for (unsigned i = 0; i < kind->column_count; i++) {
        const ca_measure_part *part = i < kind->words ? NULL : &kind->columns[i - kind->words];
        columns[i].size = !part          ? member_bytes(kind, i)
                          : part->number ? lines->number_size[kind->numbers[part->index]]
                                         : lines->key_size[kind->keys[part->index].key];
    }
}

/* --- Peers ---------------------------------------------------------------------------------------------------- */

int ca_measure_peer_number(ca_measure_lines *lines, uint32_t specialty, ca_text region, uint32_t *ret_number, ca_error *err)
{
    /* Not as a seed: of few bytes XXH3 takes a seed so plainly that the next region of the next age looks the same. */
    uint64_t hash = region.ptr ? ca_hash64(region.ptr, region.len) : 1;
    hash = (hash ^ ((uint64_t)specialty + 1) * UINT64_C(0x9E3779B97F4A7C15)) * UINT64_C(0xD6E8FEB86659FD93);
    hash = (hash ^ hash >> 32) | 1;
    ca_peer_slot *slot = &lines->cache[hash >> 32 & (CA_PEER_SLOTS - 1)];
    int rc = 0;
    if (slot->hash != hash) {
        rc = ca_measure_peers_put(lines->peers, specialty, region, &slot->number, err);
        slot->hash = rc ? 0 : hash;
    }
    *ret_number = slot->number;
    return rc;
}

static uint32_t person_of(const ca_measure_lines *lines, const ca_batch *batch, unsigned row)
{
    bool known = ca_batch_has(batch, CA_F_SEX, row) && ca_batch_has(batch, CA_F_BIRTH_DATE, row);
    return known ? ca_measure_person(batch->columns[CA_F_SEX].as.choice[row], batch->columns[CA_F_BIRTH_DATE].as.date[row], lines->through)
                 : CA_NO_SPECIALTY;
}

static int find_peers(ca_measure_lines *lines, const ca_entity_kind *kind, const ca_batch *batch, unsigned row, uint32_t *ret_number,
                      ca_error *err)
{
    bool placed = kind->person && ca_batch_has(batch, kind->region, row);
    ca_text region = placed ? ca_batch_text(batch, kind->region, row) : (ca_text){NULL, 0};
    return ca_measure_peer_number(lines, kind->person ? person_of(lines, batch, row) : CA_NO_SPECIALTY, region, ret_number, err);
}

/* --- Runs ----------------------------------------------------------------------------------------------------- */

/* Rows whose value is not that of the row before, or is there where that is not; or the other way round. `size`: known when this is
 * compiled. */
static inline void mark_changes(const void *values, size_t size, const uint64_t *there, const uint64_t *named, unsigned words,
                                uint64_t *begins)
{
    uint64_t before = 0;
    for (unsigned w = 0; w < words; before = there[w] >> 63, w++) {
        const char *at = (const char *)values + (size_t)w * 64 * size;
        uint64_t differ = 0;
        for (unsigned i = w == 0; i < 64 && named[w]; i++) {
            differ |= (uint64_t)(memcmp(at + i * size, at + i * size - size, size) != 0) << i;
        }
        begins[w] |= (differ & there[w]) | (there[w] ^ (there[w] << 1 | before));
    }
}

static void mark_column(const ca_batch *batch, unsigned column, const uint64_t *named, uint64_t *begins)
{
    const ca_column *of = &batch->columns[column];
    unsigned words = (batch->rows + 63) / 64;
    if (!of->present) {
        return;
    }
    switch (ca_type_size(batch->schema->columns[column].type)) {
    case 1:
        mark_changes(of->as.any, 1, of->present, named, words, begins);
        break;
    case 4:
        mark_changes(of->as.any, 4, of->present, named, words, begins);
        break;
    default:    /* texts of a claim lie in one place */
        mark_changes(of->as.any, 8, of->present, named, words, begins);
    }
}

/* Where lines of one entity with the same peers, that lie together, begin; and where nobody is named. */
static void find_runs(ca_measure_lines *lines, const ca_batch *batch, const ca_measure_kind *kind)
{
    const ca_entity_kind *of = &ca_entity_kinds[kind->entity];
    const uint64_t *named = lines->named + lines->words * kind->hashed;
    unsigned words = (batch->rows + 63) / 64;
    memset(lines->begins, 0, words * sizeof *lines->begins);
    mark_changes(lines->hashes + lines->stride * kind->hashed, sizeof *lines->hashes, named, named, words, lines->begins);
    if (of->person) {
        mark_column(batch, of->region, named, lines->begins);
        mark_column(batch, CA_F_SEX, named, lines->begins);
        mark_column(batch, CA_F_BIRTH_DATE, named, lines->begins);
    }
    for (unsigned w = 0; w < words; w++) {
        lines->begins[w] |= ~named[w];
    }
}

/* Where the run that begins there ends. */
static unsigned end_of(const ca_measure_lines *lines, unsigned row, unsigned rows)
{
    unsigned w = (row + 1) / 64;
    uint64_t rest = 64 * w < rows ? lines->begins[w] & UINT64_MAX << (row + 1) % 64 : 0;
    while (rest == 0 && 64 * (w + 1) < rows) {
        rest = lines->begins[++w];
    }
    unsigned end = rest ? 64 * w + (unsigned)__builtin_ctzll(rest) : rows;
    return end < rows ? end : rows;
}

/* Rows and counts of the records to put; returns how many. */
static size_t list_records(ca_measure_lines *lines, const uint64_t *named, unsigned rows)
{
    size_t count = 0;
    for (unsigned w = 0; 64 * w < rows; w++) {
        for (uint64_t rest = named[w] & lines->begins[w]; rest; rest &= rest - 1) {
            unsigned row = w * 64 + (unsigned)__builtin_ctzll(rest);
            unsigned end = end_of(lines, row, rows);
            for (unsigned some; row < end; row += some) {
                some = end - row < CA_MEASURE_LINES ? end - row : CA_MEASURE_LINES;
                lines->records[count++] = (ca_record_rows){row, some};
            }
        }
    }
    return count;
}

/* --- Records -------------------------------------------------------------------------------------------------- */

typedef struct putting {
    ca_measure_lines *lines;
    const ca_measure_kind *kind;
    const ca_batch *batch;
    ca_exchange *exchange;
    const uint64_t *names;        /* by row: hashes */
    unsigned row, count;          /* of a record */
} putting;

/* Eight bytes at a time: what is too much is written over. Little-endian, as all that stays in this process. */
static uint8_t *put_columns(const putting *of, uint8_t *code)
{
    const ca_record_column *column = of->lines->columns[of->kind->entity];
    const uint8_t *last = code + of->kind->column_count;
    uint8_t *to = code + of->kind->column_count;
    size_t row = of->row, count = of->count;
    for (; code < last; code++, column++) {
        const uint64_t *values = column->values + row;
        size_t size = column->size, same = 1;
        while (same < count && values[same] == values[0]) {
            same++;
        }
        memcpy(to, values, sizeof *values);
        if (same == count) {
            size &= -(size_t)(values[0] != 0);
            *code = (uint8_t)size;
            to += size;
            continue;
        }
        *code = (uint8_t)(size | CA_MEASURE_EACH);
        to += size;
        for (size_t i = 1; i < count; i++, to += size) {
            memcpy(to, &values[i], sizeof *values);
        }
    }
    return to;
}

static uint64_t hash_of(const putting *of, unsigned row)
{
    return ca_measure_hash(of->kind->entity, of->names[row]);
}

static ca_text name_to_tell(const putting *of, uint64_t hash)
{
    uint64_t *told = &of->lines->told[hash >> 20 & (CA_TOLD_SLOTS - 1)];
    if (*told == hash) {
        return (ca_text){NULL, 0};
    }
    *told = hash;
    return ca_batch_text(of->batch, ca_entity_kinds[of->kind->entity].id, of->row);
}

static int put_record(const putting *of, ca_error *err)
{
    uint32_t peers = 0;
    uint8_t *to;
    uint64_t hash = hash_of(of, of->row);
    ca_text name = name_to_tell(of, hash);
    int rc = find_peers(of->lines, &ca_entity_kinds[of->kind->entity], of->batch, of->row, &peers, err);
    rc = rc ? rc : ca_exchange_reserve(of->exchange, hash, ca_measure_record_most(of->kind, of->count) + name.len, &to, err);
    if (rc) {
        return rc;
    }
    to[0] = (uint8_t)(of->kind->entity | (name.ptr ? CA_MEASURE_NAMED : 0));
    to[1] = (uint8_t)of->count;
    memcpy(to + 2, &peers, sizeof peers);
    uint8_t *end = put_columns(of, to + CA_MEASURE_HEAD);
    memcpy(end, name.ptr ? name.ptr : "", name.len);
    ca_exchange_commit(of->exchange, (size_t)(end - to) + name.len);
    return 0;
}

static int put_kind(ca_measure_lines *lines, const ca_batch *batch, const ca_measure_kind *kind, ca_exchange *exchange, ca_error *err)
{
    const uint64_t *named = lines->named + lines->words * kind->hashed;
    putting of = {.lines = lines, .kind = kind, .batch = batch, .exchange = exchange, .names = lines->hashes + lines->stride * kind->hashed};
    int rc = 0;
    find_members(lines, kind, (batch->rows + 63) / 64);
    find_runs(lines, batch, kind);
    size_columns(lines, kind);
    size_t count = list_records(lines, named, batch->rows);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        if (i + AHEAD < count) {
            ca_exchange_expect(exchange, hash_of(&of, lines->records[i + AHEAD].row));
        }
        of.row = lines->records[i].row;
        of.count = lines->records[i].count;
        rc = put_record(&of, err);
    }
    return rc;
}

int ca_measure_lines_put(ca_measure_lines *lines, const ca_frame *frame, ca_exchange *exchange, ca_error *err)
{
    int rc = 0;
    find_sizes(lines, frame->units->rows);
    for (unsigned k = 0; rc == 0 && k < CA_ENTITY_LINE; k++) {
        const ca_measure_kind *kind = &lines->plan->kinds[k];
        rc = kind->used && frame->units->rows ? put_kind(lines, frame->units, kind, exchange, err) : 0;
    }
    return rc;
}
