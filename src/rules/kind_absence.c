/* The kind `absence`: a line without another one that ought to come with it. */
#include "rules/absence.h"
#include "rules/check_parts.h"
#include "rules/kind_keys.h"
#include "rules/kinds.h"
#include "rules/say.h"

#include <string.h>

static const char shape[] = "write 'look: 180 days before to 3 days after'; 0 days is the day itself";

/* The next word of the text; empty at its end. */
static ca_text next_word(ca_text *text)
{
    ca_text rest = ca_text_trim(*text);
    size_t len = 0;
    while (len < rest.len && rest.ptr[len] != ' ')
        len++;
    *text = ca_text_sub(rest, len, rest.len);
    return ca_text_sub(rest, 0, len);
}

/* N days before to M days after */
static void read_look(ca_kind_check *check, ca_yaml *root)
{
    static const char *const words[] = {NULL, "days", "before", "to", NULL, "days", "after", ""};
    ca_text numbers[2];
    size_t count = 0;
    ca_text text;
    ca_yaml *node = ca_conf_need(&check->conf, root, "look");
    if (!ca_conf_text(&check->conf, node, &text))
        return;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        ca_text word = next_word(&text);
        if (words[i] == NULL && word.len > 0) {
            numbers[count++] = word;
        } else if (words[i] == NULL || !(ca_text_is(word, words[i]) ||
                                         (strcmp(words[i], "days") == 0 && ca_text_is(word, "day")))) {
            ca_conf_error(&check->conf, node, "%s", shape);
            return;
        }
    }
    check->rule->keys.look_before = ca_key_number(check, node, numbers[0], 0, CA_KEY_DAYS_MAX);
    check->rule->keys.look_after = ca_key_number(check, node, numbers[1], 0, CA_KEY_DAYS_MAX);
}

static int check_keys(ca_kind_check *check, ca_rule *rule, ca_yaml *root, ca_error *err)
{
    const ca_scope event = {.bare = CA_SIDE_A, .sides = 1u << CA_SIDE_A, .instead = "'event' looks at one line at a time"};
    const ca_scope without = {.bare = CA_SIDE_B,
                              .sides = 1u << CA_SIDE_A | 1u << CA_SIDE_B,
                              .table_row = rule->keys.each != NULL,
                              .instead = "'without' looks for one line at a time"};
    (void)err;
    ca_key_group(check, root, "per", true);
    rule->keys.event = ca_check_condition(check, ca_conf_need(&check->conf, root, "event"), event);
    rule->keys.without = ca_check_condition(check, ca_conf_need(&check->conf, root, "without"), without);
    read_look(check, root);
    rule->keys.history = ca_key_days(check, ca_conf_get(&check->conf, root, "history"), 0);
    ca_key_settle(check, root);
    if (ca_conf_get(&check->conf, root, "max_group") != NULL)    /* what nobody writes is no part of the rule's logic */
        ca_key_max_group(check, root);
    return 0;
}

static void lint(ca_kind_check *check)
{
    const ca_rule_keys *keys = &check->rule->keys;
    if (keys->history != NULL && ca_keys_number(keys->history, CA_NO_TABLE_ROW) < ca_keys_number(keys->look_before, CA_NO_TABLE_ROW))
        ca_say(&check->conf, CA_DIAG_WARNING, keys->history->start,
               "'look' goes back further than 'history': the patient must be in the data for those days anyway");
    if (!ca_reads_side(keys->without, CA_SIDE_B))
        ca_say(&check->conf, CA_DIAG_WARNING, keys->without->start,
               "this says nothing of b, the line that ought to be there: bare columns are those of b");
}

static const char skeleton[] =
    "per: [patient_id]                   # both lines agree in these; a missing one joins nothing\n"
    "event: claim_type = 'pharmacy' and drug_class = 'opioid'   # the line a, of which something is missing\n"
    "# The line b that ought to be there. Bare columns are those of b; a.… speaks of the event.\n"
    "without: claim_type = 'professional' and rendering_provider_id = a.prescriber_id\n"
    "look: 180 days before to 3 days after   # where b is looked for; 0 days is the day itself\n"
    "history: 180 days                   # the patient must be in the data that long, else it is unknown\n"
    "# settle: 60 days                   # a is judged so long after the last day of 'look'; late claims are in by then\n"
    "# where: paid > 0                   # which lines take part, a and b alike\n"
    "# There is no 'when': the event without its other line decides.\n"
    "# unless:                           # exceptions, as in every rule\n"
    "#   - {name: emergency, when: a.place_of_service = '23', reason: Dispensed in an emergency}\n"
    "exposure: a.paid                    # this is also what counts without the key\n"
    "# max_group: 10000                  # more events times lines than that many lines have pairs: group too large\n"
    "message: \"Dispensed on {a.service_date}, prescribed by {a.prescriber_id}; no visit to that prescriber.\"\n"
    "tests:                              # a hit is the id of an event\n"
    "  - name: no visit hits, a visit 20 days before does not, near the end of the data it is not known yet\n"
    "    horizon: 2023-01-01 .. 2024-12-31   # from where to where the data goes\n"
    "    lines: |\n"
    "      id  claim_type    patient_id  drug_class  prescriber_id  rendering_provider_id  service_date  paid\n"
    "      1   pharmacy      P1          opioid      D1             -                      2024-03-01    20.00\n"
    "      2   pharmacy      P2          opioid      D1             -                      2024-03-01    20.00\n"
    "      3   professional  P2          -           -              D1                     2024-02-10    70.00\n"
    "      4   pharmacy      P3          opioid      D1             -                      2024-12-30    20.00\n"
    "    hits: [1]\n"
    "    unknown: [4]\n";

const ca_kind ca_kind_absence = {
    .name = "absence",
    .summary = "a line without another that must come with it",
    .gathering = CA_GATHER_GROUP,
    .unit_date = CA_F_SERVICE_DATE,
    .scope = {.keys_only = true,
              .sides = 1u << CA_SIDE_A,
              .instead = "there is one line, the event; write a window rule"},
    .when = CA_WHEN_NONE,
    .instead_of_when = "'event' says which lines need another, 'without' which one",
    .group_key = "per",
    .each = CA_EACH_EVENT,
    .keys = (const char *const[]){"each", "per", "event", "without", "look", "history", "settle", "max_group", NULL},
    .hit_lines = 1,
    .closes = true,
    .skeleton = skeleton,
    .check = check_keys,
    .lint = lint,
    .judge_groups = ca_absence_judge,
    .travels = ca_absence_travels,
    .is_unit = ca_absence_is_unit,
    .keeps_doubtful = true,
    .roles = (const char *const[]){"event", NULL},
};
