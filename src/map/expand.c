/* Wide to long: which members of a row are there, and the number of each line. */
#include "map/inner.h"

/* Nothing, a value that means missing, or a zero. */
static bool says_nothing(const ca_mapper *mapper, ca_text cell)
{
    const ca_settings *settings = &mapper->layout->settings;
    bool zero = false;
    if (cell.len == 0 ||
        (settings->missing_count && ca_cell_in(cell, settings->missing, settings->missing_count))) {
        return true;
    }
    for (size_t i = 0; i < cell.len; i++) {
        char c = cell.ptr[i];
        if (c != '0' && c != '.' && c != ',') {
            return false;
        }
        zero = zero || c == '0';
    }
    return zero;
}

static bool is_there(const ca_mapper *mapper, uint32_t member)
{
    const uint32_t *cells = mapper->present_cells + (size_t)member * mapper->present_width;
    for (size_t i = 0; i < mapper->present_width; i++) {
        if (!says_nothing(mapper, ca_mapper_cell(mapper, cells[i]))) {
            return true;
        }
    }
    return false;
}

size_t ca_expand(ca_mapper *mapper)
{
    size_t count = 0;
    mapper->members[0] = 0;
    if (!mapper->layout->group.exists) {
        return 1;
    }
    size_t members = ca_group_members(&mapper->layout->group);
    for (uint32_t member = 0; member < members; member++) {
        if (is_there(mapper, member)) {
            mapper->members[count++] = member;
        }
    }
    return count > 0 ? count : 1;
}

int64_t ca_line_number(const ca_mapper *mapper, uint32_t member)
{
    const ca_op *number = ca_mapper_op(mapper, CA_F_LINE_NO);
    const ca_op *part = ca_mapper_op(mapper, CA_F_CLAIM_PART);
    if (number->binding) {
        return mapper->line_numbers[member];
    }
    int64_t index = mapper->layout->group.exists ? (int64_t)mapper->layout->group.from + member : 1;
    return part->binding ? part->value.as.number * 1000 + index : index;
}
