"""Kinds that count the lines of a period together: window and peer."""

import calendar
import collections
import datetime
import math
from fractions import Fraction

import naive.language as language
from naive.kinds import add_finding, fire
from naive.language import Told, View
from naive.lines import claim_of, claims_of, is_nobody, total_order
from naive.outcomes import Result, applies, excuse, first_blame, group_of, lacks, message_of, taken

DAY = datetime.timedelta(1)
ENTITY_LINES = 50    # that are stored of a finding about an entity

# Fields of which the dictionary says that they are never below zero.
NEVER_NEGATIVE = {"minutes", "days_supply", "service_minute"}


# --- Periods --------------------------------------------------------------------------------------------------

def add_months(day, months):
    month = day.year * 12 + day.month - 1 + months
    year, month = divmod(month, 12)
    return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def period_of(within, day, benefit_year):
    """(first day, last day) of the calendar period that holds a day; Nones for life."""
    if within == "life":
        return None, None
    if within == "day":
        return day, day
    if within == "week":
        first = day - datetime.timedelta(day.isoweekday() - 1)
        return first, first + 6 * DAY
    if within == "benefit_year":
        first = datetime.date(day.year, *benefit_year)
        first = first if first <= day else datetime.date(day.year - 1, *benefit_year)
        return first, datetime.date(first.year + 1, *benefit_year) - DAY
    months = {"month": 1, "quarter": 3, "year": 12}[within]
    first = datetime.date(day.year, (day.month - 1) // months * months + 1, 1)
    return first, add_months(first, months) - DAY


class Window:
    """lines: (line, doubtful), in the total order. last: its last day, which closes it; d: the day it is told by."""

    def __init__(self, lines, first, last, d, closes=True):
        self.lines, self.first, self.last, self.d, self.closes = lines, first, last, d, closes

    def known(self):
        return [line for line, doubt in self.lines if not doubt]

    def doubtful(self):
        return [line for line, doubt in self.lines if doubt]


def stays_of(night):
    """(patient, first day, last day, claim) of inpatient claims: what their lines of one patient say."""
    of_patient = collections.defaultdict(list)
    for line in night.lines:
        if line["patient_id"] and not is_nobody(line["patient_id"]):
            of_patient[line["patient_id"]].append(line)
    return [(patient, header["admission_date"], header["discharge_date"], claim_of(header))
            for patient, lines in of_patient.items() for header, _ in claims_of(lines)
            if header["claim_type"] == "inpatient" and header["admission_date"] and header["discharge_date"]]


def windows_of(rule, group, night, setting, result):
    """The windows of lines with equal keys."""
    within = rule.within
    days = [line["service_date"] for line, _ in group if line["service_date"]]
    if within.startswith("rolling"):
        span, = rule.words(within)
        return [Window([pair for pair in group if d - (span - 1) * DAY <= pair[0]["service_date"] <= d],
                       d - (span - 1) * DAY, d, d) for d in sorted(set(days))]
    buckets = collections.defaultdict(list)
    if within == "stay":
        stays = stays_of(night)
        for pair in group:
            of = [stay for stay in stays if stay[0] == pair[0]["patient_id"] and stay[1] <= pair[0]["service_date"] <= stay[2]]
            for stay in of:
                buckets[stay[1], stay[2], stay[3]].append(pair)
            result.counts["not_applicable"] += not of
        return [Window(lines, first, last, last, False) for (first, last, _), lines in buckets.items()]
    if within == "claim":
        for pair in group:
            buckets[claim_of(pair[0])].append(pair)
        return [Window(lines, *span_of(lines), span_of(lines)[1], False) for lines in buckets.values()]
    for pair in group:
        buckets[period_of(within, pair[0]["service_date"], setting.benefit_year)].append(pair)
    return [Window(lines, *(span if within != "life" else (span_of(lines)[0], None)), span[1] or span_of(lines)[1])
            for span, lines in buckets.items()]


def span_of(lines):
    days = [line["service_date"] for line, _ in lines if line["service_date"]]
    return min(days, default=None), max(days, default=None)


# --- Lines that take part --------------------------------------------------------------------------------------

def take_part(rule, night, columns, result):
    """Groups of (line, doubtful) by equal columns and row of `each`, each in the total order, with the rule for that row."""
    groups, bounds = collections.defaultdict(list), {}
    for line in sorted(night.lines, key=total_order):
        is_taken, blame = taken(rule, line)
        if is_taken is False:
            continue
        rows, lost = language.rows_of_each(View(rule, {"": line}, date=line["service_date"]))
        missing = lost or (lacks(columns, line) if rows else None)
        if missing:
            result.unknown([line], [missing, *([blame] if is_taken is None else [])])
            continue
        key = group_of([column for column in columns if column != "service_date" or "service_date" in rule.group], line)
        for bound in rows:
            bounds.setdefault((key, id(bound.row)), bound)
            groups[key, id(bound.row)].append((line, is_taken is None))
    return [(bounds[key], group) for key, group in groups.items()]


# --- window ------------------------------------------------------------------------------------------------------

MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def is_monotone(rule, node):
    """More lines cannot make it untrue."""
    if node[0] in ("and", "or"):
        return all(is_monotone(rule, part) for part in node[1])
    if node[0] == "aggregate":
        return node[1] == "any"
    if node[0] != "compare" or node[1] not in MIRRORED or has_aggregate(node[2]) == has_aggregate(node[3]):
        return False
    sign, counted = (node[1], node[2]) if has_aggregate(node[2]) else (MIRRORED[node[1]], node[3])
    if counted[0] != "aggregate":
        return False
    if counted[1] == "min":
        return sign in ("<", "<=")
    rises = counted[1] in ("count", "max", "distinct") or counted[1] == "sum" and is_positive(rule, counted[2][0])
    return sign in (">", ">=") and rises


def has_aggregate(node):
    return any(part[0] == "aggregate" for part in language.parts_of(node))


def is_positive(rule, node):
    """Never below zero: by the dictionary, by `where`, or as a sum or product of such."""
    if node[0] == "literal":
        return node[1] >= 0
    if node[0] == "arithmetic" and node[1] in "+*":
        return is_positive(rule, node[2]) and is_positive(rule, node[3])
    if node[0] != "column":
        return False
    tests = [] if not rule.where else rule.where[1] if rule.where[0] == "and" else [rule.where]
    return node[1] in NEVER_NEGATIVE or any(
        test[0] == "compare" and test[1] in (">", ">=") and test[2] == node and test[3][0] == "literal"
        and test[3][1] >= 0 for test in tests)


def first_aggregate(node):
    """The first aggregate that `when` compares as it is."""
    for leaf in language.leaves_of(node):
        for part in leaf[2:4] if leaf[0] == "compare" else ():
            if part[0] == "aggregate":
                return part
    return None


def view_of(rule, window, blame):
    record = dict(window.lines[0][0], service_date=window.d)
    given = {"window_start": window.first, "window_end": window.last or window.d}
    return View(rule, {"": record}, {"": window.lines}, window.d, given, None, blame)


def judge_window(rule, night, setting):
    result = Result()
    dated = [] if rule.keys["within"] == "claim" else ["service_date"]
    patient = ["patient_id"] if rule.keys["within"] == "stay" and "patient_id" not in rule.group else []
    for bound, group in take_part(rule, night, rule.group + patient + dated, result):
        firing = []
        for window in windows_of(bound, group, night, setting, result):
            if judge_one(bound, window, setting, result) == "hit":
                firing.append(window)
        for episode in episodes_of(firing):
            tell_episode(bound, episode, result)
    return result


def judge_one(rule, window, setting, result):
    in_time = applies(rule, window.d)
    if not in_time:
        if in_time is None:
            result.unknown([line for line, _ in window.lines], [rule.effective_on])
        else:
            result.counts["not_applicable"] += 1
        return None
    if window.closes and not rule.judge_open and setting.is_open(window.last, rule.settle) and not is_monotone(rule, rule.when):
        result.unknown([line for line, _ in window.lines], ["period open"])
        return None
    doubtful = window.doubtful()
    blame = first_blame(rule, doubtful)
    view = view_of(rule, window, blame)
    is_true, why = language.truth(rule.when, view)
    if not window.known() or is_true is None or doubtful and not is_true:
        result.unknown([line for line, _ in window.lines], doubts_of(rule, doubtful) or [why])
    elif not is_true:
        result.counts["pass"] += 1
    else:
        outcome, window.reason = excuse(rule, view)
        result.counts[outcome] += 1
        window.view = view
        if outcome == "hit":
            return "hit"
        carriers = [("line", line) for line in carrying(rule, window.known())]
        add_finding(rule, view, carriers, result, "sum(paid)", window.d, (), outcome, window.reason)
    return None


def doubts_of(rule, doubtful):
    """Whatever makes `where` UNKNOWN for a line may be named."""
    return {taken(rule, line)[1] for line in doubtful}


def carrying(rule, lines):
    """The lines that `lines:` lets carry a finding."""
    if not rule.lines:
        return lines
    return [line for line in lines if language.truth(rule.lines, View(rule, {"": line}, date=line["service_date"]))[0]]


def episodes_of(windows):
    """Windows that share a line, transitively."""
    episodes = []
    for window in windows:
        mine = [window]
        rest = []
        for episode in episodes:
            touches = any(line is other for one in episode for line in one.known() for other in window.known())
            (mine if touches else rest).extend(episode if touches else [episode])
        episodes = [*rest, mine]
    return episodes


def tell_episode(rule, episode, result):
    """Exposure of all its lines; message, date and reason of the window with the largest first compared aggregate."""
    aggregate = first_aggregate(rule.when)

    def size(window):
        value = language.tell(aggregate, window.view).value if aggregate else None
        return (value is not None, value if value is not None else 0)

    chosen = max(sorted(episode, key=lambda window: (window.d or datetime.date.min, window.first or datetime.date.min)), key=size)
    lines = sorted({id(pair[0]): pair for window in episode for pair in window.lines}.values(), key=lambda pair: total_order(pair[0]))
    known = [line for line, doubt in lines if not doubt]
    whole = View(rule, chosen.view.sides, {"": lines}, chosen.d, chosen.view.given, None, chosen.view.where_blame)
    add_finding(rule, whole, [("line", line) for line in carrying(rule, known)], result, "sum(paid)", chosen.d, (), "hit",
                chosen.reason)
    result.findings[-1].message = message_of(rule, chosen.view)


# --- peer ----------------------------------------------------------------------------------------------------------

def judge_peer(rule, night, setting):
    """A line in doubt is a unit by itself, and left out; so is a metric for which a value was missing."""
    result = Result()
    entities, told = [], set()
    for bound, group in take_part(rule, night, [*rule.group, *rule.peers, "service_date"], result):
        for line, doubt in group:
            if doubt and id(line) not in told:    # a line of several rows is one unit
                told.add(id(line))
                result.unknown([line], doubts_of(rule, [line]))
        known = [pair for pair in group if not pair[1]]
        for window in windows_of(bound, known, night, setting, result) if known else []:
            window.rule = bound
            entities.append(window)
    ranks = collections.defaultdict(list)
    for window in entities:
        window.view = view_of(window.rule, window, None)
        window.minimum = language.truth(rule.minimum, window.view)[0] if rule.minimum else True
        told = language.tell(rule.metric, window.view)
        window.metric = None if told.skipped else told.value
        window.group = (id(window.rule.row), group_of(rule.peers, window.lines[0][0]), *((window.first, window.last) if window.last else ()))
        if window.minimum and window.metric is not None:
            ranks[window.group].append(window.metric)
    for window in entities:
        judge_entity(window.rule, window, sorted(ranks[window.group]), setting, result)
    return result


def judge_entity(rule, window, metrics, setting, result):
    lines = [line for line, _ in window.lines]
    in_time = applies(rule, window.d)
    why = None
    if in_time is False or window.minimum is False:
        result.counts["not_applicable"] += 1
        return
    if in_time is None:
        why = rule.effective_on
    elif not rule.judge_open and setting.is_open(window.last, rule.settle):
        why = "period open"
    elif window.minimum is None or window.metric is None:
        why = "metric"
    elif len(metrics) < rule.min_peers:
        why = "too few peers"
    if why:
        result.unknown(lines, [why])
        return
    window.view.given.update(metric=Told(window.metric), peer_count=Fraction(len(metrics)),
                             percentile=lambda share: Told(metrics[math.ceil(share * len(metrics) / 100) - 1]))
    is_true, why = language.truth(rule.when, window.view)
    if is_true is None:
        result.unknown(lines, [why])
    elif not is_true:
        result.counts["pass"] += 1
    else:
        fire(rule, window.view, [("line", line) for line in lines], result, "sum(paid)", window.d)
        of_entity(result.findings[-1], lines)


def rank(line):
    """The largest paid first."""
    return line["paid"] is None, -(line["paid"] or 0), line["service_date"] is not None, total_order(line)


def of_entity(finding, lines):
    """The money of an entity lies on no line; of more than 50 lines a scan stores those with the largest paid."""
    finding.lines = [(*line[:4], None) for line in finding.lines]
    if len(lines) > ENTITY_LINES:
        ranked = sorted(zip(lines, finding.lines), key=lambda pair: rank(pair[0]))
        finding.stored = [line for _, line in ranked[:ENTITY_LINES]] + [("others", None, None, None, None)]
