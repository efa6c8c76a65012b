/* The exchange by key gives back every line once, keys whole and in one order, whatever the number of
 * buckets and writers, the budget and the limits; and leaves no file behind. */
#include "support/check_main.h"

#include <string.h>

#include "base/alloc.h"
#include "unit/store/keyed_twin.h"

/* --- Settings ------------------------------------------------------------------------------- */

static const setting settings[] = {
    {.buckets = 256, .writers = 1, .budget = 8192 * K},
    {.buckets = 1, .writers = 1, .budget = 8192 * K},
    {.buckets = 4096, .writers = 2, .budget = 8192 * K},
    {.buckets = 256, .writers = 1, .budget = 64 * K},
    {.buckets = 1, .writers = 3, .budget = 16 * K},
    {.buckets = 8, .writers = 4, .budget = 16 * K, .zstd_level = 1},
    {.buckets = 16, .writers = 1, .budget = 8192 * K, .on_disk = true},
    {.buckets = 2, .writers = 2, .budget = 1},
    {.buckets = 1, .writers = 1, .budget = 8192 * K, .limits = {.bytes = 64 * K}},
    {.buckets = 1, .writers = 2, .budget = 32 * K, .limits = {.bytes = 48 * K}},
    {.buckets = 4, .writers = 2, .budget = 32 * K, .limits = {.bytes = 20 * K, .chunks = true}},
    {.buckets = 1, .writers = 2, .budget = 32 * K, .limits = {.rows = 200}},
    {.buckets = 64, .writers = 1, .budget = 8192 * K, .limits = {.rows = 10, .chunks = true}},
    {.buckets = 1,
     .writers = 1,
     .budget = 32 * K,
     .limits = {.bytes = 1, .rows = 1, .chunks = true}},
};

enum { SETTINGS = sizeof settings / sizeof *settings };

START_TEST(test_same_sequence_for_all_settings)
{
    fixture made;
    output out, first;
    bool written;
    fixture_init(&made, 7, 600, 12);
    exchange(&made, &settings[0], &first, &written);
    ck_assert(!written);
    exchange(&made, &settings[_i], &out, &written);
    ck_assert_int_eq(written, _i >= 3);
    check_against_twin(&made, &out);
    ck_assert_uint_eq(out.marks, first.marks);
    ck_assert_uint_eq(out.mark_count, first.mark_count);
    ck_assert_uint_gt(out.mark_count, 0);
    ck_assert(settings[_i].limits.bytes || settings[_i].limits.rows || out.pieces == 0);
    output_done(&out);
    output_done(&first);
    fixture_done(&made);
}
END_TEST

/* A single key, much larger than the limit: the merge. */
START_TEST(test_one_large_key)
{
    static const setting hows[] = {
        {.buckets = 16,
         .writers = 2,
         .budget = 32 * K,
         .limits = {.bytes = 40 * K, .chunks = true}},
        {.buckets = 16,
         .writers = 1,
         .budget = 8192 * K,
         .limits = {.bytes = 100 * K, .chunks = true}},
        {.buckets = 1, .writers = 1, .budget = 32 * K, .limits = {.rows = 7, .chunks = true}},
        {.buckets = 1, .writers = 1, .budget = 32 * K, .limits = {.bytes = 40 * K}},
    };
    fixture made;
    output out;
    bool written;
    fixture_init(&made, 11, 1200, 20);
    made.hash_bits = 0; /* every key has the same hash: keys must still be told apart */
    exchange(&made, &hows[_i], &out, &written);
    check_against_twin(&made, &out);
    if (hows[_i].limits.chunks) {
        ck_assert_uint_gt(out.pieces, 3);
        ck_assert_uint_lt(out.largest, 600);
    } else {
        ck_assert_uint_eq(out.groups, 1);
    }
    output_done(&out);
    fixture_done(&made);
}
END_TEST

/* Hashes that differ in their last bits only are split by them. */
START_TEST(test_split_by_last_bits)
{
    const setting how = {
        .buckets = 256, .writers = 1, .budget = 64 * K, .limits = {.bytes = 30 * K}};
    fixture made;
    output out;
    bool written;
    fixture_init(&made, 13, 900, 20);
    made.hash_bits = 7;
    exchange(&made, &how, &out, &written);
    check_against_twin(&made, &out);
    ck_assert_uint_eq(out.groups, 8);
    output_done(&out);
    fixture_done(&made);
}
END_TEST

/* Texts and lists of all lengths around those that a byte can tell, some of which stand for several lines. */
static void lengthen(fixture *made)
{
    static const unsigned lengths[] = {0, 1, 3, 8, 20, 253, 254, 255, 256, 300};
    static char text[300];
    static uint32_t ids[300];
    memset(text, 'x', sizeof text);
    for (unsigned i = 0; i < 300; i++) {
        ids[i] = random_code(&made->world, (const char *const[]){"icd10", "icd9"});
    }
    for (unsigned row = 0; row < made->source->rows; row++) {
        unsigned len = lengths[random_below(&made->world.state, 10)];
        if (row > 0 && row % 3) {
            ca_batch_repeat(made->source, row - 1, CA_F_CARE_MODE, row);
            ca_batch_repeat(made->source, row - 1, CA_F_DIAGNOSES, row);
            ca_batch_repeat(made->source, row - 1, CA_F_PATIENT_ID, row);
            continue;
        }
        text[0] = (char)row;
        ca_slice *slices[] = {&made->source->columns[CA_F_CARE_MODE].as.slice[row],
                              &made->source->columns[CA_F_DIAGNOSES].as.slice[row]};
        ck_assert_int_eq(ca_batch_add_bytes(made->source, (ca_text){text, len}, slices[0]), 0);
        ck_assert_int_eq(ca_batch_add_codes(made->source, ids, len, slices[1]), 0);
    }
}

START_TEST(test_long_and_repeated)
{
    fixture made;
    output out;
    bool written;
    fixture_init(&made, 43, 100, _i % 2 ? 9 : 0);
    lengthen(&made);
    exchange(&made, &settings[_i], &out, &written);
    check_against_twin(&made, &out);
    output_done(&out);
    fixture_done(&made);
}
END_TEST

/* Lines that come in small numbers wait for others. */
START_TEST(test_small_puts)
{
    const setting how = {.buckets = 16, .budget = _i == 0 ? 32 * K : 8192 * K, .on_disk = _i == 2};
    fixture made;
    output out;
    ca_keyed *keyed;
    ca_keyed_writer *writer;
    memdisk *mem = make_disk();
    fixture_init(&made, 47, 300, 9);
    lengthen(&made);
    ca_keyed_plan plan = plan_of(&made, &how, memdisk_disk(mem));
    ck_assert_int_eq(ca_keyed_new(&plan, &keyed, NULL), 0);
    ca_keyed_hash(keyed, made.source, NULL, made.hash, NULL);
    ck_assert_int_eq(ca_keyed_writer_new(keyed, 0, how.budget, &writer, NULL), 0);
    uint64_t *chosen = calloc(made.source->words, sizeof *chosen);
    for (unsigned row = 0, step = 1; row < 300; step = 1 + step * 7 % 31) {
        memset(chosen, 0, made.source->words * sizeof *chosen);
        for (unsigned end = row + step; row < end && row < 300; row++) {
            ca_bit_set(chosen, row);
        }
        ck_assert_int_eq(ca_keyed_put(writer, made.source, chosen, made.hash, made.uses, NULL), 0);
    }
    ck_assert_int_eq(ca_keyed_finish(writer, NULL), 0);
    ck_assert_int_eq(ca_keyed_disk_bytes(writer) > 0, _i != 1);
    output_init(&out, &made);
    ck_assert_int_eq(read_all(keyed, &how.limits, &out, NULL), CA_END);
    check_against_twin(&made, &out);
    free(chosen);
    output_done(&out);
    ca_keyed_free(keyed);
    memdisk_free(mem);
    fixture_done(&made);
}
END_TEST

/* Who says nothing of uses gets all bits, by way of memory as of the disk. */
START_TEST(test_all_uses)
{
    fixture made;
    output out;
    bool written;
    fixture_init(&made, 37, 200, 10);
    free(made.uses);
    made.uses = NULL;
    exchange(&made, &settings[_i], &out, &written);
    check_against_twin(&made, &out);
    output_done(&out);
    fixture_done(&made);
}
END_TEST

START_TEST(test_few_rows)
{
    fixture made;
    output out;
    bool written;
    fixture_init(&made, 17, (unsigned)_i, 4);
    for (unsigned i = 0; i < SETTINGS; i++) {
        exchange(&made, &settings[i], &out, &written);
        check_against_twin(&made, &out);
        output_done(&out);
    }
    fixture_done(&made);
}
END_TEST

/* --- Keys ----------------------------------------------------------------------------------- */

START_TEST(test_hash_of_a_key)
{
    fixture made;
    uint64_t whole[8];
    ca_keyed *keyed;
    fixture_init(&made, 19, 300, 3);
    ca_keyed_plan plan = plan_of(&made, &settings[0], NULL);
    memdisk *mem = make_disk();
    plan.disk = memdisk_disk(mem);
    made.key[1] = CA_F_PROCEDURE;
    plan.key_count = 2;
    ck_assert_int_eq(ca_keyed_new(&plan, &keyed, NULL), 0);
    ca_keyed_hash(keyed, made.source, NULL, made.hash, whole);
    for (unsigned i = 0; i < 300; i++) {
        bool has = ca_batch_has(made.source, CA_F_PATIENT_ID, i) &&
                   ca_batch_has(made.source, CA_F_PROCEDURE, i);
        ck_assert_int_eq(ca_bit(whole, i), has);
        for (unsigned j = 0; j < i; j++) {
            bool same = same_value(made.source, &made.world.codes, i, made.source,
                                   &made.world.codes, j, CA_F_PATIENT_ID) &&
                        same_value(made.source, &made.world.codes, i, made.source,
                                   &made.world.codes, j, CA_F_PROCEDURE);
            ck_assert_int_eq(made.hash[i] == made.hash[j], same);
        }
    }
    ca_keyed_free(keyed);
    memdisk_free(mem);
    fixture_done(&made);
}
END_TEST

/* Hashes are of what a run must agree on, not of its dictionary; the first column is plain XXH3. */
START_TEST(test_hash_without_ids)
{
    fixture one, other;
    ca_keyed *keyed;
    uint64_t hash[2];
    uint32_t id;
    memdisk *mem = make_disk();
    fixture *both[] = {&one, &other};
    for (unsigned i = 0; i < 2; i++) {
        fixture_init(both[i], i, 1, 0);
        random_world *world = &both[i]->world;
        uint8_t system;
        for (unsigned j = 0; j <= i; j++) { /* other ids */
            ck_assert(ca_codes_find_system(&world->codes, CA_TEXT("hcpcs"), &system));
            ck_assert_int_eq(ca_codes_put(&world->codes, system,
                                          j == i ? CA_TEXT("V9999") : CA_TEXT("V8888"), &id),
                             0);
        }
        both[i]->source->columns[CA_F_PROCEDURE].as.code[0] = id;
        both[i]->key[0] = CA_F_PROCEDURE;
        ca_keyed_plan plan = plan_of(both[i], &settings[i], memdisk_disk(mem));
        ck_assert_int_eq(ca_keyed_new(&plan, &keyed, NULL), 0);
        ca_keyed_hash(keyed, both[i]->source, NULL, &hash[i], NULL);
        ca_keyed_free(keyed);
        fixture_done(both[i]);
    }
    ck_assert_uint_eq(hash[0], hash[1]);
    ck_assert_uint_eq(hash[0], ca_hash64_seeded("V9999", 5, ca_hash64_seeded("hcpcs", 5, 12345)));
    memdisk_free(mem);
}
END_TEST

/* A list of a key is a set: its lines are one key, and come out by date, however their codes are ordered or repeated. */
START_TEST(test_lists_are_sets)
{
    fixture made;
    output out;
    memdisk *mem = make_disk();
    uint8_t system;
    uint32_t ids[3];
    fixture_init(&made, 3, 30, 0);
    ck_assert(ca_codes_find_system(&made.world.codes, CA_TEXT("mod"), &system));
    ck_assert_int_eq(ca_codes_put(&made.world.codes, system, CA_TEXT("LT"), &ids[0]), 0);
    ck_assert_int_eq(ca_codes_put(&made.world.codes, system, CA_TEXT("KX"), &ids[1]), 0);
    ids[2] = ids[0];
    for (unsigned row = 0; row < 30; row++) {
        ca_slice *list = &made.source->columns[CA_F_MODIFIERS].as.slice[row];
        const uint32_t swapped[] = {ids[1], ids[0]};
        ck_assert_int_eq(ca_batch_add_codes(made.source, row % 2 ? swapped : ids, row % 2 ? 2 : 3, list), 0);
        ca_bit_set(made.source->columns[CA_F_MODIFIERS].present, row);
        made.source->columns[CA_F_SERVICE_DATE].as.date[row] = (ca_date)(20000 - row);
        ca_bit_set(made.source->columns[CA_F_SERVICE_DATE].present, row);
    }
    made.key[0] = CA_F_MODIFIERS;
    ca_keyed *keyed;
    ca_keyed_plan plan = plan_of(&made, &settings[0], memdisk_disk(mem));
    ck_assert_int_eq(ca_keyed_new(&plan, &keyed, NULL), 0);
    ca_keyed_hash(keyed, made.source, NULL, made.hash, NULL);
    output_init(&out, &made);
    ck_assert_int_eq(put_all(&made, &settings[0], keyed, NULL), 0);
    ck_assert_int_eq(read_all(keyed, &settings[0].limits, &out, NULL), CA_END);
    ck_assert_uint_eq(out.rows->rows, 30);
    for (unsigned row = 1; row < 30; row++) {
        ck_assert_uint_eq(made.hash[row], made.hash[0]);
        ck_assert_int_eq(out.rows->columns[CA_F_SERVICE_DATE].as.date[row], (ca_date)(20000 - 29 + row));
    }
    output_done(&out);
    ca_keyed_free(keyed);
    memdisk_free(mem);
    fixture_done(&made);
}
END_TEST

/* A missing line_no is 1. */
static bool is_marked(const ca_keyed_group *group, const ca_batch *batch, unsigned row, uint8_t kind)
{
    int64_t line_no = ca_batch_has(batch, CA_F_LINE_NO, row) ? batch->columns[CA_F_LINE_NO].as.number[row] : 1;
    const ca_origin *origin = &batch->origin[row];
    unsigned found = 0;
    for (size_t i = 0; i < group->mark_count; i++) {
        const ca_keyed_mark *mark = &group->marks[i];
        found += mark->hash == group->hash[row] && mark->row == origin->row && mark->file == origin->file &&
                 mark->line_no == line_no && mark->kind == kind;
    }
    ck_assert_uint_le(found, 1);
    return found;
}

START_TEST(test_marks_are_found)
{
    const setting *how = &settings[5];
    memdisk *mem = make_disk();
    fixture made;
    ca_keyed *keyed;
    ca_keyed_reader *reader;
    ca_keyed_group group;
    size_t found = 0;
    fixture_init(&made, 23, 500, 9);
    ca_keyed_plan plan = plan_of(&made, how, memdisk_disk(mem));
    ck_assert_int_eq(ca_keyed_new(&plan, &keyed, NULL), 0);
    ca_keyed_hash(keyed, made.source, NULL, made.hash, NULL);
    mark_lines(&made);
    ck_assert_int_eq(put_all(&made, how, keyed, NULL), 0);
    ck_assert_int_eq(ca_keyed_reader_new(keyed, &how->limits, &reader, NULL), 0);
    ca_batch *batch = ca_batch_new(&made.world.schema, 16);
    while (ca_keyed_next(reader, batch, &group, NULL) == 0) {
        for (unsigned row = 0; row < batch->rows; row++) {
            unsigned number = (unsigned)batch->origin[row].row - 2; /* in the source */
            bool marked = number % 3 == 0 && number % 5 != 0;
            uint8_t kind = (uint8_t)(1 + number % 2);
            ck_assert_int_eq(is_marked(&group, batch, row, kind), marked);
            ck_assert(!is_marked(&group, batch, row, (uint8_t)(3 - kind)));
            found += marked;
            if (marked) {
                ck_assert(ca_keyed_find_hash(&group, group.hash[row], kind) != NULL);
            }
            ck_assert(ca_keyed_find_hash(&group, group.hash[row], 3) == NULL);
        }
    }
    ck_assert_uint_gt(found, 100);
    ca_batch_free(batch);
    ca_keyed_reader_free(reader);
    ca_keyed_free(keyed);
    memdisk_free(mem);
    fixture_done(&made);
}
END_TEST

/* Buckets that are chosen one by one make up the whole. */
START_TEST(test_select)
{
    const setting *how = &settings[5];
    memdisk *mem = make_disk();
    fixture made;
    ca_keyed *keyed;
    ca_keyed_reader *reader;
    ca_keyed_group group;
    unsigned rows = 0;
    fixture_init(&made, 29, 400, 9);
    ca_keyed_plan plan = plan_of(&made, how, memdisk_disk(mem));
    ck_assert_int_eq(ca_keyed_new(&plan, &keyed, NULL), 0);
    ca_keyed_hash(keyed, made.source, NULL, made.hash, NULL);
    ck_assert_int_eq(put_all(&made, how, keyed, NULL), 0);
    ck_assert_int_eq(ca_keyed_reader_new(keyed, &how->limits, &reader, NULL), 0);
    ca_batch *batch = ca_batch_new(&made.world.schema, 16);
    for (uint32_t bucket = 8; bucket-- > 0;) {
        ca_keyed_select(reader, bucket, bucket + 1);
        while (ca_keyed_next(reader, batch, &group, NULL) == 0) {
            ck_assert_uint_eq(group.hash[0] >> 61, bucket);
            rows += batch->rows;
        }
    }
    ck_assert_uint_eq(rows, 400);
    ca_batch_free(batch);
    ca_keyed_reader_free(reader);
    ca_keyed_free(keyed);
    memdisk_free(mem);
    fixture_done(&made);
}
END_TEST

/* --- Limits --------------------------------------------------------------------------------- */

START_TEST(test_buckets_are_a_power_of_two)
{
    static const uint32_t bad[] = {0, 3, 255, 8192, UINT32_MAX};
    fixture made;
    ca_keyed *keyed;
    ca_error err = {0};
    fixture_init(&made, 1, 1, 0);
    for (unsigned i = 0; i < 5; i++) {
        setting how = {.buckets = bad[i]};
        ca_keyed_plan plan = plan_of(&made, &how, NULL);
        ck_assert_int_eq(ca_keyed_new(&plan, &keyed, &err), CA_CONFIG);
        ck_assert(strstr(err.text, "power of two"));
    }
    fixture_done(&made);
}
END_TEST

/* Staged lines stay within the budget; a line with 1 MB of text passes, one with more does not. */
START_TEST(test_large_lines)
{
    const setting how = {
        .buckets = 4, .writers = 1, .budget = 300 * K, .limits = {.bytes = 800 * K}};
    memdisk *mem = make_disk();
    fixture made;
    ca_keyed *keyed;
    ca_keyed_writer *writer;
    ca_error err = {0};
    output out;
    fixture_init(&made, 31, 40, 0);
    char *text = ca_alloc_zero(1, CA_KEYED_RECORD_MAX + 1);
    ca_slice *texts = made.source->columns[CA_F_CARE_MODE].as.slice;
    for (unsigned row = 0; row < 40; row += 5) {
        text[0] = (char)row;
        ck_assert_int_eq(
            ca_batch_add_bytes(made.source, (ca_text){text, CA_KEYED_RECORD_MAX / 2}, &texts[row]),
            0);
    }
    ca_keyed_plan plan = plan_of(&made, &how, memdisk_disk(mem));
    ck_assert_int_eq(ca_keyed_new(&plan, &keyed, NULL), 0);
    ca_keyed_hash(keyed, made.source, NULL, made.hash, NULL);
    ck_assert_int_eq(ca_keyed_writer_new(keyed, 0, how.budget, &writer, NULL), 0);
    for (unsigned row = 0; row < 40; row++) {
        uint64_t one = UINT64_C(1) << row;
        ck_assert_int_eq(ca_keyed_put(writer, made.source, &one, made.hash, NULL, &err), 0);
        ck_assert_uint_le(writer->held, how.budget + CA_KEYED_RECORD_MAX);
    }
    ck_assert_int_eq(
        ca_batch_add_bytes(made.source, (ca_text){text, CA_KEYED_RECORD_MAX + 1}, &texts[1]), 0);
    uint64_t second = 2;
    ck_assert_int_eq(ca_keyed_put(writer, made.source, &second, made.hash, NULL, &err), CA_LIMIT);
    ck_assert_int_eq(ca_keyed_finish(writer, &err), 0);
    ck_assert_uint_gt(ca_keyed_disk_bytes(writer), 4 * CA_KEYED_RECORD_MAX);
    ca_keyed_reader *reader;
    ca_keyed_group group;
    unsigned rows = 0;
    memset(&out, 0, sizeof out);
    ck_assert_int_eq(ca_keyed_reader_new(keyed, &how.limits, &reader, NULL), 0);
    ca_batch *batch = ca_batch_new(&made.world.schema, 16);
    while (ca_keyed_next(reader, batch, &group, NULL) == 0) {
        for (unsigned row = 0; row < batch->rows; row++) {
            unsigned number = (unsigned)batch->origin[row].row - 2;
            if (number % 5 == 0) {
                ca_text back = ca_batch_text(batch, CA_F_CARE_MODE, row);
                ck_assert_uint_eq(back.len, CA_KEYED_RECORD_MAX / 2);
                ck_assert_int_eq(back.ptr[0], (char)number);
            }
        }
        rows += batch->rows;
    }
    ck_assert_uint_eq(rows, 40);
    ca_batch_free(batch);
    ca_keyed_reader_free(reader);
    ca_keyed_free(keyed);
    ca_free(text);
    memdisk_free(mem);
    fixture_done(&made);
}
END_TEST

/* More lines of a bucket than a section takes. */
START_TEST(test_many_lines)
{
    static const setting hows[] = {
        {.buckets = 1, .writers = 1, .budget = 256 * 1024 * K},
        {.buckets = 1, .writers = 1, .budget = 256 * 1024 * K, .on_disk = true},
    };
    fixture made;
    output out;
    bool written;
    fixture_init(&made, 59, 4300, 9);
    exchange(&made, &hows[_i], &out, &written);
    ck_assert_int_eq(written, _i == 1);
    check_against_twin(&made, &out);
    output_done(&out);
    fixture_done(&made);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_same_sequence_for_all_settings, 0, SETTINGS);
    tcase_add_loop_test(tcase, test_one_large_key, 0, 4);
    tcase_add_test(tcase, test_split_by_last_bits);
    tcase_add_loop_test(tcase, test_all_uses, 0, 4); /* in memory, and on disk */
    tcase_add_loop_test(tcase, test_long_and_repeated, 0, SETTINGS);
    tcase_add_loop_test(tcase, test_small_puts, 0, 3);
    tcase_add_loop_test(tcase, test_few_rows, 0, 4);
    tcase_add_test(tcase, test_hash_of_a_key);
    tcase_add_test(tcase, test_hash_without_ids);
    tcase_add_test(tcase, test_lists_are_sets);
    tcase_add_test(tcase, test_marks_are_found);
    tcase_add_test(tcase, test_select);
    tcase_add_test(tcase, test_buckets_are_a_power_of_two);
    tcase_add_test(tcase, test_large_lines);
    tcase_add_loop_test(tcase, test_many_lines, 0, 2);
}

CA_CHECK_MAIN("store/keyed", add_tests)
