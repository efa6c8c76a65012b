/* Findings as bytes, for the spool of a run: little-endian numbers and texts with their length.
 * Reading trusts nothing: a spool may have been damaged on disk. */
#include "claim/finding.h"

#include <string.h>

#define RECORD_VERSION 2
#define NO_TEXT        UINT32_MAX                      /* length of a missing text */
#define LINE_LEAST     (4 + 1 + 8 + 4 + 4 + 8 + 8 + 8) /* bytes of a line with an empty role */

/* What a line is written with: usually it is one line of the finding's own claim. */
enum { OWN_CLAIM = 1, WITH_DATE = 2, WITH_PAID = 4, OF_MANY = 8, OF_CLAIM = 16, LINE_FLAGS = 32 };

const char *ca_outcome_name(ca_outcome outcome)
{
    static const char *const names[CA_OUTCOMES] = {
        [CA_PASS] = "pass",
        [CA_HIT] = "hit",
        [CA_EXCUSED] = "excused",
        [CA_UNKNOWN] = "unknown",
        [CA_NOT_APPLICABLE] = "not_applicable",
    };
    return outcome < CA_OUTCOMES ? names[outcome] : "";
}

/* --- Writing -------------------------------------------------------------------------------- */

static void put(ca_buf *bytes, uint64_t value, unsigned size)
{
    uint8_t little[8];
    for (unsigned i = 0; i < size; i++)
        little[i] = (uint8_t)(value >> (8 * i));
    ca_buf_add(bytes, little, size);
}

static void put_text(ca_buf *bytes, ca_text text)
{
    if (!text.ptr) {
        put(bytes, NO_TEXT, 4);
        return;
    }
    if (text.len >= NO_TEXT)
        bytes->failed = true;
    put(bytes, text.len, 4);
    ca_buf_add_text(bytes, text);
}

static bool is_own_claim(const ca_finding *finding, const ca_finding_line *line)
{
    return line->claim_type == finding->claim_type && line->claim_part == finding->claim_part &&
           (line->claim_id.ptr == NULL) == (finding->claim_id.ptr == NULL) &&
           ca_text_eq(line->claim_id, finding->claim_id);
}

static unsigned line_flags(const ca_finding *finding, const ca_finding_line *line)
{
    return (is_own_claim(finding, line) ? OWN_CLAIM : 0u) | (line->has_date ? WITH_DATE : 0u) |
           (line->has_paid ? WITH_PAID : 0u) | (line->count != 1 ? OF_MANY : 0u) |
           (line->of_claim ? OF_CLAIM : 0u);
}

static void put_line(ca_buf *bytes, const ca_finding *finding, const ca_finding_line *line)
{
    unsigned flags = line_flags(finding, line);
    put_text(bytes, ca_text_of(line->role));
    put(bytes, flags, 1);
    if (!(flags & OWN_CLAIM)) {
        put(bytes, line->claim_type, 1);
        put_text(bytes, line->claim_id);
        put(bytes, (uint64_t)line->claim_part, 8);
    }
    if (flags & WITH_DATE)
        put(bytes, (uint32_t)line->service_date, 4);
    if (flags & WITH_PAID)
        put(bytes, (uint64_t)line->paid, 8);
    if (flags & OF_MANY)
        put(bytes, line->count, 8);
    put(bytes, (uint64_t)line->line_no, 8);
    put(bytes, line->origin.file, 4);
    put(bytes, line->origin.length, 4);
    put(bytes, line->origin.row, 8);
    put(bytes, line->origin.offset, 8);
    put(bytes, (uint64_t)line->exposure, 8);
}

static void put_date(ca_buf *bytes, bool present, ca_date date)
{
    put(bytes, present, 1);
    put(bytes, present ? (uint32_t)date : 0, 4);
}

static void put_subject(ca_buf *bytes, const ca_finding *finding)
{
    put_date(bytes, finding->has_window, finding->window_from);
    put_date(bytes, finding->has_window, finding->window_to);
    put_text(bytes, finding->entity_kind ? ca_text_of(finding->entity_kind) : (ca_text){0});
    put_text(bytes, finding->entity_id);
    put(bytes, finding->of_entity, 1);
}

void ca_finding_write(const ca_finding *finding, ca_buf *bytes)
{
    put(bytes, RECORD_VERSION, 1);
    put(bytes, finding->rule, 4);
    put(bytes, (uint64_t)finding->outcome, 1);
    put(bytes, finding->key.high, 8);
    put(bytes, finding->key.low, 8);
    put(bytes, finding->claim_type, 1);
    put_text(bytes, finding->claim_id);
    put(bytes, finding->of_claim, 1);
    put(bytes, (uint64_t)finding->line_no, 8);
    put(bytes, (uint64_t)finding->claim_part, 8);
    put_text(bytes, finding->patient_id);
    put_text(bytes, finding->billing_provider_id);
    put_text(bytes, finding->rendering_provider_id);
    put_date(bytes, finding->has_date, finding->service_date);
    put_subject(bytes, finding);
    put(bytes, (uint64_t)finding->exposure, 8);
    put_text(bytes, finding->message);
    put_text(bytes, finding->reason);
    put_text(bytes, finding->evidence);
    if (finding->line_count >= UINT32_MAX)
        bytes->failed = true;
    put(bytes, finding->line_count, 4);
    for (size_t i = 0; i < finding->line_count; i++)
        put_line(bytes, finding, &finding->lines[i]);
}

/* --- Reading -------------------------------------------------------------------------------- */

typedef struct reader {
    ca_text rest;
    bool damaged; /* stays set: checked once, at the end */
} reader;

static uint64_t get(reader *from, unsigned size)
{
    uint64_t value = 0;
    if (from->rest.len < size) {
        from->damaged = true;
        return 0;
    }
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)(uint8_t)from->rest.ptr[i] << (8 * i);
    from->rest.ptr += size;
    from->rest.len -= size;
    return value;
}

static ca_text get_text(reader *from)
{
    size_t len = (size_t)get(from, 4);
    if (from->damaged || len == NO_TEXT)
        return (ca_text){0};
    if (len > from->rest.len) {
        from->damaged = true;
        return (ca_text){0};
    }
    ca_text text = {from->rest.ptr, len};
    from->rest.ptr += len;
    from->rest.len -= len;
    return text;
}

/* A value below `end`. */
static unsigned get_choice(reader *from, unsigned end)
{
    unsigned value = (unsigned)get(from, 1);
    from->damaged |= value >= end;
    return value;
}

static ca_date get_day(reader *from)
{
    ca_date date = (ca_date)(uint32_t)get(from, 4);
    from->damaged |= date < CA_DATE_MIN || date > CA_DATE_MAX;
    return date;
}

static bool get_date(reader *from, ca_date *ret_date)
{
    bool present = get_choice(from, 2) == 1;
    *ret_date = get_day(from);
    from->damaged |= !present && *ret_date != 0;
    return present;
}

static void get_subject(reader *from, ca_finding *finding, ca_text *ret_entity_kind)
{
    finding->has_window = get_date(from, &finding->window_from);
    from->damaged |= get_date(from, &finding->window_to) != finding->has_window;
    *ret_entity_kind = get_text(from);
    from->damaged |= ret_entity_kind->ptr && memchr(ret_entity_kind->ptr, '\0', ret_entity_kind->len);
    finding->entity_id = get_text(from);
    finding->of_entity = get_choice(from, 2) == 1;
}

static void get_head(reader *from, ca_finding *finding, ca_text *ret_entity_kind)
{
    from->damaged |= get(from, 1) != RECORD_VERSION;
    finding->rule = (uint32_t)get(from, 4);
    finding->outcome = (ca_outcome)get_choice(from, CA_OUTCOMES);
    finding->key.high = get(from, 8);
    finding->key.low = get(from, 8);
    finding->claim_type = (uint8_t)get_choice(from, CA_CLAIM_TYPES);
    finding->claim_id = get_text(from);
    finding->of_claim = get_choice(from, 2) == 1;
    finding->line_no = (int64_t)get(from, 8);
    finding->claim_part = (int64_t)get(from, 8);
    finding->patient_id = get_text(from);
    finding->billing_provider_id = get_text(from);
    finding->rendering_provider_id = get_text(from);
    finding->has_date = get_date(from, &finding->service_date);
    get_subject(from, finding, ret_entity_kind);
    finding->exposure = (int64_t)get(from, 8);
    finding->message = get_text(from);
    finding->reason = get_text(from);
    finding->evidence = get_text(from);
}

/* What a line has of its own; nothing is written that its flags already say. */
static void get_line_head(reader *from, const ca_finding *finding, ca_finding_line *line)
{
    unsigned flags = get_choice(from, LINE_FLAGS);
    line->claim_type = finding->claim_type;
    line->claim_id = finding->claim_id;
    line->claim_part = finding->claim_part;
    if (!(flags & OWN_CLAIM)) {
        line->claim_type = (uint8_t)get_choice(from, CA_CLAIM_TYPES);
        line->claim_id = get_text(from);
        line->claim_part = (int64_t)get(from, 8);
    }
    line->of_claim = flags & OF_CLAIM;
    line->has_date = flags & WITH_DATE;
    line->service_date = line->has_date ? get_day(from) : 0;
    line->has_paid = flags & WITH_PAID;
    line->paid = line->has_paid ? (int64_t)get(from, 8) : 0;
    line->count = flags & OF_MANY ? get(from, 8) : 1;
    from->damaged |= line_flags(finding, line) != flags;
}

static int get_line(reader *from, ca_arena *arena, const ca_finding *finding, ca_finding_line *line)
{
    ca_text role = get_text(from);
    get_line_head(from, finding, line);
    line->line_no = (int64_t)get(from, 8);
    line->origin.file = (uint32_t)get(from, 4);
    line->origin.length = (uint32_t)get(from, 4);
    line->origin.row = get(from, 8);
    line->origin.offset = get(from, 8);
    line->exposure = (int64_t)get(from, 8);
    from->damaged |= !role.ptr || memchr(role.ptr, '\0', role.len) != NULL;
    if (from->damaged)
        return 0;
    line->role = ca_arena_cstr(arena, role);
    return line->role ? 0 : CA_NOMEM;
}

static int get_lines(reader *from, ca_arena *arena, ca_finding *finding)
{
    finding->line_count = (size_t)get(from, 4);
    from->damaged |= finding->line_count > from->rest.len / LINE_LEAST;
    if (from->damaged)
        return 0;
    finding->lines = ca_arena_array(arena, finding->line_count + 1, sizeof *finding->lines);
    int rc = finding->lines ? 0 : CA_NOMEM;
    for (size_t i = 0; rc == 0 && i < finding->line_count && !from->damaged; i++)
        rc = get_line(from, arena, finding, &finding->lines[i]);
    return rc;
}

int ca_finding_read(ca_text bytes, ca_arena *arena, ca_finding *ret_finding, ca_error *err)
{
    reader from = {.rest = bytes};
    ca_finding finding = {0};
    ca_text entity_kind = {0};
    get_head(&from, &finding, &entity_kind);
    int rc = get_lines(&from, arena, &finding);
    if (rc == 0 && !from.damaged && entity_kind.ptr) {
        finding.entity_kind = ca_arena_cstr(arena, entity_kind);
        rc = finding.entity_kind ? 0 : CA_NOMEM;
    }
    if (rc)
        return ca_error_nomem(err);
    if (from.damaged || from.rest.len > 0)
        return ca_error_set(err, CA_FAIL,
                            "damaged record: a finding in the run's temporary files "
                            "cannot be read back; check the disk and run again");
    *ret_finding = finding;
    return 0;
}
