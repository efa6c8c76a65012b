"""What a rule says: counts of units by outcome, and findings; and the questions that all kinds ask alike."""

import collections
import datetime
import re
from fractions import Fraction

import naive.language as language
import naive.money as money
from naive.language import View
from naive.lines import IDS, claim_of, is_nobody, key_of

ORDER = ("hit", "excused", "unknown", "pass", "not_applicable")


class Setting:
    """Of the run: through, the data horizon; since, the data start (None: not given); the first day of a benefit year."""

    def __init__(self, through=None, since=None, benefit_year=(1, 1)):
        self.through, self.since, self.benefit_year = through, since, benefit_year

    def is_open(self, last, settle):
        return self.through is not None and (last is None or last + datetime.timedelta(settle) > self.through)


class Finding:
    """lines: (role, claim type, claim id, line number, share); stored: those of them that a scan keeps, None = all. reasons: of
    unknown units, any that may be named."""

    def __init__(self, outcome, lines, reasons=("",), exposure=None, date=None, message=None):
        self.outcome, self.lines, self.reasons = outcome, lines, set(reasons)
        self.exposure, self.date, self.message = exposure, date, message
        self.stored = None


class Result:
    """Of one rule over one night."""

    def __init__(self):
        self.counts, self.findings = collections.Counter(), []

    def unknown(self, lines, reasons):
        """A unit that cannot be judged."""
        self.counts["unknown"] += 1
        self.findings.append(Finding("unknown", [("", *key_of(line), None) for line in lines], reasons))


# --- Conditions --------------------------------------------------------------------------------------------

def applies(rule, date):
    """True, False, or None: `effective` against the date of an instance."""
    if not rule.effective:
        return True
    return None if date is None else rule.effective[0] <= date <= rule.effective[1]


def taken(rule, line):
    """(truth, blame) of `where`."""
    return language.truth(rule.where, View(rule, {"": line}, date=line["service_date"])) if rule.where else (True, None)


def where_blame(rule, doubtful):
    """The first leaf of `where` that is UNKNOWN for a line of a claim, and the first such line."""
    for leaf in language.leaves_of(rule.where) if doubtful else []:
        for line in doubtful:
            is_true, blame = language.truth_of_leaf(leaf, View(rule, {"": line}, date=line["service_date"]))
            if is_true is None:
                return blame
    return None


def first_blame(rule, doubtful):
    """What the first of several lines in doubt lacks."""
    return taken(rule, doubtful[0])[1] if doubtful else None


def excuse(rule, view):
    """(outcome, reason) of a unit whose `when` is TRUE."""
    told = [(name, *language.truth(condition, view)) for name, condition in rule.unless]
    for name, is_true, _ in told:
        if is_true:
            return "excused", name
    for name, is_true, blame in told:
        if is_true is None:
            return "hit", f"exception {name} could not be checked: {blame} missing"
    return "hit", ""


def lacks(columns, record):
    """The first of the key columns that is missing, or holds an identifier of nobody."""
    return next((column for column in columns if record.get(column) is None
                 or (column in IDS and is_nobody(record[column]))), None)


def group_of(columns, record):
    """Lists agree as sets."""
    return tuple(frozenset(record[column]) if isinstance(record[column], tuple) else record[column] for column in columns)


# --- Findings ----------------------------------------------------------------------------------------------

def is_whole_claim(lines):
    """A claim none of whose lines has money carries the finding itself."""
    return all(line["paid"] is None for line in lines)


def is_header(record):
    """Of a claim that carries a finding itself."""
    return "line_no" not in record


def exposed(rule, view, carriers, others=(), default=None):
    """(exposure, lines): carriers are (role, record) in line order."""
    paid = [record["claim_paid"] if is_header(record) else record["paid"] for _, record in carriers]
    if rule.kind == "claim" and is_header(carriers[0][1]):
        view.whole = language.Told(carriers[0][1]["claim_paid"])
    told = language.tell(rule.exposure or language.read(default), view)
    view.whole = None
    exposure, shares = money.settle(None if told.skipped else told.value, paid)
    told = [*zip(carriers, shares), *((other, 0) for other in others)]
    return exposure, [(role, *(claim_of(record) + (None,) if is_header(record) else key_of(record)), share)
                      for (role, record), share in told]


def printed(told, text):
    value = told.value
    if value is None:
        return "-"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if not isinstance(value, Fraction):
        return value.rpartition(":")[2]
    if text.endswith("|money"):
        return f"{round(value * 100) / 100:.2f}"
    return str(value.numerator) if value.denominator == 1 else str(value)


def message_of(rule, view):
    """Worlds put into messages only whole numbers, dates, codes and identifiers."""
    return re.sub(r"\{([^{}]*)\}", lambda m: printed(language.tell(rule.read(m[1].split("|")[0]), view), m[1]),
                  rule.keys.get("message", ""))
