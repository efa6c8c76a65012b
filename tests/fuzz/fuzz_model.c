/* Any bytes as a model, as they are or with a checksum that is made to fit: refused with words, or a model that is the same after
 * another round and scores a table without a number that is none. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "fuzz/fuzz.h"
#include "score/model_bytes.h"
#include "score/scorer.h"

enum { RAW, MENDED, WAYS, ENTITIES = 40 };

static void mend(char *bytes, size_t len)
{
    if (len < CA_MODEL_CHECK)
        return;
    uint64_t sum = ca_hash64(bytes, len - CA_MODEL_CHECK);
    for (unsigned i = 0; i < CA_MODEL_CHECK; i++)
        bytes[len - CA_MODEL_CHECK + i] = (char)(sum >> 8 * i & 0xff);
}

/* Entities with the features that the model asks for, some of them those of the seeds of the corpus. */
static ca_score_table *make_table(const ca_score_model *model)
{
    ca_score_feature features[CA_SCORE_FEATURES];
    ca_score_value values[CA_SCORE_FEATURES];
    ca_score_table *table;
    size_t count = ca_score_model_feature_count(model);
    for (size_t i = 0; i < count; i++)
        features[i] = *ca_score_model_feature(model, i);
    ca_score_table_options options = {.kind = ca_score_model_kind(model), .features = features, .feature_count = count, .memory = 1 << 20};
    fuzz_require(ca_score_table_new(&options, &table, NULL) == 0);
    for (unsigned i = 0; i < ENTITIES; i++) {
        char id[16], specialty[16];
        snprintf(id, sizeof id, "E%03u", i);
        snprintf(specialty, sizeof specialty, "s%u", i % 3);
        for (size_t f = 0; f < count; f++)
            values[f] = (ca_score_value){(double)((i * 7 + f * 3) % 11) / 11, (f + i) % 5 ? 1.0 + i : (double)NAN};
        ca_score_row row = {.id = ca_text_of(id), .specialty = ca_text_of(specialty), .region = CA_TEXT("r"), .claims = i, .values = values};
        fuzz_require(ca_score_table_add(table, &row, NULL) == 0);
    }
    fuzz_require(ca_score_table_finish(table, NULL) == 0);
    return table;
}

static void try_scores(const ca_score_model *model)
{
    static const ca_score_settings settings = {.budget = 5, .small_claims = 10};
    ca_score_table *table = make_table(model);
    ca_score_results *results;
    ca_score_explanation why;
    ca_arena arena;
    ca_arena_init(&arena);
    fuzz_require(ca_score_apply(model, table, &settings, &results, NULL) == 0);
    for (size_t i = 0; i < results->count; i++) {
        const ca_score_result *result = &results->entities[i];
        fuzz_require(result->p > 0 && result->p <= 1 && result->q > 0 && result->q <= 1 && result->score >= 0);
        fuzz_require(ca_score_explain(model, table, i, &arena, &why, NULL) == 0);
        for (size_t k = 0; k < why.count; k++)
            fuzz_require(isfinite(why.reasons[k].evidence) && !isinf(why.reasons[k].median) && !isinf(why.reasons[k].expected));
    }
    ca_score_results_free(results);
    ca_score_table_free(table);
    ca_arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    ca_score_model *model, *again;
    ca_error err = {0};
    ca_buf bytes, written;
    ca_buf_init(&bytes);
    ca_buf_init(&written);
    ca_buf_add(&bytes, data + 1, size - 1);
    if (data[0] % WAYS == MENDED)
        mend(bytes.ptr, bytes.len);
    int rc = ca_score_model_read(ca_buf_text(&bytes), &model, &err);
    fuzz_require(rc == 0 || (rc == CA_CONFIG && strstr(err.text, "model") != NULL));
    if (rc == 0) {
        fuzz_require(ca_score_model_write(model, &written, NULL) == 0);
        fuzz_require(ca_score_model_read(ca_buf_text(&written), &again, NULL) == 0);
        ca_score_model_free(again);
        try_scores(model);
        ca_score_model_free(model);
    }
    ca_buf_done(&bytes);
    ca_buf_done(&written);
    return 0;
}
