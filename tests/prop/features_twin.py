#!/usr/bin/env python3
"""Shipped features against an obvious twin: what a scan says of its entities, and what plain Python makes of the rows.

A world of the generator with rows that are there twice, voided and replaced claims, and days outside of the period. Values are compared
for each entity, to the places that are printed. Prints TAP.
"""

import argparse
import collections
import csv
import datetime
import os
import sqlite3
import subprocess
import sys
import tempfile
from fractions import Fraction

PERIOD = (datetime.date(2023, 12, 1), datetime.date(2024, 11, 30))    # twelve months before the month of the last day
THROUGH = "2024-12-31"


def day(text):
    return datetime.date.fromisoformat(text)


class Line(dict):
    """A claim line; what is missing is None."""

    def __getattr__(self, name):
        return self.get(name) or None

    def number(self, name):
        return Fraction(self[name]) if self[name] else None

    @property
    def claim(self):
        return self.claim_type, self.claim_id


def that_count(rows):
    """Rows without the second of two, without what was voided or replaced, and without voids."""
    once = list(dict.fromkeys(tuple(row.items()) for row in rows))
    lines = [Line(row) for row in once]
    gone = {(line.claim_type, line.original_claim_id or line.claim_id) for line in lines if line.claim_status in ("void", "replacement")}
    return [line for line in lines if line.claim_status != "void" and (line.claim not in gone or line.claim_status == "replacement")]


# --- Terms: functions of the lines of an entity; a line without what a term asks for does not take part in the feature ---

def distinct(*keys):
    return lambda line: all(key(line) is not None for key in keys), lambda lines: len({tuple(key(line) for key in keys) for line in lines})


def total(number):
    return lambda line: number(line) is not None, lambda lines: sum((number(line) for line in lines), Fraction(0))


def count(where=lambda line: True):
    return lambda line: where(line) is not None, lambda lines: sum(bool(where(line)) for line in lines)


def weights(lines, key):
    return sorted(collections.Counter(key(line) for line in lines).values(), reverse=True)


def top_share(most, key):
    return (lambda line: key(line) is not None,
            lambda lines: Fraction(sum(weights(lines, key)[:most]), len(lines)) if lines else None)


def effective(key):
    return (lambda line: key(line) is not None,
            lambda lines: Fraction(len(lines) ** 2, sum(n * n for n in weights(lines, key))) if lines else None)


def busiest(count_of, key):
    def value(lines):
        groups = collections.defaultdict(list)
        for line in lines:
            groups[key(line)].append(line)
        return max((count_of[1](group) for group in groups.values()), default=None)
    return lambda line: key(line) is not None and count_of[0](line), value


def ratio(above, below):
    def value(lines):
        under = below[1](lines)
        return Fraction(above[1](lines)) / under if under else None
    return lambda line: above[0](line) and below[0](line), value


def column(name):
    return lambda line: getattr(line, name)


def number(name):
    return lambda line: line.number(name)


def weekend(line):
    return None if not line.service_date else day(line.service_date).weekday() >= 5


def filing_days(line):
    return (day(line.received_date) - day(line.service_date)).days if line.received_date and line.service_date else None


CLAIM = (column("claim_type"), column("claim_id"))
PATIENT, DATE, PROCEDURE = column("patient_id"), column("service_date"), column("procedure")
NO_PHARMACY = ("institution", lambda line: line.claim_type != "pharmacy")


def features(facts, hits):
    """By name: whose, of which lines, and what."""
    women = distinct(PATIENT)

    def sex(line):
        return facts.get(line.patient_id, {}).get("sex") or None

    def share_of_women(lines):
        return Fraction(women[1]([line for line in lines if sex(line) == "F"]), women[1](lines)) if lines else None

    def hit(line):
        return (line.claim_id, line.line_no) in hits["CORE-0101"]

    provider, pharmacy, patient = ("provider", lambda line: True), ("pharmacy", lambda line: True), ("patient", lambda line: True)
    return {
        "provider-paid-per-claim": (provider, ratio(total(number("paid")), distinct(*CLAIM))),
        "provider-paid-per-patient": (provider, ratio(total(number("paid")), distinct(PATIENT))),
        "provider-claims-per-patient": (provider, ratio(distinct(*CLAIM), distinct(PATIENT))),
        "provider-lines-per-claim": (provider, ratio(count(), distinct(*CLAIM))),
        "provider-units-per-line": (provider, ratio(total(number("units")), count())),
        "provider-patients-per-day": (provider, ratio(distinct(PATIENT, DATE), distinct(DATE))),
        "provider-most-patients": (provider, busiest(distinct(PATIENT), DATE)),
        "provider-weekends": (provider, ratio(count(weekend), count())),
        "provider-top-procedure": (provider, top_share(1, PROCEDURE)),
        "provider-top-procedures": (provider, top_share(5, PROCEDURE)),
        "provider-procedure-variety": (provider, effective(PROCEDURE)),
        "provider-repeated-charge": (provider, top_share(1, number("charge"))),
        "provider-charge-to-allowed": (provider, ratio(total(number("charge")), total(number("allowed")))),
        "provider-late-filing": (provider, ratio(total(filing_days), count())),
        "provider-deceased": (provider, ratio(count(hit), count())),
        "provider-women": (provider, (lambda line: line.patient_id and sex(line), share_of_women)),
        "institution-paid-per-claim": (NO_PHARMACY, ratio(total(number("paid")), distinct(*CLAIM))),
        "institution-weekends": (NO_PHARMACY, ratio(count(weekend), count())),
        "institution-inpatient": (NO_PHARMACY, ratio(count(lambda line: line.claim_type == "inpatient"), count())),
        "pharmacy-top-prescriber": (pharmacy, top_share(1, column("prescriber_id"))),
        "pharmacy-fills-per-patient": (pharmacy, ratio(count(), distinct(PATIENT))),
        "pharmacy-quantity-per-fill": (pharmacy, ratio(total(number("quantity")), count())),
        "patient-paid": (patient, total(number("paid"))),
        "patient-services-per-day": (patient, ratio(count(), distinct(DATE))),
        "patient-after-death": (patient, ratio(count(hit), count())),
        "patient-most-providers": (patient, busiest(distinct(column("rendering_provider_id")), DATE)),
    }


NAMED = {"provider": "rendering_provider_id", "institution": "billing_provider_id", "pharmacy": "pharmacy_id", "patient": "patient_id"}


def by_entity(lines):
    found = collections.defaultdict(list)
    for line in lines:
        for kind, name in NAMED.items():
            if line[name]:
                found[kind, line[name]].append(line)
    return found


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def make(options, folder):
    """Files of the world, and one with rows that are there again."""
    subprocess.run([options.generate, "--out", folder, "--lines", "9000", "--seed", "5"], check=True)
    files = [os.path.join(folder, name) for name in ("claims.csv", "patients.csv", "providers.csv")]
    rows = read(files[0])
    again = os.path.join(folder, "again.csv")
    with open(again, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows[::9])
    return rows, [*files, again], {row["patient_id"]: row for row in read(files[1])}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--generate", required=True)
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    with tempfile.TemporaryDirectory(prefix="features-") as folder:
        rows, files, facts = make(options, folder)
        path, table = os.path.join(folder, "claims.db"), os.path.join(folder, "measures.csv")
        done = subprocess.run([program, "scan", "--quiet", "--profile", "generic", "--db", path, "--data-through", THROUGH, "--values", table,
                               *files],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"Bail out! {done.stderr}")
            return 1
        said = [(row["entity"], row["id"], row["feature"], row["value"]) for row in read(table)]
        with sqlite3.connect(path) as base:
            hits = collections.defaultdict(set)
            for rule, claim, number_of in base.execute("SELECT rule_id, claim_id, line_no FROM v_findings_all WHERE outcome = 'hit'"):
                hits[rule].add((claim, str(number_of)))
    lines = by_entity(line for line in that_count(rows) if line.service_date and PERIOD[0] <= day(line.service_date) <= PERIOD[1])
    checked, wrong = collections.Counter(), collections.defaultdict(list)
    all_features = features(facts, hits)
    for kind, entity, feature, value in said:
        if feature in all_features:
            (_, where), (takes_part, value_of) = all_features[feature]
            mine = [line for line in lines[kind, entity] if where(line) and takes_part(line)]
            expected = value_of(mine)
            same = expected is None if not value else expected is not None and abs(Fraction(value) - expected) <= Fraction(1, 2000000)
            checked[feature] += value != ""
            if not same:
                wrong[feature].append(f"{entity}: {value or 'nothing'} is told, {expected if expected is None else float(expected)} expected of {len(mine)} lines")
    failed = 0
    print(f"1..{len(all_features)}")
    for number_of, feature in enumerate(all_features, 1):
        bad = wrong[feature] or ([] if checked[feature] else ["nobody has a value"])
        print(f"{'not ok' if bad else 'ok'} {number_of} - {feature}: {checked[feature]} values")
        for text in bad[:3]:
            print(f"# {text}")
        failed += bool(bad)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
