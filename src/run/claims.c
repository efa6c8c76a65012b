/* Settled lines to frames of claims, judged by the claim rules a frame at a time. Header values repeated on every line
 * are read once per claim unit; where they disagree the unit's value is missing, and counted. */
#include "run/state.h"

#include <string.h>

#include "base/alloc.h"

#define UNITS 1024                 /* with their lines they stay in the nearer caches */
#define LINES 16384
#define LINES_OF_A_UNIT 10000      /* more are not judged: unknown, "too many lines" */

struct ca_claims {
    ca_scan_state *scan;
    ca_batch *units;
    ca_batch *lines;
    ca_batch *other;               /* one row: the header of a line that may disagree */
    uint32_t *first_line;
    uint32_t *unit_of;             /* by line */
};

static int use(ca_batch *batch, const uint8_t *columns)
{
    static const unsigned keys[] = {CA_F_LINE_NO, CA_F_CLAIM_PART, CA_F_CLAIM_TYPE, CA_F_CLAIM_ID,
                                    CA_F_FROM_DATE};
    for (unsigned c = 0; c < batch->schema->count; c++) {
        if (columns[c] && ca_batch_use(batch, c)) {
            return CA_NOMEM;
        }
    }
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (ca_batch_use(batch, keys[i])) {
            return CA_NOMEM;
        }
    }
    return 0;
}

int ca_claims_new(ca_scan_state *scan, ca_claims **ret_claims, ca_error *err)
{
    ca_claims *claims = ca_alloc_zero(1, sizeof *claims);
    if (!claims) {
        return ca_error_nomem(err);
    }
    claims->scan = scan;
    claims->units = ca_batch_new(&scan->setup->schema, UNITS);
    claims->lines = ca_batch_new(&scan->setup->schema, LINES);
    claims->other = ca_batch_new(&scan->setup->schema, 1);
    claims->first_line = ca_alloc_zero(UNITS + 1, sizeof *claims->first_line);
    claims->unit_of = ca_alloc_zero(LINES, sizeof *claims->unit_of);
    bool made = claims->units && claims->lines && claims->other && claims->first_line && claims->unit_of;
    if (!made || use(claims->units, scan->of_unit) || use(claims->other, scan->of_unit) ||
        use(claims->lines, scan->of_lines)) {
        ca_claims_free(claims);
        return ca_error_nomem(err);
    }
    *ret_claims = claims;
    return 0;
}

void ca_claims_free(ca_claims *claims)
{
    if (claims) {
        ca_batch_free(claims->units);
        ca_batch_free(claims->lines);
        ca_batch_free(claims->other);
        ca_free(claims->first_line);
        ca_free(claims->unit_of);
        ca_free(claims);
    }
}

static bool equal_slices(const ca_batch *a, ca_slice of_a, const ca_batch *b, ca_slice of_b, ca_type type)
{
    if (of_a.len != of_b.len || of_a.len == 0) {
        return of_a.len == of_b.len;
    }
    if (type == CA_TYPE_CODES) {
        return memcmp(a->list_codes + of_a.from, b->list_codes + of_b.from,
                      of_a.len * sizeof *a->list_codes) == 0;
    }
    if (type == CA_TYPE_INTERVALS) {
        return memcmp(a->intervals + of_a.from, b->intervals + of_b.from,
                      of_a.len * sizeof *a->intervals) == 0;
    }
    return memcmp(a->bytes + of_a.from, b->bytes + of_b.from, of_a.len) == 0;
}

/* Row `row` of a against the only row of b. */
static bool equal_values(const ca_batch *a, unsigned row, const ca_batch *b, const ca_projected *column)
{
    const ca_column *of_a = &a->columns[column->column];
    const ca_column *of_b = &b->columns[column->column];
    bool present = ca_batch_has(a, column->column, row);
    if (present != ca_batch_has(b, column->column, 0) || !present) {
        return present == ca_batch_has(b, column->column, 0);
    }
    if (column->size) {
        return memcmp((const uint8_t *)of_a->as.any + row * column->size, of_b->as.any, column->size) == 0;
    }
    return equal_slices(a, of_a->as.slice[row], b, of_b->as.slice[0], column->type);
}

/* The rare case: takes away what a line's header says otherwise, each column once. */
static int compare_headers(ca_claims *claims, unsigned unit, const ca_settled_line *line, uint8_t *differs,
                           ca_error *err)
{
    ca_scan_state *scan = claims->scan;
    ca_batch_clear(claims->other);
    claims->other->rows = 1;
    int rc = ca_take_columns(&scan->unit_columns, line->unit, line->unit_length,
                             claims->other, 0, err);
    for (unsigned i = 0; rc == 0 && i < scan->unit_columns.count; i++) {
        const ca_projected *column = &scan->unit_columns.columns[i];
        differs[i] |= !equal_values(claims->units, unit, claims->other, column);
    }
    return rc;
}

static void forget_differing(ca_claims *claims, unsigned unit, const uint8_t *differs)
{
    ca_scan_state *scan = claims->scan;
    for (unsigned i = 0; i < scan->unit_columns.count; i++) {
        unsigned column = scan->unit_columns.columns[i].column;
        if (differs[i]) {
            claims->units->columns[column].present[unit / 64] &= ~(UINT64_C(1) << (unit % 64));
            scan->header_conflicts[column]++;
        }
    }
}

static bool same_header(const ca_settled_line *a, const ca_settled_line *b)
{
    return a->unit == b->unit ||
           (a->unit_length == b->unit_length && memcmp(a->unit, b->unit, a->unit_length) == 0);
}

/* Header values repeated on every line mostly are the same bytes: then they are read once. */
static int set_header(ca_claims *claims, unsigned unit, const ca_settled_line *first,
                      const ca_settled_line *lines, size_t count, ca_error *err)
{
    ca_scan_state *scan = claims->scan;
    uint8_t differs[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX] = {0};
    bool agree = true;
    int rc = ca_take_columns(&scan->unit_columns, first->unit, first->unit_length,
                             claims->units, unit, err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        if (ca_line_counts(&lines[i]) && !same_header(first, &lines[i])) {
            agree = false;
            rc = compare_headers(claims, unit, &lines[i], differs, err);
        }
    }
    if (rc == 0 && !agree) {
        forget_differing(claims, unit, differs);
    }
    return rc;
}

/* Where the profile maps no from_date the unit's date is the earliest of its lines. */
static void set_date(ca_claims *claims, unsigned unit, unsigned from, unsigned to, bool supplied)
{
    const ca_batch *lines = claims->lines;
    ca_column *date = &claims->units->columns[CA_F_FROM_DATE];
    for (unsigned line = from; !supplied && line < to; line++) {
        if (!ca_batch_has(lines, CA_F_SERVICE_DATE, line)) {
            continue;
        }
        ca_date day = lines->columns[CA_F_SERVICE_DATE].as.date[line];
        if (!ca_bit(date->present, unit) || day < date->as.date[unit]) {
            date->as.date[unit] = day;
        }
        ca_bit_set(date->present, unit);
    }
}

static int add_identity(ca_batch *units, unsigned unit, const ca_line_head *head, ca_text claim_id)
{
    units->columns[CA_F_CLAIM_TYPE].as.choice[unit] = head->claim_type;
    units->columns[CA_F_CLAIM_PART].as.number[unit] = head->claim_part;
    return ca_batch_add_bytes(units, claim_id, &units->columns[CA_F_CLAIM_ID].as.slice[unit]);
}

static void set_all(const ca_batch *batch, uint64_t *bits)
{
    unsigned words = batch->rows / 64;
    memset(bits, 0xff, words * sizeof *bits);
    if (batch->rows % 64) {
        bits[words] = (UINT64_C(1) << batch->rows % 64) - 1;
    }
}

/* Every row has what says which one it is, and lives. */
static void set_presence(ca_batch *batch, bool of_lines)
{
    static const unsigned whole[] = {CA_F_CLAIM_PART, CA_F_CLAIM_TYPE, CA_F_CLAIM_ID, CA_F_LINE_NO};
    for (size_t i = 0; i < (of_lines ? 4 : 3); i++) {
        set_all(batch, batch->columns[whole[i]].present);
    }
    set_all(batch, batch->live);
}

/* What is the same on all lines of a claim, `from` to the last row: they share the place of its id. */
static int set_line_identities(ca_batch *lines, unsigned from, const ca_line_head *head, ca_text claim_id)
{
    ca_slice id;
    if (ca_batch_add_bytes(lines, claim_id, &id)) {
        return CA_NOMEM;
    }
    for (unsigned row = from; row < lines->rows; row++) {
        lines->columns[CA_F_CLAIM_TYPE].as.choice[row] = head->claim_type;
        lines->columns[CA_F_CLAIM_ID].as.slice[row] = id;
        lines->columns[CA_F_CLAIM_PART].as.number[row] = head->claim_part;
    }
    return 0;
}

static int add_line(ca_claims *claims, const ca_settled_line *line, ca_error *err)
{
    ca_batch *lines = claims->lines;
    unsigned row = lines->rows++;
    lines->columns[CA_F_LINE_NO].as.number[row] = line->head->line_no;
    lines->origin[row] = line->head->origin;
    lines->digest[row] = line->head->digest;
    if (line->of_lines) {
        return ca_take_lines(&claims->scan->line_columns, line->columns, line->columns_length, line->of_lines,
                             UINT64_C(1) << line->place, lines, row, err);
    }
    return ca_take_columns(&claims->scan->line_columns, line->columns, line->columns_length, lines, row, err);
}

/* Its header and its lines are there, `from` to the last row. */
static int finish_unit(ca_claims *claims, unsigned unit, unsigned from, const ca_line_head *first, ca_text claim_id,
                       ca_error *err)
{
    ca_batch *units = claims->units;
    if (add_identity(units, unit, first, claim_id) || set_line_identities(claims->lines, from, first, claim_id)) {
        return ca_error_nomem(err);
    }
    set_date(claims, unit, from, claims->lines->rows, first->from_supplied != 0);
    units->origin[unit] = first->origin;
    claims->first_line[units->rows] = claims->lines->rows;
    return 0;
}

static int add_unit(ca_claims *claims, const ca_settled_line *lines, size_t count, ca_error *err)
{
    ca_batch *units = claims->units;
    unsigned unit = units->rows++;
    unsigned from = claims->lines->rows;
    const ca_settled_line *first = NULL;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        if (ca_line_counts(&lines[i])) {
            first = first ? first : &lines[i];
            claims->unit_of[claims->lines->rows] = unit;
            rc = add_line(claims, &lines[i], err);
        }
    }
    rc = rc ? rc : set_header(claims, unit, first, lines, count, err);
    return rc ? rc : finish_unit(claims, unit, from, first->head, first->claim_id, err);
}

static int emit_claim_finding(ca_scan_state *scan, unsigned unit, const ca_finding *finding,
                              ca_error *err)
{
    (void)unit;
    return ca_keep(scan, finding, err);
}

int ca_claims_flush(ca_claims *claims, ca_error *err)
{
    ca_scan_state *scan = claims->scan;
    ca_frame frame = {.units = claims->units,
                      .lines = claims->lines,
                      .first_line = claims->first_line,
                      .unit_of = claims->unit_of,
                      .date_column = CA_F_FROM_DATE,
                      .codes = &scan->setup->codes};
    int rc = 0;
    if (claims->units->rows) {
        set_presence(claims->units, false);
        set_presence(claims->lines, true);
        rc = ca_trigger_look(scan->claim_trigger, &frame, err);
        rc = rc ? rc : ca_judge(scan, &frame, &scan->claim_rules, NULL, 1, emit_claim_finding, err);
    }
    ca_batch_clear(claims->units);
    ca_batch_clear(claims->lines);
    return rc;
}

/* A unit that is not judged is unknown to every rule that would see it. */
static void count_unjudged(ca_scan_state *scan, ca_reason reason)
{
    for (size_t i = 0; i < scan->claim_rules.count; i++) {
        ca_tally *tally = &scan->tallies[scan->claim_rules.index[i]];
        tally->offered++;
        tally->unknown++;
        tally->blame[ca_blame_reason(scan->claim_rules.rules[i], &scan->setup->schema, reason)]++;
    }
}

static int make_room(ca_claims *claims, size_t lines, ca_error *err)
{
    bool full = claims->units->rows == UNITS || claims->lines->rows + lines > LINES;
    return full ? ca_claims_flush(claims, err) : 0;
}

static void add_bundle_lines(ca_claims *claims, const ca_bundle *bundle, unsigned unit)
{
    ca_batch *lines = claims->lines;
    unsigned from = lines->rows;
    uint64_t offset = bundle->head.origin.offset;
    lines->rows += bundle->lines;
    memcpy(lines->digest + from, bundle->digests, bundle->lines * sizeof *lines->digest);
    for (unsigned i = 0; i < bundle->lines; i++) {
        uint16_t length = ca_bundle_number(bundle->lengths, i);
        lines->columns[CA_F_LINE_NO].as.number[from + i] = ca_bundle_number(bundle->line_numbers, i);
        lines->origin[from + i] = (ca_origin){bundle->head.origin.file, length, bundle->head.origin.row + i, offset};
        claims->unit_of[from + i] = unit;
        offset += (uint64_t)length + bundle->gap;
    }
}

int ca_claims_add_bundle(ca_claims *claims, const ca_bundle *bundle, ca_error *err)
{
    ca_scan_state *scan = claims->scan;
    int rc = make_room(claims, bundle->lines, err);
    if (rc) {
        return rc;
    }
    unsigned from = claims->lines->rows;
    unsigned unit = claims->units->rows++;
    add_bundle_lines(claims, bundle, unit);
    ca_line_head first = bundle->head;
    first.origin = claims->lines->origin[from];
    rc = ca_take_columns(&scan->unit_columns, bundle->unit, bundle->unit_length, claims->units, unit, err);
    rc = rc ? rc : ca_take_lines(&scan->line_columns, bundle->columns, bundle->columns_length, bundle->lines,
                                 UINT64_MAX >> (64 - bundle->lines), claims->lines, from, err);
    return rc ? rc : finish_unit(claims, unit, from, &first, bundle->claim_id, err);
}

void ca_claims_too_large(ca_claims *claims)
{
    count_unjudged(claims->scan, CA_REASON_TOO_MANY_LINES);
}

/* Rules see live lines only, so a unit is made of those; `rows: all` is a matter of line rules. */
int ca_claims_add(ca_claims *claims, const ca_settled_line *lines, size_t count, ca_error *err)
{
    for (size_t from = 0, to; from < count; from = to) {
        size_t live = 0;
        for (to = from; to < count && lines[to].head->claim_part == lines[from].head->claim_part;
             to++) {
            live += ca_line_counts(&lines[to]);
        }
        if (live == 0) {
            continue;
        }
        if (lines[from].incomplete || live > LINES_OF_A_UNIT) {
            count_unjudged(claims->scan, lines[from].incomplete ? CA_REASON_INCOMPLETE : CA_REASON_TOO_MANY_LINES);
            continue;
        }
        int rc = make_room(claims, live, err);
        rc = rc ? rc : add_unit(claims, lines + from, to - from, err);
        if (rc) {
            return rc;
        }
    }
    return 0;
}
