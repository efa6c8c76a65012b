/* The profile of the lines that a judge collected, with the words of what is usual. */
#include "run/score_lines_inside.h"

#include <stdlib.h>

#include "base/alloc.h"

typedef struct named_code {
    uint64_t hash;
    uint32_t id;
} named_code;

typedef struct dictionary {
    const ca_score_lines *of;
    named_code *codes;            /* by hash */
    size_t count;
} dictionary;

static int by_hash(const void *a, const void *b)
{
    const named_code *one = a, *other = b;
    return (one->hash > other->hash) - (one->hash < other->hash);
}

static bool find_code(const dictionary *in, uint64_t choice, ca_text *ret_words)
{
    named_code sought = {choice, 0};
    const named_code *found = in->count ? bsearch(&sought, in->codes, in->count, sizeof *in->codes, by_hash) : NULL;
    if (found) {
        *ret_words = ca_codes_text(in->of->options.codes, found->id);
    }
    return found;
}

static bool find_choice(unsigned field, uint64_t choice, ca_text *ret_words)
{
    for (unsigned value = 0; value < ca_enum_count(field); value++) {
        if (ca_usual_mix(value, 2) == choice) {
            *ret_words = ca_text_of(ca_enum_name(field, value));
            return true;
        }
    }
    return false;
}

/* Of texts and identifiers only hashes are known. */
static bool find_words(void *context, size_t feature, uint64_t choice, ca_text *ret_words)
{
    const dictionary *in = context;
    unsigned column = in->of->features[feature].feature->line.column;
    const ca_column_def *def = &in->of->options.schema->columns[column];
    if (def->type == CA_TYPE_ENUM) {
        return find_choice(def->field, choice, ret_words);
    }
    return def->type == CA_TYPE_CODE && find_code(in, choice, ret_words);
}

uint64_t ca_line_judge_bytes(const ca_line_judge *judge)
{
    return judge->collector ? ca_collector_bytes(judge->collector) : 0;
}

static int make(const ca_line_judge *judge, ca_collector *spent, ca_usual **ret_usual, ca_error *err)
{
    dictionary in = {.of = judge->of, .count = ca_codes_count(judge->of->options.codes)};
    in.codes = ca_alloc_zero(in.count + 1, sizeof *in.codes);
    if (!in.codes) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < in.count; i++) {
        in.codes[i] = (named_code){judge->of->codes[i], (uint32_t)i};
    }
    qsort(in.codes, in.count, sizeof *in.codes, by_hash);
    ca_usual_words words = {find_words, &in};
    int rc = spent ? ca_usual_spend(spent, &words, ret_usual, err) : ca_usual_new(judge->collector, &words, ret_usual, err);
    ca_free(in.codes);
    return rc;
}

int ca_line_judge_profile(const ca_line_judge *judge, ca_usual **ret_usual, ca_error *err)
{
    return make(judge, NULL, ret_usual, err);
}

int ca_line_judge_take(ca_line_judge *judge, ca_usual **ret_usual, ca_error *err)
{
    int rc = make(judge, judge->collector, ret_usual, err);
    ca_collector_free(judge->collector);
    judge->collector = NULL;
    return rc;
}
