/* Random rule files, and random batches whose values meet at the edges that rules look at. */
#include "support/random_rules.h"

#include <stdlib.h>
#include <string.h>

#include "support/random_expr.h"

random_source random_from(uint64_t seed)
{
    return (random_source){seed * UINT64_C(0x9E3779B97F4A7C15) + 1};
}

static uint64_t next(random_source *random) /* splitmix64 */
{
    uint64_t z = random->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

unsigned random_below(random_source *random, unsigned n)
{
    return (unsigned)((next(random) >> 32) * n >> 32);
}

bool random_chance(random_source *random, unsigned percent)
{
    return random_below(random, 100) < percent;
}

/* --- Rules ------------------------------------------------------------------------------------ */

static void add_condition(random_source *random, const char *key, random_scope scope,
                          unsigned depth, ca_buf *source)
{
    random_expr expr = {random, scope, depth, source};
    ca_buf_printf(source, "%s: >\n        ", key);
    random_condition(&expr);
    ca_buf_add_char(source, '\n');
}

static void add_value(random_source *random, random_scope scope, const char *before,
                      const char *after, ca_buf *source)
{
    random_expr expr = {random, scope, 2, source};
    ca_buf_add_cstr(source, before);
    random_number(&expr);
    ca_buf_add_cstr(source, after);
}

void random_rule(random_source *random, bool claim, ca_buf *source)
{
    random_scope scope = claim ? RANDOM_CLAIM : RANDOM_LINE;
    ca_buf_printf(source,
                  "rule: US-0101\n"
                  "version: 1\n"
                  "title: A title\n"
                  "status: draft\n"
                  "severity: high\n"
                  "category: eligibility\n"
                  "kind: %s\nparameters:\n  units_cap: 2\n",
                  claim ? "claim" : "line");
    if (random_chance(random, 35)) {
        ca_buf_add_cstr(source, "effective: 2020-01-01 .. ");
        ca_buf_add_cstr(source, random_chance(random, 50) ? "open\n" : "2024-09-30\n");
        if (random_chance(random, 25))
            ca_buf_add_cstr(source, "effective_on: paid_date\n");
    }
    if (random_chance(random, 40))
        add_condition(random, "where", RANDOM_LINE, 2, source);
    add_condition(random, "when", scope, 3, source);
    unsigned exceptions = random_chance(random, 40) ? 1 + random_below(random, 2) : 0;
    if (exceptions > 0)
        ca_buf_add_cstr(source, "unless:\n");
    for (unsigned i = 0; i < exceptions; i++) {
        ca_buf_printf(source, "  - name: exception-%u\n    reason: A reason\n", i);
        add_condition(random, "    when", scope, 2, source);
    }
    add_value(random, scope, "exposure: >\n    ", "\n", source);
    add_value(random, scope, "message: >\n    Claim {claim_id} of {", "}\n", source);
}

/* --- Values ----------------------------------------------------------------------------------- */

typedef struct filler {
    random_source *random;
    ca_batch *batch;
    const ca_ruleset *set;
} filler;

static int64_t random_int(random_source *random, ca_type type)
{
    static const int64_t edges[] = {0, 1, 2, 3, -1, 10, 2, 1};
    static const int64_t extremes[] = {INT64_MAX, INT64_MIN, INT64_MAX / 2, -7};
    if (random_chance(random, 3))
        return extremes[random_below(random, 4)];
    int64_t value = edges[random_below(random, 8)];
    if (type == CA_TYPE_INT)
        return value;
    return value * CA_DECIMAL_ONE +
           (random_chance(random, 30) ? (int64_t)random_below(random, CA_DECIMAL_ONE) : 0);
}

static ca_date random_date(random_source *random)
{
    static const ca_date edges[] = {18261, 18262, 18321, 19996, 19997, 18627, 7000, 14610};
    if (random_chance(random, 2))
        return random_chance(random, 50) ? CA_DATE_MIN : CA_DATE_MAX;
    return edges[random_below(random, 8)] +
           (random_chance(random, 20) ? (ca_date)random_below(random, 40) - 20 : 0);
}

static const char *const diagnoses[] = {"O80", "Z34", "Z340", "E11", "E119", "2500", "I10", "J99"};
static const char *const procedures[] = {"V0103", "V0104", "V01", "V9", "V9999"};
static const char *const modifiers[] = {"KX", "59", "5", "76"};

static uint32_t random_code(filler *fill, const char *family)
{
    const char *system_name = "hcpcs";
    const char *code = procedures[random_below(fill->random, 5)];
    uint8_t system;
    uint32_t id;
    if (strcmp(family, "diagnosis") == 0) {
        system_name = random_chance(fill->random, 75) ? "icd10cm" : "icd9cm";
        code = diagnoses[random_below(fill->random, 8)];
    } else if (strcmp(family, "modifier") == 0) {
        system_name = "modifier";
        code = modifiers[random_below(fill->random, 4)];
    }
    if (!ca_codes_find_system(fill->set->codes, ca_text_of(system_name), &system) ||
        ca_codes_put(fill->set->codes, system, ca_text_of(code), &id) != 0)
        abort();
    return id;
}

static void put_list(filler *fill, unsigned column, unsigned row)
{
    uint32_t ids[4];
    size_t count = random_below(fill->random, 4);
    for (size_t i = 0; i < count; i++)
        ids[i] = random_code(fill, fill->batch->schema->columns[column].family);
    if (ca_batch_add_codes(fill->batch, ids, count, &fill->batch->columns[column].as.slice[row]) !=
        0)
        abort();
}

static void put_text(filler *fill, unsigned column, unsigned row)
{
    static const char *const ids[] = {"P1", "P2", "N1", "NN", ""};
    ca_text text = ca_text_of(ids[random_below(fill->random, 5)]);
    if (ca_batch_add_bytes(fill->batch, text, &fill->batch->columns[column].as.slice[row]) != 0)
        abort();
}

static void put_value(filler *fill, unsigned column, unsigned row)
{
    const ca_column_def *def = &fill->batch->schema->columns[column];
    ca_column *to = &fill->batch->columns[column];
    switch (def->type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        to->as.number[row] = random_int(fill->random, def->type);
        break;
    case CA_TYPE_DATE:
        to->as.date[row] = random_date(fill->random);
        break;
    case CA_TYPE_CODE:
        to->as.code[row] = random_code(fill, def->family);
        break;
    case CA_TYPE_CODES:
        put_list(fill, column, row);
        break;
    case CA_TYPE_ENUM:
        to->as.choice[row] =
            (uint8_t)random_below(fill->random, (unsigned)ca_enum_count(def->field));
        break;
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        put_text(fill, column, row);
        break;
    case CA_TYPE_INTERVALS:
        return;
    }
    ca_bit_set(to->present, row);
}

/* Most columns are supplied; in those some cells are missing, but never a list. */
static void put_column(filler *fill, unsigned column)
{
    if (fill->batch->schema->columns[column].type == CA_TYPE_INTERVALS ||
        random_chance(fill->random, 10))
        return;
    if (ca_batch_use(fill->batch, column) != 0)
        abort();
    unsigned missing = random_chance(fill->random, 30) ? 0 : random_below(fill->random, 40);
    bool list = fill->batch->schema->columns[column].type == CA_TYPE_CODES;
    for (unsigned row = 0; row < fill->batch->rows; row++) {
        if (list || !random_chance(fill->random, missing))
            put_value(fill, column, row);
    }
}

static ca_batch *random_batch(random_source *random, const ca_ruleset *set, unsigned rows)
{
    ca_batch *batch = ca_batch_new(set->schema, rows > 0 ? rows + random_below(random, 3) : 1);
    if (batch == NULL)
        abort();
    batch->rows = rows;
    filler fill = {random, batch, set};
    for (unsigned column = 0; column < set->schema->count; column++)
        put_column(&fill, column);
    for (unsigned row = 0; row < rows; row++) {
        if (random_chance(random, 95))
            ca_bit_set(batch->live, row);
    }
    return batch;
}

void random_frame_init(random_frame *frame, random_source *random, const ca_ruleset *set,
                       bool claim)
{
    unsigned units = random_chance(random, 10) ? random_below(random, 3)
                                               : 1 + random_below(random, claim ? 40 : 140);
    uint32_t lines = 0;
    *frame = (random_frame){0};
    frame->units = random_batch(random, set, units);
    frame->frame = (ca_frame){.units = frame->units,
                              .date_column = claim ? CA_F_FROM_DATE : CA_F_SERVICE_DATE,
                              .codes = set->codes};
    if (claim) {
        frame->first_line = calloc(units + 1, sizeof(*frame->first_line));
        if (frame->first_line == NULL)
            abort();
        for (unsigned unit = 0; unit < units; unit++) {
            lines +=
                random_chance(random, 5) ? 60 + random_below(random, 20) : random_below(random, 6);
            frame->first_line[unit + 1] = lines;
        }
        frame->lines = random_batch(random, set, lines);
        frame->frame.lines = frame->lines;
        frame->frame.first_line = frame->first_line;
    }
    if (ca_refs_sync(set->refs, NULL) != 0)
        abort();
}

void random_frame_done(random_frame *frame)
{
    ca_batch_free(frame->units);
    ca_batch_free(frame->lines);
    free(frame->first_line);
    *frame = (random_frame){0};
}
