/* The records of one hash of the claim exchange, read where they lie: lines, what else settles them, and findings. */
#include "run/settle_inside.h"

#include <string.h>

#include "base/alloc.h"

int ca_line_list_add(ca_line_list *list, const ca_settled_line *line, ca_error *err)
{
    ca_settled_line *items = ca_grown_array(list->items, list->count, &list->cap, sizeof *items);
    if (!items) {
        return ca_error_nomem(err);
    }
    list->items = items;
    items[list->count++] = *line;
    return 0;
}

uint64_t ca_record_lines(const ca_exchange_record *record)
{
    return ca_lines_of(record);
}

int ca_gather_room(ca_settling *settling, const ca_exchange_record *records, size_t count, ca_error *err)
{
    size_t lines = 0;
    for (size_t i = 0; i < count; i++) {
        lines += ca_lines_of(&records[i]);
    }
    if (lines <= settling->lines.cap) {
        return 0;
    }
    size_t cap = lines < 1000 ? 1000 : lines + lines / 8;
    ca_line_head *heads = ca_realloc_array(settling->heads, 2 * cap + 1, sizeof *heads);
    if (!heads) {
        return ca_error_nomem(err);
    }
    settling->heads = heads;
    settling->head_cap = 2 * cap + 1;
    ca_settled_line *items = ca_realloc_array(settling->lines.items, cap, sizeof *items);
    if (!items) {
        return ca_error_nomem(err);
    }
    settling->lines.items = items;
    settling->lines.cap = cap;
    return 0;
}

static int add_finding(ca_settling *settling, const ca_exchange_record *record, ca_error *err)
{
    ca_exchange_record *findings =
        ca_grown_array(settling->findings, settling->finding_count, &settling->finding_cap, sizeof *findings);
    if (!findings) {
        return ca_error_nomem(err);
    }
    settling->findings = findings;
    findings[settling->finding_count++] = *record;
    return 0;
}

/* One claim whose lines come in order, each once, is all there is to most hashes. */
static bool follows(const ca_settled_line *before, const ca_settled_line *line)
{
    return before->head->line_no < line->head->line_no && ca_claim_order(before, line) == 0;
}

/* `id` to `end`: what follows the head in the record. */
static int add_line(ca_settling *settling, const ca_line_head *head, const uint8_t *id, const uint8_t *end, ca_error *err)
{
    size_t number_size = settling->scan->several ? sizeof(uint64_t) : 0;
    size_t mark_size = head->marked ? sizeof(ca_mark) : 0;
    if ((uint64_t)(end - id) < (uint64_t)head->id_length + head->unit_length + number_size + mark_size) {
        return ca_damaged_record(err);
    }
    ca_settled_line *line = &settling->lines.items[settling->lines.count];
    const ca_settled_line *before = settling->lines.count++ ? line - 1 : NULL;
    const uint8_t *unit = id + head->id_length;
    const uint8_t *columns = unit + head->unit_length;
    uint64_t number = 0;
    memcpy(&number, columns, number_size);
    columns += number_size;
    const uint8_t *mark = end - mark_size;
    bool repeats = head->unit_repeats && before;
    *line = (ca_settled_line){.head = head,
                              .claim_id = repeats ? before->claim_id : (ca_text){(const char *)id, head->id_length},
                              .unit = repeats ? before->unit : unit,
                              .unit_length = repeats ? before->unit_length : head->unit_length,
                              .number = number,
                              .columns = columns,
                              .columns_length = (uint32_t)(mark - columns),
                              .mark = head->marked ? (const ca_mark *)mark : NULL};
    settling->takes_out |= !head->live;
    settling->plain &= head->claim_part == 1 && (!before || follows(before, line));
    return 0;
}

/* Lines of one record need not be looked at one by one: they are of one claim, in order. */
static int add_bundle(ca_settling *settling, const ca_exchange_record *record, ca_error *err)
{
    ca_bundle bundle;
    ca_line_head *heads = &settling->heads[settling->lines.count];
    ca_settled_line *line = &settling->lines.items[settling->lines.count];
    const ca_settled_line *before = settling->lines.count ? line - 1 : NULL;
    int rc = ca_open_bundle(record, &bundle, err);
    if (rc) {
        return rc;
    }
    ca_bundle_heads(&bundle, heads);
    for (unsigned i = 0; i < bundle.lines; i++) {
        line[i] = (ca_settled_line){.head = &heads[i],
                                    .claim_id = bundle.claim_id,
                                    .unit = bundle.unit,
                                    .unit_length = bundle.unit_length,
                                    .number = settling->scan->several ? bundle.number + i : 0,
                                    .columns = bundle.columns,
                                    .columns_length = bundle.columns_length,
                                    .of_lines = (uint8_t)bundle.lines,
                                    .place = (uint8_t)i};
    }
    settling->lines.count += bundle.lines;
    settling->takes_out |= !bundle.head.live;
    settling->plain &= bundle.head.claim_part == 1 && (!before || follows(before, line));
    return 0;
}

static int add_note(ca_settling *settling, ca_line_list *list, const uint8_t *id, const uint8_t *end, ca_error *err)
{
    if (settling->heads[settling->lines.count].id_length > (uint64_t)(end - id)) {
        return ca_damaged_record(err);
    }
    ca_line_head *head = &settling->heads[settling->head_cap - 1 - settling->heads_behind++];
    *head = settling->heads[settling->lines.count];
    ca_settled_line note = {.head = head, .claim_id = {(const char *)id, head->id_length}};
    return ca_line_list_add(list, &note, err);
}

/* Lines that another claim's reversal undoes are known by their origin and number. */
static int add_verdict(ca_settling *settling, const uint8_t *rest, const uint8_t *end, ca_error *err)
{
    ca_line_head *by = &settling->heads[settling->head_cap - 1 - settling->heads_behind++];
    ca_line_head *head = &settling->heads[settling->head_cap - 1 - settling->heads_behind++];
    *by = settling->heads[settling->lines.count];
    if (!ca_take_head(rest, end, head)) {
        return ca_damaged_record(err);
    }
    ca_settled_line verdict = {.head = head, .undone_by = by};
    return ca_line_list_add(&settling->verdicts, &verdict, err);
}

static int add_record(ca_settling *settling, const ca_exchange_record *record, ca_error *err)
{
    if (ca_is_bundle(record)) {
        return add_bundle(settling, record, err);
    }
    ca_line_head *head = &settling->heads[settling->lines.count];
    const uint8_t *end = record->bytes + record->len;
    const uint8_t *rest = ca_take_head(record->bytes, end, head);
    if (!rest) {
        return ca_damaged_record(err);
    }
    switch ((ca_record_kind)head->record) {
    case CA_RECORD_FINDING:
        return add_finding(settling, record, err);
    case CA_RECORD_NAMED:
        settling->takes_out = true;
        return add_note(settling, &settling->named, rest, end, err);
    case CA_RECORD_INCOMPLETE:
        return add_note(settling, &settling->rejected, rest, end, err);
    case CA_RECORD_UNDONE:
        return add_verdict(settling, rest, end, err);
    case CA_RECORD_LINE:
        return add_line(settling, head, rest, end, err);
    }
    return ca_damaged_record(err);
}

int ca_gather(ca_settling *settling, const ca_exchange_record *records, size_t count, ca_error *err)
{
    int rc = 0;
    settling->heads_behind = 0;
    settling->lines.count = 0;
    settling->named.count = 0;
    settling->rejected.count = 0;
    settling->verdicts.count = 0;
    settling->finding_count = 0;
    settling->undone.count = 0;
    settling->takes_out = false;
    settling->plain = true;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = add_record(settling, &records[i], err);
    }
    return rc;
}

void ca_gather_done(ca_settling *settling)
{
    ca_free(settling->heads);
    ca_free(settling->lines.items);
    ca_free(settling->named.items);
    ca_free(settling->rejected.items);
    ca_free(settling->verdicts.items);
    ca_free(settling->findings);
    ca_free(settling->undone.items);
    ca_free(settling->dropped.items);
}
