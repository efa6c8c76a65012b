/* Lines that pass the `where` of rules of several lines without a finding: units below limits,
 * pairs that are allowed, timed services of a bearable day. What bounds them over a period is the
 * stretch in which they may stand, never luck. */
#include <string.h>

#include "generator/episode.h"
#include "generator/text.h"

#define SHARE          600 /* of a thousand claims */
#define TIMED_PATIENTS 12  /* of a practitioner, with 75 minutes a day at most: below 960 */
#define ROOM           3   /* lines that an extra may add */

typedef struct extra_at {
    const gen_world *world;
    const gen_stretch *stretch;
    gen_random *random;
    gen_claim *claim;
} extra_at;

static gen_line *add(const extra_at *at, const char *procedure, int32_t units, int32_t price)
{
    return gen_add_service(at->random, at->claim, procedure, "0510", units, price);
}

/* Medically unlikely edits: up to the limit of a line, or of the day. */
static void add_units(const extra_at *at)
{
    gen_line *line;

    switch (gen_below(at->random, 4)) {
    case 0:
        line = add(at, "V6101", gen_between(at->random, 1, 2), 3900);
        line->modifiers = "LT";
        add(at, "V6101", 1, 3900)->modifiers = "RT";
        return;
    case 1:
        add(at, "V6102", 1, 22400);
        return;
    case 2:
        add(at, "V6103", gen_between(at->random, 1, 2), 6200)->modifiers = "LT";
        add(at, "V6103", 2, 6200)->modifiers = "RT";
        return;
    default:
        line = add(at, "V6104", 1, 8100);
        line->units = gen_between(at->random, 1, gen_ymd(line->service_date) < 20240101 ? 4 : 2);
        gen_draw_money(at->random, 8100, line);
    }
}

/* One code of an edited pair alone, a pair that was withdrawn, or a pair with a modifier. */
static void add_pair(const extra_at *at)
{
    static const char *const alone[] = {"V6201", "V6202", "V6203", "V6204", "V6207", "V6208"};
    uint32_t share = gen_below(at->random, 100);

    if (share < 70) {
        add(at, alone[gen_below(at->random, 6)], 1, 15800);
    } else if (share < 95) {
        add(at, "V6205", 1, 15800);
        add(at, "V6206", 1, 7400)->service_date =
            at->claim->lines[at->claim->line_count - 2].service_date;
    } else {
        add(at, "V6203", 1, 15800);
        add(at, "V6204", 1, 7400)->modifiers = "59";
    }
}

static void add_addon(const extra_at *at)
{
    bool first = gen_per_mille(at->random, 600);
    const char *primary = !first ? "V6305" : gen_per_mille(at->random, 500) ? "V6302" : "V6303";
    gen_line *line = add(at, primary, 1, 31200);

    if (gen_per_mille(at->random, 700))
        add(at, first ? "V6301" : "V6304", 1, 9800)->service_date = line->service_date;
}

static void add_timed(const extra_at *at)
{
    const gen_world *world = at->world;
    uint32_t patient = at->stretch->patient;
    uint32_t kind = gen_below(at->random, 3);
    gen_line *line;

    if (patient / world->practitioners >= TIMED_PATIENTS)
        return;
    line = kind == 0   ? add(at, "V6401", 1, 9600)
           : kind == 1 ? add(at, "V6402", gen_between(at->random, 1, 2), 5100)
                       : add(at, "V6403", gen_between(at->random, 1, 5), 2700);
    line->performer = patient % world->practitioners;
}

static void add_counted(const extra_at *at)
{
    const gen_stretch *stretch = at->stretch;

    if (gen_per_mille(at->random, 400))
        add(at, "V6501", gen_between(at->random, 1, 2), 4300);
    else if (stretch->place == 1)
        add(at, "V6504", 1, 12700);
    else if (stretch->place == 0 && stretch->round % 2 == 0)
        add(at, "V6503", 1, 18900);
    else if (stretch->place % 2 == 0)
        add(at, "V6502", 1, 7700);
}

static void add_once(const extra_at *at)
{
    static const char *const organs[] = {"V6601", "V6603", "V6602"};
    uint32_t count = at->claim->patient.sex == 'F' ? 3 : 2;

    if (at->stretch->ordinal == 0)
        add(at, organs[gen_below(at->random, count)], 1, 243000);
}

static void add_half(const extra_at *at)
{
    static const char *const codes[] = {"V6701", "V6702", "V6705", "V6706", "V6704"};

    add(at, codes[gen_below(at->random, 5)], 1, 11800);
}

static void add_daily(const extra_at *at)
{
    add(at, gen_per_mille(at->random, 500) ? "V6001" : "V6002", 1, 8800);
}

void gen_add_extras(const gen_world *world, const gen_stretch *stretch, gen_random *random,
                    gen_claim *claim)
{
    static void (*const kinds[])(const extra_at *) = {
        add_units,   add_units,   add_pair,    add_addon, add_timed, add_timed, add_timed,
        add_counted, add_counted, add_counted, add_once,  add_half,  add_daily};
    const extra_at at = {world, stretch, random, claim};

    if (claim->setting == GEN_COUNTER || claim->line_count > GEN_LINES_MAX - ROOM)
        return;
    if (claim->setting == GEN_WARD) {
        if (gen_per_mille(random, 300))
            add(&at, gen_per_mille(random, 500) ? "V6703" : "V6705", 1, 11800);
        return;
    }
    if (gen_per_mille(random, SHARE))
        kinds[gen_below(random, sizeof kinds / sizeof kinds[0])](&at);
}
