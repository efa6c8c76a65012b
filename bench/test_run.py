#!/usr/bin/env python3
"""Tests of run.py with a stand-in for the program: what it is called with, and what ends how.

usage: test_run.py GENERATE LIBCSV_COUNT
"""
import os
import subprocess
import sys
import tempfile
import unittest

RUN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "run.py")
PROGRAMS = []
STAND_IN = """#!%s
import os, sys
with open(os.path.join(os.path.dirname(__file__), "calls"), "a") as calls:
    rules = sorted(os.listdir(sys.argv[sys.argv.index("--rules") + 1]))
    calls.write(" ".join([os.path.basename(word) for word in sys.argv[1:]] + rules) + "\\n")
assert not os.path.exists(sys.argv[sys.argv.index("--db") + 1])
%s
"""


class Run(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = temporary.name
        os.makedirs(os.path.join(self.folder, "rules", "core"))
        for name, text in {"A.yaml": "rule: A\nkind: line\n", "B.yaml": "rule: B\nkind: claim\n",
                           "C.yaml": "rule: C\nkind: pair\n", "sets.yaml": "sets:\n  kind: pair\n",
                           "codes.csv": "code\nI10\n"}.items():
            with open(os.path.join(self.folder, "rules", "core", name), "w", encoding="utf-8") as file:
                file.write(text)

    def bench(self, body, *options, **environment):
        program = os.path.join(self.folder, "stand-in")
        with open(program, "w", encoding="utf-8") as file:
            file.write(STAND_IN % (sys.executable, body))
        os.chmod(program, 0o700)
        command = [sys.executable, RUN, "--generate", PROGRAMS[0], "--count", PROGRAMS[1], "--claimaudit",
                   program, "--rules", os.path.join(self.folder, "rules"), *options]
        settings = {"BENCH_LINES": "2000", "BENCH_RUNS": "2", "BENCH_WORK": os.path.join(self.folder, "work"),
                    "BENCH_FULL": "0", "BENCH_SCAN_ARGS": "", **environment}
        return subprocess.run(command, check=False, capture_output=True, text=True,
                              env={**os.environ, **settings})

    def test_calls_and_limits(self):
        result = self.bench("", BENCH_SCAN_ARGS="--memory 1G")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("above the limit: line rules take", result.stdout)
        self.assertIn("beyond them", result.stdout)
        with open(os.path.join(self.folder, "calls"), encoding="utf-8") as file:
            calls = file.read().splitlines()
        scan = "scan --profile generic --db report.db claims.csv patients.csv providers.csv --only-rules --rules "
        days = "core --data-from 2023-01-01 --data-through 2024-12-31 --jobs 1 --memory 1G "
        line = scan + days + "A.yaml codes.csv sets.yaml"
        both = scan + days + "A.yaml B.yaml codes.csv sets.yaml"
        every = both.replace("B.yaml", "B.yaml C.yaml")
        self.assertEqual(calls, [line, both, every] * 2 + [both] * 3)
        self.assertEqual(len(os.listdir(os.path.join(self.folder, "work"))), 1)

    def test_gate(self):
        self.assertEqual(self.bench("", "--gate").returncode, 1)

    def test_too_much_memory(self):
        body = "big = b'x' * (150 << 20) if open(sys.argv[6]).read().count('\\n') > 1000 else b''"
        result = self.bench(body)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("above the limit: 2,000 lines take", result.stdout)

    def test_memory_of_the_fact_tables_is_free(self):
        body = "big = b'x' * (150 << 20) if open(sys.argv[7]).read().count('\\n') > 300 else b''"
        result = self.bench(body)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("above the limit: 2,000 lines take", result.stdout)

    def test_a_failing_scan(self):
        result = self.bench("sys.exit('claims.csv: no such layout')", "--gate")
        self.assertEqual(result.returncode, 2)
        self.assertIn("ended with 1: claims.csv: no such layout", result.stderr)

    def test_no_rules(self):
        os.remove(os.path.join(self.folder, "rules", "core", "A.yaml"))
        result = self.bench("")
        self.assertEqual(result.returncode, 2)
        self.assertIn("no rules of kind line", result.stderr)


if __name__ == "__main__":
    PROGRAMS = [os.path.abspath(path) for path in sys.argv[1:3]]
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
