/* How --memory is shared out: what the rules need before a line is read, what every thread needs, and what is left for
 * lines that wait. Only numbers; who measures and who allocates is elsewhere. */
#ifndef CA_BASE_BUDGET_H
#define CA_BASE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ca_budget_ask {
    uint64_t memory;         /* --memory */
    uint64_t held;           /* rules, sets, the dictionary, tables: what stays for the whole run */
    unsigned exchanges;      /* by keys, where lines of rules of several lines come together */
    bool peers;              /* a rule measures entities and their peers */
    unsigned jobs;           /* threads that are wanted */
} ca_budget_ask;

typedef struct ca_budget {
    unsigned workers;        /* threads that fit, at least one */
    size_t writer;           /* lines that wait for one exchange in one writer */
    size_t group;            /* lines of whole keys that one thread judges at a time */
    size_t bucket;           /* of claims that one thread settles at a time */
    size_t filter;           /* of keys that one thread sees */
    size_t waiting;          /* lines that wait for their claims, of one thread: the others are on disk */
    size_t records;          /* of claims, in one thread's exchange: the same */
    size_t large;            /* a key that is judged by itself */
    size_t peers;            /* metrics of all entities, of all threads */
    size_t pieces_writer;    /* rows of claims in several files: what waits, and what is joined at a time */
    size_t pieces;
} ca_budget;

/* Below this a run cannot go, with one thread. */
uint64_t ca_budget_floor(uint64_t held, unsigned exchanges);
/* Of the parts none is ever smaller than what works: where there is less memory than the floor the sum exceeds it. */
ca_budget ca_budget_split(const ca_budget_ask *ask);
/* Whole MiB, at least that much. */
unsigned long long ca_budget_mib(uint64_t bytes);

#endif
