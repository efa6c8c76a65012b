/* Keys that are larger than what is judged at a time, such as a laboratory that serves a whole country: their lines come a part
 * at a time, are written to a temporary exchange once for each rule that wants them, by the rule's own key and calendar period,
 * and come back in groups that fit, mostly. Windows that roll have an exchange of their own, for they go on from part to part. */
#include "run/buckets_large.h"
#include "run/buckets_rolling.h"

#include "base/alloc.h"
#include "run/budget.h"

#define LINES_AT_A_TIME 16384u
#define BUCKETS 64u

enum { WHOLE, ROLLING, CLAIMS, EXCHANGES = CA_LARGE_FOLDERS };

typedef struct parting {
    const ca_large *large;
    ca_keyed *exchange[EXCHANGES];    /* NULL: no rule needs it */
    ca_keyed_writer *writer[EXCHANGES];
    uint64_t *rows, *hash, *rule;    /* of the lines of a part; room for `words` times 64 */
    size_t words;
    bool incomplete;
} parting;

/* --- Lines into the exchange ----------------------------------------------------------------------------- */

static unsigned exchange_of(const ca_rule *rule)
{
    return ca_group_rolls(rule) ? ROLLING : WHOLE;
}

static int open_exchange(parting *of, unsigned number, ca_error *err)
{
    const ca_scan_state *scan = of->large->scan;
    const ca_route *route = of->large->route;
    unsigned columns[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX];
    unsigned count = 0;
    ca_buf folder;
    for (unsigned c = 0; c < scan->setup->schema.count; c++) {
        if (route->columns[c]) {
            columns[count++] = c;
        }
    }
    ca_buf_init(&folder);
    ca_buf_printf(&folder, "%s/x%u", scan->work, CA_ROUTES_MAX + 1 + number);
    ca_keyed_plan plan = {.disk = scan->temporary,
                          .folder = folder.ptr,
                          .schema = &scan->setup->schema,
                          .codes = &scan->setup->codes,
                          .columns = columns,
                          .column_count = count,
                          .key = route->key,
                          .key_count = route->key_count,
                          .manifest = {.buckets = BUCKETS},
                          .unsynced = true};
    int rc = folder.failed ? ca_error_nomem(err) : ca_keyed_new(&plan, &of->exchange[number], err);
    ca_buf_done(&folder);
    size_t bytes = ca_budget_large_bytes(scan) / EXCHANGES;
    return rc ? rc : ca_keyed_writer_new(of->exchange[number], 0, bytes, &of->writer[number], err);
}

static int open_exchanges(parting *of, ca_error *err)
{
    const ca_rule_group *rules = &of->large->route->rules;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < rules->count; i++) {
        unsigned number = exchange_of(rules->rules[i]);
        rc = of->exchange[number] ? 0 : open_exchange(of, number, err);
    }
    return rc;
}

static int make_room(parting *of, ca_error *err)
{
    size_t words = (of->large->lines->rows + 63) / 64 + 1;
    if (words <= of->words) {
        return 0;
    }
    uint64_t *rows = ca_realloc_array(of->rows, words, sizeof *rows);
    of->rows = rows ? rows : of->rows;
    uint64_t *hash = ca_realloc_array(of->hash, words * 64, sizeof *hash);
    of->hash = hash ? hash : of->hash;
    uint64_t *rule = ca_realloc_array(of->rule, words * 64, sizeof *rule);
    of->rule = rule ? rule : of->rule;
    if (!rows || !hash || !rule) {
        return ca_error_nomem(err);
    }
    of->words = words;
    return 0;
}

/* The lines of this part that are for the rule. */
static bool choose(parting *of, const ca_keyed_group *group, size_t number)
{
    const ca_large *large = of->large;
    uint32_t index = large->route->rules.index[number];
    uint64_t bit = UINT64_C(1) << large->scan->several->uses[index].bit;
    bool any = false;
    memset(of->rows, 0, of->words * sizeof *of->rows);
    if (large->measures && !large->scan->several->peers[index]) {
        return false;
    }
    for (unsigned row = 0; row < large->lines->rows; row++) {
        if (group->uses[row] & bit) {
            ca_bit_set(of->rows, row);
            of->rule[row] = number;
            any = true;
        }
    }
    return any;
}

static int put_part(parting *of, const ca_keyed_group *group, ca_error *err)
{
    const ca_large *large = of->large;
    int rc = make_room(of, err);
    for (size_t i = 0; rc == 0 && i < large->route->rules.count; i++) {
        const ca_rule *rule = large->route->rules.rules[i];
        if (!choose(of, group, i)) {
            continue;
        }
        ca_group_part(rule, large->lines, &large->scan->several->horizon, of->rows, i, of->hash);
        rc = ca_keyed_put(of->writer[exchange_of(rule)], large->lines, of->rows, of->hash, of->rule, err);
    }
    return rc;
}

static int put_all(parting *of, ca_keyed_group *group, ca_error *err)
{
    const ca_large *large = of->large;
    of->incomplete = large->lines->rows && ca_keyed_find_hash(group, group->hash[0], CA_MARK_INCOMPLETE);
    int rc = put_part(of, group, err);
    while (rc == 0 && group->more) {
        rc = ca_keyed_next(large->reader, large->lines, group, err);
        rc = rc ? rc : put_part(of, group, err);
    }
    return rc || !of->exchange[ROLLING] ? rc : ca_keyed_finish(of->writer[ROLLING], err);
}

/* --- And back ---------------------------------------------------------------------------------------------- */

static ca_date last_day(const ca_batch *lines, ca_date before)
{
    const ca_column *days = &lines->columns[CA_F_SERVICE_DATE];
    for (unsigned row = 0; row < lines->rows; row++) {
        if (ca_bit(days->present, row) && days->as.date[row] > before) {
            before = days->as.date[row];
        }
    }
    return before;
}

static const ca_rule *rule_of(const parting *of, const ca_keyed_group *group)
{
    return of->large->route->rules.rules[group->uses[0]];
}

/* Of a part of a group that no memory holds: its claims have lines in other parts, too. */
static int put_claims(parting *of, const ca_keyed_group *group, ca_error *err)
{
    const ca_batch *lines = of->large->lines;
    int rc = of->exchange[CLAIMS] ? 0 : open_exchange(of, CLAIMS, err);
    rc = rc ? rc : make_room(of, err);
    if (rc) {
        return rc;
    }
    memset(of->rows, 0xff, of->words * sizeof *of->rows);
    ca_group_part_claims(lines, of->rows, group->uses[0], of->hash);
    return ca_keyed_put(of->writer[CLAIMS], lines, NULL, of->hash, group->uses, err);
}

static int judge_part(const parting *of, const ca_keyed_group *group, bool too_large, ca_date through, ca_error *err)
{
    const ca_large *large = of->large;
    const ca_large_part part = {.lines = large->lines,
                                .rule = group->uses,
                                .incomplete = of->incomplete,
                                .too_large = too_large,
                                .told = group->continued,
                                .told_through = through};
    return large->judge(large->context, &part, err);
}

static int judge_whole(parting *of, ca_keyed_reader *reader, ca_error *err)
{
    const ca_large *large = of->large;
    ca_keyed_group group;
    ca_date through = CA_DATE_MIN;
    int rc;
    while ((rc = ca_keyed_next(reader, large->lines, &group, err)) == 0) {
        bool too_large = group.more || group.continued;
        rc = too_large && rule_of(of, &group)->keys.of_claims ? put_claims(of, &group, err)
                                                              : judge_part(of, &group, too_large, through, err);
        if (rc) {
            return rc;
        }
        through = group.more ? last_day(large->lines, group.continued ? through : CA_DATE_MIN) : CA_DATE_MIN;
    }
    return rc == CA_END ? 0 : rc;
}

/* Whole claims, so that each is told once; of one that is itself too large its first part tells it. */
static int judge_claims(parting *of, ca_keyed_reader *reader, ca_error *err)
{
    ca_keyed_group group;
    int rc;
    while ((rc = ca_keyed_next(reader, of->large->lines, &group, err)) == 0) {
        rc = group.continued ? 0 : judge_part(of, &group, true, CA_DATE_MIN, err);
        if (rc) {
            return rc;
        }
    }
    return rc == CA_END ? 0 : rc;
}

typedef int judge_exchange(parting *of, ca_keyed_reader *reader, ca_error *err);

static int judge_by(parting *of, unsigned number, judge_exchange *judge, ca_error *err)
{
    const ca_scan_state *scan = of->large->scan;
    const ca_keyed_limits limits = {.bytes = ca_budget_group_bytes(scan),
                                    .rows = LINES_AT_A_TIME,
                                    .chunks = true,
                                    .whole = ca_budget_large_bytes(scan)};
    ca_keyed_reader *reader = NULL;
    int rc = ca_keyed_finish(of->writer[number], err);
    rc = rc ? rc : ca_keyed_reader_new(of->exchange[number], &limits, &reader, err);
    rc = rc ? rc : judge(of, reader, err);
    ca_keyed_reader_free(reader);
    ca_keyed_free(of->exchange[number]);
    of->exchange[number] = NULL;
    return rc;
}

static int judge_all(parting *of, ca_error *err)
{
    int rc = of->exchange[WHOLE] ? judge_by(of, WHOLE, judge_whole, err) : 0;
    rc = rc || !of->exchange[CLAIMS] ? rc : judge_by(of, CLAIMS, judge_claims, err);
    return rc || !of->exchange[ROLLING] ? rc : ca_rolling_judge(of->large, of->exchange[ROLLING], of->incomplete, err);
}

int ca_large_judge(const ca_large *large, ca_keyed_group *group, ca_error *err)
{
    parting of = {.large = large};
    ca_mutex_lock(large->turn);
    int rc = open_exchanges(&of, err);
    rc = rc ? rc : put_all(&of, group, err);
    rc = rc ? rc : judge_all(&of, err);
    for (unsigned i = 0; i < EXCHANGES; i++) {
        ca_keyed_free(of.exchange[i]);
    }
    ca_mutex_unlock(large->turn);
    ca_free(of.rows);
    ca_free(of.hash);
    ca_free(of.rule);
    return rc;
}
