/* Claims made of the lines of a batch: what a claim's lines agree on is a value of the claim. */
#include "rules/group_claims.h"

#include "rules/group_chosen.h"

#include <stdlib.h>
#include <string.h>

bool ca_column_of_claims(const ca_schema *schema, unsigned column)
{
    ca_level level = schema->columns[column].level;
    if (column >= CA_COLUMN_ROLES && column < CA_COLUMN_SITE)
        level = ca_fields[ca_role_field((ca_role)((column - CA_COLUMN_ROLES) / CA_PROVIDER_FACTS))].level;
    return level != CA_LEVEL_LINE;
}

/* --- Values --------------------------------------------------------------------------------------- */

static bool same_value(const ca_batch *batch, unsigned column, unsigned a, unsigned b)
{
    const ca_column *from = &batch->columns[column];
    ca_type type = batch->schema->columns[column].type;
    switch (type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        return from->as.number[a] == from->as.number[b];
    case CA_TYPE_DATE:
        return from->as.date[a] == from->as.date[b];
    case CA_TYPE_CODE:
        return from->as.code[a] == from->as.code[b];
    case CA_TYPE_ENUM:
        return from->as.choice[a] == from->as.choice[b];
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
    case CA_TYPE_CODES:
    case CA_TYPE_INTERVALS:
        break;
    }
    ca_slice left = from->as.slice[a];
    ca_slice right = from->as.slice[b];
    const uint8_t *pool = ca_batch_pool(batch, type);
    size_t size = ca_type_element(type);
    return left.len == right.len &&
           (left.len == 0 || memcmp(pool + left.from * size, pool + right.from * size, left.len * size) == 0);
}

/* The line that gives the claim its value; false when none has one, or two differ. */
static bool agreed_row(const ca_batch *lines, unsigned column, uint32_t from, uint32_t to, uint32_t *ret_row)
{
    bool some = false;
    for (uint32_t row = from; row < to; row++) {
        if (!ca_batch_has(lines, column, row))
            continue;
        if (some && !same_value(lines, column, *ret_row, row))
            return false;
        if (!some)
            *ret_row = row;
        some = true;
    }
    return some;
}

static void copy_value(ca_batch *to, unsigned to_row, const ca_batch *from, unsigned column, uint32_t row)
{
    ca_column *into = &to->columns[column];
    const ca_column *source = &from->columns[column];
    ca_bit_set(into->present, to_row);
    switch (from->schema->columns[column].type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        into->as.number[to_row] = source->as.number[row];
        break;
    case CA_TYPE_DATE:
        into->as.date[to_row] = source->as.date[row];
        break;
    case CA_TYPE_CODE:
        into->as.code[to_row] = source->as.code[row];
        break;
    case CA_TYPE_ENUM:
        into->as.choice[to_row] = source->as.choice[row];
        break;
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
    case CA_TYPE_CODES:
    case CA_TYPE_INTERVALS:
        into->as.slice[to_row] = source->as.slice[row];
        break;
    }
}

static void begin_with_service(const ca_batch *lines, uint32_t from, uint32_t to, ca_batch *claims, uint32_t claim)
{
    ca_column *into = &claims->columns[CA_F_FROM_DATE];
    for (uint32_t row = from; row < to; row++) {
        if (!ca_batch_has(lines, CA_F_SERVICE_DATE, row))
            continue;
        ca_date date = lines->columns[CA_F_SERVICE_DATE].as.date[row];
        if (!ca_bit(into->present, claim) || date < into->as.date[claim])
            into->as.date[claim] = date;
        ca_bit_set(into->present, claim);
    }
}

int ca_lines_to_claims(const ca_batch *lines, const uint32_t *first_line, uint32_t claims, const bool *begins,
                       ca_batch **batch)
{
    if (ca_batch_fit(lines->schema, claims, batch) != 0 || ca_batch_use(*batch, CA_F_FROM_DATE) != 0)
        return CA_NOMEM;
    ca_batch *to = *batch;
    for (unsigned column = 0; column < lines->schema->count; column++) {
        uint32_t row = 0;
        if (lines->columns[column].present == NULL || !ca_column_of_claims(lines->schema, column))
            continue;
        if (ca_batch_use(to, column) != 0)
            return CA_NOMEM;
        for (uint32_t claim = 0; claim < claims; claim++) {
            if (agreed_row(lines, column, first_line[claim], first_line[claim + 1], &row))
                copy_value(to, claim, lines, column, row);
        }
    }
    for (uint32_t claim = 0; claim < claims; claim++) {
        to->origin[claim] = lines->origin[first_line[claim]];
        to->digest[claim] = lines->digest[first_line[claim]];
        if (begins[claim])
            begin_with_service(lines, first_line[claim], first_line[claim + 1], to, claim);
    }
    ca_batch_borrow(to, lines);
    to->rows = claims;
    return 0;
}

/* --- From lines to claims --------------------------------------------------------------------------- */

typedef struct claim_line {
    ca_text id;
    int64_t part, line_no;
    ca_date date;              /* of claims: when it begins; missing last */
    uint32_t row;
    uint8_t type;
} claim_line;

static int order(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int by_claim(const claim_line *a, const claim_line *b)
{
    int way = order(a->type, b->type);
    way = way ? way : ca_text_cmp(a->id, b->id);
    return way ? way : order(a->part, b->part);
}

static int by_line(const void *left, const void *right)
{
    const claim_line *a = left;
    const claim_line *b = right;
    int way = order(a->line_no, b->line_no);
    return way ? way : order(a->row, b->row);
}

static int by_date_and_claim(const void *left, const void *right)
{
    const claim_line *a = left;
    const claim_line *b = right;
    int way = order(a->date, b->date);
    way = way ? way : by_claim(a, b);
    return way ? way : order(a->row, b->row);
}

static claim_line line_at(const ca_batch *batch, uint32_t row)
{
    claim_line line = {.row = row, .part = 1, .date = CA_DATE_MAX};
    if (ca_batch_has(batch, CA_F_CLAIM_TYPE, row))
        line.type = batch->columns[CA_F_CLAIM_TYPE].as.choice[row];
    if (ca_batch_has(batch, CA_F_CLAIM_ID, row))
        line.id = ca_batch_text(batch, CA_F_CLAIM_ID, row);
    if (ca_batch_has(batch, CA_F_CLAIM_PART, row))
        line.part = batch->columns[CA_F_CLAIM_PART].as.number[row];
    if (ca_batch_has(batch, CA_F_LINE_NO, row))
        line.line_no = batch->columns[CA_F_LINE_NO].as.number[row];
    if (ca_batch_has(batch, CA_F_FROM_DATE, row))
        line.date = batch->columns[CA_F_FROM_DATE].as.date[row];
    return line;
}

/* Lines by claim, as row numbers; where each claim begins. */
typedef struct gathering {
    uint32_t *rows, *first;
    bool *begins;
    uint32_t lines, claims;
} gathering;

/* A line without claim id stands alone. */
static bool same_claim(const void *context, uint32_t a, uint32_t b)
{
    const claim_line *lines = context;
    return lines[a].id.ptr != NULL && lines[b].id.ptr != NULL && by_claim(&lines[a], &lines[b]) == 0;
}

static int list_lines(const ca_groups *groups, const ca_claims_of *of, claim_line **ret_lines, gathering *ret)
{
    const ca_batch *batch = groups->input->lines;
    unsigned words = (batch->rows + 63) / 64;
    size_t count = 0;
    for (unsigned w = 0; w < words; w++)
        count += (size_t)__builtin_popcountll(of->taken[w] | of->doubtful[w]);
    claim_line *lines = ca_scratch_take(&groups->eval->scratch, count, sizeof *lines);
    if (lines == NULL)
        return ca_error_nomem(groups->err);
    for (unsigned w = 0; w < words; w++) {
        for (uint64_t rest = of->taken[w] | of->doubtful[w]; rest != 0;)
            lines[ret->lines++] = line_at(batch, w * 64 + ca_bits_next(&rest));
    }
    *ret_lines = lines;
    return 0;
}

/* Lines of one claim side by side: those of one day are so already. */
static int bring_together(const ca_groups *groups, const claim_line *lines, uint32_t **ret_order, gathering *made)
{
    ca_scratch *scratch = &groups->eval->scratch;
    uint64_t *hashes = ca_scratch_take(scratch, made->lines, sizeof *hashes);
    const ca_likes likes = {hashes, made->lines, same_claim, lines};
    for (uint32_t i = 0; hashes != NULL && i < made->lines; i++) {
        bool beside = i > 0 && same_claim(lines, i - 1, i);
        uint64_t hash = ca_hash_mix(lines[i].type, lines[i].id.ptr ? (uint64_t)lines[i].part : lines[i].row);
        hashes[i] = beside ? hashes[i - 1] : ca_hash_mix(hash, ca_hash64(lines[i].id.ptr, lines[i].id.len));
    }
    if (hashes == NULL || ca_likes_sort(scratch, &likes, ret_order, &made->first, &made->claims) != 0)
        return ca_error_nomem(groups->err);
    return 0;
}

/* Lines of each claim by their number. */
static int find_claims(const ca_groups *groups, const claim_line *lines, const uint32_t *order_of, gathering *made)
{
    ca_scratch *scratch = &groups->eval->scratch;
    made->rows = ca_scratch_take(scratch, made->lines, sizeof *made->rows);
    made->begins = ca_scratch_take(scratch, made->claims, sizeof *made->begins);
    claim_line *sorted = ca_scratch_take(scratch, made->lines, sizeof *sorted);
    if (made->rows == NULL || made->begins == NULL || sorted == NULL)
        return ca_error_nomem(groups->err);
    const bool *dated = groups->input->has_from_date;
    for (uint32_t claim = 0; claim < made->claims; claim++) {
        uint32_t from = made->first[claim];
        uint32_t past = made->first[claim + 1];
        bool in_order = true;
        for (uint32_t i = from; i < past; i++) {
            sorted[i] = lines[order_of[i]];
            in_order &= i == from || by_line(&sorted[i - 1], &sorted[i]) < 0;
        }
        if (!in_order)
            qsort(sorted + from, past - from, sizeof *sorted, by_line);
        for (uint32_t i = from; i < past; i++)
            made->rows[i] = sorted[i].row;
        made->begins[claim] = dated != NULL && !dated[groups->input->lines->origin[made->rows[from]].file];
    }
    return 0;
}

static int order_claims(const ca_groups *groups, const ca_batch *claims, uint32_t **ret_order)
{
    ca_scratch *scratch = &groups->eval->scratch;
    claim_line *items = ca_scratch_take(scratch, claims->rows, sizeof *items);
    *ret_order = ca_scratch_take(scratch, claims->rows, sizeof **ret_order);
    if (items == NULL || *ret_order == NULL)
        return ca_error_nomem(groups->err);
    bool in_order = true;
    for (uint32_t claim = 0; claim < claims->rows; claim++) {
        items[claim] = line_at(claims, claim);
        in_order &= claim == 0 || by_date_and_claim(&items[claim - 1], &items[claim]) < 0;
    }
    if (!in_order)
        qsort(items, claims->rows, sizeof *items, by_date_and_claim);
    for (uint32_t i = 0; i < claims->rows; i++)
        (*ret_order)[i] = items[i].row;
    return 0;
}

/* What `where` says of lines, for their claims and for aggregates. */
static int carry_truths(ca_groups *groups, ca_claims_of *of, const gathering *made)
{
    ca_scratch *scratch = &groups->eval->scratch;
    unsigned words = (made->lines + 63) / 64 + 1;
    uint64_t *taken = ca_scratch_bits(scratch, words);
    uint64_t *undecided = ca_scratch_bits(scratch, words);
    of->claims_taken = ca_scratch_bits(scratch, (made->claims + 63) / 64 + 1);
    of->claims_doubtful = ca_scratch_bits(scratch, (made->claims + 63) / 64 + 1);
    of->claim_slots = ca_scratch_take(scratch, made->claims, sizeof *of->claim_slots);
    if (taken == NULL || undecided == NULL || of->claims_taken == NULL || of->claims_doubtful == NULL ||
        of->claim_slots == NULL)
        return ca_error_nomem(groups->err);
    for (uint32_t claim = 0; claim < made->claims; claim++) {
        for (uint32_t line = made->first[claim]; line < made->first[claim + 1]; line++) {
            uint32_t row = made->rows[line];
            if (ca_bit(of->taken, row)) {
                ca_bit_set(of->claims_taken, claim);
                ca_bit_set(taken, line);
                continue;
            }
            if (!ca_bit(of->claims_doubtful, claim))
                of->claim_slots[claim] = of->slots[row];
            ca_bit_set(of->claims_doubtful, claim);
            ca_bit_set(undecided, line);
        }
    }
    of->frame.line_taken = taken;
    of->frame.line_undecided = undecided;
    return 0;
}

int ca_claims_gather(ca_groups *groups, const uint8_t *columns, ca_batch **lines, ca_batch **claims, ca_claims_of *of)
{
    gathering made = {0};
    claim_line *all = NULL;
    uint32_t *together = NULL;
    int code = list_lines(groups, of, &all, &made);
    code = code ? code : bring_together(groups, all, &together, &made);
    code = code ? code : find_claims(groups, all, together, &made);
    if (code != 0)
        return code;
    if (ca_batch_select(groups->input->lines, made.rows, made.lines, columns, lines) != 0 ||
        ca_lines_to_claims(*lines, made.first, made.claims, made.begins, claims) != 0)
        return ca_error_nomem(groups->err);
    of->frame = (ca_frame){.units = *claims,
                           .lines = *lines,
                           .first_line = made.first,
                           .date_column = CA_F_FROM_DATE,
                           .codes = groups->input->codes};
    code = carry_truths(groups, of, &made);
    return code ? code : order_claims(groups, *claims, &of->order);
}

int ca_claims_move(ca_groups *groups, const uint32_t *claims, uint32_t count)
{
    ca_scratch *scratch = &groups->eval->scratch;
    uint32_t *first = ca_scratch_take(scratch, count, sizeof *first);
    uint32_t *past = ca_scratch_take(scratch, count, sizeof *past);
    if (first == NULL || past == NULL)
        return ca_error_nomem(groups->err);
    for (uint32_t i = 0; i < count; i++) {
        first[i] = groups->members.first_line[claims[i]];
        past[i] = groups->members.first_line[claims[i] + 1];
    }
    groups->members.first_line = first;
    groups->members.past_line = past;
    return 0;
}
