#!/usr/bin/env python3
"""Scans the world of Harbin and looks who stands first: the four forging pharmacies must be the first four pharmacy leads, each
with a reason. Prints the first leads with what the report says of them.

usage: judge_harbin.py GENERATE CLAIMAUDIT [SEED]
"""
import os
import sqlite3
import subprocess
import sys
import tempfile

LEADS = """SELECT entity_id, rank, score, q_value FROM v_entity_scores
           WHERE entity_kind = 'pharmacy' AND lead = 1 ORDER BY small, rank LIMIT 8"""
REASONS = """SELECT feature_id, sentence FROM v_entity_reasons
             WHERE entity_kind = 'pharmacy' AND entity_id = ? ORDER BY reason_no LIMIT 3"""


def labelled(folder):
    with open(os.path.join(folder, "labels.csv"), encoding="utf-8") as file:
        rows = [line.strip().split(",") for line in file][1:]
    return {id for kind, id, _ in rows if kind == "pharmacy"}


def scan(generate, claimaudit, seed, folder):
    subprocess.run([generate, "--out", folder, "--world", "harbin", "--seed", seed], check=True)
    report = os.path.join(folder, "report.db")
    files = [os.path.join(folder, name) for name in ("claims.csv", "patients.csv", "providers.csv")]
    subprocess.run([claimaudit, "scan", "--quiet", "--profile", "generic", "--db", report, "--data-from", "2023-09-01",
                    "--data-through", "2024-08-31", *files], check=True)
    return sqlite3.connect(f"file:{report}?mode=ro", uri=True)


def judge(report, forgers):
    """Messages about what is wrong."""
    messages, first = [], []
    for place, (pharmacy, rank, score, q) in enumerate(report.execute(LEADS).fetchall(), 1):
        reasons = report.execute(REASONS, (pharmacy,)).fetchall()
        forger = pharmacy in forgers
        print(f"{place}. {pharmacy}{' (forger)' if forger else ''}: rank {rank}, score {score}, q {q}")
        for feature, sentence in reasons:
            print(f"     {feature}: {sentence}")
        if place <= len(forgers):
            first.append(pharmacy)
            if not reasons:
                messages.append(f"lead {place} has no reason")
    missing = forgers - set(first)
    if missing:
        messages.append(f"not among the first {len(forgers)} pharmacy leads: {', '.join(sorted(missing))}")
    return messages


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__.split("\n\n")[-1].strip())
    with tempfile.TemporaryDirectory() as folder:
        report = scan(*sys.argv[1:3], sys.argv[3] if len(sys.argv) == 4 else "1", folder)
        messages = judge(report, labelled(folder))
        report.close()
    for message in messages:
        print("judge_harbin.py:", message)
    return 1 if messages else 0


if __name__ == "__main__":
    sys.exit(main())
