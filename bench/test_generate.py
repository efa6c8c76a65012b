#!/usr/bin/env python3
"""Tests of the generator: a slow, independent judge must find exactly what the labels promise.

usage: test_generate.py GENERATE REPOSITORY
"""
import csv
import os
import subprocess
import sys
import tempfile
import unittest
from collections import Counter

import judge as several
from labels import read_labels

GENERATE = ""
SHARED = ""     # real data beside the repository; tests that need it skip without it
FILES = ["claims.csv", "patients.csv", "providers.csv", "labels.csv", "near_misses.csv", "diagnosis_codes.csv"]
LINE_SCHEMES = {"US-0101", "US-0102", "US-0111", "US-0112", "US-0113", "US-0114", "US-0121", "US-0131",
           "US-0132", "US-0133", "CORE-0101", "CORE-0102", "CORE-0103", "CORE-0104", "CORE-0105"}
SCHEMES = LINE_SCHEMES | {"CORE-0201", "CORE-0202", "CORE-0203", "CORE-0301", "CORE-0302", "CORE-0303", "CORE-0401",
                          "CORE-0402", "CORE-0406", "CORE-0407", "CORE-0408",
                          "CORE-0501", "CORE-0502", "CORE-0503", "CORE-0504", "US-0201", "US-0202", "US-0203", "US-0204"}
AGES = {"newborn": ("US-0111", 0, 0), "pediatric": ("US-0112", 0, 17),
        "maternity": ("US-0113", 9, 64), "adult": ("US-0114", 15, 124)}
MAX_BYTES, MAX_LINES = 65536, 64


def generate(folder, lines, *options):
    subprocess.run([GENERATE, "--out", folder, "--lines", str(lines), *options], check=True)
    return folder


def read_bytes(folder, name):
    with open(os.path.join(folder, name), "rb") as file:
        return file.read()


def read_rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def codes_of(path):
    """code -> [(from, to, flags)] of a table in the form of CMS's."""
    found = {}
    for row in read_rows(path):
        flags = set(row["flags"].split(";")) - {""}
        found.setdefault(row["code"], []).append((row["from"], row["to"] or "99999999", flags))
    return found


def valid_flags(codes, code, day):
    """None when the code is not valid on the day."""
    day = day.replace("-", "")
    for first, last, flags in codes.get(code, []):
        if first <= day <= last:
            return flags
    return None


def age_at(birth, day):
    return (int(day.replace("-", "")) - int(birth.replace("-", ""))) // 10000


def split(cell):
    return [code for code in cell.split(";") if code]


def claims_of(rows):
    claims = {}
    for row in rows:
        claims.setdefault((row["claim_type"], row["claim_id"]), []).append(row)
    return claims


def judge_diagnoses(head, patient, codes, operations):
    principal, others, day = head["principal_diagnosis"], split(head["other_diagnoses"]), head["from_date"]
    wrong = {"M": "female", "F": "male"}.get(patient["sex"])
    for code in ([principal] if principal else []) + others:
        flags = valid_flags(codes, code, day)
        if flags is None:
            yield "US-0121"
            continue
        if wrong in flags:
            yield "US-0101"
        for group, (rule, low, high) in AGES.items():
            if group in flags and patient["birth_date"] and not low <= age_at(patient["birth_date"], day) <= high:
                yield rule
    for code in split(head["claim_procedures"]):
        if wrong in (valid_flags(operations, code, day) or set()):
            yield "US-0102"
    flags = (valid_flags(codes, principal, day) or set()) if principal else set()
    if "unacceptable" in flags and not ("reqsdx" in flags and others):
        yield "US-0131"
    if "manifestation" in flags:
        yield "US-0132"
    if "ecodepdx" in flags:
        yield "US-0133"


def judge(rows, patients, codes, operations):
    """Findings of the rules of one line or claim by the definitions, without any cleverness; see labels.py."""
    found = set()
    for (claim_type, claim_id), lines in claims_of(rows).items():
        head = lines[0]
        patient = patients[head["patient_id"]]
        rules = set()
        if head["from_date"]:
            rules |= set(judge_diagnoses(head, patient, codes, operations))
            if head["through_date"] < head["from_date"]:
                rules.add("CORE-0102")
        if head["admission_date"] and head["discharge_date"] < head["admission_date"]:
            rules.add("CORE-0102")
        if not head["from_date"] and not any(line["service_date"] for line in lines):
            rules.add("CORE-0103")
        found |= {(rule, frozenset({("claim", claim_type, claim_id, "")})) for rule in rules}
        for line in lines:
            hits = set()
            if patient["death_date"] and line["service_date"] > patient["death_date"]:
                hits.add("CORE-0101")
            if float(line["units"]) <= 0:
                hits.add("CORE-0104")
            if float(line["paid"]) > float(line["charge"]):
                hits.add("CORE-0105")
            found |= {(rule, frozenset({("line", claim_type, claim_id, line["line_no"])})) for rule in hits}
    return found


def labelled(folder):
    return read_labels(os.path.join(folder, "labels.csv"))


def claims_in(findings):
    """(claim_type, claim_id) of all lines of some findings."""
    return {ref[1:3] for _, refs in findings for ref in refs if ref[0] != "entity"}


def facts(folder, name, key):
    return {row[key]: row for row in read_rows(os.path.join(folder, name))}


def judged(folder, codes=None, operations=None):
    patients = facts(folder, "patients.csv", "patient_id")
    if codes is None:
        codes = codes_of(os.path.join(folder, "diagnosis_codes.csv"))
    rows = several.live_rows(read_rows(os.path.join(folder, "claims.csv")))
    found = judge(rows, patients, codes, Operations() if operations is None else operations)
    return found | several.judge_many(rows, patients, facts(folder, "providers.csv", "provider_id"))


class Operations(dict):
    """Sex of a procedure by its body system: 0U and 1 for women, 0V for men."""

    def get(self, code, default=None):
        flags = {"female"} if code[:2] == "0U" or code[0] == "1" else {"male"} if code[:2] == "0V" else set()
        return [("20151001", "20240930", flags)]


class Generated(unittest.TestCase):
    """One middle-sized output, judged from many sides."""

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = generate(cls.temporary.name, 40000, "--seed", "7", "--rate", "1000")
        cls.rows = read_rows(os.path.join(cls.folder, "claims.csv"))

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def test_labels_are_what_a_judge_finds(self):
        labels = labelled(self.folder)
        self.assertEqual(len(labels), len(set(labels)))
        self.assertEqual(set(labels), judged(self.folder))
        self.assertEqual({label[0] for label in labels}, SCHEMES)
        counts = Counter(rule for rule, _ in labels)
        self.assertEqual(counts.pop("CORE-0504"), 1)
        self.assertGreater(min(counts.values()), 5)

    def test_one_scheme_a_patient(self):
        rules, owners = {}, {(row["claim_type"], row["claim_id"]): row["patient_id"] for row in self.rows}
        for rule, refs in labelled(self.folder):
            for claim in claims_in([(rule, refs)]):
                rules.setdefault(owners[claim], set()).add(rule)
        self.assertEqual({len(found) for found in rules.values()}, {1})

    def test_near_misses(self):
        """Each edge comes, with claims of its own."""
        edges, claims = Counter(), {(row["claim_type"], row["claim_id"]) for row in self.rows}
        planted, of_schemes = claims_in(labelled(self.folder)), set()
        for row in read_rows(os.path.join(self.folder, "near_misses.csv")):
            edges[(row["rule_id"], row["edge"])] += 1
            of_schemes.add((row["scheme"], row["edge"]))
            missed = {tuple(claim.split("/")) for claim in row["claims"].split(";")}
            if row["rule_id"] != "CORE-0504":
                self.assertLessEqual(missed, claims)
            self.assertFalse(missed & planted)
        self.assertEqual({rule for rule, _ in edges}, SCHEMES - LINE_SCHEMES)
        for rule in SCHEMES - LINE_SCHEMES - {"CORE-0504"}:
            self.assertIn((rule, "reversed"), edges)
        self.assertGreater(len(of_schemes), 130)

    def test_rows(self):
        self.assertEqual(len(self.rows), 40000)
        with open(os.path.join(self.folder, "claims.csv"), encoding="utf-8", newline="") as file:
            cells = {len(row) for row in csv.reader(file, strict=True)}
        self.assertEqual(cells, {33})
        keys = Counter((row["claim_type"], row["claim_id"], row["line_no"], row["claim_status"]) for row in self.rows)
        self.assertEqual(set(keys.values()), {1})
        self.assertEqual({row["claim_status"] for row in self.rows}, {"", "void", "replacement"})
        size = os.path.getsize(os.path.join(self.folder, "claims.csv")) / 40000
        self.assertTrue(160 < size < 190, size)
        self.assertTrue(3.0 < 40000 / len(claims_of(self.rows)) < 4.1)

    def test_claims_are_contiguous_with_one_header(self):
        header = ["patient_id", "billing_provider_id", "facility_id", "from_date", "through_date",
                  "admission_date", "discharge_date", "paid_date", "principal_diagnosis",
                  "other_diagnoses", "claim_procedures", "claim_status", "original_claim_id", "bill_type",
                  "received_date"]
        seen, last = set(), None
        for row in self.rows:
            key = (row["claim_type"], row["claim_id"], row["claim_status"])
            if key != last:
                self.assertNotIn(key, seen)
                seen.add(key)
                first, number = [row[name] for name in header], 0
            number += 1
            self.assertEqual(row["line_no"], str(number))
            self.assertEqual([row[name] for name in header], first)
            last = key

    def test_voids_and_replacements_come_later(self):
        claims = {(row["claim_type"], row["claim_id"]): row for row in self.rows if row["claim_status"] == ""}
        kinds = Counter()
        for row in self.rows:
            if row["claim_status"]:
                old = claims[(row["claim_type"], row["original_claim_id"] or row["claim_id"])]
                self.assertLess(old["paid_date"], row["paid_date"])
                self.assertEqual(old["patient_id"], row["patient_id"])
                kinds[(row["claim_status"], bool(row["original_claim_id"]))] += 1
        self.assertEqual(set(kinds), {("void", True), ("void", False), ("replacement", False)})

    def test_clean_lines_keep_the_rules_busy(self):
        """Lines that no scheme planted pass the `where` of each rule of several lines."""
        planted = claims_in(labelled(self.folder)) | {
            tuple(claim.split("/")) for row in read_rows(os.path.join(self.folder, "near_misses.csv"))
            for claim in row["claims"].split(";")}
        clean = [row for row in self.rows if (row["claim_type"], row["claim_id"]) not in planted]
        shares = Counter()
        for row in clean:
            shares[row["procedure"].replace("local:", "")[:3]] += 1
            shares["controlled"] += row["drug"] in several.CONTROLLED
        for kind in ("V60", "V61", "V62", "V63", "V64", "V65", "V66", "V67", "controlled"):
            self.assertTrue(0.003 < shares[kind] / len(clean) < 0.05, (kind, shares[kind]))

    def test_facts_join(self):
        patients = [row["patient_id"] for row in read_rows(os.path.join(self.folder, "patients.csv"))]
        providers = [row["provider_id"] for row in read_rows(os.path.join(self.folder, "providers.csv"))]
        self.assertEqual(len(patients), len(set(patients)))
        self.assertEqual(len(providers), len(set(providers)))
        known = set(providers) | {""}
        for row in self.rows:
            for name in ("billing_provider_id", "facility_id", "rendering_provider_id", "prescriber_id",
                         "pharmacy_id"):
                self.assertIn(row[name], known)
        self.assertLessEqual({row["patient_id"] for row in self.rows}, set(patients))

    def test_values(self):
        planted = claims_in(labelled(self.folder))
        for row in self.rows:
            if (row["claim_type"], row["claim_id"]) in planted or row["claim_status"] == "void":
                continue
            charge, paid = float(row["charge"]), float(row["paid"])
            allowed = float(row["allowed"] or paid)
            self.assertTrue(charge >= allowed >= paid >= 0, row)
            self.assertTrue(charge > 0 and int(row["units"]) > 0, row)
            self.assertTrue("2023-01-01" <= row["from_date"] <= row["service_date"] <= row["through_date"], row)
            self.assertTrue(row["from_date"] <= "2024-08-31" and row["paid_date"] > row["through_date"], row)
            diagnoses = [row["principal_diagnosis"]] + split(row["other_diagnoses"])
            self.assertEqual(len(diagnoses), len(set(diagnoses)), row)
            self.assertFalse(row["procedure"].isdigit(), row)

    def test_patients_live_and_are_insured(self):
        patients = {row["patient_id"]: row for row in read_rows(os.path.join(self.folder, "patients.csv"))}
        planted = claims_in(labelled(self.folder))
        for row in self.rows:
            patient = patients[row["patient_id"]]
            if (row["claim_type"], row["claim_id"]) in planted:
                continue
            self.assertGreaterEqual(row["from_date"], patient["birth_date"])
            self.assertLessEqual(row["through_date"], patient["death_date"] or "9999")
            intervals = [interval.split("..") for interval in patient["eligibility"].split(";")]
            self.assertTrue(any(first <= row["from_date"] and (not last or row["through_date"] <= last)
                                for first, last in intervals), patient)

    def test_some_optional_cells_are_missing(self):
        missing = sum(row["allowed"] == "" or row["place_of_service"] == "" for row in self.rows)
        self.assertTrue(0.005 < missing / len(self.rows) < 0.02, missing)


class Outputs(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folders = [os.path.join(temporary.name, name) for name in "abc"]
        for folder in self.folders:
            os.mkdir(folder)

    def test_a_seed_gives_the_same_bytes(self):
        first, second, other = self.folders
        for folder, seed in ((first, "3"), (second, "3"), (other, "4")):
            generate(folder, 3000, "--seed", seed, "--broken", "3")
        for name in FILES + ["broken.csv"]:
            self.assertEqual(read_bytes(first, name), read_bytes(second, name), name)
        for name in FILES[:4]:
            self.assertNotEqual(read_bytes(first, name), read_bytes(other, name), name)

    def test_check_compares_and_does_not_write(self):
        folder = generate(self.folders[0], 500)
        command = [GENERATE, "--out", folder, "--lines", "500", "--check"]
        self.assertEqual(subprocess.run(command, check=False).returncode, 0)
        good = read_bytes(folder, "claims.csv")
        for bad in (good[:-1], good + b"x", good[:70] + b"?" + good[71:]):
            with open(os.path.join(folder, "claims.csv"), "wb") as file:
                file.write(bad)
            result = subprocess.run(command, check=False, stderr=subprocess.PIPE)
            self.assertEqual(result.returncode, 1)
            self.assertIn(b"claims.csv: differs", result.stderr)
            self.assertEqual(read_bytes(folder, "claims.csv"), bad)

    def test_every_scheme_in_a_small_output(self):
        for seed in ("1", "2", "5"):
            folder = generate(self.folders[0], 3500, "--seed", seed)
            rules = Counter(rule for rule, _ in labelled(folder))
            self.assertEqual(set(rules), SCHEMES)
            del rules["CORE-0504"]
            self.assertGreaterEqual(min(rules.values()), 2, (seed, rules))
            edges = {(row["scheme"], row["edge"]) for row in read_rows(os.path.join(folder, "near_misses.csv"))}
            self.assertGreater(len(edges), 130)

    def test_labels_of_other_seeds_and_sizes(self):
        """Also where few patients and providers have many claims, and where half of all is planted."""
        for lines, *options in ((20000, "--seed", "21"), (20000, "--seed", "22"), (2000, "--seed", "23"),
                                (20000, "--seed", "24", "--patients", "400", "--providers", "80"),
                                (20000, "--seed", "25", "--rate", "5000"), (20000, "--seed", "26", "--broken", "0")):
            folder = generate(self.folders[0], lines, *options)
            labels = labelled(folder)
            self.assertEqual(len(labels), len(set(labels)), options)
            self.assertEqual(set(labels), judged(folder), options)

    def test_too_few_patients(self):
        result = subprocess.run([GENERATE, "--out", self.folders[0], "--lines", "200000", "--patients", "400"],
                                check=False, stderr=subprocess.PIPE)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"raise --patients", result.stderr)

    def test_without_schemes(self):
        folder = generate(self.folders[0], 20000, "--schemes", "no", "--seed", "9")
        self.assertEqual(labelled(folder), [])
        self.assertEqual(judged(folder), set())

    def test_number_of_lines_is_exact(self):
        for lines in (1, 2, 19, 20, 21, 1000):
            folder = generate(self.folders[0], lines, "--broken", "5")
            rows = sum(int(row["rows"]) for row in read_rows(os.path.join(folder, "broken.csv")))
            self.assertEqual(rows, lines * 5 // 100)
            good, _ = read_as_specified(read_bytes(folder, "claims.csv"))
            self.assertEqual(len(good), lines - rows)

    def test_usage(self):
        for options in ([], ["--lines"], ["--lines", "0"], ["--lines", "5x"], ["--lines", "-1"],
                        ["--seed", "18446744073709551616"], ["--patients", "399"], ["--broken", "51"],
                        ["--schemes", "maybe"], ["--speed", "9"]):
            result = subprocess.run([GENERATE, "--out", self.folders[0], *options], check=False,
                                    stderr=subprocess.PIPE)
            self.assertEqual(result.returncode, 2, options)
            self.assertTrue(result.stderr.startswith(b"generate: "), options)

    def test_a_folder_that_is_not_there(self):
        result = subprocess.run([GENERATE, "--out", self.folders[0] + "/none", "--lines", "10"],
                                check=False, stderr=subprocess.PIPE)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"claims.csv: No such file", result.stderr)

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full")
    def test_a_full_disk(self):
        os.symlink("/dev/full", os.path.join(self.folders[0], "claims.csv"))
        result = subprocess.run([GENERATE, "--out", self.folders[0], "--lines", "10"], check=False,
                                stderr=subprocess.PIPE)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"claims.csv: No space left", result.stderr)


def next_record(data, at):
    """The cells of the record at `at` and the place after it, or None when its quoting is broken or it is
    too long. Strict: a quote opens only at the start of a cell and closes only at its end."""
    cells, cell, place, quoted, lines = [], bytearray(), at, False, 1
    start = True
    while place < len(data):
        byte = data[place:place + 1]
        place += 1
        if place - at > MAX_BYTES:
            return None
        if quoted:
            if byte == b'"':
                if data[place:place + 1] not in (b",", b"\n", b""):
                    return None
                quoted = False
            else:
                cell += byte
                lines += byte == b"\n"
                if lines > MAX_LINES:
                    return None
        elif byte == b'"':
            if not start:
                return None
            quoted = True
        elif byte in (b",", b"\n"):
            cells.append(bytes(cell))
            cell = bytearray()
            if byte == b"\n":
                return cells, place
            start = True
            continue
        else:
            cell += byte
        start = False
    return None


def is_good(cells, width):
    try:
        text = [cell.decode("utf-8") for cell in cells]
    except UnicodeDecodeError:
        return False
    return (len(text) == width and not any("\0" in cell for cell in text) and text[0] != ""
            and "E+" not in text[0] and text[2].isdigit()
            and text[1] in ("professional", "inpatient", "outpatient", "pharmacy"))


def read_as_specified(data):
    """(good rows, rejects): broken quoting loses its first physical line; blank lines are no rows."""
    good, rejects, at = [], 0, data.index(b"\n") + 1
    width = data[:at].count(b",") + 1
    while at < len(data):
        if data[at:at + 1] == b"\n":
            at += 1
            continue
        record = next_record(data, at)
        if record is None:
            rejects += 1
            at = data.index(b"\n", at) + 1
            continue
        good.append(record[0]) if is_good(record[0], width) else None
        rejects += not is_good(record[0], width)
        at = record[1]
    return good, rejects


class Broken(unittest.TestCase):
    def test_counts_and_no_good_row_is_lost(self):
        with tempfile.TemporaryDirectory() as folder:
            generate(folder, 12000, "--seed", "5", "--broken", "2")
            kinds = read_rows(os.path.join(folder, "broken.csv"))
            self.assertEqual(len(kinds), 13)
            self.assertTrue(all(int(kind["rows"]) > 0 for kind in kinds), kinds)
            self.assertEqual(sum(int(kind["rows"]) for kind in kinds), 240)
            good, rejects = read_as_specified(read_bytes(folder, "claims.csv"))
            self.assertEqual(len(good), 12000 - 240)
            self.assertEqual(rejects, sum(int(kind["rejects"]) for kind in kinds))
            claims = {(row[1].decode(), row[0].decode()) for row in good}
            self.assertLessEqual(claims_in(labelled(folder)), claims)

    def test_unclosed_quotes_close_together(self):
        with tempfile.TemporaryDirectory() as folder:
            generate(folder, 3000, "--seed", "6", "--broken", "50", "--schemes", "no")
            kinds = read_rows(os.path.join(folder, "broken.csv"))
            good, rejects = read_as_specified(read_bytes(folder, "claims.csv"))
            self.assertEqual(len(good), 1500)
            self.assertEqual(rejects, sum(int(kind["rejects"]) for kind in kinds))


class RealTables(unittest.TestCase):
    """The codes against the official tables, and the labels judged by them."""

    def setUp(self):
        if not os.path.isdir(SHARED):
            self.skipTest("no ../shared/data")
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = generate(temporary.name, 40000, "--seed", "11", "--rate", "100")
        self.mce = codes_of(os.path.join(SHARED, "mce-v43.1", "mce_i10_dx.csv"))
        self.operations = codes_of(os.path.join(SHARED, "mce-v43.1", "mce_i10_pcs.csv"))

    def test_labels_by_the_official_tables(self):
        self.assertEqual(set(labelled(self.folder)), judged(self.folder, self.mce, self.operations))

    def test_own_table_says_the_same(self):
        used = {"male", "female", "unacceptable", "reqsdx", "manifestation", "ecodepdx", *AGES}
        for code, spans in codes_of(os.path.join(self.folder, "diagnosis_codes.csv")).items():
            for first, last, flags in spans:
                for day in (first, last, "20230101", "20230930", "20231001", "20240831"):
                    if first <= day <= last and day != "99999999":
                        theirs = valid_flags(self.mce, code, day)
                        self.assertIsNotNone(theirs, (code, day))
                        self.assertEqual(flags, theirs & used, (code, day))

    def test_procedures_exist(self):
        known = {row["hcpcs"] for row in read_rows(os.path.join(SHARED, "hcpcs-2020", "hcpcs_2020.csv"))
                 if not row["term_date"]}
        for row in read_rows(os.path.join(self.folder, "claims.csv")):
            code = row["procedure"]
            invented = code.startswith("V0") or code.replace("local:", "").startswith("V6")
            self.assertTrue(code == "" or code in known or invented, code)
            for operation in split(row["claim_procedures"]):
                self.assertIn(operation, self.operations)

    def test_labels_by_prefix_rows(self):
        """The shipped pack judges by prefixes instead of the official table."""
        path = os.path.join(SHARED, "..", "reference", "code-edits.csv")
        if not os.path.exists(path):
            self.skipTest("no code-edits.csv")
        edits = PrefixTable(path, "icd10cm")
        expected = {label for label in labelled(self.folder) if label[0] != "US-0121"}
        found = judged(self.folder, edits, PrefixTable(path, "icd10pcs"))
        self.assertEqual(expected, found)


class PrefixTable(dict):
    """code-edits.csv as a table of codes: every code is valid, its flags come from the rows that match."""
    FLAGS = {"female_only": "female", "male_only": "male", "newborn_only": "newborn",
             "pediatric_only": "pediatric", "maternity_only": "maternity", "adult_only": "adult",
             "unacceptable_principal": "unacceptable", "requires_secondary": "reqsdx",
             "manifestation_as_principal": "manifestation", "external_cause_as_principal": "ecodepdx"}

    def __init__(self, path, system):
        super().__init__()
        self.exact, self.prefixes = {}, {}
        for row in read_rows(path):
            if row["code_system"] != system or row["edit"] not in self.FLAGS:
                continue
            if row["valid_from"] > "20230101" or (row["valid_to"] or "99999999") < "20240831":
                continue
            code, flag = row["code_or_prefix"], self.FLAGS[row["edit"]]
            table = self.exact if code.startswith("=") else self.prefixes
            table.setdefault(code.lstrip("="), set()).add(flag)

    def get(self, code, default=None):
        flags = set(self.exact.get(code, ()))
        for length in range(1, len(code) + 1):
            flags |= self.prefixes.get(code[:length], set())
        return [("20151001", "99999999", flags)]


if __name__ == "__main__":
    GENERATE = os.path.abspath(sys.argv[1])
    SHARED = os.path.join(os.path.dirname(os.path.abspath(sys.argv[2])), "shared", "data")
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
