/* Networks straight from a canonical CSV, without a scan: score_pairs FOLDER [MEMORY_MB [HOLD_MB [alike]]] reads claims.csv, patients.csv and
 * providers.csv and prints pairs and rings as CSV; counts and CPU time of the search go to stderr. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "read/rows.h"
#include "read/source.h"
#include "run/network.h"

enum { PATIENT, PROVIDER, PRESCRIBER, PHARMACY, PAID, PLACE, CLAIM_CELLS };
enum { REGION = 1, FACT_CELLS };
enum { SPECIALTY = 1, ORGANISATION, PROVIDER_CELLS };
#define CELLS_MOST CLAIM_CELLS

/* A line as the search sees it: numbers of names. */
typedef struct seen_line {
    uint32_t patient;
    uint32_t entities[3];    /* CA_TABLE_NONE where there is none */
    int64_t paid;
    bool laboratory;
} seen_line;

typedef struct claim_folder {
    ca_table patients, entities;
    ca_arena arena;
    ca_text *regions;        /* by patient */
    ca_text *specialties, *organisations;    /* by entity */
    uint32_t patient_cap, entity_cap;
    seen_line *lines;
    size_t line_count, line_cap;
} claim_folder;

static int64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void stop(const char *why)
{
    fprintf(stderr, "score_pairs: %s\n", why);
    exit(1);
}

static void *kept(void *memory)
{
    if (memory == NULL)
        stop("out of memory");
    return memory;
}

static uint32_t number_of(ca_table *table, ca_text name)
{
    uint32_t id;
    if (name.len == 0)
        return CA_TABLE_NONE;
    if (ca_table_put(table, name, &id, NULL) != 0)
        stop("out of memory");
    return id;
}

static ca_text copy(claim_folder *folder, ca_text text)
{
    ca_text copied;
    if (ca_arena_text(&folder->arena, text, &copied) != 0)
        stop("out of memory");
    return copied;
}

/* Calls `take` with the cells of each row that have these names. */
static void read_file(claim_folder *folder, const char *path, const char *const *names, unsigned count,
                      void (*take)(struct claim_folder *folder, const ca_text *cells))
{
    ca_error err;
    ca_source *source;
    ca_rows *rows;
    ca_row row;
    ca_csv_format format = ca_csv_format_default();
    size_t places[CELLS_MOST];
    if (ca_source_open(ca_disk_real(), path, &source, &err) != 0 ||
        ca_rows_open(source, &format, 0, CA_LANE_BOTH, &rows, &err) != 0 || ca_rows_next(rows, &row, &err) != 0)
        stop(err.text);
    for (unsigned n = 0; n < count; n++) {
        places[n] = SIZE_MAX;
        for (size_t i = 0; i < row.cell_count; i++) {
            if (ca_text_is(row.cells[i], names[n]))
                places[n] = i;
        }
        if (places[n] == SIZE_MAX)
            stop(names[n]);
    }
    while (ca_rows_next(rows, &row, &err) == 0) {
        ca_text cells[CELLS_MOST];
        for (unsigned n = 0; n < count; n++)
            cells[n] = places[n] < row.cell_count ? row.cells[places[n]] : CA_TEXT("");
        take(folder, cells);
    }
    ca_rows_close(rows);
    ca_source_close(source);
}

static void take_patient(claim_folder *folder, const ca_text *cells)
{
    uint32_t id = number_of(&folder->patients, cells[PATIENT]);
    while (id >= folder->patient_cap) {
        uint32_t cap = folder->patient_cap * 2 + 1024;
        folder->regions = kept(ca_realloc_array(folder->regions, cap, sizeof *folder->regions));
        memset(folder->regions + folder->patient_cap, 0, (cap - folder->patient_cap) * sizeof *folder->regions);
        folder->patient_cap = cap;
    }
    folder->regions[id] = copy(folder, cells[REGION]);
}

static void take_provider(claim_folder *folder, const ca_text *cells)
{
    uint32_t id = number_of(&folder->entities, cells[0]);
    while (id >= folder->entity_cap) {
        uint32_t cap = folder->entity_cap * 2 + 1024;
        folder->specialties = kept(ca_realloc_array(folder->specialties, cap, sizeof *folder->specialties));
        folder->organisations = kept(ca_realloc_array(folder->organisations, cap, sizeof *folder->organisations));
        memset(folder->specialties + folder->entity_cap, 0, (cap - folder->entity_cap) * sizeof *folder->specialties);
        folder->entity_cap = cap;
    }
    folder->specialties[id] = copy(folder, cells[SPECIALTY]);
    folder->organisations[id] = copy(folder, cells[ORGANISATION]);
}

static void take_claim(claim_folder *folder, const ca_text *cells)
{
    char paid[64];
    seen_line *grown = kept(ca_grown_array(folder->lines, folder->line_count, &folder->line_cap, sizeof *grown));
    seen_line line = {.patient = number_of(&folder->patients, cells[PATIENT])};
    for (unsigned i = 0; i < 3; i++)
        line.entities[i] = number_of(&folder->entities, cells[PROVIDER + i]);
    snprintf(paid, sizeof paid, "%.*s", (int)(cells[PAID].len < 60 ? cells[PAID].len : 60), cells[PAID].ptr == NULL ? "" : cells[PAID].ptr);
    line.paid = (int64_t)(strtod(paid, NULL) * 10000 + 0.5);
    line.laboratory = ca_network_is_laboratory_place(cells[PLACE]);
    folder->lines = grown;
    folder->lines[folder->line_count++] = line;
}

static uint64_t hash_of(const claim_folder *folder, uint32_t entity)
{
    ca_text name = ca_table_key(&folder->entities, entity);
    return ca_hash64(name.ptr, name.len);
}

static int tell(void *context, ca_network_hear *hear, void *to, ca_error *err)
{
    const ca_edge_kind kinds[] = {CA_EDGE_PROVIDER, CA_EDGE_PRESCRIBER, CA_EDGE_PHARMACY};
    const claim_folder *folder = context;
    int rc = 0;
    for (uint32_t id = 0; rc == 0 && id < folder->entities.count; id++) {
        bool fact = id < folder->entity_cap && folder->specialties[id].ptr != NULL;
        ca_network_known known = {.entity = hash_of(folder, id),
                                  .id = ca_table_key(&folder->entities, id),
                                  .specialty = fact ? folder->specialties[id] : CA_TEXT(""),
                                  .organisation = fact ? folder->organisations[id] : CA_TEXT("")};
        for (unsigned k = 0; rc == 0 && k < 3; k++) {
            known.kind = kinds[k];
            rc = hear(to, &known, err);
        }
    }
    return rc;
}

/* Lines by patient, in two steps: how many, then where. */
static seen_line *sort_lines(const claim_folder *folder)
{
    size_t *next = kept(ca_alloc_zero(folder->patients.count + 1, sizeof *next));
    seen_line *sorted = kept(ca_alloc_zero(folder->line_count, sizeof *sorted));
    for (size_t i = 0; i < folder->line_count; i++)
        next[folder->lines[i].patient + 1]++;
    for (size_t i = 0; i < folder->patients.count; i++)
        next[i + 1] += next[i];
    for (size_t i = 0; i < folder->line_count; i++)
        sorted[next[folder->lines[i].patient]++] = folder->lines[i];
    ca_free(next);
    return sorted;
}

static void collect(const claim_folder *folder, const seen_line *lines, const uint64_t *hashes, ca_network_sink *sink)
{
    const ca_edge_kind kinds[] = {CA_EDGE_PROVIDER, CA_EDGE_PRESCRIBER, CA_EDGE_PHARMACY};
    ca_error err;
    for (size_t i = 0, end; i < folder->line_count; i = end) {
        uint32_t patient = lines[i].patient;
        ca_network_begin(sink, ca_hash64(&patient, sizeof patient));
        for (end = i; end < folder->line_count && lines[end].patient == patient; end++) {
            for (unsigned e = 0; e < 3; e++) {
                uint32_t entity = lines[end].entities[e];
                if (entity != CA_TABLE_NONE)
                    ca_network_see(sink, kinds[e], hashes[entity], lines[end].paid, e == 0 && lines[end].laboratory);
            }
        }
        ca_text region = patient < folder->patient_cap && folder->regions[patient].ptr != NULL ? folder->regions[patient] : CA_TEXT("");
        if (ca_network_place(sink, region, true, 1, &err) != 0 || ca_network_end(sink, &err) != 0)
            stop(err.text);
    }
}

static void print_found(const ca_network_found *found)
{
    const ca_network_result *result = found->result;
    static const char *const kinds[] = {"provider", "laboratory", "prescriber", "pharmacy"};
    printf("what,ring,first_kind,first,second_kind,second,region,population,of_first,of_second,shared,log_p,log_q,lift,jaccard,paid\n");
    for (size_t i = 0; i < result->pair_count; i++) {
        const ca_network_pair *pair = &result->pairs[i];
        ca_text a = found->named[pair->first].id, b = found->named[pair->second].id, region = found->regions[pair->region];
        printf("pair,%d,%s,%.*s,%s,%.*s,%.*s,%u,%u,%u,%u,%.6f,%.6f,%.3f,%.4f,%.2f\n", pair->ring == UINT32_MAX ? -1 : (int)pair->ring,
               kinds[result->entities[pair->first].kind], (int)a.len, a.ptr, kinds[result->entities[pair->second].kind], (int)b.len,
               b.ptr, (int)region.len, region.ptr, pair->population, pair->of_first, pair->of_second, pair->shared, pair->log_p,
               pair->log_q, pair->lift, pair->jaccard, (double)(pair->paid.first + pair->paid.second) / 10000);
    }
    for (size_t i = 0; i < result->ring_count; i++) {
        const ca_network_ring *ring = &result->rings[i];
        printf("ring,%zu,members %u,,pairs %u,,,,,,%u,,,%.3f,,%.2f\n", i, ring->members, ring->pairs, ring->shared, ring->density,
               (double)ring->paid / 10000);
    }
}

static void print_counts(const ca_network_counts *counts)
{
    fprintf(stderr, "patients %" PRIu64 " crowded %" PRIu64 " homeless %" PRIu64 " edges %" PRIu64 " entities %" PRIu64
                    " hubs %" PRIu64 " regions %" PRIu64 "\npossible pairs %" PRIu64 " tested %" PRIu64
                    " of one organisation %" PRIu64 " passes %u\n",
            counts->patients, counts->crowded, counts->homeless, counts->edges, counts->entities, counts->hubs, counts->regions,
            counts->possible, counts->tested, counts->one_organisation, counts->passes);
}

static void search(claim_folder *folder, size_t memory, size_t hold, bool alike)
{
    ca_error err;
    ca_network_sink *sink;
    ca_network_found *found;
    ca_network_settings settings = ca_network_defaults();
    seen_line *sorted = sort_lines(folder);
    uint64_t *hashes = kept(ca_alloc_zero(folder->entities.count, sizeof *hashes));
    for (uint32_t i = 0; i < folder->entities.count; i++)
        hashes[i] = hash_of(folder, i);
    settings.memory = memory;
    settings.alike = alike;
    uint64_t held = ca_alloc_held();
    int64_t start = cpu_ns();
    if (ca_network_sink_new(ca_disk_real(), "score_pairs.edges.tmp", hold, &sink, &err) != 0)
        stop(err.text);
    collect(folder, sorted, hashes, sink);
    int64_t collected = cpu_ns();
    fprintf(stderr, "held for edges %" PRIu64 " MB\n", (ca_alloc_held() - held) >> 20);
    if (ca_network_run(sink, ca_disk_real(), "score_pairs.lists.tmp", &settings, tell, folder, &found, &err) != 0)
        stop(err.text);
    int64_t end = cpu_ns();
    print_found(found);
    print_counts(&found->result->counts);
    fprintf(stderr, "collected in %.3f s, searched in %.3f s\n", (double)(collected - start) / 1e9, (double)(end - collected) / 1e9);
    ca_network_found_free(found);
    ca_network_sink_free(sink);
    ca_free(hashes);
    ca_free(sorted);
}

int main(int argc, char **argv)
{
    static const char *const claim_names[] = {"patient_id",    "rendering_provider_id", "prescriber_id",
                                              "pharmacy_id", "paid",                  "place_of_service"};
    static const char *const patient_names[] = {"patient_id", "region"};
    static const char *const provider_names[] = {"provider_id", "specialty", "organisation_id"};
    claim_folder folder = {0};
    char path[4096];
    if (argc < 2) {
        fprintf(stderr, "usage: score_pairs FOLDER [MEMORY_MB [HOLD_MB [alike]]]\n");
        return 2;
    }
    ca_table_init(&folder.patients);
    ca_table_init(&folder.entities);
    ca_arena_init(&folder.arena);
    snprintf(path, sizeof path, "%s/patients.csv", argv[1]);
    read_file(&folder, path, patient_names, FACT_CELLS, take_patient);
    snprintf(path, sizeof path, "%s/providers.csv", argv[1]);
    read_file(&folder, path, provider_names, PROVIDER_CELLS, take_provider);
    snprintf(path, sizeof path, "%s/claims.csv", argv[1]);
    read_file(&folder, path, claim_names, CLAIM_CELLS, take_claim);
    search(&folder, (size_t)(argc > 2 ? atoi(argv[2]) : 64) << 20, (size_t)(argc > 3 ? atoi(argv[3]) : 1024) << 20,
           argc > 4 && strcmp(argv[4], "alike") == 0);
    ca_table_done(&folder.patients);
    ca_table_done(&folder.entities);
    ca_arena_done(&folder.arena);
    ca_free(folder.regions);
    ca_free(folder.specialties);
    ca_free(folder.organisations);
    ca_free(folder.lines);
    return 0;
}
