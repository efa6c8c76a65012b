/* Identifiers that lost their leading zeros in one file and have them in another. */
#include "map/binding.h"
#include "map/guess_inner.h"

/* Whether all identifiers are digits of one length, some with zeros in front. */
static bool is_full(const guess_column *column)
{
    return column && column->filled > 0 && column->shortest == column->longest &&
           column->leading_zero > 0 && column->digit_cells == column->filled &&
           column->longest <= CA_PAD_MAX;
}

static bool lost_zeros(const guess_column *column, size_t length)
{
    return column && column->filled > 0 && column->digit_cells == column->filled &&
           column->leading_zero == 0 && column->shortest < length && column->longest <= length;
}

static void pad(guess_file *file, const guess_column *column, size_t length, bool lost)
{
    file->pad_column = column;
    file->pad = length;
    file->pad_lost |= lost;
}

/* The other file is padded too: the next delivery may have lost its zeros there. */
void ca_guess_joins(ca_guess *guess)
{
    for (size_t f = 0; f < guess->file_count; f++) {
        const guess_column *full = ca_guess_find(guess->files[f], CA_F_PATIENT_ID);
        for (size_t k = 0; is_full(full) && k < guess->file_count; k++) {
            const guess_column *column = ca_guess_find(guess->files[k], CA_F_PATIENT_ID);
            if (k != f && lost_zeros(column, full->longest)) {
                pad(guess->files[k], column, full->longest, true);
                pad(guess->files[f], full, full->longest, false);
            }
        }
    }
}
