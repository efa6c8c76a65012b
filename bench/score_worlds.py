#!/usr/bin/env python3
"""Judges the scorer by worlds with injected schemes and by worlds without: prints tables for the documentation, and ends with 1
when a bar is missed. Bars and seeds were fixed with the strengths of the schemes, before the scorer was run.

usage: score_worlds.py --worlds SCORE_WORLDS --entities SCORE_ENTITIES [--short] [--seeds N] [--nulls N] [--work DIR]

--short judges one world of each sort with wider bars, and scikit-learn's methods not at all. Otherwise these are asked
through peers/score_peers.py, which needs Debian's python3-sklearn (--peers-python says which Python has it).
"""
import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))
ENTITIES = 12000
BUDGET = 240            # 2 %
NULL_SEED = 1001        # the first of the worlds without schemes
Q = 0.10

# What: least, most; with --short.
BARS = {
    "recall at a budget of 2 %": ((0.50, None), (0.42, None)),
    "precision of the first 100": ((0.75, None), (0.65, None)),
    "recall, times kNN": ((1.15, None), None),
    "recall, times isolation forest": ((1.7, None), None),
    "detected with a manipulated feature among three reasons": ((0.90, None), (0.85, None)),
    "false share of q <= .10": ((None, 0.20), (None, 0.30)),
    "null worlds: share of q <= .10": ((None, 0.001), (None, 0.004)),
    "null worlds: share of small providers among leads": ((0.05, 0.15), (0.05, 0.15)),
}
DIRECTED = ("directed", "directed, one side")     # the better of the two is the baseline


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def make_world(options, folder, seed, *more):
    os.makedirs(folder, exist_ok=True)
    subprocess.run([options.worlds, "--out", folder, "--seed", str(seed), "--entities", str(ENTITIES), *more], check=True)


def score(options, folder, directed=None):
    """Rows of score-entities, in order of rank; those without a score last."""
    path = os.path.join(folder, "scores.csv")
    subprocess.run([options.entities, folder, "--budget", str(BUDGET), "--out", path,
                    *(("--directed", directed) if directed else ())], check=True)
    rows = read(path)
    if len(rows) != ENTITIES:
        sys.exit(f"score_worlds.py: {len(rows)} of {ENTITIES} entities came back")
    return sorted(rows, key=lambda row: int(row["rank"]) or ENTITIES + 1)


def average_precision(hits):
    found, total = 0, 0.0
    for place, hit in enumerate(hits, 1):
        if hit:
            found += 1
            total += found / place
    return total / max(1, found)


def judge(folder, rows):
    labels = {row["id"]: row for row in read(os.path.join(folder, "labels.csv"))}
    leads = [row for row in rows if row["lead"] == "yes"]
    found = [row for row in leads if row["id"] in labels]
    explained = sum(bool(set(row["reasons"].split(";")) & set(labels[row["id"]]["manipulated"].split(";"))) for row in found)
    sure = [row for row in rows if float(row["q"]) <= Q]
    hits = [row["id"] in labels for row in rows]
    groups = {}
    for key in ("scheme", "strength"):
        total = Counter(label[key] for label in labels.values())
        mine = Counter(labels[row["id"]][key] for row in found)
        groups[key] = {name: mine[name] / total[name] for name in total}
    return {"recall": len(found) / len(labels), "leads": len(leads), "found": len(found), "explained": explained,
            "p100": sum(hits[:100]) / 100, "ap": average_precision(hits), "sure": len(sure),
            "false": sum(row["id"] not in labels for row in sure), **groups}


def ask_peers(options, folder, directed):
    command = [options.peers_python, os.path.join(HERE, "peers", "score_peers.py"), "--json", "--features", directed, folder]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def run_worlds(options, work):
    """What the scorer finds in each world with schemes, and what others find."""
    results, peers = [], []
    for seed in range(1, options.seeds + 1):
        folder = os.path.join(work, f"world-{seed}")
        directed = None if options.short else os.path.join(folder, "directed.csv")
        make_world(options, folder, seed)
        results.append(judge(folder, score(options, folder, directed)))
        if not options.short:
            peers += ask_peers(options, folder, directed)
    return results, peers


def run_nulls(options, work):
    """Share with q <= .10 of each world, and how many of all leads are small."""
    shares, leads, small = [], 0, 0
    for seed in range(NULL_SEED, NULL_SEED + options.nulls):
        folder = os.path.join(work, "null")
        make_world(options, folder, seed, "--null")
        claims = {row["id"]: int(row["claims"]) for row in read(os.path.join(folder, "entities.csv"))}
        rows = score(options, folder)
        shares.append(sum(float(row["q"]) <= Q for row in rows) / len(rows))
        chosen = [row for row in rows if row["lead"] == "yes"]
        leads += len(chosen)
        small += sum(claims[row["id"]] < 60 for row in chosen)
    return shares, small / max(1, leads)


def print_table(results, peers):
    schemes = sorted(results[0]["scheme"])
    print("| method | " + " | ".join(name.replace("_", " ") for name in schemes) + " | all | P@100 | AP |")
    print("|---" * (len(schemes) + 4) + "|")

    def row(name, by_scheme, recall, p100, ap):
        print(f"| {name} | " + " | ".join(f"{by_scheme(s):.2f}" for s in schemes) + f" | {recall:.3f} | {p100:.2f} | {ap:.3f} |")

    for method in dict.fromkeys(peer["method"] for peer in peers):
        mine = [peer for peer in peers if peer["method"] == method]
        row(method, lambda s, mine=mine: mean(p["schemes"][s] for p in mine), mean(p["recall"] for p in mine),
            mean(p["p100"] for p in mine), mean(p["ap"] for p in mine))
    row("**the scorer**", lambda s: mean(r["scheme"][s] for r in results), mean(r["recall"] for r in results),
        mean(r["p100"] for r in results), mean(r["ap"] for r in results))
    strengths = ", ".join(f"{name} {mean(r['strength'][name] for r in results):.2f}" for name in ("weak", "middle", "strong"))
    print(f"\nRecall by strength: {strengths}. Leads with q <= .10 in a world: {mean(r['sure'] for r in results):.0f}.\n")


def best_of(peers, method):
    return max(mean(peer["recall"] for peer in peers if peer["method"] == f"{method}, {table}") for table in DIRECTED)


def measured(results, peers, shares, small):
    recall = mean(result["recall"] for result in results)
    found = {
        "recall at a budget of 2 %": recall,
        "precision of the first 100": mean(result["p100"] for result in results),
        "detected with a manipulated feature among three reasons":
            sum(r["explained"] for r in results) / max(1, sum(r["found"] for r in results)),
        "false share of q <= .10": sum(r["false"] for r in results) / max(1, sum(r["sure"] for r in results)),
        "null worlds: share of q <= .10": mean(shares),
        "null worlds: share of small providers among leads": small,
    }
    if peers:
        found["recall, times kNN"] = recall / best_of(peers, "kNN")
        found["recall, times isolation forest"] = recall / best_of(peers, "isolation forest")
    return found


def print_bars(found, short):
    """True when none is missed."""
    good = True
    print("| what | measured | bar | |\n|---|---|---|---|")
    for name, bars in BARS.items():
        bar = bars[1] if short else bars[0]
        if bar is None:
            continue
        low, high = bar
        passed = name in found and (low is None or found[name] >= low) and (high is None or found[name] <= high)
        words = " to ".join(str(limit) for limit in bar if limit is not None)
        words = ("at least " if high is None else "at most " if low is None else "") + words
        print(f"| {name} | {found.get(name, float('nan')):.4f} | {words} | {'holds' if passed else 'MISSED'} |")
        good = good and passed
    return good


def main():
    parser = argparse.ArgumentParser(description="judges the scorer by worlds with and without schemes")
    parser.add_argument("--worlds", required=True, help="the program score-worlds")
    parser.add_argument("--entities", required=True, help="the program score-entities")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--seeds", type=int, help="worlds with schemes (5; 1)")
    parser.add_argument("--nulls", type=int, help="worlds without (40; 1)")
    parser.add_argument("--work", help="a folder to keep the worlds in")
    parser.add_argument("--peers-python", default="/usr/bin/python3")
    options = parser.parse_args()
    options.seeds = options.seeds or (1 if options.short else 5)
    options.nulls = options.nulls or (1 if options.short else 40)
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or temporary
        results, peers = run_worlds(options, work)
        shares, small = run_nulls(options, work)
    print_table(results, peers)
    return 0 if print_bars(measured(results, peers, shares, small), options.short) else 1


if __name__ == "__main__":
    sys.exit(main())
