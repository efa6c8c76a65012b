/* Marks of the exchange by key: by bucket where they are staged, in order where they are read, and found again. */
#include <stdlib.h>

#include "base/alloc.h"
#include "store/keyed_inside.h"

int ca_keyed_order_marks(ca_keyed_writer *writer)
{
    size_t from = 0;
    if (writer->mark_count == 0) {
        return 0;
    }
    ca_keyed_mark *ordered = ca_realloc_array(NULL, writer->mark_count, sizeof *ordered);
    if (!ordered) {
        return CA_NOMEM;
    }
    for (uint32_t i = 0; i < writer->keyed->plan.manifest.buckets; i++) {
        writer->buckets[i].first_mark = from;
        from += writer->buckets[i].marks;
        writer->buckets[i].marks = 0;
    }
    for (size_t i = 0; i < writer->mark_count; i++) {
        ca_keyed_bucket *bucket = &writer->buckets[ca_keyed_bucket_of(writer->keyed, writer->marks[i].hash)];
        ordered[bucket->first_mark + bucket->marks++] = writer->marks[i];
    }
    ca_free(writer->marks);
    writer->marks = ordered;
    writer->mark_cap = writer->mark_count;
    return 0;
}

/* --- Reading -------------------------------------------------------------------------------- */

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_marks(const void *a, const void *b)
{
    const ca_keyed_mark *one = a;
    const ca_keyed_mark *other = b;
    int order = compare(one->hash, other->hash);
    order = order ? order : compare(one->kind, other->kind);
    order = order ? order : compare(one->file, other->file);
    order = order ? order : compare(one->row, other->row);
    return order ? order : (one->line_no > other->line_no) - (one->line_no < other->line_no);
}

void ca_keyed_sort_marks(ca_keyed_mark *marks, size_t count)
{
    if (count > 1) {
        qsort(marks, count, sizeof *marks, compare_marks);
    }
}

/* The first mark that is not before this one, or NULL behind all. */
static const ca_keyed_mark *first_mark(const ca_keyed_group *group, const ca_keyed_mark *wanted)
{
    size_t from = 0;
    size_t end = group->mark_count;
    while (from < end) {
        size_t middle = from + (end - from) / 2;
        if (compare_marks(&group->marks[middle], wanted) < 0) {
            from = middle + 1;
        } else {
            end = middle;
        }
    }
    return from < group->mark_count ? &group->marks[from] : NULL;
}

const ca_keyed_mark *ca_keyed_find_hash(const ca_keyed_group *group, uint64_t hash, uint8_t kind)
{
    const ca_keyed_mark wanted = {.hash = hash, .kind = kind, .line_no = INT64_MIN};
    const ca_keyed_mark *found = group->mark_count ? first_mark(group, &wanted) : NULL;
    return found && found->hash == hash && found->kind == kind ? found : NULL;
}
