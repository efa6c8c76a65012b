/* The source date of a fact file: from a column, or from the file's name. A year or a month means
 * its last day. */
#ifndef CA_MAP_ASOF_H
#define CA_MAP_ASOF_H

#include "base/date.h"
#include "map/settings.h"

/* A date, a month or a year, written as in `text`: yyyy, mm, dd, Mon and other characters. */
typedef struct ca_period_format {
    ca_text text;
    bool whole; /* a full date */
    ca_date_format date;
} ca_period_format;

typedef enum ca_asof_kind { CA_ASOF_NONE, CA_ASOF_COLUMN, CA_ASOF_FILE_NAME } ca_asof_kind;

typedef struct ca_asof {
    ca_asof_kind kind;
    const ca_text *columns; /* aliases */
    size_t column_count;
    bool optional;
    const ca_period_format *formats; /* of the column */
    size_t format_count;
    ca_text pattern; /* of the file name: * ? {yyyy} {yyyymm} … */
    uint32_t line, at;
} ca_asof;

int ca_asof_read(ca_map_reader *reader, ca_yaml *node, const ca_settings *settings,
                 ca_asof *ret_asof);
bool ca_period_format_valid(ca_text text, ca_period_format *ret_format);
bool ca_period_parse(ca_text text, const ca_period_format *format, ca_date *ret_last_day);
/* The date that stands in the name; false when it does not fit the pattern. `name` is without
 * folders and without .gz or .zst. */
bool ca_asof_of_name(ca_text pattern, ca_text name, ca_date *ret_date);
bool ca_asof_pattern_valid(ca_text pattern);

/* The last part of a path, without .gz or .zst. */
ca_text ca_file_base(ca_text path);

#endif
