#!/usr/bin/env python3
"""Replays a transcript in Markdown and compares what the commands print.

Blocks that begin with ```console hold commands after "$ " and what they print, both streams together; "..." alone on a line
stands for any lines. Blocks that begin with ```KIND file=PATH are written to that file, ```KIND append=PATH to its end.
Times ("in 0.1 s") may differ. Everything runs in one folder of its own, as the reader's home. Prints TAP.
--update writes what the commands printed into the document."""
import argparse
import os
import re
import subprocess
import sys
import tempfile

FENCE = re.compile(r"^```(\S*)(.*)$")
TIME = re.compile(r"\bin \d+(\.\d)? s\b")


class Session:
    """A shell that keeps its folder, its variables and the last exit status between commands."""

    def __init__(self, program, source, home):
        self.cwd = source
        self.status = 0
        self.state = os.path.join(home, ".session")
        self.home = os.path.join(home, "home")
        os.mkdir(self.home)
        open(self.state, "w").close()
        self.env = {"PATH": os.path.dirname(program) + ":" + os.environ["PATH"], "HOME": self.home, "LC_ALL": "C.UTF-8",
                    "TZ": "UTC"}

    def run(self, command):
        script = (f". {self.state}\n(exit {self.status})\n{command}\nsession_status=$?\n"
                  f"export -p >{self.state}\npwd >{self.state}.cwd\nexit $session_status\n")
        done = subprocess.run(["bash", "-c", script], cwd=self.cwd, env=self.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        with open(self.state + ".cwd") as file:
            self.cwd = file.read().strip()
        self.status = done.returncode
        return done.stdout.decode("utf-8", "replace")

    def write(self, path, text, mode):
        path = os.path.join(self.cwd, os.path.expandvars(path))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, mode) as file:
            file.write(text)


def plain(text):
    return [TIME.sub("in 0.1 s", line.rstrip()) for line in text.splitlines()]


def matches(expected, got):
    """Whether the lines are equal, where "..." stands for any number of lines."""
    if not expected:
        return not got
    if expected[0] == "...":
        return any(matches(expected[1:], got[i:]) for i in range(len(got) + 1))
    return bool(got) and expected[0] == got[0] and matches(expected[1:], got[1:])


def blocks_of(lines):
    """(first line, number of lines, kind, rest of the fence) of each fenced block, fences left out."""
    at = 0
    while at < len(lines):
        fence = FENCE.match(lines[at])
        if not fence:
            at += 1
            continue
        start = at + 1
        at = start
        while at < len(lines) and lines[at] != "```":
            at += 1
        yield start, at - start, fence.group(1), fence.group(2).strip()
        at += 1


def commands_of(lines):
    """[(command, expected lines)]; a line that begins with "> " goes on with the command."""
    found = []
    for line in lines:
        if line.startswith("$ "):
            found.append([line[2:], []])
        elif line.startswith("> ") and found and not found[-1][1]:
            found[-1][0] += "\n" + line[2:]
        elif found:
            found[-1][1].append(line.rstrip())
        else:
            raise ValueError(f"output before the first command: {line}")
    return found


def replay_block(session, lines, report):
    """Runs a console block; returns it as it would be now."""
    now = []
    for command, expected in commands_of(lines):
        got = plain(session.run(command).replace(session.home, "~"))
        good = matches(plain("\n".join(expected)), got)
        report(good, command.split("\n")[0], expected, got)
        now += ["$ " + command.replace("\n", "\n> ")] + (expected if good else got)
    return now


def replay(path, session, report):
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    result, done = [], 0
    for start, count, kind, rest in blocks_of(lines):
        body = lines[start:start + count]
        result += lines[done:start]
        done = start + count
        if kind == "console":
            body = replay_block(session, body, report)
        elif rest.startswith(("file=", "append=")):
            how, _, name = rest.partition("=")
            session.write(name, "\n".join(body) + "\n", "w" if how == "file" else "a")
        result += body
    return "\n".join(result + lines[done:]) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("document")
    parser.add_argument("--program", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--update", action="store_true")
    args = parser.parse_args()
    results = []

    def report(good, command, expected, got):
        results.append(good)
        print(f"{'ok' if good else 'not ok'} {len(results)} - {command}")
        if not good:
            for line in ["expected:"] + expected + ["got:"] + got:
                print("# " + line)

    with tempfile.TemporaryDirectory() as home:
        session = Session(os.path.abspath(args.program), os.path.abspath(args.source), home)
        text = replay(args.document, session, report)
    print(f"1..{len(results)}")
    if args.update:
        with open(args.document, "w", encoding="utf-8") as file:
            file.write(text)
        return 0
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
