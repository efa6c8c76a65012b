#!/usr/bin/env python3
"""docs/report-db.md against a report of the sample: each query runs and finds something, each view has its columns."""

import os
import re
import sqlite3
import subprocess
import sys
import tempfile

import source

PAGE = "docs/report-db.md"


def blocks(text):
    """(line, SQL) of each ```sql block."""
    for match in re.finditer(r"^```sql\n(.*?)^```", text, re.M | re.S):
        yield source.line_of(text, match.start()), match.group(1)


def documented(text):
    """Columns by view: the first cells of the table below `### v_name`; v_findings_all has its own behind those of
    v_findings that were there first, up to the message."""
    views = {}
    for section in re.split(r"^##+ ", text, flags=re.M)[1:]:
        name = section.split("\n")[0]
        if name.startswith("v_"):
            cells = re.findall(r"^\| ([a-z_, ]+) \|", section, re.M)
            views[name] = [column for cell in cells[1:] for column in cell.split(", ")]
    shared = views.get("v_findings", [])
    first = shared.index("message") + 1 if "message" in shared else len(shared)
    views["v_findings_all"] = shared[:first] + views.get("v_findings_all", []) + shared[first:]
    return views


def check_text(text, base):
    for line, sql in blocks(text):
        try:
            rows = base.execute(sql).fetchall()
        except sqlite3.Error as error:
            yield f"{PAGE}:{line}: {error}"
            continue
        if not rows and "may be empty" not in sql:
            yield f"{PAGE}:{line}: the query finds nothing in the report of the sample"
    told = documented(text)
    real = [name for name, in base.execute("SELECT name FROM sqlite_schema WHERE type = 'view'")]
    for name in sorted(set(real) | set(told)):
        columns = [row[1] for row in base.execute(f"PRAGMA table_info({name})")]
        if columns != told.get(name, []):
            wrong = sorted(set(columns) ^ set(told.get(name, []))) or ["the order"]
            yield f"{PAGE}: {name} is documented with other columns: {', '.join(wrong)}"


def make_report(program, root, folder):
    sample = os.path.join(root, "data/sample")
    files = [os.path.join(sample, name + ".csv") for name in ("claims", "patients", "providers")]
    path = os.path.join(folder, "claimaudit.db")
    subprocess.run([program, "scan", "--quiet", "--db", path, "--profile", "generic", *files], check=True)
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def self_test(text, base):
    changes = [("FROM v_findings ORDER", "FROM v_found ORDER", "no such table"),
               ("outcome = 'unknown'", "outcome = 'unknowable'", "finds nothing"),
               ("| byte_offset |", "| offset |", "v_finding_lines"),
               ("| run_id, file | the", "| file, run_id | the", "the order"),
               ("### v_rejects", "### v_rejected", "v_rejected")]
    for old, new, expected in changes:
        if old not in text:
            yield f"self-test: {old!r} is not in {PAGE} any more"
        elif not any(expected in message for message in check_text(text.replace(old, new), base)):
            yield f"self-test: {new!r} was not found ({expected})"


def main():
    program = os.environ.get("CLAIMAUDIT")
    if not program or not os.path.exists(program):
        print("skipped: CLAIMAUDIT does not name the program")
        sys.exit(source.SKIPPED)
    root = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    if "--root" in sys.argv:
        root = sys.argv[sys.argv.index("--root") + 1]
    text = source.read(root, PAGE)
    with tempfile.TemporaryDirectory() as folder:
        base = make_report(program, root, folder)
        messages = list((self_test if "--self-test" in sys.argv else check_text)(text, base))
        base.close()
    for message in messages:
        print(message)
    print(f"{len(messages)} found")
    sys.exit(1 if messages else 0)


main()
