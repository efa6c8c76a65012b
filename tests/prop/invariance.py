#!/usr/bin/env python3
"""Findings of all kinds of rules, whatever the machine and the delivery: the ordered export is the same bytes.

Swept are threads, memory, keys larger than memory, buckets, the order of the files, and cuts of the rows into files. The ordered export holds no
run, file, row, offset or time. CA_SWEEP=full sweeps more of each over more worlds. Prints TAP.
"""

import argparse
import collections
import csv
import hashlib
import os
import random
import re
import sqlite3
import subprocess
import sys
import tempfile

import worlds

JOBS = ("1", "2", "3", "8")
MEMORY = ("FLOOR", "64M", "256M", "1G", "4G")             # FLOOR: the least that the program does not refuse
BUCKETS = ("1", "2", "16", "64", "256", "1024")
MORE_BUCKETS = ("4", "8", "32", "128", "512")
CUTS = (2, 3, 7)
MORE_CUTS = (11, 40)
GROUP_BYTES = ("1", "2000", "20000")                      # what is judged at a time: keys with more lines take another way
MORE_GROUP_BYTES = ("500", "8000", "60000")

EXPORT = """
SELECT finding_key, {findings} FROM v_findings_all JOIN (SELECT finding_id AS id, evidence FROM finding) ON id = finding_id
       ORDER BY finding_key, outcome;
SELECT f.finding_key, {lines} FROM v_finding_lines l JOIN v_findings_all f USING(finding_id)
       ORDER BY f.finding_key, f.outcome, l.claim_id, l.line_no, l.role;
SELECT {stats} FROM v_rule_stats ORDER BY rule_id;
SELECT {runs} FROM v_runs;
"""
# Columns that say how and when the lines were delivered, by view.
DELIVERY = {"v_findings_all": {"finding_id", "finding_key", "run_id", "first_run_id", "evidence"},
            "v_finding_lines": {"finding_id", "file", "row", "byte_offset"}, "v_rule_stats": {"run_id", "ns_per_line"},
            "v_runs": {"run_id", "started", "finished", "evidence_file", "version", "profile", "rows_read", "rows_accepted",
                       "rows_rejected", "rows_skipped"}}


def columns(base, view, table):
    return ", ".join(f'{table}"{row[1]}"' for row in base.execute(f"PRAGMA table_info({view})") if row[1] not in DELIVERY[view])


def ordered_export(path):
    """All that is found, as lines of text."""
    with sqlite3.connect(path) as base:
        queries = EXPORT.format(findings=columns(base, "v_findings_all", "") + ", evidence",
                                lines=columns(base, "v_finding_lines", "l."), stats=columns(base, "v_rule_stats", ""),
                                runs=columns(base, "v_runs", ""))
        return [text for query in queries.split(";")[:-1] for text in sorted(repr(row) for row in base.execute(query))]


class Sweep:
    """A world on disk, scanned again and again."""

    def __init__(self, program, folder, seed, size):
        self.program, self.folder, self.count = program, os.path.join(folder, str(seed)), 0
        self.rng = random.Random(seed)
        self.case = worlds.Case(seed, program.kinds, program, size=size)
        self.case.write(self.folder, program)
        self.claims = [file for file in self.case.files if file[0].startswith("claims")]
        self.facts = [name for name, _, _ in self.case.files if not name.startswith("claims")]
        self.names, self.rows = self.claims[0][1], [row for _, _, rows in self.claims for row in rows]

    def scan(self, files, *words):
        """(exit status, ordered export or what the program said)."""
        self.count += 1
        path = os.path.join(self.folder, f"{self.count}.db")
        command = [self.program.path, "scan", "--quiet", "--only-rules", "--rules", "rules", "--profile", "world.yaml", "--db", path,
                   "--max-rejects", "100%"]
        command += ["--data-through", self.case.through.isoformat()]
        done = subprocess.run([*command, *words, *files], capture_output=True, text=True, cwd=self.folder, check=False)
        try:
            return done.returncode, ordered_export(path) if done.returncode == 0 else done.stderr.splitlines()
        finally:
            for name in os.listdir(self.folder):
                if name.startswith(f"{self.count}.db"):
                    os.remove(os.path.join(self.folder, name))

    def plain(self, *words):
        return self.scan([name for name, _, _ in self.claims] + self.facts, *words)

    def floor(self):
        """The least memory that is not refused, from the figure that the refusal names."""
        code, said = self.plain("--memory", "1")
        needed = re.findall(r"\b(\d+(?:\.\d+)?) ?([KMG])\w*\b", " ".join(said)) if code else []
        return f"{int(float(needed[-1][0]) + 0.999)}{needed[-1][1]}" if needed else "1" if code == 0 else "16M"

    def cut(self, parts):
        """The rows shuffled, and cut into files at random places."""
        rows = list(self.rows)
        self.rng.shuffle(rows)
        places = sorted(self.rng.sample(range(1, len(rows)), parts - 1))
        files = []
        for number, (first, past) in enumerate(zip([0, *places], [*places, len(rows)]), 1):
            name = f"cut-{parts}-{number}.csv"
            with open(os.path.join(self.folder, name), "w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([self.names, *rows[first:past]])
            files.append(name)
        files += self.facts
        self.rng.shuffle(files)
        return files


def settings(sweep, full):
    """(name, function that scans) of everything that must give the same bytes."""
    for jobs in JOBS:
        yield f"{jobs} jobs", lambda jobs=jobs: sweep.plain("--jobs", jobs)
    for memory in MEMORY:
        size = sweep.floor() if memory == "FLOOR" else memory
        yield f"memory {memory}", lambda size=size: sweep.plain("--memory", size)
        yield f"memory {memory}, 3 jobs", lambda size=size: sweep.plain("--memory", size, "--jobs", "3")
    for buckets in BUCKETS + (MORE_BUCKETS if full else ()):
        yield f"{buckets} buckets", lambda buckets=buckets: with_buckets(sweep, buckets, "--jobs", "2")
    for size in GROUP_BYTES + (MORE_GROUP_BYTES if full else ()):
        yield f"keys above {size} bytes apart", lambda size=size: sweep.plain("--group-bytes", size, "--jobs", "2")
    yield "keys above 3000 bytes apart, 1 bucket", lambda: with_buckets(sweep, "1", "--group-bytes", "3000")
    yield "little of everything", lambda: with_buckets(sweep, "2", "--memory", sweep.floor(), "--batch-rows", "3", "--jobs", "2",
                                                     "--group-bytes", "4000")
    yield "files last first", lambda: sweep.scan([*reversed(sweep.facts), *(name for name, _, _ in reversed(sweep.claims))])
    for parts in CUTS + (MORE_CUTS if full else ()):
        yield f"rows in {parts} files", lambda parts=parts: sweep.scan(sweep.cut(parts))
        yield f"rows in {parts} files, 2 jobs, 1 bucket", lambda parts=parts: with_buckets(sweep, "1", "--jobs", "2", files=sweep.cut(parts))


def with_buckets(sweep, buckets, *words, files=None):
    words = ["--buckets", buckets, *words]
    return sweep.scan(files, *words) if files else sweep.plain(*words)


def difference(expected, found):
    known, seen = collections.Counter(expected), collections.Counter(found)
    missing, extra = list((known - seen).elements()), list((seen - known).elements())
    yield f"{len(missing)} rows missing, {len(extra)} too many, {len(expected)} expected"
    yield from (f"- {row[:400]}" for row in missing[:3])
    yield from (f"+ {row[:400]}" for row in extra[:3])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--source", required=True)
    options = parser.parse_args()
    program = worlds.Program(os.path.abspath(options.program), os.path.abspath(options.source))
    full = os.environ.get("CA_SWEEP") == "full"
    number, failed = 0, 0
    with tempfile.TemporaryDirectory(prefix="invariance-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        for seed, size in [(901, 400)] + ([(902, 200), (903, 3000), (907, 3000)] if full else []):
            sweep = Sweep(program, folder, seed, size)
            code, expected = sweep.plain()
            digest = hashlib.sha256("\n".join(expected).encode()).hexdigest()[:12]
            hits = sum("'hit'" in row for row in expected)
            number += 1
            failed += code != 0 or hits < 20
            print(f"{'ok' if code == 0 and hits >= 20 else 'not ok'} {number} - world {seed}: {hits} findings, {digest}")
            for name, scan in settings(sweep, full):
                code, found = scan()
                number += 1
                same = code == 0 and found == expected
                failed += not same
                print(f"{'ok' if same else 'not ok'} {number} - world {seed}: {name}", flush=True)
                for line in [] if same else [f"ended with {code}", *found] if code else difference(expected, found):
                    print(f"# {line}")
    print(f"1..{number}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
