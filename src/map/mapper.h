/* One claim file's rows to lines of a batch: decoding, wide to long, filters, status, record
 * digest. */
#ifndef CA_MAP_MAPPER_H
#define CA_MAP_MAPPER_H

#include "claim/batch.h"
#include "claim/value.h"
#include "map/facts.h"
#include "map/profile.h"

typedef struct ca_mapper ca_mapper;

/* Binds a layout to a file's header. Borrows profile, layout and codes; the header may go.
 * CA_CONFIG, with the place in the profile, when a column that is bound is not there, stands in the
 * header twice, or is there under two of its names. */
int ca_mapper_new(const ca_profile *profile, const ca_layout *layout, const ca_text *header,
                  size_t header_count, ca_codes *codes, ca_mapper **ret_mapper, ca_error *err);
void ca_mapper_free(ca_mapper *mapper);
/* Only columns with needed[column] != 0 enter the batch, besides identifiers and the key of a line;
 * the others are read for the record digest alone. Without this call all do. Fewer stored columns
 * do not change counts, totals or digests. */
void ca_mapper_need(ca_mapper *mapper, const uint8_t *needed);
/* For fact files whose layout takes the source date from the file name: ca_layout_file_as_of.
 * CA_DATE_MIN unless called. */
void ca_mapper_file_as_of(ca_mapper *mapper, ca_date as_of);
/* Whether this very file feeds the column (ca_layout_supplies says whether some file of the layout
 * may). */
bool ca_mapper_supplies(const ca_mapper *mapper, unsigned column);

typedef struct ca_mapped {
    const char *reject;        /* NULL, or why the row is rejected: plain words without content */
    const char *reject_column; /* header name the reason points at, or NULL */
    const char *skip;          /* NULL, or the name of the filter that left it out */
    unsigned lines;            /* added to the batch */
    const struct ca_whose *whose; /* of a rejected row that the mapper could look at; until the next row */
} ca_mapped;

/* What could be read of a rejected row all the same; ptr NULL = nothing. A claim is told with its type only (or, where the
 * layout of a piece maps none, as CA_OTHER), a patient not when the identifier stands for nobody. */
typedef struct ca_whose {
    ca_text claim_id;
    uint8_t claim_type;
    ca_text patient_id;
} ca_whose;

/* Adds the lines of a row. CA_END and nothing done when the batch has no room for
 * ca_layout_max_lines more (an empty batch always has room: capacity must be at least that). A row
 * is accepted whole or not at all. `file` is stored as origin. */
int ca_mapper_row(ca_mapper *mapper, const ca_row *row, uint32_t file, ca_batch *batch,
                  ca_mapped *ret_mapped, ca_error *err);

/* For fact files (patients, providers): into the fact tables. A row whose identifier stands for
 * nobody is skipped. */
int ca_mapper_fact(ca_mapper *mapper, const ca_row *row, ca_facts *facts, ca_mapped *ret_mapped,
                   ca_error *err);
/* What the row of facts read last said of a column (missing when the file has no such column);
 * borrowed until the next row. */
ca_value ca_mapper_fact_value(const ca_mapper *mapper, unsigned column);

/* Counted per mapped column, over accepted rows: cells that were empty or held a value that means
 * missing, and cells that could not be decoded (both missing). Constants have an entry with the
 * column "". */
typedef struct ca_column_count {
    const char *column; /* header name */
    const char *field;  /* our name */
    uint64_t empty;
    uint64_t undecoded;
} ca_column_count;
size_t ca_mapper_counts(ca_mapper *mapper, const ca_column_count **ret_counts);

/* Control totals of money over accepted rows' lines, 1/10,000; exact while they fit, else saturated
 * and flagged. */
typedef struct ca_totals {
    int64_t charge, allowed, paid;
    bool overflow;
} ca_totals;
void ca_mapper_totals(const ca_mapper *mapper, ca_totals *ret_totals);
/* At the end of a file: the total rows that its layout promises, against the rows read (accepted, or
 * left out by a filter). *ret_wrong is NULL when they agree or none is promised, else a sentence with
 * the figures; `rejected` are the file's rejected rows. 0 or CA_NOMEM. */
int ca_mapper_check_totals(const ca_mapper *mapper, uint64_t rejected, ca_arena *arena,
                           const char **ret_wrong);

#endif
