/* A profile: how the files of one payer become our fields. Strict YAML, several layouts, no code.
 * */
#ifndef CA_MAP_PROFILE_H
#define CA_MAP_PROFILE_H

#include "base/date.h"
#include "base/diag.h"
#include "claim/codes.h"
#include "claim/field.h"
#include "map/reversal.h"
#include "read/rows.h"

#define CA_LAYOUTS_MAX 64
#define CA_GROUP_MAX   200 /* members of a wide-to-long group */

typedef enum ca_records {
    CA_RECORDS_CLAIMS,
    CA_RECORDS_PATIENTS,
    CA_RECORDS_PROVIDERS,
    CA_RECORDS_IGNORE
} ca_records;

/* What the rows of a file give to a claim that comes in several files. */
typedef enum ca_piece {
    CA_PIECE_NONE, /* rows are lines that need no others */
    CA_PIECE_HEADER,
    CA_PIECE_LINES,
    CA_PIECE_DIAGNOSES,
    CA_PIECE_OPERATIONS
} ca_piece;

typedef struct ca_layout ca_layout; /* map/layout.h */

typedef struct ca_profile {
    const char *name;
    const char *path;
    const char *title;
    const char *jurisdiction;
    uint32_t jurisdiction_line, jurisdiction_column;   /* of its value in the file */
    bool pieces_by_type;  /* every layout of pieces maps claim_type: else claim_id alone joins them */
    const char *currency; /* ISO 4217 */
    int minor_digits;     /* of the currency: 2 for USD, 0 for JPY */
    bool has_data_from;
    ca_date data_from;
    unsigned benefit_month, benefit_day; /* on which a benefit year begins; 0 = not said */
    unsigned min_match; /* percent of rows that must find their patient or provider */
    ca_layout **layouts;
    size_t layout_count;
    ca_schema schema;       /* dictionary, provider and x. columns */
    ca_csv_format *formats; /* see ca_profile_formats */
    size_t format_count;
    uint8_t digest[32]; /* SHA-256 of the file's bytes */
} ca_profile;

/* Loads and checks; problems go to diags, and *ret_profile is then left as it was, with 0 returned.
 * Negative only when the file cannot be read or memory ran out. Systems of the profile are added to
 * `codes`. Memory from arena. */
int ca_profile_load(ca_disk *disk, const char *path, ca_codes *codes, ca_arena *arena,
                    ca_diags *diags, ca_profile **ret_profile, ca_error *err);
/* The same from bytes in memory, which are copied. */
int ca_profile_parse(const char *path, ca_text source, ca_codes *codes, ca_arena *arena,
                     ca_diags *diags, ca_profile **ret_profile, ca_error *err);

const char *ca_layout_name(const ca_layout *layout);
/* The date that a fact file's name gives (last day of a year or month), CA_DATE_MIN when the layout
 * takes none. */
ca_date ca_layout_file_as_of(const ca_layout *layout, const char *path);
ca_records ca_layout_records(const ca_layout *layout);
ca_piece ca_layout_piece(const ca_layout *layout);
const char *ca_piece_name(ca_piece piece); /* as profiles write it; "" for none */
#define CA_TITLE_ROW_SKIPPED "title row" /* why rows before the header are skipped */
ca_csv_format ca_layout_format(const ca_layout *layout);
/* How a reversal row finds what it undoes, or NULL: the layout does not say. */
const ca_reversal *ca_layout_reversal(const ca_layout *layout);
unsigned ca_layout_max_lines(const ca_layout *layout); /* lines one row can become */
/* A schema column, joined ones not. Of a layout of pieces: any of the pieces that it is joined with. */
bool ca_layout_supplies(const ca_layout *layout, unsigned column);

/* The first records of a file, among which its header is looked for. */
#define CA_TITLE_ROWS_MAX 100
typedef struct ca_first_row {
    const ca_text *cells;
    size_t count; /* 0: a record that the reader refused */
} ca_first_row;
/* How many of them to read: one, and as many more as a layout of this format allows title rows. */
size_t ca_profile_first_rows(const ca_profile *profile, const ca_csv_format *format);

/* Formats under which the header of a file is tried: one entry per distinct
 * delimiter/quote/encoding of the layouts. */
size_t ca_profile_formats(const ca_profile *profile, const ca_csv_format **ret_formats);
/* `name:` of a layout is compared with the last part of file_name. The layout with all required
 * columns and the most of them wins (none of not_columns, and the file name without .gz or .zst
 * must fit its `name`); a tie or none is CA_CONFIG, naming the columns that differ from the closest
 * layout. `header` are the cells read with `format`; only layouts of that delimiter, quote and
 * encoding are looked at. */
int ca_profile_match(const ca_profile *profile, const ca_csv_format *format, const ca_text *header,
                     size_t count, const char *file_name, const ca_layout **ret_layout,
                     ca_error *err);
/* The same for the first records of a file (none of an empty one): the header of a layout is the
 * first with all its required columns, behind no more than its title rows. A layout without a
 * header is chosen by the name of the file alone. */
int ca_profile_match_rows(const ca_profile *profile, const ca_csv_format *format,
                          const ca_first_row *rows, size_t row_count, const char *file_name,
                          const ca_layout **ret_layout, ca_error *err);

/* The beginning of a file whose layout is known. */
typedef struct ca_opening {
    const ca_text *header; /* of a layout without one: its columns; borrowed until the next row */
    size_t header_count;
    uint64_t title_rows; /* records before the header */
} ca_opening;
/* Reads up to the header and with it. CA_END when it is not there. */
int ca_layout_open(const ca_layout *layout, ca_rows *rows, ca_opening *ret_opening, ca_error *err);
bool ca_layout_has_totals(const ca_layout *layout); /* rows that are checked against the others */

#endif
