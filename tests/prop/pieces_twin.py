#!/usr/bin/env python3
"""Claims in several files say the same as the same claims in one.

Random claims are written twice: as lines that repeat all of their claim, and as files of headers, lines, diagnoses and
operations, cut and shuffled, some rows delivered twice, some headers with an older version besides. Findings, their lines
and what every rule counted must be the same. CA_PROP_CASES sets how many cases, CA_PROP_SEED where to begin. Prints TAP.
"""

import argparse
import csv
import os
import random
import subprocess
import sys
import tempfile

import invariance

HEADER = ["id", "kind", "part", "status", "original", "version", "person", "sex", "provider", "first", "last", "decided", "total"]
LINE = ["pos", "day", "code", "units", "amount"]
FIELDS_OF_HEADER = """
      claim_id: id
      claim_type: kind
      claim_part: part
      claim_status: status
      original_claim_id: original
      claim_version: version
      patient_id: person
      sex: sex
      billing_provider_id: provider
      facility_id: provider
      admission_date: first
      discharge_date: last
      from_date: first
      paid_date: decided
      claim_paid: total"""
FIELDS_OF_LINE = """
      line_no: pos
      service_date: day
      procedure: {column: code, system: local}
      units: units
      paid: amount"""
KEY = """
      claim_id: id
      claim_part: part"""
TOP = """profile: pieces
title: Pieces
jurisdiction: us
currency: USD
dates: [yyyy-mm-dd]
layouts:
"""
RULES = {
    "SITE-0001": "kind: line\nwhen: units > 2 and sex = 'M'\nunless:\n  - {name: chronic, reason: chronic, when: diagnoses overlaps ('icd10cm:I10')}",
    "SITE-0002": "kind: line\nwhen: procedure = 'local:V0001' and not claim_procedures overlaps ('icd10pcs:0DTJ4ZZ')",
    "SITE-0003": "kind: line\nwhen: principal_diagnosis = 'icd10cm:E119' or other_diagnoses overlaps ('icd10cm:E119')",
    "SITE-0004": "kind: claim\nwhen: sum(units) > days_between(admission_date, discharge_date) + 4",
    "SITE-0005": "kind: claim\nwhen: paid > 20 and any(procedure = 'local:V0002') and principal_diagnosis is present",
    "SITE-0006": "kind: duplicate\nsame: [patient_id, service_date, procedure]\noriginal: first by paid_date, claim_id, line_no",
    "SITE-0007": "kind: window\nper: [patient_id]\nwithin: month\nwhen: sum(units) > 8",
    "SITE-0008": "kind: line\nrows: all\nwhen: paid > 5 and claim_version > 1",
}
RULE = """rule: {id}
version: 1
title: Twin
status: active
severity: low
category: coding
jurisdiction: core
{body}
message: "{id}"
"""


def day(number):
    return f"2024-03-{number:02d}" if number else ""


class World:
    """Claims, as dictionaries with `lines`, `diagnoses` (pairs of place and code, the principal's place 0) and `operations`."""

    def __init__(self, seed, by_type):
        self.rng, self.by_type = random.Random(seed), by_type
        self.claims = [self.claim(number) for number in range(self.rng.randint(1, 25))]
        self.older = [self.old(claim) for claim in self.claims if claim["status"] in ("original", "replacement", "denied") and self.rng.random() < 0.2]

    def claim(self, number):
        rng = self.rng
        first = rng.choice([0, *range(1, 10)])
        parts = number and rng.random() < 0.1
        claim = {"id": f"C{number - 1 if parts else number}", "kind": rng.choice(["inpatient", "outpatient"]),
                 "part": 2 if parts else 1, "status": "original", "original": "", "version": rng.choice(["", "1", "2", "3"]),
                 "person": rng.choice(["P1", "P2", "P3", ""]), "sex": rng.choice(["M", "F", ""]), "provider": rng.choice(["H1", "H2"]),
                 "first": day(first), "last": day(first and first + rng.randint(0, 5)), "decided": day(rng.randint(10, 20)),
                 "total": rng.choice(["", "10.00", "30.00"])}
        if parts:
            claim["kind"] = self.last_kind
        self.last_kind = claim["kind"]
        claim["lines"] = [self.line(pos, claim["part"]) for pos in range(1, rng.randint(2, 5))]
        claim["diagnoses"] = [(place, rng.choice(["I10", "E119", "J449", "N189"])) for place in range(rng.choice([0, 1]), rng.randint(1, 5))]
        claim["operations"] = [(place, rng.choice(["0DTJ4ZZ", "0FT44ZZ"])) for place in range(1, rng.randint(1, 4))]
        if number and rng.random() < 0.25:
            self.undo(claim, number)
        return claim

    def line(self, pos, part):
        rng = self.rng
        return {"pos": part * 1000 + pos, "day": day(rng.choice([0, *range(1, 6)])), "code": rng.choice(["V0001", "V0002", "V0003", ""]),
                "units": rng.choice(["", "1", "2", "3", "4"]), "amount": rng.choice(["", "1.00", "9.50", "20.00"])}

    def undo(self, claim, number):
        claim["status"] = self.rng.choice(["void", "reversal", "replacement", "denied"])
        if claim["status"] != "denied" and claim["part"] == 1:
            claim["original"] = f"C{self.rng.randrange(number)}"
        if claim["status"] == "void":
            claim["lines"] = [{"pos": claim["part"] * 1000 + 1, "day": "", "code": "", "units": "", "amount": ""}] if claim["original"] else claim["lines"]
            claim["diagnoses"], claim["operations"] = [], []

    def old(self, claim):
        return {**claim, "decided": day(self.rng.randint(1, 9)), "total": self.rng.choice(["1.00", "99.00"]), "status": "original",
                "original": "", "sex": self.rng.choice(["M", "F"]), "version": ""}

    def codes(self, claim):
        """(principal, others, operations) as the line of one file has them; None where nobody knows them."""
        if not claim["diagnoses"]:
            return None
        principal = dict(claim["diagnoses"]).get(0, "")
        others = [code for place, code in claim["diagnoses"] if place and code != principal]
        return principal, ";".join(others), ";".join(code for _, code in claim["operations"])

    def known(self):
        """Those whose diagnoses are known: one file cannot say that a list is unknown."""
        return [claim for claim in self.claims if claim["diagnoses"] or claim["status"] == "void"]

    # --- Writing -------------------------------------------------------------------------------------

    def write_flat(self, folder):
        profile = f"""{TOP}  - layout: flat
    records: claims
    columns: {HEADER}
    reversal: {{of: claim}}
    fields:{FIELDS_OF_HEADER}{FIELDS_OF_LINE}
      principal_diagnosis: {{column: principal, system: icd10cm}}
      other_diagnoses: {{column: others, system: icd10cm}}
      claim_procedures: {{column: operations, system: icd10pcs}}
"""
        rows = []
        for claim in self.known():
            codes = self.codes(claim) or ("", "", "")
            rows += [[claim[name] for name in HEADER] + [line[name] for name in LINE] + list(codes) for line in claim["lines"]]
        write(folder, "flat.csv", [*HEADER, *LINE, "principal", "others", "operations"], rows)
        return profile, ["flat.csv"]

    def write_pieces(self, folder):
        kind = "\n      claim_type: kind" if self.by_type else ""
        profile = f"""{TOP}  - layout: heads
    records: claims
    part_of_claim: header
    columns: {HEADER}
    reversal: {{of: claim}}
    fields:{FIELDS_OF_HEADER}
  - layout: lines
    records: claims
    part_of_claim: lines
    columns: [id, part, {", ".join(LINE)}]
    fields:{KEY}{FIELDS_OF_LINE}{kind}
  - layout: diagnoses
    records: claims
    part_of_claim: diagnoses
    columns: [id, part, place, diagnosis]
    principal: {{column: place, in: ["0"]}}
    fields:{KEY}
      line_no: place
      other_diagnoses: {{column: diagnosis, system: icd10cm}}{kind}
  - layout: operations
    records: claims
    part_of_claim: operations
    columns: [id, part, place, operation]
    fields:{KEY}
      line_no: place
      claim_procedures: {{column: operation, system: icd10pcs}}{kind}
"""
        known = self.known()
        kept = {(claim["id"], claim["part"]) for claim in known}
        older = [claim for claim in self.older if (claim["id"], claim["part"]) in kept]
        heads = [[claim[name] for name in HEADER] for claim in known + older]
        lines, diagnoses, operations = [], [], []
        for claim in known:
            key = [claim["id"], claim["part"]]
            hollow = claim["status"] == "void" and claim["original"]
            lines += [] if hollow else [key + [line[name] for name in LINE] + [claim["kind"]] for line in claim["lines"]]
            diagnoses += [[*key, place, code, claim["kind"]] for place, code in claim["diagnoses"]]
            operations += [[*key, place, code, claim["kind"]] for place, code in claim["operations"]]
        files = []
        for stem, names, rows in (("heads", HEADER, heads), ("lines", ["id", "part", *LINE, "kind"], lines),
                                  ("diagnoses", ["id", "part", "place", "diagnosis", "kind"], diagnoses),
                                  ("operations", ["id", "part", "place", "operation", "kind"], operations)):
            files += self.cut(folder, stem, names, rows)
        self.rng.shuffle(files)
        return profile, files

    def cut(self, folder, stem, names, rows):
        rows = rows + [row for row in rows if self.rng.random() < 0.15]
        self.rng.shuffle(rows)
        at = self.rng.randint(0, len(rows))
        names_of = []
        for number, piece in enumerate((rows[:at], rows[at:])):
            names_of.append(f"{stem}-{number}.csv")
            write(folder, names_of[-1], names, piece)
        return names_of


def write(folder, name, header, rows):
    with open(os.path.join(folder, name), "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def scan(program, folder, profile, files, *words):
    with open(os.path.join(folder, "world.yaml"), "w", encoding="utf-8") as file:
        file.write(profile)
    path = os.path.join(folder, "world.db")
    for name in os.listdir(folder):
        if name.startswith("world.db"):
            os.remove(os.path.join(folder, name))
    command = [program, "scan", "--quiet", "--only-rules", "--rules", "rules", "--profile", "world.yaml", "--db", path,
               "--data-through", "2024-12-31", *words]
    done = subprocess.run([*command, *files], capture_output=True, text=True, cwd=folder, check=False)
    if done.returncode:
        return done.stderr.splitlines()
    return invariance.ordered_export(path)[:-1]    # without v_runs: rows and dropped lines differ


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    options = parser.parse_args()
    cases, seed = int(os.environ.get("CA_PROP_CASES", "12")), int(os.environ.get("CA_PROP_SEED", "1"))
    failed = False
    print(f"1..{cases}")
    for number in range(seed, seed + cases):
        with tempfile.TemporaryDirectory(prefix="pieces-") as folder:
            os.mkdir(os.path.join(folder, "rules"))
            for name, body in RULES.items():
                with open(os.path.join(folder, "rules", name + ".yaml"), "w", encoding="utf-8") as file:
                    file.write(RULE.format(id=name, body=body))
            world = World(number, number % 2 == 0)
            expected = scan(options.program, folder, *world.write_flat(folder))
            words = [[], ["--buckets", "1", "--jobs", "1"], ["--batch-rows", "3", "--buckets", "16", "--jobs", "3"]][number % 3]
            found = scan(options.program, folder, *world.write_pieces(folder), *words)
            good = expected == found and not (expected and "claimaudit:" in expected[-1])
            failed |= not good
            print(f"{'ok' if good else 'not ok'} {number - seed + 1} - world {number}, {len(expected)} rows")
            if not good:
                for line in invariance.difference(expected, found):
                    print(f"# {line}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
