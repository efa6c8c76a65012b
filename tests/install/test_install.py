#!/usr/bin/env python3
"""Installs into a folder of its own, moves the installation elsewhere and uses it from another folder as another user:
nothing may depend on the source tree, on the place, or on who installed it. Prints TAP."""

import argparse
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile

NOBODY = 65534
UNINSTALLED = (".pyc", "meson.build")


class Skip(Exception):
    """What a check needs is not here."""


def need(condition, words):
    if not condition:
        raise AssertionError(words)


def files_below(folder):
    found = []
    for at, _, names in os.walk(folder):
        found += [os.path.relpath(os.path.join(at, name), folder) for name in names if not name.endswith(UNINSTALLED)]
    return sorted(found)


class Installed:
    """An installation that was moved away from where it was made."""

    def __init__(self, options, scratch):
        self.options = options
        self.scratch = scratch
        self.top = os.path.join(scratch, "moved", "opt place")
        self.desk = os.path.join(scratch, "desk")
        self.prefix = self.top

    def make(self):
        stage = os.path.join(self.scratch, "stage")
        os.makedirs(os.path.dirname(self.top))
        os.makedirs(self.desk)
        # The installer's umask is the hardest one: what it makes must be readable for others all the same.
        done = subprocess.run([*self.options.meson, "install", "-C", self.options.build, "--no-rebuild", "--quiet",
                               "--destdir", stage], umask=0o077, check=False, capture_output=True, text=True)
        need(done.returncode == 0, f"meson install ended with {done.returncode}: {done.stdout}{done.stderr}")
        shutil.move(stage + self.options.prefix, self.top)
        need(not any(files_below(stage)), f"installed outside of the prefix: {files_below(stage)}")
        for folder in (self.scratch, os.path.dirname(self.top)):
            os.chmod(folder, 0o755)
        if os.geteuid() == 0:
            os.chown(self.desk, NOBODY, NOBODY)
        # The input is the user's own file, not a part of the installation.
        shutil.copytree(os.path.join(self.options.source, "data", "sample"), os.path.join(self.desk, "drop"))
        for at, _, names in os.walk(self.desk):
            for path in [at] + [os.path.join(at, name) for name in names]:
                os.chmod(path, 0o755 if os.path.isdir(path) else 0o644)

    def path(self, *names):
        return os.path.join(self.prefix, *names)

    def program(self):
        return self.path(self.options.bindir, "claimaudit")

    def share(self, *names):
        return self.path(self.options.datadir, "claimaudit", *names)

    def document(self, *names):
        return self.path(self.options.datadir, "doc", "claimaudit", *names)

    def ask(self, *words, program="", expect=0, **environment):
        """Runs the program as nobody where that is possible, from a folder that is not the source tree."""
        who = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        done = subprocess.run([program or self.program(), *words], cwd=self.desk, umask=0o077, check=False,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **environment}, **who)
        need(done.returncode == expect, f"{words} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr


def check_user(_):
    """runs as another user"""
    if os.geteuid() != 0:
        raise Skip("only root can become another user; the rest runs as who you are")


def check_complete(installed):
    """every rule, set, profile and page is there, byte by byte"""
    source = installed.options.source
    pairs = [("rules", installed.share("rules")), ("data/profiles", installed.share("data", "profiles")),
             ("docs", installed.document("docs"))]
    for optional in ("examples", "data/exports", "data/sample"):
        if os.path.isdir(os.path.join(source, optional)):
            pairs.append((optional, installed.document(*optional.split("/"))))
    for folder, place in pairs:
        expected = files_below(os.path.join(source, folder))
        need(expected, f"{folder} is empty")
        need(expected == files_below(place), f"{folder}: {set(expected) ^ set(files_below(place))}")
        for name in expected:
            with open(os.path.join(source, folder, name), "rb") as one, open(os.path.join(place, name), "rb") as two:
                need(one.read() == two.read(), f"{folder}/{name} differs")
    for page in ("README.md", "LICENSE", "CHANGELOG.md", "SECURITY.md"):
        need(os.path.isfile(installed.document(page)), f"{page} is missing")


def check_modes(installed):
    """others can read every file and enter every folder, nobody else can write"""
    for at, folders, names in os.walk(installed.prefix):
        for name in folders + names:
            path = os.path.join(at, name)
            if os.path.islink(path):
                continue
            mode = stat.S_IMODE(os.stat(path).st_mode)
            wanted = 0o755 if os.path.isdir(path) or os.path.dirname(path) == installed.path(installed.options.bindir) \
                else 0o644
            # A shared library may be executable.
            need(mode == wanted or (".so" in name and mode == 0o755), f"{path} has mode {mode:o}, not {wanted:o}")


def check_source_path(installed):
    """no installed file names the source or the build folder"""
    traces = [os.path.realpath(path).encode() for path in (installed.options.source, installed.options.build)]
    for name in files_below(installed.prefix):
        with open(installed.path(name), "rb") as file:
            content = file.read()
        for trace in traces:
            need(trace not in content, f"{name} holds {trace.decode()}")


def check_scan(installed):
    """scans, lists, shows"""
    said = installed.ask("scan", "--profile", "generic", "--rules", "drop/site", "--db", "night.db", "drop/claims.csv",
                         "drop/patients.csv", "drop/providers.csv")
    need("Written to night.db as run 1" in said, said)
    listed = installed.ask("findings", "--db", "night.db", "--format", "csv")
    need(listed.startswith("finding_id,") and listed.count("\n") > 20, listed)
    need("Source rows" in installed.ask("show", "--db", "night.db", "1"), "show 1")
    for name in os.listdir(installed.desk):
        path = os.path.join(installed.desk, name)
        need(os.path.isdir(path) or stat.S_IMODE(os.stat(path).st_mode) == 0o600, f"{name} is open to others")


def check_rules(installed):
    """tests its own rules"""
    said = installed.ask("rules", "test")
    need(" 0 failed" in said, said)
    files = [name for name in files_below(installed.share("rules"))
             if name.endswith(".yaml") and os.path.basename(name) not in ("sets.yaml", "vocabulary.yaml")]
    rules = sum(1 for name in files if os.path.basename(os.path.dirname(name)) != "features")
    need(len(files) > rules, "no files of features")
    told = re.match(r"(\d+) rules and (\d+) features, ", said)
    need(told and int(told[1]) == rules and int(told[2]) > 0, f"{rules} rule files, but: {said}")
    for profile in os.listdir(installed.share("data", "profiles")):
        installed.ask("profile", "check", profile.removesuffix(".yaml"))


def check_help(installed):
    """explains itself"""
    need("Usage: claimaudit COMMAND" in installed.ask("help"), "help")
    need("claimaudit" in installed.ask("--version"), "--version")
    commands = re.findall(r"^  (\w+) +\S", installed.ask("help").split("Commands:")[1].split("\n\n")[0], re.M)
    need(len(commands) > 8, commands)
    for name in commands:
        need(f"Usage: claimaudit {name}" in installed.ask(name, "--help"), name)


def check_completion(installed):
    """the completion of bash is there and names what this copy has"""
    path = installed.path(installed.options.datadir, "bash-completion", "completions", "claimaudit")
    with open(path, encoding="utf-8") as file:
        need(file.read() == installed.ask("completion", "bash"), "another script than the program prints")


def check_man(installed):
    """every man page is there and can be read"""
    source = os.path.join(installed.options.source, "man")
    pages = [name for name in os.listdir(source) if re.search(r"\.[15]$", name)]
    need(len(pages) > 10, pages)
    for name in pages:
        path = installed.path(installed.options.mandir, "man" + name[-1], name)
        need(os.path.isfile(path), f"{name} is not installed")
    reader = shutil.which("mandoc") or shutil.which("man")
    if not reader:
        raise Skip("all are there, but neither mandoc nor man is installed to read them")
    for name in pages:
        path = installed.path(installed.options.mandir, "man" + name[-1], name)
        said = installed.ask(path, program=reader)
        need("SEE ALSO" in re.sub(".\b", "", said), f"{name}: {said[:200]}")


def check_imports(installed):
    """program and library cannot reach a network or start a program"""
    if not shutil.which("nm"):
        raise Skip("nm is not installed")
    never = {"socket", "connect", "bind", "listen", "accept", "accept4", "sendto", "recvfrom", "getaddrinfo", "gethostbyname",
             "system", "popen", "fork", "vfork", "execv", "execve", "execvp", "execl", "execlp", "posix_spawn",
             "posix_spawnp", "dlopen"}
    paths = [installed.program(), installed.path(installed.options.libdir, "libclaimaudit.so")]
    for path in filter(os.path.exists, paths):
        done = subprocess.run(["nm", "-D", "--undefined-only", path], check=True, capture_output=True, text=True)
        imported = {line.split()[-1].split("@")[0] for line in done.stdout.splitlines() if line.strip()}
        need("write" in imported, f"{path}: nm shows no imports")
        need(not imported & never, f"{path} imports {sorted(imported & never)}")


def check_link(installed):
    """works through a symbolic link, and after another move"""
    link = os.path.join(installed.scratch, "claims-tool")
    os.symlink(installed.program(), link)
    need("US-0101" in installed.ask("rules", "list", program=link), "through a link")
    second = os.path.join(installed.scratch, "second")
    os.rename(installed.prefix, second)
    installed.prefix = second
    need("US-0101" in installed.ask("rules", "list"), "after a move")


def check_alone(installed):
    """a binary without its rules says so, and never takes those of the source tree"""
    hidden = installed.share() + ".hidden"
    os.rename(installed.share(), hidden)
    try:
        said = installed.ask("rules", "list", expect=1)
        need(said.startswith("claimaudit: ") and "meson install" in said and said.count("\n") == 1, said)
        need(installed.share() in said, said)
        installed.ask("findings", "--db", "night.db")
        need("US-0101" in installed.ask("rules", "list", CLAIMAUDIT_SHARE=hidden), "CLAIMAUDIT_SHARE")
    finally:
        os.rename(hidden, installed.share())


def compiled(installed, source, name, *, static):
    """Builds a consumer with the installed library; the path of the program."""
    options = installed.options
    folder = installed.path(options.libdir)
    prefix = installed.prefix.replace(" ", "\\ ")
    ask = ["pkg-config", f"--define-variable=prefix={prefix}", *(["--static"] if static else []),
           "--cflags", "--libs", "claimaudit"]
    done = subprocess.run(ask, check=False, capture_output=True, text=True,
                          env={**os.environ, "PKG_CONFIG_PATH": os.path.join(folder, "pkgconfig")})
    need(done.returncode == 0, f"pkg-config: {done.stderr}")
    flags = shlex.split(done.stdout)
    need(f"-I{installed.path('include')}" in flags, flags)
    if static:
        flags = [os.path.join(folder, "libclaimaudit.a") if flag == "-lclaimaudit" else flag for flag in flags]
    target = os.path.join(installed.scratch, name)
    done = subprocess.run([*options.compiler, "-Wall", "-Werror", source, *flags, "-o", target], check=False,
                          capture_output=True, text=True)
    need(done.returncode == 0, f"{name}: {done.stderr}")
    return target


def check_library(installed):
    """other programs can use the library, shared and static"""
    options = installed.options
    if not os.path.exists(installed.path("include", "claimaudit.h")):
        raise Skip("this build has no library (-Dlibrary=false)")
    if not shutil.which("pkg-config"):
        raise Skip("pkg-config is not installed")
    folder = installed.path(options.libdir)
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "consumer.c")
    shared = compiled(installed, source, "consumer-shared", static=False)
    said = installed.ask(program=shared, LD_LIBRARY_PATH=folder)
    need(f"claimaudit {said.strip()}\n" in installed.ask("--version"), said)
    examples = installed.document("examples")
    embeds = sorted(name for name in files_below(examples) if name.endswith(".c"))
    for name in embeds:
        compiled(installed, os.path.join(examples, name), "embed-shared", static=False)
    if not os.path.exists(os.path.join(folder, "libclaimaudit.a")):
        raise Skip("shared only: this build has no static library")
    need(installed.ask(program=compiled(installed, source, "consumer-static", static=True)) == said, "static")
    for name in embeds:
        compiled(installed, os.path.join(examples, name), "embed-static", static=True)


def check_symbols(installed):
    """the libraries show what the header declares, and nothing else"""
    options = installed.options
    header = installed.path("include", "claimaudit.h")
    if not os.path.exists(header):
        raise Skip("this build has no library (-Dlibrary=false)")
    if not shutil.which("nm"):
        raise Skip("nm is not installed")
    with open(header, encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    declared = set(re.findall(r"\b(claimaudit_\w+)\s*\([^()]*(?:\([^()]*\)[^()]*)*\)\s*;", text))
    folder = installed.path(options.libdir)
    for name, flag in (("libclaimaudit.so", "-D"), ("libclaimaudit.a", "-g")):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            done = subprocess.run(["nm", flag, "--defined-only", path], check=True, capture_output=True, text=True)
            shown = {line.split()[-1] for line in done.stdout.splitlines() if re.match(r"[0-9a-f]+ \w ", line)}
            need(shown == declared, f"{name} and claimaudit.h differ in {sorted(shown ^ declared)}")


CHECKS = [check_user, check_complete, check_modes, check_source_path, check_scan, check_rules, check_help,
          check_completion, check_man, check_library, check_symbols, check_imports, check_link, check_alone]


def run_check(check, installed):
    """TAP after the number: what was checked, and how it went."""
    try:
        check(installed)
    except Skip as reason:
        return True, f"{check.__doc__} # SKIP {reason}"
    except AssertionError as error:
        return False, f"{check.__doc__}\n# " + str(error).replace("\n", "\n# ")
    return True, check.__doc__


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--meson", required=True, type=str.split, help="how to call meson")
    parser.add_argument("--source", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--bindir", required=True)
    parser.add_argument("--datadir", required=True)
    parser.add_argument("--libdir", required=True)
    parser.add_argument("--mandir", required=True)
    parser.add_argument("--compiler", required=True, type=str.split)
    options = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="installed-") as scratch:
        installed = Installed(options, os.path.realpath(scratch))
        installed.make()
        print(f"1..{len(CHECKS)}")
        for number, check in enumerate(CHECKS, 1):
            good, words = run_check(check, installed)
            failed += not good
            print(f"{'ok' if good else 'not ok'} {number} - {words}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
