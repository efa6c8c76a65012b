/* Plain, gzip and zstd bytes give the same stream and digest; what is cut off or damaged is
 * refused. */
#include <string.h>

#include "base/alloc.h"
#include "read/source.h"
#include "support/check_main.h"
#include "support/memdisk.h"
#include "support/pack.h"

enum { TEXT_SIZE = 300000 };

static memdisk *mem;
static char text[TEXT_SIZE];

static void set_up(void)
{
    mem = memdisk_new();
    uint32_t x = 1;
    for (size_t i = 0; i < TEXT_SIZE; i++) {
        x = x * 1103515245 + 12345;
        text[i] = "0123456789,\n"[(x >> 16) % 12];
    }
}

static void tear_down(void)
{
    memdisk_free(mem);
}

/* Reads to the end in steps; the result of the last read. */
static int64_t read_all(ca_source *source, size_t step, ca_buf *out, ca_error *err)
{
    for (;;) {
        char bytes[5000];
        int64_t got = ca_source_read(source, bytes, step, err);
        if (got <= 0)
            return got;
        if ((size_t)got > step)
            ck_abort_msg("more than asked for");
        ca_buf_add(out, bytes, (size_t)got);
    }
}

static ca_source *open_source(const char *path)
{
    ca_source *source = NULL;
    ca_error err = {0};
    ck_assert_int_eq(ca_source_open(memdisk_disk(mem), path, &source, &err), 0);
    return source;
}

/* The file "file" gives exactly these bytes. */
static void expect_stream(ca_packing packing, size_t step, const void *bytes, size_t len)
{
    ca_source *source = open_source("file");
    ca_buf out;
    ca_buf_init(&out);
    ca_error err = {0};
    ck_assert_int_eq(read_all(source, step, &out, &err), 0);
    ck_assert_int_eq(ca_source_read(source, out.ptr, out.len, &err), 0);
    ck_assert_int_eq(ca_source_packing(source), packing);
    ck_assert_uint_eq(out.len, len);
    ck_assert(len == 0 || memcmp(out.ptr, bytes, len) == 0);
    ck_assert_uint_eq(ca_source_bytes(source), len);
    ck_assert_int_eq(ca_digest_cmp(ca_source_digest(source), ca_hash128(bytes, len)), 0);
    ca_text file;
    ck_assert(memdisk_get(mem, "file", &file));
    ck_assert_uint_eq(ca_source_packed_bytes(source), file.len);
    ca_buf_done(&out);
    ca_source_close(source);
}

START_TEST(every_packing_gives_the_text)
{
    static const size_t steps[] = {7, 1000, 5000};
    ca_buf packed;
    ca_buf_init(&packed);
    pack_add(&packed, (ca_packing)_i, text, TEXT_SIZE);
    memdisk_put(mem, "file", packed.ptr, packed.len);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        expect_stream((ca_packing)_i, steps[i], text, TEXT_SIZE);
    ca_buf_done(&packed);
}
END_TEST

/* The name says nothing. */
START_TEST(packing_is_known_by_content)
{
    static const struct {
        const char *bytes;
        size_t len;
    } plain[] = {{"", 0},        {"a", 1},       {"\x1F", 1},          {"\x28\xB5\x2F", 3},
                 {"(\xB5/x", 4}, {"P*M\x19", 4}, {"\x1E\x8B\x08x", 4}, {"abc", 3}};
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        memdisk_put(mem, "file", plain[i].bytes, plain[i].len);
        expect_stream(CA_PACKING_NONE, 2, plain[i].bytes, plain[i].len);
    }
}
END_TEST

START_TEST(members_and_frames_in_a_row)
{
    for (size_t parts = 1; parts <= 6; parts++) {
        ca_buf packed;
        ca_buf_init(&packed);
        size_t from = 0;
        for (size_t i = 0; i < parts; i++) {
            size_t len = i == 1 ? 0 : 100 * i + 1; /* an empty one among them */
            pack_add(&packed, (ca_packing)_i, text + from, len);
            from += len;
        }
        memdisk_put(mem, "file", packed.ptr, packed.len);
        for (size_t step = 1; step < 400; step += 57)
            expect_stream((ca_packing)_i, step, text, from);
        ca_buf_done(&packed);
    }
}
END_TEST

START_TEST(nothing_packed)
{
    ca_buf packed;
    ca_buf_init(&packed);
    pack_add(&packed, (ca_packing)_i, "", 0);
    memdisk_put(mem, "file", packed.ptr, packed.len);
    expect_stream((ca_packing)_i, 10, "", 0);
    ca_buf_done(&packed);
}
END_TEST

/* zstd lets frames of other people's data stand anywhere. */
START_TEST(skippable_frames)
{
    static const char skipped[] = "\x5A\x2A\x4D\x18\x03\x00\x00\x00xyz";
    ca_buf packed;
    ca_buf_init(&packed);
    ca_buf_add(&packed, skipped, 11);
    pack_add(&packed, CA_PACKING_ZSTD, text, 500);
    ca_buf_add(&packed, skipped, 11);
    memdisk_put(mem, "file", packed.ptr, packed.len);
    expect_stream(CA_PACKING_ZSTD, 7, text, 500);
    ca_buf_done(&packed);
}
END_TEST

static void expect_failure(ca_text file, const char *word)
{
    memdisk_put(mem, "file", file.ptr, file.len);
    ca_source *source = open_source("file");
    ca_buf out;
    ca_buf_init(&out);
    ca_error err = {0};
    ck_assert_int_eq(read_all(source, 1000, &out, &err), CA_FAIL);
    ck_assert_str_eq(err.file, "file");
    ck_assert_msg(strstr(err.text, word) != NULL, "%s: %s", word, err.text);
    if (strcmp(word, "cut off") == 0)
        ck_assert(out.len == 0 || memcmp(out.ptr, text, out.len) == 0);
    /* It stays so. */
    char byte;
    ck_assert_int_eq(ca_source_read(source, &byte, 1, &err), CA_FAIL);
    ca_buf_done(&out);
    ca_source_close(source);
}

START_TEST(cut_off_anywhere)
{
    ca_buf packed;
    ca_buf_init(&packed);
    pack_add(&packed, (ca_packing)_i, text, 2000);
    size_t first = packed.len;
    pack_add(&packed, (ca_packing)_i, text + 2000, 300);
    for (size_t len = 4; len < packed.len; len++)
        if (len != first)
            expect_failure((ca_text){packed.ptr, len}, "cut off");
    ca_buf_done(&packed);
}
END_TEST

/* gzip ends with a checksum; zstd's own compressor leaves it out unless asked. */
START_TEST(damaged_bytes)
{
    ca_buf packed;
    ca_buf_init(&packed);
    pack_add(&packed, CA_PACKING_GZIP, text, 2000);
    for (size_t at = 2; at < packed.len; at += at < 30 || at + 12 > packed.len ? 1 : 13) {
        if (at >= 4 && at < 10) /* time and system of origin mean nothing */
            continue;
        packed.ptr[at] ^= 0x20;
        if (at != 3) /* flags: a field that is then missing */
            expect_failure(ca_buf_text(&packed), "");
        packed.ptr[at] ^= 0x20;
    }
    ca_buf_clear(&packed);
    pack_add(&packed, CA_PACKING_ZSTD, text, 2000);
    packed.ptr[4] ^= 0x08; /* a bit that must be zero */
    expect_failure(ca_buf_text(&packed), "damaged");
    ca_buf_done(&packed);
}
END_TEST

START_TEST(bytes_behind_the_end)
{
    ca_buf packed;
    ca_buf_init(&packed);
    pack_add(&packed, CA_PACKING_GZIP, text, 500);
    size_t len = packed.len;
    ca_buf_add(&packed, "\0\0\0\0", 4); /* as tapes do */
    memdisk_put(mem, "file", packed.ptr, packed.len);
    expect_stream(CA_PACKING_GZIP, 100, text, 500);
    ca_buf_add(&packed, "x", 1);
    expect_failure(ca_buf_text(&packed), "other bytes follow");
    packed.len = len;
    ca_buf_add(&packed, "rubbish", 7);
    expect_failure(ca_buf_text(&packed), "damaged");
    ca_buf_clear(&packed);
    pack_add(&packed, CA_PACKING_ZSTD, text, 500);
    ca_buf_add(&packed, "rubbish", 7);
    expect_failure(ca_buf_text(&packed), "damaged");
    ca_buf_done(&packed);
}
END_TEST

START_TEST(window_of_zstd)
{
    ca_buf packed;
    ca_buf_init(&packed);
    pack_add_zstd_window(&packed, (ca_text){text, 500}, 27);
    memdisk_put(mem, "file", packed.ptr, packed.len);
    expect_stream(CA_PACKING_ZSTD, 100, text, 500);
    ca_buf_clear(&packed);
    pack_add_zstd_window(&packed, (ca_text){text, 500}, 28);
    expect_failure(ca_buf_text(&packed), "--long=27");
    ca_buf_done(&packed);
}
END_TEST

START_TEST(standard_input)
{
    memdisk_put(mem, CA_DISK_STDIN, text, 1000);
    ca_source *source = open_source("-");
    ca_buf out;
    ca_buf_init(&out);
    ca_error err = {0};
    ck_assert_int_eq(read_all(source, 300, &out, &err), 0);
    ck_assert_uint_eq(out.len, 1000);
    ck_assert(ca_source_is_stdin(source));
    ck_assert(!ca_source_seekable(source));
    char byte;
    ck_assert_int_eq(ca_source_read_at(source, 0, &byte, 1, &err), CA_FAIL);
    ck_assert_str_eq(err.file, "standard input");
    ca_buf_done(&out);
    ca_source_close(source);
}
END_TEST

START_TEST(reading_at_a_place)
{
    memdisk_put(mem, "file", text, 1000);
    ca_source *source = open_source("file");
    char bytes[10];
    ck_assert(ca_source_seekable(source));
    ck_assert(!ca_source_is_stdin(source));
    ck_assert_int_eq(ca_source_read_at(source, 500, bytes, 10, NULL), 10);
    ck_assert_mem_eq(bytes, text + 500, 10);
    ck_assert_int_eq(ca_source_read_at(source, 995, bytes, 10, NULL), 5);
    ck_assert_int_eq(ca_source_read_at(source, 2000, bytes, 10, NULL), 0);
    ck_assert_uint_eq(ca_source_bytes(source), 0);
    ck_assert_int_eq(ca_source_read(source, bytes, 3, NULL), 3);
    ck_assert_mem_eq(bytes, text, 3);
    ca_source_close(source);

    ca_buf packed;
    ca_buf_init(&packed);
    pack_add(&packed, CA_PACKING_GZIP, text, 100);
    memdisk_put(mem, "file.csv", packed.ptr, packed.len);
    source = open_source("file.csv");
    ck_assert(!ca_source_seekable(source));
    ca_source_close(source);
    ca_buf_done(&packed);
}
END_TEST

START_TEST(what_cannot_be_opened)
{
    ca_source *source = NULL;
    ca_error err = {0};
    ck_assert_int_eq(ca_source_open(memdisk_disk(mem), "absent", &source, &err), CA_FAIL);
    ck_assert_int_eq(ca_source_open(memdisk_disk(mem), ".", &source, &err), CA_FAIL);
    memdisk_put(mem, "file", text, 10);
    static const memdisk_call calls[] = {MEMDISK_OPEN, MEMDISK_INFO, MEMDISK_READ};
    for (size_t i = 0; i < 3; i++) {
        memdisk_fail(mem, calls[i], 1, false);
        ck_assert_int_eq(ca_source_open(memdisk_disk(mem), "file", &source, &err), CA_FAIL);
    }
    ck_assert_ptr_null(source);
    ca_source_close(NULL);
}
END_TEST

/* A disk that fails in the middle. */
START_TEST(read_errors)
{
    ca_buf packed;
    ca_buf_init(&packed);
    pack_add(&packed, (ca_packing)_i, text, TEXT_SIZE);
    memdisk_put(mem, "file", packed.ptr, packed.len);
    for (uint64_t n = 1;; n++) {
        ca_source *source = open_source("file");
        ca_buf out;
        ca_buf_init(&out);
        ca_error err = {0};
        memdisk_fail(mem, MEMDISK_READ, n, false);
        int64_t result = read_all(source, 5000, &out, &err);
        memdisk_fail(mem, MEMDISK_READ, 0, false);
        if (result < 0) /* bytes are missing now: no more of them may come */
            ck_assert_int_eq(read_all(source, 5000, &out, &err), CA_FAIL);
        ca_buf_done(&out);
        ca_source_close(source);
        if (result == 0) {
            ck_assert_uint_gt(n, 1);
            break;
        }
        ck_assert_int_eq(result, CA_FAIL);
    }
    ca_buf_done(&packed);
}
END_TEST

START_TEST(memory_runs_out)
{
    ca_buf packed;
    ca_buf_init(&packed);
    pack_add(&packed, (ca_packing)_i, text, 5000);
    memdisk_put(mem, "file", packed.ptr, packed.len);
    ca_buf_done(&packed);
    int64_t result = CA_NOMEM;
    uint64_t n = 0;
    while (result != 0) {
        ca_source *source = NULL;
        ca_error err = {0};
        char bytes[1000];
        ca_alloc_fail(++n, 0);
        result = ca_source_open(memdisk_disk(mem), "file", &source, &err);
        while (source != NULL && (result = ca_source_read(source, bytes, 1000, &err)) > 0)
            continue;
        ca_alloc_fail(0, 0);
        ca_source_close(source);
        ck_assert(result == 0 || result == CA_NOMEM);
    }
    ck_assert_uint_gt(n, _i == CA_PACKING_GZIP ? 6 : 4); /* zlib's own memory, too */
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, every_packing_gives_the_text, CA_PACKING_NONE, CA_PACKING_ZSTD + 1);
    tcase_add_test(tcase, packing_is_known_by_content);
    tcase_add_loop_test(tcase, members_and_frames_in_a_row, CA_PACKING_GZIP, CA_PACKING_ZSTD + 1);
    tcase_add_loop_test(tcase, nothing_packed, CA_PACKING_NONE, CA_PACKING_ZSTD + 1);
    tcase_add_test(tcase, skippable_frames);
    tcase_add_loop_test(tcase, cut_off_anywhere, CA_PACKING_GZIP, CA_PACKING_ZSTD + 1);
    tcase_add_test(tcase, damaged_bytes);
    tcase_add_test(tcase, bytes_behind_the_end);
    tcase_add_test(tcase, window_of_zstd);
    tcase_add_test(tcase, standard_input);
    tcase_add_test(tcase, reading_at_a_place);
    tcase_add_test(tcase, what_cannot_be_opened);
    tcase_add_loop_test(tcase, read_errors, CA_PACKING_NONE, CA_PACKING_ZSTD + 1);
    tcase_add_loop_test(tcase, memory_runs_out, CA_PACKING_NONE, CA_PACKING_ZSTD + 1);
}

CA_CHECK_MAIN("read/source", add_tests)
