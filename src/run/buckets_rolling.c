/* Keys of rules whose windows roll, when they are larger than what is judged at a time. */
#include "run/buckets_rolling.h"

#include <string.h>

#include "base/alloc.h"
#include "run/budget.h"

#define LINES_AT_A_TIME 16384u
#define COLUMN_BYTES 9u    /* of a value, at most, and whether it is there */

typedef struct rolling {
    const ca_large *large;
    ca_keyed_reader *reader;
    bool incomplete;
    ca_rolling state;
    ca_batch *lines, *spare;      /* of the key; what is kept of them */
    uint64_t *rule;               /* by line: they are all of one */
    size_t cap;
} rolling;

/* --- Lines from batch to batch --------------------------------------------------------------------------- */

static int make_room(ca_batch *to, const ca_batch *from, unsigned rows)
{
    bool fits = rows <= to->capacity;
    unsigned wanted = rows + rows / 2 < CA_BATCH_ROWS_GROWN ? rows + rows / 2 : rows;
    if (rows > CA_BATCH_ROWS_GROWN || (!fits && ca_batch_grow(to, wanted))) {
        return CA_NOMEM;
    }
    for (unsigned c = 0; c < from->schema->count; c++) {
        if (from->columns[c].present && ca_batch_use(to, c)) {
            return CA_NOMEM;
        }
    }
    return 0;
}

static int copy_row(const ca_batch *from, unsigned row, ca_batch *to)
{
    unsigned at = to->rows;
    for (unsigned c = 0; c < from->schema->count; c++) {
        if (from->columns[c].present && ca_batch_copy(from, row, c, to, at)) {
            ca_batch_cut(to, at);
            return CA_NOMEM;
        }
    }
    to->origin[at] = from->origin[row];
    to->digest[at] = from->digest[row];
    if (ca_bit(from->live, row)) {
        ca_bit_set(to->live, at);
    }
    to->rows++;
    return 0;
}

/* Appends the lines; NULL: all of them. */
static int append(ca_batch *to, const ca_batch *from, const uint64_t *only, ca_error *err)
{
    unsigned count = only ? 0 : from->rows;
    for (unsigned w = 0; only && w < (from->rows + 63) / 64; w++) {
        count += (unsigned)__builtin_popcountll(only[w]);
    }
    int rc = make_room(to, from, to->rows + count);
    for (unsigned row = 0; rc == 0 && row < from->rows; row++) {
        rc = !only || ca_bit(only, row) ? copy_row(from, row, to) : 0;
    }
    return rc ? ca_error_nomem(err) : 0;
}

/* --- Parts ----------------------------------------------------------------------------------------------- */

/* So many lines take what a large key may; fewer by those that come next. */
static uint32_t most_kept(const rolling *of, unsigned next)
{
    const ca_batch *lines = of->lines;
    size_t bytes = sizeof *lines->origin + sizeof *lines->digest + 2 * sizeof *of->rule;
    for (unsigned c = 0; c < lines->schema->count; c++) {
        bytes += lines->columns[c].present ? COLUMN_BYTES : 0;
    }
    size_t pools = lines->byte_count + lines->list_count * sizeof *lines->list_codes +
                   lines->interval_count * sizeof *lines->intervals;
    bytes += pools / (lines->rows + 1);
    size_t fitting = ca_budget_large_bytes(of->large->scan) / bytes;
    fitting = fitting < CA_BATCH_ROWS_GROWN / 2 ? fitting : CA_BATCH_ROWS_GROWN / 2;
    return fitting > next ? (uint32_t)(fitting - next) : 0;
}

static int prepare(rolling *of, uint64_t rule, ca_error *err)
{
    size_t rows = of->lines->rows;
    if (rows > of->cap) {
        size_t cap = rows + rows / 2;
        uint64_t *numbers = ca_realloc_array(of->rule, cap, sizeof *numbers);
        of->rule = numbers ? numbers : of->rule;
        uint64_t *keep = ca_realloc_array(of->state.keep, cap / 64 + 1, sizeof *keep);
        of->state.keep = keep ? keep : of->state.keep;
        if (!numbers || !keep) {
            return ca_error_nomem(err);
        }
        of->cap = cap;
    }
    for (size_t row = 0; row < rows; row++) {
        of->rule[row] = rule;
    }
    memset(of->state.keep, 0, (rows / 64 + 1) * sizeof *of->state.keep);
    return 0;
}

/* What is there, and after it what is needed of it. */
static int judge(rolling *of, uint64_t rule, unsigned next, ca_error *err)
{
    int rc = prepare(of, rule, err);
    const ca_large_part part = {.lines = of->lines, .rule = of->rule, .incomplete = of->incomplete, .rolling = &of->state};
    of->state.most = most_kept(of, next);
    rc = rc ? rc : of->large->judge(of->large->context, &part, err);
    ca_batch_clear(of->spare);
    rc = rc ? rc : append(of->spare, of->lines, of->state.keep, err);
    ca_batch *kept = of->spare;
    of->spare = of->lines;
    of->lines = kept;
    return rc;
}

/* Two keys of one hash follow one another: then days begin anew. */
static bool begins_anew(const rolling *of, const ca_batch *lines)
{
    return ca_batch_has(lines, CA_F_SERVICE_DATE, 0) && lines->columns[CA_F_SERVICE_DATE].as.date[0] < of->state.last;
}

static int judge_part(rolling *of, const ca_keyed_group *group, ca_error *err)
{
    const ca_batch *lines = of->large->lines;
    int rc = 0;
    if (group->continued && begins_anew(of, lines)) {
        of->state.more = false;
        rc = judge(of, of->rule[0], 0, err);
    }
    if (!group->continued || begins_anew(of, lines)) {
        ca_batch_clear(of->lines);
        ca_rolling_start(&of->state);
    }
    of->state.more = group->more;
    rc = rc ? rc : append(of->lines, lines, NULL, err);
    return rc ? rc : judge(of, group->uses[0], lines->rows, err);
}

static int judge_next(rolling *of, const ca_keyed_group *group, ca_error *err)
{
    const ca_large *large = of->large;
    if (group->more || group->continued) {
        return judge_part(of, group, err);
    }
    const ca_large_part whole = {.lines = large->lines, .rule = group->uses, .incomplete = of->incomplete};
    return large->judge(large->context, &whole, err);
}

int ca_rolling_judge(const ca_large *large, ca_keyed *exchange, bool incomplete, ca_error *err)
{
    size_t bytes = ca_budget_group_bytes(large->scan);
    const ca_keyed_limits limits = {.bytes = bytes, .rows = LINES_AT_A_TIME, .chunks = true, .whole = bytes};
    rolling of = {.large = large, .incomplete = incomplete};
    ca_keyed_group group;
    of.lines = ca_batch_new(&large->scan->setup->schema, LINES_AT_A_TIME);
    of.spare = ca_batch_new(&large->scan->setup->schema, LINES_AT_A_TIME);
    int rc = of.lines && of.spare ? ca_keyed_reader_new(exchange, &limits, &of.reader, err) : ca_error_nomem(err);
    while (rc == 0 && (rc = ca_keyed_next(of.reader, large->lines, &group, err)) == 0) {
        rc = judge_next(&of, &group, err);
    }
    ca_keyed_reader_free(of.reader);
    ca_batch_free(of.lines);
    ca_batch_free(of.spare);
    ca_free(of.rule);
    ca_free(of.state.keep);
    ca_free(of.state.rows);
    return rc == CA_END ? 0 : rc;
}
