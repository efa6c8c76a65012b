"""Rule files and what they look things up in, as the judges want them."""

import copy
import csv
import datetime
import os
import re
from fractions import Fraction

import naive.language as language
import naive.strict_yaml as strict_yaml

CONDITIONS = ("where", "when", "exposure", "event", "without", "metric", "minimum", "lines", "order", "each")
LINES, CLAIMS = "service_date", "from_date"


def number_or_text(text):
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return Fraction(text)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return datetime.date.fromisoformat(text)
    return text.strip("'")


def days(text):
    return int(re.match(r"\d+", text)[0])


class Rule:
    """One rule; `place` knows its sets and tables."""

    def __init__(self, keys, place=None):
        self.keys = keys
        self.id, self.kind = keys["rule"], keys["kind"]
        place = place or Place({}, "")
        self.sets, self.tables = dict(place.sets), dict(place.tables)
        self.row = None     # of `each`, once it is known
        self.parameters = {name: number_or_text(text) for name, text in keys.get("parameters", {}).items()}
        self.of_claims = keys.get("level") == "claim"
        self.date_column = CLAIMS if self.kind == "claim" or self.of_claims else LINES
        self.effective_on = keys.get("effective_on", self.date_column)
        self.effective = None
        if "effective" in keys:
            first, last = (part.strip() for part in keys["effective"].split(".."))
            self.effective = (datetime.date.fromisoformat(first),
                              datetime.date.max if last == "open" else datetime.date.fromisoformat(last))
        for name in CONDITIONS:
            setattr(self, name, self.read(keys[name]) if name in keys else None)
        self.unless = [(item["name"], self.read(item["when"])) for item in keys.get("unless", [])]
        self.group = keys.get("same") or keys.get("per") or keys.get("entity") or []
        self.group = [self.group] if isinstance(self.group, str) else self.group
        peers = keys.get("peers", [])
        self.peers = [peers] if isinstance(peers, str) else peers
        self.report = keys.get("report", "both")
        self.max_group = self.number("max_group", 10000)
        self.read_limits()
        self.judge_open = keys.get("judge") == "open"
        self.rows_all = keys.get("rows") == "all"
        if "interval" in keys:
            start, end = re.split(r"\s+to\s+", keys["interval"])
            self.interval = self.read(start), self.read(end)
        self.touching_allowed = keys.get("touching") == "allowed"
        self.adjacent = keys.get("adjacent") == "yes"

    def read(self, text):
        return language.read(text, self.tables)

    def read_limits(self):
        self.min_peers = self.number("min_peers", 2)
        self.settle = self.number("settle", 60)
        self.within = self.keys.get("within")
        if self.row and self.within and self.within.startswith("row.") and " " not in self.within:
            self.within = self.row.cells[self.within.removeprefix("row.")]

    def of_row(self, row):
        """The rule as it is for one row of its table."""
        bound = copy.copy(self)
        bound.row = row
        bound.read_limits()
        return bound

    def number(self, name, otherwise):
        """A whole number or a parameter, with `days` behind it or not."""
        if name not in self.keys:
            return otherwise
        return self.whole(self.keys[name].split()[0])

    def whole(self, word):
        """The largest of all rows, as long as it is not known which one."""
        if word.startswith("row."):
            rows = [self.row] if self.row else self.tables[self.each[1]].each
            return max(int(row.cells[word.removeprefix("row.")]) for row in rows)
        return int(self.parameters.get(word, word))

    def words(self, text):
        """Numbers of a key of several words, parameters put in: 180 days before to 3 days after."""
        return [self.whole(word) for word in text.split()
                if word.isdigit() or word in self.parameters or word.startswith("row.")]


# --- Sets and tables ----------------------------------------------------------------------------------

class CodeSet:
    """`rows`: (code, first day or None, last day or None)."""

    def __init__(self, rows, prefix=False, dated=False):
        self.rows, self.prefix, self.dated = rows, prefix, dated

    def has(self, code, date):
        return any((code == row or self.prefix and code.startswith(row)) and inside(date, first, last)
                   for row, first, last in self.rows)


class Row:
    """Of `each`: cells by name, None where one is empty, that stands for any value where it is a key."""

    def __init__(self, cells, keys, prefix, first, last):
        self.cells, self.keys, self.prefix, self.first, self.last = cells, keys, prefix, first, last

    def holds(self, keys, date):
        same = [mine is None or mine == value for mine, value in zip(self.keys, keys)]
        if self.prefix and self.keys[-1] is not None:
            same[-1] = keys[-1].startswith(self.keys[-1])
        return all(same) and inside(date, self.first, self.last)


class Table:
    """`rows`: (keys, columns, first day, last day). keys: (name, type); columns: type by name. each: the rows for `each`."""

    def __init__(self, rows, dated=False, keys=(), columns=None, each=()):
        self.rows, self.dated, self.keys, self.columns, self.each = rows, dated, keys, columns or {}, each

    def find(self, keys, date):
        return next((columns for row, columns, first, last in self.rows if row == keys and inside(date, first, last)), None)


def cell_of(kind, text):
    if kind in ("int", "decimal", "money", "date"):
        return number_or_text(text)
    return code_of(kind.removeprefix("code:"), text) if kind.startswith("code:") else text


def row_of(keys, columns, cells, prefix, first, last):
    """cells: text by name, empty or not there where a cell is empty. A key that is a code is a text as a cell."""
    wanted = [code_of(kind, cells[name]) if cells.get(name) else None for name, kind in keys]
    values = {name: cell_of(kind, cells[name]) if cells.get(name) else None for name, kind in columns.items()}
    return Row({**{name: cells.get(name) or None for name, _ in keys}, **values}, wanted, prefix, first, last)


def inside(date, first, last):
    return (first is None or date is not None and first <= date) and (last is None or date is not None and date <= last)


def day_or_none(text):
    return datetime.date.fromisoformat(text) if text and text != "-" else None


def code_of(system, text):
    """As cells have it: families of one system carry no name of theirs."""
    return text if ":" in text or system in ("", "id", "text", "int", "date", "drug_class", "specialty", "modifier", "pos") else f"{system}:{text}"


class Place:
    """The sets.yaml of a folder."""

    def __init__(self, keys, folder):
        self.sets, self.tables = {}, {}
        for name, about in keys.get("sets", {}).items():
            self.sets[name] = CodeSet([(code, None, None) for code in about["codes"]]) if "codes" in about \
                else set_of_file(about, folder)
        for name, about in keys.get("tables", {}).items():
            self.tables[name] = table_of_file(about, folder)


def rows_of(about, folder):
    """(row, what is said of its file)."""
    for source in about.get("sources", [about]):
        if source.get("bind") == "site" or "file" not in source:
            continue
        with open(os.path.join(folder, source["file"]), encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if all(fits(row[column], wanted) for column, wanted in about.get("where", {}).items()):
                    yield row, source


def fits(cell, wanted):
    return wanted["contains"] in cell.split(wanted["separator"]) if isinstance(wanted, dict) else cell == wanted


def days_of(about, row):
    first, last = about.get("valid", (None, None))
    return day_or_none(first and row[first]), day_or_none(last and row[last])


def set_of_file(about, folder):
    rows = [(code_of(row[source["system_column"]] if "system_column" in source else source.get("system", ""),
                     row[source["column"]]), *days_of(source, row)) for row, source in rows_of(about, folder)]
    return CodeSet(rows, about.get("prefix") == "yes", any("valid" in source for source in about.get("sources", [about])))


def table_of_file(about, folder):
    keys = [key.split() for key in about["keys"]]
    rows = [([code_of(kind, row[column]) for column, kind in keys],
             {column: number_or_text(row[column]) for column in about.get("columns", {})}, *days_of(about, row))
            for row, _ in rows_of(about, folder)]
    each, last = [], keys[-1][0]
    for row, _ in rows_of(about, folder):
        is_prefix = about.get("prefix") == "yes" and row[last][:1] != "="
        cells = {**row, last: row[last].removeprefix("=")}
        each.append(row_of(keys, about.get("columns", {}), cells, is_prefix, *days_of(about, row)))
    return Table(rows, "valid" in about, keys, about.get("columns"), each)


def place_of(folder):
    path = os.path.join(folder, "sets.yaml")
    if not os.path.exists(path):
        return Place({}, folder)
    with open(path, encoding="utf-8") as file:
        return Place(strict_yaml.read(file.read()), folder)


def load(path):
    with open(path, encoding="utf-8") as file:
        return Rule(strict_yaml.read(file.read()), place_of(os.path.dirname(path)))
