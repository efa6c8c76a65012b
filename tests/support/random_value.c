/* Random values of the rule language, as text. */
#include "support/random_expr.h"

static const char *const header_dates[] = {"from_date", "through_date", "birth_date", "death_date",
                                           "paid_date"};
static const char *const line_dates[] = {"service_date", "service_end_date"};
static const char *const header_codes[] = {"principal_diagnosis", "admitting_diagnosis"};
static const char *const line_codes[] = {"procedure"};
static const char *const header_lists[] = {"diagnoses", "other_diagnoses", "claim_procedures"};
static const char *const line_lists[] = {"modifiers", "line_diagnoses"};
static const char *const header_numbers[] = {"claim_part", "claim_version", "claim_paid", "x.set"};
static const char *const line_numbers[] = {"units",       "paid",        "charge", "allowed",
                                           "days_supply", "fill_number", "x.score"};
static const char *const claim_amounts[] = {"paid", "charge", "allowed"};
static const char *const header_ids[] = {"patient_id", "billing_provider_id"};
static const char *const line_ids[] = {"rendering_provider_id", "prescriber_id"};
static const char *const dates[] = {"2019-12-31", "2020-01-01", "2020-02-29", "2024-09-30",
                                    "2024-10-01"};
static const char *const numbers[] = {"0",    "1",  "2",      "3",       "0.5",
                                      "2.25", "10", "0.0001", "0.00005", "922337203685477"};

const char *random_pick(random_expr *expr, random_names from)
{
    return from.items[random_below(expr->random, from.count)];
}

void random_add(random_expr *expr, const char *text)
{
    ca_buf_add_cstr(expr->text, text);
}

const char *random_column(random_expr *expr, random_names header, random_names line)
{
    if (expr->scope == RANDOM_LINE && random_chance(expr->random, 70))
        return random_pick(expr, line);
    return random_pick(expr, header);
}

bool random_deeper(random_expr *expr, unsigned percent)
{
    return expr->depth > 0 && random_chance(expr->random, percent);
}

void random_date_value(random_expr *expr)
{
    random_expr inner = *expr;
    if (random_chance(expr->random, 25)) {
        random_add(expr, random_pick(expr, NAMES(dates)));
        return;
    }
    if (!random_deeper(expr, 30)) {
        random_add(expr, random_column(expr, NAMES(header_dates), NAMES(line_dates)));
        return;
    }
    inner.depth--;
    switch (random_below(expr->random, expr->scope == RANDOM_CLAIM ? 4 : 3)) {
    case 0:
        random_add(expr, random_chance(expr->random, 50) ? "add_days(" : "add_months(");
        random_date_value(&inner);
        random_add(expr, random_chance(expr->random, 20) ? ", claim_version)" : ", 30)");
        break;
    case 1:
        random_add(expr, "coalesce(");
        random_add(expr, random_column(expr, NAMES(header_dates), NAMES(line_dates)));
        random_add(expr, ", ");
        random_date_value(&inner);
        random_add(expr, ")");
        break;
    case 2:
        random_add(expr, random_chance(expr->random, 50) ? "least(" : "greatest(");
        random_add(expr, random_column(expr, NAMES(header_dates), NAMES(line_dates)));
        random_add(expr, ", ");
        random_date_value(&inner);
        random_add(expr, ")");
        break;
    default:
        random_add(expr,
                   random_chance(expr->random, 50) ? "min(service_date)" : "max(service_end_date)");
        break;
    }
}

void random_list(random_expr *expr)
{
    random_add(expr, random_column(expr, NAMES(header_lists), NAMES(line_lists)));
}

void random_any_column(random_expr *expr)
{
    random_names header[] = {NAMES(header_dates), NAMES(header_codes), NAMES(header_ids),
                             NAMES(header_numbers)};
    random_names line[] = {NAMES(line_dates), NAMES(line_codes), NAMES(line_ids),
                           NAMES(line_numbers)};
    unsigned kind = random_below(expr->random, 5);
    if (kind == 4)
        random_add(expr, random_chance(expr->random, 50) ? "sex" : "claim_type");
    else
        random_add(expr, random_column(expr, header[kind], line[kind]));
}

/* An aggregate with a number as its result. */
void random_aggregate(random_expr *expr)
{
    random_expr lines = *expr;
    lines.scope = RANDOM_LINE;
    lines.depth = expr->depth > 1 ? 1 : 0;
    bool count = false;
    switch (random_below(expr->random, 6)) {
    case 0:
        random_add(expr, "count(");
        count = true;
        break;
    case 1:
    case 2:
        random_add(expr, "sum(");
        random_number(&lines);
        break;
    case 3:
        random_add(expr, random_chance(expr->random, 50) ? "min(" : "max(");
        random_number(&lines);
        break;
    case 4:
        random_add(expr, "distinct(");
        random_any_column(&lines);
        break;
    default:
        random_add(expr, "top_share(");
        random_any_column(&lines);
        break;
    }
    if (random_chance(expr->random, 35)) {
        random_add(expr, count ? "where " : " where ");
        random_condition(&lines);
    }
    random_add(expr, ")");
}

void random_lookup(random_expr *expr)
{
    bool line = expr->scope == RANDOM_LINE;
    if (line && random_chance(expr->random, 60)) {
        random_add(expr, "mue(procedure");
        if (random_chance(expr->random, 30)) {
            random_add(expr, " on ");
            random_add(expr, random_column(expr, NAMES(header_dates), NAMES(line_dates)));
        }
        random_add(expr, ")");
    } else {
        random_add(expr, "contract(");
        random_add(expr, random_column(expr, NAMES(header_ids), NAMES(line_ids)));
        random_add(expr, line ? ", procedure)" : ", 'V0103')");
    }
}

static void call(random_expr *expr)
{
    random_expr inner = *expr;
    inner.depth--;
    switch (random_below(expr->random, 8)) {
    case 0:
        random_add(expr, "days_between(");
        random_date_value(&inner);
        random_add(expr, ", ");
        random_date_value(&inner);
        break;
    case 1:
        random_add(expr, "age_at(birth_date, ");
        random_date_value(&inner);
        break;
    case 2:
        random_add(expr, random_chance(expr->random, 50)   ? "year("
                         : random_chance(expr->random, 50) ? "month("
                                                           : "weekday(");
        random_date_value(&inner);
        break;
    case 3:
        random_add(expr, "size(");
        random_list(&inner);
        break;
    case 4:
        random_add(expr, "abs(");
        random_number(&inner);
        break;
    case 5:
        random_add(expr, "round(");
        random_number(&inner);
        random_add(expr, random_chance(expr->random, 50) ? ", 0" : ", 2");
        break;
    case 6:
        random_add(expr, random_chance(expr->random, 50) ? "least(" : "greatest(");
        random_number(&inner);
        random_add(expr, ", ");
        random_number(&inner);
        random_add(expr, random_chance(expr->random, 30) ? ", units_cap" : "");
        break;
    default:
        random_add(expr, "coalesce(");
        random_number(&inner);
        random_add(expr, ", ");
        random_number(&inner);
        break;
    }
    random_add(expr, ")");
}

static void plain_number(random_expr *expr)
{
    if (random_chance(expr->random, 30))
        random_add(expr, random_pick(expr, NAMES(numbers)));
    else if (random_chance(expr->random, 10))
        random_add(expr, "units_cap");
    else if (expr->scope == RANDOM_CLAIM && random_chance(expr->random, 40))
        random_add(expr, random_pick(expr, NAMES(claim_amounts)));
    else
        random_add(expr, random_column(expr, NAMES(header_numbers), NAMES(line_numbers)));
}

void random_arithmetic(random_expr *expr)
{
    static const char *const operators[] = {" + ", " - ", " * ", " / "};
    random_expr inner = *expr;
    inner.depth--;
    random_add(expr, random_chance(expr->random, 15) ? "-(" : "(");
    random_number(&inner);
    random_add(expr, random_pick(expr, NAMES(operators)));
    random_number(&inner);
    random_add(expr, ")");
}

void random_number(random_expr *expr)
{
    if (expr->scope == RANDOM_CLAIM && random_chance(expr->random, 35)) {
        random_aggregate(expr);
        return;
    }
    if (!random_deeper(expr, 45)) {
        plain_number(expr);
        return;
    }
    unsigned kind = random_below(expr->random, 10);
    if (kind < 5) {
        random_arithmetic(expr);
    } else if (kind < 9) {
        call(expr);
    } else {
        random_lookup(expr);
        random_add(expr, ".price");
    }
}
