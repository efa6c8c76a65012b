#!/usr/bin/env python3
"""Runs the command line as a user would and compares what it says, byte by byte, with what was recorded.

A case is a folder with a file `cmd`: shell lines, run in a fresh folder into which the other files of the case were
copied, with $CLAIMAUDIT (the program) and $SOURCE (the repository). Two functions spare words: `give NAME...` copies
from tests/golden/input, `ca ...` runs the program and shows the command, what it said and how it ended. `stdout`, `stderr` and `exit` hold what is
expected; one that is absent stands for nothing said, and 0. `sql` holds queries on claimaudit.db, `sql.expected` what
they give. --update records all of these anew: look at the difference before you believe it.
"""

import argparse
import concurrent.futures
import difflib
import fnmatch
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
EXPECTED = ("stdout", "stderr", "exit", "sql.expected")
OURS = ("cmd", "sql", "todo")
PRELUDE = """
give() { for name; do cp -r "$SOURCE/tests/golden/input/$name" . || exit; done; }
ca() { echo "\\$ claimaudit $*"; "$CLAIMAUDIT" "$@" 2>&1; status=$?; echo "[exit $status]"; return $status; }
"""
LEFTOVERS = ("*.tmp", "*.work*", "*-journal")
SECONDS = 120


class Case:
    """One folder, run once."""

    def __init__(self, folder, program, source):
        self.folder = folder
        self.name = os.path.basename(folder)
        self.program = program
        self.source = source

    def path(self, name):
        return os.path.join(self.folder, name)

    def todo(self):
        """Why it may still fail, or nothing."""
        if not os.path.exists(self.path("todo")):
            return ""
        with open(self.path("todo"), encoding="utf-8") as file:
            return " # TODO " + " ".join(file.read().split())

    def expected(self):
        texts = {}
        for name in EXPECTED:
            text = ""
            if os.path.exists(self.path(name)):
                with open(self.path(name), encoding="utf-8") as file:
                    text = file.read()
            texts[name] = text
        texts["exit"] = texts["exit"].strip() or "0"
        return texts

    def record(self, actual):
        for name in EXPECTED:
            if actual[name] and not (name == "exit" and actual[name] == "0"):
                with open(self.path(name), "w", encoding="utf-8") as file:
                    file.write(actual[name] + ("\n" if name == "exit" else ""))
            elif os.path.exists(self.path(name)):
                os.remove(self.path(name))

    def run(self):
        """What the case does now: texts by name."""
        with tempfile.TemporaryDirectory(prefix="golden-") as outer:
            scratch = os.path.join(os.path.realpath(outer), "dir")
            shutil.copytree(self.folder, scratch, ignore=lambda _, names: [n for n in names if n in EXPECTED + OURS])
            with open(self.path("cmd"), encoding="utf-8") as file:
                script = PRELUDE + file.read()
            done = subprocess.run(["sh", "-c", script], cwd=scratch, env=self.environment(scratch), check=False,
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS)
            actual = {"stdout": self.plain(done.stdout, scratch), "stderr": self.plain(done.stderr, scratch),
                      "exit": str(done.returncode), "sql.expected": ""}
            if os.path.exists(self.path("sql")):
                actual["sql.expected"] = self.plain(self.query(scratch).encode(), scratch)
            left = [name for _, folders, names in os.walk(scratch) for name in folders + names
                    if any(fnmatch.fnmatch(name, pattern) for pattern in LEFTOVERS)]
            actual["left behind"] = " ".join(sorted(left))
        return actual

    def environment(self, scratch):
        kept = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "LLVM_PROFILE_FILE", "GCOV_PREFIX")
        env = {name: os.environ[name] for name in kept if name in os.environ}
        return env | {"CLAIMAUDIT_CONFIG": "",    # none, whatever lies in /etc
                      "CLAIMAUDIT": self.program, "SOURCE": self.source, "HOME": scratch, "TZ": "UTC", "LC_ALL": "C"}

    def plain(self, output, scratch):
        """Without what differs between machines and nights."""
        text = output.decode("utf-8", errors="backslashreplace")
        text = text.replace(scratch, "@DIR@").replace(self.source, "@SOURCE@")
        text = re.sub(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", "@TIME@", text)
        text = re.sub(r"\bin \d+\.\d+ s\b", "in @TIME@", text)
        text = re.sub(r"\.[0-9a-f]{16}\.(evidence|model)\b", r".@HASH@.\1", text)    # other rules or fields, another name
        return re.sub(r"\b[0-9a-f]{64}\b", "@SHA256@", text)

    def query(self, scratch):
        with open(self.path("sql"), encoding="utf-8") as file:
            queries = [query.strip() for query in re.split(r";\s*\n", file.read()) if query.strip(" \n;")]
        out = []
        try:
            base = sqlite3.connect(f"file:{os.path.join(scratch, 'claimaudit.db')}?mode=ro", uri=True)
        except sqlite3.Error as error:
            return f"error: {error}"
        try:
            for query in queries:
                found = base.execute(query)
                out.append("|".join(column[0] for column in found.description))
                out += ["|".join("NULL" if cell is None else str(cell) for cell in row) for row in found]
                out.append("")
        except sqlite3.Error as error:
            out.append(f"error: {error}")
        finally:
            base.close()
        return "\n".join(out)


def compare(expected, actual):
    """Lines that say what is wrong; none when nothing is."""
    wrong = []
    for name in EXPECTED:
        if expected[name] != actual[name]:
            wrong += difflib.unified_diff(expected[name].splitlines(), actual[name].splitlines(),
                                          f"expected {name}", f"actual {name}", lineterm="", n=2)
    if actual["left behind"]:
        wrong.append("left behind: " + actual["left behind"])
    return wrong


def run_case(case, update):
    try:
        actual = case.run()
    except subprocess.TimeoutExpired:
        return [f"did not end within {SECONDS} s"]
    if update and not case.todo():
        case.record(actual)
    return compare(case.expected(), actual)


def wrapper(program, prefix, folder):
    """EXEC_PREFIX goes before the program, wherever a case calls it."""
    if not prefix:
        return program
    path = os.path.join(folder, "claimaudit")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'#!/bin/sh\nexec {prefix} {shlex.quote(program)} "$@"\n')
    os.chmod(path, 0o755)
    return path


def run_all(root, program, source, chosen=(), update=False, prefix="", jobs=2, out=sys.stdout):
    """Prints TAP; gives the names of the cases that failed."""
    names = sorted(name for name in os.listdir(root) if os.path.exists(os.path.join(root, name, "cmd")))
    unknown = set(chosen) - set(names)
    if unknown:
        print(f"Bail out! there is no case {' '.join(sorted(unknown))}", file=out)
        return sorted(unknown)
    names = [name for name in names if not chosen or name in chosen]
    failed = []
    print(f"1..{len(names)}", file=out, flush=True)
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        program = wrapper(os.path.abspath(program), prefix, folder)
        cases = [Case(os.path.join(root, name), program, source) for name in names]
        for number, (case, wrong) in enumerate(zip(cases, pool.map(lambda case: run_case(case, update), cases)), 1):
            print(f"{'not ok' if wrong else 'ok'} {number} - {case.name}{case.todo()}", file=out, flush=True)
            for line in wrong:
                print(f"# {line}", file=out)
            if bool(wrong) != bool(case.todo()):
                failed.append(case.name)
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--source", default=os.path.join(HERE, "../.."))
    parser.add_argument("--cases", default=HERE, help="the folder of the cases")
    parser.add_argument("--update", action="store_true", help="record what the program says now")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("case", nargs="*", help="only these")
    options = parser.parse_args()
    failed = run_all(options.cases, options.program, os.path.realpath(options.source), options.case, options.update,
                     os.environ.get("EXEC_PREFIX", ""), options.jobs)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
