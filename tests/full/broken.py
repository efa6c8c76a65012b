#!/usr/bin/env python3
"""Generated claims with broken rows of every kind: nothing may be lost, every reject is explained, and with the
default limit nothing is stored. Speaks TAP.

usage: broken.py --program CLAIMAUDIT --generate GENERATE [--rows 50000] [--work DIR]
"""
import argparse
import collections
import csv
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../bench"))
from labels import read_labels  # noqa: E402
from planted import compare, say  # noqa: E402

PERCENT = 2
# What must be said of each kind of broken row. Where an open quote comes to an end depends on what follows it, so the
# kinds of broken quoting share their reasons.
REASONS = {
    r"\d+ columns expected, \d+ found": ["too_few_cells", "too_many_cells"],
    r"record longer than max_record_bytes": ["over_long_record"],
    r"not valid utf-8": ["invalid_utf8"],
    r"NUL byte": ["nul_byte"],
    r"claim_id is missing": ["empty_claim_id"],
    r"line_no cannot be read": ["bad_line_no"],
    r"claim_type cannot be read": ["unknown_claim_type"],
    r"the file went through a spreadsheet": ["spreadsheet_number"],
    r"a quote inside|text behind a closing quote|record of more than max_record_lines|quote .* closed":
        ["unclosed_quote", "quote_inside_unquoted", "text_after_closing_quote", "too_many_physical_lines"],
}


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


def run(command):
    return subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors="replace")


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


SITE = """sets:
  valid_dx: {family: diagnosis, file: ../diagnosis_codes.csv, system: icd10cm, column: code, valid: [from, to]}
"""


def scan(options, folder, db, *more):
    return run([options.program, "scan", "--profile", "generic", "--db", db,
                "--rules", os.path.join(folder, "site"), "--data-from", "2023-01-01", "--data-through", "2024-12-31", *more,
                *(os.path.join(folder, name) for name in ("claims.csv", "patients.csv", "providers.csv"))])


def check_counts(checks, report, kinds, rows, superseded):
    broken = sum(int(kind["rows"]) for kind in kinds)
    rejects = sum(int(kind["rejects"]) for kind in kinds)
    for file, read, accepted, rejected, skipped in report.execute(
            "SELECT file, rows_read, rows_accepted, rows_rejected, rows_skipped FROM v_files ORDER BY file"):
        name = os.path.basename(file)
        checks.equal(accepted + rejected + skipped, read, f"{name}: accepted + rejected + skipped = read")
        if name == "claims.csv":
            checks.equal(rejected, rejects, f"{name}: rejected rows are those of broken.csv")
            checks.equal(accepted + skipped, rows - broken, f"{name}: every good row is there")
            checks.equal(skipped, superseded, f"{name}: only what a replacement supersedes is skipped")
        else:
            checks.equal(rejected, 0, f"{name}: no row rejected")


def check_reasons(checks, report, kinds):
    said = collections.Counter()
    unexplained = collections.Counter()
    for reason, count in report.execute("SELECT reason, count(*) FROM v_rejects GROUP BY reason"):
        pattern = next((pattern for pattern in REASONS if re.match(pattern, reason)), None)
        (said if pattern else unexplained)[pattern or reason] += count
    expected = {kind["kind"]: int(kind["rejects"]) for kind in kinds}
    checks.equal(dict(unexplained), {}, "reasons nobody expects")
    checks.equal(sorted(name for names in REASONS.values() for name in names), sorted(expected),
                 "kinds with a reason")
    for pattern, names in REASONS.items():
        checks.equal(said[pattern], sum(expected.get(name, 0) for name in names), f"rejects for {', '.join(names)}")


def check_labels(checks, report, labels):
    """A broken row must not take a good one with it: every planted scheme is still found."""
    wanted, found, others = compare(labels, report)
    lost = sorted(map(say, wanted - found))
    checks.that(wanted and not lost, f"all {len(wanted)} planted schemes are found", "\n".join(lost[:20]))
    checks.that(not others, "nothing is found that nobody planted", "\n".join(map(str, others[:20])))


def check_verbatim(checks, claims, rejects):
    """Each reject stands in the rejects file as it stood in the claims file, at the offset it names."""
    csv.field_size_limit(1 << 30)
    wrong = []
    count = 0
    with open(claims, "rb") as source, open(rejects, newline="", encoding="latin-1") as file:
        for row in csv.DictReader(file):
            raw = row["raw"].encode("latin-1")
            source.seek(int(row["byte_offset"]))
            if not raw or source.read(len(raw)) != raw or source.read(1) not in (b"\n", b"\r", b""):
                wrong.append(f"row {row['row']} at byte {row['byte_offset']}: {row['reason']}")
            count += 1
    checks.that(not wrong, "the rejects file has each row verbatim, with its true offset", "\n".join(wrong[:20]))
    return count


def check_all(options, checks, folder):
    db = os.path.join(folder, "all.db")
    made = run([options.generate, "--lines", str(options.rows), "--seed", "7", "--broken", str(PERCENT),
                "--out", folder])
    checks.that(made.returncode == 0, f"{options.rows} rows generated", made.stderr)
    os.mkdir(os.path.join(folder, "site"))
    with open(os.path.join(folder, "site", "sets.yaml"), "w", encoding="utf-8") as file:
        file.write(SITE)
    kinds = rows_of(os.path.join(folder, "broken.csv"))
    checks.that(all(int(kind["rows"]) > 0 for kind in kinds), f"{len(kinds)} kinds of broken rows", kinds)

    done = scan(options, folder, db, "--max-rejects", "100%")
    checks.that(done.returncode == 0, "with --max-rejects 100% the scan ends with 0",
                f"{done.returncode}\n{done.stderr}")
    if done.returncode == 0:
        report = sqlite3.connect(f"file:{db}?mode=ro", uri=True)
        with open(os.path.join(folder, "claims.csv"), "rb") as file:
            superseded = file.read().count(b",replacement,")
        check_counts(checks, report, kinds, options.rows, superseded)
        check_reasons(checks, report, kinds)
        check_labels(checks, report, read_labels(os.path.join(folder, "labels.csv")))
        report.close()

    db = os.path.join(folder, "default.db")
    done = scan(options, folder, db)
    checks.that(done.returncode == 4, "with the default it ends with 4", f"{done.returncode}\n{done.stderr}")
    left = sorted(name for name in os.listdir(folder) if name.startswith("default.db"))
    checks.that(set(left) <= {"default.db.rejects.csv", "default.db.lock"} and len(left) > 0,
                "nothing is stored but the rejects", left)
    if os.path.exists(db + ".rejects.csv"):
        count = check_verbatim(checks, os.path.join(folder, "claims.csv"), db + ".rejects.csv")
        checks.equal(count, sum(int(kind["rejects"]) for kind in kinds), "rejects in the rejects file")


def main():
    parser = argparse.ArgumentParser(description="generated claims with broken rows of every kind")
    parser.add_argument("--program", required=True, type=os.path.abspath)
    parser.add_argument("--generate", required=True, type=os.path.abspath)
    parser.add_argument("--rows", type=int, default=50000)
    parser.add_argument("--work", help="folder for the generated files (default: a temporary one)")
    options = parser.parse_args()
    checks = Checks()
    folder = tempfile.mkdtemp(prefix="broken-", dir=options.work)
    try:
        check_all(options, checks, folder)
    finally:
        shutil.rmtree(folder)
    print(f"1..{checks.count}")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
