#!/usr/bin/env python3
"""Pairs and rings against the rings that the generator made: precision and recall over five seeds.

usage: score_rings.py [--gate] [--seeds 1,2,3,4,5] [--lines 900000] [--work DIR] GENERATE SCORE_PAIRS|CLAIMAUDIT

The program is score_pairs, which searches the claims alone, or claimaudit, whose scan tells pairs and rings as findings.
A true pair is two members of one ring. A found ring is pure when all of its members are of one true ring; a true ring is found
when a pure one holds at least half of its members, and at least three. With --gate it ends with 1 unless over all seeds together
precision is at least .90 and recall at least .55 of pairs.
"""
import argparse
import contextlib
import csv
import itertools
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

PRECISION, RECALL = 0.90, 0.55


def true_rings(folder):
    rings = {}
    with open(os.path.join(folder, "rings.csv"), newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file, strict=True):
            rings.setdefault(row["ring"], set()).add(row["provider_id"])
    return list(rings.values())


def found_pairs(text):
    """The pairs, and the members of each ring by number."""
    pairs, rings = set(), {}
    for row in csv.DictReader(text.splitlines(), strict=True):
        if row["what"] != "pair":
            continue
        pairs.add(frozenset((row["first"], row["second"])))
        if row["ring"] != "-1":
            rings.setdefault(row["ring"], set()).update((row["first"], row["second"]))
    return pairs, list(rings.values())


def search(program, folder):
    """What score_pairs prints."""
    done = subprocess.run([program, folder], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8", cwd=folder)
    return found_pairs(done.stdout)


def scan(program, folder):
    """The findings of a scan; their subjects are the members."""
    report = os.path.join(folder, "report.db")
    for name in os.listdir(folder):
        if name.startswith("report.db"):
            os.remove(os.path.join(folder, name))
    files = [os.path.join(folder, name) for name in ("claims.csv", "patients.csv", "providers.csv")]
    subprocess.run([program, "scan", "--quiet", "--profile", "generic", "--data-from", "2023-09-01", "--data-through",
                    "2024-08-31", "--db", report, *files], check=True)
    with contextlib.closing(sqlite3.connect(report)) as database:
        told = [(rule, frozenset(members.split(" + "))) for rule, members in database.execute(
            "SELECT rule_id, subject_id FROM v_findings WHERE rule_id LIKE 'PAIR-%' OR rule_id = 'RING'")]
    return {members for rule, members in told if rule != "RING"}, [members for rule, members in told if rule == "RING"]


def compare(rings, pairs, found):
    truth = {frozenset(pair) for ring in rings for pair in itertools.combinations(sorted(ring), 2)}
    pure = [one for one in found if any(one <= ring for ring in rings)]
    hit = [ring for ring in rings if any(one <= ring and 2 * len(one) >= len(ring) for one in pure)]
    return {"true": len(truth), "pairs": len(pairs), "right": len(pairs & truth), "rings": len(rings), "found": len(found),
            "pure": len(pure), "hit": len(hit)}


def share(part, whole):
    return part / whole if whole else 0.0


def show(name, sums):
    print(f"{name:>6} {sums['true']:6} {sums['pairs']:6} {sums['right']:6} {share(sums['right'], sums['pairs']):9.3f} "
          f"{share(sums['right'], sums['true']):6.3f}   {sums['found']:5} {sums['pure']:5} {sums['hit']:4} of {sums['rings']}")


def run_seed(options, seed, work):
    folder = os.path.join(work, f"rings-{options.lines}-{seed}")
    os.makedirs(folder, exist_ok=True)
    subprocess.run([options.generate, "--world", "rings", "--out", folder, "--lines", str(options.lines), "--seed", seed], check=True)
    find = search if os.path.basename(options.program).startswith("score_pairs") else scan
    return compare(true_rings(folder), *find(options.program, folder))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gate", action="store_true")
    parser.add_argument("--seeds", default="1,2,3,4,5")
    parser.add_argument("--lines", type=int, default=900000)
    parser.add_argument("--work")
    parser.add_argument("generate", type=os.path.abspath)
    parser.add_argument("program", type=os.path.abspath)
    options = parser.parse_args()
    total = {}
    print("  seed   true  pairs  right precision recall   rings  pure  hit")
    with tempfile.TemporaryDirectory() as folder:
        for seed in options.seeds.split(","):
            sums = run_seed(options, seed, options.work or folder)
            if not options.work:
                shutil.rmtree(os.path.join(folder, f"rings-{options.lines}-{seed}"))
            show(seed, sums)
            total = {key: total.get(key, 0) + value for key, value in sums.items()}
    show("all", total)
    reached = share(total["right"], total["pairs"]) >= PRECISION and share(total["right"], total["true"]) >= RECALL
    return 1 if options.gate and not reached else 0


if __name__ == "__main__":
    sys.exit(main())
