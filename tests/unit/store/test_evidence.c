/* Evidence files give back every row, tell every damaged byte, and never stand half-written under
 * their final name. */
#include "support/check_main.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/evidence.h"
#include "store/evidence_format.h"
#include "support/memdisk.h"
#include "unit/store/random.h"

#define PATH      "run.evidence"
#define TEMPORARY PATH CA_DISK_TEMPORARY

/* Row text follows from (file, row): 20 to 400 bytes, some long, some empty. */
static size_t row_text(uint32_t file, uint64_t row, char *text)
{
    uint64_t seed = file * 1000003 + row;
    uint64_t kind = random_below(&seed, 40);
    size_t len = kind == 0 ? 0 : kind == 1 ? 3000 : 20 + random_below(&seed, 100);
    for (size_t i = 0; i < len; i++) {
        text[i] = i % 9 == 8 ? ',' : (char)('0' + random_below(&seed, 10));
    }
    return len;
}

/* Rows 2, 5, 8 … of three files, in an order of no meaning, some of them twice. */
static void pick(size_t number, uint32_t *ret_file, uint64_t *ret_row)
{
    *ret_file = (uint32_t)(number * 7 % 3);
    *ret_row = 2 + 3 * (number * 7919 % 100003);
}

static int write_file(ca_disk *disk, const char *path, size_t count, ca_digest *ret_checksum,
                      ca_error *err)
{
    ca_evidence_writer *writer;
    int rc = ca_evidence_create(disk, path, &writer, err);
    if (rc) {
        return rc;
    }
    for (size_t i = 0; rc == 0 && i < count; i++) {
        char text[4096];
        uint32_t file;
        uint64_t row;
        pick(i, &file, &row);
        ca_text raw = {text, row_text(file, row, text)};
        rc = ca_evidence_add(writer, file, row, raw, err);
        if (rc == 0 && i % 10 == 0) {
            rc = ca_evidence_add(writer, file, row, raw, err);
        }
    }
    if (rc == 0) {
        rc = ca_evidence_finish(writer, ret_checksum, err);
    }
    ca_evidence_writer_free(writer);
    return rc;
}

static int check_row(ca_evidence *evidence, size_t number, ca_error *err)
{
    char text[4096];
    uint32_t file;
    uint64_t row;
    ca_buf raw;
    ca_buf_init(&raw);
    pick(number, &file, &row);
    ca_text expected = {text, row_text(file, row, text)};
    int rc = ca_evidence_get(evidence, file, row, &raw, err);
    ck_assert(rc < 0 || (rc == 0 && ca_text_eq(ca_buf_text(&raw), expected)));
    ca_buf_done(&raw);
    return rc;
}

/* Reads all rows of a file; the first error. */
static int read_file(ca_disk *disk, const char *path, size_t count, const ca_digest *checksum,
                     ca_error *err)
{
    ca_evidence *evidence;
    int rc = ca_evidence_open(disk, path, &evidence, err);
    if (rc) {
        return rc;
    }
    ck_assert_uint_eq(ca_evidence_rows(evidence), count);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = check_row(evidence, i, err);
    }
    if (rc == 0 && checksum) {
        rc = ca_evidence_verify(evidence, *checksum, err);
    }
    ca_evidence_close(evidence);
    return rc;
}

static void check_absent(ca_disk *disk, const char *path)
{
    const uint64_t rows[] = {0, 1, 3, 4, 400000, UINT64_MAX};
    ca_evidence *evidence;
    ca_buf raw;
    ca_buf_init(&raw);
    ck_assert_int_eq(ca_evidence_open(disk, path, &evidence, NULL), 0);
    for (size_t i = 0; i < 6; i++) {
        for (uint32_t file = 0; file < 5; file++) {
            ck_assert_int_eq(ca_evidence_get(evidence, file, rows[i], &raw, NULL), CA_END);
        }
    }
    ca_evidence_close(evidence);
    ca_buf_done(&raw);
}

START_TEST(every_row_comes_back)
{
    const size_t counts[] = {0, 1, 100, 4096, 4097, 9000};
    memdisk *mem = memdisk_new();
    ca_disk *disk = memdisk_disk(mem);
    ca_error err = {0};
    ca_digest checksum;
    ca_text bytes;
    ck_assert_int_eq(write_file(disk, PATH, counts[_i], &checksum, &err), 0);
    ck_assert(!memdisk_get(mem, TEMPORARY, &bytes));
    ck_assert_int_eq(read_file(disk, PATH, counts[_i], &checksum, &err), 0);
    ck_assert(memdisk_get(mem, PATH, &bytes));
    ck_assert_int_eq(ca_digest_cmp(checksum, ca_hash128(bytes.ptr, bytes.len)), 0);
    check_absent(disk, PATH);
    memdisk_free(mem);
}
END_TEST

START_TEST(every_row_comes_back_from_the_real_disk)
{
    char path[64];
    ca_error err = {0};
    ca_digest checksum;
    snprintf(path, sizeof path, "/tmp/test_evidence.%ld", (long)getpid());
    ck_assert_msg(write_file(ca_disk_real(), path, 5000, &checksum, &err) == 0, "%s", err.text);
    ck_assert_msg(read_file(ca_disk_real(), path, 5000, &checksum, &err) == 0, "%s", err.text);
    checksum.low ^= 1;
    ck_assert_int_eq(read_file(ca_disk_real(), path, 5000, &checksum, &err), CA_FAIL);
    ck_assert_int_eq(ca_disk_real()->remove(ca_disk_real(), path, &err), 0);
}
END_TEST

START_TEST(empty_and_huge_rows)
{
    memdisk *mem = memdisk_new();
    ca_disk *disk = memdisk_disk(mem);
    ca_evidence_writer *writer;
    ca_evidence *evidence;
    ca_digest checksum;
    ca_error err = {0};
    ca_buf raw;
    char *huge = calloc(1, CA_EVIDENCE_BLOCK * 3);
    ca_text rows[] = {CA_TEXT(""),
                      {huge, CA_EVIDENCE_BLOCK * 3},
                      CA_TEXT("a\r\n\"b\0c"),
                      {huge, CA_EVIDENCE_BLOCK},
                      {huge, CA_EVIDENCE_BLOCK - 1},
                      CA_TEXT("")};
    memset(huge, 'x', CA_EVIDENCE_BLOCK * 2);
    ca_buf_init(&raw);
    ck_assert_int_eq(ca_evidence_create(disk, PATH, &writer, &err), 0);
    for (size_t i = 0; i < 6; i++) {
        ck_assert_int_eq(ca_evidence_add(writer, 1, i, rows[i], &err), 0);
    }
    ca_text beyond = {huge, CA_EVIDENCE_ROW_MAX + 1};
    ck_assert_int_eq(ca_evidence_add(writer, 1, 9, beyond, &err), CA_LIMIT);
    ck_assert_str_eq(err.text, "a source row of 67108865 bytes is above the limit of 67108864");
    ck_assert_int_eq(ca_evidence_finish(writer, &checksum, &err), 0);
    ca_evidence_writer_free(writer);
    ck_assert_int_eq(ca_evidence_open(disk, PATH, &evidence, &err), 0);
    for (size_t i = 6; i-- > 0;) {
        ck_assert_int_eq(ca_evidence_get(evidence, 1, i, &raw, &err), 0);
        ck_assert(ca_text_eq(ca_buf_text(&raw), rows[i]));
    }
    ck_assert_int_eq(ca_evidence_verify(evidence, checksum, &err), 0);
    ca_evidence_close(evidence);
    ca_buf_done(&raw);
    free(huge);
    memdisk_free(mem);
}
END_TEST

START_TEST(only_empty_rows)
{
    memdisk *mem = memdisk_new();
    ca_evidence_writer *writer;
    ca_evidence *evidence;
    ca_digest checksum;
    ca_buf raw;
    ca_buf_init(&raw);
    ck_assert_int_eq(ca_evidence_create(memdisk_disk(mem), PATH, &writer, NULL), 0);
    ck_assert_int_eq(ca_evidence_add(writer, 0, 2, CA_TEXT(""), NULL), 0);
    ck_assert_int_eq(ca_evidence_finish(writer, &checksum, NULL), 0);
    ca_evidence_writer_free(writer);
    ck_assert_int_eq(ca_evidence_open(memdisk_disk(mem), PATH, &evidence, NULL), 0);
    ck_assert_int_eq(ca_evidence_get(evidence, 0, 2, &raw, NULL), 0);
    ck_assert_uint_eq(raw.len, 0);
    ca_evidence_close(evidence);
    ca_buf_done(&raw);
    memdisk_free(mem);
}
END_TEST

START_TEST(the_same_rows_give_the_same_file)
{
    memdisk *mem = memdisk_new();
    ca_digest one, other;
    ck_assert_int_eq(write_file(memdisk_disk(mem), "a", 500, &one, NULL), 0);
    ck_assert_int_eq(write_file(memdisk_disk(mem), "b", 500, &other, NULL), 0);
    ck_assert_int_eq(ca_digest_cmp(one, other), 0);
    memdisk_free(mem);
}
END_TEST

START_TEST(a_damaged_byte_is_told_wherever_it_stands)
{
    memdisk *mem = memdisk_new();
    ca_disk *disk = memdisk_disk(mem);
    ca_digest checksum;
    ca_error err = {0};
    ca_text bytes;
    ck_assert_int_eq(write_file(disk, PATH, 20, &checksum, NULL), 0);
    ck_assert(memdisk_get(mem, PATH, &bytes));
    size_t len = bytes.len;
    char *copy = malloc(len);
    memcpy(copy, bytes.ptr, len);
    for (size_t i = 0; i < len; i++) {
        char was = copy[i];
        copy[i] = (char)(was ^ (1 << i % 8));
        memdisk_put(mem, PATH, copy, len);
        ck_assert_msg(read_file(disk, PATH, 20, NULL, &err) == CA_FAIL, "byte %zu", i);
        ck_assert_str_ne(err.text, "");
        copy[i] = was;
    }
    memdisk_put(mem, PATH, copy, len);
    ck_assert_int_eq(read_file(disk, PATH, 20, &checksum, &err), 0);
    free(copy);
    memdisk_free(mem);
}
END_TEST

START_TEST(a_file_cut_short_or_prolonged_is_told)
{
    memdisk *mem = memdisk_new();
    ca_disk *disk = memdisk_disk(mem);
    ca_digest checksum;
    ca_error err = {0};
    ca_text bytes;
    ck_assert_int_eq(write_file(disk, PATH, 20, &checksum, NULL), 0);
    ck_assert(memdisk_get(mem, PATH, &bytes));
    size_t len = bytes.len;
    char *copy = calloc(1, len + 1);
    memcpy(copy, bytes.ptr, len);
    for (size_t cut = 0; cut <= len + 1; cut += cut < 100 || cut + 100 > len ? 1 : 7) {
        if (cut != len) {
            memdisk_put(mem, PATH, copy, cut);
            ck_assert_msg(read_file(disk, PATH, 20, NULL, &err) == CA_FAIL, "%zu bytes", cut);
        }
    }
    ck_assert_str_eq(err.text, "the evidence file " PATH " is damaged: restore it from a copy");
    free(copy);
    memdisk_free(mem);
}
END_TEST

START_TEST(other_files_are_refused_in_words)
{
    memdisk *mem = memdisk_new();
    ca_disk *disk = memdisk_disk(mem);
    ca_evidence *evidence;
    ca_error err = {0};
    char text[300];
    memset(text, 'a', sizeof text);
    memdisk_put(mem, PATH, text, sizeof text);
    ck_assert_int_eq(ca_evidence_open(disk, PATH, &evidence, &err), CA_FAIL);
    ck_assert_str_eq(err.text, PATH " is not an evidence file, or damaged");
    ck_assert_int_eq(ca_evidence_open(disk, "absent", &evidence, &err), CA_FAIL);

    /* A whole file of a later format. */
    uint8_t later[CA_EVIDENCE_MAGIC_BYTES + CA_EVIDENCE_TRAILER_BYTES] = CA_EVIDENCE_MAGIC;
    uint8_t *trailer = later + CA_EVIDENCE_MAGIC_BYTES;
    ca_evidence_put_trailer(trailer, &(ca_evidence_trailer){.directory_offset = 8});
    trailer[8] = 2;
    uint64_t checksum = ca_hash64(trailer, 56);
    for (unsigned i = 0; i < 8; i++) {
        trailer[56 + i] = (uint8_t)(checksum >> (8 * i));
    }
    memdisk_put(mem, PATH, later, sizeof later);
    ck_assert_int_eq(ca_evidence_open(disk, PATH, &evidence, &err), CA_FAIL);
    ck_assert_str_eq(err.text, "the evidence file " PATH " has format 2, this program reads 1: use "
                               "the program that wrote it or a newer one");
    memdisk_free(mem);
}
END_TEST

/* A trailer with a right checksum but sizes that no file has: made by someone, not by chance. */
START_TEST(forged_sizes_are_told)
{
    memdisk *mem = memdisk_new();
    ca_disk *disk = memdisk_disk(mem);
    ca_evidence *evidence;
    ca_error err = {0};
    const ca_evidence_trailer forged[] = {
        {.directory_offset = 8, .row_blocks = UINT32_MAX, .index_blocks = UINT32_MAX},
        {.directory_offset = 8, .rows = UINT64_MAX},
        {.directory_offset = UINT64_MAX, .directory_len = 1},
        {.directory_offset = 0, .directory_len = 8},
        {.directory_offset = 8, .directory_len = 1000},
        {.directory_offset = 8, .directory_len = 0, .directory_checksum = 5},
    };
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++) {
        uint8_t bytes[CA_EVIDENCE_MAGIC_BYTES + CA_EVIDENCE_TRAILER_BYTES] = CA_EVIDENCE_MAGIC;
        ca_evidence_put_trailer(bytes + CA_EVIDENCE_MAGIC_BYTES, &forged[i]);
        memdisk_put(mem, PATH, bytes, sizeof bytes);
        ck_assert_int_eq(ca_evidence_open(disk, PATH, &evidence, &err), CA_FAIL);
    }
    memdisk_free(mem);
}
END_TEST

START_TEST(every_failing_call_is_an_error_and_leaves_no_file)
{
    const memdisk_call calls[] = {MEMDISK_OPEN, MEMDISK_WRITE, MEMDISK_SYNC, MEMDISK_RENAME};
    uint64_t n = 1;
    for (;; n++) {
        memdisk *mem = memdisk_new();
        ca_error err = {0};
        ca_digest checksum;
        ca_text left;
        memdisk_fail(mem, calls[_i], n, false);
        int rc = write_file(memdisk_disk(mem), PATH, 6000, &checksum, &err);
        ck_assert(!memdisk_get(mem, TEMPORARY, &left));
        ck_assert(memdisk_get(mem, PATH, &left) == (rc == 0));
        memdisk_free(mem);
        if (rc == 0) {
            break;
        }
        ck_assert_int_eq(rc, CA_FAIL);
        ck_assert_str_ne(err.text, "");
    }
    ck_assert_uint_gt(n, calls[_i] == MEMDISK_WRITE ? 6 : 1);
}
END_TEST

/* Power is lost at every call in turn: under the final name there is nothing or the whole file. */
START_TEST(a_crash_leaves_the_whole_file_or_none)
{
    bool whole = false;
    bool none = false;
    for (uint64_t n = 1; !whole; n++) {
        memdisk *mem = memdisk_new();
        ca_digest checksum;
        ca_error err = {0};
        ca_text bytes;
        memdisk_fail(mem, MEMDISK_ANY, n,
                     true); /* nothing works from here on: as if switched off */
        int rc = write_file(memdisk_disk(mem), PATH, 4000, &checksum, &err);
        memdisk_crash(mem, n);
        if (memdisk_get(mem, PATH, &bytes)) {
            ck_assert_int_eq(read_file(memdisk_disk(mem), PATH, 4000, NULL, &err), 0);
            whole = rc == 0;
        } else {
            ck_assert_int_lt(rc, 0);
            none = true;
        }
        memdisk_free(mem);
    }
    ck_assert(none);
}
END_TEST

START_TEST(a_file_not_finished_is_removed)
{
    memdisk *mem = memdisk_new();
    ca_evidence_writer *writer;
    ca_text left;
    ck_assert_int_eq(ca_evidence_create(memdisk_disk(mem), PATH, &writer, NULL), 0);
    ck_assert(memdisk_get(mem, TEMPORARY, &left));
    ca_evidence_writer_free(writer);
    ca_evidence_writer_free(NULL);
    ca_evidence_close(NULL);
    ck_assert(!memdisk_get(mem, TEMPORARY, &left));
    ck_assert(!memdisk_get(mem, PATH, &left));
    memdisk_free(mem);
}
END_TEST

START_TEST(a_failure_is_kept_to_the_end)
{
    memdisk *mem = memdisk_new();
    ca_evidence_writer *writer;
    ca_digest checksum;
    ca_error err = {0};
    char *long_row = calloc(1, CA_EVIDENCE_BLOCK);
    ca_text raw = {long_row, CA_EVIDENCE_BLOCK};
    ck_assert_int_eq(ca_evidence_create(memdisk_disk(mem), PATH, &writer, NULL), 0);
    ck_assert_int_eq(ca_evidence_add(writer, 0, 1, raw, NULL), 0);
    memdisk_fail(mem, MEMDISK_WRITE, 1, false);
    ck_assert_int_eq(ca_evidence_add(writer, 0, 2, raw, NULL), CA_FAIL);
    ck_assert_int_eq(ca_evidence_add(writer, 0, 3, raw, &err), CA_FAIL);
    ck_assert_int_eq(ca_evidence_finish(writer, &checksum, &err), CA_FAIL);
    ck_assert_str_ne(err.text, "");
    ca_evidence_writer_free(writer);
    free(long_row);
    memdisk_free(mem);
}
END_TEST

START_TEST(every_failing_allocation_is_an_error)
{
    uint64_t n = 1;
    for (;; n++) {
        memdisk *mem = memdisk_new();
        ca_error err = {0};
        ca_digest checksum;
        ca_alloc_fail(n, 0);
        int rc = write_file(memdisk_disk(mem), PATH, 300, &checksum, &err);
        if (rc == 0) {
            rc = read_file(memdisk_disk(mem), PATH, 300, &checksum, &err);
        }
        ca_alloc_fail(0, 0);
        memdisk_free(mem);
        if (rc == 0) {
            break;
        }
        ck_assert_int_eq(rc, CA_NOMEM);
        ck_assert_int_eq(err.code, CA_NOMEM);
    }
    ck_assert_uint_gt(n, 15);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, every_row_comes_back, 0, 6);
    tcase_add_test(tcase, every_row_comes_back_from_the_real_disk);
    tcase_add_test(tcase, empty_and_huge_rows);
    tcase_add_test(tcase, only_empty_rows);
    tcase_add_test(tcase, the_same_rows_give_the_same_file);
    tcase_add_test(tcase, a_damaged_byte_is_told_wherever_it_stands);
    tcase_add_test(tcase, a_file_cut_short_or_prolonged_is_told);
    tcase_add_test(tcase, other_files_are_refused_in_words);
    tcase_add_test(tcase, forged_sizes_are_told);
    tcase_add_loop_test(tcase, every_failing_call_is_an_error_and_leaves_no_file, 0, 4);
    tcase_add_test(tcase, a_crash_leaves_the_whole_file_or_none);
    tcase_add_test(tcase, a_file_not_finished_is_removed);
    tcase_add_test(tcase, a_failure_is_kept_to_the_end);
    tcase_add_test(tcase, every_failing_allocation_is_an_error);
}

CA_CHECK_MAIN("store/evidence", add_tests)
