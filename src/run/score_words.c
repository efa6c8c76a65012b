/* Sentences about scores. Each form is a line of a table, so that they can be read, and translated, in one place; numbers are
 * written as readers want them: shares in percent, counts with their thousands parted, of the rest what is significant. */
#include "run/score_words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ALONE, BESIDE, ONLY, WHERE, TIMES, ONLY_TIMES, HIGHER, LOWER, HIGHER_OF_LIKE, LOWER_OF_LIKE, HIGHER_THAN_ALL,
       LOWER_THAN_ALL, FROM, EXPECTED_TIMES, EXPECTED, UNCORRECTED, PAIR, PAIR_SHARES, RING, FORMS };

static const char *const forms[FORMS] = {    /* %1 to %9 are what the comment names, in any order */
    /* title, value */
    [ALONE] = "%1 %2",
    /* title, value, ratio, median */
    [BESIDE] = "%1 %2, %3 times the peer median of %4",
    [ONLY] = "%1 %2, only %3 times the peer median of %4",
    [WHERE] = "%1 %2, where the peer median is %4",
    /* ratio, before the peers */
    [TIMES] = "%1 times, ",
    [ONLY_TIMES] = "only %1 times, ",
    /* share, number of lines; of entities, whose share is that of all beside their peers, number of peers */
    [HIGHER] = "higher than %1 of %2",
    [LOWER] = "lower than %1 of %2",
    [HIGHER_OF_LIKE] = "higher than %1 of the like; %2",
    [LOWER_OF_LIKE] = "lower than %1 of the like; %2",
    [HIGHER_THAN_ALL] = "higher than all %2",
    [LOWER_THAN_ALL] = "lower than all %2",
    /* exposure, of what */
    [FROM] = "from %1 %2",
    /* expected ratio, expected value, deviation */
    [EXPECTED_TIMES] = "; given its other features one would expect %1 times, or %2: off by %3 times the usual deviation",
    [EXPECTED] = "; given its other features one would expect %2: off by %3 times the usual deviation",
    [UNCORRECTED] = "; too few entities to allow for small volumes",
    /* shared patients, region, lift, expected */
    [PAIR] = " share %1 patients%2, %3 times the %4 to be expected",
    /* population, patients of one, patients of the other, Jaccard */
    [PAIR_SHARES] = " (of %1 patients there the one saw %2, the other %3; Jaccard %4)",
    /* members, pairs, possible pairs, patients */
    [RING] = ("%1 entities hang together by %2 of %3 possible pairs that share more patients than is to be expected;"
             " patients seen by at least half of them: %4")};

/* As many values as the form names. */
static void add_form(int form, const char *const *values, ca_buf *words)
{
    for (const char *at = forms[form]; *at; at++) {
        if (*at == '%') {
            at++;
            ca_buf_add_cstr(words, values[*at - '1']);
        } else {
            ca_buf_add_char(words, *at);
        }
    }
}

#define ROOM 48    /* of a number */
#define ALL_OF_THEM 0.9999999
#define LEAST_SHOWN 0.001

/* --- Numbers ---------------------------------------------------------------------------------- */

/* 1204 is "1,204". */
static void print_count(uint64_t count, char text[ROOM])
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    size_t at = 0;
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) {
            text[at++] = ',';
        }
        text[at++] = digits[i];
    }
    text[at] = 0;
}

static void print_whole(double value, char text[ROOM])
{
    if (value < 0 || value > 1e15) {
        snprintf(text, ROOM, fabs(value) > 1e15 ? "%.3g" : "%.0f", value);
    } else {
        print_count((uint64_t)(value + 0.5), text);
    }
}

/* Three significant digits, but no digit of a whole number is lost, and none of a tiny one is shown. */
static void print_number(double value, char text[ROOM])
{
    if (fabs(value) >= 99.95) {
        print_whole(value, text);
    } else if (value > 0 && value < LEAST_SHOWN) {
        snprintf(text, ROOM, "less than 0.001");
    } else {
        snprintf(text, ROOM, fabs(value) < LEAST_SHOWN ? "%.0f" : "%.3g", fabs(value) < LEAST_SHOWN ? 0.0 : value);
    }
}

static void print_ratio(double ratio, char text[ROOM])
{
    if (ratio >= 99.95) {
        print_whole(ratio, text);
    } else if (ratio >= 0.995) {
        snprintf(text, ROOM, "%.1f", ratio);
    } else {
        snprintf(text, ROOM, ratio < LEAST_SHOWN ? "less than 0.001" : "%.2g", ratio);
    }
}

/* What is not none, and not all, is not told as such. */
static void print_percent(double share, char text[ROOM])
{
    if (share > 0 && share < 0.0005) {
        snprintf(text, ROOM, "less than 0.1 %%");
    } else if (share < 1 && share >= 0.9995) {
        snprintf(text, ROOM, "more than 99.9 %%");
    } else {
        snprintf(text, ROOM, "%.1f %%", fabs(share) < 1e12 ? 100 * share : share);
    }
}

static void print_value(double value, ca_told_format format, int minor_digits, char text[ROOM])
{
    switch (format) {
    case CA_TOLD_NUMBER:
        print_number(value, text);
        return;
    case CA_TOLD_PERCENT:
        print_percent(value, text);
        return;
    case CA_TOLD_MONEY:
        snprintf(text, ROOM, fabs(value) < 1e15 ? "%.*f" : "%.*e", minor_digits, value);
        return;
    case CA_TOLD_COUNT:
        print_whole(value, text);
        return;
    }
}

/* 0.9996 is "99.9 %": who lies above is not rounded away. */
static void print_share_below(double share, char text[ROOM])
{
    snprintf(text, ROOM, "%.1f %%", floor(1000 * share + 1e-9) / 10);
}

/* --- A reason --------------------------------------------------------------------------------- */

/* The side of the peers that is looked at. */
static bool is_low(const ca_entity_feature *feature)
{
    return feature->direction == -1 || (feature->direction == 2 && feature->z < 0);
}

static double word_value(const ca_entity_feature *feature, ca_told_word word)
{
    switch (word) {
    case CA_TOLD_TEXT:
        return 0;
    case CA_TOLD_VALUE:
        return feature->value;
    case CA_TOLD_PEER:
        return feature->peer;
    case CA_TOLD_RATIO:
        return feature->ratio;
    case CA_TOLD_PERCENTILE:
        return feature->percentile;
    case CA_TOLD_EXPOSURE:
        return feature->exposure;
    }
    return NAN;
}

/* A feature's own words say nothing where they lack one of their values. */
static bool has_words(const ca_entity_reason *reason)
{
    for (size_t i = 0; i < reason->say_count; i++) {
        if (!isfinite(word_value(&reason->feature, reason->say[i].word))) {
            return false;
        }
    }
    return reason->say_count > 0;
}

/* Its own words, where they are used, name it. */
static bool says(const ca_entity_reason *reason, bool own, ca_told_word word)
{
    for (size_t i = 0; own && i < reason->say_count; i++) {
        if (reason->say[i].word == word) {
            return true;
        }
    }
    return false;
}

static void add_own_words(const ca_entity_reason *reason, int minor_digits, ca_buf *words)
{
    for (size_t i = 0; i < reason->say_count; i++) {
        const ca_told_say *say = &reason->say[i];
        double value = word_value(&reason->feature, say->word);
        char text[ROOM];
        if (say->word == CA_TOLD_TEXT) {
            ca_buf_add_text(words, say->text);
            continue;
        }
        if (say->word == CA_TOLD_PERCENTILE) {
            print_share_below(value, text);
        } else if (say->word == CA_TOLD_RATIO && say->format == CA_TOLD_NUMBER) {
            print_ratio(value, text);
        } else {
            print_value(value, say->format, minor_digits, text);
        }
        ca_buf_add_cstr(words, text);
    }
}

static void add_plain_words(const ca_entity_feature *feature, int minor_digits, ca_buf *words)
{
    char value[ROOM], peer[ROOM], ratio[ROOM];
    const char *const values[] = {feature->title, value, ratio, peer};
    if (!isfinite(feature->value)) {
        ca_buf_add_cstr(words, feature->title);
        return;
    }
    bool has_peer = isfinite(feature->peer);
    bool has_ratio = has_peer && isfinite(feature->ratio);
    print_value(feature->value, feature->format, minor_digits, value);
    print_value(has_peer ? feature->peer : 0, feature->format, minor_digits, peer);
    print_ratio(has_ratio ? feature->ratio : 0, ratio);
    bool only = is_low(feature) && feature->ratio < 1;
    add_form(!has_peer ? ALONE : !has_ratio ? WHERE : only ? ONLY : BESIDE, values, words);
}

/* Of entities the share is that of a tail, fitted to how far all of the kind lie from their peers: it does not count one's own. */
static void add_percentile(const ca_entity_feature *feature, bool of_lines, const char *peers, ca_buf *words)
{
    char share[ROOM];
    const char *const values[] = {share, peers};
    bool low = is_low(feature);
    double part = low ? 1 - feature->percentile : feature->percentile;
    bool all = part > ALL_OF_THEM;
    print_share_below(part < 0 ? 0 : all ? ALL_OF_THEM : part, share);
    if (all && of_lines) {
        add_form(low ? LOWER_THAN_ALL : HIGHER_THAN_ALL, values, words);
    } else if (!of_lines) {
        add_form(low ? LOWER_OF_LIKE : HIGHER_OF_LIKE, values, words);
    } else {
        add_form(low ? LOWER : HIGHER, values, words);
    }
}

/* Of "claims" and such words, for one or for several. */
static void print_noun(const char *plural, bool one, char text[ROOM])
{
    snprintf(text, ROOM, "%.*s", (int)(strlen(plural) - one), plural);
}

/* Words of its own say how much is usual, but not how often that goes into it. */
static void add_times(const ca_entity_reason *reason, ca_buf *words)
{
    const ca_entity_feature *feature = &reason->feature;
    char ratio[ROOM];
    const char *const values[] = {ratio};
    if (isfinite(feature->ratio) && feature->ratio >= LEAST_SHOWN && feature->peer > 0 && !says(reason, true, CA_TOLD_RATIO)) {
        print_ratio(feature->ratio, ratio);
        add_form(is_low(feature) && feature->ratio < 1 ? ONLY_TIMES : TIMES, values, words);
    }
}

/* "higher than 99.9 % of the like; 312 peers: cardiology, north, large; from 1,204 claims" */
static void add_peers(const ca_entity_reason *reason, bool of_lines, bool own, ca_buf *words)
{
    const ca_entity_feature *feature = &reason->feature;
    char count[ROOM], peers[ROOM + 8];
    size_t before = words->len;
    if (feature->cell_size) {
        print_count(feature->cell_size, count);
        snprintf(peers, sizeof peers, "%s %s%s", count, of_lines ? "line" : "peer", feature->cell_size == 1 ? "" : "s");
        if (own) {
            add_times(reason, words);
        }
        if (isfinite(feature->percentile) && !says(reason, own, CA_TOLD_PERCENTILE)) {
            add_percentile(feature, of_lines, peers, words);
        } else {
            ca_buf_add_cstr(words, peers);
        }
        ca_buf_add_cstr(words, feature->cell.len ? ": " : "");
        ca_buf_add_text(words, feature->cell);
    }
    if (isfinite(feature->exposure) && feature->exposure >= 0.5 && !says(reason, own, CA_TOLD_EXPOSURE)) {
        char of[ROOM];
        const char *const values[] = {count, of};
        print_whole(feature->exposure, count);
        print_noun(feature->exposure_of ? feature->exposure_of : "cases", strcmp(count, "1") == 0, of);
        ca_buf_add_cstr(words, words->len > before ? "; " : "");
        add_form(FROM, values, words);
    }
}

/* What lies no further off than is usual needs no telling. */
static void add_expected(const ca_entity_reason *reason, int minor_digits, ca_buf *words)
{
    const ca_entity_feature *feature = &reason->feature;
    char value[ROOM], times[ROOM], deviation[ROOM];
    const char *const values[] = {times, value, deviation};
    if (!reason->has_expected || !isfinite(reason->expected) || !isfinite(reason->deviation) || fabs(reason->deviation) < 1) {
        return;
    }
    bool has_times = isfinite(feature->ratio) && feature->peer > 0 && reason->expected >= LEAST_SHOWN * feature->peer;
    print_ratio(has_times ? reason->expected / feature->peer : 0, times);
    print_value(reason->expected, feature->format, minor_digits, value);
    snprintf(deviation, sizeof deviation, "%.1f", fabs(reason->deviation));
    add_form(has_times ? EXPECTED_TIMES : EXPECTED, values, words);
}

void ca_score_sentence(const ca_entity_reason *reason, bool of_lines, int minor_digits, ca_buf *words)
{
    bool own = has_words(reason);
    if (own) {
        add_own_words(reason, minor_digits, words);
    } else {
        add_plain_words(&reason->feature, minor_digits, words);
    }
    size_t before = words->len;
    ca_buf_add_cstr(words, " (");
    add_peers(reason, of_lines, own, words);
    if (words->len == before + 2) {
        words->len = before;    /* nothing is known of them */
    } else {
        ca_buf_add_char(words, ')');
    }
    add_expected(reason, minor_digits, words);
    ca_buf_add_cstr(words, reason->uncorrected ? forms[UNCORRECTED] : "");
}

/* --- Networks --------------------------------------------------------------------------------- */

static void add_member(const ca_told_member *member, ca_buf *words)
{
    ca_buf_printf(words, "%s ", member->kind);
    ca_buf_add_text(words, member->id);
}

void ca_pair_sentence(const ca_told_pair *pair, ca_buf *words)
{
    char shared[ROOM], lift[ROOM], expected[ROOM], population[ROOM], of_a[ROOM], of_b[ROOM], jaccard[ROOM];
    ca_buf region;
    ca_buf_init(&region);
    ca_buf_add_cstr(&region, pair->region.len ? " of " : "");
    ca_buf_add_text(&region, pair->region);
    print_count(pair->shared, shared);
    print_ratio(pair->expected > 0 ? (double)pair->shared / pair->expected : 0, lift);
    print_number(pair->expected, expected);
    print_count(pair->population, population);
    print_count(pair->a.patients, of_a);
    print_count(pair->b.patients, of_b);
    snprintf(jaccard, sizeof jaccard, "%.2f", pair->jaccard);
    add_member(&pair->a, words);
    ca_buf_add_cstr(words, " and ");
    add_member(&pair->b, words);
    add_form(PAIR, (const char *const[]){shared, ca_buf_cstr(&region), lift, expected}, words);
    add_form(PAIR_SHARES, (const char *const[]){population, of_a, of_b, jaccard}, words);
    words->failed |= region.failed;
    ca_buf_done(&region);
}

void ca_ring_sentence(const ca_told_ring *ring, ca_buf *words)
{
    char members[ROOM], pairs[ROOM], possible[ROOM], patients[ROOM];
    uint64_t count = ring->member_count;
    print_count(count, members);
    print_count(ring->pairs, pairs);
    print_count(count ? count * (count - 1) / 2 : 0, possible);
    print_count(ring->patients, patients);
    add_form(RING, (const char *const[]){members, pairs, possible, patients}, words);
}
