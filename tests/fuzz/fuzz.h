/* What a fuzz target needs: the entry that libFuzzer and our own main call, and a check that stays
 * in every build. */
#ifndef CA_TESTS_FUZZ_H
#define CA_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void fuzz_require(int condition)
{
    if (!condition)
        abort();
}

#endif
