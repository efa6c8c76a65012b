/* What explain says of every claim of the sample adds up to what a scan counts, and what it says of one claim is what it
 * says of it among all. The sample comes with a second delivery: repeated and changed lines, voids, and a bad row.
 * CA_PROP_CASES sets how many claims are asked for one by one, CA_PROP_SEED with which to begin. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/report.h"
#include "run/explain_claim.h"
#include "run/state.h"
#include "support/check_main.h"

#define LINES 4000

typedef struct sample {
    ca_arena arena;
    ca_diags diags;
    ca_scan_options options;
    const char *inputs[4];
    const char *folders[1];
    char folder[64];
    ca_text claims[LINES];      /* claim id by row of the sample */
    size_t claim_count;
    ca_claim_told all;
} sample;

static sample s;

static const char *at_source(const char *path)
{
    const char *root = getenv("CA_SOURCE_ROOT");
    return ca_arena_printf(&s.arena, "%s/%s", root ? root : ".", path);
}

/* The row with a status, which is the fourth cell from its end; one that has a status keeps it. */
static void add_with_status(ca_buf *out, ca_text line, const char *status)
{
    size_t at = line.len;
    for (unsigned commas = 0; commas < 4; commas += line.ptr[at] == ',') {
        at--;
    }
    bool has = line.ptr[at + 1] != ',';
    ca_buf_printf(out, "%.*s,%s%.*s\n", (int)at, line.ptr, has ? "" : status, (int)(line.len - at - 1),
                  line.ptr + at + 1);
}

/* Every third row again, of those every second as a replacement or a void. */
static void write_second_delivery(ca_text csv, const char *path)
{
    ca_buf out;
    ca_text line;
    ca_buf_init(&out);
    for (size_t row = 1; ca_text_next(&csv, '\n', &line) && line.len; row++) {
        if (row == 1) {
            ca_buf_printf(&out, "%.*s\n", (int)line.len, line.ptr);
        } else if (row % 3 == 0) {
            const char *status = row % 12 == 0 ? "void" : row % 2 == 0 ? "replacement" : "original";
            add_with_status(&out, line, status);
        }
        if (row > 1) {
            ca_text rest = line;
            ck_assert(ca_text_next(&rest, ',', &s.claims[s.claim_count]));
            s.claim_count++;
        }
    }
    ca_buf_add_cstr(&out, ",no claim\n");
    ck_assert_int_eq(ca_disk_write_atomic(ca_disk_real(), path, out.ptr, out.len, NULL), 0);
    ca_buf_done(&out);
}

static void begin(void)
{
    ca_buf csv;
    memset(&s, 0, sizeof s);
    ca_arena_init(&s.arena);
    ca_diags_init(&s.diags, &s.arena);
    strcpy(s.folder, "/tmp/claimaudit-explain-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(s.folder));
    s.inputs[0] = at_source("data/sample/claims.csv");
    s.inputs[1] = ca_arena_printf(&s.arena, "%s/more.csv", s.folder);
    s.inputs[2] = at_source("data/sample/patients.csv");
    s.inputs[3] = at_source("data/sample/providers.csv");
    s.folders[0] = at_source("data/sample/site");
    ck_assert_int_eq(ca_disk_read_all(ca_disk_real(), s.inputs[0], 1 << 24, &csv, NULL), 0);
    ca_text text;
    ck_assert_int_eq(ca_arena_text(&s.arena, ca_buf_text(&csv), &text), 0);
    ca_buf_done(&csv);
    write_second_delivery(text, s.inputs[1]);
    s.options = ca_scan_defaults();
    s.options.disk = ca_disk_real();
    s.options.clock = ca_clock_real();
    s.options.profile = at_source("data/profiles/generic.yaml");
    s.options.shipped_rules = at_source("rules");
    s.options.rule_folders = s.folders;
    s.options.rule_folder_count = 1;
    s.options.inputs = s.inputs;
    s.options.input_count = 4;
    s.options.work = s.folder;
    s.options.max_rejects = UINT64_MAX;
    s.options.max_rejects_share = false;
    s.options.version = "test";
}

static void end(void)
{
    unlink(s.inputs[1]);
    ck_assert_int_eq(rmdir(s.folder), 0);    /* nothing else is in it */
    ca_diags_done(&s.diags);
    ca_arena_done(&s.arena);
}

static ca_claim_told ask(ca_text claim)
{
    ca_claim_told told;
    ca_error err = {0};
    const ca_claim_question question = {.claim_id = claim};
    int rc = ca_explain_claim(&s.options, &question, &s.arena, &s.diags, &told, &err);
    ck_assert_msg(rc == 0, "%s", err.text);
    return told;
}

START_TEST(all_claims_add_up_to_the_scan)
{
    ca_scan_summary summary = {0};
    ca_error err = {0};
    ca_scan_state scan = {.options = &s.options, .summary = &summary, .arena = &s.arena};
    int rc = ca_engine_begin(&scan, &s.diags, &err);
    rc = rc ? rc : ca_engine_judge(&scan, &err);
    ck_assert_msg(rc == 0, "%s", err.text);
    ca_claim_told all = ask((ca_text){NULL, 0});
    uint64_t dropped = 0;
    size_t others = 0;
    uint64_t kinds[CA_OUTCOMES] = {0};
    for (size_t i = 0; i < summary.rule_count; i++) {
        const ca_scan_rule *rule = &summary.rules[i];
        uint64_t counts[CA_OUTCOMES] = {0};
        if (strcmp(rule->kind, "line") != 0 && strcmp(rule->kind, "claim") != 0) {
            others++;    /* it looks at other claims, too */
            continue;
        }
        for (size_t k = 0; k < all.outcome_count; k++) {
            counts[all.outcomes[k].outcome] += strcmp(all.outcomes[k].rule->id, rule->id) == 0;
        }
        ck_assert_msg(counts[CA_HIT] == rule->hit && counts[CA_EXCUSED] == rule->excused &&
                          counts[CA_UNKNOWN] == rule->unknown && counts[CA_NOT_APPLICABLE] == rule->not_applicable &&
                          counts[CA_PASS] == rule->pass,
                      "%s", rule->id);
        for (size_t k = 0; k < CA_OUTCOMES; k++) {
            kinds[k] += counts[k];
        }
    }
    for (size_t i = 0; i < all.line_count; i++) {
        dropped += all.lines[i].dropped;
    }
    ck_assert_uint_eq(dropped, summary.lines_dropped);
    ck_assert_uint_eq(all.others, others);
    ck_assert_uint_eq(all.line_count, summary.lines);
    ck_assert_uint_eq(all.rows_rejected, summary.rows_rejected);
    ca_engine_end(&scan);
    /* The sample must have what is to be compared. */
    ck_assert_uint_gt(dropped, 300);
    ck_assert_uint_gt(others, 10);
    ck_assert_uint_eq(all.rows_rejected, 1);
    ck_assert_uint_gt(kinds[CA_HIT], 20);
    ck_assert_uint_gt(kinds[CA_UNKNOWN], 20);
    ck_assert_uint_gt(kinds[CA_NOT_APPLICABLE], 100);
    ck_assert_uint_gt(kinds[CA_PASS], 1000);
}
END_TEST

/* Of a line in the first file; all rows of the second come from there. */
static bool is_of(const ca_told_outcome *outcome, ca_text claim, const size_t *row_of_second)
{
    size_t row = strcmp(outcome->file, s.inputs[1]) == 0 ? row_of_second[outcome->row] : (size_t)outcome->row;
    return ca_text_eq(s.claims[row - 2], claim);
}

static const ca_told_outcome *find(const ca_claim_told *told, const ca_told_outcome *wanted)
{
    for (size_t i = 0; i < told->outcome_count; i++) {
        const ca_told_outcome *outcome = &told->outcomes[i];
        if (outcome->rule_index == wanted->rule_index && outcome->of_claim == wanted->of_claim &&
            outcome->row == wanted->row && outcome->line_no == wanted->line_no && outcome->part == wanted->part &&
            outcome->claim_type == wanted->claim_type && strcmp(outcome->file, wanted->file) == 0) {
            return outcome;
        }
    }
    return NULL;
}

START_TEST(a_claim_alone_is_as_among_all)
{
    static size_t row_of_second[LINES];
    const char *seed = getenv("CA_PROP_SEED");
    const char *cases = getenv("CA_PROP_CASES");
    size_t first = seed && *seed ? (size_t)atoi(seed) : 0;
    size_t count = cases && *cases ? (size_t)atoi(cases) : 25;
    size_t seen = 0;    /* nothing is judged of a claim that was voided */
    ca_claim_told all = ask((ca_text){NULL, 0});
    for (size_t row = 3, second = 2; row < s.claim_count + 2; row += 3, second++) {
        row_of_second[second] = row;
    }
    for (size_t i = 0; i < count && i < s.claim_count; i++) {
        ca_text claim = s.claims[(first + i) * 97 % s.claim_count];
        ca_claim_told one = ask(claim);
        size_t expected = 0;
        for (size_t k = 0; k < all.outcome_count; k++) {
            expected += is_of(&all.outcomes[k], claim, row_of_second);
        }
        seen += expected > 0;
        ck_assert_uint_eq(one.outcome_count, expected);
        for (size_t k = 0; k < one.outcome_count; k++) {
            const ca_told_outcome *same = find(&all, &one.outcomes[k]);
            ck_assert_ptr_nonnull(same);
            ck_assert_int_eq((int)same->outcome, (int)one.outcomes[k].outcome);
            ck_assert(ca_text_eq(same->because, one.outcomes[k].because));
        }
    }
    ck_assert_uint_gt(seen * 5, count * 4);
}
END_TEST

static void add_tests(TCase *tcase)
{
    (void)ca_report_use_allocator(NULL);
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, all_claims_add_up_to_the_scan);
    tcase_add_test(tcase, a_claim_alone_is_as_among_all);
}

CA_CHECK_MAIN("prop/explain_claims", add_tests)
