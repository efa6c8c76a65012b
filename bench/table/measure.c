/* Scores are counted, a window of a million values at a time from the highest down, so that any number of rows takes the same
 * memory. */
#include "table/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "table/store.h"

#define WINDOW  (UINT32_C(1) << 20)     /* scores counted at a time */
#define WINDOWS 64

typedef struct tally {
    uint32_t normal, anomalies;
} tally;

typedef struct totals {
    uint64_t normal, anomalies;     /* so far, from the highest score down */
    double below;                   /* pairs of an anomaly and a normal row that scores lower, half of those that score the same */
    double precision_sum;
    double at_n;                    /* anomalies among the first n */
} totals;

bool table_measure_begin(table_measure *measure, const char *folder)
{
    *measure = (table_measure){.file = table_temporary(folder)};
    return measure->file != NULL;
}

bool table_measure_add(table_measure *measure, double score, bool anomaly)
{
    double place = round(score * 1e6);
    uint32_t word = (uint32_t)(place < 0 ? 0 : place > WINDOW * WINDOWS - 1.0 ? WINDOW * WINDOWS - 1 : place) << 1 | anomaly;
    measure->rows++;
    measure->anomalies += anomaly;
    return fwrite(&word, sizeof word, 1, measure->file) == 1;
}

static void add_step(const table_measure *measure, totals *sums, tally step)
{
    uint64_t rows = step.normal + (uint64_t)step.anomalies, above = sums->normal + sums->anomalies;
    if (rows == 0)
        return;
    uint64_t normal_below = measure->rows - measure->anomalies - sums->normal - step.normal;
    sums->below += (double)step.anomalies * ((double)normal_below + step.normal / 2.0);
    if (above < measure->anomalies) {
        uint64_t left = measure->anomalies - above;
        sums->at_n += left < rows ? (double)step.anomalies * (double)left / (double)rows : (double)step.anomalies;
    }
    sums->normal += step.normal;
    sums->anomalies += step.anomalies;
    sums->precision_sum += step.anomalies * ((double)sums->anomalies / (double)(sums->normal + sums->anomalies));
}

/* Each word of the file to `look`, the window it belongs to and its place there. */
static bool count_words(table_measure *measure, uint32_t window, uint64_t *in_windows, tally *counts)
{
    static const size_t batch = 4096;
    uint32_t words[4096];
    size_t got;
    rewind(measure->file);
    while ((got = fread(words, sizeof *words, batch, measure->file)) > 0)
        for (size_t i = 0; i < got; i++) {
            uint32_t score = words[i] >> 1, anomaly = words[i] & 1;
            if (in_windows != NULL) {
                in_windows[score / WINDOW]++;
            } else if (score / WINDOW == window) {
                counts[score % WINDOW].anomalies += anomaly;
                counts[score % WINDOW].normal += !anomaly;
            }
        }
    return !ferror(measure->file);
}

bool table_measure_end(table_measure *measure)
{
    uint64_t in_windows[WINDOWS] = {0};
    tally *counts = malloc(WINDOW * sizeof *counts);
    bool good = counts != NULL && fflush(measure->file) == 0 && count_words(measure, 0, in_windows, NULL);
    totals sums = {0};
    for (uint32_t window = WINDOWS; window-- > 0 && good;) {
        if (in_windows[window] == 0)
            continue;
        memset(counts, 0, WINDOW * sizeof *counts);
        good = count_words(measure, window, NULL, counts);
        for (uint32_t place = WINDOW; place-- > 0;)
            add_step(measure, &sums, counts[place]);
    }
    free(counts);
    double anomalies = (double)measure->anomalies, normal = (double)(measure->rows - measure->anomalies);
    measure->auroc = sums.below / (anomalies * normal);
    measure->auprc = sums.precision_sum / anomalies;
    measure->precision = sums.at_n / anomalies;
    return good;
}

void table_measure_done(table_measure *measure)
{
    if (measure->file != NULL)
        fclose(measure->file);
}
