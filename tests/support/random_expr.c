/* Random conditions and values of the rule language, as text. */
#include "support/random_expr.h"

typedef struct names {
    const char *const *items;
    unsigned count;
} names;

#define NAMES(list) ((names){list, sizeof(list) / sizeof((list)[0])})

static const char *const header_dates[] = {"from_date", "through_date", "birth_date", "death_date", "paid_date"};
static const char *const line_dates[] = {"service_date", "service_end_date"};
static const char *const header_codes[] = {"principal_diagnosis", "admitting_diagnosis"};
static const char *const line_codes[] = {"procedure"};
static const char *const header_lists[] = {"diagnoses", "other_diagnoses", "claim_procedures"};
static const char *const line_lists[] = {"modifiers", "line_diagnoses"};
static const char *const header_numbers[] = {"claim_part", "claim_version", "claim_paid", "x.set"};
static const char *const line_numbers[] = {"units", "paid", "charge", "allowed", "days_supply", "fill_number", "x.score"};
static const char *const claim_amounts[] = {"paid", "charge", "allowed"};
static const char *const header_ids[] = {"patient_id", "billing_provider_id"};
static const char *const line_ids[] = {"rendering_provider_id", "prescriber_id"};
static const char *const comparisons[] = {"=", "!=", "<", "<=", ">", ">="};
static const char *const dates[] = {"2019-12-31", "2020-01-01", "2020-02-29", "2024-09-30", "2024-10-01"};
static const char *const numbers[] = {"0", "1", "2", "3", "0.5", "2.25", "10", "0.0001", "0.00005", "922337203685477"};
static const char *const ids[] = {"'P1'", "'P2'", "'N1'", "'NN'"};
static const char *const diagnoses[] = {"'icd10cm:O80'", "'icd10cm:Z34'", "'icd9cm:O80'", "'icd10cm:E119'",
                                        "'icd10cm:E11'", "'icd9cm:2500'", "'icd10cm:J99'"};
static const char *const procedures[] = {"'V0103'", "'V0104'", "'V01'", "'V9'", "'V777'"};
static const char *const modifiers[] = {"'KX'", "'59'", "'5'", "'ZZ'"};

static const char *pick(random_expr *expr, names from)
{
    return from.items[random_below(expr->random, from.count)];
}

static void add(random_expr *expr, const char *text)
{
    ca_buf_add_cstr(expr->text, text);
}

/* A column of the header, or where lines are seen one of a line. */
static const char *column(random_expr *expr, names header, names line)
{
    if (expr->scope == RANDOM_LINE && random_chance(expr->random, 70))
        return pick(expr, line);
    return pick(expr, header);
}

static bool deeper(random_expr *expr, unsigned percent)
{
    return expr->depth > 0 && random_chance(expr->random, percent);
}

/* --- Values ---------------------------------------------------------------------------------------------- */

static void date(random_expr *expr)
{
    random_expr inner = *expr;
    if (random_chance(expr->random, 25)) {
        add(expr, pick(expr, NAMES(dates)));
        return;
    }
    if (!deeper(expr, 30)) {
        add(expr, column(expr, NAMES(header_dates), NAMES(line_dates)));
        return;
    }
    inner.depth--;
    switch (random_below(expr->random, expr->scope == RANDOM_CLAIM ? 4 : 3)) {
    case 0:
        add(expr, random_chance(expr->random, 50) ? "add_days(" : "add_months(");
        date(&inner);
        add(expr, random_chance(expr->random, 20) ? ", claim_version)" : ", 30)");
        break;
    case 1:
        add(expr, "coalesce(");
        add(expr, column(expr, NAMES(header_dates), NAMES(line_dates)));
        add(expr, ", ");
        date(&inner);
        add(expr, ")");
        break;
    case 2:
        add(expr, random_chance(expr->random, 50) ? "least(" : "greatest(");
        add(expr, column(expr, NAMES(header_dates), NAMES(line_dates)));
        add(expr, ", ");
        date(&inner);
        add(expr, ")");
        break;
    default:
        add(expr, random_chance(expr->random, 50) ? "min(service_date)" : "max(service_end_date)");
        break;
    }
}

static void list(random_expr *expr)
{
    add(expr, column(expr, NAMES(header_lists), NAMES(line_lists)));
}

static void any_column(random_expr *expr)
{
    names header[] = {NAMES(header_dates), NAMES(header_codes), NAMES(header_ids), NAMES(header_numbers)};
    names line[] = {NAMES(line_dates), NAMES(line_codes), NAMES(line_ids), NAMES(line_numbers)};
    unsigned kind = random_below(expr->random, 5);
    if (kind == 4)
        add(expr, random_chance(expr->random, 50) ? "sex" : "claim_type");
    else
        add(expr, column(expr, header[kind], line[kind]));
}

/* An aggregate with a number as its result. */
static void aggregate(random_expr *expr)
{
    random_expr lines = *expr;
    lines.scope = RANDOM_LINE;
    lines.depth = expr->depth > 1 ? 1 : 0;
    bool count = false;
    switch (random_below(expr->random, 6)) {
    case 0:
        add(expr, "count(");
        count = true;
        break;
    case 1:
    case 2:
        add(expr, "sum(");
        random_number(&lines);
        break;
    case 3:
        add(expr, random_chance(expr->random, 50) ? "min(" : "max(");
        random_number(&lines);
        break;
    case 4:
        add(expr, "distinct(");
        any_column(&lines);
        break;
    default:
        add(expr, "top_share(");
        any_column(&lines);
        break;
    }
    if (random_chance(expr->random, 35)) {
        add(expr, count ? "where " : " where ");
        random_condition(&lines);
    }
    add(expr, ")");
}

static void lookup(random_expr *expr)
{
    bool line = expr->scope == RANDOM_LINE;
    if (line && random_chance(expr->random, 60)) {
        add(expr, "mue(procedure");
        if (random_chance(expr->random, 30)) {
            add(expr, " on ");
            add(expr, column(expr, NAMES(header_dates), NAMES(line_dates)));
        }
        add(expr, ")");
    } else {
        add(expr, "contract(");
        add(expr, column(expr, NAMES(header_ids), NAMES(line_ids)));
        add(expr, line ? ", procedure)" : ", 'V0103')");
    }
}

static void call(random_expr *expr)
{
    random_expr inner = *expr;
    inner.depth--;
    switch (random_below(expr->random, 8)) {
    case 0:
        add(expr, "days_between(");
        date(&inner);
        add(expr, ", ");
        date(&inner);
        break;
    case 1:
        add(expr, "age_at(birth_date, ");
        date(&inner);
        break;
    case 2:
        add(expr, random_chance(expr->random, 50) ? "year(" : random_chance(expr->random, 50) ? "month(" : "weekday(");
        date(&inner);
        break;
    case 3:
        add(expr, "size(");
        list(&inner);
        break;
    case 4:
        add(expr, "abs(");
        random_number(&inner);
        break;
    case 5:
        add(expr, "round(");
        random_number(&inner);
        add(expr, random_chance(expr->random, 50) ? ", 0" : ", 2");
        break;
    case 6:
        add(expr, random_chance(expr->random, 50) ? "least(" : "greatest(");
        random_number(&inner);
        add(expr, ", ");
        random_number(&inner);
        add(expr, random_chance(expr->random, 30) ? ", units_cap" : "");
        break;
    default:
        add(expr, "coalesce(");
        random_number(&inner);
        add(expr, ", ");
        random_number(&inner);
        break;
    }
    add(expr, ")");
}

static void plain_number(random_expr *expr)
{
    if (random_chance(expr->random, 30))
        add(expr, pick(expr, NAMES(numbers)));
    else if (random_chance(expr->random, 10))
        add(expr, "units_cap");
    else if (expr->scope == RANDOM_CLAIM && random_chance(expr->random, 40))
        add(expr, pick(expr, NAMES(claim_amounts)));
    else
        add(expr, column(expr, NAMES(header_numbers), NAMES(line_numbers)));
}

static void arithmetic(random_expr *expr)
{
    static const char *const operators[] = {" + ", " - ", " * ", " / "};
    random_expr inner = *expr;
    inner.depth--;
    add(expr, random_chance(expr->random, 15) ? "-(" : "(");
    random_number(&inner);
    add(expr, pick(expr, NAMES(operators)));
    random_number(&inner);
    add(expr, ")");
}

void random_number(random_expr *expr)
{
    if (expr->scope == RANDOM_CLAIM && random_chance(expr->random, 35)) {
        aggregate(expr);
        return;
    }
    if (!deeper(expr, 45)) {
        plain_number(expr);
        return;
    }
    unsigned kind = random_below(expr->random, 10);
    if (kind < 5) {
        arithmetic(expr);
    } else if (kind < 9) {
        call(expr);
    } else {
        lookup(expr);
        add(expr, ".price");
    }
}

/* --- Leaves ------------------------------------------------------------------------------------------------ */

static void compare(random_expr *expr)
{
    bool dated = random_chance(expr->random, 35);
    for (int side = 0; side < 2; side++) {
        if (side > 0) {
            add(expr, " ");
            add(expr, pick(expr, NAMES(comparisons)));
            add(expr, " ");
        }
        if (dated)
            date(expr);
        else
            random_number(expr);
    }
}

static void between(random_expr *expr)
{
    bool dated = random_chance(expr->random, 40);
    if (dated)
        date(expr);
    else
        random_number(expr);
    add(expr, " between ");
    add(expr, dated ? pick(expr, NAMES(dates)) : pick(expr, NAMES(numbers)));
    add(expr, " and ");
    if (dated)
        date(expr);
    else
        random_number(expr);
}

static void enumeration(random_expr *expr)
{
    static const char *const leaves[] = {"sex = 'M'",           "sex != 'F'",
                                         "sex in ('M', 'X')",   "sex not in ('F')",
                                         "claim_type = 'inpatient'", "claim_type in ('professional', 'pharmacy')"};
    add(expr, pick(expr, NAMES(leaves)));
}

/* Literals, a range, or a set; `of` gives the codes, `sets` the sets of the family. */
static void members(random_expr *expr, names of, names sets, bool ranges)
{
    if (sets.count > 0 && random_chance(expr->random, 50)) {
        add(expr, "set ");
        add(expr, pick(expr, sets));
        if (random_chance(expr->random, 20)) {
            add(expr, " on ");
            date(expr);
        }
        return;
    }
    bool range = ranges && random_chance(expr->random, 50);
    add(expr, range ? "codes(" : "(");
    unsigned count = 1 + random_below(expr->random, 3);
    for (unsigned i = 0; i < count; i++) {
        add(expr, i > 0 ? ", " : "");
        add(expr, pick(expr, of));
    }
    add(expr, ")");
}

static const char *const diagnosis_sets[] = {"female_dx", "female_dx", "female_dx", "valid_dx"};
static const char *const modifier_sets[] = {"allowed_modifiers"};
static const names no_sets = {NULL, 0};

static void code(random_expr *expr)
{
    bool procedure = expr->scope == RANDOM_LINE && random_chance(expr->random, 50);
    names of = procedure ? NAMES(procedures) : NAMES(diagnoses);
    add(expr, procedure ? "procedure" : pick(expr, NAMES(header_codes)));
    switch (random_below(expr->random, 4)) {
    case 0:
        add(expr, random_chance(expr->random, 50) ? " = " : " != ");
        add(expr, procedure || random_chance(expr->random, 60) ? pick(expr, of) : "admitting_diagnosis");
        break;
    case 1:
        add(expr, " starts with ");
        add(expr, pick(expr, of));
        break;
    default:
        add(expr, random_chance(expr->random, 30) ? " not in " : " in ");
        members(expr, of, procedure ? no_sets : NAMES(diagnosis_sets), true);
        break;
    }
}

static void list_leaf(random_expr *expr)
{
    bool line = expr->scope == RANDOM_LINE && random_chance(expr->random, 50);
    bool procedure = !line && random_chance(expr->random, 20);
    names of = line ? NAMES(modifiers) : procedure ? NAMES(procedures) : NAMES(diagnoses);
    add(expr, line ? "modifiers" : procedure ? "claim_procedures"
                                 : expr->scope == RANDOM_LINE && random_chance(expr->random, 30) ? "line_diagnoses" : "diagnoses");
    switch (random_below(expr->random, 3)) {
    case 0:
        add(expr, " has ");
        add(expr, line || procedure || random_chance(expr->random, 60) ? pick(expr, of) : "principal_diagnosis");
        break;
    case 1:
        add(expr, " overlaps ");
        members(expr, of, line ? NAMES(modifier_sets) : procedure ? no_sets : NAMES(diagnosis_sets), true);
        break;
    default:
        add(expr, " within ");
        members(expr, of, line ? NAMES(modifier_sets) : procedure ? no_sets : NAMES(diagnosis_sets), true);
        break;
    }
}

static void identifier(random_expr *expr)
{
    add(expr, column(expr, NAMES(header_ids), NAMES(line_ids)));
    switch (random_below(expr->random, 4)) {
    case 0:
        add(expr, " = patient_id");
        break;
    case 1:
        add(expr, " starts with 'P'");
        break;
    case 2:
        add(expr, random_chance(expr->random, 50) ? " != " : " = ");
        add(expr, pick(expr, NAMES(ids)));
        break;
    default:
        add(expr, " in ");
        members(expr, NAMES(ids), no_sets, false);
        break;
    }
}

static void presence(random_expr *expr)
{
    switch (random_below(expr->random, 5)) {
    case 0:
        lookup(expr);
        add(expr, random_chance(expr->random, 50) ? " is found" : " is not found");
        return;
    case 1:
        list(expr);
        break;
    case 2:
        if (expr->depth > 0)
            arithmetic(expr);
        else
            any_column(expr);
        break;
    case 3:
        if (expr->scope == RANDOM_CLAIM)
            aggregate(expr);
        else
            any_column(expr);
        break;
    default:
        any_column(expr);
        break;
    }
    add(expr, random_chance(expr->random, 50) ? " is missing" : " is present");
}

static void quantifier(random_expr *expr)
{
    random_expr lines = *expr;
    lines.scope = RANDOM_LINE;
    lines.depth = expr->depth > 2 ? 2 : expr->depth;
    add(expr, random_chance(expr->random, 65) ? "any(" : "all(");
    random_condition(&lines);
    if (random_chance(expr->random, 30)) {
        add(expr, " where ");
        lines.depth = 1;
        random_condition(&lines);
    }
    add(expr, ")");
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
        add(expr, "is_weekend(");
        date(expr);
        add(expr, ")");
        break;
    }
}

void random_condition(random_expr *expr)
{
    if (!deeper(expr, 60)) {
        leaf(expr);
        return;
    }
    random_expr inner = *expr;
    inner.depth--;
    if (random_chance(expr->random, 25)) {
        add(expr, "not (");
        random_condition(&inner);
        add(expr, ")");
        return;
    }
    const char *word = random_chance(expr->random, 50) ? " and " : " or ";
    unsigned count = 2 + random_below(expr->random, 2);
    add(expr, "(");
    for (unsigned i = 0; i < count; i++) {
        add(expr, i > 0 ? word : "");
        random_condition(&inner);
    }
    add(expr, ")");
}
