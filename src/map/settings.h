/* How cells are written: what a profile says once, a layout may say anew, and a field too. */
#ifndef CA_MAP_SETTINGS_H
#define CA_MAP_SETTINGS_H

#include "base/date.h"
#include "base/decimal.h"
#include "map/reader.h"
#include "read/rows.h"

#define CA_DATE_FORMATS_MAX 16
#define CA_MISSING_MAX      64

typedef struct ca_settings {
    ca_csv_format csv;
    bool pad;                    /* ragged: pad; short rows are filled with empty cells */
    const ca_date_format *dates; /* tried in order */
    size_t date_count;
    ca_number_format numbers;
    const ca_text *missing; /* cells that mean missing, besides the empty one */
    size_t missing_count;
} ca_settings;

/* Those of the canonical CSV. 0 or CA_NOMEM. */
int ca_settings_default(ca_map_reader *reader, ca_settings *ret_settings);
/* The keys csv, dates, numbers and missing of a mapping, each over what is there. 0 or CA_NOMEM. */
int ca_settings_read(ca_map_reader *reader, ca_yaml *mapping, ca_settings *settings);
/* One of them; NULL nodes change nothing. */
int ca_settings_dates(ca_map_reader *reader, ca_yaml *node, ca_settings *settings);
void ca_settings_numbers(ca_map_reader *reader, ca_yaml *node, ca_settings *settings);
int ca_settings_missing(ca_map_reader *reader, ca_yaml *node, ca_settings *settings);

#endif
