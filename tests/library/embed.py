#!/usr/bin/env python3
"""Runs examples/embed over the sample and compares its leads with those of `claimaudit scan`. Prints TAP."""
import argparse
import json
import os
import subprocess
import sys
import tempfile

CHECKS = []


def check(good, name):
    CHECKS.append(good)
    print(f"{'ok' if good else 'not ok'} {len(CHECKS)} - {name}")


def run(words, folder):
    return subprocess.run(words, cwd=folder, capture_output=True, text=True)


def leads_of(text):
    """(rule, claim, message) of each lead that embed printed."""
    lines = text.splitlines()
    return sorted((head.split()[0], head.split()[2], tail.strip())
                  for head, tail in zip(lines[::2], lines[1::2]))


def main():
    parser = argparse.ArgumentParser()
    for name in ("embed", "program", "source"):
        parser.add_argument(f"--{name}", required=True)
    args = parser.parse_args()
    sample = os.path.join(args.source, "data", "sample")
    files = [os.path.join(sample, name) for name in ("claims.csv", "patients.csv", "providers.csv")]
    profile = os.path.join(args.source, "data", "profiles", "generic.yaml")
    rules = os.path.join(args.source, "rules")
    with tempfile.TemporaryDirectory() as folder:
        embed = run([args.embed, profile, rules] + files, folder)
        check(embed.returncode == 0, "embed ends with 0" + (": " + embed.stderr if embed.returncode else ""))
        check(os.listdir(folder) == [], "embed leaves nothing in its folder of work")
        # Without a report entities are compared with each other, as in the first scan of one.
        scan = run([args.program, "scan", "--profile", profile, "--db", "r.db"] + files, folder)
        check(scan.returncode == 0, "scan ends with 0")
        listed = run([args.program, "findings", "--db", "r.db", "--format", "json", "--limit", "0"], folder)
        wanted = sorted((row["rule_id"], row["subject_id"].split("/")[min(1, row["subject_id"].count("/"))], row["message"])
                        for row in json.loads(listed.stdout))    # a claim, or whom the lead is about
        found = leads_of(embed.stdout)
        check(len(wanted) > 0 and found == wanted, f"the same {len(wanted)} leads as scan")
        check(f"{len(wanted)} leads" in embed.stderr, "embed counts them")
        check(any(lead[0].startswith("SCORE-") for lead in found), "leads of scores are among them")
        scores = run([args.program, "scores", "--db", "r.db", "--format", "json"], folder)
        first = [row["entity_id"] for row in json.loads(scores.stdout) if str(row["rank"]) == "1"]
        told = [line.split()[2] for line in embed.stderr.splitlines() if "most unlike" in line]
        check(len(first) > 2 and sorted(told) == sorted(first), "embed names the first of each kind")
        broken = run([args.embed, profile, os.path.join(folder, "nowhere")] + files, folder)
        check(broken.returncode != 0 and "nowhere" in broken.stderr, "a missing folder of rules is named")
        bare = run([args.embed], folder)
        check(bare.returncode == 2, "without words it shows its usage")
    print(f"1..{len(CHECKS)}")
    return 0 if all(CHECKS) else 1


if __name__ == "__main__":
    sys.exit(main())
