/* The guesser from the outside: takes files in, puts those of one header together. */
#include "map/guess.h"

#include <string.h>

#include "base/alloc.h"
#include "map/guess_inner.h"
#include "read/source.h"

#define DRAIN_MAX                                                                                  \
    (1ull << 32) /* bytes read on to find the end of a stream that cannot be read from behind */

ca_guess *ca_guess_new(void)
{
    ca_guess *guess = ca_alloc_zero(1, sizeof *guess);
    if (!guess) {
        return NULL;
    }
    ca_arena_init(&guess->arena);
    guess->format_count = ca_guess_formats(guess->formats);
    guess->lexicon = ca_guess_lexicon(&guess->arena);
    guess->files = ca_arena_array(&guess->arena, CA_LAYOUTS_MAX, sizeof *guess->files);
    guess->unknown = ca_arena_array(&guess->arena, CA_LAYOUTS_MAX, sizeof *guess->unknown);
    if (!guess->lexicon || !guess->files || !guess->unknown) {
        ca_guess_free(guess);
        return NULL;
    }
    return guess;
}

void ca_guess_free(ca_guess *guess)
{
    if (guess) {
        ca_arena_done(&guess->arena);
        ca_free(guess);
    }
}

/* --- Files of one header -------------------------------------------------------------------- */

static bool has_name(const guess_file *file, ca_text name)
{
    for (size_t i = 0; i < file->width; i++) {
        if (ca_text_eq(file->head[i], name)) {
            return true;
        }
    }
    return false;
}

static bool same_kind(const guess_file *a, const guess_file *b)
{
    if (a->width != b->width || a->delimiter != b->delimiter || a->titles != b->titles ||
        !a->header || !b->header || a->utf16 != b->utf16) {
        return false;
    }
    for (size_t i = 0; i < a->width; i++) {
        if (!ca_text_eq(a->head[i], b->head[i]) &&
            (!has_name(a, b->head[i]) || !has_name(b, a->head[i]))) {
            return false;
        }
    }
    return true;
}

static bool same_order(const guess_file *a, const guess_file *b)
{
    for (size_t i = 0; i < a->width; i++) {
        if (!ca_text_eq(a->head[i], b->head[i])) {
            return false;
        }
    }
    return true;
}

/* A file of ASCII alone fits the encoding of any other. */
static void merge_encoding(guess_file *first, const guess_file *more)
{
    if (first->encoding == CA_ENC_UTF8 && more->encoding != CA_ENC_UTF8) {
        first->encoding = more->encoding;
    }
    first->encoding_doubt |= more->encoding_doubt;
}

/* The rows of one more file of this header, as far as there is room. */
static int merge_rows(ca_guess *guess, guess_file *first, const guess_file *more, ca_error *err)
{
    size_t room = first->row_count < GUESS_ROWS / 2 ? GUESS_ROWS - first->row_count : 0;
    size_t count = more->row_count < room ? more->row_count : room;
    first->like_count++;
    merge_encoding(first, more);
    if (!first->has_total && more->has_total) {
        first->has_total = true;
        first->total = more->total;
    }
    if (count == 0 || !same_order(first, more)) {
        return 0;
    }
    guess_row *rows = ca_arena_array(&guess->arena, first->row_count + count, sizeof *rows);
    if (!rows) {
        return ca_error_nomem(err);
    }
    if (first->row_count) {
        memcpy(rows, first->rows, first->row_count * sizeof *rows);
    }
    memcpy(rows + first->row_count, more->rows, count * sizeof *rows);
    first->rows = rows;
    first->row_count += count;
    return 0;
}

static int take(ca_guess *guess, guess_file *file, ca_error *err)
{
    for (size_t f = 0; f < guess->file_count; f++) {
        if (same_kind(guess->files[f], file)) {
            return merge_rows(guess, guess->files[f], file, err);
        }
    }
    if (guess->file_count == CA_LAYOUTS_MAX) {
        return ca_error_set(err, CA_LIMIT, "more than %d kinds of files: guess in several runs",
                            CA_LAYOUTS_MAX);
    }
    guess->files[guess->file_count++] = file;
    return 0;
}

int ca_guess_bytes(ca_guess *guess, const char *path, ca_text head, ca_text tail, ca_error *err)
{
    guess_file *file = ca_arena_alloc(&guess->arena, sizeof *file);
    ca_text text, last = {0};
    if (!file) {
        return ca_error_nomem(err);
    }
    if (guess->taken == CA_GUESS_FILES) {
        return ca_error_set(err, CA_LIMIT, "more than %d files: some of each kind are enough",
                            CA_GUESS_FILES);
    }
    guess->taken++;
    if (head.len == 0) {
        return ca_error_set(err, CA_CONFIG, "the file is empty: a header is expected");
    }
    int rc = ca_guess_refuse(head, err);
    if (rc) {
        return rc;
    }
    file->path = ca_arena_cstr(&guess->arena, ca_text_of(path));
    file->whole = tail.len == 0;
    size_t mark = ca_guess_encoding(head, file);
    rc = file->path
             ? ca_guess_text(&guess->arena, ca_text_sub(head, mark, head.len), file, &text, err)
             : ca_error_nomem(err);
    if (rc == 0 && tail.len > 0) {
        rc = ca_guess_text(&guess->arena, tail, file, &last, err);
    }
    if (rc == 0) {
        ca_guess_delimiter(text, file);
        rc = ca_guess_rows(guess, text, last, file, err);
    }
    return rc ? rc : take(guess, file, err);
}

/* --- From a disk ---------------------------------------------------------------------------- */

/* Ends a sample that is not all of the file behind its last whole line. */
static ca_text whole_lines(ca_text head)
{
    size_t len = head.len;
    while (len > 0 && head.ptr[len - 1] != '\n') {
        len--;
    }
    return len > 0 ? ca_text_sub(head, 0, len) : head;
}

static int read_head(ca_source *source, ca_buf *head, ca_error *err)
{
    while (head->len < CA_GUESS_HEAD) {
        int64_t got = ca_source_read(source, head->ptr + head->len, CA_GUESS_HEAD - head->len, err);
        if (got < 0) {
            return (int)got;
        }
        if (got == 0) {
            return CA_END;
        }
        head->len += (size_t)got;
    }
    return 0;
}

/* Streams that cannot be read from behind are read to their end. */
static int drain(ca_source *source, char *tail, size_t *len, ca_error *err)
{
    char *piece = tail + CA_GUESS_TAIL;
    int64_t got = 1;
    for (uint64_t all = 0; got > 0 && all < DRAIN_MAX; all += (uint64_t)got) {
        got = ca_source_read(source, piece, CA_GUESS_TAIL, err);
        if (got > 0) {
            size_t kept = *len + (size_t)got > CA_GUESS_TAIL ? CA_GUESS_TAIL - (size_t)got : *len;
            memmove(tail, tail + *len - kept, kept);
            memcpy(tail + kept, piece, (size_t)got);
            *len = kept + (size_t)got;
        }
    }
    return got < 0 ? (int)got : 0;
}

static int read_tail(ca_disk *disk, ca_source *source, const char *path, char *tail, size_t *len,
                     ca_error *err)
{
    ca_file_info info;
    if (!ca_source_seekable(source)) {
        return drain(source, tail, len, err);
    }
    int rc = disk->info(disk, path, &info, err);
    if (rc || info.size < CA_GUESS_HEAD) {
        return rc < 0 ? rc : 0;
    }
    int64_t got =
        ca_source_read_at(source, (info.size - CA_GUESS_TAIL) & ~1ull, tail, CA_GUESS_TAIL, err);
    *len = got > 0 ? (size_t)got : 0;
    return got < 0 ? (int)got : 0;
}

int ca_guess_file(ca_guess *guess, ca_disk *disk, const char *path, ca_error *err)
{
    ca_source *source = NULL;
    ca_buf head;
    size_t tail_len = 0;
    char *tail = ca_alloc(2 * CA_GUESS_TAIL);
    ca_buf_init(&head);
    int rc = tail && ca_buf_reserve(&head, CA_GUESS_HEAD) ? 0 : ca_error_nomem(err);
    rc = rc ? rc : ca_source_open(disk, path, &source, err);
    rc = rc ? rc : read_head(source, &head, err);
    if (rc == 0) {
        rc = read_tail(disk, source, path, tail, &tail_len, err);
    }
    if (rc == 0 || rc == CA_END) {
        ca_text text = tail_len ? whole_lines(ca_buf_text(&head)) : ca_buf_text(&head);
        rc = ca_guess_bytes(guess, path, text, (ca_text){tail, tail_len}, err);
    }
    ca_source_close(source);
    ca_buf_done(&head);
    ca_free(tail);
    return rc;
}
