/* Writes values as canonical bytes. */
#include "map/record.h"

#include <string.h>

int ca_record_init(ca_record *record, const ca_codes *codes)
{
    ca_buf_init(&record->bytes);
    record->codes = codes;
    record->system_count = codes->system_count;
    for (unsigned i = 0; i < codes->system_count; i++) {
        const char *name = codes->systems[i].name;
        record->systems[i] = ca_hash64(name, strlen(name));
    }
    return ca_buf_reserve(&record->bytes, 1024) ? 0 : CA_NOMEM;
}

void ca_record_done(ca_record *record)
{
    ca_buf_done(&record->bytes);
}

ca_record_tag ca_record_tag_of(const ca_schema *schema, unsigned column)
{
    const ca_column_def *def = &schema->columns[column];
    if (column < CA_FIELD_COUNT) {
        return (ca_record_tag){.column = (uint8_t)column};
    }
    return (ca_record_tag){.column = CA_RECORD_SITE,
                           .name = ca_hash64(def->name, strlen(def->name)) + (uint64_t)def->type};
}

static size_t room_for(ca_type type, const ca_cell *cell)
{
    switch (type) {
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        return CA_RECORD_ROOM + cell->as.text.len;
    case CA_TYPE_CODE:
        return CA_RECORD_ROOM + CA_CODE_MAX;
    case CA_TYPE_CODES:
        return CA_RECORD_ROOM + cell->as.codes.count * (9 + CA_CODE_MAX);
    case CA_TYPE_INTERVALS:
        return CA_RECORD_ROOM + cell->as.intervals.count * 8;
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
    case CA_TYPE_DATE:
    case CA_TYPE_ENUM:
        break;
    }
    return CA_RECORD_ROOM;
}

static char *put_intervals(char *to, const ca_cell *cell)
{
    to = ca_record_put32(to, (uint32_t)cell->as.intervals.count);
    for (size_t i = 0; i < cell->as.intervals.count; i++) {
        to = ca_record_put32(to, (uint32_t)cell->as.intervals.items[i].from);
        to = ca_record_put32(to, (uint32_t)cell->as.intervals.items[i].to);
    }
    return to;
}

static char *put_value(char *to, const ca_record *record, ca_type type, const ca_cell *cell)
{
    switch (type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        return ca_record_put64(to, (uint64_t)cell->as.number);
    case CA_TYPE_DATE:
        return ca_record_put32(to, (uint32_t)cell->as.date);
    case CA_TYPE_ENUM:
        *to = (char)cell->as.choice;
        return to + 1;
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        return ca_record_put_text(to, cell->as.text);
    case CA_TYPE_CODE:
        return ca_record_put_code(to, record, cell->as.code);
    case CA_TYPE_CODES:
        to = ca_record_put32(to, (uint32_t)cell->as.codes.count);
        for (size_t i = 0; i < cell->as.codes.count; i++) {
            to = ca_record_put_code(to, record, cell->as.codes.ids[i]);
        }
        return to;
    case CA_TYPE_INTERVALS:
        return put_intervals(to, cell);
    }
    return to;
}

void ca_record_add(ca_record *record, ca_record_tag tag, ca_type type, const ca_cell *cell)
{
    char *to = cell->present ? ca_record_room(record, room_for(type, cell)) : NULL;
    if (to) {
        ca_record_end(record, put_value(ca_record_put_tag(to, tag), record, type, cell));
    }
}
