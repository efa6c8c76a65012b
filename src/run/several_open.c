/* The exchanges of rules of several lines: made before the stream, with a writer for each thread, and freed after it. */
#include "run/several.h"

#include <string.h>

#include "rules/group_claims.h"
#include "rules/peers.h"
#include "rules/trigger.h"
#include "run/worker.h"

#define WRITER_BYTES_MIN ((size_t)4 << 20)
#define WRITERS_SHARE 8    /* of --memory, for lines that wait: what does not fit goes to disk */

static int open_writer(const ca_scan_state *scan, ca_route *route, unsigned number, ca_error *err)
{
    uint64_t writers = (uint64_t)scan->several->route_count * ca_crew_size(scan);
    size_t bytes = (size_t)(scan->options->memory / WRITERS_SHARE / writers);
    return ca_keyed_writer_new(route->exchange, number, bytes < WRITER_BYTES_MIN ? WRITER_BYTES_MIN : bytes,
                               &route->writer, err);
}

static int open_route(ca_scan_state *scan, unsigned number, ca_error *err)
{
    ca_route *route = &scan->several->routes[number];
    unsigned columns[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX];
    unsigned count = 0;
    for (unsigned c = 0; c < scan->setup->schema.count; c++) {
        if (route->columns[c]) {
            columns[count++] = c;
        }
    }
    const char *folder = ca_arena_printf(scan->arena, "%s/x%u", scan->work, number + 1);
    if (!folder) {
        return ca_error_nomem(err);
    }
    ca_keyed_plan plan = {.disk = scan->options->disk,
                          .folder = folder,
                          .schema = &scan->setup->schema,
                          .codes = &scan->setup->codes,
                          .columns = columns,
                          .column_count = count,
                          .key = route->key,
                          .key_count = route->key_count,
                          .manifest = {.buckets = scan->options->buckets ? scan->options->buckets : CA_KEYED_BUCKETS},
                          .unsynced = true};
    int rc = ca_keyed_new(&plan, &route->exchange, err);
    return rc ? rc : open_writer(scan, route, 0, err);
}

/* --- What a thread has of its own ---------------------------------------------------------------------------------- */

#define SEEN_SHARE 8           /* of --memory, for the filters */
#define SEEN_BYTES_MIN ((size_t)1 << 16)

/* A sixteenth of the bytes to come is some ten bytes a line: then few marks are taken for others, and the nearer caches still
 * have most of the filter. */
static size_t bytes_for_seen(const ca_scan_state *scan)
{
    uint64_t wanted = 0;
    for (size_t i = 0; i < scan->file_count; i++) {
        uint64_t size = scan->files[i].info.size;
        wanted += scan->files[i].packed ? size / 2 : size / 16;
    }
    uint64_t most = scan->options->memory / SEEN_SHARE / ca_crew_size(scan);
    wanted = wanted < most ? wanted : most;
    return wanted < SEEN_BYTES_MIN ? SEEN_BYTES_MIN : (size_t)wanted;
}

static int make_mates(const ca_scan_state *scan, const ca_mating *mating, ca_mates *mates)
{
    size_t words = scan->batch->words;
    *mates = (ca_mates){.sure = ca_arena_array(scan->arena, words, sizeof(uint64_t)),
                        .key = ca_arena_array(scan->arena, words * 64, sizeof(uint64_t))};
    bool made = mates->sure && mates->key;
    for (unsigned i = 0; i < mating->asks; i++) {
        made &= (mates->asks[i] = ca_arena_array(scan->arena, words * 64, sizeof(uint16_t))) != NULL;
    }
    return made ? 0 : CA_NOMEM;
}

static int make_marks(const ca_scan_state *scan, ca_several *several, ca_error *err)
{
    for (unsigned bit = 0; bit < CA_USES_MAX; bit++) {
        several->of_bit[bit] = (ca_mates){0};
    }
    for (size_t i = 0; i < scan->setup->rules->count; i++) {
        const ca_use *use = &several->uses[i];
        if (use->runs && use->mating.by != CA_MATES_NONE && make_mates(scan, &use->mating, &several->of_bit[use->bit])) {
            return ca_error_nomem(err);
        }
    }
    return 0;
}

/* Bitmaps of a batch, and words by its rows. */
static int make_looking(const ca_scan_state *scan, ca_several *several, ca_error *err)
{
    size_t words = scan->batch->words;
    uint64_t **bits[] = {&several->travels, &several->certain, &several->turned, &several->repeats};
    uint64_t **by_row[] = {&several->rules, &several->sure};
    bool made = true;
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
        made &= (*bits[i] = ca_arena_array(scan->arena, words, sizeof(uint64_t))) != NULL;
    }
    for (size_t i = 0; i < sizeof by_row / sizeof *by_row; i++) {
        made &= (*by_row[i] = ca_arena_array(scan->arena, words * 64, sizeof(uint64_t))) != NULL;
    }
    several->seen = ca_seen_new(bytes_for_seen(scan));
    made &= several->seen != NULL;
    return made ? make_marks(scan, several, err) : ca_error_nomem(err);
}

static int use_columns(ca_batch *batch, const ca_projection *projection)
{
    int rc = 0;
    for (unsigned i = 0; rc == 0 && i < projection->count; i++) {
        rc = ca_batch_use(batch, projection->columns[i].column);
    }
    return rc;
}

static int make_sending(const ca_scan_state *scan, ca_several *several, ca_error *err)
{
    static const unsigned identity[] = {CA_F_CLAIM_TYPE, CA_F_CLAIM_ID, CA_F_CLAIM_PART, CA_F_LINE_NO};
    const ca_projection *projections[] = {&scan->unit_columns, &scan->line_columns, &several->of_claim, &several->of_line};
    several->batch = ca_batch_new(&scan->setup->schema, CA_BATCH_ROWS);
    int rc = several->batch ? 0 : CA_NOMEM;
    for (size_t i = 0; rc == 0 && i < sizeof projections / sizeof *projections; i++) {
        rc = use_columns(several->batch, projections[i]);
    }
    for (size_t i = 0; rc == 0 && i < sizeof identity / sizeof *identity; i++) {
        rc = ca_batch_use(several->batch, identity[i]);
    }
    several->line_rules = ca_arena_array(scan->arena, CA_BATCH_ROWS, sizeof(uint64_t));
    several->hash = ca_arena_array(scan->arena, CA_BATCH_ROWS, sizeof(uint64_t));
    several->chosen = ca_arena_array(scan->arena, CA_BATCH_ROWS / 64, sizeof(uint64_t));
    several->whole = ca_arena_array(scan->arena, CA_BATCH_ROWS / 64, sizeof(uint64_t));
    bool made = several->line_rules && several->hash && several->chosen && several->whole;
    return rc || !made ? ca_error_nomem(err) : 0;
}

int ca_several_watch(ca_scan_state *scan, ca_error *err)
{
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && scan->several && i < scan->setup->rules->count; i++) {
        if (ca_several_runs(scan, scan->setup->rules->rules[i])) {
            rc = ca_trigger_add_rule(scan->trigger, scan->setup->rules->rules[i], err);
        }
    }
    return rc;
}

/* Columns of the routes that records do not have already, in two parts: of the claim, which travels once for neighbours,
 * and of the line. */
static int project(ca_scan_state *scan, ca_error *err)
{
    static const unsigned in_head[] = {CA_F_CLAIM_ID, CA_F_CLAIM_TYPE, CA_F_CLAIM_PART, CA_F_LINE_NO};
    ca_several *several = scan->several;
    uint8_t of_claim[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX] = {0};
    uint8_t of_line[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX] = {0};
    for (unsigned c = 0; c < scan->setup->schema.count; c++) {
        bool of = ca_column_of_claims(&scan->setup->schema, c);
        bool wanted = false;
        for (unsigned i = 0; i < several->route_count; i++) {
            wanted |= several->routes[i].columns[c] != 0;
        }
        for (size_t i = 0; i < sizeof in_head / sizeof *in_head; i++) {
            wanted &= c != in_head[i];
        }
        of_claim[c] = wanted && of && !scan->of_unit[c];
        of_line[c] = wanted && !of && !scan->of_lines[c];
    }
    int rc = ca_project(scan, of_claim, &several->of_claim, err);
    return rc ? rc : ca_project(scan, of_line, &several->of_line, err);
}

int ca_several_open(ca_scan_state *scan, ca_error *err)
{
    ca_several *several = scan->several;
    if (!several) {
        return 0;
    }
    int rc = project(scan, err);
    rc = rc ? rc : make_looking(scan, several, err);
    rc = rc ? rc : make_sending(scan, several, err);
    several->has_from_date = ca_arena_array(scan->arena, scan->file_count + 1, sizeof(bool));
    rc = rc || several->has_from_date ? rc : ca_error_nomem(err);
    rc = rc ? rc : ca_horizon_of(scan, &several->horizon, err);
    rc = rc ? rc : ca_several_watch(scan, err);
    for (unsigned i = 0; rc == 0 && i < several->route_count; i++) {
        rc = open_route(scan, i, err);
    }
    return rc;
}

static void free_looking(ca_several *several)
{
    for (unsigned bit = 0; bit < CA_USES_MAX; bit++) {
        ca_mates_done(&several->of_bit[bit]);
    }
    ca_seen_free(several->seen);
}

static ca_several *copy_for(ca_scan_state *scan)
{
    ca_several *own = ca_arena_copy(scan->arena, scan->several, sizeof *own);
    if (own) {
        own->seen = NULL;
        own->batch = NULL;
        memset(own->of_bit, 0, sizeof own->of_bit);
        scan->several = own;
    }
    return own;
}

int ca_several_share_looking(ca_scan_state *scan, ca_error *err)
{
    ca_several *own = scan->several ? copy_for(scan) : NULL;
    return own ? make_looking(scan, own, err) : scan->several ? ca_error_nomem(err) : 0;
}

void ca_several_add(ca_scan_state *scan, ca_scan_state *other)
{
    if (scan->several) {
        ca_seen_merge(scan->several->seen, other->several->seen);
    }
}

int ca_several_share_sending(ca_scan_state *scan, unsigned number, ca_error *err)
{
    ca_several *own = scan->several ? copy_for(scan) : NULL;
    if (!own) {
        return scan->several ? ca_error_nomem(err) : 0;
    }
    int rc = make_sending(scan, own, err);
    for (unsigned i = 0; rc == 0 && i < own->route_count; i++) {
        rc = open_writer(scan, &own->routes[i], number, err);
    }
    own->seen = scan->run->several->seen;    /* nothing is added to it any more */
    return rc;
}

void ca_several_unshare(ca_scan_state *scan)
{
    const ca_several *of_run = scan->run->several;
    if (scan->several == of_run) {
        return;
    }
    if (scan->several->seen != of_run->seen) {
        free_looking(scan->several);
    }
    ca_batch_free(scan->several->batch);
}

void ca_several_close(ca_scan_state *scan)
{
    ca_several *several = scan->several;
    if (!several) {
        return;
    }
    for (unsigned i = 0; i < several->route_count; i++) {
        ca_keyed_free(several->routes[i].exchange);
    }
    for (size_t i = 0; i < scan->setup->rules->count; i++) {
        ca_peers_free(several->peers[i]);
    }
    free_looking(several);
    ca_batch_free(several->batch);
}
