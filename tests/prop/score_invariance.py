#!/usr/bin/env python3
"""Scores of all kinds, whatever the machine and the delivery: the ordered export is the same bytes.

A world of the generator is scanned twice: the first scan fits a model, and another world of the same generator is scored by it, with its
claim lines. Swept are threads, memory, buckets, sizes of batches and reads, the order of the files, and cuts of the rows into files.
CA_SWEEP=full sweeps more of each over larger worlds. Prints TAP.
"""

import argparse
import collections
import csv
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

# Columns that say how and when the lines were delivered, by view; of models the file's name carries the digest.
DELIVERY = {"v_findings_all": {"finding_id", "run_id"}, "v_finding_lines": {"finding_id", "file", "row", "byte_offset"},
            "v_rule_stats": {"run_id", "ns_per_line"}, "v_entity_scores": {"run_id", "finding_id"},
            "v_entity_reasons": {"run_id", "finding_id"}, "v_entity_features": {"run_id", "finding_id"}, "v_models": {"made"},
            "v_runs": {"run_id", "started", "finished", "evidence_file", "version", "profile", "rows_read", "rows_accepted",
                       "rows_rejected", "rows_skipped"}}
NOT_SWEPT = {"v_models": {"file"}}    # begins with the report's name

# Name, lines, and of a full sweep; what all its scans say besides: the profile of the second is made of a sample.
WORLDS = (("plain", 4000, 40000, []), ("rings", 40000, 120000, ["--profile-lines", "5000"]))
SETTINGS = (("1 job", ["--jobs", "1"]), ("2 jobs", ["--jobs", "2"]), ("3 jobs", ["--jobs", "3"]), ("8 jobs", ["--jobs", "8"]),
            ("least memory", ["--memory", "FLOOR"]), ("least memory, 3 jobs", ["--memory", "FLOOR", "--jobs", "3"]),
            ("memory 4G", ["--memory", "4G"]), ("1 bucket", ["--buckets", "1", "--jobs", "2"]),
            ("batches of 3 rows", ["--batch-rows", "3", "--jobs", "2"]), ("reads of 7 bytes", ["--read-size", "7"]))
MORE_SETTINGS = (("memory 64M", ["--memory", "64M"]), ("memory 256M, 8 jobs", ["--memory", "256M", "--jobs", "8"]),
                 ("16 buckets", ["--buckets", "16", "--jobs", "3"]), ("1024 buckets", ["--buckets", "1024"]),
                 ("batches of 1 row", ["--batch-rows", "1", "--jobs", "3"]), ("batches of 65", ["--batch-rows", "65"]),
                 ("batches of 65536", ["--batch-rows", "65536", "--jobs", "2"]), ("reads of 1 byte", ["--read-size", "1"]))
CUTS = (2, 5)
MORE_CUTS = (3, 11, 40)
FLOOR = re.compile(r"\b(\d+(?:\.\d+)?) ?([KMG])\w*\b")


def ordered_export(path):
    """All that is found, as lines of text."""
    found = []
    with sqlite3.connect(path) as base:
        for view, left_out in DELIVERY.items():
            columns = [row[1] for row in base.execute(f"PRAGMA table_info({view})")]
            columns = [name for name in columns if name not in left_out | NOT_SWEPT.get(view, set())]
            names = ", ".join(f'"{name}"' for name in columns)
            found += sorted(f"{view} {row!r}" for row in base.execute(f"SELECT {names} FROM {view}"))
    return found


def add_billing(claims, _, providers):
    """Rows of billing providers that the generator left out of the file of providers: many that are not found end a scan."""
    with open(claims, newline="", encoding="utf-8") as file:
        billing = {row["billing_provider_id"] for row in csv.DictReader(file)}
    with open(providers, newline="", encoding="utf-8") as file:
        names, *rows = csv.reader(file)
    missing = sorted(billing - {row[names.index("provider_id")] for row in rows})
    more = [[{"provider_id": name, "specialty": "70"}.get(column, "") for column in names] for name in missing]
    with open(providers, "a", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(more)


class World:
    """Two nights of one world on disk, scanned again and again."""

    def __init__(self, options, folder, name, lines, words):
        self.words, self.program, self.profile, self.folder, self.count = words, options.program, options.profile, os.path.join(folder, name), 0
        self.rng, self.nights, self.least = random.Random(name), [], {}
        for seed in ("1", "2"):
            night = os.path.join(self.folder, seed)
            os.makedirs(night)
            world = ["--world", name] if name != "plain" else []
            subprocess.run([options.generate, *world, "--out", night, "--lines", str(lines), "--seed", seed], check=True)
            self.nights.append([os.path.join(night, file) for file in ("claims.csv", "patients.csv", "providers.csv")])
            add_billing(*self.nights[-1])

    def report(self):
        self.count += 1
        return os.path.join(self.folder, f"{self.count}.db")

    def scan(self, report, files, words):
        command = [self.program, "scan", "--quiet", "--profile", self.profile, "--db", report, "--data-through", "2024-12-31"]
        return subprocess.run([*command, *self.words, *words, *files], capture_output=True, text=True, check=False)

    def remove(self, report):
        for name in os.listdir(self.folder):
            if name.startswith(os.path.basename(report)):
                os.remove(os.path.join(self.folder, name))

    def first(self):
        """A report in which the first night has been scanned, with its model."""
        path = os.path.join(self.folder, "first.db")
        done = self.scan(path, self.nights[0], [])
        assert done.returncode == 0, done.stderr
        return path

    def found(self, night, files, words):
        """(exit status, what is found, or what the program said)."""
        report = self.report()
        if night == 1:
            shutil.copy(os.path.join(self.folder, "first.db"), report)
        words = [self.floor(night) if word == "FLOOR" else word for word in words]
        done = self.scan(report, files, words)
        try:
            return done.returncode, ordered_export(report) if done.returncode == 0 else done.stderr.splitlines()
        finally:
            self.remove(report)

    def floor(self, night):
        """The least memory that is not refused, from the figure that the refusal names."""
        if night not in self.least:
            self.least[night] = "1"
            code, said = self.found(night, self.nights[night], ["--memory", "1"])
            needed = FLOOR.findall(" ".join(said)) if code else []
            if needed:
                self.least[night] = f"{int(float(needed[-1][0]) + 0.999)}{needed[-1][1]}"
        return self.least[night]

    def cut(self, night, parts):
        """The rows shuffled, and cut into files at random places."""
        with open(self.nights[night][0], newline="", encoding="utf-8") as file:
            names, *rows = csv.reader(file)
        self.rng.shuffle(rows)
        places = sorted(self.rng.sample(range(1, len(rows)), parts - 1))
        files = self.nights[night][1:]
        for number, (first, past) in enumerate(zip([0, *places], [*places, len(rows)]), 1):
            path = os.path.join(self.folder, f"cut-{parts}-{number}.csv")
            with open(path, "w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([names, *rows[first:past]])
            files.append(path)
        self.rng.shuffle(files)
        return files


def sweep(world, night, full):
    """(name, files, words) of everything that must give the same bytes."""
    plain = world.nights[night]
    for name, words in SETTINGS + (MORE_SETTINGS if full else ()):
        yield name, plain, words
    yield "files last first", plain[::-1], []
    for parts in CUTS + (MORE_CUTS if full else ()):
        yield f"rows in {parts} files", world.cut(night, parts), ["--jobs", "1"]
        yield f"rows in {parts} files, 3 jobs, least memory", world.cut(night, parts), ["--jobs", "3", "--memory", "FLOOR"]


def difference(expected, found):
    known, seen = collections.Counter(expected), collections.Counter(found)
    missing, extra = list((known - seen).elements()), list((seen - known).elements())
    yield f"{len(missing)} rows missing, {len(extra)} too many, {len(expected)} expected"
    yield from (f"- {row[:500]}" for row in missing[:4])
    yield from (f"+ {row[:500]}" for row in extra[:4])


def holds(found, name, night):
    """That the world has something to tell: of each kind of views some rows, of rings pairs, and of a second night lines, too."""
    text = "\n".join(found)
    wanted = ["v_entity_scores", "v_entity_reasons", "v_entity_features", "v_models", "'statistical'"]
    wanted += (["'PAIR-PROVIDER'"] if name == "rings" else []) + (["'line'"] if night else [])
    return [f"nothing of {word}" for word in wanted if word not in text]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--generate", required=True)
    parser.add_argument("--profile", default="generic")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    options.program, options.generate = os.path.abspath(options.program), os.path.abspath(options.generate)
    full = os.environ.get("CA_SWEEP") == "full"
    number, failed = 0, 0

    def tell(name, problems):
        nonlocal number, failed
        number += 1
        failed += bool(problems)
        print(f"{'not ok' if problems else 'ok'} {number} - {name}", flush=True)
        for problem in problems:
            print(f"# {problem}", flush=True)

    with tempfile.TemporaryDirectory(prefix="scores-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        for name, lines, more, words in WORLDS:
            if options.only not in name:
                continue
            world = World(options, folder, name, more if full else lines, words)
            world.first()
            for night in (0, 1):
                code, expected = world.found(night, world.nights[night], [])
                tell(f"{name}, night {night + 1}: {len(expected)} rows", expected if code else holds(expected, name, night))
                for what, files, words in sweep(world, night, full):
                    code, found = world.found(night, files, words)
                    same = code == 0 and found == expected
                    tell(f"{name}, night {night + 1}: {what}",
                         [] if same else [f"ended with {code}", *found] if code else list(difference(expected, found)))
    print(f"1..{number}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
