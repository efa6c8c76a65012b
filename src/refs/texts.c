/* Keeps many short texts without a gap between them. */
#include <string.h>

#include "refs/inside.h"

#define CHUNK 8192

void ca_ref_texts_init(ca_ref_texts *texts)
{
    ca_arena_init(&texts->arena);
    texts->chunk = NULL;
    texts->left = 0;
}

void ca_ref_texts_done(ca_ref_texts *texts)
{
    ca_arena_done(&texts->arena);
    ca_ref_texts_init(texts);
}

const char *ca_ref_texts_keep(ca_ref_texts *texts, const void *bytes, size_t len)
{
    if (len == 0) {
        return "";
    }
    if (len > CHUNK / 8) {
        return ca_arena_copy(&texts->arena, bytes, len);
    }
    if (len > texts->left) {
        texts->chunk = ca_arena_alloc(&texts->arena, CHUNK);
        texts->left = texts->chunk ? CHUNK : 0;
    }
    if (!texts->chunk) {
        return NULL;
    }
    char *to = texts->chunk;
    memcpy(to, bytes, len);
    texts->chunk += len;
    texts->left -= len;
    return to;
}
