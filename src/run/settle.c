/* Settles claims: repeated, superseded, voided and reversed lines fall, with their findings; claims are counted and what
 * stays goes to the claim rules. Which thread settles which is in settle_crew.c. */
#include "run/settle_inside.h"
#include "run/measuring.h"
#include "run/several.h"

#include <stdlib.h>
#include <string.h>

#define RECORD_BYTES  256u         /* of one, that are */
#define LARGE_AT_A_TIME 256u       /* records of a claim that is not settled */
#define RECORDS_AHEAD 16           /* sorted records lie anywhere in their bucket: fetched before they are read */

static int compare(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int by_unit(const void *left, const void *right)
{
    const ca_settled_line *a = left;
    const ca_settled_line *b = right;
    int order = compare(a->dropped, b->dropped);
    order = order ? order : ca_claim_order(a, b);
    order = order ? order : compare(a->head->claim_part, b->head->claim_part);
    return order ? order : ca_line_order(left, right);
}

static int by_source_row(const void *left, const void *right)
{
    const ca_settled_line *a = left;
    const ca_settled_line *b = right;
    int order = compare(b->dropped, a->dropped);
    order = order ? order : compare(a->head->origin.file, b->head->origin.file);
    return order ? order
                 : compare((int64_t)a->head->origin.row, (int64_t)b->head->origin.row);
}

/* Counts dropped lines and source rows of which none is left. Sorts the dropped ones to the front. */
static int count_dropped(ca_settling *settling, ca_error *err)
{
    ca_scan_state *scan = settling->scan;
    bool any = false;
    for (size_t i = 0; !any && i < settling->lines.count; i++) {
        any = settling->lines.items[i].dropped;
    }
    if (!any) {
        return 0;
    }
    qsort(settling->lines.items, settling->lines.count, sizeof *settling->lines.items, by_source_row);
    unsigned of_row = 0;
    for (size_t i = 0; i < settling->lines.count && settling->lines.items[i].dropped; i++) {
        const ca_line_head *head = settling->lines.items[i].head;
        const ca_line_head *before = i ? settling->lines.items[i - 1].head : NULL;
        bool same = before && before->origin.file == head->origin.file &&
                    before->origin.row == head->origin.row;
        of_row = same ? of_row + 1 : 1;
        scan->files[head->origin.file].lines_dropped++;
        scan->files[head->origin.file].rows_dropped += of_row == head->row_lines;
        ca_place place = {head->origin.file, head->origin.length, head->origin.offset,
                          head->origin.row, head->line_no, false};
        int rc = ca_places_add(&settling->dropped, &place, err);
        if (rc) {
            return rc;
        }
    }
    return 0;
}

/* Lines of one claim, dropped ones left out: counted once for the run and once for every file they are in. */
static int pass_claims(ca_settling *settling, ca_error *err)
{
    ca_scan_state *scan = settling->scan;
    ca_settled_line *lines = settling->lines.items;
    size_t count = settling->lines.count;
    while (count && lines[count - 1].dropped) {
        count--;
    }
    for (size_t from = 0; from < count;) {
        size_t to = from;
        settling->stamp++;
        scan->claims++;
        scan->claims_incomplete += lines[from].incomplete;
        for (; to < count && ca_claim_order(&lines[from], &lines[to]) == 0; to++) {
            ca_run_file *file = &scan->files[lines[to].head->origin.file];
            file->claims += file->claim_stamp != settling->stamp;
            file->claim_stamp = settling->stamp;
        }
        int rc = settling->claims ? ca_claims_add(settling->claims, lines + from, to - from, err) : 0;
        if (rc) {
            return rc;
        }
        from = to;
    }
    return 0;
}

/* Dropped lines are the last ones. */
static ca_settled_line *first_dropped(const ca_settling *settling, size_t *ret_count)
{
    size_t from = settling->lines.count;
    while (from && settling->lines.items[from - 1].dropped) {
        from--;
    }
    *ret_count = settling->lines.count - from;
    return settling->lines.items + from;
}

static int by_origin(const ca_line_head *a, const ca_line_head *b)
{
    int order = compare(a->origin.file, b->origin.file);
    order = order ? order : compare((int64_t)a->origin.row, (int64_t)b->origin.row);
    return order ? order : compare(a->line_no, b->line_no);
}

static int lines_by_origin(const void *left, const void *right)
{
    const ca_settled_line *a = left;
    const ca_settled_line *b = right;
    return by_origin(a->head, b->head);
}

static bool is_among(const ca_settled_line *dropped, size_t count, const ca_line_head *finding)
{
    const ca_settled_line key = {.head = finding};
    return count && bsearch(&key, dropped, count, sizeof *dropped, lines_by_origin);
}

static bool sees_undone(const ca_scan_state *scan, const ca_finding *finding)
{
    return scan->setup->rules->rules[finding->rule]->rows_all;
}

static int pass_findings(ca_settling *settling, ca_error *err)
{
    ca_scan_state *scan = settling->scan;
    size_t dropped_count;
    ca_settled_line *dropped = first_dropped(settling, &dropped_count);
    if (dropped_count > 1 && settling->finding_count) {
        qsort(dropped, dropped_count, sizeof *dropped, lines_by_origin);
    }
    for (size_t i = 0; i < settling->finding_count; i++) {
        ca_line_head head;
        ca_finding finding;
        const ca_exchange_record *record = &settling->findings[i];
        const uint8_t *end = record->bytes + record->len;
        const uint8_t *at = ca_take_head(record->bytes, end, &head);
        if (!at) {
            return ca_damaged_record(err);
        }
        if (is_among(dropped, dropped_count, &head)) {
            continue;
        }
        ca_arena_reset(&scan->scratch);
        ca_text bytes = {(const char *)at, (size_t)(end - at)};
        int rc = ca_finding_read(bytes, &scan->scratch, &finding, err);
        if (rc == 0 && !sees_undone(scan, &finding) && is_among(settling->undone.items, settling->undone.count, &head)) {
            scan->findings_undone += finding.outcome == CA_HIT;
            continue;
        }
        rc = rc ? rc : ca_keep(scan, &finding, err);
        rc = rc || finding.outcome != CA_HIT ? rc : ca_measuring_hit_line(scan, finding.rule, &head.origin, head.line_no, err);
        if (rc) {
            return rc;
        }
    }
    return 0;
}

/* Lines mostly come in order already. */
static void sort_lines(ca_settling *settling, int (*order)(const void *, const void *))
{
    for (size_t i = 1; i < settling->lines.count; i++) {
        if (order(&settling->lines.items[i - 1], &settling->lines.items[i]) > 0) {
            qsort(settling->lines.items, settling->lines.count, sizeof *settling->lines.items, order);
            return;
        }
    }
}

static int remember_undone(ca_settling *settling, const ca_settled_line *line, ca_error *err)
{
    ca_scan_state *scan = settling->scan;
    const ca_line_head *head = line->head;
    ca_place place = {head->origin.file, head->origin.length, head->origin.offset, head->origin.row, head->line_no,
                      true};
    scan->lines_undone++;
    scan->lines_voided += line->undone_by->status == CA_VOID;
    int rc = ca_line_list_add(&settling->undone, line, err);
    return rc ? rc : ca_places_add(&settling->dropped, &place, err);
}

/* What reversals of other claims undo was found out by where lines come from. */
static void undo_across(ca_settling *settling)
{
    for (size_t i = 0; i < settling->verdicts.count; i++) {
        const ca_settled_line *verdict = &settling->verdicts.items[i];
        for (size_t k = 0; k < settling->lines.count; k++) {
            ca_settled_line *line = &settling->lines.items[k];
            if (lines_by_origin(line, verdict) == 0) {
                line->undone = true;
                line->undone_by = verdict->undone_by;
            }
        }
    }
}

static int list_undone(ca_settling *settling, ca_error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < settling->lines.count; i++) {
        rc = settling->lines.items[i].undone ? remember_undone(settling, &settling->lines.items[i], err) : 0;
    }
    if (settling->undone.count > 1) {
        qsort(settling->undone.items, settling->undone.count, sizeof *settling->undone.items, lines_by_origin);
    }
    return rc;
}

/* What takes out lines, and whether all that does so is known. */
static int net(ca_settling *settling, const ca_exchange_record *records, size_t count, bool *ret_waits, ca_error *err)
{
    ca_scan_state *scan = settling->scan;
    ca_net_counts before = scan->net;
    int rc = 0;
    if (settling->takes_out) {
        rc = ca_net_lines(scan, settling->lines.items, settling->lines.count, settling->named.items,
                          settling->named.count, err);
    }
    if (rc == 0 && scan->across && !settling->decided) {
        rc = ca_across_put(settling, records, count, ret_waits, err);
    }
    if (*ret_waits) {
        scan->net = before;    /* it is counted when it is settled */
        return rc;
    }
    undo_across(settling);
    return rc ? rc : list_undone(settling, err);
}

static void mark_incomplete(ca_settling *settling)
{
    for (size_t i = 0; i < settling->rejected.count; i++) {
        for (size_t k = 0; k < settling->lines.count; k++) {
            ca_settled_line *line = &settling->lines.items[k];
            line->incomplete |= ca_claim_order(&settling->rejected.items[i], line) == 0;
        }
    }
}

/* All records of one hash: mostly one claim, rarely several. */
static int settle_hash(ca_settling *settling, const ca_exchange_record *records, size_t count, ca_error *err)
{
    ca_scan_state *scan = settling->scan;
    ca_line_list *lines = &settling->lines;
    int rc = ca_gather_room(settling, records, count, err);
    rc = rc ? rc : ca_gather(settling, records, count, err);
    if (rc) {
        return rc;
    }
    if (!settling->plain) {
        sort_lines(settling, ca_line_order);
        ca_drop_lines(scan, lines->items, lines->count);
    }
    mark_incomplete(settling);
    bool waits = false;
    rc = settling->takes_out || scan->across ? net(settling, records, count, &waits, err) : 0;
    if (rc || waits) {
        return rc;
    }
    if (!settling->plain || settling->takes_out) {
        rc = count_dropped(settling, err);
        sort_lines(settling, by_unit);
    }
    if (rc == 0 && scan->observe_lines) {
        rc = scan->observe_lines(scan->observe_context, lines->items, lines->count, err);
    }
    rc = rc ? rc : pass_claims(settling, err);
    if (rc == 0) {
        ca_several_settle(scan, lines->items, lines->count);
    }
    return rc ? rc : pass_findings(settling, err);
}

/* A claim whose lines all lie together, each once and in order, and that nothing else is said of: so are nearly all. */
static int settle_bundle(ca_settling *settling, const ca_exchange_record *record, ca_error *err)
{
    ca_scan_state *scan = settling->scan;
    ca_bundle bundle;
    int rc = ca_open_bundle(record, &bundle, err);
    if (rc) {
        return rc;
    }
    if (!bundle.head.live || scan->observe_lines) {
        return settle_hash(settling, record, 1, err);
    }
    scan->claims++;
    scan->files[bundle.head.origin.file].claims++;
    return settling->claims ? ca_claims_add_bundle(settling->claims, &bundle, err) : 0;
}

/* --- Claims that are too large ----------------------------------------------------------------------------- */

/* The next records of a claim of more lines than are held: it is not settled. Its lines count as they stand, unless they are no
 * live ones, with all that line rules found. */
static int pass_large(ca_settling *settling, const ca_exchange_record *records, size_t count, ca_error *err)
{
    ca_scan_state *scan = settling->scan;
    ca_line_list *lines = &settling->lines;
    int rc = ca_gather_room(settling, records, count, err);
    rc = rc ? rc : ca_gather(settling, records, count, err);
    for (size_t i = 0; rc == 0 && i < lines->count; i++) {
        ca_run_file *file = &scan->files[lines->items[i].head->origin.file];
        file->claims += file->claim_stamp != settling->stamp;
        file->claim_stamp = settling->stamp;
    }
    if (rc == 0) {
        ca_several_settle(scan, lines->items, lines->count);
        ca_several_scatter(scan, lines->items, lines->count);
    }
    return rc ? rc : pass_findings(settling, err);
}

static int settle_large(ca_settling *settling, const ca_exchange_record *records, size_t count, bool continued, ca_error *err)
{
    ca_scan_state *scan = settling->scan;
    int rc = 0;
    if (!continued) {
        settling->stamp++;
        scan->claims++;
        scan->claims_too_large++;
        if (settling->claims) {
            ca_claims_too_large(settling->claims);
        }
    }
    for (size_t from = 0, to; rc == 0 && from < count; from = to) {
        to = count - from < LARGE_AT_A_TIME ? count : from + LARGE_AT_A_TIME;
        rc = pass_large(settling, records + from, to - from, err);
    }
    return rc;
}

static bool is_large(const ca_exchange_record *records, size_t count)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < count && count > LARGE_AT_A_TIME; i++) {
        lines += ca_record_lines(&records[i]);
    }
    return lines > CA_CLAIM_LINES;
}

static size_t end_of_hash(const ca_exchange_group *group, size_t from)
{
    size_t to = from;
    while (to < group->count && group->records[to].hash == group->records[from].hash) {
        to++;
    }
    return to;
}

static void expect(const ca_exchange_record *record)
{
    for (unsigned at = 0; at < RECORD_BYTES && at < record->len; at += 64) {
        __builtin_prefetch(record->bytes + at);
    }
}

int ca_settle_group(ca_settling *settling, const ca_exchange_group *group, ca_error *err)
{
    int rc = 0;
    if (group->more || group->continued) {
        return settle_large(settling, group->records, group->count, group->continued, err);
    }
    for (size_t from = 0, to; rc == 0 && from < group->count; from = to) {
        if (from + RECORDS_AHEAD < group->count) {
            expect(&group->records[from + RECORDS_AHEAD]);
        }
        to = end_of_hash(group, from);
        if (to - from == 1 && ca_is_bundle(&group->records[from])) {
            rc = settle_bundle(settling, &group->records[from], err);
            continue;
        }
        if (is_large(group->records + from, to - from)) {
            rc = settle_large(settling, group->records + from, to - from, false, err);
            continue;
        }
        rc = settle_hash(settling, group->records + from, to - from, err);
    }
    return rc;
}
