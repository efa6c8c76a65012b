#!/usr/bin/env python3
"""The naive engine passes the tests inside rule files, which the real one passes too: both understand the documents alike.

The files are the example rules, the drafts of `rules new` for every kind, and the rules of docs/rule-language.md. Prints TAP.
"""

import argparse
import glob
import os
import re
import subprocess
import sys
import tempfile

import random_rules
from naive import inline

SETS = """sets:
  watched_procedures: {family: procedure, file: watched_procedures.csv, column: code, system: local}
  opioids: {family: drug_class, codes: [opioid, methadone]}
tables:
  watch_list: {file: watch_list.csv, keys: [provider id], valid: [from, to], columns: {why: text}}
  allow_list: {file: allow_list.csv, keys: [provider id, procedure local], columns: {who_allowed: text}}
  fee: {file: fee.csv, keys: [procedure local], valid: [from, to], columns: {price: money, max_units: int}}
  limits: {file: limits.csv, keys: [sex text, item local], columns: {period: text, most: int, reason: text}, prefix: yes}
"""


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)
    return os.path.join(folder, name)


def of_docs(source, folder):
    """The rules of the page, with the files that stand beside them there."""
    write(folder, "sets.yaml", SETS)
    with open(os.path.join(source, "docs", "rule-language.md"), encoding="utf-8") as file:
        for name, text in re.findall(r"```(?:yaml|csv ([\w.]+))\n(.*?)```", file.read(), re.S):
            if name:
                write(folder, name, text)
            elif text.startswith("rule: "):
                yield write(folder, text.split()[1] + ".yaml", text)


def drafts(program, folder):
    for number, kind in enumerate(random_rules.KINDS, 9001):
        subprocess.run([program, "rules", "new", f"SITE-{number}", "--kind", kind], cwd=folder, check=True, capture_output=True)
    return sorted(glob.glob(os.path.join(folder, "SITE-9*.yaml")))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--source", required=True)
    options = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="naive-") as folder:
        paths = sorted(glob.glob(os.path.join(options.source, "examples", "rules", "SITE-*.yaml")))
        paths += sorted(glob.glob(os.path.join(options.source, "tests", "support", "each_rules", "SITE-*.yaml")))
        paths += [*of_docs(options.source, folder), *drafts(os.path.abspath(options.program), folder)]
        for number, path in enumerate(paths, 1):
            found = list(inline.problems(path))
            failed += bool(found)
            print(f"{'not ok' if found else 'ok'} {number} - {os.path.basename(os.path.dirname(path))}/{os.path.basename(path)}")
            for name, words in found:
                print(f"# {name}: {words}")
    print(f"1..{len(paths)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
