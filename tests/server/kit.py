"""What the tests of this folder share: folders, the program, and results in TAP."""

import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import traceback

SECONDS = 120


class Skip(Exception):
    """What a test needs is not here."""


class World:
    """A fresh folder with the sample, in which the program runs."""

    def __init__(self, options):
        self.program = os.path.abspath(options.program)
        self.generate = os.path.abspath(options.generate)
        self.sample = os.path.join(os.path.abspath(options.source), "data", "sample")
        self.source = os.path.abspath(options.source)
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="claimaudit-server-"))

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def command(self, *words, inputs=None, db="claims.db"):
        rules = [] if "--only-rules" in words else ["--rules", os.path.join(self.sample, "site")]
        inputs = self.inputs() if inputs is None else inputs
        return [self.program, "scan", "--profile", "generic", *rules, "--db", self.path(db), *words, *inputs]

    def inputs(self):
        return [os.path.join(self.sample, name) for name in ("claims.csv", "patients.csv", "providers.csv")]

    def run(self, words, **options):
        if words[0] == "strace":    # the leak sanitizer cannot work beside it
            options["env"] = os.environ | {"ASAN_OPTIONS": "detect_leaks=0"}
        options = {"capture_output": True, "text": True, "cwd": self.folder, "timeout": SECONDS} | options
        if options.get("input") is None and "stdin" not in options:
            options["stdin"] = subprocess.DEVNULL
        return subprocess.run(words, check=False, **options)

    def scan(self, *words, inputs=None, db="claims.db", **options):
        return self.run(self.command(*words, inputs=inputs, db=db), **options)

    def make(self, lines, seed=1):
        """Generated claims in a folder; the names of its files."""
        folder = self.path("made")
        os.makedirs(folder, exist_ok=True)
        subprocess.run([self.generate, "--out", folder, "--lines", str(lines), "--seed", str(seed)], check=True,
                       capture_output=True)
        return [os.path.join(folder, name) for name in ("claims.csv", "patients.csv", "providers.csv")]

    def names(self):
        return sorted(os.listdir(self.folder))


def rows(path):
    """Everything in a report but the times of day, as text."""
    base = sqlite3.connect(f"file:{path}?mode=rw", uri=True)
    try:
        tables = base.execute("SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
                              " AND name <> 'sqlite_schema' ORDER BY name")
        out = []
        for table, no_rowid in tables.fetchall():
            names = [column[1] for column in base.execute(f"PRAGMA table_info({table})")
                     if column[1] not in ("started", "finished", "made")]
            order = "" if no_rowid else " ORDER BY rowid"    # else they are in the order of their key
            out += [f"{table}|{row!r}" for row in base.execute(f"SELECT {', '.join(names)} FROM {table}{order}")]
        return "\n".join(out)
    finally:
        base.close()


def differ(actual, expected):
    """Both, from the first line in which they are not the same."""
    one, two = str(actual).splitlines(), str(expected).splitlines()
    same = next((i for i, lines in enumerate(zip(one, two)) if lines[0] != lines[1]), min(len(one), len(two)))
    return " is not ".join(repr("\n".join(lines[same:])[:400]) for lines in (one, two))


def equal(actual, expected, what=""):
    if actual != expected:
        raise AssertionError(f"{what}: {differ(actual, expected)}")


def holds(text, part):
    if part not in text:
        raise AssertionError(f"{part!r} is not in {text[:600]!r}")


def main(tests):
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--generate", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--full", action="store_true", help="longer runs")
    parser.add_argument("test", nargs="*", help="only these")
    options = parser.parse_args()
    tests = [test for test in tests if not options.test or test.__name__ in options.test]
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for number, test in enumerate(tests, 1):
        world = World(options)
        world.full = options.full
        try:
            test(world)
            print(f"ok {number} - {test.__name__}", flush=True)
        except Skip as reason:
            print(f"ok {number} - {test.__name__} # SKIP {reason}", flush=True)
        except Exception:    # pylint: disable=broad-except
            failed += 1
            print(f"not ok {number} - {test.__name__}")
            print("".join("# " + line + "\n" for line in traceback.format_exc().splitlines()[-12:]), end="", flush=True)
        finally:
            world.close()
    sys.exit(1 if failed else 0)
