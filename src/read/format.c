/* What a delimited file may look like: the defaults and the limits of each setting. */
#include "read/format.h"

enum { RECORD_BYTES_MAX = 1024 * 1024, RECORD_LINES_MAX = 10000, COLUMNS_MAX = 65536 };

ca_csv_format ca_csv_format_default(void)
{
    return (ca_csv_format){
        .delimiter = ',',
        .quote = '"',
        .encoding = CA_ENC_UTF8,
        .max_record_bytes = 65536,
        .max_record_lines = 64,
        .max_columns = 4096,
    };
}

static bool is_separator(char c)
{
    return c != '\0' && (unsigned char)c <= 0x7F && c != '\n' && c != '\r';
}

static bool in_range(uint32_t value, uint32_t max)
{
    return value >= 1 && value <= max;
}

int ca_csv_format_check(const ca_csv_format *format, ca_error *err)
{
    if (!is_separator(format->delimiter) || format->delimiter == format->quote)
        return ca_error_set(err, CA_CONFIG,
                            "delimiter: one ASCII character, not the quote and no line end");
    if (format->quote != '\0' &&
        (!is_separator(format->quote) || format->quote == ' ' || format->quote == '\t'))
        return ca_error_set(err, CA_CONFIG,
                            "quote: one ASCII character, no space, tab or line end");
    if (!in_range(format->max_record_bytes, RECORD_BYTES_MAX))
        return ca_error_set(err, CA_CONFIG, "max_record_bytes: from 1 to %d", RECORD_BYTES_MAX);
    if (!in_range(format->max_record_lines, RECORD_LINES_MAX))
        return ca_error_set(err, CA_CONFIG, "max_record_lines: from 1 to %d", RECORD_LINES_MAX);
    if (!in_range(format->max_columns, COLUMNS_MAX))
        return ca_error_set(err, CA_CONFIG, "max_columns: from 1 to %d", COLUMNS_MAX);
    return 0;
}

bool ca_csv_format_same(const ca_csv_format *a, const ca_csv_format *b)
{
    return a->delimiter == b->delimiter && a->quote == b->quote && a->encoding == b->encoding &&
           a->max_record_bytes == b->max_record_bytes &&
           a->max_record_lines == b->max_record_lines && a->max_columns == b->max_columns;
}
