/* Lines and bytes of a file, for those who explain what is wrong with them. */
#include "conf/lines.h"

size_t ca_line_start(ca_text source, size_t offset)
{
    while (offset > 0 && source.ptr[offset - 1] != '\n' && source.ptr[offset - 1] != '\r')
        offset--;
    return offset;
}

char ca_byte_at(ca_text source, size_t offset)
{
    return offset < source.len ? source.ptr[offset] : ' ';
}

/* The last byte before the offset on its line that is no space; '\0' when there is none. */
char ca_byte_before(ca_text source, size_t offset)
{
    size_t start = ca_line_start(source, offset);
    while (offset > start && source.ptr[offset - 1] == ' ')
        offset--;
    return offset > start ? source.ptr[offset - 1] : '\0';
}

/* The line that begins at `start`, without its end. */
ca_text ca_line_at(ca_text source, size_t start)
{
    size_t end = start;
    while (end < source.len && source.ptr[end] != '\n' && source.ptr[end] != '\r')
        end++;
    return ca_text_sub(source, start, end - start);
}

size_t ca_line_indentation(ca_text line)
{
    size_t count = 0;
    while (count < line.len && line.ptr[count] == ' ')
        count++;
    return count;
}

bool ca_line_has_colon(ca_text line)
{
    for (size_t i = 0; i < line.len; i++)
        if (line.ptr[i] == ':' && (i + 1 == line.len || line.ptr[i + 1] == ' '))
            return true;
    return false;
}
