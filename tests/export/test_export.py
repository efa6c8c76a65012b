#!/usr/bin/env python3
"""Exports a report and reads the files as a spreadsheet would, with nothing but Python's own zip and XML. Prints TAP."""

import argparse
import csv
import datetime
import fcntl
import os
import re
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import zipfile
from decimal import Decimal
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
EXACT = Decimal("0.0000001")    # spreadsheets keep binary numbers of 15 digits
HOSTILE = ["=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(1)", "123456789012345678", "000123", "1e5", "2024-01-02", "TRUE",
           "tab\there", "line\nbreak", "bell\x07", "_x0041_", "a_xb", "<b>&amp;\"'", "ü漢字😀", "\ufffe", " space ",
           "=HYPERLINK(\"http://x\",\"y\")", "\r", "-", "="]


class Skip(Exception):
    """What a check needs is not here."""


def need(condition, words):
    if not condition:
        raise AssertionError(words)


class Workbook:
    """The cells of each sheet by name: (kind, value, style) by (row, column)."""

    def __init__(self, path):
        with zipfile.ZipFile(path) as parts:
            need(parts.testzip() is None, "a part has a wrong checksum")
            self.parts = {name: parts.read(name) for name in parts.namelist()}
        book = ElementTree.fromstring(self.parts["xl/workbook.xml"])
        relations = {item.get("Id"): item.get("Target")
                     for item in ElementTree.fromstring(self.parts["xl/_rels/workbook.xml.rels"])}
        self.trees = {sheet.get("name"): ElementTree.fromstring(self.parts["xl/" + relations[sheet.get(RELATION)]])
                      for sheet in book.find(MAIN + "sheets")}
        styles = ElementTree.fromstring(self.parts["xl/styles.xml"])
        formats = {item.get("numFmtId"): item.get("formatCode") for item in styles.iter(MAIN + "numFmt")}
        formats |= {"0": "General", "3": "#,##0", "4": "#,##0.00"}
        self.styles = [formats.get(item.get("numFmtId")) for item in styles.find(MAIN + "cellXfs")]
        self.sheets = {name: self.cells(tree) for name, tree in self.trees.items()}

    def cells(self, tree):
        found = {}
        for cell in tree.iter(MAIN + "c"):
            need(cell.find(MAIN + "f") is None, f"a formula in {cell.get('r')}")
            kind = cell.get("t", "n")
            if kind == "inlineStr":
                value = unescaped("".join(cell.itertext()))
            else:
                need(kind == "n", f"{cell.get('r')} is of kind {kind}")
                value = Decimal(cell.find(MAIN + "v").text)
            found[cell.get("r")] = (kind, value, self.styles[int(cell.get("s", "0"))])
        return found

    def rows(self, name):
        """Rows as dictionaries by the header; each cell as (kind, value, style), or nothing."""
        cells = self.sheets[name]
        header = {}
        rows = {}
        for place, cell in cells.items():
            column, row = re.fullmatch(r"([A-Z]+)(\d+)", place).groups()
            if row == "1":
                header[column] = cell[1]
            else:
                rows.setdefault(int(row), {})[header[column]] = cell
        need(sorted(rows) == list(range(2, len(rows) + 2)), f"{name}: rows are missing")
        return list(header.values()), [rows[number] for number in sorted(rows)]


def unescaped(text):
    """As spreadsheets read it: _xHHHH_ is the character of that number."""
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match.group(1), 16)), text)


class Report:
    """A report of the sample in a folder, and exports of it."""

    def __init__(self, options, folder):
        self.program = options.program
        self.source = options.source
        self.folder = folder
        self.scan()
        self.has_xlsx = not re.search(r"Built without:[^$]*libxlsxwriter", self.run("--version").stdout)

    def scan(self, *words):
        sample = os.path.join(self.source, "data", "sample")
        done = self.run("scan", "--quiet", "--profile", "generic", "--rules", os.path.join(sample, "site"), *words,
                        *[os.path.join(sample, name + ".csv") for name in ("claims", "patients", "providers")])
        need(done.returncode == 0, done.stderr)

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *words, **more):
        return subprocess.run([self.program, *words], cwd=self.folder, check=False, capture_output=True, text=True,
                              umask=0, timeout=120, **more)

    def export(self, name, *words):
        done = self.run("export", name, "--force", *words)
        need(done.returncode == 0, f"{done.returncode}: {done.stderr}")
        need(stat.S_IMODE(os.stat(self.path(name)).st_mode) == 0o600, "others can read it")
        return done.stdout

    def workbook(self, *words):
        if not self.has_xlsx:
            raise Skip("this build has no libxlsxwriter")
        self.export("leads.xlsx", *words)
        return Workbook(self.path("leads.xlsx"))

    def ask(self, sql, *values):
        base = sqlite3.connect(f"file:{self.path('claimaudit.db')}?mode=ro", uri=True)
        base.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in base.execute(sql, values)]
        finally:
            base.close()

    def change(self, sql, *values):
        base = sqlite3.connect(self.path("claimaudit.db"))
        with base:
            base.execute(sql, values)
        base.close()

    def listed(self):
        return self.ask("SELECT v.*, minor_digits FROM v_findings v JOIN run USING(run_id) JOIN rule_version rv"
                        " ON rv.rule_id = v.rule_id ORDER BY v.exposure IS NULL, v.exposure DESC, severity_rank DESC,"
                        " finding_id")


def money(minor, digits):
    return Decimal(minor).scaleb(-digits)


def day_of(date):
    return Decimal((datetime.date.fromisoformat(date) - datetime.date(1899, 12, 30)).days)


AMOUNTS = ("line_exposure", "entity_exposure")


def compare(shown, row, where):
    """One row of the sheet findings with one of the view."""
    numbers = ("finding_id", "run_id", "rule_version", "line_no", "lines")
    for name, value in row.items():
        cell = shown.get(name)
        if name in ("minor_digits", "exposure_text"):
            need(cell is None, f"{name} is shown")
        elif value is None or value == "":
            need(cell is None, f"{where} {name}: {cell} instead of nothing")
        elif name == "exposure":
            digits = row["minor_digits"]
            wanted = "#,##0" + ("." + "0" * digits if digits else "")
            need(cell[::2] == ("n", wanted) and abs(cell[1] - money(value, digits)) < EXACT, f"{where}: {cell} for {value}")
        elif name in ("service_date", "window_from", "window_to"):
            need(cell == ("n", day_of(value), "yyyy-mm-dd"), f"{where} date: {cell} for {value}")
        elif name in numbers:
            need(cell[:2] == ("n", Decimal(value)), f"{where} {name}: {cell}")
        else:
            need(cell[:2] == ("inlineStr", value), f"{where} {name}: {cell} for {value!r}")


def compare_all(report, book):
    _, rows = book.rows("findings")
    listed = report.listed()
    need(len(rows) == len(listed), f"{len(rows)} of {len(listed)}")
    for shown, row in zip(rows, listed):
        compare(shown, row, row["finding_id"])


def check_findings(report):
    """a workbook has the findings in order, numbers as numbers, texts as texts"""
    book = report.workbook()
    need(list(book.sheets) == ["findings", "lines", "reasons", "rules", "runs", "about"], list(book.sheets))
    header, rows = book.rows("findings")
    listed = report.listed()
    need(header == [name for name in listed[0] if name not in ("minor_digits", "exposure_text")], header)
    need(len(rows) == len(listed) > 40, f"{len(rows)} of {len(listed)}")
    compare_all(report, book)


def check_other_sheets(report):
    """lines, rules and runs agree with the views"""
    book = report.workbook()
    lines = report.ask("SELECT * FROM v_finding_lines JOIN v_findings USING(finding_id)")
    _, shown = book.rows("lines")
    need(sorted((row["finding_id"][1], row["row"][1], row["byte_offset"][1]) for row in shown)
         == sorted((row["finding_id"], row["row"], row["byte_offset"]) for row in lines), "lines")
    total = sum(row["exposure"][1] for row in shown if "exposure" in row)
    wanted = report.ask("SELECT sum(exposure) AS total FROM v_findings WHERE exposure_scope = 'lines'")[0]["total"]
    need(abs(total - money(wanted, 2)) < EXACT, f"total {total}")
    for sheet, view in (("rules", "v_rule_stats"), ("runs", "v_runs")):
        header, shown = book.rows(sheet)
        wanted = report.ask(f"SELECT * FROM {view}")
        need(header == list(wanted[0]) and len(shown) == len(wanted), f"{sheet}: {header}")
        for one, two in zip(sorted(shown, key=lambda row: row.get("rule_id", ("", ""))[1]),
                            sorted(wanted, key=lambda row: row.get("rule_id", ""))):
            need({name: cell[1] if name not in AMOUNTS else round(cell[1] * 100) for name, cell in one.items()}
                 == {name: day_of(value) if name.startswith("period_") else value for name, value in two.items()
                     if value not in (None, "")}, f"{sheet}: {one}")
    need("not a verdict" in book.sheets["about"]["A2"][1], "about")
    run = report.ask("SELECT * FROM v_runs")[0]
    said = f"Money at stake: {money(run['line_exposure'], 2):.2f} USD on lines"
    need(any(said in cell[1] for cell in book.sheets["about"].values()), f"about says nothing of {said}")


def check_reasons(report):
    """why scores made a finding stands on a sheet of its own, as the views have it; rules have none"""
    wanted = report.ask("SELECT finding_id, reason_no, sentence FROM v_entity_reasons JOIN v_findings USING(finding_id)"
                        " ORDER BY finding_id, reason_no")
    shown = [{name: row[name][1] for name in ("finding_id", "reason_no", "sentence")}
             for row in report.workbook().rows("reasons")[1]]
    need(wanted and shown == wanted, f"{len(shown)} of {len(wanted)}")
    for name in os.listdir(report.folder):
        os.remove(report.path(name))
    report.scan("--no-score")
    need(report.workbook().rows("reasons")[1] == [], "reasons without scores")
    made = os.path.join(report.source, "tests", "golden", "input", "scores.py")
    subprocess.run([sys.executable, made], cwd=report.folder, check=True)
    book = report.workbook()
    _, shown = book.rows("reasons")
    wanted = report.ask("SELECT finding_id, reason_no, sentence, cell, cell_size FROM v_entity_reasons WHERE finding_id IS NOT NULL"
                        " ORDER BY finding_id, reason_no")
    need([{name: row[name][1] for name in wanted[0]} for row in shown] == wanted, shown)
    values = [[row[name][1] if name in row else None for name in ("value", "peer_median", "ratio", "percentile", "expected", "share")]
              for row in shown]
    need(values == [["142.00", "10.00", "14.20", "99.9", None, "75 %"], ["50.0 %", "0.0 %", None, "99.9", "12.5 %", "25 %"]], values)
    compare_all(report, book)
    days = {row["run_id"][1]: row["period_from"] for row in book.rows("runs")[1]}
    need(days[1][::2] == ("n", "yyyy-mm-dd"), days)
    need(report.workbook("--rule", "SCORE-PROVIDER").rows("reasons")[1] == shown, "by rule")
    need(report.workbook("--rule", "RING").rows("reasons")[1] == [], "a ring's sentence is its reason")


def check_shape(report):
    """the header stays, every column has a filter and room"""
    book = report.workbook()
    for name, tree in book.trees.items():
        pane = tree.find(f".//{MAIN}pane")
        need(pane is not None and pane.get("ySplit") == "1" and pane.get("state") == "frozen", f"{name}: no frozen header")
        header = [cell for place, cell in book.sheets[name].items() if re.fullmatch(r"[A-Z]+1", place)]
        rows = max(int(re.sub(r"\D", "", place)) for place in book.sheets[name])
        spread = tree.find(MAIN + "autoFilter").get("ref")
        need(re.fullmatch(rf"A1:[A-Z]+{rows}", spread) or rows == 1, f"{name}: filter {spread}, {rows} rows")
        need(len(list(tree.iter(MAIN + "col"))) > 0 and len(header) > 0, f"{name}: no widths")


def check_hostile(report):
    """no text becomes a formula, a number or a date, and none is changed"""
    ids = [row["finding_id"] for row in report.ask("SELECT finding_id FROM v_findings ORDER BY finding_id")]
    for number, text in zip(ids, HOSTILE):
        report.change("UPDATE finding SET claim_id = ?1, patient_id = ?1, message = ?1 WHERE finding_id = ?2", text, number)
    rest = ids[len(HOSTILE):]
    report.change("UPDATE finding SET exposure = ?1 WHERE finding_id = ?2", 2**62, rest[0])
    report.change("UPDATE finding SET exposure = -1234 WHERE finding_id = ?", rest[1])
    report.change("UPDATE finding SET service_date = '1899-12-31', exposure = NULL WHERE finding_id = ?", rest[2])
    report.change("UPDATE finding SET message = ?1 WHERE finding_id = ?2", "ü" * 40000, rest[3])
    _, rows = report.workbook().rows("findings")
    shown = {int(row["finding_id"][1]): row for row in rows}
    for number, text in zip(ids, HOSTILE):
        wanted = text.replace("\ufffe", "\ufffd")
        for name in ("claim_id", "patient_id", "message"):
            need(shown[number][name][:2] == ("inlineStr", wanted), f"{text!r} became {shown[number][name]}")
    need(shown[rest[0]]["exposure"][:2] == ("inlineStr", "46116860184273879.04"), shown[rest[0]]["exposure"])
    need(abs(shown[rest[1]]["exposure"][1] + Decimal("12.34")) < EXACT, shown[rest[1]]["exposure"])
    need(shown[rest[2]]["service_date"][:2] == ("inlineStr", "1899-12-31"), shown[rest[2]]["service_date"])
    need("exposure" not in shown[rest[2]], "an unknown exposure has a value")
    message = shown[rest[3]]["message"][1]
    need(len(message) < 32767 and message.endswith("… (cut off)"), f"{len(message)} characters")


def check_csv(report):
    """CSV has the same rows; what looks like a formula is marked"""
    report.export("leads.csv")
    with open(report.path("leads.csv"), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    listed = report.listed()
    need(len(rows) == len(listed), f"{len(rows)} of {len(listed)}")
    for shown, row in zip(rows, listed):
        for name, cell in shown.items():
            value = "" if row[name] is None else str(row[name])
            if name == "exposure":
                need(cell == ("" if row[name] is None else f"{money(row[name], 2):f}"), f"exposure {cell}")
            elif name in ("line_no", "finding_id", "run_id", "rule_version", "lines"):
                need(cell == value, f"{name}: {cell}")
            else:
                need(cell == ("'" if value[:1] in ("=", "+", "-", "@", "\t", "\r") and value else "") + value,
                     f"{name}: {cell!r} for {value!r}")


def check_filters(report):
    """filters, --limit and --all choose the same rows as claimaudit findings"""
    rule = report.ask("SELECT rule_id FROM v_findings LIMIT 1")[0]["rule_id"]
    for words in (["--rule", rule], ["--severity", "high"], ["--limit", "3"], ["--run", "1", "--all"], ["--claim", "NONE"]):
        report.export("leads.csv", *words)
        listed = report.run("findings", "--format", "csv", *words).stdout
        with open(report.path("leads.csv"), newline="", encoding="utf-8") as file:
            rows = [row["finding_id"] for row in csv.DictReader(file)]
        wanted = [row["finding_id"] for row in csv.DictReader(listed.splitlines())]
        need(rows == wanted and (rows or words[1] == "NONE"), f"{words}: {len(rows)} of {len(wanted)}")
    header, rows = report.workbook("--claim", "NONE").rows("findings")
    need(rows == [] and "finding_id" in header, "without findings")
    need("outcome" in report.workbook("--all").rows("findings")[0], "--all")


def check_digits(report):
    """money has the decimals of its currency"""
    for digits in (0, 3, 4, 2):
        report.change("UPDATE run SET minor_digits = ?", digits)
        _, rows = report.workbook().rows("findings")
        compare(rows[1], report.listed()[1], f"{digits} digits")


def check_split(report):
    """what one sheet cannot hold goes on in another, and it is said"""
    report.workbook()
    total = len(report.listed())
    for most in (3, 7, total - 1, total, total + 1):
        said = report.export("leads.xlsx", "--sheet-rows", str(most))
        book = Workbook(report.path("leads.xlsx"))
        names = [name for name in book.sheets if name.startswith("findings")]
        need(len(names) == -(-total // most), f"{most} rows: {names}")
        need(names == ["findings"] + [f"findings {number}" for number in range(2, len(names) + 1)], names)
        ids = [row["finding_id"][1] for name in names for row in book.rows(name)[1]]
        need(ids == [row["finding_id"] for row in report.listed()], f"{most} rows: others")
        need(all(book.rows(name)[0] == book.rows("findings")[0] for name in names), "headers")
        need((f"on {len(names)} sheets" in said) == (len(names) > 1), said)


def check_existing(report):
    """a file that is there stays unless --force is given; a second export waits its turn"""
    with open(report.path("mine.csv"), "w", encoding="utf-8") as file:
        file.write("mine")
    done = report.run("export", "mine.csv")
    need(done.returncode == 2 and "--force" in done.stderr, done.stderr)
    done = report.run("export", "claimaudit.db", "--force")
    need(done.returncode == 2, done.stderr)
    os.link(report.path("claimaudit.db"), report.path("linked.csv"))
    done = report.run("export", "linked.csv", "--force")
    need(done.returncode == 2 and "the report itself" in done.stderr, done.stderr)
    with open(report.path("mine.csv.export.tmp"), "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = report.run("export", "mine.csv", "--force")
        need(done.returncode == 75 and "another export" in done.stderr, f"{done.returncode} {done.stderr}")
    need(open(report.path("mine.csv"), encoding="utf-8").read() == "mine", "it was written over")
    report.export("mine.csv")    # what the cut-off one left, readable for all, is not taken over
    need(not os.path.exists(report.path("mine.csv.export.tmp")), "left behind")


def check_full_disk(report):
    """a disk that fills up leaves the old file, and never half a workbook"""
    report.change("UPDATE finding SET message = ?", "many words about one finding; " * 100)
    names = ["full.csv"] + (["full.xlsx"] if report.has_xlsx else [])
    for name in names:
        report.export(name)
        with open(report.path(name), "rb") as file:
            before = file.read()
        ends = set()
        for limit in range(36, 800, 26):
            def limited(size=limit):
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (size << 10, size << 10))
            done = report.run("export", name, "--force", preexec_fn=limited)
            ends.add(done.returncode)
            need(done.returncode in (0, 1), f"{name} {limit} K: {done.returncode} {done.stderr}")
            with open(report.path(name), "rb") as file:
                content = file.read()
            if name.endswith(".csv") or done.returncode == 1:
                need(content == before, f"{name} {limit} K: changed")
            else:
                need(len(Workbook(report.path(name)).rows("findings")[1]) == len(report.listed()), f"{name} {limit} K")
                before = content
        need(ends == {0, 1}, f"{name}: {ends}; the limits must lie around its size")
        left = [found for found in os.listdir(report.folder) if found.endswith(".tmp") or found.startswith("tmp.")]
        need(not left, f"left behind: {left}")


def check_places(report):
    """no file is made anywhere but beside the target"""
    strace = shutil.which("strace")
    if not strace:
        raise Skip("strace is not installed")
    place = report.path("place")
    os.makedirs(place)
    for name in ["leads.csv"] + (["leads.xlsx"] if report.has_xlsx else []):
        log = report.path("trace")
        done = subprocess.run([strace, "-f", "-o", log, "-e", "trace=open,openat,creat", report.program, "export",
                               os.path.join(place, name)], cwd=report.folder, check=False, capture_output=True, text=True,
                              env={**os.environ, "TMPDIR": report.path("")})
        if done.returncode != 0 and "ptrace" in done.stderr:
            raise Skip("strace may not trace here")
        need(done.returncode == 0, done.stderr)
        with open(log, encoding="utf-8") as file:
            made = [match.group(1) for match in re.finditer(r'"([^"]+)", [^)]*O_CREAT', file.read())]
        strange = [path for path in made if not path.startswith(place + "/") and "claimaudit.db-" not in path]
        need(made and not strange, f"{name}: made {strange} of {made}")


def check_group(report):
    """a report that is shared with a group has exports that are"""
    database = report.path("claimaudit.db")
    group = 65534 if os.geteuid() == 0 else os.getegid()
    os.chown(database, -1, group)
    for shared, wanted in ((0o660, 0o660), (0o640, 0o600), (0o666, 0o660), (0o600, 0o600)):
        os.chmod(database, shared)
        for name in ["leads.csv"] + (["leads.xlsx"] if report.has_xlsx else []):
            done = report.run("export", name, "--force")
            need(done.returncode == 0, done.stderr)
            info = os.stat(report.path(name))
            need(stat.S_IMODE(info.st_mode) == wanted, f"{name} has mode {info.st_mode:o} for {shared:o}")
            need(info.st_gid == group or wanted == 0o600, f"{name} is of group {info.st_gid}")


def check_without(report):
    """a build without libxlsxwriter says so"""
    if report.has_xlsx:
        raise Skip("this build has it")
    done = report.run("export", "new.xlsx")
    need(done.returncode == 2 and "export FILE.csv instead" in done.stderr and "libxlsxwriter" in done.stderr, done.stderr)
    need(not os.path.exists(report.path("new.xlsx")), "a file was made")


CHECKS = [check_findings, check_other_sheets, check_reasons, check_shape, check_hostile, check_csv, check_filters, check_digits,
          check_split, check_existing, check_full_disk, check_places, check_group,
          check_without]


def run_check(check, report):
    try:
        check(report)
    except Skip as reason:
        return True, f"{check.__doc__} # SKIP {reason}"
    except AssertionError as error:
        return False, f"{check.__doc__}\n# " + str(error).replace("\n", "\n# ")
    return True, check.__doc__


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--source", required=True)
    options = parser.parse_args()
    failed = 0
    print(f"1..{len(CHECKS)}")
    for number, check in enumerate(CHECKS, 1):
        with tempfile.TemporaryDirectory(prefix="export-") as folder:
            good, words = run_check(check, Report(options, os.path.realpath(folder)))
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {words}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
