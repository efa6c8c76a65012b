/* The worklist as a file that leaves the report: a workbook for spreadsheets, or CSV. */
#ifndef CA_REPORT_EXPORT_H
#define CA_REPORT_EXPORT_H

#include "base/disk.h"
#include "report/report.h"

#define CA_EXPORT_SHEET_ROWS 1048575    /* what a sheet of a spreadsheet holds below its header */

typedef struct ca_export_options {
    ca_disk *disk;
    const char *path;              /* ends with .xlsx or .csv */
    const char *report_path;       /* of the report, which must not be written over; its group may read the file too */
    bool overwrite;
    bool ordered;                  /* what was found and nothing of how: for comparing runs; CSV only */
    ca_finding_filter filter;
    uint64_t sheet_rows;           /* rows a sheet may hold; more go to further sheets */
    const char *about[8];          /* lines for the sheet `about`; ends with NULL */
} ca_export_options;

typedef struct ca_export_counts {
    uint64_t findings, lines;
    unsigned finding_sheets;       /* over how many sheets the findings went */
} ca_export_counts;

/* CA_USAGE when `path` ends otherwise, or when it is there already and `overwrite` is false. */
int ca_export_check(const ca_export_options *options, ca_error *err);
/* Writes a temporary file beside `path` (0600, or 0660 and the group of the report where that is so), syncs it and
 * renames it. The workbook has the sheets findings, lines, rules, runs and about; CSV has the findings. All of one
 * state of the report, whatever is stored meanwhile. CA_BUSY when another export writes the same file. CA_FAIL
 * without libxlsxwriter for a workbook. */
int ca_report_export(ca_report *report, const ca_export_options *options, ca_export_counts *ret_counts, ca_error *err);

#endif
