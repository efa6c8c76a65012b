#!/usr/bin/env python3
"""Hostile numbers through whole scans with the shipped features: the largest ones, all alike, all missing, and a mixture. No scan fails, no
number of a report is none, and no lead is without a reason. Prints TAP.
"""

import argparse
import csv
import math
import os
import random
import sqlite3
import subprocess
import sys
import tempfile

LARGEST = "922337203685477.5807"
VALUES = {"huge": (LARGEST, "-" + LARGEST, "0", "1", "-0.0001"), "alike": ("1",), "missing": ("",),
          "mixed": ("", "0", LARGEST, "5", "-7.5", "0.0001")}
UNITS = {"huge": (LARGEST, "1", "0", "-5"), "alike": ("1",), "missing": ("",), "mixed": ("", "0", "1", "922337203685477")}
NAMES = ("claim_id,claim_type,line_no,patient_id,billing_provider_id,service_date,rendering_provider_id,procedure,units,charge,allowed,paid,"
         "prescriber_id,pharmacy_id,drug,quantity,days_supply").split(",")
VIEWS = ("v_entity_scores", "v_entity_reasons", "v_entity_features", "v_findings")


def row(world, night, chance, number):
    value, units, provider = chance.choice(VALUES[world]), chance.choice(UNITS[world]), number % 40
    fill = chance.random() < .5
    date = f"2024-{number % 11 + 1:02}-{number % 28 + 1:02}"
    return [f"C{night}-{number}", "pharmacy" if fill else "professional", 1, f"P{number % 97}", f"G{provider % 3}",
            chance.choice(("", "2024-05-05")) if world == "missing" else date, "" if fill else f"D{provider}", f"V{chance.randrange(5):04}",
            units, value, value, value, f"R{provider}" if fill else "", f"F{provider % 9}" if fill else "", "D1", units, units]


def scan(program, folder, world, night):
    path = os.path.join(folder, f"{world}{night}.csv")
    chance = random.Random(night)
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([NAMES, *(row(world, night, chance, number) for number in range(900))])
    done = subprocess.run([program, "scan", "--quiet", "--profile", "generic", "--db", os.path.join(folder, world + ".db"), "--max-rejects",
                           "100%", "--data-through", "2024-12-31", path], capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else [f"night {night} ended with {done.returncode}: {done.stderr.strip()[-400:]}"]


def no_number(cell):
    if isinstance(cell, float):
        return not math.isfinite(cell)
    return isinstance(cell, str) and any(word.strip("-%,;()") in ("nan", "inf", "infinity") for word in cell.lower().split())


def look(path):
    """What is wrong with a report."""
    with sqlite3.connect(path) as base:
        for view in VIEWS:
            yield from (f"{view}: {row!r}"[:300] for row in base.execute(f"SELECT * FROM {view}") if any(no_number(cell) for cell in row))
        yield from (f"a lead without a reason: {row!r}" for row in base.execute(
            "SELECT run_id, entity_kind, entity_id FROM v_entity_scores s WHERE lead AND NOT EXISTS (SELECT 1 FROM v_entity_reasons r "
            "WHERE r.finding_id = s.finding_id)"))
        yield from (f"no reason: {row!r}" for row in base.execute(
            "SELECT entity_kind, entity_id, feature_id, p_value, deviation, sentence FROM v_entity_reasons "
            "WHERE p_value > .010001 AND (deviation IS NULL OR abs(deviation) < 1)"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    program, failed = os.path.abspath(parser.parse_args().program), 0
    print(f"1..{len(VALUES)}")
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        for number, world in enumerate(VALUES, 1):
            problems = scan(program, folder, world, 1) + scan(program, folder, world, 2)
            problems = problems or list(look(os.path.join(folder, world + ".db")))
            failed += bool(problems)
            print(f"{'not ok' if problems else 'ok'} {number} - {world}", flush=True)
            for problem in problems[:5]:
                print(f"# {problem}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
