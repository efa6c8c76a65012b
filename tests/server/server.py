#!/usr/bin/env python3
"""What only real processes, users, disks and terminals can show of a scan on a server."""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import sqlite3
import stat
import subprocess
import threading
import time

import kit

GROUP = 54321
MEMBER = 12345
STRANGER = 12346
HEADER = "claim_id,claim_type,line_no,patient_id,billing_provider_id,units,charge,paid\n"


def need_root():
    if os.geteuid() != 0:
        raise kit.Skip("only the superuser can become another user")


def as_user(user, groups=()):
    """Becomes somebody else, for a child of a test."""
    def become():
        os.setgroups(list(groups))
        os.setgid(user)
        os.setuid(user)
    return become


# --- A terminal ------------------------------------------------------------------------------


def big_file(world, lines=700000):
    """Large enough to take a while; every line a claim of its own."""
    path = world.path("big.csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write(HEADER)
        for start in range(0, lines, 10000):
            file.write("".join(f"C{n},professional,1,P{n % 5000},D1,1,10.00,5.00\n" for n in range(start, start + 10000)))
    return path


def calm(world):
    """A rule that hits nothing."""
    os.makedirs(world.path("calm"), exist_ok=True)
    with open(world.path("calm", "SITE-0001.yaml"), "w", encoding="utf-8") as file:
        file.write("rule: SITE-0001\nversion: 1\ntitle: Negative units\nstatus: shadow\nseverity: low\ncategory: coding\n"
                   "jurisdiction: core\nowner: test\ngrade: tip\nkind: line\nwhen: units < 0\nmessage: Units are negative.\n")
    return ["--only-rules", "--rules", world.path("calm")]


def slow_down(process):
    """However fast the machine is, a scan takes long enough for something to be shown."""
    while process.poll() is None:
        time.sleep(0.05)
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.25)
        process.send_signal(signal.SIGCONT)


def on_terminal(words, cwd, env=None, slowly=False):
    """What stands on the terminal of a process's standard error, its standard output, and how it ended."""
    master, slave = pty.openpty()
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=slave, cwd=cwd, env=env)
    os.close(slave)
    slower = threading.Thread(target=slow_down, args=(process,), daemon=True)
    if slowly:
        slower.start()
    seen = b""
    while True:
        ready, _, _ = select.select([master], [], [], 0.05)
        if ready:
            try:
                more = os.read(master, 65536)
            except OSError:
                more = b""
            if not more:
                break
            seen += more
        elif process.poll() is not None:
            break
    out = process.stdout.read().decode()
    process.stdout.close()
    os.close(master)
    return seen.decode(), out, process.wait()


def screen(text):
    """The lines of a terminal after a text was written to it."""
    lines, line, at = [], [], 0
    for char in text:
        if char == "\r":
            at = 0
        elif char == "\n":
            lines.append("".join(line).rstrip())
            line, at = [], 0
        else:
            line[at:at + 1] = [char]
            at += 1
    return lines + ["".join(line).rstrip()]


def progress_on_a_terminal(world):
    path = big_file(world)
    words = world.command(*calm(world), inputs=[path])
    start = time.monotonic()
    seen, out, status = on_terminal(words, world.folder, slowly=True)
    seconds = time.monotonic() - start
    kit.equal(status, 0, seen)
    drawn = [piece.strip() for piece in seen.split("\r") if piece.strip()]
    if not drawn:
        raise AssertionError(f"nothing was shown in {seconds:.1f} s")
    for piece in drawn:
        if not re.fullmatch(r"[\d,]+ rows, [\d,]+ a second, (\d\d? %, about (\d+ h )?(\d+ min )?(\d+ s )?left"
                            r"|100 %, settling claims)", piece):
            raise AssertionError(f"what is {piece!r}?")
    shares = [int(re.search(r"(\d+) %", piece).group(1)) for piece in drawn]
    kit.equal(shares, sorted(shares), "shares")
    if len(drawn) > seconds * 5 + 1:
        raise AssertionError(f"{len(drawn)} times in {seconds:.1f} s")
    kit.equal(screen(seen), [""], "the terminal is left as it was")
    if "\x1b" in seen:
        raise AssertionError("escapes on the terminal")
    kit.holds(out, "Rows: 700000 read")
    if "C1" in seen:
        raise AssertionError("content of claims on the terminal")
    # The same again: recognised, after the same progress.
    seen, out, status = on_terminal(words, world.folder, os.environ | {"NO_COLOR": "1"})
    kit.equal((screen(seen), status), ([""], 0), "a second time")
    kit.holds(out, "Nothing to do")


def silence(world):
    path = big_file(world, 300000)
    seen, out, status = on_terminal(world.command("--quiet", *calm(world), inputs=[path]), world.folder)
    kit.equal((seen, out, status), ("", "", 0), "--quiet")
    done = world.scan(*calm(world), inputs=[path])
    kit.equal((done.stderr, done.returncode), ("", 0), "not a terminal")
    # An error is told after the progress line is gone.
    with open(path, "ab") as file:
        file.write(b"C1,professional\n" * 30000)
    seen, out, status = on_terminal(world.command(*calm(world), inputs=[path]), world.folder)
    kit.equal(status, 4, "too many rejects")
    lines = screen(seen)
    kit.equal(len(lines), 2, lines)
    kit.holds(lines[0], "claimaudit: ")


# --- Deliveries ------------------------------------------------------------------------------


def scan_with_pause(world, act, *files):
    """A scan that has looked at its files and waits for standard input, while something happens."""
    process = subprocess.Popen(world.command("--only-rules", "--rules", os.path.join(world.source, "rules", "core"),
                                             inputs=[*files, "-"]),
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=world.folder)
    process.stdin.write(HEADER.encode())
    process.stdin.flush()
    for _ in range(500):
        if os.path.exists(world.path("claims.db.work", "stream1")):
            break
        time.sleep(0.02)
    else:
        raise AssertionError("it does not wait for standard input")
    act()
    process.stdin.write(b"Z1,professional,1,P1,D1,1,10.00,5.00\n")
    process.stdin.close()
    err = process.stderr.read().decode()
    process.stdout.close()
    process.stderr.close()
    return process.wait(), err


def deliveries(world):
    line = "A1,professional,1,P1,D1,1,10.00,5.00\n"
    path = world.path("night.csv")

    def deliver():
        with open(path, "w", encoding="utf-8") as file:
            file.write(HEADER + line)

    def grow():
        with open(path, "a", encoding="utf-8") as file:
            file.write(line.replace("A1", "A2"))

    def cut():
        os.truncate(path, len(HEADER))

    def touch():
        os.utime(path, (1, 1))

    def replace():
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(HEADER + line)
        shutil.copystat(path, path + ".new")
        os.rename(path + ".new", path)

    for act in (grow, cut, touch, replace, lambda: os.remove(path)):
        deliver()
        status, err = scan_with_pause(world, act, path)
        kit.equal(status, 1, err)
        kit.equal(err, f"claimaudit: {path}: is still being delivered: it changed while it was read; scan it again when it is"
                       " complete\n")
        kit.equal(os.path.exists(world.path("claims.db")), False, "a report")
    deliver()
    status, err = scan_with_pause(world, lambda: None, path)
    kit.equal(status, 0, err)


# --- Disks -----------------------------------------------------------------------------------


class SmallDisk:
    """A file system of a few MiB."""

    def __init__(self, world, mib):
        need_root()
        self.path = world.path("small")
        os.mkdir(self.path, 0o700)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m", "claimaudit-test", self.path], check=False,
                              capture_output=True)
        if done.returncode != 0:
            raise kit.Skip("no file system can be mounted here")

    def __enter__(self):
        return self.path

    def __exit__(self, *_):
        subprocess.run(["umount", self.path], check=True)


def a_disk_that_is_too_small(world):
    path = big_file(world)
    mib = os.path.getsize(path) / 2**20
    with SmallDisk(world, 20) as small:
        done = world.scan("--work", small, *calm(world), inputs=[path])
        kit.equal(done.returncode, 1, done.stderr)
        said = re.fullmatch(rf"claimaudit: {small}/claims\.db\.[0-9a-f]+\.work: this run needs about (\d+) MiB on this disk for"
                            r" temporary files, and (\d+) MiB are free; make room, or give a folder on another disk with"
                            r" --work\n", done.stderr)
        if not said:
            raise AssertionError(done.stderr)
        if not 1.6 * mib <= int(said.group(1)) <= 1.6 * mib + 3 or not 18 <= int(said.group(2)) <= 20:
            raise AssertionError(done.stderr)
        kit.equal(os.listdir(small), [], "left")
        kit.equal(world.scan(*calm(world), inputs=[path]).returncode, 0, "beside the report")
    with SmallDisk(world, 5) if not os.rmdir(world.path("small")) else None as small:
        db = os.path.join(small, "claims.db")
        words = [word if word != world.path("claims.db") else db for word in world.command("--work", world.folder)]
        done = world.run(words)
        kit.equal(done.returncode, 1, done.stderr)
        kit.holds(done.stderr, "needs about 9 MiB on this disk for the report, and 4 MiB are free")


def a_stream_without_end(world):
    with SmallDisk(world, 40) as small:
        process = subprocess.Popen(world.command("--work", small, inputs=["-"]), stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=world.folder)
        process.stdin.write(HEADER.encode())
        try:
            for _ in range(4000):    # 1 GiB of what cannot be packed well
                process.stdin.write(os.urandom(1 << 17).hex().encode() + b"\n")
        except BrokenPipeError:
            pass
        try:
            process.stdin.close()
        except BrokenPipeError:
            pass
        err = process.stderr.read().decode()
        process.stderr.close()
        kit.equal(process.wait(), 1, err)
        said = re.search(r"the disk is nearly full: (\d+) MiB are free, and 16 MiB are left to others; nothing was stored", err)
        if not said or int(said.group(1)) < 9:
            raise AssertionError(err)
        kit.equal(os.listdir(small), [], "left")
    kit.equal(os.path.exists(world.path("claims.db")), False, "a report")


# --- Users -----------------------------------------------------------------------------------


def shared_folder(world, mode):
    """A folder of the group's, with inputs that everybody may read."""
    os.chmod(world.folder, 0o755)
    folder = world.path("audit")
    os.mkdir(folder)
    os.chown(folder, 0, GROUP)
    os.chmod(folder, mode)
    inputs = []
    for path in world.inputs():
        copy = world.path(os.path.basename(path))
        shutil.copyfile(path, copy)
        os.chmod(copy, 0o644)
        inputs.append(copy)
    # The program and its rules, where everybody may read them.
    share = world.path("share")
    shutil.copytree(os.path.join(world.source, "rules"), os.path.join(share, "rules"))
    shutil.copytree(os.path.join(world.source, "data", "profiles"), os.path.join(share, "data", "profiles"))
    shutil.copyfile(world.program, world.path("claimaudit"))
    os.chmod(world.path("claimaudit"), 0o755)
    subprocess.run(["chmod", "-R", "a+rX", share], check=True)
    return folder, inputs


def program_as(world, user, groups, words, **options):
    env = os.environ | {"CLAIMAUDIT_SHARE": world.path("share")}
    return world.run([world.path("claimaudit"), *words], preexec_fn=as_user(user, groups), env=env, **options)


def modes(folder):
    """Files with their permissions and group."""
    return {re.sub(r"[0-9a-f]{16}", "HASH", name): (stat.S_IMODE(info.st_mode), info.st_gid)
            for name in os.listdir(folder) for info in [os.lstat(os.path.join(folder, name))]}


def a_group_of_auditors(world):
    need_root()
    folder, inputs = shared_folder(world, 0o770)
    db = os.path.join(folder, "claims.db")
    scan = ["scan", "--quiet", "--profile", "generic", "--db", db, "--group", str(GROUP), "--publish",
            os.path.join(folder, "copy.db")]
    done = program_as(world, 0, [], [*scan, *inputs])
    kit.equal(done.returncode, 0, done.stderr)
    shared = (0o660, GROUP)
    kit.equal(modes(folder), {"claims.db": shared, "claims.db.HASH.evidence": shared, "claims.db.HASH.model": shared,
                              "claims.db.lock": shared, "copy.db": (0o640, GROUP)})
    # A member reads report, evidence and copy; a stranger none of them.
    for name in ("claims.db", "copy.db"):
        path = os.path.join(folder, name)
        kit.equal(program_as(world, MEMBER, [GROUP], ["findings", "--db", path]).returncode, 0, name)
        kit.equal(program_as(world, STRANGER, [], ["findings", "--db", path]).returncode, 1, name)
    shown = program_as(world, MEMBER, [GROUP], ["show", "--db", db, "1"])
    kit.equal(shown.returncode, 0, shown.stderr)
    kit.holds(shown.stdout, "claims.csv")
    # A member scans into the report of another, and what is new is the group's as well.
    done = program_as(world, MEMBER, [GROUP], [*scan, inputs[0]])
    kit.equal(done.returncode, 0, done.stderr)
    kit.equal(set(modes(folder).values()), {shared, (0o640, GROUP)})
    kit.equal(program_as(world, 0, [], ["findings", "--db", db]).returncode, 0, "the owner")
    # Nobody gives files to a group that is not theirs.
    done = program_as(world, STRANGER, [], [*scan, inputs[0]])
    kit.equal((done.returncode, done.stderr), (2, f"claimaudit: the user of this run is not in group '{GROUP}': have an"
                                                  f" administrator run usermod -aG {GROUP} USER, then log in again\n"))


def readers_of_a_group_at_once(world):
    """While one member has the report open, its -wal and -shm are the group's, so that others can open it, too."""
    need_root()
    folder, inputs = shared_folder(world, 0o770)
    db = os.path.join(folder, "claims.db")
    done = program_as(world, MEMBER, [GROUP], ["scan", "--quiet", "--profile", "generic", "--db", db, "--group", str(GROUP),
                                               *inputs])
    kit.equal(done.returncode, 0, done.stderr)
    env = os.environ | {"CLAIMAUDIT_SHARE": world.path("share")}
    # It blocks on a small pipe that nobody reads, with the report open.
    unread, out = os.pipe()
    fcntl.fcntl(out, 1031, 4096)    # F_SETPIPE_SZ
    reader = subprocess.Popen([world.path("claimaudit"), "findings", "--all", "--limit", "0", "--format", "json", "--db", db],
                              preexec_fn=as_user(MEMBER, [GROUP]), env=env, stdout=out, stderr=subprocess.DEVNULL)
    os.close(out)
    for _ in range(200):
        if os.path.exists(db + "-shm"):
            break
        time.sleep(0.02)
    time.sleep(0.3)
    try:
        kit.equal(reader.poll(), None, "the first reader has ended")
        found = modes(folder)
        kit.equal((found["claims.db-shm"], found["claims.db-wal"]), ((0o660, GROUP), (0o660, GROUP)), "-shm and -wal")
        second = program_as(world, STRANGER, [GROUP], ["findings", "--db", db])
        kit.equal(second.returncode, 0, second.stderr)
        done = program_as(world, STRANGER, [GROUP], ["scan", "--quiet", "--profile", "generic", "--db", db, "--group",
                                                     str(GROUP), inputs[0]])
        kit.equal(done.returncode, 0, done.stderr)
    finally:
        os.close(unread)
        reader.wait()


def other_programs_of_a_group(world):
    """Where the folder hands its group on, other programs than ours fit in: docs/operations.md says to make it so."""
    need_root()
    folder, inputs = shared_folder(world, 0o2770)
    db = os.path.join(folder, "claims.db")
    scan = ["scan", "--quiet", "--profile", "generic", "--db", db, "--group", str(GROUP)]
    kit.equal(program_as(world, MEMBER, [GROUP], [*scan, *inputs]).returncode, 0, "scan")
    child = os.fork()
    if child == 0:
        as_user(MEMBER, [GROUP])()
        base = sqlite3.connect(db)
        base.execute("SELECT count(*) FROM run").fetchone()
        base.execute("BEGIN")
        base.execute("SELECT count(*) FROM run").fetchone()
        time.sleep(60)
        os._exit(0)
    try:
        for _ in range(200):
            if os.path.exists(db + "-shm"):
                break
            time.sleep(0.02)
        time.sleep(0.2)
        done = program_as(world, STRANGER, [GROUP], [*scan, inputs[0]])
        kit.equal(done.returncode, 0, done.stderr)
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


def somebody_elses_files(world):
    """A report that another user keeps for himself is not taken over, and the way out is told."""
    need_root()
    folder, inputs = shared_folder(world, 0o770)
    db = os.path.join(folder, "claims.db")
    scan = ["scan", "--quiet", "--profile", "generic", "--db", db]
    kit.equal(program_as(world, STRANGER, [GROUP], [*scan, *inputs]).returncode, 0, "scan")
    done = program_as(world, MEMBER, [GROUP], [*scan, "--group", str(GROUP), inputs[0]])
    kit.equal(done.returncode, 1, done.stderr)
    kit.holds(done.stderr, "claims.db.lock: cannot open: Permission denied")
    os.chmod(db + ".lock", 0o666)
    done = program_as(world, MEMBER, [GROUP], [*scan, "--group", str(GROUP), inputs[0]])
    kit.equal(done.returncode, 1, done.stderr)
    kit.holds(done.stderr, f"have its owner or an administrator run chgrp {GROUP} and chmod 660 on it")


def work_folder_of_another_user(world):
    need_root()
    folder, inputs = shared_folder(world, 0o777)
    work = world.path("work")
    os.mkdir(work, 0o755)
    scan = ["scan", "--quiet", "--profile", "generic", "--db", os.path.join(folder, "claims.db"), "--work", work]
    done = program_as(world, MEMBER, [], [*scan, *inputs])
    kit.equal(done.returncode, 1, done.stderr)
    kit.equal(re.sub(r"[0-9a-f]{2,}\.work", "N.work", done.stderr),
              f"claimaudit: {work}/claims.db.N.work: cannot make the folder: Permission denied; the user of this run needs"
              " access to it and to its folder; temporary files go there, see --work\n")
    # Somebody who guesses its name does not get to see what is put into it.
    os.mkdir(os.path.join(folder, "claims.db.work"), 0o777)
    os.chown(os.path.join(folder, "claims.db.work"), STRANGER, STRANGER)
    os.mkdir(os.path.join(folder, "claims.db.work", "keep"))
    os.chmod(os.path.join(folder, "claims.db.work"), 0o700)
    done = program_as(world, 0, [], [*scan[:-2], *inputs])
    kit.equal(done.returncode, 1, done.stderr)
    kit.holds(done.stderr, "others may look into it; remove it, then run again")


# --- The network -----------------------------------------------------------------------------


def no_network(world):
    """Not one call that has to do with a network in a whole run, its readers included."""
    if not shutil.which("strace") or world.run(["strace", "-o", world.path("log"), "true"]).returncode != 0:
        raise kit.Skip("strace is not installed, or may not trace here")
    for words in (world.command("--publish", world.path("copy.db"), "--metrics", world.path("last.prom"), "--group",
                                str(os.getegid())),
                  [world.program, "findings", "--db", world.path("claims.db")],
                  [world.program, "show", "--db", world.path("claims.db"), "1"]):
        done = world.run(["strace", "-f", "-e", "trace=%network", "-o", world.path("log"), *words])
        kit.equal(done.returncode, 0, done.stderr)
        with open(world.path("log"), encoding="utf-8") as file:
            calls = [line for line in file if "+++" not in line and "---" not in line]
        kit.equal(calls, [], "network calls")


if __name__ == "__main__":
    kit.main([progress_on_a_terminal, silence, deliveries, a_disk_that_is_too_small, a_stream_without_end,
              a_group_of_auditors, readers_of_a_group_at_once, other_programs_of_a_group, somebody_elses_files,
              work_folder_of_another_user, no_network])
