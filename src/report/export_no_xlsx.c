/* In a build without libxlsxwriter. The command line says so before it comes to this. */
#include "report/export_inner.h"

int ca_export_xlsx_new(ca_disk *disk, const char *path, uint64_t sheet_rows, ca_sink **ret_sink, ca_error *err)
{
    (void)disk;
    (void)path;
    (void)sheet_rows;
    (void)ret_sink;
    return ca_error_set(err, CA_FAIL, "this build cannot write workbooks: it was made without libxlsxwriter");
}
