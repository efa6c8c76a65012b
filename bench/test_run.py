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
report = sys.argv[sys.argv.index("--db") + 1]
later = os.path.exists(report)
open(report, "a").close()
assert not later or "--no-score" not in sys.argv    # nothing to do, then
def work(seconds):
    while sum(os.times()[:2]) < seconds: pass
def tell(largest):    # as --timings does, a second and a half each phase
    print("phase  CPU s  wall s", *["%%s  1.500  1.250" %% name for name in
          ("setup", "facts", "stream", "settle", "judge", "publish")], "total  9.000  7.500",
          "largest thread  %%s   of 2" %% largest, "peak memory  64.0 MiB", sep="\\n", file=sys.stderr)
two = sys.argv[sys.argv.index("--jobs") + 1] == "2"
%s
"""
SAYS = "tell('5.580' if two else '9.000')"


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
        result = self.bench(SAYS, BENCH_SCAN_ARGS="--memory 1G")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("above the limit: line rules take", result.stdout)
        self.assertIn("beyond them", result.stdout)
        with open(os.path.join(self.folder, "calls"), encoding="utf-8") as file:
            calls = file.read().splitlines()
        scan = "scan --profile generic --db report.db claims.csv patients.csv providers.csv --only-rules --rules "
        days = "core --data-from 2023-01-01 --data-through 2024-12-31 --jobs 1 --no-score --memory 1G "
        timed = days.replace("--memory", "--timings --memory")
        line = scan + timed + "A.yaml codes.csv sets.yaml"
        both = scan + timed + "A.yaml B.yaml codes.csv sets.yaml"
        every = both.replace("B.yaml", "B.yaml C.yaml")
        weighed = scan + days + "A.yaml B.yaml codes.csv sets.yaml"
        self.assertEqual(calls, [line, both, every, every.replace("--jobs 1", "--jobs 2")] * 2 + [weighed] * 3)
        self.assertEqual(len(os.listdir(os.path.join(self.folder, "work"))), 1)

    def test_gate(self):
        self.assertEqual(self.bench(SAYS, "--gate").returncode, 1)

    def test_phases_and_threads(self):
        result = self.bench(SAYS)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"(?m)^  settle +1\.500 +750000  16\.7% +1\.500 +1\.250$")
        self.assertRegex(result.stdout, r"(?m)^  total +9\.000 +4500000 100\.0% +9\.000 +7\.500$")
        self.assertIn("two takes 0.62 of the CPU time of one alone, at most 0.62", result.stdout)
        self.assertNotIn("above the limit: with two threads", result.stdout)
        result = self.bench(SAYS.replace("5.580", "5.590"))
        self.assertIn("above the limit: with two threads the one that works most takes 0.62", result.stdout)

    def test_a_scan_without_timings(self):
        result = self.bench("")
        self.assertEqual(result.returncode, 2)
        self.assertIn("--timings did not tell: setup, facts", result.stderr)

    def test_too_much_memory(self):
        body = "big = b'x' * (150 << 20) if open(sys.argv[6]).read().count('\\n') > 1000 else b''"
        result = self.bench(body + "\n" + SAYS)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("above the limit: 2,000 lines take", result.stdout)

    def test_memory_of_the_fact_tables_is_free(self):
        body = "big = b'x' * (150 << 20) if open(sys.argv[7]).read().count('\\n') > 300 else b''"
        result = self.bench(body + "\n" + SAYS)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("above the limit: 2,000 lines take", result.stdout)

    def test_scores_are_measured_in_turn(self):
        result = self.bench("", "--scores", "--gate", BENCH_SCAN_ARGS="--max-scores 5")
        with open(os.path.join(self.folder, "calls"), encoding="utf-8") as file:
            calls = file.read().splitlines()
        scan = "scan --profile generic --db report.db claims.csv patients.csv providers.csv --only-rules --rules core " \
               "--data-from 2023-01-01 --data-through 2024-12-31 --jobs 1 --memory 256M %s--max-scores 5 " \
               "A.yaml B.yaml C.yaml codes.csv sets.yaml"
        self.assertEqual(calls, [scan % words for words in ("--no-score ", "--no-networks ", "", "--max-findings 99999 ")] * 2)
        self.assertRegex(result.stdout, r"(?m)^libcsv only +\d+\.\d{3} s CPU .* peak +\d+\.\d MB$")
        self.assertRegex(result.stdout, r"(?m)^no scores +\d+\.\d{3} s CPU .* peak +\d+\.\d MB$")
        for name, limit in (("no networks", "1.0"), ("first night", "1.6"), ("later night", "1.6")):
            self.assertRegex(result.stdout, rf"(?m)^{name} .* adds -?\d+\.\d{{3}} s, -?\d+\.\d\d times libcsv, at most {limit}$")

    def slow_yardstick(self):
        """Takes long enough beside the start of a stand-in."""
        path = os.path.join(self.folder, "yardstick")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"#!{sys.executable}\nimport os\nwhile sum(os.times()[:2]) < 0.3: pass\nprint('2001 rows in all')\n")
        os.chmod(path, 0o700)
        return "--count", path

    def test_scores_that_cost_too_much(self):
        for condition, name in (("'--no-networks' in sys.argv", "no networks"), ("later", "later night"),
                                ("not later and '--no' not in ' '.join(sys.argv)", "first night")):
            result = self.bench(f"work(0.9 if {condition} else 0)", "--scores", "--gate", *self.slow_yardstick(),
                                BENCH_RUNS="1")
            self.assertEqual(result.returncode, 1, result.stderr)
            self.assertEqual(result.stdout.count("above the limit"), 1, result.stdout)
            self.assertIn(f"above the limit: {name}: scores add", result.stdout)

    def test_scores_that_hold_too_much(self):
        result = self.bench("big = b'x' * (320 << 20) if later else b''", "--scores", BENCH_RUNS="1")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"above the limit: later night: the peak is 3\d\d\.\d MB, 304 MB are allowed")
        self.assertNotIn("first night: the peak", result.stdout)

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
