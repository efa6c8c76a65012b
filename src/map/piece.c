/* Layouts whose rows are only a part of a claim: its header, its lines, its diagnoses or its operations. */
#include "map/layout.h"

#include "conf/shown.h"

static const char *const words[] = {"header", "lines", "diagnoses", "operations"};

const char *ca_piece_name(ca_piece piece)
{
    return piece == CA_PIECE_NONE ? "" : words[piece - CA_PIECE_HEADER];
}

static int read_principal(ca_map_reader *reader, ca_yaml *node, ca_layout *layout)
{
    static const char *const keys[] = {"column", "in", NULL};
    const ca_conf *conf = &reader->conf;
    if (layout->piece != CA_PIECE_DIAGNOSES) {
        ca_conf_error_key(conf, node, "'principal' has a meaning with 'part_of_claim: diagnoses' only");
        return 0;
    }
    if (!ca_conf_is(conf, node, CA_YAML_MAPPING, NULL)) {
        return 0;
    }
    int rc = ca_cell_test_read(reader, node, &layout->principal);
    ca_conf_no_others(conf, node, keys);
    return rc;
}

int ca_piece_read(ca_map_reader *reader, ca_yaml *node, ca_layout *layout)
{
    const ca_conf *conf = &reader->conf;
    ca_yaml *piece = ca_conf_get(conf, node, "part_of_claim");
    ca_yaml *principal = ca_conf_get(conf, node, "principal");
    size_t index;
    if (piece && layout->records != CA_RECORDS_CLAIMS) {
        ca_conf_error_key(conf, piece, "'part_of_claim' has a meaning for files of claims only");
    } else if (piece && ca_conf_choice(conf, piece, words, 4, &index)) {
        static const ca_piece found[] = {CA_PIECE_HEADER, CA_PIECE_LINES, CA_PIECE_DIAGNOSES,
                                         CA_PIECE_OPERATIONS};
        layout->piece = found[index];
        layout->piece_line = piece->key_line;
        layout->piece_at = piece->key_column;
    }
    return principal ? read_principal(reader, principal, layout) : 0;
}

/* --- Where fields may stand ----------------------------------------------------------------- */

static bool is_key(unsigned field)
{
    return field == CA_F_CLAIM_ID || field == CA_F_CLAIM_TYPE || field == CA_F_CLAIM_PART;
}

/* What says which version of a claim counts, and what is a list of the claim. */
static bool is_of_header_alone(unsigned field)
{
    static const unsigned fields[] = {CA_F_CLAIM_STATUS, CA_F_CLAIM_VERSION, CA_F_ORIGINAL_CLAIM_ID,
                                      CA_F_PAID_DATE,    CA_F_RECEIVED_DATE, CA_F_PRINCIPAL_DIAGNOSIS,
                                      CA_F_OTHER_DIAGNOSES, CA_F_CLAIM_PROCEDURES};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (fields[i] == field) {
            return true;
        }
    }
    return false;
}

const char *ca_piece_misplaced(const ca_layout *layout, unsigned field, ca_level level)
{
    switch (layout->piece) {
    case CA_PIECE_NONE:
        return NULL;
    case CA_PIECE_HEADER:
        return level == CA_LEVEL_LINE ? "belongs to a line: map it in the layout with 'part_of_claim: lines'"
                                      : NULL;
    case CA_PIECE_LINES:
        return is_of_header_alone(field) ? "is said once for the claim: map it in the layout with "
                                           "'part_of_claim: header'"
                                         : NULL;
    case CA_PIECE_DIAGNOSES:
        return is_key(field) || field == CA_F_LINE_NO || field == CA_F_OTHER_DIAGNOSES
                   ? NULL
                   : "has no place in 'part_of_claim: diagnoses', whose rows have the claim's key, line_no "
                     "and other_diagnoses";
    case CA_PIECE_OPERATIONS:
        return is_key(field) || field == CA_F_LINE_NO || field == CA_F_CLAIM_PROCEDURES
                   ? NULL
                   : "has no place in 'part_of_claim: operations', whose rows have the claim's key, line_no "
                     "and claim_procedures";
    }
    return NULL;
}

static void refuse(ca_map_reader *reader, ca_yaml *node, const char *key, const char *why)
{
    ca_yaml *item = ca_conf_get(&reader->conf, node, key);
    if (item) {
        ca_conf_error_key(&reader->conf, item, "'%s' %s", key, why);
    }
}

static void need(ca_map_reader *reader, const ca_layout *layout, unsigned field, const char *why)
{
    if (!ca_layout_binding(layout, field)) {
        ca_diag_add(reader->conf.diags, CA_DIAG_ERROR, reader->conf.file->path, layout->piece_line,
                    layout->piece_at, "layout '%s' must map %s%s", layout->name, ca_fields[field].name, why);
    }
}

void ca_piece_check(ca_map_reader *reader, ca_yaml *node, const ca_layout *layout)
{
    if (layout->piece == CA_PIECE_NONE) {
        return;
    }
    refuse(reader, node, "lines", "has no meaning with 'part_of_claim': each row is one part of its claim");
    if (layout->piece != CA_PIECE_HEADER) {
        refuse(reader, node, "status", "belongs to the layout with 'part_of_claim: header'");
        refuse(reader, node, "reversal", "belongs to the layout with 'part_of_claim: header'");
    }
    if (layout->piece == CA_PIECE_LINES) {
        need(reader, layout, CA_F_LINE_NO, ": it tells the lines of a claim apart");
    } else if (layout->piece == CA_PIECE_DIAGNOSES) {
        need(reader, layout, CA_F_OTHER_DIAGNOSES, ": the code of each row");
    } else if (layout->piece == CA_PIECE_OPERATIONS) {
        need(reader, layout, CA_F_CLAIM_PROCEDURES, ": the code of each row");
    }
}

/* --- Beside the other layouts --------------------------------------------------------------- */

static void wrong(const ca_profile *profile, const ca_layout *layout, ca_diags *diags, const char *what)
{
    ca_diag_add(diags, CA_DIAG_ERROR, profile->path, layout->piece_line, layout->piece_at, "layout '%s' %s",
                layout->name, what);
}

/* How headers say that they undo others. */
static const ca_reversal *reversal_of(const ca_layout *const *pieces, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (pieces[i]->piece == CA_PIECE_HEADER && pieces[i]->reversal) {
            return pieces[i]->reversal;
        }
    }
    return NULL;
}

static const ca_layout *find(const ca_layout *const *pieces, size_t count, ca_piece piece)
{
    for (size_t i = 0; i < count; i++) {
        if (pieces[i]->piece == piece) {
            return pieces[i];
        }
    }
    return NULL;
}

/* Lists that both the header and a file of their own give. */
static void check_lists(const ca_profile *profile, const ca_layout *const *pieces, size_t count, ca_diags *diags)
{
    const struct {
        unsigned field;
        ca_piece piece;
        const char *what;
    } lists[] = {
        {CA_F_OTHER_DIAGNOSES, CA_PIECE_DIAGNOSES, "maps other_diagnoses, which come in a layout of diagnoses"},
        {CA_F_CLAIM_PROCEDURES, CA_PIECE_OPERATIONS, "maps claim_procedures, which come in a layout of operations"}};
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < 2 && pieces[i]->piece == CA_PIECE_HEADER; k++) {
            if (find(pieces, count, lists[k].piece) && ca_layout_binding(pieces[i], lists[k].field)) {
                wrong(profile, pieces[i], diags, lists[k].what);
            }
        }
    }
}

static void check_together(ca_profile *profile, const ca_layout *const *pieces, size_t count, ca_diags *diags)
{
    bool by_part = ca_layout_binding(pieces[0], CA_F_CLAIM_PART) != NULL;
    profile->pieces_by_type = true;
    for (size_t i = 0; i < count; i++) {
        const ca_layout *layout = pieces[i];
        profile->pieces_by_type &= ca_layout_binding(layout, CA_F_CLAIM_TYPE) != NULL;
        if (by_part != (ca_layout_binding(layout, CA_F_CLAIM_PART) != NULL)) {
            wrong(profile, layout, diags,
                  by_part ? "must map claim_part, as the other parts of a claim do"
                          : "maps claim_part, which the other parts of a claim lack: nothing would join");
        }
        if (layout->piece == CA_PIECE_HEADER && layout->reversal &&
            layout->reversal->mode != CA_REVERSAL_OF_CLAIM) {
            wrong(profile, layout, diags, "undoes lines by 'keys', but its rows are headers: 'reversal' can be {of: claim}");
        }
    }
    for (ca_piece piece = CA_PIECE_HEADER; piece <= CA_PIECE_LINES; piece++) {
        if (!find(pieces, count, piece)) {
            ca_diag_add(diags, CA_DIAG_ERROR, profile->path, pieces[0]->piece_line, pieces[0]->piece_at,
                        "no layout has 'part_of_claim: %s', which the rows of layout '%s' are joined with",
                        ca_piece_name(piece), pieces[0]->name);
        }
    }
    check_lists(profile, pieces, count, diags);
}

int ca_pieces_check(ca_profile *profile, ca_arena *arena, ca_diags *diags)
{
    const ca_layout **pieces = ca_arena_array(arena, profile->layout_count + 1, sizeof(ca_layout *));
    size_t count = 0;
    if (!pieces) {
        return CA_NOMEM;
    }
    for (size_t i = 0; i < profile->layout_count; i++) {
        if (profile->layouts[i]->piece != CA_PIECE_NONE) {
            pieces[count++] = profile->layouts[i];
        }
    }
    if (count == 0) {
        return 0;
    }
    check_together(profile, pieces, count, diags);
    for (size_t i = 0; i < profile->layout_count; i++) {
        ca_layout *layout = profile->layouts[i];
        if (layout->piece != CA_PIECE_NONE) {
            layout->pieces = pieces;
            layout->piece_count = count;
        }
        if (layout->piece == CA_PIECE_LINES) { /* what happens to a claim happens to its lines */
            layout->reversal = reversal_of(pieces, count);
        }
    }
    return 0;
}
