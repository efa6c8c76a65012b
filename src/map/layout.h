/* One layout: how the files of one kind are recognised and what their columns mean. */
#ifndef CA_MAP_LAYOUT_H
#define CA_MAP_LAYOUT_H

#include "map/asof.h"
#include "map/binding.h"
#include "map/filter.h"
#include "map/profile.h"
#include "map/settings.h"
#include "map/status.h"
#include "map/totals.h"

#define CA_LAYOUT_CELLS_MAX 16384 /* cells that the bindings of one layout read */

/* Wide to long: a row carries several lines, told apart by a number in the names of columns. */
typedef struct ca_group {
    bool exists;
    uint32_t from, to;
    unsigned digits; /* of {n}: padded with zeros, 0 = not */
    const ca_text
        *present; /* columns that tell whether a member is there; none = all of the group */
    size_t present_count;
    uint32_t line, at;
} ca_group;

struct ca_layout {
    const char *name;
    ca_records records;
    uint32_t line, at; /* where it stands in the profile */
    ca_settings settings;
    const ca_text *columns; /* required */
    size_t column_count;
    const ca_text *not_columns;
    size_t not_column_count;
    ca_text glob;               /* of the file name; "" = any */
    bool headerless;            /* `columns` are all of a row, in order */
    uint32_t title_rows;        /* at most so many rows before the header */
    bool optional;              /* mapped columns may be absent */
    const ca_binding *bindings; /* by schema column */
    size_t binding_count;
    ca_group group;
    ca_status_rule status;
    const ca_filter *filters;
    size_t filter_count;
    ca_asof as_of;
    const ca_reversal *reversal; /* or NULL */
    const ca_total *totals;
    size_t total_count;
    ca_piece piece;
    uint32_t piece_line, piece_at;
    ca_cell_test principal; /* diagnoses: which row has the principal one; no columns = none says so */
    const ca_layout *const *pieces; /* the layouts of all pieces; NULL until the profile is read */
    size_t piece_count;
};

/* Problems go to diags. 0 or CA_NOMEM. */
int ca_layout_read(ca_map_reader *reader, ca_yaml *node, const ca_settings *settings,
                   ca_layout **ret_layout);
/* map/fields.c: the keys fields, lines and extra. */
int ca_layout_read_fields(ca_map_reader *reader, ca_yaml *node, ca_layout *layout);
/* map/piece.c: the keys part_of_claim and principal; what is wrong with mapping a field there, or NULL;
 * what only shows beside the other keys; and beside the other layouts, once all are read. */
int ca_piece_read(ca_map_reader *reader, ca_yaml *node, ca_layout *layout);
const char *ca_piece_misplaced(const ca_layout *layout, unsigned field, ca_level level);
void ca_piece_check(ca_map_reader *reader, ca_yaml *node, const ca_layout *layout);
int ca_pieces_check(ca_profile *profile, ca_arena *arena, ca_diags *diags);
/* map/reversal.c: the key reversal, once status and fields are read. */
int ca_reversal_read(ca_map_reader *reader, ca_yaml *node, ca_layout *layout);
/* Once all layouts are read: lines may be undone by reversals that come in another layout. */
void ca_reversals_check(const ca_profile *profile, ca_diags *diags);
const ca_binding *ca_layout_binding(const ca_layout *layout, unsigned column); /* or NULL */
/* map/opening.c: checks a layout without a header against its own columns, once the profile is read. 0
 * or CA_NOMEM. */
int ca_layout_check_columns(const ca_profile *profile, const ca_layout *layout, ca_codes *codes,
                            ca_diags *diags);
bool ca_same_format(const ca_csv_format *a,
                    const ca_csv_format *b);    /* delimiter, quote and encoding */
size_t ca_group_members(const ca_group *group); /* 1 without a group */

#endif
