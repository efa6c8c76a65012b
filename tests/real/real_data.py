#!/usr/bin/env python3
"""Exact counts on real data: CMS's DE-SynPUF (500 beneficiaries) and synthetic RIF (20), judged with CMS's own code
tables, which a site folder binds in place of the shipped rows. The counts were made independently of this program.
Speaks TAP; skips where ../shared/data is absent.

usage: real_data.py --program CLAIMAUDIT --source REPOSITORY [--keep DIR]
"""
import argparse
import collections
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

# Which rows of CMS's tables make which set: a flag among those in the `flags` cell, "" = every row.
DIAGNOSIS_SETS = {
    "female_only_dx": "female", "male_only_dx": "male", "newborn_dx": "newborn", "paediatric_dx": "pediatric",
    "maternity_dx": "maternity", "adult_dx": "adult", "unacceptable_principal_dx": "unacceptable",
    "requires_secondary_dx": "reqsdx", "manifestation_dx": "manifestation", "external_cause_dx": "ecodepdx",
    "valid_dx": "",
}
PROCEDURE_SETS = {"female_only_procedures": "female", "male_only_procedures": "male"}
TABLES = {"diagnosis": {"icd9cm": "mce_i9_dx.csv", "icd10cm": "mce_i10_dx.csv"},
          "procedure": {"icd9pcs": "mce_i9_sg.csv", "icd10pcs": "mce_i10_pcs.csv"}}

# Rules of this test's own, beside the shipped ones: the halves of the sex conflict, so that two mistakes cannot cancel
# each other out, and the bare flag for principal diagnoses, which takes no notice of `reqsdx`.
SITE_RULES = {
    "SITE-0001": ("male with a diagnosis for women only", "sex = 'M' and diagnoses overlaps set female_only_dx",
                  [("M", "O80", "-"), ("F", "O80", "-")]),
    "SITE-0002": ("female with a diagnosis for men only", "sex = 'F' and diagnoses overlaps set male_only_dx",
                  [("F", "N400", "-"), ("M", "N400", "-")]),
    "SITE-0003": ("principal diagnosis flagged unacceptable", "principal_diagnosis in set unacceptable_principal_dx",
                  [("M", "Z905", "-"), ("M", "I10", "-")]),
}
SITE_RULE = """rule: {rule}
version: 1
title: {title}
status: active
severity: low
category: coding
jurisdiction: us
kind: claim
when: {when}
message: "{title}"
tests:
  - name: the first hits, the second does not
    lines: |
      id  claim_id  sex  from_date   principal_diagnosis  other_diagnoses
      1   C1        {hit[0]}    2020-01-01  {hit[1]}  {hit[2]}
      2   C2        {miss[0]}    2020-01-01  {miss[1]}  {miss[2]}
    hits: [[1]]
"""

# (rule, claim type): claims. Types that are not named are not counted here.
DESYNPUF_OFFICIAL = {
    ("US-0101", "inpatient"): 9, ("US-0101", "outpatient"): 105,
    ("SITE-0001", "inpatient"): 2, ("SITE-0001", "outpatient"): 56,
    ("SITE-0002", "inpatient"): 7, ("SITE-0002", "outpatient"): 49,
    ("US-0102", "inpatient"): 1, ("US-0102", "outpatient"): 0,
    ("US-0111", "inpatient"): 0, ("US-0111", "outpatient"): 8,
    ("US-0112", "inpatient"): 0, ("US-0112", "outpatient"): 1,
    ("US-0113", "inpatient"): 0, ("US-0113", "outpatient"): 7,
    ("US-0121", "inpatient"): 9, ("US-0121", "outpatient"): 230,
    ("US-0131", "inpatient"): 0, ("US-0131", "outpatient"): 453,
    ("SITE-0003", "inpatient"): 4, ("SITE-0003", "outpatient"): 466,
    ("US-0132", "inpatient"): 0, ("US-0132", "outpatient"): 41,
    ("CORE-0101", "inpatient"): 0, ("CORE-0101", "outpatient"): 0,
    ("CORE-0101", "professional"): 0, ("CORE-0101", "pharmacy"): 0,
}
DESYNPUF_SHIPPED = {("US-0101", "inpatient"): 9, ("US-0101", "outpatient"): 107}
RIF_OFFICIAL = {
    ("US-0101", "inpatient"): 5, ("US-0101", "outpatient"): 9,
    ("US-0111", "inpatient"): 0, ("US-0111", "outpatient"): 100,
    ("US-0113", "inpatient"): 8, ("US-0113", "outpatient"): 43,
    ("US-0121", "inpatient"): 32, ("US-0121", "outpatient"): 927,
    ("CORE-0101", "inpatient"): 0, ("CORE-0101", "outpatient"): 0,
}
# layout: (rows, lines, claims); None = nobody has counted that.
DESYNPUF_FILES = {
    "inpatient": (264, 264, 264), "outpatient": (3454, 18868, 3384), "carrier": (21187, 42440, None),
    "drug_events": (22474, 22474, None),
}
RIF_FILES = {"inpatient": (None, None, 41), "outpatient": (1305, 1305, 1110)}


class Checks:
    """Numbered lines of TAP."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def that(self, good, name, detail=""):
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}")
        if not good:
            for line in str(detail).splitlines()[:40]:
                print(f"# {line}")
        sys.stdout.flush()

    def equal(self, actual, expected, name):
        self.that(actual == expected, f"{name}: {expected}", f"got {actual}")


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def write_site(folder, tables):
    """The folder that --rules names: CMS's tables as dated sets, and the rules above. Paths in it are absolute."""
    lines = ["sets:"]
    for family, names in (("diagnosis", DIAGNOSIS_SETS), ("procedure", PROCEDURE_SETS)):
        for name, flag in names.items():
            where = f", where: {{flags: {{contains: {flag}}}}}" if flag else ""
            lines += [f"  {name}:", f"    family: {family}", "    sources:"]
            lines += [f"      - {{file: \"{os.path.join(tables, file)}\", system: {system}, column: code,"
                      f" valid: [from, to]{where}}}" for system, file in TABLES[family].items()
                      if not flag or holds(os.path.join(tables, file), flag)]
    write(os.path.join(folder, "sets.yaml"), "\n".join(lines) + "\n")
    for rule, (title, when, cases) in SITE_RULES.items():
        write(os.path.join(folder, rule + ".yaml"),
              SITE_RULE.format(rule=rule, title=title, when=when, hit=cases[0], miss=cases[1]))


def holds(path, flag):
    """Has the table any such code? A source of no rows is refused."""
    with open(path, encoding="utf-8") as file:
        return any(flag in line.rstrip("\n").rsplit(",", 1)[-1].split(";") for line in file)


class Report:
    """The report of one scan."""

    def __init__(self, checks, options, name, words):
        self.checks = checks
        self.path = os.path.join(options.work, name.replace(" ", "-") + ".db")
        done = subprocess.run([options.program, "scan", "--db", self.path, *words], check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env={**os.environ, "CLAIMAUDIT_SHARE": options.source})
        checks.that(done.returncode == 0, f"{name}: the scan ends with 0", f"{done.returncode}\n{done.stderr}")
        self.name = name
        self.said = done.stdout
        self.base = sqlite3.connect(self.path) if done.returncode == 0 else None

    def __bool__(self):
        return self.base is not None

    def ask(self, sql):
        return self.base.execute(sql).fetchall()

    def check_claims(self, expected):
        found = {(rule, kind): count for rule, kind, count in self.ask(
            "SELECT rule_id, claim_type, count(DISTINCT claim_id) FROM v_findings GROUP BY 1, 2")}
        rules = {rule for rule, in self.ask("SELECT rule_id FROM v_rule_stats")}
        for (rule, kind), count in expected.items():
            if rule in rules:
                self.checks.equal(found.get((rule, kind), 0), count, f"{self.name}: {rule}, {kind} claims")
            else:
                self.checks.that(False, f"{self.name}: {rule} runs", f"rules that ran: {sorted(rules)}")
        for key, count in sorted(found.items()):
            if key not in expected:
                print(f"# also {key[0]}, {key[1]}: {count} claims")

    def check_files(self, expected):
        """Rows, lines and claims by layout; nothing rejected, and everything read is accounted for."""
        sums = collections.defaultdict(lambda: [0] * 6)
        for layout, *numbers in self.ask("SELECT layout, rows_read, rows_accepted, rows_rejected, rows_skipped,"
                                         " lines, claims FROM v_files WHERE layout IS NOT NULL"):
            sums[layout] = [a + b for a, b in zip(sums[layout], numbers)]
        for layout, (read, accepted, rejected, skipped, _, _) in sorted(sums.items()):
            self.checks.equal(accepted + rejected + skipped, read, f"{self.name}: {layout}: no row lost of")
        for layout, (rows, lines, claims) in expected.items():
            numbers = sums[layout]
            for what, wanted, got in (("rows", rows, numbers[0]), ("lines", lines, numbers[4]),
                                      ("claims", claims, numbers[5])):
                if wanted is not None:
                    self.checks.equal(got, wanted, f"{self.name}: {layout} {what}")
        rejects = self.ask("SELECT file, \"row\", \"column\", reason FROM v_rejects LIMIT 20")
        self.checks.that(not rejects, f"{self.name}: no row is rejected", "\n".join(map(str, rejects)))

    def keys(self):
        return self.ask("SELECT finding_key, exposure, message FROM v_findings ORDER BY 1")


def check_desynpuf(checks, options):
    folder = os.path.join(options.data, "desynpuf-500")
    report = Report(checks, options, "desynpuf", ["--profile", "desynpuf", "--rules", options.site, folder])
    if report:
        report.check_files(DESYNPUF_FILES)
        report.check_claims(DESYNPUF_OFFICIAL)
        # Rows without a date are second segments; one of them has no first, the others share an id with theirs.
        dateless = {kind: count for kind, count in report.ask(
            "SELECT claim_type, count(DISTINCT subject_id) FROM v_findings WHERE rule_id = 'CORE-0103' GROUP BY 1")}
        checks.equal(dateless, {"outpatient": 71}, "desynpuf: claim parts without a date, by type")
    shipped = Report(checks, options, "desynpuf shipped", ["--profile", "desynpuf", folder])
    if shipped:
        shipped.check_claims(DESYNPUF_SHIPPED)
        # No table of valid codes is shipped: the rule must say that it cannot judge, not that all is well.
        # Only claims without any diagnosis pass.
        judged = shipped.ask("SELECT hit, pass < 100, unknown > 20000, unknown_field FROM v_rule_stats"
                             " WHERE rule_id = 'US-0121'")
        checks.equal(judged, [(0, 1, 1, "valid_dx")], "desynpuf: US-0121 without a table is unknown")


def check_rif(checks, options):
    folder = os.path.join(options.data, "cms-rif-20")
    words = ["--profile", "cms-rif", "--rules", options.site]
    report = Report(checks, options, "rif", [*words, folder])
    if not report:
        return
    report.check_files(RIF_FILES)
    report.check_claims(RIF_OFFICIAL)
    lines = report.ask("SELECT count(*) FROM v_findings WHERE rule_id = 'CORE-0105' AND claim_type = 'outpatient'")
    checks.equal(lines, [(1064,)], "rif: outpatient lines paid above charge")
    paths = sorted((os.path.join(folder, name) for name in os.listdir(folder)), reverse=True)
    backwards = Report(checks, options, "rif backwards", [*words, *paths])
    if backwards:
        checks.that(report.keys() == backwards.keys(), "rif: the same findings when the files come in reverse order")


def main():
    parser = argparse.ArgumentParser(description="exact counts on real data")
    parser.add_argument("--program", required=True, type=os.path.abspath)
    parser.add_argument("--source", required=True, type=os.path.abspath)
    parser.add_argument("--keep", help="folder for the reports, which then stay")
    options = parser.parse_args()
    options.data = os.path.join(os.path.dirname(options.source), "shared", "data")
    if not os.path.isdir(options.data):
        print("1..0 # SKIP there is no ../shared/data beside the repository")
        return 0
    options.work = options.keep or tempfile.mkdtemp(prefix="real-")
    options.site = os.path.join(options.work, "site")
    os.makedirs(options.site, exist_ok=True)
    checks = Checks()
    try:
        write_site(options.site, os.path.join(options.data, "mce-v43.1"))
        check_desynpuf(checks, options)
        check_rif(checks, options)
    finally:
        if not options.keep:
            shutil.rmtree(options.work)
    print(f"1..{checks.count}")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
