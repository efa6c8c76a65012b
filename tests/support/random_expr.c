/* Random conditions of the rule language, as text. */
#include "support/random_expr.h"

static const char *const header_codes[] = {"principal_diagnosis", "admitting_diagnosis"};
static const char *const header_ids[] = {"patient_id", "billing_provider_id"};
static const char *const line_ids[] = {"rendering_provider_id", "prescriber_id"};
static const char *const comparisons[] = {"=", "!=", "<", "<=", ">", ">="};
static const char *const dates[] = {"2019-12-31", "2020-01-01", "2020-02-29", "2024-09-30",
                                    "2024-10-01"};
static const char *const numbers[] = {"0",    "1",  "2",      "3",       "0.5",
                                      "2.25", "10", "0.0001", "0.00005", "922337203685477"};
static const char *const ids[] = {"'P1'", "'P2'", "'N1'", "'NN'"};
static const char *const diagnoses[] = {"'icd10cm:O80'",  "'icd10cm:Z34'", "'icd9cm:O80'",
                                        "'icd10cm:E119'", "'icd10cm:E11'", "'icd9cm:2500'",
                                        "'icd10cm:J99'"};
static const char *const procedures[] = {"'V0103'", "'V0104'", "'V01'", "'V9'", "'V777'"};
static const char *const modifiers[] = {"'KX'", "'59'", "'5'", "'ZZ'"};

static void compare(random_expr *expr)
{
    bool dated = random_chance(expr->random, 35);
    for (int side = 0; side < 2; side++) {
        if (side > 0) {
            random_add(expr, " ");
            random_add(expr, random_pick(expr, NAMES(comparisons)));
            random_add(expr, " ");
        }
        if (dated)
            random_date_value(expr);
        else
            random_number(expr);
    }
}

static void between(random_expr *expr)
{
    bool dated = random_chance(expr->random, 40);
    if (dated)
        random_date_value(expr);
    else
        random_number(expr);
    random_add(expr, " between ");
    random_add(expr, dated ? random_pick(expr, NAMES(dates)) : random_pick(expr, NAMES(numbers)));
    random_add(expr, " and ");
    if (dated)
        random_date_value(expr);
    else
        random_number(expr);
}

static void enumeration(random_expr *expr)
{
    static const char *const leaves[] = {"sex = 'M'",
                                         "sex != 'F'",
                                         "sex in ('M', 'X')",
                                         "sex not in ('F')",
                                         "claim_type = 'inpatient'",
                                         "claim_type in ('professional', 'pharmacy')"};
    random_add(expr, random_pick(expr, NAMES(leaves)));
}

/* Literals, a range, or a set; `of` gives the codes, `sets` the sets of the family. */
static void members(random_expr *expr, random_names of, random_names sets, bool ranges)
{
    if (sets.count > 0 && random_chance(expr->random, 50)) {
        random_add(expr, "set ");
        random_add(expr, random_pick(expr, sets));
        if (random_chance(expr->random, 20)) {
            random_add(expr, " on ");
            random_date_value(expr);
        }
        return;
    }
    bool range = ranges && random_chance(expr->random, 50);
    random_add(expr, range ? "codes(" : "(");
    unsigned count = 1 + random_below(expr->random, 3);
    for (unsigned i = 0; i < count; i++) {
        random_add(expr, i > 0 ? ", " : "");
        random_add(expr, random_pick(expr, of));
    }
    random_add(expr, ")");
}

static const char *const diagnosis_sets[] = {"female_dx", "female_dx", "female_dx", "valid_dx"};
static const char *const modifier_sets[] = {"allowed_modifiers"};
static const random_names no_sets = {NULL, 0};

static void code(random_expr *expr)
{
    bool procedure = expr->scope == RANDOM_LINE && random_chance(expr->random, 50);
    random_names of = procedure ? NAMES(procedures) : NAMES(diagnoses);
    random_add(expr, procedure ? "procedure" : random_pick(expr, NAMES(header_codes)));
    switch (random_below(expr->random, 4)) {
    case 0:
        random_add(expr, random_chance(expr->random, 50) ? " = " : " != ");
        random_add(expr, procedure || random_chance(expr->random, 60) ? random_pick(expr, of)
                                                                      : "admitting_diagnosis");
        break;
    case 1:
        random_add(expr, " starts with ");
        random_add(expr, random_pick(expr, of));
        break;
    default:
        random_add(expr, random_chance(expr->random, 30) ? " not in " : " in ");
        members(expr, of, procedure ? no_sets : NAMES(diagnosis_sets), true);
        break;
    }
}

static void list_leaf(random_expr *expr)
{
    bool line = expr->scope == RANDOM_LINE && random_chance(expr->random, 50);
    bool procedure = !line && random_chance(expr->random, 20);
    random_names of = line ? NAMES(modifiers) : procedure ? NAMES(procedures) : NAMES(diagnoses);
    random_add(expr, line        ? "modifiers"
                     : procedure ? "claim_procedures"
                     : expr->scope == RANDOM_LINE && random_chance(expr->random, 30)
                         ? "line_diagnoses"
                         : "diagnoses");
    switch (random_below(expr->random, 3)) {
    case 0:
        random_add(expr, " has ");
        random_add(expr, line || procedure || random_chance(expr->random, 60)
                             ? random_pick(expr, of)
                             : "principal_diagnosis");
        break;
    case 1:
        random_add(expr, " overlaps ");
        members(expr, of,
                line        ? NAMES(modifier_sets)
                : procedure ? no_sets
                            : NAMES(diagnosis_sets),
                true);
        break;
    default:
        random_add(expr, " within ");
        members(expr, of,
                line        ? NAMES(modifier_sets)
                : procedure ? no_sets
                            : NAMES(diagnosis_sets),
                true);
        break;
    }
}

static void identifier(random_expr *expr)
{
    random_add(expr, random_column(expr, NAMES(header_ids), NAMES(line_ids)));
    switch (random_below(expr->random, 4)) {
    case 0:
        random_add(expr, " = patient_id");
        break;
    case 1:
        random_add(expr, " starts with 'P'");
        break;
    case 2:
        random_add(expr, random_chance(expr->random, 50) ? " != " : " = ");
        random_add(expr, random_pick(expr, NAMES(ids)));
        break;
    default:
        random_add(expr, " in ");
        members(expr, NAMES(ids), no_sets, false);
        break;
    }
}

static void presence(random_expr *expr)
{
    switch (random_below(expr->random, 5)) {
    case 0:
        random_lookup(expr);
        random_add(expr, random_chance(expr->random, 50) ? " is found" : " is not found");
        return;
    case 1:
        random_list(expr);
        break;
    case 2:
        if (expr->depth > 0)
            random_arithmetic(expr);
        else
            random_any_column(expr);
        break;
    case 3:
        if (expr->scope == RANDOM_CLAIM)
            random_aggregate(expr);
        else
            random_any_column(expr);
        break;
    default:
        random_any_column(expr);
        break;
    }
    random_add(expr, random_chance(expr->random, 50) ? " is missing" : " is present");
}

static void quantifier(random_expr *expr)
{
    random_expr lines = *expr;
    lines.scope = RANDOM_LINE;
    lines.depth = expr->depth > 2 ? 2 : expr->depth;
    random_add(expr, random_chance(expr->random, 65) ? "any(" : "all(");
    random_condition(&lines);
    if (random_chance(expr->random, 30)) {
        random_add(expr, " where ");
        lines.depth = 1;
        random_condition(&lines);
    }
    random_add(expr, ")");
}

static void leaf(random_expr *expr)
{
    if (expr->scope == RANDOM_CLAIM && random_chance(expr->random, 30)) {
        quantifier(expr);
        return;
    }
    switch (random_below(expr->random, 9)) {
    case 0:
    case 1:
        compare(expr);
        break;
    case 2:
        between(expr);
        break;
    case 3:
        enumeration(expr);
        break;
    case 4:
        code(expr);
        break;
    case 5:
        list_leaf(expr);
        break;
    case 6:
        identifier(expr);
        break;
    case 7:
        presence(expr);
        break;
    default:
        random_add(expr, "is_weekend(");
        random_date_value(expr);
        random_add(expr, ")");
        break;
    }
}

void random_condition(random_expr *expr)
{
    if (!random_deeper(expr, 60)) {
        leaf(expr);
        return;
    }
    random_expr inner = *expr;
    inner.depth--;
    if (random_chance(expr->random, 25)) {
        random_add(expr, "not (");
        random_condition(&inner);
        random_add(expr, ")");
        return;
    }
    const char *word = random_chance(expr->random, 50) ? " and " : " or ";
    unsigned count = 2 + random_below(expr->random, 2);
    random_add(expr, "(");
    for (unsigned i = 0; i < count; i++) {
        random_add(expr, i > 0 ? word : "");
        random_condition(&inner);
    }
    random_add(expr, ")");
}
