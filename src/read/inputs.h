/* The inputs of a run: files, the files in folders, and standard input. */
#ifndef CA_READ_INPUTS_H
#define CA_READ_INPUTS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/disk.h"
#include "base/error.h"

#define CA_INPUTS_MAX 100000

typedef struct ca_inputs {
    const char **paths; /* "-" is standard input; in the order given, folders expanded and sorted */
    size_t count;
} ca_inputs;

/* Expands folders recursively (names that begin with '.' are left out). An input named twice, an
 * empty folder, one that is not there, and more than CA_INPUTS_MAX files are errors (CA_FAIL, or
 * CA_USAGE for '-' twice). */
int ca_inputs_expand(ca_disk *disk, const char *const *arguments, size_t count, ca_arena *arena,
                     ca_inputs *ret_inputs, ca_error *err);

#endif
