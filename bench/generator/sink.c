/* A buffered file for one output, or the comparison of an existing file with that output. */
#include "generator/sink.h"

#include <errno.h>
#include <string.h>

static void fail(gen_sink *sink, const char *what)
{
    if (!sink->failed)
        fprintf(stderr, "generate: %s: %s\n", sink->path, what);
    sink->failed = true;
}

static void fail_at(gen_sink *sink, uint64_t offset)
{
    char text[96];

    snprintf(text, sizeof text, "differs from what is generated at byte %llu",
             (unsigned long long)offset);
    fail(sink, text);
}

void gen_sink_open(gen_sink *sink, const char *folder, const char *name, bool check)
{
    int len;

    sink->file = NULL;
    sink->check = check;
    sink->failed = false;
    sink->used = 0;
    sink->flushed = 0;
    len = snprintf(sink->path, sizeof sink->path, "%s/%s", folder, name);
    if (len < 0 || (size_t)len >= sizeof sink->path) {
        fail(sink, "the path is too long");
        return;
    }
    sink->file = fopen(sink->path, check ? "rb" : "wb");
    if (sink->file == NULL)
        fail(sink, strerror(errno));
    else
        setvbuf(sink->file, NULL, _IONBF, 0);
}

static void compare(gen_sink *sink)
{
    char found[4096];
    size_t done = 0;

    while (done < sink->used) {
        size_t want = sink->used - done;
        size_t got;
        size_t same = 0;

        if (want > sizeof found)
            want = sizeof found;
        got = fread(found, 1, want, sink->file);
        while (same < got && found[same] == sink->buffer[done + same])
            same++;
        done += same;
        if (same < want) {
            fail_at(sink, sink->flushed + done);
            return;
        }
    }
}

static void flush(gen_sink *sink)
{
    if (!sink->failed) {
        if (sink->check)
            compare(sink);
        else if (fwrite(sink->buffer, 1, sink->used, sink->file) != sink->used)
            fail(sink, strerror(errno));
    }
    sink->flushed += sink->used;
    sink->used = 0;
}

void gen_sink_write(gen_sink *sink, const char *bytes, size_t len)
{
    while (len > 0) {
        size_t part = GEN_SINK_SIZE - sink->used;

        if (part > len)
            part = len;
        memcpy(sink->buffer + sink->used, bytes, part);
        sink->used += part;
        bytes += part;
        len -= part;
        if (sink->used == GEN_SINK_SIZE)
            flush(sink);
    }
}

void gen_sink_text(gen_sink *sink, const char *text)
{
    gen_sink_write(sink, text, strlen(text));
}

bool gen_sink_close(gen_sink *sink)
{
    flush(sink);
    if (sink->check && !sink->failed && fgetc(sink->file) != EOF)
        fail_at(sink, sink->flushed);
    if (sink->file != NULL && fclose(sink->file) != 0)
        fail(sink, strerror(errno));
    sink->file = NULL;
    return !sink->failed;
}
