/* Lines by where they came from, with a bit for each rule that hit them. */
#include "run/measure_hits.h"

#include <string.h>

#include "base/alloc.h"
#include "run/measure_groups.h"
#include "run/measure_plan.h"

struct ca_measure_hits {
    size_t count;                 /* rules that features ask for */
    uint32_t *place;              /* by rule of the set: which of them it is; CA_NO_INDEX = none */
    size_t rules;
    bool *known;                  /* by rule asked for: it runs */
    ca_mutex *lock;               /* NULL: one thread */
    size_t most;
    bool many;                    /* more lines than that: which ones is given up, */
    uint64_t lines_most, bytes_most;    /* how many they were until then and what they took */
    uint64_t hit;                 /* how often lines were hit: the same in any order, unlike how many lines came too late */
    ca_group_table lines;         /* weights are bits */
    uint64_t *rows;               /* bits by the last bits of a row's number: 0 = no line of such a row was hit */
};

#define ROW_BITS ((uint64_t)1 << 18)    /* of which a first-level cache holds all */

static int make(ca_measure_hits *hits, bool crowd)
{
    hits->place = ca_realloc_array(NULL, hits->rules + 1, sizeof *hits->place);
    hits->known = ca_alloc_zero(hits->count + 1, sizeof *hits->known);
    hits->rows = ca_alloc_zero(ROW_BITS / 64, sizeof *hits->rows);
    hits->lock = crowd ? ca_mutex_new() : NULL;
    return hits->place && hits->known && hits->rows && (hits->lock || !crowd) ? 0 : CA_NOMEM;
}

int ca_measure_hits_new(const ca_featureset *set, const ca_ruleset *rules, bool (*runs)(const void *context, const ca_rule *rule),
                        const void *context, bool crowd, size_t most, ca_measure_hits **ret_hits, ca_error *err)
{
    *ret_hits = NULL;
    if (set->hit_count == 0) {
        return 0;
    }
    ca_measure_hits *hits = ca_alloc_zero(1, sizeof *hits);
    if (!hits) {
        return ca_error_nomem(err);
    }
    hits->count = set->hit_count;
    hits->rules = rules->count;
    hits->most = most;
    if (make(hits, crowd)) {
        ca_measure_hits_free(hits);
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < rules->count; i++) {
        hits->place[i] = CA_NO_INDEX;
        for (uint32_t k = 0; k < set->hit_count; k++) {
            if (strcmp(set->hits[k], rules->rules[i]->id) == 0 && runs(context, rules->rules[i])) {
                hits->place[i] = k;
                hits->known[k] = true;
            }
        }
    }
    ca_group_table_clear(&hits->lines, (unsigned)((hits->count + 63) / 64), 0);
    *ret_hits = hits;
    return 0;
}

void ca_measure_hits_free(ca_measure_hits *hits)
{
    if (hits) {
        ca_group_table_done(&hits->lines);
        ca_mutex_free(hits->lock);
        ca_free(hits->place);
        ca_free(hits->known);
        ca_free(hits->rows);
        ca_free(hits);
    }
}

bool ca_measure_hits_asked(const ca_measure_hits *hits, uint32_t rule)
{
    return hits && rule < hits->rules && hits->place[rule] != CA_NO_INDEX;
}

/* Lines of one row differ in their number. */
static uint64_t hash_of(const ca_origin *origin, int64_t line_no)
{
    return ca_measure_mix(ca_measure_mix(ca_measure_mix(0, origin->file + UINT64_C(1)), origin->row), (uint64_t)line_no);
}

bool ca_measure_hits_known(const ca_measure_hits *hits, uint32_t hit)
{
    return hits->known[hit];
}

bool ca_measure_hits_fit(const ca_measure_hits *hits, uint64_t *ret_bytes)
{
    if (!hits || !hits->many) {
        return true;
    }
    *ret_bytes = hits->bytes_most / hits->lines_most * hits->hit;
    return false;
}

/* A night is not lost for that: scores are given up when it is their turn, and what was noted is in the way until then. */
static void give_up(ca_measure_hits *hits)
{
    hits->many = true;
    hits->lines_most = hits->lines.count;
    hits->bytes_most = ca_group_table_bytes(&hits->lines);
    ca_group_table_done(&hits->lines);
    ca_group_table_clear(&hits->lines, (unsigned)((hits->count + 63) / 64), 1);
}

/* The table grows for lines that are new to it, and for no others: so how large it is does not depend on their order. */
static uint32_t line_of(ca_measure_hits *hits, uint64_t hash)
{
    uint32_t line = ca_group_table_find(&hits->lines, hash);
    return line == CA_NO_GROUP ? ca_group_table_add(&hits->lines, hash) : line;
}

int ca_measure_hits_add(ca_measure_hits *hits, uint32_t rule, const ca_origin *origin, int64_t line_no, ca_error *err)
{
    uint32_t place = hits->place[rule];
    ca_mutex_lock(hits->lock);
    hits->hit++;
    ca_bit_set(hits->rows, (unsigned)(origin->row % ROW_BITS));
    uint32_t line = hits->many ? CA_NO_GROUP : line_of(hits, hash_of(origin, line_no));
    int rc = line == CA_NO_GROUP && !hits->many ? ca_error_nomem(err) : 0;
    if (line != CA_NO_GROUP) {
        int64_t *bits = &ca_group_weights(&hits->lines, line)[place / 64];
        *bits = (int64_t)((uint64_t)*bits | UINT64_C(1) << place % 64);
        if (ca_group_table_bytes(&hits->lines) > hits->most) {
            give_up(hits);
        }
    }
    ca_mutex_unlock(hits->lock);
    return rc;
}

/* --- A batch ------------------------------------------------------------------------------------------------- */

void ca_hits_seen_done(ca_hits_seen *seen)
{
    ca_free(seen->bits);
    ca_free(seen->of);
    *seen = (ca_hits_seen){0};
}

static int make_room(const ca_measure_hits *hits, ca_hits_seen *seen, size_t words)
{
    if (words > seen->words || !seen->of) {
        uint64_t *bits = ca_realloc_array(seen->bits, words, hits->count * sizeof *bits);
        seen->bits = bits ? bits : seen->bits;
        seen->words = bits ? words : seen->words;
        const uint64_t **of = ca_realloc_array(seen->of, hits->count, sizeof *of);
        seen->of = of ? of : seen->of;
        if (!bits || !of) {
            return CA_NOMEM;
        }
    }
    for (size_t i = 0; i < hits->count; i++) {
        seen->of[i] = hits->known[i] ? seen->bits + i * seen->words : NULL;
    }
    memset(seen->bits, 0, hits->count * seen->words * sizeof *seen->bits);
    return 0;
}

int ca_measure_hits_look(const ca_measure_hits *hits, const ca_batch *batch, ca_hits_seen *seen, ca_error *err)
{
    if (make_room(hits, seen, batch->words)) {
        return ca_error_nomem(err);
    }
    for (unsigned row = 0; hits->lines.count && row < batch->rows; row++) {
        if (!ca_bit(hits->rows, (unsigned)(batch->origin[row].row % ROW_BITS))) {
            continue;    /* mostly */
        }
        int64_t line_no = ca_batch_has(batch, CA_F_LINE_NO, row) ? batch->columns[CA_F_LINE_NO].as.number[row] : 0;
        uint32_t line = ca_group_table_find(&hits->lines, hash_of(&batch->origin[row], line_no));
        for (uint32_t i = 0; line != CA_NO_GROUP && i < hits->count; i++) {
            if ((uint64_t)ca_group_weights(&hits->lines, line)[i / 64] >> i % 64 & 1) {
                ca_bit_set(seen->bits + i * seen->words, row);
            }
        }
    }
    return 0;
}
