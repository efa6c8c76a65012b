/* Everything that can be wrong with a feature, word for word with its place. */
#include "support/check_main.h"

#include <stdio.h>
#include <string.h>

#include "support/feature_front.h"

static feature_front front;

static void set_up(void)
{
    feature_front_begin(&front);
}

static void tear_down(void)
{
    feature_front_end(&front);
}

typedef struct fault {
    const char *keys;    /* from line 8 on */
    const char *said;
} fault;

#define AGGREGATES "count, sum, min, max, distinct, top_share, concentration, effective, busiest, groups"

static const fault terms[] = {
    {"value: prescriber_id\n",
     "8:8: error: a feature counts over lines: here stands one of " AGGREGATES ", as in count(where …)\n"},
    {"value: summ(paid)\n",
     "8:8: error: summ(…) does not count over the lines of an entity; did you mean 'sum'?; those that do: " AGGREGATES "\n"},
    {"value: any(paid > 1)\n",
     "8:8: error: any(…) does not count over the lines of an entity; those that do: " AGGREGATES "\n"},
    {"value: count(paid)\n",
     "8:14: error: count() counts lines; write count(where …), or distinct(…) for different values\n"},
    {"value: sum()\n", "8:8: error: sum(…) is written sum(paid where …)\n"},
    {"value: sum(paid, units)\n", "8:8: error: sum(…) is written sum(paid where …)\n"},
    {"value: sum(prescriber_id)\n", "8:12: error: a number is expected here, but this is an identifier\n"},
    {"value: sum(payd)\n", "8:12: error: unknown column 'payd'; did you mean 'paid'?\n"},
    {"value: sum(paid / units)\n",
     "8:12: error: a feature adds up columns: sums and differences of them, whole multiples, and days_between(from, to); "
     "conditions belong into 'where'\n"},
    {"value: sum(0.5 * paid)\n",
     "8:12: error: a feature adds up columns: sums and differences of them, whole multiples, and days_between(from, to); "
     "conditions belong into 'where'\n"},
    {"value: sum(1)\n", "8:12: error: this is the same number on every line; name a column\n"},
    {"value: sum(paid + charge + allowed + unit_price + price_cap)\n", "8:12: error: this adds up more than 4 columns\n"},
    {"value: sum(2000000 * (2000000 * paid))\n", "8:12: error: a factor is at most 1,000,000,000 here\n"},
    {"value: sum(claim_paid)\n",
     "8:12: error: claim_paid is an amount of the whole claim and stands on each of its lines; take that of the line\n"},
    {"value: sum(count())\n",
     "8:12: error: count(…) counts over several lines, which a feature rule's expression here does not see: it looks at one "
     "line at a time; aggregates stand around it, not inside\n"},
    {"value: distinct()\n", "8:8: error: distinct(…) groups lines by columns; name one, as in distinct(patient_id)\n"},
    {"value: distinct(paid + 1)\n", "8:17: error: distinct(…) groups lines by columns; name a column here\n"},
    {"value: distinct(patient_id, patient_id)\n", "8:29: error: patient_id stands twice\n"},
    {"value: distinct(diagnoses)\n",
     "8:17: error: lines are grouped by single values, and diagnoses is a list of codes of the family 'diagnosis'\n"},
    {"value: distinct(patient_id, drug, quantity, paid, charge)\n",
     "8:51: error: lines are grouped by at most 4 columns\n"},
    {"value: distinct(specialty)\n",
     "8:17: error: say whose: billing.specialty, facility.specialty, attending.specialty, rendering.specialty, …\n"},
    {"value: top_share(0, drug)\n", "8:18: error: how many groups is a whole number from 1 to 100\n"},
    {"value: top_share(1.5, drug)\n", "8:18: error: how many groups is a whole number from 1 to 100\n"},
    {"value: top_share(max(paid), drug)\n", "8:18: error: a group weighs count(), sum(…) or distinct(…)\n"},
    {"value: busiest(drug)\n",
     "8:8: error: busiest(…) groups lines by columns; name one, as in busiest(patient_id)\n"
     "8:16: error: a group weighs count(), sum(…) or distinct(…)\n"},
    {"value: busiest(count(where paid > 1), drug)\n",
     "8:28: error: 'where' stands in the outer aggregate: busiest(sum(minutes), service_date where …)\n"},
    {"value: busiest(count(paid), drug)\n", "8:16: error: count takes nothing here\n"},
    {"value: busiest(sum(), drug)\n", "8:16: error: sum takes one number\n"},
    {"value: busiest()\n", "8:8: error: busiest(…) is written busiest(sum(minutes), service_date where …)\n"},
    {"value: groups(count(), drug)\n", "8:8: error: groups(…) is written groups(count() > 3, patient_id where …)\n"},
    {"value: groups(count() > 1.5, drug)\n", "8:25: error: a group is compared with a whole number\n"},
    {"value: groups(sum(paid) > units, drug)\n", "8:27: error: a group is compared with a number\n"},
    {"value: count(where paid)\n",
     "8:20: error: a condition is expected here, but this is an amount of money; compare it with something\n"},
    {"value: count(where hit(1))\n", "8:20: error: hit('RULE') takes the id of one rule between quotes\n"},
    {"value: count(where hit('x'))\n",
     "8:24: error: 'x' is no rule id; it has 2 to 8 capital letters, '-' and four digits: US-0101\n"},
    {"ratio: sum(paid) / (0 * count())\n",
     "8:21: error: an aggregate is multiplied by a whole number from 1 to 1000000 only\n"},
};

static const fault keys[] = {
    {"", "1:1: error: the feature says not what it counts: 'share: count(where …) / count()', 'ratio: sum(paid) / count()' or "
         "'value: top_share(prescriber_id)'\n"},
    {"value: count()\nratio: sum(paid) / count()\n", "8:1: error: a feature has one of 'share', 'ratio' and 'value'\n"},
    {"value: sum(paid) / count()\n", "8:8: error: one divided by another is a 'ratio' or a 'share'\n"},
    {"ratio: sum(paid)\n", "8:8: error: a ratio is one aggregate divided by another: sum(paid) / count()\n"},
    {"share: count()\n", "8:8: error: a share is one aggregate divided by another: count(where …) / count()\n"},
    {"ratio: sum(paid) / top_share(drug)\n",
     "8:20: error: below the stroke stands count(), sum(…), distinct(…) or groups(…)\n"},
    {"share: sum(paid) / count()\n",
     "8:8: error: the two sides of a share count the same: count(where …) / count(), sum(x where …) / sum(x), distinct(x where "
     "…) / distinct(x) or groups(… , x) / distinct(x); others are a 'ratio'\n"},
    {"share: distinct(drug) / distinct(patient_id)\n",
     "8:8: error: the two sides of a share count the same: count(where …) / count(), sum(x where …) / sum(x), distinct(x where "
     "…) / distinct(x) or groups(… , x) / distinct(x); others are a 'ratio'\n"},
    {"share: count(where paid > 1) / count(where paid > 0)\n",
     "8:32: error: the whole of a share has no 'where' of its own: it belongs into the feature's 'where'\n"},
    {"share: count(where paid > 1) / count()\nexposure: count()\n",
     "9:1: error: a share rests on its whole; leave 'exposure' out\n"},
    {"value: count()\nexposure: sum(paid)\n",
     "9:11: error: 'exposure' says on how many lines or groups the value rests: count(…), distinct(…) or groups(…)\n"},
    {"ratio: sum(units) / count()\nmoney: yes\n",
     "9:1: error: 'money' is for an amount for each of something: 'ratio: sum(paid) / count()', with what it is divided by as "
     "exposure\n"},
    {"value: sum(paid)\nmoney: yes\n",
     "9:1: error: 'money' is for an amount for each of something: 'ratio: sum(paid) / count()', with what it is divided by as "
     "exposure\n"},
    {"ratio: sum(paid) / count()\nmoney: maybe\n", "9:8: error: 'money' must be yes or no, not 'maybe'\n"},
    {"ratio: sum(paid) / count()\ntransform: share\n",
     "9:12: error: 'transform: share' is for 'share' and top_share(…), which lie between 0 and 1\n"},
    {"ratio: sum(paid) / count()\ntransform: loge\n",
     "9:12: error: 'transform' cannot be 'loge'; did you mean 'log'?; it is one of share, log, asinh, plain\n"},
    {"value: count()\nminimum: 0\n", "9:10: error: 'minimum' must be a whole number from 1 to 1000000000, not '0'\n"},
    {"value: count()\nsurprise: paid\n", "9:1: error: 'surprise' is for 'entity: line'\n"},
    {"value: count()\ngiven: [drug]\n", "9:1: error: 'given' is for 'entity: line'\n"},
    {"value: count()\nwehre: paid > 1\n", "9:1: error: unknown key 'wehre'; did you mean 'where'?\n"},
    {"value: count()\nwhere: count() > 1\n",
     "9:8: error: count(…) counts over several lines, which a feature rule's expression here does not see: it looks at one "
     "line at a time; aggregates stand around it, not inside\n"},
    {"value: count(\n", "8:14: error: expected a value but the expression ends here\n"},
};

START_TEST(faults_of_terms)
{
    ck_assert_str_eq(feature_front_with(&front, terms[_i].keys), terms[_i].said);
    ck_assert_int_eq(front.code, 0);
    ck_assert_uint_eq(front.set->count, 0);
}
END_TEST

START_TEST(faults_of_keys)
{
    ck_assert_str_eq(feature_front_with(&front, keys[_i].keys), keys[_i].said);
    ck_assert_uint_eq(front.set->count, 0);
}
END_TEST

/* --- Whole files ------------------------------------------------------------------------------ */

#define LINE "feature: a-line\nversion: 1\ntitle: A title\nstatus: draft\nentity: line\nsay: \"{value}\"\n"
#define HEAD "feature: a-feature\nversion: 1\ntitle: A title\nstatus: draft\nentity: pharmacy\nvalue: count()\n"

static const fault files[] = {
    {LINE, "1:1: error: key 'surprise' is missing\n"},
    {LINE "surprise: paid\n", "1:1: error: key 'direction' is missing\n"},
    {LINE "surprise: paid\ndirection: context\n", "8:12: error: context of a line is said by 'given'\n"},
    {LINE "surprise: diagnoses\n",
     "7:11: error: a line surprises by a number, a condition, or a column with one code, word or identifier, but this is a "
     "list of codes of the family 'diagnosis'\n"},
    {LINE "surprise: service_date\ndirection: more\n",
     "7:11: error: a line surprises by a number, a condition, or a column with one code, word or identifier, but this is a "
     "date\n"},
    {LINE "surprise: paid / (units / 2)\ndirection: more\n",
     "7:19: error: a feature adds up columns: sums and differences of them, whole multiples, and days_between(from, to); "
     "conditions belong into 'where'\n"},
    {LINE "surprise: drug\ndirection: less\n",
     "8:12: error: a code or condition surprises by being rare: 'direction: more', or leave it out\n"},
    {LINE "surprise: drug\ntransform: log\n",
     "8:1: error: 'transform' is for numbers; codes and conditions surprise by being rare\n"},
    {LINE "surprise: drug\ngiven: drug\n", "8:8: error: 'given' must be a list, not text\n"},
    {LINE "surprise: drug\ngiven: [drug]\n", "8:8: error: drug is no surprise where it is given\n"},
    {LINE "surprise: drug\ngiven: [drugs]\n", "8:9: error: unknown column 'drugs'; did you mean 'drug'?\n"},
    {LINE "surprise: drug\ngiven: [[units], [paid], [charge], [allowed]]\n",
     "8:36: error: 'given' falls back at most 3 times\n"},
    {LINE "surprise: drug\ngiven: [[units], paid]\n", "8:18: error: a step of 'given' must be a list, not text\n"},
    {LINE "surprise: drug\nvalue: count()\n", "8:1: error: 'value' is for entities; a line has 'surprise'\n"},
    {HEAD "direction: more\n", "1:1: error: key 'say' is missing\n"},
    {HEAD "direction: more\nsay: words\n", "8:6: error: the words show no number; write {value}, and {peer} for what is usual\n"},
    {HEAD "direction: more\nsay: \"{valu}\"\n",
     "8:8: error: there is no {valu} here; write {value}, {peer}, {ratio}, {percentile} or {exposure}\n"},
    {"feature: a-line\nversion: 1\ntitle: A title\nstatus: draft\nentity: line\nsurprise: drug\nsay: \"{drugg}\"\n",
     "7:8: error: there is no {drugg} here; write {value}, {peer}, {ratio}, {percentile}, {exposure} or a column\n"},
    {"feature: a-line\nversion: 1\ntitle: A title\nstatus: draft\nentity: line\nsurprise: drug\nsay: \"{drug|count}\"\n",
     "7:13: error: a column is written as everywhere; leave '|count' out\n"},
    {HEAD "direction: more\nsay: \"{value|euro}\"\n",
     "8:14: error: there is no format 'euro'; write |percent, |money, |number or |count\n"},
    {HEAD "direction: more\nsay: \"a } b {value}\"\n", "8:9: error: this brace closes nothing; write }} for a brace\n"},
    {HEAD "direction: more\nsay: \"{value\"\n", "8:7: error: this brace is not closed; write {value}, or {{ for a brace\n"},
    {HEAD "direction: up\nsay: \"{value}\"\n",
     "7:12: error: 'direction' cannot be 'up'; it is one of more, less, both, context\n"},
    {"feature: A\nversion: 1\ntitle: T\nstatus: draft\nentity: pharmacy\nvalue: count()\ndirection: more\nsay: \"{value}\"\n",
     "1:10: error: 'A' is no name of a feature; it has small letters, digits and single '-', at most 64: "
     "pharmacy-top-prescriber\n"},
    {"feature: a-feature\nversion: 1\ntitle: T\nstatus: draft\nentity: nurse\nvalue: count()\ndirection: more\nsay: "
     "\"{value}\"\n",
     "5:9: error: 'entity' cannot be 'nurse'; it is one of provider, institution, prescriber, pharmacy, "
     "patient, line\n"},
    {"feature: a-feature\nversion: 1\ntitle: T\nentity: pharmacy\nvalue: count()\ndirection: more\nsay: \"{value}\"\n",
     "1:1: error: the feature has no tests; without one it is 'status: draft'\n"},
    {"features: 1\n", "1:11: error: 'features' must be a list, not text\n"},
    {"features: [1]\n", "1:12: error: a feature must be a mapping of 'key: value', not text\n"},
    {"features: []\nversion: 1\n", "2:1: error: unknown key 'version'\n"},
    {"- 1\n",
     "1:1: error: the file should hold a feature, or a list of them: a mapping of 'key: value' lines\n"},
    {"features:\n  - feature: one\n    version: 1\n    title: T\n    status: draft\n    entity: pharmacy\n    value: count()\n"
     "    direction: more\n    say: \"{value}\"\n"
     "  - feature: one\n    version: 1\n    title: T\n    status: draft\n    entity: pharmacy\n    value: distinct(drug)\n"
     "    direction: more\n    say: \"{value}\"\n",
     "10:14: error: the feature one is already defined in features/some.yaml:2\n"},
};

START_TEST(faults_of_files)
{
    ck_assert_str_eq(feature_front_load(&front, files[_i].keys), files[_i].said);
    ck_assert_int_eq(front.code, 0);
}
END_TEST

START_TEST(rules_do_not_ask_what_others_hit)
{
    ck_assert_str_eq(rule_front_when(front.world, "line", "hit('US-0102')"),
                     "9:7: error: hit('RULE') is for features; a rule does not know what others find\n");
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof(table[0]))

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, faults_of_terms, 0, COUNT(terms));
    tcase_add_loop_test(tcase, faults_of_keys, 0, COUNT(keys));
    tcase_add_loop_test(tcase, faults_of_files, 0, COUNT(files));
    tcase_add_test(tcase, rules_do_not_ask_what_others_hit);
}

CA_CHECK_MAIN("rules/feature_faults", add_tests)
