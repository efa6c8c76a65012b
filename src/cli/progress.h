/* How far a scan is, on a terminal: one line that is written over and removed again. */
#ifndef CA_CLI_PROGRESS_H
#define CA_CLI_PROGRESS_H

#include "cli/command.h"

typedef struct ca_progress_line {
    ca_cli *cli;
    int64_t started_ns, shown_ns;
    int width;                 /* of what stands on the terminal; 0 = nothing */
} ca_progress_line;

void ca_progress_begin(ca_progress_line *line, ca_cli *cli);
/* bytes_total 0 = unknown. As the scan calls it. */
void ca_progress_show(void *line, uint64_t bytes_done, uint64_t bytes_total, uint64_t rows);
void ca_progress_end(ca_progress_line *line);    /* leaves the terminal as if nothing had been there */

#endif
