/* A file that is written, or, when checking, compared with what should be written to it. */
#ifndef GEN_SINK_H
#define GEN_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define GEN_SINK_SIZE 65536
#define GEN_PATH_MAX  4096

typedef struct gen_sink {
    FILE *file;
    bool check;
    bool failed; /* the first trouble was reported; nothing more is written */
    size_t used;
    uint64_t flushed; /* bytes before the buffer */
    char path[GEN_PATH_MAX];
    char buffer[GEN_SINK_SIZE];
} gen_sink;

void gen_sink_open(gen_sink *sink, const char *folder, const char *name, bool check);
void gen_sink_write(gen_sink *sink, const char *bytes, size_t len);
void gen_sink_text(gen_sink *sink, const char *text);
/* Closes in any case; false when opening, writing or comparing failed (said on stderr). */
bool gen_sink_close(gen_sink *sink);

#endif
