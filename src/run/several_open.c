/* What rules of several lines need: exchanges, filter and batches that wait are made before the stream, a thread's own share of
 * them when it begins. */
#include "run/several.h"

#include <string.h>

#include "base/alloc.h"
#include "rules/group_claims.h"
#include "rules/peers.h"
#include "rules/trigger.h"
#include "run/budget.h"
#include "run/measuring.h"
#include "run/worker.h"

static int open_writer(const ca_scan_state *scan, ca_route *route, unsigned number, ca_error *err)
{
    return ca_keyed_writer_new(route->exchange, number, ca_budget_writer_bytes(scan), &route->writer, err);
}

static int open_route(ca_scan_state *scan, ca_route *route, unsigned number, ca_error *err)
{
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
    ca_keyed_plan plan = {.disk = scan->temporary,
                          .folder = folder,
                          .schema = &scan->setup->schema,
                          .codes = &scan->setup->codes,
                          .columns = columns,
                          .column_count = count,
                          .key = route->key,
                          .key_count = route->key_count,
                          .unsynced = true};
    int rc = ca_run_manifest(scan, &plan.manifest, err);
    plan.manifest.buckets = ca_budget_buckets(scan, ca_budget_writer_bytes(scan));
    rc = rc ? rc : ca_keyed_new(&plan, &route->exchange, err);
    return rc ? rc : open_writer(scan, route, 0, err);
}

/* --- What a thread has of its own ---------------------------------------------------------------------------------- */

#define SEEN_BYTES_LEAST ((size_t)1 << 16)
#define CROWD_BITS_MOST  24u
#define CROWD_SHARE      128u

/* A sixteenth of the bytes to come is some ten bytes a line: then few marks are taken for others, and the nearer caches still
 * have most of the filter. */
static size_t bytes_for_seen(const ca_scan_state *scan)
{
    uint64_t wanted = 0;
    for (size_t i = 0; i < scan->file_count; i++) {
        uint64_t size = scan->files[i].info.size;
        wanted += scan->files[i].packed ? size / 2 : size / 16;
    }
    size_t most = ca_budget_filter_bytes(scan);
    return wanted < SEEN_BYTES_LEAST ? SEEN_BYTES_LEAST : wanted < most ? (size_t)wanted : most;
}

/* Among very many lines those of too many keys would be counted together: then places are more, and take from the filter. */
static int make_filter(const ca_scan_state *scan, ca_several *several)
{
    size_t bytes = several->seen_bytes ? several->seen_bytes : bytes_for_seen(scan);    /* all threads' are alike */
    unsigned bits = CA_CROWD_BITS;
    while (bits < CROWD_BITS_MOST && (sizeof *several->crowds << bits) < bytes / CROWD_SHARE) {
        bits++;
    }
    size_t more = sizeof *several->crowds * (((size_t)1 << bits) - ((size_t)1 << CA_CROWD_BITS));
    several->seen_bytes = bytes;
    several->crowd_bits = bits;
    size_t of_events = ca_events_make(&several->events, bytes, scan->arena);
    several->crowds = ca_arena_array(scan->arena, (size_t)1 << bits, sizeof *several->crowds);
    several->seen = of_events ? ca_seen_new(bytes - more - of_events) : NULL;
    return several->crowds && of_events && several->seen ? 0 : CA_NOMEM;
}

static int make_mates(const ca_scan_state *scan, const ca_mating *mating, ca_mates *mates)
{
    size_t words = scan->batch->words;
    *mates = (ca_mates){.sure = ca_arena_array(scan->arena, words, sizeof(uint64_t)),
                        .events = ca_arena_array(scan->arena, words, sizeof(uint64_t)),
                        .runs = ca_arena_array(scan->arena, words, sizeof(uint64_t)),
                        .answers = ca_arena_array(scan->arena, words, sizeof(uint64_t)),
                        .key = ca_arena_array(scan->arena, words * 64, sizeof(uint64_t))};
    bool made = mates->sure && mates->events && mates->runs && mates->answers && mates->key;
    bool spans = mating->by == CA_MATES_OVERLAP;
    for (unsigned i = 0; spans && i < 2; i++) {
        made &= (mates->span[i] = ca_arena_array(scan->arena, words * 64, sizeof(int32_t))) != NULL;
    }
    for (unsigned i = 0; !mating->later && i < (spans ? 1 : mating->asks); i++) {
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

static int make_waiting(ca_scan_state *scan, ca_several *several, ca_error *err)
{
    size_t budget = ca_budget_waiting_bytes(scan);
    int rc = ca_batches_new(scan->temporary, "waiting", &scan->setup->schema, several->columns, budget, &several->waits, err);
    if (rc == 0 && scan->measuring && several->route_count) {
        ca_batches_read_times(several->waits, 2);    /* for rules of several lines, and then for scores */
    }
    return rc;
}

static int make_looking(ca_scan_state *scan, ca_several *several, ca_error *err)
{
    uint64_t **bits[] = {&several->travels, &several->certain, &several->turned, &several->same_claim, &several->repeats, &several->marked};
    bool made = true;
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
        made &= (*bits[i] = ca_arena_array(scan->arena, scan->batch->words, sizeof(uint64_t))) != NULL;
    }
    if (scan->measuring) {
        made &= (several->days = ca_arena_array(scan->arena, CA_DAYS, sizeof *several->days)) != NULL;
    }
    ca_buf_init(&several->marks);
    int rc = make_filter(scan, several) || !made ? ca_error_nomem(err) : make_marks(scan, several, err);
    return rc ? rc : make_waiting(scan, several, err);
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

/* Where it is found out late what lines ask for: their day, and of events the key and what has to be equal. */
static int choose_asking(ca_scan_state *scan, ca_error *err)
{
    ca_several *several = scan->several;
    for (size_t i = 0; i < scan->setup->rules->count; i++) {
        const ca_mating *mating = &several->uses[i].mating;
        const ca_rule_keys *keys = &scan->setup->rules->rules[i]->keys;
        bool event = mating->by == CA_MATES_EVENT;
        if (!several->uses[i].runs || (!event && !(mating->by == CA_MATES_NEAR && mating->later))) {
            continue;
        }
        several->asking = several->asking ? several->asking : ca_arena_array(scan->arena, scan->setup->schema.count, 1);
        if (!several->asking) {
            return ca_error_nomem(err);
        }
        several->asking[CA_F_SERVICE_DATE] = 1;
        for (size_t k = 0; event && k < keys->same.count; k++) {
            several->asking[keys->same.items[k]] = 1;
        }
        for (unsigned k = 0; event && k < mating->equal_count; k++) {
            several->asking[ca_mates_column(mating, k, CA_SIDE_B)] = 1;
        }
    }
    return 0;
}

/* What waits with a line, and what makes claims of lines alike for rules about claims. */
static int choose_columns(ca_scan_state *scan, ca_error *err)
{
    ca_several *several = scan->several;
    const ca_schema *schema = &scan->setup->schema;
    several->of_header = ca_arena_array(scan->arena, schema->count, 1);
    several->columns = ca_arena_array(scan->arena, schema->count, 1);
    if (!several->columns || !several->of_header) {
        return ca_error_nomem(err);
    }
    for (unsigned i = 0; i < several->route_count; i++) {
        for (unsigned c = 0; c < schema->count; c++) {
            several->columns[c] |= several->routes[i].columns[c] ? CA_COMPACT_FIRST : 0;
        }
    }
    for (unsigned c = 0; scan->measuring && c < schema->count; c++) {
        several->columns[c] |= scan->measuring->columns[c] ? CA_COMPACT_SECOND : 0;
    }
    for (size_t i = 0; i < scan->setup->rules->count; i++) {
        const ca_rule *rule = scan->setup->rules->rules[i];
        for (unsigned c = 0; several->uses[i].of_claims && c < schema->count; c++) {
            several->of_header[c] |= (rule->unit_columns[c] || rule->line_columns[c]) && ca_column_of_claims(schema, c);
        }
    }
    return ca_project(scan, several->of_header, &several->header, err);
}

int ca_several_open(ca_scan_state *scan, ca_error *err)
{
    ca_several *several = scan->several;
    if (!several) {
        return 0;
    }
    int rc = choose_columns(scan, err);
    rc = rc ? rc : choose_asking(scan, err);
    several->has_from_date = ca_arena_array(scan->arena, scan->file_count + 1, sizeof(bool));
    several->numbered = ca_arena_array(scan->arena, 1, sizeof *several->numbered);
    several->waiting = ca_arena_array(scan->arena, CA_WORKERS_MAX, sizeof(ca_batches *));
    if (rc == 0 && (!several->has_from_date || !several->numbered || !several->waiting)) {
        return ca_error_nomem(err);
    }
    rc = rc ? rc : make_looking(scan, several, err);
    if (rc == 0) {
        several->waiting[several->waiting_count++] = several->waits;
    }
    rc = rc ? rc : ca_horizon_of(scan, &several->horizon, err);
    rc = rc ? rc : ca_several_watch(scan, err);
    for (unsigned i = 0; rc == 0 && i < several->route_count; i++) {
        rc = open_route(scan, &scan->several->routes[i], i, err);
    }
    return rc;
}

static ca_several *copy_for(ca_scan_state *scan, ca_error *err)
{
    ca_several *own = ca_arena_copy(scan->arena, scan->several, sizeof *own);
    if (!own) {
        ca_error_nomem(err);
        return NULL;
    }
    own->waits = NULL;
    memset(own->of_bit, 0, sizeof own->of_bit);
    memset(own->sending, 0, sizeof own->sending);
    own->rows_sent = NULL;
    own->word_cap = 0;
    own->waiting_batch = (ca_waiting){0};
    ca_buf_init(&own->marks);
    scan->several = own;
    return own;
}

int ca_several_share_looking(ca_scan_state *scan, ca_error *err)
{
    if (!scan->several) {
        return 0;
    }
    ca_several *own = copy_for(scan, err);
    if (own) {
        own->seen = NULL;
        own->events = (ca_events){0};
    }
    return own ? make_looking(scan, own, err) : CA_NOMEM;
}

void ca_several_add(ca_scan_state *scan, ca_scan_state *other)
{
    if (scan->several) {
        ca_several *several = scan->several;
        ca_seen_merge(several->seen, other->several->seen);
        ca_events_add(&several->events, &other->several->events);
        several->sideless |= other->several->sideless;
        several->wild |= other->several->wild;
        for (size_t i = 0; i < (size_t)1 << several->crowd_bits; i++) {
            unsigned sum = several->crowds[i] + other->several->crowds[i];
            several->crowds[i] = (uint16_t)(sum < UINT16_MAX ? sum : UINT16_MAX);
        }
        for (size_t i = 0; several->days && i < CA_DAYS; i++) {
            several->days[i] += other->several->days[i];
        }
        several->waiting[several->waiting_count++] = other->several->waits;
        other->several->waits = NULL;
    }
}

int ca_several_open_torn(ca_scan_state *scan, ca_error *err)
{
    ca_several *several = scan->several;
    bool any = several->of_claims && several->disagree && *several->disagree;
    return any ? open_route(scan, &several->torn, CA_ROUTES_MAX + CA_LARGE_FOLDERS, err) : 0;
}

int ca_several_share_sending(ca_scan_state *scan, unsigned number, ca_error *err)
{
    ca_several *own = copy_for(scan, err);    /* nothing is added to its filter any more */
    int rc = own ? 0 : CA_NOMEM;
    for (unsigned i = 0; rc == 0 && i < own->route_count; i++) {
        rc = open_writer(scan, &own->routes[i], number, err);
    }
    return rc || !own->torn.exchange ? rc : open_writer(scan, &own->torn, number, err);
}

static void free_own(ca_several *several)
{
    for (unsigned bit = 0; bit < CA_USES_MAX; bit++) {
        ca_mates_done(&several->of_bit[bit]);
    }
    for (size_t i = 0; i < sizeof several->sending / sizeof *several->sending; i++) {
        ca_free(several->sending[i]);
    }
    ca_free(several->rows_sent);
    ca_waiting_done(&several->waiting_batch);
    ca_buf_done(&several->marks);
}

void ca_several_unshare(ca_scan_state *scan)
{
    const ca_several *of_run = scan->run->several;
    if (scan->several == of_run) {
        return;
    }
    if (scan->several->seen != of_run->seen) {
        ca_seen_free(scan->several->seen);
        ca_events_done(&scan->several->events);
    }
    ca_batches_free(scan->several->waits);
    free_own(scan->several);
}

void ca_several_forget_waiting(ca_several *several)
{
    for (unsigned i = 0; i < several->waiting_count; i++) {
        ca_batches_free(several->waiting[i]);
    }
    several->waiting_count = 0;
    several->waits = NULL;
}

void ca_several_forget_route(ca_route *route)
{
    ca_keyed_free(route->exchange);
    route->exchange = NULL;
    route->writer = NULL;
}

void ca_several_close(ca_scan_state *scan)
{
    ca_several *several = scan->several;
    if (!several) {
        return;
    }
    free_own(several);    /* before what it has of the batches */
    for (unsigned i = 0; i < several->route_count; i++) {
        ca_several_forget_route(&several->routes[i]);
    }
    ca_keyed_free(several->torn.exchange);
    for (size_t i = 0; i < scan->setup->rules->count; i++) {
        ca_peers_free(several->peers[i]);
    }
    if (several->waiting_count == 0) {
        ca_batches_free(several->waits);    /* it was not ready */
    }
    ca_several_forget_waiting(several);
    ca_seen_free(several->seen);
    ca_events_done(&several->events);
}
