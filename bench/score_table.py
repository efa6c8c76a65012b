#!/usr/bin/env python3
"""Runs score-table over a folder of labelled tables and prints what docs/scoring.md shows: a row a table, means over the seeds,
and the mean of all tables.

usage: score_table.py --program build/bench/score-table --data FOLDER [--seeds 5] [--only NAME,NAME] [--gate]

--gate ends with 1 when the mean AUROC is below .775, the mean AUPRC below .485, or a table was not scored.
"""
import argparse
import glob
import os
import re
import statistics
import subprocess
import sys

AUROC = 0.775
AUPRC = 0.485
LINE = re.compile(r"^(\S+) rows=(\d+) columns=(\d+) .*anomalies=(\d+) AUROC=([\d.]+) AUPRC=([\d.]+) P@n=([\d.]+)$")


class Trouble(Exception):
    """A table that was not scored."""


def score(program, path, seed):
    """(rows, columns, anomalies), (AUROC, AUPRC, precision@n)"""
    done = subprocess.run([program, path, "--label", "label", "--seed", str(seed)], capture_output=True, text=True, check=False)
    match = LINE.match(done.stdout.strip())
    if done.returncode != 0 or match is None:
        raise Trouble(f"{os.path.basename(path)}: ended with {done.returncode}: {(done.stdout + done.stderr).strip()}")
    return tuple(map(int, match.group(2, 3, 4))), tuple(map(float, match.group(5, 6, 7)))


def tables_of(folder, only):
    paths = sorted(glob.glob(os.path.join(folder, "*.csv")), key=lambda path: os.path.basename(path).lower())
    names = [os.path.basename(path).removesuffix(".csv") for path in paths]
    wanted = only.split(",") if only else names
    missing = set(wanted) - set(names)
    if missing or not wanted:
        raise Trouble(f"{folder} has no table {', '.join(sorted(missing)) or 'at all'}")
    return [(name, path) for name, path in zip(names, paths) if name in wanted]


def measure(program, folder, seeds, only=""):
    """[(name, (rows, columns, anomalies), (AUROC, AUPRC, precision@n))], means over the seeds 1 to `seeds`"""
    found = []
    for name, path in tables_of(folder, only):
        runs = [score(program, path, seed) for seed in range(1, seeds + 1)]
        found.append((name, runs[0][0], tuple(statistics.mean(run[1][i] for run in runs) for i in range(3))))
    return found


def means(found):
    return tuple(statistics.mean(figures[i] for _, _, figures in found) for i in range(3))


def figures_text(figures):
    return " | ".join(f"{figure:.3f}".removeprefix("0") for figure in figures)


def main():
    parser = argparse.ArgumentParser(description="the generic ensemble over a folder of labelled tables")
    parser.add_argument("--program", required=True, type=os.path.abspath)
    parser.add_argument("--data", required=True, type=os.path.abspath)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", default="", help="names of tables, with commas")
    parser.add_argument("--gate", action="store_true")
    options = parser.parse_args()
    try:
        found = measure(options.program, options.data, options.seeds, options.only)
    except Trouble as trouble:
        print(f"score_table.py: {trouble}", file=sys.stderr)
        return 1
    print("| table | rows | columns | anomalies | AUROC | AUPRC | P@n |\n|---|---|---|---|---|---|---|")
    for name, (rows, columns, anomalies), figures in found:
        print(f"| {name} | {rows} | {columns} | {anomalies} | {figures_text(figures)} |")
    mean = means(found)
    print(f"| mean of {len(found)} | | | | {figures_text(mean)} |")
    if options.gate and (mean[0] < AUROC or mean[1] < AUPRC):
        print(f"score_table.py: AUROC {mean[0]:.4f} (at least {AUROC}), AUPRC {mean[1]:.4f} (at least {AUPRC})", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
