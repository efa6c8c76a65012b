#!/usr/bin/env python3
"""The long runs of `script/test --full`, one after another. Each result is kept in STATE/results.json, one JSON object a
line, so that a run which was cut off goes on where it stopped; a result counts for the sources it was made with.

usage: run.py --state DIR [--only WORD] [--list]
"""
import argparse
import glob
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SOURCES = ("meson.build", "meson_options.txt", "src", "include", "rules", "data", "bench", "tests")
FUZZ_SECONDS = 30
PROP_CASES = 1_000_000
WORLDS = 1_000        # each has rules of every kind
MINUTES = 60          # no item may take longer


class Skip(Exception):
    """What an item needs is not here."""


class Fail(Exception):
    """An item found something."""


def sources_digest():
    """Changes whenever something that a result depends on does."""
    digest = hashlib.sha256()
    paths = []
    for name in SOURCES:
        top = os.path.join(ROOT, name)
        paths += [top] if os.path.isfile(top) else [os.path.join(folder, file) for folder, _, files in os.walk(top)
                                                    for file in files if not file.endswith(".pyc")]
    for path in sorted(paths):
        with open(path, "rb") as file:
            digest.update(path.encode() + b"\0" + hashlib.sha256(file.read()).digest())
    return digest.hexdigest()[:16]


class State:
    """What has been done, and with which sources."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "results.json")
        self.sources = sources_digest()
        self.results = []
        if os.path.exists(self.path):
            with open(self.path, encoding="utf-8") as file:
                lines = [json.loads(line) for line in file]
            self.results = [line for line in lines if line.get("sources") == self.sources and line["result"] == "OK"]

    def done(self, name):
        return any(line["name"] == name for line in self.results)

    def add(self, name, result, seconds):
        self.results.append({"name": name, "result": result, "seconds": round(seconds), "sources": self.sources})
        with open(self.path + ".tmp", "w", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in self.results)
        os.replace(self.path + ".tmp", self.path)


class Bench:
    """Where items run: builds, and commands with their output in a log."""

    def __init__(self, folder):
        self.folder = folder
        self.log = None

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def run(self, command, **environment):
        self.log.write(f"$ {' '.join(command)}\n")
        self.log.flush()
        try:
            done = subprocess.run(command, check=False, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=self.log,
                                  stderr=subprocess.STDOUT, timeout=MINUTES * 60, env={**os.environ, **environment})
        except subprocess.TimeoutExpired as error:
            raise Fail(f"{command[0]}: not done after {MINUTES} minutes") from error
        if done.returncode != 0:
            raise Fail(f"{os.path.basename(command[0])} ended with {done.returncode}")

    def build(self, name, *options, **environment):
        folder = self.path(name)
        if not os.path.exists(os.path.join(folder, "build.ninja")):
            shutil.rmtree(folder, ignore_errors=True)
            self.run(["meson", "setup", folder, *options], **environment)
        self.run(["ninja", "-C", folder])
        return folder

    def release(self):
        return self.build("release", "--buildtype=release", "-Dwerror=true")

    def sanitized(self):
        return self.build("asan", "--buildtype=debugoptimized", "-Db_sanitize=address,undefined", "-Db_lundef=false")

    def tests(self, folder, *words, **environment):
        """Runs tests of meson, at least one."""
        for log in glob.glob(os.path.join(folder, "meson-logs", "testlog*.json")):
            os.remove(log)
        self.run(["meson", "test", "-C", folder, "--no-rebuild", "--print-errorlogs", "--timeout-multiplier", "20",
                  *words], **environment)
        logs = glob.glob(os.path.join(folder, "meson-logs", "testlog*.json"))
        if sum(os.path.getsize(log) for log in logs) == 0:
            raise Fail(f"there is no such test: {' '.join(words)}")


def need(*programs):
    for program in programs:
        if shutil.which(program) is None:
            raise Skip(f"{program} is not installed")


def property_test(bench, folder, name, cases):
    bench.tests(folder, "--suite", "prop", f"prop/{name}", CA_PROP_CASES=str(cases), CA_SWEEP="full")


def eval_twin(bench):
    property_test(bench, bench.release(), "eval_twin", PROP_CASES)


def eval_twin_sanitized(bench):
    property_test(bench, bench.sanitized(), "eval_twin", PROP_CASES // 10)


def settle_twin(bench):
    property_test(bench, bench.release(), "settle_twin", PROP_CASES)


def sweeps(bench):
    property_test(bench, bench.release(), "sweeps", PROP_CASES)


def naive_worlds(bench):
    property_test(bench, bench.release(), "worlds", WORLDS)


def invariance(bench):
    property_test(bench, bench.release(), "invariance", PROP_CASES)


def threads(bench):
    """Whatever two threads touch at once without a lock ends a test."""
    folder = bench.build("tsan", "--buildtype=debugoptimized", "-Db_sanitize=thread", "-Db_lundef=false", "-Dlibrary=false")
    for test in ("run/worker", "run/threads", "prop/invariance"):
        bench.tests(folder, test, TSAN_OPTIONS="exitcode=66")


def clang(bench):
    need("clang")
    folder = bench.build("clang", "--buildtype=debugoptimized", "-Dwerror=true", CC="clang")
    bench.tests(folder, "--suite", "unit")


def without_optional(bench):
    """All tests pass where libxlsxwriter and OpenBLAS are absent; golden/no-xlsx checks what the program says."""
    folder = bench.build("without", "--buildtype=release", "-Dwerror=true", "-Dxlsx=disabled", "-Dopenblas=disabled",
                         "-Dlibrary=false")
    bench.tests(folder, "--suite", "unit", "--suite", "golden", "--suite", "meta", "--suite", "install")


def has_fuzzer_runtime():
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "empty.c")
        with open(source, "w", encoding="utf-8") as file:
            file.write("int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n)\n"
                       "{\n    (void)d;\n    (void)n;\n    return 0;\n}\n")
        done = subprocess.run(["clang", "-fsanitize=fuzzer,address", source, "-o", os.path.join(folder, "empty")],
                              check=False, capture_output=True)
    return done.returncode == 0


def fuzz(bench):
    need("clang")
    if not has_fuzzer_runtime():
        raise Skip("clang has no libFuzzer here")
    folder = bench.build("fuzz", "--buildtype=debugoptimized", "-Db_sanitize=address,undefined", "-Db_lundef=false",
                         "-Dfuzzers=true", "-Dc_args=-fsanitize=fuzzer-no-link", CC="clang")
    programs = sorted(glob.glob(os.path.join(folder, "tests", "fuzz", "fuzzer_*")))
    programs = [path for path in programs if os.path.isfile(path) and os.access(path, os.X_OK)]
    if not programs:
        raise Fail("no fuzz target was built")
    for program in programs:
        name = os.path.basename(program).removeprefix("fuzzer_")
        corpus = bench.path("corpus", name)
        os.makedirs(corpus, exist_ok=True)
        bench.run([program, f"-max_total_time={FUZZ_SECONDS}", "-timeout=10", "-rss_limit_mb=2048",
                   f"-artifact_prefix={bench.path(name + '-')}", corpus,
                   os.path.join(ROOT, "tests", "fuzz", "corpus", name)])


def valgrind(bench):
    need("valgrind")
    folder = bench.build("valgrind", "--buildtype=debug", "-Doptimization=1", "-Dlibrary=false")
    bench.tests(folder, "--suite", "unit", "--wrap",
                "valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=definite"
                " --errors-for-leak-kinds=definite")


def benchmark(bench, *options, **environment):
    folder = bench.release()
    bench.run([sys.executable, os.path.join(ROOT, "bench", "run.py"), "--gate",
               "--generate", os.path.join(folder, "bench", "generate"),
               "--count", os.path.join(folder, "bench", "peers", "libcsv_count"),
               "--claimaudit", os.path.join(folder, "claimaudit"), *options],
              BENCH_WORK=bench.path("claims"), **environment)


def benchmark_gate(bench):
    benchmark(bench)


def benchmark_large(bench):
    benchmark(bench, BENCH_LINES="10000000", BENCH_RUNS="1")


def benchmark_scores(bench):
    benchmark(bench, "--scores", BENCH_LINES="10000000", BENCH_RUNS="3")


def score_worlds(bench):
    """The scorer's bars: 5 worlds with schemes, 40 without, and what scikit-learn finds."""
    python = "/usr/bin/python3"     # Debian's, for which python3-sklearn is packaged
    need(python)
    if subprocess.run([python, "-c", "import sklearn"], check=False, capture_output=True).returncode != 0:
        raise Skip("python3-sklearn is not installed")
    folder = bench.release()
    bench.run([python, os.path.join(ROOT, "bench", "score_worlds.py"),
               "--worlds", os.path.join(folder, "bench", "score-worlds"),
               "--entities", os.path.join(folder, "bench", "score-entities")])


def harbin(bench):
    """The four forging pharmacies are the first four pharmacy leads."""
    folder = bench.release()
    for seed in ("1", "2", "3"):
        bench.run([sys.executable, os.path.join(ROOT, "bench", "judge_harbin.py"), os.path.join(folder, "bench", "generate"),
                   os.path.join(folder, "claimaudit"), seed])


def rings(bench):
    """Pairs and rings of whole scans, five seeds."""
    folder = bench.release()
    bench.run([sys.executable, os.path.join(ROOT, "bench", "score_rings.py"), "--gate", os.path.join(folder, "bench", "generate"),
               os.path.join(folder, "claimaudit")])


def score_table(bench):
    """The generic ensemble over all labelled tables, seeds 1 to 5, with its limits."""
    data = os.path.join(os.path.dirname(ROOT), "shared", "data", "anomaly")
    if not os.path.isdir(data):
        raise Skip("there is no ../shared/data/anomaly")
    bench.run([sys.executable, os.path.join(ROOT, "bench", "score_table.py"), "--gate", "--data", data,
               "--program", os.path.join(bench.release(), "bench", "score-table")])


def score_ratio(bench):
    """score-table against scikit-learn, which belongs to Debian's own Python."""
    if subprocess.run(["/usr/bin/python3", "-c", "import sklearn"], check=False, capture_output=True).returncode != 0:
        raise Skip("/usr/bin/python3 has no scikit-learn")
    bench.run(["/usr/bin/python3", os.path.join(ROOT, "bench", "peers", "table_forest.py"), "--gate",
               "--program", os.path.join(bench.release(), "bench", "score-table")])


def broken_rows(bench):
    folder = bench.release()
    bench.run([sys.executable, os.path.join(ROOT, "tests", "full", "broken.py"), "--rows", "5000000",
               "--program", os.path.join(folder, "claimaudit"), "--work", bench.folder,
               "--generate", os.path.join(folder, "bench", "generate")])


def kills(bench):
    folder = bench.release()
    bench.run([sys.executable, os.path.join(ROOT, "tests", "server", "kills.py"), "--full", "--source", ROOT,
               "--program", os.path.join(folder, "claimaudit"),
               "--generate", os.path.join(folder, "bench", "generate")])


def shells(bench):
    need("shellcheck")
    bench.run(["shellcheck", ".ci/run", "script/bootstrap", "script/demo", "script/static-library",
               "script/test"])


# Name, and the function that returns when all is well.
ITEMS = (
    ("shellcheck", shells),
    ("eval twin, 1,000,000 cases", eval_twin),
    ("eval twin under the sanitizers, 100,000 cases", eval_twin_sanitized),
    ("settle twin, large", settle_twin),
    ("sweeps, full", sweeps),
    ("naive twin, 1,000 worlds of every kind", naive_worlds),
    ("invariance, full", invariance),
    ("threads under the thread sanitizer", threads),
    ("clang build and unit tests", clang),
    ("build without optional libraries, and its tests", without_optional),
    ("fuzzing, 30 seconds a target", fuzz),
    ("unit tests under valgrind", valgrind),
    ("benchmark, 1,000,000 lines", benchmark_gate),
    ("benchmark and memory, 10,000,000 lines", benchmark_large),
    ("cost and memory of scores, 10,000,000 lines", benchmark_scores),
    ("worlds for the scorer, 5 with schemes and 40 without", score_worlds),
    ("world of Harbin, 3 seeds", harbin),
    ("worlds of rings, 5 seeds", rings),
    ("generic ensemble, all labelled tables", score_table),
    ("generic ensemble beside scikit-learn, 1,000,000 rows", score_ratio),
    ("5,000,000 rows, 2 % broken", broken_rows),
    ("kills after 300 random times and at 300 calls of each kind", kills),
)


def tail(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return "".join(file.readlines()[-30:])


def run_item(bench, state, name, function):
    log = bench.path(f"log-{''.join(c if c.isalnum() else '-' for c in name)}.txt")
    start = time.monotonic()
    result, words = "OK", ""
    with open(log, "w", encoding="utf-8") as bench.log:
        try:
            function(bench)
        except Skip as reason:
            result, words = "SKIP", str(reason)
        except Fail as reason:
            result, words = "FAIL", f"{reason}; see {log}"
    seconds = time.monotonic() - start
    print(f"{result:<5} {name} ({seconds:.0f} s){': ' if words else ''}{words}", flush=True)
    if result == "FAIL":
        print(tail(log))
    state.add(name, result, seconds)
    return result


def main():
    parser = argparse.ArgumentParser(description="the long runs of script/test --full")
    parser.add_argument("--state", required=True, type=os.path.abspath, help="folder for builds, logs and results")
    parser.add_argument("--only", default="", help="only items whose name holds this")
    parser.add_argument("--list", action="store_true", help="only print the names")
    options = parser.parse_args()
    items = [item for item in ITEMS if options.only in item[0]]
    if options.list:
        print("\n".join(name for name, _ in items))
        return 0
    os.makedirs(options.state, exist_ok=True)
    bench, state = Bench(options.state), State(options.state)
    failed = False
    for name, function in items:
        if state.done(name):
            print(f"OK    {name}: done before")
        else:
            failed = run_item(bench, state, name, function) == "FAIL" or failed
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
