/* Which file is what, and which of its columns is which field: words of the header first, and what cells look like where words
 * and cells disagree or there are no words. */
#include <stdlib.h>
#include <string.h>

#include "map/guess_inner.h"

#define ENOUGH   68u /* score from which a column is mapped */
#define SURE     76u /* below, it is a question */
#define CLOSE    6u  /* two meanings so near each other are a question */
#define BY_VALUE 62u
#define ALIKE    12u /* how much worse the words of a further column of a list may be */

typedef struct candidate {
    unsigned score;
    size_t column;
    guess_match match;
    bool by_value;
} candidate;

/* --- Candidates ----------------------------------------------------------------------------- */

typedef struct candidates {
    candidate *items;
    size_t count, cap;
} candidates;

static void add(candidates *all, const candidate *item)
{
    if (all->count < all->cap) {
        all->items[all->count++] = *item;
    }
}

/* What cells alone suggest; the header may be missing or in words nobody knows. */
static void add_by_value(candidates *all, const guess_file *file, size_t at)
{
    candidate item = {.score = BY_VALUE, .column = at, .by_value = true, .match.score = BY_VALUE};
    item.match.target = ca_guess_value_target(file, &file->columns[at]);
    if (item.match.target != GUESS_NOTHING) {
        add(all, &item);
    }
}

/* In a file without header: identifiers, the first that repeats is the claim's, the next the person's. */
static void add_ids(candidates *all, const guess_file *file)
{
    static const unsigned order[] = {CA_F_CLAIM_ID, CA_F_PATIENT_ID};
    size_t found = 0;
    for (size_t i = 0;
         !file->header && file->records == CA_RECORDS_CLAIMS && i < file->column_count && found < 2;
         i++) {
        const guess_column *column = &file->columns[i];
        bool id = ca_guess_like_id(file, column);
        if (id) {
            candidate item = {
                .score = BY_VALUE + 1 - (unsigned)found, .column = i, .by_value = true};
            item.match.target = order[found++];
            item.match.score = item.score;
            add(all, &item);
        }
    }
}

static int by_score(const void *a, const void *b)
{
    const candidate *left = a;
    const candidate *right = b;
    if (left->score != right->score) {
        return left->score < right->score ? 1 : -1;
    }
    if (left->column != right->column) {
        return left->column > right->column ? 1 : -1;
    }
    return (left->match.target > right->match.target) - (left->match.target < right->match.target);
}

static void gather(const ca_guess *guess, const guess_file *file, candidates *all)
{
    guess_match matches[GUESS_TARGETS];
    for (size_t i = 0; i < file->column_count; i++) {
        ca_text name = file->columns[i].name;
        char short_name[GUESS_NAME * 2];
        if (!file->columns[i].usable) {
            continue;
        }
        if (file->columns[i].cell_count > 1) {
            size_t front = file->columns[i].before.len;
            size_t behind = file->columns[i].after.len;
            memcpy(short_name, file->columns[i].before.ptr, front);
            memcpy(short_name + front, file->columns[i].after.ptr, behind);
            name = (ca_text){short_name, front + behind};
        }
        ca_guess_words(guess->lexicon, name, file->records, matches);
        for (unsigned t = 0; file->header && t < GUESS_TARGETS; t++) {
            candidate item = {matches[t].score, i, matches[t], false};
            if (matches[t].score >= (matches[t].ask ? ENOUGH + 3 : ENOUGH) &&
                ca_guess_fits(&file->columns[i], t)) {
                add(all, &item);
            }
        }
        add_by_value(all, file, i);
    }
    add_ids(all, file);
    qsort(all->items, all->count, sizeof *all->items, by_score);
}

/* --- Choosing ------------------------------------------------------------------------------- */

/* Several columns may go there. */
static bool is_open(unsigned target)
{
    return target == GUESS_PERSON || target == GUESS_PROSE || target == CA_F_OTHER_DIAGNOSES ||
           target == CA_F_MODIFIERS || target == CA_F_CLAIM_PROCEDURES ||
           target == CA_F_CONDITION_CODES || target == CA_F_LINE_DIAGNOSES;
}

static void choose(guess_file *file, const candidates *all)
{
    bool taken[GUESS_TARGETS] = {false};
    unsigned best[GUESS_TARGETS] = {0};
    for (size_t i = 0; i < file->column_count; i++) {
        file->columns[i].target = file->columns[i].rival = GUESS_NOTHING;
        file->columns[i].score = 0;
        file->columns[i].ask = NULL;
        file->columns[i].repeats = false;
        file->columns[i].doubtful = false;
    }
    for (size_t i = 0; i < all->count; i++) {
        const candidate *item = &all->items[i];
        guess_column *column = &file->columns[item->column];
        unsigned target = item->match.target;
        if (column->target != GUESS_NOTHING) {
            bool close =
                item->score + CLOSE > column->score && target != column->target && !item->by_value;
            if (close && !taken[target] && column->rival == GUESS_NOTHING && column->score < 100) {
                column->rival = target;
            }
            continue;
        }
        if (taken[target] && (!is_open(target) || item->score + ALIKE < best[target])) {
            continue;
        }
        best[target] = taken[target] ? best[target] : item->score;
        taken[target] = true;
        column->target = target;
        column->score = item->score;
        column->ask = item->match.ask;
        column->lang = item->match.lang;
        column->doubtful = item->by_value || item->score < SURE || item->match.ask;
    }
}

guess_column *ca_guess_find(const guess_file *file, unsigned target)
{
    for (size_t i = 0; i < file->column_count; i++) {
        if (file->columns[i].target == target) {
            return &file->columns[i];
        }
    }
    return NULL;
}

/* Numbered diagnoses beside a principal one are the others, and often repeat it. */
static void settle_group(guess_file *file, const candidates *all)
{
    for (size_t i = 0; i < all->count && !ca_guess_find(file, CA_F_OTHER_DIAGNOSES); i++) {
        guess_column *column = &file->columns[all->items[i].column];
        if (all->items[i].match.target == CA_F_PRINCIPAL_DIAGNOSIS &&
            column->target == GUESS_NOTHING && column->cell_count > 1) {
            column->target = CA_F_OTHER_DIAGNOSES;
            column->score = all->items[i].score;
            column->repeats = true;
            column->ask = "Do the columns numbered like {} repeat the principal diagnosis?";
        }
    }
}

/* A list of codes is no principal diagnosis. */
static void settle_diagnoses(guess_file *file)
{
    guess_column *principal = ca_guess_find(file, CA_F_PRINCIPAL_DIAGNOSIS);
    if (principal && principal->list) {
        principal->target = CA_F_OTHER_DIAGNOSES;
        principal->doubtful = true;
        principal->ask = "Is the first code in {} the principal diagnosis?";
    }
}

static size_t count_of(const guess_file *file, const unsigned *targets, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        found += ca_guess_find(file, targets[i]) != NULL;
    }
    return found;
}

static bool is_convincing(const guess_file *file)
{
    static const unsigned of_claims[] = {
        CA_F_PROCEDURE, CA_F_DRUG,       CA_F_PRINCIPAL_DIAGNOSIS, CA_F_OTHER_DIAGNOSES, CA_F_PAID,
        CA_F_CHARGE,    CA_F_CLAIM_PAID, CA_F_CLAIM_CHARGE,        CA_F_ALLOWED,         CA_F_UNITS,
        CA_F_QUANTITY,  CA_F_DRG};
    static const unsigned days[] = {CA_F_SERVICE_DATE, CA_F_FROM_DATE, CA_F_ADMISSION_DATE};
    static const unsigned of_patients[] = {CA_F_SEX, CA_F_BIRTH_DATE, CA_F_DEATH_DATE,
                                           CA_F_ELIGIBILITY};
    static const unsigned of_providers[] = {CA_F_SPECIALTY, CA_F_PROVIDER_REGION,
                                            CA_F_PROVIDER_LEVEL, CA_F_ORGANISATION_ID};
    size_t services = count_of(file, of_claims, sizeof of_claims / sizeof *of_claims);
    switch (file->records) {
    case CA_RECORDS_CLAIMS:
        return services > 0 &&
               (ca_guess_find(file, CA_F_CLAIM_ID) || services + count_of(file, days, 3) >= 3);
    case CA_RECORDS_PATIENTS:
        return ca_guess_find(file, CA_F_PATIENT_ID) && count_of(file, of_patients, 4) > 0;
    case CA_RECORDS_PROVIDERS:
        return ca_guess_find(file, CA_F_PROVIDER_ID) && count_of(file, of_providers, 4) > 0;
    case CA_RECORDS_IGNORE:
        break;
    }
    return false;
}

int ca_guess_assign(ca_guess *guess, guess_file *file, ca_error *err)
{
    static const ca_records kinds[] = {CA_RECORDS_CLAIMS, CA_RECORDS_PATIENTS,
                                       CA_RECORDS_PROVIDERS};
    candidates all = {.cap = file->column_count * 8 + 64};
    all.items = ca_arena_array(&guess->arena, all.cap, sizeof *all.items);
    if (!all.items) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        file->records = kinds[i];
        all.count = 0;
        gather(guess, file, &all);
        choose(file, &all);
        if (is_convincing(file)) {
            settle_group(file, &all);
            settle_diagnoses(file);
            return 0;
        }
    }
    file->records = CA_RECORDS_IGNORE;
    return 0;
}
