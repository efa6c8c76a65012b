#!/usr/bin/env python3
"""Measures what src/rules/cost.c estimates with: nanoseconds of one core that a line costs by itself, and more with each rule.

Scans one folder of generated claims with made-up rules of one kind at a time, and prints the differences. Whoever makes a part of
the scan faster runs it again and writes the figures into cost.c.

usage: cost.py CLAIMAUDIT FOLDER [ROUNDS]
"""
import os
import subprocess
import sys
import tempfile

import timings

AGAIN = 10      # rules of one kind, where one more is measured
NEVER = 99_000_000
RULE = """rule: SITE-{number}
version: 1
title: Measures
status: active
severity: low
category: coding
{text}message: Nobody has so much.
"""
PLAIN = f"kind: line\nwhen: paid > {NEVER}\n"


def window(key, where, what="paid"):
    return f"kind: window\nper: [{key}]\nwithin: day\nwhere: {where}\nwhen: sum({what}) > {NEVER}\njudge: open\n"


EVERY = "claim_status != 'void'"                       # of nearly every line
NOBODY = "procedure in ('local:Z9998', 'local:Z9999')"     # codes that no line has
CASES = {
    "line": [],
    "dense": [f"kind: line\nwhen: charge > {NEVER + n} and paid < charge - {n}\n" for n in range(AGAIN)],
    "codes": [f"kind: line\nwhen: procedure in ('local:Z{n}', 'local:Y{n}') and paid > {n}\n" for n in range(AGAIN)],
    "claim": [f"kind: claim\nwhen: sum(paid) > {NEVER}\n"],
    "claims": [f"kind: claim\nwhen: sum(paid) > {NEVER + n} and count() > {n}\n" for n in range(AGAIN)],
    "nobody": [window("patient_id", NOBODY)],
    "travel": [window("patient_id", EVERY)],
    "travels": [window("patient_id", EVERY, f"paid * {n + 2}") for n in range(AGAIN)],
    "key": [window("billing_provider_id", EVERY)],
    "mates": ["kind: pair\nsame: [patient_id, service_date, procedure, charge]\n"
              f"where: {EVERY}\nwhen: a.claim_id != b.claim_id and a.paid > {NEVER}\n"],
}


def write_rules(folder, rules):
    os.makedirs(folder)
    for number, text in enumerate([PLAIN, *rules], start=1):
        with open(os.path.join(folder, f"SITE-{number:04}.yaml"), "w", encoding="utf-8") as file:
            file.write(RULE.format(number=f"{number:04}", text=text))
    return folder


def scan(program, claims, rules):
    """CPU seconds of the parts that lines pass through."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [program, "scan", "--profile", "generic", "--db", os.path.join(folder, "report.db"), "--only-rules", "--rules", rules,
             "--jobs", "1", "--quiet", "--timings", *(os.path.join(claims, f"{name}.csv") for name in
                                                      ("claims", "patients", "providers"))],
            check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{rules}: {done.stderr}")
    cpu = timings.Timings(done.stderr).cpu
    return cpu["facts"] + cpu["stream"] + cpu["settle"] + cpu["judge"]


def measure(program, claims, rounds):
    with open(os.path.join(claims, "claims.csv"), "rb") as file:
        lines = sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b"")) - 1
    with tempfile.TemporaryDirectory() as folder:
        rules = {name: write_rules(os.path.join(folder, name), texts) for name, texts in CASES.items()}
        runs = {name: [] for name in CASES}
        for _ in range(rounds):
            for name, path in rules.items():
                runs[name].append(scan(program, claims, path))
    return {name: min(seconds) / lines * 1e9 for name, seconds in runs.items()}    # what disturbs only adds


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__.split("\n\n")[-1].strip())
    ns = measure(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) == 4 else 3)
    for name, value in {
            "LINE_NS": ns["line"],
            "DENSE_RULE_NS": (ns["dense"] - ns["line"]) / AGAIN,
            "CODES_RULE_NS": (ns["codes"] - ns["line"]) / AGAIN,
            "CLAIMS_NS": ns["claim"] - ns["line"] - (ns["claims"] - ns["claim"]) / (AGAIN - 1),
            "CLAIM_RULE_NS": (ns["claims"] - ns["claim"]) / (AGAIN - 1),
            "SEVERAL_NS": ns["nobody"] - ns["line"],
            "TRAVEL_NS, by patient": ns["travel"] - ns["nobody"] - (ns["travels"] - ns["travel"]) / (AGAIN - 1),
            "TRAVEL_NS, by provider": ns["key"] - ns["nobody"] - (ns["travels"] - ns["travel"]) / (AGAIN - 1),
            "JUDGE_NS": (ns["travels"] - ns["travel"]) / (AGAIN - 1),
            "MATES_NS": ns["mates"] - ns["nobody"]}.items():
        print(f"{name:<24} {value:7.0f}")


if __name__ == "__main__":
    main()
