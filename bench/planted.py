"""Compares labels.csv with the findings of a report: every planted scheme must be found with its lines and their
roles, and nothing else. The labels hold for a scan of --data-from 2023-01-01 --data-through 2024-12-31. Leads of scores
(grade statistical) are no part of this and are left out: no label plants them, and somebody always ranks first.

usage: planted.py LABELS REPORT
"""
import sqlite3
import sys
from collections import defaultdict

from labels import read_labels

FINDINGS = """SELECT finding_id, rule_id, subject_kind, subject_id, claim_type, claim_id, window_from, window_to
              FROM v_findings WHERE grade <> 'statistical'"""
LINES = "SELECT finding_id, role, claim_type, claim_id, line_no FROM v_finding_lines"


def forms(finding, lines):
    """How a label may tell of a finding: by its entity, its claim, its lines, or its claims."""
    _, rule, kind, subject, claim_type, claim_id, first, last = finding
    if kind not in ("line", "claim"):
        return [(rule, frozenset({("entity", f"{kind}/{subject}", f"{first}..{last}")}))]
    told = [(rule, frozenset(lines)), (rule, frozenset((*line[:3], "") for line in lines))]
    if kind == "claim" and {role for role, *_ in lines} <= {"line", "claim"}:
        told.append((rule, frozenset({("claim", claim_type, claim_id, "")})))
    return told


def compare(labels, report):
    lines = defaultdict(list)
    for finding, role, claim_type, claim_id, line_no in report.execute(LINES):
        lines[finding].append((role, claim_type, claim_id, "" if line_no is None else str(line_no)))
    wanted, found, others = set(labels), set(), []
    for finding in report.execute(FINDINGS):
        hits = wanted.intersection(forms(finding, lines[finding[0]]))
        found |= hits
        if not hits:
            others.append((finding[1], finding[3]))
    return wanted, found, others


def say(label):
    return f"{label[0]} " + ";".join(f"{ref[0]}={'/'.join(part for part in ref[1:] if part)}" for ref in sorted(label[1]))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.split("\n\n")[-1].strip())
    labels = read_labels(sys.argv[1])
    report = sqlite3.connect(f"file:{sys.argv[2]}?mode=ro", uri=True)
    wanted, found, others = compare(labels, report)
    print(f"planted schemes found: {len(found)} of {len(wanted)}; findings nobody planted: {len(others)} (scores left out)")
    for label in sorted(wanted - found, key=say):
        print("  not found:", say(label))
    for finding in sorted(others)[:20]:
        print("  not planted:", *finding)
    return 0 if found == wanted and not others else 1


if __name__ == "__main__":
    sys.exit(main())
