/* Drafts of small files: what is said, what is asked, and that every draft loads. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "support/check_main.h"
#include "support/drafts.h"

static void has(draft *d, const char *what)
{
    if (!strstr(ca_buf_cstr(&d->yaml), what)) {
        ck_abort_msg("no '%s' in\n%s", what, ca_buf_cstr(&d->yaml));
    }
}

static void lacks(draft *d, const char *what)
{
    if (strstr(ca_buf_cstr(&d->yaml), what)) {
        ck_abort_msg("'%s' in\n%s", what, ca_buf_cstr(&d->yaml));
    }
}

static void says(draft *d, const char *key, const char *line)
{
    const char *found = draft_line(d, NULL, key);
    if (!found) {
        ck_abort_msg("no '%s' in\n%s", key, ca_buf_cstr(&d->yaml));
    }
    ck_assert_str_eq(found, line);
}

static void asks(draft *d, const char *key, const char *part)
{
    if (!strstr(draft_asked(d, NULL, key), part)) {
        ck_abort_msg("nothing asks '%s' above %s in\n%s", part, key, ca_buf_cstr(&d->yaml));
    }
}

/* Each row: a file, a line that its draft must have, and a part of the question above it ("" = none asked, NULL = either). */
typedef struct guess_case {
    const char *text;
    const char *key, *line;
    const char *question;
} guess_case;

#define CLAIMS "claim_id,service_date,paid,"

static const guess_case cases[] = {
    /* delimiters and quotes */
    {"claim_id;service_date;paid\nA1;2024-01-02;1.50\nA2;2024-01-03;2.50\n",
     "csv:", "csv: {delimiter: \";\"}", ""},
    {"claim_id\tservice_date\tpaid\nA1\t2024-01-02\t1.50\n", "csv:", "csv: {delimiter: tab}", ""},
    {"claim_id|service_date|paid\nA1|2024-01-02|1.50\n", "csv:", "csv: {delimiter: \"|\"}", ""},
    {"claim_id;paid;charge\nA1;1,50;2,50\nA2;3,50;2,50\nA3;3,50;2,50\n",
     "csv:", "csv: {delimiter: \";\"}", ""},
    {"\"claim_id\";\"service_date\";\"paid\"\n\"A;1\";\"2024-01-02\";\"1.50\"\n",
     "csv:", "csv: {delimiter: \";\"}", ""},
    /* dates */
    {"claim_id,service_date,paid\nA1,13.02.2024,1.50\n", "dates:", "dates: [dd.mm.yyyy]", ""},
    {"claim_id,service_date,paid\nA1,3.2.2024,1.50\nA2,13.12.2024,1\n",
     "dates:", "dates: [d.m.yyyy]", ""},
    {"claim_id,service_date,paid\nA1,02/13/2024,1.50\nA2,01/02/2024,1\n",
     "dates:", "dates: [mm/dd/yyyy]", ""},
    {"claim_id,service_date,paid\nA1,13/02/2024,1.50\nA2,01/02/2024,1\n",
     "dates:", "dates: [dd/mm/yyyy]", ""},
    {"claim_id,service_date,paid\nA1,03/02/2024,1.50\nA2,01/02/2024,1\n",
     "dates:", "dates: [mm/dd/yyyy]", "the day or the month"},
    {"claim_id,service_date,paid_date,paid\nA1,03/02/2024,13/02/2024,1\n",
     "dates:", "dates: [dd/mm/yyyy]", ""},
    {"claim_id,service_date,paid\nA1,20240102,1.50\n", "dates:", "dates: [yyyymmdd]", ""},
    {"claim_id,service_date,paid\nA1,2-Jan-2024,1.50\nA2,12-Feb-2024,1\n",
     "dates:", "dates: [d-Mon-yyyy]", ""},
    {"claim_id,service_date,paid\nA1,2024-01-02 00:00:00,1.50\n",
     "dates:", "dates: [yyyy-mm-dd...]", ""},
    {"claim_id,service_date,paid\nA1,2024-01-02 08:30:00,1.50\n", "service_minute:",
     "service_minute: {column: service_date, dates: [\"yyyy-mm-dd HH:MM:SS\"]}", ""},
    {"claim_id,service_date,service_time,paid\nA1,2024-01-02,08:30,1.50\n",
     "service_minute:", "service_minute: {column: service_time, time: yes}", ""},
    /* numbers */
    {"claim_id;service_date;paid\nA1;2024-01-02;1.234,50\n",
     "numbers:", "numbers: {point: \",\", group: \".\"}", ""},
    {"claim_id;service_date;paid\nA1;2024-01-02;1,50\n",
     "numbers:", "numbers: {point: \",\", group: \".\"}", ""},
    {"claim_id,service_date,paid\nA1,2024-01-02,\"1,234.50\"\n",
     "numbers:", "numbers: {group: \",\"}", ""},
    {"claim_id,service_date,paid\nA1,2024-01-02,\"$1,234.50\"\n",
     "numbers:", "numbers: {group: \",\", currency: \"$\"}", ""},
    {"claim_id,service_date,paid\nA1,2024-01-02,12.50-\nA2,2024-01-02,7.10\n",
     "numbers:", "numbers: {trailing_minus: yes}", ""},
    {"claim_id,service_date,paid\nA1,2024-01-02,(12.50)\nA2,2024-01-02,7.10\n",
     "numbers:", "numbers: {parentheses: yes}", ""},
    {"claim_id;service_date;paid\nA1;2024-01-02;1 234,50\n",
     "numbers:", "numbers: {point: \",\", group: \" \"}", ""},
    {"claim_id;service_date;paid;units\nA1;2024-01-02;1,50;1.25\n",
     "units:", "units: {column: units, numbers: {point: \".\"}}", ""},
    /* missing */
    {"claim_id,service_date,paid\nA1,NULL,1.50\nA2,2024-01-02,1\n",
     "missing:", "missing: [\"NULL\"]", ""},
    {"claim_id,service_date,paid,patient_id,death_date\nA1,2024-01-02,1.50,P1,9999-12-31\nA2,2024-01-02,1,P1,2024-02-02\n",
     "missing:", "missing: [\"9999-12-31\"]", "year 9999"},
    /* values */
    {CLAIMS "patient_id,sex\nA1,2024-01-02,1,P1,M\nA2,2024-01-02,1,P2,F\n", "sex:", "sex: sex", ""},
    {CLAIMS "patient_id,gender\nA1,2024-01-02,1,P1,male\nA2,2024-01-02,1,P2,Female\n",
     "sex:", "sex: {column: gender, values: {Female: F, male: M}}", ""},
    {CLAIMS "patient_id,sex\nA1,2024-01-02,1,P1,1\nA2,2024-01-02,1,P2,2\n",
     "sex:", "sex: {column: sex, values: {\"1\": M, \"2\": F}}", "mean male"},
    {CLAIMS "patient_id,Geschlecht\nA1,2024-01-02,1,P1,m\nA2,2024-01-02,1,P2,w\n",
     "sex:", "sex: {column: Geschlecht, values: {m: M, w: F, d: X}}", ""},
    {CLAIMS "q\nA1,2024-01-02,1,m\nA2,2024-01-02,1,f\n",
     "sex:", "sex: {column: q, values: {f: F, m: M}}", "Is q sex"},
    {CLAIMS "claim_type\nA1,2024-01-02,1,dental\nA2,2024-01-02,1,other\n",
     "claim_type:", "claim_type: claim_type", ""},
    {CLAIMS "kind\nA1,2024-01-02,1,Inpatient\nA2,2024-01-02,1,Pharmacy\n", "claim_type:",
     "claim_type: {column: kind, values: {Inpatient: inpatient, Pharmacy: pharmacy}}",
     "Is kind claim_type"},
    {CLAIMS "units\nA1,2024-01-02,1,1\n", "claim_type:", "claim_type: {value: other}",
     "What claims are these"},
    {"claim_id,service_date,paid,ndc\nA1,2024-01-02,1.5,00247037252\n",
     "claim_type:", "claim_type: {value: pharmacy}", "What claims"},
    /* words */
    {CLAIMS "amount\nA1,2024-01-02,1.50,2.50\n", "paid:", "paid: paid", ""},
    {"claim_id,service_date,amount\nA1,2024-01-02,1.50\n", "paid:", "paid: amount",
     "or what was billed"},
    {"ClaimNumber,ServiceDate,PaidAmount\nA1,2024-01-02,1.50\n",
     "claim_id:", "claim_id: ClaimNumber", ""},
    {"CLM_ID,SVC_DT,PAID_AMT\nA1,2024-01-02,1.50\n", "paid:", "paid: PAID_AMT", ""},
    {"Belegnummer;Leistungsdatum;Erstattungsbetrag\nA1;02.01.2024;1,50\n",
     "paid:", "paid: Erstattungsbetrag", ""},
    {"结算单号,费用发生日期,基金支付\nA1,2024-01-02,1.50\n", "paid:", "paid: 基金支付", ""},
    /* codes */
    {CLAIMS "diagnosis\nA1,2024-01-02,1,I10\nA2,2024-01-02,1,E11.9\n",
     "principal_diagnosis:", "principal_diagnosis: {column: diagnosis, system: icd10cm}", ""},
    {CLAIMS "diagnosis\nA1,2024-01-02,1,4019\nA2,2024-01-02,1,25000\n",
     "principal_diagnosis:", "principal_diagnosis: {column: diagnosis, system: icd9cm}", ""},
    {CLAIMS "diagnosis\nA1,2024-01-02,1,headache\nA2,2024-01-02,1,fever\n",
     "diagnosis:", "diagnosis: {column: diagnosis, type: text}", NULL},
    {CLAIMS "secondary_diagnoses\nA1,2024-01-02,1,I10|E11.9\nA2,2024-01-02,1,I10\n",
     "other_diagnoses:",
     "other_diagnoses: {column: secondary_diagnoses, list: \"|\", system: icd10cm}", ""},
    {CLAIMS "DX1,DX2,DX3\nA1,2024-01-02,1,I10,E11.9,\n",
     "other_diagnoses:", "other_diagnoses: {columns: [\"DX2..3\"], system: icd10cm}", ""},
    {CLAIMS "DX1_CD,DX2_CD,DX3_CD\nA1,2024-01-02,1,I10,E11.9,\n",
     "other_diagnoses:", "other_diagnoses: {columns: [\"DX{2..3}_CD\"], system: icd10cm}", ""},
    {"claim_id,from_date,HCPCS_CD_1,HCPCS_CD_2,PAID_AMT_1,PAID_AMT_2\nA1,2024-01-02,V0103,,1.5,2.5\n",
     "paid:", "paid: {column: \"PAID_AMT_{n}\"}", ""},
    {"claim_id,from_date,HCPCS_CD_01,HCPCS_CD_02\nA1,2024-01-02,V0103,J1234\n",
     "index:", "index: 01..02", ""},
    {"claim_id,from_date,procedure\nA1,2024-01-02,V0103\n",
     "service_date:", "service_date: from_date", "no day of their own"},
    {CLAIMS "x\nA1,2024-01-02,1.5,a\nA1,2024-01-03,2.5,b\n",
     "service_date:", "service_date: service_date", "numbers the lines"},
    /* reversals */
    {CLAIMS "reversal_flag\nA1,2024-01-02,1,N\nA2,2024-01-02,-1,Y\n",
     "status:", "status: {flags: [{column: reversal_flag, in: [Y], status: reversal}]}", ""},
    {CLAIMS "units\nA1,2024-01-02,1.50,1\nA1,2024-01-02,-1.50,-1\n",
     "status:", "status: {sign_of: paid, negative: reversal}", "reversals of other rows"},
    {CLAIMS "units\nA1,2024-01-02,1.50,1\nA1,2024-01-02,-1.50,-1\n",
     "reversal:", "reversal: {keys: [claim_id, service_date], opposite: [units, paid]}",
     "with opposite numbers"},
    {CLAIMS "original_claim_id\nA1,2024-01-02,1.50,\nA2,2024-01-02,-1.50,A1\n",
     "reversal:", "reversal: {of: claim}", ""},
    /* extra columns */
    {CLAIMS "factor\nA1,2024-01-02,1.50,2.3\n",
     "factor:", "factor: {column: factor, type: decimal}", NULL},
    {CLAIMS "copay\nA1,2024-01-02,1.50,\"$2.30\"\n",
     "copay:", "copay: {column: copay, type: money}", NULL},
    {CLAIMS "floor\nA1,2024-01-02,1.50,2\n", "floor:", "floor: {column: floor, type: int}", NULL},
    {CLAIMS "due\nA1,2024-01-02,1.50,2024-02-01\n", "due:", "due: {column: due, type: date}", NULL},
    {CLAIMS "tooth\nA1,2024-01-02,1.50,26\n",
     "tooth:", "tooth: {column: tooth, type: code, system: fdi}", NULL},
    {CLAIMS "牙位\nA1,2024-01-02,1.50,26\n",
     "tooth:", "tooth: {column: 牙位, type: code, system: fdi}", NULL},
    {CLAIMS "备用\nA1,2024-01-02,1.50,ab\n", "column_4:", "column_4: {column: 备用, type: text}",
     NULL},
    /* rows that are no rows */
    {"Export of May\nfor;nobody\n\nclaim_id;service_date;paid\nA1;2024-01-02;1.50\nA2;2024-01-02;1.50\n",
     "title_rows:", "title_rows: 2", ""},
    {CLAIMS "units\nA1,2024-01-02,1.50,1\nA2,2024-01-02,2.50,1\nTotal,2,4.00,2\n", "- {name:",
     "- {name: Total, row: {column: claim_id, in: [Total]}, rows: service_date, sums: {paid: paid, units: units}}",
     ""},
    {CLAIMS "units\nA1,2024-01-02,1.50,1\nA2,2024-01-02,2.50,1\nTotal,2,9.00,2\n",
     "totals:", "totals:", "do not add up"},
    {"claim_id,service_date,paid\nA1,2024-01-02,1.50\nTotal:,,\n",
     "- {name:", "- {name: total, skip: {column: claim_id, in: [\"Total:\"]}}", NULL},
    /* names that YAML would misread */
    {"claim_id,service_date,\"paid: net\"\nA1,2024-01-02,1.50\n", "paid:", "paid: \"paid: net\"",
     NULL},
    {"claim_id,service_date,\"paid #1\"\nA1,2024-01-02,1.50\n", "paid:", "paid: \"paid #1\"", NULL},
    {"claim_id,service_date,\"- paid\"\nA1,2024-01-02,1.50\n", "paid:", "paid: \"- paid\"", NULL},
};

START_TEST(says_and_asks)
{
    draft d;
    const guess_case *at = &cases[_i];
    draft_init(&d);
    (void)draft_of(&d, at->text);
    says(&d, at->key, at->line);
    if (at->question && !*at->question) {
        ck_assert_str_eq(draft_asked(&d, NULL, at->key), "");
    } else if (at->question) {
        asks(&d, at->key, at->question);
    }
    ck_assert_ptr_nonnull(d.profile);
    draft_done(&d);
}
END_TEST

/* --- Kinds of files ------------------------------------------------------------------------- */

START_TEST(files_are_told_apart)
{
    draft d;
    draft_init(&d);
    ck_assert_int_eq(
        draft_add(&d, "a/lines.csv", CLAIMS "patient_id,provider_id\nA1,2024-01-02,1.50,P1,D1\n"),
        0);
    ck_assert_int_eq(draft_add(&d, "b/people.csv", "patient_id,sex,birth_date\nP1,F,1980-01-02\n"),
                     0);
    ck_assert_int_eq(draft_add(&d, "c/doctors.csv", "NPI,specialty\nD1,08\n"), 0);
    ck_assert_int_eq(draft_add(&d, "d/list.csv", "claim_id,note,colour\nA1,x,red\n"), 0);
    (void)draft_write(&d);
    ck_assert_uint_eq(d.result.layouts, 4);
    ck_assert_str_eq(draft_line(&d, "claims", "patient_id:"), "patient_id: patient_id");
    ck_assert_str_eq(draft_line(&d, "patients", "birth_date:"), "birth_date: birth_date");
    ck_assert_str_eq(draft_line(&d, "providers", "provider_id:"), "provider_id: NPI");
    ck_assert_str_eq(draft_line(&d, "other", "use:"), "use: ignore");
    has(&d, "# ? What is this file?");
    draft_done(&d);
}
END_TEST

/* A header that is part of another one must not take its files. */
START_TEST(layouts_do_not_tie)
{
    draft d;
    const ca_layout *layout;
    draft_init(&d);
    ck_assert_int_eq(draft_add(&d, "one.csv", "claim_id,service_date,paid\nA1,2024-01-02,1.50\n"),
                     0);
    ck_assert_int_eq(
        draft_add(&d, "two.csv", "claim_id,service_date,paid,units\nA1,2024-01-02,1.50,1\n"), 0);
    ck_assert_int_eq(
        draft_add(&d, "three.csv", "claim_id,service_date,paid,colour\nA1,2024-01-02,1.50,x\n"), 0);
    (void)draft_write(&d);
    ca_text header[] = {CA_TEXT("claim_id"), CA_TEXT("service_date"), CA_TEXT("paid"),
                        CA_TEXT("units")};
    ca_csv_format format = ca_csv_format_default();
    ck_assert_int_eq(ca_profile_match(d.profile, &format, header, 3, "x.csv", &layout, &d.err), 0);
    ck_assert_str_eq(ca_layout_name(layout), "claims-1");
    ck_assert_int_eq(ca_profile_match(d.profile, &format, header, 4, "x.csv", &layout, &d.err), 0);
    ck_assert_str_eq(ca_layout_name(layout), "claims-2");
    header[3] = CA_TEXT("colour");
    ck_assert_int_eq(ca_profile_match(d.profile, &format, header, 4, "x.csv", &layout, &d.err), 0);
    ck_assert_str_eq(ca_layout_name(layout), "claims-3");
    draft_done(&d);
}
END_TEST

START_TEST(one_header_is_one_layout)
{
    draft d;
    draft_init(&d);
    ck_assert_int_eq(draft_add(&d, "p_2008_x.csv", "patient_id,sex,birth_date\n"), 0);
    ck_assert_int_eq(draft_add(&d, "p_2009_x.csv",
                               "patient_id,sex,birth_date\nP1,F,01.02.1980\nP2,M,01.02.1980\n"),
                     0);
    ck_assert_int_eq(draft_add(&d, "p_2010_x.csv", "sex,patient_id,birth_date\nF,P1,01.02.1980\n"),
                     0);
    (void)draft_write(&d);
    ck_assert_uint_eq(d.result.layouts, 1);
    has(&d, "# p_2008_x.csv and 2 more with this header");
    says(&d, "dates:", "dates: [dd.mm.yyyy]");
    says(&d, "as_of:", "as_of: {file_name: \"*{yyyy}_*\"}");
    asks(&d, "as_of:", "the year in the file's name");
    draft_done(&d);
}
END_TEST

START_TEST(zeros_are_put_back)
{
    draft d;
    draft_init(&d);
    ck_assert_int_eq(draft_add(&d, "c.csv",
                               CLAIMS
                               "patient_id\nA1,2024-01-02,1.50,123\nA2,2024-01-02,1.50,4567\n"),
                     0);
    ck_assert_int_eq(draft_add(&d, "p.csv", "patient_id,sex\n000123,F\n004567,M\n"), 0);
    (void)draft_write(&d);
    ck_assert_str_eq(draft_line(&d, "claims", "patient_id:"),
                     "patient_id: {column: patient_id, pad: 6}");
    ck_assert_ptr_nonnull(strstr(draft_asked(&d, "claims", "patient_id:"), "leading zeros"));
    ck_assert_str_eq(draft_line(&d, "patients", "patient_id:"),
                     "patient_id: {column: patient_id, pad: 6}");
    ck_assert_str_eq(draft_asked(&d, "patients", "patient_id:"), "");
    draft_done(&d);
}
END_TEST

START_TEST(without_a_header_columns_go_by_position)
{
    draft d;
    draft_init(&d);
    ck_assert_int_eq(
        draft_add(
            &d, "lines_2024_05.txt",
            "A001;P0017;02.01.2024;I10.90;12,50\nA001;P0017;03.01.2024;E11.90;7,10\nA002;P0018;03.01.2024;I10.90;7,10\n"),
        0);
    (void)draft_write(&d);
    says(&d, "header:", "header: none");
    says(&d, "columns:", "columns: [c1, c2, c3, c4, c5]");
    says(&d, "name:", "name: \"lines_*_*.txt\"");
    says(&d, "claim_id:", "claim_id: c1");
    says(&d, "patient_id:", "patient_id: c2");
    says(&d, "service_date:", "service_date: c3");
    says(&d, "paid:", "paid: c5");
    asks(&d, "service_date:", "?");
    asks(&d, "claim_id:", "?");
    lacks(&d, "A001");
    lacks(&d, "P0017");
    draft_done(&d);
}
END_TEST

START_TEST(a_header_alone_is_enough_for_words)
{
    draft d;
    draft_init(&d);
    (void)draft_of(&d, "claim_id,service_date,paid,sex\n");
    says(&d, "paid:", "paid: paid");
    asks(&d, "paid:", "no rows");
    draft_done(&d);
}
END_TEST

START_TEST(without_claim_id_the_draft_asks_for_it)
{
    draft d;
    draft_init(&d);
    (void)draft_of(
        &d, "patient_id,service_date,procedure,charge,paid\nP1,2024-01-02,V0103,2.50,1.50\n");
    ck_assert(!d.result.complete);
    ck_assert_ptr_null(d.profile);
    has(&d, "Which column names the claim");
    draft_done(&d);
}
END_TEST

/* --- What must not be in a draft ------------------------------------------------------------- */

START_TEST(content_stays_out)
{
    static const char *const secrets[] = {"Meier", "Anna",    "KV778899", "1980",
                                          "A4711", "Dorfstr", "0815",     "12.34"};
    draft d;
    draft_init(&d);
    (void)draft_of(
        &d, "claim_id,service_date,paid,patient_id,name,vorname,strasse,birth_date,sex,phone\n"
            "A4711,2024-01-02,12.34,KV778899,Meier,Anna,Dorfstr. 1,1980-05-06,F,0815\n"
            "A4712,2024-01-02,2.34,KV778899,Meier,Anna,Dorfstr. 1,1980-05-06,F,0815\n");
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        lacks(&d, secrets[i]);
    }
    has(&d, "left out, names and descriptions: name, vorname, strasse, phone");
    draft_done(&d);
}
END_TEST

/* A first row without a known word may be a row of persons. */
START_TEST(what_is_not_known_is_not_shown)
{
    draft d;
    draft_init(&d);
    ck_assert_int_eq(
        draft_add(&d, "people.csv", "Meier;Anna;Bonn\nSchulz;Otto;Kiel\nSchmidt;Eva;Ulm\n"), 0);
    ck_assert_int_eq(ca_guess_write(d.guess, &d.yaml, &d.result, &d.err), CA_CONFIG);
    ck_assert_ptr_nonnull(strstr(d.err.text, "nothing in these files is known"));
    draft_done(&d);
    draft_init(&d);
    ck_assert_int_eq(draft_add(&d, "c.csv", "claim_id,service_date,paid\nA1,2024-01-02,1.50\n"), 0);
    ck_assert_int_eq(
        draft_add(&d, "people.csv", "Meier;Anna;Bonn\nSchulz;Otto;Kiel\nSchmidt;Eva;Ulm\n"), 0);
    (void)draft_write(&d);
    ck_assert_ptr_nonnull(d.profile);
    ck_assert_uint_eq(d.result.layouts, 1);
    has(&d, "# ? What is people.csv?");
    lacks(&d, "Meier");
    draft_done(&d);
}
END_TEST

START_TEST(names_that_cannot_be_used_are_left_alone)
{
    draft d;
    draft_init(&d);
    (void)draft_of(
        &d,
        "claim_id,service_date,paid,a..b,x{n},twice,twice,,\"two\x07\"\nA1,2024-01-02,1.50,1,2,3,4,5,6\n");
    ck_assert_ptr_nonnull(d.profile);
    lacks(&d, "a..b");
    lacks(&d, "x{n}");
    lacks(&d, "twice");
    has(&d, "whose name cannot be used");
    draft_done(&d);
}
END_TEST

START_TEST(rows_in_any_order_give_one_draft)
{
    draft one, two;
    draft_init(&one);
    draft_init(&two);
    const char *a = draft_of(
        &one,
        "claim_id,service_date,paid,sex,kind\nA1,2024-01-02,1.50,w,Arzt\nA2,2024-01-03,2.50,m,Klinik\n");
    const char *b = draft_of(
        &two,
        "claim_id,service_date,paid,sex,kind\nA2,2024-01-03,2.50,m,Klinik\nA1,2024-01-02,1.50,w,Arzt\n");
    ck_assert_str_eq(a, b);
    draft_done(&one);
    draft_done(&two);
}
END_TEST

/* --- Bytes ---------------------------------------------------------------------------------- */

typedef struct bytes_case {
    const char *bytes;
    size_t len;
    const char *csv; /* NULL: no csv key */
    const char *claim_id;
} bytes_case;

#define BYTES(text) "" text, sizeof text - 1
static const bytes_case encodings[] = {
    {BYTES("\xEF\xBB\xBF"
           "claim_id,service_date,paid\nA1,2024-01-02,1\n"),
     NULL, "claim_id: claim_id"},
    {BYTES("claim_id,service_date,paid,Stra\xC3\x9F"
           "e\nA1,2024-01-02,1,x\n"),
     NULL, "claim_id: claim_id"},
    {BYTES("Belegnummer,Leistungsdatum,paid,Geb\xFChr\nA1,02.01.2024,1,f\xFCr\n"),
     "csv: {encoding: windows-1252}", "claim_id: Belegnummer"},
    {BYTES("Belegnummer,Leistungsdatum,paid,x\nA1,02.01.2024,1 \x80,3\n"),
     "csv: {encoding: windows-1252}", "claim_id: Belegnummer"},
    {BYTES("\xBD\xE1\xCB\xE3\xB5\xA5\xBA\xC5,service_date,paid\nA1,2024-01-02,1\n"),
     "csv: {encoding: gb18030}", "claim_id: 结算单号"},
    {BYTES(
         "\xFF\xFE"
         "c\0l\0a\0i\0m\0_\0i\0d\0,\0s\0e\0r\0v\0i\0c\0e\0_\0d\0a\0t\0e\0,\0p\0a\0i\0d\0\n\0A\0,\0"
         "2\0"
         "0\0"
         "2\0"
         "4\0-\0"
         "0\0"
         "1\0-\0"
         "0\0"
         "2\0,\0"
         "1\0\n\0"),
     "csv: {encoding: utf-16}", "claim_id: claim_id"},
};

START_TEST(encodings_are_found)
{
    draft d;
    const bytes_case *at = &encodings[_i];
    draft_init(&d);
    ck_assert_int_eq(draft_add_bytes(&d, "f.csv", at->bytes, at->len), 0);
    ck_assert_int_eq(ca_guess_write(d.guess, &d.yaml, &d.result, &d.err), 0);
    says(&d, "claim_id:", at->claim_id);
    if (at->csv) {
        says(&d, "csv:", at->csv);
    } else {
        ck_assert_ptr_null(draft_line(&d, NULL, "csv:"));
    }
    draft_done(&d);
}
END_TEST

static const struct {
    const char *bytes;
    size_t len;
    const char *why;
} refused[] = {{BYTES(""), "empty"},
               {BYTES("\n \n\t\n"), "blank lines"},
               {BYTES("PK\x03\x04rest"), "workbook"},
               {BYTES("\xD0\xCF\x11\xE0rest"), "workbook"},
               {BYTES("%PDF-1.4"), "PDF"},
               {BYTES("a,b\0c\n1,2,3\n"), "no text"},
               {BYTES("\x01\x02\x03\x04\x05\x06"), "no text"}};

START_TEST(what_is_no_text_is_refused)
{
    draft d;
    draft_init(&d);
    ck_assert_int_eq(draft_add_bytes(&d, "f", refused[_i].bytes, refused[_i].len), CA_CONFIG);
    ck_assert_ptr_nonnull(strstr(d.err.text, refused[_i].why));
    ck_assert_int_eq(ca_guess_write(d.guess, &d.yaml, &d.result, &d.err), CA_CONFIG);
    draft_done(&d);
}
END_TEST

START_TEST(a_total_at_the_end_of_a_long_file_is_asked_about)
{
    draft d;
    draft_init(&d);
    ca_text head = CA_TEXT("claim_id,service_date,paid\nA1,2024-01-02,1.50\nA2,2024-01-02,1.50\n");
    ca_text tail = CA_TEXT("24-01-02,1.50\nA9,2024-01-02,1.50\nTotal,,99.50\n");
    ck_assert_int_eq(ca_guess_bytes(d.guess, "f.csv", head, tail, &d.err), 0);
    (void)draft_write(&d);
    says(&d,
         "- {name:", "- {name: Total, row: {column: claim_id, in: [Total]}, sums: {paid: paid}}");
    asks(&d, "totals:", "Is the last row a total");
    draft_done(&d);
}
END_TEST

/* --- Memory --------------------------------------------------------------------------------- */

static int whole(const char *text, ca_error *err)
{
    ca_guess *guess = ca_guess_new();
    ca_buf yaml;
    ca_guess_draft result;
    ca_buf_init(&yaml);
    int rc = guess ? ca_guess_bytes(guess, "f.csv", ca_text_of(text), (ca_text){0}, err)
                   : ca_error_nomem(err);
    rc = rc ? rc : ca_guess_write(guess, &yaml, &result, err);
    ca_buf_done(&yaml);
    ca_guess_free(guess);
    return rc;
}

START_TEST(memory_may_run_out_anywhere)
{
    const char *text =
        "Rechnung;Datum;Betrag;Geschlecht;DX1;DX2\nA1;02.01.2024;1,50;w;I10.90;E11.90\n";
    ca_error err;
    uint64_t before = ca_alloc_calls();
    ck_assert_int_eq(whole(text, &err), 0);
    uint64_t calls = ca_alloc_calls() - before;
    ck_assert_uint_gt(calls, 10);
    for (uint64_t n = 1; n <= calls; n++) {
        ca_alloc_fail(n, 0);
        int rc = whole(text, &err);
        ca_alloc_fail(0, 0);
        ck_assert_int_eq(rc, CA_NOMEM);
    }
}
END_TEST

START_TEST(there_are_limits)
{
    draft d;
    char text[60];
    draft_init(&d);
    int rc = 0;
    for (int i = 0; rc == 0 && i <= CA_LAYOUTS_MAX; i++) {
        snprintf(text, sizeof text, "a%c%c,b\n1,2\n", 'a' + i / 26, 'a' + i % 26);
        rc = draft_add(&d, "f.csv", text);
    }
    ck_assert_int_eq(rc, CA_LIMIT);
    draft_done(&d);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, says_and_asks, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tcase, files_are_told_apart);
    tcase_add_test(tcase, layouts_do_not_tie);
    tcase_add_test(tcase, one_header_is_one_layout);
    tcase_add_test(tcase, zeros_are_put_back);
    tcase_add_test(tcase, without_a_header_columns_go_by_position);
    tcase_add_test(tcase, a_header_alone_is_enough_for_words);
    tcase_add_test(tcase, without_claim_id_the_draft_asks_for_it);
    tcase_add_test(tcase, content_stays_out);
    tcase_add_test(tcase, what_is_not_known_is_not_shown);
    tcase_add_test(tcase, names_that_cannot_be_used_are_left_alone);
    tcase_add_test(tcase, rows_in_any_order_give_one_draft);
    tcase_add_loop_test(tcase, encodings_are_found, 0, sizeof encodings / sizeof *encodings);
    tcase_add_loop_test(tcase, what_is_no_text_is_refused, 0, sizeof refused / sizeof *refused);
    tcase_add_test(tcase, a_total_at_the_end_of_a_long_file_is_asked_about);
    tcase_add_test(tcase, memory_may_run_out_anywhere);
    tcase_add_test(tcase, there_are_limits);
}

CA_CHECK_MAIN("map/guess", add_tests)
