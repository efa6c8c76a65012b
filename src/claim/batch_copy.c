/* Copies single values between batches of one schema. */
#include "claim/batch.h"

static int copy_slice(const ca_batch *from, ca_type type, ca_slice slice, ca_batch *to, ca_slice *ret_slice)
{
    if (type == CA_TYPE_CODES) {
        return ca_batch_add_codes(to, from->list_codes + slice.from, slice.len, ret_slice);
    }
    if (type == CA_TYPE_INTERVALS) {
        return ca_batch_add_intervals(to, from->intervals + slice.from, slice.len, ret_slice);
    }
    return ca_batch_add_bytes(to, (ca_text){from->bytes + slice.from, slice.len}, ret_slice);
}

static void copy_fixed(const ca_column *source, ca_type type, unsigned row, ca_column *target, unsigned to_row)
{
    switch (type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        target->as.number[to_row] = source->as.number[row];
        break;
    case CA_TYPE_DATE:
        target->as.date[to_row] = source->as.date[row];
        break;
    case CA_TYPE_CODE:
        target->as.code[to_row] = source->as.code[row];
        break;
    case CA_TYPE_ENUM:
        target->as.choice[to_row] = source->as.choice[row];
        break;
    case CA_TYPE_CODES:
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
    case CA_TYPE_INTERVALS:
        target->as.slice[to_row] = source->as.slice[row];
        break;
    }
}

int ca_batch_copy(const ca_batch *from, unsigned row, unsigned column, ca_batch *to, unsigned to_row)
{
    const ca_column *source = &from->columns[column];
    ca_column *target = &to->columns[column];
    ca_type type = to->schema->columns[column].type;
    if (!ca_batch_has(from, column, row)) {
        return 0;
    }
    int rc = ca_batch_use(to, column);
    if (rc) {
        return rc;
    }
    if (type == CA_TYPE_CODES || type == CA_TYPE_ID || type == CA_TYPE_TEXT || type == CA_TYPE_INTERVALS) {
        rc = copy_slice(from, type, source->as.slice[row], to, &target->as.slice[to_row]);
    } else {
        copy_fixed(source, type, row, target, to_row);
    }
    if (rc == 0) {
        ca_bit_set(target->present, to_row);
    }
    return rc;
}

void ca_batch_repeat(ca_batch *batch, unsigned row, unsigned column, unsigned to_row)
{
    ca_column *values = &batch->columns[column];
    if (ca_batch_has(batch, column, row)) {
        copy_fixed(values, batch->schema->columns[column].type, row, values, to_row);
        ca_bit_set(values->present, to_row);
    }
}
