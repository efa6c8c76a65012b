/* Rows as one text, so that two readings are compared by comparing texts. */
#ifndef CA_TESTS_ROW_DUMP_H
#define CA_TESTS_ROW_DUMP_H

#include "base/text.h"
#include "read/rows.h"

/* One line: number, offset, raw bytes, then the cells or the reason. Bytes other than printable
 * ASCII are escaped. */
void row_dump(ca_buf *out, const ca_row *row);

/* Every row of a file with these bytes, dumped; errors end the dump with a line "error: …". */
void row_dump_file(ca_buf *out, ca_text bytes, const ca_csv_format *format, size_t read_size,
                   ca_lane lane);

#endif
