/* A profile of what was collected: counts as they are kept, words for usual values, and how large sums of surprises are. */
#include <stdlib.h>

#include "base/alloc.h"
#include "score/profile_inside.h"

/* Two lines are compared by their sums only where they have the same features, and such lines are many. */
enum { ALIKE_LEAST = 200 };

/* Sums are counted as powers of two, so that buckets are as wide everywhere, 1/32, and distances are differences of sums: beyond the
 * 98th percentile sums fall off exponentially. */
static const double SUM_UNIT = 1e-6;
static const double SUM_HALVES = 2, SUM_LEAST = -20, SUM_MOST = 120;

uint64_t ca_usual_present_key(uint64_t present)
{
    return ca_usual_mix(present, UINT64_C(0x2545F4914F6CDD1D));
}

static double number_of_sum(double sum)
{
    return exp2(fmin(sum, SUM_MOST) / SUM_HALVES + SUM_LEAST);
}

double ca_sum_distance(double sum)
{
    return asinh(number_of_sum(sum) / SUM_UNIT) + fmax(0, sum - SUM_MOST) * log(2) / SUM_HALVES;
}

double ca_sum_of_bucket(uint64_t bucket)
{
    double number = ca_bucket_number(bucket);
    return number > 0 ? SUM_HALVES * (log2(number) - SUM_LEAST) : 0;
}

/* A cell is counted once for each level, a slot has a third more than its count, and a choice may be worded. */
uint64_t ca_usual_bytes_most(const ca_usual_settings *settings, size_t features)
{
    uint64_t table = ca_collector_bytes_most(settings, 1) / sizeof(ca_count);
    return (features + 1) * table * (3 * sizeof(uint64_t) + 2 * sizeof(ca_kept_slot));
}

/* --- Words ---------------------------------------------------------------------------------------------------------- */

static int by_choice(const void *a, const void *b)
{
    const ca_kept_word *one = a, *other = b;
    return (one->choice > other->choice) - (one->choice < other->choice);
}

static bool add_word(ca_kept *kept, size_t feature, const ca_usual_words *words, uint64_t choice)
{
    ca_text found;
    if (!words->find(words->context, feature, choice, &found) || found.len == 0)
        return false;
    size_t len = found.len < CA_USUAL_TEXT_MAX ? found.len : CA_USUAL_TEXT_MAX;
    while (len < found.len && len > 0 && ((uint8_t)found.ptr[len] & 0xC0) == 0x80)
        len--;    /* no half of a character */
    kept->words[kept->word_count++] = (ca_kept_word){choice, (uint32_t)kept->text.len, (uint32_t)len};
    ca_buf_add(&kept->text, found.ptr, len);
    return true;
}

/* Of the most usual choice of each cell, each once. */
static int add_words(ca_kept *kept, size_t feature, const ca_usual_words *words)
{
    if (words == NULL || kept->about.form != CA_USUAL_CHOICE || kept->count == 0)
        return 0;
    ca_kept_word *usual = ca_alloc_zero(kept->cell_count, sizeof *usual);
    kept->words = ca_alloc_zero(kept->cell_count, sizeof *kept->words);
    if (usual == NULL || kept->words == NULL) {
        ca_free(usual);
        return CA_NOMEM;
    }
    for (uint32_t i = 0; i < kept->cell_count; i++)
        usual[i].choice = kept->items[kept->cells[i].usual];
    qsort(usual, kept->cell_count, sizeof *usual, by_choice);
    for (uint32_t i = 0; i < kept->cell_count; i++)
        if (usual[i].choice != CA_USUAL_OTHER && (i == 0 || usual[i].choice != usual[i - 1].choice))
            add_word(kept, feature, words, usual[i].choice);
    ca_free(usual);
    return kept->text.failed ? CA_NOMEM : 0;
}

/* --- Sums ----------------------------------------------------------------------------------------------------------- */

/* A block of the sample's rows: their sums and the features that they have. The rows are among the lines that were counted. */
static void sum_rows(const ca_usual *profile, const ca_line_sample *sample, uint32_t from, uint32_t rows, uint64_t *sums,
                     uint64_t *present)
{
    uint64_t items[CA_USUAL_BLOCK], keys[CA_USUAL_LEVELS_MAX][CA_USUAL_BLOCK];
    const uint64_t *by_level[CA_USUAL_LEVELS_MAX] = {keys[0], keys[1], keys[2]};
    size_t word = 2;    /* behind the id */
    memset(sums, 0, rows * sizeof *sums);
    memset(present, 0, rows * sizeof *present);
    for (size_t feature = 0; feature < profile->count; feature++) {
        unsigned levels = profile->kept[feature].about.levels;
        for (uint32_t i = 0; i < rows; i++) {
            const uint64_t *row = &sample->rows[(from + i) * sample->width + word];
            items[i] = row[0];
            for (unsigned level = 0; level < levels; level++)
                keys[level][i] = row[1 + level];
        }
        for (uint32_t i = 0; i < rows; i++) {
            const ca_kept *kept = &profile->kept[feature];
            uint32_t cell = items[i] == 0 ? CA_USUAL_NONE : ca_kept_cell_of(kept, by_level, i);
            if (cell == CA_USUAL_NONE)
                continue;
            sums[i] += ca_kept_surprise_without(kept, cell, items[i]);
            present[i] |= UINT64_C(1) << feature;
        }
        word += 1 + levels;
    }
}

static int count_sums(const ca_usual *profile, const ca_line_sample *sample, ca_counts *counts)
{
    uint64_t sums[CA_USUAL_BLOCK], present[CA_USUAL_BLOCK];
    const uint64_t *keys[1] = {present};
    ca_items items;
    int rc = 0;
    for (uint32_t from = 0; rc == 0 && from < sample->count; from += CA_USUAL_BLOCK) {
        uint32_t rows = sample->count - from < CA_USUAL_BLOCK ? sample->count - from : CA_USUAL_BLOCK;
        sum_rows(profile, sample, from, rows, sums, present);
        items.count = 0;
        for (uint32_t i = 0; i < rows; i++) {
            if (present[i] == 0)
                continue;
            items.items[items.count] = ca_bucket_of(number_of_sum((double)sums[i] / 1e6));
            items.lines[items.count++] = i;
            present[i] = ca_usual_present_key(present[i]);
        }
        rc = ca_counts_add(counts, &items, keys);
    }
    return rc;
}

static int make_sums(ca_usual *profile, const ca_line_sample *sample)
{
    static const ca_usual_feature about = {.name = "sum", .form = CA_USUAL_NUMBER, .direction = 1, .levels = 1,
                                             .least = ALIKE_LEAST, .unit = SUM_UNIT};
    ca_counts counts;
    int rc = ca_counts_init(&counts, &about, profile->settings.entries);
    if (rc != 0)
        return rc;
    rc = count_sums(profile, sample, &counts);
    if (rc == 0)
        rc = ca_kept_roll(&profile->kept[profile->count], &counts, &about);
    if (rc == 0)
        rc = ca_kept_prepare(&profile->kept[profile->count]);
    ca_counts_done(&counts);
    return rc;
}

/* --- The whole ------------------------------------------------------------------------------------------------------ */

/* Counts that are `spent` are given up one after another. */
static int fill(ca_usual *profile, const ca_collector *collector, const ca_usual_words *words, ca_counts *spent)
{
    for (size_t i = 0; i < collector->count; i++) {
        ca_kept *kept = &profile->kept[i];
        int rc = ca_kept_roll(kept, &collector->counts[i], &collector->features[i]);
        profile->count++;
        if (spent != NULL)
            ca_counts_done(&spent[i]);
        if (rc == 0)
            rc = ca_kept_prepare(kept);
        if (rc == 0)
            rc = add_words(kept, i, words);
        if (rc != 0)
            return rc;
    }
    return make_sums(profile, &collector->sample);
}

static int set_digest(ca_usual *profile)
{
    ca_buf bytes;
    ca_buf_init(&bytes);
    int rc = ca_usual_write(profile, &bytes, NULL);
    if (rc == 0)
        profile->digest = ca_hash128(bytes.ptr, bytes.len);
    ca_buf_done(&bytes);
    return rc;
}

static int make(const ca_collector *collector, const ca_usual_words *words, ca_counts *spent, ca_usual **ret_profile, ca_error *err)
{
    ca_usual *profile = ca_alloc_zero(1, sizeof *profile);
    if (profile == NULL)
        return ca_error_nomem(err);
    profile->settings = collector->settings;
    profile->lines = collector->lines;
    profile->left_out = collector->left_out;
    profile->kept = ca_alloc_zero(collector->count + 1, sizeof *profile->kept);
    if (profile->kept == NULL || fill(profile, collector, words, spent) != 0 || set_digest(profile) != 0) {
        ca_usual_free(profile);
        return ca_error_nomem(err);
    }
    *ret_profile = profile;
    return 0;
}

int ca_usual_new(const ca_collector *collector, const ca_usual_words *words, ca_usual **ret_profile, ca_error *err)
{
    return make(collector, words, NULL, ret_profile, err);
}

int ca_usual_spend(ca_collector *collector, const ca_usual_words *words, ca_usual **ret_profile, ca_error *err)
{
    return make(collector, words, collector->counts, ret_profile, err);
}

void ca_usual_free(ca_usual *profile)
{
    if (profile == NULL)
        return;
    for (size_t i = 0; profile->kept != NULL && i <= profile->count; i++)
        ca_kept_done(&profile->kept[i]);
    ca_free(profile->kept);
    ca_free(profile);
}

/* --- What it holds -------------------------------------------------------------------------------------------------- */

ca_digest ca_usual_digest(const ca_usual *profile)
{
    return profile->digest;
}

bool ca_usual_is_enough(const ca_usual *profile)
{
    return profile->kept[profile->count].lines >= ALIKE_LEAST;
}

uint64_t ca_usual_lines_count(const ca_usual *profile)
{
    return profile->lines;
}

uint64_t ca_usual_lines_all(const ca_usual *profile)
{
    return profile->lines + profile->left_out;
}

size_t ca_usual_features(const ca_usual *profile)
{
    return profile->count;
}

const ca_usual_feature *ca_usual_feature_at(const ca_usual *profile, size_t feature)
{
    return &profile->kept[feature].about;
}

bool ca_usual_find(const ca_usual *profile, uint64_t identity, size_t *ret_feature)
{
    for (size_t i = 0; i < profile->count; i++)
        if (profile->kept[i].about.identity == identity) {
            *ret_feature = i;
            return true;
        }
    return false;
}

ca_usual_about ca_usual_about_feature(const ca_usual *profile, size_t feature)
{
    const ca_kept *kept = &profile->kept[feature];
    return (ca_usual_about){kept->lines, kept->coarsened, kept->cell_count, kept->count, 64u >> kept->coarser};
}
