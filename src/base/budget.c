/* Shares --memory out. The sizes of what does not depend on it were measured; docs/operations.md has them. */
#include "base/budget.h"

#define MIB ((uint64_t)1 << 20)

/* The buckets of the claim exchange, which a thread fills while it reads, and which stay. */
#define BUFFERS (9 * MIB)
/* Besides, while it reads: rows, a batch, its columns, the evaluator's scratch. Then, while it settles claims: their records
 * and frames, without the bucket they come from. */
#define WORKING (6 * MIB)
/* Of a writer, besides the lines that wait: the part file while it is written. */
#define WRITING (1 * MIB)

/* With rules of several lines: the marks of a batch, and a batch on its way to the disk or back. */
#define LOOKING (4 * MIB)

#define BUCKET_LEAST (4 * MIB)
#define BUCKET_MOST  (16 * MIB)
#define WRITER_LEAST (1 * MIB)
#define WRITER_MOST  (64 * MIB)
#define GROUP_LEAST  (2 * MIB)
#define GROUP_MOST   (16 * MIB)
/* Memory that is new to the machine costs more than the disk's cache: with half a gigabyte a scan took a fifth longer. */
#define WAITING_MOST (64 * MIB)
#define RECORDS_MOST (32 * MIB)
#define FILTER_LEAST (MIB / 16)
#define FILTER_SHARE 8u      /* of --memory, all together */

/* Lines of a group are there three times: as read, as members in the order of the rule, and while they are sorted. */
#define GROUP_COPIES 3u
/* Those of a large key once more: as lines of the one finding that may be about all of them. */
#define LARGE_COPIES 4u

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t within(uint64_t value, uint64_t from, uint64_t to)
{
    return value < from ? from : value > to ? to : value;
}

/* What `workers` threads need besides what is held, at the least. They read, then settle claims, then judge groups of lines;
 * one of them at a time may have a group that is large. */
static uint64_t least(unsigned workers, unsigned exchanges)
{
    uint64_t written = (uint64_t)exchanges * workers * (WRITER_LEAST + WRITING);
    uint64_t settled = workers * (WORKING + BUCKET_LEAST + (exchanges ? LOOKING : 0));
    uint64_t judged = exchanges ? (workers * GROUP_COPIES + LARGE_COPIES) * GROUP_LEAST : 0;
    uint64_t filters = exchanges ? workers * FILTER_LEAST : 0;
    return workers * BUFFERS + larger(settled, judged) + written + filters;
}

uint64_t ca_budget_floor(uint64_t held, unsigned exchanges)
{
    return held + least(1, exchanges);
}

static unsigned fitting_workers(const ca_budget_ask *ask)
{
    unsigned workers = ask->jobs ? ask->jobs : 1;
    while (workers > 1 && ask->held + least(workers, ask->exchanges) > ask->memory)
        workers--;
    return workers;
}

/* Half of what is left is the filters', up to their share. Of the rest a quarter is for batches that wait for their claims, and
 * one for the records of these. Of what then remains half is for lines that wait for others, and half for what is settled, and
 * then for what is judged. A large group has besides what claims have left, for their batches, records and buffers are gone; metrics of
 * peers have half of that. Claims in several files are joined by one thread before any are settled: in place of its bucket, three
 * quarters for rows and one for the part file. */
ca_budget ca_budget_split(const ca_budget_ask *ask)
{
    ca_budget budget = {.workers = fitting_workers(ask)};
    uint64_t workers = budget.workers;
    uint64_t needed = ask->held + least(budget.workers, ask->exchanges);
    uint64_t left = ask->memory > needed ? ask->memory - needed : 0;
    uint64_t most = larger(ask->memory / FILTER_SHARE / workers, FILTER_LEAST);
    uint64_t filter = ask->exchanges ? within(FILTER_LEAST + left / 2 / workers, FILTER_LEAST, most) : FILTER_LEAST;
    left -= (filter - FILTER_LEAST) * workers;
    uint64_t quarter = ask->exchanges ? left / 4 : 0;
    left -= 2 * quarter;
    uint64_t half = left / 2;
    uint64_t waits = ask->exchanges ? half / ask->exchanges / workers : 0;
    budget.filter = (size_t)filter;
    budget.waiting = (size_t)(within(quarter, 0, WAITING_MOST) / workers);
    budget.records = (size_t)(within(quarter, 0, RECORDS_MOST) / workers);
    budget.writer = (size_t)within(WRITER_LEAST + waits, WRITER_LEAST, WRITER_MOST);
    budget.bucket = (size_t)within(BUCKET_LEAST + half / workers, BUCKET_LEAST, BUCKET_MOST);
    budget.group = (size_t)within(GROUP_LEAST + half / 2 / GROUP_COPIES / workers, GROUP_LEAST, GROUP_MOST);
    uint64_t freed = 2 * quarter + workers * BUFFERS;
    budget.peers = ask->peers ? (size_t)(freed / 2) : 0;
    budget.large = (size_t)(GROUP_LEAST + (half / 2 + freed - budget.peers) / LARGE_COPIES);
    budget.pieces_writer = budget.bucket / 4;
    budget.pieces = budget.bucket / 2;
    return budget;
}

unsigned long long ca_budget_mib(uint64_t bytes)
{
    return (unsigned long long)(bytes / MIB + (bytes % MIB != 0));
}
