/* Joins facts to the lines of a batch. Neighbouring lines are mostly of one patient: whom a run of lines
 * names is looked up once, and many runs at a time, so that their cache misses overlap. */
#include <string.h>

#include "map/facts_inner.h"

#define RUNS 64u

/* Neighbouring rows with one key. */
typedef struct run {
    unsigned row, count;
    const void *record; /* NULL: none */
    bool usable;        /* the key stands for somebody */
} run;

typedef struct runs {
    run items[RUNS];
    ca_text ids[RUNS];
    uint64_t hashes[RUNS];
    unsigned count;
} runs;

/* As many runs as there is room for, from the row on; returns the row behind them. */
static unsigned collect(const ca_batch *batch, unsigned column, unsigned row, runs *to)
{
    const uint64_t *present = batch->columns[column].present;
    bool before = false; /* the row before is of the last run */
    to->count = 0;
    for (; row < batch->rows; row++) {
        if (!ca_bit(present, row)) {
            before = false;
            continue;
        }
        ca_text id = ca_batch_text(batch, column, row);
        const ca_text *last = before ? &to->ids[to->count - 1] : NULL;
        if (last && last->len == id.len && (last->ptr == id.ptr || ca_text_eq(*last, id))) {
            to->items[to->count - 1].count++;
            continue;
        }
        if (to->count == RUNS) {
            break;
        }
        to->ids[to->count] = id;
        to->items[to->count++] = (run){.row = row, .count = 1};
        before = true;
    }
    return row;
}

static void look_up(const ca_idmap *map, runs *of)
{
    for (unsigned i = 0; i < of->count; i++) {
        of->hashes[i] = ca_idmap_hash(of->ids[i]);
        ca_idmap_prefetch(map, of->hashes[i]);
    }
    for (unsigned i = 0; i < of->count; i++) {
        ca_idmap_prefetch_record(map, of->hashes[i]);
    }
    for (unsigned i = 0; i < of->count; i++) {
        run *one = &of->items[i];
        one->record = ca_idmap_find(map, of->ids[i], of->hashes[i]);
        one->usable = one->record || !ca_is_placeholder(of->ids[i]);
    }
}

static void count_found(const runs *of, ca_join_counts *counts)
{
    for (unsigned i = 0; i < of->count; i++) {
        counts->usable += of->items[i].usable ? of->items[i].count : 0;
        counts->found += of->items[i].record ? of->items[i].count : 0;
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

static inline bool is_open(const ca_column *column, unsigned row)
{
    return !ca_bit(column->present, row);
}

static void set_choice(ca_column *column, const run *rows, uint8_t choice)
{
    for (unsigned row = rows->row; column && row < rows->row + rows->count; row++) {
        if (is_open(column, row)) {
            column->as.choice[row] = choice;
            ca_bit_set(column->present, row);
        }
    }
}

static void set_date(ca_column *column, const run *rows, ca_date date)
{
    for (unsigned row = rows->row; column && row < rows->row + rows->count; row++) {
        if (is_open(column, row)) {
            column->as.date[row] = date;
            ca_bit_set(column->present, row);
        }
    }
}

static void set_code(ca_column *column, const run *rows, uint32_t code)
{
    for (unsigned row = rows->row; column && row < rows->row + rows->count; row++) {
        if (is_open(column, row)) {
            column->as.code[row] = code;
            ca_bit_set(column->present, row);
        }
    }
}

/* A text or list of the last record, which the next rows may use again. */
typedef struct placed {
    uint32_t place; /* in the fact tables; 0 = none yet */
    ca_slice slice;
} placed;

static void set_slice(ca_column *column, const run *rows, ca_slice slice)
{
    for (unsigned row = rows->row; row < rows->row + rows->count; row++) {
        if (is_open(column, row)) {
            column->as.slice[row] = slice;
            ca_bit_set(column->present, row);
        }
    }
}

static int set_text(const ca_facts *facts, ca_batch *batch, ca_column *column, const run *rows,
                    uint32_t place, placed *last)
{
    if (place == 0 || !column) {
        return 0;
    }
    if (last->place != place) {
        if (ca_batch_add_bytes(batch, ca_facts_text(facts, place), &last->slice)) {
            return CA_NOMEM;
        }
        last->place = place;
    }
    set_slice(column, rows, last->slice);
    return 0;
}

static int set_intervals(const ca_facts *facts, ca_batch *batch, ca_column *column, const run *rows,
                         uint32_t place, placed *last)
{
    if (place == 0 || !column) {
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
    set_slice(column, rows, last->slice);
    return 0;
}

/* --- Patients ------------------------------------------------------------------------------- */

typedef struct patient_columns {
    ca_column *sex, *birth, *death, *eligibility, *region;
    placed last_eligibility, last_region;
} patient_columns;

static int fill_patient(const ca_facts *facts, ca_batch *batch, const run *rows,
                        patient_columns *columns)
{
    const ca_patient *patient = rows->record;
    if (patient->sex) {
        set_choice(columns->sex, rows, (uint8_t)(patient->sex - 1));
    }
    if (patient->birth_date != CA_FACT_NO_DATE) {
        set_date(columns->birth, rows, patient->birth_date);
    }
    if (patient->death_date != CA_FACT_NO_DATE) {
        set_date(columns->death, rows, patient->death_date);
    }
    if (set_intervals(facts, batch, columns->eligibility, rows, patient->eligibility,
                      &columns->last_eligibility)) {
        return CA_NOMEM;
    }
    return set_text(facts, batch, columns->region, rows, patient->region, &columns->last_region);
}

/* Spans are two steps away from their patient: all first steps, then all second ones. Forced inline: a
 * function that only fetches ahead has no effect in the compiler's eyes, and calls of it are left out. */
static inline __attribute__((always_inline)) void expect_eligibility(const ca_facts *facts, const runs *of)
{
    const ca_text *names = facts->intervals.names;
    for (unsigned i = 0; i < of->count; i++) {
        const ca_patient *patient = of->items[i].record;
        if (patient && patient->eligibility) {
            __builtin_prefetch(&names[patient->eligibility - 1]);
        }
    }
    for (unsigned i = 0; i < of->count; i++) {
        const ca_patient *patient = of->items[i].record;
        if (patient && patient->eligibility) {
            __builtin_prefetch(names[patient->eligibility - 1].ptr);
        }
    }
}

static int join_patients(const ca_facts *facts, ca_batch *batch, unsigned from,
                         const uint8_t *needed, ca_join_counts *counts)
{
    patient_columns columns = {0};
    runs found;
    if (open_column(batch, needed, CA_F_SEX, &columns.sex) ||
        open_column(batch, needed, CA_F_BIRTH_DATE, &columns.birth) ||
        open_column(batch, needed, CA_F_DEATH_DATE, &columns.death) ||
        open_column(batch, needed, CA_F_ELIGIBILITY, &columns.eligibility) ||
        open_column(batch, needed, CA_F_REGION, &columns.region)) {
        return CA_NOMEM;
    }
    for (unsigned row = from; row < batch->rows;) {
        row = collect(batch, CA_F_PATIENT_ID, row, &found);
        look_up(&facts->patients, &found);
        count_found(&found, counts);
        if (columns.eligibility) {
            expect_eligibility(facts, &found);
        }
        for (unsigned i = 0; i < found.count; i++) {
            const run *rows = &found.items[i];
            if (rows->record && fill_patient(facts, batch, rows, &columns)) {
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

static int fill_provider(const ca_facts *facts, ca_batch *batch, const run *rows,
                         provider_columns *columns)
{
    const ca_provider *provider = rows->record;
    if (provider->specialty) {
        set_code(columns->specialty, rows, provider->specialty - 1);
    }
    if (set_text(facts, batch, columns->region, rows, provider->region, &columns->last_region) ||
        set_text(facts, batch, columns->level, rows, provider->level, &columns->last_level)) {
        return CA_NOMEM;
    }
    return set_text(facts, batch, columns->organisation, rows, provider->organisation,
                    &columns->last_organisation);
}

static int join_providers(const ca_facts *facts, ca_batch *batch, unsigned from,
                          const uint8_t *needed, ca_role role, ca_join_counts *counts)
{
    provider_columns columns = {0};
    runs found;
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
    for (unsigned row = from; row < batch->rows;) {
        row = collect(batch, ca_role_field(role), row, &found);
        look_up(&facts->providers, &found);
        count_found(&found, counts);
        for (unsigned i = 0; i < found.count; i++) {
            const run *rows = &found.items[i];
            if (rows->record && fill_provider(facts, batch, rows, &columns)) {
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

void ca_joins_add(ca_joins *to, const ca_joins *from)
{
    to->patient.usable += from->patient.usable;
    to->patient.found += from->patient.found;
    for (size_t role = 0; role < CA_ROLE_COUNT; role++) {
        to->provider[role].usable += from->provider[role].usable;
        to->provider[role].found += from->provider[role].found;
    }
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
