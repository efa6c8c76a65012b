/* How values of features are written, and what exposures count. */
#include "run/scoring_words.h"

#include "support/check_main.h"
#include "support/feature_front.h"

static feature_front front;

static const ca_feature *load(const char *keys)
{
    const char *said = feature_front_with(&front, keys);
    ck_assert_msg(*said == 0, "%s", said);
    return feature_front_only(&front);
}

static const struct {
    const char *keys;
    const char *exposure;    /* "" = something else */
} cases[] = {
    {"ratio: sum(paid) / count()\n", "lines"},
    {"share: count(where paid > 5.00) / count()\n", "lines"},
    {"ratio: sum(paid) / distinct(claim_id)\n", "claims"},
    {"ratio: count() / distinct(patient_id)\n", "patients"},
    {"ratio: count() / distinct(service_date)\n", "days"},
    {"ratio: count() / distinct(prescriber_id)\n", ""},
    {"ratio: count() / distinct(patient_id, service_date)\n", ""},
    {"ratio: sum(allowed) / sum(paid)\n", NULL},
    {"value: distinct(drug)\nexposure: distinct(claim_id)\n", "claims"},
    {"value: top_share(prescriber_id)\n", "lines"},
};

START_TEST(exposures_are_counted_in_words)
{
    const ca_feature *feature = load(cases[_i].keys);
    const char *words = ca_scoring_exposure(front.set, feature);
    if (cases[_i].exposure) {
        ck_assert_msg(strcmp(words ? words : "", cases[_i].exposure) == 0, "%s: %s", cases[_i].keys, words ? words : "nothing");
    } else {    /* whatever the language takes for it, it is a word or nothing */
        ck_assert(!words || *words);
    }
}
END_TEST

START_TEST(values_are_written_as_their_words_say)
{
    ca_feature feature = {.money = true, .transform = CA_TRANSFORM_SHARE};
    ck_assert_int_eq(ca_scoring_format(&feature), CA_TOLD_MONEY);
    feature.money = false;
    ck_assert_int_eq(ca_scoring_format(&feature), CA_TOLD_PERCENT);
    feature.transform = CA_TRANSFORM_LOG;
    ck_assert_int_eq(ca_scoring_format(&feature), CA_TOLD_NUMBER);
    ca_feature_say say[] = {{.word = CA_SAY_PEER, .format = CA_FORMAT_PERCENT}, {.word = CA_SAY_VALUE, .format = CA_FORMAT_MONEY}};
    feature.say = say;
    feature.say_count = 2;
    ck_assert_int_eq(ca_scoring_format(&feature), CA_TOLD_MONEY);
    say[1].format = CA_FORMAT_COUNT;
    ck_assert_int_eq(ca_scoring_format(&feature), CA_TOLD_COUNT);
    feature.say_count = 1;
    ck_assert_int_eq(ca_scoring_format(&feature), CA_TOLD_NUMBER);
    ck_assert_int_eq(ca_told_format_of(CA_FORMAT_PERCENT), CA_TOLD_PERCENT);
    ck_assert_int_eq(ca_told_format_of(CA_FORMAT_OWN), CA_TOLD_NUMBER);
}
END_TEST

static void setup(void)
{
    feature_front_begin(&front);
}

static void teardown(void)
{
    feature_front_end(&front);
}

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, exposures_are_counted_in_words, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tcase, values_are_written_as_their_words_say);
}

CA_CHECK_MAIN("run/scoring_words", add_tests)
