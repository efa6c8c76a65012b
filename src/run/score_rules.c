/* The pseudo-rules under which scores stand in a report: one for each kind of entity, of pairs, and one for rings. Identifiers are
 * never reused. */
#include "run/score_findings.h"

#include <string.h>

#define UNLIKE                                                                                                          \
    "Compared with peers by the features of its kind; docs/scoring.md says how. A lead is one of the first within the " \
    "budget that has a reason.\n"
#define SHARED                                                                                                          \
    "Two that share more patients than their region lets expect, by the hypergeometric law; docs/scoring.md says how.\n"

/* Severity by what an auditor would look at first: a whole practice before a patient, a patient before a line. */
const ca_score_rule ca_score_rules[] = {
    {"provider", "SCORE-PROVIDER", "score", "rendering_provider_id", "Provider unlike its peers", "peer", "medium", 1, UNLIKE},
    {"institution", "SCORE-INSTITUTION", "score", "billing_provider_id", "Institution unlike its peers", "peer", "medium", 1,
     UNLIKE},
    {"prescriber", "SCORE-PRESCRIBER", "score", "prescriber_id", "Prescriber unlike its peers", "peer", "medium", 1, UNLIKE},
    {"pharmacy", "SCORE-PHARMACY", "score", "pharmacy_id", "Pharmacy unlike its peers", "peer", "medium", 1, UNLIKE},
    {"patient", "SCORE-PATIENT", "score", "patient_id", "Patient unlike others of the same age and sex", "peer", "low", 0,
     UNLIKE},
    {"line", "SCORE-LINE", "score", NULL, "Claim line unlike others of its kind", "peer", "low", 0,
     "Compared with the lines of a stored profile; docs/scoring.md says how.\n"},
    {"provider+provider", "PAIR-PROVIDER", "pair", "pair", "Two providers share unusually many patients", "peer", "medium", 1,
     SHARED},
    {"pharmacy+prescriber", "PAIR-PHARMACY", "pair", "pair", "A pharmacy and a prescriber share unusually many patients", "peer",
     "medium", 1, SHARED},
    {"laboratory+provider", "PAIR-LABORATORY", "pair", "pair", "A laboratory and a provider share unusually many patients",
     "peer", "medium", 1, SHARED},
    {"ring", "RING", "ring", "ring", "Several that share unusually many patients with one another", "peer", "medium", 1,
     "Three or more that hang together by pairs which share unusually many patients; docs/scoring.md says how.\n"},
};
const size_t ca_score_rule_count = sizeof ca_score_rules / sizeof *ca_score_rules;

const ca_score_rule *ca_score_rule_of(const char *of)
{
    for (size_t i = 0; i < ca_score_rule_count; i++) {
        if (strcmp(ca_score_rules[i].of, of) == 0) {
            return &ca_score_rules[i];
        }
    }
    return NULL;
}

int ca_score_kind_refuse(const char *kind, ca_error *err)
{
    return ca_error_set(err, CA_USAGE,
                        "--kind is provider, institution, prescriber, pharmacy, patient or line, not '%.80s'", kind);
}

bool ca_score_kind_known(const char *kind)
{
    const ca_score_rule *rule = ca_score_rule_of(kind);
    return rule && strcmp(rule->kind, "score") == 0;
}
