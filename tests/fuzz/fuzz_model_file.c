/* Any bytes as the file of a model, as they are and with a checksum that is made to fit: what is read packs to the same again. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "store/model_file.h"

static void read(const char *bytes, size_t size)
{
    ca_arena arena;
    ca_model_file model, again;
    ca_error err = {0};
    ca_arena_init(&arena);
    int rc = ca_model_unpack("x.model", (ca_text){bytes, size}, &arena, &model, &err);
    fuzz_require(rc == 0 || (rc == CA_FAIL && err.text[0]) || rc == CA_NOMEM);
    if (rc == 0) {
        ca_buf packed;
        ca_digest digest = model.digest;
        ca_buf_init(&packed);
        fuzz_require(ca_model_pack(&model, &packed, NULL) == 0);
        fuzz_require(ca_digest_cmp(model.digest, digest) == 0);
        fuzz_require(ca_model_unpack("x.model", ca_buf_text(&packed), &arena, &again, NULL) == 0);
        fuzz_require(again.section_count == model.section_count && ca_digest_cmp(again.digest, digest) == 0);
        ca_buf_done(&packed);
    }
    ca_arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1u << 16)
        return 0;
    read((const char *)data, size);
    if (size >= 8) {
        char *mended = malloc(size);
        fuzz_require(mended != NULL);
        memcpy(mended, data, size);
        uint64_t checksum = ca_hash64(mended, size - 8);
        for (unsigned i = 0; i < 8; i++)
            mended[size - 8 + i] = (char)(checksum >> 8 * i);
        read(mended, size);
        free(mended);
    }
    return 0;
}
