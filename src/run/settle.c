/* Settles claims: of lines with one key the repeated and superseded ones fall, with their findings; claims are counted
 * and what stays goes to the claim rules. */
#include "run/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define DROPPED_AT_A_TIME 250000   /* places held before they are read again: 10 MB */
#define RECORDS_AHEAD 16           /* sorted records lie anywhere in their bucket: fetched before they are read */

struct settling {
    ca_scan_state *scan;
    ca_claims *claims;
    ca_settled_line *lines;        /* of one hash */
    size_t line_count, line_cap;
    ca_exchange_record *findings;  /* of one hash */
    size_t finding_count, finding_cap;
    ca_settled_line *notes;        /* of reversals that name a claim of this hash */
    size_t note_count, note_cap;
    ca_settled_line *undone;       /* copies, when there are findings to take back */
    size_t undone_count, undone_cap;
    uint64_t stamp;
};

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
static int count_dropped(struct settling *settling, ca_error *err)
{
    ca_scan_state *scan = settling->scan;
    qsort(settling->lines, settling->line_count, sizeof *settling->lines, by_source_row);
    unsigned of_row = 0;
    for (size_t i = 0; i < settling->line_count && settling->lines[i].dropped; i++) {
        const ca_line_head *head = settling->lines[i].head;
        const ca_line_head *before = i ? settling->lines[i - 1].head : NULL;
        bool same = before && before->origin.file == head->origin.file &&
                    before->origin.row == head->origin.row;
        of_row = same ? of_row + 1 : 1;
        scan->files[head->origin.file].lines_dropped++;
        scan->files[head->origin.file].rows_dropped += of_row == head->row_lines;
        ca_place place = {head->origin.file, head->origin.length, head->origin.offset,
                          head->origin.row, head->line_no, false};
        int rc = ca_places_add(&scan->dropped, &place, err);
        if (rc) {
            return rc;
        }
    }
    return 0;
}

/* Lines of one claim, dropped ones left out: counted once for the run and once for every file they are in. */
static int pass_claims(struct settling *settling, ca_error *err)
{
    ca_scan_state *scan = settling->scan;
    ca_settled_line *lines = settling->lines;
    size_t count = settling->line_count;
    while (count && lines[count - 1].dropped) {
        count--;
    }
    for (size_t from = 0; from < count;) {
        size_t to = from;
        settling->stamp++;
        scan->claims++;
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
static ca_settled_line *first_dropped(const struct settling *settling, size_t *ret_count)
{
    size_t from = settling->line_count;
    while (from && settling->lines[from - 1].dropped) {
        from--;
    }
    *ret_count = settling->line_count - from;
    return settling->lines + from;
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

static int pass_findings(struct settling *settling, ca_error *err)
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
        const uint8_t *at = ca_take_head(record->bytes, &head);
        if (is_among(dropped, dropped_count, &head)) {
            continue;
        }
        ca_arena_reset(&scan->scratch);
        ca_text bytes = {(const char *)at, record->len - (size_t)(at - record->bytes)};
        int rc = ca_finding_read(bytes, &scan->scratch, &finding, err);
        if (rc == 0 && !sees_undone(scan, &finding) && is_among(settling->undone, settling->undone_count, &head)) {
            scan->findings_undone += finding.outcome == CA_HIT;
            continue;
        }
        rc = rc ? rc : ca_keep(scan, &finding, err);
        if (rc) {
            return rc;
        }
    }
    return 0;
}

static int add_finding(struct settling *settling, const ca_exchange_record *record, ca_error *err)
{
    ca_exchange_record *findings =
        ca_grown_array(settling->findings, settling->finding_count, &settling->finding_cap, sizeof *findings);
    if (!findings) {
        return ca_error_nomem(err);
    }
    settling->findings = findings;
    findings[settling->finding_count++] = *record;
    return 0;
}

/* `id`: what follows the head in the record. */
static ca_settled_line line_of(const struct settling *settling, const ca_exchange_record *record,
                               const ca_line_head *head, const uint8_t *id)
{
    const uint8_t *unit = id + head->id_length;
    const uint8_t *end = record->bytes + record->len;
    const uint8_t *columns = unit + head->unit_length;
    ca_settled_line line = {.head = head,
                            .claim_id = {(const char *)id, head->id_length},
                            .unit = unit,
                            .unit_length = head->unit_length,
                            .columns = columns,
                            .columns_length = (size_t)(end - columns)};
    if (head->marked) {
        line.marked = true;
        line.columns_length -= sizeof line.mark;
        memcpy(&line.mark, end - sizeof line.mark, sizeof line.mark);
    }
    if (head->unit_repeats && settling->line_count) {
        const ca_settled_line *before = &settling->lines[settling->line_count - 1];
        line.claim_id = before->claim_id;
        line.unit = before->unit;
        line.unit_length = before->unit_length;
    }
    return line;
}

static int add_note(struct settling *settling, const ca_line_head *head, const uint8_t *id, ca_error *err)
{
    ca_settled_line *notes =
        ca_grown_array(settling->notes, settling->note_count, &settling->note_cap, sizeof *notes);
    if (!notes) {
        return ca_error_nomem(err);
    }
    settling->notes = notes;
    notes[settling->note_count++] =
        (ca_settled_line){.head = head, .claim_id = {(const char *)id, head->id_length}};
    return 0;
}

/* Heads of lines fill `heads` from the front, those of notes from the back: there is one for every record. */
static int add_record(struct settling *settling, const ca_exchange_record *record, ca_line_head *heads,
                      size_t head_count, ca_error *err)
{
    ca_line_head *head = &heads[settling->line_count];
    const uint8_t *rest = ca_take_head(record->bytes, head);
    if (head->record == CA_RECORD_FINDING) {
        return add_finding(settling, record, err);
    }
    if (head->record == CA_RECORD_REVERSAL) {
        ca_line_head *note = &heads[head_count - 1 - settling->note_count];
        *note = *head;
        return add_note(settling, note, rest, err);
    }
    ca_settled_line *lines =
        ca_grown_array(settling->lines, settling->line_count, &settling->line_cap, sizeof *lines);
    if (!lines) {
        return ca_error_nomem(err);
    }
    settling->lines = lines;
    lines[settling->line_count] = line_of(settling, record, head, rest);
    settling->line_count++;
    return 0;
}

/* Lines mostly come in order already. */
static void sort_lines(struct settling *settling, int (*order)(const void *, const void *))
{
    for (size_t i = 1; i < settling->line_count; i++) {
        if (order(&settling->lines[i - 1], &settling->lines[i]) > 0) {
            qsort(settling->lines, settling->line_count, sizeof *settling->lines, order);
            return;
        }
    }
}

static int remember_undone(struct settling *settling, const ca_settled_line *line, ca_error *err)
{
    const ca_line_head *head = line->head;
    ca_place place = {head->origin.file, head->origin.length, head->origin.offset, head->origin.row, head->line_no,
                      true};
    ca_settled_line *undone =
        ca_grown_array(settling->undone, settling->undone_count, &settling->undone_cap, sizeof *undone);
    if (!undone) {
        return ca_error_nomem(err);
    }
    settling->undone = undone;
    undone[settling->undone_count++] = *line;
    settling->scan->lines_undone++;
    return ca_places_add(&settling->scan->dropped, &place, err);
}

static int net(struct settling *settling, ca_error *err)
{
    int rc = ca_net_lines(settling->scan, settling->lines, settling->line_count, settling->notes,
                          settling->note_count, err);
    for (size_t i = 0; rc == 0 && i < settling->line_count; i++) {
        rc = settling->lines[i].undone ? remember_undone(settling, &settling->lines[i], err) : 0;
    }
    if (settling->undone_count > 1) {
        qsort(settling->undone, settling->undone_count, sizeof *settling->undone, lines_by_origin);
    }
    return rc;
}

/* All records of one hash: mostly one claim, rarely several. */
static int settle_hash(struct settling *settling, const ca_exchange_record *records, size_t count,
                       ca_line_head *heads, ca_error *err)
{
    settling->line_count = 0;
    settling->finding_count = 0;
    settling->note_count = 0;
    settling->undone_count = 0;
    for (size_t i = 0; i < count; i++) {
        int rc = add_record(settling, &records[i], heads, count + 1, err);
        if (rc) {
            return rc;
        }
    }
    sort_lines(settling, ca_line_order);
    bool dropped = ca_drop_lines(settling->scan, settling->lines, settling->line_count);
    int rc = settling->scan->nets ? net(settling, err) : 0;
    rc = rc || !dropped ? rc : count_dropped(settling, err);
    if (rc == 0) {
        sort_lines(settling, by_unit);
    }
    if (rc == 0 && settling->scan->observe_lines) {
        rc = settling->scan->observe_lines(settling->scan->observe_context, settling->lines, settling->line_count, err);
    }
    rc = rc ? rc : pass_claims(settling, err);
    rc = rc ? rc : pass_findings(settling, err);
    if (rc == 0 && settling->scan->dropped.count >= DROPPED_AT_A_TIME) {
        rc = ca_undo_dropped(settling->scan, err);
    }
    return rc;
}

static int settle_group(struct settling *settling, const ca_exchange_group *group, ca_error *err)
{
    /* Heads are copied out because records are not aligned; the longest run of one hash sets the size. */
    size_t longest = 0;
    for (size_t from = 0, to; from < group->count; from = to) {
        for (to = from; to < group->count && group->records[to].hash == group->records[from].hash;) {
            to++;
        }
        longest = to - from > longest ? to - from : longest;
    }
    ca_line_head *heads = ca_realloc_array(NULL, longest + 1, sizeof *heads);
    if (!heads) {
        return ca_error_nomem(err);
    }
    int rc = 0;
    for (size_t from = 0, to; rc == 0 && from < group->count; from = to) {
        if (from + RECORDS_AHEAD < group->count) {
            __builtin_prefetch(group->records[from + RECORDS_AHEAD].bytes);
        }
        for (to = from; to < group->count && group->records[to].hash == group->records[from].hash;) {
            to++;
        }
        rc = settle_hash(settling, group->records + from, to - from, heads, err);
    }
    ca_free(heads);
    return rc;
}

/* A source row none of whose lines counts is skipped, with that reason, and no longer accepted. */
static void move_dropped_rows(ca_scan_state *scan)
{
    for (size_t i = 0; i < scan->file_count; i++) {
        ca_run_file *file = &scan->files[i];
        file->rows_accepted -= file->rows_dropped;
        file->rows_skipped += file->rows_dropped;
    }
}

int ca_settle(ca_scan_state *scan, ca_error *err)
{
    struct settling settling = {.scan = scan};
    ca_exchange_group group;
    int rc = ca_rank_files(scan, err);
    rc = rc ? rc : ca_exchange_finish(scan->exchange, err);
    if (rc == 0 && scan->claim_rules.count) {
        rc = ca_claims_new(scan, &settling.claims, err);
    }
    while (rc == 0 && (rc = ca_exchange_next(scan->exchange, &group, err)) == 0) {
        rc = settle_group(&settling, &group, err);
    }
    rc = rc == CA_END ? 0 : rc;
    if (rc == 0 && settling.claims) {
        rc = ca_claims_flush(settling.claims, err);
    }
    rc = rc ? rc : ca_undo_dropped(scan, err);
    move_dropped_rows(scan);
    ca_claims_free(settling.claims);
    ca_free(settling.lines);
    ca_free(settling.findings);
    ca_free(settling.notes);
    ca_free(settling.undone);
    return rc;
}
