/* Builds the frame of a test: lines as the table lists them, claims from lines with the same
 * claim id. */
#include "rules/test_frame.h"

#include <stdio.h>

#include "rules/kind.h"
#include "rules/say.h"

#define NO_COLUMN UINT32_MAX

typedef struct builder {
    const ca_conf *conf;
    const ca_ruleset *set;
    const ca_rule *rule;
    const ca_test_table *table;
    ca_arena *arena;
    ca_test_frame *to;
    unsigned *columns; /* schema column by table column; the first is the id */
    size_t *order;     /* table row by row of the frame */
    bool good;
    int code;
} builder;

static void complain(builder *build, uint32_t line, const ca_test_cell *cell, const char *words)
{
    build->good = false;
    ca_diag_add(build->conf->diags, CA_DIAG_ERROR, build->conf->file->path, line, cell->column,
                "'%.*s': %s", ca_say_len(cell->text), cell->text.ptr, words);
}

/* --- Columns ---------------------------------------------------------------------------------- */

static bool lists(const builder *build, unsigned column)
{
    for (size_t i = 1; i < build->table->columns; i++) {
        if (build->columns[i] == column)
            return true;
    }
    return false;
}

static void unknown_column(builder *build, const ca_test_cell *name)
{
    char words[120];
    const char *closest = ca_schema_closest(build->set->schema, name->text);
    if (closest == NULL)
        snprintf(words, sizeof(words), "no such column");
    else
        snprintf(words, sizeof(words), "no such column; did you mean '%s'?", closest);
    complain(build, build->table->header_line, name, words);
}

static void find_columns(builder *build)
{
    const ca_test_table *table = build->table;
    build->columns = ca_arena_array(build->arena, table->columns, sizeof(*build->columns));
    if (build->columns == NULL) {
        build->code = CA_NOMEM;
        return;
    }
    for (size_t i = 0; i < table->columns; i++)
        build->columns[i] = NO_COLUMN;
    if (!ca_text_is(table->names[0].text, "id"))
        complain(build, table->header_line, &table->names[0],
                 "the first column of a test table is 'id'");
    for (size_t i = 1; i < table->columns; i++) {
        unsigned column = NO_COLUMN;
        if (!ca_schema_find(build->set->schema, table->names[i].text, &column))
            unknown_column(build, &table->names[i]);
        else if (lists(build, column))
            complain(build, table->header_line, &table->names[i], "the column stands twice");
        build->columns[i] = column;
    }
}

/* --- Order ------------------------------------------------------------------------------------ */

static const ca_test_cell *cell_of(const builder *build, size_t row, unsigned column)
{
    for (size_t i = 1; i < build->table->columns; i++) {
        if (build->columns[i] == column)
            return &build->table->cells[row * build->table->columns + i];
    }
    return NULL;
}

static bool same_cell(const builder *build, size_t a, size_t b, unsigned column)
{
    const ca_test_cell *left = cell_of(build, a, column);
    const ca_test_cell *right = cell_of(build, b, column);
    return left == NULL || (left->missing == right->missing && ca_text_eq(left->text, right->text));
}

/* Lines with the same claim type, id and part are one claim; a line without claim id is one by
 * itself. */
static bool same_claim(const builder *build, size_t a, size_t b)
{
    const ca_test_cell *id = cell_of(build, a, CA_F_CLAIM_ID);
    return id != NULL && !id->missing && same_cell(build, a, b, CA_F_CLAIM_ID) &&
           same_cell(build, a, b, CA_F_CLAIM_TYPE) && same_cell(build, a, b, CA_F_CLAIM_PART);
}

/* Rows in order of their claims' first line; first_line gets where each claim begins. Returns
 * the claims. */
static unsigned order_claims(builder *build, bool *taken)
{
    size_t placed = 0;
    unsigned claims = 0;
    for (size_t row = 0; row < build->table->rows; row++) {
        if (taken[row])
            continue;
        build->to->first_line[claims++] = (uint32_t)placed;
        for (size_t other = row; other < build->table->rows; other++) {
            if (other != row && (taken[other] || !same_claim(build, row, other)))
                continue;
            taken[other] = true;
            build->order[placed++] = other;
        }
    }
    build->to->first_line[claims] = (uint32_t)placed;
    return claims;
}

/* --- Lines ------------------------------------------------------------------------------------ */

static void find_ids(builder *build)
{
    const ca_test_table *table = build->table;
    for (size_t row = 0; row < table->rows; row++) {
        const ca_test_cell *id = &table->cells[build->order[row] * table->columns];
        build->to->ids[row] = id->text;
        build->to->numbers[row] = table->row_lines[build->order[row]];
        for (size_t other = 0; other < row; other++) {
            if (ca_text_eq(build->to->ids[other], id->text))
                complain(build, build->to->numbers[row], id, "the id stands twice");
        }
    }
}

static void fill_lines(builder *build)
{
    ca_batch *lines = build->to->lines;
    for (size_t row = 0; row < build->table->rows; row++) {
        for (size_t i = 1; i < build->table->columns && build->code == 0; i++) {
            const ca_test_cell *cell =
                &build->table->cells[build->order[row] * build->table->columns + i];
            if (build->columns[i] == NO_COLUMN)
                continue;
            build->good &=
                ca_test_cell_put(build->conf, build->set->codes, lines, build->columns[i],
                                 (unsigned)row, cell, build->to->numbers[row], &build->code);
        }
    }
    lines->rows = (unsigned)build->table->rows;
}

static void default_date(builder *build, unsigned column)
{
    ca_batch *lines = build->to->lines;
    if (!build->rule->has_effective || lists(build, column) ||
        build->rule->effective_from <= CA_DATE_MIN)
        return;
    if (ca_batch_use(lines, column) != 0) {
        build->code = CA_NOMEM;
        return;
    }
    for (unsigned row = 0; row < lines->rows; row++) {
        lines->columns[column].as.date[row] = build->rule->effective_from;
        ca_bit_set(lines->columns[column].present, row);
    }
}

/* diagnoses are the principal and the others, unless the table lists them. */
static void derive_diagnoses(builder *build)
{
    ca_batch *lines = build->to->lines;
    bool principal = lists(build, CA_F_PRINCIPAL_DIAGNOSIS);
    bool others = lists(build, CA_F_OTHER_DIAGNOSES);
    if (lists(build, CA_F_DIAGNOSES) || (!principal && !others))
        return;
    if (ca_batch_use(lines, CA_F_DIAGNOSES) != 0) {
        build->code = CA_NOMEM;
        return;
    }
    for (unsigned row = 0; row < lines->rows; row++) {
        uint32_t ids[CA_TEST_COLUMNS_MAX];
        size_t count = 0;
        if (ca_batch_has(lines, CA_F_PRINCIPAL_DIAGNOSIS, row))
            ids[count++] = lines->columns[CA_F_PRINCIPAL_DIAGNOSIS].as.code[row];
        if (ca_batch_has(lines, CA_F_OTHER_DIAGNOSES, row)) {
            ca_slice list = lines->columns[CA_F_OTHER_DIAGNOSES].as.slice[row];
            for (uint32_t i = 0; i < list.len && count < CA_TEST_COLUMNS_MAX; i++)
                ids[count++] = lines->list_codes[list.from + i];
        }
        if (ca_batch_add_codes(lines, ids, count, &lines->columns[CA_F_DIAGNOSES].as.slice[row]) !=
            0)
            build->code = CA_NOMEM;
        ca_bit_set(lines->columns[CA_F_DIAGNOSES].present, row);
    }
}

/* --- The frame -------------------------------------------------------------------------------- */

static void make_room(builder *build)
{
    size_t rows = build->table->rows;
    ca_test_frame *to = build->to;
    build->order = ca_arena_array(build->arena, rows, sizeof(*build->order));
    to->first_line = ca_arena_array(build->arena, rows + 1, sizeof(*to->first_line));
    to->ids = ca_arena_array(build->arena, rows, sizeof(*to->ids));
    to->numbers = ca_arena_array(build->arena, rows, sizeof(*to->numbers));
    to->lines = ca_batch_new(build->set->schema, (unsigned)rows);
    if (build->order == NULL || to->first_line == NULL || to->ids == NULL || to->numbers == NULL ||
        to->lines == NULL)
        build->code = CA_NOMEM;
}

static void build_all(builder *build)
{
    bool claims = build->rule->kind->gathering == CA_GATHER_CLAIM;
    bool *taken = ca_arena_array(build->arena, build->table->rows, sizeof(*taken));
    find_columns(build);
    make_room(build);
    if (build->code != 0 || taken == NULL) {
        build->code = CA_NOMEM;
        return;
    }
    unsigned count = 0;
    for (size_t row = 0; row < build->table->rows; row++)
        build->order[row] = row;
    if (claims)
        count = order_claims(build, taken);
    find_ids(build);
    fill_lines(build);
    if (build->code == 0)
        default_date(build, CA_F_SERVICE_DATE);
    if (build->code == 0)
        derive_diagnoses(build);
    ca_test_mark_live(build->to->lines);
    if (build->code == 0 && claims)
        build->code = ca_test_claims_fill(build->to, count, lists(build, CA_F_FROM_DATE), build->arena);
}

int ca_test_frame_build(const ca_conf *conf, const ca_ruleset *set, const ca_rule *rule,
                        const ca_test_table *table, ca_arena *arena, ca_test_frame *ret_frame,
                        bool *ret_good, ca_error *err)
{
    *ret_frame = (ca_test_frame){0};
    builder build = {.conf = conf,
                     .set = set,
                     .rule = rule,
                     .table = table,
                     .arena = arena,
                     .to = ret_frame,
                     .good = true};
    build_all(&build);
    if (build.code != 0)
        return ca_error_nomem(err);
    bool claims = ret_frame->claims != NULL;
    ret_frame->frame = (ca_frame){.units = claims ? ret_frame->claims : ret_frame->lines,
                                  .lines = claims ? ret_frame->lines : NULL,
                                  .first_line = claims ? ret_frame->first_line : NULL,
                                  .date_column = rule->kind->unit_date,
                                  .codes = set->codes};
    ret_frame->has_from_date = build.columns != NULL && lists(&build, CA_F_FROM_DATE);
    *ret_good = build.good;
    return 0;
}

void ca_test_frame_done(ca_test_frame *frame)
{
    ca_batch_free(frame->lines);
    ca_batch_free(frame->claims);
    *frame = (ca_test_frame){0};
}
