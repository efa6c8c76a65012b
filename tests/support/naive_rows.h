/* The reader's twin: slow, obvious, with the whole file in memory and a new libcsv for every try.
 */
#ifndef CA_TESTS_NAIVE_ROWS_H
#define CA_TESTS_NAIVE_ROWS_H

#include <stdbool.h>

#include "base/text.h"
#include "read/rows.h"

/* The dump that row_dump_file must give. */
void naive_rows_dump(ca_buf *out, ca_text bytes, const ca_csv_format *format);

/* The UTF-8 that a source makes of UTF-16; false without a mark. */
bool naive_utf16(ca_buf *out, ca_text bytes);

#endif
