/* Random lines for tests of profiles. */
#include "support/score_lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const ca_usual_feature *score_lines_features(void)
{
    static const ca_usual_feature features[LINES_FEATURES] = {
        {.name = "units", .identity = 11, .form = CA_USUAL_NUMBER, .direction = 1, .levels = 2, .least = 50, .unit = 1},
        {.name = "code", .identity = 12, .form = CA_USUAL_CHOICE, .levels = 1, .least = 50},
        {.name = "weekend", .identity = 13, .form = CA_USUAL_CONDITION, .levels = 1, .least = 50},
        {.name = "days", .identity = 14, .form = CA_USUAL_NUMBER, .direction = 2, .least = 1, .unit = 1},
        {.name = "crossed", .identity = 15, .form = CA_USUAL_CHOICE, .levels = 2, .crossed = true, .least = 50},
        {.name = "strict", .identity = 16, .form = CA_USUAL_NUMBER, .direction = 1, .levels = 2, .strict = true, .least = 50, .unit = 1},
    };
    return features;
}

uint64_t score_lines_random(uint64_t *state)
{
    *state += UINT64_C(0x9E3779B97F4A7C15);
    return ca_usual_mix(*state, 1);
}

static uint64_t below(uint64_t *state, uint64_t limit)
{
    return score_lines_random(state) % limit;
}

/* Small ones are frequent. */
static uint64_t skewed(uint64_t *state, uint64_t limit)
{
    uint64_t a = below(state, limit), b = below(state, limit);
    return a * b / limit;
}

static void *array(size_t count, size_t size)
{
    void *memory = calloc(count + 1, size);
    if (memory == NULL)
        abort();
    return memory;
}

static void fill(score_lines *to, uint32_t i, uint32_t codes, uint64_t *state)
{
    uint64_t code = codes == 0 ? i : skewed(state, codes), region = below(state, 4), diagnosis = skewed(state, 30);
    uint64_t code_key = ca_usual_mix(100, code + 1);
    bool known = below(state, 12) != 0;
    to->ids[i] = (ca_digest){score_lines_random(state), i};
    to->numbers[LINES_UNITS][i] = below(state, 12) == 0 ? NAN : 1 + floor(exp((double)below(state, 1000) / 300) * (double)(code % 5));
    to->keys[LINES_UNITS][0][i] = known && below(state, 12) != 0 ? ca_usual_mix(code_key, region + 1) : 0;
    to->keys[LINES_UNITS][1][i] = known ? code_key : 0;
    to->choices[LINES_CODE][i] = below(state, 12) == 0 ? 0 : code_key;
    to->keys[LINES_CODE][0][i] = ca_usual_mix(200, diagnosis / (1 + code % 3));
    to->numbers[LINES_STRICT][i] = to->numbers[LINES_UNITS][i];
    to->keys[LINES_STRICT][0][i] = to->keys[LINES_UNITS][0][i];
    to->keys[LINES_STRICT][1][i] = to->keys[LINES_UNITS][1][i];
    to->choices[LINES_WEEKEND][i] = 1 + (below(state, 10 + diagnosis) == 0);
    to->keys[LINES_WEEKEND][0][i] = ca_usual_mix(300, diagnosis % 7);
    to->choices[LINES_CROSSED][i] = ca_usual_mix(400, below(state, 1 + diagnosis));
    to->keys[LINES_CROSSED][0][i] = below(state, 12) == 0 ? 0 : code_key;
    to->keys[LINES_CROSSED][1][i] = below(state, 12) == 0 ? 0 : ca_usual_mix(500, region);
    to->numbers[LINES_DAYS][i] = (double)below(state, 40) - 5;
}

score_lines *score_lines_new(uint32_t count, uint32_t codes, uint64_t seed)
{
    score_lines *to = array(1, sizeof *to);
    to->count = count;
    to->ids = array(count, sizeof *to->ids);
    for (size_t f = 0; f < LINES_FEATURES; f++) {
        to->numbers[f] = array(count, sizeof *to->numbers[f]);
        to->choices[f] = array(count, sizeof *to->choices[f]);
        to->columns[f] = (ca_usual_column){.numbers = to->numbers[f], .choices = to->choices[f]};
        for (size_t level = 0; level < CA_USUAL_LEVELS_MAX; level++)
            to->columns[f].keys[level] = to->keys[f][level] = array(count, sizeof(uint64_t));
    }
    for (uint32_t i = 0; i < count; i++)
        fill(to, i, codes, &seed);
    to->lines = (ca_usual_lines){.columns = to->columns, .ids = to->ids, .count = count};
    return to;
}

void score_lines_free(score_lines *lines)
{
    for (size_t f = 0; f < LINES_FEATURES; f++) {
        free(lines->numbers[f]);
        free(lines->choices[f]);
        for (size_t level = 0; level < CA_USUAL_LEVELS_MAX; level++)
            free(lines->keys[f][level]);
    }
    free(lines->ids);
    free(lines);
}

ca_usual_lines score_lines_part(const score_lines *lines, uint32_t from, uint32_t count, ca_usual_column *columns)
{
    for (size_t f = 0; f < LINES_FEATURES; f++) {
        columns[f] = (ca_usual_column){.numbers = lines->numbers[f] + from, .choices = lines->choices[f] + from};
        for (size_t level = 0; level < CA_USUAL_LEVELS_MAX; level++)
            columns[f].keys[level] = lines->keys[f][level] + from;
    }
    return (ca_usual_lines){.columns = columns, .ids = lines->ids + from, .count = count};
}

static void swap(void *items, size_t size, uint32_t a, uint32_t b)
{
    unsigned char kept[sizeof(ca_digest)], *bytes = items;
    memcpy(kept, bytes + a * size, size);
    memcpy(bytes + a * size, bytes + b * size, size);
    memcpy(bytes + b * size, kept, size);
}

void score_lines_shuffle(score_lines *lines, uint64_t seed)
{
    for (uint32_t i = lines->count; i > 1; i--) {
        uint32_t other = (uint32_t)below(&seed, i);
        swap(lines->ids, sizeof *lines->ids, i - 1, other);
        for (size_t f = 0; f < LINES_FEATURES; f++) {
            swap(lines->numbers[f], sizeof(double), i - 1, other);
            swap(lines->choices[f], sizeof(uint64_t), i - 1, other);
            for (size_t level = 0; level < CA_USUAL_LEVELS_MAX; level++)
                swap(lines->keys[f][level], sizeof(uint64_t), i - 1, other);
        }
    }
}
