"""Reads labels.csv: what must be found.

A finding is (rule id, frozenset of (role, claim_type, claim_id, line_no)), line_no '' for a whole claim; one about a
pharmacy is (rule id, frozenset of ('entity', 'pharmacy_id/ID', 'FROM..TO')).
"""
import csv


def read_refs(cell):
    """The lines of a label: role=claim_type/claim_id/line_no; without the number the whole claim."""
    refs = []
    for text in cell.split(";"):
        role, _, line = text.partition("=")
        refs.append((role, *(line.split("/") + [""])[:3]))
    return refs


def finding_of(row):
    refs = [("entity", row["entity"], row["period"])] if row["entity"] else read_refs(row["lines"])
    return row["rule_id"], frozenset(refs)


def read_labels(path):
    with open(path, newline="", encoding="utf-8") as file:
        return [finding_of(row) for row in csv.DictReader(file, strict=True)]
