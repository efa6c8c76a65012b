/* Joins facts to the lines of a batch. */
#include <string.h>

#include "map/facts_inner.h"

#define BLOCK 64u /* rows searched together, so that their cache misses overlap */

typedef struct found {
    const void *record; /* NULL: none */
    bool usable;        /* there is a key, and it stands for somebody */
    bool repeated;      /* the same key as the row before */
} found;

/* The key of each row; equal neighbours are searched once. */
static void search(const ca_idmap *map, const ca_batch *batch, unsigned column, unsigned from,
                   unsigned count, found *ret_found)
{
    ca_text ids[BLOCK];
    uint64_t hashes[BLOCK];
    const ca_text *before = NULL;
    for (unsigned i = 0; i < count; i++) {
        ret_found[i] = (found){0};
        ids[i] = (ca_text){NULL, 0};
        if (!ca_batch_has(batch, column, from + i)) {
            before = NULL;
            continue;
        }
        ids[i] = ca_batch_text(batch, column, from + i);
        ret_found[i].repeated =
            before && (before->ptr == ids[i].ptr || ca_text_eq(*before, ids[i]));
        if (!ret_found[i].repeated) {
            hashes[i] = ca_idmap_hash(ids[i]);
            ca_idmap_prefetch(map, hashes[i]);
        }
        before = &ids[i];
    }
    for (unsigned i = 0; i < count; i++) {
        if (ids[i].ptr && !ret_found[i].repeated) {
            ca_idmap_prefetch_record(map, hashes[i]);
        }
    }
    for (unsigned i = 0; i < count; i++) {
        if (!ids[i].ptr) {
            continue;
        }
        if (ret_found[i].repeated) {
            ret_found[i].record = ret_found[i - 1].record;
            ret_found[i].usable = ret_found[i - 1].usable;
            continue;
        }
        ret_found[i].record = ca_idmap_find(map, ids[i], hashes[i]);
        ret_found[i].usable = ret_found[i].record || !ca_is_placeholder(ids[i]);
    }
}

static void count_found(const found *items, unsigned count, ca_join_counts *counts)
{
    for (unsigned i = 0; i < count; i++) {
        counts->usable += items[i].usable ? 1 : 0;
        counts->found += items[i].record ? 1 : 0;
    }
}

/* --- Columns -------------------------------------------------------------------------------- */

/* The column if it is needed and the row has no value of its own yet, else NULL. */
static int open_column(ca_batch *batch, const uint8_t *needed, unsigned column,
                       ca_column **ret_column)
{
    *ret_column = NULL;
    if (needed && !needed[column]) {
        return 0;
    }
    if (ca_batch_use(batch, column)) {
        return CA_NOMEM;
    }
    *ret_column = &batch->columns[column];
    return 0;
}

static bool is_open(const ca_column *column, unsigned row)
{
    return column && !ca_bit(column->present, row);
}

static void set_date(ca_column *column, unsigned row, ca_date date)
{
    if (date != CA_FACT_NO_DATE && is_open(column, row)) {
        column->as.date[row] = date;
        ca_bit_set(column->present, row);
    }
}

/* A text of the last record, which the next rows may use again. */
typedef struct placed {
    uint32_t place; /* in the fact tables; 0 = none yet */
    ca_slice slice;
} placed;

static int set_text(const ca_facts *facts, ca_batch *batch, ca_column *column, unsigned row,
                    uint32_t place, placed *last)
{
    if (place == 0 || !is_open(column, row)) {
        return 0;
    }
    if (last->place != place) {
        if (ca_batch_add_bytes(batch, ca_facts_text(facts, place), &last->slice)) {
            return CA_NOMEM;
        }
        last->place = place;
    }
    column->as.slice[row] = last->slice;
    ca_bit_set(column->present, row);
    return 0;
}

static int set_intervals(const ca_facts *facts, ca_batch *batch, ca_column *column, unsigned row,
                         uint32_t place, placed *last)
{
    if (place == 0 || !is_open(column, row)) {
        return 0;
    }
    if (last->place != place) {
        ca_text bytes =
            ca_facts_intervals(facts, place); /* keys of a table are aligned as its arena is */
        const void *items = bytes.ptr;
        if (ca_batch_add_intervals(batch, items, bytes.len / sizeof(ca_interval), &last->slice)) {
            return CA_NOMEM;
        }
        last->place = place;
    }
    column->as.slice[row] = last->slice;
    ca_bit_set(column->present, row);
    return 0;
}

/* --- Patients ------------------------------------------------------------------------------- */

typedef struct patient_columns {
    ca_column *sex, *birth, *death, *eligibility, *region;
    placed last_eligibility, last_region;
} patient_columns;

static int fill_patient(const ca_facts *facts, ca_batch *batch, unsigned row,
                        const ca_patient *patient, patient_columns *columns)
{
    if (patient->sex && is_open(columns->sex, row)) {
        columns->sex->as.choice[row] = (uint8_t)(patient->sex - 1);
        ca_bit_set(columns->sex->present, row);
    }
    set_date(columns->birth, row, patient->birth_date);
    set_date(columns->death, row, patient->death_date);
    if (set_intervals(facts, batch, columns->eligibility, row, patient->eligibility,
                      &columns->last_eligibility)) {
        return CA_NOMEM;
    }
    return set_text(facts, batch, columns->region, row, patient->region, &columns->last_region);
}

static int join_patients(const ca_facts *facts, ca_batch *batch, unsigned from,
                         const uint8_t *needed, ca_join_counts *counts)
{
    patient_columns columns = {0};
    found items[BLOCK];
    if (open_column(batch, needed, CA_F_SEX, &columns.sex) ||
        open_column(batch, needed, CA_F_BIRTH_DATE, &columns.birth) ||
        open_column(batch, needed, CA_F_DEATH_DATE, &columns.death) ||
        open_column(batch, needed, CA_F_ELIGIBILITY, &columns.eligibility) ||
        open_column(batch, needed, CA_F_REGION, &columns.region)) {
        return CA_NOMEM;
    }
    for (unsigned row = from; row < batch->rows; row += BLOCK) {
        unsigned count = batch->rows - row < BLOCK ? batch->rows - row : BLOCK;
        search(&facts->patients, batch, CA_F_PATIENT_ID, row, count, items);
        count_found(items, count, counts);
        for (unsigned i = 0; i < count; i++) {
            if (items[i].record && fill_patient(facts, batch, row + i, items[i].record, &columns)) {
                return CA_NOMEM;
            }
        }
    }
    return 0;
}

/* --- Providers ------------------------------------------------------------------------------ */

typedef struct provider_columns {
    ca_column *specialty, *region, *level, *organisation;
    placed last_region, last_level, last_organisation;
} provider_columns;

static int fill_provider(const ca_facts *facts, ca_batch *batch, unsigned row,
                         const ca_provider *provider, provider_columns *columns)
{
    if (provider->specialty && is_open(columns->specialty, row)) {
        columns->specialty->as.code[row] = provider->specialty - 1;
        ca_bit_set(columns->specialty->present, row);
    }
    if (set_text(facts, batch, columns->region, row, provider->region, &columns->last_region) ||
        set_text(facts, batch, columns->level, row, provider->level, &columns->last_level)) {
        return CA_NOMEM;
    }
    return set_text(facts, batch, columns->organisation, row, provider->organisation,
                    &columns->last_organisation);
}

static int join_providers(const ca_facts *facts, ca_batch *batch, unsigned from,
                          const uint8_t *needed, ca_role role, ca_join_counts *counts)
{
    provider_columns columns = {0};
    found items[BLOCK];
    if (!batch->columns[ca_role_field(role)].present) {
        return 0;
    }
    if (open_column(batch, needed, ca_schema_provider(role, CA_F_SPECIALTY), &columns.specialty) ||
        open_column(batch, needed, ca_schema_provider(role, CA_F_PROVIDER_REGION),
                    &columns.region) ||
        open_column(batch, needed, ca_schema_provider(role, CA_F_PROVIDER_LEVEL), &columns.level) ||
        open_column(batch, needed, ca_schema_provider(role, CA_F_ORGANISATION_ID),
                    &columns.organisation)) {
        return CA_NOMEM;
    }
    for (unsigned row = from; row < batch->rows; row += BLOCK) {
        unsigned count = batch->rows - row < BLOCK ? batch->rows - row : BLOCK;
        search(&facts->providers, batch, ca_role_field(role), row, count, items);
        count_found(items, count, counts);
        for (unsigned i = 0; i < count; i++) {
            if (items[i].record &&
                fill_provider(facts, batch, row + i, items[i].record, &columns)) {
                return CA_NOMEM;
            }
        }
    }
    return 0;
}

static bool any_needed(const uint8_t *needed, const unsigned *columns, size_t count)
{
    for (size_t i = 0; needed && i < count; i++) {
        if (needed[columns[i]]) {
            return true;
        }
    }
    return !needed;
}

static bool needs_patients(const uint8_t *needed)
{
    static const unsigned columns[] = {CA_F_SEX, CA_F_BIRTH_DATE, CA_F_DEATH_DATE, CA_F_ELIGIBILITY, CA_F_REGION};
    return any_needed(needed, columns, sizeof columns / sizeof *columns);
}

static bool needs_providers(const uint8_t *needed, ca_role role)
{
    const unsigned columns[] = {ca_schema_provider(role, CA_F_SPECIALTY), ca_schema_provider(role, CA_F_PROVIDER_REGION),
                                ca_schema_provider(role, CA_F_PROVIDER_LEVEL),
                                ca_schema_provider(role, CA_F_ORGANISATION_ID)};
    return any_needed(needed, columns, sizeof columns / sizeof *columns);
}

int ca_facts_join(const ca_facts *facts, ca_batch *batch, unsigned from, const uint8_t *needed,
                  ca_joins *counts, ca_error *err)
{
    int rc = 0;
    if (facts->patients.count > 0 && batch->columns[CA_F_PATIENT_ID].present && needs_patients(needed)) {
        rc = join_patients(facts, batch, from, needed, &counts->patient);
    }
    for (unsigned role = 0; rc == 0 && role < CA_ROLE_COUNT && facts->providers.count > 0; role++) {
        if (needs_providers(needed, (ca_role)role)) {
            rc = join_providers(facts, batch, from, needed, (ca_role)role, &counts->provider[role]);
        }
    }
    return rc ? ca_error_nomem(err) : 0;
}
