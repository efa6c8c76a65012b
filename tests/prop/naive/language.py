"""The rule language, read and worked out the slow way: exact fractions, three truths, and who is to blame for UNKNOWN.

A condition is a tuple (what, ...). Truth is True, False or None. A value is told as (value, skipped, blame): skipped
when an aggregate left something out, blame the first column in writing that was missing.
"""

import collections
import datetime
import re
from fractions import Fraction

TOKEN = re.compile(r"\s+|(?P<date>\d{4}-\d\d-\d\d)|(?P<number>\d+(?:\.\d+)?)|'(?P<string>[^'\n]*)'"
                   r"|(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|(?P<sign>\.\.|<=|>=|!=|[=<>+\-*/(),.])")
WORDS = {"and", "or", "not", "in", "set", "codes", "between", "is", "missing", "present", "found", "has", "overlaps", "within",
         "starts", "with", "on", "where"}
AGGREGATES = {"count", "sum", "min", "max", "distinct", "any", "all", "top_share"}
SIDES = ("a", "b", "original")
GIVEN = {"window_start", "window_end", "overlap_days", "metric", "peer_count"}

Told = collections.namedtuple("Told", "value skipped blame", defaults=(False, None))


# --- Reading --------------------------------------------------------------------------------------

def tokens(text):
    found, at = [], 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise ValueError(f"unexpected {text[at:]!r}")
        kind, at = match.lastgroup, match.end()
        if kind == "name" and match[kind] in WORDS:
            kind = "word"
        if kind:
            found.append((kind, match["name"] if kind == "word" else match[kind]))
    return [*found, ("end", "")]


class Reader:
    """Recursive descent over one condition or value. `tables` names the reference tables."""

    def __init__(self, text, tables=()):
        self.tokens, self.at, self.tables = tokens(text), 0, tables

    def sees(self, *texts):
        return self.tokens[self.at][0] in ("word", "sign") and self.tokens[self.at][1] in texts

    def take(self, *texts):
        if self.sees(*texts):
            self.at += 1
            return self.tokens[self.at - 1][1]
        return None

    def need(self, text):
        if not self.take(text):
            raise ValueError(f"expected {text!r} before {self.tokens[self.at:]}")

    def next(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def whole(self):
        node = self.either()
        if self.tokens[self.at][0] != "end":
            raise ValueError(f"left over: {self.tokens[self.at:]}")
        return node

    def either(self):
        parts = [self.both()]
        while self.take("or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else ("or", parts)

    def both(self):
        parts = [self.negation()]
        while self.take("and"):
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else ("and", parts)

    def negation(self):
        return ("not", self.negation()) if self.take("not") else self.predicate()

    def predicate(self):
        left = self.sum()
        sign = self.take("=", "!=", "<", "<=", ">", ">=")
        if sign:
            return ("compare", sign, left, self.sum())
        if self.take("between"):
            low = self.sum()
            self.need("and")
            return ("between", left, low, self.sum())
        if self.sees("in", "not"):
            negated = self.take("not") is not None
            self.need("in")
            return ("in", left, self.codes(), negated)
        if self.take("is"):
            negated = self.take("not") is not None
            word = self.take("missing", "present", "found")
            if word == "found":
                return ("found", left, negated)
            return ("missing", left, (word == "present") != negated)
        if self.take("has"):
            return ("has", left, self.sum())
        if self.sees("overlaps", "within"):
            return (self.take("overlaps", "within"), left, self.codes())
        if self.take("starts"):
            self.need("with")
            return ("starts", left, self.next()[1])
        return left

    def codes(self):
        """(name of a set, its date) or (None, [(low, high, range?)])."""
        if self.take("set"):
            name = self.next()[1]
            return (name, self.sum() if self.take("on") else None)
        ranges = self.take("codes") is not None
        self.need("(")
        found = []
        while not found or self.take(","):
            low = self.next()[1]
            high = self.next()[1] if self.take("..") else low
            if ":" in low and ":" not in high:
                high = low.split(":")[0] + ":" + high
            found.append((low, high, ranges))
        self.need(")")
        return (None, found)

    def sum(self):
        left = self.term()
        while self.sees("+", "-"):
            left = ("arithmetic", self.next()[1], left, self.term())
        return left

    def term(self):
        left = self.factor()
        while self.sees("*", "/"):
            left = ("arithmetic", self.next()[1], left, self.factor())
        return left

    def factor(self):
        kind, text = self.next()
        if kind == "number":
            return ("literal", Fraction(text))
        if kind == "date":
            return ("literal", datetime.date.fromisoformat(text))
        if kind == "string":
            return ("literal", text)
        if text == "-":
            return ("arithmetic", "-", ("literal", Fraction(0)), self.factor())
        if text == "(":
            node = self.either()
            self.need(")")
            return node
        if kind != "name":
            raise ValueError(f"expected a value before {self.tokens[self.at:]}")
        return self.call(text) if self.take("(") else ("column", text)

    def call(self, name):
        args, where, on = [], None, None
        while not self.sees(")", "where", "on"):
            args.append(self.either())
            self.take(",")
        if self.take("where"):
            where = self.either()
        if self.take("on"):
            on = self.sum()
        self.need(")")
        if name in AGGREGATES:
            return ("aggregate", name, args, where)
        if name in self.tables:
            return ("lookup", name, args, on, self.next()[1] if self.take(".") else None)
        return ("call", name, args)


def read(text, tables=()):
    return Reader(text, tables).whole()


def parts_of(node):
    """All nodes of an expression, itself first, in the order they are written."""
    if isinstance(node, list):
        for item in node:
            yield from parts_of(item)
    elif isinstance(node, tuple):
        if node and isinstance(node[0], str):
            yield node
        for item in node[1:]:
            if isinstance(item, (tuple, list)):
                yield from parts_of(item)


def leaves_of(node):
    """What `and`, `or` and `not` join."""
    if node[0] in ("and", "or"):
        return [leaf for part in node[1] for leaf in leaves_of(part)]
    return leaves_of(node[1]) if node[0] == "not" else [node]


def side_of(name):
    first, _, rest = name.partition(".")
    return (first, rest) if first in SIDES and rest else ("", name)


# --- What an expression is asked about ---------------------------------------------------------------

class View:
    """The records that names stand for.

    sides: record by prefix, '' the bare one. lines: by prefix, the (record, doubtful) that aggregates see. claim: bare
    amounts are those of claims, whose lines it holds. where_blame: why doubtful lines are doubtful. whole: what was paid
    for a claim none of whose lines has money.
    """

    def __init__(self, rule, sides, lines=None, date=None, given=None, claim=None, where_blame=None):
        self.whole = None
        self.rule, self.sides, self.lines, self.date = rule, sides, lines or {}, date
        self.given, self.claim, self.where_blame = given or {}, claim or {}, where_blame

    def of_line(self, record):
        """The same question, asked of one line inside an aggregate: any prefix means that line."""
        return View(self.rule, collections.defaultdict(lambda: record), date=self.date)


def amount_of_claim(view, side, name):
    """The claim's own amount, else the sum of its lines."""
    own = view.sides[side].get("claim_" + name)
    if own is not None:
        return Told(own)
    values = [line[name] for line in view.claim[side]]
    known = [value for value in values if value is not None]
    missing = len(known) < len(values)
    return Told(sum(known, Fraction(0)) if known else None, missing, name if missing or not known else None)


def tell(node, view):
    """A value as (value, skipped, blame)."""
    return {"literal": tell_literal, "column": tell_column, "arithmetic": tell_arithmetic, "call": tell_call,
            "aggregate": tell_aggregate, "lookup": tell_lookup}[node[0]](node, view)


def tell_literal(node, _view):
    return Told(node[1])


def tell_column(node, view):
    name = node[1]
    if name.startswith("row.") and view.rule.each:
        row = view.rule.row    # none where it cannot be known
        value = row.cells[name.removeprefix("row.")] if row else None
        return Told(value, False, view.rule.each[1] if value is None else None)
    if name in view.rule.parameters:
        return Told(view.rule.parameters[name])
    if name in view.given:
        return view.given[name] if isinstance(view.given[name], Told) else Told(view.given[name])
    side, column = side_of(name)
    if side in view.claim and column in ("paid", "charge", "allowed"):
        return amount_of_claim(view, side, column)
    value = view.sides[side].get(column)
    return Told(value, False, column if value is None else None)


def together(tolds):
    return any(told.skipped for told in tolds), next((told.blame for told in tolds if told.blame), None)


def tell_arithmetic(node, view):
    left, right = tell(node[2], view), tell(node[3], view)
    skipped, blame = together((left, right))
    a, b = left.value, right.value
    if a is None or b is None:
        return Told(None, skipped, blame)
    if node[1] == "/":
        return Told(a / b if b else None, skipped, blame or (None if b else "other"))
    return Told({"+": a + b, "-": a - b, "*": a * b}[node[1]] if node[1] in "+-*" else None, skipped, blame)


def month_later(day, months):
    month = day.month - 1 + int(months)
    year, month = day.year + month // 12, month % 12 + 1
    last = (datetime.date(year + month // 12, month % 12 + 1, 1) - datetime.timedelta(1)).day
    return datetime.date(year, month, min(day.day, last))


def rounded(value, digits):
    """Half to even, as all rounding."""
    return Fraction(round(value * 10 ** int(digits)), 10 ** int(digits))


FUNCTIONS = {
    "days_between": lambda a, b: Fraction((b - a).days),
    "add_days": lambda d, n: d + datetime.timedelta(int(n)),
    "add_months": month_later,
    "age_at": lambda b, d: Fraction(d.year - b.year - ((d.month, d.day) < (b.month, b.day))),
    "age_days": lambda b, d: Fraction((d - b).days),
    "year": lambda d: Fraction(d.year), "month": lambda d: Fraction(d.month), "weekday": lambda d: Fraction(d.isoweekday()),
    "least": lambda *v: min(v), "greatest": lambda *v: max(v), "abs": abs, "round": rounded,
    "size": lambda v: Fraction(len(v)), "is_weekend": lambda d: d.isoweekday() > 5,
}


def tell_call(node, view):
    if node[1] in ("percentile", "median"):
        share = tell(node[2][0], view).value if node[2] else Fraction(50)
        return view.given["percentile"](share)
    tolds = [tell(arg, view) for arg in node[2]]
    skipped, blame = together(tolds)
    if node[1] == "coalesce":
        value = next((told.value for told in tolds if told.value is not None), None)
        return Told(value, skipped, blame if value is None or skipped else None)
    if any(told.value is None for told in tolds):
        return Told(None, skipped, blame)
    return Told(FUNCTIONS[node[1]](*(told.value for told in tolds)), skipped, blame)


def found_row(node, view):
    """(row, skipped, blame): row is False when there is none, None when a key or the date is missing."""
    _, name, args, on, _ = node
    table = view.rule.tables[name]
    tolds = [tell(arg, view) for arg in args]
    if table.dated:
        tolds.append(tell(on, view) if on else date_of(view))
    skipped, blame = together(tolds)
    if any(told.value is None for told in tolds):
        return None, skipped, blame
    return table.find([told.value for told in tolds[:len(args)]], tolds[-1].value) or False, skipped, blame


def rows_of_each(view):
    """(the rule as it is for every row that matches, blame): no rows where a key or the date is missing, with its blame."""
    rule = view.rule
    if not rule.each:
        return [rule], None
    _, name, args, on, _ = rule.each
    table = rule.tables[name]
    tolds = [tell(arg, view) for arg in args]
    if table.dated:
        tolds.append(tell(on, view) if on else date_of(view))
    missing = next((told.blame for told in tolds if told.value is None), None)
    if missing:
        return [], missing
    keys = [told.value for told in tolds[:len(args)]]
    return [rule.of_row(row) for row in table.each if row.holds(keys, tolds[-1].value if table.dated else None)], None


def tell_lookup(node, view):
    row, skipped, blame = found_row(node, view)
    value = row[node[4]] if row else None
    return Told(value, skipped, blame or (node[1] if value is None else None))


def date_of(view):
    return Told(view.date, False, None if view.date else view.rule.date_column)


# --- Aggregates -----------------------------------------------------------------------------------------

def side_of_aggregate(node):
    for part in parts_of(node):
        if part[0] == "column" and side_of(part[1])[0]:
            return side_of(part[1])[0]
    return ""


def gathered(node, view):
    """(values or truths of the lines that take part, was a line left out, blame)."""
    values, skipped, blame, doubtful = [], False, None, False
    for record, doubt in view.lines[side_of_aggregate(node)]:
        if doubt:
            doubtful = True
            continue
        line = view.of_line(record)
        chosen, why = truth(node[3], line) if node[3] else (True, None)
        if chosen is None:
            skipped, blame = True, blame or why
        if not chosen:
            continue
        if node[1] in ("any", "all"):
            value, why = truth(node[2][0], line)
        elif node[2]:
            value, _, why = tell(node[2][0], line)
        else:
            value, why = True, None
        if value is None:
            skipped, blame = True, blame or why
        else:
            values.append(value)
    if doubtful:
        skipped, blame = True, blame or view.where_blame
    return values, skipped, blame


def tell_aggregate(node, view):
    if view.whole is not None and node[1:] == ("sum", [("column", "paid")], None):
        return view.whole
    values, skipped, blame = gathered(node, view)
    name = node[1]
    if name in ("any", "all"):
        value = any(values) if name == "any" else all(values) and not skipped
    elif name in ("count", "distinct"):
        value = Fraction(len(values) if name == "count" else len(set(values)))
    elif name == "sum":
        value = sum(values, Fraction(0))
    elif not values:
        value = None
    elif name == "top_share":
        value = Fraction(max(collections.Counter(values).values()), len(values))
    else:
        value = min(values) if name == "min" else max(values)
    return Told(value, skipped, blame or ("other" if value is None else None))


# --- Conditions -----------------------------------------------------------------------------------------

def system_of(code):
    return code.rpartition(":")[0]


def member(code, codes, view):
    """Is a code in a set or among literals?"""
    name, inside = codes
    if name:
        return view.rule.sets[name].has(code, tell(inside, view).value if inside else view.date)
    return any(code == low or is_range and system_of(low) == system_of(code) and low <= code
               and (code <= high or code.startswith(high)) for low, high, is_range in inside)


def answer(leaf, view):
    """(truth, skipped, blame) of one leaf, before what was skipped makes it UNKNOWN."""
    kind = leaf[0]
    if kind == "missing":
        told = tell(leaf[1], view)
        return (told.value is None) != leaf[2], told.skipped, told.blame if told.skipped else None
    if kind == "found":
        row, skipped, blame = found_row(leaf[1], view)
        return None if row is None else bool(row) != leaf[2], skipped, blame
    args = [tell(part, view) for part in (leaf[i] for i in ARGUMENTS[kind])] if kind in ARGUMENTS else [tell(leaf, view)]
    skipped, blame = together(args)
    if kind in ("in", "overlaps", "within") and leaf[2][0] and view.rule.sets[leaf[2][0]].dated:
        date = tell(leaf[2][1], view) if leaf[2][1] else date_of(view)
        if date.value is None and args[0].value != ():
            return None, skipped, blame or date.blame
    if any(arg.value is None for arg in args):
        return None, skipped, blame
    return decide(leaf, [arg.value for arg in args], view), skipped, blame


# Where the values of a leaf stand in its tuple; any other leaf is a value itself.
ARGUMENTS = {"compare": (2, 3), "between": (1, 2, 3), "in": (1,), "has": (1, 2), "overlaps": (1,), "within": (1,), "starts": (1,)}
COMPARE = {"=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
           ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}


def decide(leaf, values, view):
    """All values are there."""
    kind = leaf[0]
    if kind not in ARGUMENTS:
        return bool(values[0])
    if kind == "compare":
        return COMPARE[leaf[1]](*values)
    if kind == "between":
        return values[1] <= values[0] <= values[2]
    if kind == "in":
        return member(values[0], leaf[2], view) != leaf[3]
    if kind == "has":
        return values[1] in values[0]
    if kind == "overlaps":
        return any(member(code, leaf[2], view) for code in values[0])
    if kind == "within":
        return all(member(code, leaf[2], view) for code in values[0])
    return values[0].split(":")[-1].startswith(leaf[2].split(":")[-1])


def truth_of_leaf(leaf, view):
    """(truth, blame): a leaf that reads an aggregate which left something out is UNKNOWN unless it is TRUE."""
    is_true, skipped, blame = answer(leaf, view)
    if skipped and is_true is not True:
        is_true = None
    return is_true, blame if is_true is None else None


def truth(node, view):
    """(truth, blame): Kleene, but the blame is that of the first UNKNOWN leaf in writing, needed or not."""
    is_true = kleene(node, view)
    return is_true, first_unknown(node, view) if is_true is None else None


def kleene(node, view):
    if node[0] == "not":
        is_true = kleene(node[1], view)
        return None if is_true is None else not is_true
    if node[0] not in ("and", "or"):
        return truth_of_leaf(node, view)[0]
    truths = [kleene(part, view) for part in node[1]]
    decides = node[0] == "or"
    return decides if decides in truths else None if None in truths else not decides


def first_unknown(node, view):
    told = [truth_of_leaf(leaf, view) for leaf in leaves_of(node)]
    return next((blame for is_true, blame in told if is_true is None), None)
