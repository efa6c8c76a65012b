/* What scores may take of --memory. When all rules have judged, most of it is free again; how much that is, is not estimated but asked
 * of the allocator. What grows with the population, profile of lines, entities, models, is looked at while it grows: where it does not
 * fit the scores are given up, and the rules' findings are whole. */
#include "run/budget.h"

#include "base/alloc.h"
#include "base/memory.h"
#include "run/measuring.h"

#define MIB ((uint64_t)1 << 20)

/* Lines that rules hit and features ask for. */
#define HITS_SHARE 8u

/* Of a thread that sends lines to their entities: buckets, a batch that is read back, and what is sent of it. */
#define SENDING (16 * MIB)
/* Of a feature of lines, what is counted of a hundred thousand lines. */
#define LINE_FEATURE (1 * MIB)
#define BUCKET_LEAST (1 * MIB)
/* The profile's tables are never all full at once: 10 million lines took a third of what they could be. */
#define PROFILE_SHARE 3u
/* What is still to come when something does not fit: models, and what is published. */
#define TO_COME (16 * MIB)

static uint64_t held_by(const ca_scan_state *scan)
{
    uint64_t all = ca_alloc_held();
    return all > scan->held_before ? all - scan->held_before : 0;
}

uint64_t ca_budget_room(const ca_scan_state *scan)
{
    uint64_t held = held_by(scan);
    return scan->options->memory > held ? scan->options->memory - held : 0;
}

/* A share of what is free, but not less than what works, and never more than `most`. */
static size_t part(const ca_scan_state *scan, unsigned share, uint64_t least, uint64_t most)
{
    uint64_t bytes = ca_budget_room(scan) / share;
    bytes = bytes < least ? least : bytes;
    return (size_t)(bytes < most ? bytes : most);
}

uint64_t ca_budget_scores_least(const ca_scan_state *scan)
{
    return SENDING + scan->measuring->set->active[CA_ENTITY_LINE] * LINE_FEATURE;
}

size_t ca_budget_hits_bytes(const ca_scan_state *scan)
{
    uint64_t bytes = scan->options->memory / HITS_SHARE;
    return bytes > SIZE_MAX ? SIZE_MAX : (size_t)bytes;
}

int ca_budget_check_hits(const ca_scan_state *scan, ca_error *err)
{
    uint64_t bytes;
    if (ca_measure_hits_fit(scan->measuring->hits, &bytes)) {
        return 0;
    }
    uint64_t room = ca_budget_hits_bytes(scan);
    ca_memory_words words = ca_memory_compare(bytes, room);
    return ca_error_set(err, CA_LIMIT, "the lines that rules hit and features ask for take %s, an eighth of --memory is %s; give --memory "
                        "%lluM or more", words.held, words.room, ca_budget_mib(bytes * HITS_SHARE));
}

unsigned ca_budget_measurers(const ca_scan_state *scan)
{
    unsigned workers = ca_budget_of(scan).workers;
    const ca_score_lines *lines = scan->measuring->claim_lines;
    uint64_t each = SENDING + (lines ? ca_score_lines_bytes(lines) / PROFILE_SHARE : 0);
    while (workers > 1 && workers * each > ca_budget_room(scan)) {
        workers--;
    }
    return workers;
}

size_t ca_budget_sent_bytes(const ca_scan_state *scan, unsigned workers)
{
    return part(scan, 4 * workers, 0, ca_budget_of(scan).records);
}

size_t ca_budget_entity_bucket(const ca_scan_state *scan, unsigned workers)
{
    return part(scan, 8 * workers, BUCKET_LEAST, ca_budget_of(scan).bucket);
}

size_t ca_budget_entity_bytes(const ca_scan_state *scan, unsigned workers)
{
    return part(scan, 2 * workers, BUCKET_LEAST, ca_budget_large_bytes(scan));
}

size_t ca_budget_network_bytes(const ca_scan_state *scan, unsigned workers)
{
    return part(scan, 8 * workers, BUCKET_LEAST, ca_budget_of(scan).bucket);
}

size_t ca_budget_table_bytes(const ca_scan_state *scan)
{
    return part(scan, 4, 0, scan->options->memory / 8);
}

void ca_budget_begin_scores(ca_scan_state *scan)
{
    scan->measuring->held = scan->measuring->grows_from = held_by(scan);
}

void ca_budget_begin_growing(ca_scan_state *scan)
{
    scan->measuring->grows_from = held_by(scan);
}

/* What has grown goes on to grow like that, and a quarter more. */
static uint64_t to_grow(uint64_t grown, uint64_t done, uint64_t whole)
{
    return done && done < whole ? grown / done * (whole - done) / 4 * 5 : 0;
}

int ca_budget_check_scores(const ca_scan_state *scan, uint64_t more, uint64_t done, uint64_t whole, ca_error *err)
{
    uint64_t memory = scan->options->memory, held = held_by(scan);
    const ca_measuring *measuring = scan->measuring;
    if (held <= memory && more <= memory - held) {
        return 0;
    }
    uint64_t grown = held > measuring->grows_from ? held - measuring->grows_from : 0;
    uint64_t taken = held + more > measuring->held ? held + more - measuring->held : 0;
    ca_memory_words words = ca_memory_compare(taken, memory > measuring->held ? memory - measuring->held : 0);
    return ca_error_set(err, CA_LIMIT, "they take %s%s, --memory leaves %s for them; give --memory %lluM or more", words.held,
                        done < whole ? " so far" : "", words.room,
                        ca_budget_mib(held + more + to_grow(grown, done, whole) + TO_COME));
}
