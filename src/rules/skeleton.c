/* What every new rule begins with; its kind adds the rest. */
#include "rules/skeleton.h"

void ca_rule_skeleton(const ca_kind *kind, const char *id, ca_buf *out)
{
    ca_buf_printf(
        out,
        "# A draft: checked and tested, but it does not run. What follows a # is for you; delete it as you go.\n"
        "#   claimaudit rules lint %s.yaml   every mistake, with line and column\n"
        "#   claimaudit rules test %s.yaml   the tests below\n"
        "#   claimaudit fields   the columns that rules can read\n"
        "# docs/rule-language.md says what each key means.\n"
        "rule: %-28s  # the file is called as the rule; an id is never used again\n"
        "version: 1                          # raise it when the logic changes\n"
        "title: What is wrong, in one line\n"
        "status: draft                       # then shadow (runs, stored apart, counted nowhere), active, retired\n"
        "severity: low                       # low, medium, high, critical\n"
        "category: coding                    # a word of rules/vocabulary.yaml\n"
        "grade: suspicious                   # definite, suspicious, tip\n"
        "# effective: 2024-01-01 .. open     # services of these days only; without it, of all days\n"
        "# rows: all                         # also rows that do not count; usual: live\n"
        "# description: Why this is suspicious, for those who work on the findings\n"
        "# basis: Paragraph of the law or contract\n"
        "# references: [Where to read more]\n"
        "# owner: Who answers for the rule\n"
        "# review_by: 2030-12-31\n"
        "# tags: [pilot]\n"
        "# title@de, description@de, message@de: the same in another language\n"
        "kind: %-28s  # %s\n",
        id, id, id, kind->name, kind->summary);
    if (!ca_text_starts(ca_text_of(kind->skeleton), CA_TEXT("parameters")))
        ca_buf_add_cstr(out, "# parameters: {limit: 5}            # named values, which a site may set otherwise\n");
    if (ca_kind_has_key(kind, CA_TEXT("each")))
        ca_buf_add_cstr(out, "# each: name_of_table(column)         # once for every row that matches; row.name is its column\n");
    ca_buf_add_cstr(out, kind->skeleton);
}
