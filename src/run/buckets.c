/* Judges rules of several lines: all lines of a key, without those that turned out not to count, a few thousand at a
 * time. */
#include "run/several.h"

#include <string.h>

#include "base/alloc.h"
#include "rules/explain_match.h"
#include "rules/peers.h"

#define LINES_AT_A_TIME 16384u
#define BYTES_AT_A_TIME ((size_t)16 << 20)

typedef struct bucket {
    ca_scan_state *scan;
    ca_route *route;
    ca_grouper *grouper;
    ca_batch *lines;
    bool measures;                /* first of two passes: peers are measured, nothing is said */
    ca_trigger *trigger;          /* of the route's rules */
    uint64_t *incomplete;         /* bitmap of lines */
    uint32_t rule;                /* being judged: index in the rule set */
} bucket;

/* --- What a rule says ----------------------------------------------------------------------------------- */

static void count(void *context, ca_outcome outcome, size_t blame, uint64_t units)
{
    const bucket *of = context;
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
    const bucket *of = context;
    ca_tally *tally = &of->scan->tallies[of->rule];
    return ca_sample_admits(outcome == CA_EXCUSED ? &tally->excused_sample : &tally->unknown_sample, hash);
}

static int keep(void *context, const ca_match *match, ca_error *err)
{
    const bucket *of = context;
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
    return ca_keep_unit(scan, &finding, match->hash, err);
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

static void leave_fallen_out(ca_batch *lines, const ca_keyed_group *group)
{
    for (unsigned row = 0; row < lines->rows; row++) {
        if (group->mark_count == 0 || !ca_keyed_find(group, lines, row, CA_MARK_FALLEN)) {
            ca_bit_set(lines->live, row);
        }
    }
}

/* Patients of whom a row was rejected: that a line of theirs is not there cannot be said. *ret NULL: there are none. */
static int find_incomplete(bucket *of, const ca_keyed_group *group, const uint64_t **ret, ca_error *err)
{
    *ret = NULL;
    if (!of->scan->incomplete_patients || group->mark_count == 0) {
        return 0;
    }
    uint64_t *lines = ca_realloc_array(of->incomplete, of->lines->words, sizeof *lines);
    if (!lines) {
        return ca_error_nomem(err);
    }
    of->incomplete = lines;
    memset(lines, 0, of->lines->words * sizeof *lines);
    for (unsigned row = 0; row < of->lines->rows; row++) {
        if (ca_keyed_find_hash(group, group->hash[row], CA_MARK_INCOMPLETE)) {
            ca_bit_set(lines, row);
        }
    }
    *ret = lines;
    return 0;
}

static int judge_lines(bucket *of, const ca_keyed_group *group, ca_error *err)
{
    ca_scan_state *scan = of->scan;
    ca_several *several = scan->several;
    const ca_group_sink sink = of->measures ? (ca_group_sink){of, count_nothing, wants_nothing, NULL}
                                            : (ca_group_sink){of, count, wants, keep};
    ca_group_input input = {.lines = of->lines,
                            .codes = &scan->setup->codes,
                            .has_from_date = several->has_from_date,
                            .horizon = &several->horizon};
    memset(of->lines->live, 0, of->lines->words * sizeof *of->lines->live);
    leave_fallen_out(of->lines, group);
    ca_frame frame = {.units = of->lines, .date_column = CA_F_SERVICE_DATE, .codes = &scan->setup->codes};
    int rc = ca_refs_sync(scan->setup->refs, err);
    rc = rc ? rc : ca_trigger_look(of->trigger, &frame, err);
    rc = rc ? rc : find_incomplete(of, group, &input.incomplete, err);
    input.frame = &frame;
    for (size_t i = 0; rc == 0 && i < of->route->rules.count; i++) {
        const ca_rule *rule = of->route->rules.rules[i];
        of->rule = of->route->rules.index[i];
        input.peers = several->peers[of->rule];
        if (!of->measures || input.peers) {
            rc = ca_group_judge(of->grouper, scan->eval, &input, rule, &sink, err);
        }
    }
    return rc;
}

static int read_all(bucket *of, ca_error *err)
{
    ca_keyed_reader *reader = NULL;
    ca_keyed_group group;
    const ca_keyed_limits limits = {.bytes = BYTES_AT_A_TIME, .rows = LINES_AT_A_TIME};
    int rc = ca_keyed_reader_new(of->route->exchange, &limits, &reader, err);
    while (rc == 0 && (rc = ca_keyed_next(reader, of->lines, &group, err)) == 0) {
        rc = judge_lines(of, &group, err);
    }
    ca_keyed_reader_free(reader);
    return rc == CA_END ? 0 : rc;
}

static int close_peers(const bucket *of, ca_error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < of->route->rules.count; i++) {
        ca_peers *peers = of->scan->several->peers[of->route->rules.index[i]];
        rc = peers ? ca_peers_close(peers, err) : 0;
    }
    return rc;
}

static int judge_route(ca_scan_state *scan, ca_route *route, ca_error *err)
{
    bucket of = {.scan = scan,
                 .route = route,
                 .grouper = ca_grouper_new(&scan->setup->schema),
                 .trigger = ca_trigger_new(),
                 .lines = ca_batch_new(&scan->setup->schema, LINES_AT_A_TIME)};
    int rc = of.grouper && of.lines && of.trigger ? ca_keyed_finish(route->writer, err) : ca_error_nomem(err);
    for (size_t i = 0; rc == 0 && i < route->rules.count; i++) {
        rc = ca_trigger_add_rule(of.trigger, route->rules.rules[i], err);
    }
    if (rc == 0 && route->has_peers) {
        of.measures = true;
        rc = read_all(&of, err);
        rc = rc ? rc : close_peers(&of, err);
        of.measures = false;
    }
    rc = rc ? rc : read_all(&of, err);
    ca_batch_free(of.lines);
    ca_free(of.incomplete);
    ca_trigger_free(of.trigger);
    ca_grouper_free(of.grouper);
    return rc;
}

int ca_several_judge(ca_scan_state *scan, ca_error *err)
{
    ca_several *several = scan->several;
    int rc = 0;
    for (size_t i = 0; several && i < scan->file_count; i++) {
        several->has_from_date[i] = scan->files[i].from_supplied;
    }
    rc = several ? ca_several_incomplete(scan, err) : 0;
    for (unsigned i = 0; rc == 0 && several && i < several->route_count; i++) {
        rc = judge_route(scan, &several->routes[i], err);
    }
    return rc;
}
