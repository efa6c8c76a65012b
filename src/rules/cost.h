/* What a rule asks of a run: which exchange brings its lines together, and roughly what that costs. Estimates, from what
 * the rule reads; nothing is measured here. */
#ifndef CA_RULES_COST_H
#define CA_RULES_COST_H

#include "rules/route.h"
#include "rules/ruleset.h"

typedef enum ca_exchange {
    CA_EXCHANGE_NONE,        /* judged in the stream */
    CA_EXCHANGE_CLAIM,       /* which every run has */
    CA_EXCHANGE_PATIENT,
    CA_EXCHANGE_KEY,         /* by columns of its own */
    CA_EXCHANGES
} ca_exchange;

typedef struct ca_rule_cost {
    ca_exchange exchange;
    unsigned key[CA_ROUTE_KEY_MAX];    /* columns by which lines are brought together */
    unsigned key_count;
    bool by_codes;           /* it looks at lines with some codes only: those of other lines cost it next to nothing */
    bool mates;              /* a line is nothing to it without others of its key, and travels only where there are any */
    unsigned looks;          /* percent of all lines that it looks at, as a guess */
    unsigned percent;        /* that travel through its exchange; of a line rule: that it looks at */
    unsigned bytes;          /* of a line that travels, before compression */
    unsigned columns;        /* read, sets and facts included */
} ca_rule_cost;

void ca_rule_cost_of(const ca_schema *schema, const ca_rule *rule, ca_rule_cost *ret_cost);

/* All rules whose lines travel together; that by claim is where the lines of all rules but those of one line wait. */
typedef struct ca_exchange_cost {
    ca_exchange exchange;
    unsigned key[CA_ROUTE_KEY_MAX];
    unsigned key_count;
    size_t rules;
    unsigned percent;
    unsigned bytes;          /* of a line, with what any of its rules reads */
    uint64_t total;          /* bytes of all lines of the run */
} ca_exchange_cost;

typedef struct ca_run_cost {
    ca_exchange_cost *exchanges;     /* in order of ca_exchange, then as rules come */
    size_t exchange_count;
    size_t rules;            /* that run: active and shadow */
    uint64_t tables;         /* bytes of the sets and tables they read */
    uint64_t memory;         /* below which a run cannot go */
    uint64_t milliseconds;   /* on one core */
} ca_run_cost;

/* Rules that do not run cost nothing. */
int ca_run_cost_of(const ca_ruleset *set, uint64_t lines, ca_arena *arena, ca_run_cost *ret_cost, ca_error *err);

/* "none", "claim", "patient", "key [pharmacy_id]" */
void ca_exchange_print(const ca_schema *schema, ca_exchange exchange, const unsigned *key, unsigned key_count, ca_buf *out);

#endif
