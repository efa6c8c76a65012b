/* Lines that lie together, read where they lie in their record of the claim exchange. */
#include "run/bundle.h"

unsigned ca_lines_of(const ca_exchange_record *record)
{
    return ca_is_bundle(record) && record->len >= sizeof(struct bundle_head) ? ((const struct bundle_head *)record->bytes)->lines : 1;
}

static void set_head(const struct bundle_head *head, const struct bundle_version *version, ca_line_head *ret_head)
{
    *ret_head = (ca_line_head){.origin = {.file = head->file, .row = head->row, .offset = head->offset},
                               .claim_part = version->claim_part,
                               .version = version->version,
                               .paid = head->paid,
                               .received = head->received,
                               .row_lines = 1,
                               .claim_type = head->claim_type,
                               .status = head->status,
                               .record = CA_RECORD_LINE,
                               .live = (head->flags & CA_BUNDLE_LIVE) != 0,
                               .from_supplied = (head->flags & CA_BUNDLE_FROM_SUPPLIED) != 0};
}

int ca_open_bundle(const ca_exchange_record *record, ca_bundle *ret_bundle, ca_error *err)
{
    const struct bundle_head *head = (const struct bundle_head *)record->bytes;
    struct bundle_version version = {1, INT64_MIN};
    const uint8_t *at = record->bytes + sizeof *head;
    if (record->len < sizeof *head || head->lines == 0 || head->lines > CA_BUNDLE_LINES) {
        return ca_damaged_record(err);
    }
    size_t lines = head->lines;
    size_t versions = head->flags & CA_BUNDLE_VERSION ? sizeof version : 0;
    if (record->len - sizeof *head < versions + head->id_length + (uint64_t)head->unit_length + lines * CA_BUNDLE_LINE) {
        return ca_damaged_record(err);
    }
    memcpy(&version, at, versions);
    const uint8_t *id = at + versions;
    const uint8_t *unit = id + head->id_length;
    const uint8_t *digests = unit + head->unit_length;
    const uint8_t *lengths = digests + lines * sizeof(ca_digest);
    const uint8_t *columns = digests + lines * CA_BUNDLE_LINE;
    *ret_bundle = (ca_bundle){.lines = head->lines,
                              .gap = head->gap,
                              .number = head->number,
                              .claim_id = {(const char *)id, head->id_length},
                              .unit = unit,
                              .unit_length = head->unit_length,
                              .digests = digests,
                              .lengths = lengths,
                              .line_numbers = lengths + lines * sizeof(uint16_t),
                              .columns = columns,
                              .columns_length = (uint32_t)(record->bytes + record->len - columns)};
    set_head(head, &version, &ret_bundle->head);
    return 0;
}

void ca_bundle_heads(const ca_bundle *bundle, ca_line_head *ret_heads)
{
    uint64_t offset = bundle->head.origin.offset;
    for (unsigned i = 0; i < bundle->lines; i++) {
        ca_line_head *head = &ret_heads[i];
        *head = bundle->head;
        memcpy(&head->digest, bundle->digests + i * sizeof head->digest, sizeof head->digest);
        head->line_no = ca_bundle_number(bundle->line_numbers, i);
        head->origin.length = ca_bundle_number(bundle->lengths, i);
        head->origin.row += i;
        head->origin.offset = offset;
        offset += head->origin.length + bundle->gap;
    }
}
