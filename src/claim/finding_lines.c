/* The lines of a finding that concerns several of them: their order, the key they give the finding, and which of
 * very many are kept. */
#include "claim/finding.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* --- Order ------------------------------------------------------------------------------------ */

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int order_of_claims(const ca_finding_line *a, const ca_finding_line *b)
{
    int order = compare(a->claim_type, b->claim_type);
    order = order ? order : ca_text_cmp(a->claim_id, b->claim_id);
    order = order ? order : compare(a->claim_part, b->claim_part);
    order = order ? order : compare(a->line_no, b->line_no);
    return order ? order : strcmp(a->role, b->role);
}

int ca_finding_line_order(const void *left, const void *right)
{
    const ca_finding_line *a = left;
    const ca_finding_line *b = right;
    int order = compare(a->has_date, b->has_date);
    order = order || !a->has_date ? order : compare(a->service_date, b->service_date);
    order = order ? order : order_of_claims(a, b);
    order = order ? order : compare(a->origin.file, b->origin.file);
    return order ? order : compare((int64_t)a->origin.row, (int64_t)b->origin.row);
}

static int order_by_paid(const void *left, const void *right)
{
    const ca_finding_line *a = left;
    const ca_finding_line *b = right;
    int order = compare(b->has_paid, a->has_paid);
    order = order || !a->has_paid ? order : compare(b->paid, a->paid);
    return order ? order : ca_finding_line_order(a, b);
}

/* --- The key ---------------------------------------------------------------------------------- */

static int order_of_pointers(const void *left, const void *right)
{
    const ca_finding_line *const *a = left;
    const ca_finding_line *const *b = right;
    return order_of_claims(*a, *b);
}

static void add_number(ca_hasher *hasher, int64_t number)
{
    uint8_t little[8];
    for (size_t i = 0; i < sizeof little; i++)
        little[i] = (uint8_t)((uint64_t)number >> (8 * i));
    ca_hasher_add(hasher, little, sizeof little);
}

static void add_text(ca_hasher *hasher, ca_text text)
{
    add_number(hasher, text.ptr ? (int64_t)text.len : -1);
    if (text.len > 0)
        ca_hasher_add(hasher, text.ptr, text.len);
}

static void add_claim(ca_hasher *hasher, uint8_t type, ca_text id, int64_t part, int64_t line_no)
{
    add_number(hasher, type);
    add_text(hasher, id);
    add_number(hasher, part);
    add_number(hasher, line_no);
}

static void add_subject(ca_hasher *hasher, const ca_finding *finding)
{
    if (finding->entity_kind) {
        add_text(hasher, ca_text_of(finding->entity_kind));
        add_text(hasher, finding->entity_id);
    } else {
        add_claim(hasher, finding->claim_type, finding->claim_id, finding->claim_part,
                  finding->of_claim ? 0 : finding->line_no);
    }
}

static void add_window(ca_hasher *hasher, const ca_finding *finding)
{
    add_number(hasher, finding->has_window);
    add_number(hasher, finding->has_window ? finding->window_from : 0);
    add_number(hasher, finding->has_window ? finding->window_to : 0);
}

static int add_lines(ca_hasher *hasher, const ca_finding *finding)
{
    const ca_finding_line **sorted = ca_alloc_zero(finding->line_count + 1, sizeof(*sorted));
    if (!sorted)
        return CA_NOMEM;
    for (size_t i = 0; i < finding->line_count; i++)
        sorted[i] = &finding->lines[i];
    qsort(sorted, finding->line_count, sizeof(*sorted), order_of_pointers);
    for (size_t i = 0; i < finding->line_count; i++) {
        add_claim(hasher, sorted[i]->claim_type, sorted[i]->claim_id, sorted[i]->claim_part, sorted[i]->line_no);
        add_text(hasher, ca_text_of(sorted[i]->role));
    }
    ca_free(sorted);
    return 0;
}

int ca_finding_key(const ca_finding *finding, ca_text rule, ca_text kind, ca_text row, ca_digest *ret_key, ca_error *err)
{
    ca_hasher *hasher = ca_hasher_new();
    if (!hasher)
        return ca_error_nomem(err);
    add_text(hasher, rule);
    add_text(hasher, kind);
    add_text(hasher, row);
    add_subject(hasher, finding);
    int rc = 0;
    if (finding->of_entity)
        add_window(hasher, finding);
    else
        rc = add_lines(hasher, finding);
    if (!finding->of_entity && finding->line_count == 0)    /* `lines` chose none: windows of one claim are not one finding */
        add_number(hasher, (int64_t)finding->unit_hash);
    if (rc == 0)
        *ret_key = ca_hasher_digest(hasher);
    ca_hasher_free(hasher);
    return rc ? ca_error_nomem(err) : 0;
}

/* --- Cutting ---------------------------------------------------------------------------------- */

static void add_to_others(ca_finding_line *others, const ca_finding_line *line)
{
    others->count += line->count;
    others->has_paid = others->has_paid && line->has_paid &&
                       !__builtin_add_overflow(others->paid, line->paid, &others->paid);
    if (line->exposure == CA_EXPOSURE_MISSING || others->exposure == CA_EXPOSURE_MISSING)
        others->exposure = CA_EXPOSURE_MISSING;
    else if (__builtin_add_overflow(others->exposure, line->exposure, &others->exposure))
        others->exposure = INT64_MAX; /* no share is negative */
}

static void cut_to(ca_finding *finding, size_t most)
{
    ca_finding_line others = {.role = "others", .has_paid = true};
    qsort(finding->lines, finding->line_count, sizeof(*finding->lines), order_by_paid);
    for (size_t i = most; i < finding->line_count; i++)
        add_to_others(&others, &finding->lines[i]);
    if (!others.has_paid)
        others.paid = 0;
    qsort(finding->lines, most, sizeof(*finding->lines), ca_finding_line_order);
    finding->lines[most] = others;
    finding->line_count = most + 1;
}

void ca_finding_cut(ca_finding *finding)
{
    size_t most = finding->of_entity ? CA_ENTITY_LINES : CA_FINDING_LINES;
    for (size_t i = 0; finding->of_entity && i < finding->line_count; i++)
        finding->lines[i].exposure = CA_EXPOSURE_MISSING;
    if (finding->line_count > most)
        cut_to(finding, most);
}
