/* Any bytes as a profile of claim lines, as they are or with a checksum that is made to fit: refused with words, or read, and then
 * written as they were; any line can be judged against it. */
#include <math.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "score/surprise.h"

enum { LINES = 8 };

typedef struct lines {
    double numbers[LINES];
    uint64_t choices[LINES], keys[LINES];
    ca_digest ids[LINES];
    ca_usual_column columns[CA_USUAL_FEATURES_MAX];
} lines;

static void make_lines(lines *to)
{
    static const double numbers[LINES] = {0, 1, -3, 1e300, 1e-300, 25, NAN, 7.5};
    for (size_t i = 0; i < LINES; i++) {
        to->numbers[i] = numbers[i];
        to->choices[i] = i % 3;
        to->keys[i] = i / 2;
        to->ids[i] = (ca_digest){i, i};
    }
    for (size_t f = 0; f < CA_USUAL_FEATURES_MAX; f++)
        to->columns[f] = (ca_usual_column){.numbers = to->numbers, .choices = to->choices, .keys = {to->keys, to->keys, to->keys}};
}

static void judge(const ca_usual *profile)
{
    lines made;
    uint32_t used[CA_USUAL_FEATURES_MAX];
    size_t count = ca_usual_features(profile), kept;
    ca_scorer *scorer;
    make_lines(&made);
    for (uint32_t f = 0; f < count; f++) {
        used[f] = f;
        for (uint32_t i = 0; i < LINES; i++) {
            ca_surprise_reason reason;
            if (ca_usual_surprise(profile, f, &made.columns[f], i, &reason))
                fuzz_require(reason.p > 0 && reason.p <= 1 && isfinite(reason.usual_number) && isfinite(reason.share));
        }
    }
    ca_usual_lines all = {.columns = made.columns, .ids = made.ids, .count = LINES};
    fuzz_require(ca_scorer_new(profile, used, count, 3, &scorer, NULL) == 0);
    ca_scorer_add(scorer, &all, NULL);
    const ca_surprise_line *top = ca_scorer_top(scorer, &kept);
    for (size_t i = 0; i < kept; i++)
        fuzz_require(isfinite(top[i].score) && isfinite(top[i].sum) && top[i].q >= 0 && top[i].q <= 1);
    ca_scorer_free(scorer);
}

static void try_bytes(ca_text bytes)
{
    ca_usual *profile;
    ca_error err = {0};
    ca_buf again;
    int rc = ca_usual_read(bytes, &profile, &err);
    fuzz_require(rc == 0 || (rc == CA_CONFIG && err.text[0]));
    if (rc != 0)
        return;
    ca_usual_drift drift;
    for (size_t f = 0; f < ca_usual_features(profile); f++) {
        fuzz_require(ca_usual_drifted(profile, profile, ca_usual_feature_at(profile, f)->identity, &drift));
        fuzz_require(drift.distance >= 0 && drift.distance <= 1e-9);
    }
    ca_buf_init(&again);
    fuzz_require(ca_usual_write(profile, &again, NULL) == 0);
    fuzz_require(again.len == bytes.len && memcmp(again.ptr, bytes.ptr, again.len) == 0);
    ca_buf_done(&again);
    judge(profile);
    ca_usual_free(profile);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ca_buf bytes;
    if (size == 0)
        return 0;
    ca_buf_init(&bytes);
    ca_buf_add(&bytes, data + 1, size - 1);
    fuzz_require(!bytes.failed);
    if (data[0] % 2 == 1 && bytes.len >= 8) {
        uint64_t sum = ca_hash64(bytes.ptr, bytes.len - 8);
        for (unsigned i = 0; i < 8; i++)
            bytes.ptr[bytes.len - 8 + i] = (char)(uint8_t)(sum >> 8 * i);
    }
    try_bytes(ca_buf_text(&bytes));
    ca_buf_done(&bytes);
    return 0;
}
