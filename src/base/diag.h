/* Positioned messages about configuration: every error of every file is collected before the run is
 * refused. */
#ifndef CA_BASE_DIAG_H
#define CA_BASE_DIAG_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

typedef enum ca_severity { CA_DIAG_ERROR, CA_DIAG_WARNING, CA_DIAG_HINT } ca_severity;

typedef struct ca_diag {
    ca_severity severity;
    const char *file;
    uint32_t line;      /* 1-based, 0 = the file as a whole */
    uint32_t column;
    const char *text;
} ca_diag;

#define CA_DIAGS_MOST 10000   /* messages kept; errors beyond are only counted */

typedef struct ca_diags {
    ca_arena *arena;    /* borrowed: texts live there */
    ca_diag *items;
    size_t count;
    size_t cap;
    size_t errors;      /* how many were CA_DIAG_ERROR */
    int failed;         /* memory ran out while adding: treat as an error */
} ca_diags;

void ca_diags_init(ca_diags *diags, ca_arena *arena);
void ca_diags_done(ca_diags *diags);
void ca_diag_add(ca_diags *diags, ca_severity severity, const char *file, uint32_t line, uint32_t column,
                 const char *format, ...) __attribute__((format(printf, 6, 7)));
/* Sorts by file, line, column; keeps the order of equal positions. */
void ca_diags_sort(ca_diags *diags);
/* CA_CONFIG with "N errors in the configuration" when there are errors (CA_NOMEM when failed), else 0. */
int ca_diags_result(const ca_diags *diags, ca_error *err);

#endif
