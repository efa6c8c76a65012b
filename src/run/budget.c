/* What each part of a run may take of --memory. */
#include "run/budget.h"

#include "base/alloc.h"
#include "base/memory.h"
#include "run/several.h"
#include "run/worker.h"

#define MIB ((uint64_t)1 << 20)

/* Room for tables of patients and providers that are small; larger ones are measured while they are read. */
#define TABLES_LEAST (2 * MIB)
/* A table takes about as much as its file, and its slots double when they are full. */
#define TABLE_PERCENT 125u
/* Findings are on disk; where each of them is stays in memory. */
#define KEPT_SHARE 4u
/* Places of the rows that they are about, read again for the evidence. */
#define PLACES_SHARE 16u
#define PLACES_LEAST 4096u
#define BUCKETS_LEAST 16u
#define BUCKETS_MOST  1024u
#define BUCKET_INPUT  (4 * MIB)            /* of the files, whose lines may be in one, at most */
#define BUCKET_BYTES ((size_t)32 << 10)    /* that wait, of a bucket, on average */
#define MEASURE (MIB / 4)    /* what is held differs by the length of paths, and the like */
#define EXPANSION 6u         /* of a packed file */
/* Rules of several lines have three bits for every line: whether it fell, and whether its claim lies apart or disagrees. Lines have
 * 128 bytes and more in their files, so that ten million of them take 3.75 MB, and are taken for no more than twice that. */
#define LINE_BYTES 128u
#define BITS_OF_LINE 3u
#define PEERS_SHARE 8u       /* bytes of --memory that give the metrics of peers one more, at most */

static unsigned exchanges(const ca_scan_state *scan)
{
    return scan->several ? scan->several->route_count : 0;
}

static bool has_facts(const ca_run_file *file)
{
    ca_records records = file->layout ? ca_layout_records(file->layout) : CA_RECORDS_IGNORE;
    return records == CA_RECORDS_PATIENTS || records == CA_RECORDS_PROVIDERS;
}

static uint64_t bytes_of(const ca_run_file *file)
{
    return file->spooled ? file->streamed : file->info.size * (file->packed ? EXPANSION : 1);
}

static uint64_t expected_tables(const ca_scan_state *scan)
{
    uint64_t sum = TABLES_LEAST;
    for (size_t i = 0; i < scan->file_count; i++) {
        uint64_t bytes = has_facts(&scan->files[i]) ? bytes_of(&scan->files[i]) : 0;
        sum += bytes < UINT64_MAX / 1000 - sum ? bytes / 100 * TABLE_PERCENT : 0;    /* beyond any machine: told sizes lie */
    }
    return sum;
}

static uint64_t expected_bits(const ca_scan_state *scan)
{
    uint64_t sum = 0;
    for (size_t i = 0; scan->several && i < scan->file_count; i++) {
        uint64_t bytes = has_facts(&scan->files[i]) ? 0 : bytes_of(&scan->files[i]);
        sum += bytes < UINT64_MAX / 1000 - sum ? bytes / LINE_BYTES * BITS_OF_LINE / 8 : 0;
    }
    return sum;
}

static bool has_peers(const ca_scan_state *scan)
{
    bool any = false;
    for (unsigned i = 0; i < exchanges(scan); i++) {
        any |= scan->several->routes[i].has_peers;
    }
    return any;
}

ca_budget ca_budget_of(const ca_scan_state *scan)
{
    unsigned jobs = scan->options->jobs < CA_WORKERS_MAX ? scan->options->jobs : CA_WORKERS_MAX;
    ca_budget_ask ask = {.memory = scan->options->memory,
                         .held = scan->held + (scan->tables_held ? 0 : expected_tables(scan)) + expected_bits(scan),
                         .exchanges = exchanges(scan),
                         .peers = has_peers(scan),
                         .jobs = jobs};
    return ca_budget_split(&ask);
}

void ca_budget_settle(ca_scan_state *scan)
{
    scan->held += ca_facts_bytes(scan->facts);
    scan->tables_held = true;
}

int ca_budget_check(ca_scan_state *scan, ca_error *err)
{
    uint64_t memory = scan->options->memory;
    scan->held = ca_alloc_held() - scan->held_before;
    uint64_t needed = ca_budget_floor(scan->held + TABLES_LEAST, exchanges(scan));
    uint64_t scores = scan->measuring ? scan->held + TABLES_LEAST + ca_budget_scores_least(scan) : 0;
    ca_memory_words words = ca_memory_compare(memory, memory);
    if (memory >= needed && memory >= scores) {
        return 0;
    }
    return ca_error_set(err, CA_USAGE, "--memory %s is too little for these rules%s: give --memory %lluM or more%s", words.room,
                        scores > needed ? " and scores" : "", ca_budget_mib((scores > needed ? scores : needed) + MEASURE),
                        scores > needed ? ", or --no-score" : "");
}

/* --- Tables ------------------------------------------------------------------------------------- */

/* What the tables will take, from how far reading the file is that makes them too large. */
static uint64_t extrapolated(const ca_run_file *file, uint64_t position, uint64_t tables)
{
    uint64_t whole = file && position ? file->info.size : 0;
    uint64_t rest = whole > position ? (whole - position) / 1024 : 0;
    return tables + tables / (position / 1024 + 1) * rest;
}

int ca_budget_check_tables(const ca_scan_state *scan, const ca_run_file *file, uint64_t position, ca_error *err)
{
    uint64_t tables = ca_facts_bytes(scan->facts);
    uint64_t needed = ca_budget_floor(scan->held + expected_bits(scan), exchanges(scan));
    uint64_t room = scan->options->memory > needed ? scan->options->memory - needed : 0;
    if (tables <= room) {
        return 0;
    }
    uint64_t expected = extrapolated(file, position, tables);
    ca_memory_words words = ca_memory_compare(tables, room);
    return ca_error_set(err, CA_LIMIT,
                        "the patient and provider tables take %s so far, --memory leaves %s for them; give --memory %lluM "
                        "or more",
                        words.held, words.room, ca_budget_mib(needed + expected + expected / 4));
}

/* --- Peers --------------------------------------------------------------------------------------- */

int ca_budget_check_peers(const ca_scan_state *scan, uint64_t bytes, uint32_t done, uint32_t buckets, ca_error *err)
{
    ca_budget budget = ca_budget_of(scan);
    uint64_t held = bytes * budget.workers;
    if (held <= budget.peers) {
        return 0;
    }
    uint64_t expected = held / (done ? done : 1) * buckets;
    expected += expected > held ? (expected - held) / 4 : 0;    /* buckets to come may be larger than those that came */
    uint64_t more = (expected > budget.peers ? expected - budget.peers : held) * PEERS_SHARE;
    ca_memory_words words = ca_memory_compare(held, budget.peers);
    return ca_error_set(err, CA_LIMIT,
                        "the metrics of entities and their peers take %s so far, --memory leaves %s for them; give --memory %lluM "
                        "or more",
                        words.held, words.room, ca_budget_mib(scan->options->memory + more + MEASURE));
}

/* --- Findings ----------------------------------------------------------------------------------- */

int ca_budget_check_kept(const ca_scan_state *scan, uint64_t more, ca_error *err)
{
    uint64_t held = more;
    uint64_t room = scan->options->memory / KEPT_SHARE;
    for (size_t i = 0; i < 3 * scan->setup->rules->count; i++) {
        held += scan->kept[i].cap * sizeof *scan->kept[i].items;
    }
    if (held <= room) {
        return 0;
    }
    ca_memory_words words = ca_memory_compare(held, room);
    return ca_error_set(err, CA_LIMIT,
                        "the places of findings take %s, a quarter of --memory is %s; give --memory %lluM or more, or a "
                        "smaller --max-findings",
                        words.held, words.room, ca_budget_mib(held * KEPT_SHARE));
}

/* --- Shares ------------------------------------------------------------------------------------- */

size_t ca_budget_writer_bytes(const ca_scan_state *scan)
{
    return ca_budget_of(scan).writer;
}

size_t ca_budget_bucket_bytes(const ca_scan_state *scan)
{
    return ca_budget_of(scan).bucket;
}

/* So many that the lines of one, if all travelled, are a few thousand. What is written of a bucket at once has a place in the
 * part's directory, which is in memory: few large ones. */
uint32_t ca_budget_buckets(const ca_scan_state *scan, size_t writer)
{
    uint64_t bytes = 0;
    uint32_t buckets = BUCKETS_LEAST;
    for (size_t i = 0; i < scan->file_count; i++) {
        uint64_t more = has_facts(&scan->files[i]) ? 0 : bytes_of(&scan->files[i]);
        bytes = more < UINT64_MAX / 2 - bytes ? bytes + more : UINT64_MAX / 2;    /* beyond any machine: told sizes lie */
    }
    size_t group = ca_budget_of(scan).group / 2;
    size_t input = group < BUCKET_INPUT ? group : BUCKET_INPUT;
    while (buckets < BUCKETS_MOST && buckets < bytes / input) {
        buckets *= 2;
    }
    while (buckets > 1 && writer / buckets < BUCKET_BYTES) {
        buckets /= 2;
    }
    return scan->options->buckets ? scan->options->buckets : buckets;
}

size_t ca_budget_group_bytes(const ca_scan_state *scan)
{
    size_t asked = scan->options->group_bytes;
    size_t fits = ca_budget_of(scan).group;
    return asked && asked < fits ? asked : fits;
}

/* They are held twice over, and once more while they are sorted. */
size_t ca_budget_places(const ca_scan_state *scan)
{
    uint64_t places = scan->options->memory / PLACES_SHARE / (4 * sizeof(ca_place));
    return places > SIZE_MAX ? SIZE_MAX : places < PLACES_LEAST ? PLACES_LEAST : (size_t)places;
}

size_t ca_budget_large_bytes(const ca_scan_state *scan)
{
    size_t asked = scan->options->large_bytes;
    size_t fits = ca_budget_of(scan).large;
    return asked && asked < fits ? asked : fits;
}

size_t ca_budget_filter_bytes(const ca_scan_state *scan)
{
    return ca_budget_of(scan).filter;
}

size_t ca_budget_waiting_bytes(const ca_scan_state *scan)
{
    return ca_budget_of(scan).waiting;
}

size_t ca_budget_record_bytes(const ca_scan_state *scan)
{
    return ca_budget_of(scan).records;
}
