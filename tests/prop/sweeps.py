#!/usr/bin/env python3
"""The real program over data/sample, read and packed in many ways: the findings must be the same.

Nothing that is an accident of delivery may show: the size of reads and batches, gzip, zstd and standard input, the
order and the cutting of files, the order of their rows. CA_SWEEP=full tries more of each. Prints TAP.
"""

import argparse
import csv
import gzip
import os
import random
import shutil
import sqlite3
import subprocess
import tempfile

SEED = 20240506
NAMES = ("claims", "patients", "providers")

READ_SIZES = [1, 2, 3, 7, 64, 4096, 262144]
BATCH_ROWS = [1, 2, 17, 64, 4096]
MORE_READ_SIZES = [5, 13, 63, 65, 127, 1000, 4095, 4097, 65536, 1048576]
MORE_BATCH_ROWS = [3, 4, 63, 65, 100, 1000, 65536]

# Ordered by the findings' own keys: numbers of findings and runs are no part of the result.
EXPORT = """
SELECT finding_key, rule_id, rule_version, outcome, reason, exposure, exposure_text, subject_id, patient_id, service_date,
       message FROM v_findings_all ORDER BY finding_key, outcome;
SELECT f.finding_key, l.role, l.claim_id, l.line_no, l.exposure
       FROM v_finding_lines l JOIN v_findings_all f USING(finding_id) ORDER BY 1, 2, 3, 4;
SELECT rule_id, offered, hit, excused, unknown, not_applicable, pass, findings, stored, unknown_field
       FROM v_rule_stats ORDER BY rule_id;
SELECT "row", byte_offset, "column", reason FROM v_rejects ORDER BY file, "row";
SELECT lines, lines_dropped, claims, patients, providers, findings FROM v_runs;
"""

# Mistakes of senders: each takes a row without its line end and gives bytes.
BROKEN = [
    lambda row, rng: row[:row.rindex(b",")],                                    # a cell too few
    lambda row, rng: row + b",more",                                            # and too many
    lambda row, rng: b'"' + row,                                                # a quote that nobody closes
    lambda row, rng: insert(row, rng, b'"'),                                    # one anywhere
    lambda row, rng: insert(row, rng, b"\xff"),                                 # no UTF-8
    lambda row, rng: insert(row, rng, b"\x00"),
    lambda row, rng: insert(row, rng, b"\r"),                                   # a line end in the middle
    lambda row, rng: insert(row, rng, b"\n"),
    lambda row, rng: b"\r\n\n" + row + b"\r",                                   # blank lines, CRLF
    lambda row, rng: b",".join([b""] + row.split(b",")[1:]),                     # no claim id
    lambda row, rng: row.replace(b",", b",\"two\nlines \xe5\xa5\xb3\",", 1),      # a good quoted cell, and a cell too many
    lambda row, rng: b",".join([b'"' + cell + b'"' for cell in row.split(b",")]),   # all quoted: nothing wrong
    lambda row, rng: row + b" " * 70000,                                        # over 64 KiB
    lambda row, rng: b'"' + b"\n" * 70 + b'"' + row,                             # over 64 lines
]


def insert(row, rng, text):
    at = rng.randrange(len(row))
    return row[:at] + text + row[at:]


class Sweep:
    """The program, its input, and what it found the plain way."""

    def __init__(self, program, sample, folder):
        self.program = program
        self.folder = folder
        self.sample = sample
        self.count = 0
        self.files = {name: os.path.join(sample, name + ".csv") for name in NAMES}

    def path(self, name):
        return os.path.join(self.folder, name)

    def scan(self, inputs, *options, stdin=None):
        """What a scan of these inputs into a new report finds."""
        self.count += 1
        report = self.path(f"{self.count}.db")
        command = [self.program, "scan", "--quiet", "--db", report, "--profile", "generic", "--rules",
                   os.path.join(self.sample, "site"), *options, *inputs]
        with open(stdin or os.devnull, "rb") as given:
            done = subprocess.run(command, stdin=given, capture_output=True, text=True, check=False)
        if done.returncode:
            return [f"ended with {done.returncode}: {done.stderr.strip()}"]
        base = sqlite3.connect(report)
        found = [row for query in EXPORT.split(";")[:-1] for row in base.execute(query)]
        base.close()
        for name in os.listdir(self.folder):
            if name.startswith(f"{self.count}.db"):
                os.remove(self.path(name))
        return found

    def plain(self, *options):
        return self.scan(self.files.values(), *options)

    # --- other deliveries of the same rows ---

    def packed(self, name, how):
        target = self.path(f"{name}.{how}")
        with open(self.files[name], "rb") as file:
            content = file.read()
        if how == "gz":
            with gzip.open(target, "wb") as out:
                out.write(content)
        elif how == "gz-members":
            half = len(content) // 2
            with open(target, "wb") as out:
                out.write(gzip.compress(content[:half]) + gzip.compress(content[half:]))
        else:
            subprocess.run(["zstd", "-q", "-f", self.files[name], "-o", target], check=True)
        return target

    def rows(self, name):
        with open(self.files[name], encoding="utf-8", newline="") as file:
            return file.read().splitlines(keepends=True)

    def write(self, name, lines):
        with open(self.path(name), "w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
        return self.path(name)

    def split(self, name, parts):
        header, *rows = self.rows(name)
        cuts = [len(rows) * part // parts for part in range(parts + 1)]
        return [self.write(f"{name}-{parts}-{part}.csv", [header] + rows[cuts[part]:cuts[part + 1]])
                for part in range(parts)]

    def shuffled(self, name, seed):
        header, *rows = self.rows(name)
        random.Random(seed).shuffle(rows)
        return self.write(f"{name}-shuffled-{seed}.csv", [header] + rows)

    def columns_shuffled(self, name, seed):
        with open(self.files[name], encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        order = list(range(len(rows[0])))
        random.Random(seed).shuffle(order)
        path = self.path(f"{name}-columns-{seed}.csv")
        with open(path, "w", encoding="utf-8", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows([row[i] for i in order] for row in rows)
        return path

    def broken(self, seed):
        """The claims with every 25th row broken in one of these ways, in turn."""
        rng = random.Random(seed)
        with open(self.files["claims"], "rb") as file:
            header, *rows = file.read().splitlines()
        for turn, at in enumerate(range(rng.randrange(25), len(rows), 25)):
            rows[at] = BROKEN[turn % len(BROKEN)](rows[at], rng)
        path = self.path(f"broken-{seed}.csv")
        with open(path, "wb") as file:
            file.write(b"\n".join([header] + rows))
        return path

    def changed(self):
        """One payment of the claims made larger than its charge; of a claim that no other rule has found."""
        with open(os.path.join(self.sample, "labels.csv"), encoding="utf-8") as file:
            labels = file.read()
        with open(self.files["claims"], encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        row = next(row for row in rows if float(row["paid"] or 0) < float(row["charge"] or 0)
                   and row["claim_id"] not in labels)
        row["paid"] = str(float(row["charge"]) + 1)
        path = self.path("changed.csv")
        with open(path, "w", encoding="utf-8", newline="") as file:
            out = csv.DictWriter(file, rows[0])
            out.writeheader()
            out.writerows(rows)
        return path

    def repeated(self, name, seed):
        """Some rows a second time, byte for byte: they are dropped, and the findings stay."""
        header, *rows = self.rows(name)
        again = random.Random(seed).sample(rows, len(rows) // 10)
        return self.write(f"{name}-again-{seed}.csv", [header] + again)


def deliveries(sweep, full):
    """(name, function of no arguments that scans) of everything that must give the same."""
    claims, patients, providers = sweep.files.values()
    for size in READ_SIZES + (MORE_READ_SIZES if full else []):
        yield f"read size {size}", lambda size=size: sweep.plain("--read-size", str(size))
    for rows in BATCH_ROWS + (MORE_BATCH_ROWS if full else []):
        yield f"batches of {rows}", lambda rows=rows: sweep.plain("--batch-rows", str(rows))
    yield "smallest reads and batches", lambda: sweep.plain("--read-size", "1", "--batch-rows", "1")
    for how in ("gz", "gz-members", "zst"):
        yield how, lambda how=how: sweep.scan([sweep.packed(name, how) for name in NAMES])
        yield f"{how}, read size 3", lambda how=how: sweep.scan([sweep.packed(name, how) for name in NAMES],
                                                                "--read-size", "3")
    for name in NAMES:
        others = [sweep.files[other] for other in NAMES if other != name]
        yield f"{name} by standard input", lambda name=name, others=others: sweep.scan(["-", *others],
                                                                                     stdin=sweep.files[name])
    yield "gz by standard input, read size 7", lambda: sweep.scan(["-", patients, providers], "--read-size", "7",
                                                                stdin=sweep.packed("claims", "gz"))
    yield "facts last to first", lambda: sweep.scan([providers, claims, patients])
    yield "from a folder", lambda: sweep.scan([folder_of(sweep)])
    for parts in [3] + ([2, 7, 50] if full else []):
        yield f"claims in {parts} files", lambda parts=parts: sweep.scan(sweep.split("claims", parts) + [patients, providers])
        yield f"claims in {parts} files, last first", lambda parts=parts: sweep.scan(
            [patients, *reversed(sweep.split("claims", parts)), providers], "--batch-rows", "64")
    yield "everything in 3 files", lambda: sweep.scan([part for name in NAMES for part in sweep.split(name, 3)])
    for seed in range(SEED, SEED + (20 if full else 3)):
        yield f"rows shuffled, seed {seed}", lambda seed=seed: sweep.scan([sweep.shuffled(name, seed) for name in NAMES])
        yield f"columns shuffled and quoted, seed {seed}", lambda seed=seed: sweep.scan(
            [sweep.columns_shuffled(name, seed) for name in NAMES])
    yield "little memory for temporary data", lambda: sweep.plain("--memory", "64M")


def deliveries_of_broken(sweep, path, full):
    facts = [sweep.files["patients"], sweep.files["providers"]]
    some = ["--max-rejects", "100%"]
    for size in READ_SIZES + (MORE_READ_SIZES if full else []):
        yield f"read size {size}", lambda size=size: sweep.scan([path, *facts], *some, "--read-size", str(size))
    for rows in (1, 17) if not full else BATCH_ROWS + MORE_BATCH_ROWS:
        yield f"batches of {rows}", lambda rows=rows: sweep.scan([path, *facts], *some, "--batch-rows", str(rows))
    sweep.files["broken"] = path
    for how in ("gz", "zst"):
        packed = sweep.packed("broken", how)
        yield how, lambda packed=packed: sweep.scan([packed, *facts], *some)
        yield f"{how} by standard input, read size 2", lambda packed=packed: sweep.scan(
            ["-", *facts], *some, "--read-size", "2", stdin=packed)
    del sweep.files["broken"]


def folder_of(sweep):
    folder = sweep.path("folder")
    os.makedirs(folder, exist_ok=True)
    for name in NAMES:
        shutil.copy(sweep.files[name], folder)
    return folder


def without_counts(found):
    """The findings alone: repeated rows change what is counted as dropped, nothing else."""
    return found[:-1]


def difference(expected, found):
    missing = [row for row in expected if row not in found]
    extra = [row for row in found if row not in expected]
    yield f"{len(missing)} rows missing, {len(extra)} too many, {len(expected)} expected"
    yield from (f"- {row}" for row in missing[:5])
    yield from (f"+ {row}" for row in extra[:5])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--sample", required=True)
    options = parser.parse_args()
    full = os.environ.get("CA_SWEEP") == "full"
    number = 0
    failed = 0

    def report(name, problems):
        nonlocal number, failed
        number += 1
        failed += bool(problems)
        print(f"{'not ok' if problems else 'ok'} {number} - {name}", flush=True)
        for problem in problems:
            print(f"# {problem}")

    with tempfile.TemporaryDirectory(prefix="sweeps-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        sweep = Sweep(os.path.abspath(options.program), options.sample, folder)
        plain = sweep.plain()
        hits = [row for row in plain if "hit" in row]
        report("the sample has findings", [] if len(hits) > 20 else [f"only {len(hits)}: {plain[:1]}"])
        for name, scan in deliveries(sweep, full):
            found = scan()
            report(name, [] if found == plain else list(difference(plain, found)))
        for seed in range(SEED, SEED + (10 if full else 2)):
            found = sweep.scan([*sweep.files.values(), sweep.repeated("claims", seed)])
            same = without_counts(found) == without_counts(plain)
            dropped = len(sweep.rows("claims")) // 10 + plain[-1][1]
            problems = [] if same else list(difference(without_counts(plain), without_counts(found)))
            if same and found[-1][1] != dropped:
                problems = [f"{found[-1][1]} lines dropped, {dropped} were repeated or superseded"]
            report(f"rows repeated, seed {seed}", problems)
        for seed in range(SEED, SEED + (10 if full else 2)):
            path = sweep.broken(seed)
            whole = sweep.scan([path, sweep.files["patients"], sweep.files["providers"]], "--max-rejects", "100%")
            rejects = sum(len(row) == 4 and isinstance(row[0], int) for row in whole)
            report(f"broken rows, seed {seed}", [] if rejects > 50 else [f"only {rejects} rejects: {whole[:1]}"])
            for name, scan in deliveries_of_broken(sweep, path, full):
                found = scan()
                report(f"broken rows, seed {seed}, {name}", [] if found == whole else list(difference(whole, found)))
        found = sweep.scan([sweep.changed(), sweep.files["patients"], sweep.files["providers"]])
        new = [row for row in found if row not in plain and "hit" in row
               and not row[1].startswith(("SCORE-", "PAIR-", "RING"))]    # others may be unlike their peers then
        report("a changed payment is seen", [] if [row[1] for row in new] == ["CORE-0105"] else
               [f"{len(new)} new findings, one by CORE-0105 expected"])
    print(f"1..{number}")
    raise SystemExit(1 if failed else 0)


main()
