/* What lines have of a feature, without those that lack it: most features are those of few lines. */
#include "score/profile_inside.h"

uint64_t ca_column_item(ca_usual_form form, const ca_usual_column *column, uint32_t line)
{
    if (column->there != NULL && !(column->there[line / 64] >> line % 64 & 1))
        return 0;
    if (form == CA_USUAL_NUMBER)
        return column->numbers == NULL ? 0 : ca_bucket_of(column->numbers[line]);
    return column->choices == NULL ? 0 : column->choices[line];
}

static inline uint32_t put(ca_items *items, uint32_t count, uint32_t line, uint64_t item)
{
    items->items[count] = item;
    items->lines[count] = line;
    return count + (item != 0);
}

static uint32_t put_numbers(ca_items *items, uint32_t count, uint32_t from, uint64_t bits, const double *numbers)
{
    for (; bits != 0; bits &= bits - 1) {
        uint32_t line = from + (uint32_t)__builtin_ctzll(bits);
        count = put(items, count, line, ca_bucket_of(numbers[line]));
    }
    return count;
}

static uint32_t put_choices(ca_items *items, uint32_t count, uint32_t from, uint64_t bits, const uint64_t *choices)
{
    for (; bits != 0; bits &= bits - 1) {
        uint32_t line = from + (uint32_t)__builtin_ctzll(bits);
        count = put(items, count, line, choices[line]);
    }
    return count;
}

/* Lines of a word that may have it. */
static uint64_t bits_at(const ca_usual_column *column, const ca_usual_lines *lines, uint32_t word)
{
    uint32_t left = lines->count - word * 64;
    uint64_t bits = left < 64 ? (UINT64_C(1) << left) - 1 : UINT64_MAX;
    bits &= column->there != NULL ? column->there[word] : UINT64_MAX;
    return bits & (lines->taken != NULL ? lines->taken[word] : UINT64_MAX);
}

bool ca_items_next(ca_items *items, ca_usual_form form, const ca_usual_column *column, const ca_usual_lines *lines)
{
    bool number = form == CA_USUAL_NUMBER;
    items->count = 0;
    if (number ? column->numbers == NULL : column->choices == NULL)
        return false;
    for (; items->next < items->end && items->count + 64 <= CA_USUAL_BLOCK; items->next++) {
        uint64_t bits = bits_at(column, lines, items->next);
        items->count = number ? put_numbers(items, items->count, items->next * 64, bits, column->numbers)
                              : put_choices(items, items->count, items->next * 64, bits, column->choices);
    }
    return items->count > 0 || items->next < items->end;
}
