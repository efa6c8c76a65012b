"""What takes part in rules of several lines: lines, or claims with their lines, that `where` takes or cannot decide."""

import itertools

from naive.lines import claims_of
from naive.outcomes import first_blame, group_of, lacks, taken
from naive.language import View


class Member:
    """state: True, or None where `where` cannot decide. doubt: a line of it is in doubt. A line is its only line."""

    def __init__(self, rule, record, lines, state, doubtful, blame):
        self.rule, self.record, self.lines, self.state = rule, record, lines, state
        self.doubt, self.blame, self.date = bool(doubtful), blame, record[rule.date_column]
        self.doubtful = doubtful

    def paired(self):
        return [(line, line in self.doubtful) for line in self.lines]

    def known(self):
        """Lines that `where` takes."""
        return [line for line in self.lines if line not in self.doubtful]


def members_of(rule, lines, result):
    """Lines that `where` turns away are units of line kinds that it does not apply to."""
    told = [(line, *taken(rule, line)) for line in lines]
    kept = [(line, is_true, blame) for line, is_true, blame in told if is_true is not False]
    if not rule.of_claims:
        result.counts["not_applicable"] += len(told) - len(kept)
        return [Member(rule, line, [line], is_true, [] if is_true else [line], blame) for line, is_true, blame in kept]
    found = []
    doubts = [line for line, is_true, _ in kept if is_true is None]
    for header, of_claim in claims_of([line for line, _, _ in kept]):
        doubtful = [line for line in of_claim if line in doubts]
        state = True if len(doubtful) < len(of_claim) else None
        found.append(Member(rule, header, of_claim, state, doubtful, first_blame(rule, doubtful)))
    return found


def grouped(rule, members, result, more=lambda member: None):
    """Groups of members that can be judged; the others are unknown units. `more`: what else a member may lack."""
    groups = {}
    for member in members:
        missing = lacks(rule.group, member.record) or more(member)
        if member.state is None or missing:
            result.unknown(member.lines, [member.blame if member.state is None else missing])
        else:
            groups.setdefault(group_of(rule.group, member.record), []).append(member)
    return list(groups.values())


def pair_view(rule, a, b, given=None):
    """Bare columns are those that a and b have in common."""
    sides = {"": b.record, "a": a.record, "b": b.record}
    lines = {"a": a.paired(), "b": b.paired()}
    claim = {"a": a.known(), "b": b.known()} if rule.of_claims else {}
    return View(rule, sides, lines, b.date, given, claim, b.blame or a.blame)


def both_orders(members):
    return itertools.permutations(members, 2)
