#!/usr/bin/env python3
"""Random rules of every kind over random claims: the engine and the naive twin (naive/) must say the same.

Compared are the outcomes of every rule and every stored finding: lines with roles and shares, exposure, reason, date and
message; and what `rules test` says of a test made of the world (world_cases.py). What differs is made as small as it can be, and printed. CA_PROP_CASES says how many worlds, CA_PROP_SEED where to
begin; prints TAP.
"""

import argparse
import collections
import concurrent.futures
import csv
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

import random_lines
import random_rules
import world_cases
from naive import judge, rules, strict_yaml
from naive.lines import Night
from naive.outcomes import ORDER, Setting

STORED = 60           # excused and unknown units of a rule that are kept for sure: 100, of 128 some of which fall with their lines
RULES_OF_A_KIND = 2   # in a world
KEYS = ("claim_id", "claim_type", "claim_part", "line_no", "patient_id", "provider_id", "as_of")   # stay while a case is made smaller
COUNTS = ("hit", "excused", "unknown", "not_applicable", "pass")
QUERY = "SELECT finding_id, rule_id, outcome, reason, exposure, service_date, message FROM v_findings_all"


class Program:
    """The real engine, and what it can."""

    def __init__(self, path, source):
        self.path, self.source = path, source
        said = self.run("rules", "list", "--kinds")
        self.kinds = [line.split()[0] for line in said.splitlines()[1:]]

    def run(self, *words, cwd=None):
        done = subprocess.run([self.path, *words], capture_output=True, text=True, cwd=cwd, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)}: exit {done.returncode}: {done.stdout[-600:]}{done.stderr[-1200:]}")
        return done.stdout


class Case:
    """One world with its rules; can be written, scanned, judged naively, and cut down."""

    def __init__(self, seed, kinds, program, only=None, size=None):
        rng = random.Random(seed)
        self.world, self.seed = random_lines.World(rng, size), seed
        writer = random_rules.Writer(rng)
        self.tables, self.place = writer.tables(), None
        names = [(kind, number) for kind in random_rules.KINDS for number in range(RULES_OF_A_KIND)]
        texts = [(kind, writer.rule(f"SITE-{index:04}", kind)) for index, (kind, _) in enumerate(names, 1)]
        self.rules = [text for kind, text in texts if kind in kinds and (only is None or kind in only)]
        if self.world.conflicts:    # is an empty cell of a header at odds with another line's? `claim` and `level: claim` differ
            self.rules = [text for text in self.rules if "level: claim" not in text]
        self.files = self.world.files
        self.reversal = self.world.reversal
        self.through, self.since, self.benefit_year = self.world.through, self.world.since, self.world.benefit_year

    # --- The engine ---

    def profile(self, program):
        with open(os.path.join(program.source, "data", "profiles", "generic.yaml"), encoding="utf-8") as file:
            text = file.read()
        if self.since and not self.seed % 2:
            text = text.replace("layouts:\n", f"data_from: {self.since}\nlayouts:\n", 1)
        if self.benefit_year:
            text = text.replace("layouts:\n", "benefit_year_start: {:02}-{:02}\nlayouts:\n".format(*self.benefit_year), 1)
        if self.reversal:
            words = "; ".join(f"{key}: {value}" for key, value in self.reversal.items()).replace("'", "").replace(";", ",")
            text = text.replace("    optional: yes\n", f"    optional: yes\n    reversal: {{{words}}}\n", 1)
        return text.replace("profile: generic", "profile: world", 1)

    def write(self, folder, program):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(os.path.join(folder, "rules"))
        for text in self.rules:
            with open(os.path.join(folder, "rules", text.split()[1] + ".yaml"), "w", encoding="utf-8") as file:
                file.write(text)
        self.write_tables(os.path.join(folder, "rules"))
        self.place = rules.place_of(os.path.join(folder, "rules"))
        for name, names, rows in self.files:
            with open(os.path.join(folder, name), "w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([names, *rows])
        with open(os.path.join(folder, "world.yaml"), "w", encoding="utf-8") as file:
            file.write(self.profile(program))

    def write_tables(self, folder):
        for name, text in self.tables.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)

    def rule(self, text):
        """As the twin has it; after writing."""
        return rules.Rule(strict_yaml.read(text), self.place)

    def command(self, program):
        words = ["scan", "--quiet", "--only-rules", "--rules", "rules", "--profile", "world.yaml", "--db", "world.db",
                 "--max-rejects", "100%"]
        words += ["--data-through", self.through.isoformat()]
        words += ["--data-from", self.since.isoformat()] if self.since and self.seed % 2 else []
        rng = random.Random(self.seed)
        words += ["--jobs", rng.choice("1123"), "--buckets", rng.choice(["1", "4", "64", "256"]),
                  "--group-bytes", rng.choice(["1", "1500", "6000", "40000000", "40000000"])]
        return words + [name for name, _, rows in self.files if rows]

    def scan(self, folder, program):
        self.write(folder, program)
        program.run(*self.command(program), cwd=folder)
        with sqlite3.connect(os.path.join(folder, "world.db")) as db:
            counts = {row[0]: dict(zip(COUNTS, row[1:])) for row in db.execute(
                f"SELECT rule_id, {', '.join(COUNTS)} FROM v_rule_stats")}
            columns = [row[1] for row in db.execute("PRAGMA table_info(v_finding_lines)")]
            of_type = "claim_type" if "claim_type" in columns else "(SELECT claim_type FROM v_findings_all f WHERE f.finding_id = l.finding_id)"
            lines = collections.defaultdict(list)
            for number, *line in db.execute(f"SELECT finding_id, role, {of_type}, claim_id, line_no, exposure FROM v_finding_lines l"):
                lines[number].append(tuple(line))
            findings = collections.defaultdict(list)
            for number, rule, *rest in db.execute(QUERY):
                findings[rule].append((*rest, sorted(lines[number], key=str)))
        return counts, findings

    # --- The twin ---

    def night(self):
        return Night([(names, rows) for _, names, rows in self.files], self.reversal)

    def setting(self):
        return Setting(self.through, self.since, self.benefit_year or (1, 1))

    # --- Both ---

    def differences(self, folder, program):
        """(rule, words) of what the two say differently."""
        try:
            counts, findings = self.scan(folder, program)
        except RuntimeError as error:
            yield None, str(error)
            return
        night, setting = self.night(), self.setting()
        for text in self.rules:
            rule = self.rule(text)
            result = judge.judge(rule, night, setting)
            for words in compare(rule, result, counts[rule.id], findings[rule.id]):
                yield rule.id, words
        yield from world_cases.differences(self, folder, program)


def compare(rule, result, counts, findings):
    said = {outcome: result.counts.get(outcome, 0) for outcome in COUNTS}
    if said != counts:
        yield f"outcomes: the engine counts {counts}, the twin {said}"
    for outcome in ("hit", "excused"):
        ours = collections.Counter(plain(finding) for finding in result.findings if finding.outcome == outcome)
        theirs = collections.Counter((reason or "", exposure, date, message, tuple(lines))
                                     for kind, reason, exposure, date, message, lines in findings if kind == outcome)
        if sum(ours.values()) > STORED and outcome == "excused":
            ours &= theirs
        yield from (f"{outcome}: only the engine has {item}" for item in (theirs - ours))
        yield from (f"{outcome}: only the twin has {item}" for item in (ours - theirs))
    yield from compare_unknown(result, [item for item in findings if item[0] == "unknown"])


def plain(finding):
    lines = sorted(((role, of_type, claim, None if number is None else int(number), share)
                    for role, of_type, claim, number, share in finding.stored or finding.lines), key=str)
    return (*finding.reasons, finding.exposure, finding.date and finding.date.isoformat(), finding.message, tuple(lines))


def compare_unknown(result, stored):
    """Every stored unit is one of the twin's: a reason that may be named, and lines that are among its lines."""
    ours = [finding for finding in result.findings if finding.outcome == "unknown"]
    if len(ours) <= STORED and len(ours) != len(stored):
        yield f"unknown: the engine stores {len(stored)}, the twin has {len(ours)}"
    fits = [[k for k, one in enumerate(ours) if reason in one.reasons and share_lines(one, lines)]
            for _, reason, _, _, _, lines in stored]
    taken = {}
    for number, (_, reason, _, _, _, lines) in enumerate(stored):
        if not place(number, fits, taken, set()):
            yield f"unknown: only the engine has {reason} of {[line[1:4] for line in lines]}"


def share_lines(finding, lines):
    """A claim whose lines have no money stands for all of them."""
    return any(line[1:3] == other[1:3] and (other[3] is None or line[3] == other[3]) for line in finding.lines for other in lines)


def place(number, fits, taken, tried):
    """Gives a stored unit one of the twin's that fit, so that all have one (augmenting paths)."""
    for k in fits[number]:
        if k not in tried:
            tried.add(k)
            if k not in taken or place(taken[k], fits, taken, tried):
                taken[k] = number
                return True
    return False


# --- Smaller ----------------------------------------------------------------------------------------------------

class Smaller:
    """Cuts rows, keys of rules and cells away as long as something still differs."""

    def __init__(self, case, rule, folder, program):
        self.case, self.folder, self.program, self.tries = case, folder, program, 0
        self.rule = rule
        case.rules = [text for text in case.rules if rule is None or text.split()[1] == rule]

    def fails(self):
        """Still in the same way: a scan that ends with an error is another."""
        self.tries += 1
        try:
            return any(rule == self.rule for rule, _ in self.case.differences(self.folder, self.program))
        except (ArithmeticError, AttributeError, KeyError, LookupError, TypeError, ValueError):
            return False

    def attempt(self, change, back):
        change()
        if self.tries < 600 and self.fails():
            return True
        back()
        return False

    def cut_rows(self):
        for index, (name, names, rows) in enumerate(list(self.case.files)):
            size = max(1, len(rows) // 2)
            while size:
                at = 0
                while at < len(rows):
                    fewer = rows[:at] + rows[at + size:]

                    def put(what, index=index, name=name, names=names):
                        self.case.files[index] = (name, names, what)

                    if self.attempt(lambda: put(fewer), lambda: put(rows)):    # noqa: B023
                        rows = fewer
                    else:
                        at += size
                size //= 2

    def cut_keys(self):
        """Whole keys of the rule that it can do without."""
        for index, text in enumerate(list(self.case.rules)):
            for key in ("unless", "effective", "where", "exposure", "lines", "settle", "judge", "minimum", "history", "max_group",
                        "report", "touching", "within", "rows"):
                shorter = re.sub(rf"^{key}:.*\n(?:[ ].*\n)*", "", self.case.rules[index], flags=re.M)
                if shorter != self.case.rules[index]:
                    before = self.case.rules[index]
                    self.attempt(lambda: self.case.rules.__setitem__(index, shorter),    # noqa: B023
                                 lambda: self.case.rules.__setitem__(index, before))    # noqa: B023

    def cut_cells(self):
        for _, names, rows in self.case.files:
            for row in rows:
                for i, name in enumerate(names):
                    if row[i] and name not in KEYS:
                        before = row[i]
                        self.attempt(lambda: row.__setitem__(i, ""), lambda: row.__setitem__(i, before))    # noqa: B023

    def cut_columns(self):
        for index, (name, names, rows) in enumerate(list(self.case.files)):
            keep = [i for i, column in enumerate(names) if any(row[i] for row in rows) or column in KEYS]
            fewer = (name, [names[i] for i in keep], [[row[i] for i in keep] for row in rows])
            before = self.case.files[index]
            self.attempt(lambda: self.case.files.__setitem__(index, fewer),    # noqa: B023
                         lambda: self.case.files.__setitem__(index, before))    # noqa: B023

    def run(self):
        self.cut_rows()
        self.cut_keys()
        self.cut_rows()
        self.cut_cells()
        self.cut_columns()
        return self.case


def reproduction(case, folder, program):
    """Everything that is needed to see it again."""
    for rule, words in case.differences(folder, program):
        yield f"{rule}: {words}"
    for text in case.rules:
        yield from text.splitlines()
        for name, table in case.tables.items() if "each:" in text else ():
            yield f"{name}:"
            yield from table.splitlines()
    yield f"reversal {case.reversal}, data from {case.since} through {case.through}, benefit year {case.benefit_year}"
    for name, names, rows in case.files:
        if rows:
            yield f"{name}: " + ",".join(names)
            yield from (",".join(row) for row in rows)
    yield "claimaudit " + " ".join(case.command(program))


# --- Running -----------------------------------------------------------------------------------------------------

def one_world(program, seed, only, folder):
    """(seed, outcomes by kind, lines to print on a difference)."""
    case = Case(seed, program.kinds, program, only)
    folder = os.path.join(folder, str(seed))
    found = list(case.differences(folder, program))
    told = collections.Counter()
    night, setting = case.night(), case.setting()
    for text in case.rules:
        rule = case.rule(text)
        for outcome, count in judge.judge(rule, night, setting).counts.items():
            told[rule.kind, outcome] += count
    words = []
    if found:
        words = [f"world {seed}: {len(found)} differences", *(f"{rule}: {said}" for rule, said in found[:4])]
        if found[0][0]:
            case = Smaller(case, found[0][0], folder, program).run()
            words.append("made small:")
            words += reproduction(case, folder, program)
    shutil.rmtree(folder, ignore_errors=True)
    return seed, told, words


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--kind", action="append", help="only rules of this kind; may repeat")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    program = Program(os.path.abspath(options.program), os.path.abspath(options.source))
    count, first = int(os.environ.get("CA_PROP_CASES", "50")), int(os.environ.get("CA_PROP_SEED", "1"))
    failed, told = [], collections.Counter()
    with tempfile.TemporaryDirectory(prefix="worlds-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder, \
            concurrent.futures.ProcessPoolExecutor(options.workers) as pool:
        waiting = [pool.submit(one_world, program, seed, options.kind, folder) for seed in range(first, first + count)]
        for future in waiting:
            seed, outcomes, words = future.result()
            told += outcomes
            if words:
                failed.append(seed)
                if len(failed) <= 5:
                    print("\n".join("# " + line for line in words), flush=True)
    kinds = [kind for kind in random_rules.KINDS if kind in program.kinds and kind in (options.kind or program.kinds)]
    for number, kind in enumerate(kinds, 1):
        counts = {outcome: told[kind, outcome] for outcome in ORDER}
        seen = count < 50 or all(counts[outcome] for outcome in ("hit", "unknown", "pass"))
        print(f"{'ok' if seen else 'not ok'} {number} - {kind} has outcomes of all sorts: {counts}")
        failed += [] if seen else [kind]
    worlds = f"{count} worlds from {first}: the engine and the twin say the same"
    print(f"{'not ok' if failed else 'ok'} {len(kinds) + 1} - {worlds}" + (f"; not in {failed}" if failed else ""))
    print(f"1..{len(kinds) + 1}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
