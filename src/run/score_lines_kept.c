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

static bool is_kept(const ca_line_judge *judge, uint64_t ticket)
{
    for (size_t i = 0; i < ca_scorer_kept(judge->scorer); i++) {
        if (ca_scorer_line(judge->scorer, i)->at[0] == ticket) {
            return true;
        }
    }
    return false;
}

static void drop_others(ca_line_judge *judge)
{
    size_t count = 0;
    for (size_t i = 0; i < judge->kept_count; i++) {
        if (is_kept(judge, judge->kept[i].ticket)) {
            judge->kept[count++] = judge->kept[i];
        } else {
            ca_line_kept_done(&judge->kept[i]);
        }
    }
    judge->kept_count = count;
}

static int add_row(ca_line_judge *judge, const ca_surprise_line *line, const ca_batch *batch)
{
    unsigned row = (unsigned)(line->at[0] - judge->first);
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
    *kept = (ca_line_kept){.ticket = line->at[0], .number = judge->number};
    ca_buf_init(&kept->texts);
    bool good = put_reasons(judge->of, line, batch, row, &kept->texts);
    kept->reasons_end = kept->texts.len;
    return good ? 0 : CA_NOMEM;
}

static int by_row(const void *a, const void *b)
{
    const uint32_t *one = a, *other = b;
    return (*one > *other) - (*one < *other);
}

int ca_line_kept_update(ca_line_judge *judge, const ca_frame *frame, ca_error *err)
{
    int rc = 0;
    drop_others(judge);
    for (size_t i = 0; rc == 0 && i < ca_scorer_kept(judge->scorer); i++) {
        const ca_surprise_line *line = ca_scorer_line(judge->scorer, i);
        rc = line->at[0] >= judge->first ? add_row(judge, line, frame->units) : 0;
    }
    if (judge->wanted_count > 0) {
        qsort(judge->wanted, judge->wanted_count, sizeof *judge->wanted, by_row);
    }
    return rc ? ca_error_nomem(err) : 0;
}

const ca_line_kept *ca_line_kept_find(const ca_line_judge *judge, const uint64_t *at)
{
    for (size_t i = 0; i < judge->kept_count; i++) {
        if (judge->kept[i].ticket == at[0] && judge->kept[i].number == at[1]) {
            return &judge->kept[i];
        }
    }
    return NULL;
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
        for (size_t k = 0; k < judge->kept_count; k++) {
            if (judge->kept[k].ticket == at[0] && judge->kept[k].number == at[1] && tell_row(&judge->kept[k], rows, (unsigned)i)) {
                return ca_error_nomem(err);
            }
        }
    }
    return 0;
}
