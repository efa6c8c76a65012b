/* Which of several lines with one key counts: of repeated ones one, of different versions the newest (fields.md). */
#include "run/state.h"

#include <stdlib.h>
#include <string.h>

static int compare(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

int ca_time_order(const ca_line_head *a, const ca_line_head *b)
{
    int order = compare(a->paid, b->paid);
    order = order ? order : compare(a->version, b->version);
    return order ? order : compare(a->received, b->received);
}

/* Version order of fields.md: paid date, version, received date, record digest. */
static int by_version(const ca_line_head *a, const ca_line_head *b)
{
    int order = ca_time_order(a, b);
    return order ? order : ca_digest_cmp(a->digest, b->digest);
}

int ca_claim_order(const ca_settled_line *a, const ca_settled_line *b)
{
    int order = compare(a->head->claim_type, b->head->claim_type);
    if (order || a->claim_id.ptr == b->claim_id.ptr) {    /* the id stands once for the lines that repeat it */
        return order;
    }
    return ca_text_cmp(a->claim_id, b->claim_id);
}

/* Claim, line, then the order of origin that no order of files can change. */
int ca_line_order(const void *left, const void *right)
{
    const ca_settled_line *a = left;
    const ca_settled_line *b = right;
    int order = ca_claim_order(a, b);
    order = order ? order : compare(a->head->line_no, b->head->line_no);
    order = order ? order : by_version(a->head, b->head);
    return order ? order : compare((int64_t)a->head->origin.row, (int64_t)b->head->origin.row);
}

static bool same_key(const ca_settled_line *a, const ca_settled_line *b)
{
    return a->head->line_no == b->head->line_no && ca_claim_order(a, b) == 0;
}

/* The one from the smallest file digest, then row. */
bool ca_stays_before(const ca_scan_state *scan, const ca_line_head *a, const ca_line_head *b)
{
    uint32_t rank_a = scan->files[a->origin.file].rank;
    uint32_t rank_b = scan->files[b->origin.file].rank;
    if (rank_a != rank_b) {
        return rank_a < rank_b;
    }
    return a->origin.row < b->origin.row;
}

static bool is_version(const ca_line_head *head)
{
    return head->status != CA_VOID && head->status != CA_REVERSAL;
}

/* Equal records are neighbours: the version order ends with the digest. */
static void drop_repeated(const ca_scan_state *scan, ca_settled_line *lines, size_t count)
{
    size_t kept = 0;
    for (size_t i = 1; i < count; i++) {
        if (ca_digest_cmp(lines[i].head->digest, lines[kept].head->digest)) {
            kept = i;
            continue;
        }
        bool first = ca_stays_before(scan, lines[kept].head, lines[i].head);
        lines[first ? i : kept].dropped = true;
        kept = first ? kept : i;
    }
}

static void drop_superseded(ca_settled_line *lines, size_t count)
{
    ca_settled_line *newest = NULL;
    for (size_t i = 0; i < count; i++) {
        if (lines[i].dropped || !is_version(lines[i].head)) {
            continue;
        }
        if (!newest) {
            newest = &lines[i];
            continue;
        }
        bool newer = by_version(lines[i].head, newest->head) > 0;
        (newer ? newest : &lines[i])->dropped = true;
        newest = newer ? &lines[i] : newest;
    }
}

/* Lines of one hash in the order of ca_line_order. */
void ca_drop_lines(const ca_scan_state *scan, ca_settled_line *lines, size_t count)
{
    for (size_t from = 0; from < count;) {
        size_t to = from + 1;
        while (to < count && same_key(&lines[from], &lines[to])) {
            to++;
        }
        if (to - from > 1) {
            drop_repeated(scan, lines + from, to - from);
            drop_superseded(lines + from, to - from);
        }
        from = to;
    }
}

/* The same content twice is told apart by its name, so that the order of the command line does not decide. */
static int rank_of_digest(const void *left, const void *right)
{
    const ca_run_file *a = *(ca_run_file *const *)left;
    const ca_run_file *b = *(ca_run_file *const *)right;
    int order = ca_digest_cmp(a->digest, b->digest);
    return order ? order : strcmp(a->path, b->path);
}

int ca_rank_files(ca_scan_state *scan, ca_error *err)
{
    ca_run_file **files = ca_arena_array(scan->arena, scan->file_count + 1, sizeof *files);
    if (!files) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < scan->file_count; i++) {
        files[i] = &scan->files[i];
    }
    if (scan->file_count > 1) {
        qsort(files, scan->file_count, sizeof *files, rank_of_digest);
    }
    for (size_t i = 0; i < scan->file_count; i++) {
        files[i]->rank = (uint32_t)i;
    }
    return 0;
}
