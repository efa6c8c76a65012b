#!/usr/bin/env python3
"""What scans with scores take of the machine: never more above --memory than docs/operations.md allows, with one thread and with two,
on a first night and on one that is measured against the first one's model. Where scores are given up, the alarm names a --memory with
which they are made, and the rules' findings are those of a scan without scores.

CA_SWEEP=full takes 1,000,000 lines. Prints TAP.
"""
import argparse
import os
import re
import sqlite3
import subprocess
import sys
import tempfile

BEYOND = 48                            # MB: the program, its stacks, SQLite, and what the system's allocator keeps
LINES, MORE_LINES = 150_000, 1_000_000
MEMORY = ("52M", "64M", "128M", "1G")
NIGHTS = {"first night": (), "later night": ("--max-findings", "99999")}    # the very same run would have nothing to publish
NAMED = re.compile(r"give --memory (\d+)M or more")
FINDINGS = "SELECT rule_id, finding_key, outcome, message FROM v_findings_all WHERE grade <> 'statistical' ORDER BY 1, 2, 3, 4"


class Scan:
    """One run of the program, and what it took."""

    def __init__(self, options, inputs, db, memory, *more):
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen([options.program, "scan", "--profile", "generic", "--db", db, "--memory", memory, *more,
                                        "--data-from", "2023-01-01", "--data-through", "2024-12-31", *inputs],
                                       stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            self.said = said.read().decode(errors="replace")
        self.rc, self.megabytes = process.returncode, usage.ru_maxrss * 1024 / 1e6
        named = NAMED.search(self.said)
        self.named = named and named.group(1) + "M"
        self.made = self.rc == 0 and "no scores were made" not in self.said


class Tap:
    def __init__(self):
        self.count, self.failed = 0, 0

    def check(self, good, name, why):
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}", flush=True)
        if not good:
            print("\n".join("# " + line for line in why.splitlines()), flush=True)


def bytes_of(memory):
    return int(memory[:-1]) << {"M": 20, "G": 30}[memory[-1]]


def findings(db):
    with sqlite3.connect(db) as base:
        return base.execute(FINDINGS).fetchall()


def nights(options, tap, folder, inputs, memory, jobs, plain):
    """Two nights in one report. What the second finds, replaces what the first found."""
    name = f"--memory {memory}, --jobs {jobs}"
    db = os.path.join(folder, f"{memory}-{jobs}.db")
    for night, words in NIGHTS.items():
        scan = Scan(options, inputs, db, memory, "--jobs", jobs, *words)
        most = bytes_of(memory) / 1e6 + BEYOND
        tap.check(scan.megabytes <= most, f"{name}, {night}: {scan.megabytes:.0f} MB, at most {most:.0f}", scan.said)
        tap.check("Nothing to do" not in scan.said, f"{name}, {night}: a run of its own", scan.said)
        tap.check(scan.made or (scan.rc == 7 and scan.named), f"{name}, {night}: scores, or an alarm that names a figure", scan.said)
        if night == "first night":
            tap.check(scan.rc in (0, 7) and findings(db) == plain, f"{name}: the findings of rules are whole", scan.said)
        if not scan.made and scan.named:
            again = Scan(options, inputs, db, scan.named, "--jobs", jobs, *words)
            tap.check(again.made, f"{name}, {night}: {scan.named} is enough", again.said)


def is_sanitized(program):
    with open(program, "rb") as file:
        text = file.read()
    return b"__asan_init" in text or b"__tsan_init" in text


def main():
    parser = argparse.ArgumentParser(description="peaks of memory of scans with scores")
    parser.add_argument("--program", required=True)
    parser.add_argument("--generate", required=True)
    options = parser.parse_args()
    if is_sanitized(options.program):
        print("1..0 # SKIP a sanitizer takes memory of its own")
        return 0
    tap = Tap()
    lines = MORE_LINES if os.environ.get("CA_SWEEP") == "full" else LINES
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([options.generate, "--lines", str(lines), "--seed", "3", "--out", folder], check=True)
        inputs = [os.path.join(folder, name) for name in ("claims.csv", "patients.csv", "providers.csv")]
        refused = Scan(options, inputs, os.path.join(folder, "none.db"), "1M")
        tap.check(refused.rc == 2 and refused.named and "and scores" in refused.said, "too little is refused", refused.said)
        without = Scan(options, inputs, os.path.join(folder, "plain.db"), "1G", "--no-score")
        tap.check(without.rc == 0, "rules alone", without.said)
        plain = findings(os.path.join(folder, "plain.db"))
        for memory in MEMORY if lines > LINES else (refused.named, *MEMORY):
            for jobs in ("1", "2"):
                nights(options, tap, folder, inputs, memory, jobs, plain)
    print(f"1..{tap.count}")
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
