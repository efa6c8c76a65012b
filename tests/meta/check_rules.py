#!/usr/bin/env python3
"""The shipped rules, their features and the examples keep what docs/rule-language.md asks: one layout, tests that pass, that show
each condition of the shipped rules true and false, and that notice nine of ten mutants."""

import os
import subprocess

import source

EXAMPLES = ["--only-rules", "--rules", "examples/rules", "--profile", "examples/profiles/dental.yaml"]
COMMANDS = [["fmt", "--check", "rules", "examples/rules"], ["test", "--leaves"], ["mutate"], ["test", *EXAMPLES], ["mutate", *EXAMPLES]]


def check(root):
    program = os.environ["CLAIMAUDIT"]
    messages = []
    for command in COMMANDS:
        done = subprocess.run([program, "rules", *command], capture_output=True, text=True, check=False, cwd=root,
                              env={**os.environ, "CLAIMAUDIT_SHARE": root})
        if done.returncode:
            messages += [f"rules {' '.join(command)}: {line.replace(root + '/', '')}"
                         for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return messages


RULE = """rule: CORE-9901
version: 1
title: A rule
status: active
severity: low
category: coding
kind: line
when: units > 1 and paid > 1
message: "{claim_id}"
tests:
  - name: a case
    lines: |
      id  units  paid
      1   5      5
      2   0      0
    hits: [1]
"""
FEATURE = """feature: core-odd
version: 1
title: A feature
entity: provider
ratio: sum(units) / distinct(claim_id)
direction: more
say: "{value}; {peer} is usual"
tests:
  - name: a case
    lines: |
      id  rendering_provider_id  claim_id  units
      1   D1                     C1        4
    values: {D1: 4}
"""
source.main(check, [
    ("rules/core/CORE-9901.yaml", RULE, "below the bar"),
    ("rules/core/CORE-9901.yaml", RULE.replace("title: A rule\n", "title:   A rule\n"), "not in canonical layout"),
    ("rules/core/CORE-9901.yaml", RULE.replace("      2   0      0\n", "      2   0      5\n"), "never false: paid > 1"),
    ("rules/core/CORE-9901.yaml", RULE.replace("hits: [1]", "hits: [2]"), "line 1 is hit"),
    ("rules/core/features/odd.yaml", FEATURE, "below the bar"),
    ("rules/core/features/odd.yaml", FEATURE.replace("version: 1\ntitle: A feature\n", "title: A feature\nversion: 1\n"),
     "not in canonical layout"),
    ("rules/core/features/odd.yaml", FEATURE.replace("D1: 4", "D1: 5"), "D1 should be 5, but is 4"),
    ("examples/rules/SITE-9901.yaml", RULE.replace("CORE", "SITE"), "below the bar"),
], needs=("rules", "examples", "data"))
