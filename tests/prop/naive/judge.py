"""Every kind of rule and its judge."""

from naive import kinds, windows

JUDGES = {"line": kinds.judge_line, "claim": kinds.judge_claim, "pair": kinds.judge_pair, "overlap": kinds.judge_overlap,
          "sequence": kinds.judge_sequence, "duplicate": kinds.judge_duplicate, "absence": kinds.judge_absence,
          "window": windows.judge_window, "peer": windows.judge_peer}


def judge(rule, night, setting):
    """What a rule says of a night: night.lines are the lines that count, night.all also what is not live."""
    return JUDGES[rule.kind](rule, night, setting)
