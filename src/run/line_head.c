/* The heads of records of the claim exchange: what settling reads of every line and finding, in few bytes. */
#include "run/state.h"

#include <string.h>

#define NO_DATE (CA_DATE_MIN - 1)

/* The head of nearly every line, half the size of a whole one: what is rare has no place in it. Packed: it is written
 * and read in place, field by field, wherever the record lies. */
struct __attribute__((packed)) usual_head {
    ca_digest digest;
    uint32_t offset, row;
    ca_date paid;
    uint16_t offset_high, file, length, line_no, unit_length;
    uint8_t id_length, row_lines, claim_type, status;
    uint8_t record, live, from_supplied, unit_repeats;
};

bool ca_head_is_usual(const ca_line_head *head)
{
    return head->origin.offset >> 48 == 0 && head->origin.row <= UINT32_MAX &&
           head->origin.file <= UINT16_MAX && head->origin.length <= UINT16_MAX &&
           head->line_no >= 0 && head->line_no <= UINT16_MAX && head->claim_part == 1 &&
           head->version == INT64_MIN && head->received == NO_DATE &&
           head->unit_length <= UINT16_MAX && head->id_length <= UINT8_MAX &&
           head->row_lines <= UINT8_MAX;
}

size_t ca_head_size(bool usual)
{
    return 1 + (usual ? sizeof(struct usual_head) : sizeof(ca_line_head));
}

void ca_put_head(uint8_t *to, const ca_line_head *head, bool usual)
{
    *to++ = usual ? CA_FORM_USUAL : CA_FORM_WHOLE;
    if (!usual) {
        memcpy(to, head, sizeof *head);
        return;
    }
    struct usual_head *made = (struct usual_head *)to;
    made->digest = head->digest;
    made->offset = (uint32_t)head->origin.offset;
    made->offset_high = (uint16_t)(head->origin.offset >> 32);
    made->row = (uint32_t)head->origin.row;
    made->file = (uint16_t)head->origin.file;
    made->length = (uint16_t)head->origin.length;
    made->paid = head->paid;
    made->line_no = (uint16_t)head->line_no;
    made->unit_length = (uint16_t)head->unit_length;
    made->id_length = (uint8_t)head->id_length;
    made->row_lines = (uint8_t)head->row_lines;
    made->claim_type = head->claim_type;
    made->status = head->status;
    made->record = head->record;
    made->live = (uint8_t)(head->live | head->marked << 1 | head->names << 3);
    made->from_supplied = head->from_supplied;
    made->unit_repeats = head->unit_repeats;
}

int ca_damaged_record(ca_error *err)
{
    return ca_error_set(err, CA_FAIL, "damaged record in a temporary file");
}

const uint8_t *ca_take_head(const uint8_t *from, const uint8_t *end, ca_line_head *ret_head)
{
    if (from == end || *from > CA_FORM_WHOLE || (size_t)(end - from) < ca_head_size(*from == CA_FORM_USUAL)) {
        return NULL;
    }
    if (*from++ == CA_FORM_WHOLE) {
        memcpy(ret_head, from, sizeof *ret_head);
        return from + sizeof *ret_head;
    }
    const struct usual_head *usual = (const struct usual_head *)from;
    *ret_head = (ca_line_head){
        .digest = usual->digest,
        .origin = {.file = usual->file,
                   .length = usual->length,
                   .row = usual->row,
                   .offset = usual->offset | (uint64_t)usual->offset_high << 32},
        .line_no = usual->line_no,
        .claim_part = 1,
        .version = INT64_MIN,
        .paid = usual->paid,
        .received = NO_DATE,
        .row_lines = usual->row_lines,
        .id_length = usual->id_length,
        .unit_length = usual->unit_length,
        .unit_repeats = usual->unit_repeats,
        .record = usual->record,
        .claim_type = usual->claim_type,
        .status = usual->status,
        .live = usual->live & 1,
        .marked = usual->live >> 1 & 3,
        .names = usual->live >> 3,
        .from_supplied = usual->from_supplied};
    return from + sizeof *usual;
}
