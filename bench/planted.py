"""Compares the labels of generated claims with the findings of a report: every planted scheme must be found."""
import csv
import sqlite3
import sys


def main():
    labels_path, report_path = sys.argv[1:3]
    with open(labels_path, newline="", encoding="utf-8") as file:
        labels = {(row["rule_id"], row["claim_type"], row["claim_id"], row["line_no"])
                  for row in csv.DictReader(file)}
    report = sqlite3.connect(f"file:{report_path}?mode=ro", uri=True)
    findings = {(rule, kind, claim, "" if line is None else str(line)) for rule, kind, claim, line in
                report.execute("SELECT rule_id, claim_type, claim_id, line_no FROM v_findings")}
    found = labels & findings
    print(f"planted schemes found: {len(found)} of {len(labels)}; "
          f"findings nobody planted: {len(findings - labels)}")
    for label in sorted(labels - findings):
        print("  not found:", " ".join(label))
    for finding in sorted(findings - labels)[:20]:
        print("  not planted:", " ".join(finding))
    return 0 if found == labels else 1


sys.exit(main())
