/* Writes what is known of the lines of a batch as records of their entities. */
#include "run/measure_lines_inside.h"

#include <string.h>

#include "base/hash.h"

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

/* Bit k of word i becomes bit i of word k (Warren, Hacker's Delight, section 7-3; here the lowest bit is the first). */
static void transpose(uint64_t words[64])
{
    uint64_t mask = UINT64_C(0x00000000ffffffff);
    for (unsigned j = 32; j; j >>= 1, mask ^= mask << j) {
        for (unsigned k = 0; k < 64; k = ((k | j) + 1) & ~j) {
            uint64_t swapped = (words[k] >> j ^ words[k | j]) & mask;
            words[k] ^= swapped << j;
            words[k | j] ^= swapped;
        }
    }
}

static void find_members(ca_measure_lines *lines, const ca_measure_kind *kind, unsigned words)
{
    const uint64_t *named = lines->named + lines->words * kind->hashed;
    for (unsigned block = 0; block < kind->words; block++) {
        unsigned from = block * 64;
        unsigned count = kind->member_count - from < 64 ? kind->member_count - from : 64;
        uint64_t *to = lines->members[kind->entity] + 64 * lines->words * block;
        for (unsigned w = 0; w < words; w++, to += 64) {
            if (named[w] == 0) {
                continue;
            }
            for (unsigned i = 0; i < count; i++) {
                to[i] = rows_of(lines, &kind->members[from + i], w);
            }
            memset(to + count, 0, (64 - count) * sizeof *to);
            transpose(to);
        }
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

static uint32_t specialty_of(const ca_measure_lines *lines, const ca_entity_kind *kind, const ca_batch *batch, unsigned row)
{
    if (kind->person) {
        bool known = ca_batch_has(batch, CA_F_SEX, row) && ca_batch_has(batch, CA_F_BIRTH_DATE, row);
        return known ? ca_measure_person(batch->columns[CA_F_SEX].as.choice[row], batch->columns[CA_F_BIRTH_DATE].as.date[row],
                                         lines->through)
                     : CA_NO_SPECIALTY;
    }
    bool known = kind->specialty != CA_NO_COLUMN && ca_batch_has(batch, kind->specialty, row);
    return known ? batch->columns[kind->specialty].as.code[row] : CA_NO_SPECIALTY;
}

static int find_peers(ca_measure_lines *lines, const ca_entity_kind *kind, const ca_batch *batch, unsigned row, uint32_t *ret_number,
                      ca_error *err)
{
    bool placed = kind->region != CA_NO_COLUMN && ca_batch_has(batch, kind->region, row);
    ca_text region = placed ? ca_batch_text(batch, kind->region, row) : (ca_text){NULL, 0};
    return ca_measure_peer_number(lines, specialty_of(lines, kind, batch, row), region, ret_number, err);
}

static inline bool repeats(const ca_batch *batch, unsigned column, size_t size, unsigned row)
{
    const ca_column *of = column == CA_NO_COLUMN ? NULL : &batch->columns[column];
    if (!of || !of->present) {
        return true;
    }
    const char *values = of->as.any;
    bool there = ca_bit(of->present, row);
    return there == ca_bit(of->present, row - 1) && (!there || memcmp(values + row * size, values + (row - 1) * size, size) == 0);
}

/* Neighbours are mostly of one claim, whose texts lie in one place. */
static bool has_same_peers(const ca_entity_kind *kind, const ca_batch *batch, unsigned row)
{
    bool same = repeats(batch, kind->region, sizeof(ca_slice), row);
    return same && (kind->person ? repeats(batch, CA_F_SEX, 1, row) && repeats(batch, CA_F_BIRTH_DATE, sizeof(ca_date), row)
                                 : repeats(batch, kind->specialty, sizeof(uint32_t), row));
}

/* --- Records -------------------------------------------------------------------------------------------------- */

typedef struct putting {
    ca_measure_lines *lines;
    const ca_measure_kind *kind;
    const ca_batch *batch;
    ca_exchange *exchange;
    const uint64_t *names;        /* by row: hashes */
    unsigned row, count;          /* of a run: lines of one entity that lie together */
} putting;

/* Its bits without those that only repeat the sign, and one for the sign. */
static inline uint64_t bits_of(uint64_t value)
{
    return value << 1 ^ -(value >> 63);
}

/* Eight bytes at a time: what is too much is written over. Little-endian, as all that stays in this process. */
static inline uint8_t *put_column(const uint64_t *values, size_t count, uint8_t *code, uint8_t *to)
{
    uint64_t bits = bits_of(values[0]);
    size_t same = 1;
    while (same < count && values[same] == values[0]) {
        same++;
    }
    for (size_t i = same; i < count && !(bits >> 32); i++) {
        bits |= bits_of(values[i]);
    }
    size_t size = bits >> 32 ? 8 : bits >> 16 ? 4 : bits >> 8 ? 2 : bits ? 1 : 0;
    *code = (uint8_t)(size | (same < count ? CA_MEASURE_EACH : 0));
    memcpy(to, values, sizeof *values);
    to += size;
    for (size_t i = 1; same < count && i < count; i++, to += size) {
        memcpy(to, &values[i], sizeof *values);
    }
    return to;
}

static uint8_t *put_columns(const putting *of, uint8_t *code)
{
    const ca_measure_lines *lines = of->lines;
    const ca_measure_kind *kind = of->kind;
    size_t rows = 64 * lines->words;
    uint8_t *to = code + kind->column_count;
    for (unsigned i = 0; i < kind->words; i++) {
        to = put_column(lines->members[kind->entity] + rows * i + of->row, of->count, code++, to);
    }
    for (unsigned i = 0; i < kind->key_count; i++) {
        if (kind->keys[i].part_count == 0) {
            to = put_column(lines->keys + rows * kind->keys[i].key + of->row, of->count, code++, to);
        }
    }
    for (unsigned i = 0; i < kind->number_count; i++) {
        to = put_column((const uint64_t *)lines->numbers + rows * kind->numbers[i] + of->row, of->count, code++, to);
    }
    return to;
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

static int put_run(putting *of, ca_error *err)
{
    uint32_t peers = 0;
    uint8_t *to;
    uint64_t hash = ca_measure_hash(of->kind->entity, of->names[of->row]);
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

static bool goes_on(const putting *of, unsigned row)
{
    return of->count && of->count < CA_MEASURE_LINES && row == of->row + of->count && of->names[row] == of->names[row - 1] &&
           has_same_peers(&ca_entity_kinds[of->kind->entity], of->batch, row);
}

static int put_kind(ca_measure_lines *lines, const ca_batch *batch, const ca_measure_kind *kind, ca_exchange *exchange, ca_error *err)
{
    const uint64_t *named = lines->named + lines->words * kind->hashed;
    unsigned words = (batch->rows + 63) / 64;
    putting of = {.lines = lines, .kind = kind, .batch = batch, .exchange = exchange, .names = lines->hashes + 64 * lines->words * kind->hashed};
    int rc = 0;
    find_members(lines, kind, words);
    for (unsigned w = 0; rc == 0 && w < words; w++) {
        for (uint64_t rest = named[w]; rc == 0 && rest; rest &= rest - 1) {
            unsigned row = w * 64 + (unsigned)__builtin_ctzll(rest);
            bool same = goes_on(&of, row);
            rc = same || of.count == 0 ? 0 : put_run(&of, err);
            of.row = same ? of.row : row;
            of.count = same ? of.count + 1 : 1;
        }
    }
    return rc || of.count == 0 ? rc : put_run(&of, err);
}

int ca_measure_lines_put(ca_measure_lines *lines, const ca_frame *frame, ca_exchange *exchange, ca_error *err)
{
    int rc = 0;
    for (unsigned k = 0; rc == 0 && k < CA_ENTITY_LINE; k++) {
        const ca_measure_kind *kind = &lines->plan->kinds[k];
        rc = kind->used && frame->units->rows ? put_kind(lines, frame->units, kind, exchange, err) : 0;
    }
    return rc;
}
