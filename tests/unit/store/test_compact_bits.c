/* Bits of chosen rows are those that are found one by one. */
#include "support/check_main.h"

#include <string.h>

#include "claim/batch.h"
#include "store/compact_inside.h"
#include "unit/store/random.h"

#define WORDS 8u
#define ROWS  (WORDS * 64)

/* None, few, about half, nearly all, or all of them. */
static uint64_t some_bits(uint64_t *seed)
{
    uint64_t bits = random_next(seed);
    switch (random_below(seed, 5)) {
    case 0:
        return 0;
    case 1:
        return bits & random_next(seed) & random_next(seed) & random_next(seed);
    case 2:
        return bits;
    case 3:
        return bits | random_next(seed) | random_next(seed);
    default:
        return UINT64_MAX;
    }
}

START_TEST(bits_move_together_and_apart)
{
    uint64_t seed = 1;
    for (unsigned round = 0; round < 20000; round++) {
        ca_moves moves;
        uint64_t wanted = some_bits(&seed), bits = some_bits(&seed), together = 0;
        unsigned count = 0;
        ca_moves_set(&moves, wanted);
        for (unsigned i = 0; i < 64; i++) {
            if (wanted >> i & 1)
                together |= (bits >> i & 1) << count++;
        }
        ck_assert_uint_eq(moves.count, count);
        ck_assert(ca_moves_together(&moves, bits) == together);
        ck_assert(ca_moves_together(&moves, bits) == together);    /* known by now */
        uint64_t above = count < 64 ? random_next(&seed) << count : 0;    /* is not looked at */
        ck_assert(ca_moves_apart(&moves, together | above) == (bits & wanted));
    }
}
END_TEST

static void check_selected(ca_compact_word *words, bool by_run, const uint64_t *bits, const uint32_t *places, uint32_t count)
{
    uint64_t is[WORDS + 1], expected[WORDS];
    memset(is, 0xA5, sizeof is);
    ca_compact_words_select(words, WORDS, by_run, bits, is);
    ca_bits_select(bits, places, count, expected);
    ck_assert_mem_eq(is, expected, (count + 63) / 64 * sizeof *is);
    ck_assert(is[(count + 63) / 64] == UINT64_C(0xA5A5A5A5A5A5A5A5));    /* no word too many */
}

START_TEST(rows_and_runs_are_selected)
{
    uint64_t seed = 2;
    for (unsigned round = 0; round < 3000; round++) {
        ca_compact_word words[WORDS];
        uint64_t of_rows[WORDS], of_runs[WORDS];
        uint32_t rows[ROWS], runs[ROWS], count = 0, begun = 0;
        for (unsigned w = 0; w < WORDS; w++) {
            uint64_t wanted = some_bits(&seed), begins = some_bits(&seed) | (w == 0);
            of_rows[w] = some_bits(&seed);
            of_runs[w] = some_bits(&seed);
            words[w].begun = begun;
            ca_moves_set(&words[w].wanted, wanted);
            ca_moves_set(&words[w].begins, begins);
            for (unsigned i = 0; i < 64; i++) {
                begun += (uint32_t)(begins >> i & 1);
                rows[count] = w * 64 + i;
                runs[count] = begun - 1;
                count += (uint32_t)(wanted >> i & 1);
            }
        }
        check_selected(words, false, of_rows, rows, count);
        check_selected(words, true, of_runs, runs, count);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, bits_move_together_and_apart);
    tcase_add_test(tcase, rows_and_runs_are_selected);
}

CA_CHECK_MAIN("store/compact_bits", add_tests)
