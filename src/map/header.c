/* Looks up columns in the header of a file. */
#include "map/header.h"

#include "conf/shown.h"

size_t ca_header_find(const ca_header *header, ca_text name, uint32_t *ret_cell)
{
    size_t found = 0;
    for (size_t i = 0; i < header->count; i++) {
        if (ca_text_eq(header->cells[i], name)) {
            if (found == 0) {
                *ret_cell = (uint32_t)i;
            }
            found++;
        }
    }
    return found;
}

static int absent(const ca_header *header, const ca_wanted *wanted, const ca_text *aliases,
                  size_t count, ca_error *err)
{
    return ca_error_at(err, CA_CONFIG, header->profile->path, wanted->line, wanted->at,
                       "column '%s'%s of %s is not in the header of the file; correct the name%s",
                       ca_shown_of(aliases[0]).text, count > 1 ? " (or its other names)" : "",
                       wanted->what, wanted->vital ? "" : ", or say 'optional: yes'");
}

int ca_header_bind(const ca_header *header, const ca_wanted *wanted, const ca_text *aliases,
                   size_t count, uint32_t *ret_cell, ca_error *err)
{
    uint32_t cell = CA_NO_CELL;
    size_t chosen = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t at = CA_NO_CELL;
        size_t found = ca_header_find(header, aliases[i], &at);
        if (found > 1) {
            return ca_error_at(
                err, CA_CONFIG, header->profile->path, wanted->line, wanted->at,
                "the header of the file has %zu columns '%s', and %s cannot tell them apart", found,
                ca_shown_of(aliases[i]).text, wanted->what);
        }
        if (found == 1 && cell != CA_NO_CELL) {
            return ca_error_at(
                err, CA_CONFIG, header->profile->path, wanted->line, wanted->at,
                "columns '%s' and '%s' are both in the header of the file, and both stand for %s",
                ca_shown_of(aliases[chosen]).text, ca_shown_of(aliases[i]).text, wanted->what);
        }
        if (found == 1) {
            cell = at;
            chosen = i;
        }
    }
    if (cell == CA_NO_CELL && !wanted->optional) {
        return absent(header, wanted, aliases, count, err);
    }
    *ret_cell = cell;
    return 0;
}
