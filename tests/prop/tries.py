#!/usr/bin/env python3
"""What `rules try` and `explain` say is what a scan stores, and a finding made a test case passes as one.

Random rules over random claims with the oddest identifiers and texts that a file can hold, and the shipped rules over
data/sample. CA_PROP_CASES sets how many rules, CA_PROP_SEED where to begin. Prints TAP.
"""

import argparse
import collections
import csv
import io
import os
import random
import shutil
import sqlite3
import subprocess
import tempfile

COUNTS = "offered, hit, excused, unknown, not_applicable, pass"

# --- Claims ---------------------------------------------------------------------------------------

IDS = ["A1", "A 2", "O'Neil", '"q"', "-", "''", "'", "A;B", "\u60a3\u80057", "x" * 64, "007", "A#1", "{a}", "a:b", "\u00e9 \u00e9",
       "B,C", "\\n", "P1", "N1", "C1", "X1", "#5", "|", ">", "' '", "--", "missing", "%d%s"]
TEXTS = ["", "plain", "two words", "it's", '"dq"', "both ' and \"", "-", "''", "'x", "x'", "#hash", "a  b", "tab\there",
         "\u60a3\u8005 \u8aaa\u660e", "a;b", "{brace}", "a: b", "\U0001f600", "\u00a0nbsp", "trail ", "|", "x" * 200, "A1", "null", "1,5",
         "new\u2028line", "\ufeffbom", "\u200bzero", "ctl\u0085x", "del\u007f"]
CELLS = {
    "claim_type": ["professional", "inpatient", "dental"], "line_no": ["1", "2", "3", "4"],
    "claim_status": ["original"] * 6 + ["void", "replacement", "denied", "reversal"],
    "patient_id": [*IDS, ""], "billing_provider_id": [*IDS, ""], "rendering_provider_id": [*IDS, "", ""],
    "facility_id": ["", "", *IDS], "principal_diagnosis": ["I10", "E119", "Z3A", "", "icd9cm:4280", "O80"],
    "other_diagnoses": ["", "I10", "I10;E119", "O80;icd9cm:4280", "Z3A"],
    "procedure": ["V0103", "V0201", "V4001", "", "E0100", "hcpcs:J1000"], "modifiers": ["", "LT", "LT;XX", "76", "KX;LT"],
    "drug_class": ["", "opioid"], "units": ["", "0", "1", "-1", "2.5", "0.0001", "99999", "-3.25"],
    "charge": ["", "0", "100.00", "-50.25", "33.333", "99999999.99"], "paid": ["", "0", "80.00", "-20.00", "33.33", "0.01"],
    "place_of_service": ["", "11", "21"], "care_mode": TEXTS, "note": TEXTS, "tooth": [*IDS, ""],
    "weight": ["", "-1.5", "2.25", "0"], "price": ["", "-5.00", "12.5"], "cnt": ["", "-7", "0", "12"],
}
DATES = ["from_date", "service_date", "paid_date", "seen"]
EXTRA = """    extra:
      note: {column: note, type: text}
      tooth: {column: tooth, type: id}
      weight: {column: weight, type: decimal}
      price: {column: price, type: money}
      seen: {column: seen, type: date}
      count: {column: cnt, type: int}
"""


def a_date(rng):
    return rng.choice(["", f"2024-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}", "2023-06-30", "1999-12-31"])


def write_table(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def write_claims(rng, folder):
    """Claims, patients and providers; returns their paths and the claim ids."""
    rows = []
    for _ in range(250):
        row = {"claim_id": rng.choice(IDS) + rng.choice(["", "", "1", "-2"])}
        row |= {name: rng.choice(cells) for name, cells in CELLS.items()} | {name: a_date(rng) for name in DATES}
        rows.append(row)
        if rng.random() < 0.1:
            rows.append(dict(rng.choice(rows)))
    paths = [os.path.join(folder, name) for name in ("claims.csv", "patients.csv", "providers.csv")]
    write_table(paths[0], [list(rows[0]), *(list(row.values()) for row in rows)])
    write_table(paths[1], [["patient_id", "sex", "birth_date", "death_date", "eligibility", "region", "as_of"],
                           *([key, rng.choice("MFX"), rng.choice(["", "1950-01-01", "2020-02-29"]), "", "2018-01-01..",
                              rng.choice(TEXTS), "2024-12-31"] for key in IDS)])
    write_table(paths[2], [["provider_id", "specialty", "provider_region", "organisation_id", "as_of"],
                           *([key, rng.choice(["50", "65"]), rng.choice(TEXTS), rng.choice(IDS), "2024-12-31"] for key in IDS)])
    return paths, sorted({row["claim_id"] for row in rows})


# --- Rules ----------------------------------------------------------------------------------------

SETS = """sets:
  some: {family: procedure, file: some.csv, column: code, system: hcpcs, valid: [from, to]}
  dx: {family: diagnosis, codes: ['icd10cm:I10', 'icd10cm:E119']}
  unbound: {family: procedure, bind: site}
tables:
  fee: {file: fee.csv, keys: [procedure hcpcs], valid: [from, to], prefix: yes,
    columns: {price: money, why: text, who: id, alt: code:hcpcs, n: int, day: date}}
  watch: {file: watch.csv, keys: [provider id], columns: {why: text}}
  two: {file: two.csv, keys: [p id, c hcpcs], columns: {k: int}}
"""
TABLES = {
    "some.csv": [["code", "from", "to"], ["V0103", "2024-01-01", ""], ["V0201", "", "2023-12-31"], ["V4001", "", ""]],
    "fee.csv": [["procedure", "price", "why", "who", "alt", "n", "day", "from", "to"],
                ["V01", "10.00", "it's \"odd\"", "O'Neil", "V0201", "-3", "2024-02-29", "2023-01-01", "2023-12-31"],
                ["V01", "-12.50", "two words", "A 2", "", "4", "", "2024-01-01", ""],
                ["=V0103", "99.99", "", "007", "V0103", "", "2020-01-01", "2024-06-01", "2024-06-30"],
                ["V4001", "0.5", "-", "\u60a3\u80057", "E0100", "0", "1999-12-31", "", ""]],
    "watch.csv": [["provider", "why"], ["A1", "it's"], ["O'Neil", 'a "b" c'], ["A 2", "x y"], ["\u60a3\u80057", ""], ['"q"', "1"]],
    "two.csv": [["p", "c", "k"], ["A1", "V0103", "1"], ["A 2", "V0201", "-5"]],
}
NUMBERS = ["units", "charge", "paid", "x.weight", "x.price", "x.count", "line_no", "size(modifiers)", "fee(procedure).n",
           "fee(procedure on service_date).price", "two(billing_provider_id, procedure).k"]
DAYS = ["service_date", "paid_date", "x.seen", "birth_date", "from_date", "fee(procedure on paid_date).day"]
WORDS = ["x.note", "care_mode", "region", "rendering.provider_region", "fee(procedure).why", "watch(rendering_provider_id).why"]
KEYS = ["patient_id", "billing_provider_id", "rendering_provider_id", "x.tooth", "claim_id", "facility_id"]
LITERALS = ["A1", "A 2", "O", "P1", "N1", "007", "\u60a3\u80057", "C1", "X1", "Z"]
OTHERS = ["sex = 'M'", "age_at(birth_date, service_date) > 40", "days_between(service_date, paid_date) > 10",
          "rendering.specialty = '50'", "billing.specialty != '65'", "claim_type = 'dental'", "is_weekend(service_date)",
          "fee(procedure).alt = procedure", "fee(procedure).alt in set some", "claim_status = 'denied'",
          "watch(rendering_provider_id) is found", "fee(procedure on service_date) is found", "two(patient_id, procedure) is found",
          "modifiers has 'LT'", "other_diagnoses overlaps set dx", "diagnoses within set dx", "size(diagnoses) > 1",
          "diagnoses overlaps codes('icd10cm:E10'..'icd10cm:E14')", "modifiers overlaps ('KX', 'XX')",
          "procedure in set some", "procedure in set some on paid_date", "procedure in set unbound",
          "procedure in codes('hcpcs:V01'..'hcpcs:V02')", "coalesce(paid, charge, 1) between -20 and 50"]


def condition(rng, depth):
    pick = rng.choice
    if depth and rng.random() < 0.5:
        return "(" + pick([" and ", " or "]).join(condition(rng, depth - 1) for _ in range(rng.randint(2, 3))) + ")"
    if rng.random() < 0.12:
        return f"not ({condition(rng, depth)})"
    return pick([
        lambda: f"{pick(NUMBERS)} {pick(['<', '<=', '>', '>=', '=', '!='])} {pick(['0', '1.5', '-3', '33.33', pick(NUMBERS)])}",
        lambda: f"{pick(DAYS)} {pick(['<', '>', '=', '!='])} {pick(['2024-03-01', '2023-06-30', pick(DAYS)])}",
        lambda: f"{pick(WORDS)} {pick(['=', '!=', 'starts with'])} '{pick(['plain', 'two words', '-', 'a;b', 't', 'x'])}'",
        lambda: f"{pick(KEYS)} {pick(['=', '!=', 'starts with'])} '{pick(LITERALS)}'",
        lambda: f"{pick(KEYS)} {pick(['', 'not '])}in ('{pick(LITERALS)}', '{pick(LITERALS)}')",
        lambda: f"{pick(NUMBERS + DAYS + WORDS + KEYS)} is {pick(['missing', 'present'])}",
        lambda: " = ".join(rng.sample(KEYS, 2)),
        lambda: pick(OTHERS),
        lambda: pick(OTHERS)])()


def condition_of_claim(rng, depth):
    pick = rng.choice
    if depth and rng.random() < 0.5:
        return "(" + pick([" and ", " or "]).join(condition_of_claim(rng, depth - 1) for _ in range(2)) + ")"
    of_line = condition(rng, 1)
    return pick([f"any({of_line})", f"count(where {of_line}) > {rng.randint(0, 2)}", f"count() > {rng.randint(0, 3)}",
                 f"sum({pick(['paid', 'charge', 'units', 'x.weight'])} where {of_line}) > {rng.randint(-5, 100)}",
                 f"distinct({pick(['procedure', 'rendering_provider_id', 'service_date'])}) > {rng.randint(0, 2)}",
                 f"max({pick(['paid', 'units', 'x.count'])}) > {rng.randint(-5, 50)}",
                 pick(["patient_id != 'A1'", "billing_provider_id starts with 'A'", "sex = 'F'", "from_date > 2024-02-01",
                       "principal_diagnosis in set dx", "watch(billing_provider_id) is found", "claim_type = 'inpatient'"])])


def random_rule(rng, name):
    line = rng.random() < 0.7
    when = condition if line else condition_of_claim
    text = f"rule: {name}\nversion: 1\ntitle: T\nstatus: active\nseverity: low\ncategory: pricing\n"
    text += f"kind: {'line' if line else 'claim'}\n"
    if rng.random() < 0.3:
        text += f"effective: 2023-07-01 .. {rng.choice(['open', '2024-08-01'])}\n"
    if line and rng.random() < 0.2:
        text += "rows: all\n"
    if rng.random() < 0.5:
        text += f"where: >\n  {condition(rng, 1)}\n"
    text += f"when: >\n  {when(rng, 2)}\n"
    if rng.random() < 0.4:
        text += f"unless:\n  - name: not-so\n    when: >\n      {when(rng, 1)}\n    reason: why not\n"
    if rng.random() < 0.4:
        text += f"exposure: {rng.choice(['charge - paid', 'units * 3'] if line else ['sum(paid)', 'max(charge)'])}\n"
    return text + f"message: \"{rng.choice(['{claim_id}', '{patient_id} {region}'])}\"\n"


# --- The program ----------------------------------------------------------------------------------

class Night:
    """Files, a profile and a folder of rules, scanned once."""

    def __init__(self, program, folder, rules, profile, files):
        self.program, self.folder, self.rules, self.profile, self.files = program, folder, rules, profile, files
        self.db = os.path.join(folder, "night.db")
        self.run("scan", *self.options(), "--no-score", "--db", self.db, *files)    # rules are tried, scores are not
        with sqlite3.connect(self.db) as db:
            self.stats = {row[0]: row[1:] for row in db.execute(f"SELECT rule_id, {COUNTS} FROM v_rule_stats")}
            self.money = {row[0]: row[1:] for row in db.execute(
                "SELECT rule_id, count(*), sum(exposure) FROM v_findings GROUP BY 1")}
            self.kinds = dict(db.execute("SELECT rule_id, kind FROM v_rule_stats"))
            self.claims = [row[0] for row in db.execute("SELECT DISTINCT claim_id FROM v_findings ORDER BY 1")]

    def run(self, *words, good=(0,)):
        done = subprocess.run([self.program, *words], capture_output=True, text=True, cwd=self.folder, check=False)
        if done.returncode not in good:
            raise RuntimeError(f"{words[0]} {words[1]}: exit {done.returncode}: {done.stdout[-300:]}{done.stderr[-500:]}")
        return done.stdout

    def options(self):
        return ["--only-rules", "--rules", self.rules, "--profile", self.profile]

    def tried(self, path, *more):
        return self.run("rules", "try", path, "--profile", self.profile, *more, *self.files)

    def compare_counts(self):
        """The table of `rules try` for people, taken apart."""
        told, money, rule = {}, collections.Counter(), None
        for line in self.tried(self.rules, "--limit", "0").splitlines():
            words = line.replace(",", "").split()
            if words and words[0] in self.stats:
                rule = words[0]
            elif "offered:" in words:
                told[rule] = tuple(int(word) for word in words if word.isdigit())
            elif line.startswith("  Money at stake"):
                money[rule] = round(float(words[3]) * 100)
        for name, counts in self.stats.items():
            if told.get(name) != counts:
                yield f"{name}: the scan counts {counts}, try {told.get(name)}"
            if money[name] != (self.money.get(name, (0, 0))[1] or 0):
                yield f"{name}: the scan sums {self.money[name][1]}, try {money[name]}"

    def compare_explained(self, claims):
        """Every claim asked for by itself: the outcomes add up to those of the scan."""
        told = collections.defaultdict(collections.Counter)
        for claim in claims:
            said = self.run("explain", *self.options(), "--format", "csv", "--", claim, *self.files)
            for row in csv.DictReader(io.StringIO(said)):
                told[row["rule"]][row["outcome"].replace(" ", "_")] += 1
        for name, counts in self.stats.items():
            said = told[name]
            explained = (sum(said.values()), *(said[word] for word in COUNTS.split(", ")[1:]))
            if explained != counts:
                yield f"{name}: the scan counts {counts}, explain {explained}"

    def paste_cases(self, rng):
        """A finding of each line and claim rule, pasted into its file, passes there."""
        folder = os.path.join(self.folder, "cases")
        for name, counts in self.stats.items():
            if not counts[1] or self.kinds[name] not in ("line", "claim"):
                continue
            number = rng.randint(1, min(20, counts[1]))
            case = self.tried(os.path.join(self.rules, name + ".yaml"), "--as-test", str(number))
            shutil.copytree(self.rules, folder)
            path = os.path.join(folder, name + ".yaml")
            with open(path, encoding="utf-8") as file:
                rule = file.read().replace("status: active", "status: draft")
            with open(path, "w", encoding="utf-8") as file:
                file.write(rule + ("" if "\ntests:\n" in rule else "tests:\n") + case)
            try:
                self.run("rules", "test", name, "--only-rules", "--rules", folder, "--profile", self.profile)
            except RuntimeError as error:
                yield f"finding {number} of {name}: {error}\n{rule}{case}"
            shutil.rmtree(folder)


def random_night(program, source, folder, rng, count):
    rules = os.path.join(folder, "rules")
    os.makedirs(rules)
    files, claims = write_claims(rng, folder)
    with open(os.path.join(source, "data", "profiles", "generic.yaml"), encoding="utf-8") as file:
        profile = file.read().replace("    optional: yes\n", "    optional: yes\n" + EXTRA, 1)
    with open(os.path.join(folder, "odd.yaml"), "w", encoding="utf-8") as file:
        file.write(profile.replace("profile: generic", "profile: odd", 1))
    with open(os.path.join(rules, "sets.yaml"), "w", encoding="utf-8") as file:
        file.write(SETS)
    for name, rows in TABLES.items():
        write_table(os.path.join(rules, name), rows)
    for number in range(1, count + 1):
        name = f"SITE-{number:04}"
        with open(os.path.join(rules, name + ".yaml"), "w", encoding="utf-8") as file:
            file.write(random_rule(rng, name))
    return Night(program, folder, rules, os.path.join(folder, "odd.yaml"), files), claims


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--source", required=True)
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    count = int(os.environ.get("CA_PROP_CASES", "60"))
    seed = int(os.environ.get("CA_PROP_SEED", "1"))
    results = []

    def report(name, problems):
        problems = list(problems)
        results.append(not problems)
        print(f"{'not ok' if problems else 'ok'} {len(results)} - {name}", flush=True)
        for problem in problems[:10]:
            print("# " + problem.replace("\n", "\n# "))

    with tempfile.TemporaryDirectory(prefix="tries-") as folder:
        rng = random.Random(seed)
        os.makedirs(os.path.join(folder, "odd"))
        night, claims = random_night(program, options.source, os.path.join(folder, "odd"), rng, count)
        hits = sum(counts[1] > 0 for counts in night.stats.values())
        report("random rules find something", [] if hits * 3 > count else [f"only {hits} of {count}"])
        report("random rules: try counts what a scan counts", night.compare_counts())
        report("random rules: explain adds up to a scan", night.compare_explained(claims))
        report("random rules: findings pass as test cases", night.paste_cases(rng))
        sample = os.path.join(options.source, "data", "sample")
        os.makedirs(os.path.join(folder, "sample"))
        night = Night(program, os.path.join(folder, "sample"), os.path.join(options.source, "rules", "core"), "generic",
                      [os.path.join(sample, name + ".csv") for name in ("claims", "patients", "providers")])
        report("sample: try counts what a scan counts", night.compare_counts())
        report("sample: findings pass as test cases", night.paste_cases(rng))
    print(f"1..{len(results)}")
    raise SystemExit(0 if all(results) else 1)


main()
