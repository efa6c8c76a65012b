/* One value in its cell, with what is usual there. */
#include "score/surprise_inside.h"

static ca_text words_of(const ca_kept *kept, uint64_t choice)
{
    uint32_t low = 0, high = kept->word_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (kept->words[middle].choice < choice)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == kept->word_count || kept->words[low].choice != choice)
        return CA_TEXT("");
    return (ca_text){kept->text.ptr + kept->words[low].from, kept->words[low].len};
}

/* Share of lines that have as much; as little, where that is unusual; of both, the smaller. */
static double share_of_number(const ca_kept *kept, const ca_kept_cell *cell, uint64_t item)
{
    uint64_t below, equal;
    ca_kept_beside(kept, cell, item, &below, &equal);
    uint64_t above = cell->lines - below;
    below += equal;
    int way = kept->about.direction;
    uint64_t as_unusual = way == 1 ? above : way == -1 ? below : above < below ? above : below;
    return (double)as_unusual / (double)cell->lines;
}

static void tell_number(const ca_kept *kept, const ca_kept_cell *cell, uint64_t item, ca_surprise_reason *to)
{
    to->usual_number = ca_bucket_number(kept->items[cell->usual]);
    to->share = share_of_number(kept, cell, item);
}

static void tell_choice(const ca_kept *kept, const ca_kept_cell *cell, uint64_t item, ca_surprise_reason *to)
{
    uint32_t at;
    uint64_t told = kept->about.form == CA_USUAL_CHOICE && item >= kept->item_limit ? CA_USUAL_OTHER : item;
    to->usual_choice = kept->items[cell->usual];
    to->usual_words = words_of(kept, to->usual_choice);
    to->usual_share = (double)kept->counts[cell->usual] / (double)cell->lines;
    to->share = ca_kept_find_item(kept, cell, told, &at) ? (double)kept->counts[at] / (double)cell->lines : 0;
}

bool ca_usual_surprise(const ca_usual *profile, uint32_t feature, const ca_usual_column *column, uint32_t line,
                         ca_surprise_reason *ret_reason)
{
    const ca_kept *kept = &profile->kept[feature];
    unsigned levels = kept->about.levels;
    bool is_number = kept->about.form == CA_USUAL_NUMBER;
    uint64_t item = ca_column_item(kept->about.form, column, line);
    if (item == 0)
        return false;
    uint32_t which = ca_kept_cell_of(kept, column->keys, line);
    if (which == CA_USUAL_NONE)
        return false;
    const ca_kept_cell *cell = &kept->cells[which];
    uint32_t surprise = ca_surprise_of(ca_kept_p(kept, which, item));
    *ret_reason = (ca_surprise_reason){.feature = feature,
                                       .level = cell->level,
                                       .cell = cell->level == levels ? 0 : column->keys[cell->level][line],
                                       .cell_lines = cell->lines,
                                       .number = is_number ? column->numbers[line] : 0,
                                       .choice = is_number ? 0 : item,
                                       .surprise = surprise / 1e6,
                                       .p = exp(-(surprise / 1e6)),
                                       .usual_words = CA_TEXT("")};
    if (cell->lines == 0)
        return true;
    if (is_number)
        tell_number(kept, cell, ca_kept_item(kept, item), ret_reason);
    else
        tell_choice(kept, cell, item, ret_reason);
    return true;
}
