/* Ranks, q-values, and which entities become leads. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "score/apply_inside.h"

#define BUDGET_LEAST 10u
#define BUDGET_MOST  200u
#define QUOTA        10u      /* small ones get the tenth part */

typedef struct place {
    const ca_score_result *result;
    uint32_t entity;
} place;

static int compare_numbers(int64_t a, int64_t b)
{
    return a > b ? -1 : a < b;
}

static int by_entity(const place *a, const place *b)
{
    return a->entity < b->entity ? -1 : a->entity > b->entity;
}

static int by_score(const void *a, const void *b)
{
    const place *x = a, *y = b;
    int order = compare_numbers(x->result->score, y->result->score);
    if (order == 0)
        order = compare_numbers(x->result->excess, y->result->excess);
    return order ? order : by_entity(x, y);
}

static int by_p(const void *a, const void *b)
{
    const place *x = a, *y = b;
    return x->result->p < y->result->p ? -1 : x->result->p > y->result->p ? 1 : by_entity(x, y);
}

/* All who are scored, by entity or by rank. */
static place *places_of(const ca_score_results *results, bool ranked)
{
    size_t count = 0;
    place *places = ca_alloc_zero(results->scored + 1, sizeof *places);
    for (size_t i = 0; places && i < results->count; i++)
        if (results->entities[i].rank > 0)
            places[ranked ? results->entities[i].rank - 1 : count++] = (place){&results->entities[i], (uint32_t)i};
    return places;
}

int ca_score_rank(ca_score_results *results, ca_error *err)
{
    place *places = places_of(results, false);
    if (!places)
        return ca_error_nomem(err);
    qsort(places, results->scored, sizeof *places, by_p);
    double least = 1;      /* Benjamini and Hochberg 1995, from the largest p down */
    for (size_t i = results->scored; i > 0; i--) {
        least = fmin(least, places[i - 1].result->p * (double)results->scored / (double)i);
        results->entities[places[i - 1].entity].q = least;
    }
    qsort(places, results->scored, sizeof *places, by_score);
    for (size_t i = 0; i < results->scored; i++)
        results->entities[places[i].entity].rank = (uint32_t)(i + 1);
    ca_free(places);
    return 0;
}

/* --- Leads -------------------------------------------------------------------------------------------------------------- */

typedef struct choice {
    ca_channels channels;
    ca_score_results *results;
} choice;

static int has_reason(choice *of, uint32_t entity, bool *ret_reason, ca_error *err)
{
    double parts[CA_SCORE_FEATURES + 1];
    int rc = ca_channels_z(&of->channels, entity, 1, err);
    if (rc < 0)
        return rc;
    ca_score_run(&of->channels);
    ca_score_parts(&of->channels, 0, parts);
    *ret_reason = false;
    for (size_t k = 0; k < of->channels.model->directed; k++)
        *ret_reason = *ret_reason || ca_score_is_reason(&of->channels, 0, k, parts);
    return 0;
}

/* The first `most` of `places` that have a reason. A score without reasons is far down: a reason is sought among
 * the first only. */
static int choose(choice *of, const place *places, size_t count, size_t most, bool small, ca_error *err)
{
    size_t tried = 0, added = 0;
    for (size_t i = 0; i < count && added < most && tried < 10 * most + 100; i++) {
        bool reason;
        uint32_t entity = places[i].entity;
        int rc = has_reason(of, entity, &reason, err);
        if (rc < 0)
            return rc;
        tried++;
        if (reason) {
            of->results->leads[of->results->lead_count++] = (ca_score_lead){.entity = entity, .small = small};
            added++;
        }
    }
    return 0;
}

/* Places of small ones to the end, in order within both. */
static size_t split(const ca_score_source *source, place *places, size_t count, uint32_t small_claims)
{
    size_t large = 0;
    for (size_t i = 0; i < count; i++)
        large += ca_score_table_claims(source->table, places[i].entity) >= small_claims;
    size_t next[2] = {0, large};
    place *copy = ca_alloc_zero(count + 1, sizeof *copy);
    if (!copy)
        return SIZE_MAX;
    memcpy(copy, places, count * sizeof *copy);
    for (size_t i = 0; i < count; i++)
        places[next[ca_score_table_claims(source->table, copy[i].entity) < small_claims]++] = copy[i];
    ca_free(copy);
    return large;
}

/* Both by score; where there are too few of either, the others take their places. */
static int choose_all(choice *of, const ca_score_source *source, uint32_t small_claims, place *places, ca_error *err)
{
    ca_score_results *results = of->results;
    size_t count = results->scored, budget = results->budget;
    size_t large = split(source, places, count, small_claims);
    if (large == SIZE_MAX)
        return ca_error_nomem(err);
    place *small = places + large;
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
    choice of = {.results = results};
    results->budget = budget_of(settings, results->scored);
    results->leads = ca_alloc_zero(results->budget + 1u, sizeof *results->leads);
    place *places = places_of(results, true);
    int rc = results->leads && places ? ca_channels_new(model, source, &of.channels, err) : ca_error_nomem(err);
    if (rc == 0)
        rc = choose_all(&of, source, settings->small_claims, places, err);
    ca_channels_done(&of.channels);
    ca_free(places);
    return rc;
}
