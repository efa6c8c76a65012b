#!/usr/bin/env python3
"""Drives the completion script in bash as the shell does: words of the command line, and what it offers. Prints TAP."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

SCRIPT = """
source "$1"
shift
COMP_CWORD=$(($# - 1))
COMP_WORDS=("$@")
_claimaudit
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Shell:
    """bash with the script, in a folder with a few files."""

    def __init__(self, options, folder):
        self.program = options.program
        self.folder = folder
        self.script = os.path.join(folder, "script")
        with open(self.script, "w", encoding="utf-8") as file:
            file.write(self.ask("completion", "bash"))
        for name in ("claims.csv", "my profile.yaml", "generic-notes.txt"):
            with open(os.path.join(folder, name), "w", encoding="utf-8"):
                pass
        os.mkdir(os.path.join(folder, "drop"))

    def ask(self, *words):
        return subprocess.run([self.program, *words], check=True, capture_output=True, text=True).stdout

    def offers(self, *words):
        done = subprocess.run(["bash", "--norc", "-eu", "-c", SCRIPT, "bash", self.script, "claimaudit", *words], check=True,
                              cwd=self.folder, capture_output=True, text=True)
        if done.stderr:
            raise AssertionError(done.stderr)
        return {line for line in done.stdout.split("\n") if line}

    def commands(self):
        return re.findall(r"^  (\w+) +\S", self.ask("help").split("Commands:")[1].split("\n\n")[0], re.M)


def same(actual, wanted):
    if actual != set(wanted):
        raise AssertionError(f"offers {sorted(actual)} instead of {sorted(wanted)}")


def check_commands(shell):
    """the first word is a command"""
    same(shell.offers(""), shell.commands())
    same(shell.offers("sca"), ["scan"])
    same(shell.offers("sc"), ["scan", "scores"])
    same(shell.offers("r"), [name for name in shell.commands() if name.startswith("r")])
    same(shell.offers("zzz"), [])
    same(shell.offers("--"), ["--help", "--version"])


def check_options(shell):
    """the options of every command are those of its help"""
    for name in shell.commands():
        shown = re.findall(r"^  (--[a-z-]+)", shell.ask("help", name), re.M)
        same(shell.offers(name, "-"), shown + ["--help"])
        same(shell.offers(name, "x", "--"), shown + ["--help"])
    same(shell.offers("scan", "--on"), ["--only-rules"])


def check_verbs(shell):
    """words that a command begins with"""
    for name in ("rules", "profile"):
        usage = re.sub(r"\[.*?\]", "", shell.ask("help", name).split("\n\n")[0].removeprefix("Usage: "))
        verbs = [verb for line in usage.split("\n")
                 for verb in re.findall(r"(?:^|\|)\s*([a-z-]+)", line.split(f"claimaudit {name}", 1)[1])]
        same(shell.offers(name, ""), verbs)
    same(shell.offers("rules", "li"), ["lint", "list"])
    same(shell.offers("help", "fi"), ["findings", "fields"])
    same(shell.offers("completion", ""), ["bash"])
    same(shell.offers("fields", ""), [])


def check_values(shell):
    """what follows an option"""
    profiles = {"generic", "desynpuf", "cms-rif", "cn-settlement"}
    offered = shell.offers("scan", "--profile", "")
    same(offered & profiles, profiles)
    same(offered - profiles, ["claims.csv", "my profile.yaml", "generic-notes.txt", "drop", "script"])
    same(shell.offers("scan", "--profile", "gen"), ["generic", "generic-notes.txt"])
    same(shell.offers("scan", "--profile", "=", "des"), ["desynpuf"])
    same(shell.offers("scan", "--profile", "="), offered)
    same(shell.offers("profile", "check", "cms"), ["cms-rif"])
    same(shell.offers("findings", "--severity", ""), ["low", "medium", "high", "critical"])
    same(shell.offers("findings", "--format", "c"), ["csv"])
    kinds = re.findall(r"^([a-z-]+),", shell.ask("rules", "list", "--kinds", "--format", "csv"), re.M)
    same(shell.offers("rules", "new", "SITE-0001", "--kind", ""), [name for name in kinds if name != "kind"])
    same(shell.offers("scores", "--kind", "p"), ["patient", "pharmacy", "prescriber", "provider"])
    same(shell.offers("scan", "--work", ""), ["drop"])
    same(shell.offers("scan", "--max-rejects", ""), [])


def check_files(shell):
    """files, also with a space in their name"""
    same(shell.offers("scan", "--profile", "generic", "cl"), ["claims.csv"])
    same(shell.offers("scan", "my"), ["my profile.yaml"])
    same(shell.offers("findings", "cl"), [])
    same(shell.offers("show", "cl"), [])
    same(shell.offers("export", "cl"), ["claims.csv"])


CHECKS = [check_commands, check_options, check_verbs, check_values, check_files]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    options = parser.parse_args()
    if not shutil.which("bash"):
        print("1..0 # SKIP bash is not installed")
        return 0
    failed = 0
    print(f"1..{len(CHECKS)}")
    for number, check in enumerate(CHECKS, 1):
        with tempfile.TemporaryDirectory(prefix="completion-") as folder:
            words = ""
            try:
                check(Shell(options, folder))
            except AssertionError as error:
                words = "\n# " + str(error).replace("\n", "\n# ")
        failed += bool(words)
        print(f"{'not ok' if words else 'ok'} {number} - {check.__doc__}{words}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
