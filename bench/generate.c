/* Generates realistic claims with planted schemes, the same for a seed on every machine, as a
 * stream: generate --lines N --seed S --out DIR; or another world. See bench/README.md. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "generator/broken.h"
#include "generator/claim.h"
#include "generator/community.h"
#include "generator/episode.h"
#include "generator/options.h"
#include "generator/schemes.h"
#include "generator/sink.h"
#include "generator/text.h"
#include "generator/world.h"
#include "generator/worlds.h"

#define CLAIMS_OF_TEN_EPISODES 13
#define LINES_OF_EPISODE       7 /* at most, on average */
#define LINES_OF_STAGE         4
#define LINES_FOR_COMMUNITY    3000 /* a smaller output has none */
#define LINES_OF_COMMUNITY     50000

/* Everything that runs along while claims are written. */
typedef struct claim_stream {
    const gen_options *options;
    const gen_world *world;
    gen_sink claims;
    gen_sink labels;
    gen_sink near_misses;
    gen_broken broken;
    uint64_t lines;      /* written, without the broken ones */
    uint64_t good_lines; /* to be written */
    uint64_t next_episode;
    uint64_t interval; /* a stage for so many episodes */
    uint64_t stages;   /* written or left out */
    uint32_t communities;
    gen_stage stage;
    gen_episode episode;
} claim_stream;

static uint64_t good_lines_of(const gen_options *options)
{
    return options->lines - options->lines * options->broken / 100;
}

static uint32_t communities_of(const gen_options *options)
{
    uint64_t lines = good_lines_of(options);
    uint64_t count = 1 + lines / LINES_OF_COMMUNITY;

    if (!options->schemes || lines < LINES_FOR_COMMUNITY)
        return 0;
    return count < GEN_COMMUNITIES_MAX ? (uint32_t)count : GEN_COMMUNITIES_MAX;
}

/* A large output gets --rate; a small one enough for every scheme and near miss to come round. */
static uint64_t interval_of(const gen_options *options)
{
    uint64_t lines =
        good_lines_of(options) - (uint64_t)communities_of(options) * GEN_COMMUNITY_LINES;
    uint64_t wanted = gen_stage_round();
    uint64_t taken = wanted * LINES_OF_STAGE;
    uint64_t small = lines < taken ? 0 : (lines - taken) / LINES_OF_EPISODE / wanted;
    uint64_t usual = (uint64_t)10000 * 10 / CLAIMS_OF_TEN_EPISODES / options->rate;

    if (usual < 1)
        usual = 1;
    return small < 1 ? 1 : small < usual ? small : usual;
}

static uint64_t room(const claim_stream *stream)
{
    return stream->good_lines - stream->lines;
}

/* Writes a claim, cut when the number of lines is reached. */
static void write_claim(claim_stream *stream, const gen_claim *claim)
{
    for (uint32_t line = 0; line < claim->line_count && room(stream) > 0; line++) {
        char row[GEN_ROW_MAX];
        char *end = gen_put_row(row, stream->world, claim, line);

        gen_sink_write(&stream->claims, row, (size_t)(end - row));
        stream->lines++;
    }
}

static bool is_slot_of_stage(const claim_stream *stream)
{
    uint64_t slot = stream->next_episode / stream->interval;
    gen_random random = gen_random_for(stream->world->seed, GEN_FOR_SLOT, slot);

    return stream->options->schemes && stream->next_episode % stream->interval ==
                                           gen_below(&random, (uint32_t)stream->interval);
}

/* A stage is never cut: one without room is left out, with all that would follow. */
static void write_next_stage(claim_stream *stream)
{
    gen_stage *stage = &stream->stage;

    if (gen_play(stream->world, stream->stages, stage)) {
        if (gen_stage_lines(stage) > room(stream))
            return;
        gen_write_stage(stage, &stream->claims, &stream->labels, &stream->near_misses);
        stream->lines += gen_stage_lines(stage);
    }
    stream->stages++;
}

/* Only the last episode is cut; then its first claim stands alone. */
static void write_next_episode(claim_stream *stream)
{
    gen_episode *episode = &stream->episode;
    uint64_t lines = 0;

    gen_draw_episode(stream->world, stream->next_episode++, episode);
    for (uint32_t i = 0; i < episode->count; i++)
        lines += episode->claims[i].line_count;
    if (lines > room(stream))
        episode->count = 1;
    for (uint32_t i = 0; i < episode->count; i++)
        write_claim(stream, &episode->claims[i]);
}

static bool is_turn_of_community(const claim_stream *stream)
{
    uint32_t count = stream->world->communities;

    return stream->communities < count &&
           stream->lines * count * 2 >= stream->good_lines * (stream->communities * 2 + 1);
}

static void write_next_community(claim_stream *stream)
{
    uint32_t community = stream->communities++;

    if (room(stream) < GEN_COMMUNITY_LINES)
        return;
    for (uint32_t n = 0; n < gen_sale_count(); n++) {
        gen_sale sale;

        gen_draw_sale(stream->world, community, n, &sale);
        for (uint32_t i = 0; i < sale.count; i++)
            write_claim(stream, &sale.claims[i]);
    }
    gen_label_community(stream->world, community, &stream->labels, &stream->near_misses);
}

/* Broken rows are spread evenly between claims, so that no good claim loses a line. */
static bool is_turn_of_broken(const claim_stream *stream)
{
    uint64_t most = stream->options->lines - stream->good_lines;

    if (stream->lines == stream->good_lines)
        return true;
    return (stream->broken.rows + 1) * stream->good_lines <= stream->lines * most;
}

static void write_next_broken(claim_stream *stream)
{
    gen_claim claim;

    gen_draw_for_broken(stream->world, stream->broken.rows, &claim);
    gen_write_broken(&stream->broken, stream->world, &claim, &stream->claims);
}

static bool write_claims(claim_stream *stream)
{
    gen_sink_text(&stream->claims, gen_claim_header());
    gen_sink_text(&stream->labels, gen_labels_header());
    gen_sink_text(&stream->near_misses, gen_near_misses_header());
    while (stream->lines + stream->broken.rows < stream->options->lines) {
        if (is_turn_of_broken(stream)) {
            write_next_broken(stream);
            continue;
        }
        if (stream->next_episode >= gen_episode_limit(stream->world))
            return false;
        if (is_turn_of_community(stream))
            write_next_community(stream);
        else if (is_slot_of_stage(stream))
            write_next_stage(stream);
        if (room(stream) > 0)
            write_next_episode(stream);
    }
    return true;
}

/* The people and doctors of stages are found by playing them again. */
static void write_of_stages(claim_stream *stream, gen_sink *sink,
                            void (*write)(const gen_stage *stage, gen_sink *sink))
{
    for (uint64_t i = 0; i < stream->stages; i++) {
        if (gen_play(stream->world, i, &stream->stage))
            write(&stream->stage, sink);
    }
}

static bool write_facts(claim_stream *stream)
{
    const gen_options *options = stream->options;
    gen_sink sink;
    bool good;

    gen_sink_open(&sink, options->folder, "patients.csv", options->check);
    gen_write_patients(stream->world, &sink);
    for (uint32_t i = 0; i < stream->world->communities; i++)
        gen_write_community_people(stream->world, i, &sink);
    write_of_stages(stream, &sink, gen_write_stage_people);
    good = gen_sink_close(&sink);
    gen_sink_open(&sink, options->folder, "providers.csv", options->check);
    gen_write_providers(stream->world, &sink);
    write_of_stages(stream, &sink, gen_write_stage_doctors);
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

static bool generate(claim_stream *stream)
{
    const gen_options *options = stream->options;
    bool good;

    stream->interval = interval_of(options);
    stream->good_lines = good_lines_of(options);
    gen_sink_open(&stream->claims, options->folder, "claims.csv", options->check);
    gen_sink_open(&stream->labels, options->folder, "labels.csv", options->check);
    gen_sink_open(&stream->near_misses, options->folder, "near_misses.csv", options->check);
    good = write_claims(stream);
    if (!good)
        fprintf(stderr, "generate: too few patients for so many lines; raise --patients\n");
    good = gen_sink_close(&stream->claims) && good;
    good = gen_sink_close(&stream->labels) && good;
    good = gen_sink_close(&stream->near_misses) && good;
    good = good && write_facts(stream);
    return good && write_broken_counts(options, &stream->broken);
}

bool gen_write_claims(const gen_options *options)
{
    static claim_stream stream; /* too large for a stack */
    gen_world world;

    gen_world_init(&world, options->seed, (uint32_t)options->patients, (uint32_t)options->providers,
                   communities_of(options));
    stream.options = options;
    stream.world = &world;
    return generate(&stream);
}

int main(int argc, char **argv)
{
    gen_options options;
    int code = gen_read_options(argc, argv, &options);

    if (code != 0)
        return code;
    return options.kind->write(&options) ? 0 : 1;
}
