#!/usr/bin/env python3
"""rules/rules.lock is what `claimaudit rules lock` writes for the shipped rules as they are: a change of a rule raises its
version and renews the lock."""

import os
import shutil
import subprocess
import tempfile

import source


def check(root):
    program = os.environ["CLAIMAUDIT"]
    with tempfile.TemporaryDirectory() as copy:
        rules = os.path.join(copy, "rules")
        shutil.copytree(os.path.join(root, "rules"), rules)
        done = subprocess.run([program, "rules", "lock", rules], capture_output=True, text=True, check=False,
                              env={**os.environ, "CLAIMAUDIT_SHARE": copy})
        if done.returncode:
            return [line.replace(copy + "/", "") for line in (done.stdout + done.stderr).splitlines()]
        new = source.read(copy, "rules/rules.lock")
    old = source.read(root, "rules/rules.lock") if os.path.exists(os.path.join(root, "rules/rules.lock")) else ""
    return [] if new == old else ["rules/rules.lock is not current; run: claimaudit rules lock rules"]


source.main(check, [
    ("rules/us/US-0111.yaml", "# another text\n", "is not current"),
    ("rules/us/sets.yaml", "# another text\n", None),
    ("rules/us/code-edits.csv", "", None),
    ("rules/rules.lock", "wombat\n", "no line of a lock file"),
    ("rules/rules.lock", "# a note\n", "is not current"),
], needs=("rules",))
