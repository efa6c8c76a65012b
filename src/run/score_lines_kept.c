/* The lines that surprise most so far: what is said of them is written down when they are met, and thrown away when others take their
 * place. */
#include "run/score_lines_inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "claim/value.h"

#define MISSING UINT32_MAX

void ca_line_kept_done(ca_line_kept *kept)
{
    ca_buf_done(&kept->texts);
}

const ca_line_feature *ca_line_feature_of(const ca_score_lines *lines, uint32_t feature)
{
    size_t i = 0;
    while (lines->used[i] != feature) {
        i++;
    }
    return &lines->features[lines->used_by[i]];
}

/* --- Texts ---------------------------------------------------------------------------------------------------------------- */

static void put_text(ca_buf *to, ca_text text)
{
    uint32_t len = text.ptr ? (uint32_t)text.len : MISSING;
    ca_buf_add(to, &len, sizeof len);
    ca_buf_add(to, text.ptr ? text.ptr : "", text.ptr ? text.len : 0);
}

ca_text ca_line_kept_next(const ca_line_kept *kept, size_t *at)
{
    uint32_t len;
    memcpy(&len, kept->texts.ptr + *at, sizeof len);
    ca_text text = {len == MISSING ? NULL : kept->texts.ptr + *at + sizeof len, len == MISSING ? 0 : len};
    *at += sizeof len + text.len;
    return text;
}

static void print_column(const ca_score_lines *lines, const ca_batch *batch, unsigned column, unsigned row, ca_buf *words)
{
    ca_value value = ca_value_of(batch, column, row);
    ca_value_print(&value, lines->options.codes, words);
}

static void put_column(const ca_score_lines *lines, const ca_batch *batch, unsigned column, unsigned row, ca_buf *words, ca_buf *to)
{
    ca_buf_clear(words);
    print_column(lines, batch, column, row, words);
    put_text(to, ca_buf_text(words));
}

/* "V0103, north" */
static void put_cell(const ca_score_lines *lines, const ca_line_feature *feature, const ca_surprise_reason *reason,
                     const ca_batch *batch, unsigned row, ca_buf *words, ca_buf *to)
{
    ca_buf_clear(words);
    if (reason->cell == 0) {
        ca_buf_add_cstr(words, "all claim lines");
    } else {
        const ca_line_key *key = &lines->keys[feature->keys[reason->level]];
        for (size_t i = 0; i < key->count; i++) {
            ca_buf_add_cstr(words, i ? ", " : "");
            print_column(lines, batch, lines->hashed[key->columns[i]], row, words);
        }
    }
    put_text(to, ca_buf_text(words));
}

/* For each reason: its cell, the value where it is no number, the columns that its words name. */
static bool put_reasons(const ca_score_lines *lines, const ca_surprise_line *line, const ca_batch *batch, unsigned row, ca_buf *to)
{
    ca_buf words;
    ca_buf_init(&words);
    for (uint32_t i = 0; i < line->reason_count; i++) {
        const ca_surprise_reason *reason = &line->reasons[i];
        const ca_line_feature *of = ca_line_feature_of(lines, reason->feature);
        put_cell(lines, of, reason, batch, row, &words, to);
        if (of->feature->line.form == CA_LINE_CODE) {
            put_column(lines, batch, of->feature->line.column, row, &words, to);
        } else {
            put_text(to, (ca_text){0});
        }
        for (size_t k = 0; k < of->feature->say_count; k++) {
            if (of->feature->say[k].word == CA_SAY_COLUMN) {
                put_column(lines, batch, of->feature->say[k].column, row, &words, to);
            }
        }
    }
    bool good = !words.failed && !to->failed;
    ca_buf_done(&words);
    return good;
}

/* --- Which ------------------------------------------------------------------------------------------------------------------ */

typedef struct scored_row {
    uint64_t ticket;
    const ca_surprise_line *line;
} scored_row;

static int by_ticket(const void *a, const void *b)
{
    const scored_row *one = a, *other = b;
    return (one->ticket > other->ticket) - (one->ticket < other->ticket);
}

static int by_judge(const void *a, const void *b)
{
    const ca_line_kept *one = a, *other = b;
    if (one->number != other->number) {
        return one->number < other->number ? -1 : 1;
    }
    return (one->ticket > other->ticket) - (one->ticket < other->ticket);
}

void ca_line_kept_sort(ca_line_judge *judge)
{
    if (judge->kept_count > 0) {
        qsort(judge->kept, judge->kept_count, sizeof *judge->kept, by_judge);
    }
}

/* Those that are still scored; both go by tickets. */
static void drop_all_but(ca_line_judge *judge, const scored_row *scored, size_t scored_count)
{
    size_t count = 0, next = 0;
    for (size_t i = 0; i < judge->kept_count; i++) {
        while (next < scored_count && scored[next].ticket < judge->kept[i].ticket) {
            next++;
        }
        if (next < scored_count && scored[next].ticket == judge->kept[i].ticket) {
            judge->kept[count++] = judge->kept[i];
        } else {
            ca_line_kept_done(&judge->kept[i]);
        }
    }
    judge->kept_count = count;
}

static int add_row(ca_line_judge *judge, const scored_row *of, const ca_batch *batch)
{
    unsigned row = (unsigned)(of->ticket - judge->first);
    ca_line_kept *kept = ca_grown_array(judge->kept, judge->kept_count, &judge->kept_cap, sizeof *kept);
    if (!kept) {
        return CA_NOMEM;
    }
    judge->kept = kept;
    uint32_t *wanted = ca_grown_array(judge->wanted, judge->wanted_count, &judge->wanted_cap, sizeof *wanted);
    if (!wanted) {
        return CA_NOMEM;
    }
    judge->wanted = wanted;
    wanted[judge->wanted_count++] = row;
    kept = &judge->kept[judge->kept_count++];
    *kept = (ca_line_kept){.ticket = of->ticket, .number = judge->number};
    ca_buf_init(&kept->texts);
    bool good = put_reasons(judge->of, of->line, batch, row, &kept->texts);
    kept->reasons_end = kept->texts.len;
    return good ? 0 : CA_NOMEM;
}

/* Of `count` lines of the scorer, those that are `fresh` or all, by ticket. NULL when memory ran out. */
static scored_row *sorted_rows(const ca_scorer *scorer, bool fresh, size_t count)
{
    scored_row *scored = ca_alloc((count + 1) * sizeof *scored);
    for (size_t i = 0; scored && i < count; i++) {
        const ca_surprise_line *line = fresh ? ca_scorer_fresh_line(scorer, i) : ca_scorer_line(scorer, i);
        scored[i] = (scored_row){line->at[0], line};
    }
    if (scored) {
        qsort(scored, count, sizeof *scored, by_ticket);
    }
    return scored;
}

/* When they are twice as many as can be told: so each is looked at a few times only, however many are. */
static int drop_others(ca_line_judge *judge)
{
    size_t count = ca_scorer_kept(judge->scorer);
    if (judge->kept_count <= 2 * judge->of->options.most) {
        return 0;
    }
    scored_row *scored = sorted_rows(judge->scorer, false, count);
    if (!scored) {
        return CA_NOMEM;
    }
    drop_all_but(judge, scored, count);
    ca_free(scored);
    return 0;
}

int ca_line_kept_update(ca_line_judge *judge, const ca_frame *frame, ca_error *err)
{
    size_t count = ca_scorer_fresh(judge->scorer);
    int rc = drop_others(judge);
    scored_row *scored = rc ? NULL : sorted_rows(judge->scorer, true, count);
    for (size_t i = 0; scored && rc == 0 && i < count; i++) {
        rc = add_row(judge, &scored[i], frame->units);
    }
    ca_scorer_told(judge->scorer);
    rc = scored ? rc : CA_NOMEM;
    ca_free(scored);
    return rc ? ca_error_nomem(err) : 0;
}

ca_line_kept *ca_line_kept_find(const ca_line_judge *judge, const uint64_t *at)
{
    ca_line_kept sought = {.ticket = at[0], .number = (unsigned)at[1]};
    return judge->kept_count ? bsearch(&sought, judge->kept, judge->kept_count, sizeof sought, by_judge) : NULL;
}

/* --- What is told of them --------------------------------------------------------------------------------------------------- */

static int64_t number_or(const ca_batch *batch, unsigned column, unsigned row, int64_t otherwise)
{
    return ca_batch_has(batch, column, row) ? batch->columns[column].as.number[row] : otherwise;
}

static void put_id(const ca_batch *batch, unsigned column, unsigned row, ca_buf *to)
{
    put_text(to, ca_batch_has(batch, column, row) ? ca_batch_text(batch, column, row) : (ca_text){0});
}

static int tell_row(ca_line_kept *kept, const ca_batch *batch, unsigned row)
{
    bool dated = ca_batch_has(batch, CA_F_SERVICE_DATE, row), paid = ca_batch_has(batch, CA_F_PAID, row);
    kept->texts.len = kept->reasons_end;
    put_id(batch, CA_F_CLAIM_ID, row, &kept->texts);
    put_id(batch, CA_F_PATIENT_ID, row, &kept->texts);
    put_id(batch, CA_F_BILLING_PROVIDER_ID, row, &kept->texts);
    put_id(batch, CA_F_RENDERING_PROVIDER_ID, row, &kept->texts);
    kept->line = (ca_finding_line){
        .role = "line",
        .claim_type = ca_batch_has(batch, CA_F_CLAIM_TYPE, row) ? batch->columns[CA_F_CLAIM_TYPE].as.choice[row] : CA_OTHER,
        .claim_part = number_or(batch, CA_F_CLAIM_PART, row, 1),
        .line_no = number_or(batch, CA_F_LINE_NO, row, 0),
        .has_date = dated,
        .service_date = dated ? batch->columns[CA_F_SERVICE_DATE].as.date[row] : 0,
        .origin = batch->origin[row],
        .has_paid = paid,
        .paid = paid ? batch->columns[CA_F_PAID].as.number[row] : 0,
        .exposure = CA_EXPOSURE_MISSING,
        .count = 1};
    kept->told = true;
    return kept->texts.failed ? CA_NOMEM : 0;
}

int ca_line_judge_tell(ca_line_judge *judge, const ca_batch *rows, ca_error *err)
{
    for (size_t i = 0; i < judge->wanted_count; i++) {
        uint64_t at[2] = {judge->first + judge->wanted[i], judge->number};
        ca_line_kept *kept = ca_line_kept_find(judge, at);
        if (kept && tell_row(kept, rows, (unsigned)i)) {
            return ca_error_nomem(err);
        }
    }
    return 0;
}
