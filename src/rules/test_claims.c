/* The claims of a test: what the lines of one claim agree on is a value of the claim. */
#include "rules/test_frame.h"

#include <string.h>

static bool is_live(const ca_batch *batch, unsigned row)
{
    if (!ca_batch_has(batch, CA_F_CLAIM_STATUS, row))
        return true;
    uint8_t status = batch->columns[CA_F_CLAIM_STATUS].as.choice[row];
    return status != CA_VOID && status != CA_REVERSAL;
}

void ca_test_mark_live(ca_batch *batch)
{
    for (unsigned row = 0; row < batch->rows; row++) {
        if (is_live(batch, row))
            ca_bit_set(batch->live, row);
    }
}

/* Does a claim know the column? Provider facts follow the column that names the provider. */
static bool of_header(const ca_schema *schema, unsigned column)
{
    ca_level level = schema->columns[column].level;
    if (column >= CA_COLUMN_ROLES && column < CA_COLUMN_SITE)
        level = ca_fields[ca_role_field((ca_role)((column - CA_COLUMN_ROLES) / CA_PROVIDER_FACTS))]
                    .level;
    return level != CA_LEVEL_LINE;
}

static bool same_list(const ca_batch *batch, ca_slice a, ca_slice b)
{
    return a.len == b.len &&
           (a.len == 0 || memcmp(batch->list_codes + a.from, batch->list_codes + b.from,
                                 a.len * sizeof(uint32_t)) == 0);
}

static bool same_value(const ca_batch *batch, unsigned column, unsigned a, unsigned b)
{
    const ca_column *from = &batch->columns[column];
    switch (batch->schema->columns[column].type) {
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
        return ca_text_eq(ca_batch_text(batch, column, a), ca_batch_text(batch, column, b));
    case CA_TYPE_CODES:
        return same_list(batch, from->as.slice[a], from->as.slice[b]);
    case CA_TYPE_INTERVALS:
        return from->as.slice[a].from == from->as.slice[b].from;
    }
    return false;
}

/* The row of the lines that gives the claim its value; false when none has one, or two differ. */
static bool agreed_row(const ca_batch *lines, unsigned column, uint32_t from, uint32_t to,
                       uint32_t *ret_row)
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

static int copy_value(ca_batch *to, unsigned to_row, const ca_batch *from, unsigned column,
                      uint32_t row)
{
    ca_column *into = &to->columns[column];
    const ca_column *source = &from->columns[column];
    ca_bit_set(into->present, to_row);
    switch (from->schema->columns[column].type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        into->as.number[to_row] = source->as.number[row];
        return 0;
    case CA_TYPE_DATE:
        into->as.date[to_row] = source->as.date[row];
        return 0;
    case CA_TYPE_CODE:
        into->as.code[to_row] = source->as.code[row];
        return 0;
    case CA_TYPE_ENUM:
        into->as.choice[to_row] = source->as.choice[row];
        return 0;
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        return ca_batch_add_bytes(to, ca_batch_text(from, column, row), &into->as.slice[to_row]);
    case CA_TYPE_CODES:
        return ca_batch_add_codes(to, from->list_codes + source->as.slice[row].from,
                                  source->as.slice[row].len, &into->as.slice[to_row]);
    case CA_TYPE_INTERVALS:
        return ca_batch_add_intervals(to, from->intervals + source->as.slice[row].from,
                                      source->as.slice[row].len, &into->as.slice[to_row]);
    }
    return 0;
}

static int fill_column(ca_test_frame *frame, unsigned column, unsigned claims)
{
    ca_batch *to = frame->claims;
    if (ca_batch_use(to, column) != 0)
        return CA_NOMEM;
    for (unsigned claim = 0; claim < claims; claim++) {
        uint32_t row = 0;
        if (agreed_row(frame->lines, column, frame->first_line[claim], frame->first_line[claim + 1],
                       &row) &&
            copy_value(to, claim, frame->lines, column, row) != 0)
            return CA_NOMEM;
    }
    return 0;
}

/* Where the table has no from_date, a claim begins with the first service of its lines. */
static int default_from_date(ca_test_frame *frame, unsigned claims)
{
    ca_batch *to = frame->claims;
    if (ca_batch_use(to, CA_F_FROM_DATE) != 0)
        return CA_NOMEM;
    for (unsigned claim = 0; claim < claims; claim++) {
        for (uint32_t row = frame->first_line[claim]; row < frame->first_line[claim + 1]; row++) {
            if (!ca_batch_has(frame->lines, CA_F_SERVICE_DATE, row))
                continue;
            ca_date date = frame->lines->columns[CA_F_SERVICE_DATE].as.date[row];
            ca_date *first = &to->columns[CA_F_FROM_DATE].as.date[claim];
            if (!ca_batch_has(to, CA_F_FROM_DATE, claim) || date < *first)
                *first = date;
            ca_bit_set(to->columns[CA_F_FROM_DATE].present, claim);
        }
    }
    return 0;
}

int ca_test_claims_fill(ca_test_frame *frame, unsigned claims, bool has_from_date)
{
    const ca_batch *lines = frame->lines;
    frame->claims = ca_batch_new(lines->schema, claims);
    if (frame->claims == NULL)
        return CA_NOMEM;
    frame->claims->rows = claims;
    for (unsigned column = 0; column < lines->schema->count; column++) {
        if (lines->columns[column].present != NULL && of_header(lines->schema, column) &&
            fill_column(frame, column, claims) != 0)
            return CA_NOMEM;
    }
    if (!has_from_date && default_from_date(frame, claims) != 0)
        return CA_NOMEM;
    ca_test_mark_live(frame->claims);
    return 0;
}
