/* The exchanges of rules of several lines: made before the stream, with a writer for each thread, and freed after it. */
#include "run/several.h"

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

static int make_scratch(const ca_scan_state *scan, ca_several *several, ca_error *err)
{
    size_t words = scan->batch->words;
    several->travels = ca_arena_array(scan->arena, words, sizeof(uint64_t));
    several->turned = ca_arena_array(scan->arena, words, sizeof(uint64_t));
    several->chosen = ca_arena_array(scan->arena, words, sizeof(uint64_t));
    several->whole = ca_arena_array(scan->arena, words, sizeof(uint64_t));
    several->hash = ca_arena_array(scan->arena, scan->batch->capacity, sizeof(uint64_t));
    bool made = several->travels && several->turned && several->chosen && several->whole && several->hash;
    return made ? 0 : ca_error_nomem(err);
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

int ca_several_open(ca_scan_state *scan, ca_error *err)
{
    ca_several *several = scan->several;
    if (!several) {
        return 0;
    }
    int rc = make_scratch(scan, several, err);
    several->has_from_date = ca_arena_array(scan->arena, scan->file_count + 1, sizeof(bool));
    rc = rc || several->has_from_date ? rc : ca_error_nomem(err);
    rc = rc ? rc : ca_horizon_of(scan, &several->horizon, err);
    rc = rc ? rc : ca_several_watch(scan, err);
    for (unsigned i = 0; rc == 0 && i < several->route_count; i++) {
        rc = open_route(scan, i, err);
    }
    return rc;
}

int ca_several_share(ca_scan_state *scan, unsigned number, ca_error *err)
{
    if (!scan->several) {
        return 0;
    }
    ca_several *own = ca_arena_copy(scan->arena, scan->several, sizeof *own);
    int rc = own ? make_scratch(scan, own, err) : ca_error_nomem(err);
    for (unsigned i = 0; rc == 0 && i < own->route_count; i++) {
        rc = open_writer(scan, &own->routes[i], number, err);
    }
    if (rc == 0) {
        scan->several = own;
    }
    return rc;
}

int ca_several_finish(ca_scan_state *scan, ca_error *err)
{
    int rc = 0;
    for (unsigned i = 0; rc == 0 && scan->several && i < scan->several->route_count; i++) {
        rc = ca_keyed_finish(scan->several->routes[i].writer, err);
    }
    return rc;
}

void ca_several_close(ca_scan_state *scan)
{
    ca_several *several = scan->several;
    for (unsigned i = 0; several && i < several->route_count; i++) {
        ca_keyed_free(several->routes[i].exchange);
    }
    for (size_t i = 0; several && i < scan->setup->rules->count; i++) {
        ca_peers_free(several->peers[i]);
    }
}
