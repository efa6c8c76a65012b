/* Rows that give a claim one diagnosis: which of them is the principal one. */
#include "map/inner.h"

int ca_piece_bind(ca_mapper *mapper, const ca_header *header, ca_error *err)
{
    const ca_layout *layout = mapper->layout;
    ca_wanted wanted = {
        .what = "'principal'", .line = layout->piece_line, .at = layout->piece_at, .vital = true};
    mapper->principal_cell = CA_NO_CELL;
    if (layout->principal.column_count == 0) {
        return 0;
    }
    return ca_header_bind(header, &wanted, layout->principal.columns, layout->principal.column_count,
                          &mapper->principal_cell, err);
}

/* The digest tells it, whether or not anything reads the diagnosis. */
static void mark_digest(ca_digest *digest)
{
    char bytes[3 * sizeof(uint64_t)];
    char *to = ca_record_put64(bytes, digest->high);
    to = ca_record_put64(to, digest->low);
    (void)ca_record_put64(to, 1);
    *digest = ca_hash128(bytes, sizeof bytes);
}

int ca_piece_row(const ca_mapper *mapper, ca_batch *batch, unsigned row)
{
    const ca_layout *layout = mapper->layout;
    const ca_column *others = &batch->columns[CA_F_OTHER_DIAGNOSES];
    ca_text cell = ca_mapper_cell(mapper, mapper->principal_cell);
    if (mapper->principal_cell == CA_NO_CELL ||
        !ca_cell_in(cell, layout->principal.values, layout->principal.value_count)) {
        return 0;
    }
    mark_digest(&batch->digest[row]);
    if (!ca_batch_has(batch, CA_F_OTHER_DIAGNOSES, row) || others->as.slice[row].len == 0) {
        return 0;
    }
    int rc = ca_batch_use(batch, CA_F_PRINCIPAL_DIAGNOSIS);
    if (rc == 0) {
        ca_bit_set(batch->columns[CA_F_PRINCIPAL_DIAGNOSIS].present, row);
        batch->columns[CA_F_PRINCIPAL_DIAGNOSIS].as.code[row] = batch->list_codes[others->as.slice[row].from];
    }
    return rc;
}
