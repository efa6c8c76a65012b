/* Random nights against an obvious twin: which lines fall or are undone, what becomes of their rows, how many claims there are, what the
 * rules say of what is left; and the same report for every order of files and every size of batches. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "support/check_main.h"
#include "support/night.h"

#include "settle_falls.h"

static const char *const types[] = {"professional", "inpatient"};
static const char *const statuses[] = {"original", "replacement", "denied", "void", "reversal"};

/* --- Random lines --------------------------------------------------------------------------- */

static unsigned upto(twin *t, unsigned most)
{
    t->state = t->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(t->state >> 40) % (most + 1);
}

/* Content follows from key and version, so that lines which tie in the version order are equal: which of two different
 * ones wins then is up to their digests, and no business of the twin. */
static unsigned follow(const line *l, unsigned what, unsigned most)
{
    int64_t parts[] = {l->type, l->claim, l->number, l->paid_date, l->version, l->received, l->wide, what};
    return (unsigned)(ca_hash64(parts, sizeof parts) >> 20) % (most + 1);
}

static unsigned follow_claim(const line *l, unsigned what, unsigned most)
{
    int64_t parts[] = {l->type, l->claim, l->wide, what};
    return (unsigned)(ca_hash64(parts, sizeof parts) >> 20) % (most + 1);
}

static void give_content(line *l)
{
    static const int status_of[] = {0, 0, 0, 0, 0, 1, 2, 3, 4, 4};
    l->part = l->wide ? 1 : 1 + (int)(follow(l, 1, 5) == 0);
    l->status = l->wide ? 0 : status_of[follow(l, 2, 9)];
    l->units = follow(l, 3, 4) == 0 ? MISSING : (int64_t)follow(l, 4, 3) - 1;
    l->paid = follow(l, 5, 5) == 0 ? MISSING : (int64_t)follow(l, 6, 60) - 10;
    if (!l->wide && follow(l, 10, 3)) {
        l->paid = follow(l, 11, 5) ? 5 : 10;    /* few amounts, so that reversals find what they undo */
    }
    if (l->status == 4 && l->paid != MISSING) {
        l->paid = -l->paid;
    }
    l->original = !l->wide && follow(l, 12, 2) == 0 ? (int)follow(l, 13, 7) : -1;
    l->patient = !l->wide && follow(l, 14, 5) ? (int)follow(l, 15, 1) : -1;
    l->day = !l->wide && follow(l, 16, 3) ? 1 + (int64_t)follow(l, 17, 1) : MISSING;
    l->claim_paid = follow_claim(l, 7, 9);
    if (!l->wide && follow(l, 8, 4) == 0) {
        l->claim_paid = follow(l, 9, 1) ? MISSING : 7;
    }
    if (l->wide && (l->units == MISSING || l->units == 0) && (l->paid == MISSING || l->paid == 0)) {
        l->paid = 5;    /* a member whose cells are all empty or zero is none */
    }
}

static void put_number(ca_buf *out, int64_t number)
{
    if (number != MISSING) {
        ca_buf_printf(out, "%lld", (long long)number);
    }
}

static void put_date(ca_buf *out, int64_t day)
{
    if (day != MISSING) {
        ca_buf_printf(out, "2024-01-%02d", (int)day);
    }
}

/* The next line of the claim of the row before, now and then: lines of one claim mostly lie together. */
static void follow_line_before(twin *t, line *l)
{
    const line *before = l - 1;
    if (t->count < 2 || before->file != l->file || before->number > 3 || upto(t, 3)) {
        return;
    }
    l->type = before->type;
    l->claim = before->claim;
    l->number = before->number + 1;
    l->paid_date = before->paid_date;
    l->version = before->version;
    l->received = before->received;
}

static void add_long_row(twin *t, int file)
{
    line *l = &t->lines[t->count++];
    ca_buf *out = &t->text[file];
    *l = (line){.type = (int)upto(t, 1), .claim = (int)upto(t, 7), .number = 1 + (int)upto(t, 3), .file = file,
                .row = ++t->rows[file] + 1};
    l->paid_date = upto(t, 2) ? 1 + (int64_t)upto(t, 1) : MISSING;
    l->version = upto(t, 2) ? 1 + (int64_t)upto(t, 1) : MISSING;
    l->received = upto(t, 1) ? 1 + (int64_t)upto(t, 1) : MISSING;
    follow_line_before(t, l);
    give_content(l);
    ca_buf_printf(out, "K%d,%s,%d,%d,%s,", l->claim, types[l->type], l->part, l->number, statuses[l->status]);
    put_date(out, l->paid_date);
    ca_buf_add_char(out, ',');
    put_number(out, l->version);
    ca_buf_add_char(out, ',');
    put_date(out, l->received);
    ca_buf_add_char(out, ',');
    put_number(out, l->units);
    ca_buf_add_char(out, ',');
    put_number(out, l->paid);
    ca_buf_add_char(out, ',');
    put_number(out, l->claim_paid);
    ca_buf_add_cstr(out, l->original < 0 ? "," : ca_arena_printf(&t->n.arena, ",K%d", l->original));
    ca_buf_add_cstr(out, l->patient < 0 ? "," : ca_arena_printf(&t->n.arena, ",P%d", l->patient));
    ca_buf_add_char(out, ',');
    put_date(out, l->day);
    ca_buf_add_char(out, '\n');
}

/* Some of the three members; always the first, so that there is one. */
static void add_wide_row(twin *t, int file)
{
    int type = (int)upto(t, 1);
    int claim = (int)upto(t, 5);
    int row = ++t->rows[file] + 1;
    ca_buf units, *out = &t->text[file];
    ca_buf_init(&units);
    line head = {.type = type, .claim = claim, .wide = true, .paid_date = MISSING, .version = MISSING, .received = MISSING};
    ca_buf_printf(out, "W%d,%s,%u", claim, types[type], follow_claim(&head, 7, 9));
    for (int member = 1; member <= 3; member++) {
        ca_buf_add_char(out, ',');
        ca_buf_add_char(&units, ',');
        if (member > 1 && upto(t, 1)) {
            continue;
        }
        line *l = &t->lines[t->count++];
        *l = head;
        l->number = member;
        l->file = file;
        l->row = row;
        give_content(l);
        put_number(out, l->paid);
        put_number(&units, l->units);
    }
    ca_buf_add_text(out, ca_buf_text(&units));
    ca_buf_add_char(out, '\n');
    ca_buf_done(&units);
}

static void make_file(twin *t, int file)
{
    bool wide = upto(t, 3) == 0;
    char path[32];
    ca_buf_init(&t->text[file]);
    ca_buf_add_cstr(&t->text[file], wide ? "claim_id,claim_type,claim_paid,paid_1,paid_2,paid_3,units_1,units_2,units_3\n"
                                         : "claim_id,claim_type,claim_part,line_no,claim_status,paid_date,claim_version,"
                                           "received_date,units,paid,claim_paid,original_claim_id,patient_id,service_date\n");
    for (unsigned rows = upto(t, ROWS); rows > 0; rows--) {
        if (wide) {
            add_wide_row(t, file);
        } else {
            add_long_row(t, file);
        }
    }
    snprintf(path, sizeof path, "f%d.csv", file);
    ck_assert(!t->text[file].failed);
    memdisk_put(t->n.memory, path, t->text[file].ptr, t->text[file].len);
    t->digest[file] = ca_hash128(t->text[file].ptr, t->text[file].len);
}

/* --- What is to come out -------------------------------------------------------------------- */

static bool counts(const line *l)
{
    return !l->dropped && !l->undone && !undoes(l);
}

/* Whether line i is the first that counts of its claim, of those in `file` (-1: in any). */
static bool begins_claim(const twin *t, size_t i, int file)
{
    if (t->lines[i].dropped || (file >= 0 && t->lines[i].file != file)) {
        return false;
    }
    for (size_t j = 0; j < i; j++) {
        const line *before = &t->lines[j];
        if (!before->dropped && (file < 0 || before->file == file) && same_claim(before, &t->lines[i])) {
            return false;
        }
    }
    return true;
}

static size_t count_claims(const twin *t, int file)
{
    size_t claims = 0;
    for (size_t i = 0; i < t->count; i++) {
        claims += begins_claim(t, i, file);
    }
    return claims;
}

static const char *twin_files(twin *t)
{
    const char *text = "";
    for (int file = 0; file < FILES; file++) {
        int lines = 0, dropped = 0, skipped = 0;
        bool left[ROWS + 2] = {false};
        for (size_t i = 0; i < t->count; i++) {
            const line *l = &t->lines[i];
            if (l->file == file) {
                lines++;
                dropped += l->dropped;
                left[l->row] |= !l->dropped;
            }
        }
        for (int row = 2; row < t->rows[file] + 2; row++) {
            skipped += !left[row];
        }
        text = ca_arena_printf(&t->n.arena, "%sf%d.csv|%d|%d|%d|%d|%d|%zu\n", text, file, t->rows[file],
                               t->rows[file] - skipped, skipped, lines, dropped, count_claims(t, file));
    }
    return text;
}

typedef struct outcomes {
    int offered, hit, excused, unknown;
} outcomes;

static outcomes judge_lines(const twin *t)
{
    outcomes of = {0};
    for (size_t i = 0; i < t->count; i++) {
        const line *l = &t->lines[i];
        if (!counts(l)) {
            continue;
        }
        of.offered++;
        if (l->units == MISSING) {
            of.unknown++;
        } else if (l->units <= 0) {
            of.excused += l->paid == 0;
            of.hit += l->paid != 0;
        }
    }
    return of;
}

/* A unit of a claim, seen from its first live line. */
typedef struct unit {
    bool begins, sum_lacks, header_differs, header_missing;
    int64_t sum, claim_paid;
} unit;

static unit unit_of(const twin *t, size_t i)
{
    const line *first = &t->lines[i];
    unit u = {.begins = counts(first), .claim_paid = first->claim_paid};
    for (size_t j = 0; j < t->count && u.begins; j++) {
        const line *l = &t->lines[j];
        if (!counts(l) || !same_claim(l, first) || l->part != first->part) {
            continue;
        }
        u.begins = j >= i;
        u.sum_lacks |= l->paid == MISSING;
        u.sum += l->paid == MISSING ? 0 : l->paid;
        u.header_differs |= l->claim_paid != first->claim_paid;
    }
    u.header_missing = u.header_differs || u.claim_paid == MISSING;
    return u;
}

static const char *twin_rules(twin *t, int *ret_conflicts)
{
    outcomes of_lines = judge_lines(t);
    outcomes of_sums = {0}, of_headers = {0};
    *ret_conflicts = 0;
    for (size_t i = 0; i < t->count; i++) {
        unit u = unit_of(t, i);
        if (!u.begins) {
            continue;
        }
        *ret_conflicts += u.header_differs;
        of_sums.offered++;
        of_sums.hit += u.sum > 40;
        of_sums.unknown += u.sum <= 40 && u.sum_lacks;
        of_headers.offered++;
        of_headers.hit += !u.header_missing && u.claim_paid > 5;
        of_headers.unknown += u.header_missing;
    }
    const outcomes all[] = {of_lines, of_sums, of_headers};
    const char *text = "";
    for (int i = 0; i < 3; i++) {
        const outcomes *o = &all[i];
        text = ca_arena_printf(&t->n.arena, "%sCORE-000%d|%d|%d|%d|%d|%d|%d\n", text, i + 1, o->offered, o->hit,
                               o->excused, o->unknown, o->offered - o->hit - o->excused - o->unknown, o->hit);
    }
    return text;
}

static const char *twin_hits(twin *t)
{
    const char *text = "";
    for (int type = 1; type >= 0; type--) {    /* inpatient sorts before professional */
        for (int wide = 0; wide < 2; wide++) {
            for (int claim = 0; claim < 10; claim++) {
                for (int number = 1; number < 5; number++) {
                    for (size_t i = 0; i < t->count; i++) {
                        const line *l = &t->lines[i];
                        if (counts(l) && l->type == type && l->wide == (wide == 1) && l->claim == claim &&
                            l->number == number && l->units != MISSING && l->units <= 0 && l->paid != 0) {
                            text = ca_arena_printf(&t->n.arena, "%s%s/%c%d/%d\n", text, types[type], wide ? 'W' : 'K',
                                                   claim, number);
                        }
                    }
                }
            }
        }
    }
    return text;
}

/* --- Both ----------------------------------------------------------------------------------- */

static int noted_conflicts(const twin *t)
{
    for (size_t i = 0; i < t->n.summary.note_count; i++) {
        int count;
        if (sscanf(t->n.summary.notes[i], "claim_paid differs between the lines of %d claims", &count) == 1) {
            return count;
        }
    }
    return 0;
}

static int noted_waiting(const twin *t, const char *what)
{
    for (size_t i = 0; i < t->n.summary.note_count; i++) {
        int count;
        char last, word[16];
        if (sscanf(t->n.summary.notes[i], "%d %15s found no lin%c", &count, word, &last) == 3 && strcmp(word, what) == 0) {
            return count;
        }
    }
    return 0;
}

static void compare(twin *t, const char *order)
{
    int conflicts;
    ck_assert_msg(night_scan(&t->n, order) == 0, "%s", night_said(&t->n));
    const char *rules = twin_rules(t, &conflicts);
    ck_assert_str_eq(night_ask(&t->n, "SELECT file, rows_read, rows_accepted, rows_skipped, lines, lines_dropped, claims"
                                      " FROM v_files ORDER BY 1"), twin_files(t));
    ck_assert_str_eq(night_ask(&t->n, "SELECT rule_id, offered, hit, excused, unknown, pass, findings FROM v_rule_stats"
                                      " ORDER BY 1"), rules);
    ck_assert_str_eq(night_ask(&t->n, "SELECT subject_id FROM v_findings WHERE rule_id = 'CORE-0001' ORDER BY 1"),
                     twin_hits(t));
    ck_assert_uint_eq(t->n.summary.claims, count_claims(t, -1));
    ck_assert_int_eq(noted_conflicts(t), conflicts);
    ck_assert_int_eq(noted_waiting(t, "reversals"), t->waiting);
    ck_assert_int_eq(noted_waiting(t, "voids"), t->voids_waiting);
}

static void say_what_reversals_undo(night *n, bool across)
{
    static const char before[] = "columns: [claim_id, claim_type]\n";
    ca_text profile;
    ck_assert(memdisk_get(n->memory, "night.yaml", &profile));
    const char *text = ca_arena_cstr(&n->arena, profile);
    const char *at = strstr(text, before);
    ck_assert_ptr_nonnull(at);
    at += sizeof before - 1;
    night_put(n, "night.yaml", ca_arena_printf(&n->arena, "%.*s    reversal: {keys: [%s], opposite: [paid]}\n%s",
                                               (int)(at - text), text, across ? "patient_id" : "claim_id", at));
}

static void begin(twin *t, uint64_t seed)
{
    memset(t, 0, sizeof *t);
    night_init(&t->n);
    t->state = seed * 977 + 5;
    t->across = seed % 2;
    say_what_reversals_undo(&t->n, t->across);
    night_rule(&t->n, "CORE-0001", "line", "units <= 0",
               "unless:\n  - {name: free, reason: nothing was paid, when: paid = 0}\n");
    night_rule(&t->n, "CORE-0002", "claim", "sum(paid) > 40", "");
    night_rule(&t->n, "CORE-0003", "claim", "claim_paid > 5", "");
    for (int file = 0; file < FILES; file++) {
        make_file(t, file);
    }
    drop(t);
    replace(t);
    make_void(t);
    net(t);
}

static void end(twin *t)
{
    for (int file = 0; file < FILES; file++) {
        ca_buf_done(&t->text[file]);
    }
    night_done(&t->n);
}

START_TEST(a_random_night_is_as_the_twin_says)
{
    static const char *const orders[] = {"f0.csv f1.csv f2.csv f3.csv", "f3.csv f1.csv f0.csv f2.csv",
                                         "f2.csv f3.csv f1.csv f0.csv"};
    static const unsigned batches[] = {0, 1, 5};
    static twin t;
    begin(&t, (uint64_t)_i);
    const char *first = NULL;
    for (size_t i = 0; i < 3; i++) {
        t.n.options.batch_rows = batches[i];
        t.n.options.read_size = i == 2 ? 13 : 0;
        night_forget(&t.n);
        compare(&t, orders[i]);
        first = first ? first : night_report(&t.n);
        ck_assert_str_eq(night_report(&t.n), first);
    }
    end(&t);
}
END_TEST

/* Random nights must have what is to be compared. */
START_TEST(the_nights_are_rich)
{
    static twin t;
    int dropped = 0, hits = 0, conflicts = 0, partly = 0, undone = 0, waiting = 0, voided = 0, elsewhere = 0, voids_waiting = 0;
    for (uint64_t seed = 0; seed < 80; seed++) {
        int some;
        begin(&t, seed);
        (void)twin_rules(&t, &some);
        conflicts += some;
        waiting += t.waiting;
        voids_waiting += t.voids_waiting;
        hits += judge_lines(&t).hit;
        for (size_t i = 1; i < t.count; i++) {
            const line *l = &t.lines[i];
            dropped += l->dropped;
            undone += l->undone && !l->voided;
            elsewhere += l->elsewhere;
            voided += l->voided;
            partly += l->wide && l->dropped && !l[-1].dropped && l[-1].file == l->file && l[-1].row == l->row;
        }
        end(&t);
    }
    ck_assert_int_gt(dropped, 300);
    ck_assert_int_gt(hits, 300);
    ck_assert_int_gt(undone, 60);
    ck_assert_int_gt(waiting, 60);
    ck_assert_int_gt(voided, 40);
    ck_assert_int_gt(elsewhere, 30);
    ck_assert_int_gt(voids_waiting, 20);
    ck_assert_int_gt(conflicts, 40);
    ck_assert_int_gt(partly, 10);
}
END_TEST

static int from_environment(const char *name, int otherwise)
{
    const char *text = getenv(name);
    return text && *text ? atoi(text) : otherwise;
}

static void add_tests(TCase *tcase)
{
    int seed = from_environment("CA_PROP_SEED", 0);
    int nights = from_environment("CA_PROP_CASES", 40);    /* thousands of cases elsewhere are nights here */
    nights = nights > 2000 ? 2000 : nights;
    tcase_add_loop_test(tcase, a_random_night_is_as_the_twin_says, seed, seed + nights);
    tcase_add_test(tcase, the_nights_are_rich);
}

CA_CHECK_MAIN("prop/settle_twin", add_tests)
