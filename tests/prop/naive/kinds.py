"""One judge for each kind of rule that sees single lines, claims, or two of them: all with all, in plain loops."""

import datetime
from datetime import timedelta
from fractions import Fraction

import naive.language as language
from naive.language import View
from naive.lines import claim_of, claims_of, total_order, type_order
from naive.members import both_orders, grouped, members_of, pair_view
from naive.outcomes import (ORDER, Finding, Result, applies, excuse, exposed, is_whole_claim, lacks, message_of, taken,
                            where_blame)

# --- line, claim ----------------------------------------------------------------------------------------------


def judge_line(rule, night, _setting):
    result = Result()
    for line in night.all if rule.rows_all else night.lines:
        view = View(rule, {"": line}, date=line["service_date"])
        in_time, (is_taken, blame) = applies(rule, line[rule.effective_on]), taken(rule, line)
        if in_time is False or is_taken is False:
            result.counts["not_applicable"] += 1
            continue
        rows, lost = language.rows_of_each(view)
        if in_time is None or is_taken is None or lost:
            result.unknown([line], [rule.effective_on if in_time is None else blame if is_taken is None else lost])
            continue
        judge_rows(rows, line, result)
    return result


def judge_rows(rows, line, result):
    """A line with each row of its table; it takes the best that one of them has, with what this one says."""
    told = []
    for rule in rows:
        view = View(rule, {"": line}, date=line["service_date"])
        is_true, why = language.truth(rule.when, view)
        outcome = excuse(rule, view)[0] if is_true else "unknown" if is_true is None else "pass"
        told.append((outcome, why, rule, view))
    best = min((outcome for outcome, *_ in told), key=ORDER.index, default="not_applicable")
    if best == "unknown":
        result.unknown([line], {why for outcome, why, *_ in told if outcome == best})
        return
    result.counts[best] += 1
    of_best = [one for one in told if one[0] == best and best in ("hit", "excused")]
    for _, _, rule, view in of_best:
        add_finding(rule, view, [("line", line)], result, "paid", line["service_date"], (), *excuse(rule, view))


def fire(rule, view, carriers, result, default, date, others=()):
    """A unit of its own that hits, or is excused; returns which."""
    outcome, reason = excuse(rule, view)
    result.counts[outcome] += 1
    add_finding(rule, view, carriers, result, default, date, others, outcome, reason)
    return outcome


def add_finding(rule, view, carriers, result, default, date, others, outcome, reason):
    exposure, lines = exposed(rule, view, carriers, others, default)
    result.findings.append(Finding(outcome, lines, [reason], exposure, date, message_of(rule, view)))


def judge_claim(rule, night, _setting):
    result = Result()
    for header, lines in claims_of(night.lines):
        if claim_of(lines[0]) in night.incomplete_claims:
            result.counts["unknown"] += 1
            continue
        told = [(line, taken(rule, line)[0]) for line in lines]
        known = [line for line, is_true in told if is_true]
        doubtful = [line for line, is_true in told if is_true is None]
        in_time = applies(rule, header[rule.effective_on])
        if in_time is False or not known and not doubtful:
            result.counts["not_applicable"] += 1
            continue
        seen = [(line, is_true is None) for line, is_true in told if is_true is not False]
        blame = where_blame(rule, doubtful)
        view = View(rule, {"": header}, {"": seen}, header["from_date"], None, {"": lines}, blame)
        is_true, why = language.truth(rule.when, view)
        if in_time is None or not known or is_true is None or doubtful and not is_true:
            result.unknown(lines, [rule.effective_on if in_time is None else blame or why])
        elif not is_true:
            result.counts["pass"] += 1
        else:
            carriers = [("claim", header)] if is_whole_claim(known) else [("line", line) for line in known]
            fire(rule, view, carriers, result, "sum(paid)", header["from_date"])
    return result


# --- pair, overlap, sequence -----------------------------------------------------------------------------------

def carriers_of(rule, side, member):
    if not rule.of_claims:
        return [(side, member.record)]
    known = member.known()
    return [(side, member.record)] if is_whole_claim(known) else [(side, line) for line in known]


def judge_two(rule, groups, instances, result, is_near=lambda bound, a, b: True):
    """Judges (a, b, given) of every group. A unit is a member: it takes the best that one of its instances has."""
    default = {"a": "a.paid", "b": "b.paid", "both": "a.paid + b.paid"}[rule.report]
    for members in groups:
        if len(members) > rule.max_group and (rule.kind != "pair" or not rule.each or is_too_much(rule, members)):
            for member in members:
                result.unknown(member.lines, ["group too large"])
            continue
        said = {id(member): [] for member in members}
        for a, b, given in instances(members):
            rows, lost = language.rows_of_each(pair_view(rule, a, b, given))
            for bound in rows if not lost else [rule]:
                if not is_near(bound, a, b):
                    continue
                outcome, why = judge_instance(bound, a, b, given, default, result, lost)
                said[id(a)].append((outcome, why))
                said[id(b)].append((outcome, why))
        for member in members:
            best = min((outcome for outcome, _ in said[id(member)]), key=ORDER.index, default="pass")
            if best == "unknown":
                result.unknown(member.lines, {why for outcome, whys in said[id(member)] if outcome == "unknown" for why in whys})
            else:
                result.counts[best] += 1
    return result


def is_too_much(rule, members):
    """A table joins large groups: what counts are the pairs that it matches, and how often it has to be asked."""
    keys = [language.parts_of(arg) for arg in rule.each[2]]
    columns = {language.side_of(part[1]) for parts in keys for part in parts if part[0] == "column"}
    asked = 1
    for side in "ab":
        asked *= len({tuple(member.record.get(column) for of, column in sorted(columns) if of == side) for member in members})
    rows = (language.rows_of_each(pair_view(rule, a, b)) for a, b in both_orders(members))
    return asked + sum(1 if lost else len(found) for found, lost in rows) > rule.max_group ** 2


def judge_instance(rule, a, b, given, default, result, lost):
    """lost: why the row of `each` cannot be known."""
    in_time = applies(rule, b.date)
    if in_time is False:
        return "not_applicable", ()
    view = pair_view(rule, a, b, given)
    is_true, why = language.truth(rule.when, view) if rule.when else (True, None)
    if lost and is_true is not False:    # what is false is so in any row
        is_true, why = None, lost
    if in_time is None or is_true is None or (a.doubt or b.doubt) and not is_true:
        return "unknown", [rule.effective_on if in_time is None else a.blame or b.blame or why]
    if not is_true:
        return "pass", ()
    outcome, reason = excuse(rule, view)
    sides = [(name, member) for name, member in (("a", a), ("b", b))]
    carriers = [line for name, member in sides if rule.report in ("both", name) for line in carriers_of(rule, name, member)]
    others = [line for name, member in sides if rule.report not in ("both", name) for line in carriers_of(rule, name, member)]
    add_finding(rule, view, carriers, result, default, b.date, others, outcome, reason)
    return outcome, ()


def judge_pair(rule, night, _setting):
    result = Result()
    groups = grouped(rule, members_of(rule, night.lines, result), result)
    return judge_two(rule, groups, lambda members: ((a, b, {}) for a, b in both_orders(members)), result)


def at(rule, node, member):
    """A date of a member: (value, blame)."""
    claim = {"": member.known()} if rule.of_claims else {}
    told = language.tell(node, View(rule, {"": member.record}, {"": member.paired()}, member.date, {}, claim))
    return None if told.skipped else told.value, told.blame


def judge_overlap(rule, night, _setting):
    result = Result()
    ends = {}
    last_column = next((part[1] for part in language.parts_of(rule.interval[1]) if part[0] == "column"), "other")

    def lacking(member):
        (first, first_blame), (last, last_blame) = (at(rule, node, member) for node in rule.interval)
        ends[id(member)] = first, last
        if first is None or last is None:
            return first_blame or last_blame
        return last_column if last < first else None

    members = members_of(rule, night.lines, result)
    groups = grouped(rule, members, result, lacking)

    def instances(members):
        for a, b in both_orders(members):
            (a_first, a_last), (b_first, b_last) = ends[id(a)], ends[id(b)]
            if rule.touching_allowed:
                meet = a_first < b_last and b_first < a_last
            else:
                meet = a_first <= b_last and b_first <= a_last
            if a_first <= b_first and meet:
                common = (min(a_last, b_last) - b_first).days + (0 if rule.touching_allowed else 1)
                yield a, b, {"overlap_days": Fraction(max(common, 1))}

    return judge_two(rule, groups, instances, result)


def judge_sequence(rule, night, _setting):
    result = Result()
    order = {}

    def lacking(member):
        order[id(member)], blame = at(rule, rule.order, member)
        return blame if order[id(member)] is None else None

    groups = grouped(rule, members_of(rule, night.lines, result), result, lacking)

    def is_near(bound, a, b):
        within = bound.number("within", None)
        return within is None or (order[id(b)] - order[id(a)]).days <= within

    def instances(members):
        steps = sorted({order[id(member)] for member in members})
        for a, b in both_orders(members):
            one, other = order[id(a)], order[id(b)]
            if other < one or not is_near(rule, a, b):
                continue
            if not rule.adjacent or steps.index(other) - steps.index(one) <= 1:
                yield a, b, {}

    return judge_two(rule, groups, instances, result, is_near)


# --- duplicate ------------------------------------------------------------------------------------------------------

def first_by(rule, member):
    """The order of `original`: missing last."""
    columns = [column.strip() for column in rule.keys["original"].removeprefix("first by ").split(",")]
    values = [member.record.get(column) for column in columns]
    return [(value is None, value) if value is not None else (True,) for value in values] + list(total_order_of(member))


def total_order_of(member):
    """Of claims with what is missing last, by parts."""
    record = member.record
    if not member.rule.of_claims:
        return total_order(record)
    return (record["from_date"] or datetime.date.max, type_order(record["claim_type"]), record["claim_id"], record["claim_part"])


def judge_duplicate(rule, night, _setting):
    """The unit is a line: the first of a group passes, a copy hits or is excused."""
    result = Result()
    for members in grouped(rule, members_of(rule, night.lines, result), result):
        members.sort(key=lambda member: first_by(rule, member))
        original = members[0]
        result.counts["pass"] += 1
        for copy in members[1:]:
            in_time = applies(rule, copy.date)
            claim = {"": copy.known(), "original": original.known()} if rule.of_claims else {}
            lines = {"": copy.paired(), "original": original.paired()}
            view = View(rule, {"": copy.record, "original": original.record}, lines, copy.date, {}, claim, copy.blame)
            rows, lost = language.rows_of_each(view)
            if not rows and not lost:
                result.counts["pass"] += 1
            elif in_time is False:
                result.counts["not_applicable"] += 1
            elif in_time is None or lost:
                result.unknown(copy.lines, [rule.effective_on if in_time is None else lost])
            else:
                judge_copy(rows, view, copy, original, result)
    return result


def judge_copy(rows, view, copy, original, result):
    told = []
    for bound in rows:
        own = View(bound, view.sides, view.lines, view.date, {}, view.claim, view.where_blame)
        outcome, reason = excuse(bound, own)
        told.append(outcome)
        add_finding(bound, own, carriers_of(bound, "copy", copy), result, "paid", copy.date,
                    carriers_of(bound, "original", original), outcome, reason)
    result.counts[min(told, key=ORDER.index, default="pass")] += 1


# --- absence -----------------------------------------------------------------------------------------------------------

def judge_absence(rule, night, setting):
    result = Result()
    told = [(line, *taken(rule, line)) for line in night.lines]
    for line, is_taken, blame in told:
        own = View(rule, {"": line, "a": line}, date=line["service_date"])
        in_time = applies(rule, line[rule.effective_on])
        is_event, why = language.truth(rule.event, own)
        missing = lacks([*rule.group, "service_date"], line)
        if is_taken is False or is_event is False or in_time is False and not missing:
            result.counts["not_applicable"] += 1
            continue
        rows, lost = language.rows_of_each(own)
        if missing or in_time is None or is_taken is None or is_event is None or lost:
            result.unknown([line], [missing or (rule.effective_on if in_time is None else blame if is_taken is None
                                                else why if is_event is None else lost)])
            continue
        answers = [judge_event(bound, line, told, night, setting) for bound in rows]
        best = min((outcome for outcome, *_ in answers), key=ORDER.index, default="not_applicable")
        if best == "unknown":
            result.unknown([line], {reason for outcome, reasons, _ in answers if outcome == best for reason in reasons})
            continue
        result.counts[best] += 1
        for outcome, reason, bound in answers:
            if outcome in ("hit", "excused"):
                view = View(bound, own.sides, date=own.date)
                add_finding(bound, view, [("event", line)], result, "a.paid", line["service_date"], (), outcome, reason)
    return result


def judge_event(rule, line, told, night, setting):
    """(outcome, reason or reasons, rule) of an event, with a row of `each` where there is one."""
    before, after = rule.words(rule.keys["look"])
    history = rule.number("history", 0)
    answers = [(fulfils(rule, line, other) if is_true else weaker(fulfils(rule, line, other), doubt))
               for other, is_true, doubt in told if other is not line and is_true is not False
               and in_range(rule, line, other, before, after)]
    horizon = beyond_data(setting, line, before, after, history, rule.settle)
    if any(is_true for is_true, _ in answers):
        return "pass", (), rule
    if horizon:
        return "unknown", [horizon], rule
    if "patient_id" in rule.group and line["patient_id"] in night.incomplete_patients:
        return "unknown", ["claim incomplete"], rule
    if any(is_true is None for is_true, _ in answers):
        return "unknown", {reason for is_true, reason in answers if is_true is None}, rule
    return (*excuse(rule, View(rule, {"": line, "a": line}, date=line["service_date"])), rule)


def weaker(answer, doubt):
    """What a line that perhaps takes no part can say at most."""
    is_true, why = answer
    return (is_true, why) if is_true is False else (None, why or doubt)


def fulfils(rule, event, other):
    return language.truth(rule.without, View(rule, {"": other, "a": event, "b": other}, date=event["service_date"]))


def in_range(rule, event, other, before, after):
    if lacks([*rule.group, "service_date"], other) or any(event[c] != other[c] for c in rule.group):
        return False
    return -before <= (other["service_date"] - event["service_date"]).days <= after


def beyond_data(setting, line, before, after, history, settle):
    """Why nobody can know, or None."""
    if setting.through is not None and line["service_date"] + timedelta(after + settle) > setting.through:
        return "period open"
    if not max(before, history):
        return None
    if setting.since is None:
        return "data start not given"
    day = line["service_date"]
    starts = [first for first, last in line.get("eligibility") or () if first and first <= day and (last is None or day <= last)]
    return "before the data" if day - timedelta(max(before, history)) < max(setting.since, *starts, setting.since) else None
