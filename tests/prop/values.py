#!/usr/bin/env python3
"""What entities measure, whatever the machine and the delivery: the same bytes.

Swept are threads, memory, buckets, the size of batches, the order of the rows and their cuts into files, over data/sample and over a
world of the generator's with many peers. CA_SWEEP=full sweeps more. Prints TAP.
"""

import argparse
import csv
import hashlib
import os
import random
import subprocess
import sys
import tempfile

JOBS = ("2", "3", "8")
MEMORY = ("64M", "100M", "4G")
BUCKETS = ("1", "4", "1024")
BATCHES = ("1", "63", "1000")
CUTS = (2, 5)
MORE_CUTS = (3, 11, 40)


class World:
    """Files of claims and facts, scanned again and again."""

    def __init__(self, options, folder, claims, facts):
        self.program, self.source, self.folder, self.count = options.program, options.source, folder, 0
        self.claims, self.facts = claims, facts
        with open(claims, newline="", encoding="utf-8") as file:
            self.header, *self.rows = list(csv.reader(file))

    def values(self, files, *words):
        """The table of values; on failure what the program said."""
        self.count += 1
        base = os.path.join(self.folder, str(self.count))
        command = [self.program, "scan", "--quiet", "--profile", os.path.join(self.source, "data", "profiles", "generic.yaml"),
                   "--only-rules", "--rules", os.path.join(self.source, "rules", "core"), "--rules",
                   os.path.join(self.source, "rules", "us"), "--data-through", "2024-12-31", "--db", f"{base}.db", "--max-rejects", "100%",
                   "--values", f"{base}.csv"]
        done = subprocess.run([*command, *words, *files, *self.facts], capture_output=True, check=False)
        try:
            if done.returncode not in (0, 7):
                return done.stderr + done.stdout
            with open(f"{base}.csv", "rb") as file:
                return file.read()
        finally:
            for name in os.listdir(self.folder):
                if name.startswith(f"{self.count}."):
                    os.remove(os.path.join(self.folder, name))

    def cut(self, parts, rng):
        """The rows in any order, cut into files at random places."""
        rows = list(self.rows)
        rng.shuffle(rows)
        places = sorted(rng.sample(range(1, len(rows)), parts - 1))
        files = []
        for number, (first, past) in enumerate(zip([0, *places], [*places, len(rows)])):
            files.append(os.path.join(self.folder, f"cut-{parts}-{number}.csv"))
            with open(files[-1], "w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([self.header, *rows[first:past]])
        rng.shuffle(files)
        return files


def settings(world, full, rng):
    """(name, table) of everything that must be the same bytes."""
    for jobs in JOBS:
        yield f"{jobs} jobs", world.values([world.claims], "--jobs", jobs)
    for memory in MEMORY:
        yield f"memory {memory}", world.values([world.claims], "--jobs", "2", "--memory", memory)
    for buckets in BUCKETS:
        yield f"{buckets} buckets", world.values([world.claims], "--jobs", "2", "--buckets", buckets)
    for rows in BATCHES:
        yield f"batches of {rows} rows", world.values([world.claims], "--jobs", "1", "--batch-rows", rows)
    for parts in CUTS + (MORE_CUTS if full else ()):
        yield f"{parts} files in any order", world.values(world.cut(parts, rng), "--jobs", "3")


def worlds(options, folder):
    sample = os.path.join(options.source, "data", "sample")
    yield "sample", World(options, folder, os.path.join(sample, "claims.csv"),
                          [os.path.join(sample, "patients.csv"), os.path.join(sample, "providers.csv")])
    made = os.path.join(folder, "world")
    os.mkdir(made)
    subprocess.run([options.generate, "--lines", "20000", "--seed", "7", "--out", made], check=True)
    yield "generated", World(options, folder, os.path.join(made, "claims.csv"),
                             [os.path.join(made, "patients.csv"), os.path.join(made, "providers.csv")])


def main():
    parser = argparse.ArgumentParser()
    for name in ("program", "generate", "source"):
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    full = os.environ.get("CA_SWEEP") == "full"
    number = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, world in worlds(options, folder):
            rng = random.Random(20240506)
            wanted = world.values([world.claims], "--jobs", "1")
            number += 1
            good = wanted.startswith(b"entity,id,") and wanted.count(b"\n") > 1000
            failed += not good
            print(f"{'ok' if good else 'not ok'} {number} - {name}: {wanted.count(b'%c' % 10)} rows")
            for what, table in settings(world, full, rng):
                number += 1
                same = table == wanted
                failed += not same
                print(f"{'ok' if same else 'not ok'} {number} - {name}: {what}")
                if not same:
                    print(f"# {hashlib.sha256(table).hexdigest()[:12]}: {table[:200]!r}")
    print(f"1..{number}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
