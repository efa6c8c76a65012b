/* Bits of some rows, a word at a time: those that are wanted move together, and those of runs apart to all their rows (Hacker's
 * Delight, 2nd ed., 7-4 and 7-5). How they move is worked out once for all columns, and only where it is asked. */
#include "store/compact_inside.h"

#define FEW 6u    /* are looked at one by one */

void ca_moves_set(ca_moves *moves, uint64_t bits)
{
    moves->bits = bits;
    moves->count = ca_bits_count(bits);
    moves->known = false;
}

static void find_steps(ca_moves *moves)
{
    uint64_t bits = moves->bits;
    uint64_t gaps = ~bits << 1;    /* to the right of a bit: what they number is how far it moves */
    for (unsigned i = 0; i < CA_MOVES; i++) {
        uint64_t odd = gaps;
        for (unsigned by = 1; by < 64; by *= 2) {
            odd ^= odd << by;
        }
        uint64_t move = odd & bits;
        moves->steps[i] = move;
        bits = (bits ^ move) | move >> (1u << i);
        gaps &= ~odd;
    }
    moves->known = true;
}

static uint64_t one_by_one(uint64_t wanted, uint64_t bits)
{
    uint64_t together = 0;
    for (unsigned i = 0; wanted; wanted &= wanted - 1, i++) {
        together |= (bits >> __builtin_ctzll(wanted) & 1) << i;
    }
    return together;
}

uint64_t ca_moves_together(ca_moves *moves, uint64_t bits)
{
    bits &= moves->bits;
    if (bits == 0 || moves->bits == UINT64_MAX) {
        return bits;
    }
    if (bits == moves->bits) {
        return UINT64_MAX >> (64 - moves->count);
    }
    if (moves->count <= FEW) {
        return one_by_one(moves->bits, bits);
    }
    if (!moves->known) {
        find_steps(moves);
    }
    for (unsigned i = 0; i < CA_MOVES; i++) {
        uint64_t move = bits & moves->steps[i];
        bits = (bits ^ move) | move >> (1u << i);
    }
    return bits;
}

uint64_t ca_moves_apart(ca_moves *moves, uint64_t bits)
{
    if (!moves->known) {
        find_steps(moves);
    }
    for (unsigned i = CA_MOVES; i-- > 0;) {
        uint64_t move = moves->steps[i];
        bits = (bits & ~move) | (bits << (1u << i) & move);
    }
    return bits & moves->bits;
}

/* Of the rows of a word what their runs have. */
static uint64_t of_runs(ca_compact_word *word, const uint64_t *bits)
{
    uint32_t at = word->begun / 64, shift = word->begun % 64;
    uint64_t before = word->begun > 0 ? bits[(word->begun - 1) / 64] >> (word->begun - 1) % 64 & 1 : 0;
    uint64_t here = word->begins.count > 0 ? bits[at] >> shift : 0;
    if (shift + word->begins.count > 64) {
        here |= bits[at + 1] << (64 - shift);
    }
    uint64_t changes = here ^ (here << 1 | before);
    changes = word->begins.count > 0 && changes ? ca_moves_apart(&word->begins, changes) : 0;
    for (unsigned by = 1; changes && by < 64; by *= 2) {
        changes ^= changes << by;
    }
    return changes ^ (0 - before);
}

void ca_compact_words_select(ca_compact_word *words, size_t count, bool by_run, const uint64_t *bits, uint64_t *to)
{
    size_t at = 0;
    uint64_t full = 0;    /* the word of `to` that is being filled */
    for (size_t w = 0; w < count; w++) {
        uint32_t more = words[w].wanted.count;
        uint64_t some = more > 0 ? ca_moves_together(&words[w].wanted, by_run ? of_runs(&words[w], bits) : bits[w]) : 0;
        full |= some << at % 64;
        if (at % 64 + more >= 64) {
            to[at / 64] = full;
            full = at % 64 > 0 ? some >> (64 - at % 64) : 0;
        }
        at += more;
    }
    if (at % 64 > 0) {
        to[at / 64] = full;
    }
}
