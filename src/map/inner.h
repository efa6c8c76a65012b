/* A mapper from the inside: the bindings of a layout, tied to the columns of one file. */
#ifndef CA_MAP_INNER_H
#define CA_MAP_INNER_H

#include <string.h>

#include "map/canonical.h"
#include "map/header.h"
#include "map/layout.h"
#include "map/mapper.h"
#include "map/record.h"

/* How the value of a column comes about. */
typedef enum ca_how {
    CA_HOW_SET, /* a constant, or set before the lines are made: identity, status, line number */
    CA_HOW_DIAGNOSES, /* principal and others */
    CA_HOW_ID,
    CA_HOW_TEXT,
    CA_HOW_ENUM,
    CA_HOW_DATE,
    CA_HOW_INTEGER,
    CA_HOW_MINUTE,
    CA_HOW_DECIMAL,
    CA_HOW_CODE,
    CA_HOW_CODES,     /* a list, one element a column */
    CA_HOW_CODE_LIST, /* a list in one cell */
    CA_HOW_INTERVALS
} ca_how;

/* A cell of at most 16 bytes as numbers, so that comparing two takes no call. */
#define CA_SHORT_CELL 16u
typedef struct ca_short_cell {
    uint64_t first, last; /* its first and its last bytes, which may overlap */
    uint32_t len;
} ca_short_cell;

static inline ca_short_cell ca_short_cell_of(ca_text cell)
{
    ca_short_cell made = {.len = (uint32_t)cell.len};
    uint32_t first, last;
    if (cell.len >= 8) {
        memcpy(&made.first, cell.ptr, 8);
        memcpy(&made.last, cell.ptr + cell.len - 8, 8);
    } else if (cell.len >= 4) {
        memcpy(&first, cell.ptr, 4);
        memcpy(&last, cell.ptr + cell.len - 4, 4);
        made.first = first;
        made.last = last;
    } else if (cell.len > 0) {
        const unsigned char *bytes = (const unsigned char *)cell.ptr;
        made.first = (uint64_t)bytes[0] | (uint64_t)bytes[cell.len / 2] << 8 |
                     (uint64_t)bytes[cell.len - 1] << 16;
    }
    return made;
}

static inline bool ca_short_cell_eq(const ca_short_cell *a, const ca_short_cell *b)
{
    return a->first == b->first && a->last == b->last && a->len == b->len;
}

/* The last cells of a column with the codes they stand for: neighbouring lines repeat most of them. An
 * entry is a line of the processor's cache. */
#define CA_CODE_CACHE  1024u
#define CA_CODE_RECORD 32u
typedef struct ca_code_entry {
    uint64_t first, last; /* of the cell, see ca_short_cell */
    uint32_t len;         /* with the system in its high half; 0: no entry */
    uint32_t id;
    uint8_t record_len; /* 0: too long to be here */
    char record[CA_CODE_RECORD]; /* the code as ca_record_put_code writes it */
    char unused[64 - 25 - CA_CODE_RECORD];
} ca_code_entry;

typedef struct ca_op ca_op;

/* How a cell that is one value of a row that is one line is read, when there is a short way (fast.c). */
typedef enum ca_way {
    CA_WAY_NONE,
    CA_WAY_READ, /* a value that is there already */
    CA_WAY_NUMBER,
    CA_WAY_MONEY, /* a number that is added up */
    CA_WAY_INTEGER,
    CA_WAY_DATE,
    CA_WAY_CODE,
    CA_WAY_TEXT,
    CA_WAY_LIST
} ca_way;

/* Reads the cell of a row that is one line, appends it to the record, puts it into a row of the
 * batch. 0, CA_NOMEM or CA_LIMIT. */
typedef int (*ca_op_run)(ca_mapper *mapper, ca_op *op, ca_batch *batch, unsigned row);

/* One column of the batch, and where its value comes from. */
struct ca_op {
    ca_way way;
    uint32_t cell; /* its place in the row, when it is one cell of the whole row */
    ca_record_tag tag;
    unsigned column; /* of the schema */
    bool stored;     /* enters the batch; else it is only part of the digest */
    bool group;      /* one value a member, else one a row */
    bool early;      /* read before the lines are made: identity, status */
    ca_cell value;
    ca_short_cell last; /* dates, enumerations, lists: the cell of `value`; len 0 = none */
    uint64_t empty;     /* cells, besides those in the mapper's counts */
    int64_t *total;     /* of the file's control totals, or NULL */
    const ca_binding *binding; /* NULL: derived, or a default */
    ca_code_entry *cache;      /* codes */
    ca_op_run run;             /* for what the short way does not know */
    ca_type type;
    ca_how how;
    bool plain_numbers; /* the fast parser may try first */
    bool only_plain;    /* and there is nothing else to try */
    uint32_t slot;      /* of the first cell */
    uint32_t width;     /* cells of one value */
    char *padded;       /* identifiers with `pad`: room for the value */
    uint32_t *ids;      /* lists: the elements of `value` */
    size_t id_cap;
    ca_interval *intervals;
    size_t interval_cap;
};

/* A column whose reading can reject the row. */
typedef struct ca_identity {
    ca_op *op;
    const char *missing, *unreadable; /* the reasons */
} ca_identity;

/* Neighbouring cells of a row, compared as one where the row is plain. */
typedef struct ca_stretch {
    uint32_t first, last; /* cells */
    uint32_t len;         /* of the saved bytes */
} ca_stretch;

typedef struct ca_stretches {
    ca_stretch *items;
    size_t count;
} ca_stretches;

typedef struct ca_repeat_column {
    char *values;
    uint64_t *present;
} ca_repeat_column;

/* The last accepted row's header: rows of one claim repeat it, and then its lines are copied from
 * the row before. */
#define CA_SAVED_BYTES 4096u /* a longer header is read on every row */
typedef struct ca_repeat {
    ca_stretches runs;  /* cells that columns of the whole claim are read from, neighbours together */
    ca_stretches cells; /* and each for itself, for rows that are not plain */
    const ca_stretches *saved_as; /* one of the two */
    char *saved;
    bool valid;
    uint16_t *by_size;         /* ops of the claim: whose values take 8 bytes, 4 bytes, 1 byte */
    size_t eights, fours;      /* of them */
    ca_repeat_column *columns; /* that the saved row gave values to, in that order */
    size_t column_eights, column_fours, column_ones;
    const ca_batch *listed; /* whose columns they are; NULL: not listed yet */
    unsigned listed_capacity;
    ca_origin origin;    /* of the row they were saved from, or that repeated them */
    size_t record_len;   /* of the record's part that belongs to the claim */
    size_t missed_count; /* of the mapper's `missed` that belong to the claim */
    uint64_t times;      /* rows that repeated it and are not in the counts yet */
} ca_repeat;

/* One figure of a total row, and what the rows give. In 1/10,000, the number of rows too. */
typedef struct ca_sum_state {
    ca_op *op;     /* NULL: the number of rows, or the file lacks the column */
    uint32_t cell; /* of the total row */
    int64_t says, adds;
    uint64_t unread; /* cells of rows that could not be read */
    bool said, differs, unreadable, overflow;
} ca_sum_state;

typedef struct ca_total_state {
    const ca_total *total;
    uint32_t cell; /* that tells a total row */
    bool found;
    ca_sum_state rows;
    ca_sum_state *sums;
} ca_total_state;

#define CA_IDENTITIES 4 /* claim_id, claim_type, claim_part, currency; or the id of a fact */

struct ca_mapper {
    const ca_profile *profile;
    const ca_layout *layout;
    ca_codes *codes;
    ca_arena arena;
    size_t header_count;
    /* A slot is one bound cell: its place in the row, that of its code system, and its counts. */
    uint32_t *cells;
    uint32_t *system_cells; /* CA_NO_CELL: none */
    ca_column_count *counts;
    size_t slot_count, slot_cap;
    uint32_t
        *missed; /* slots counted for the current row: 2 * slot, + 1 when it could not be read */
    size_t missed_count;
    ca_op *ops; /* in dictionary order, x. fields behind */
    size_t op_count;
    size_t claim_ops;   /* the first ones: the same on every line of a row */
    uint32_t *id_slots; /* cells that a spreadsheet may have spoilt */
    size_t id_count;
    uint32_t *line_id_slots; /* of them, those that no column of the claim reads */
    size_t line_id_count;
    uint32_t *filter_cells;
    uint32_t *status_cells;
    uint32_t status_slot; /* where its unreadable cells are counted, CA_NO_CELL = nowhere */
    ca_text *status_texts;
    uint32_t principal_cell; /* tells the row with the principal diagnosis; CA_NO_CELL = nothing does */
    uint32_t as_of_cell;
    uint32_t as_of_slot;
    ca_date file_as_of;
    ca_identity identities[CA_IDENTITIES];
    size_t identity_count;
    ca_op *by_column[CA_COLUMN_SITE + CA_SITE_COLUMNS_MAX];
    uint32_t *present_cells; /* member by member: the cells that tell whether it is there */
    size_t present_width;
    uint32_t *members;     /* of the current row */
    int64_t *line_numbers; /* mapped ones, by member */
    bool short_numbers;    /* which may be read as digits first */
    unsigned max_lines;    /* that a row can become */
    ca_total_state *total_states; /* by total of the layout */
    ca_repeat repeat;
    ca_record record;
    ca_totals totals;
    const ca_text *row; /* cells of the current row */
    bool plain;         /* which lie side by side */
    ca_text *padded;    /* for rows with fewer cells than the header */
    ca_whose whose;     /* the last rejected row was */
    char message[96];
};

/* bind.c */
int ca_bind_ops(ca_mapper *mapper, const ca_header *header, ca_error *err);
/* Ops of the mapper with this column, or NULL. */
static inline ca_op *ca_mapper_op(const ca_mapper *mapper, unsigned column)
{
    return mapper->by_column[column];
}

static inline ca_text ca_mapper_cell(const ca_mapper *mapper, uint32_t cell)
{
    return cell == CA_NO_CELL ? (ca_text){"", 0} : mapper->row[cell];
}

/* Counts a cell of an accepted row that gave no value. */
static inline void ca_count_cell(ca_mapper *mapper, uint32_t slot, bool empty)
{
    ca_column_count *count = &mapper->counts[slot];
    count->empty += empty ? 1 : 0;
    count->undecoded += empty ? 0 : 1;
    mapper->missed[mapper->missed_count++] = 2 * slot + (empty ? 0 : 1);
}

/* decode.c: sets op->value from the cells of the row (and of the member), without counting. */
typedef enum ca_reading { CA_READ_GOOD, CA_READ_EMPTY, CA_READ_BAD } ca_reading;
int ca_decode(ca_mapper *mapper, ca_op *op, uint32_t member, ca_reading *ret_reading);
/* The same, and counts cells that were empty or could not be read. 0, CA_NOMEM or CA_LIMIT. */
int ca_decode_counted(ca_mapper *mapper, ca_op *op, uint32_t member);
/* A cell after the values that mean missing and after the value map; *ret_canonical: it now is in
 * canonical notation. */
ca_reading ca_decode_text(const ca_binding *binding, ca_text *cell, bool *ret_canonical);
ca_reading ca_decode_date(const ca_binding *binding, ca_text cell, ca_date *ret_date);

/* No value means missing, none is replaced, none is padded. */
static inline bool ca_reads_as_it_stands(const ca_binding *binding)
{
    return binding->missing_count == 0 && binding->values.count == 0 && binding->pad == 0;
}

/* mend.c: the cell with zeros before it, in op->padded, when the binding says so. */
ca_text ca_pad_identifier(const ca_op *op, ca_text cell);
/* Takes a known suffix off; false when the code is left out because of it. */
bool ca_take_suffix(const ca_binding *binding, ca_text *cell);

/* The place of a short cell in the cache of its column. */
static inline ca_code_entry *ca_code_place(const ca_op *op, const ca_short_cell *cell, uint8_t system)
{
    uint64_t mixed = (cell->first + cell->len + system) * UINT64_C(0x9E3779B97F4A7C15);
    mixed = (mixed ^ mixed >> 32 ^ cell->last) * UINT64_C(0xD6E8FEB86659FD93);
    return &op->cache[(size_t)(mixed >> 48) % CA_CODE_CACHE];
}

static inline bool ca_code_is(const ca_code_entry *entry, const ca_short_cell *cell, uint8_t system)
{
    return entry->first == cell->first && entry->last == cell->last &&
           entry->len == (cell->len | (uint32_t)system << 16);
}

/* code_cell.c: cells that hold codes. */
int ca_decode_code(ca_mapper *mapper, ca_op *op, ca_text cell, uint32_t slot, uint32_t *ret_id,
                   ca_reading *ret_reading);
int ca_decode_codes(ca_mapper *mapper, ca_op *op, uint32_t member); /* counts by itself */
int ca_decode_code_list(ca_mapper *mapper, ca_op *op, ca_text cell, uint32_t slot,
                        ca_reading *ret_reading);
int ca_decode_diagnoses(ca_mapper *mapper, ca_op *op);

/* totals_check.c, for layouts with total rows. */
int ca_totals_bind(ca_mapper *mapper, const ca_header *header, ca_error *err);
/* True when the row is a total: what it says is kept, and it is skipped. */
bool ca_totals_take(ca_mapper *mapper, const ca_row *row, ca_mapped *mapped);
/* Adds the current row, accepted or left out by a filter. 0, CA_NOMEM or CA_LIMIT. */
int ca_totals_add(ca_mapper *mapper);

/* expand.c: which members of a wide row are there (at least one), in mapper->members. */
size_t ca_expand(ca_mapper *mapper);
int64_t ca_line_number(const ca_mapper *mapper, uint32_t member);

/* fill.c: puts op->value into `count` rows of the batch from `from` on. 0 or CA_NOMEM. */
int ca_fill(const ca_op *op, ca_batch *batch, unsigned from, unsigned count);

/* ways.c: how an op gets through a row that is one line. */
void ca_choose_way(const ca_mapper *mapper, ca_op *op);
int ca_fill_list(const ca_op *op, ca_batch *batch, unsigned row); /* op->value, into a row. 0 or CA_NOMEM */
/* fast.c: ops through such a row. 0, CA_NOMEM or CA_LIMIT. */
int ca_run_ops(ca_mapper *mapper, ca_batch *batch, unsigned row, size_t from, size_t end);

static inline void ca_add_total(ca_mapper *mapper, int64_t *total, int64_t amount)
{
    if (__builtin_add_overflow(*total, amount, total)) {
        mapper->totals.overflow = true;
        *total = amount < 0 ? INT64_MIN : INT64_MAX;
    }
}

/* piece_row.c: a row of diagnoses says whether its own is the principal one. 0 or CA_NOMEM. */
int ca_piece_bind(ca_mapper *mapper, const ca_header *header, ca_error *err);
int ca_piece_row(const ca_mapper *mapper, ca_batch *batch, unsigned row);

/* repeat.c: rows that repeat the header of the row before. */
int ca_repeat_init(ca_mapper *mapper);
bool ca_repeat_is(const ca_mapper *mapper,
                  const ca_batch *batch); /* the row before is in the batch, with this header */
void ca_repeat_save(ca_mapper *mapper);   /* the current row's header */
void ca_repeat_count(ca_mapper *mapper);  /* cells of rows that repeated it; before `missed` is lost */
void ca_repeat_copy(ca_mapper *mapper, const ca_batch *batch,
                    unsigned row); /* columns, record and counts of the claim */

/* check.c: everything that can reject or skip a row, before a value of it goes anywhere. */
/* A row that is not as wide as the header. */
bool ca_check_width(ca_mapper *mapper, const ca_row *row, ca_mapped *mapped);
static inline bool ca_check_shape(ca_mapper *mapper, const ca_row *row, ca_mapped *mapped)
{
    mapper->row = row->cells;
    mapper->plain = row->plain;
    return (!row->reject && row->cell_count == mapper->header_count) ||
           ca_check_width(mapper, row, mapped);
}
bool ca_check_filters(const ca_mapper *mapper, ca_mapped *mapped);
/* `again`: the header's identifiers are those of an accepted row. */
bool ca_check_spreadsheet(const ca_mapper *mapper, ca_text raw, bool again, ca_mapped *mapped);
int ca_check_identity(ca_mapper *mapper, ca_mapped *mapped); /* sets mapped->reject */
/* Whose row it was that is rejected, as far as that can be read. 0, CA_NOMEM or CA_LIMIT. */
int ca_check_rejected(ca_mapper *mapper, const ca_row *row, ca_mapped *mapped);

#endif
