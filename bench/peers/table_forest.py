#!/usr/bin/env python3
"""What score-table costs beside scikit-learn's isolation forest of 100 trees, both with one thread, on the same made-up table.
Of scikit-learn only fit and score count, of score-table all that it does, reading the file included.

usage: /usr/bin/python3 table_forest.py --program build/bench/score-table [--rows 1000000] [--columns 16] [--rounds 1] [--gate]

Needs numpy and scikit-learn (Debian: python3-sklearn); ends with 77 and a line that says so where they are absent. --gate ends
with 1 when the ratio is above 1/2 or memory above 64 MB.
"""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):    # before numpy reads them
    os.environ[name] = "1"

RATIO = 0.5
MEMORY_MB = 64
SKIPPED = 77


def make_table(numpy, rows, columns):
    """Correlated columns with a tail; 2 % of the rows are 2.5 times as far from the middle."""
    random = numpy.random.default_rng(1)
    table = random.normal(size=(rows, columns)) @ random.normal(size=(columns, columns)) * .5
    table += random.exponential(size=(rows, columns))
    labels = random.random(rows) < .02
    table[labels] *= 2.5
    return table, labels


def write_table(numpy, path, table, labels):
    columns = table.shape[1]
    with open(path, "w", encoding="utf-8") as file:
        file.write(",".join(f"c{i}" for i in range(columns)) + ",label\n")
        numpy.savetxt(file, numpy.column_stack([table, labels]), fmt=["%.6g"] * columns + ["%d"], delimiter=",")


def forest_seconds(forest, table):
    start = time.process_time()
    forest(n_estimators=100, random_state=1).fit(table).score_samples(table)
    return time.process_time() - start


# In a process of its own: what a program is said to need at most includes what its parent held when it was started.
WATCH = """import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:])
_, status, usage = os.wait4(process.pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)"""


def program_usage(program, path):
    """CPU seconds, megabytes, what it said"""
    done = subprocess.run([sys.executable, "-c", WATCH, program, path], stdout=subprocess.PIPE, text=True, check=True)
    said, watched = done.stdout.strip().rsplit("\n", 1)
    status, seconds, megabytes = watched.split()
    if status != "0":
        sys.exit(f"table_forest.py: {program} ended with {status}")
    return float(seconds), float(megabytes), said


def main():
    parser = argparse.ArgumentParser(description="score-table beside scikit-learn's isolation forest")
    parser.add_argument("--program", required=True, type=os.path.abspath)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--gate", action="store_true")
    options = parser.parse_args()
    try:
        import numpy
        from sklearn.ensemble import IsolationForest
    except ImportError:
        print("table_forest.py: skipped, scikit-learn is absent (Debian: apt-get install python3-sklearn, /usr/bin/python3)")
        return SKIPPED
    table, labels = make_table(numpy, options.rows, options.columns)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "table.csv")
        write_table(numpy, path, table, labels)
        peers, own, memory = [], [], 0
        for _ in range(options.rounds):
            peers.append(forest_seconds(IsolationForest, table))
            seconds, megabytes, said = program_usage(options.program, path)
            own.append(seconds)
            memory = max(memory, megabytes)
    ratio = statistics.median(own) / statistics.median(peers)
    print(said)
    print(f"{options.rows} rows, {options.columns} columns: score-table {statistics.median(own):.2f} s and {memory:.0f} MB,"
          f" scikit-learn's IsolationForest {statistics.median(peers):.2f} s: ratio {ratio:.3f}")
    return 1 if options.gate and (ratio > RATIO or memory > MEMORY_MB) else 0


if __name__ == "__main__":
    sys.exit(main())
