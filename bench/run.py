#!/usr/bin/env python3
"""The benchmark scan-ratio: CPU time of a scan against a libcsv-only pass over the same file, by phase and with two threads, and
peak memory. With --scores the benchmark score-cost: what scores add to a scan with all rules.

Wall time of a shared machine says little, so both programs run in turn (A B A B ...) and the medians of
their CPU seconds are compared. README.md has the conditions. Environment: BENCH_LINES (1000000),
BENCH_RUNS (5), BENCH_FULL=1 (memory and CPU time for 10 M lines too), BENCH_WORK (folder of the generated files),
BENCH_SCAN_ARGS (more options for every scan).
"""
import argparse
import hashlib
import os
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile

import timings

RATIO_LINE = 2.0        # scan with line rules, against libcsv only
RATIO_CLAIM = 2.5       # scan with line and claim rules
RATIO_ALL = 3.0         # scan with all rules, also those that bring lines together
THREADS = 0.62          # CPU time of the thread that works most of two, against one thread alone, all rules
GROWTH = 11.0           # CPU time of 10 M lines against 1 M, all rules
MEMORY_MB = 64          # beyond the fact tables
LINES = 1_000_000
FULL_LINES = 10_000_000
FEW_LINES = 100
EVERY_KIND = None
KINDS = {"line": {"line"}, "line and claim": {"line", "claim"}, "all": EVERY_KIND}
LIMITS = {"line": RATIO_LINE, "line and claim": RATIO_CLAIM, "all": RATIO_ALL}
BUDGET = "256M"         # all rules, 10 M lines: what --memory says, and what the peak may be
BUDGET_MB = 304
DB = "report.db"
RULES_ONLY = ("--no-score",)
LIBCSV, NO_SCORES, NO_NETWORKS, FIRST, LATER = "libcsv only", "no scores", "no networks", "first night", "later night"
SCORED = {NO_SCORES: RULES_ONLY, NO_NETWORKS: ("--no-networks",), FIRST: ()}
ANOTHER = ("--max-findings", "99999")    # the very same run would be in the report already, and nothing would be published
# What scores add to a scan with all rules, against libcsv only, on 10 M lines.
COSTS = {NO_NETWORKS: 1.0, FIRST: 1.6, LATER: 1.6}


class Trouble(Exception):
    """A program or a file is not as it should be."""


class Used:
    """What one run of a program took."""

    def __init__(self, usage, output, errors):
        self.seconds = usage.ru_utime + usage.ru_stime
        self.megabytes = usage.ru_maxrss / 1024
        self.output = output
        self.errors = errors


def run(command):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=errors)
        except OSError as error:
            raise Trouble(f"{command[0]}: {error.strerror}") from error
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        said = errors.read().decode(errors="replace")
        if process.returncode != 0:
            words = said.strip() or "no message"
            raise Trouble(f"{shlex.join(command)}\n  ended with {process.returncode}: {words}")
        return Used(usage, out.read().decode(errors="replace"), said)


def work_folder(options):
    folder = os.environ.get("BENCH_WORK") or os.path.join(os.path.dirname(options.generate), "work")
    os.makedirs(folder, exist_ok=True)
    return folder


def generated(options, lines):
    """The folder with so many lines, made once for this very generator."""
    with open(options.generate, "rb") as program:
        digest = hashlib.sha256(program.read()).hexdigest()[:12]
    folder = os.path.join(work_folder(options), f"{lines}-{digest}")
    if not os.path.isdir(folder):
        half = folder + ".new"
        shutil.rmtree(half, ignore_errors=True)
        os.makedirs(half)
        run([options.generate, "--lines", str(lines), "--seed", "1", "--out", half])
        os.rename(half, folder)
    return folder


def few(folder, target):
    """The first lines of the claims, with the facts that belong to them, to see the memory of the tables."""
    os.makedirs(target)
    wanted = set()
    with open(os.path.join(folder, "claims.csv"), encoding="utf-8") as source, \
            open(os.path.join(target, "claims.csv"), "w", encoding="utf-8") as copy:
        for _, line in zip(range(FEW_LINES + 1), source):
            copy.write(line)
            wanted.update(line.rstrip("\n").split(","))
    for name in ("patients.csv", "providers.csv"):
        with open(os.path.join(folder, name), encoding="utf-8") as source, \
                open(os.path.join(target, name), "w", encoding="utf-8") as copy:
            copy.write(next(source))
            copy.writelines(line for line in source if line.split(",", 1)[0] in wanted)
    return target


def rules_of_kinds(source, target, kinds):
    """A copy of the rule packs with the rules of these kinds; sets and tables stay where they were. The lock names rules
    that are left out, so it stays behind."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("rules.lock"))
    kept = 0
    for folder, _, names in os.walk(target):
        for name in names:
            path = os.path.join(folder, name)
            if not name.endswith((".yaml", ".yml")):
                continue
            with open(path, encoding="utf-8") as file:
                text = file.read()
            kind = re.search(r"^kind:\s*(\w+)", text, re.MULTILINE)
            if kind is None or not re.search(r"^rule:", text, re.MULTILINE):
                continue
            if kinds is EVERY_KIND or kind.group(1) in kinds:
                kept += 1
            else:
                os.remove(path)
    if kept == 0:
        raise Trouble(f"{source}: no rules of kind {' or '.join(sorted(kinds or ['any']))}")
    return target


def packs(rules):
    """Each pack is a folder with its sets.yaml, and named by an option of its own."""
    names = sorted(name for name in os.listdir(rules) if os.path.isdir(os.path.join(rules, name)))
    return [word for name in names for word in ("--rules", os.path.join(rules, name))]


def scan_into(options, folder, claims, facts, rules, *more, jobs=1):
    """One scan into the report in this folder."""
    return run([options.claimaudit, "scan", "--profile", options.profile, "--db", os.path.join(folder, DB),
                os.path.join(claims, "claims.csv"), os.path.join(facts, "patients.csv"),
                os.path.join(facts, "providers.csv"), "--only-rules", *packs(rules),
                "--data-from", "2023-01-01", "--data-through", "2024-12-31", "--jobs", str(jobs),
                *more, *shlex.split(os.environ.get("BENCH_SCAN_ARGS", ""))])


def scan(options, claims, facts, rules, *more, jobs=1):
    """One scan into a report of its own; the same report twice would be nothing to do. Its limits are those of rules: no scores."""
    with tempfile.TemporaryDirectory(dir=work_folder(options)) as folder:
        return scan_into(options, folder, claims, facts, rules, *RULES_ONLY, *more, jobs=jobs)


def timings_of(used):
    try:
        return timings.Timings(used.errors)
    except ValueError as error:
        raise Trouble(str(error)) from error


def yardstick(options, folder, lines):
    used = run([options.count, os.path.join(folder, "claims.csv")])
    if not used.output.startswith(f"{lines + 1} rows "):
        raise Trouble(f"libcsv_count found {used.output.strip()}, {lines + 1} rows were expected")
    return used


def say(name, runs, lines, ratio=None, limit=None):
    seconds = statistics.median(runs)
    text = (f"{name:<26} {seconds:8.3f} s CPU ({min(runs):.3f} to {max(runs):.3f})"
            f" {seconds / lines * 1e9:6.0f} ns/line {lines / seconds / 1e6:6.2f} M lines/s")
    if ratio is not None:
        text += f"   ratio {ratio:.2f}, at most {limit}"
    print(text)


def compare(options, folder, lines, rules):
    """Prints the ratios, then where the time goes; returns what is too slow."""
    rounds = int(os.environ.get("BENCH_RUNS", "5"))
    base, runs, one, two = [], {name: [] for name in rules}, [], []
    for _ in range(rounds):
        base.append(yardstick(options, folder, lines).seconds)
        for name, path in rules.items():
            used = scan(options, folder, folder, path, "--timings")
            runs[name].append(used.seconds)
            if name == "all":
                one.append(timings_of(used))
                two.append(timings_of(scan(options, folder, folder, path, "--timings", jobs=2)))
    say(LIBCSV, base, lines)
    failures = []
    for name, seconds in runs.items():
        ratio = statistics.median(seconds) / statistics.median(base)
        say(f"scan, {name} rules", seconds, lines, ratio, LIMITS[name])
        if ratio > LIMITS[name]:
            failures.append(f"{name} rules take {ratio:.2f} times libcsv, at most {LIMITS[name]} are allowed")
    timings.say_phases(one, two, lines)
    share = timings.share_of_threads(one, two)
    print(f"the thread that works most of two takes {share:.2f} of the CPU time of one alone, at most {THREADS}")
    if share > THREADS:
        failures.append(f"with two threads the one that works most takes {share:.2f} of one alone, {THREADS} are allowed")
    return failures


def weigh(options, folder, lines, rules):
    """Prints the peak memory and returns what is too much. The fact tables weigh what they add to the scan
    of a few lines. A program that needs less than this script cannot be weighed; it counts as this script."""
    with tempfile.TemporaryDirectory(dir=work_folder(options)) as temporary:
        small = few(folder, os.path.join(temporary, "few"))
        facts = (scan(options, small, folder, rules).megabytes
                 - scan(options, small, small, rules).megabytes)
    peak = scan(options, folder, folder, rules).megabytes
    beyond = peak - max(facts, 0)
    print(f"peak memory, {lines:,} lines: {peak:.1f} MB, the fact tables {facts:.1f} MB,"
          f" beyond them {beyond:.1f} MB, at most {MEMORY_MB} MB")
    if beyond > MEMORY_MB:
        return [f"{lines:,} lines take {beyond:.1f} MB beyond the fact tables, {MEMORY_MB} MB are allowed"]
    return []


def keep_budget(options, folder, lines, rules):
    """All rules under --memory: prints the peak and returns what is too much."""
    peak = scan(options, folder, folder, rules, "--memory", BUDGET).megabytes
    print(f"peak memory, {lines:,} lines, all rules, --memory {BUDGET}: {peak:.1f} MB, at most {BUDGET_MB} MB")
    return [f"under --memory {BUDGET} the peak is {peak:.1f} MB, {BUDGET_MB} MB are allowed"] if peak > BUDGET_MB else []


def grow(options, folder, lines, full, rules):
    """Prints what ten times the lines take, and returns what is too much."""
    few_lines = folder if lines == LINES else generated(options, LINES)
    once = statistics.median(scan(options, few_lines, few_lines, rules).seconds for _ in range(3))
    ratio = scan(options, full, full, rules).seconds / once if once else 0.0
    print(f"all rules: {FULL_LINES:,} lines take {ratio:.2f} times the CPU time of {LINES:,}, at most {GROWTH}")
    return [f"{FULL_LINES:,} lines take {ratio:.2f} times the CPU time of {LINES:,}, {GROWTH} are allowed"] if ratio > GROWTH else []


def claims_to_scan(options):
    """How many lines, and where they are."""
    lines = int(os.environ.get("BENCH_LINES", "1000000"))
    folder = generated(options, lines)
    size = os.path.getsize(os.path.join(folder, "claims.csv"))
    print(f"{lines:,} lines, {size / lines:.1f} bytes a line, {os.cpu_count()} processors")
    return lines, folder


def measure(options):
    lines, folder = claims_to_scan(options)
    with tempfile.TemporaryDirectory(dir=work_folder(options)) as temporary:
        rules = {name: rules_of_kinds(options.rules, os.path.join(temporary, name.replace(" ", "-")), kinds)
                 for name, kinds in KINDS.items()}
        failures = compare(options, folder, lines, rules)
        failures += weigh(options, folder, lines, rules["line and claim"])
        if os.environ.get("BENCH_FULL") == "1":
            full = generated(options, FULL_LINES)
            failures += weigh(options, full, FULL_LINES, rules["line and claim"])
            failures += keep_budget(options, full, FULL_LINES, rules["all"])
            failures += grow(options, folder, lines, full, rules["all"])
    return failures


def score_round(options, folder, lines, used):
    """One run of each: the yardstick, and scans of all rules without scores, with them but no networks, with all, and with all once
    more, measured against the model that the night before left in the report."""
    used[LIBCSV].append(yardstick(options, folder, lines))
    for name, words in SCORED.items():
        with tempfile.TemporaryDirectory(dir=work_folder(options)) as report:
            used[name].append(scan_into(options, report, folder, folder, options.rules, "--memory", BUDGET, *words))
            if name == FIRST:
                used[LATER].append(scan_into(options, report, folder, folder, options.rules, "--memory", BUDGET, *ANOTHER))


def say_cost(name, runs, used, lines):
    """Prints one kind of scan, and returns what of it is too much. What scores add is the difference of two medians."""
    median = {key: statistics.median(run.seconds for run in kind) for key, kind in used.items()}
    seconds = [run.seconds for run in runs]
    peak = max(run.megabytes for run in runs)
    text = (f"{name:<26} {median[name]:8.3f} s CPU ({min(seconds):.3f} to {max(seconds):.3f})"
            f" {median[name] / lines * 1e9:6.0f} ns/line   peak {peak:5.1f} MB")
    limit = COSTS.get(name)
    if limit is None:
        print(text)
        return []
    added = median[name] - median[NO_SCORES]
    cost = added / median[LIBCSV]
    print(f"{text}   adds {added:.3f} s, {cost:.2f} times libcsv, at most {limit}")
    failures = [f"{name}: scores add {cost:.2f} times libcsv, {limit} are allowed"] if cost > limit else []
    return failures + ([f"{name}: the peak is {peak:.1f} MB, {BUDGET_MB} MB are allowed"] if peak > BUDGET_MB else [])


def measure_scores(options):
    lines, folder = claims_to_scan(options)
    used = {name: [] for name in (LIBCSV, *SCORED, LATER)}
    for _ in range(int(os.environ.get("BENCH_RUNS", "5"))):
        score_round(options, folder, lines, used)
    return [failure for name, runs in used.items() for failure in say_cost(name, runs, used, lines)]


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description="CPU time and memory of a scan beside libcsv")
    parser.add_argument("--generate", required=True, type=os.path.abspath, help="the generator")
    parser.add_argument("--count", required=True, type=os.path.abspath, help="libcsv_count")
    parser.add_argument("--claimaudit", required=True, type=os.path.abspath, help="the program")
    parser.add_argument("--rules", default=os.path.join(os.path.dirname(here), "rules"), help="rule packs")
    parser.add_argument("--profile", default="generic")
    parser.add_argument("--scores", action="store_true", help="measure what scores cost, in place of rules")
    parser.add_argument("--gate", action="store_true", help="end with 1 when a limit is exceeded")
    options = parser.parse_args()
    try:
        failures = measure_scores(options) if options.scores else measure(options)
    except Trouble as trouble:
        print(f"bench: {trouble}", file=sys.stderr)
        return 2
    for failure in failures:
        print(f"above the limit: {failure}")
    return 1 if failures and options.gate else 0


if __name__ == "__main__":
    sys.exit(main())
