#!/usr/bin/env python3
"""A process never takes more than --memory and 48 MB: with one claim, one provider and one patient that are all larger than that
together. Prints TAP."""

import contextlib
import os
import random
import sqlite3

import kit

LINES = {"claim.csv": 260000, "lab.csv": 120000}
SLACK = 48 << 20
RULES = {
    "SITE-0001": ("kind: claim", "when: count() > 10"),
    "SITE-0002": ("kind: window", "per: [billing_provider_id]\nwithin: rolling 30 days\njudge: open\nwhen: count() > 100"),
    "SITE-0003": ("kind: window", "per: [patient_id]\nwithin: life\njudge: open\nwhen: count() > 100"),
    "SITE-0004": ("kind: pair", "same: [patient_id, procedure, service_date]\nwhen: a.paid = b.paid and a.line_no < b.line_no"),
    "SITE-0005": ("kind: line", "when: paid > 80")}


def write(world):
    """One claim with all lines; and as many claims as lines. All are of one provider, half of them of one patient."""
    rng = random.Random(4)
    header = "claim_id,claim_type,line_no,patient_id,billing_provider_id,service_date,procedure,units,paid\n"
    for name, lines in LINES.items():
        claims = 1 if name == "claim.csv" else lines
        with open(world.path(name), "w", encoding="utf-8") as file:
            file.write(header)
            for i in range(lines):
                patient = "P0" if i % 2 else f"P{i % 40000}"
                file.write(f"C{i % claims},professional,{i // claims + 1},{patient},LAB,2024-{rng.randint(1, 12):02}-"
                           f"{rng.randint(1, 28):02},V010{i % 4},1,{rng.randint(0, 90)}.00\n")
    os.makedirs(world.path("rules"))
    for name, (kind, keys) in RULES.items():
        with open(world.path("rules", name + ".yaml"), "w", encoding="utf-8") as file:
            file.write(f"rule: {name}\nversion: 1\ntitle: T\nstatus: active\nseverity: high\ncategory: volume\nmessage: m\n"
                       f"{kind}\n{keys}\ntests:\n  - name: none\n    lines: |\n      id  paid\n      1   1.00\n    hits: []\n")


def peak_of(words, cwd):
    """Bytes that a process takes at most, and what became of it."""
    with open(os.path.join(cwd, "said"), "w", encoding="utf-8") as said:
        child = os.fork()
        if child == 0:
            os.chdir(cwd)
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            os.execv(words[0], words)
    _, status, usage = os.wait4(child, 0)
    return usage.ru_maxrss * 1024, os.waitstatus_to_exitcode(status)


def check(world, name, mebibytes, jobs, expected):
    words = ["--only-rules", "--rules", world.path("rules"), "--memory", f"{mebibytes}M", "--jobs", str(jobs), "--quiet"]
    db = f"{name}-{mebibytes}-{jobs}.db"
    peak, code = peak_of(world.command(*words, inputs=[world.path(name)], db=db), world.folder)
    with open(world.path("said"), encoding="utf-8") as said:
        kit.equal(code, expected, said.read()[-400:])
    print(f"# {name}: {peak >> 20} MiB with --memory {mebibytes}M, --jobs {jobs}", flush=True)
    if peak > (mebibytes << 20) + SLACK:
        raise AssertionError(f"{peak >> 20} MiB with --memory {mebibytes}M")
    with contextlib.closing(sqlite3.connect(world.path(db))) as base:
        return base.execute("SELECT rule_id, offered, hit, excused, unknown FROM v_rule_stats").fetchall()


def a_claim_of_very_many_lines(world):
    write(world)
    said = check(world, "claim.csv", 64, 1, 7)
    kit.equal(said[0], ("SITE-0001", 1, 0, 0, 1), "the claim is not judged")
    kit.equal(said[4][1], LINES["claim.csv"], "all lines are judged")


def a_provider_and_a_patient_with_very_many_lines(world):
    write(world)
    check(world, "lab.csv", 64, 1, 0)
    check(world, "lab.csv", 192, 2, 0)


if __name__ == "__main__":
    kit.main([a_claim_of_very_many_lines, a_provider_and_a_patient_with_very_many_lines])
