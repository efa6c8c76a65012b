"""Runs the tests inside rule files with the naive judges."""

import collections
import datetime
import re
from fractions import Fraction

import naive.judge as judge
import naive.lines as lines
import naive.rules as rules
from naive.outcomes import Setting

WORD = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\S+")
SINGLE = ("line", "duplicate", "absence")


def cells_of(row):
    return WORD.findall(row)


def value_of(name, cell):
    if cell == "-":
        return None
    quoted = cell[0] in "'\"" and len(cell) > 1
    text = cell[1:-1] if quoted else cell
    return lines.value_of(name, text) if text or name in lines.LISTS else None


class Case:
    """One test as a night."""

    def __init__(self, rule, keys):
        self.rule, self.keys = rule, keys
        head, *rows = [cells_of(row) for row in keys["lines"].splitlines() if row.strip()]
        self.ids, self.all, self.incomplete_claims, self.incomplete_patients = [], [], set(), set()
        for cells in rows:
            line = dict.fromkeys(lines.NUMBERS | lines.DATES | lines.LISTS | lines.IDS)
            line.update({"claim_type": None, "claim_part": Fraction(1), "claim_status": "original", "_has_from": "from_date" in head})
            line.update((name, value_of(name, cell)) for name, cell in zip(head[1:], cells[1:]))
            if line["claim_id"] is None and rule.date_column == rules.CLAIMS:
                line["claim_id"] = cells[0]
            if "diagnoses" not in head:
                lines.add_diagnoses(line)
            line["_key"] = ("", "", cells[0])
            line["line_no"] = line["line_no"] or Fraction(len(self.all) + 1)
            self.ids.append(cells[0])
            self.all.append(line)
        self.lines = [line for line in self.all if lines.is_live(line)]
        for name, text in keys.get("tables", {}).items():
            self.own_table(name, text)
        for name, text in keys.get("parameters", {}).items():
            rule.parameters[name] = rules.number_or_text(text)

    def own_table(self, name, text):
        head, *rows = [cells_of(row) for row in text.splitlines() if row.strip()]
        rows = [dict(zip(head, cells)) for cells in rows]
        dated = "valid_from" in head
        if name in self.rule.sets:
            self.rule.sets[name] = rules.CodeSet([(row["code"], rules.day_or_none(row.get("valid_from")),
                                                   rules.day_or_none(row.get("valid_to"))) for row in rows], dated=dated)
            return
        table = self.rule.tables[name]
        days = [(rules.day_or_none(row.get("valid_from")), rules.day_or_none(row.get("valid_to"))) for row in rows]
        each = [rules.row_of(table.keys, table.columns, {column: text.strip("'") for column, text in row.items() if text != "-"},
                             row.get("prefix") == "yes", *of_row) for row, of_row in zip(rows, days)]
        names = [column for column, _ in table.keys]
        self.rule.tables[name] = rules.Table(
            [([row[column] for column in names], {column: rules.number_or_text(row[column]) for column in head
                                                  if column not in names}, *of_row) for row, of_row in zip(rows, days)],
            dated or table.dated, table.keys, table.columns, each)

    def setting(self):
        if "horizon" not in self.keys:
            return Setting(None, datetime.date.min)
        first, last = (datetime.date.fromisoformat(part.strip()) for part in self.keys["horizon"].split(".."))
        return Setting(last, first)

    def wanted(self, name):
        if name not in self.keys:
            return None
        return sorted(tuple(item) if isinstance(item, list) else (item,) for item in self.keys[name])

    def told(self, outcome, result):
        found = []
        for finding in result.findings:
            if finding.outcome == outcome:
                of = finding.lines[:1] if self.rule.kind in SINGLE else finding.lines
                if self.rule.kind in ("pair", "overlap", "sequence") and outcome != "unknown":
                    of = sorted(of, key=lambda line: line[0])
                whole = [line for line in of if line[3] is None]
                found.append(tuple(self.ids_of(whole) if whole else [line[3] for line in of]))
        return sorted(found)


    def ids_of(self, claims):
        """Of findings that lie on a claim as a whole."""
        return [line["_key"][2] for line in self.all if (line["claim_type"], line["claim_id"]) in [claim[1:3] for claim in claims]]


def problems(path):
    """(name of a test, what differs)."""
    for keys in rules.load(path).keys.get("tests", []):
        case = Case(rules.load(path), keys)
        result = judge.judge(case.rule, case, case.setting())
        for name, outcome in (("hits", "hit"), ("excused", "excused"), ("unknown", "unknown")):
            wanted, told = case.wanted(name), case.told(outcome, result)
            if wanted is not None and flat(wanted, outcome) != flat(told, outcome):
                yield keys["name"], f"{name} {wanted}, judged {told}; {dict(result.counts)}"


def flat(items, outcome):
    """Units that are unknown: the lines alone are compared."""
    return items if outcome != "unknown" else collections.Counter(line for item in items for line in item)
