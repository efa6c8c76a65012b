/* The registry: definitions and their mistakes, replacing, overlays, the text tables of inline
 * tests, and the sets that are shipped. */
#include "unit/refs/fixture.h"

#include "base/alloc.h"

/* --- Definitions and their mistakes ------------------------------------------------------- */

static const struct {
    const char *yaml;
    const char *said;
} mistakes[] = {
    {"", "us/sets.yaml:0:0: the file is empty; it should hold code sets and tables\n"},
    {"set: {}\n", "us/sets.yaml:1:1: unknown key 'set'; did you mean 'sets'?\n"},
    {"sets: [a]\n", "us/sets.yaml:1:7: 'sets' must be a mapping of 'key: value', not a list\n"},
    {"sets: {a: b}\n", "us/sets.yaml:1:11: 'a' must be a mapping of 'key: value', not text\n"},
    {"sets: {A: {family: diagnosis, bind: site}}\n",
     "us/sets.yaml:1:8: 'A' is no name: a small letter, then small letters, digits and _\n"},
    {"sets: {a: {bind: site}}\n", "us/sets.yaml:1:11: key 'family' is missing\n"},
    {"sets: {a: {family: diagnose, bind: site}}\n",
     "us/sets.yaml:1:20: no code system has the family 'diagnose'\n"},
    {"sets: {a: {family: diagnosis}}\n",
     "us/sets.yaml:1:8: the set 'a' has no codes: add 'file', 'sources', 'codes', or 'bind: site'\n"},
    {"sets: {a: {family: diagnosis, bind: here}}\n",
     "us/sets.yaml:1:37: 'bind' cannot be 'here'; it is one of site\n"},
    {"sets: {a: {family: diagnosis, bind: site, colum: x}}\n",
     "us/sets.yaml:1:43: unknown key 'colum'; did you mean 'column'?\n"},
    {"sets: {a: {family: diagnosis, sources: []}}\n",
     "us/sets.yaml:1:40: 'sources' needs at least one source\n"},
    {"sets: {a: {family: diagnosis, sources: [x]}}\n",
     "us/sets.yaml:1:41: a source must be a mapping of 'key: value', not text\n"},
    {"sets: {a: {family: diagnosis, file: c.csv, sources: [{file: c.csv}]}}\n",
     "us/sets.yaml:1:44: either 'file' or 'sources', not both\n"},
    {"sets: {a: {family: diagnosis, sources: [{system: icd9cm}]}}\n",
     "us/sets.yaml:1:41: key 'file' is missing\nus/sets.yaml:1:41: key 'column' is missing\n"},
    {"sets: {a: {family: diagnosis, sources: [{file: '', column: code, system: icd9cm}]}}\n",
     "us/sets.yaml:1:48: 'file' must be the name of a file\n"},
    {"sets: {a: {family: diagnosis, file: c.csv, column: code}}\n",
     "us/sets.yaml:1:11: the family 'diagnosis' has several code systems: add 'system' or 'system_column'\n"},
    {"sets: {a: {family: diagnosis, file: c.csv, column: code, system: icd9}}\n",
     "us/sets.yaml:1:66: unknown code system 'icd9'; did you mean 'icd9cm'?\n"},
    {"sets: {a: {family: diagnosis, file: c.csv, column: code, system: hcpcs}}\n",
     "us/sets.yaml:1:66: 'hcpcs' is a code system of the family 'procedure', the set is of 'diagnosis'\n"},
    {"sets: {a: {family: diagnosis, file: c.csv, column: code, system: icd9cm, system_column: x}}\n",
     "us/sets.yaml:1:74: either 'system' or 'system_column', not both\n"},
    {"sets: {a: {family: procedure, file: c.csv, column: code, valid: from}}\n",
     "us/sets.yaml:1:65: 'valid' names two columns, the first and the last day: [valid_from, valid_to]\n"},
    {"sets: {a: {family: procedure, file: c.csv, column: code, dates: soon}}\n",
     "us/sets.yaml:1:65: 'soon' is no form of a date; write it like yyyymmdd or dd.mm.yyyy\n"},
    {"sets: {a: {family: procedure, file: c.csv, column: code, delimiter: ab}}\n",
     "us/sets.yaml:1:69: 'delimiter' must be one character or tab\n"},
    {"sets: {a: {family: procedure, file: c.csv, column: code, encoding: utf8}}\n",
     "us/sets.yaml:1:68: 'encoding' cannot be 'utf8'; did you mean 'utf-8'?; it is one of utf-8, windows-1252, "
     "latin-1, gb18030, utf-16\n"},
    {"sets: {a: {family: procedure, file: c.csv, column: code, prefix: maybe}}\n",
     "us/sets.yaml:1:66: 'prefix' must be yes or no, not 'maybe'\n"},
    {"sets: {a: {family: procedure, file: c.csv, column: code, where: x}}\n",
     "us/sets.yaml:1:65: 'where' must be a mapping of 'key: value', not text\n"},
    {"sets: {a: {family: procedure, file: c.csv, column: code, where: {x: {}}}}\n",
     "us/sets.yaml:1:69: the test on 'x' needs contains, not_contains or in\n"},
    {"sets: {a: {family: procedure, file: c.csv, column: code, where: {x: {contain: y}}}}\n",
     "us/sets.yaml:1:69: the test on 'x' needs contains, not_contains or in\n"
     "us/sets.yaml:1:70: unknown key 'contain'; did you mean 'contains'?\n"},
    {"sets: {a: {family: procedure, file: c.csv, column: code, where: {x: {in: [a], contains: b}}}}\n",
     "us/sets.yaml:1:70: only one of contains, not_contains and in can be tested\n"},
    {"sets: {a: {family: procedure, file: c.csv, column: code, where: {x: {in: []}}}}\n",
     "us/sets.yaml:1:74: 'in' needs at least one value\n"},
    {"sets: {a: {family: procedure, file: c.csv, column: code, where: {x: {contains: y, separator: ab}}}}\n",
     "us/sets.yaml:1:94: 'separator' must be one character\n"},
    {"sets: {a: {family: diagnosis, codes: []}}\n",
     "us/sets.yaml:1:38: 'codes' needs at least one code\n"},
    {"sets: {a: {family: diagnosis, codes: A1}}\n",
     "us/sets.yaml:1:38: 'codes' must be a list, not text\n"},
    {"sets: {a: {family: diagnosis, codes: [A1, icd10:A1, hcpcs:G1, 'icd9cm:']}}\n",
     "us/sets.yaml:1:39: the family 'diagnosis' has several code systems: write SYSTEM:CODE, not 'A1'\n"
     "us/sets.yaml:1:43: unknown code system 'icd10'; did you mean 'icd10cm'?\n"
     "us/sets.yaml:1:53: 'hcpcs' is a code system of the family 'procedure', the set is of 'diagnosis'\n"
     "us/sets.yaml:1:63: codes: the code is empty\n"},
    {"sets: {a: {family: diagnosis, bind: site}}\ntables: {a: {bind: site, keys: [k int]}}\n",
     "us/sets.yaml:2:10: 'a' is the name of a set\n"},
    {"tables: {t: {bind: site}}\n", "us/sets.yaml:1:13: key 'keys' is missing\n"},
    {"tables: {t: {bind: site, keys: []}}\n", "us/sets.yaml:1:32: 'keys' needs at least one key\n"},
    {"tables: {t: {keys: [k int]}}\n",
     "us/sets.yaml:1:10: the table 't' has no rows: add 'file', 'sources', or 'bind: site'\n"},
    {"tables: {t: {bind: site, keys: [k]}}\n",
     "us/sets.yaml:1:33: a key is written 'COLUMN TYPE', not 'k'\n"},
    {"tables: {t: {bind: site, keys: [k hcpc]}}\n",
     "us/sets.yaml:1:33: 'hcpc' is no type of a key; did you mean 'hcpcs'?; it is one of text, id, int, date or "
     "a code system\n"},
    {"tables: {t: {bind: site, keys: [k money]}}\n",
     "us/sets.yaml:1:33: 'money' is no type of a key; it is one of text, id, int, date or a code system\n"},
    {"tables: {t: {bind: site, keys: [k int, k int]}}\n",
     "us/sets.yaml:1:40: the key 'k' is listed twice\n"},
    {"tables: {t: {bind: site, keys: [a int, b int, c int, d int, e int, f int, g int, h int, i int]}}\n",
     "us/sets.yaml:1:89: a table has at most 8 keys\n"},
    {"tables: {t: {bind: site, keys: [k int], columns: {v: intt, w: hcpcs, x: code:hcpc}}}\n",
     "us/sets.yaml:1:54: 'intt' is no type of a column; did you mean 'int'?; it is one of int, decimal, money, "
     "date, text, id or code:SYSTEM\n"
     "us/sets.yaml:1:63: 'hcpcs' is no type of a column; it is one of int, decimal, money, date, text, id or "
     "code:SYSTEM\n"
     "us/sets.yaml:1:73: 'code:hcpc' is no type of a column; it is one of int, decimal, money, date, text, id or "
     "code:SYSTEM\n"},
    {"tables: {t: {bind: site, keys: [k int], max_age: 3 weeks}}\n",
     "us/sets.yaml:1:50: 'max_age' is written like '100 days', not '3 weeks'\n"},
    {"tables: {t: {bind: site, keys: [k int], colums: {}}}\n",
     "us/sets.yaml:1:41: unknown key 'colums'; did you mean 'columns'?\n"},
    {"tables: {t: {keys: [k int], sources: [{file: c.csv, keys: [k int]}]}}\n",
     "us/c.csv:2:0: column 'k': 'x' is not a whole number\n"
     "us/sets.yaml:1:53: unknown key 'keys'\n"},
};

START_TEST(mistakes_are_told_with_their_place)
{
    fixture fix;
    fixture_init(&fix);
    put(&fix, "us/c.csv", "code,k\nA1,x\n");
    ck_assert_str_eq(load(&fix, mistakes[_i].yaml), mistakes[_i].said);
    fixture_done(&fix);
}
END_TEST

START_TEST(a_missing_sets_file_is_an_error)
{
    fixture fix;
    ca_error err = {0};
    fixture_init(&fix);
    ck_assert_int_lt(ca_refs_load(fix.refs, "absent.yaml", false, &fix.diags, &err), 0);
    ck_assert_str_ne(err.text, "");
    fixture_done(&fix);
}
END_TEST

START_TEST(unbound_sets_and_tables_have_no_rows)
{
    fixture fix;
    fixture_init(&fix);
    ck_assert_str_eq(load(&fix, "sets: {s: {family: diagnosis, bind: site}}\n"
                                "tables: {t: {bind: site, keys: [k hcpcs], columns: {v: int}}}\n"),
                     "");
    ck_assert(!ca_codeset_bound(need_set(&fix, "s")));
    ck_assert(!ca_codeset_dated(need_set(&fix, "s")));
    ck_assert(!ca_reftable_bound(need_table(&fix, "t")));
    ck_assert(!is_in(&fix, "s", "icd9cm", "001", CA_NO_DATE));
    fixture_done(&fix);
}
END_TEST

START_TEST(names_are_listed_in_order_and_suggested)
{
    fixture fix;
    fixture_init(&fix);
    ck_assert_str_eq(
        load(
            &fix,
            "sets:\n  zebra: {family: diagnosis, bind: site}\n  apple: {family: diagnosis, bind: site}\n"
            "  mango: {family: diagnosis, bind: site}\n"
            "tables:\n  yes_t: {bind: site, keys: [k int]}\n  all_t: {bind: site, keys: [k int]}\n"),
        "");
    ck_assert_uint_eq(ca_refs_set_count(fix.refs), 3);
    ck_assert_str_eq(ca_codeset_name(ca_refs_set_at(fix.refs, 0)), "apple");
    ck_assert_str_eq(ca_codeset_name(ca_refs_set_at(fix.refs, 1)), "mango");
    ck_assert_str_eq(ca_codeset_name(ca_refs_set_at(fix.refs, 2)), "zebra");
    ck_assert_uint_eq(ca_refs_table_count(fix.refs), 2);
    ck_assert_str_eq(ca_reftable_name(ca_refs_table_at(fix.refs, 0)), "all_t");
    ck_assert_str_eq(ca_refs_closest_set(fix.refs, CA_TEXT("aple")), "apple");
    ck_assert_str_eq(ca_refs_closest_table(fix.refs, CA_TEXT("al_t")), "all_t");
    ck_assert_ptr_null(ca_refs_closest_set(fix.refs, CA_TEXT("quite_another")));
    ck_assert_ptr_null(ca_refs_set(fix.refs, CA_TEXT("all_t")));
    ck_assert_ptr_null(ca_refs_table(fix.refs, CA_TEXT("apple")));
    ck_assert_ptr_null(ca_refs_set(fix.refs, CA_TEXT("")));
    fixture_done(&fix);
}
END_TEST

/* --- Replacing -------------------------------------------------------------------------- */

START_TEST(a_site_binds_a_set_in_place)
{
    fixture fix;
    fixture_init(&fix);
    ck_assert_str_eq(
        load(&fix,
             "sets: {s: {family: diagnosis, bind: site}, d: {family: procedure, codes: [G1]}}\n"
             "tables: {t: {bind: site, keys: [k hcpcs], columns: {v: int}}}\n"),
        "");
    const ca_codeset *set = need_set(&fix, "s");
    const ca_reftable *table = need_table(&fix, "t");
    ck_assert(!is_in(&fix, "s", "icd10cm", "A1", day("2020-01-01")));
    put(&fix, "site/c.csv", "code,from,to\nA1,20200101,\n");
    put(&fix, "site/t.csv", "k,v\nG1,5\n");
    ck_assert_str_eq(
        load_as(&fix, "site/sets.yaml",
                "sets: {s: {file: c.csv, system: icd10cm, column: code, valid: [from, to]}}\n"
                "tables: {t: {file: t.csv, keys: [k hcpcs], columns: {v: int}}}\n",
                true),
        "");
    ck_assert_ptr_eq(set, need_set(&fix, "s")); /* rules hold these addresses */
    ck_assert_ptr_eq(table, need_table(&fix, "t"));
    ck_assert(ca_codeset_bound(set) && ca_codeset_dated(set));
    ck_assert_str_eq(ca_codeset_family(set), "diagnosis");
    ck_assert(is_in(&fix, "s", "icd10cm", "A1", day("2020-01-01")));
    ck_assert(ca_reftable_bound(table));
    ck_assert_uint_eq(ca_refs_set_count(fix.refs), 2);
    fixture_done(&fix);
}
END_TEST

/* What was bound before is replaced; what was waiting for the site is not. */
START_TEST(what_was_replaced_is_known)
{
    fixture fix;
    fixture_init(&fix);
    put(&fix, "us/t.csv", "k\n1\n");
    ck_assert_str_eq(load(&fix, "sets:\n  bound: {family: diagnosis, codes: [icd9cm:1]}\n"
                                "  own: {family: diagnosis, bind: site}\n"
                                "tables:\n  t: {file: t.csv, keys: [k int]}\n  u: {bind: site, keys: [k int]}\n"),
                     "");
    ck_assert(!ca_refs_set_replaced(fix.refs, 0) && !ca_refs_table_replaced(fix.refs, 0));
    ck_assert_str_eq(load_as(&fix, "us/copy.yaml",
                             "sets:\n  bound: {family: diagnosis, codes: [icd9cm:1]}\n"
                             "tables:\n  t: {file: t.csv, keys: [k int]}\n",
                             true),
                     "");
    ck_assert(!ca_refs_set_replaced(fix.refs, 0) && !ca_refs_table_replaced(fix.refs, 0)); /* the same rows */
    put(&fix, "us/t.csv", "k\n2\n");
    ck_assert_str_eq(load_as(&fix, "us/site.yaml",
                             "sets:\n  bound: {family: diagnosis, codes: [icd9cm:2]}\n"
                             "  own: {family: diagnosis, codes: [icd9cm:2]}\n"
                             "tables:\n  t: {file: t.csv, keys: [k int]}\n  u: {file: t.csv, keys: [k int]}\n",
                             true),
                     "");
    ck_assert(ca_refs_set_replaced(fix.refs, 0) && !ca_refs_set_replaced(fix.refs, 1));
    ck_assert(ca_refs_table_replaced(fix.refs, 0) && !ca_refs_table_replaced(fix.refs, 1));
    fixture_done(&fix);
}
END_TEST

START_TEST(replacing_has_its_rules)
{
    fixture fix;
    fixture_init(&fix);
    ck_assert_str_eq(load(&fix, "sets: {s: {family: diagnosis, codes: [icd9cm:1]}}\n"
                                "tables: {t: {bind: site, keys: [k int]}}\n"),
                     "");
    ck_assert_str_eq(load_as(&fix, "us/2.yaml",
                             "sets: {s: {family: diagnosis, codes: [icd9cm:2]}}\n"
                             "tables: {t: {bind: site, keys: [k int]}}\n",
                             false),
                     "us/2.yaml:1:8: 's' is already defined in us/sets.yaml\n"
                     "us/2.yaml:2:10: 't' is already defined in us/sets.yaml\n");
    ck_assert(is_in(&fix, "s", "icd9cm", "1", CA_NO_DATE));
    ck_assert_str_eq(
        load_as(&fix, "us/3.yaml", "sets: {s: {family: procedure, codes: [G1]}}\n", true),
        "us/3.yaml:1:20: 's' holds codes of the family 'diagnosis': what replaces it must, too\n");
    ck_assert_str_eq(
        load_as(&fix, "us/4.yaml", "sets: {t: {family: procedure, codes: [G1]}}\n", true),
        "us/4.yaml:1:8: 't' is the name of a table\n");
    ck_assert_str_eq(load_as(&fix, "us/5.yaml", "sets: {fresh: {codes: [G1]}}\n", true),
                     "us/5.yaml:1:15: key 'family' is missing\n");
    fixture_done(&fix);
}
END_TEST

/* --- Overlays and inline tests ------------------------------------------------------------ */

static const char *define(fixture *fix, ca_refs *refs, const char *name, const char *text)
{
    ck_assert_int_eq(ca_refs_define_test(refs, "US-0101.yaml", 20, ca_text_of(name),
                                         ca_text_of(text), &fix->diags, NULL),
                     0);
    return said(fix);
}

#define DEFINED                                                                                    \
    "sets:\n  s: {family: diagnosis, codes: [icd9cm:1]}\n  u: {family: diagnosis, bind: site}\n"   \
    "  p: {family: procedure, codes: [G1]}\n"                                                      \
    "tables: {t: {bind: site, keys: [k hcpcs, n int], columns: {v: int, w: text}}}\n"

static bool overlay_has(fixture *fix, ca_refs *refs, const char *set, const char *system,
                        const char *code, ca_date on)
{
    uint32_t id = code_id(fix, system, code);
    ck_assert_int_eq(ca_refs_sync(refs, NULL), 0);
    return ca_codeset_has(ca_codeset_indexed(ca_refs_set(refs, ca_text_of(set))), id, on);
}

START_TEST(an_overlay_has_its_own_definitions_first)
{
    fixture fix;
    fixture_init(&fix);
    ck_assert_str_eq(load(&fix, DEFINED), "");
    ca_refs *over = ca_refs_overlay(fix.refs);
    ck_assert_str_eq(
        define(
            &fix, over, "s",
            "\n code       valid_from   valid_to\n icd10cm:A1 2020-01-01   -\n\n icd9cm:2   -  20201231\n"),
        "");
    ck_assert(overlay_has(&fix, over, "s", "icd10cm", "A1", day("2020-01-01")));
    ck_assert(!overlay_has(&fix, over, "s", "icd10cm", "A1", day("2019-01-01")));
    ck_assert(overlay_has(&fix, over, "s", "icd9cm", "2", day("2020-12-31")));
    ck_assert(!overlay_has(&fix, over, "s", "icd9cm", "1", day("2020-12-31")));
    ck_assert(is_in(&fix, "s", "icd9cm", "1", CA_NO_DATE));
    ck_assert(!is_in(&fix, "s", "icd10cm", "A1", day("2020-01-01")));
    ck_assert(ca_codeset_dated(ca_refs_set(over, CA_TEXT("s"))));
    ck_assert_ptr_eq(ca_refs_set(over, CA_TEXT("u")), need_set(&fix, "u"));
    ck_assert_uint_eq(ca_refs_set_count(over), 3);
    ck_assert_str_eq(define(&fix, over, "s", "code\nicd9cm:3\n"), ""); /* the next test case */
    ck_assert(overlay_has(&fix, over, "s", "icd9cm", "3", CA_NO_DATE));
    ck_assert(!overlay_has(&fix, over, "s", "icd9cm", "2", CA_NO_DATE));
    ca_refs_free(over);
    ck_assert(is_in(&fix, "s", "icd9cm", "1", CA_NO_DATE));
    fixture_done(&fix);
}
END_TEST

START_TEST(a_test_binds_an_unbound_set)
{
    fixture fix;
    ca_ref_row row;
    fixture_init(&fix);
    ck_assert_str_eq(load(&fix, DEFINED), "");
    ca_refs *over = ca_refs_overlay(fix.refs);
    ck_assert_str_eq(
        define(&fix, over, "u", "code prefix\nicd9cm:10 yes\nicd9cm:2 no\nicd9cm:3 -\n"), "");
    ck_assert(ca_codeset_bound(ca_refs_set(over, CA_TEXT("u"))));
    ck_assert(!ca_codeset_dated(ca_refs_set(over, CA_TEXT("u"))));
    ck_assert(overlay_has(&fix, over, "u", "icd9cm", "101", CA_NO_DATE));
    ck_assert(!overlay_has(&fix, over, "u", "icd9cm", "21", CA_NO_DATE));
    ck_assert(overlay_has(&fix, over, "u", "icd9cm", "3", CA_NO_DATE));
    ck_assert(ca_codeset_explain(ca_refs_set(over, CA_TEXT("u")), &fix.codes,
                                 code_id(&fix, "icd9cm", "2"), 0, &row));
    ck_assert_str_eq(row.file, "US-0101.yaml");
    ck_assert_uint_eq(row.line, 22);
    ck_assert_str_eq(define(&fix, over, "p", "code\nG0101\n"),
                     ""); /* one system: no need to name it */
    ck_assert(overlay_has(&fix, over, "p", "hcpcs", "G0101", CA_NO_DATE));
    ca_refs_free(over);
    fixture_done(&fix);
}
END_TEST

/* Where the real set asks for a date the test's must, too: else a missing date would be unknown in
 * a run only. */
START_TEST(a_test_of_a_dated_set_stays_dated)
{
    fixture fix;
    fixture_init(&fix);
    put(&fix, "us/c.csv", "code,from,to\n1,,\n");
    ck_assert_str_eq(
        load(
            &fix,
            "sets: {s: {family: diagnosis, file: c.csv, system: icd9cm, column: code, valid: [from, to]}}\n"),
        "");
    ca_refs *over = ca_refs_overlay(fix.refs);
    ck_assert_str_eq(define(&fix, over, "s", "code\nicd9cm:2\n"), "");
    ck_assert(ca_codeset_dated(ca_refs_set(over, CA_TEXT("s"))));
    ck_assert(overlay_has(&fix, over, "s", "icd9cm", "2", day("1990-01-01")));
    ca_refs_free(over);
    fixture_done(&fix);
}
END_TEST

START_TEST(a_test_gives_a_table_rows)
{
    fixture fix;
    uint32_t row;
    fixture_init(&fix);
    ck_assert_str_eq(load(&fix, DEFINED), "");
    ca_refs *over = ca_refs_overlay(fix.refs);
    ck_assert_str_eq(
        define(
            &fix, over, "t",
            "k   n  w       valid_to\nG1  1  'a b'   2020-12-31\nG2  1  ''      -\nG2  2  -  -\n"),
        "");
    const ca_reftable *table = ca_refs_table(over, CA_TEXT("t"));
    ck_assert(ca_reftable_bound(table) && ca_reftable_dated(table));
    ca_value keys[] = {
        {.type = CA_TYPE_CODE, .present = true, .as.code = code_id(&fix, "hcpcs", "G1")},
        {.type = CA_TYPE_INT, .present = true, .as.ratio = ca_ratio_of(1, 1)}};
    ck_assert(ca_reftable_find(table, &fix.codes, keys, day("2020-12-31"), &row));
    ck_assert(!ca_reftable_find(table, &fix.codes, keys, day("2021-01-01"), &row));
    ck_assert(!ca_reftable_value(table, row, 0).present); /* not listed: missing */
    ck_assert(ca_text_is(ca_reftable_value(table, row, 1).as.text, "a b"));
    keys[0].as.code = code_id(&fix, "hcpcs", "G2");
    ck_assert(ca_reftable_find(table, &fix.codes, keys, day("2021-01-01"), &row));
    ck_assert(ca_reftable_value(table, row, 1).present);
    ck_assert_uint_eq(ca_reftable_value(table, row, 1).as.text.len, 0);
    keys[1].as.ratio = ca_ratio_of(2, 1);
    ck_assert(ca_reftable_find(table, &fix.codes, keys, day("2021-01-01"), &row));
    ck_assert(!ca_reftable_value(table, row, 1).present);
    ca_refs_free(over);
    fixture_done(&fix);
}
END_TEST

static const struct {
    const char *name;
    const char *text;
    const char *said;
} test_mistakes[] = {
    {"q", "code\n", "US-0101.yaml:20:0: there is no code set or table named 'q'\n"},
    {"", "code\n", "US-0101.yaml:20:0: there is no code set or table named ''\n"},
    {"s", "", "US-0101.yaml:21:0: the table is empty\n"},
    {"s", "cod\nicd9cm:1\n", "US-0101.yaml:20:0: 'cod' is no column of s\n"},
    {"s", "valid_from\n2020-01-01\n", "US-0101.yaml:20:0: the table needs a column 'code'\n"},
    {"s", "code code\na b\n", "US-0101.yaml:20:0: the column 'code' stands twice\n"},
    {"s", "code\nicd9cm:1 x\n", "US-0101.yaml:21:0: 1 cells expected, 2 found\n"},
    {"s", "code\n1\n",
     "US-0101.yaml:21:0: the family 'diagnosis' has several code systems: write SYSTEM:CODE, not '1'\n"},
    {"s", "code\n\n'icd9cm:1\n", "US-0101.yaml:22:0: a quote is not closed\n"},
    {"s", "code prefix\nicd9cm:1 perhaps\n",
     "US-0101.yaml:21:0: column 'prefix' must be yes or no, not 'perhaps'\n"},
    {"s", "code valid_from\nicd9cm:1 soon\n",
     "US-0101.yaml:21:0: column 'valid_from': 'soon' is not a date of the form yyyymmdd or yyyy-mm-dd\n"},
    {"t", "k v\nG1 1\n", "US-0101.yaml:20:0: the table needs a column 'n'\n"},
    {"t", "k n\nG1 ''\n", "US-0101.yaml:21:0: column 'n': the key is empty\n"},
    {"t", "k n v\nG1 1 2\nG2 1 2\nG1 1 3\n",
     "US-0101.yaml:23:0: table 't': the same key as line 21\n"},
};

START_TEST(mistakes_in_tests_are_told)
{
    fixture fix;
    fixture_init(&fix);
    ck_assert_str_eq(load(&fix, DEFINED), "");
    ca_refs *over = ca_refs_overlay(fix.refs);
    ck_assert_str_eq(define(&fix, over, test_mistakes[_i].name, test_mistakes[_i].text),
                     test_mistakes[_i].said);
    ca_refs_free(over);
    fixture_done(&fix);
}
END_TEST

START_TEST(too_many_cells_are_told)
{
    fixture fix;
    char text[400] = "";
    fixture_init(&fix);
    ck_assert_str_eq(load(&fix, DEFINED), "");
    for (int i = 0; i < 81; i++) {
        strcat(text, "x ");
    }
    ck_assert_str_eq(define(&fix, fix.refs, "s", text),
                     "US-0101.yaml:20:0: more than 80 cells in a row\n");
    fixture_done(&fix);
}
END_TEST

START_TEST(every_failing_allocation_of_an_overlay_is_an_error)
{
    uint64_t n = 1;
    for (;; n++) {
        fixture fix;
        int rc = CA_NOMEM;
        fixture_init(&fix);
        ck_assert_str_eq(load(&fix, DEFINED), "");
        ca_alloc_fail(n, 0);
        ca_refs *over = ca_refs_overlay(fix.refs);
        if (over) {
            rc = ca_refs_define_test(over, "f", 1, CA_TEXT("s"), CA_TEXT("code\nicd9cm:5\n"),
                                     &fix.diags, NULL);
        }
        if (over && rc == 0) {
            rc = ca_refs_define_test(over, "f", 1, CA_TEXT("t"), CA_TEXT("k n w\nG1 1 x\n"),
                                     &fix.diags, NULL);
        }
        ca_alloc_fail(0, 0);
        ca_refs_free(over);
        fixture_done(&fix);
        if (rc == 0) {
            break;
        }
        ck_assert_int_eq(rc, CA_NOMEM);
    }
    ck_assert_uint_gt(n, 15);
}
END_TEST

/* --- What is shipped -------------------------------------------------------------------- */

static ca_refs *load_shipped(fixture *fix)
{
    ca_vocabulary vocabulary;
    ca_error err = {0};
    char path[512];
    const char *root = getenv("CA_SOURCE_ROOT");
    ck_assert_ptr_nonnull(root);
    ca_codes_done(&fix->codes);
    ca_codes_init(&fix->codes, &fix->arena);
    ca_refs *refs = ca_refs_new(&fix->codes, ca_disk_real());
    snprintf(path, sizeof path, "%s/rules/vocabulary.yaml", root);
    ck_assert_int_eq(ca_vocabulary_load(ca_disk_real(), path, &fix->codes, &fix->arena, &fix->diags,
                                        &vocabulary, &err),
                     0);
    snprintf(path, sizeof path, "%s/rules/us/sets.yaml", root);
    ck_assert_int_eq(ca_refs_load(refs, path, false, &fix->diags, &err), 0);
    ck_assert_str_eq(said(fix), "");
    return refs;
}

static const struct {
    const char *set;
    size_t rows; /* of rules/us/code-edits.csv, by edit and family */
    const char *system;
    const char *inside, *outside;
    const char *on;
} shipped[] = {
    {"female_only_dx", 241 + 136, "icd10cm", "A34", "A35", "2024-09-30"},
    {"male_only_dx", 126 + 57, "icd10cm", "N40.1", "N39.0", "2020-01-01"},
    {"female_only_procedures", 68 + 45, "icd9pcs", "68.41", "60.5", "2010-01-01"},
    {"male_only_procedures", 64 + 10, "icd9pcs", "60.5", "68.41", "2010-01-01"},
    {"newborn_dx", 7 + 69, "icd9cm", "V30.00", "250.00", "2010-01-01"},
    {"paediatric_dx", 56 + 21, "icd9cm", "V20.2", "250.00", "2010-01-01"},
    {"maternity_dx", 15 + 30, "icd10cm", "O80", "I10", "2020-01-01"},
    {"adult_dx", 115 + 105, "icd10cm", "F03.90", "J06.9", "2020-01-01"},
    {"unacceptable_principal_dx", 676 + 238, "icd9cm", "V57.1", "250.00", "2010-01-01"},
    {"requires_secondary_dx", 1 + 7, "icd9cm", "V57.1", "V57.0", "2010-01-01"},
    {"manifestation_dx", 90 + 119, "icd9cm", "357.2", "250.00", "2010-01-01"},
    {"external_cause_dx", 4 + 1, "icd10cm", "W19.XXXA", "I10", "2020-01-01"},
};

START_TEST(the_shipped_sets_load)
{
    fixture fix;
    fixture_init(&fix);
    ca_refs *refs = load_shipped(&fix);
    for (size_t i = 0; i < sizeof shipped / sizeof *shipped; i++) {
        ca_codeset *set = ca_refs_set(refs, ca_text_of(shipped[i].set));
        ck_assert_msg(set != NULL, "%s", shipped[i].set);
        ck_assert_msg(ca_codeset_rows(set) == shipped[i].rows, "%s has %zu rows", shipped[i].set, ca_codeset_rows(set));
        ck_assert(ca_codeset_dated(set));
        for (int inside = 0; inside < 2; inside++) {
            char code[CA_CODE_MAX + 1] = "";
            size_t len;
            uint8_t system;
            const char *raw = inside ? shipped[i].inside : shipped[i].outside;
            ck_assert(ca_codes_find_system(&fix.codes, ca_text_of(shipped[i].system), &system));
            ck_assert(ca_codes_normalise(&fix.codes.systems[system], ca_text_of(raw), code, &len));
            bool has = overlay_has(&fix, refs, shipped[i].set, shipped[i].system, code, day(shipped[i].on));
            ck_assert_msg(has == inside, "%s %s", shipped[i].set, raw);
        }
    }
    ck_assert(!overlay_has(&fix, refs, "female_only_dx", "icd10cm", "A34", day("2024-10-01")));
    ck_assert(!overlay_has(&fix, refs, "female_only_dx", "icd10cm", "A34", day("2015-09-30")));
    ck_assert(!ca_codeset_bound(ca_refs_set(refs, CA_TEXT("valid_dx"))));
    /* And valid_dx, and three of the NCCI edits. */
    ck_assert_uint_eq(ca_refs_set_count(refs), sizeof shipped / sizeof *shipped + 4);
    ca_refs_free(refs);
    fixture_done(&fix);
}
END_TEST

/* Every code that the official rule asks a secondary diagnosis of is an unacceptable one. */
START_TEST(codes_that_require_a_secondary_are_unacceptable)
{
    static const char *const codes[] = {"V571", "V572", "V5721", "V5722", "V573", "V5789", "V579"};
    fixture fix;
    fixture_init(&fix);
    ca_refs *refs = load_shipped(&fix);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        ca_date on = day(i == 1 ? "1990-01-01" : "2010-01-01");
        ck_assert(overlay_has(&fix, refs, "requires_secondary_dx", "icd9cm", codes[i], on));
        ck_assert(overlay_has(&fix, refs, "unacceptable_principal_dx", "icd9cm", codes[i], on));
    }
    ck_assert(
        overlay_has(&fix, refs, "requires_secondary_dx", "icd10cm", "Z5189", day("2020-01-01")));
    ck_assert(overlay_has(&fix, refs, "unacceptable_principal_dx", "icd10cm", "Z5189",
                          day("2020-01-01")));
    ca_refs_free(refs);
    fixture_done(&fix);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, mistakes_are_told_with_their_place, 0,
                        (int)(sizeof mistakes / sizeof *mistakes));
    tcase_add_test(tcase, a_missing_sets_file_is_an_error);
    tcase_add_test(tcase, unbound_sets_and_tables_have_no_rows);
    tcase_add_test(tcase, names_are_listed_in_order_and_suggested);
    tcase_add_test(tcase, a_site_binds_a_set_in_place);
    tcase_add_test(tcase, what_was_replaced_is_known);
    tcase_add_test(tcase, replacing_has_its_rules);
    tcase_add_test(tcase, an_overlay_has_its_own_definitions_first);
    tcase_add_test(tcase, a_test_binds_an_unbound_set);
    tcase_add_test(tcase, a_test_of_a_dated_set_stays_dated);
    tcase_add_test(tcase, a_test_gives_a_table_rows);
    tcase_add_loop_test(tcase, mistakes_in_tests_are_told, 0, (int)(sizeof test_mistakes / sizeof *test_mistakes));
    tcase_add_test(tcase, too_many_cells_are_told);
    tcase_add_test(tcase, every_failing_allocation_of_an_overlay_is_an_error);
    tcase_add_test(tcase, the_shipped_sets_load);
    tcase_add_test(tcase, codes_that_require_a_secondary_are_unacceptable);
}

CA_CHECK_MAIN("refs/refs", add_tests)
