/* rules.lock: what it holds, what it refuses, and what a site may change all the same. */
#include "rules/lock.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "support/check_main.h"
#include "support/memdisk.h"
#include "support/rule_front.h"

static rule_front *front;
static ca_ruleset *set;
static memdisk *memory;
static ca_diags diags;
static ca_arena arena;
static ca_buf words;
static ca_buf written;

static void set_up(void)
{
    front = rule_front_new();
    set = rule_front_set(front);
    memory = memdisk_new();
    ca_arena_init(&arena);
    ca_diags_init(&diags, &arena);
    ca_buf_init(&words);
    ca_buf_init(&written);
}

static void tear_down(void)
{
    ca_buf_done(&written);
    ca_buf_done(&words);
    ca_diags_done(&diags);
    ca_arena_done(&arena);
    memdisk_free(memory);
    rule_front_free(front);
}

static void add(const char *id, unsigned version, const char *status, const char *title, const char *when)
{
    char path[40];
    char text[600];
    snprintf(path, sizeof(path), "pack/%s.yaml", id);
    snprintf(text, sizeof(text),
             "rule: %s\nversion: %u\ntitle: %s\nstatus: %s\nseverity: high\ncategory: eligibility\nkind: line\n"
             "parameters: {cap: 1}\nwhen: units > cap and %s\nmessage: '{claim_id} {units}'\n",
             id, version, title, status, when);
    ck_assert_int_eq(ca_ruleset_add_source(set, path, ca_text_of(text), false, &diags, NULL), 0);
}

static void begin_anew(void)
{
    rule_front_empty(front);
    set = rule_front_set(front);
}

static void finish(void)
{
    ck_assert_int_eq(ca_ruleset_finish(set, &diags, NULL), 0);
    ck_assert_uint_eq(diags.errors, 0);
}

static void put(const char *path, const char *text)
{
    memdisk_put(memory, path, text, strlen(text));
}

/* Locks the rules as they are now, with what `old` had. */
static const char *write_lock(const ca_lock *old)
{
    ca_buf_clear(&written);
    ck_assert_int_eq(ca_lock_print(set, NULL, old, &written, NULL), 0);
    put("pack/rules.lock", ca_buf_cstr(&written));
    return ca_buf_cstr(&written);
}

static ca_lock read_lock(void)
{
    ca_lock lock = {0};
    ck_assert_int_eq(ca_lock_load(memdisk_disk(memory), "pack/rules.lock", &arena, &diags, &lock, NULL), 0);
    return lock;
}

static const char *said(void)
{
    static const char *const severity[] = {"error", "warning", "hint"};
    ca_buf_clear(&words);
    ca_diags_sort(&diags);
    for (size_t i = 0; i < diags.count; i++)
        ca_buf_printf(&words, "%s:%u:%u: %s: %.45s\n", diags.items[i].file, (unsigned)diags.items[i].line,
                      (unsigned)diags.items[i].column, severity[diags.items[i].severity], diags.items[i].text);
    ca_diags_done(&diags);
    ca_diags_init(&diags, &arena);
    return ca_buf_cstr(&words);
}

static const char *check(void)
{
    ck_assert_int_eq(ca_locks_check(set, NULL, memdisk_disk(memory), &arena, &diags, NULL), 0);
    return said();
}

START_TEST(unchanged_rules_agree_and_drafts_are_left_out)
{
    add("US-0102", 2, "active", "B", "paid > 1");
    add("US-0101", 1, "shadow", "A", "paid > 2");
    add("US-0103", 1, "draft", "C", "paid > 3");
    finish();
    ck_assert_str_eq(check(), ""); /* a pack without a lock is fine */
    write_lock(NULL);
    ca_lock lock = read_lock();
    ck_assert_uint_eq(lock.count, 2);
    ck_assert(ca_text_is(lock.entries[0].id, "US-0101"));
    ck_assert_int_eq(ca_lock_find(&lock, "US-0102")->version, 2);
    ck_assert_ptr_null(ca_lock_find(&lock, "US-0103"));
    ck_assert_str_eq(check(), "");
}
END_TEST

START_TEST(logic_needs_a_new_version_and_texts_do_not)
{
    add("US-0101", 3, "active", "A", "paid > 1");
    finish();
    write_lock(NULL);
    begin_anew();
    add("US-0101", 3, "active", "A", "paid > 2");
    ck_assert_str_eq(check(), "pack/US-0101.yaml:2:10: error: the logic of US-0101, or a set it reads, is n\n");
    begin_anew();
    add("US-0101", 4, "active", "A", "paid > 2");
    ck_assert_str_eq(check(), "pack/US-0101.yaml:1:1: hint: pack/rules.lock does not have this text of US\n");
    begin_anew();
    add("US-0101", 3, "active", "Another title", "paid > 1");
    ck_assert_str_eq(check(), "pack/US-0101.yaml:1:1: hint: pack/rules.lock does not have this text of US\n");
    begin_anew();
    add("US-0101", 2, "active", "A", "paid > 1");
    ck_assert_str_eq(check(), "pack/US-0101.yaml:2:10: error: US-0101 is version 2 here, but was version 3 \n");
    begin_anew();
    add("US-0101", 1, "draft", "A", "paid > 9");
    ck_assert_str_eq(check(), "");
}
END_TEST

START_TEST(a_rule_that_is_new_is_told_only)
{
    add("US-0101", 1, "active", "A", "paid > 1");
    finish();
    write_lock(NULL);
    add("US-0102", 1, "active", "B", "paid > 2");
    ck_assert_str_eq(check(), "pack/US-0102.yaml:1:1: hint: pack/rules.lock does not have this text of US\n");
}
END_TEST

START_TEST(what_a_site_says_is_no_change_of_the_rule)
{
    add("US-0101", 1, "active", "A", "paid > 1");
    finish();
    write_lock(NULL);
    begin_anew();
    ck_assert_int_eq(ca_ruleset_override(set, CA_TEXT("US-0101"), CA_TEXT("cap"), CA_TEXT("9"), NULL), 0);
    add("US-0101", 1, "active", "A", "paid > 1");
    ck_assert_str_eq(check(), "");
}
END_TEST

START_TEST(a_set_bound_by_the_site_is_no_change_of_the_rule)
{
    ca_refs *refs = set->refs;
    add("US-0101", 1, "active", "A", "principal_diagnosis in set valid_dx");
    finish();
    write_lock(NULL);
    begin_anew();
    ck_assert(!ca_refs_set_again(refs, CA_TEXT("valid_dx")));
    ck_assert_int_eq(ca_refs_define_test(refs, "t", 1, CA_TEXT("valid_dx"), CA_TEXT("code\nicd10cm:I10\n"), &diags, NULL), 0);
    ck_assert(ca_refs_set_again(refs, CA_TEXT("valid_dx")));
    ck_assert(!ca_refs_set_again(refs, CA_TEXT("female_dx")));
    ck_assert(!ca_refs_set_again(refs, CA_TEXT("nothing")));
    ck_assert(!ca_refs_table_again(refs, CA_TEXT("mue")));
    add("US-0101", 1, "active", "A", "principal_diagnosis in set valid_dx");
    ck_assert_str_eq(check(), "");
}
END_TEST

START_TEST(other_semantics_cannot_be_compared)
{
    add("US-0101", 1, "active", "A", "paid > 1");
    finish();
    put("pack/rules.lock", "semantics 0\nUS-0101 9 "
                           "0000000000000000000000000000000000000000000000000000000000000000 "
                           "0000000000000000000000000000000000000000000000000000000000000000\n");
    ck_assert_str_eq(check(), "");
}
END_TEST

START_TEST(ids_that_are_gone_stay_in_order)
{
    add("US-0101", 1, "active", "A", "paid > 1");
    add("US-0103", 1, "active", "C", "paid > 3");
    add("US-0105", 1, "active", "E", "paid > 5");
    finish();
    write_lock(NULL);
    ca_lock old = read_lock();
    begin_anew();
    add("US-0104", 1, "active", "D", "paid > 4");
    add("US-0105", 1, "draft", "E", "paid > 5");
    finish();
    write_lock(&old);
    ca_lock lock = read_lock();
    ck_assert_uint_eq(lock.count, 4);
    for (unsigned i = 0; i < 4; i++) {
        static const char *const ids[] = {"US-0101", "US-0103", "US-0104", "US-0105"};
        ck_assert(ca_text_is(lock.entries[i].id, ids[i]));
    }
    ck_assert_str_eq(lock.entries[3].logic, old.entries[2].logic);
}
END_TEST

START_TEST(the_folder_above_may_have_the_lock)
{
    add("US-0101", 3, "active", "A", "paid > 1");
    finish();
    ca_buf_clear(&written);
    ck_assert_int_eq(ca_lock_print(set, NULL, NULL, &written, NULL), 0);
    put("rules.lock", ca_buf_cstr(&written));
    begin_anew();
    add("US-0101", 2, "active", "A", "paid > 1");
    ck_assert_str_eq(check(), "pack/US-0101.yaml:2:10: error: US-0101 is version 2 here, but was version 3 \n");
}
END_TEST

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
    const char *text;
    const char *said;
} broken[] = {
    {"# only this\n\nsemantics 1\n", ""},
    {"semantics 1\r\nUS-0101 1 " HASH " " HASH "\r\n", ""},
    {"US-0101 1 " HASH " " HASH "\n", "pack/rules.lock:1:1: error: this is no line of a lock file; remove the li\n"},
    {"semantics 1\nUS-0101 1 " HASH "\n", "pack/rules.lock:2:1: error: this is no line of a lock file; remove the li\n"},
    {"semantics 1\nUS-0101 0 " HASH " " HASH "\n", "pack/rules.lock:2:1: error: this is no line of a lock file; remove the li\n"},
    {"semantics 1\nUS-0101 1 " HASH " x" HASH "\n", "pack/rules.lock:2:1: error: this is no line of a lock file; remove the li\n"},
    {"semantics 1\nUS-0101 1 " HASH " " HASH " 1\n", "pack/rules.lock:2:1: error: this is no line of a lock file; remove the li\n"},
    {"semantics 1\nsemantics 1\n", "pack/rules.lock:2:1: error: this is no line of a lock file; remove the li\n"},
    {"semantics 1\nUS-0101 1 " HASH " " HASH "\n<<<<<<< mine\nUS-0101 2 " HASH " " HASH "\n",
     "pack/rules.lock:3:1: error: this is no line of a lock file; remove the li\n"
     "pack/rules.lock:4:1: error: US-0101 stands in line 2 already; remove the \n"},
};

START_TEST(broken_locks)
{
    put("pack/rules.lock", broken[_i].text);
    read_lock();
    ck_assert_str_eq(said(), broken[_i].said);
}
END_TEST

START_TEST(memory_may_run_out)
{
    add("US-0101", 1, "active", "A", "paid > 1");
    finish();
    write_lock(NULL);
    begin_anew();
    add("US-0101", 1, "active", "A", "paid > 2");
    int code = CA_NOMEM;
    for (uint64_t n = 1; code == CA_NOMEM && n < 100; n++) {
        ca_arena room;
        ca_diags quiet;
        ca_arena_init(&room);
        ca_diags_init(&quiet, &room);
        ca_alloc_fail(n, 1);
        code = ca_locks_check(set, NULL, memdisk_disk(memory), &room, &quiet, NULL);
        ca_alloc_fail(0, 0);
        ck_assert(code == CA_NOMEM || (code == 0 && quiet.errors == 1));
        ca_diags_done(&quiet);
        ca_arena_done(&room);
    }
    ck_assert_int_eq(code, 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, unchanged_rules_agree_and_drafts_are_left_out);
    tcase_add_test(tcase, logic_needs_a_new_version_and_texts_do_not);
    tcase_add_test(tcase, a_rule_that_is_new_is_told_only);
    tcase_add_test(tcase, what_a_site_says_is_no_change_of_the_rule);
    tcase_add_test(tcase, a_set_bound_by_the_site_is_no_change_of_the_rule);
    tcase_add_test(tcase, other_semantics_cannot_be_compared);
    tcase_add_test(tcase, ids_that_are_gone_stay_in_order);
    tcase_add_test(tcase, the_folder_above_may_have_the_lock);
    tcase_add_loop_test(tcase, broken_locks, 0, (int)(sizeof(broken) / sizeof(broken[0])));
    tcase_add_test(tcase, memory_may_run_out);
}

CA_CHECK_MAIN("rules/lock", add_tests)
