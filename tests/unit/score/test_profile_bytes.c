/* Profiles as bytes: what is written is read, and gives the same; whatever is cut short or changed is refused. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "score/profile_inside.h"
#include "score/surprise.h"
#include "support/check_main.h"
#include "support/score_lines.h"

static bool name_choice(void *context, size_t feature, uint64_t choice, ca_text *ret_words)
{
    char *words = context;
    if (feature != LINES_CODE || choice % 3 == 0)
        return false;
    memset(words, 'a' + (int)(choice % 26), 70);
    memcpy(words + 63, "\xC3\xA4", 2);    /* a character that must not be cut in two */
    *ret_words = (ca_text){words, choice % 2 ? 70 : 5};
    return true;
}

static ca_usual *profile_of(const score_lines *lines)
{
    char words[70];
    ca_collector *collector;
    ca_usual *profile, *spent;
    ca_usual_words name = {name_choice, words};
    ck_assert_int_eq(ca_collector_new(score_lines_features(), LINES_FEATURES, NULL, &collector, NULL), 0);
    ck_assert_int_eq(ca_collector_add(collector, &lines->lines, NULL), 0);
    ck_assert_int_eq(ca_usual_new(collector, &name, &profile, NULL), 0);
    ck_assert_int_eq(ca_usual_spend(collector, &name, &spent, NULL), 0);
    ck_assert_int_eq(ca_digest_cmp(ca_usual_digest(profile), ca_usual_digest(spent)), 0);
    ca_usual_free(spent);
    ca_collector_free(collector);
    return profile;
}

static ca_buf bytes_of(const ca_usual *profile)
{
    ca_buf bytes;
    ca_buf_init(&bytes);
    ck_assert_int_eq(ca_usual_write(profile, &bytes, NULL), 0);
    return bytes;
}

static bool same_text(ca_text a, ca_text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

START_TEST(reads_what_was_written)
{
    score_lines *lines = score_lines_new(4000, 60, 9);
    ca_usual *profile = profile_of(lines), *read;
    ca_buf bytes = bytes_of(profile);
    ck_assert_int_eq(ca_usual_read(ca_buf_text(&bytes), &read, NULL), 0);
    ca_buf again = bytes_of(read);
    ck_assert(same_text(ca_buf_text(&bytes), ca_buf_text(&again)));
    ca_digest one = ca_usual_digest(profile), other = ca_usual_digest(read);
    ck_assert_int_eq(ca_digest_cmp(one, other), 0);
    size_t worded = 0;
    for (uint32_t i = 0; i < lines->count; i++)
        for (uint32_t f = 0; f < LINES_FEATURES; f++) {
            ca_surprise_reason a, b;
            bool there = ca_usual_surprise(profile, f, &lines->columns[f], i, &a);
            ck_assert(there == ca_usual_surprise(read, f, &lines->columns[f], i, &b));
            if (!there)
                continue;
            ck_assert(a.surprise == b.surprise && a.cell == b.cell && a.cell_lines == b.cell_lines && a.share == b.share);
            ck_assert(a.usual_number == b.usual_number && a.usual_choice == b.usual_choice && a.usual_share == b.usual_share);
            ck_assert(same_text(a.usual_words, b.usual_words));
            ck_assert(a.usual_words.len == 0 || a.usual_words.len == 5 || a.usual_words.len == 63);
            worded += a.usual_words.len > 0;
        }
    ck_assert_uint_gt(worded, 500);
    for (size_t f = 0; f < LINES_FEATURES; f++) {
        const ca_usual_feature *a = ca_usual_feature_at(profile, f), *b = ca_usual_feature_at(read, f);
        ca_usual_about x = ca_usual_about_feature(profile, f), y = ca_usual_about_feature(read, f);
        size_t found;
        ck_assert(strcmp(a->name, b->name) == 0 && a->form == b->form && a->direction == b->direction && a->levels == b->levels);
        ck_assert(a->least == b->least && a->unit == b->unit && a->crossed == b->crossed && a->strict == b->strict);
        ck_assert(x.lines == y.lines && x.coarsened == y.coarsened && x.cells == y.cells && x.counts == y.counts);
        ck_assert(ca_usual_find(read, a->identity, &found) && found == f);
    }
    ca_buf_done(&bytes);
    ca_buf_done(&again);
    ca_usual_free(profile);
    ca_usual_free(read);
    score_lines_free(lines);
}
END_TEST

static void check_refused(ca_text bytes)
{
    ca_usual *read = NULL;
    ca_error err = {0};
    char *copy = malloc(bytes.len + 1);    /* exactly as long: what is read beyond is found */
    memcpy(copy, bytes.ptr, bytes.len);
    ck_assert_int_eq(ca_usual_read((ca_text){copy, bytes.len}, &read, &err), CA_CONFIG);
    ck_assert(err.code == CA_CONFIG && err.text[0]);
    ck_assert_ptr_null(read);
    free(copy);
}

START_TEST(damage_is_refused)
{
    score_lines *lines = score_lines_new(300, 4, 9);
    ca_usual *profile = profile_of(lines);
    ca_buf bytes = bytes_of(profile);
    ca_text all = ca_buf_text(&bytes);
    for (size_t len = 0; len < all.len; len += len < 64 ? 1 : 7)
        check_refused((ca_text){all.ptr, len});
    for (size_t bit = 0; bit < all.len * 8; bit += bit < 1000 ? 1 : 13) {
        bytes.ptr[bit / 8] = (char)(bytes.ptr[bit / 8] ^ 1 << bit % 8);
        check_refused(all);
        bytes.ptr[bit / 8] = (char)(bytes.ptr[bit / 8] ^ 1 << bit % 8);
    }
    ca_buf_add_char(&bytes, 0);
    check_refused(ca_buf_text(&bytes));
    ca_buf_done(&bytes);
    ca_usual_free(profile);
    score_lines_free(lines);
}
END_TEST

/* Bytes that are changed and given a checksum that fits are refused, or give a profile that judges lines. */
START_TEST(lies_are_refused_or_harmless)
{
    score_lines *lines = score_lines_new(300, 4, 9);
    ca_usual *profile = profile_of(lines);
    ca_buf bytes = bytes_of(profile);
    size_t refused = 0, read_well = 0;
    for (size_t at = CA_USUAL_BLOCK / 8; at + 8 < bytes.len; at += at < 200 ? 1 : 5)
        for (unsigned change = 1; change < 256; change = change * 2 + 1) {
            ca_usual *read = NULL;
            char kept = bytes.ptr[at];
            bytes.ptr[at] = (char)(bytes.ptr[at] ^ (char)change);
            uint64_t sum = ca_hash64(bytes.ptr, bytes.len - 8);
            for (unsigned i = 0; i < 8; i++)
                bytes.ptr[bytes.len - 8 + i] = (char)(uint8_t)(sum >> 8 * i);
            int rc = ca_usual_read(ca_buf_text(&bytes), &read, NULL);
            ck_assert(rc == 0 || rc == CA_CONFIG);
            refused += rc != 0;
            read_well += rc == 0;
            for (uint32_t f = 0; rc == 0 && f < ca_usual_features(read); f++) {
                ca_surprise_reason reason;
                if (ca_usual_feature_at(read, f)->levels <= 2 && ca_usual_surprise(read, f, &lines->columns[f], 0, &reason))
                    ck_assert(reason.p > 0 && reason.p <= 1);
            }
            ca_usual_free(read);
            bytes.ptr[at] = kept;
        }
    ck_assert_uint_gt(refused, 100);
    ck_assert_uint_gt(read_well, 100);
    ca_buf_done(&bytes);
    ca_usual_free(profile);
    score_lines_free(lines);
}
END_TEST

START_TEST(another_version_is_told)
{
    score_lines *lines = score_lines_new(300, 4, 9);
    ca_usual *profile = profile_of(lines), *read;
    ca_buf bytes = bytes_of(profile);
    ca_error err = {0};
    bytes.ptr[8]++;
    uint64_t sum = ca_hash64(bytes.ptr, bytes.len - 8);
    for (unsigned i = 0; i < 8; i++)
        bytes.ptr[bytes.len - 8 + i] = (char)(uint8_t)(sum >> 8 * i);
    ck_assert_int_eq(ca_usual_read(ca_buf_text(&bytes), &read, &err), CA_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "version 3"));
    ca_buf_done(&bytes);
    ca_usual_free(profile);
    score_lines_free(lines);
}
END_TEST

START_TEST(memory_runs_out)
{
    score_lines *lines = score_lines_new(300, 4, 9);
    ca_usual *profile = profile_of(lines);
    ca_buf bytes = bytes_of(profile);
    for (uint64_t n = 1;; n++) {
        ca_usual *read = NULL;
        ca_error err = {0};
        ca_alloc_fail(n, 0);
        int rc = ca_usual_read(ca_buf_text(&bytes), &read, &err);
        ca_alloc_fail(0, 0);
        ca_usual_free(read);
        if (rc == 0)
            break;
        ck_assert(rc == CA_NOMEM && err.code == CA_NOMEM);
        ck_assert_uint_lt(n, 200);
    }
    ca_buf_done(&bytes);
    ca_usual_free(profile);
    score_lines_free(lines);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, reads_what_was_written);
    tcase_add_test(tcase, damage_is_refused);
    tcase_add_test(tcase, lies_are_refused_or_harmless);
    tcase_add_test(tcase, another_version_is_told);
    tcase_add_test(tcase, memory_runs_out);
}

CA_CHECK_MAIN("score/profile_bytes", add_tests)
