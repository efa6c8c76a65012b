/* Every call to the disk and the allocator of a whole night fails in turn: the failure is told or does no harm, no report is
 * half written, nothing is left lying about, and a rerun gives the report of an undisturbed night. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "base/alloc.h"
#include "store/evidence.h"
#include "support/night.h"

static night n;
static const char *undisturbed;
static const char *inputs;
static bool scored;             /* a night with scores, which writes more */
static uint64_t evidence_rows;  /* of an undisturbed night; 0: nobody counted them yet */

#define INPUTS "a.csv - b.csv p_2021.csv d.csv"

/* Repeated and superseded lines, rejects, facts, hits and unknowns of all sorts of rules, a claim whose lines disagree, and a flood: every file of the
 * run is written, and read again. */
static void setup(void)
{
    night_init(&n);
    night_rule(&n, "CORE-0001", "line", "units <= 0", "");
    night_rule(&n, "CORE-0002", "claim", "sum(paid) > 100 and sex = 'F'", "");
    night_put(&n, "rules/core/CORE-0003.yaml",
              "rule: CORE-0003\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: volume\nkind: overlap\nlevel: claim\n"
              "per: [patient_id]\ninterval: paid_date to paid_date\nmessage: \"{b.claim_id}\"\n");
    night_put(&n, "a.csv", "claim_id,claim_type,line_no,patient_id,billing_provider_id,paid_date,units,paid\n"
                           "A,professional,1,P1,D1,2024-01-01,0,70\nA,professional,2,P1,D1,2024-01-01,,70\n"
                           "B,professional,1,P2,D1,2024-01-01,0,70\nC,professional,1,P2\n"
                           "E,inpatient,1,P1,D1,2024-01-01,1,5\nE,inpatient,2,,D1,2024-01-01,1,5\n");
    night_put(&n, CA_DISK_STDIN, "claim_id,claim_type,line_no,patient_id,billing_provider_id,paid_date,units,paid\n"
                                 "A,professional,1,P1,D1,2024-01-01,0,70\nD,professional,1,P2,D1,2024-01-01,0,20\n");
    night_put(&n, "b.csv", "claim_id,claim_type,line_no,patient_id,billing_provider_id,paid_date,units,paid\n"
                           "B,professional,1,P2,D1,2024-02-01,1,70\n");
    night_put(&n, "p_2021.csv", "patient_id,birth_date,sex\nP1,1980-01-01,F\nP2,1990-01-01,M\n");
    night_put(&n, "d.csv", "provider_id,specialty\nD1,10\n");
    inputs = INPUTS;
    ck_assert_msg(night_scan(&n, inputs) == 0, "%s", night_said(&n));
    undisturbed = night_report(&n);
    ck_assert(strstr(undisturbed, "CORE-0001|6|2|0|1|0|3|2|2|units\n") != NULL);
    evidence_rows = 6;
    ck_assert(strstr(undisturbed, "CORE-0003|4|2|") != NULL);    /* A and E have a day in common */
}

static void teardown(void)
{
    night_done(&n);
}

static void evidence_is_whole(void)
{
    char path[160];
    ca_evidence *evidence;
    ca_digest checksum = {0, 0};
    unsigned long long high, low;
    const char *name = night_ask(&n, "SELECT evidence_file FROM v_runs ORDER BY run_id DESC LIMIT 1");
    const char *hex = night_ask(&n, "SELECT lower(hex(evidence_checksum)) FROM run ORDER BY run_id DESC LIMIT 1");
    snprintf(path, sizeof path, "%s/%.*s", n.folder, (int)strlen(name) - 1, name);
    ck_assert_int_eq(sscanf(hex, "%16llx%16llx", &high, &low), 2);
    checksum = (ca_digest){high, low};
    ck_assert_int_eq(ca_evidence_open(n.options.disk, path, &evidence, NULL), 0);
    if (evidence_rows == 0) {
        evidence_rows = ca_evidence_rows(evidence);    /* of the undisturbed night */
    }
    ck_assert_uint_eq(ca_evidence_rows(evidence), evidence_rows);
    ck_assert_int_eq(ca_evidence_verify(evidence, checksum, NULL), 0);
    ca_evidence_close(evidence);
}

/* --- Nights with scores ------------------------------------------------------------------------------------- */

#define DB_MOST (1 << 20)

static char *first_db;          /* the report of the night before; NULL: there was none */
static size_t first_size;

static const char features[] =
    "features:\n"
    "  - {feature: per-claim, version: 1, title: Paid, entity: provider, ratio: sum(paid) / count(), direction: more, money: yes,\n"
    "     minimum: 1, say: \"{value}; {peer}\", tests: []}\n"
    "  - {feature: per-patient, version: 1, title: Lines, entity: provider, ratio: count() / distinct(patient_id), direction: more,\n"
    "     minimum: 1, say: \"{value}; {peer}\", tests: []}\n"
    "  - {feature: hits, version: 1, title: Hits, entity: provider, share: \"count(where hit('CORE-0001')) / count()\",\n"
    "     minimum: 1, direction: more, say: \"{value}; {peer}\", tests: []}\n"
    "  - {feature: units, version: 1, title: Units, entity: provider, value: max(units), direction: both, minimum: 1,\n"
    "     say: \"{value}; {peer}\", tests: []}\n"
    "  - {feature: line-units, version: 1, title: Units, entity: line, surprise: units, given: [claim_type], direction: more, minimum: 1,\n"
    "     say: \"{value}; {peer}\", tests: []}\n";

static void put_scored(const char *path, unsigned seed)
{
    ca_buf text;
    ca_buf_init(&text);
    ca_buf_add_cstr(&text, "claim_id,claim_type,line_no,patient_id,rendering_provider_id,service_date,units,paid\n");
    for (unsigned i = 0; i < 520; i++) {
        ca_buf_printf(&text, "C%u-%u,professional,1,P%u,D%u,2022-%02u-01,%u,%u.50\n", seed, i, i % 7 * (i % 13) + i % 3, i % 13, i % 12 + 1,
                      (i * seed) % (5 + i % 13), i % 13 ? 10 + i * seed % 17 : 500);
    }
    memdisk_put(n.memory, path, text.ptr, text.len);
    ca_buf_done(&text);
}

static void scored_setup(void)
{
    night_init(&n);
    scored = true;
    n.options.scores = true;
    n.options.networks = true;
    night_rule(&n, "CORE-0001", "line", "units <= 0", "");
    night_put(&n, "rules/core/features/all.yaml", features);
    put_scored("a.csv", 1);
    inputs = "a.csv";
    ck_assert_msg(night_scan(&n, inputs) == 0, "%s", night_said(&n));
    undisturbed = night_report(&n);
    ck_assert(strstr(undisturbed, "\nprovider|D1") != NULL);
    evidence_is_whole();
}

/* The night after that: entities and lines are scored by the model of the first. */
static void second_setup(void)
{
    scored_setup();
    FILE *file = fopen(n.db, "rb");
    ck_assert_ptr_nonnull(file);
    first_db = malloc(DB_MOST);
    first_size = fread(first_db, 1, DB_MOST, file);
    fclose(file);
    ck_assert_uint_lt(first_size, DB_MOST);
    put_scored("b.csv", 3);
    inputs = "b.csv";
    ck_assert_msg(night_scan(&n, inputs) == 0, "%s", night_said(&n));
    undisturbed = night_report(&n);
    ck_assert(strstr(undisturbed, "line|professional/C3-") != NULL);
    evidence_rows = 0;
    evidence_is_whole();
}

static void second_teardown(void)
{
    free(first_db);
    first_db = NULL;
    night_done(&n);
}

/* As it was before the night. */
static void begin_again(void)
{
    night_forget(&n);
    FILE *file = first_db ? fopen(n.db, "wb") : NULL;
    if (file) {
        ck_assert_uint_eq(fwrite(first_db, 1, first_size, file), first_size);
        fclose(file);
    }
}

/* After a night that was disturbed and told: nothing in the report, nothing beside it but a complete evidence file
 * that the rerun will write again. */
static void nothing_is_there(const char *what, uint64_t call)
{
    const char *runs = night_ask(&n, "SELECT count(*) FROM sqlite_master");
    if (strcmp(runs, "no report") != 0 && strcmp(runs, "0\n") != 0) {
        ck_assert_str_eq(night_ask(&n, "SELECT (SELECT count(*) FROM run) + (SELECT count(*) FROM finding WHERE run_id > 1) +"
                                       " (SELECT count(*) FROM file WHERE run_id > 1) + (SELECT count(*) FROM v_entity_scores WHERE run_id > 1)"
                                       " + (SELECT count(*) FROM v_models)"),
                         first_db ? "2\n" : "0\n");
    }
    ck_assert_msg(strstr(night_left(&n), ".work") == NULL, "%s %llu leaves %s", what, (unsigned long long)call,
                  night_left(&n));
    ck_assert_msg(strstr(night_left(&n), ".tmp") == NULL, "%s %llu leaves %s", what, (unsigned long long)call,
                  night_left(&n));
}

static void rerun(void)
{
    ck_assert_msg(night_scan(&n, inputs) == 0, "%s", night_said(&n));
    ck_assert_str_eq(night_report(&n), undisturbed);
    evidence_is_whole();
}

/* True while there was a call to disturb. */
static bool disturb(memdisk_call call, uint64_t at, const char *what, bool may_be_ignored)
{
    begin_again();
    memdisk_fail(n.memory, call, at, false);
    uint64_t before = memdisk_calls(n.memory, call);
    int rc = night_scan(&n, inputs);
    bool reached = memdisk_calls(n.memory, call) - before >= at;
    memdisk_fail(n.memory, call, 0, false);
    if (rc == 0) {
        ck_assert_msg(!reached || may_be_ignored, "%s %llu was not told", what, (unsigned long long)at);
        ck_assert_str_eq(night_report(&n), undisturbed);
        evidence_is_whole();
        return reached;
    }
    bool no_model = first_db && rc == CA_CONFIG && strstr(n.err.text, "model 1 is needed for scores");
    ck_assert_msg(rc == CA_FAIL || no_model, "%s %llu: %d %s", what, (unsigned long long)at, rc, night_said(&n));
    ck_assert_int_ne(n.err.text[0], 0);
    if (call != MEMDISK_REMOVE) {
        nothing_is_there(what, at);
    }
    if (at % 7 == 1) {
        rerun();
    }
    return true;
}

START_TEST(every_call_to_the_disk_may_fail)
{
    static const struct {
        memdisk_call call;
        const char *what;
        bool may_be_ignored;    /* closing what was read, removing what is of no use */
        uint64_t least;
    } calls[] = {{MEMDISK_OPEN, "open", false, 12},   {MEMDISK_READ, "read", false, 20},
                 {MEMDISK_WRITE, "write", false, 4},  {MEMDISK_SYNC, "sync", false, 1},
                 {MEMDISK_CLOSE, "close", true, 12},  {MEMDISK_INFO, "info", true, 12},
                 {MEMDISK_RENAME, "rename", false, 1}, {MEMDISK_FOLDER_SYNC, "folder sync", false, 1},
                 {MEMDISK_REMOVE, "remove", true, 1}, {MEMDISK_LIST, "list", false, 2},
                 {MEMDISK_LOCK, "lock", false, 1},    {MEMDISK_MAKE_DIRECTORY, "make a folder", false, 1},
                 {MEMDISK_SPACE, "space", false, 2},  {MEMDISK_CLEAR, "clear", true, 2},
                 {MEMDISK_SHARE, "share", false, 2}};
    n.options.group = "ours";
    n.options.group_number = getegid();
    uint64_t at = 1;
    while (disturb(calls[_i].call, at, calls[_i].what, calls[_i].may_be_ignored)) {
        at++;
    }
    ck_assert_msg(at > calls[_i].least, "only %llu calls of %s", (unsigned long long)at - 1, calls[_i].what);
}
END_TEST

START_TEST(the_disk_may_be_full)
{
    bool full = true;
    for (uint64_t space = 0; full; space += scored ? 1009 : 37) {
        begin_again();
        memdisk_set_space(n.memory, space);
        int rc = night_scan(&n, inputs);
        memdisk_set_space(n.memory, UINT64_MAX);
        full = rc != 0;
        if (full) {
            ck_assert_msg(rc == CA_FAIL, "%d %s", rc, night_said(&n));
            nothing_is_there("space", space);
        } else {
            ck_assert_str_eq(night_report(&n), undisturbed);
        }
    }
    evidence_is_whole();
}
END_TEST

/* Of an earlier night of the same identity, which would be written over; and its model. */
static void remove_evidence(void)
{
    char **names;
    size_t count;
    ca_disk *disk = n.options.disk;
    ck_assert_int_eq(disk->list(disk, n.folder, &n.arena, &names, &count, NULL), 0);
    for (size_t i = 0; i < count; i++) {
        if (strstr(names[i], ".evidence") || (!first_db && strstr(names[i], ".model"))) {
            disk->remove(disk, ca_arena_printf(&n.arena, "%s/%s", n.folder, names[i]), NULL);
        }
    }
}

/* Eight slices, so that they run side by side; of the allocations two hundred are tried. */
START_TEST(every_allocation_may_fail)
{
    uint64_t before = ca_alloc_calls();
    begin_again();
    ck_assert_int_eq(night_scan(&n, inputs), 0);
    uint64_t calls = ca_alloc_calls() - before;
    ck_assert_uint_gt(calls, 400);
    uint64_t stride = calls / 25;
    for (uint64_t at = 1 + (uint64_t)_i * stride / 8; at <= calls; at += stride) {
        begin_again();
        remove_evidence();
        ca_alloc_fail(at, _i % 2);
        int rc = night_scan(&n, inputs);
        ca_alloc_fail(0, 0);
        if (rc == 0) {
            ck_assert_str_eq(night_report(&n), undisturbed);
            continue;
        }
        ck_assert_msg(rc == CA_NOMEM || rc == CA_FAIL, "%llu: %d %s", (unsigned long long)at, rc, night_said(&n));
        nothing_is_there("allocation", at);
        ck_assert_msg(_i % 2 || !strstr(night_left(&n), ".evidence"), "%llu leaves evidence", (unsigned long long)at);
        ck_assert_msg(_i % 2 || first_db || !strstr(night_left(&n), ".model"), "%llu leaves a model", (unsigned long long)at);
    }
    begin_again();
    rerun();
}
END_TEST

/* The database names the evidence, and the model: once the run is stored, a crash must not take them away. */
START_TEST(what_the_report_names_survives_a_crash)
{
    begin_again();
    ck_assert_int_eq(night_scan(&n, inputs), 0);
    memdisk_crash(n.memory, (uint64_t)_i);
    evidence_is_whole();
    if (scored) {    /* the model is there, too */
        put_scored("c.csv", 5);
        ck_assert_msg(night_scan(&n, "c.csv") == 0, "%s", night_said(&n));
    }
}
END_TEST

static void add_all(TCase *tcase)
{
    tcase_add_loop_test(tcase, every_call_to_the_disk_may_fail, 0, 15);
    tcase_add_test(tcase, the_disk_may_be_full);
    tcase_add_loop_test(tcase, every_allocation_may_fail, 0, 8);
    tcase_add_loop_test(tcase, what_the_report_names_survives_a_crash, 0, 4);
}

static void add_night(Suite *suite, const char *name, void (*before)(void), void (*after)(void))
{
    TCase *tcase = tcase_create(name);
    tcase_add_checked_fixture(tcase, before, after);
    add_all(tcase);
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    Suite *suite = suite_create("fault/night");
    add_night(suite, "rules", setup, teardown);
    add_night(suite, "scores", scored_setup, teardown);
    add_night(suite, "second", second_setup, second_teardown);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

