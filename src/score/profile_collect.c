/* The collector: counts of each feature, and a sample of lines. */
#include "base/alloc.h"
#include "score/profile_inside.h"

enum { ENTRIES_DEFAULT = 98304, ENTRIES_LEAST = 16384, SAMPLE_DEFAULT = 16384, SAMPLE_MOST = 1 << 20, ENTRIES_MOST = 1 << 26 };

static ca_usual_settings settled(const ca_usual_settings *settings)
{
    ca_usual_settings set = settings != NULL ? *settings : (ca_usual_settings){0};
    set.entries = set.entries == 0 ? ENTRIES_DEFAULT : set.entries;
    set.entries = set.entries < ENTRIES_LEAST ? ENTRIES_LEAST : set.entries > ENTRIES_MOST ? ENTRIES_MOST : set.entries;
    set.sample = set.sample == 0 ? SAMPLE_DEFAULT : set.sample > SAMPLE_MOST ? SAMPLE_MOST : set.sample;
    return set;
}

/* Tables double: while one is made anew there are two of them, of one feature. A cell takes its record, room to grow and two
 * slots. */
uint64_t ca_collector_bytes_most(const ca_usual_settings *settings, size_t features)
{
    ca_usual_settings set = settled(settings);
    uint64_t table = (uint64_t)set.entries * 8 / 3 * sizeof(ca_count);
    uint64_t row = 2 + features * (1 + CA_USUAL_LEVELS_MAX);
    return table * (features + 1) + set.sample * (row * sizeof(uint64_t) + sizeof(ca_line_place));
}

bool ca_usual_feature_sound(const ca_usual_feature *feature)
{
    bool way = feature->direction == 1 || feature->direction == -1 || feature->direction == 2;
    return feature->levels <= CA_USUAL_LEVELS_MAX && feature->least >= 1 && feature->least <= CA_USUAL_LINES_MOST &&
           (feature->form != CA_USUAL_NUMBER || (way && feature->unit >= 1e-6 && feature->unit <= 1e9));
}

static int check(const ca_usual_feature *features, size_t count, ca_error *err)
{
    if (count > CA_USUAL_FEATURES_MAX)
        return ca_error_set(err, CA_LIMIT, "a profile of lines has at most %d features", CA_USUAL_FEATURES_MAX);
    for (size_t i = 0; i < count; i++)
        if (!ca_usual_feature_sound(&features[i]))
            return ca_error_set(err, CA_LIMIT, "%.*s: a profile needs 1 to %d cells, a direction, and a unit of 1e-6 to 1e9",
                                CA_USUAL_NAME_MAX, features[i].name, CA_USUAL_LEVELS_MAX + 1);
    return 0;
}

static int fill(ca_collector *collector, const ca_usual_feature *features, size_t count)
{
    collector->features = ca_alloc_zero(count + 1, sizeof *collector->features);
    collector->counts = ca_alloc_zero(count + 1, sizeof *collector->counts);
    if (collector->features == NULL || collector->counts == NULL)
        return CA_NOMEM;
    ca_line_sample_init(&collector->sample, features, count, collector->settings.sample);
    collector->row = ca_alloc_zero(collector->sample.width, sizeof *collector->row);
    if (collector->row == NULL)
        return CA_NOMEM;
    for (size_t i = 0; i < count; i++) {
        collector->features[i] = features[i];
        collector->features[i].name[CA_USUAL_NAME_MAX - 1] = '\0';
        if (features[i].form != CA_USUAL_NUMBER) {
            collector->features[i].direction = 1;
            collector->features[i].unit = 1;
        }
        if (ca_counts_init(&collector->counts[i], &features[i], collector->settings.entries) != 0)
            return CA_NOMEM;
        collector->count++;
    }
    return 0;
}

int ca_collector_new(const ca_usual_feature *features, size_t count, const ca_usual_settings *settings,
                     ca_collector **ret_collector, ca_error *err)
{
    int rc = check(features, count, err);
    if (rc != 0)
        return rc;
    ca_collector *collector = ca_alloc_zero(1, sizeof *collector);
    if (collector == NULL)
        return ca_error_nomem(err);
    collector->settings = settled(settings);
    if (fill(collector, features, count) != 0) {
        ca_collector_free(collector);
        return ca_error_nomem(err);
    }
    *ret_collector = collector;
    return 0;
}

void ca_collector_free(ca_collector *collector)
{
    if (collector == NULL)
        return;
    for (size_t i = 0; i < collector->count; i++)
        ca_counts_done(&collector->counts[i]);
    ca_line_sample_done(&collector->sample);
    ca_free(collector->row);
    ca_free(collector->counts);
    ca_free(collector->features);
    ca_free(collector);
}

void ca_collector_leave_out(ca_collector *collector, uint64_t lines)
{
    collector->left_out += lines;
}

uint64_t ca_collector_bytes(const ca_collector *collector)
{
    uint64_t sum = collector->sample.cap * (collector->sample.width * sizeof(uint64_t) + sizeof *collector->sample.heap);
    for (size_t i = 0; i < collector->count; i++) {
        const ca_counts *counts = &collector->counts[i];
        sum += counts->slot_count * sizeof *counts->slots + counts->cell_cap * sizeof *counts->cells +
               counts->cell_slot_count * sizeof *counts->cell_slots;
    }
    return sum;
}

uint64_t ca_collector_lines(const ca_collector *collector)
{
    return collector->lines;
}

static int add_feature(ca_collector *collector, size_t feature, const ca_usual_lines *lines)
{
    const ca_usual_column *column = &lines->columns[feature];
    ca_items items = {.end = (lines->count + 63) / 64};
    int rc = 0;
    while (rc == 0 && ca_items_next(&items, collector->features[feature].form, column, lines))
        rc = ca_counts_add(&collector->counts[feature], &items, column->keys);
    return rc;
}

static int sample_line(ca_collector *collector, const ca_usual_lines *lines, uint32_t line)
{
    uint64_t *to = collector->row;
    *to++ = lines->ids[line].high;
    *to++ = lines->ids[line].low;
    for (size_t i = 0; i < collector->count; i++) {
        const ca_usual_column *column = &lines->columns[i];
        uint64_t item = ca_column_item(collector->features[i].form, column, line);
        *to++ = item;
        for (unsigned level = 0; level < collector->features[i].levels; level++)
            *to++ = item != 0 ? column->keys[level][line] : 0;
    }
    return ca_line_sample_put(&collector->sample, collector->row);
}

/* Counts lines, and keeps those that the sample wants. */
static int add_lines(ca_collector *collector, const ca_usual_lines *lines)
{
    int rc = 0;
    for (uint32_t line = 0; rc == 0 && line < lines->count; line++) {
        if (lines->taken != NULL && !(lines->taken[line / 64] >> line % 64 & 1))
            continue;
        collector->lines++;
        if (ca_line_sample_wants(&collector->sample, lines->ids[line].high, lines->ids[line].low))
            rc = sample_line(collector, lines, line);
    }
    return rc;
}

int ca_collector_add(ca_collector *collector, const ca_usual_lines *lines, ca_error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < collector->count; i++)
        rc = add_feature(collector, i, lines);
    rc = rc == 0 ? add_lines(collector, lines) : rc;
    return rc != 0 ? ca_error_nomem(err) : 0;
}

int ca_collector_merge(ca_collector *collector, const ca_collector *from, ca_error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < collector->count; i++)
        rc = ca_counts_merge(&collector->counts[i], &from->counts[i]);
    for (uint32_t i = 0; rc == 0 && i < from->sample.count; i++)
        rc = ca_line_sample_put(&collector->sample, &from->sample.rows[i * from->sample.width]);
    collector->lines += from->lines;
    collector->left_out += from->left_out;
    return rc != 0 ? ca_error_nomem(err) : 0;
}
