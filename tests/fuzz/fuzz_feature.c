/* Any bytes as a file of features: refused with messages, or compiled to parts that hang together; and its inline tests. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "rules/feature_test.h"
#include "support/rule_front.h"

static void check_tally(const ca_featureset *set, uint32_t index)
{
    fuzz_require(index < set->tally_count);
    const ca_feature_tally *tally = &set->tallies[index];
    fuzz_require(tally->where == CA_NO_INDEX || tally->where < set->condition_count);
    fuzz_require(tally->number == CA_NO_INDEX || tally->number < set->number_count);
    fuzz_require(tally->key == CA_NO_INDEX || tally->key < set->key_count);
    fuzz_require(tally->once == CA_NO_INDEX || (tally->once < set->key_count && tally->number == CA_NO_INDEX));
}

static void check_term(const ca_featureset *set, const ca_feature_term *term)
{
    check_tally(set, term->tally);
    const ca_feature_tally *tally = &set->tallies[term->tally];
    bool extreme = term->reduce == CA_REDUCE_MIN || term->reduce == CA_REDUCE_MAX;
    fuzz_require(term->factor >= 1);
    fuzz_require(term->reduce == CA_REDUCE_TOTAL || extreme ? tally->key == CA_NO_INDEX : tally->key != CA_NO_INDEX);
    fuzz_require(!extreme || tally->number != CA_NO_INDEX);
    fuzz_require((term->reduce != CA_REDUCE_TOP && term->reduce != CA_REDUCE_TOP_SHARE) || term->top >= 1);
}

static void check_line(const ca_featureset *set, const ca_feature_line *line)
{
    fuzz_require(line->cell_count >= 1 && line->cell_count <= CA_FEATURE_CELLS_MAX);
    fuzz_require(line->cells[line->cell_count - 1] == CA_NO_INDEX);
    fuzz_require(line->form != CA_LINE_NUMBER || line->above < set->number_count);
    fuzz_require(line->form != CA_LINE_CODE || line->column < set->base->schema->count);
    fuzz_require(line->form != CA_LINE_CONDITION || line->condition < set->condition_count);
}

static void check_feature(const ca_featureset *set, const ca_feature *feature)
{
    fuzz_require(ca_feature_id_valid(ca_text_of(feature->id)) && feature->version > 0 && feature->say_count > 0);
    fuzz_require(feature->where == CA_NO_INDEX || feature->where < set->condition_count);
    if (feature->entity == CA_ENTITY_LINE) {
        check_line(set, &feature->line);
        return;
    }
    check_term(set, &feature->numerator);
    check_term(set, &feature->exposure);
    if (feature->has_denominator)
        check_term(set, &feature->denominator);
}

/* Whatever a test says, it passes or fails; it reads the front's tables, so they stay as they are. */
static void run_tests(const ca_featureset *set, ca_diags *diags)
{
    for (size_t i = 0; i < set->count; i++) {
        ca_testrun result = {0};
        fuzz_require(ca_testrun_feature(set, set->features[i], diags, &result, NULL) == 0);
        fuzz_require(result.failed <= result.cases);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static rule_front *front; /* made once: it is the same for every input */
    if (front == NULL)
        front = rule_front_new();
    const ca_ruleset *rules = rule_front_set(front);
    ca_featureset *set = NULL;
    ca_arena texts;
    ca_diags diags;
    ca_arena_init(&texts);
    ca_diags_init(&diags, &texts);
    fuzz_require(ca_featureset_new(rules->schema, rules->codes, rules->refs, rules->vocabulary, &set, NULL) == 0);
    fuzz_require(ca_featureset_add_source(set, "<fuzz>", (ca_text){(const char *)data, size}, false, &diags, NULL) == 0);
    if (diags.errors == 0) {
        fuzz_require(ca_featureset_finish(set, NULL, &diags, NULL) == 0);
        for (size_t i = 0; i < set->count; i++)
            check_feature(set, set->features[i]);
        run_tests(set, &diags);
    }
    for (size_t i = 0; i < diags.count; i++)
        fuzz_require(ca_text_utf8_valid(ca_text_of(diags.items[i].text)));
    ca_featureset_free(set);
    ca_diags_done(&diags);
    ca_arena_done(&texts);
    return 0;
}
