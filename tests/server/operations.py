#!/usr/bin/env python3
"""docs/operations.md tried as a new user would: its lines are taken from the page and run."""

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess

import kit


def page(world):
    with open(os.path.join(world.source, "docs", "operations.md"), encoding="utf-8") as file:
        return file.read()


def blocks(world, language):
    return re.findall(rf"```{language}\n(.*?)```", page(world), re.S)


def here(world, text):
    """With the folders of this test in place of those of a server."""
    for old, new in (("/srv/audit", world.path("audit")), ("/srv/drop/tonight", world.path("tonight")),
                     ("/srv/backup", world.path("backup")), ("/var/lib/node_exporter", world.path("audit")),
                     ("/usr/local/bin/claimaudit", world.program)):
        text = text.replace(old, new)
    return text


def server(world):
    for name in ("audit", "tonight", "backup"):
        os.mkdir(world.path(name), 0o700)
    for path in world.inputs():
        shutil.copy(path, world.path("tonight"))


def sh(world, line):
    """As cron runs it: a bare environment, another folder."""
    env = {"PATH": "/usr/bin:/bin", "HOME": "/", "SHELL": "/bin/sh"}
    return world.run(["/bin/sh", "-c", line], cwd="/", env=env)


def cron_line(world):
    server(world)
    line = blocks(world, "cron")[0].strip()
    fields = re.fullmatch(r"([\d*]+ [\d*]+ [\d*]+ [\d*]+ [\d*]+) (\w+) (.*)", line)
    kit.equal(fields.group(2), "claimaudit", "the user")
    for _ in range(2):
        done = sh(world, here(world, fields.group(3)))
        kit.equal((done.returncode, done.stdout, done.stderr), (0, "", ""), "a good night says nothing")
    done = sh(world, here(world, fields.group(3)).replace("tonight", "nowhere"))
    kit.equal((done.returncode, done.stdout, done.stderr.count("\n")), (1, "", 1), "a bad one is one line")


def unit(world):
    if not shutil.which("systemd-analyze"):
        raise kit.Skip("systemd-analyze is not installed")
    server(world)
    for name, text in zip(("claimaudit.service", "claimaudit.timer"), blocks(world, "ini")):
        with open(world.path(name), "w", encoding="utf-8") as file:
            file.write(here(world, text))
    done = world.run(["systemd-analyze", "verify", world.path("claimaudit.service"), world.path("claimaudit.timer")])
    kit.equal((done.returncode, done.stderr), (0, ""), "systemd-analyze verify")
    with open(world.path("claimaudit.service"), encoding="utf-8") as file:
        start = re.search(r"^ExecStart=(.*)$", file.read(), re.M).group(1)
    done = sh(world, start)
    kit.equal((done.returncode, done.stdout, done.stderr), (0, "", ""), "ExecStart")
    kit.holds(" ".join(sorted(os.listdir(world.path("audit")))), "claimaudit.prom claims.db")


def metrics(world):
    """Every metric is on the page, and the page has no other."""
    kit.equal(world.scan("--metrics", world.path("last.prom")).returncode, 0, "scan")
    with open(world.path("last.prom"), encoding="utf-8") as file:
        written = set(re.findall(r"^# TYPE claimaudit_(\w+)", file.read(), re.M))
    table = page(world).partition("| metric | what |")[2].partition("\n\n")[0]
    told = {name for row in table.splitlines() if row.startswith("| `")
            for name in re.findall(r"`((?:last_|build_|lines_)\w+)", row.split(" | ")[0])}
    kit.equal(told, written, "metrics")
    alarms = blocks(world, "yaml")[0]
    kit.equal(set(re.findall(r"claimaudit_(last_\w+)", alarms)) - written, set(), "metrics of alarms")
    if shutil.which("promtool"):
        with open(world.path("rules.yaml"), "w", encoding="utf-8") as file:
            file.write(alarms)
        done = world.run(["promtool", "check", "rules", world.path("rules.yaml")])
        kit.equal(done.returncode, 0, done.stderr)
        with open(world.path("last.prom"), encoding="utf-8") as file:
            done = world.run(["promtool", "check", "metrics"], stdin=file)
        kit.equal((done.returncode, done.stderr), (0, ""), "promtool check metrics")


def backup(world):
    if not shutil.which("sqlite3"):
        raise kit.Skip("sqlite3 is not installed")
    server(world)
    kit.equal(world.scan(db="audit/claims.db").returncode, 0, "scan")
    lines = [block for block in blocks(world, "sh") if ".backup" in block][0]
    done = sh(world, "umask 077; set -e\n" + here(world, lines))
    kit.equal((done.returncode, done.stderr), (0, ""), "the backup")
    shown = world.run([world.program, "show", "--db", world.path("backup", "claims.db"), "1"])
    kit.equal(shown.returncode, 0, shown.stderr)
    kit.holds(shown.stdout, "claims.csv")


def numbers(world):
    """The page says what the program does."""
    with open(os.path.join(world.source, "src", "run", "room.c"), encoding="utf-8") as file:
        room = file.read()
    with open(os.path.join(world.source, "src", "run", "state.h"), encoding="utf-8") as file:
        room += file.read()
    text = " ".join(page(world).split())
    for name, words in (("EXPANSION 6u", "taken for 6 times"), ("WORK_PERCENT 160u", "160 % of the claim files"),
                        ("SEVERAL_PERCENT 120u", "with rules that see several lines 280 %"),
                        ("REPORT_PERCENT 3u", "8 MiB + 3 %"), ("REPORT_LEAST (8 * MIB)", "8 MiB + 3 %"),
                        ("FINDING_BYTES 4096u", "4 KiB are asked for each"), ("SCORE_BYTES 2560u", "and 2.5 KiB for each score"), ("WATCH_EVERY (4 * MIB)", "has written 4 MiB"),
                        ("CA_ROOM_RESERVE (UINT64_C(16) << 20)", "less than 16 MiB left")):
        kit.holds(room, "#define " + name)
        kit.holds(text, words)


def estimates(world):
    """What a run really writes stays below what was asked for, for the sample and for generated lines."""
    made = world.make(200000)
    for inputs, rules in ((world.inputs(), ["--rules", os.path.join(world.sample, "site")]), (made, [])):
        claims = os.path.getsize(inputs[0])
        process = subprocess.Popen([world.program, "scan", "--quiet", "--profile", "generic", *rules, "--db",
                                    world.path("room.db"), *inputs], stdin=subprocess.DEVNULL)
        most = 0
        while process.poll() is None:
            now = 0
            for folder, _, names in os.walk(world.path("room.db.work")):
                for name in names:
                    try:
                        now += os.path.getsize(os.path.join(folder, name))
                    except FileNotFoundError:
                        pass
            most = max(most, now)
        kit.equal(process.returncode, 0, "scan")
        kept = sum(os.path.getsize(world.path(name)) for name in world.names() if name.startswith("room.db"))
        with contextlib.closing(sqlite3.connect(world.path("room.db"))) as base:
            scores, = base.execute("SELECT count(*) FROM entity_score").fetchone()
        print(f"# {claims} bytes of claims: at most {most} of temporary files, {kept} kept with {scores} scores", flush=True)
        if scores == 0:
            raise AssertionError("nobody was scored")
        if most > claims * 28 // 10 or kept > ((8 << 20) + claims * 3 // 100) // 2 + scores * 2560:
            raise AssertionError(f"{most} temporary and {kept} kept for {claims}")
        for name in world.names():
            if name.startswith("room.db"):
                os.remove(world.path(name))
    if most == 0:
        raise AssertionError("nothing was spilled")


if __name__ == "__main__":
    kit.main([cron_line, unit, metrics, backup, numbers, estimates])
