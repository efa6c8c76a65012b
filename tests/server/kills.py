#!/usr/bin/env python3
"""kill -9 at any moment: the report is as it was or complete, never in between, and the rerun completes.

Thirty kills after random times; --full makes it three hundred, and then kills at calls to the operating system
that change a disk, one after another, at least 300 of each kind where there are as many (with strace)."""

import os
import random
import re
import shutil
import subprocess
import time

import kit

SEED = 20261122
LINES = 30000


def words(world, inputs):
    return world.command("--publish", world.path("copy.db"), "--metrics", world.path("last.prom"), inputs=inputs)


def check_modes(world):
    for name in world.names():
        path = world.path(name)
        mode = os.stat(path).st_mode & 0o777
        if name not in ("made", "first", "few.csv"):
            allowed = 0o700 if os.path.isdir(path) else 0o644 if name.startswith(("last.prom", "log")) else 0o600
            if mode & ~allowed:
                raise AssertionError(f"{name} has mode {mode:o}")
        if name.endswith(".work"):
            for below in os.listdir(path):
                kit.equal(os.stat(os.path.join(path, below)).st_mode & 0o777, 0o600, below)


def check_report(world, before, after):
    """One of two whole states; the evidence that it names is there and can be read."""
    path = world.path("claims.db")
    if not os.path.exists(path) or os.path.getsize(path) == 0:
        kit.equal("", before, "no report")
        return
    found = kit.rows(path)
    if found not in (before, after, *EMPTY):
        raise AssertionError("the report is neither as it was nor complete")
    for name in re.findall(r"\w+\.db\.\w+\.model", "".join(line for line in found.splitlines() if line.startswith("model|"))):
        if not os.path.getsize(world.path(name)):
            raise AssertionError(f"{name} is empty")
    if found == after:
        shown = world.run([world.program, "show", "--db", path, "1"])
        kit.equal(shown.returncode, 0, "show")
        if "source rows" in shown.stdout and "not at hand" in shown.stdout:
            raise AssertionError("the evidence is missing")


EMPTY = ("",)


def check_copy(world):
    """A published copy is whole whenever it is there."""
    path = world.path("copy.db")
    if os.path.exists(path):
        done = world.run([world.program, "runs", "--db", path])
        kit.equal(done.returncode, 0, "the copy: " + done.stderr)
    if os.path.exists(world.path("last.prom")):
        with open(world.path("last.prom"), encoding="utf-8") as file:
            kit.holds(file.read(), "claimaudit_last_run_exit_code ")


def start_over(world, first):
    for name in world.names():
        if name not in ("made", "first", "few.csv"):
            path = world.path(name)
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
    if first:
        for name in os.listdir(world.path("first")):
            shutil.copy2(world.path("first", name), world.path(name))


def prepare(world):
    """A first night that is in the report before, and what the report holds after the second; how long that takes."""
    inputs = world.make(LINES)
    with open(inputs[0], encoding="utf-8") as file:
        few = [line for number, line in enumerate(file) if number % 20 == 0]    # of the same days: its model says something of the rest
    with open(world.path("few.csv"), "w", encoding="utf-8") as file:
        file.writelines(few)
    kit.equal(world.scan(inputs=[world.path("few.csv")]).returncode, 0, "the first night")
    os.mkdir(world.path("first"), 0o700)
    for name in world.names():
        if name.startswith("claims.db"):
            shutil.copy2(world.path(name), world.path("first", name))
    before = kit.rows(world.path("claims.db"))
    seconds = []
    for _ in range(3):    # the quickest, where others use the machine, too
        start_over(world, True)
        start = time.monotonic()
        done = world.run(words(world, inputs))
        seconds.append(time.monotonic() - start)
        kit.equal(done.returncode, 0, done.stderr)
    after = kit.rows(world.path("claims.db"))
    kit.equal(scored(after) > scored(before) > 0, True, "both nights have scores")
    return inputs, before, after, min(seconds)


def scored(report):
    return report.count("\nentity_score|")


def finish(world, inputs, after):
    done = world.run(words(world, inputs))
    kit.equal(done.returncode, 0, done.stderr)
    kit.equal(kit.rows(world.path("claims.db")), after, "the report of the rerun")
    kit.equal(kit.rows(world.path("copy.db")), after, "the copy of the rerun")
    for name in world.names():
        if re.search(r"\.tmp|\.work|-journal|-wal|-shm", name):
            raise AssertionError(f"{name} is left")
    check_modes(world)


def random_kills(world):
    inputs, before, after, seconds = prepare(world)
    chance = random.Random(SEED)
    kills = 300 if world.full else 30
    struck = changed = 0
    for turn in range(kills):
        start_over(world, True)
        # Growing delays over the whole run, and every other one in the half in which most is written.
        share = (turn + chance.random()) / kills
        process = subprocess.Popen(words(world, inputs), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, cwd=world.folder)
        time.sleep(seconds * (share if turn % 2 else 0.3 + 0.5 * share))
        process.kill()
        struck += process.wait() == -9
        check_modes(world)
        check_report(world, before, after)
        check_copy(world)
        changed += kit.rows(world.path("claims.db")) == after
        if turn % 3 == 0 or world.full:
            finish(world, inputs, after)
    print(f"# {struck} of {kills} runs were killed, in {changed} the run was in the report already", flush=True)
    if struck < kills // 4 or changed == kills:
        raise AssertionError(f"only {struck} of {kills} runs were still running when they were killed")


# Calls that change a disk; the number of each is counted first, then the process is killed at each in turn.
CALLS = ("openat", "write", "pwrite64", "ftruncate", "fsync", "fdatasync", "rename", "unlink", "mkdir", "rmdir", "fchmodat",
         "fcntl", "close")
CALLS_FULL = 300    # of each: a report of scores has thousands of pages, and every one is written like the one before


def strace_works(world):
    if not shutil.which("strace"):
        raise kit.Skip("strace is not installed")
    done = world.run(["strace", "-o", world.path("log"), "true"])
    if done.returncode != 0:
        raise kit.Skip("strace may not trace here")


def kills_at_calls(world):
    strace_works(world)
    inputs, before, after, _ = prepare(world)
    start_over(world, True)
    world.run(["strace", "-f", "-o", world.path("log"), *words(world, inputs)])
    with open(world.path("log"), encoding="utf-8", errors="replace") as file:
        log = file.read()
    struck = 0
    for call in CALLS:
        count = len(re.findall(rf"^\d+ +{call}\(", log, re.M))
        step = max(1, count // (CALLS_FULL if world.full else 6))
        for at in range(1, count + 1, step):
            start_over(world, True)
            done = world.run(["strace", "-f", "-o", world.path("log"), "-e", f"inject={call}:signal=SIGKILL:when={at}",
                              *words(world, inputs)])
            struck += done.returncode != 0
            check_modes(world)
            check_report(world, before, after)
            check_copy(world)
            if at % (3 * step) == 1:
                finish(world, inputs, after)
    print(f"# killed at {struck} calls", flush=True)
    if struck < 20:
        raise AssertionError(f"only {struck} kills")


def a_first_run_that_is_killed(world):
    """Without a report before it: an empty one, or the whole."""
    inputs, _, _, seconds = prepare(world)
    start_over(world, False)
    done = world.run(words(world, inputs))
    kit.equal(done.returncode, 0, done.stderr)
    after = kit.rows(world.path("claims.db"))
    for turn in range(30 if world.full else 6):
        start_over(world, False)
        process = subprocess.Popen(words(world, inputs), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, cwd=world.folder)
        time.sleep(seconds * (0.75 + 0.05 * (turn % 6)))
        process.kill()
        process.wait()
        check_modes(world)
        path = world.path("claims.db")
        if os.path.exists(path) and os.path.getsize(path) > 0:
            found = kit.rows(path)
            if found not in ("", after):
                raise AssertionError("the report is neither empty nor whole")
        finish(world, inputs, after)


if __name__ == "__main__":
    kit.main([random_kills, kills_at_calls, a_first_run_that_is_killed])
