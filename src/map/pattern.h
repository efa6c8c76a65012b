/* Names of columns as a profile writes them in short: groups (DX1..10, DX{1..10}_CD) and {n}, the
 * number of a member of a wide row. */
#ifndef CA_MAP_PATTERN_H
#define CA_MAP_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

#define CA_RANGE_MAX 1000 /* names one range stands for */

/* A name with a range of numbers in it; without one, from and to are 0 and `numbered` is false. */
typedef struct ca_name_range {
    ca_text before, after;
    bool numbered;
    uint32_t from, to;
    unsigned digits; /* pad with zeros to this length, 0 = no */
} ca_name_range;

/* False when a ".." is there but no range of at most CA_RANGE_MAX rising numbers around it. */
bool ca_name_range_parse(ca_text pattern, ca_name_range *ret_range);
/* "1..13" or "01..13" alone, as `index:` has it. */
bool ca_range_parse(ca_text text, uint32_t *ret_from, uint32_t *ret_to, unsigned *ret_digits);
size_t ca_name_range_count(const ca_name_range *range);
int ca_name_range_at(const ca_name_range *range, size_t index, ca_arena *arena, ca_text *ret_name);

bool ca_name_has_n(ca_text name); /* contains {n} */
/* The name with every {n} replaced; 0 or CA_NOMEM. */
int ca_name_with_n(ca_text name, uint32_t n, unsigned digits, ca_arena *arena, ca_text *ret_name);

#endif
