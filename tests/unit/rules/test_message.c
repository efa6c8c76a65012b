/* Message templates: parts, braces, formats, positions in every style of scalar, and mistakes. */
#include "support/check_main.h"

#include <stdio.h>
#include <string.h>

#include "rules/print.h"
#include "support/rule_front.h"

static rule_front *front;

static void open_front(void)
{
    front = rule_front_new();
}

static void close_front(void)
{
    rule_front_free(front);
}

/* Loads a rule whose message begins at 9:10. */
static const char *load(const char *kind, const char *message)
{
    char source[4000];
    snprintf(
        source, sizeof(source),
        "rule: US-0101\nversion: 1\ntitle: A title\nstatus: active\nseverity: high\ncategory: eligibility\n"
        "kind: %s\nwhen: paid > 1\nmessage: %s\n",
        kind, message);
    return rule_front_load(front, source);
}

/* "text|<expression type>|text" */
static void parts_are(const char *expected)
{
    ca_buf out;
    ca_buf_init(&out);
    const ca_rule *rule = rule_front_rule(front);
    ck_assert_ptr_nonnull(rule);
    for (size_t i = 0; i < rule->message_count; i++) {
        const ca_message_part *part = &rule->message[i];
        ca_buf_add_cstr(&out, i == 0 ? "" : "|");
        if (part->expr == NULL) {
            ca_buf_add_text(&out, part->text);
            continue;
        }
        ca_buf_add_char(&out, '<');
        ca_print_expression(rule_front_set(front), part->expr, &out);
        ca_buf_printf(&out, " %s>", ca_type_name(part->format));
    }
    ck_assert_str_eq(ca_buf_cstr(&out), expected);
    ca_buf_done(&out);
}

static const struct {
    const char *message;
    const char *parts;
} good[] = {
    {"Claim {claim_id}", "Claim |<claim_id id>"},
    {"\"Claim {claim_id}: {paid}.\"", "Claim |<claim_id id>|: |<paid money>|."},
    {"'{claim_id}'", "<claim_id id>"},
    {"'{claim_id}{paid}'", "<claim_id id>|<paid money>"},
    {"'{ claim_id } and {paid+1}'", "<claim_id id>| and |<paid + 1 money>"},
    {"'{units|money} {paid |money}'", "<units money>| |<paid money>"},
    {"'{service_date|date}'", "<service_date date>"},
    {"'{days_between(service_date, paid_date)} days'",
     "<days_between(service_date, paid_date) int>| days"},
    {"'{modifiers} {diagnoses}'", "<modifiers codes>| |<diagnoses codes>"},
    {"'{{literal}} {claim_id} {{{paid}}}'", "{literal} |<claim_id id>| {|<paid money>|}"},
    {"\"{coalesce(region, '}')}{claim_id}\"", "<coalesce(region, '}') text>|<claim_id id>"},
    {"\"{coalesce(region, '|')}\"", "<coalesce(region, '|') text>"},
    {"\"a \\\"b\\\" {claim_id}\"", "a \"b\" |<claim_id id>"},
    {"'it''s {claim_id}'", "it's |<claim_id id>"},
    {"\"\xE4\xBD\x8F {claim_id}\"", "\xE4\xBD\x8F |<claim_id id>"},
    {">\n  Claim {claim_id}\n  paid {paid\n   + 1}",
     "Claim |<claim_id id>| paid |<paid + 1 money>"},
    {"|\n  Claim\n  {claim_id}\n", "Claim |<claim_id id>"},
};

START_TEST(templates)
{
    ck_assert_str_eq(load("line", good[_i].message), "");
    parts_are(good[_i].parts);
}
END_TEST

static const struct {
    const char *kind;
    const char *message;
    const char *said;
} bad[] = {
    {"line", "Claim {claim_di}",
     "9:17: error: unknown column 'claim_di'; did you mean 'claim_id'?\n"},
    {"line", "\"\xE4\xBD\x8F {claim_di}\"",
     "9:16: error: unknown column 'claim_di'; did you mean 'claim_id'?\n"},
    {"line", ">\n  Claim\n  {claim_di}",
     "11:4: error: unknown column 'claim_di'; did you mean 'claim_id'?\n"},
    {"line", "\"{paied} {claim_di}\"",
     "9:12: error: unknown column 'paied'; did you mean 'paid'?\n"
     "9:20: error: unknown column 'claim_di'; did you mean 'claim_id'?\n"},
    {"line", "Claim {claim_id",
     "9:16: error: this brace is not closed; write {expression}, or {{ for a brace\n"},
    {"line", "Claim claim_id}", "9:24: error: this brace closes nothing; write }} for a brace\n"},
    {"line", "Claim {}", "9:17: error: the expression is empty\n"},
    {"line", "Claim {claim_id paid}",
     "9:26: error: expected 'and', 'or' or the end but found 'paid'\n"},
    {"line", "Claim {paid > 1}",
     "9:17: error: a value is expected here, but this is a condition\n"},
    {"line", "Claim {is_weekend(service_date)}",
     "9:17: error: a message shows values, not conditions\n"},
    {"line", "Claim {claim_id|money}", "9:26: error: only numbers can be shown as money\n"},
    {"line", "Claim {claim_id|date}", "9:26: error: only dates can be shown as dates\n"},
    {"line", "Claim {paid|euro}",
     "9:22: error: there is no format 'euro'; write |money or |date\n"},
    {"line", "Claim {paid|}", "9:22: error: there is no format ''; write |money or |date\n"},
    {"line", "Claim {'x'}",
     "9:17: error: a text between quotes needs a column to be compared with\n"},
    {"line", "{claim_id}", NULL}, /* a flow mapping in YAML: refused, with whatever words */
    {"line", "''", "9:10: error: the message is empty\n"},
    {"line", "\"\\x7Bclaim_id}\"",
     "9:23: error: this brace closes nothing; write }} for a brace\n"},
    {"line", "\"\\x7Bclaim_id\\x7D\"",
     "9:10: error: a brace is written as itself in a message, not as an escape\n"},
    {"line", "'{coalesce(region, ''A'')}'",
     "9:29: error: put double quotes around the whole, not single ones: texts in it are written 'M'\n"},
    {"line", "\"{coalesce(region, \\\"A\\\")}\"",
     "9:29: error: write 'A' instead of \\\"A\\\"\n"},
    {"line", "Claim {count()}",
     "9:17: error: count(\xE2\x80\xA6) counts over several lines, which a line rule's expression here does not see: a "
     "line rule sees one line; write a claim rule (kind: claim)\n"},
    {"claim", "Claim {procedure}",
     "9:17: error: procedure belongs to lines; in a claim rule it stands inside an aggregate: any(procedure "
     "\xE2\x80\xA6), sum(\xE2\x80\xA6), count(where \xE2\x80\xA6)\n"},
    {"line", "[a, b]", "9:10: error: 'message' must be text, not a list\n"},
};

START_TEST(mistakes)
{
    const char *said = load(bad[_i].kind, bad[_i].message);
    if (bad[_i].said != NULL)
        ck_assert_str_eq(said, bad[_i].said);
    ck_assert(said[0] != '\0');
    ck_assert_ptr_null(rule_front_rule(front));
}
END_TEST

START_TEST(a_message_that_shows_nothing)
{
    ck_assert_str_eq(
        load("line", "Something is wrong"),
        "9:10: hint: the message shows nothing of the claim; add a value such as {claim_id}\n");
    parts_are("Something is wrong");
    ck_assert_str_eq(load("claim", "'{count()} lines'"), "");
}
END_TEST

START_TEST(many_parts)
{
    char message[3000] = "'";
    for (int i = 0; i < 300; i++)
        strcat(message, "x{paid}");
    strcat(message, "'");
    ck_assert_str_eq(load("line", message), "");
    ck_assert_uint_eq(rule_front_rule(front)->message_count, 600);
}
END_TEST

START_TEST(translations)
{
    static const char *const head =
        "rule: US-0101\nversion: 1\ntitle: A title\ntitle@zh: \xE6\xA0\x87\xE9\xA2\x98\nstatus: active\n"
        "severity: high\ncategory: eligibility\nkind: line\nwhen: paid > 1\nmessage: Claim {claim_id}\n";
    char source[2000];
    snprintf(source, sizeof(source),
             "%smessage@zh: '{claim_id} {paid}'\ndescription@pt-BR: Texto\n", head);
    ck_assert_str_eq(rule_front_load(front, source), "");
    snprintf(source, sizeof(source), "%smessage@zh: '{claim_di}'\n", head);
    ck_assert_str_eq(rule_front_load(front, source),
                     "11:15: error: unknown column 'claim_di'; did you mean 'claim_id'?\n");
    snprintf(source, sizeof(source), "%sowner@zh: X\nmessage@: Y\n", head);
    ck_assert_str_eq(
        rule_front_load(front, source),
        "11:1: error: unknown key 'owner@zh'; did you mean 'owner'?\n12:1: error: unknown key 'message@'; did you mean 'message'?\n");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_unchecked_fixture(tcase, open_front, close_front);
    tcase_add_loop_test(tcase, templates, 0, (int)(sizeof(good) / sizeof(good[0])));
    tcase_add_loop_test(tcase, mistakes, 0, (int)(sizeof(bad) / sizeof(bad[0])));
    tcase_add_test(tcase, a_message_that_shows_nothing);
    tcase_add_test(tcase, many_parts);
    tcase_add_test(tcase, translations);
}

CA_CHECK_MAIN("rules/message", add_tests)
