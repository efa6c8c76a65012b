/* Puts decoded values into the columns of a batch. */
#include <string.h>

#include "map/inner.h"

static void set_bits(ca_column *column, unsigned from, unsigned count)
{
    for (unsigned row = from; row < from + count; row++) {
        ca_bit_set(column->present, row);
    }
}

/* The row before mostly has the same value: its place in the pool is used again. */
static bool same_as_before(const ca_batch *batch, const ca_op *op, unsigned row,
                           ca_slice *ret_slice)
{
    const ca_column *column = &batch->columns[op->column];
    if (row == 0 || !ca_bit(column->present, row - 1)) {
        return false;
    }
    ca_slice before = column->as.slice[row - 1];
    if (op->type == CA_TYPE_CODES) {
        if (before.len != op->value.as.codes.count ||
            (before.len > 0 && memcmp(batch->list_codes + before.from, op->value.as.codes.ids,
                                      before.len * sizeof(uint32_t)) != 0)) {
            return false;
        }
    } else if (op->type == CA_TYPE_INTERVALS) {
        return false;
    } else if (before.len != op->value.as.text.len ||
               memcmp(batch->bytes + before.from, op->value.as.text.ptr, before.len) != 0) {
        return false;
    }
    *ret_slice = before;
    return true;
}

static int place(const ca_op *op, ca_batch *batch, unsigned row, ca_slice *ret_slice)
{
    if (same_as_before(batch, op, row, ret_slice)) {
        return 0;
    }
    if (op->type == CA_TYPE_CODES) {
        return ca_batch_add_codes(batch, op->value.as.codes.ids, op->value.as.codes.count,
                                  ret_slice);
    }
    if (op->type == CA_TYPE_INTERVALS) {
        return ca_batch_add_intervals(batch, op->value.as.intervals.items,
                                      op->value.as.intervals.count, ret_slice);
    }
    return ca_batch_add_bytes(batch, op->value.as.text, ret_slice);
}

static int fill_slices(const ca_op *op, ca_batch *batch, unsigned from, unsigned count)
{
    ca_slice *slices = batch->columns[op->column].as.slice;
    int rc = place(op, batch, from, &slices[from]);
    for (unsigned row = from + 1; rc == 0 && row < from + count; row++) {
        slices[row] = slices[from];
    }
    return rc;
}

int ca_fill(const ca_op *op, ca_batch *batch, unsigned from, unsigned count)
{
    ca_column *column = &batch->columns[op->column];
    int rc = 0;
    if (!op->value.present || !op->stored) {
        return 0;
    }
    if (!column->present && (rc = ca_batch_use(batch, op->column))) {
        return rc;
    }
    switch (op->type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        for (unsigned row = from; row < from + count; row++) {
            column->as.number[row] = op->value.as.number;
        }
        break;
    case CA_TYPE_DATE:
        for (unsigned row = from; row < from + count; row++) {
            column->as.date[row] = op->value.as.date;
        }
        break;
    case CA_TYPE_CODE:
        for (unsigned row = from; row < from + count; row++) {
            column->as.code[row] = op->value.as.code;
        }
        break;
    case CA_TYPE_ENUM:
        memset(column->as.choice + from, op->value.as.choice, count);
        break;
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
    case CA_TYPE_CODES:
    case CA_TYPE_INTERVALS:
        rc = fill_slices(op, batch, from, count);
        break;
    }
    if (rc == 0) {
        set_bits(column, from, count);
    }
    return rc;
}
