/* Names, types, calls, sets and tables: what each correct expression means, and what is said about
 * each wrong one. */
#include "support/check_main.h"

#include <string.h>

#include "rules/print.h"
#include "support/rule_front.h"

static rule_front *front;

static void open_front(void)
{
    front = rule_front_new();
}

static void close_front(void)
{
    rule_front_free(front);
}

/* --- Correct expressions, as their canonical text -------------------------------------------- */

static const struct {
    const char *kind;
    const char *expression;
    const char *canonical; /* NULL: the expression itself */
} good[] = {
    /* comparisons of every type */
    {"line", "paid > 100", NULL},
    {"line", "units = 1.50", "units = 1.5"},
    {"line", "paid>=-0.50", "paid >= -0.5"},
    {"line", "100 < paid", NULL},
    {"line", "service_date <= 2024-02-29", NULL},
    {"line", "claim_type = 'inpatient'", NULL},
    {"line", "paid > 1 and 'M' = sex", NULL},
    {"line", "procedure = ' v0103'", "procedure = 'V0103'"},
    {"line", "procedure = 'hcpcs:V0103'", "procedure = 'V0103'"},
    {"line", "revenue_code = '450'", "revenue_code = '0450'"},
    {"line", "principal_diagnosis = 'icd10cm:e11.9'", "principal_diagnosis = 'icd10cm:E119'"},
    {"line", "principal_diagnosis = admitting_diagnosis", NULL},
    {"line", "patient_id = 'P1'", NULL},
    {"line",
     "billing_provider_id != rendering_provider_id or patient_id is missing or billing_provider_id is missing "
     "or rendering_provider_id is missing",
     NULL},
    {"line", "region = 'Nord'", NULL},
    {"line", "x.tooth = '46'", NULL},
    {"line", "x.set = 1", NULL},
    {"line", "billing.specialty = facility.specialty", NULL},
    {"line", "billing.provider_region = region", NULL},
    /* numbers */
    {"line", "paid + allowed * 2 > charge - 1", NULL},
    {"line", "(paid + allowed) * 2 > charge", NULL},
    {"line", "paid - (allowed - charge) > 0", NULL},
    {"line", "(paid - allowed) - charge > 0", "paid - allowed - charge > 0"},
    {"line", "paid / (units * 2) > 5", NULL},
    {"line", "paid / units / 2 > 5", NULL},
    {"line", "-paid > -(units + 1)", NULL},
    {"line", "-(paid * 2) > 1", NULL},
    {"line", "paid between 1 and 2 * units", NULL},
    {"line", "birth_date between 2024-01-01 and service_date", NULL},
    /* members */
    {"line", "procedure in ('V0103', 'v0104')", "procedure in ('V0103', 'V0104')"},
    {"line", "procedure in codes('V01'..'V02', 'W1')", NULL},
    {"line", "procedure not in ('V0103') or procedure is missing", NULL},
    {"line", "claim_type in ('inpatient', 'outpatient')", NULL},
    {"line", "region in ('Nord', 'Ost')", NULL},
    {"line", "patient_id in ('P1')", NULL},
    {"line", "principal_diagnosis in codes('icd10cm:E08'..'icd10cm:E13', 'icd9cm:250')", NULL},
    {"line", "principal_diagnosis in set female_dx", NULL},
    {"line", "principal_diagnosis in set female_dx on from_date", NULL},
    {"line", "admitting_diagnosis in set valid_dx on add_days(from_date, -1)", NULL},
    {"line", "diagnoses overlaps set female_dx", NULL},
    {"line", "diagnoses within set valid_dx", NULL},
    {"line", "modifiers within ('KX', '59')", NULL},
    {"line", "modifiers overlaps codes('2'..'5')", NULL},
    {"line", "modifiers has 'kx'", "modifiers has 'KX'"},
    {"line", "diagnoses has principal_diagnosis", NULL},
    {"line", "procedure starts with 'v01'", "procedure starts with 'V01'"},
    {"line", "drug starts with '123-45'", "drug starts with '12345'"},
    {"line", "principal_diagnosis starts with 'icd10cm:E11.'",
     "principal_diagnosis starts with 'icd10cm:E11'"},
    {"line", "claim_id starts with 'A'", NULL},
    /* missing and found */
    {"line", "paid is missing", NULL},
    {"line", "paid is not missing", "paid is present"},
    {"line", "eligibility is present", NULL},
    {"line", "modifiers is missing", NULL},
    {"line", "mue(procedure) is found", NULL},
    {"line", "mue(procedure on service_date) is not found", NULL},
    {"line", "mue(procedure on service_date).max_units is missing", NULL},
    {"line", "units > mue(procedure).max_units * 2", NULL},
    {"line", "contract(rendering_provider_id, procedure).price < paid", NULL},
    {"line", "contract('P1', procedure).since < service_date", NULL},
    {"line", "contract(rendering_provider_id, procedure).grade = 'A'", NULL},
    /* functions */
    {"line", "days_between(service_date, paid_date) > 3", NULL},
    {"line", "add_days(service_date, days_supply) < service_end_date", NULL},
    {"line", "add_days(service_date, round(quantity, 0)) < service_end_date", NULL},
    {"line", "add_months(birth_date, 12) <= service_date", NULL},
    {"line", "age_at(birth_date, service_date) >= 18", NULL},
    {"line", "age_days(birth_date, service_date) <= 28", NULL},
    {"line", "year(service_date) = 2024 and month(service_date) = 2 and weekday(service_date) = 7",
     NULL},
    {"line", "is_weekend(service_date)", NULL},
    {"line", "not is_weekend(service_date) or service_date is missing", NULL},
    {"line", "least(paid, allowed, 5) > 1", NULL},
    {"line", "greatest(from_date, admission_date) > service_date", NULL},
    {"line", "abs(paid) > 1", NULL},
    {"line", "round(units, 2) > 1", NULL},
    {"line", "coalesce(paid, 0) > 1", NULL},
    {"line", "coalesce(procedure, 'V0103') = 'V0104'", NULL},
    {"line", "coalesce(region, 'none') = 'none'", NULL},
    {"line", "size(modifiers) > 2", NULL},
    /* connectives */
    {"line", "sex = 'M' and (paid > 1 or units > 1)", NULL},
    {"line", "(sex = 'M' and paid > 1) or units > 1", NULL},
    {"line", "not (sex = 'M' or paid > 1) or sex is missing or paid is missing", NULL},
    {"line", "((sex = 'M'))", "sex = 'M'"},
    /* claims */
    {"claim", "count() > 1", NULL},
    {"claim", "count(where paid > 0) > 1", NULL},
    {"claim", "sum(paid) > 100", NULL},
    {"claim", "sum(units * unit_price where procedure in ('V0103')) > claim_charge", NULL},
    {"claim", "min(service_date) < from_date", NULL},
    {"claim", "max(paid) > 10", NULL},
    {"claim", "distinct(procedure) > 3", NULL},
    {"claim", "top_share(procedure) >= 0.5", NULL},
    {"claim", "any(procedure in ('V0103'))", NULL},
    {"claim", "any(procedure = 'V0103' where paid > 0) and not any(paid < 0)", NULL},
    {"claim", "all(procedure is present)", NULL},
    {"claim", "all(paid > 0 where units > 1) and count(where units > 1) > 0", NULL},
    {"claim", "paid > 100", NULL},
    {"claim", "charge > allowed", NULL},
    {"claim", "claim_paid > 1", NULL},
    {"claim", "sex = 'F' and billing.specialty = '01'", NULL},
    {"claim", "facility.specialty is present and attending.specialty is present", NULL},
    {"claim", "x.contract = 'A'", NULL},
    {"claim", "any(x.tooth = '46' and rendering.specialty = '02')", NULL},
    {"claim", "any(principal_diagnosis in set female_dx)", NULL},
};

START_TEST(meanings)
{
    const char *kind = good[_i].kind;
    const char *said = rule_front_when(front, kind, good[_i].expression);
    ck_assert_str_eq(said, "");
    ca_buf text;
    ca_buf_init(&text);
    ca_print_expression(rule_front_set(front), rule_front_rule(front)->when, &text);
    ck_assert_str_eq(ca_buf_cstr(&text),
                     good[_i].canonical == NULL ? good[_i].expression : good[_i].canonical);
    /* canonical text means the same: read again it has the same hash */
    uint8_t hash[32];
    memcpy(hash, rule_front_rule(front)->logic_hash, sizeof(hash));
    char *again = strdup(ca_buf_cstr(&text));
    ck_assert_str_eq(rule_front_when(front, kind, again), "");
    ck_assert_int_eq(memcmp(hash, rule_front_rule(front)->logic_hash, sizeof(hash)), 0);
    free(again);
    ca_buf_done(&text);
}
END_TEST

/* --- Mistakes -------------------------------------------------------------------------------- */

static const struct {
    const char *kind;
    const char *expression;
    const char *said;
} bad[] = {
    /* names */
    {"line", "paied > 1", "9:7: error: unknown column 'paied'; did you mean 'paid'?\n"},
    {"line", "qqqqqqqq > 1", "9:7: error: unknown column 'qqqqqqqq'\n"},
    {"line", "x.toth = '1'", "9:7: error: unknown column 'x.toth'; did you mean 'x.tooth'?\n"},
    {"line", "x.somethingelse = '1'",
     "9:7: error: unknown column 'x.somethingelse'; x. columns are declared in the profile under 'extra'\n"},
    {"line", "procedure = V0103",
     "9:19: error: unknown column 'V0103'; codes and texts stand between quotes: 'V0103'\n"},
    {"line", "count > 1", "9:7: error: 'count' is a function; write count(\xE2\x80\xA6)\n"},
    {"line", "is_weekend",
     "9:7: error: 'is_weekend' is a function; write is_weekend(\xE2\x80\xA6)\n"},
    {"line", "procedure = female_dx",
     "9:19: error: 'female_dx' is a code set; write 'in set female_dx'\n"},
    {"line", "a.paid > 1",
     "9:7: error: a.paid is only known in pair, overlap, sequence and absence rules, not in a line rule\n"},
    {"line", "b.x.tooth = '1'",
     "9:7: error: b.x.tooth is only known in pair, overlap, sequence and absence rules, not in a line rule\n"},
    {"claim", "original.claim_id = '1'",
     "9:7: error: original.claim_id is only known in duplicate rules, not in a claim rule\n"},
    {"line", "units > row.limit",
     "9:15: error: row.limit is only known in rules with 'each', not in a line rule\n"},
    {"line", "specialty = '01'",
     "9:7: error: say whose: billing.specialty, facility.specialty, attending.specialty, "
     "rendering.specialty, \xE2\x80\xA6\n"},
    {"line", "provider_id = '1'",
     "9:7: error: say which provider: billing_provider_id, facility_id, attending_provider_id, "
     "rendering_provider_id, referring_provider_id, prescriber_id or pharmacy_id\n"},
    {"claim", "procedure = 'V0103'",
     "9:7: error: procedure belongs to lines; in a claim rule it stands inside an aggregate: any(procedure "
     "\xE2\x80\xA6), sum(\xE2\x80\xA6), count(where \xE2\x80\xA6)\n"},
    {"claim", "service_date > from_date",
     "9:7: error: service_date belongs to lines; in a claim rule write from_date or min(service_date)\n"},
    {"claim", "rendering.specialty = '01'",
     "9:7: error: rendering.specialty belongs to lines; in a claim rule it stands inside an aggregate: "
     "any(rendering.specialty \xE2\x80\xA6), sum(\xE2\x80\xA6), count(where \xE2\x80\xA6)\n"},
    {"claim", "x.score > 1",
     "9:7: error: x.score belongs to lines; in a claim rule it stands inside an aggregate: any(x.score "
     "\xE2\x80\xA6), sum(\xE2\x80\xA6), count(where \xE2\x80\xA6)\n"},
    /* types */
    {"line", "service_date > paid",
     "9:7: error: a date cannot be compared with an amount of money\n"},
    {"line", "principal_diagnosis = procedure",
     "9:7: error: a code of the family 'diagnosis' cannot be compared "
     "with a code of the family 'procedure'\n"},
    {"line", "sex = claim_type",
     "9:7: error: a value of 'sex' cannot be compared with a value of 'claim_type'\n"},
    {"line", "patient_id = region", "9:7: error: an identifier cannot be compared with a text\n"},
    {"line", "procedure = 99",
     "9:19: error: codes, identifiers and texts stand between quotes: '99'\n"},
    {"line", "claim_id = 99",
     "9:18: error: codes, identifiers and texts stand between quotes: '99'\n"},
    {"line", "paid > '100'", "9:14: error: write 100 instead of '100'\n"},
    {"line", "paid > '12,50'", "9:14: error: write 12.50 instead of '12,50'\n"},
    {"line", "paid > 'much'", "9:14: error: numbers are written without quotes: 12.5\n"},
    {"line", "service_date > '2024-01-01'",
     "9:22: error: write 2024-01-01 instead of '2024-01-01'\n"},
    {"line", "service_date > '1.1.2024'",
     "9:22: error: write 2024-01-01 instead of '1.1.2024'\n"},
    {"line", "service_date > 'today'",
     "9:22: error: a date is written 2024-12-31, without quotes\n"},
    {"line", "procedure < 'V0103'",
     "9:7: error: a code of the family 'procedure' has no order; write =, != or in "
     "codes('A'..'B')\n"},
    {"line", "sex > 'M'",
     "9:7: error: a value of 'sex' has no order; write =, != or in codes('A'..'B')\n"},
    {"line", "sex = 'm'", "9:13: error: write 'M' instead of 'm'\n"},
    {"line", "sex = 'male'", "9:13: error: sex is never 'male'; it is one of 'M', 'F', 'X'\n"},
    {"line", "sex in ('M', 'W')", "9:20: error: sex is never 'W'; it is one of 'M', 'F', 'X'\n"},
    {"line", "region = ''", "9:16: error: an empty cell is missing: write x is missing instead of x = '', "
                     "x is present instead of x != ''\n"},
    {"line", "region in ('')", "9:18: error: an empty cell is missing: write 'or x is missing' behind the list "
                         "instead of ''\n"},
    {"line", "(region = 'A') = 'B'",
     "9:8: error: a value is expected here, but this is a condition\n"},
    {"line", "is_weekend(service_date) = 1",
     "9:7: error: a condition cannot be compared with a whole number\n"},
    {"line", "('A') = ('B')", "9:8: error: two texts are compared; one side must be a column\n"},
    {"line", "paid",
     "9:7: error: a condition is expected here, but this is an amount of money; compare it with "
     "something\n"},
    {"line", "sex = 'M' and ('A')",
     "9:22: error: a condition is expected here, but this is a text\n"},
    {"line", "modifiers = 'KX'",
     "9:7: error: this is a list of codes; write 'has', 'overlaps' or 'within'\n"},
    {"line", "eligibility = paid",
     "9:7: error: this is a list of intervals; it knows only 'is missing' and 'is present'\n"},
    {"line", "procedure between 'A' and 'B'",
     "9:7: error: 'between' is for numbers and dates; for codes write in "
     "codes('A'..'B')\n"},
    {"line", "paid between 1 and service_date",
     "9:7: error: an amount of money cannot be compared with a date\n"},
    {"line", "paid between '1' and 2", "9:20: error: write 1 instead of '1'\n"},
    /* arithmetic */
    {"line", "paid_date - service_date > 3",
     "9:7: error: days between two dates are days_between(from, to)\n"},
    {"line", "service_date + 1 > paid_date",
     "9:7: error: days are added to a date with add_days(date, n)\n"},
    {"line", "paid + procedure > 1",
     "9:7: error: a code of the family 'procedure' is no number to calculate with\n"},
    {"line", "paid / 0 > 1", "9:14: error: a division by zero is always missing\n"},
    {"line", "-service_date > 1", "9:7: error: a date is no number to calculate with\n"},
    {"line", "paid + '1' > 1", "9:14: error: write 1 instead of '1'\n"},
    {"line", "paid + (sex = 'M') > 1",
     "9:15: error: a value is expected here, but this is a condition\n"},
    /* codes and sets */
    {"line", "principal_diagnosis = 'E11'",
     "9:29: error: codes of the family 'diagnosis' name their system (icd9cm, icd10cm): 'icd9cm:E11'\n"},
    {"line", "principal_diagnosis = 'icd11:E11'",
     "9:29: error: there is no code system 'icd11'; the family 'diagnosis' has icd9cm, icd10cm\n"},
    {"line", "procedure = 'icd10cm:E11'",
     "9:19: error: 'icd10cm' is a system of the family 'diagnosis'; here a code "
     "of the family 'procedure' stands\n"},
    {"line", "principal_diagnosis = 'icd10cm:.'",
     "9:29: error: '.' cannot be a code of the system 'icd10cm'\n"},
    {"line", "x.ward = '12'",
     "9:16: error: no code system of the family 'ward' is declared; add one to the "
     "vocabulary\n"},
    {"line", "procedure in codes('V2'..'V1')",
     "9:26: error: this range is empty: 'V2' comes after 'V1'\n"},
    {"line", "principal_diagnosis in codes('icd10cm:E08'..'icd9cm:250')",
     "9:36: error: both ends of a range need the same code system\n"},
    {"line", "principal_diagnosis in codes('icd10cm:E08'..'E13')",
     "9:51: error: codes of the family 'diagnosis' name their system (icd9cm, icd10cm): 'icd9cm:E13'\n"},
    {"line", "procedure in set female_dc",
     "9:24: error: there is no code set named 'female_dc'; did you mean 'female_dx'?\n"},
    {"line", "procedure in set qqqqqqqqqqqq",
     "9:24: error: there is no code set named 'qqqqqqqqqqqq'\n"},
    {"line", "procedure in set female_dx",
     "9:24: error: the set 'female_dx' holds codes of the family 'diagnosis', "
     "but on its left is a code of the family 'procedure'\n"},
    {"line", "paid in set female_dx",
     "9:19: error: the set 'female_dx' holds codes of the family 'diagnosis', but on "
     "its left is an amount of money\n"},
    {"line", "principal_diagnosis in set female_dx on paid",
     "9:47: error: a date must follow 'on'\n"},
    {"line", "paid in ('1', '2')",
     "9:7: error: write paid = 1 or paid = 2 instead of a list: lists are for codes and texts\n"},
    {"line", "region in codes('A'..'B')",
     "9:7: error: codes(\xE2\x80\xA6) is for codes; for a text write in ('A', "
     "'B')\n"},
    {"line", "modifiers in ('KX')",
     "9:7: error: a list of codes stands before 'in'; write 'overlaps' (one of them "
     "is) or 'within' (all are)\n"},
    {"line", "procedure overlaps ('V0103')",
     "9:7: error: 'overlaps' needs a list of codes on its left; for one value write 'in'\n"},
    {"line", "procedure within ('V0103')",
     "9:7: error: 'within' needs a list of codes on its left; for one value write 'in'\n"},
    {"line", "('A') in ('A')",
     "9:7: error: a column is expected before the list, not a fixed text\n"},
    {"line", "is_weekend(service_date) in ('A')",
     "9:7: error: a value is expected before 'in', but this is a condition\n"},
    {"line", "procedure has 'V0103'",
     "9:7: error: 'has' needs a list of codes on its left; for one value write '='\n"},
    {"line", "modifiers has procedure",
     "9:7: error: a list of codes of the family 'modifier' cannot be compared with "
     "a code of the family 'procedure'\n"},
    {"line", "paid starts with '1'",
     "9:7: error: 'starts with' is for codes, identifiers and texts\n"},
    {"line", "sex starts with 'M'",
     "9:7: error: 'starts with' is for codes, identifiers and texts\n"},
    {"line", "region starts with ''",
     "9:26: error: every text starts with the empty text; write 'is present'\n"},
    {"line", "region starts with patient_id",
     "9:26: error: 'starts with' needs a text between quotes\n"},
    /* missing, found, tables */
    {"line", "5 is missing", "9:7: error: a fixed value is never missing\n"},
    {"line", "is_weekend(service_date) is missing",
     "9:7: error: only values can be missing, not conditions\n"},
    {"line", "procedure is found",
     "9:7: error: 'is found' asks a table: TABLE(key) is found; for columns write 'is "
     "present'\n"},
    {"line", "abs(paid) is found",
     "9:7: error: 'is found' asks a table: TABLE(key) is found; for columns write 'is "
     "present'\n"},
    {"line", "mua(procedure) is found",
     "9:7: error: unknown function or table 'mua'; did you mean 'mue'?\n"},
    {"line", "contrakt(procedure) is found",
     "9:7: error: unknown function or table 'contrakt'; did you mean 'contract'?\n"},
    {"line", "qqqqqqqqq(procedure) is found",
     "9:7: error: unknown function or table 'qqqqqqqqq'\n"},
    {"line", "female_dx(procedure) is found",
     "9:7: error: 'female_dx' is a code set, not a table; write 'in set female_dx'\n"},
    {"line", "mue(procedure).max_units is found",
     "9:22: error: 'is found' asks for the row; leave out .max_units\n"},
    {"line", "mue(procedure) > 1",
     "9:7: error: say which column of the table mue (max_units, price): "
     "mue(\xE2\x80\xA6).max_units, or ask 'is found'\n"},
    {"line", "mue(procedure) is missing",
     "9:7: error: say which column of the table mue (max_units, price): "
     "mue(\xE2\x80\xA6).max_units, or ask 'is found'\n"},
    {"line", "mue(procedure).units > 1",
     "9:22: error: the table mue has no column 'units'; it has max_units, price\n"},
    {"line", "mue(procedure, drug).price > 1",
     "9:7: error: the table mue has 1 key (procedure), here are 2\n"},
    {"line", "contract(procedure).price > 1",
     "9:7: error: the table contract has 2 keys (provider, procedure), here are 1\n"},
    {"line", "mue(drug).price > 1",
     "9:11: error: the key procedure of the table mue is not a code of the family 'drug'\n"},
    {"line", "mue(procedure where paid > 1).price > 1",
     "9:27: error: a table takes 'on DATE', not 'where'\n"},
    {"line", "mue(procedure on paid).price > 1", "9:24: error: a date must follow 'on'\n"},
    /* functions */
    {"line", "days_betwen(paid_date, paid_date) > 1",
     "9:7: error: unknown function or table 'days_betwen'; did you mean 'days_between'?\n"},
    {"line", "days_between(paid_date) > 1",
     "9:7: error: days_between(from, to) takes 2 values, here are 1\n"},
    {"line", "year(paid_date, paid_date) > 1",
     "9:7: error: year(date) takes 1 value, here are 2\n"},
    {"line", "least(paid) > 1",
     "9:7: error: least(one, other) takes 2 values or more, here are 1\n"},
    {"line", "days_between(paid, paid_date) > 1",
     "9:20: error: days_between(from, to) needs a date here, but this is an amount of money\n"},
    {"line", "add_days(paid_date, units) > paid_date",
     "9:27: error: add_days(date, number) needs a whole number here, but this is a number\n"},
    {"line", "abs(paid_date) > 1",
     "9:11: error: abs(number) needs a number here, but this is a date\n"},
    {"line", "least(procedure, procedure) = procedure",
     "9:13: error: least(one, other) needs numbers or dates here, but this is a code of the family 'procedure'\n"
     "9:24: error: least(one, other) needs numbers or dates here, but this is a code of the family 'procedure'\n"},
    {"line", "least(paid, paid_date) > 1",
     "9:19: error: least(one, other) needs values of one type\n"},
    {"line", "coalesce(modifiers, paid) > 1",
     "9:16: error: coalesce(value, otherwise) needs a single value here, but this is a list of codes of the family "
     "'modifier'\n"},
    {"line", "coalesce('A', region) = 'A'",
     "9:16: error: a text between quotes needs a column to be compared with\n"},
    {"line", "size(paid) > 1",
     "9:12: error: size(list) needs a list of codes here, but this is an amount of money\n"},
    {"line", "round(paid, 5) > 1",
     "9:19: error: round(number, decimals) takes 0 to 4 decimals, as a plain number\n"},
    {"line", "round(paid, line_no) > 1",
     "9:19: error: round(number, decimals) takes 0 to 4 decimals, as a plain number\n"},
    {"line", "abs(paid where units > 1) > 1",
     "9:22: error: abs(number) takes no 'where', no 'on' and no column\n"},
    {"line", "abs(paid).x > 1",
     "9:17: error: abs(number) takes no 'where', no 'on' and no column\n"},
    {"line", "year('2024-01-01') = 2024",
     "9:12: error: write 2024-01-01 instead of '2024-01-01'\n"},
    /* aggregates */
    {"line", "sum(paid) > 1",
     "9:7: error: sum(\xE2\x80\xA6) counts over several lines, which a line rule's expression "
     "here does not see: a line rule sees one line; write a claim rule (kind: claim)\n"},
    {"claim", "sum(max(paid)) > 1", "9:11: error: an aggregate cannot stand inside another\n"},
    {"claim", "sum() > 1", "9:7: error: sum(\xE2\x80\xA6) takes one value, here are 0\n"},
    {"claim", "count(paid) > 1",
     "9:13: error: count() counts lines; write count(where \xE2\x80\xA6), or distinct(\xE2\x80\xA6) for different "
     "values\n"},
    {"claim", "sum(procedure) > 1",
     "9:11: error: sum(\xE2\x80\xA6) does not work on a code of the family 'procedure'\n"},
    {"claim", "min(procedure) > 1",
     "9:11: error: min(\xE2\x80\xA6) does not work on a code of the family 'procedure'\n"},
    {"claim", "distinct(modifiers) > 1",
     "9:16: error: distinct(\xE2\x80\xA6) does not work on a list of codes of the family 'modifier'\n"},
    {"claim", "any(paid)",
     "9:11: error: a condition is expected here, but this is an amount of money; compare it "
     "with something\n"},
    {"claim", "sum(paid on from_date) > 1",
     "9:7: error: sum(\xE2\x80\xA6) takes no 'on' and no column\n"},
    {"claim", "any(paid > 1) = any(units > 1)",
     "9:7: error: a condition cannot be compared with a condition\n"},
    {"claim", "all(paid > 0 where units > 1)",
     "9:7: error: all(\xE2\x80\xA6 where \xE2\x80\xA6) is true when no line is left; add 'and count(where "
     "\xE2\x80\xA6) > 0'\n"},
    /* several at once */
    {"line", "paied > 1 and sex = 'm' and (uits > 1 or service_date > '2024-01-01')",
     "9:7: error: unknown column 'paied'; did you mean 'paid'?\n"
     "9:27: error: write 'M' instead of 'm'\n"
     "9:36: error: unknown column 'uits'; did you mean 'units'?\n"
     "9:63: error: write 2024-01-01 instead of '2024-01-01'\n"},
};

START_TEST(mistakes)
{
    ck_assert_str_eq(rule_front_when(front, bad[_i].kind, bad[_i].expression), bad[_i].said);
    ck_assert_ptr_null(rule_front_rule(front));
    ck_assert_int_eq(rule_front_code(front), 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_unchecked_fixture(tcase, open_front, close_front);
    tcase_add_loop_test(tcase, meanings, 0, (int)(sizeof(good) / sizeof(good[0])));
    tcase_add_loop_test(tcase, mistakes, 0, (int)(sizeof(bad) / sizeof(bad[0])));
}

CA_CHECK_MAIN("rules/check", add_tests)
