/* Which byte stands between cells, and whether cells are quoted: the choice that cuts most lines into the same number of
 * cells. */
#include <string.h>

#include "map/guess_inner.h"

#define LINES 200u /* looked at */

typedef struct shape {
    size_t cells;  /* that most lines have */
    size_t lines;  /* that have them */
    size_t filled; /* lines that are not blank */
} shape;

static bool take_line(ca_text *rest, ca_text *ret_line)
{
    if (rest->len == 0) {
        return false;
    }
    const char *end = memchr(rest->ptr, '\n', rest->len);
    size_t len = end ? (size_t)(end - rest->ptr) : rest->len;
    *ret_line = ca_text_sub(*rest, 0, len);
    *rest = ca_text_sub(*rest, len + 1, rest->len);
    return true;
}

/* Delimiters outside of double quotes, and one. */
static size_t count_cells(ca_text line, char delimiter)
{
    bool quoted = false;
    size_t cells = 1;
    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] == '"') {
            quoted = !quoted;
        } else if (line.ptr[i] == delimiter && !quoted) {
            cells++;
        }
    }
    return cells;
}

static shape shape_of(ca_text text, char delimiter)
{
    size_t counts[LINES];
    ca_text line;
    shape best = {.cells = 1};
    while (best.filled < LINES && take_line(&text, &line)) {
        if (ca_text_trim(line).len > 0) {
            counts[best.filled++] = count_cells(line, delimiter);
        }
    }
    for (size_t i = 0; i < best.filled; i++) {
        size_t same = 0;
        for (size_t j = 0; j < best.filled; j++) {
            same += counts[j] == counts[i];
        }
        if (counts[i] > 1 &&
            (same > best.lines || (same == best.lines && counts[i] > best.cells))) {
            best.lines = same;
            best.cells = counts[i];
        }
    }
    return best;
}

/* Many lines of one shape, and the more cells the better: decimal commas also cut lines alike. */
static size_t score_of(const shape *found)
{
    size_t share = found->filled ? found->lines * 1000 / found->filled : 0;
    return share * ((found->cells < 50 ? found->cells : 50) - 1);
}

/* Another delimiter that cuts nearly every line alike, though into fewer cells. */
static bool is_rival(const shape *found, size_t score, size_t most)
{
    return found->lines * 10 >= found->filled * 9 && score * 2 > most;
}

void ca_guess_delimiter(ca_text text, guess_file *file)
{
    static const char candidates[] = {',', ';', '\t', '|'};
    shape found[sizeof candidates];
    size_t best = 0;
    for (size_t i = 0; i < sizeof candidates; i++) {
        found[i] = shape_of(text, candidates[i]);
        best = score_of(&found[i]) > score_of(&found[best]) ? i : best;
    }
    file->delimiter = candidates[best];
    file->quote = '"';
    for (size_t i = 0; i < sizeof candidates; i++) {
        file->delimiter_doubt |=
            i != best && is_rival(&found[i], score_of(&found[i]), score_of(&found[best]));
    }
}
