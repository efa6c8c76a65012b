/* Generates realistic claims with planted schemes, the same for a seed on every machine, as a
 * stream: generate --lines N --seed S --out DIR. See bench/README.md. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "generator/broken.h"
#include "generator/claim.h"
#include "generator/options.h"
#include "generator/schemes.h"
#include "generator/sink.h"
#include "generator/text.h"
#include "generator/world.h"

#define ROUNDS_OF_SCHEMES 3 /* at least, even in a small output */

/* Everything that runs along while claims are written. */
typedef struct claim_stream {
    const gen_options *options;
    const gen_world *world;
    gen_sink claims;
    gen_sink labels;
    gen_broken broken;
    uint64_t lines;      /* written, without the broken ones */
    uint64_t good_lines; /* to be written */
    uint64_t next_claim;
    uint64_t interval; /* one claim of so many is planted */
    uint32_t turn;
} claim_stream;

/* A large output gets --rate; a small one enough for every scheme to come round some times. */
static uint64_t interval_of(const gen_options *options)
{
    uint64_t claims = options->lines * 10 / 36;
    uint64_t wanted = (uint64_t)gen_scheme_count() * ROUNDS_OF_SCHEMES;
    uint64_t small = claims / wanted;
    uint64_t usual = 10000 / options->rate;

    return small < 1 ? 1 : small < usual ? small : usual;
}

static void write_label(claim_stream *stream, const gen_claim *claim, const gen_planted *planted,
                        uint32_t line)
{
    char row[256];
    char *at = gen_put_text(row, planted->scheme);

    *at++ = ',';
    at = gen_put_text(at, planted->rule_id);
    *at++ = ',';
    at = gen_put_text(at, gen_claim_type(claim));
    *at++ = ',';
    at = gen_put_claim_id(at, stream->world, claim->number);
    *at++ = ',';
    if (planted->on_lines)
        at = gen_put_number(at, (int64_t)line + 1);
    *at++ = ',';
    at = gen_put_text(at, planted->note);
    *at++ = '\n';
    gen_sink_write(&stream->labels, row, (size_t)(at - row));
}

static void write_labels(claim_stream *stream, const gen_claim *claim, const gen_planted *planted)
{
    if (!planted->on_lines)
        write_label(stream, claim, planted, 0);
    for (uint32_t line = 0; planted->on_lines && line < claim->line_count; line++) {
        if ((planted->lines >> line & 1) != 0)
            write_label(stream, claim, planted, line);
    }
}

static void write_claim(claim_stream *stream, const gen_claim *claim)
{
    for (uint32_t line = 0; line < claim->line_count; line++) {
        char row[GEN_ROW_MAX];
        char *end = gen_put_row(row, stream->world, claim, line);

        gen_sink_write(&stream->claims, row, (size_t)(end - row));
    }
    stream->lines += claim->line_count;
}

static bool is_slot_of_scheme(const claim_stream *stream, uint64_t number)
{
    gen_random random =
        gen_random_for(stream->world->seed, GEN_FOR_SLOT, number / stream->interval);

    return stream->options->schemes && stream->good_lines - stream->lines >= GEN_LINES_MAX &&
           number % stream->interval == gen_below(&random, (uint32_t)stream->interval);
}

static bool draw_clean(const claim_stream *stream, gen_purpose purpose, uint64_t number,
                       gen_claim *ret_claim)
{
    static const gen_want anything = {GEN_ANYWHERE | GEN_COUNTER, 0, 0, GEN_AGE_MAX, false};
    gen_random random = gen_random_for(stream->world->seed, purpose, number);

    return gen_draw_claim(stream->world, number, &anything, &random, ret_claim);
}

/* The last claim is cut so that the number of lines is exact; it is never a planted one. */
static bool write_next_claim(claim_stream *stream, gen_claim *claim)
{
    uint64_t number = stream->next_claim++;
    gen_planted planted;

    if (is_slot_of_scheme(stream, number) &&
        gen_plant(stream->world, number, stream->turn++, claim, &planted)) {
        write_labels(stream, claim, &planted);
    } else {
        if (!draw_clean(stream, GEN_FOR_CLAIM, number, claim))
            return false;
        if (claim->line_count > stream->good_lines - stream->lines)
            claim->line_count = (uint32_t)(stream->good_lines - stream->lines);
    }
    write_claim(stream, claim);
    return true;
}

/* Broken rows are spread evenly between claims, so that no good claim loses a line. */
static bool is_turn_of_broken(const claim_stream *stream)
{
    uint64_t most = stream->options->lines - stream->good_lines;

    if (stream->lines == stream->good_lines)
        return true;
    return (stream->broken.rows + 1) * stream->good_lines <= stream->lines * most;
}

static bool write_claims(claim_stream *stream)
{
    gen_claim claim;

    gen_sink_text(&stream->claims, gen_claim_header());
    gen_sink_text(&stream->labels, "scheme,rule_id,claim_type,claim_id,line_no,note\n");
    while (stream->lines + stream->broken.rows < stream->options->lines) {
        if (is_turn_of_broken(stream)) {
            if (!draw_clean(stream, GEN_FOR_BROKEN, stream->next_claim++, &claim))
                return false;
            gen_write_broken(&stream->broken, stream->world, &claim, &stream->claims);
        } else if (!write_next_claim(stream, &claim)) {
            return false;
        }
    }
    return true;
}

static bool write_facts(const gen_options *options, const gen_world *world)
{
    gen_sink sink;
    bool good;

    gen_sink_open(&sink, options->folder, "patients.csv", options->check);
    gen_write_patients(world, &sink);
    good = gen_sink_close(&sink);
    gen_sink_open(&sink, options->folder, "providers.csv", options->check);
    gen_write_providers(world, &sink);
    good = gen_sink_close(&sink) && good;
    gen_sink_open(&sink, options->folder, "diagnosis_codes.csv", options->check);
    gen_write_diagnosis_codes(&sink);
    return gen_sink_close(&sink) && good;
}

static bool write_broken_counts(const gen_options *options, const gen_broken *broken)
{
    gen_sink sink;

    if (options->broken == 0)
        return true;
    gen_sink_open(&sink, options->folder, "broken.csv", options->check);
    gen_write_broken_counts(broken, &sink);
    return gen_sink_close(&sink);
}

static bool generate(const gen_options *options, const gen_world *world)
{
    claim_stream stream = {.options = options, .world = world};
    bool good;

    stream.interval = interval_of(options);
    stream.good_lines = options->lines - options->lines * options->broken / 100;
    gen_sink_open(&stream.claims, options->folder, "claims.csv", options->check);
    gen_sink_open(&stream.labels, options->folder, "labels.csv", options->check);
    good = write_claims(&stream);
    if (!good)
        fprintf(stderr, "generate: no patient fits a claim; raise --patients\n");
    good = gen_sink_close(&stream.claims) && good;
    good = gen_sink_close(&stream.labels) && good;
    return good && write_broken_counts(options, &stream.broken);
}

int main(int argc, char **argv)
{
    gen_options options;
    gen_world world;
    int code = gen_read_options(argc, argv, &options);

    if (code != 0)
        return code;
    gen_world_init(&world, options.seed, (uint32_t)options.patients, (uint32_t)options.providers);
    return write_facts(&options, &world) && generate(&options, &world) ? 0 : 1;
}
