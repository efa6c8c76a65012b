#!/usr/bin/env python3
"""Every shipped rule of several lines has near misses with a reversed line in tests/golden/reversed-near-miss: cases that differ
from one of the other outcome by nothing but a row that undoes one of their lines, and that row is needed each time."""

import csv
import io
import os
import re

import source

FOLDER = "tests/golden/reversed-near-miss"
SEVERAL = ("pair", "duplicate", "window", "overlap", "sequence", "absence", "peer")
UNDOING = ("void", "reversal")
FOUND, SPARED = "found", "spared"
WAYS = ("void", "named", "keys")


def rules_of_several(root):
    """Ids of the rules that run and see several lines."""
    ids = []
    for path in source.files_under(root, "rules", ends=(".yaml",)):
        keys = dict(re.findall(r"^(rule|kind|status):\s*(\S+)", source.read(root, path), re.MULTILINE))
        if keys.get("kind") in SEVERAL and keys.get("status") in ("active", "shadow"):
            ids.append(keys["rule"])
    return ids


def cases_of(text, rule):
    """Rows by case, each row as a dictionary without the name of its case."""
    cases = {}
    for row in csv.DictReader(io.StringIO(text)):
        parts = row["claim_id"].split(".")
        if len(parts) != 3 or parts[0] != rule:
            return None
        mark = f"{rule}.{parts[1]}"
        cases.setdefault(parts[1], []).append({name: cell.replace(mark, "CASE") for name, cell in row.items()})
    return cases


def way_of(row):
    """How a row says what it undoes."""
    if row["claim_status"] == "reversal":
        return "keys"
    return "named" if row["original_claim_id"] else "void"


def check_cases(path, cases):
    """Each case with an undoing row has a twin without, of the other outcome."""
    messages, seen = [], set()
    lines = {name: [row for row in rows if row["claim_status"] not in UNDOING] for name, rows in cases.items()}
    for name, rows in cases.items():
        undoing = [row for row in rows if row["claim_status"] in UNDOING]
        if not name.startswith((FOUND, SPARED)):
            messages.append(f"{path}: case {name}: a case is called found… or spared…")
        elif len(undoing) > 1:
            messages.append(f"{path}: case {name}: more than one row undoes something")
        elif undoing:
            outcome, other = (FOUND, SPARED) if name.startswith(FOUND) else (SPARED, FOUND)
            if not any(twin.startswith(other) and cases[twin] == lines[name] for twin in cases):
                messages.append(f"{path}: case {name}: no {other} case has the same lines, but for the row that undoes one")
            seen.add((outcome, way_of(undoing[0])))
    for way in WAYS:
        if (SPARED, way) not in seen:
            messages.append(f"{path}: no spared case with a line undone by {way}")
    return messages


def expected_cases(root):
    found = {}
    for line in source.read(root, f"{FOLDER}/sql.expected").splitlines():
        rule, _, names = line.partition("|")
        found[rule] = names.split()
    return found


def check(root):
    messages = []
    found = expected_cases(root)
    for rule in rules_of_several(root):
        path = f"{FOLDER}/{rule}.csv"
        if not os.path.exists(os.path.join(root, path)):
            messages.append(f"{rule}: a rule of several lines needs near misses with a reversed line: {path}")
            continue
        cases = cases_of(source.read(root, path), rule)
        if cases is None:
            messages.append(f"{path}: a claim id is {rule}.CASE.NUMBER")
            continue
        messages += check_cases(path, cases)
        wanted = sorted(name for name in cases if name.startswith(FOUND))
        if found.get(rule) != wanted:
            messages.append(f"{path}: sql.expected has {found.get(rule)}, its cases say {wanted}")
    return messages


HEAD = "rule: CORE-9902\nstatus: active\nkind: pair\n"
LINE = "CORE-0203.{},professional,original,,1,CORE-0203.{},B1,local:V6010,1,2024-03-01,2024-04-01,100.00\n"
source.main(check, [
    ("rules/core/CORE-9902.yaml", HEAD, "needs near misses"),
    ("rules/core/CORE-9902.yaml", HEAD.replace("active", "draft"), None),
    ("rules/core/CORE-9902.yaml", HEAD.replace("pair", "line"), None),
    (f"{FOLDER}/CORE-0203.csv", LINE.format("spared-more.2", "spared-more").replace("original", "void"), "no found case has"),
    (f"{FOLDER}/CORE-0203.csv", LINE.format("found-too.1", "found-too"), "sql.expected has"),
    (f"{FOLDER}/CORE-0203.csv", LINE.format("other.1", "other"), "is called found"),
    (f"{FOLDER}/CORE-0203.csv", LINE.format("found", "found"), "a claim id is"),
], needs=("rules", FOLDER))
