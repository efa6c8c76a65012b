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
    for (unsigned block = 0; block < kind->words; block++) {
        unsigned from = block * 64;
        unsigned count = kind->member_count - from < 64 ? kind->member_count - from : 64;
        uint64_t *to = lines->members[kind->entity] + 64 * lines->words * block;
        for (unsigned w = 0; w < words; w++, to += 64) {
            for (unsigned i = 0; i < count; i++) {
                to[i] = rows_of(lines, &kind->members[from + i], w);
            }
            memset(to + count, 0, (64 - count) * sizeof *to);
            transpose(to);
        }
    }
}

/* --- Peers ---------------------------------------------------------------------------------------------------- */

typedef struct finding_peers {
    ca_measure_lines *lines;
    const ca_batch *batch;
    const ca_entity_kind *kind;
    uint32_t specialty, number;   /* of the row before, */
    ca_slice region;              /* and where its region lies; len UINT32_MAX: it had none */
    bool any;
} finding_peers;

static uint32_t specialty_of(const finding_peers *of, unsigned row)
{
    const ca_batch *batch = of->batch;
    if (of->kind->person) {
        bool known = ca_batch_has(batch, CA_F_SEX, row) && ca_batch_has(batch, CA_F_BIRTH_DATE, row);
        return known ? ca_measure_person(batch->columns[CA_F_SEX].as.choice[row], batch->columns[CA_F_BIRTH_DATE].as.date[row],
                                         of->lines->through)
                     : CA_NO_SPECIALTY;
    }
    bool known = of->kind->specialty != CA_NO_COLUMN && ca_batch_has(batch, of->kind->specialty, row);
    return known ? batch->columns[of->kind->specialty].as.code[row] : CA_NO_SPECIALTY;
}

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

/* Most rows say what the one before said. */
static int find_peers(finding_peers *of, unsigned row, ca_error *err)
{
    bool placed = of->kind->region != CA_NO_COLUMN && ca_batch_has(of->batch, of->kind->region, row);
    ca_slice region = placed ? of->batch->columns[of->kind->region].as.slice[row] : (ca_slice){0, UINT32_MAX};
    uint32_t specialty = specialty_of(of, row);
    if (of->any && specialty == of->specialty && region.from == of->region.from && region.len == of->region.len) {
        return 0;
    }
    of->any = true;
    of->specialty = specialty;
    of->region = region;
    ca_text text = placed ? ca_batch_text(of->batch, of->kind->region, row) : (ca_text){NULL, 0};
    return ca_measure_peer_number(of->lines, specialty, text, &of->number, err);
}

/* --- Records -------------------------------------------------------------------------------------------------- */

/* Lines of one entity that lie together. */
typedef struct run {
    unsigned rows[CA_MEASURE_LINES];
    unsigned count;
    uint64_t hash;
    uint32_t peers;
} run;

typedef struct putting {
    ca_measure_lines *lines;
    const ca_measure_kind *kind;
    const ca_batch *batch;
    ca_exchange *exchange;
    run run;
} putting;

static bool fit(const putting *of)
{
    const ca_measure_lines *lines = of->lines;
    bool narrow = true;
    for (unsigned i = 0; i < of->kind->number_count; i++) {
        const int64_t *numbers = lines->numbers + 64 * lines->words * of->kind->numbers[i];
        for (unsigned k = 0; k < of->run.count; k++) {
            int64_t value = numbers[of->run.rows[k]];
            narrow &= value == (int32_t)value;
        }
    }
    return narrow;
}

static const uint64_t *keys_of(const putting *of, unsigned key)
{
    return of->lines->keys + 64 * of->lines->words * of->kind->keys[key].key;
}

static uint8_t *put_common(const putting *of, uint8_t *to)
{
    uint8_t *common = to;
    memset(common, 0, of->kind->key_bytes);
    to += of->kind->key_bytes;
    for (unsigned i = 0; i < of->kind->key_count; i++) {
        const uint64_t *keys = keys_of(of, i);
        uint64_t first = keys[of->run.rows[0]];
        uint64_t differ = 0;
        for (unsigned k = 1; k < of->run.count; k++) {
            differ |= keys[of->run.rows[k]] ^ first;
        }
        if (!differ) {
            common[i / 8] |= (uint8_t)(1u << i % 8);
            memcpy(to, &first, 8);    /* little-endian, as all that stays in this process; what is too much is written over */
            to += of->kind->keys[i].size;
        }
    }
    return to;
}

static uint8_t *put_line(const putting *of, unsigned row, const uint8_t *common, size_t size, uint8_t *to)
{
    const ca_measure_lines *lines = of->lines;
    const ca_measure_kind *kind = of->kind;
    const uint64_t *members = lines->members[kind->entity];
    for (unsigned block = 0, left = kind->bit_bytes; block < kind->words; block++) {
        unsigned bytes = left < 8 ? left : 8;
        memcpy(to, &members[64 * lines->words * block + row], 8);
        to += bytes;
        left -= bytes;
    }
    for (unsigned i = 0; i < kind->key_count; i++) {
        if (!(common[i / 8] >> i % 8 & 1)) {
            memcpy(to, &keys_of(of, i)[row], 8);
            to += kind->keys[i].size;
        }
    }
    for (unsigned i = 0; i < kind->number_count; i++) {
        memcpy(to, &lines->numbers[64 * lines->words * kind->numbers[i] + row], 8);
        to += size;
    }
    return to;
}

static ca_text name_to_tell(const putting *of)
{
    uint64_t hash = of->run.hash;
    uint64_t *told = &of->lines->told[hash >> 20 & (CA_TOLD_SLOTS - 1)];
    if (*told == hash) {
        return (ca_text){NULL, 0};
    }
    ca_text name = ca_batch_text(of->batch, ca_entity_kinds[of->kind->entity].id, of->run.rows[0]);
    *told = hash;
    return name;
}

static int put_run(putting *of, ca_error *err)
{
    ca_text name;
    uint8_t *to;
    if (of->run.count == 0) {
        return 0;
    }
    name = name_to_tell(of);
    int rc = ca_exchange_reserve(of->exchange, of->run.hash, ca_measure_record_most(of->kind, of->run.count) + name.len, &to, err);
    if (rc) {
        return rc;
    }
    const uint8_t *from = to;
    size_t size = fit(of) ? 4 : 8;
    to[0] = (uint8_t)(of->kind->entity | (size == 4 ? 0 : CA_MEASURE_WIDE) | (name.ptr ? CA_MEASURE_NAMED : 0));
    to[1] = (uint8_t)of->run.count;
    memcpy(to + 2, &of->run.peers, sizeof of->run.peers);
    const uint8_t *common = to + CA_MEASURE_HEAD;
    to = put_common(of, to + CA_MEASURE_HEAD);
    for (unsigned i = 0; i < of->run.count; i++) {
        to = put_line(of, of->run.rows[i], common, size, to);
    }
    memcpy(to, name.ptr ? name.ptr : "", name.len);
    ca_exchange_commit(of->exchange, (size_t)(to - from) + name.len);
    of->run.count = 0;
    return 0;
}

static int add_row(putting *of, finding_peers *peers, unsigned row, ca_error *err)
{
    const ca_measure_lines *lines = of->lines;
    uint64_t hash = ca_measure_hash(of->kind->entity, lines->hashes[64 * lines->words * of->kind->hashed + row]);
    int rc = find_peers(peers, row, err);
    bool other = hash != of->run.hash || peers->number != of->run.peers || of->run.count == CA_MEASURE_LINES;
    rc = rc || !other ? rc : put_run(of, err);
    of->run.hash = hash;
    of->run.peers = peers->number;
    of->run.rows[of->run.count++] = row;
    return rc;
}

static int put_kind(ca_measure_lines *lines, const ca_batch *batch, const ca_measure_kind *kind, ca_exchange *exchange, ca_error *err)
{
    const uint64_t *named = lines->named + lines->words * kind->hashed;
    unsigned words = (batch->rows + 63) / 64;
    uint64_t any = 0;
    finding_peers peers = {.lines = lines, .batch = batch, .kind = &ca_entity_kinds[kind->entity]};
    putting of = {.lines = lines, .kind = kind, .batch = batch, .exchange = exchange};
    int rc = 0;
    for (unsigned w = 0; w < words; w++) {
        any |= named[w];
    }
    if (!any) {
        return 0;
    }
    find_members(lines, kind, words);
    for (unsigned w = 0; rc == 0 && w < words; w++) {
        for (uint64_t rest = named[w]; rc == 0 && rest; rest &= rest - 1) {
            rc = add_row(&of, &peers, w * 64 + (unsigned)__builtin_ctzll(rest), err);
        }
    }
    return rc ? rc : put_run(&of, err);
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
