/* Findings as bytes, for the spool of a run: little-endian numbers and texts with their length.
 * Reading trusts nothing: a spool may have been damaged on disk. */
#include "claim/finding.h"

#include <string.h>

#define RECORD_VERSION 1
#define NO_TEXT        UINT32_MAX                  /* length of a missing text */
#define LINE_LEAST     (4 + 8 + 4 + 4 + 8 + 8 + 8) /* bytes of a line with an empty role */

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

static void put_line(ca_buf *bytes, const ca_finding_line *line)
{
    put_text(bytes, ca_text_of(line->role));
    put(bytes, (uint64_t)line->line_no, 8);
    put(bytes, line->origin.file, 4);
    put(bytes, line->origin.length, 4);
    put(bytes, line->origin.row, 8);
    put(bytes, line->origin.offset, 8);
    put(bytes, (uint64_t)line->exposure, 8);
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
    put(bytes, finding->has_date, 1);
    put(bytes, finding->has_date ? (uint32_t)finding->service_date : 0, 4);
    put(bytes, (uint64_t)finding->exposure, 8);
    put_text(bytes, finding->message);
    put_text(bytes, finding->reason);
    put_text(bytes, finding->evidence);
    if (finding->line_count >= UINT32_MAX)
        bytes->failed = true;
    put(bytes, finding->line_count, 4);
    for (size_t i = 0; i < finding->line_count; i++)
        put_line(bytes, &finding->lines[i]);
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

static void get_head(reader *from, ca_finding *finding)
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
    finding->has_date = get_choice(from, 2) == 1;
    finding->service_date = (ca_date)(uint32_t)get(from, 4);
    from->damaged |= finding->service_date < CA_DATE_MIN || finding->service_date > CA_DATE_MAX ||
                     (!finding->has_date && finding->service_date != 0);
    finding->exposure = (int64_t)get(from, 8);
    finding->message = get_text(from);
    finding->reason = get_text(from);
    finding->evidence = get_text(from);
}

static int get_line(reader *from, ca_arena *arena, ca_finding_line *line)
{
    ca_text role = get_text(from);
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

int ca_finding_read(ca_text bytes, ca_arena *arena, ca_finding *ret_finding, ca_error *err)
{
    reader from = {.rest = bytes};
    ca_finding finding = {0};
    get_head(&from, &finding);
    finding.line_count = (size_t)get(&from, 4);
    from.damaged |= finding.line_count > from.rest.len / LINE_LEAST;
    if (!from.damaged) {
        finding.lines = ca_arena_array(arena, finding.line_count + 1, sizeof *finding.lines);
        if (!finding.lines)
            return ca_error_nomem(err);
    }
    for (size_t i = 0; i < finding.line_count && !from.damaged; i++) {
        if (get_line(&from, arena, &finding.lines[i]) < 0)
            return ca_error_nomem(err);
    }
    if (from.damaged || from.rest.len > 0)
        return ca_error_set(err, CA_FAIL,
                            "damaged record: a finding in the run's temporary files "
                            "cannot be read back; check the disk and run again");
    *ret_finding = finding;
    return 0;
}
