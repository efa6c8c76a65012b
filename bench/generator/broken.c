/* Breaks a row in one cell, or in the number of its cells.
 *
 * A quote that is opened and not closed runs on into good rows. So that these are never lost with
 * it, no other quote in the file is followed by a comma or a line end unless text of its own row
 * precedes it: the next quote, the limit of lines, or the end of the file then makes the record
 * malformed. */
#include "generator/broken.h"

#include <string.h>

#include "generator/text.h"

#define LONG_CELL     70000 /* a record may have 64 KiB */
#define LINES_IN_CELL 70    /* and 64 physical lines */
#define LONG_ROUND    16 /* over-long rows come every sixteenth round, for the size of the file */
#define CLAIM_ID      0
#define CLAIM_TYPE    1
#define LINE_NO       2
#define DIAGNOSES     12

typedef enum broken_kind {
    TOO_FEW_CELLS,
    TOO_MANY_CELLS,
    UNCLOSED_QUOTE,
    QUOTE_INSIDE,
    TEXT_AFTER_QUOTE,
    OVER_LONG,
    TOO_MANY_LINES,
    INVALID_UTF8,
    NUL_BYTE,
    EMPTY_CLAIM_ID,
    BAD_LINE_NO,
    UNKNOWN_CLAIM_TYPE,
    SPREADSHEET_NUMBER
} broken_kind;

typedef struct broken_row {
    const char *name;
    unsigned rejects; /* for each row */
    unsigned cell;    /* that is replaced */
    const char *text;
    size_t text_len;
} broken_row;

/* A cell of too many lines loses its first line; the blank ones are no rows; the last is malformed.
 */
static const broken_row rows[GEN_BROKEN_KINDS] = {
    [TOO_FEW_CELLS] = {"too_few_cells", 1, 0, "", 0},
    [TOO_MANY_CELLS] = {"too_many_cells", 1, DIAGNOSES, "I10,E785,E119", 13},
    [UNCLOSED_QUOTE] = {"unclosed_quote", 1, DIAGNOSES, "\"E119", 5},
    [QUOTE_INSIDE] = {"quote_inside_unquoted", 1, DIAGNOSES, "E11\"9", 5},
    [TEXT_AFTER_QUOTE] = {"text_after_closing_quote", 1, DIAGNOSES, "\"E119\"x", 7},
    [OVER_LONG] = {"over_long_record", 1, DIAGNOSES, "", 0},
    [TOO_MANY_LINES] = {"too_many_physical_lines", 2, DIAGNOSES, "", 0},
    [INVALID_UTF8] = {"invalid_utf8", 1, DIAGNOSES, "E1\xc3(19", 6},
    [NUL_BYTE] = {"nul_byte", 1, DIAGNOSES,
                  "E1\0"
                  "19",
                  5},
    [EMPTY_CLAIM_ID] = {"empty_claim_id", 1, CLAIM_ID, "", 0},
    [BAD_LINE_NO] = {"bad_line_no", 1, LINE_NO, "1x", 2},
    [UNKNOWN_CLAIM_TYPE] = {"unknown_claim_type", 1, CLAIM_TYPE, "veterinary", 10},
    [SPREADSHEET_NUMBER] = {"spreadsheet_number", 1, CLAIM_ID, "1.23457E+15", 11},
};

static broken_kind next_kind(const gen_broken *broken)
{
    broken_kind kind = (broken_kind)(broken->rows % GEN_BROKEN_KINDS);
    uint64_t round = broken->rows / GEN_BROKEN_KINDS;

    return kind == OVER_LONG && round % LONG_ROUND != 0 ? TOO_MANY_CELLS : kind;
}

/* The place of a cell in a row; the row has it. */
static const char *cell_start(const char *row, unsigned cell)
{
    for (unsigned i = 0; i < cell; i++)
        row = strchr(row, ',') + 1;
    return row;
}

static void write_long_cell(gen_sink *sink)
{
    for (unsigned i = 0; i < LONG_CELL / 7; i++)
        gen_sink_text(sink, "E11900;");
}

static void write_cell_of_lines(gen_sink *sink)
{
    gen_sink_text(sink, "\"E119");
    for (unsigned i = 0; i < LINES_IN_CELL; i++)
        gen_sink_text(sink, "\n");
    gen_sink_text(sink, "I10\"");
}

static void write_with_cell(const char *row, const char *end, broken_kind kind, gen_sink *sink)
{
    const char *start = cell_start(row, rows[kind].cell);

    gen_sink_write(sink, row, (size_t)(start - row));
    if (kind == OVER_LONG)
        write_long_cell(sink);
    else if (kind == TOO_MANY_LINES)
        write_cell_of_lines(sink);
    else
        gen_sink_write(sink, rows[kind].text, rows[kind].text_len);
    start = strchr(start, ',');
    gen_sink_write(sink, start, (size_t)(end - start));
}

void gen_write_broken(gen_broken *broken, const gen_world *world, const gen_claim *claim,
                      gen_sink *sink)
{
    char row[GEN_ROW_MAX];
    broken_kind kind = next_kind(broken);
    char *end = gen_put_row(row, world, claim, 0);

    *end = 0;
    if (kind == TOO_FEW_CELLS) {
        gen_sink_write(sink, row, (size_t)(cell_start(row, DIAGNOSES) - row));
        gen_sink_text(sink, "E119\n");
    } else {
        write_with_cell(row, end, kind, sink);
    }
    broken->counts[kind]++;
    broken->rows++;
}

void gen_write_broken_counts(const gen_broken *broken, gen_sink *sink)
{
    gen_sink_text(sink, "kind,rows,rejects\n");
    for (unsigned kind = 0; kind < GEN_BROKEN_KINDS; kind++) {
        char row[128];
        char *at = gen_put_text(row, rows[kind].name);

        *at++ = ',';
        at = gen_put_number(at, (int64_t)broken->counts[kind]);
        *at++ = ',';
        at = gen_put_number(at, (int64_t)(broken->counts[kind] * rows[kind].rejects));
        *at++ = '\n';
        gen_sink_write(sink, row, (size_t)(at - row));
    }
}
