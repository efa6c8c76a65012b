/* Draws the progress line: plain text, a few times a second, without colour or other escapes. */
#include "cli/progress.h"

#include <string.h>

#define SECOND_NS INT64_C(1000000000)
#define BETWEEN_NS (SECOND_NS / 5)

/* 1234567 as 1,234,567 */
static void grouped(uint64_t number, char text[28])
{
    char digits[24];
    size_t len = (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    size_t at = 0;
    for (size_t i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0) {
            text[at++] = ',';
        }
        text[at++] = digits[i];
    }
    text[at] = 0;
}

static void duration(uint64_t seconds, char text[32])
{
    unsigned long long hours = seconds / 3600;
    unsigned minutes = (unsigned)(seconds / 60 % 60);
    if (hours) {
        snprintf(text, 32, "%llu h %02u min", hours, minutes);
    } else if (seconds >= 60) {
        snprintf(text, 32, "%u min %02u s", minutes, (unsigned)(seconds % 60));
    } else {
        snprintf(text, 32, "%u s", (unsigned)seconds);
    }
}

/* Parts of whole numbers that may be large: nothing here may overflow, and nothing is exact. */
static uint64_t part(uint64_t of, uint64_t times, uint64_t through)
{
    while (through > UINT32_MAX || times > UINT32_MAX) {
        through >>= 1;
        times >>= 1;
    }
    return through == 0 ? 0 : of > UINT32_MAX ? of / through * times : of * times / through;
}

static void add_rest(char *text, size_t size, uint64_t done, uint64_t total, uint64_t ms)
{
    char left[32];
    size_t len = strlen(text);
    done = done < total ? done : total;
    duration(part(ms, total - done, done ? done : 1) / 1000 + 1, left);
    if (done == total) {
        snprintf(text + len, size - len, ", 100 %%, settling claims");
    } else {
        snprintf(text + len, size - len, ", %u %%, about %s left", (unsigned)part(100, done, total), left);
    }
}

static void compose(const ca_progress_line *line, uint64_t done, uint64_t total, uint64_t rows, int64_t now, char *text,
                    size_t size)
{
    uint64_t ms = (uint64_t)(now - line->started_ns) / 1000000 + 1;
    char read[28], rate[28];
    if (rows == 0) {
        grouped(done >> 20, read);
        snprintf(text, size, "%s MiB taken in", read);
        return;
    }
    grouped(rows, read);
    grouped(part(rows, 1000, ms), rate);
    snprintf(text, size, "%s rows, %s a second", read, rate);
    if (total) {
        add_rest(text, size, done, total, ms);
    }
}

static void draw(ca_progress_line *line, const char *text)
{
    int len = (int)strlen(text);
    int rest = line->width > len ? line->width - len : 0;
    fprintf(line->cli->err, "\r%s%*s%s", text, rest, "", len ? "" : "\r");
    fflush(line->cli->err);
    line->width = len;
}

void ca_progress_begin(ca_progress_line *line, ca_cli *cli)
{
    *line = (ca_progress_line){.cli = cli, .started_ns = cli->clock->steady_ns(cli->clock)};
    line->shown_ns = line->started_ns;    /* a short scan shows nothing */
}

void ca_progress_show(void *context, uint64_t bytes_done, uint64_t bytes_total, uint64_t rows)
{
    ca_progress_line *line = context;
    char text[160];
    int64_t now = line->cli->clock->steady_ns(line->cli->clock);
    if (now - line->shown_ns < BETWEEN_NS) {
        return;
    }
    line->shown_ns = now;
    compose(line, bytes_done, bytes_total, rows, now, text, sizeof text);
    draw(line, text);
}

void ca_progress_end(ca_progress_line *line)
{
    if (line->cli && line->width) {
        draw(line, "");
    }
}
