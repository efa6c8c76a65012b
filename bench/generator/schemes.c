/* Chooses which scheme or near miss is played on a stage, and writes stages out. */
#include "generator/schemes.h"

#include <string.h>

#include "generator/text.h"

#define TABLES        6
#define STAGE_NUMBERS 32u

typedef const gen_scheme *(*table_of)(uint32_t *ret_count);

static const table_of tables[TABLES] = {gen_line_schemes,   gen_copy_schemes, gen_stay_schemes,
                                        gen_volume_schemes, gen_drug_schemes, gen_edit_schemes};

/* The n-th scheme, or the n-th near miss, of all tables; NULL and their number when there are
 * fewer. */
static const gen_scheme *find_scheme(bool near_miss, uint32_t n, uint32_t *ret_count)
{
    *ret_count = 0;
    for (unsigned table = 0; table < TABLES; table++) {
        uint32_t rows;
        const gen_scheme *all = tables[table](&rows);

        for (uint32_t i = 0; i < rows; i++) {
            if ((all[i].edge != NULL) == near_miss && (*ret_count)++ == n)
                return &all[i];
        }
    }
    return NULL;
}

static uint32_t count_schemes(bool near_miss)
{
    uint32_t count;

    find_scheme(near_miss, UINT32_MAX, &count);
    return count;
}

uint32_t gen_stage_round(void)
{
    return 2 * count_schemes(false) + count_schemes(true);
}

/* In a round all schemes come, then all near misses, then all schemes again. */
static void choose(gen_stage *stage)
{
    uint32_t schemes = count_schemes(false);
    uint32_t edges = count_schemes(true);
    uint32_t round = (uint32_t)(stage->number / gen_stage_round());
    uint32_t at = (uint32_t)(stage->number % gen_stage_round());
    bool near_miss = at >= schemes && at < schemes + edges;
    bool again = at >= schemes + edges;
    uint32_t count;

    stage->variant = near_miss ? round : 2 * round + again;
    stage->scheme = find_scheme(near_miss,
                                at - (near_miss ? schemes
                                      : again   ? schemes + edges
                                                : 0),
                                &count);
}

/* Ids that ascend with the claims of the stage; a replacement has the id of what it replaces. */
static void number_claims(gen_stage *stage)
{
    uint64_t base = GEN_STAGE_NUMBERS + stage->number * STAGE_NUMBERS;
    uint64_t numbers[GEN_STAGE_CLAIMS];
    char ids[GEN_STAGE_CLAIMS][16] = {{0}};
    uint32_t count = 0;

    for (uint32_t i = 0; i < stage->claim_count; i++) {
        char id[16] = {0};
        uint32_t at = i;

        gen_put_claim_id(id, stage->world, base + i);
        for (; at > 0 && strcmp(ids[at - 1], id) > 0; at--) {
            memcpy(ids[at], ids[at - 1], sizeof id);
            numbers[at] = numbers[at - 1];
        }
        memcpy(ids[at], id, sizeof id);
        numbers[at] = base + i;
    }
    for (uint32_t i = 0; i < stage->claim_count; i++) {
        gen_claim *claim = &stage->claims[i];

        claim->number =
            stage->own_number[i] ? numbers[count++] : stage->claims[stage->partner[i]].number;
        if (strcmp(claim->status, "void") == 0 && stage->own_number[i])
            claim->undone = stage->claims[stage->partner[i]].number;
    }
}

bool gen_play(const gen_world *world, uint64_t number, gen_stage *ret_stage)
{
    gen_stage *stage = ret_stage;

    stage->world = world;
    stage->number = number;
    stage->random = gen_random_for(world->seed, GEN_FOR_SCHEME, number);
    stage->day = world->first_day + gen_between(&stage->random, 190, 430);
    stage->people_count = 0;
    stage->doctor_count = 0;
    stage->claim_count = 0;
    stage->label_count = 0;
    choose(stage);
    if (!stage->scheme->play(stage))
        return false;
    number_claims(stage);
    return true;
}

uint32_t gen_stage_lines(const gen_stage *stage)
{
    uint32_t lines = 0;

    for (uint32_t i = 0; i < stage->claim_count; i++)
        lines += stage->claims[i].line_count;
    return lines;
}

const char *gen_labels_header(void)
{
    return "scheme,rule_id,claim_type,claim_id,line_no,note,lines,entity,period\n";
}

const char *gen_near_misses_header(void)
{
    return "scheme,rule_id,edge,claims\n";
}

static char *put_claim(char *at, const gen_stage *stage, uint32_t claim)
{
    at = gen_put_text(at, gen_claim_type(&stage->claims[claim]));
    *at++ = '/';
    return gen_put_claim_id(at, stage->world, stage->claims[claim].number);
}

static char *put_ref(char *at, const gen_stage *stage, const gen_ref *ref)
{
    at = gen_put_text(at, ref->role);
    *at++ = '=';
    at = put_claim(at, stage, ref->claim);
    if (ref->line != GEN_WHOLE_CLAIM) {
        *at++ = '/';
        at = gen_put_number(at, (int64_t)ref->line + 1);
    }
    return at;
}

static char *put_start(char *at, const gen_stage *stage)
{
    at = gen_put_text(at, stage->scheme->name);
    *at++ = ',';
    at = gen_put_text(at, stage->scheme->rule_id);
    *at++ = ',';
    return at;
}

static void write_label(const gen_stage *stage, const gen_label *label, gen_sink *sink)
{
    char row[GEN_ROW_MAX];
    char *at = put_start(row, stage);
    const gen_claim *claim = &stage->claims[label->subject.claim];

    at = gen_put_text(at, gen_claim_type(claim));
    *at++ = ',';
    at = gen_put_claim_id(at, stage->world, claim->number);
    *at++ = ',';
    if (label->subject.line != GEN_WHOLE_CLAIM)
        at = gen_put_number(at, (int64_t)label->subject.line + 1);
    *at++ = ',';
    at = gen_put_text(at, label->note);
    for (uint32_t i = 0; i < label->ref_count; i++) {
        *at++ = i == 0 ? ',' : ';';
        at = put_ref(at, stage, &label->refs[i]);
    }
    at = gen_put_text(at, ",,\n");
    gen_sink_write(sink, row, (size_t)(at - row));
}

static void write_near_miss(const gen_stage *stage, gen_sink *sink)
{
    char row[GEN_ROW_MAX];
    char *at = put_start(row, stage);

    at = gen_put_text(at, stage->scheme->edge);
    for (uint32_t i = 0; i < stage->claim_count; i++) {
        *at++ = i == 0 ? ',' : ';';
        at = put_claim(at, stage, i);
    }
    *at++ = '\n';
    gen_sink_write(sink, row, (size_t)(at - row));
}

void gen_write_stage(const gen_stage *stage, gen_sink *claims, gen_sink *labels,
                     gen_sink *near_misses)
{
    for (uint32_t i = 0; i < stage->claim_count; i++) {
        for (uint32_t line = 0; line < stage->claims[i].line_count; line++) {
            char row[GEN_ROW_MAX];
            char *end = gen_put_row(row, stage->world, &stage->claims[i], line);

            gen_sink_write(claims, row, (size_t)(end - row));
        }
    }
    for (uint32_t i = 0; i < stage->label_count; i++)
        write_label(stage, &stage->labels[i], labels);
    if (stage->scheme->edge != NULL)
        write_near_miss(stage, near_misses);
}

void gen_write_stage_people(const gen_stage *stage, gen_sink *sink)
{
    for (uint32_t i = 0; i < stage->people_count; i++)
        gen_write_patient(stage->world, &stage->people[i], sink);
}

void gen_write_stage_doctors(const gen_stage *stage, gen_sink *sink)
{
    for (uint32_t i = 0; i < stage->doctor_count; i++)
        gen_write_provider(stage->world, sink, GEN_PRACTITIONER,
                           stage->world->practitioners +
                               (uint32_t)stage->number * GEN_STAGE_DOCTORS + i);
}
