/* What the columns of the report are in a spreadsheet. A name that is not listed is a text: safe for identifiers. */
#include <string.h>

#include "report/export_inner.h"

static const ca_export_column known[] = {
    {"finding_id", CA_EXPORT_NUMBER, 11},
    {"run_id", CA_EXPORT_NUMBER, 7},
    {"rule_id", CA_EXPORT_TEXT, 12},
    {"rule_version", CA_EXPORT_NUMBER, 8},
    {"title", CA_EXPORT_TEXT, 40},
    {"severity", CA_EXPORT_TEXT, 10},
    {"subject_id", CA_EXPORT_TEXT, 32},
    {"line_no", CA_EXPORT_NUMBER, 8},
    {"service_date", CA_EXPORT_DATE, 12},
    {"exposure", CA_EXPORT_MONEY, 14},
    {"currency", CA_EXPORT_TEXT, 9},
    {"message", CA_EXPORT_TEXT, 100},
    {"outcome", CA_EXPORT_TEXT, 10},
    {"reason", CA_EXPORT_TEXT, 30},
    {"file", CA_EXPORT_TEXT, 40},
    {"row", CA_EXPORT_NUMBER, 10},
    {"byte_offset", CA_EXPORT_NUMBER, 12},
    {"offered", CA_EXPORT_NUMBER, 12},
    {"hit", CA_EXPORT_NUMBER, 10},
    {"excused", CA_EXPORT_NUMBER, 10},
    {"unknown", CA_EXPORT_NUMBER, 10},
    {"not_applicable", CA_EXPORT_NUMBER, 14},
    {"pass", CA_EXPORT_NUMBER, 12},
    {"findings", CA_EXPORT_NUMBER, 10},
    {"stored", CA_EXPORT_NUMBER, 10},
    {"rows_read", CA_EXPORT_NUMBER, 12},
    {"rows_accepted", CA_EXPORT_NUMBER, 14},
    {"rows_rejected", CA_EXPORT_NUMBER, 14},
    {"rows_skipped", CA_EXPORT_NUMBER, 13},
    {"lines", CA_EXPORT_NUMBER, 12},
    {"lines_dropped", CA_EXPORT_NUMBER, 14},
    {"claims", CA_EXPORT_NUMBER, 12},
    {"patients", CA_EXPORT_NUMBER, 12},
    {"providers", CA_EXPORT_NUMBER, 12},
    {"lines_undone", CA_EXPORT_NUMBER, 13},
    {"findings_undone", CA_EXPORT_NUMBER, 16},
    {"line_exposure", CA_EXPORT_MONEY, 14},
    {"entity_exposure", CA_EXPORT_MONEY, 16},
    {"exposure_missing", CA_EXPORT_NUMBER, 17},
    {"window_from", CA_EXPORT_DATE, 12},
    {"window_to", CA_EXPORT_DATE, 12},
    {"claim_part", CA_EXPORT_NUMBER, 10},
    {"paid", CA_EXPORT_MONEY, 14},
    {"reason_no", CA_EXPORT_NUMBER, 10},
    {"sentence", CA_EXPORT_TEXT, 100},
    {"feature", CA_EXPORT_TEXT, 40},
    {"cell", CA_EXPORT_TEXT, 32},
    {"cell_size", CA_EXPORT_NUMBER, 10},
    {"period_from", CA_EXPORT_DATE, 12},
    {"period_to", CA_EXPORT_DATE, 12},
    {"alarms", CA_EXPORT_TEXT, 60},
    {"about", CA_EXPORT_TEXT, 100},
};

bool ca_export_column_of(const char *name, ca_export_column *ret_column)
{
    if (strcmp(name, "minor_digits") == 0 || strcmp(name, "exposure_text") == 0 || strcmp(name, "line_order") == 0) {
        return false;
    }
    *ret_column = (ca_export_column){name, CA_EXPORT_TEXT, 20};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].name, name) == 0) {
            *ret_column = known[i];
            ret_column->name = name;
        }
    }
    return true;
}

void ca_export_money(ca_buf *text, int64_t minor, unsigned digits)
{
    uint64_t size = minor < 0 ? 0 - (uint64_t)minor : (uint64_t)minor;
    uint64_t scale = 1;
    for (unsigned i = 0; i < digits; i++) {
        scale *= 10;
    }
    ca_buf_printf(text, "%s%llu", minor < 0 ? "-" : "", (unsigned long long)(size / scale));
    if (digits) {
        ca_buf_printf(text, ".%0*llu", (int)digits, (unsigned long long)(size % scale));
    }
}
