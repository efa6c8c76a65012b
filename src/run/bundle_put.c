/* The lines of a batch as records of the claim exchange. Where lines of one claim stand one behind the other, as they mostly do, they
 * become one record: what they share is written once, and their columns lie side by side. */
#include "run/bundle.h"
#include "run/several.h"

#define NO_DATE (CA_DATE_MIN - 1)

static int64_t number_or(const ca_batch *batch, unsigned column, unsigned row, int64_t missing)
{
    return ca_batch_has(batch, column, row) ? batch->columns[column].as.number[row] : missing;
}

static ca_date date_or(const ca_batch *batch, unsigned column, unsigned row, ca_date missing)
{
    return ca_batch_has(batch, column, row) ? batch->columns[column].as.date[row] : missing;
}

/* --- Which lines lie together ---------------------------------------------------------------------------- */

/* Rows that have all from the row before that a bundle has but once. */
static void find_repeats(const ca_scan_state *scan, uint64_t *rows)
{
    static const unsigned shared[] = {CA_F_CLAIM_ID, CA_F_CLAIM_TYPE, CA_F_CLAIM_PART, CA_F_CLAIM_VERSION,
                                      CA_F_CLAIM_STATUS, CA_F_PAID_DATE, CA_F_RECEIVED_DATE};
    const ca_batch *batch = scan->batch;
    for (unsigned w = 0; w < (batch->rows + 63) / 64; w++) {
        uint64_t live = batch->live[w];
        uint64_t before = live << 1 | (w ? batch->live[w - 1] >> 63 : 0);
        rows[w] = ~(live ^ before);
    }
    rows[0] &= ~UINT64_C(1);
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++) {
        ca_projected column = ca_projected_of(shared[i], batch->schema->columns[shared[i]].type);
        ca_keep_repeats(&column, batch, rows);
    }
    for (unsigned i = 0; i < scan->unit_columns.count; i++) {
        ca_keep_repeats(&scan->unit_columns.columns[i], batch, rows);
    }
}

/* What is rare has no place in a bundle. */
static bool fits(const ca_scan_state *scan, unsigned row)
{
    const ca_batch *batch = scan->batch;
    const ca_origin *origin = &batch->origin[row];
    int64_t line_no = number_or(batch, CA_F_LINE_NO, row, 1);
    return scan->row_lines[row] == 1 && origin->length <= UINT16_MAX && origin->row <= UINT32_MAX &&
           origin->file <= UINT16_MAX && line_no >= 0 && line_no <= UINT16_MAX &&
           batch->columns[CA_F_CLAIM_ID].as.slice[row].len <= UINT8_MAX && !scan->files[origin->file].reversal &&
           !ca_names_claim(scan, row);
}

static uint64_t gap_before(const ca_origin *origin)
{
    return origin->offset - (origin[-1].offset + origin[-1].length);
}

/* The next source row, with the next line of the claim. */
static bool follows(const ca_batch *batch, unsigned row)
{
    const ca_origin *origin = &batch->origin[row];
    return origin->file == origin[-1].file && origin->row == origin[-1].row + 1 && gap_before(origin) <= UINT8_MAX &&
           number_or(batch, CA_F_LINE_NO, row, 1) > number_or(batch, CA_F_LINE_NO, row - 1, 1);
}

/* How many lines from `row` on go into one record; 0 when this one needs one of its own. */
static unsigned count_lines(const ca_scan_state *scan, const uint64_t *repeats, unsigned row)
{
    const ca_batch *batch = scan->batch;
    if (!fits(scan, row)) {
        return 0;
    }
    unsigned end = row + 1;
    while (end < batch->rows && end - row < CA_BUNDLE_LINES && ca_bit(repeats, end) && follows(batch, end) && fits(scan, end) &&
           gap_before(&batch->origin[end]) == gap_before(&batch->origin[row + 1])) {
        end++;
    }
    return end - row;
}

/* --- Columns ---------------------------------------------------------------------------------------------- */

/* An upper bound of what a column takes. */
static size_t room_of(const ca_projected *projected, const ca_batch *batch, unsigned row, unsigned lines)
{
    size_t room = 1 + sizeof(uint64_t) + lines * (projected->size ? projected->size : CA_SLICE_COUNT) + CA_SLICE_SLACK;
    const ca_column *column = &batch->columns[projected->column];
    for (unsigned i = 0; projected->size == 0 && column->present && i < lines; i++) {
        room += ca_bit(column->present, row + i) ? column->as.slice[row + i].len * projected->element : 0;
    }
    return room;
}

static uint64_t present_bits(const ca_column *column, unsigned row, unsigned lines)
{
    if (!column->present) {
        return 0;
    }
    uint64_t bits = column->present[row / 64] >> row % 64;
    if (row % 64 + lines > 64) {
        bits |= column->present[row / 64 + 1] << (64 - row % 64);
    }
    return bits & ca_first_lines(lines);
}

static bool are_short(const uint8_t *values, unsigned lines)
{
    uint64_t all = 0;
    for (unsigned i = 0; i < lines; i++) {
        uint64_t value;
        memcpy(&value, values + i * sizeof value, sizeof value);
        all |= value;
    }
    return all <= UINT32_MAX;
}

static bool are_empty(const ca_slice *slices, unsigned lines)
{
    uint32_t all = 0;
    for (unsigned i = 0; i < lines; i++) {
        all |= slices[i].len;
    }
    return all == 0;
}

static uint8_t way_of(const ca_projected *projected, const uint8_t *values, uint64_t present, unsigned lines)
{
    size_t size = projected->size ? projected->size : sizeof(ca_slice);
    if (present != ca_first_lines(lines)) {
        return CA_VALUES_SOME;
    }
    if (memcmp(values, values + size, (lines - 1) * size) == 0 ||
        (projected->size == 0 && are_empty((const ca_slice *)(const void *)values, lines))) {
        return CA_VALUES_SAME;
    }
    return projected->size == sizeof(uint64_t) && are_short(values, lines) ? CA_VALUES_SHORT : CA_VALUES_EACH;
}

/* The values of the lines in `wanted`. */
static uint8_t *put_values(const ca_projected *projected, const ca_batch *batch, unsigned row, uint64_t wanted, uint8_t *to)
{
    const ca_column *column = &batch->columns[projected->column];
    for (; wanted; wanted &= wanted - 1) {
        unsigned at = row + (unsigned)__builtin_ctzll(wanted);
        if (projected->size == 0) {
            to = ca_put_slice(projected, batch, column->as.slice[at], to);
            continue;
        }
        ca_copy_value(to, (const uint8_t *)column->as.any + at * projected->size, projected->size);
        to += projected->size;
    }
    return to;
}

static uint8_t *put_column(const ca_projected *projected, const ca_batch *batch, unsigned row, unsigned lines, uint8_t *to)
{
    const ca_column *column = &batch->columns[projected->column];
    uint64_t present = present_bits(column, row, lines);
    if (present == 0) {
        *to++ = CA_VALUES_NONE;
        return to;
    }
    const uint8_t *values = (const uint8_t *)column->as.any + row * (projected->size ? projected->size : sizeof(ca_slice));
    uint8_t way = way_of(projected, values, present, lines);
    *to++ = way;
    if (way == CA_VALUES_SHORT) {
        for (unsigned i = 0; i < lines; i++) {    /* their lower halves */
            uint64_t value;
            memcpy(&value, values + i * sizeof value, sizeof value);
            uint32_t low = (uint32_t)value;
            memcpy(to + i * sizeof low, &low, sizeof low);
        }
        return to + lines * sizeof(uint32_t);
    }
    if (way == CA_VALUES_EACH && projected->size) {
        memcpy(to, values, lines * projected->size);
        return to + lines * projected->size;
    }
    if (way == CA_VALUES_SOME) {
        memcpy(to, &present, sizeof present);
        to += sizeof present;
    }
    return put_values(projected, batch, row, way == CA_VALUES_SAME ? 1 : present, to);
}

/* --- Records ---------------------------------------------------------------------------------------------- */

static struct bundle_head head_of(const ca_scan_state *scan, unsigned row, unsigned lines, const struct bundle_version *version)
{
    const ca_batch *batch = scan->batch;
    const ca_origin *origin = &batch->origin[row];
    bool usual = version->claim_part == 1 && version->version == INT64_MIN;
    bool said = ca_batch_has(batch, CA_F_CLAIM_STATUS, row);
    return (struct bundle_head){
        .form = CA_FORM_BUNDLE,
        .lines = (uint8_t)lines,
        .claim_type = batch->columns[CA_F_CLAIM_TYPE].as.choice[row],
        .status = said ? batch->columns[CA_F_CLAIM_STATUS].as.choice[row] : CA_ORIGINAL,
        .flags = (uint8_t)((ca_bit(batch->live, row) ? CA_BUNDLE_LIVE : 0) | (usual ? 0 : CA_BUNDLE_VERSION) |
                           (scan->files[origin->file].from_supplied ? CA_BUNDLE_FROM_SUPPLIED : 0)),
        .gap = lines > 1 ? (uint8_t)gap_before(origin + 1) : 0,
        .id_length = (uint8_t)batch->columns[CA_F_CLAIM_ID].as.slice[row].len,
        .file = (uint16_t)origin->file,
        .row = (uint32_t)origin->row,
        .offset = origin->offset,
        .number = scan->several ? scan->several->first_number + row : 0,
        .paid = date_or(batch, CA_F_PAID_DATE, row, NO_DATE),
        .received = date_or(batch, CA_F_RECEIVED_DATE, row, NO_DATE)};
}

/* What is of each line besides its columns. */
static uint8_t *put_each(const ca_batch *batch, unsigned row, unsigned lines, uint8_t *to)
{
    memcpy(to, batch->digest + row, lines * sizeof *batch->digest);
    to += lines * sizeof *batch->digest;
    for (unsigned i = 0; i < lines; i++) {
        uint16_t length = (uint16_t)batch->origin[row + i].length;
        uint16_t line_no = (uint16_t)number_or(batch, CA_F_LINE_NO, row + i, 1);
        memcpy(to + i * sizeof length, &length, sizeof length);
        memcpy(to + (lines + i) * sizeof line_no, &line_no, sizeof line_no);
    }
    return to + 2 * lines * sizeof(uint16_t);
}

static size_t room_for(const ca_scan_state *scan, unsigned row, unsigned lines)
{
    size_t room = sizeof(struct bundle_head) + sizeof(struct bundle_version) + UINT8_MAX + lines * CA_BUNDLE_LINE +
                  ca_columns_room(&scan->unit_columns, scan->batch, row);
    for (unsigned i = 0; i < scan->line_columns.count; i++) {
        room += room_of(&scan->line_columns.columns[i], scan->batch, row, lines);
    }
    return room;
}

/* Made where it stays in the nearest cache, and copied as a whole: the write buffers are far away. */
static uint8_t *put_bundle(const ca_scan_state *scan, unsigned row, unsigned lines, uint8_t *start)
{
    const ca_batch *batch = scan->batch;
    const struct bundle_version version = {number_or(batch, CA_F_CLAIM_PART, row, 1),
                                           number_or(batch, CA_F_CLAIM_VERSION, row, INT64_MIN)};
    struct bundle_head head = head_of(scan, row, lines, &version);
    uint8_t *to = start + sizeof head;
    if (head.flags & CA_BUNDLE_VERSION) {
        memcpy(to, &version, sizeof version);
        to += sizeof version;
    }
    memcpy(to, ca_batch_text(batch, CA_F_CLAIM_ID, row).ptr, head.id_length);
    to += head.id_length;
    uint8_t *end = ca_put_columns(&scan->unit_columns, batch, row, to);
    head.unit_length = (uint32_t)(end - to);
    memcpy(start, &head, sizeof head);
    to = put_each(batch, row, lines, end);
    for (unsigned i = 0; i < scan->line_columns.count; i++) {
        to = put_column(&scan->line_columns.columns[i], batch, row, lines, to);
    }
    return to;
}

static int put_singly(ca_scan_state *scan, unsigned row, unsigned end, ca_error *err)
{
    int rc = 0;
    for (; rc == 0 && row < end; row++) {
        rc = ca_put_line(scan, row, err);
    }
    return rc;
}

/* Lines too long for one write buffer together go one by one. */
static int put_together(ca_scan_state *scan, unsigned row, unsigned lines, ca_error *err)
{
    size_t room = room_for(scan, row, lines);
    if (room > CA_EXCHANGE_IN_PLACE) {
        return put_singly(scan, row, row + lines, err);
    }
    ca_exchange_expect(scan->exchange, scan->claim_hash[row]);
    ca_buf_clear(&scan->bytes);
    if (!ca_buf_reserve(&scan->bytes, room)) {
        return ca_error_nomem(err);
    }
    uint8_t *start = (uint8_t *)scan->bytes.ptr;
    uint8_t *end = put_bundle(scan, row, lines, start);
    return ca_exchange_put(scan->exchange, scan->claim_hash[row], start, (size_t)(end - start), err);
}

int ca_put_lines(ca_scan_state *scan, ca_error *err)
{
    uint64_t repeats[CA_BATCH_ROWS_MAX / 64];
    int rc = 0;
    find_repeats(scan, repeats);
    for (unsigned row = 0; rc == 0 && row < scan->batch->rows;) {
        unsigned lines = count_lines(scan, repeats, row);
        rc = lines ? put_together(scan, row, lines, err) : put_singly(scan, row, row + 1, err);
        row += lines ? lines : 1;
    }
    return rc;
}
