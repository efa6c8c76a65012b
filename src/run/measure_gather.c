/* Lines that waited are read once more: a record for each of their entities goes to an exchange by entity, and comes back with all others
 * of it. */
#include "run/measuring.h"

#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"
#include "run/budget.h"
#include "run/several.h"
#include "run/worker.h"

typedef struct gathering {
    ca_scan_state *run;
    ca_crew *crew;
    struct gatherer *gatherers;   /* by worker */
    ca_exchange *exchange;        /* of all, when it is read */
    _Atomic size_t next;          /* the first batch, then the first bucket, that nobody has taken */
    ca_mutex *telling;            /* who holds it may tell the sink; NULL = one thread */
} gathering;

/* What a worker has of its own. */
typedef struct gatherer {
    gathering *of;
    ca_scan_state *scan;
    unsigned number;
    ca_exchange *exchange;
    ca_measure_lines *lines;
    ca_measure_entity *entity;
    ca_line_judge *line_judge;    /* NULL: lines are not compared */
    ca_network_sink *network;     /* NULL: nobody asks whom patients see */
    ca_exchange_reader *reader;
    ca_waiting waiting;
    ca_hits_seen seen;
    uint32_t *rows;               /* of a batch, that count; */
    size_t row_cap;
    uint64_t counted, outside, mark;
    ca_joins joins;
    uint64_t entities[CA_ENTITY_LINE];
} gatherer;

/* --- Lines --------------------------------------------------------------------------------------------------- */

static int make_room(gatherer *of, ca_error *err)
{
    size_t rows = of->waiting.rows;
    if (rows <= of->row_cap) {
        return 0;
    }
    uint32_t *more = ca_realloc_array(of->rows, rows, sizeof *more);
    if (!more) {
        return ca_error_nomem(err);
    }
    of->rows = more;
    of->row_cap = rows;
    return 0;
}

/* Of 64 rows those that count. */
static uint64_t standing(const gatherer *of, uint32_t word)
{
    const _Atomic uint64_t *fallen = of->scan->several->fallen + of->waiting.number / 64;
    uint32_t left = of->waiting.rows - word * 64;
    uint64_t all = left < 64 ? (UINT64_C(1) << left) - 1 : UINT64_MAX;
    return all & ~atomic_load_explicit(&fallen[word], memory_order_relaxed);
}

/* Of 64 rows those whose service lies in the period. */
static uint64_t in_period(const ca_score_period *period, const ca_batch *batch, uint32_t word)
{
    const ca_column *column = &batch->columns[CA_F_SERVICE_DATE];
    const ca_date *days = column->present ? column->as.date + word * 64 : NULL;
    uint32_t span = (uint32_t)period->through - (uint32_t)period->from;
    uint32_t count = batch->rows - word * 64 < 64 ? batch->rows - word * 64 : 64;
    uint64_t inside = 0;
    for (uint32_t i = 0; column->present && i < count; i++) {
        inside |= (uint64_t)((uint32_t)days[i] - (uint32_t)period->from <= span) << i;
    }
    return column->present ? inside & column->present[word] : 0;
}

/* Rows that count, and whose service lies in the period. */
static int choose_rows(gatherer *of, uint32_t *ret_count, ca_error *err)
{
    const ca_score_period *period = &of->scan->measuring->period;
    uint8_t columns[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX] = {[CA_F_SERVICE_DATE] = 1};
    const ca_batch *batch;
    uint32_t count = 0;
    int rc = period->whole ? 0 : ca_batches_take_columns(&of->waiting, columns, NULL, of->waiting.rows, &batch, err);
    for (uint32_t word = 0; rc == 0 && word * 64 < of->waiting.rows; word++) {
        uint64_t stands = standing(of, word);
        uint64_t inside = period->whole ? stands : stands & in_period(period, batch, word);
        of->outside += (unsigned)__builtin_popcountll(stands ^ inside);
        for (uint64_t rest = inside; rest; rest &= rest - 1) {
            of->rows[count++] = word * 64 + (uint32_t)__builtin_ctzll(rest);
        }
    }
    *ret_count = count;
    return rc;
}

/* Lines themselves; of the most surprising ones it is told what there is to tell. The batch is lost. */
static int judge_lines(gatherer *of, ca_frame *frame, ca_error *err)
{
    uint8_t columns[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX] = {0};
    const uint32_t *wanted;
    const ca_batch *told;
    int rc = ca_line_judge_look(of->line_judge, frame, of->lines, err);
    size_t count = rc ? 0 : ca_line_judge_wants(of->line_judge, &wanted);
    for (size_t i = 0; i < count; i++) {
        of->rows[i] = of->rows[wanted[i]];    /* they ascend */
    }
    if (rc || count == 0) {
        return rc;
    }
    ca_score_lines_told(columns);
    rc = ca_batches_take(&of->waiting, columns, of->rows, (uint32_t)count, &told, err);
    return rc ? rc : ca_line_judge_tell(of->line_judge, told, err);
}

static int put_rows(gatherer *of, uint32_t count, ca_error *err)
{
    const ca_measuring *measuring = of->scan->measuring;
    const uint8_t *columns = of->line_judge ? measuring->columns : measuring->plan->columns;
    bool whole = measuring->hits || of->line_judge;    /* also where they come from */
    const ca_batch *batch;
    int rc = whole ? ca_batches_take(&of->waiting, columns, of->rows, count, &batch, err)
                   : ca_batches_take_columns(&of->waiting, columns, of->rows, count, &batch, err);
    rc = rc ? rc : ca_measuring_join(of->scan, &of->waiting, &of->joins, err);
    if (rc) {
        return rc;
    }
    ca_frame frame = {.units = batch, .date_column = CA_F_SERVICE_DATE, .codes = &of->scan->setup->codes};
    if (measuring->hits) {
        rc = ca_measure_hits_look(measuring->hits, batch, &of->seen, err);
        frame.hits = of->seen.of;
    }
    of->counted += count;
    for (uint32_t i = 0; of->line_judge && i < count; i++) {
        of->mark += batch->digest[i].low;
    }
    rc = rc ? rc : ca_measure_lines_look(of->lines, &frame, err);
    rc = rc ? rc : ca_measure_lines_put(of->lines, &frame, of->exchange, err);
    return rc || !of->line_judge ? rc : judge_lines(of, &frame, err);
}

static int take_batch(gatherer *of, ca_batches *from, size_t i, ca_error *err)
{
    int rc = ca_batches_read(from, i, CA_COMPACT_SECOND, &of->waiting, err);
    rc = rc ? rc : make_room(of, err);
    uint32_t count = 0;
    rc = rc ? rc : choose_rows(of, &count, err);
    return rc || count == 0 ? rc : put_rows(of, count, err);
}

static int take_batches(void *context, ca_worker *worker, ca_error *err)
{
    gathering *of = context;
    const ca_several *several = of->run->several;
    size_t all = 0;
    int rc = 0;
    for (unsigned k = 0; k < several->waiting_count; k++) {
        all += ca_batches_count(several->waiting[k]);
    }
    while (rc == 0) {
        size_t i = atomic_fetch_add(&of->next, 1), done = i + 1;
        unsigned k = 0;
        while (k < several->waiting_count && i >= ca_batches_count(several->waiting[k])) {
            i -= ca_batches_count(several->waiting[k++]);
        }
        if (k == several->waiting_count) {
            return 0;
        }
        rc = take_batch(&of->gatherers[worker->number], several->waiting[k], i, err);
        rc = rc ? rc : ca_budget_check_scores(of->run, 0, done, all, err);
    }
    atomic_store(&of->next, SIZE_MAX / 2);    /* the others need not go on */
    return rc;
}

/* --- Entities ------------------------------------------------------------------------------------------------ */

static int tell(gatherer *of, ca_error *err)
{
    const ca_measuring *measuring = of->scan->measuring;
    ca_measured measured;
    int rc = ca_measure_entity_end(of->entity, &measured, err);
    if (rc) {
        return rc;
    }
    of->entities[measured.entity]++;
    if (!measuring->sink) {
        return 0;
    }
    ca_mutex_lock(of->of->telling);
    rc = measuring->sink(measuring->sink_context, &measured, err);
    ca_mutex_unlock(of->of->telling);
    return rc;
}

/* Of the next entity, while this one is added up. */
static void fetch_records(const ca_exchange_group *group, size_t from)
{
    for (size_t i = from; i < from + CA_MEASURE_AHEAD && i < group->count; i++) {
        ca_measure_fetch(&group->records[i]);
    }
}

static int take_group(gatherer *of, const ca_exchange_group *group, ca_error *err)
{
    int rc = 0;
    for (size_t from = 0, to; rc == 0 && from < group->count; from = to) {
        for (to = from + 1; to < group->count && group->records[to].hash == group->records[from].hash; to++) {
        }
        fetch_records(group, to);
        rc = ca_measure_entity_add(of->entity, group->records + from, to - from, err);
        rc = rc || (group->more && to == group->count) ? rc : tell(of, err);
    }
    return rc;
}

static int take_buckets(void *context, ca_worker *worker, ca_error *err)
{
    gathering *of = context;
    gatherer *own = &of->gatherers[worker->number];
    ca_exchange_group group;
    int rc = 0;
    for (;;) {
        size_t number = atomic_fetch_add(&of->next, 1);
        if (number >= CA_BUCKETS) {
            return 0;
        }
        ca_exchange_select(own->reader, (unsigned)number, (unsigned)number + 1);
        while ((rc = ca_exchange_next(own->reader, &group, err)) == 0 && (rc = take_group(own, &group, err)) == 0) {
        }
        rc = rc == CA_END ? ca_budget_check_scores(of->run, 0, number + 1, CA_BUCKETS, err) : rc;
        if (rc) {
            atomic_store(&of->next, CA_BUCKETS);    /* the others need not go on */
            return rc;
        }
    }
}

/* --- All of them --------------------------------------------------------------------------------------------- */

static int prepare_lines(gatherer *of, ca_error *err)
{
    const ca_measuring *measuring = of->scan->measuring;
    int rc = ca_exchange_new(of->scan->temporary, "measures", &of->exchange, err);
    if (rc == 0) {
        ca_exchange_hold(of->exchange, ca_budget_sent_bytes(of->of->run, of->of->crew->count));
    }
    if (rc == 0 && measuring->claim_lines) {
        rc = ca_line_judge_new(measuring->claim_lines, of->number, &of->line_judge, err);
    }
    return rc ? rc : ca_measure_lines_new(measuring->plan, measuring->peers, measuring->period.ages_on, &of->lines, err);
}

static int prepare_network(gatherer *of, ca_error *err)
{
    const ca_scan_state *run = of->of->run;
    int rc = ca_network_sink_new(run->temporary, "network", ca_budget_network_bytes(run, of->of->crew->count), &of->network, err);
    if (rc == 0) {
        ca_measure_entity_link(of->entity, of->network);
    }
    return rc;
}

static uint64_t weigh(const ca_exchange_record *record)
{
    return record->len;
}

/* What lines needed goes first. */
static int prepare_entities(gatherer *of, ca_error *err)
{
    const ca_scan_state *run = of->of->run;
    const ca_measuring *measuring = run->measuring;
    unsigned workers = of->of->crew->count;
    ca_measure_lines_free(of->lines);
    of->lines = NULL;
    ca_hits_seen_done(&of->seen);
    int rc = ca_exchange_reader_new(of->of->exchange, of->number, &of->reader, err);
    if (rc == 0) {
        size_t bytes = ca_budget_entity_bucket(run, workers);
        ca_exchange_bound(of->reader, bytes);
        ca_exchange_part_hashes(of->reader, weigh, bytes / 2);
    }
    rc = rc ? rc
            : ca_measure_entity_new(measuring->plan, measuring->peers, run->facts, &run->setup->codes, ca_budget_entity_bytes(run, workers),
                                    &of->entity, err);
    return rc || !run->options->networks ? rc : prepare_network(of, err);
}

static int join(gathering *of, ca_error *err)
{
    of->exchange = of->gatherers[0].exchange;
    of->gatherers[0].exchange = NULL;
    for (unsigned w = 1; w < of->crew->count; w++) {
        ca_exchange_join(of->exchange, of->gatherers[w].exchange);
        of->gatherers[w].exchange = NULL;
    }
    return ca_exchange_finish(of->exchange, err);
}

/* What each worker learned of lines and of patients becomes the run's. */
static int join_others(gathering *of, ca_error *err)
{
    ca_measuring *measuring = of->run->measuring;
    gatherer *first = &of->gatherers[0];
    int rc = 0;
    for (unsigned w = 1; rc == 0 && w < of->crew->count; w++) {
        gatherer *other = &of->gatherers[w];
        rc = first->line_judge ? ca_line_judge_merge(first->line_judge, other->line_judge, err) : 0;
        if (rc == 0 && first->network) {
            ca_network_join(first->network, other->network);
            other->network = NULL;
        }
    }
    if (rc == 0) {
        measuring->line_judge = first->line_judge;
        measuring->network = first->network;
        first->line_judge = NULL;
        first->network = NULL;
    }
    return rc;
}

static int gather(gathering *of, ca_error *err)
{
    int rc = 0;
    for (unsigned w = 0; rc == 0 && w < of->crew->count; w++) {
        of->gatherers[w] = (gatherer){.of = of, .scan = of->crew->workers[w].scan, .number = w};
        rc = prepare_lines(&of->gatherers[w], err);
    }
    ca_budget_begin_growing(of->run);
    rc = rc ? rc : ca_crew_run(of->crew, take_batches, of, err);
    for (unsigned w = 0; w < of->crew->count; w++) {
        ca_waiting_done(&of->gatherers[w].waiting);    /* also where somebody failed: before what it is of */
    }
    ca_several_forget_waiting(of->run->several);
    rc = rc ? rc : join(of, err);
    for (unsigned w = 0; rc == 0 && w < of->crew->count; w++) {
        rc = prepare_entities(&of->gatherers[w], err);
    }
    atomic_store(&of->next, 0);
    ca_budget_begin_growing(of->run);
    rc = rc ? rc : ca_crew_run(of->crew, take_buckets, of, err);
    return rc ? rc : join_others(of, err);
}

static void add_counts(ca_measuring *measuring, const gatherer *of)
{
    measuring->lines += of->counted;
    measuring->mark += of->mark;
    measuring->outside += of->outside;
    for (unsigned k = 0; k < CA_ENTITY_LINE; k++) {
        measuring->entities[k] += of->entities[k];
    }
}

static void tidy(gathering *of)
{
    for (unsigned w = 0; of->gatherers && w < of->crew->count; w++) {
        gatherer *own = &of->gatherers[w];
        ca_exchange_reader_free(own->reader);
        ca_measure_entity_free(own->entity);
        ca_measure_lines_free(own->lines);
        ca_exchange_free(own->exchange);
        ca_line_judge_free(own->line_judge);
        ca_network_sink_free(own->network);
        ca_hits_seen_done(&own->seen);
        ca_free(own->rows);
    }
    ca_exchange_free(of->exchange);
    ca_mutex_free(of->telling);
    ca_free(of->gatherers);
}

int ca_measure_gather(ca_scan_state *scan, ca_error *err)
{
    gathering of = {.run = scan};
    int rc = ca_refs_sync(scan->setup->refs, err);
    rc = rc ? rc : ca_crew_new_of(scan, ca_budget_measurers(scan), &of.crew, err);
    if (rc) {
        return rc;
    }
    of.gatherers = ca_alloc_zero(of.crew->count, sizeof *of.gatherers);
    of.telling = of.crew->count > 1 ? ca_mutex_new() : NULL;
    rc = of.gatherers && (of.telling || of.crew->count == 1) ? gather(&of, err) : ca_error_nomem(err);
    for (unsigned w = 0; rc == 0 && w < of.crew->count; w++) {
        add_counts(scan->measuring, &of.gatherers[w]);
        ca_joins_add(&scan->joins, &of.gatherers[w].joins);
    }
    tidy(&of);
    ca_crew_free(of.crew);
    return rc;
}
