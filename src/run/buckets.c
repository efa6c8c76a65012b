/* Judges rules of several lines: all lines of a key, without those that turned out not to count, a few thousand at a
 * time. */
#include "run/several.h"

#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"
#include "rules/explain_match.h"
#include "rules/peers.h"
#include "run/buckets_large.h"
#include "run/budget.h"
#include "run/measuring.h"
#include "run/worker.h"

#define LINES_AT_A_TIME 16384u
#define LINES_AT_FIRST  1024u    /* a batch has room for: it grows */

/* A route's lines, shared by those who judge them. */
typedef struct judging {
    ca_route *route;
    ca_crew *crew;
    struct bucket_judge *judges;  /* by worker */
    uint32_t count;               /* virtual buckets */
    _Atomic uint32_t next;        /* the first one that nobody has taken */
    bool measures;                /* first of two passes: peers are measured, nothing is said */
    ca_mutex *turn;               /* who holds it may have a key that is larger than the others; NULL = one thread */
} judging;

/* What one worker needs for a bucket. */
typedef struct bucket_judge {
    ca_scan_state *scan;
    judging *of;
    ca_keyed_reader *reader;
    ca_grouper *grouper;
    ca_batch *lines;
    ca_trigger *trigger;          /* of the route's rules */
    uint64_t *incomplete;         /* bitmap of lines */
    uint64_t *only;               /* bitmaps of lines, by bit of their masks */
    ca_peers **peers;             /* that it measures, by rule of the route */
    uint32_t rule;                /* being judged: index in the rule set */
} bucket_judge;

/* --- What a rule says ----------------------------------------------------------------------------------- */

static void count(void *context, ca_outcome outcome, size_t blame, uint64_t units)
{
    const bucket_judge *of = context;
    ca_tally *tally = &of->scan->tallies[of->rule];
    uint64_t *counters[] = {[CA_HIT] = &tally->hit, [CA_EXCUSED] = &tally->excused, [CA_UNKNOWN] = &tally->unknown,
                            [CA_NOT_APPLICABLE] = &tally->not_applicable};
    tally->offered += units;
    if (outcome == CA_UNKNOWN) {
        tally->blame[blame] += units;
    }
    if (outcome != CA_PASS) {
        *counters[outcome] += units;
    }
}

static bool wants(void *context, ca_outcome outcome, uint64_t hash)
{
    const bucket_judge *of = context;
    ca_tally *tally = &of->scan->tallies[of->rule];
    return ca_sample_admits(outcome == CA_EXCUSED ? &tally->excused_sample : &tally->unknown_sample, hash) &&
           ca_keep_would(of->scan, of->rule, outcome, hash);    /* no line in a bucket turns out to be dropped */
}

static int keep(void *context, const ca_match *match, ca_error *err)
{
    const bucket_judge *of = context;
    ca_scan_state *scan = of->scan;
    const ca_rule *rule = scan->setup->rules->rules[of->rule];
    ca_explanation explanation;
    ca_finding finding;
    ca_arena_reset(&scan->scratch);
    int rc = ca_explain_match(match, rule, scan->setup->profile->minor_digits, &scan->scratch, &explanation, err);
    rc = rc ? rc : ca_match_finding(match, rule, &explanation, &scan->scratch, &finding, err);
    if (rc) {
        return rc;
    }
    finding.rule = of->rule;
    rc = ca_measuring_hit_match(scan, of->rule, match->frame, &explanation, err);
    return rc ? rc : ca_keep_unit(scan, &finding, match->hash, err);
}

static void count_nothing(void *context, ca_outcome outcome, size_t blame, uint64_t units)
{
    (void)context;
    (void)outcome;
    (void)blame;
    (void)units;
}

static bool wants_nothing(void *context, ca_outcome outcome, uint64_t hash)
{
    (void)context;
    (void)outcome;
    (void)hash;
    return false;
}

/* --- A group of whole keys --------------------------------------------------------------------------------- */

/* The lines that are for a rule, by bit of their masks. */
static int part_by_rule(bucket_judge *bucket, const ca_keyed_group *group, ca_error *err)
{
    const ca_batch *lines = bucket->lines;
    size_t words = (lines->rows + 63) / 64;
    uint64_t *only = ca_realloc_array(bucket->only, CA_USES_MAX * words, sizeof *only);
    if (!only) {
        return ca_error_nomem(err);
    }
    bucket->only = only;
    memset(only, 0, CA_USES_MAX * words * sizeof *only);
    for (unsigned row = 0; row < lines->rows; row++) {
        for (uint64_t rest = group->uses[row] & bucket->of->route->uses; rest; rest &= rest - 1) {
            ca_bit_set(only + words * (unsigned)__builtin_ctzll(rest), row);
        }
    }
    return 0;
}

/* Of lines that are for one rule each, those of this one; NULL: there are none. */
static const uint64_t *lines_of(const bucket_judge *bucket, const ca_large_part *part, size_t number)
{
    const ca_batch *lines = part->lines;
    bool any = false;
    memset(bucket->only, 0, (lines->rows + 63) / 64 * sizeof *bucket->only);
    for (unsigned row = 0; row < lines->rows; row++) {
        if (part->rule[row] == number) {
            ca_bit_set(bucket->only, row);
            any = true;
        }
    }
    return any ? bucket->only : NULL;
}

/* Patients of whom a row was rejected: that a line of theirs is not there cannot be said. *ret NULL: there are none. */
static int find_incomplete(bucket_judge *bucket, const ca_keyed_group *group, const uint64_t **ret, ca_error *err)
{
    const ca_batch *batch = bucket->lines;
    *ret = NULL;
    if (!bucket->scan->incomplete_patients || group->mark_count == 0) {
        return 0;
    }
    uint64_t *lines = ca_realloc_array(bucket->incomplete, batch->words, sizeof *lines);
    if (!lines) {
        return ca_error_nomem(err);
    }
    bucket->incomplete = lines;
    memset(lines, 0, batch->words * sizeof *lines);
    for (unsigned row = 0; row < batch->rows; row++) {
        if (ca_keyed_find_hash(group, group->hash[row], CA_MARK_INCOMPLETE)) {
            ca_bit_set(lines, row);
        }
    }
    *ret = lines;
    return 0;
}

static ca_group_input input_of(const bucket_judge *bucket, const ca_frame *frame)
{
    const ca_several *several = bucket->scan->several;
    return (ca_group_input){.lines = frame->units,
                            .codes = &bucket->scan->setup->codes,
                            .frame = frame,
                            .has_from_date = several->has_from_date,
                            .horizon = &several->horizon};
}

static int judge_rule(bucket_judge *bucket, size_t number, ca_group_input *input, ca_error *err)
{
    ca_scan_state *scan = bucket->scan;
    const ca_route *route = bucket->of->route;
    bool measures = bucket->of->measures;
    const ca_group_sink sink = measures ? (ca_group_sink){bucket, count_nothing, wants_nothing, NULL}
                                        : (ca_group_sink){bucket, count, wants, keep};
    bucket->rule = route->rules.index[number];
    input->peers = measures ? bucket->peers[number] : scan->several->peers[bucket->rule];
    return measures && !input->peers
               ? 0
               : ca_group_judge(bucket->grouper, scan->eval, input, route->rules.rules[number], &sink, err);
}

static int judge_lines(bucket_judge *bucket, const ca_keyed_group *group, ca_error *err)
{
    const ca_rule_group *rules = &bucket->of->route->rules;
    size_t words = (bucket->lines->rows + 63) / 64;
    ca_frame frame = {.units = bucket->lines, .date_column = CA_F_SERVICE_DATE, .codes = &bucket->scan->setup->codes};
    ca_group_input input = input_of(bucket, &frame);
    int rc = part_by_rule(bucket, group, err);
    rc = rc ? rc : ca_trigger_look(bucket->trigger, &frame, err);
    rc = rc ? rc : find_incomplete(bucket, group, &input.incomplete, err);
    for (size_t i = 0; rc == 0 && i < rules->count; i++) {
        input.only = bucket->only + words * bucket->scan->several->uses[rules->index[i]].bit;
        rc = judge_rule(bucket, i, &input, err);
    }
    return rc;
}

/* --- Keys that are large ------------------------------------------------------------------------------------ */

static int judge_part(void *context, const ca_large_part *part, ca_error *err)
{
    bucket_judge *bucket = context;
    const ca_batch *lines = part->lines;
    ca_frame frame = {.units = lines, .date_column = CA_F_SERVICE_DATE, .codes = &bucket->scan->setup->codes};
    ca_group_input input = input_of(bucket, &frame);
    uint64_t *only = ca_realloc_array(bucket->only, lines->words, sizeof *only);
    uint64_t *incomplete = ca_realloc_array(bucket->incomplete, lines->words, sizeof *incomplete);
    bucket->only = only ? only : bucket->only;
    bucket->incomplete = incomplete ? incomplete : bucket->incomplete;
    if (!only || !incomplete) {
        return ca_error_nomem(err);
    }
    memset(incomplete, 0xff, lines->words * sizeof *incomplete);
    input.incomplete = part->incomplete ? incomplete : NULL;
    input.too_large = part->too_large;
    input.told = part->told;
    input.told_through = part->told_through;
    input.rolling = part->rolling;
    int rc = ca_trigger_look(bucket->trigger, &frame, err);
    for (size_t i = 0; rc == 0 && i < bucket->of->route->rules.count; i++) {
        input.only = lines_of(bucket, part, i);
        rc = input.only ? judge_rule(bucket, i, &input, err) : 0;
    }
    return rc;
}

static int judge_large(bucket_judge *bucket, ca_keyed_group *group, ca_error *err)
{
    const judging *of = bucket->of;
    const ca_large large = {.scan = bucket->scan,
                            .route = of->route,
                            .reader = bucket->reader,
                            .lines = bucket->lines,
                            .measures = of->measures,
                            .turn = of->turn,
                            .judge = judge_part,
                            .context = bucket};
    return ca_large_judge(&large, group, err);
}

/* --- Peers --------------------------------------------------------------------------------------------------- */

static int check_peers(const bucket_judge *bucket, ca_error *err)
{
    const judging *of = bucket->of;
    uint64_t bytes = 0;
    for (size_t i = 0; i < of->route->rules.count; i++) {
        bytes += bucket->peers[i] ? ca_peers_bytes(bucket->peers[i]) : 0;
    }
    return ca_budget_check_peers(of->crew->run, bytes, atomic_load(&of->next), of->count, err);
}

/* --- Buckets, one after another ------------------------------------------------------------------------------ */

static int take_buckets(void *context, ca_worker *worker, ca_error *err)
{
    judging *of = context;
    bucket_judge *bucket = &of->judges[worker->number];
    ca_keyed_group group;
    int rc = 0;
    for (;;) {
        uint32_t number = atomic_fetch_add(&of->next, 1);
        if (number >= of->count) {
            return 0;
        }
        ca_keyed_select(bucket->reader, number, number + 1);
        while ((rc = ca_keyed_next(bucket->reader, bucket->lines, &group, err)) == 0 &&
               (rc = group.more ? judge_large(bucket, &group, err) : judge_lines(bucket, &group, err)) == 0 &&
               (rc = of->measures ? check_peers(bucket, err) : 0) == 0) {
        }
        if (rc != CA_END) {
            atomic_store(&of->next, of->count);    /* the others need not go on */
            return rc;
        }
    }
}

static int judge_all(judging *of, ca_error *err)
{
    atomic_store(&of->next, 0);
    return ca_crew_run(of->crew, take_buckets, of, err);
}

/* All entities are measured before one is judged. */
static int close_peers(const judging *of, ca_error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < of->route->rules.count; i++) {
        ca_peers *peers = of->crew->run->several->peers[of->route->rules.index[i]];
        for (unsigned w = 0; rc == 0 && peers && w < of->crew->count; w++) {
            rc = ca_peers_merge(peers, of->judges[w].peers[i], err);
        }
        rc = rc || !peers ? rc : ca_peers_close(peers, err);
    }
    return rc;
}

static int measure_all(judging *of, ca_error *err)
{
    of->measures = true;
    int rc = judge_all(of, err);
    of->measures = false;
    return rc ? rc : close_peers(of, err);
}

/* --- A route ------------------------------------------------------------------------------------------------- */

static int make_peers(bucket_judge *bucket, const ca_route *route, ca_error *err)
{
    bucket->peers = ca_alloc_zero(route->rules.count, sizeof *bucket->peers);
    for (size_t i = 0; bucket->peers && i < route->rules.count; i++) {
        if (bucket->scan->several->peers[route->rules.index[i]] && !(bucket->peers[i] = ca_peers_new())) {
            return ca_error_nomem(err);
        }
    }
    return bucket->peers ? 0 : ca_error_nomem(err);
}

/* Readers are made one after another: they open the files, and the codes in them become the run's. */
static int prepare(judging *of, unsigned number, ca_error *err)
{
    bucket_judge *bucket = &of->judges[number];
    size_t bytes = ca_budget_group_bytes(of->crew->run);
    const ca_keyed_limits limits = {.bytes = bytes, .rows = LINES_AT_A_TIME, .chunks = true, .whole = bytes};
    bucket->of = of;
    bucket->scan = of->crew->workers[number].scan;
    bucket->grouper = ca_grouper_new(&bucket->scan->setup->schema);
    bucket->lines = ca_batch_new(&bucket->scan->setup->schema, LINES_AT_FIRST);
    bucket->trigger = ca_trigger_new();
    if (!bucket->grouper || !bucket->lines || !bucket->trigger) {
        return ca_error_nomem(err);
    }
    int rc = of->route->has_peers ? make_peers(bucket, of->route, err) : 0;
    for (size_t i = 0; rc == 0 && i < of->route->rules.count; i++) {
        rc = ca_trigger_add_rule(bucket->trigger, of->route->rules.rules[i], err);
    }
    return rc ? rc : ca_keyed_reader_new(of->route->exchange, &limits, &bucket->reader, err);
}

static void tidy(const judging *of)
{
    for (unsigned w = 0; of->judges && w < of->crew->count; w++) {
        const bucket_judge *bucket = &of->judges[w];
        for (size_t i = 0; bucket->peers && i < of->route->rules.count; i++) {
            ca_peers_free(bucket->peers[i]);
        }
        ca_free(bucket->peers);
        ca_keyed_reader_free(bucket->reader);
        ca_batch_free(bucket->lines);
        ca_free(bucket->incomplete);
        ca_free(bucket->only);
        ca_trigger_free(bucket->trigger);
        ca_grouper_free(bucket->grouper);
    }
    ca_free(of->judges);
    ca_mutex_free(of->turn);
}

static int judge_route(ca_crew *crew, ca_route *route, ca_error *err)
{
    judging of = {.route = route, .crew = crew, .count = ca_keyed_buckets(route->exchange)};
    of.judges = ca_alloc_zero(crew->count, sizeof *of.judges);
    of.turn = crew->count > 1 ? ca_mutex_new() : NULL;
    int rc = of.judges && (of.turn || crew->count == 1) ? ca_keyed_finish(route->writer, err) : ca_error_nomem(err);
    for (unsigned w = 0; rc == 0 && w < crew->count; w++) {
        rc = prepare(&of, w, err);
    }
    rc = rc ? rc : ca_refs_sync(crew->run->setup->refs, err);
    rc = rc || !route->has_peers ? rc : measure_all(&of, err);
    rc = rc ? rc : judge_all(&of, err);
    tidy(&of);
    ca_several_forget_route(route);
    return rc;
}

int ca_several_judge(ca_scan_state *scan, ca_error *err)
{
    ca_several *several = scan->several;
    ca_crew *crew = NULL;
    if (!several) {
        return 0;
    }
    for (size_t i = 0; i < scan->file_count; i++) {
        several->has_from_date[i] = scan->files[i].from_supplied;
    }
    int rc = ca_several_incomplete(scan, err);
    rc = rc ? rc : ca_crew_new(scan, &crew, err);
    for (unsigned i = 0; rc == 0 && i < several->route_count; i++) {
        rc = judge_route(crew, &several->routes[i], err);
    }
    if (rc == 0) {
        ca_crew_merge(crew);
    }
    ca_crew_free(crew);
    return rc;
}
