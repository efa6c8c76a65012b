/* Ranks, q-values, and which entities become leads. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "score/apply_inside.h"
#include "score/order.h"

#define BUDGET_LEAST 10u
#define BUDGET_MOST  200u
#define QUOTA        10u      /* small ones get the tenth part */
#define TRIED_LEAST  64u      /* at a time */

/* --- Ranks -------------------------------------------------------------------------------------------------------------- */

/* Whose scores are equal. */
typedef struct equal {
    const ca_score_result *result;
    ca_text id;
    uint32_t entity;
} equal;

static int by_excess(const void *a, const void *b)
{
    const equal *x = a, *y = b;
    if (x->result->excess != y->result->excess)
        return x->result->excess > y->result->excess ? -1 : 1;
    return ca_text_cmp(x->id, y->id);
}

static bool sort_equals(const ca_score_table *table, const ca_score_results *results, ca_ordered *all, size_t count)
{
    equal *equals = ca_alloc_zero(count, sizeof *equals);
    if (!equals)
        return false;
    for (size_t i = 0; i < count; i++)
        equals[i] = (equal){&results->entities[all[i].row], ca_score_table_id(table, all[i].row), all[i].row};
    qsort(equals, count, sizeof *equals, by_excess);
    for (size_t i = 0; i < count; i++)
        all[i].row = equals[i].entity;
    ca_free(equals);
    return true;
}

/* The largest score comes first. */
static uint64_t key_of(int32_t score)
{
    return (uint64_t)(INT32_MAX - (int64_t)score);
}

static int32_t score_of(uint64_t key)
{
    return (int32_t)(INT32_MAX - (int64_t)key);
}

/* By score, then excess, then id. */
static bool set_ranks(const ca_score_table *table, ca_score_results *results, ca_ordered *all)
{
    size_t count = results->scored;
    bool good = true;
    for (size_t i = 0; i < count; i++)
        all[i].key = key_of(results->entities[all[i].row].score);
    ca_order(all, count, all + count);
    for (size_t from = 0, end; from < count && good; from = end) {
        for (end = from + 1; end < count && all[end].key == all[from].key; end++)
            continue;
        good = end - from == 1 || sort_equals(table, results, all + from, end - from);
    }
    for (size_t i = 0; i < count && good; i++)
        results->entities[all[i].row].rank = (uint32_t)(i + 1);
    return good;
}

/* How likely a score is among all who are scored: where each size has its tail, the mean of these, so that it falls as scores rise. */
typedef struct chances {
    const ca_tails *tails;
    uint32_t classes;
    double shares[CA_TAIL_CLASSES];      /* of sizes among those who are scored */
} chances;

static chances chances_of(const ca_score_model *model, const ca_score_table *table, const ca_score_results *results)
{
    chances of = {.tails = &model->total, .classes = model->classes};
    size_t counts[CA_TAIL_CLASSES] = {0};
    for (size_t i = 0; i < results->count; i++)
        counts[ca_score_size_of(model, ca_score_table_claims(table, i))] += results->entities[i].rank > 0;
    for (unsigned size = 0; size < CA_TAIL_CLASSES && results->scored > 0; size++)
        of.shares[size] = (double)counts[size] / (double)results->scored;
    return of;
}

static double chance_of(const chances *of, int32_t score)
{
    double sum = 0;
    for (unsigned class = 0; class < CA_TAIL_CLASSES; class++)
        if (of->shares[class] > 0)
            sum += of->shares[class] * exp(-ca_tail_level(&of->tails->of[class], score / 1e6));
    return sum;
}

/* Of all, who stand by rank and have their score as the key: then chances ascend, as a rule. They are above zero, and their bits in
 * their order. */
static void order_by_chance(const chances *of, const ca_score_results *results, ca_ordered *all)
{
    uint64_t key = UINT64_MAX;
    double chance = 0;
    bool ascend = true;
    for (size_t i = 0; i < results->scored; i++) {
        if (of->classes == 1)
            chance = results->entities[all[i].row].p;
        else if (all[i].key != key)
            chance = chance_of(of, score_of(all[i].key));
        key = all[i].key;
        memcpy(&all[i].key, &chance, sizeof all[i].key);
        ascend = ascend && (i == 0 || all[i - 1].key <= all[i].key);
    }
    if (!ascend)
        ca_order(all, results->scored, all + results->scored);
}

/* Benjamini and Hochberg 1995, from the largest chance down: equal ones get one q. */
static void set_q(const chances *of, ca_score_results *results, ca_ordered *all)
{
    size_t count = results->scored;
    double least = 1;
    order_by_chance(of, results, all);
    for (size_t i = count; i > 0; i--) {
        double chance;
        memcpy(&chance, &all[i - 1].key, sizeof chance);
        least = fmin(least, chance * (double)count / (double)i);
        results->entities[all[i - 1].row].q = least;
    }
}

int ca_score_rank(const ca_score_model *model, const ca_score_table *table, ca_score_results *results, ca_error *err)
{
    ca_ordered *all = ca_alloc_zero(2 * results->scored + 1, sizeof *all);
    size_t count = 0;
    if (!all)
        return ca_error_nomem(err);
    for (size_t i = 0; i < results->count; i++)
        if (results->entities[i].rank > 0)
            all[count++].row = (uint32_t)i;
    const chances of = chances_of(model, table, results);
    bool ranked = set_ranks(table, results, all);
    set_q(&of, results, all);
    ca_free(all);
    return ranked ? 0 : ca_error_nomem(err);
}

/* --- Leads -------------------------------------------------------------------------------------------------------------- */

/* All who are scored, by rank. */
static uint32_t *by_rank(const ca_score_results *results)
{
    uint32_t *places = ca_alloc_zero(results->scored + 1, sizeof *places);
    for (size_t i = 0; places && i < results->count; i++)
        if (results->entities[i].rank > 0)
            places[results->entities[i].rank - 1] = (uint32_t)i;
    return places;
}

typedef struct choice {
    ca_channels channels;
    ca_score_table *table;
    ca_score_source tried;      /* those of it whose reasons are sought */
    ca_score_results *results;
} choice;

/* Of which of `places` there is a reason. */
static int look_at(choice *of, const uint32_t *places, size_t count, bool *reasons, ca_error *err)
{
    double parts[CA_SCORE_FEATURES + 1];
    ca_score_table *picked = NULL;
    int rc = ca_score_table_pick(of->table, places, count, &picked, err);
    if (rc < 0)
        return rc;
    of->tried = ca_score_source_of(picked);
    rc = ca_channels_z(&of->channels, 0, count, true, err);
    if (rc == 0)
        ca_score_run(&of->channels);
    for (size_t i = 0; i < count && rc == 0; i++) {
        bool *reason = &reasons[of->channels.entities[i]];
        *reason = false;
        ca_score_parts(&of->channels, i, parts);
        for (size_t k = 0; k < of->channels.model->directed; k++)
            *reason = *reason || ca_score_is_reason(&of->channels, i, k, parts);
    }
    ca_score_table_free(picked);
    return rc;
}

/* The first `most` of `places` that have a reason. A score without reasons is far down: a reason is sought among
 * the first only. */
static int choose(choice *of, const uint32_t *places, size_t count, size_t most, bool small, ca_error *err)
{
    bool reasons[CA_SCORE_BLOCK];
    size_t added = 0;
    count = count < 10 * most + 100 ? count : 10 * most + 100;
    for (size_t from = 0, some; from < count && added < most; from += some) {
        some = most - added < TRIED_LEAST ? TRIED_LEAST : most - added;
        some = some < CA_SCORE_BLOCK ? some : CA_SCORE_BLOCK;
        some = some < count - from ? some : count - from;
        int rc = look_at(of, places + from, some, reasons, err);
        if (rc < 0)
            return rc;
        for (size_t i = 0; i < some && added < most; i++)
            if (reasons[i]) {
                of->results->leads[of->results->lead_count++] = (ca_score_lead){.entity = places[from + i], .small = small};
                added++;
            }
    }
    return 0;
}

/* Places of small ones to the end, in order within both. */
static size_t split(const ca_score_source *source, uint32_t *places, size_t count, uint32_t small_claims)
{
    size_t large = 0;
    if (small_claims == 0)
        return count;
    for (size_t i = 0; i < count; i++)
        large += ca_score_table_claims(source->table, places[i]) >= small_claims;
    size_t next[2] = {0, large};
    uint32_t *copy = ca_alloc_zero(count + 1, sizeof *copy);
    if (!copy)
        return SIZE_MAX;
    memcpy(copy, places, count * sizeof *copy);
    for (size_t i = 0; i < count; i++)
        places[next[ca_score_table_claims(source->table, copy[i]) < small_claims]++] = copy[i];
    ca_free(copy);
    return large;
}

/* Both by score; where there are too few of either, the others take their places. */
static int choose_all(choice *of, const ca_score_source *source, uint32_t small_claims, uint32_t *places, ca_error *err)
{
    ca_score_results *results = of->results;
    size_t count = results->scored, budget = results->budget;
    size_t large = split(source, places, count, small_claims);
    if (large == SIZE_MAX)
        return ca_error_nomem(err);
    uint32_t *small = places + large;
    size_t quota = small_claims ? (budget + QUOTA / 2) / QUOTA : 0;
    quota = budget - quota > large ? budget - large : quota;
    quota = quota > count - large ? count - large : quota;
    int rc = choose(of, places, large, budget - quota, false, err);
    return rc < 0 ? rc : choose(of, small, count - large, quota, true, err);
}

static uint32_t budget_of(const ca_score_settings *settings, size_t scored)
{
    size_t budget = (scored + 50) / 100;
    budget = budget < BUDGET_LEAST ? BUDGET_LEAST : budget > BUDGET_MOST ? BUDGET_MOST : budget;
    if (settings->budget > 0)
        budget = settings->budget;
    return (uint32_t)(budget < scored ? budget : scored);
}

int ca_score_choose(const ca_score_model *model, const ca_score_source *source, const ca_score_settings *settings,
                    ca_score_results *results, ca_error *err)
{
    choice of = {.table = source->table, .tried = *source, .results = results};
    results->budget = budget_of(settings, results->scored);
    results->leads = ca_alloc_zero(results->budget + 1u, sizeof *results->leads);
    uint32_t *places = by_rank(results);
    int rc = results->leads && places ? ca_channels_new(model, &of.tried, &of.channels, err) : ca_error_nomem(err);
    if (rc == 0)
        rc = choose_all(&of, source, settings->small_claims, places, err);
    ca_channels_done(&of.channels);
    ca_free(places);
    return rc;
}
